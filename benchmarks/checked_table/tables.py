"""The table in its views, under four rules of what enters, and with what is claimed otherwise taken as true."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.dataset import Dataset, View
from spcse_ml.data.literature import literature
from spcse_ml.data.paper_checks import HEADINGS, Claim, Effect, Evidence, read_claims
from spcse_ml.errors import UnknownNameError
from spcse_ml.schema import Exclusion
from spcse_ml.tables import released

RULES: Mapping[str, tuple[Evidence, ...]] = {
    "A": (Evidence.PAPER,),
    "A and B": (Evidence.PAPER, Evidence.ANOTHER),
    "A, B and C": (Evidence.PAPER, Evidence.ANOTHER, Evidence.DIGEST),
}
"""What enters by the class of its source; the last is the view `checked`."""

_NAMES = ("sulfide", "binder", "template", "solvent", "method")
_SCORED = {*HEADINGS, "method"} - {"sigma_m_ms_cm", "lithium_salt"}
"""Columns that recipes and outcomes are made of."""


def by_view() -> dict[str, Dataset]:
    """Return the data set in each view."""
    return {view.value: literature(view) for view in View}


def by_rule() -> dict[str, Dataset]:
    """Return the checked table as each rule has it, from what papers say themselves to everything that is claimed."""
    checked = literature(View.CHECKED)
    entered = [claim for claim in _claims() if claim.effect in {Effect.CHANGES, Effect.FILLS}]
    tables = {
        name: with_cells(checked, [(claim, claim.present) for claim in entered if claim.evidence not in classes])
        for name, classes in RULES.items()
    }
    return {**tables, "everything": with_conflicts(checked, conflicts_by_row().values())}


def by_conflict() -> dict[str, Dataset]:
    """Return the checked table with the conflicts of each row taken as true, one row at a time."""
    checked = literature(View.CHECKED)
    return {place: with_conflicts(checked, [claims]) for place, claims in conflicts_by_row().items()}


def conflicts_by_row() -> dict[str, list[Claim]]:
    """Return what is claimed otherwise of recipes and outcomes, by row."""
    rows: dict[str, list[Claim]] = {}
    for claim in _claims():
        if claim.effect == Effect.CONFLICT and claim.column in _SCORED:
            rows.setdefault(".".join(claim.place), []).append(claim)
    return rows


def with_conflicts(dataset: Dataset, rows: Iterable[list[Claim]]) -> Dataset:
    """Return a data set in which these claims are taken as true."""
    return with_cells(dataset, [(claim, claim.value) for claims in rows for claim in claims])


def with_cells(dataset: Dataset, cells: Iterable[tuple[Claim, str]]) -> Dataset:
    """Return a data set in which cells read as these texts; an outcome that is no number is none."""
    rows = dataset.rows.copy()
    for claim, text in cells:
        row = rows.index[(rows["table"].astype(str) == claim.table) & (rows["row"].astype(str) == claim.row)][0]
        for column, value in _cell(claim.column, text).items():
            rows.loc[row, column] = value
    return replace(dataset, rows=rows)


def _cell(column: str, text: str) -> dict[str, object]:
    if column == "membrane":
        return {"exclusion": Exclusion.NO_MEMBRANE.value if text else None}
    if column in _NAMES:
        return _named(column, text)
    value = pd.to_numeric(text, errors="coerce")
    ends: dict[str, object] = {f"{column}_{end}": None if np.isnan(value) else float(value) for end in ("low", "high")}
    return {**ends, "retention_qualifier": "="} if column == "retention_percent" else ends


def _named(column: str, text: str) -> dict[str, object]:
    known = catalogue()
    if text in {"", "none"}:
        return {column: None}
    try:
        if column == "sulfide":
            sulfide = known.sulfide(text)
            return {"sulfide": sulfide.name, "sulfide_family": sulfide.family}
        if column == "solvent":
            return {"solvent": known.mixture(text).parts}
        return {column: known.binder(text).name if column == "binder" else text}
    except UnknownNameError:  # a sulfide keeps the family of its row; a solvent without figures counts as none
        return {column: text if column == "sulfide" else None}


def _claims() -> list[Claim]:
    return read_claims(released("data", "literature"))
