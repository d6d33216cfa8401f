"""The path from the tables to a reader's eyes, in sentences."""

from pathlib import Path

import pandas as pd

from spcse_ml.data.dataset import PRINTED_COLUMNS, literature, recipe_frame
from spcse_ml.data.review import check_measurements
from spcse_ml.data.validation import formulations
from spcse_ml.lab.membrane import LabMembrane
from spcse_ml.lab.records import checked as checked_membranes
from spcse_ml.lab.records import current
from spcse_ml.schema import Formulation, columns
from spcse_ml.tables import csv_text, read_table, released

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
    return csv_text(rows.map(_cell))


def membranes() -> pd.DataFrame:
    """Return the membranes as text to read, and beside it what a chart needs: numbers, paper, note and corrections.

    `polymer_wt_percent` is binder plus template as far as printed, nan where neither is.
    """
    rows, known = literature().rows, literature().references
    corrections = read_table(released("data", "literature", "corrections.csv"))
    by_place = {place: _corrections(lines) for place, lines in corrections.groupby(["table", "row"])}
    contents = recipe_frame(rows)[["binder_wt_percent", "template_wt_percent"]]
    papers = [known.loc[number] for number in rows["reference"]]
    return _shown(rows).assign(
        polymer_wt_percent=contents.sum(axis=1, min_count=1),
        retention_percent=rows["retention_percent_low"].astype(float),
        thickness_um=rows["thickness_um_low"].astype(float),
        paper=[f"{paper['first_author']}, {paper['journal']} {paper['year']}" for paper in papers],
        note=rows["note"].fillna(""),
        corrections=[by_place.get((str(row.table), str(row.row)), "") for row in rows.itertuples()],
    )


def _corrections(lines: pd.DataFrame) -> str:
    records = lines[lines["column"] != "note"].replace("", "blank").to_dict("records")
    return "; ".join(
        f"{record['column']}: {record['used']} in place of {record['printed']} ({record['reason']})"
        for record in records
    )


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame({heading: rows[name].map(_cell) for name, heading in _SHOWN.items()})
    for name, heading in _SPANS.items():
        table[heading] = [_span(low, high) for low, high in zip(rows[f"{name}_low"], rows[f"{name}_high"], strict=True)]
    return table


def literature_text() -> str:
    """Return the membranes as a table to read, with notes below it."""
    rows = literature().rows
    table = _shown(rows)
    table["method"] = table["method"].str.split().str[0]
    notes = [f"[{number}] {note}" for number, note in zip(rows["reference"], rows["note"], strict=True) if note]
    head = f"{len(rows)} membranes of {rows['reference'].nunique()} papers; fingerprint {literature().fingerprint}"
    return f"{head}\n\n{table.to_string(index=False)}\n\n" + "\n".join(notes) + "\n"


def checked(path: Path) -> str:
    """Return a sentence that a file is in order, be it measurements as printed, a lab's membranes or recipes."""
    frame = read_table(path)
    if {"table", "row", "reference"} & set(frame.columns):
        return f"{path.name}: {len(check_measurements(path))} measurements, no fault found."
    if (set(columns(LabMembrane)) - set(columns(Formulation))) & set(frame.columns):
        membranes = checked_membranes(frame, file=path.name)
        return f"{path.name}: {len(membranes)} lines, {len(current(membranes))} membranes stand, no fault found."
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
