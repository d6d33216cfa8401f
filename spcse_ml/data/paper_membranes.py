"""Membranes from papers beyond the review's tables: those that the project holds, and those that a user typed.

They are literature: rows of one paper are one group, and a paper of the review keeps the group that it has there.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import field_validator, model_validator

from spcse_ml.data.papers import review_doi
from spcse_ml.data.validation import placed, read_recipe, read_row, read_rows
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import (
    METHOD_SYNONYMS,
    RETENTION,
    Exclusion,
    Formulation,
    Method,
    Outcome,
    Powder,
    Target,
    Trust,
    column,
    columns,
    refusal,
)
from spcse_ml.tables import read_table
from spcse_ml.to_json import objects

BEYOND, PAPERS = "beyond", "papers"
"""How places of these rows begin: `beyond.1` of the project, `papers.1` of a user."""

AGREE_WITHIN = 0.02
_DOI = re.compile(r"^10\.\d{4,9}/\S+$")
_BEFORE_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)\s*", re.IGNORECASE)

_AFTER_DOI = re.compile(r"(?:[?#].*|[\s.,;:)/\u200b]+)$")

_LEAST_RETENTION, _MOST_RETENTION = 0.01, 1_000


class PaperMembrane(Formulation):
    """One membrane of a paper: its recipe, what came of it, and where that was read.

    Blank means not reported. A membrane that is not learnt from may lack what a recipe needs.

    >>> read = PaperMembrane(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5,
    ...                      sigma_m_ms_cm=1.6, sigma_p_ms_cm=3.2, doi="https://doi.org/10.1000/ABC")
    >>> read.doi, read.retention()
    ('10.1000/abc', 50.0)
    """

    reference: int | None = column("number of the paper in the review's bibliography, if it is one of its", ge=1)
    method: Method | None = column(  # type: ignore[assignment]  # blank where no route of the review was taken
        "route to the membrane", choices=(*Method, *METHOD_SYNONYMS)
    )
    sigma_m_ms_cm: float | None = column("ionic conductivity of the membrane", unit="mS/cm", gt=0, le=100)
    retention_percent: float | None = column("retention σm/σp", unit="%", ge=_LEAST_RETENTION, le=_MOST_RETENTION)
    thickness_um: float | None = column("thickness of the finished membrane", unit="µm", gt=0, le=10_000)
    source: str | None = column("the paper in words, where no DOI is known", max_length=500)
    doi: str | None = column("DOI of the paper", max_length=200)
    read_in: str | None = column("what was read: the paper, its abstract, a review, a digest", max_length=500)
    trust: Trust | None = column("how far the source bears out the row", choices=tuple(Trust))
    state_of_powder: Powder | None = column("whether sigma_p is that of the powder as received", choices=tuple(Powder))
    state_of_sample: str | None = column("state of the membrane when measured", max_length=500)
    pressing_mpa: float | None = column("pressure at which the membrane was pressed", unit="MPa", gt=0, le=5_000)
    stack_pressure_mpa: float | None = column("pressure during the measurement", unit="MPa", gt=0, le=5_000)
    electrodes: str | None = column("blocking electrodes of the measurement", max_length=200)
    relative_density_percent: float | None = column("density over that without pores", unit="%", gt=0, le=100)
    measured_at_c: float | None = column("temperature of the measurement", unit="°C", ge=-100, le=300)
    other_component: str | None = column("what the membrane holds besides", max_length=200)
    other_wt_percent: float | None = column("content of that", unit="wt%", gt=0, lt=100)
    outcome: Outcome | None = column("what came of it; blank is a film", choices=tuple(Outcome))
    exclusion: Exclusion | None = column("why it is not learnt from; blank where it is", choices=tuple(Exclusion))

    @field_validator("doi")
    @classmethod
    def _plain_doi(cls, value: str | None) -> str | None:
        return None if value is None else _AFTER_DOI.sub("", _BEFORE_DOI.sub("", value)).casefold()

    @model_validator(mode="after")
    def _no_contradiction(self) -> "PaperMembrane":
        faults = [*self._paper_faults()]
        if self.exclusion is None:
            faults += [Fault("missing", "method", allowed=", ".join(Method))] if self.method is None else []
            faults += [*(self._method_faults() if self.method else ()), *self._content_faults()]
        if faults:
            raise refusal(faults)
        return self

    def _paper_faults(self) -> Iterable[Fault]:
        if self.doi is None and self.source is None and self.reference is None:
            yield Fault("no-paper", "doi")
        if self.doi is not None and not _DOI.match(self.doi):
            yield Fault("not-a-doi", "doi", allowed="as in 10.1002/adfm.202101985")
        if self.exclusion is None and self.is_film and self.retention() is None:
            yield Fault("no-retention", "retention_percent")
        derived = self._derived_retention()
        if derived and not _LEAST_RETENTION <= derived <= _MOST_RETENTION:
            allowed = f"at least {_LEAST_RETENTION} and at most {_MOST_RETENTION} %"
            yield Fault("derived-out-of-bounds", "retention_percent", given=f"{derived:g}", allowed=allowed)
        if derived and self.retention_percent and abs(derived / self.retention_percent - 1) > AGREE_WITHIN:
            values = {"sources": "the conductivities", "value": derived, "unit": "%"}
            yield Fault("contradicts-derived", "retention_percent", values=values)

    @property
    def is_film(self) -> bool:
        """Return whether a film came of it."""
        return self.outcome in {None, Outcome.FILM}

    def retention(self) -> float | None:
        """Return the retention in percent, as stated, else from the conductivities."""
        return self.retention_percent or self._derived_retention()

    def _derived_retention(self) -> float | None:
        if self.sigma_m_ms_cm is None or self.sigma_p_ms_cm is None:
            return None
        return 100 * self.sigma_m_ms_cm / self.sigma_p_ms_cm


_NOT_HERE = {"planned_thickness_um"}

PAPER_COLUMNS = tuple(
    name for name, described in columns(PaperMembrane).items() if not described.is_process and name not in _NOT_HERE
)
"""Columns of a file of such membranes, of `beyond_review.csv` as of a user's own reading."""

GROUP = "paper"
"""Column of a frame of such membranes: the label of those whose paper is not of the review."""


def read_papers(path: Path, references: Sequence[int], *, origin: str = PAPERS) -> pd.DataFrame:
    """Return the membranes of a file, checked, a row each, with their places.

    Args:
        path: a comma-separated file with columns of `PAPER_COLUMNS`.
        references: numbers of the review's references.
        origin: how the places begin.

    Returns:
        Columns `place` and `PAPER_COLUMNS`, catalogue names, the retention worked out.

    Raises:
        InputError: every fault of the file, in one error.
    """
    frame = read_table(path)
    unknown = [str(name) for name in frame.columns if name not in PAPER_COLUMNS]
    faults = [Fault("unknown-column", name, "line 1", path.name, allowed=", ".join(PAPER_COLUMNS)) for name in unknown]
    if frame.empty:
        faults.append(Fault("no-rows", file=path.name))
    rows, row_faults = read_rows(frame.drop(columns=unknown), PaperMembrane, _read, file=path.name)
    faults += row_faults
    for line, membrane in rows:
        if membrane.reference is not None and membrane.reference not in references:
            fault = Fault("unknown-reference", "reference", given=str(membrane.reference))
            faults += placed([fault], file=path.name, row=line)
        if membrane.doi == review_doi():
            faults += placed([Fault("review-itself", "doi", given=membrane.doi)], file=path.name, row=line)
    faults += _repeated(rows, path.name)
    if faults:
        raise InputError(faults)
    records = [
        {
            "place": f"{origin}.{_name(line, membrane)}",
            **membrane.model_dump(mode="json"),
            "retention_percent": membrane.retention(),
        }
        for line, membrane in rows
    ]
    return objects(pd.DataFrame(records, columns=["place", *PAPER_COLUMNS], dtype=object))


def _read(cells: Mapping[str, Any], kind: type[PaperMembrane]) -> tuple[PaperMembrane | None, list[Fault]]:
    """Return a membrane, with catalogue names where it is learnt from; others may name what the catalogue lacks."""
    return (read_row if str(cells.get("exclusion") or "").strip() else read_recipe)(cells, kind)


def _repeated(rows: Sequence[tuple[str, PaperMembrane]], file: str) -> list[Fault]:
    seen, faults = set[str](), list[Fault]()
    for line, membrane in rows:
        if (name := _name(line, membrane)) in seen:
            faults.append(Fault("id-taken", "id", line, file, name))
        seen.add(name)
    return faults


def _name(line: str, membrane: PaperMembrane) -> str:
    """Return the id of a membrane, or that of its line, which stands for it."""
    return membrane.id or line.replace(" ", "-")


def grouped(membranes: pd.DataFrame, dois: Mapping[str, int]) -> pd.DataFrame:
    """Return membranes with what holds them together: the reference of the review that they are of, else a label.

    Rows are of one paper where they share a DOI, a source or a reference, directly or by others.

    Args:
        membranes: rows of `read_papers`.
        dois: reference of the review by DOI.

    Returns:
        The rows, `reference` filled where the DOI or a sister tells it, and `paper`, the label where none does.

    Raises:
        InputError: rows of two references of the review are held together.
    """
    keys = [_keys(row, dois) for row in membranes.to_dict("records")]
    groups: list[set[str]] = []
    for own in keys:
        apart = [group for group in groups if not group & own]
        groups = [*apart, set(own).union(*(group for group in groups if group & own))]
    group_of_each = [next(group for group in groups if group & own) for own in keys]
    faults = [
        Fault("two-papers-as-one", row=str(place), values={"others": ", ".join(map(str, _references(group)))})
        for place, group in zip(membranes["place"], group_of_each, strict=True)
        if len(_references(group)) > 1
    ]
    if faults:
        raise InputError(faults)
    reference, label = [], []
    for group in group_of_each:
        of_review = _references(group)
        reference.append(of_review[0] if of_review else None)
        label.append(None if of_review else min(group))
    index = membranes.index
    return objects(
        membranes.assign(
            reference=pd.Series(reference, index=index, dtype=object),
            **{GROUP: pd.Series(label, index=index, dtype=object)},
        )
    )


_REFERENCE = "reference:"


def _keys(row: Mapping[Any, Any], dois: Mapping[str, int]) -> set[str]:
    source = " ".join((row["source"] or "").casefold().split())
    named = [(_REFERENCE, row["reference"]), (_REFERENCE, dois.get(row["doi"] or ""))]
    named += [("doi:", row["doi"]), ("paper:", source)]
    return {f"{kind}{name}" for kind, name in named if name}


def _references(group: Iterable[str]) -> list[int]:
    return sorted(int(key.removeprefix(_REFERENCE)) for key in group if key.startswith(_REFERENCE))


def learnable(membranes: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Return the membranes that are learnt from: films of the kind that have the target.

    A retention counts over the powder as received; one over a processed powder is another quantity.
    """
    if not len(membranes):
        return membranes
    mask = membranes["exclusion"].isna() & membranes["outcome"].isin([None, Outcome.FILM.value])
    mask &= membranes[target.column].notna()
    if target is RETENTION:
        mask &= membranes["state_of_powder"] != Powder.PROCESSED.value
    return membranes[mask]
