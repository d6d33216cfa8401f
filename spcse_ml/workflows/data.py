"""The published membranes as a file and as a table to read, and files of a user checked."""

from pathlib import Path

import pandas as pd

from spcse_ml.data.dataset import PRINTED_COLUMNS, literature, recipe_frame
from spcse_ml.data.lab_rows import checked as checked_membranes
from spcse_ml.data.lab_rows import current
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.data.review import check_measurements
from spcse_ml.data.validation import formulations
from spcse_ml.reports.messages.data import cell_text, corrections_text, membrane_table
from spcse_ml.schema import Formulation, columns
from spcse_ml.tables import csv_text, read_table, released


def literature_csv() -> str:
    """Return one line per printed row, exactly the columns of the printed record, blank where there is none."""
    rows = literature().rows[list(PRINTED_COLUMNS)]
    return csv_text(rows.map(cell_text))


def membranes() -> pd.DataFrame:
    """Return the membranes as text to read, and beside it what a chart needs: numbers, paper, note and corrections.

    `polymer_wt_percent` is binder plus template as far as printed, nan where neither is.
    """
    rows, known = literature().rows, literature().references
    corrections = read_table(released("data", "literature", "corrections.csv"))
    by_place = {place: corrections_text(lines) for place, lines in corrections.groupby(["table", "row"])}
    contents = recipe_frame(rows)[["binder_wt_percent", "template_wt_percent"]]
    papers = [known.loc[number] for number in rows["reference"]]
    return membrane_table(rows).assign(
        polymer_wt_percent=contents.sum(axis=1, min_count=1),
        retention_percent=rows["retention_percent_low"].astype(float),
        thickness_um=rows["thickness_um_low"].astype(float),
        paper=[f"{paper['first_author']}, {paper['journal']} {paper['year']}" for paper in papers],
        note=rows["note"].fillna(""),
        corrections=[by_place.get((str(row.table), str(row.row)), "") for row in rows.itertuples()],
    )


def checked(path: Path) -> dict[str, int]:
    """Return how many measurements, recipes, or lines and membranes of a lab's table a file without a fault has.

    Raises:
        InputError: every fault of the file, in one error.
    """
    frame = read_table(path)
    if {"table", "row", "reference"} & set(frame.columns):
        return {"measurements": len(check_measurements(path))}
    if (set(columns(LabMembrane)) - set(columns(Formulation))) & set(frame.columns):
        membranes = checked_membranes(frame, file=path.name)
        return {"lines": len(membranes), "membranes": len(current(membranes))}
    return {"recipes": len(formulations(frame, file=path.name))}
