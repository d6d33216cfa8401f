"""From a measured membrane to a line of the lab's table, and from answers to preregistered predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.data.lab_rows import checked, own_frame, read_records, roots
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.data.plausibility import Remark
from spcse_ml.errors import Fault, InputError, StoreError
from spcse_ml.former_names import formerly, no_longer_needed
from spcse_ml.lab.impedance import TotalResistance, conductivity_with_error, total_resistance
from spcse_ml.lab.plausibility import far_from_own, remarks
from spcse_ml.lab.preregistration import Entry, Score, entries, head, register, scores, withdrawn
from spcse_ml.lab.records import add_records
from spcse_ml.lab.spreadsheets import read_spreadsheet
from spcse_ml.reports.plots.lab import spectrum_figure
from spcse_ml.schema import clean_text
from spcse_ml.storage.files import store_folder
from spcse_ml.storage.ledger_heads import log_ledger, logged_ledgers
from spcse_ml.tables import read_table
from spcse_ml.workflows.pictures import write_pictures
from spcse_ml.workflows.predict import Answers

LEDGER = "ledger.jsonl"

NEEDED = ("thickness_um", "area_cm2")
"""What a spectrum needs beside it to give a conductivity."""


@dataclass(frozen=True)
class Recorded:
    """Membranes added to a lab's table, with what to check again."""

    added: tuple[LabMembrane, ...]
    remarks: tuple[Remark, ...]
    uncounted: tuple[Score, ...] = ()
    """Claims of predictions that do not count, though the membrane has a retention."""
    fit: TotalResistance | None = None
    picture: str = ""
    """File name of the figure of the fit, beside the table."""


def record(
    table: str | PathLike[str],
    cells: Mapping[str, str],
    *,
    spectrum: str | PathLike[str] | None = None,
    store: str | PathLike[str] | None = None,
) -> Recorded:
    """Add one membrane, given as text cells, to a lab's table; with a spectrum its resistance is fitted and drawn.

    A prediction that it claims must stand in the ledger of the store.

    Args:
        table: the lab's table (CSV); made if it is not there.
        cells: the columns of `LabMembrane` by name, as text, which may carry a unit.
        spectrum: a CSV of frequency_hz, z_real_ohm and z_imag_ohm between blocking electrodes.
        store: the folder of the ledger; without it `$SPCSE_ML_HOME`, else `spcse_ml_store` in the working directory.

    Returns:
        The line as it was written, what to check again in it, and the fit of the spectrum.

    Raises:
        InputError: every fault of the membrane, the spectrum or the table, in one error; nothing is written then.
        StoreError: the table cannot be written to, another process keeps it locked, or the ledger was altered.

    >>> import tempfile
    >>> cells = {"sulfide": "LPSCl", "method": "dry", "binder": "PTFE", "binder_wt_percent": "99.5:0.5"}
    >>> measured = {"sigma_p_ms_cm": "1.2", "sigma_m_ms_cm": "0.68 mS/cm"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     added = record(Path(folder) / "lab.csv", cells | measured).added
    >>> added[0].id, added[0].binder_wt_percent, round(added[0].retention_percent, 1)
    ('M1', 0.5, 56.7)
    """
    path = Path(table)
    fit, fitted = (None, {}) if spectrum is None else _from_spectrum(cells, Path(spectrum))
    rows = pd.DataFrame([{**cells, **fitted}], dtype=object)
    known = _claimed(Path(store) if store else None, rows)
    added = add_records(path, rows, preregistered=_recipes(known))
    recorded = _recorded(path, added, [cells], known)
    if fit is None:
        return recorded
    name = f"{path.stem}_{added[0].id}_spectrum"
    write_pictures(path.resolve().parent, {name: spectrum_figure(fit)})
    return replace(recorded, fit=fit, picture=f"{name}.png")


def import_records(
    table: Path,
    source: Path,
    *,
    sheet: str | None = None,
    mapping: Mapping[str, str | None] | None = None,
    store: Path | None = None,
) -> Recorded:
    """Add every row of a spreadsheet (CSV or XLSX) to a lab's table; all or none.

    Its columns are renamed by `mapping`, or left out where that gives None. Predictions are checked as in `record`.

    Args:
        table: the lab's table (CSV); made if it is not there.
        source: a CSV or XLSX file.
        sheet: name of the sheet, where more than one holds cells.
        mapping: our column by theirs, or None for a column to leave out.
        store: as in `record`.

    Returns:
        The lines as they were written, and what to check again in them.

    Raises:
        InputError: every fault of every row, and every column that is neither known nor mapped, in one error.
        StoreError: the table cannot be written to, another process keeps it locked, or the ledger was altered.

    >>> mapping = {"Binder %": "binder_wt_percent", "Colour": None}
    >>> import_records(Path("lab.csv"), Path("notebook.xlsx"), mapping=mapping).added  # doctest: +SKIP
    """
    rows, bad = read_spreadsheet(source, sheet=sheet)
    mapping = {clean_text(theirs): ours for theirs, ours in (mapping or {}).items()}  # as the headers are
    if missing := sorted(set(mapping) - set(rows.columns)):
        raise InputError(
            [
                Fault("column-not-in-file", column=name, file=source.name, allowed=", ".join(rows.columns))
                for name in missing
            ]
        )
    ignored = [theirs for theirs, ours in mapping.items() if ours is None]
    renamed = rows.drop(columns=ignored).rename(columns={theirs: ours for theirs, ours in mapping.items() if ours})
    if doubled := sorted(set(renamed.columns[renamed.columns.duplicated()])):
        raise InputError([Fault("mapped-twice", column=name, file=source.name) for name in doubled])
    if renamed.empty:
        raise InputError([Fault("no-rows", file=source.name)])
    known = _claimed(store, renamed)
    added = add_records(table, renamed, file=source.name, preregistered=_recipes(known), bad=bad)
    return _recorded(table, added, renamed.to_dict("records"), known)


def _claimed(store: Path | None, rows: pd.DataFrame) -> list[Entry]:
    """Return the ledger of the store, if any row claims an entry of it."""
    claims = rows.get("prediction", pd.Series(dtype=object)).fillna("").astype(str).str.strip()
    return entries((store or store_folder()) / LEDGER) if claims.any() else []


def _recipes(known: Sequence[Entry]) -> dict[str, Mapping[str, Any]]:
    return {entry.name: entry.recipe for entry in known}


def _from_spectrum(cells: Mapping[str, str], spectrum: Path) -> tuple[TotalResistance, dict[str, str]]:
    """Return the fit and the columns that follow from it; the rest of the membrane is checked first."""
    faults = [Fault("needed-with-spectrum", column=name) for name in NEEDED if not cells.get(name)]
    faults += [
        Fault("given-with-spectrum", column=name, given=str(cells[name]))
        for name in ("resistance_ohm", "sigma_m_ms_cm")
        if cells.get(name)
    ]
    if faults:
        raise InputError(faults)
    membrane = checked(pd.DataFrame([dict(cells)], dtype=object).assign(supersedes=""))[0]
    fit = total_resistance(read_table(spectrum), file=spectrum.name)
    value, error = conductivity_with_error(
        thickness_um=(membrane.thickness_um or 1.0, 0.0),
        resistance_ohm=(fit.resistance_ohm, fit.error_ohm),
        area_cm2=(membrane.area_cm2 or 1.0, 0.0),
    )
    followed = {
        "resistance_ohm": f"{fit.resistance_ohm:.6g}",
        "sigma_m_ms_cm": f"{value:.6g}",
        "sigma_m_error_ms_cm": f"{error:.3g}",
    }
    try:
        checked(pd.DataFrame([{**cells, **followed}], dtype=object).assign(supersedes=""))
    except InputError as wrong:  # in columns that nobody gave
        values = {"ohm": fit.resistance_ohm, "value": value}
        raise InputError([Fault("impossible-spectrum", file=spectrum.name, values=values)]) from wrong
    return fit, followed


def _recorded(
    table: Path, added: Sequence[LabMembrane], rows: Sequence[Mapping[Any, Any]], known: Sequence[Entry]
) -> Recorded:
    """Return the membranes of typed rows with remarks, and their claims of predictions that do not count."""
    today, claims = datetime.now(UTC).astimezone().date(), {membrane.prediction for membrane in added}
    to_check = [
        remark
        for membrane, cells in zip(added, rows, strict=True)
        for remark in remarks(membrane, typed={name for name, cell in cells.items() if cell}, today=today)
    ]
    records = read_records(table)
    first = roots(records)
    to_check += far_from_own(own_frame(records), {first[membrane.id] for membrane in added})
    claimed = scores([entry for entry in known if entry.name in claims], records) if known else []
    return Recorded(tuple(added), tuple(to_check), tuple(score for score in claimed if not score.counts))


def preregister(store: Path, answers: Answers, *, level: float | None = None) -> list[Entry]:
    """Put answers into the store's ledger before their membranes exist; the head is kept in MLflow as well.

    Answers that stand in the ledger since MLflow could not keep its head are accepted again, and the head is kept.

    Args:
        store: the folder of the ledger.
        answers: as `predict_recipe` and `predict_recipes` return them.
        level: has no effect, because answers know the level of their intervals; it goes with version 0.3.

    Returns:
        The entries of these answers, in their order.

    Raises:
        InputError: the same model predicts the same recipe already.
        StoreError: the ledger was altered, or the store cannot be written to.

    >>> entries = preregister(Path("store"), answers)  # answers of `predict_recipe`  # doctest: +SKIP
    >>> [entry.name for entry in entries]  # doctest: +SKIP
    ['P1']
    """
    no_longer_needed("level of preregister", level)
    path, (_, n_logged) = store / LEDGER, _remembered(store)
    added = register(path, _entries(answers), n_logged=n_logged)
    known = entries(path)
    try:
        log_ledger(store, head=head(known), length=len(known))
    except StoreError as error:
        names = ", ".join(entry.name for entry in added)
        raise StoreError("head-not-logged", names=names, reason=error) from error
    return added


def _entries(answers: Answers) -> list[dict[str, Any]]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return [
        {
            "made": now,
            "model": answers.pair.name,
            "fingerprint": answers.pair.retention.fingerprint,
            "recipe": recipe.model_dump(mode="json", exclude_none=True),
            "value": row["retention_percent"],
            "low": row["retention_low_percent"],
            "high": row["retention_high_percent"],
            "level": answers.level,
            "domain": row["domain"],
        }
        for recipe, row in zip(answers.recipes, answers.table.to_dict("records"), strict=True)
    ]


def ledger(store: Path, table: Path) -> tuple[list[Entry], list[Score], dict[str, list[LabMembrane]]]:
    """Return the entries of the store's ledger, checked against the heads that MLflow keeps, and their scores so far.

    Besides, by the name of an entry, the membranes that claimed it until they were corrected.

    Args:
        store: the folder of the ledger.
        table: the lab's table.

    Returns:
        The entries, the scores of those whose membranes are recorded, and by the name of an entry the membranes that
        claimed it until a correction.

    Raises:
        StoreError: an entry was altered, or the ledger is not the one that MLflow remembers.
        InputError: the lab's table holds faults, or two of its records claim one entry.

    >>> entries, scores, withdrawn = ledger(Path("store"), Path("lab.csv"))  # doctest: +SKIP
    >>> sum(score.is_inside for score in scores), len(scores)  # doctest: +SKIP
    """
    known, _ = _remembered(store)
    records = read_records(table)
    return known, scores(known, records), withdrawn(known, records)


def _remembered(store: Path) -> tuple[list[Entry], int]:
    """Return the entries of the store's ledger, if they have the heads that MLflow keeps, and how many it knows of."""
    heads = logged_ledgers(store)  # before the ledger, to which somebody may add in between
    path, known = store / LEDGER, entries(store / LEDGER)
    for logged in heads:
        if logged.length > len(known) or head(known[: logged.length]) != logged.head:
            raise StoreError("ledger-not-as-logged", path=path, n=len(known), length=logged.length, head=logged.head)
    return known, max((logged.length for logged in heads), default=0)


formerly(__name__)
