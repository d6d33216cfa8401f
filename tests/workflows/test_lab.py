import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.lab_rows import read_records
from spcse_ml.data.plausibility import Remark
from spcse_ml.errors import InputError, StoreError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.lab.preregistration import Order, entries, head, register
from spcse_ml.reports.messages.lab import ledger_lines, recorded_lines
from spcse_ml.storage.ledger_heads import HEAD, LENGTH, log_ledger
from spcse_ml.storage.mlflow_client import tracking_uri
from spcse_ml.workflows.data import checked
from spcse_ml.workflows.lab import LEDGER, import_records, ledger, preregister, record
from spcse_ml.workflows.predict import predict_recipes
from tests.refusals import refused

DRY = {"sulfide": "LPSCl", "method": "dry", "binder": "PTFE", "binder_wt_percent": "0.5"}
FORETOLD: dict[str, Any] = {
    "made": "2026-11-20T08:00:00+00:00", "model": "released", "fingerprint": "f", "value": 70.0, "low": 60.0,
    "high": 80.0, "level": 0.9, "domain": "inside",
    "recipe": {"sulfide": "Li6PS5Cl", "method": "dry binder laminating", "binder": "PTFE", "binder_wt_percent": 0.5},
}  # fmt: skip


def test_a_claim_is_checked_against_the_ledger_of_the_store(tmp_path: Path) -> None:
    table, store = tmp_path / "lab.csv", tmp_path / "store"
    with refused("unknown-prediction"):
        record(table, DRY | {"prediction": "P1"}, store=store)
    register(store / LEDGER, [FORETOLD])
    assert record(table, DRY | {"prediction": "P1"}, store=store).added[0].id == "M1"
    with refused("prediction-claimed"):
        record(table, DRY | {"prediction": "P1", "note": "again"}, store=store)


def test_a_claim_that_does_not_count_is_kept_and_told_at_once(tmp_path: Path) -> None:
    register(tmp_path / LEDGER, [FORETOLD, FORETOLD | {"level": 0.8}])
    measured = DRY | {"retention_percent": "70", "batch": "B1"}
    early = record(tmp_path / "lab.csv", measured | {"prediction": "P1", "made_on": "2026-11-01"}, store=tmp_path)
    assert [(score.entry.name, score.order) for score in early.uncounted] == [("P1", Order.BEFORE)]
    untold = record(tmp_path / "lab.csv", measured | {"prediction": "P2"}, store=tmp_path)
    assert [(score.entry.name, score.order) for score in untold.uncounted] == [("P2", Order.UNTOLD)]
    assert [score.counts for score in ledger(tmp_path, tmp_path / "lab.csv")[1]] == [False, False]
    told = record(
        tmp_path / "lab.csv",
        measured | {"prediction": "P2", "made_on": "2026-11-22", "supersedes": "M2"},
        store=tmp_path,
    )
    assert (told.remarks, told.uncounted) == ((), ())
    assert [score.counts for score in ledger(tmp_path, tmp_path / "lab.csv")[1]] == [False, True]


def test_a_claim_without_a_retention_says_so_and_counts_once_it_is_there(tmp_path: Path) -> None:
    register(tmp_path / LEDGER, [FORETOLD])
    claim = DRY | {"prediction": "P1", "made_on": "2026-11-22", "thickness_um": "40"}
    made = record(tmp_path / "lab.csv", claim, store=tmp_path)
    assert [(score.entry.name, score.order) for score in made.uncounted] == [("P1", Order.UNMEASURED)]
    known, found, _ = ledger(tmp_path, tmp_path / "lab.csv")
    assert [(score.order, score.counts, score.is_inside) for score in found] == [(Order.UNMEASURED, False, False)]
    assert ledger_lines(known, found)[0].endswith("inside: M1, its retention is missing; not counted")
    record(tmp_path / "lab.csv", claim | {"retention_percent": "70", "supersedes": "M1"}, store=tmp_path)
    assert [score.order for score in ledger(tmp_path, tmp_path / "lab.csv")[1]] == [Order.LATER]


def test_a_resistance_that_cannot_be_told_is_no_fault_of_a_column_that_nobody_gave(tmp_path: Path) -> None:
    frequency = np.geomspace(1e6, 1, 40)
    impedance = 1e-4 + 1 / (2e-1 * (2j * np.pi * frequency) ** 0.9)
    columns = {"frequency_hz": frequency, "z_real_ohm": impedance.real, "z_imag_ohm": impedance.imag}
    pd.DataFrame(columns).to_csv(tmp_path / "eis.csv", index=False)
    given = DRY | {"thickness_um": "400", "area_cm2": "0.1"}
    with pytest.raises(InputError) as caught:
        record(tmp_path / "lab.csv", given, spectrum=tmp_path / "eis.csv", store=tmp_path)
    (fault,) = caught.value.faults
    assert (fault.code, fault.file, fault.column) == ("impossible-spectrum", "eis.csv", "")
    assert fault.values["ohm"] == pytest.approx(1e-4, rel=0.01)
    assert not (tmp_path / "lab.csv").exists()


def test_the_claims_of_a_spreadsheet_are_checked_as_well(tmp_path: Path) -> None:
    register(tmp_path / LEDGER, [FORETOLD])
    rows = [DRY | {"prediction": "P1"}, DRY | {"prediction": "P1", "binder_wt_percent": "3"}]
    pd.DataFrame(rows).to_csv(tmp_path / "x.csv", index=False)
    with refused("prediction-claimed") as caught:
        import_records(tmp_path / "lab.csv", tmp_path / "x.csv", store=tmp_path)
    assert caught.value.faults[0].place == "x.csv, line 3"
    assert not (tmp_path / "lab.csv").exists()


def test_without_a_claim_no_ledger_is_needed_and_an_odd_value_is_kept_with_a_remark(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    kept = record(table, DRY | {"thickness_um": "4 mm", "batch": "B1"}, store=tmp_path / "none")
    assert kept.remarks == (Remark("beyond-published", "M1", "thickness_um", 4000, 20, 150),)
    (line,) = recorded_lines(kept.remarks, kept.uncounted, kept.fit, kept.picture)
    assert line == "M1: thickness_um 4000 µm: outside the published 20 to 150 µm"
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
    assert [(remark.code, remark.suggestion) for remark in kept.remarks][:1] == [("reversed-ratio", 3)]


def test_a_formula_without_a_value_is_told_together_with_every_other_fault(tmp_path: Path) -> None:
    rows = [{**DRY, "binder": "=A1", "thickness_um": "40 MPa"}, {**DRY, "binder_wt_percent": "=1/2"},
            {**DRY, "binder": "PTFEE"}]  # fmt: skip
    pd.DataFrame(rows).to_excel(tmp_path / "x.xlsx", index=False)
    with pytest.raises(InputError) as caught:
        import_records(tmp_path / "lab.csv", tmp_path / "x.xlsx", store=tmp_path)
    assert [(fault.row, fault.code) for fault in caught.value.faults] == [
        ("cell C2", "formula-not-saved"), ("cell D3", "formula-not-saved"),
        ("line 2", "wrong-unit"), ("line 4", "unknown-name-or-class"),
    ]  # fmt: skip


def test_a_formula_without_a_value_in_a_remark_is_refused_as_well(tmp_path: Path) -> None:
    pd.DataFrame([{**DRY, "note": "=A1"}]).to_excel(tmp_path / "x.xlsx", index=False)
    with refused("formula-not-saved"):
        import_records(tmp_path / "lab.csv", tmp_path / "x.xlsx", store=tmp_path)
    assert not (tmp_path / "lab.csv").exists()


def cut(store: Path) -> None:
    """Take the last line off a ledger."""
    lines = (store / LEDGER).read_text(encoding="utf-8").splitlines(keepends=True)
    (store / LEDGER).write_text("".join(lines[:-1]), encoding="utf-8")


def test_two_stores_share_a_server_and_the_cut_ledger_of_each_shows(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'team.db'}")
    one, other = tmp_path / "one", tmp_path / "other"
    for store, contents in ((one, ("1", "2", "3")), (other, ("4", "5"))):
        for content in contents:
            asked = predict_recipes([DRY | {"binder_wt_percent": content}], released_pair, level=0.9)
            preregister(store, asked)
    assert [len(ledger(store, tmp_path / "lab.csv")[0]) for store in (one, other)] == [3, 2]
    cut(one)
    with refused("ledger-not-as-logged", kind=StoreError) as caught:
        ledger(one, tmp_path / "lab.csv")
    assert (caught.value.values["n"], caught.value.values["length"]) == (2, 3)
    assert len(ledger(other, tmp_path / "lab.csv")[0]) == 2


@pytest.mark.thorough
def test_where_mlflow_failed_after_the_ledger_was_written_the_same_again_keeps_the_head_and_says_so(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, store = tmp_path / "team.db", tmp_path / "store"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database}?timeout=0.1")
    log_ledger(tmp_path / "other", head="0", length=0)
    asked = predict_recipes([DRY, DRY | {"binder_wt_percent": "2"}], released_pair, level=0.9)
    with contextlib.closing(sqlite3.connect(database)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        with refused("head-not-logged", kind=StoreError) as caught:
            preregister(store, asked)
    assert (caught.value.values["names"], caught.value.values["reason"].code) == ("P1, P2", "runs-locked")
    written = (store / LEDGER).read_text(encoding="utf-8")
    again = preregister(store, asked)
    assert (store / LEDGER).read_text(encoding="utf-8") == written, "nothing is foretold twice"
    assert [entry.name for entry in again] == ["P1", "P2"]
    kept = mlflow.MlflowClient(tracking_uri(store)).search_runs(["1"], filter_string=f"tags.{LENGTH} = '2'")
    assert [run.data.tags[HEAD] for run in kept] == [head(entries(store / LEDGER))]
    with refused("already-preregistered", "already-preregistered"):
        preregister(store, asked)
    more = predict_recipes([DRY | {"binder_wt_percent": "3"}], released_pair, level=0.9)
    assert [entry.name for entry in preregister(store, more)] == ["P3"]


def test_the_labs_table_is_checked_as_one(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    table.write_text("sulfide,method,binder,thickness_um\nLPSCl,dry,PTFE,40\n", encoding="utf-8")
    assert checked(table) == {"lines": 1, "membranes": 1}
    table.write_text("sulfide,method,binder,thickness_um\nLPSCl,dry,PTFE,thin\n", encoding="utf-8")
    with refused("not-a-number"):
        checked(table)


@pytest.mark.parametrize("micro", ["\u00b5", "\u03bc"])
def test_a_header_is_mapped_by_either_micro_sign(tmp_path: Path, micro: str) -> None:
    header = "sulfide,method,binder,Thickness / \u00b5m,Colour \u00b2\n"
    (tmp_path / "book.csv").write_text(f"{header}Li6PS5Cl,dry,PTFE,40,grey\n", encoding="utf-8")
    mapping = {f"Thickness / {micro}m": "thickness_um", "Colour \u00b2": None}
    added = import_records(tmp_path / "lab.csv", tmp_path / "book.csv", mapping=mapping, store=tmp_path).added
    assert added[0].thickness_um == 40


def test_two_columns_of_a_file_cannot_be_mapped_to_one(tmp_path: Path) -> None:
    source = tmp_path / "m.csv"
    source.write_text("sulfide,method,binder,retention_percent,corrected\nLPSCl,dry,PTFE,61,12\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        import_records(tmp_path / "lab.csv", source, mapping={"corrected": "retention_percent"})
    assert [(fault.code, fault.column) for fault in refused.value.faults] == [("mapped-twice", "retention_percent")]
    assert not (tmp_path / "lab.csv").exists()
