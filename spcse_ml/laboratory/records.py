"""The lab's table: a CSV that the user owns, a line per membrane, never changed and only added to.

A correction is a new line that names the id of the one it supersedes. The header holds the columns in use; a column
that is used for the first time is added. Whoever adds holds a lock, and the whole file is put in place at once, so that
two people lose nothing and a killed process leaves the table as it was.
"""

import contextlib
import csv
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from spcse_ml.errors import Fault, InputError, StoreError
from spcse_ml.laboratory.membrane import LabMembrane
from spcse_ml.laboratory.standing import as_text, faults_beside
from spcse_ml.literature.catalogue import catalogue
from spcse_ml.literature.recipes import placed, read_row
from spcse_ml.literature.schema import Formulation, columns
from spcse_ml.literature.table import read_table
from spcse_ml.storage.store import write_whole

_REQUIRED = {name for name, column in columns(LabMembrane).items() if column.is_required}

WAIT_S, POLL_S = 30, 0.005
"""How long to wait for somebody else who is adding to the table, and how often to look."""


def read_records(path: Path) -> list[LabMembrane]:
    """Return every line of a lab's table, corrected ones included; a table that does not exist yet has none.

    Raises:
        InputError: every bad cell of every line, in one error.
    """
    if not path.exists():
        return []
    return checked(read_table(path), file=path.name)


def current(records: Sequence[LabMembrane]) -> list[LabMembrane]:
    """Return the membranes that stand: those that no later line supersedes."""
    superseded = {record.supersedes for record in records if record.supersedes}
    return [record for record in records if record.id not in superseded]


def add_records(
    path: Path,
    rows: pd.DataFrame,
    *,
    file: str = "",
    foretold: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[LabMembrane]:
    """Check rows of text, add them to a lab's table and return them as they were written; all of them or none.

    Rows without an id get the next free number. Quantities may carry a unit. A prediction that is claimed must be among
    the recipes that were foretold, by the name of their entry in the ledger.

    Raises:
        InputError: every fault of every row, and of the table as it stands, in one error.
        StoreError: the table cannot be written to, or somebody else keeps it locked.
    """
    with turn(path):
        known = read_records(path)
        added, faults = _checked(_numbered(rows, known).assign(recorded_at=_now()), file, known)
        beside = faults_beside([one for _, one in added], current(known), foretold or {})
        for (place, _), wrong in zip(added, beside, strict=True):
            faults += [placed(fault, place) for fault in wrong]
        if faults:
            raise InputError(faults)
        write_whole(path, table_text([*known, *(one for _, one in added)]))
    return [one for _, one in added]


@contextlib.contextmanager
def turn(path: Path) -> Iterator[None]:
    """Hold the lock beside a file; after it, whoever waits gets a turn before this process can take another.

    Raises:
        StoreError: somebody else keeps the lock, or none can be made there.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=WAIT_S, poll_interval=POLL_S)
    try:
        lock.acquire()
    except Timeout as error:
        msg = f"{path} is locked by somebody who is adding to it. Try again."
        raise StoreError(msg) from error
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}. Choose another folder."
        raise StoreError(msg) from error
    try:
        yield
    finally:
        lock.release()
    time.sleep(3 * POLL_S)


def checked(rows: pd.DataFrame, *, file: str = "") -> list[LabMembrane]:
    """Return rows of text as membranes with catalogue names, numbers in the unit of their column.

    Raises:
        InputError: every fault of every row, in one error.
    """
    found, faults = _checked(rows, file, ())
    if faults:
        raise InputError(faults)
    return [one for _, one in found]


def _checked(
    rows: pd.DataFrame, file: str, known: Sequence[LabMembrane]
) -> tuple[list[tuple[Fault, LabMembrane]], list[Fault]]:
    """Return the membranes that read, each with its place, and every fault of the others."""
    found: list[tuple[Fault, LabMembrane]] = []
    faults = [
        Fault("is not a column of the lab's table", column=str(name), file=file, row="line 1",
              remedy="Rename it, map it to a column (--map), or leave it out (--ignore).")
        for name in rows.columns
        if name not in columns(LabMembrane)
    ]  # fmt: skip
    faults += [
        Fault("the column is missing", column=name, file=file, row="line 1" if file else "",
              remedy="Add it, or map one to it.")
        for name in sorted(_REQUIRED - set(rows.columns))
    ]  # fmt: skip
    for line, cells in zip(rows.index, rows.to_dict("records"), strict=True):
        membrane, wrong = _read({str(name): cell for name, cell in cells.items() if name in columns(LabMembrane)})
        place = Fault("", file=file, row=f"line {line}" if file else "")
        if membrane is not None:
            wrong += _identity_faults(membrane, [*known, *(one for _, one in found)])
            found.append((place, membrane))
        told = (fault for fault in wrong if fault.column not in _REQUIRED - set(rows.columns))
        faults += [placed(fault, place) for fault in told]
    return found, faults


def table_text(records: Sequence[LabMembrane]) -> str:
    """Return a lab's table as CSV: the columns in use in the order of the schema, id first, one line per record."""
    plain = [as_text(record) for record in records]
    used = [name for name in columns(LabMembrane) if any(row[name] for row in plain)]
    names = sorted(used, key=lambda name: name not in {"id", "supersedes"})
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    for row in plain:
        writer.writerow([row[name] for name in names])
    return buffer.getvalue()


def _read(cells: Mapping[str, Any]) -> tuple[LabMembrane | None, list[Fault]]:
    plain = {name: "" if pd.isna(text) else str(text) for name, text in cells.items()}
    membrane, faults = read_row(plain, LabMembrane)
    try:
        named = catalogue().canonical(membrane or _names_alone(plain))
    except InputError as error:
        told = {fault.column for fault in faults}
        faults += [fault for fault in error.faults if fault.column not in told]
    if membrane is None or faults:
        return None, faults
    return LabMembrane.model_validate({**membrane.worked_out(), **named.model_dump(exclude_none=True)}), []


def _names_alone(plain: Mapping[str, str]) -> Formulation:
    """Return a recipe of the names of a faulty row, so that one error tells of them as well."""
    names = ("sulfide", "binder", "template", "binder_class", "sulfide_family")
    return Formulation.model_construct(**{name: plain.get(name) or None for name in names})  # type: ignore[arg-type]


def _identity_faults(membrane: LabMembrane, earlier: Sequence[LabMembrane]) -> list[Fault]:
    ids = {record.id for record in earlier}
    faults = []
    if membrane.id in ids:
        faults.append(Fault("stands already", column="id", given=membrane.id,
                            remedy="Choose another, or name it under supersedes to correct it."))  # fmt: skip
    if membrane.supersedes is not None and membrane.supersedes not in ids:
        faults.append(Fault("names no earlier line", column="supersedes", given=membrane.supersedes))
    if membrane.supersedes in {record.supersedes for record in earlier if record.supersedes}:
        faults.append(
            Fault("was corrected already; name the correction", column="supersedes", given=membrane.supersedes)
        )
    return faults


def _numbered(rows: pd.DataFrame, known: Sequence[LabMembrane]) -> pd.DataFrame:
    given = rows["id"].fillna("") if "id" in rows.columns else pd.Series("", index=rows.index)
    taken = {record.id for record in known} | set(given)
    free = (name for number in range(1, len(known) + 2 * len(rows) + 2) if (name := f"M{number}") not in taken)
    return rows.assign(id=[text if str(text).strip() else next(free) for text in given])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
