"""Files that would fill the memory or the hour: each is refused in one sentence, soon and in little memory."""

import contextlib
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from spcse_ml.errors import InputError
from spcse_ml.lab.spreadsheets import read_spreadsheet
from spcse_ml.tables import LARGEST_FILE, LARGEST_TOML, MOST_COLUMNS, MOST_SHEETS, read_table, read_toml
from tests.refusals import refused

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET, STYLES, STRINGS = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"
TWO = '<row r="1"><c r="A1"><v>7</v></c><c r="B1"><v>8</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
LAUGH = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
MB = "x" * 1_000_000

Parts = Mapping[str, Iterable[str]]


def sheet(*rows: str, before: str = "", after: str = "") -> Iterable[str]:
    """Yield the XML of a sheet of two rows and of more, bit by bit."""
    return (f'<worksheet xmlns="{MAIN}">{before}<sheetData>', TWO, *rows, f"</sheetData>{after}</worksheet>")


def workbook(path: Path, parts: Parts) -> Path:
    """Write a workbook with some parts in place of its own; a part may be far larger than the memory."""
    Workbook().save(path)
    with zipfile.ZipFile(path) as archive:
        own = {name: [archive.read(name).decode()] for name in archive.namelist()}
    types = own["[Content_Types].xml"][0]
    if STRINGS in parts and STRINGS not in types:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        own["[Content_Types].xml"] = [
            types.replace("</Types>", f'<Override PartName="/{STRINGS}" ContentType="{kind}"/></Types>')
        ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, bits in {**own, **parts}.items():
            with archive.open(name, "w", force_zip64=True) as part:
                for bit in bits:
                    part.write(bit.encode())
    return path


def rows(count: int) -> Iterable[str]:
    return (f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(3, count + 3))


def merge(row: int) -> str:
    return f'<mergeCell ref="A{row}:B{row}"/>'


def many_sheets() -> str:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n + 1}" r:id="rId1"/>' for n in range(MOST_SHEETS + 1))
    return f'<workbook xmlns="{MAIN}" xmlns:r="{relations}"><sheets>{sheets}</sheets></workbook>'


Refusal = tuple[str, str, dict[str, Any]]
"""Code, place in the file, and values."""


def beyond(most: int, things: str) -> Refusal:
    return "workbook-too-large", "", {"most": most, "things": things}


BEYOND_THE_LAST_ROW = "sheet-too-large", "cell A100002", {"most": 100_001, "things": "rows"}


QUICK: dict[str, tuple[Parts, Refusal]] = {
    "a blank cell in the last row": (
        {SHEET: sheet('<row r="1048576"><c r="A1048576" s="0"/></row>')},
        ("sheet-too-large", "cell A1048576", {"most": 100_001, "things": "rows"}),
    ),
    "a blank cell in the last column": (
        {SHEET: sheet('<row r="3"><c r="XFD3" s="0"/></row>')},
        ("sheet-too-large", "cell XFD3", {"most": 1_000, "things": "columns"}),
    ),
    "a merge of 380,000 cells": (
        {SHEET: sheet(after='<mergeCells><mergeCell ref="H1:Z20000"/></mergeCells>')},
        ("merged-cells", "cells H1:Z20000", {}),
    ),
    "a long text": (
        {SHEET: sheet('<row r="3"><c r="A3" t="inlineStr"><is><t>', MB, "</t></is></c></row>")},
        beyond(131_072, "characters in one text"),
    ),
    "a long tag": (
        {SHEET: sheet('<row r="', *["1" * 1_000_000] * 3, '"/>')}, beyond(1_000_000, "characters in one XML tag")
    ),
    "deep XML": ({SHEET: sheet("<a>" * 1_000)}, beyond(100, "XML elements within each other")),
    "styles without end": (
        {STYLES: [f'<styleSheet xmlns="{MAIN}"><cellXfs>', "<xf/>" * 150_000, "</cellXfs></styleSheet>"]},
        beyond(100_000, "XML elements beside its cells"),
    ),
    "entities": ({SHEET: [f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGH}]>', *sheet("&l9;")]}, ("document-type", "", {})),
    "an entity that is a file": (
        {STYLES: ['<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><styleSheet>&f;</styleSheet>']},
        ("document-type", "", {}),
    ),
    "many sheets": ({"xl/workbook.xml": [many_sheets()]}, beyond(MOST_SHEETS, "sheets")),
    "many parts": ({f"xl/media/{n}.png": [] for n in range(2_001)}, beyond(2_000, "parts")),
    "one shared text many times": (
        {
            SHEET: sheet(*(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(3, 400))),
            STRINGS: [f'<sst xmlns="{MAIN}"><si><t>', "y" * 131_000, "</t></si></sst>"],
        },
        beyond(30_000_000, "characters in its cells"),
    ),
}  # fmt: skip

LONG: dict[str, tuple[Callable[[], Parts], Refusal]] = {
    "a text of 400 MB": (
        lambda: {SHEET: sheet('<row r="3"><c r="A3" t="inlineStr"><is><t>', *[MB] * 400, "</t></is></c></row>")},
        beyond(131_072, "characters in one text"),
    ),
    "200,000 rows": (lambda: {SHEET: sheet(*rows(200_000))}, BEYOND_THE_LAST_ROW),
    "a million rows": (lambda: {SHEET: sheet(*rows(1_000_000))}, BEYOND_THE_LAST_ROW),
    "a picture that inflates without end": (
        lambda: {"xl/media/a.png": ["\0" * 1_000_000] * 2_000}, beyond(250_000_000, "bytes when unzipped")
    ),
    "half a million merges": (
        lambda: {SHEET: sheet(after=f"<mergeCells>{''.join(map(merge, range(1, 1_000_000, 2)))}</mergeCells>")},
        beyond(100_000, "XML elements beside its cells"),
    ),
    "elements that are no cells": (
        lambda: {SHEET: sheet(*['<a b=""/>' * 100_000] * 50)},
        beyond(100_000, "XML elements beside its cells"),
    ),
    "columns times rows": (
        lambda: {SHEET: sheet(*rows(50_000), '<row r="60000"><c r="ALL60000"><v>1</v></c></row>')},
        beyond(2_000_000, "cells"),
    ),
}  # fmt: skip

ASK = """
import sys, time
from pathlib import Path
from spcse_ml.errors import InputError
from spcse_ml.lab.spreadsheets import read_spreadsheet
begun = time.perf_counter()
try:
    read_spreadsheet(Path(sys.argv[1]))
    said = ""
except InputError as error:
    said = " ".join(fault.code for fault in error.faults)
status = Path("/proc/self/status").read_text()  # ru_maxrss counts the process that this one was forked from
kilobytes = int(status.split("VmHWM:")[1].split()[0])
print(time.perf_counter() - begun, kilobytes / 1_000, said, sep="\\n")
"""


def asked(path: Path) -> tuple[float, float, list[str]]:
    """Return the seconds and the megabytes that a process of its own takes for a file, and the codes of its faults."""
    done = subprocess.run([sys.executable, "-c", ASK, str(path)], capture_output=True, text=True, check=True)
    seconds, megabytes, *said = done.stdout.splitlines()
    return float(seconds), float(megabytes), [line for line in said if line]


@pytest.mark.parametrize("name", QUICK)
def test_a_workbook_beyond_a_bound_is_refused_by_one_fault(name: str, tmp_path: Path) -> None:
    parts, refusal = QUICK[name]
    with pytest.raises(InputError) as caught:
        read_spreadsheet(workbook(tmp_path / "x.xlsx", parts))
    assert [(fault.code, fault.row, fault.values) for fault in caught.value.faults] == [refusal]
    assert caught.value.faults[0].file == "x.xlsx"


def test_a_workbook_is_refused_soon_and_in_little_memory(tmp_path: Path) -> None:
    few, _, said = asked(workbook(tmp_path / "two.xlsx", {SHEET: sheet()}))
    assert not said
    seconds, megabytes, said = asked(workbook(tmp_path / "x.xlsx", QUICK["a blank cell in the last row"][0]))
    assert (len(said), seconds < few + 5, megabytes < 700) == (1, True, True)


@pytest.mark.thorough
@pytest.mark.parametrize("name", [*QUICK, *LONG])
def test_every_workbook_beyond_a_bound_is_refused_soon_and_in_little_memory(name: str, tmp_path: Path) -> None:
    few, _, _ = asked(workbook(tmp_path / "two.xlsx", {SHEET: sheet()}))
    parts, refusal = (LONG[name][0](), LONG[name][1]) if name in LONG else QUICK[name]
    seconds, megabytes, codes = asked(workbook(tmp_path / "x.xlsx", parts))
    assert codes == [refusal[0]]
    assert seconds < few + 5
    assert megabytes < 700


def test_what_a_workbook_claims_of_its_size_is_not_believed(tmp_path: Path) -> None:
    for claim in ("A1", "A1:XFD1048576"):
        path = workbook(tmp_path / "x.xlsx", {SHEET: sheet(before=f'<dimension ref="{claim}"/>')})
        assert read_spreadsheet(path)[0].to_dict("records") == [{"7": "1", "8": ""}]


def test_rows_without_cells_below_the_data_do_no_harm(tmp_path: Path) -> None:
    styled = (f'<row r="{row}"><c r="A{row}" s="0"/><c r="Z{row}" s="0"/></row>' for row in range(3, 20_000))
    path = workbook(tmp_path / "x.xlsx", {SHEET: sheet(*styled, '<row r="1048576" ht="12.8"/>')})
    assert read_spreadsheet(path)[0].to_dict("records") == [{"7": "1", "8": ""}]


@pytest.mark.parametrize("part", [
    ["<DataMashup>", MB[:200_000], "</DataMashup>"], ['<!DOCTYPE svg PUBLIC "x" "y"><svg/>'],
    ['<svg href="', MB, MB, '"/>'], ["<a>" * 200, "</a>" * 200], ["<a/>" * 200_000], ["no xml"],
])  # fmt: skip
def test_a_part_that_nobody_reads_may_be_as_it_likes(part: list[str], tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", {SHEET: sheet(), "customXml/item1.xml": part})
    assert read_spreadsheet(path)[0].to_dict("records") == [{"7": "1", "8": ""}]


@pytest.mark.parametrize("encoding", ["utf-32", "utf-16", "utf-8"])
def test_a_part_in_an_encoding_that_was_not_looked_through_is_not_opened(encoding: str, tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", {SHEET: sheet()})
    styles = f'<?xml version="1.0" encoding="{encoding}"?><styleSheet xmlns="{MAIN}">{"<x/>" * 200_000}</styleSheet>'
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | {STYLES: styles.encode(encoding)}).items():
            archive.writestr(name, content)
    with pytest.raises(InputError) as caught:
        read_spreadsheet(path)
    assert caught.value.faults[0].code in {"not-a-spreadsheet", "workbook-too-large"}


@pytest.mark.parametrize("name", [SHEET, STYLES, "xl/workbook.xml", "[Content_Types].xml"])
def test_a_part_that_is_cut_off_is_refused(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(workbook(tmp_path / "x.xlsx", {SHEET: sheet()})) as archive:
        text = archive.read(name).decode()
    path = workbook(tmp_path / "x.xlsx", {SHEET: sheet(), name: [text[: len(text) // 2]]})
    with refused("not-a-spreadsheet"):
        read_spreadsheet(path)


@pytest.mark.parametrize("place", range(0, 100, 7))
def test_a_byte_that_was_changed_is_refused_or_does_no_harm(place: int, tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", {SHEET: sheet()})
    data = bytearray(path.read_bytes())
    data[len(data) * place // 100] ^= 0xFF
    path.write_bytes(data)
    with contextlib.suppress(InputError):  # anything else is a finding
        read_spreadsheet(path)


@pytest.mark.parametrize(
    ("content", "codes", "row"),
    [
        (b"a,b\n1," + b"x" * LARGEST_FILE, {"file-too-large"}, ""),
        (b"a,b\n1," + b"x" * 2_000_000, {"row-too-long"}, "line 2"),
        (b'a,b\n1,"' + b"x\n" * 900_000, {"row-too-long", "not-csv"}, "line 2"),
        (b"a,b\n1," + b"x" * 200_000, {"not-csv"}, "line 2"),
        (b"a" + b",a" * MOST_COLUMNS, {"too-many-columns"}, "line 1"),
        (b",".join(b"c%d" % n for n in range(100)) + b"\n" + (b"1" + b",1" * 99 + b"\n") * 20_000,
         {"too-many-cells"}, "line 20001"),
    ],
)  # fmt: skip
def test_a_csv_beyond_a_bound_is_refused(content: bytes, codes: set[str], row: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_table(tmp_path / "x.csv")
    (fault,) = refused.value.faults
    assert fault.code in codes
    assert fault.row == row


@pytest.mark.parametrize(
    ("text", "code"),
    [("a = 1\n" + "#" * LARGEST_TOML, "file-too-large"), ("a = " + "[" * 100_000, "not-toml")],
)
def test_a_toml_file_beyond_a_bound_is_refused(text: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_toml(tmp_path / "x.toml", example="spcse-ml space --show")
    assert [fault.code for fault in refused.value.faults] == [code]
