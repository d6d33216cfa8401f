"""A spreadsheet becomes a frame of plain text, each cell as its reader sees it, beside the cells not to be trusted."""

import csv
import io
import re
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime, time
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.errors import Fault, InputError
from spcse_ml.lab.workbook_scan import SheetScan, WorkbookScan, scan_workbook, too_large
from spcse_ml.tables import (
    LARGEST_FILE,
    MOST_BAD_CELLS,
    MOST_CELLS,
    parse_table,
    read_bytes,
    read_table,
)

_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
"""What a number format writes as it stands, and its colours and conditions."""


def read_spreadsheet(path: Path, *, sheet: str | None = None) -> tuple[pd.DataFrame, dict[str, Fault]]:
    """Return the cells of a CSV or XLSX file as text, indexed by line, and what is wrong with some of them.

    A number shown as a percentage is given in percent, a date as YYYY-MM-DD. Without a name the one sheet that holds
    cells is read. A cell that cannot be trusted (merged, an error, a formula whose value was not saved) stands in the
    frame as the place by which its fault is found, so that the rest of its row can be checked.

    Raises:
        InputError: the file cannot be read or is larger than a bound of `tables`, or it is not clear which
            sheet is meant.
    """
    if path.suffix.casefold() not in {".xlsx", ".xlsm"}:
        if sheet is not None:
            raise InputError([Fault("no-sheets", file=path.name)])
        return read_table(path), {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it does not keep when it writes
        content = read_bytes(path)
        try:
            rows, bad = _table(content, sheet, path.name)
        except InputError:
            raise
        except Exception as error:  # zip, xml and openpyxl raise what they like on a damaged file
            raise InputError([Fault("not-a-spreadsheet", file=path.name)]) from error
    return parse_table(_csv(rows), name=path.name), bad


def _table(content: bytes, name: str | None, file: str) -> tuple[list[list[str]], dict[str, Fault]]:
    """Return the texts of each row of a sheet, none for a blank row, and the faults of its cells by their places."""
    workbook, scans = _opened(content, scan_workbook(content, file=file))
    name = _chosen(scans, name, file)
    scan = scans[name]
    bad, unsaved, length = _merged(scan, file), set(scan.unsaved), 0
    if len(scan.filled_rows) * scan.last_column > MOST_CELLS:
        raise InputError([too_large(file, MOST_CELLS, "cells")])
    rows: list[list[str]] = [[] for _ in range(scan.last_row)]
    cells_of = workbook[name].iter_rows(max_row=scan.last_row, max_col=scan.last_column)
    for number, cells in enumerate(islice(cells_of, scan.last_row), start=1):
        if number not in scan.filled_rows:
            continue
        bad |= {
            (number, column): _cell_fault(cell, (number, column), file)
            for column, cell in enumerate(cells, start=1)
            if cell.data_type == "e" or (number, column) in unsaved
        }
        rows[number - 1] = [_cell_text(cell) for cell in cells]
        length += sum(map(len, rows[number - 1]))
        if len(bad) > MOST_BAD_CELLS:
            raise InputError(dict.fromkeys(bad.values()))
        if length > LARGEST_FILE:
            raise InputError([too_large(file, LARGEST_FILE, "characters in its cells")])
    for (row, column), place in {at: _place(*at) for at in bad}.items():
        cells = rows[row - 1]
        cells += [""] * (column - len(cells))
        cells[column - 1] = place
    return rows, {_place(*at): fault for at, fault in bad.items()}


def _opened(content: bytes, scan: WorkbookScan) -> tuple[Any, dict[str, SheetScan]]:
    """Return a workbook that reads the values of its sheets row by row, and what is known of each by its title."""
    from openpyxl.reader.excel import ExcelReader  # type: ignore[import-untyped] # noqa: PLC0415 - takes a third of a second

    reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    reader.archive.open = partial(_open_light, reader.archive.open, scan.refused)
    reader.read()
    parts = {sheet.name: part.target for sheet, part in reader.parser.find_sheets()}
    for sheet in reader.wb.worksheets:
        sheet.reset_dimensions()  # what it says of its size need not be so
    return reader.wb, {sheet.title: scan.sheets[parts[sheet.title]] for sheet in reader.wb.worksheets}


def _open_light(opened: Callable[..., Any], refused: Mapping[str, Fault], name: str, *mode: str) -> Any:
    """Open a part of a workbook, unless it was refused when it was looked through."""
    if name in refused:
        raise InputError([refused[name]])
    return opened(name, *mode)


def _chosen(scans: Mapping[str, SheetScan], name: str | None, file: str) -> str:
    filled = [title for title, scan in scans.items() if scan.filled_rows]
    if name is None and len(filled) > 1:
        raise InputError([Fault("several-sheets", file=file, allowed=", ".join(filled))])
    name = name or next(iter([*filled, *scans]))
    if name not in scans:
        raise InputError([Fault("unknown-sheet", file=file, given=name, allowed=", ".join(filled))])
    return name


def _place(row: int, column: int) -> str:
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped] # noqa: PLC0415 - as above

    return f"cell {get_column_letter(column)}{row}"


def _merged(scan: SheetScan, file: str) -> dict[tuple[int, int], Fault]:
    """Return for every cell of each merged range its fault, the same for all of a range.

    Raises:
        InputError: so many cells are merged that there is no row to be looked at; a fault for each range.
    """
    faults = {span: Fault("merged-cells", file=file, row=f"cells {span}") for span in scan.merged}
    if scan.n_merged > MOST_BAD_CELLS:
        raise InputError(faults.values())
    return {
        (row, column): faults[span]
        for span, (left, top, right, bottom) in scan.merged.items()
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }


def _cell_fault(cell: Any, at: tuple[int, int], file: str) -> Fault:
    if cell.data_type == "e":
        return Fault("error-in-cell", file=file, row=_place(*at), given=str(cell.value))
    return Fault("formula-not-saved", file=file, row=_place(*at))


def _cell_text(cell: Any) -> str:
    value = cell.value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{100 * value:.15g} %" if _is_percent(cell.number_format) else f"{value:.15g}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return "" if value is None else " ".join(str(value).split())


@cache
def _is_percent(number_format: str) -> bool:
    return "%" in _NOT_SHOWN.sub("", number_format)


def _csv(rows: list[list[str]]) -> str:
    """Return rows as CSV without the columns that hold nothing; a line each, so that lines are those of the sheet."""
    filled = sorted({number for row in rows for number, text in enumerate(row) if text})
    buffer = io.StringIO()
    padded = (row + [""] * (filled[-1] + 1 - len(row)) if row else row for row in rows if filled)
    csv.writer(buffer, lineterminator="\n").writerows([row[n] for n in filled] if row else [] for row in padded)
    return buffer.getvalue()
