"""Rows of the literature and own rows become one kind of row that is learnt from, of one Dataset with a fingerprint.

Not reported, not applicable and masked stay three different things: a blank content of a named binder is not
reported; a blank binder, template or solvent does not apply; a masked retention was printed and cannot be right.
"""

import functools
import hashlib
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.paper_membranes import GROUP, learnable
from spcse_ml.former_names import formerly_called
from spcse_ml.schema import (
    PROCESS_COLUMNS,
    Formulation,
    Measurement,
    Method,
    Target,
    columns,
)

PRINTED_COLUMNS = tuple(name for name in columns(Measurement) if name not in {"lithium_salt", "same_membrane_as"})
"""The columns of `spcse-ml data --view review --format csv`, in order."""

CHECKED_COLUMNS = (*PRINTED_COLUMNS, "source", "doi", "trust", "conflict")
"""The columns of `spcse-ml data --format csv`, in order."""


class View(StrEnum):
    """Which layer of the tables is read."""

    PRINTED = "printed"
    """As printed; names that the catalogue lacks stay as they stand."""
    REVIEW = "review"
    """Corrected from the review itself (`corrections.csv`)."""
    CHECKED = "checked"
    """Checked against the papers besides (`paper_checks.csv`)."""
    ALL = "all"
    """And with the membranes beyond the review (`beyond_review.csv`)."""


_CONTENT_ENDS = ("binder_wt_percent_low", "binder_wt_percent_high")

_UNSEEN = {
    "sigma_p_ms_cm", "planned_thickness_um", "id", "note", "as_written", "plasticizer", "plasticizer_wt_percent",
}  # fmt: skip

RECIPE_COLUMNS = tuple(
    name for name, column in columns(Formulation).items() if name not in _UNSEEN and not column.is_process
)
"""What a model may see of a published recipe."""

OWN = "own"
"""Label of one's own laboratory; its batches are `own:B1`, the places of its rows `own.M1`."""

OWN_BATCH = "own_batch"
"""Column of a recipe frame that joins a lab's own rows: the batch of an own row, blank for a published one."""

OWN_COLUMNS = (OWN_BATCH, *PROCESS_COLUMNS)
"""What a model may see of an own membrane besides; a frame of published recipes alone does not have them."""


@dataclass(frozen=True)
class TrainingRows:
    """Training membranes of one target: recipes, outcomes, paper, laboratory and place of each."""

    recipes: pd.DataFrame
    outcomes: np.ndarray
    papers: np.ndarray
    """One label per row; rows of one label are never on both sides of a fold."""
    laboratories: np.ndarray
    """One label per row: the laboratory as far as the reference list tells, else the paper."""
    places: tuple[str, ...]
    """`table.row` of each row."""

    def take(self, rows: np.ndarray) -> "TrainingRows":
        """Return some of the rows, by number.

        Args:
            rows: numbers of rows, from 0, shape (n,).

        Returns:
            Those n rows, in that order.
        """
        return TrainingRows(
            self.recipes.iloc[rows].reset_index(drop=True),
            self.outcomes[rows],
            self.papers[rows],
            self.laboratories[rows],
            tuple(self.places[row] for row in rows),
        )

    def repeats(self) -> list[tuple[int, int]]:
        """Return the pairs of rows, by number, that have one recipe and one outcome and stand under different papers.

        One membrane that is told twice is learnt from and judged as two. Papers of which it is known stand together
        already (`shares_recipe_with` in references.csv).
        """
        known: dict[tuple[Any, ...], list[int]] = {}
        for number, recipe in enumerate(zip(identities(self.recipes), self.outcomes.tolist(), strict=True)):
            known.setdefault(recipe, []).append(number)
        pairs = (pair for numbers in known.values() for pair in itertools.combinations(numbers, 2))
        return [(first, other) for first, other in pairs if self.papers[first] != self.papers[other]]


@dataclass(frozen=True)
class Bounds:
    """Between what the retention lies, in percent, of papers that print ranges whose ends belong together in no order.

    One entry for either end of each range of contents. Neither trained on nor scored.
    """

    recipes: pd.DataFrame
    low: np.ndarray
    """The printed upper bound times the ratio of the least to the greatest conductivity of the same row."""
    high: np.ndarray
    """The printed upper bound."""
    papers: np.ndarray


@formerly_called(trainable="training_rows")
@dataclass(frozen=True)
class Dataset:
    """Checked rows, one per printed line, columns as in `Measurement`; blanks are None.

    >>> import spcse_ml
    >>> dataset = spcse_ml.read_literature()
    >>> dataset.rows.loc[0, ["reference", "sulfide", "binder", "retention_percent_low"]].tolist()
    [36, '75Li2S-25P2S5', 'PPC', 26.8]
    >>> dataset.fingerprint.split("-")[0]
    'checked'
    """

    rows: pd.DataFrame
    references: pd.DataFrame
    """Bibliography, indexed by reference number, with who shares a recipe or a laboratory."""
    own: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Membranes of one's own laboratory, if any: columns `id`, `RECIPE_COLUMNS`, `OWN_COLUMNS` and those of targets."""
    beyond: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Membranes of papers beyond the tables, if any, as `paper_membranes.grouped` returns them."""
    view: str = ""
    """The layer of the tables that `rows` are; without it `checked` of rows that tell their trust, else `review`."""

    def __post_init__(self) -> None:
        """Name the view that the rows are of, where nobody did."""
        if not self.view:
            object.__setattr__(self, "view", (View.CHECKED if "trust" in self.rows else View.REVIEW).value)

    @functools.cached_property
    def fingerprint(self) -> str:
        """Return a digest that changes with any one cell, of rows or of who shares what, and not with their order.

        That of the review stands alone; those of other views begin with the name of the view.
        """
        frames = (self.rows, self.references.reset_index(), self.own, self.beyond)
        records = [record for frame in frames for record in frame.to_dict("records")]
        lines = sorted(json.dumps(record, sort_keys=True, default=str) for record in records)
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        return digest if self.view == View.REVIEW else f"{self.view}-{digest}"

    def training_rows(self, target: Target) -> TrainingRows:
        """Return the rows that carry one value of the target (a range of thickness counts as its middle).

        Membranes beyond the tables and own rows follow the printed ones; each batch of one's own stands as a paper.

        Args:
            target: retention (percent) or thickness (µm), of `TARGETS`.

        Returns:
            The rows with their recipes, outcomes (in the target's unit) and papers, all of one length.
        """
        published, beyond = self._published(target), learnable(self.beyond, target)
        if len(beyond):
            published = joined(published, self._beyond(beyond, target))
        own = self.own[self.own[target.column].notna()] if len(self.own) else self.own
        return joined(published, own_rows(own, target)) if len(own) else published

    def _published(self, target: Target) -> TrainingRows:
        stands = self.rows["same_membrane_as"].isna()
        if "exclusion" in self.rows:
            stands &= self.rows["exclusion"].isna()
        rows = self.rows[self._has_value(target) & stands]
        return TrainingRows(
            recipes=recipe_frame(rows),
            outcomes=_middle(rows, target.column).to_numpy(dtype=float),
            papers=rows["reference"].map(self._paper).to_numpy(),
            laboratories=rows["reference"].map(self._laboratory).to_numpy(),
            places=tuple(f"{row.table}.{row.row}" for row in rows.itertuples()),
        )

    def _beyond(self, rows: pd.DataFrame, target: Target) -> TrainingRows:
        """Return membranes of papers beyond the tables as rows to learn from; those of a reference join its group."""
        cells = list(zip(rows["reference"], rows[GROUP], strict=True))
        papers = [label if number is None else self._paper(number) for number, label in cells]
        laboratories = [label if number is None else self._laboratory(number) for number, label in cells]
        return TrainingRows(
            recipes=typed_recipes(rows),
            outcomes=rows[target.column].to_numpy(dtype=float),
            papers=np.array(papers, dtype=object),
            laboratories=np.array(laboratories, dtype=object),
            places=tuple(rows["place"]),
        )

    def bounds(self) -> Bounds:
        """Return what is known of the retention of the rows that print an upper bound over a range of contents."""
        rows = self.rows[self.rows["retention_qualifier"] == "<"]
        ends = [rows.assign(binder_wt_percent_low=rows[end], binder_wt_percent_high=rows[end]) for end in _CONTENT_ENDS]
        both = pd.concat(ends)
        high, least, most = (
            both[name].to_numpy(dtype=float)
            for name in ("retention_percent_high", "sigma_m_ms_cm_low", "sigma_m_ms_cm_high")
        )
        return Bounds(recipe_frame(both), high * least / most, high, both["reference"].astype(str).to_numpy())

    def _has_value(self, target: Target) -> pd.Series:
        both = self.rows[f"{target.column}_low"].notna() & self.rows[f"{target.column}_high"].notna()
        return both & (self.rows["retention_qualifier"] == "=") if target.name == "retention" else both

    def _paper(self, reference: int) -> str:
        """Return the label of all references that share a recipe with this one, directly or by others."""
        group, previous = {reference}, set[int]()
        while group != previous:
            previous = set(group)
            group |= {other for pair in self._shared for other in pair if set(pair) & previous}
        return "+".join(str(number) for number in sorted(group))

    def _laboratory(self, reference: int) -> str:
        return str(self.references["laboratory"].get(reference, "")) or self._paper(reference)

    @functools.cached_property
    def _shared(self) -> list[tuple[int, int]]:
        cells = self.references["shares_recipe_with"].items()
        return [
            (int(str(reference)), int(other)) for reference, cell in cells for other in str(cell).split("|") if other
        ]


def own_rows(own: pd.DataFrame, target: Target) -> TrainingRows:
    """Return own membranes that carry a target as rows to learn from; a batch is what is held out together."""
    return TrainingRows(
        recipes=typed_recipes(own),
        outcomes=own[target.column].to_numpy(dtype=float),
        papers=np.array([f"{OWN}:{batch}" for batch in own[OWN_BATCH]], dtype=object),
        laboratories=np.full(len(own), OWN, dtype=object),
        places=tuple(f"{OWN}.{name}" for name in own["id"]),
    )


def joined(published: TrainingRows, own: TrainingRows) -> TrainingRows:
    """Return published and lab rows as one; lab-only columns are NaN for published rows."""
    return TrainingRows(
        typed_recipes(pd.concat([published.recipes, own.recipes], ignore_index=True)),
        np.concatenate([published.outcomes, own.outcomes]),
        np.concatenate([published.papers, own.papers]),
        np.concatenate([published.laboratories, own.laboratories]),
        (*published.places, *own.places),
    )


def is_own(recipes: pd.DataFrame) -> np.ndarray:
    """Return which recipes of a frame are of one's own laboratory."""
    return recipes[OWN_BATCH].notna().to_numpy() if OWN_BATCH in recipes else np.zeros(len(recipes), dtype=bool)


def identities(recipes: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return what makes each recipe itself; a content that is not known equals no other."""
    contents = [
        recipes[f"{thing}_wt_percent"].astype(float).where(recipes[thing].notna(), 0.0)
        for thing in ("binder", "template")
    ]
    names = [recipes[name].astype(object).fillna("") for name in ("sulfide", "method", "binder", "template", "solvent")]
    donors = recipes["donor_number_kcal_mol"].astype(float).fillna(-1.0)  # a figure of one's own makes another solvent
    return list(zip(*names, donors, *contents, strict=True))


def recipe_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the recipe columns of literature rows, a range of contents as its geometric middle."""
    frame = pd.DataFrame({name: rows.get(name) for name in RECIPE_COLUMNS}, index=rows.index)
    for name in ("binder_wt_percent", "template_wt_percent"):
        frame[name] = _middle(rows, name)
    return typed_recipes(frame.assign(donor_number_kcal_mol=None, sulfide_family=_stated_family(rows)))


def _stated_family(rows: pd.DataFrame) -> pd.Series:
    """Return the family of each sulfide that the catalogue does not list, None for the others."""
    listed = catalogue().names["sulfide"]
    families = rows.get("sulfide_family", pd.Series(None, index=rows.index, dtype=object))
    stated = [None if name in listed else family for name, family in zip(rows["sulfide"], families, strict=True)]
    return pd.Series(stated, index=rows.index, dtype=object)


def frame_of(formulations: Iterable[Formulation], *, own_batch: str | None = None) -> pd.DataFrame:
    """Return recipes as the frame that a model reads; with a batch, as membranes of one's own laboratory."""
    names = RECIPE_COLUMNS if own_batch is None else (*RECIPE_COLUMNS, *PROCESS_COLUMNS)
    records = [recipe.model_dump(include=set(names)) for recipe in formulations]
    frame = pd.DataFrame(records, columns=list(names))
    return typed_recipes(frame if own_batch is None else frame.assign(**{OWN_BATCH: own_batch}))


def typed_recipes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return recipe columns as plain objects and floats, so that equal recipes give equal frames."""
    numbers = {name for name, column in columns(Formulation).items() if column.is_number}
    names = [*RECIPE_COLUMNS, *(OWN_COLUMNS if OWN_BATCH in frame else ())]
    typed = {
        name: frame[name].astype(float)
        if name in numbers
        else pd.Series(_as_cells(frame[name]), index=frame.index, dtype=object)
        for name in names
    }
    return pd.DataFrame(typed, columns=names).reset_index(drop=True)


def _middle(rows: pd.DataFrame, name: str) -> pd.Series:
    low, high = rows[f"{name}_low"].astype(float), rows[f"{name}_high"].astype(float)
    return (low + high) / 2 if name == "thickness_um" else (low * high) ** 0.5


def _as_cells(cells: pd.Series) -> list[Any]:
    blanks = cells.isna()
    texts = (cell.value if isinstance(cell, Method) else cell for cell in cells)
    return [None if is_blank else text for text, is_blank in zip(texts, blanks, strict=True)]
