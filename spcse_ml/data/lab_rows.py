"""A lab's table as it is read: its lines checked, those that stand, and the own rows of a data set that they make."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.data.dataset import OWN_BATCH, RECIPE_COLUMNS
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.data.validation import placed, read_recipe, read_row, read_rows
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import PROCESS_COLUMNS, TARGETS, columns
from spcse_ml.tables import read_table
from spcse_ml.to_json import objects

NO_BATCH = "no batch and no day told"


def existing(table: Path) -> Path:
    """Return a lab's table, refused where there is no such file."""
    if not table.exists():
        raise InputError([Fault("no-lab-table", file=str(table))])
    return table


def read_records(path: Path) -> list[LabMembrane]:
    """Return every line of a lab's table, corrected ones included; a table that does not exist yet has none."""
    if not path.exists():
        return []
    return checked(read_table(path), file=path.name)


def current(records: Sequence[LabMembrane]) -> list[LabMembrane]:
    """Return the membranes that stand: those that no later line supersedes."""
    superseded = {record.supersedes for record in records if record.supersedes}
    return [record for record in records if record.id not in superseded]


def checked(rows: pd.DataFrame, *, file: str = "") -> list[LabMembrane]:
    """Return rows of text as membranes with catalogue names, numbers in the unit of their column.

    Raises:
        InputError: every fault of every row, in one error.
    """
    numbered, faults = checked_rows(rows, file, ())
    if faults:
        raise InputError(faults)
    return [membrane for _, membrane in numbered]


def checked_rows(
    rows: pd.DataFrame, file: str, known: Sequence[LabMembrane]
) -> tuple[list[tuple[str, LabMembrane]], list[Fault]]:
    """Return the membranes that read, each with its line, and every fault of the others and beside the lines known."""
    unknown = [str(name) for name in rows.columns if name not in columns(LabMembrane)]
    faults = [Fault("unmapped-column", column=name, file=file, row="line 1") for name in unknown]
    read, wrong = read_rows(rows.drop(columns=unknown), LabMembrane, _read, file=file)
    faults, ids = faults + wrong, [*known]
    for line, membrane in read:
        faults += placed(_identity_faults(membrane, ids), file=file, row=line)
        ids.append(membrane)
    return read, faults if file else placed(faults)


def _read(cells: Mapping[str, Any], kind: type[LabMembrane]) -> tuple[LabMembrane | None, list[Fault]]:
    """Return a membrane with catalogue names and what follows from its other columns, or None and every fault."""
    membrane, faults = read_recipe(cells, kind)
    if membrane is None:
        return None, faults
    followed = membrane.worked_out()
    whole, faults = read_row({**followed, **membrane.model_dump(exclude_none=True)}, kind)
    return whole, [
        replace(fault, code="derived-out-of-bounds") if fault.column in followed else fault for fault in faults
    ]


def _identity_faults(membrane: LabMembrane, earlier: Sequence[LabMembrane]) -> list[Fault]:
    ids = {record.id for record in earlier}
    faults = []
    if membrane.id in ids:
        faults.append(Fault("id-taken", column="id", given=membrane.id))
    if membrane.supersedes is not None and membrane.supersedes not in ids:
        faults.append(Fault("unknown-line", column="supersedes", given=membrane.supersedes))
    if membrane.supersedes in {record.supersedes for record in earlier if record.supersedes}:
        faults.append(Fault("already-corrected", column="supersedes", given=membrane.supersedes))
    return faults


def own_frame(records: Sequence[LabMembrane]) -> pd.DataFrame:
    """Return the records that stand as own rows of a data set: id, recipe, batch, process, outcomes, in schema units.

    A correction keeps the id of the line that it corrects in the end. Without a batch a membrane belongs to the day on
    which it was made; those that tell neither are one batch. Everything organic besides the template counts as binder,
    because that is what stands between the particles; with a second binder or plasticizer of unknown content the
    content is not known.
    """
    corrected = roots(records)
    outcomes = [target.column for target in TARGETS.values()]
    names = ["id", *RECIPE_COLUMNS, OWN_BATCH, *PROCESS_COLUMNS, *outcomes]
    rows = [
        {
            **membrane.model_dump(mode="json"),
            "id": corrected[membrane.id],
            OWN_BATCH: batch_of(membrane),
            "binder_wt_percent": organic(membrane),
        }
        for membrane in current(records)
    ]
    return objects(pd.DataFrame(rows, columns=names))


def batch_of(membrane: LabMembrane) -> str:
    """Return what a membrane is held out with: its batch, else its day, else all others that tell neither."""
    return membrane.batch or (membrane.made_on.isoformat() if membrane.made_on else NO_BATCH)


def roots(records: Sequence[LabMembrane]) -> dict[str | None, str | None]:
    """Return for the id of each line that of the line which it corrects in the end; its own where it corrects none."""
    corrects, by_id = {record.id: record.supersedes for record in records}, {}
    for name in corrects:
        root = name
        while corrects.get(root):
            root = corrects[root]
        by_id[name] = root
    return by_id


def organic(membrane: LabMembrane) -> float | None:
    """Return what the membrane holds of binder, second binder and plasticizer, in wt%; None if a part is not known."""
    parts = [membrane.binder_wt_percent] if membrane.binder else []
    parts += [membrane.second_binder_wt_percent] if membrane.second_binder else []
    parts += [membrane.plasticizer_wt_percent] if membrane.plasticizer else []
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
