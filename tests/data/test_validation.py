from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spcse_ml.data.dataset import frame_of
from spcse_ml.data.validation import formulation, formulations
from spcse_ml.errors import InputError
from spcse_ml.models.features import encode
from spcse_ml.schema import Formulation
from spcse_ml.tables import parse_table, read_table

DRY: dict[str, Any] = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}
WET = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 3, "solvent": "toluene"}


@pytest.mark.parametrize(
    ("recipe", "code", "column"),
    [
        (DRY | {"solvent": "toluene"}, "solvent-in-dry-process", "solvent"),
        (DRY | {"template": "nylon"}, "template-outside-skeleton", "template"),
        (DRY | {"binder": None, "binder_wt_percent": None}, "no-binder", "binder"),
        (WET | {"solvent": None}, "no-solvent-in-slurry", "solvent"),
        (WET | {"method": "skeleton"}, "no-template-in-skeleton", "template"),
        ({"sulfide": "LPSCl", "method": "skeleton", "template": "nylon", "binder_wt_percent": 2},
         "without-substance", "binder_wt_percent"),
        (WET | {"method": "skeleton", "template": "nylon", "binder_wt_percent": 60, "template_wt_percent": 40},
         "no-room-for-sulfide", "binder_wt_percent"),
        (DRY | {"donor_number_kcal_mol": 10}, "without-substance", "donor_number_kcal_mol"),
        (DRY | {"binder_wt_percent": "0,5"}, "decimal-comma", "binder_wt_percent"),
        (DRY | {"binder_wt_percent": "1,000"}, "thousands-separator", "binder_wt_percent"),
        (DRY | {"binder_wt_percent": "x"}, "not-a-number", "binder_wt_percent"),
        (DRY | {"binder_wt_percent": True}, "not-a-number", "binder_wt_percent"),
        (DRY | {"calender_passes": "1.5"}, "not-a-whole-number", "calender_passes"),
        (DRY | {"binder_wt_percent": "inf"}, "not-finite", "binder_wt_percent"),
        (DRY | {"binder_wt_percent": "\u22125"}, "out-of-bounds", "binder_wt_percent"),
        (DRY | {"binder_wt_percent": 0}, "out-of-bounds", "binder_wt_percent"),
        (DRY | {"binder_wt_percent": 100}, "out-of-bounds", "binder_wt_percent"),
        (DRY | {"calender_passes": -1}, "out-of-bounds", "calender_passes"),
        (DRY | {"binder": "PTFEE"}, "unknown-name-or-class", "binder"),
        (DRY | {"sulfide": "Li6PS5Q"}, "unknown-name-or-class", "sulfide"),
        (WET | {"solvent": "tolluene"}, "unknown-name-or-class", "solvent"),
        (WET | {"solvent": "toluene + tolluene"}, "unknown-name-in-mixture", "solvent"),
        (WET | {"solvent": "toluene + toluene"}, "repeated-solvent", "solvent"),
        (WET | {"solvent": "toluene + THF (1:2:3)"}, "ratio-mismatch", "solvent"),
        (WET | {"lithium_salt": "LiTSFI"}, "unknown-name", "lithium_salt"),
        (DRY | {"binder": "Na"}, "unknown-name-or-class", "binder"),
        (DRY | {"binder_class": "acrylate"}, "contradicts-catalogue", "binder_class"),
        (DRY | {"sulfide": "Na3PS4", "sulfide_family": "glass"}, "not-a-lithium-sulfide", "sulfide"),
        (DRY | {"method": "dri"}, "not-a-choice", "method"),
        (DRY | {"binder_class": "rubber"}, "not-a-choice", "binder_class"),
        (DRY | {"colour": "red"}, "unknown-column", "colour"),
        (DRY | {"note": "x" * 3_000}, "too-long", "note"),
        (DRY | {"id": "x" * 300}, "too-long", "id"),
        (DRY | {"id": ["x"]}, "not-text", "id"),
        (DRY | {"id": "\ud800"}, "not-unicode", "id"),
        ({"method": "dry", "binder": "PTFE"}, "missing", "sulfide"),
    ],
)  # fmt: skip
def test_a_recipe_that_cannot_be_is_refused_by_column_and_reason(
    recipe: dict[str, Any], code: str, column: str
) -> None:
    with pytest.raises(InputError) as refused:
        formulation(**recipe)
    assert [(fault.code, fault.column) for fault in refused.value.faults] == [(code, column)]


@pytest.mark.parametrize(
    ("column", "typed", "quantity"),
    [
        ("planned_thickness_um", "4 m", "4000000 µm"),
        ("binder_wt_percent", "101", "101 wt%"),
        ("calender_passes", "2000", "2000"),
    ],
)
def test_what_is_out_of_bounds_is_shown_as_typed_and_in_the_unit_of_its_column(
    column: str, typed: str, quantity: str
) -> None:
    with pytest.raises(InputError) as refused:
        formulation(**DRY | {column: typed})
    (fault,) = refused.value.faults
    assert (fault.given, fault.values["quantity"]) == (typed, quantity)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (DRY | {"method": "DRY", "binder": " Teflon ", "sulfide": "lpscl"}, {"binder": "PTFE", "sulfide": "Li6PS5Cl"}),
        (DRY | {"sulfide": "Li₆PS₅Cl"}, {"sulfide": "Li6PS5Cl"}),
        (DRY | {"binder_wt_percent": "\u00a00.5 "}, {"binder_wt_percent": 0.5}),
        (WET | {"solvent": "TOL + IBIB (1:3)"}, {"solvent": "toluene + isobutyl isobutyrate (0.25:0.75)"}),
        (WET | {"solvent": "108-88-3"}, {"solvent": "toluene"}),
        (WET | {"solvent": "mystery", "donor_number_kcal_mol": 12}, {"solvent": "mystery"}),
        (WET | {"binder": "MyRubber", "binder_class": "Nitrile Rubber"}, {"binder_class": "nitrile rubber"}),
        (DRY | {"sulfide": "Li5.3PS4.3Cl1.7"}, {"sulfide": "Li5.3PS4.3Cl1.7"}),
        (DRY | {"sulfide": "Secret7", "sulfide_family": "lgps"}, {"sulfide_family": "LGPS"}),
        (DRY | {"lithium_salt": "None"}, {"lithium_salt": "none"}),
        (DRY | {"template": "none", "solvent": "-"}, {"template": None, "solvent": None}),
    ],
)
def test_what_a_chemist_types_is_understood(given: dict[str, Any], expected: dict[str, Any]) -> None:
    read = formulation(**given)
    assert {name: getattr(read, name) for name in expected} == expected


def test_reading_a_recipe_again_changes_nothing() -> None:
    read = formulation(**WET | {"solvent": "TOL + IBIB (1:3)"})
    assert formulation(**read.model_dump()) == read


def test_all_faults_of_all_rows_come_in_one_error_with_their_lines() -> None:
    table = parse_table(
        'sulfide,method,binder,binder_wt_percent,solvent\n\nLPSCl,dry,PTFE,x,TOL\nLPSCl,slurry,NBRR,"1,5",\n',
        name="r.csv",
    )
    with pytest.raises(InputError) as refused:
        formulations(table, file="r.csv")
    places = {(fault.row, fault.column) for fault in refused.value.faults}
    assert places == {
        ("line 3", "binder_wt_percent"), ("line 3", "solvent"), ("line 4", "binder_wt_percent"), ("line 4", "solvent"),
        ("line 4", "binder"),
    }  # fmt: skip


def test_columns_that_do_not_exist_and_columns_that_are_missing_are_named() -> None:
    with pytest.raises(InputError) as refused:
        formulations(pd.DataFrame({"sulfide": ["LPSCl"], "bindr": ["PTFE"]}), file="r.csv")
    assert {("unknown-column", "bindr"), ("missing-column", "method")} <= {
        (fault.code, fault.column) for fault in refused.value.faults if fault.place == "r.csv, line 1"
    }


def test_a_column_that_only_some_recipes_need_is_missed_by_those() -> None:
    with pytest.raises(InputError) as refused:
        formulations(pd.DataFrame({"sulfide": ["LPSCl"], "method": ["dry"]}), file="r.csv")
    assert [(fault.code, fault.place) for fault in refused.value.faults] == [("no-binder", "r.csv, line 0")]


def test_a_misspelt_column_does_not_hide_the_bad_cells_below_it() -> None:
    table = parse_table("sulfide,method,bindr,binder_wt_percent\nLPSCl,dri,PTFE,x\n", name="r.csv")
    with pytest.raises(InputError) as refused:
        formulations(table, file="r.csv")
    assert {fault.column for fault in refused.value.faults} == {"bindr", "method", "binder_wt_percent"}


def test_what_the_user_knows_of_a_listed_substance_goes_before_the_catalogue() -> None:
    glassy = formulation(**DRY | {"sulfide": "Li3PS4", "sulfide_family": "glass"})
    own = formulation(**WET | {"donor_number_kcal_mol": 3})
    encoded = encode(frame_of([glassy, own]))
    assert (encoded["sulfide_family"][0], encoded["donor_number_kcal_mol"][1]) == ("glass", 3)


def test_a_recipe_made_in_python_is_held_to_the_same_rules() -> None:
    with pytest.raises(ValueError, match="solvent: not used in a dry process"):
        Formulation(sulfide="LPSCl", method="dry", binder="PTFE", solvent="TOL")


@pytest.mark.parametrize(
    ("data", "code", "row"),
    [
        (b"", "empty-file", ""),
        (b"\n\n", "empty-file", ""),
        ("a,b\n1,2\n".encode("utf-16"), "not-utf-8", ""),
        (b"a\x00b,c\n", "nul-bytes", ""),
        (b"a,b\n1\n", "ragged-row", "line 2"),
        (b"a,b\n1,2,3\n", "ragged-row", "line 2"),
        (b"a;b\n1,5;2\n", "not-comma-separated", "line 1"),
        (b"a,a\n1,2\n", "repeated-column", "line 1"),
        (b"a,,b\n1,2,3\n", "nameless-column", "line 1"),
        (b'a,b\n"1,2\n', "not-csv", "line 2"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_the_place(tmp_path: Path, data: bytes, code: str, row: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as refused:
        read_table(path)
    assert [(fault.code, fault.row) for fault in refused.value.faults] == [(code, row)]


def test_a_byte_order_mark_and_quoted_line_ends_are_read_and_lines_counted_as_in_an_editor(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'\xef\xbb\xbfa,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n')
    table = read_table(path)
    assert (list(table.columns), list(table.index), table.loc[5, "b"]) == (["a", "b"], [2, 5], "z")


@pytest.mark.parametrize(
    "recipe",
    [
        DRY | {"sulfide": "Secret7", "sulfide_family": "thio-lisicon"},
        WET | {"binder": "MyPolymer", "binder_class": "Fluoropolymer"},
        DRY | {"solvent": "—", "template": "-"},
    ],
)
def test_one_bad_number_makes_no_good_cell_faulty(recipe: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        formulation(**recipe | {"binder_wt_percent": "x"})
    assert [fault.column for fault in refused.value.faults] == ["binder_wt_percent"]


def test_a_ratio_of_three_reads_the_same_again() -> None:
    read = formulation(**WET | {"solvent": "toluene + THF + heptane (2:2:8)"})
    assert formulation(**read.model_dump()) == read


@pytest.mark.parametrize("donor_number", [10, 10.5, "10.5"])
def test_beside_another_fault_a_donor_number_that_was_given_is_not_asked_for(donor_number: float | str) -> None:
    given = WET | {"solvent": "squalane", "donor_number_kcal_mol": donor_number, "binder_wt_percent": 101}
    with pytest.raises(InputError) as refused:
        formulation(**given)
    assert {fault.column for fault in refused.value.faults} == {"binder_wt_percent"}
    with pytest.raises(InputError) as refused:
        formulation(**given | {"donor_number_kcal_mol": float("nan")})
    assert refused.value.faults[1].values["instead"] == "donor_number_kcal_mol"


def test_two_contents_that_leave_no_room_are_told_under_the_first_and_name_the_second() -> None:
    with pytest.raises(InputError) as refused:
        formulation(sulfide="LPSCl", method="skeleton", template="nylon mesh", binder="PEO", binder_wt_percent=60,
                    template_wt_percent=40)  # fmt: skip
    (fault,) = refused.value.faults
    assert (fault.column, fault.given, fault.values) == ("binder_wt_percent", "60", {"total": 100})
    assert "template_wt_percent" in fault.allowed
