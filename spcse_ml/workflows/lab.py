"""The path from a measured membrane to a line of the lab's table, in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from spcse_ml.drawing.lab_figures import spectrum_figure
from spcse_ml.errors import Fault, InputError, StoreError
from spcse_ml.laboratory.impedance import Bulk, bulk_resistance, conductivity_with_error
from spcse_ml.laboratory.ledger import Entry, Score, entries, head, register, scores
from spcse_ml.laboratory.membrane import LabMembrane
from spcse_ml.laboratory.records import add_records, checked, current, read_records, read_spreadsheet
from spcse_ml.literature.table import read_table
from spcse_ml.storage.tracking import log_ledger, logged_ledgers
from spcse_ml.workflows.ask import Answers
from spcse_ml.workflows.pictures import write_pictures

LEDGER = "ledger.jsonl"

NEEDED = ("thickness_um", "area_cm2")
"""What a spectrum needs beside it to give a conductivity."""


@dataclass(frozen=True)
class Recorded:
    """What was added to a lab's table, and what a reader of it must know."""

    added: tuple[LabMembrane, ...]
    remarks: tuple[str, ...]


def record(table: Path, cells: Mapping[str, str], *, spectrum: Path | None = None) -> Recorded:
    """Add one membrane, given as text cells, to a lab's table; with a spectrum its resistance is fitted and drawn.

    Raises:
        InputError: every fault of the membrane, the spectrum or the table, in one error; nothing is written then.
        StoreError: the table cannot be written to, or somebody else keeps it locked.
    """
    if spectrum is None:
        return _recorded(add_records(table, pd.DataFrame([dict(cells)], dtype=object)))
    bulk, told = _from_spectrum(cells, spectrum)
    added = add_records(table, pd.DataFrame([{**cells, **told}], dtype=object))
    name = f"{table.stem}_{added[0].id}_spectrum"
    write_pictures(table.resolve().parent, {name: spectrum_figure(bulk)})
    remark = f"bulk resistance {bulk.resistance_ohm:.4g} ± {bulk.error_ohm:.2g} ohm; look at {name}.png"
    return Recorded(tuple(added), (remark, *_recorded(added).remarks))


def import_records(
    table: Path, source: Path, *, mapping: Mapping[str, str] | None = None, ignored: Sequence[str] = ()
) -> Recorded:
    """Add every row of a spreadsheet (CSV or XLSX) to a lab's table, its columns renamed by `mapping`; all or none.

    Raises:
        InputError: every fault of every row, and every column that is neither known, mapped nor ignored, in one error.
        StoreError: the table cannot be written to, or somebody else keeps it locked.
    """
    rows = read_spreadsheet(source)
    asked = {*(mapping or {}), *ignored}
    if missing := sorted(asked - set(rows.columns)):
        raise InputError([
            Fault("is not a column of the file", column=name, file=source.name, allowed=", ".join(rows.columns))
            for name in missing
        ])  # fmt: skip
    renamed = rows.drop(columns=list(ignored)).rename(columns=dict(mapping or {}))
    if renamed.empty:
        raise InputError([Fault("holds no membrane, only a header", file=source.name)])
    return _recorded(add_records(table, renamed, file=source.name))


def _from_spectrum(cells: Mapping[str, str], spectrum: Path) -> tuple[Bulk, dict[str, str]]:
    """Return the fit and the columns that follow from it; the rest of the membrane is checked first."""
    faults = [Fault("a spectrum needs it", column=name) for name in NEEDED if not cells.get(name)]
    faults += [Fault("a spectrum gives it; leave one of both out", column=name, given=str(cells[name]))
               for name in ("resistance_ohm", "sigma_m_ms_cm") if cells.get(name)]  # fmt: skip
    if faults:
        raise InputError(faults)
    membrane = checked(pd.DataFrame([dict(cells)], dtype=object).assign(supersedes=""))[0]
    bulk = bulk_resistance(read_table(spectrum), file=spectrum.name)
    value, error = conductivity_with_error(
        thickness_um=(membrane.thickness_um or 1.0, 0.0),
        resistance_ohm=(bulk.resistance_ohm, bulk.error_ohm),
        area_cm2=(membrane.area_cm2 or 1.0, 0.0),
    )
    return bulk, {
        "resistance_ohm": f"{bulk.resistance_ohm:.6g}",
        "sigma_m_ms_cm": f"{value:.6g}",
        "sigma_m_error_ms_cm": f"{error:.3g}",
    }


def _recorded(added: Sequence[LabMembrane]) -> Recorded:
    remarks = [
        f"{one.id}: retention {one.retention_percent:.4g} % is above 100: possible for a pressed film, or the powder "
        "was measured otherwise; kept"
        for one in added
        if one.retention_percent is not None and one.retention_percent > 100  # noqa: PLR2004 - percent
    ]
    return Recorded(tuple(added), tuple(remarks))


def foretell(store: Path, answers: Answers, *, level: float) -> list[Entry]:
    """Put answers into the store's ledger before their membranes exist; the head is kept in MLflow as well.

    Raises:
        StoreError: the ledger was altered, or the store cannot be written to.
    """
    _remembered(store)
    path, now = store / LEDGER, datetime.now(UTC).isoformat(timespec="seconds")
    told = [
        {
            "made": now, "model": answers.pair.name, "fingerprint": answers.pair.retention.fingerprint,
            "recipe": recipe.model_dump(mode="json", exclude_none=True), "value": row["retention_percent"],
            "low": row["retention_low_percent"], "high": row["retention_high_percent"], "level": level,
            "domain": row["domain"],
        }
        for recipe, row in zip(answers.recipes, answers.table.to_dict("records"), strict=True)
    ]  # fmt: skip
    added = register(path, told)
    known = entries(path)
    log_ledger(store, head=head(known), length=len(known))
    return added


def ledger(store: Path, table: Path) -> tuple[list[Entry], list[Score]]:
    """Return the entries of the store's ledger, checked against what MLflow keeps of it, and how they fared so far.

    Raises:
        StoreError: an entry was altered, or the ledger is not the one that MLflow remembers.
        InputError: the lab's table holds faults.
    """
    known = _remembered(store)
    return known, scores(known, current(read_records(table)))


def _remembered(store: Path) -> list[Entry]:
    """Return the entries of the store's ledger if they are those whose heads MLflow keeps."""
    known = entries(store / LEDGER)
    for length, kept in logged_ledgers(store):
        if head(known[:length]) != kept or length > len(known):
            msg = (
                f"{store / LEDGER} holds {len(known)} entries and not the {length} that MLflow remembers with the head "
                f"{kept[:12]}. It was altered or cut; restore it."
            )
            raise StoreError(msg)
    return known
