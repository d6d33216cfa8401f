"""A CSV file becomes a frame of plain text, nothing interpreted; or one error that says why it cannot. TOML as well.

A frame becomes CSV here too: text that a spreadsheet program would run as a formula leaves behind an apostrophe, which
is taken off again when the file is read. And here stands where the files of a release are.
"""

import csv
import io
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.errors import Fault, InputError, StoreError
from spcse_ml.schema import clean_text

LINE = "line"
"""Name of the index: the line of the file on which a row begins, counted from 1 with the header."""

# How much of a file that somebody gives is read, so that none takes the memory or the time of the machine.

LARGEST_FILE = 30_000_000
"""Bytes of any file as it lies there: `MOST_ROWS` rows of 300 characters."""

LARGEST_TOML = 1_000_000
"""Bytes of a TOML file, which is written by hand."""

MOST_ROWS = 100_000
"""So many rows are answered in about 20 s and 0.6 GB of memory; nobody types more."""

MOST_COLUMNS = 1_000
"""The schema has fewer than a hundred."""

MOST_CELLS = 2_000_000
"""Rows times columns: `MOST_ROWS` rows of twenty columns."""

LONGEST_ROW = 1_000_000
"""Characters of a row of CSV, and of a tag of XML."""

LONGEST_CELL = 131_072
"""Characters of a cell: what the csv module reads, and four times what a spreadsheet program holds."""

LARGEST_UNZIPPED = 250_000_000
"""Bytes of all parts of a workbook, as they really inflate: three times `MOST_CELLS` cells with their styles."""

MOST_PARTS, MOST_SHEETS = 2_000, 250
"""Files that are zipped in a workbook, and sheets."""

MOST_TAGS = 8 * MOST_CELLS
"""XML tags of a workbook: a cell takes four, with a formula six."""

MOST_OTHER_ELEMENTS = 100_000
"""XML elements of a part of a workbook outside its rows and texts, where that part is loaded whole: its styles, say."""

MOST_DEEP = 100
"""XML elements within each other; spreadsheet programs nest about ten."""

MOST_BAD_CELLS = 10_000
"""So many cells of a sheet that cannot be trusted, such as merged ones, are looked at row by row."""

_FORMULA = r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20][\s\S]"
"""How a text begins that a spreadsheet program takes for a formula; the last four are the wide signs of East Asia."""

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.IGNORECASE | re.ASCII)


def csv_text(frame: pd.DataFrame, **options: Any) -> str:
    r"""Return a frame as comma-separated text that runs nothing in a spreadsheet program and is read back as it was.

    Args:
        frame: numbers and texts.
        **options: those of `pandas.DataFrame.to_csv`; without any, neither index nor a rounding.

    >>> csv_text(pd.DataFrame({"note": ["=1+1", "-0.5", "thin"]}))
    "note\n'=1+1\n-0.5\nthin\n"
    """
    frame = frame.rename(index=harmless, columns=harmless).map(harmless)
    return str(frame.to_csv(**{"index": False, "lineterminator": "\n", **options}))


def harmless(cell: Any) -> Any:
    """Return a cell with an apostrophe before a text that a spreadsheet program would run; numbers stay."""
    if not isinstance(cell, str) or cell[:1].isalnum():  # nearly all of them
        return cell
    cell = cell.strip()  # as it is read
    return f"'{cell}" if re.match(f"'*{_FORMULA}", cell) and not _NUMBER.fullmatch(cell) else cell


def _as_it_was(cell: str) -> str:
    return re.sub(f"^'(?='*{_FORMULA})", "", cell.strip()).strip()


def read_table(path: Path) -> pd.DataFrame:
    """Return the cells of a comma-separated UTF-8 file as text, indexed by the line each row begins on.

    Empty lines are passed over. A cell that is only blanks is the empty string.

    Raises:
        InputError: the file cannot be read, has no header, repeats a column, is larger than a bound such as
            `MOST_ROWS`, or a row is too long or too short.
    """
    return parse_table(_read_text(path), name=path.name)


def parse_table(text: str, *, name: str) -> pd.DataFrame:
    r"""Return the cells of comma-separated text as `read_table` does; `name` stands for the file in errors.

    >>> parse_table("binder,wt\nPTFE,0.5\n", name="recipes.csv").loc[2, "wt"]
    '0.5'
    """
    lines = _split(text, name)
    if not lines:
        raise InputError([Fault("empty-file", file=name, allowed="a header line and a line for each row")])
    header = [clean_text(cell) for cell in lines[0][1]]
    faults = _header_faults(header, name) or _ragged_faults(lines[1:], len(header), name)
    if faults:
        raise InputError(faults)
    index = pd.Index([number for number, _ in lines[1:]], name=LINE, dtype="int64")
    return pd.DataFrame([cells for _, cells in lines[1:]], columns=header, index=index, dtype=object)


def read_toml(path: Path, *, example: str) -> dict[str, Any]:
    """Return what a TOML file holds.

    Args:
        path: the file.
        example: the command that prints such a file; the refusal recommends it.

    Raises:
        InputError: the file cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(read_bytes(path, most=LARGEST_TOML).decode())
    except (ValueError, RecursionError) as error:  # neither UTF-8 nor TOML, or nested without end
        fault = Fault("not-toml", file=path.name, values={"reason": error, "example": example})
        raise InputError([fault]) from error


def read_bytes(path: Path, *, most: int = LARGEST_FILE) -> bytes:
    """Return what a file holds.

    Raises:
        InputError: there is no such file, it is a folder, may not be read, or holds more than `most` bytes.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError([Fault("not-a-plain-file", file=str(path))])
        with path.open("rb") as file:
            content = file.read(most + 1)  # what it says of its size may change meanwhile
    except OSError as error:
        raise InputError([Fault("unreadable-file", file=str(path), values={"reason": error.strerror})]) from error
    if len(content) > most:
        raise InputError([Fault("file-too-large", file=str(path), values={"most_mb": most / 1_000_000})])
    return content


def _read_text(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = Fault("not-utf-8", file=path.name, values={"byte": error.start + 1})
        raise InputError([fault]) from error


def _split(text: str, name: str) -> list[tuple[int, list[str]]]:
    if "\x00" in text:
        raise InputError([Fault("nul-bytes", file=name)])
    lines, begins, n_cells, length = [], 1, 0, 0

    def bounded() -> Iterator[str]:
        nonlocal length
        for line in io.StringIO(text, newline=""):
            length += len(line)
            if length > LONGEST_ROW:
                raise InputError([_beyond("row-too-long", LONGEST_ROW, name, begins)])
            yield line

    reader = csv.reader(bounded(), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append((begins, [_as_it_was(cell) for cell in cells]))
                n_cells += len(cells)
            _refuse_too_many(name, begins, rows=len(lines) - 1, columns=len(cells), cells=n_cells)
            begins, length = reader.line_num + 1, 0
    except csv.Error as error:
        fault = Fault("not-csv", file=name, row=f"line {begins}", values={"reason": error})
        raise InputError([fault]) from error
    return lines


def _refuse_too_many(name: str, line: int, *, rows: int, columns: int, cells: int) -> None:
    for code, count, most in (
        ("too-many-rows", rows, MOST_ROWS),
        ("too-many-columns", columns, MOST_COLUMNS),
        ("too-many-cells", cells, MOST_CELLS),
    ):
        if count > most:
            raise InputError([_beyond(code, most, name, line)])


def _beyond(code: str, most: int, name: str, line: int) -> Fault:
    return Fault(code, file=name, row=f"line {line}", values={"most": most})


def _header_faults(header: list[str], name: str) -> list[Fault]:
    if len(header) == 1 and (other := next((mark for mark in (";", "\t", "|") if mark in header[0]), "")):
        return [
            Fault("not-comma-separated", file=name, row="line 1", given=header[0][:80], values={"separator": other})
        ]
    blank = [Fault("nameless-column", file=name, row="line 1")] if "" in header else []
    repeated = sorted({column for column in header if column and header.count(column) > 1})
    return blank + [Fault("repeated-column", file=name, row="line 1", column=column) for column in repeated]


def _ragged_faults(lines: list[tuple[int, list[str]]], width: int, name: str) -> list[Fault]:
    return [
        Fault("ragged-row", file=name, row=f"line {number}", values={"n": len(cells), "width": width})
        for number, cells in lines
        if len(cells) != width
    ]


PACKAGE = Path(__file__).resolve().parent


def released(*parts: str, package: Path = PACKAGE) -> Path:
    """Return the path of a released file or folder, as in `released("data", "literature")`.

    Raises:
        StoreError: neither the package nor a checkout around it holds the file.

    >>> released("data", "literature").is_dir()
    True
    """
    for root in (package / "released", package.parent):
        if (path := root.joinpath(*parts)).exists():
            return path
    raise StoreError("missing-from-installation", path="/".join(parts))
