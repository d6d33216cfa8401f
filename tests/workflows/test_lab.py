from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spcse_ml.errors import InputError
from spcse_ml.laboratory.ledger import register
from spcse_ml.laboratory.records import read_records
from spcse_ml.workflows.lab import LEDGER, import_records, record

DRY = {"sulfide": "LPSCl", "method": "dry", "binder": "PTFE", "binder_wt_percent": "0.5"}
FORETOLD: dict[str, Any] = {
    "made": "2026-11-20T08:00:00+00:00", "model": "released", "fingerprint": "f", "value": 70.0, "low": 60.0,
    "high": 80.0, "level": 0.9, "domain": "inside",
    "recipe": {"sulfide": "Li6PS5Cl", "method": "dry binder laminating", "binder": "PTFE", "binder_wt_percent": 0.5},
}  # fmt: skip


def test_a_claim_is_checked_against_the_ledger_of_the_store(tmp_path: Path) -> None:
    table, store = tmp_path / "lab.csv", tmp_path / "store"
    with pytest.raises(InputError, match=r"is no entry of the ledger .given 'P1'.. Allowed: none is free"):
        record(table, DRY | {"prediction": "P1"}, store=store)
    register(store / LEDGER, [FORETOLD])
    assert record(table, DRY | {"prediction": "P1"}, store=store).added[0].id == "M1"
    with pytest.raises(InputError, match="is claimed by M1 already"):
        record(table, DRY | {"prediction": "P1", "note": "again"}, store=store)


def test_the_claims_of_a_spreadsheet_are_checked_as_well(tmp_path: Path) -> None:
    register(tmp_path / LEDGER, [FORETOLD])
    rows = [DRY | {"prediction": "P1"}, DRY | {"prediction": "P1", "binder_wt_percent": "3"}]
    pd.DataFrame(rows).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(InputError, match=r"x.csv, line 3, column prediction: is claimed by M1 already"):
        import_records(tmp_path / "lab.csv", tmp_path / "x.csv", store=tmp_path)
    assert not (tmp_path / "lab.csv").exists()


def test_without_a_claim_no_ledger_is_needed_and_an_odd_value_is_kept_with_a_remark(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    kept = record(table, DRY | {"thickness_um": "4 mm", "batch": "B1"}, store=tmp_path / "none")
    assert kept.remarks == ("M1: thickness_um 4000 µm is outside the published 20 to 150 µm; kept",)
    assert [one.thickness_um for one in read_records(table)] == [4000]


def test_a_sheet_is_imported_with_its_percentages_and_columns_named_or_left_out(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "x.xlsx") as book:
        theirs = [{**DRY, "Binder %": 0.97, "Colour": "grey"}]
        pd.DataFrame(theirs).drop(columns="binder_wt_percent").to_excel(book, sheet_name="May", index=False)
        pd.DataFrame({"a": [1]}).to_excel(book, sheet_name="June", index=False)
        book.sheets["May"]["D2"].number_format = "0%"
    mapping = {"Binder %": "binder_wt_percent", "Colour": None}
    kept = import_records(tmp_path / "lab.csv", tmp_path / "x.xlsx", sheet="May", mapping=mapping, store=tmp_path)
    assert kept.added[0].binder_wt_percent == 97
    assert "the other way round (3 wt%)" in kept.remarks[0]


def test_a_formula_without_a_value_is_told_together_with_every_other_fault(tmp_path: Path) -> None:
    rows = [{**DRY, "binder": "=A1", "thickness_um": "40 MPa"}, {**DRY, "binder_wt_percent": "=1/2"},
            {**DRY, "binder": "PTFEE"}]  # fmt: skip
    pd.DataFrame(rows).to_excel(tmp_path / "x.xlsx", index=False)
    with pytest.raises(InputError) as refused:
        import_records(tmp_path / "lab.csv", tmp_path / "x.xlsx", store=tmp_path)
    assert [(fault.row, fault.problem[:15]) for fault in refused.value.faults] == [
        ("cell C2", "holds a formula"), ("cell D3", "holds a formula"),
        ("line 2", "the unit is not"), ("line 4", "is not a name t"),
    ]  # fmt: skip


def test_a_formula_without_a_value_in_a_remark_is_refused_as_well(tmp_path: Path) -> None:
    pd.DataFrame([{**DRY, "note": "=A1"}]).to_excel(tmp_path / "x.xlsx", index=False)
    with pytest.raises(InputError, match=r"x.xlsx, cell E2: holds a formula"):
        import_records(tmp_path / "lab.csv", tmp_path / "x.xlsx", store=tmp_path)
    assert not (tmp_path / "lab.csv").exists()
