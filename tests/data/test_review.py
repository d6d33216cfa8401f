"""What is printed is read as printed, and a correction only where it fits."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from spcse_ml.data.dataset import Dataset, View
from spcse_ml.data.literature import literature, read_literature
from spcse_ml.data.review import TABLES
from spcse_ml.errors import InputError
from spcse_ml.tables import read_table, released

SOURCE = released("data", "literature")
CORRECTIONS = read_table(SOURCE / "corrections.csv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOURCE, tmp_path / "literature"))


def rewrite(path: Path, change: Callable[[list[dict[str, str]]], None]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)


def set_cell(folder: Path, place: str, column: str, text: str) -> None:
    table, row = place.split(".")

    def change(rows: list[dict[str, str]]) -> None:
        rows[int(row) - 1][column] = text

    rewrite(folder / TABLES[int(table)][0], change)


def cell(data: Dataset, place: str, column: str) -> object:
    table, row = map(int, place.split("."))
    rows = data.rows
    return rows[(rows["table"] == table) & (rows["row"] == row)][column].item()


def test_every_correction_whose_printed_cell_is_another_is_refused_with_file_line_and_column(folder: Path) -> None:
    for correction in CORRECTIONS.to_dict("records"):
        set_cell(folder, f"{correction['table']}.{correction['row']}", correction["column"], "another")
    with pytest.raises(InputError) as caught:
        read_literature(folder)
    misfits = [fault for fault in caught.value.faults if fault.code == "correction-mismatch"]
    assert {(fault.place, fault.column) for fault in misfits} == {
        (f"corrections.csv, line {line}", column) for line, column in CORRECTIONS["column"].items()
    }
    assert len(misfits) == len(CORRECTIONS)


@pytest.mark.parametrize("line", [line for line, printed in CORRECTIONS["printed"].items() if printed])
def test_one_correction_whose_printed_cell_is_another_is_refused_alone(folder: Path, line: int) -> None:
    correction = CORRECTIONS.loc[line]
    place = f"{correction['table']}.{correction['row']}"
    set_cell(folder, place, correction["column"], "another")
    with pytest.raises(InputError) as caught:
        read_literature(folder)
    assert [(fault.code, fault.place, fault.column) for fault in caught.value.faults] == [
        ("correction-mismatch", f"corrections.csv, line {line}", correction["column"])
    ]


def test_a_correction_under_another_reference_is_refused(folder: Path) -> None:
    rewrite(folder / "corrections.csv", lambda rows: rows[5].update(reference="32"))
    with pytest.raises(InputError) as caught:
        read_literature(folder)
    assert [(fault.code, fault.row, fault.column) for fault in caught.value.faults] == [
        ("correction-mismatch", "line 7", "Energy density")
    ]


@pytest.mark.parametrize("place", [("1", "99"), ("4", "1")])
def test_a_correction_of_a_row_that_no_table_has_is_refused(folder: Path, place: tuple[str, str]) -> None:
    extra = {"table": place[0], "row": place[1], "reference": "36", "column": "Binder", "printed": "PEO"}
    rewrite(folder / "corrections.csv", lambda rows: rows.append({**extra, "used": "PVDF", "reason": "none"}))
    with pytest.raises(InputError) as caught:
        read_literature(folder)
    assert [(fault.code, fault.place) for fault in caught.value.faults] == [
        ("correction-without-row", f"corrections.csv, line {CORRECTIONS.index[-1] + 1}")
    ]


def test_every_correction_says_why() -> None:
    assert (CORRECTIONS["reason"].str.len() > 5).all()
    assert not CORRECTIONS.duplicated(["table", "row", "column"]).any()


@pytest.mark.parametrize("number", [n for n, column in enumerate(CORRECTIONS["column"]) if column != "note"])
def test_without_a_correction_the_data_are_others_or_are_refused(folder: Path, number: int) -> None:
    rewrite(folder / "corrections.csv", lambda rows: rows.__delitem__(number))
    try:
        changed = read_literature(folder, view="review").fingerprint
    except InputError as error:
        printed = CORRECTIONS.iloc[number]["printed"].removesuffix("^a")
        assert printed in {fault.given for fault in error.faults}  # noqa: PT017 - refused
    else:
        assert changed != literature(View.REVIEW).fingerprint


def test_without_its_correction_a_misprinted_sulfide_is_refused_with_file_and_line(folder: Path) -> None:
    rewrite(folder / "corrections.csv", lambda rows: rows.clear() or rows.append(dict.fromkeys(CORRECTIONS, "-")))
    with pytest.raises(InputError) as caught:
        read_literature(folder)
    places = {(fault.file, fault.row) for fault in caught.value.faults if fault.given == "Li10GP2S12"}
    assert {
        ("table1_slurry_coating.csv", "line 11"),
        ("table3_skeleton_templating.csv", "line 6"),
        ("table3_skeleton_templating.csv", "line 7"),
    } <= places


def test_every_bad_cell_of_every_table_stands_in_one_error(folder: Path) -> None:
    set_cell(folder, "1.1", "Thickness (μm)", "thin")
    set_cell(folder, "1.2", "Solvent", "tolune")
    set_cell(folder, "2.7", "σ_m/σ_p", "70.8 %")
    set_cell(folder, "3.1", "Template", "PPTB")
    with pytest.raises(InputError) as caught:
        read_literature(folder)
    assert {(fault.place, fault.code, fault.column, fault.given) for fault in caught.value.faults} == {
        ("table1_slurry_coating.csv, line 2", "not-a-range", "thickness_um", "thin"),
        ("table1_slurry_coating.csv, line 3", "unknown-name-or-class", "solvent", "tolune"),
        ("table2_dry_binder_laminating.csv, line 8", "not-a-range", "retention_percent", "70.8 %"),
        ("table3_skeleton_templating.csv, line 2", "unknown-name", "template", "PPTB"),
    }


@pytest.mark.parametrize(
    ("printed", "low", "high"),
    [("5", 5, 5), ("5-30", 5, 30), ("30-5", 5, 30), ("3.6–6.6", 3.6, 6.6), ("—", None, None), ("", None, None)],
)
def test_numbers_ranges_in_either_order_and_blanks_are_read(
    folder: Path, printed: str, low: float | None, high: float | None
) -> None:
    set_cell(folder, "1.2", "Binder content (wt%)", printed)
    data = read_literature(folder)
    assert cell(data, "1.2", "binder_wt_percent_low") == low
    assert cell(data, "1.2", "binder_wt_percent_high") == high


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("41.5", (41.5, 41.5, "=")),
        ("20-40", (20, 40, "=")),
        ("<41.5", (None, 41.5, "<")),
        ("—", (None, None, None)),
        ("masked", (None, None, "masked")),
    ],
)
def test_a_retention_is_exact_a_bound_masked_or_blank(
    folder: Path, printed: str, expected: tuple[float | None, float | None, str | None]
) -> None:
    set_cell(folder, "1.2", "σ_m/σ_p", printed)
    data = read_literature(folder)
    columns = ("retention_percent_low", "retention_percent_high", "retention_qualifier")
    assert tuple(cell(data, "1.2", column) for column in columns) == expected


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("p-XYL", "p-xylene"),
        ("TOL-ACN", "toluene + acetonitrile"),
        ("p-XYL-IBIB", "p-xylene + isobutyl isobutyrate"),
        ("IBIB-p-XYL", "isobutyl isobutyrate + p-xylene"),
    ],
)
def test_a_hyphen_joins_two_solvents_only_where_the_whole_is_no_name(folder: Path, printed: str, name: str) -> None:
    set_cell(folder, "1.2", "Solvent", printed)
    assert cell(read_literature(folder), "1.2", "solvent") == name


@pytest.mark.parametrize(
    ("printed", "per_mass", "per_volume"),
    [
        ("175 Wh/kg 675 Wh/L", 175, 675),
        ("900 Wh/L", None, 900),
        ("87.0 Ah/L", None, None),
        ("374.7 W/kg", None, None),
        ("—", None, None),
    ],
)
def test_an_energy_is_taken_only_in_units_of_energy(
    folder: Path, printed: str, per_mass: float | None, per_volume: float | None
) -> None:
    set_cell(folder, "1.2", "Energy density", printed)
    data = read_literature(folder)
    assert cell(data, "1.2", "energy_density_wh_kg") == per_mass
    assert cell(data, "1.2", "energy_density_wh_l") == per_volume


def test_the_mark_of_a_pouch_cell_is_no_part_of_the_formula(folder: Path) -> None:
    set_cell(folder, "1.2", "Sulfide solid electrolytes", "Li7P3S11^a")
    data = read_literature(folder)
    assert (cell(data, "1.2", "sulfide"), cell(data, "1.2", "has_pouch_cell")) == ("Li7P3S11", True)
    assert cell(literature(), "1.2", "has_pouch_cell") is False


def test_a_table_that_lost_a_column_is_refused_with_its_name(folder: Path) -> None:
    path = folder / "table1_slurry_coating.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("σ_m/σ_p", "ratio"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_literature(folder)
    assert ("missing-column", "table1_slurry_coating.csv", "σ_m/σ_p") in {
        (fault.code, fault.file, fault.column) for fault in caught.value.faults
    }
