"""The lab's table: a CSV that the user owns, a line per membrane, never changed and only added to.

A correction is a new line that names the id of the one it supersedes. The header holds the columns in use; a column
that is used for the first time is added. Whoever adds holds a lock, and the whole file is put in place at once, so that
two people lose nothing and a killed process leaves the table as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.data.lab_rows import checked_rows, current, read_records
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.data.validation import WORDED_COLUMNS, placed
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import columns
from spcse_ml.storage.files import turn, write_whole
from spcse_ml.tables import csv_text


def add_records(
    path: Path,
    rows: pd.DataFrame,
    *,
    file: str = "",
    preregistered: Mapping[str, Mapping[str, Any]] | None = None,
    bad: Mapping[str, Fault] | None = None,
) -> list[LabMembrane]:
    """Check rows of text, add them to a lab's table and return them as they were written; all of them or none.

    Rows without an id get the next free number. Quantities may carry a unit. A prediction that is claimed must be among
    the preregistered recipes, by the name of their entry in the ledger. A bad cell holds the name of its fault, which
    replaces all faults of the cell.

    Raises:
        InputError: every fault of every row, and of the table as it stands, in one error.
        StoreError: the table cannot be written to, or another process keeps it locked.
    """
    with turn(path):
        known = read_records(path)
        added, faults = checked_rows(_numbered(rows, known).assign(recorded_at=_now()), file, known)
        beside = faults_beside([record for _, record in added], current(known), preregistered or {})
        for (line, _), wrong in zip(added, beside, strict=True):
            faults += placed(wrong, file=file, row=line if file else "")
        if bad:
            rest = [fault for fault in faults if fault.given not in bad and fault.column not in bad]
            faults = [*dict.fromkeys(bad.values()), *rest]
        if faults:
            raise InputError(faults)
        write_whole(path, table_text([*known, *(record for _, record in added)]))
    return [record for _, record in added]


def table_text(records: Sequence[LabMembrane]) -> str:
    """Return a lab's table as CSV: the columns in use in the order of the schema, id first, one line per record."""
    plain = pd.DataFrame([as_text(record) for record in records], columns=list(columns(LabMembrane)), dtype=object)
    used = [name for name in plain if plain[name].any()]
    names = sorted(used, key=lambda name: name not in {"id", "supersedes"})
    return csv_text(plain[names])


def _numbered(rows: pd.DataFrame, known: Sequence[LabMembrane]) -> pd.DataFrame:
    ids = rows["id"].fillna("") if "id" in rows.columns else pd.Series("", index=rows.index)
    taken = {record.id for record in known} | set(ids)
    free = (name for number in range(1, len(known) + 2 * len(rows) + 2) if (name := f"M{number}") not in taken)
    return rows.assign(id=[text if str(text).strip() else next(free) for text in ids])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


PREREGISTERED_COLUMNS = (*WORDED_COLUMNS, "plasticizer")
"""In what a membrane must be the recipe of the prediction that it claims."""

WEIGHED_WITHIN = 0.1
"""Relative difference up to which a content is the preregistered one: nobody weighs 2 wt% to the milligram."""

_OF_THE_LINE = {"id", "recorded_at", "supersedes", "prediction", "as_written"}


def as_text(record: LabMembrane) -> dict[str, str]:
    """Return a record as the cells of its line."""
    return {name: _cell(value) for name, value in record.model_dump(mode="json").items()}


def faults_beside(
    added: Iterable[LabMembrane], standing: Sequence[LabMembrane], preregistered: Mapping[str, Mapping[str, Any]]
) -> list[list[Fault]]:
    """Return for each new record what is wrong with it beside those that stand before it, new ones included.

    The preregistered recipes are given by the name of their entry in the ledger.
    """
    before, faults_by_record = [(record, _content(record)) for record in standing], list[list[Fault]]()
    for membrane in added:
        before = [pair for pair in before if not membrane.supersedes or pair[0].id != membrane.supersedes]
        content = _content(membrane)
        faults = [Fault("duplicate-membrane", values={"id": record.id}) for record, other in before if other == content]
        faults_by_record.append(faults or _claim_faults(membrane, [record for record, _ in before], preregistered))
        before.append((membrane, content))
    return faults_by_record


def _claim_faults(
    membrane: LabMembrane, standing: Sequence[LabMembrane], preregistered: Mapping[str, Mapping[str, Any]]
) -> list[Fault]:
    name, claims = membrane.prediction, {record.prediction: record.id for record in standing}
    if name is None:
        return []
    if name not in preregistered:
        free = ", ".join(entry for entry in preregistered if entry not in claims) or "none is free"
        return [Fault("unknown-prediction", column="prediction", given=name, allowed=free)]
    if name in claims:
        return [Fault("prediction-claimed", column="prediction", given=name, values={"id": claims[name]})]
    made = membrane.model_dump(mode="json")
    differing = [
        f"{column} {_shown(preregistered[name].get(column))}, not {_shown(made[column])}"
        for column in PREREGISTERED_COLUMNS
        if not _is_made_as(preregistered[name].get(column), made[column])
    ]
    if not differing:
        return []
    return [Fault("prediction-of-other-recipe", column="prediction", given=name,
                  allowed=f"contents within {WEIGHED_WITHIN:.0%}, all else equal",
                  values={"differing": "; ".join(differing)})]  # fmt: skip


def _content(record: LabMembrane) -> tuple[str, ...]:
    return tuple(text for name, text in as_text(record).items() if name not in _OF_THE_LINE)


def _is_made_as(preregistered: Any, made: Any) -> bool:
    if isinstance(preregistered, float | int) and isinstance(made, float):
        return abs(made - preregistered) <= WEIGHED_WITHIN * preregistered * (1 + 1e-9)
    return bool(preregistered == made)


def _shown(value: Any) -> str:
    return "blank" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
