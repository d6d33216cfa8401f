from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spcse_ml.errors import InputError
from spcse_ml.lab.records import add_records, read_records

DRY = {"sulfide": "LPSCl", "method": "dry", "binder": "PTFE", "binder_wt_percent": "99.5:0.5"}
FORETOLD: dict[str, dict[str, Any]] = {
    "P1": {"sulfide": "Li6PS5Cl", "method": "dry binder laminating", "binder": "PTFE", "binder_wt_percent": 0.5},
    "P2": {"sulfide": "Li6PS5Cl", "method": "slurry coating", "binder": "NBR", "binder_wt_percent": 2.0,
           "solvent": "toluene"},
}  # fmt: skip


def add(table: Path, *cells: dict[str, str], file: str = "") -> list[str | None]:
    rows = pd.DataFrame([DRY | one for one in cells], dtype=object, index=range(2, 2 + len(cells)))
    return [one.id for one in add_records(table, rows, file=file, foretold=FORETOLD)]


def refused(table: Path, *cells: dict[str, str], file: str = "") -> str:
    before = table.read_bytes() if table.exists() else None
    with pytest.raises(InputError) as caught:
        add(table, *cells, file=file)
    assert (table.read_bytes() if table.exists() else None) == before, "nothing is written"
    return str(caught.value)


MEASURED = {"thickness_um": "40", "resistance_ohm": "5.2", "area_cm2": "1.13", "sigma_p_ms_cm": "3"}


def test_a_file_that_is_added_twice_is_refused_row_by_row_with_what_to_do(tmp_path: Path) -> None:
    rows = [MEASURED, MEASURED | {"batch": "B2"}]
    add(tmp_path / "lab.csv", *rows, file="their.csv")
    assert refused(tmp_path / "lab.csv", *rows, file="their.csv").splitlines() == [
        f"their.csv, line {line}: is the same as {one} in everything. Name {one} under supersedes, or say how it "
        "differs (batch, made_on, note)."
        for line, one in ((2, "M1"), (3, "M2"))
    ]


def test_a_row_that_stands_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path / "lab.csv", MEASURED, MEASURED | {"id": "other"}, file="their.csv")
    assert said.startswith("their.csv, line 3: is the same as M1 in everything")


@pytest.mark.parametrize("column", ["batch", "note", "made_on", "thickness_um", "made_by"])
def test_a_replicate_that_differs_in_one_column_is_kept(tmp_path: Path, column: str) -> None:
    told = {"made_on": "2026-11-20", "thickness_um": "41"}.get(column, "x")
    assert add(tmp_path / "lab.csv", MEASURED, MEASURED | {column: told}) == ["M1", "M2"]


def test_the_same_row_may_supersede_and_what_was_superseded_may_come_again(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    add(table, {"note": "a"})
    add(table, {"note": "a", "supersedes": "M1"})
    add(table, {"note": "b", "supersedes": "M2"})
    assert add(table, {"note": "a"}) == ["M4"]


def test_a_table_that_holds_a_row_twice_already_still_reads(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    table.write_text("id,sulfide,method,binder\nM1,LPSCl,dry,PTFE\nM2,LPSCl,dry,PTFE\n", encoding="utf-8")
    assert len(read_records(table)) == 2
    assert add(table, {"note": "new"}) == ["M3"]


def test_a_prediction_that_was_made_for_this_recipe_is_claimed_once(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    add(table, {"prediction": "P1", "retention_percent": "70"})
    said = refused(table, {"prediction": "P1", "retention_percent": "80"})
    assert "column prediction: is claimed by M1 already (given 'P1'). Leave it out, or name M1 under supersedes" in said
    assert add(table, {"prediction": "P1", "retention_percent": "71", "supersedes": "M1"}) == ["M2"]
    assert "is claimed by M2 already" in refused(table, {"prediction": "P1", "retention_percent": "80"})


def test_two_rows_of_one_file_cannot_claim_one_prediction(tmp_path: Path) -> None:
    said = refused(tmp_path / "lab.csv", {"prediction": "P1"}, {"prediction": "P1", "note": "n"}, file="x.csv")
    assert said.startswith("x.csv, line 3, column prediction: is claimed by M1 already")


def test_an_entry_that_does_not_exist_is_refused_with_those_that_are_free(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    assert "column prediction: is no entry of the ledger (given 'P7'). Allowed: P1, P2." in refused(
        table, {"prediction": "P7"}
    )
    add(table, {"prediction": "P1"})
    assert "Allowed: P2." in refused(table, {"prediction": "P7", "note": "another"})
    with pytest.raises(InputError, match=r"Allowed: none is free\. Leave it out"):
        add_records(tmp_path / "other.csv", pd.DataFrame([DRY | {"prediction": "P1"}], dtype=object))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"prediction": "P2"}, "method slurry coating, not dry binder laminating; binder NBR, not PTFE; "
                               "binder_wt_percent 2, not 0.5; solvent toluene, not blank"),
        ({"prediction": "P1", "binder_wt_percent": "1"}, "(binder_wt_percent 0.5, not 1)"),
        ({"prediction": "P1", "binder_wt_percent": ""}, "(binder_wt_percent 0.5, not blank)"),
        ({"prediction": "P1", "sulfide": "LGPS"}, "(sulfide Li6PS5Cl, not Li10GeP2S12)"),
        ({"prediction": "P1", "method": "skeleton", "template": "nylon", "template_wt_percent": "9"},
         "method dry binder laminating, not skeleton templating; template blank, not nylon mesh; "
         "template_wt_percent blank, not 9"),
    ],
)  # fmt: skip
def test_a_membrane_of_another_recipe_is_refused_with_the_columns_that_differ(
    tmp_path: Path, cells: dict[str, str], said: str
) -> None:
    told = refused(tmp_path / "lab.csv", cells)
    assert "column prediction: foretold another recipe" in told
    assert said in told
    assert "Allowed: contents within 10%, all else equal. Leave the prediction out" in told


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    rows = [{"note": "a"}, {"note": "a"}, {"prediction": "P9"}, {"thickness_um": "40 MPa"}]
    assert [line.split(":")[0] for line in refused(tmp_path / "lab.csv", *rows, file="x.csv").splitlines()] == [
        "x.csv, line 5, column thickness_um", "x.csv, line 3", "x.csv, line 4, column prediction",
    ]  # fmt: skip


@pytest.mark.parametrize(("content", "counts"), [("2.03", True), ("1.8", True), ("2.2", True), ("2.21", False)])
def test_a_content_that_was_weighed_nearly_as_foretold_is_the_one_foretold(
    tmp_path: Path, content: str, *, counts: bool
) -> None:
    made = {"method": "slurry", "binder": "NBR", "solvent": "toluene", "binder_wt_percent": content, "prediction": "P2"}
    if counts:
        assert add(tmp_path / "lab.csv", made) == ["M1"]
    else:
        assert f"(binder_wt_percent 2, not {content})" in refused(tmp_path / "lab.csv", made)
