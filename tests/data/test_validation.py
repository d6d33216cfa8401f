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
    ("recipe", "problem"),
    [
        (DRY | {"solvent": "toluene"}, "column solvent: a dry process has none"),
        (DRY | {"template": "nylon"}, "column template: only skeleton templating has one"),
        (DRY | {"binder": None, "binder_wt_percent": None}, "column binder: only skeleton templating can do without"),
        (WET | {"solvent": None}, "column solvent: a slurry needs one"),
        (WET | {"method": "skeleton"}, "column template: skeleton templating needs one"),
        ({"sulfide": "LPSCl", "method": "skeleton", "template": "nylon", "binder_wt_percent": 2},
         "column binder_wt_percent: there is no binder"),
        (WET | {"method": "skeleton", "template": "nylon", "binder_wt_percent": 60, "template_wt_percent": 40},
         "column binder_wt_percent: it and template_wt_percent, together 100, leave no room for the sulfide"),
        (DRY | {"donor_number_kcal_mol": 10}, "column donor_number_kcal_mol: there is no solvent"),
        (DRY | {"binder_wt_percent": "0,5"}, "point in place of the decimal comma"),
        (DRY | {"binder_wt_percent": "nan"}, "column binder_wt_percent: input should be a finite number"),
        (DRY | {"binder_wt_percent": "inf"}, "column binder_wt_percent: input should be a finite number"),
        (DRY | {"binder_wt_percent": "\u22125"}, "greater than 0"),
        (DRY | {"binder_wt_percent": 0}, "greater than 0"),
        (DRY | {"binder_wt_percent": 100}, "less than 100"),
        (DRY | {"binder": "PTFEE"}, "Did you mean: PTFE"),
        (DRY | {"sulfide": "Li6PS5Q"}, "Or give its sulfide_family"),
        (WET | {"solvent": "tolluene"}, "Did you mean: toluene"),
        (WET | {"solvent": "toluene + toluene"}, "names a solvent twice"),
        (WET | {"solvent": "toluene + THF (1:2:3)"}, "the ratio does not fit the solvents"),
        (WET | {"lithium_salt": "LiTSFI"}, "Did you mean: LiTFSI"),
        (DRY | {"binder": "NA"}, "column binder: is not a name the catalogue knows"),
        (DRY | {"binder_class": "acrylate"}, "The catalogue holds PTFE as fluoropolymer"),
        (DRY | {"sulfide": "Na3PS4", "sulfide_family": "glass"}, "holds no lithium or no sulfur"),
        (DRY | {"method": "dri"}, "skeleton"),
        (DRY | {"binder_class": "rubber"}, "column binder_class: is not one of the choices"),
        (DRY | {"colour": "red"}, "column colour: is not a column of a recipe"),
        ({"method": "dry", "binder": "PTFE"}, "column sulfide: is blank but must be given"),
    ],
)  # fmt: skip
def test_a_recipe_that_cannot_be_is_refused_by_column_and_reason(recipe: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as refused:
        formulation(**recipe)
    assert problem in str(refused.value)


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
    said = str(refused.value)
    assert "r.csv, line 1, column bindr: is not a column of this table" in said
    assert "r.csv, line 1, column method: the column is missing" in said


def test_a_column_that_only_some_recipes_need_is_missed_by_those() -> None:
    with pytest.raises(InputError, match=r"r.csv, line 0, column binder: only skeleton templating can do without"):
        formulations(pd.DataFrame({"sulfide": ["LPSCl"], "method": ["dry"]}), file="r.csv")


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
    with pytest.raises(ValueError, match="a dry process has none"):
        Formulation(sulfide="LPSCl", method="dry", binder="PTFE", solvent="TOL")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        ("a,b\n1,2\n".encode("utf-16"), "is not UTF-8 text"),
        (b"a\x00b,c\n", "holds NUL bytes"),
        (b"a,b\n1\n", "line 2: has 1 cells where the header has 2"),
        (b"a,b\n1,2,3\n", "line 2: has 3 cells where the header has 2"),
        (b"a;b\n1,5;2\n", "It is separated by ';': save it as CSV with commas, and points in the numbers"),
        (b"a,a\n1,2\n", "column a: the column stands twice"),
        (b"a,,b\n1,2,3\n", "line 1: a column has no name"),
        (b'a,b\n"1,2\n', "cannot be read as CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_the_place(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as refused:
        read_table(path)
    assert problem in str(refused.value)


def test_a_byte_order_mark_and_quoted_line_ends_are_read_and_lines_counted_as_in_an_editor(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'\xef\xbb\xbfa,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n')
    table = read_table(path)
    assert (list(table.columns), list(table.index), table.loc[5, "b"]) == (["a", "b"], [2, 5], "z")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is not a plain file"):
        read_table(tmp_path)


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
    with pytest.raises(InputError, match="Or give its donor_number"):
        formulation(**given | {"donor_number_kcal_mol": float("nan")})


def test_two_contents_that_leave_no_room_are_told_under_the_first_and_name_the_second() -> None:
    with pytest.raises(InputError) as refused:
        formulation(sulfide="LPSCl", method="skeleton", template="nylon mesh", binder="PEO", binder_wt_percent=60,
                    template_wt_percent=40)  # fmt: skip
    (fault,) = refused.value.faults
    assert (fault.column, fault.given) == ("binder_wt_percent", "60")
    assert "template_wt_percent" in fault.problem
