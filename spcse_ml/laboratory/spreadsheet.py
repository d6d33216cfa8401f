"""A spreadsheet becomes a frame of plain text, each cell as its reader sees it, beside the cells not to be trusted."""

import csv
import io
import re
import warnings
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.errors import Fault, InputError
from spcse_ml.literature.table import parse_table, read_bytes, read_table

_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
"""What a number format writes as it stands, and its colours and conditions."""


def read_spreadsheet(path: Path, *, sheet: str | None = None) -> tuple[pd.DataFrame, dict[str, Fault]]:
    """Return the cells of a CSV or XLSX file as text, indexed by line, and what is wrong with some of them.

    A number shown as a percentage is given in percent, a date as YYYY-MM-DD. Without a name the one sheet that holds
    cells is read. A cell that cannot be trusted (merged, an error, a formula whose value was not saved) stands in the
    frame as the place by which its fault is found, so that the rest of its row can be checked.

    Raises:
        InputError: the file cannot be read, or it is not clear which sheet is meant.
    """
    if path.suffix.casefold() not in {".xlsx", ".xlsm"}:
        if sheet is not None:
            raise InputError(
                [Fault("is not an XLSX file and has no sheets", file=path.name, remedy="Leave out --sheet.")]
            )
        return read_table(path), {}
    written, shown = _workbook(path, data_only=False), _workbook(path, data_only=True)
    name = _chosen(written, sheet, path.name)
    pairs = [list(zip(*rows, strict=True)) for rows in zip(written[name].rows, shown[name].rows, strict=True)]
    bad = _merged(written[name], path.name)
    bad |= {_place(pair[0]): fault for row in pairs for pair in row if (fault := _cell_fault(*pair, path.name))}
    texts = [[place if (place := _place(one)) in bad else _text(cell) for one, cell in row] for row in pairs]
    return parse_table(_csv(texts), name=path.name), bad


def _workbook(path: Path, *, data_only: bool) -> Any:
    from openpyxl import load_workbook  # type: ignore[import-untyped] # noqa: PLC0415 - takes a third of a second

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it does not keep when it writes
        content = io.BytesIO(read_bytes(path))
        try:
            return load_workbook(content, data_only=data_only)
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


def _place(cell: Any) -> str:
    return f"cell {cell.coordinate}"


def _merged(sheet: Any, file: str) -> dict[str, Fault]:
    """Return for every cell of each merged range its fault, the same for all of a range."""
    return {
        _place(cell): Fault("is merged", file=file, row=f"cells {span}",
                            remedy="Unmerge it and give every row its own cell.")
        for span in sheet.merged_cells.ranges for row in sheet[span.coord] for cell in row
    }  # fmt: skip


def _cell_fault(written: Any, shown: Any, file: str) -> Fault | None:
    if shown.data_type == "e":
        return Fault("holds an error", file=file, row=_place(written), given=str(shown.value),
                     remedy="Correct or clear it.")  # fmt: skip
    if written.data_type == "f" and shown.value is None and shown.data_type == "n":
        return Fault("holds a formula whose value was not saved", file=file, row=_place(written),
                     remedy="Open and save it in the spreadsheet program.")  # fmt: skip
    return None


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
