"""A workbook is looked through as a stream before a spreadsheet library opens it: how large it is, and what it holds.

A few kilobytes of zipped XML can ask for gigabytes, so nothing that the file claims of its own size is believed. A file
that is beyond a bound of `tables` is refused with one fault, and so is a part once it is opened: pictures
and queries, which are not, may be as they like. Memory stays that of a chunk.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat  # nosec B407

from spcse_ml.errors import Fault, InputError
from spcse_ml.tables import (
    LARGEST_UNZIPPED,
    LONGEST_CELL,
    LONGEST_ROW,
    MOST_BAD_CELLS,
    MOST_COLUMNS,
    MOST_DEEP,
    MOST_OTHER_ELEMENTS,
    MOST_PARTS,
    MOST_ROWS,
    MOST_SHEETS,
    MOST_TAGS,
)

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
_VALUE = _MAIN + "v"
_CHUNK = 1 << 16

Attributes = Mapping[str, str]


@dataclass
class SheetScan:
    """What a sheet holds, as far as its XML tells without styles and shared texts."""

    last_row: int = 0
    last_column: int = 0
    """Those of the last cells that are filled or merged."""
    filled_rows: set[int] = field(default_factory=set)
    """Rows with a value or a formula."""
    unsaved: list[tuple[int, int]] = field(default_factory=list)
    """Row and column of formulas whose value was not saved."""
    merged: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    """First column, first row, last column and last row of merged ranges, up to `MOST_BAD_CELLS` cells and a range."""
    n_merged: int = 0
    """Cells of these ranges."""


@dataclass(frozen=True)
class WorkbookScan:
    """What the parts of a zipped workbook hold, by their names in the archive."""

    sheets: Mapping[str, SheetScan]
    """Every part that may be a sheet."""
    refused: Mapping[str, Fault]
    """Parts that nobody may open, and why: they are beyond a bound, or no XML that was looked through."""


def scan_workbook(content: bytes, *, file: str) -> WorkbookScan:
    """Return what a zipped workbook holds, each part inflated to its end.

    Raises:
        InputError: the workbook as a whole is larger than a bound.
        Exception: whatever the zip library raises on a damaged file.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        totals = _Totals(file)
        totals.refuse_above(len(archive.filelist), MOST_PARTS, "parts")
        parts = {member.filename: _part(archive, member, totals) for member in archive.filelist}
    return WorkbookScan(
        {name: part.sheet for name, part in parts.items() if part.is_sheet},
        {name: part.refusal for name, part in parts.items() if part.refusal},
    )


@dataclass
class _Totals:
    """What all parts of a workbook amount to."""

    file: str
    tags: int = 0
    size: int = 0
    sheets: int = 0

    def refuse_above(self, amount: int, most: int, things: str) -> None:
        if amount > most:
            raise InputError([too_large(self.file, most, things)])

    def refuse_sheet_above(self, amount: int, most: int, things: str, cell: str) -> None:
        if amount > most:
            raise InputError([Fault("sheet-too-large", file=self.file, row=cell, values=_excess(most, things))])


def too_large(file: str, most: int, things: str) -> Fault:
    """Return the fault of a workbook that holds more than is read."""
    return Fault("workbook-too-large", file=file, values=_excess(most, things))


def _excess(most: int, things: str) -> Mapping[str, object]:
    return {"most": most, "things": things}


def _part(archive: zipfile.ZipFile, member: zipfile.ZipInfo, totals: _Totals) -> "_Part":
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:  # others take memory as they please
        msg = "no spreadsheet program compresses so"
        raise zipfile.BadZipFile(msg)
    part = _Part(totals)
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            totals.size += len(chunk)
            totals.refuse_above(totals.size, LARGEST_UNZIPPED, "bytes when unzipped")
            part.feed(chunk)
    part.feed(b"", is_last=True)
    return part


class _Part:
    """One part, its XML read element by element as far as it is well-formed."""

    def __init__(self, totals: _Totals) -> None:
        self.sheet, self.is_sheet, self._totals = SheetScan(), True, totals
        self.refusal: Fault | None = None
        self._depth = self._held = self._held_before = self._text = self._quiet = 0
        self._row = self._column = self._last = 0
        self._row_name = self._type = ""
        self._has_formula = self._has_value = False
        self._begins: dict[str, Callable[[Attributes], None]] = {
            _MAIN + "row": self._begin_row, _MAIN + "si": self._begin_text, _MAIN + "c": self._begin_cell,
            _MAIN + "f": self._formula, _MAIN + "is": self._inline_text, _MAIN + "mergeCell": self._merge,
            _MAIN + "sheet": self._sheet,
        }  # fmt: skip
        self._ends: dict[str, Callable[[], None]] = {
            _MAIN + "row": self._end_row, _MAIN + "si": self._release,
            _MAIN + "c": self._end_cell,
        }  # fmt: skip
        from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries  # type: ignore[import-untyped] # noqa: PLC0415 - takes a third of a second

        self._column_number, self._letters, self._boundaries = (
            column_index_from_string, get_column_letter, range_boundaries
        )  # fmt: skip
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes, *, is_last: bool = False) -> None:
        """Read a chunk, unless the part is refused already."""
        if self.refusal:
            return
        self._quiet += len(chunk)
        self._totals.tags += chunk.count(b"<")
        self._totals.refuse_above(self._totals.tags, MOST_TAGS, "XML tags")
        try:
            self._parser.Parse(chunk, is_last)
            self._totals.refuse_above(self._quiet, LONGEST_ROW, "characters in one XML tag")
        except expat.ExpatError:  # a picture, or an encoding that other readers of XML know
            self.refusal, self.is_sheet = Fault("not-a-spreadsheet", file=self._totals.file), False
        except InputError as beyond:
            self.refusal = beyond.faults[0]

    def _start(self, tag: str, attributes: Attributes) -> None:
        self._depth += 1
        self._held += 1
        self._text = self._quiet = 0
        if self._held > MOST_OTHER_ELEMENTS or self._depth > MOST_DEEP:
            self._totals.refuse_above(self._depth, MOST_DEEP, "XML elements within each other")
            self._totals.refuse_above(self._held, MOST_OTHER_ELEMENTS, "XML elements beside its cells")
        if tag != _VALUE and (begin := self._begins.get(tag)):
            begin(attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if tag == _VALUE:
            if self._text:
                self._has_value, self._last = True, max(self._column, self._last)
        elif end := self._ends.get(tag):
            end()

    def _characters(self, text: str) -> None:
        self._quiet = 0
        self._text += len(text)
        if self._text > LONGEST_CELL:
            self._totals.refuse_above(self._text, LONGEST_CELL, "characters in one text")

    def _doctype(self, *_: object) -> None:
        raise InputError([Fault("document-type", file=self._totals.file)])

    def _begin_row(self, attributes: Attributes) -> None:
        self._held_before = self._held - 1
        row = int(float(attributes.get("r", self._row + 1)))
        self.is_sheet &= row > self._row  # readers lose rows that go back; links to other workbooks hold several sheets
        self._row, self._row_name, self._column = row, str(row), 0
        self._last = 0

    def _begin_text(self, _: Attributes) -> None:
        self._held_before = self._held - 1

    def _release(self) -> None:
        """Forget the elements of a row or a shared text, which a reader forgets at its end as well."""
        self._held = self._held_before

    def _begin_cell(self, attributes: Attributes) -> None:
        place = attributes.get("r")
        self._column = self._column + 1 if place is None else self._number(place.removesuffix(self._row_name))
        self._has_formula = self._has_value = False
        self._type = attributes.get("t", "n")
        if self._row > MOST_ROWS + 1 or self._column > MOST_COLUMNS:
            self._refuse_beyond(self._row, self._column)

    def _number(self, letters: str) -> int:
        """Return the number of a column; what has none, as in a list of formulas, is no sheet."""
        try:
            return int(self._column_number(letters))
        except ValueError:
            self.is_sheet = False
            return 0

    def _refuse_beyond(self, row: int, column: int) -> None:
        where = f"cell {self._letters(column)}{row}"
        self._totals.refuse_sheet_above(row, MOST_ROWS + 1, "rows", where)
        self._totals.refuse_sheet_above(column, MOST_COLUMNS, "columns", where)

    def _widen(self, row: int, column: int) -> None:
        self.sheet.last_row, self.sheet.last_column = max(self.sheet.last_row, row), max(self.sheet.last_column, column)

    def _formula(self, _: Attributes) -> None:
        self._has_formula = True
        self._last = max(self._column, self._last)

    def _inline_text(self, _: Attributes) -> None:
        self._last = max(self._column, self._last)

    def _end_cell(self) -> None:
        is_unsaved = self._has_formula and not self._has_value and self._type == "n"
        if is_unsaved and len(self.sheet.unsaved) <= MOST_BAD_CELLS:
            self.sheet.unsaved.append((self._row, self._column))

    def _end_row(self) -> None:
        if self._last:
            self.sheet.filled_rows.add(self._row)
            self._widen(self._row, self._last)
        self._release()

    def _merge(self, attributes: Attributes) -> None:
        sheet = self.sheet
        if sheet.n_merged > MOST_BAD_CELLS:
            return
        left, top, right, bottom = self._boundaries(attributes["ref"])
        self.is_sheet &= left <= right and top <= bottom
        sheet.merged[attributes["ref"]] = left, top, right, bottom
        sheet.n_merged += (right - left + 1) * (bottom - top + 1)
        if sheet.n_merged <= MOST_BAD_CELLS:
            self._refuse_beyond(bottom, right)
            self._widen(bottom, right)

    def _sheet(self, _: Attributes) -> None:
        self._totals.sheets += 1
        self._totals.refuse_above(self._totals.sheets, MOST_SHEETS, "sheets")
