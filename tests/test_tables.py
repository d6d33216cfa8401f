"""A file of cells is read as it stands, or refused with the place of what is wrong."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spcse_ml.errors import InputError, StoreError
from spcse_ml.schema import clean_text
from spcse_ml.tables import MOST_ROWS, csv_text, parse_table, read_table, released

TEXT = "binder,wt\nPTFE,0.5\nPEO,1\n"


def _refused(read: Callable[[], object]) -> list[tuple[str, str, str]]:
    with pytest.raises(InputError) as refused:
        read()
    return [(fault.code, fault.file, fault.row) for fault in refused.value.faults]


cells = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00\r"), min_size=1, max_size=12
).filter(lambda text: bool(text.strip()))


@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
def test_whatever_is_written_as_csv_is_read_back(rows: list[tuple[str, str]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([("a", "b"), *rows])
    frame = parse_table(file.getvalue(), name="f.csv")
    assert [tuple(row) for row in frame.to_numpy()] == [(a.strip(), b.strip()) for a, b in rows]


FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "'=1+1", "''=1+1", "\t=1", "\uff1d1+1", "=\n1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_program_would_run_leaves_as_text_and_is_read_back(text: str) -> None:
    written = csv_text(pd.DataFrame({"note": [text], text: ["x"]}))
    for cell in (cell for line in csv.reader(io.StringIO(written)) for cell in line):
        assert not cell.strip().startswith(tuple("=+-@\uff1d"))
    frame = parse_table(written, name="f.csv")
    assert frame["note"].str.strip().tolist() == [text.strip()]
    assert frame[clean_text(text)].tolist() == ["x"]


@pytest.mark.parametrize("text", ["-0.5", "+1e-3", "-.5", "=", "-", "thin - dense", "a=b", "'quoted'", "1/2", ""])
def test_numbers_and_lone_signs_are_written_as_they_are(text: str) -> None:
    assert csv_text(pd.DataFrame({"a": [text], "b": [-1.5]})).splitlines()[1] == f"{text},-1.5"


@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
def test_whatever_we_write_is_read_back(rows: list[tuple[str, str]]) -> None:
    frame = parse_table(csv_text(pd.DataFrame(rows, columns=["a", "b"])), name="f.csv")
    assert [tuple(row) for row in frame.to_numpy()] == [(a.strip(), b.strip()) for a, b in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_byte_order_mark_and_the_newlines_of_windows_change_nothing(
    tmp_path: Path, encoding: str, newline: str
) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(TEXT.replace("\n", newline).encode(encoding))
    assert read_table(path).equals(parse_table(TEXT, name="f.csv"))


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    frame = parse_table('a,b\n\n1,2\n"x\ny",3\n , \n4,5\n', name="f.csv")
    assert dict(zip(frame.index, frame["b"], strict=True)) == {3: "2", 4: "3", 7: "5"}


def test_non_breaking_spaces_around_a_name_or_a_cell_are_no_part_of_it() -> None:
    frame = parse_table("\u00a0a\u00a0,b\u00a0c\n\u00a01\u00a0,\u00a0\n", name="f.csv")
    assert frame.to_dict("records") == [{"a": "1", "b c": ""}]


def test_cells_stay_text() -> None:
    assert parse_table("a,b\n007,nan\n", name="f.csv").to_dict("records") == [{"a": "007", "b": "nan"}]


@pytest.mark.parametrize("text", ["", "\n\n", " , \n"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert _refused(lambda: parse_table(text, name="f.csv")) == [("empty-file", "f.csv", "")]


def test_every_row_that_is_too_short_or_too_long_is_listed() -> None:
    with pytest.raises(InputError) as refused:
        parse_table("a,b\n1\n1,2\n1,0,5\n", name="f.csv")
    assert [(fault.code, fault.row, fault.values) for fault in refused.value.faults] == [
        ("ragged-row", "line 2", {"n": 1, "width": 2}),
        ("ragged-row", "line 4", {"n": 3, "width": 2}),
    ]


def test_every_doubled_and_every_nameless_column_is_listed() -> None:
    with pytest.raises(InputError) as refused:
        parse_table("a,b,,a, b \n1,2,3,4,5\n", name="f.csv")
    assert [(fault.code, fault.row, fault.column) for fault in refused.value.faults] == [
        ("nameless-column", "line 1", ""),
        ("repeated-column", "line 1", "a"),
        ("repeated-column", "line 1", "b"),
    ]


def test_a_nul_byte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(TEXT.replace("0.5", "0\x00.5").encode())
    assert _refused(lambda: read_table(path)) == [("nul-bytes", "f.csv", "")]


@pytest.mark.parametrize(
    ("encoding", "code"), [("utf-16", "not-utf-8"), ("utf-16-le", "nul-bytes"), ("utf-16-be", "nul-bytes")]
)
def test_a_utf_16_file_is_refused(tmp_path: Path, encoding: str, code: str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert _refused(lambda: read_table(path)) == [(code, "f.csv", "")]


def test_text_of_another_encoding_is_refused_at_its_first_strange_byte(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes("a,b\nµ,1\n".encode("latin-1"))
    with pytest.raises(InputError) as refused:
        read_table(path)
    assert [(fault.code, fault.values) for fault in refused.value.faults] == [("not-utf-8", {"byte": 5})]


def test_a_quotation_that_never_ends_is_refused_on_the_line_where_it_begins() -> None:
    assert _refused(lambda: parse_table('a,b\n1,2\n"1,2\n3,4\n', name="f.csv")) == [("not-csv", "f.csv", "line 3")]


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    assert _refused(lambda: read_table(path)) == [("unreadable-file", str(path), "")]
    assert _refused(lambda: read_table(tmp_path)) == [("not-a-plain-file", str(tmp_path), "")]


def test_more_rows_than_are_read_are_refused_at_the_first_that_is_too_many() -> None:
    assert len(parse_table("a\n" + "1\n" * MOST_ROWS, name="f.csv")) == MOST_ROWS
    too_many = "a\n" + "1\n" * (MOST_ROWS + 5)
    assert _refused(lambda: parse_table(too_many, name="f.csv")) == [("too-many-rows", "f.csv", "line 100002")]


def test_a_file_of_the_installed_package_wins_over_one_of_the_checkout(tmp_path: Path) -> None:
    package = tmp_path / "spcse_ml"
    around = tmp_path / "data" / "x.csv"
    inside = package / "released" / "data" / "x.csv"
    around.parent.mkdir()
    around.write_text("around")
    assert released("data", "x.csv", package=package).read_text() == "around"
    inside.parent.mkdir(parents=True)
    inside.write_text("inside")
    assert released("data", "x.csv", package=package).read_text() == "inside"


def test_a_file_that_only_the_checkout_holds_is_still_found_beside_an_installed_one(tmp_path: Path) -> None:
    package = tmp_path / "spcse_ml"
    (package / "released" / "data").mkdir(parents=True)
    (tmp_path / "models").mkdir()
    assert released("models", package=package) == tmp_path / "models"


def test_a_file_that_is_nowhere_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        released("data", "x.csv", package=tmp_path / "spcse_ml")
    assert (refused.value.code, refused.value.values) == ("missing-from-installation", {"path": "data/x.csv"})


def test_every_file_that_the_literature_stands_on_is_released() -> None:
    folder = released("data", "literature")
    assert {path.name for path in folder.glob("*.csv")} == {
        "beyond_review.csv", "corrections.csv", "dois.csv", "leads.csv", "paper_checks.csv", "papers_in_question.csv",
        "references.csv", "solvent_exposure.csv", "table1_slurry_coating.csv", "table2_dry_binder_laminating.csv",
        "table3_skeleton_templating.csv",
    }  # fmt: skip
