import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook

from spcse_ml.lab.spreadsheets import read_spreadsheet
from tests.refusals import refused

Make = Callable[[Any], None]


def written(path: Path, make: Make) -> Path:
    book = Workbook()
    make(book)
    book.save(path / "x.xlsx")
    return path / "x.xlsx"


def fill(*rows: list[Any], **formats: str) -> Make:
    def make(book: Any) -> None:
        for row in rows:
            book.active.append(row)
        for place, style in formats.items():
            book.active[place].number_format = style

    return make


def with_cached(path: Path, formula: str, cell: str) -> None:
    """Put the value that a spreadsheet program would save beside a formula."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    before = parts[name].decode()
    start = before.index(f"<f>{formula}</f>")
    opened, closed = before.rindex("<c ", 0, start), before.index("</c>", start) + len("</c>")
    parts[name] = (before[:opened] + cell + before[closed:]).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def cells(path: Path, sheet: str | None = None) -> pd.DataFrame:
    rows, bad = read_spreadsheet(path, sheet=sheet)
    assert not bad
    return rows


def faults(path: Path) -> list[str]:
    return [(fault.code, fault.file, fault.row, fault.given) for fault in read_spreadsheet(path)[1].values()]


def test_a_spreadsheet_reads_like_its_csv(tmp_path: Path) -> None:
    frame = pd.DataFrame({"sulfide": ["LPSCl", "LGPS"], "thickness": ["40 um", 30.5], "note": ["a,b", None]})
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_csv(tmp_path / "a.csv", index=False)
    pd.testing.assert_frame_equal(cells(tmp_path / "a.xlsx"), cells(tmp_path / "a.csv"))
    (tmp_path / "b.xlsx").write_bytes(b"PK nonsense")
    with refused("not-a-spreadsheet"):
        read_spreadsheet(tmp_path / "b.xlsx")
    with refused("unreadable-file"):
        read_spreadsheet(tmp_path / "none.xlsx")


def test_numbers_percentages_and_dates_are_read_as_they_are_shown(tmp_path: Path) -> None:
    make = fill(
        ["a", "b", "c", "d", "e", "f", "g"],
        [0.005, 0.57, 0.5, date(2026, 11, 24), datetime.fromisoformat("2026-11-24T00:00"), 0.1 + 0.2, True],
        A2="0.0%", B2="0%", C2='0.0"%"', D2="dd.mm.yyyy",
    )  # fmt: skip
    assert cells(written(tmp_path, make)).loc[2].tolist() == [
        "0.5 %", "57 %", "0.5", "2026-11-24", "2026-11-24", "0.3", "true",
    ]  # fmt: skip


def test_lines_are_those_of_the_sheet_also_after_an_empty_row_and_a_cell_of_two_lines(tmp_path: Path) -> None:
    make = fill(["a", None, "b"], ["x\ny", None, 1], [None, None, None], ["z", None, 2])
    rows = cells(written(tmp_path, make))
    assert (list(rows.columns), list(rows.index), rows.loc[2, "a"]) == (["a", "b"], [2, 4], "x y")


def test_a_formula_without_a_saved_value_is_a_fault_and_with_one_it_is_its_value(tmp_path: Path) -> None:
    path = written(tmp_path, fill(["a", "b"], ["=1+1", 1], ["=2+2", 2]))
    assert faults(path) == [("formula-not-saved", "x.xlsx", f"cell {place}", None) for place in ("A2", "A3")]
    with_cached(path, "1+1", '<c r="A2"><f>1+1</f><v>2</v></c>')
    with_cached(path, "2+2", '<c r="A3" t="str"><f>IF(B3=2,"",1)</f><v></v></c>')
    assert cells(path)["a"].tolist() == ["2", ""]
    with_cached(path, "1+1", '<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>')
    assert faults(path) == [("error-in-cell", "x.xlsx", "cell A2", "#DIV/0!")]
    assert read_spreadsheet(path)[0].loc[2].tolist() == ["cell A2", "1"], "what is bad stands under its place"


def test_merged_cells_are_a_fault(tmp_path: Path) -> None:
    def make(book: Any) -> None:
        fill(["a", "b"], ["x", 1], [None, 2])(book)
        book.active.merge_cells("A2:A3")

    assert faults(written(tmp_path, make)) == [("merged-cells", "x.xlsx", "cells A2:A3", None)] * 2, "one for each cell"


def test_a_second_sheet_with_cells_must_be_chosen_from_and_an_empty_one_does_not_matter(tmp_path: Path) -> None:
    def make(book: Any) -> None:
        fill(["a"], [1])(book)
        book.create_sheet("empty")

    assert cells(written(tmp_path, make))["a"].tolist() == ["1"]

    def more(book: Any) -> None:
        make(book)
        book.create_sheet("May").append(["b"])
        book["May"].append([2])

    path = written(tmp_path, more)
    with refused("several-sheets") as caught:
        read_spreadsheet(path)
    assert caught.value.faults[0].allowed == "Sheet, May"
    assert cells(path, "May")["b"].tolist() == ["2"]
    with refused("unknown-sheet") as caught:
        read_spreadsheet(path, sheet="June")
    assert (caught.value.faults[0].given, caught.value.faults[0].allowed) == ("June", "Sheet, May")
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    with refused("no-sheets"):
        read_spreadsheet(tmp_path / "a.csv", sheet="May")
