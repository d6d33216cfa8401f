"""A spreadsheet becomes a frame of plain text, each cell as its reader sees it; or one error that names every cell."""

import csv
import io
import re
import warnings
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.errors import Fault, InputError
from spcse_ml.literature.table import parse_table, read_table

_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
"""What a number format writes as it stands, and its colours and conditions."""


def read_spreadsheet(path: Path, *, sheet: str | None = None) -> pd.DataFrame:
    """Return the cells of a CSV or XLSX file as text, indexed by line.

    A number shown as a percentage is given in percent, a date as YYYY-MM-DD. Without a name the one sheet that holds
    cells is read.

    Raises:
        InputError: the file cannot be read, it is not clear which sheet is meant, or every cell that cannot be trusted:
            merged, an error, a formula whose value was not saved.
    """
    if path.suffix.casefold() not in {".xlsx", ".xlsm"}:
        if sheet is not None:
            raise InputError(
                [Fault("is not an XLSX file and has no sheets", file=path.name, remedy="Leave out --sheet.")]
            )
        return read_table(path)
    written, shown = _workbook(path, data_only=False), _workbook(path, data_only=True)
    name = _chosen(written, sheet, path.name)
    merged = [
        Fault("is merged", file=path.name, row=f"cells {span}", remedy="Unmerge it and give every row its own cell.")
        for span in written[name].merged_cells.ranges
    ]
    pairs = [list(zip(*rows, strict=True)) for rows in zip(written[name].rows, shown[name].rows, strict=True)]
    faults = [*merged, *(fault for row in pairs for pair in row for fault in _cell_faults(*pair, path.name))]
    if faults:
        raise InputError(faults)
    return parse_table(_csv([[_text(cell) for _, cell in row] for row in pairs]), name=path.name)


def _workbook(path: Path, *, data_only: bool) -> Any:
    from openpyxl import load_workbook  # type: ignore[import-untyped] # noqa: PLC0415 - takes a third of a second

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it does not keep when it writes
        try:
            return load_workbook(path, data_only=data_only)
        except Exception as error:  # zip, xml and openpyxl raise what they like on a damaged file
            raise InputError([Fault("cannot be read as a spreadsheet", file=path.name)]) from error


def _chosen(workbook: Any, name: str | None, file: str) -> str:
    filled = [
        sheet.title
        for sheet in workbook.worksheets
        if any(cell.value is not None for row in sheet.rows for cell in row)
    ]
    if name is None and len(filled) > 1:
        raise InputError([
            Fault("holds more than one sheet with cells", file=file, allowed=", ".join(filled),
                  remedy="Say which with --sheet NAME.")
        ])  # fmt: skip
    name = name or next(iter(filled), workbook.worksheets[0].title)
    if name not in {sheet.title for sheet in workbook.worksheets}:
        raise InputError([Fault("is not a sheet of the file", file=file, given=name, allowed=", ".join(filled))])
    return name


def _cell_faults(written: Any, shown: Any, file: str) -> list[Fault]:
    place = f"cell {written.coordinate}"
    if shown.data_type == "e":
        return [Fault("holds an error", file=file, row=place, given=str(shown.value), remedy="Correct or clear it.")]
    if written.data_type == "f" and shown.value is None and shown.data_type == "n":
        return [
            Fault("holds a formula whose value was not saved", file=file, row=place,
                  remedy="Open and save it in the spreadsheet program.")
        ]  # fmt: skip
    return []


def _text(cell: Any) -> str:
    value = cell.value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        is_percent = "%" in _NOT_SHOWN.sub("", cell.number_format)
        return f"{100 * value:.15g} %" if is_percent else f"{value:.15g}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return "" if value is None else " ".join(str(value).split())


def _csv(rows: list[list[str]]) -> str:
    """Return rows as CSV without the columns that hold nothing; a line each, so that lines are those of the sheet."""
    filled = [number for number, cells in enumerate(zip(*rows, strict=True)) if any(cells)]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([[row[number] for number in filled] for row in rows if filled])
    return buffer.getvalue()
