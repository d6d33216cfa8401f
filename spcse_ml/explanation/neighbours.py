"""The evidence beside a prediction: the nearest published membranes, and how wrong the model was on their papers."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import OWN, View, identities, is_own
from spcse_ml.data.literature import claimed_otherwise, literature
from spcse_ml.data.paper_checks import MEMBRANE
from spcse_ml.data.paper_membranes import BEYOND, PAPERS
from spcse_ml.data.papers import references
from spcse_ml.data.validation import recipe_in_words
from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.metrics import CHOSEN
from spcse_ml.models.distance import distance_parts
from spcse_ml.models.features import encode
from spcse_ml.schema import Formulation, columns

MUCH = 0.25
"""A part of the recipe that differs by more than this (0 to 1) is named as a difference."""


@dataclass(frozen=True)
class ClaimedOtherwise:
    """What a source says of a membrane otherwise than its row does, and what did not enter the row."""

    column: str
    value: str
    evidence: str
    """Class of the source, `A` to `E`."""
    derivation: str
    """How the value follows from stated numbers; empty where it is stated itself."""
    doi: str
    reference: int
    """Of the row, of which a recipe that two papers share has two."""


@dataclass(frozen=True)
class Neighbour:
    """A published membrane near a recipe; values in the target's unit."""

    references: str
    """Reference numbers of the review, joined by + where papers share the recipe; `own:B1` is an own batch."""
    recipe: str
    observed: float
    predicted: float
    """By the model while its paper was held out, with the interval."""
    low: float
    high: float
    distance: float
    """0 is the same recipe to the model, 1 differs in everything."""
    is_same_recipe: bool
    """The same names and contents, all known."""
    differs_in: tuple[str, ...]
    paper: str
    """First author, journal and year."""
    note: str
    """What a reader of the printed row must know; empty where there is nothing."""
    claimed_otherwise: tuple[ClaimedOtherwise, ...]
    """Of its recipe, its conductivities and its retention."""

    def contradicts(self, low: float, high: float) -> bool:
        """Return whether it is the very recipe and was measured outside this interval."""
        return self.is_same_recipe and not low <= self.observed <= high


@dataclass(frozen=True)
class Measured:
    """A training membrane of the very recipe that is predicted; the value in the target's unit."""

    references: str
    """As in `Neighbour`."""
    observed: float
    paper: str
    """First author, journal and year of each reference; empty for an own batch."""
    is_in_interval: bool
    """Whether the prediction interval of the answer holds the value."""
    claimed_otherwise: tuple[ClaimedOtherwise, ...]
    """As in `Neighbour`."""


def nearest(
    evaluated: EvaluatedModel, formulation: Formulation, *, n: int = 3, shows_own: bool = True
) -> list[Neighbour]:
    """Return the nearest training rows to a recipe, one per paper, nearest first; own ones only if they are shown.

    >>> from spcse_ml.data.validation import formulation
    >>> from spcse_ml.tables import released
    >>> from spcse_ml.storage.model_files import load
    >>> recipe = formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5)
    >>> [neighbour.references for neighbour in nearest(load(released("models", "retention.json")), recipe)]
    ['51', '52', '54']
    """
    return nearest_to_each(evaluated, [formulation], n=n, shows_own=shows_own)[0]


def nearest_to_each(
    evaluated: EvaluatedModel, recipes: Sequence[Formulation], *, n: int = 3, shows_own: bool = True
) -> list[list[Neighbour]]:
    """Return what `nearest` does for each of many recipes, which costs little more than for one."""
    if not recipes:
        return []
    rows = evaluated.model.training_rows
    frame = evaluated.model.frame(recipes)
    parts, requested, made = (
        distance_parts(encode(frame), encode(rows.recipes)),
        identities(frame),
        identities(rows.recipes),
    )
    apart, known = np.mean(list(parts.values()), axis=0), functools.cache(functools.partial(_row, evaluated))
    shown = np.flatnonzero(shows_own | ~is_own(rows.recipes))
    return [
        [
            replace(
                known(int(row)),
                distance=float(distance[row]),
                is_same_recipe=requested[number] == made[int(row)],
                differs_in=tuple(name for name, part in parts.items() if part[number, row] > MUCH),
            )
            for row in _first_of_each(rows.papers, shown[np.argsort(distance[shown], kind="stable")])[:n]
        ]
        for number, distance in enumerate(apart)
    ]


def measured(
    evaluated: EvaluatedModel,
    recipes: Sequence[Formulation],
    intervals: Sequence[tuple[float, float]],
    *,
    shows_own: bool = True,
) -> list[list[Measured]]:
    """Return for each recipe the training membranes of that very recipe, beside the interval that was predicted for it.

    Own ones are left out unless they are shown.

    >>> from spcse_ml.data.validation import formulation
    >>> from spcse_ml.tables import released
    >>> from spcse_ml.storage.model_files import load
    >>> recipe = formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5)
    >>> [[membrane]] = measured(load(released("models", "retention.json")), [recipe], [(50, 90)])
    >>> membrane.references, membrane.observed, membrane.paper, membrane.is_in_interval
    ('51', 70.8, 'C. Wang, ACS Energy Lett. 2021', True)
    """
    rows = evaluated.model.training_rows
    membranes: dict[tuple[Any, ...], list[int]] = {}
    for number, identity in enumerate(identities(rows.recipes)):
        if shows_own or not rows.places[number].startswith(OWN):
            membranes.setdefault(identity, []).append(number)
    same = [membranes.get(identity, []) for identity in identities(evaluated.model.frame(recipes))]
    return [
        [_measured(evaluated, number, interval) for number in numbers]
        for numbers, interval in zip(same, intervals, strict=True)
    ]


def _measured(evaluated: EvaluatedModel, row: int, interval: tuple[float, float]) -> Measured:
    rows, (low, high) = evaluated.model.training_rows, interval
    label, observed = str(rows.papers[row]), float(rows.outcomes[row])
    paper = "" if label.startswith(OWN) else _paper(label)
    claims = _claimed_otherwise(rows.places[row], evaluated.fingerprint)
    return Measured(label, observed, paper, low <= observed <= high, claims)


def _paper(label: str) -> str:
    """Return the papers of a label: references of the review, or what the label says of another one."""
    if not label[0].isdigit():
        return label.partition(":")[2]
    return "; ".join(_cited(int(number)) for number in label.split("+"))


def _cited(reference: int) -> str:
    paper = references().loc[reference]
    return f"{paper['first_author']}, {paper['journal']} {paper['year']}"


def _first_of_each(papers: np.ndarray, order: np.ndarray) -> np.ndarray:
    return np.asarray(order[~pd.Series(papers[order]).duplicated().to_numpy()])


def _row(evaluated: EvaluatedModel, row: int) -> Neighbour:
    rows = evaluated.model.training_rows
    return Neighbour(
        references=str(rows.papers[row]),
        recipe=recipe_in_words(rows.recipes.iloc[row].to_dict()),
        **_held_out_values(evaluated, rows.places[row]),
        **_publication(rows.places[row], str(rows.papers[row]), evaluated.fingerprint),
        distance=0.0,
        is_same_recipe=False,
        differs_in=(),
    )


def _publication(place: str, label: str, fingerprint: str) -> dict[str, Any]:
    table, row = place.split(".", 1)
    if table == OWN:
        return {"paper": f"your own {row}", "note": "", "claimed_otherwise": ()}
    if table in {BEYOND, PAPERS}:
        return {"paper": _paper(label), "note": "", "claimed_otherwise": ()}
    printed = _printed(table, row)
    note = printed["note"] or ""
    claims = _claimed_otherwise(place, fingerprint)
    return {"paper": _cited(printed["reference"]), "note": note, "claimed_otherwise": claims}


def _printed(table: str, row: str) -> pd.Series:
    rows = literature().rows
    return rows[(rows["table"] == int(table)) & (rows["row"] == int(row))].iloc[0]


_READ = {*columns(Formulation), "sigma_m_ms_cm", "sigma_p_ms_cm", "retention_percent", MEMBRANE} - {"lithium_salt"}
"""Columns that models read or learn."""


def _claimed_otherwise(place: str, fingerprint: str) -> tuple[ClaimedOtherwise, ...]:
    """Return what is claimed otherwise of a printed row in what models read or learn; nothing of other rows."""
    of_checked = fingerprint.startswith((View.CHECKED, View.ALL))
    table, row = place.split(".", 1)
    printed = literature().rows
    references_of = {
        (str(table), str(row)): int(reference)
        for table, row, reference in printed[["table", "row", "reference"]].itertuples(index=False)
    }
    claims = claimed_otherwise(of_checked=of_checked).get((table, row), ()) if (table, row) in references_of else ()
    return tuple(
        ClaimedOtherwise(
            column=claim.column,
            value=claim.value,
            evidence=claim.evidence.value,
            derivation=claim.derivation or "",
            doi=claim.doi,
            reference=references_of[table, row],
        )
        for claim in claims
        if claim.column in _READ
    )


def _held_out_values(evaluated: EvaluatedModel, place: str) -> dict[str, Any]:
    row = evaluated.evaluation.held_out.loc[[place]].iloc[0].to_dict()
    names = {"observed": "observed", "predicted": CHOSEN, "low": "low", "high": "high"}
    return {name: float(row[column]) for name, column in names.items()}
