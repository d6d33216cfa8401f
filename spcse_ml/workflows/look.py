"""The path from the tables to a reader's eyes, in sentences."""

from pathlib import Path

import pandas as pd

from spcse_ml.drawing.datasheet import datasheet
from spcse_ml.literature.dataset import PRINTED_COLUMNS, check_measurements, literature
from spcse_ml.literature.recipes import formulations
from spcse_ml.literature.table import read_table

_SHOWN = {
    "reference": "ref", "method": "method", "sulfide": "sulfide", "binder": "binder", "template": "template",
    "solvent": "solvent",
}  # fmt: skip
_SPANS = {
    "binder_wt_percent": "binder wt%", "template_wt_percent": "template wt%", "sigma_m_ms_cm": "σm mS/cm",
    "retention_percent": "σm/σp %", "thickness_um": "µm",
}  # fmt: skip


def literature_csv() -> str:
    """Return one line per printed row, exactly the columns of the printed record, blank where there is none."""
    rows = literature().rows[list(PRINTED_COLUMNS)]
    return rows.map(_cell).to_csv(index=False, lineterminator="\n")


def literature_text() -> str:
    """Return the membranes as a table to read, with notes below it."""
    rows = literature().rows
    table = pd.DataFrame({heading: rows[name].map(_cell) for name, heading in _SHOWN.items()})
    for name, heading in _SPANS.items():
        table[heading] = [_span(low, high) for low, high in zip(rows[f"{name}_low"], rows[f"{name}_high"], strict=True)]
    table["method"] = table["method"].str.split().str[0]
    notes = [f"[{number}] {note}" for number, note in zip(rows["reference"], rows["note"], strict=True) if note]
    head = f"{len(rows)} membranes of {rows['reference'].nunique()} papers; fingerprint {literature().fingerprint}"
    return f"{head}\n\n{table.to_string(index=False)}\n\n" + "\n".join(notes) + "\n"


def datasheet_text() -> str:
    """Return the datasheet and data dictionary of the released data as Markdown."""
    return datasheet(literature())


def checked(path: Path) -> str:
    """Return a sentence that a file is in order, be it measurements or recipes.

    Raises:
        InputError: every fault of the file.
    """
    frame = read_table(path)
    if {"table", "row", "reference"} & set(frame.columns):
        return f"{path.name}: {len(check_measurements(path))} measurements, no fault found."
    return f"{path.name}: {len(formulations(frame, file=path.name))} recipes, no fault found."


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return format(value, "g")
    return str(value) if isinstance(value, str | int) else ""


def _span(low: float | None, high: float | None) -> str:
    if high is None:
        return ""
    if low is None:
        return f"<{high:g}"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
