import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spcse_ml.data.lab_rows import read_records
from spcse_ml.design.suggest import CONTROL, EXPLOIT, LEARN
from spcse_ml.errors import InputError, StoreError
from spcse_ml.lab.preregistration import PROPOSED, START, Order, entries, head, register, scores, withdrawn
from spcse_ml.lab.records import add_records
from spcse_ml.reports.messages.lab import ledger_lines
from tests.refusals import refused

DRY = {"sulfide": "LPSCl", "method": "dry", "binder": "PTFE", "binder_wt_percent": "0.5"}
RECIPE = {"sulfide": "Li6PS5Cl", "method": "dry binder laminating", "binder": "PTFE", "binder_wt_percent": 0.5}


def told(value: float = 70.0, made: str = "2026-11-20T08:00:00+00:00", **recipe: str) -> dict[str, Any]:
    asked = RECIPE | {"id": f"{value:g}"} | recipe
    return {"made": made, "model": "released", "fingerprint": "f", "recipe": asked, "value": value, "low": value - 10,
            "high": value + 10, "level": 0.9, "domain": "inside"}  # fmt: skip


def test_entries_are_chained_and_numbered_on(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    assert (entries(path), head([])) == ([], START)
    register(path, [told(70), told(60)])
    register(path, [told(50)])
    found = entries(path)
    assert [entry.name for entry in found] == ["P1", "P2", "P3"]
    assert [entry.previous for entry in found] == [START, found[0].digest, found[1].digest]
    assert head(found) == found[-1].digest


@settings(max_examples=60, deadline=None)
@given(line=st.integers(0, 1), field=st.sampled_from(["value", "low", "made", "recipe", "name", "previous"]))
def test_an_altered_entry_shows_unless_it_is_the_last(
    tmp_path_factory: pytest.TempPathFactory, line: int, field: str
) -> None:
    path = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    register(path, [told(70), told(60), told(50)])
    lines = path.read_text(encoding="utf-8").splitlines()
    body = json.loads(lines[line])
    body[field] = 1.5 if isinstance(body[field], float) else "other"
    lines[line] = json.dumps(body, sort_keys=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        entries(path)
    assert caught.value.code in {
        "ledger-altered",
        "ledger-unreadable",
    }  # the latter where the kind of a field is another


@pytest.mark.parametrize(
    "damage",
    [b"\xff", b"[" * 100_000, b"not JSON", b'"value": NaN', b'"high": Infinity', b'"recipe": {"id": "\\ud800"}'],
)
def test_a_damaged_last_line_is_refused_by_its_number(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "ledger.jsonl"
    register(path, [told(70), told(60)])
    first, last = path.read_bytes().splitlines()
    is_field = damage.startswith(b'"')
    path.write_bytes(first + b"\n" + (last[:-1] + b", " + damage + b"}" if is_field else damage) + b"\n")
    with refused("ledger-unreadable", kind=StoreError) as caught:
        entries(path)
    assert caught.value.values["line"] == 2


@pytest.mark.parametrize(("field", "value"), [("recipe", [1]), ("value", "abc"), ("made", "yesterday"), ("name", "P1")])
def test_a_last_entry_of_another_kind_is_refused_though_no_line_follows(
    tmp_path: Path, field: str, value: object
) -> None:
    path = tmp_path / "ledger.jsonl"
    register(path, [told(70), told(60)])
    first, last = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([first, json.dumps(json.loads(last) | {field: value})]), encoding="utf-8")
    with refused("ledger-altered" if field == "name" else "ledger-unreadable", kind=StoreError):
        entries(path)


def test_a_line_that_is_no_entry_is_named_and_nothing_is_added(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    register(path, [told()])
    text = path.read_text(encoding="utf-8") + "{}\n"
    path.write_text(text, encoding="utf-8")
    with refused("ledger-unreadable", kind=StoreError) as caught:
        register(path, [told()])
    assert (caught.value.values["path"], caught.value.values["line"]) == (path, 2)
    assert path.read_text(encoding="utf-8") == text


def test_the_same_recipe_is_foretold_once_by_one_model_and_again_for_another_membrane_or_by_another(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.jsonl"
    register(path, [told()])
    text = path.read_text(encoding="utf-8")
    with pytest.raises(InputError) as caught:
        register(path, [told(60), told(made="2026-11-21T08:00:00+00:00")])
    assert [(fault.code, fault.row, fault.values) for fault in caught.value.faults] == [
        ("already-preregistered", "recipe 2", {"name": "P1"})
    ]
    with pytest.raises(InputError) as caught:
        register(path, [told(60), told(60)])
    assert [(fault.row, fault.values) for fault in caught.value.faults] == [("recipe 2", {"name": "recipe 1"})]
    assert path.read_text(encoding="utf-8") == text, "all or none"
    register(path, [told(note="the second"), told() | {"fingerprint": "g"}, told() | {"level": 0.8}])
    assert len(entries(path)) == 4


@pytest.mark.parametrize("kind", sorted(PROPOSED))
def test_a_proposal_is_the_same_prediction_however_its_reason_is_worded(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "ledger.jsonl"
    register(path, [told(id=kind, note="highest expected retention: 70 %")])
    for recipe in ({"id": kind}, {"id": kind, "note": "another wording"}):
        with refused("already-preregistered"):
            register(path, [told(**recipe)])
        assert [entry.name for entry in register(path, [told(**recipe)], n_logged=0)] == ["P1"]
    register(path, [told(id=kind, binder="NBR"), told(id="mine", note="a"), told(id="mine", note="b")])


def test_what_the_model_reads_makes_another_prediction_and_the_powder_does_not(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    pressed = told() | {"recipe": told()["recipe"] | {"pressing_pressure_mpa": 300.0}}
    register(path, [told(), pressed])
    with refused("already-preregistered"):
        register(path, [told() | {"recipe": told()["recipe"] | {"sigma_p_ms_cm": 3.0}}])


def test_proposals_have_the_ids_of_suggestions() -> None:
    assert {EXPLOIT, LEARN, CONTROL, "baybe"} == PROPOSED


def test_a_record_that_names_its_prediction_scores_it_and_one_made_before_it_does_not_count(tmp_path: Path) -> None:
    path, table = tmp_path / "ledger.jsonl", tmp_path / "lab.csv"
    later = told(70, made="2999-01-01T00:00:00+00:00", id="d")
    register(path, [told(70, id="a"), told(70, id="b"), told(70, id="c"), later])
    rows = [DRY | {"prediction": name, "retention_percent": kept, "made_on": "2026-11-25"}
            for name, kept in (("P1", "75"), ("P2", "50"), ("P4", "70"), ("", "71"))]  # fmt: skip
    add_records(table, pd.DataFrame(rows, dtype=object), preregistered=dict.fromkeys(["P1", "P2", "P4"], RECIPE))
    found = scores(entries(path), read_records(table))
    assert [(one.entry.name, one.error, one.is_inside, one.counts) for one in found] == [
        ("P1", -5, True, True), ("P2", 20, False, True), ("P4", 0, True, False),
    ]  # fmt: skip
    lines = ledger_lines(entries(path), found)
    assert lines[0].endswith(
        "M1, measured retention 75 %, inside the interval, error -5.0 points; coverage so far 1 of 1"
    )
    assert lines[1].endswith(
        "M2, measured retention 50 %, outside the interval, error +20.0 points; coverage so far 1 of 2"
    )
    assert lines[2].endswith("inside: not recorded yet")
    assert lines[3].endswith("M3, recorded before the prediction; not counted")
    assert lines[4] == f"head {head(entries(path))}"


def test_two_records_that_claim_one_entry_are_told_and_neither_wins(tmp_path: Path) -> None:
    path, table = tmp_path / "ledger.jsonl", tmp_path / "lab.csv"
    register(path, [told(70)])
    table.write_text(
        "id,sulfide,method,binder,prediction,retention_percent\nM1,LPSCl,dry,PTFE,P1,75\nM2,LPSCl,dry,PTFE,P1,50\n",
        encoding="utf-8",
    )
    with refused("prediction-claimed-twice") as caught:
        scores(entries(path), read_records(table))
    assert caught.value.faults[0].given == "P1"
    assert caught.value.faults[0].values == {"ids": "M1 and M2"}


def test_a_correction_keeps_the_day_on_which_the_retention_was_first_written_down(tmp_path: Path) -> None:
    path, table = tmp_path / "ledger.jsonl", tmp_path / "lab.csv"
    register(path, [told(70), told(60)])
    foretold = dict.fromkeys(["P1", "P2"], RECIPE)
    header = "id,supersedes,sulfide,method,binder,binder_wt_percent,recorded_at,thickness_um,retention_percent"
    table.write_text(
        f"{header}\nM1,,LPSCl,dry,PTFE,0.5,2026-11-19T00:00:00+00:00,,75\n"
        "M2,,LPSCl,dry,PTFE,0.5,2026-11-19T00:00:00+00:00,40,\n",
        encoding="utf-8",
    )
    rows = [DRY | {"supersedes": one, "prediction": name, "retention_percent": "75"}
            for one, name in (("M1", "P1"), ("M2", "P2"))]  # fmt: skip
    rows[1]["made_on"] = "2026-11-25"
    rows[1]["thickness_um"] = "40"
    add_records(table, pd.DataFrame(rows, dtype=object), preregistered=foretold)
    found = scores(entries(path), read_records(table))
    assert [(one.membrane.id, one.order) for one in found] == [("M3", Order.RECORDED), ("M4", Order.LATER)]


def test_entries_without_a_logged_head_are_registered_again_in_the_order_asked_only_where_each_stands(
    tmp_path: Path,
) -> None:
    path, later = tmp_path / "ledger.jsonl", "2026-11-22T08:00:00+00:00"
    register(path, [told(70), told(60), told(50)])
    again = [told(50, made=later), told(60, made=later)]
    assert [one.name for one in register(path, again, n_logged=1)] == ["P3", "P2"]
    for predictions, n_logged in (([told(50), told(40)], 0), ([told(70)], 1), ([told(50)], None)):
        with refused("already-preregistered"):
            register(path, predictions, n_logged=n_logged)
    assert len(entries(path)) == 3


@pytest.mark.parametrize(
    ("made", "made_on", "order"),
    [
        ("2026-11-20T08:00:00+00:00", "2026-11-18", Order.BEFORE),
        ("2026-11-20T08:00:00+00:00", "2026-11-19", Order.SAME_DAY),  # in Honolulu it was the 19th still
        ("2026-11-20T08:00:00+00:00", "2026-11-20", Order.SAME_DAY),
        ("2026-11-20T08:00:00+00:00", "2026-11-21", Order.LATER),
        ("2026-11-20T20:00:00+00:00", "2026-11-19", Order.BEFORE),
        ("2026-11-20T20:00:00+00:00", "2026-11-21", Order.SAME_DAY),  # in Tokyo it was the 21st already
        ("2026-11-20T20:00:00+00:00", "2026-11-22", Order.LATER),
        ("2026-11-20T20:00:00+00:00", "2999-01-01", Order.BACKWARDS),
        ("2026-11-20T20:00:00+00:00", "", Order.UNTOLD),
    ],
)
def test_only_a_membrane_that_was_made_later_or_the_same_day_counts_and_each_is_told(
    tmp_path: Path, made: str, made_on: str, order: Order
) -> None:
    path, table = tmp_path / "ledger.jsonl", tmp_path / "lab.csv"
    register(path, [told(70, made=made)])
    row = DRY | {"prediction": "P1", "retention_percent": "75", "made_on": made_on}
    add_records(table, pd.DataFrame([row], dtype=object), preregistered={"P1": RECIPE})
    (score,) = scores(entries(path), read_records(table))
    assert score.order == order
    assert score.counts == (order in {Order.LATER, Order.SAME_DAY})
    line = ledger_lines(entries(path), [score])[0]
    assert line.endswith("coverage so far 1 of 1" if score.counts else "not counted")


def test_a_correction_makes_no_membrane_younger_than_its_first_line(tmp_path: Path) -> None:
    path, table = tmp_path / "ledger.jsonl", tmp_path / "lab.csv"
    measured = {"sigma_m_ms_cm": "0.9", "made_on": "2026-11-10"}
    header = "id,sulfide,method,binder,binder_wt_percent,sigma_m_ms_cm,made_on,recorded_at"
    table.write_text(f"{header}\nM1,LPSCl,dry,PTFE,0.5,0.9,2026-11-10,2026-11-11T00:00:00+00:00\n", encoding="utf-8")
    register(path, [told(70), told(60)])
    claim = measured | {"supersedes": "M1", "sigma_p_ms_cm": "1.25", "made_on": "2026-11-25", "prediction": "P1"}
    add_records(table, pd.DataFrame([DRY | claim], dtype=object), preregistered={"P1": RECIPE})
    (score,) = scores(entries(path), read_records(table))
    assert score.order is Order.RECORDED, "its conductivity was known before it was foretold"
    again = {"sigma_m_ms_cm": "0.8", "sigma_p_ms_cm": "1", "made_on": "2026-11-01", "prediction": "P2"}
    later = {**again, "supersedes": "M3", "made_on": "2026-11-25"}
    for row in (again, later):
        add_records(table, pd.DataFrame([DRY | row], dtype=object), preregistered=dict.fromkeys(["P1", "P2"], RECIPE))
    assert scores(entries(path), read_records(table))[1].order is Order.BEFORE


def test_a_line_is_not_another_membrane_because_it_claims_a_prediction(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    row = DRY | {"retention_percent": "72", "made_on": "2026-11-25"}
    add_records(table, pd.DataFrame([row], dtype=object))
    with refused("duplicate-membrane"):
        add_records(table, pd.DataFrame([row | {"prediction": "P1"}], dtype=object), preregistered={"P1": RECIPE})


def test_a_claim_that_was_taken_back_is_told_beside_its_prediction(tmp_path: Path) -> None:
    path, table = tmp_path / "ledger.jsonl", tmp_path / "lab.csv"
    register(path, [told(70), told(60)])
    rows = [{"prediction": "P1", "retention_percent": "8"}, {"supersedes": "M1", "retention_percent": "8"},
            {"prediction": "P1", "retention_percent": "71", "batch": "B"}]  # fmt: skip
    for row in rows:
        cells = DRY | {"made_on": "2026-11-25"} | row
        add_records(table, pd.DataFrame([cells], dtype=object), preregistered={"P1": RECIPE})
    known, records = entries(path), read_records(table)
    lines = ledger_lines(known, scores(known, records), withdrawn(known, records))
    assert "; claimed by M1 (measured retention 8 %) until a correction: M3, measured retention 71 %" in lines[0]
    assert "M1" not in lines[1]


@pytest.mark.parametrize("corrected", [None, "75"])
def test_a_retention_that_a_correction_took_away_or_changed_is_told(tmp_path: Path, corrected: str | None) -> None:
    path, table = tmp_path / "ledger.jsonl", tmp_path / "lab.csv"
    register(path, [told(70)])
    for row in ({"retention_percent": "61"}, {"retention_percent": corrected, "supersedes": "M1"}):
        cells = DRY | {"made_on": "2026-11-25", "prediction": "P1"} | row
        add_records(table, pd.DataFrame([cells], dtype=object), preregistered={"P1": RECIPE})
    known, records = entries(path), read_records(table)
    lines = ledger_lines(known, scores(known, records), withdrawn(known, records))
    assert "; claimed by M1 (measured retention 61 %) until a correction: M2" in lines[0]


def test_the_list_names_each_recipe_and_how_it_was_weighed(tmp_path: Path) -> None:
    path, table = tmp_path / "ledger.jsonl", tmp_path / "lab.csv"
    register(path, [told(70), told(60)])
    row = DRY | {"prediction": "P1", "retention_percent": "75", "made_on": "2026-11-25", "binder_wt_percent": "0.53"}
    add_records(table, pd.DataFrame([row], dtype=object), preregistered={"P1": RECIPE})
    lines = ledger_lines(entries(path), scores(entries(path), read_records(table)))
    assert "P1 2026-11-20 Li6PS5Cl, dry, PTFE 0.5 wt%: 70" in lines[0]
    assert "made as Li6PS5Cl, dry, PTFE 0.53 wt%; coverage so far 1 of 1" in lines[0]
    assert "P2 2026-11-20 Li6PS5Cl, dry, PTFE 0.5 wt%: 60" in lines[1]


def test_a_day_of_recording_that_is_no_moment_stops_nothing(tmp_path: Path) -> None:
    path, table = tmp_path / "ledger.jsonl", tmp_path / "lab.csv"
    register(path, [told(70)])
    table.write_text(
        "id,sulfide,method,binder,prediction,retention_percent,made_on,recorded_at\n"
        "M1,LPSCl,dry,PTFE,P1,75,2026-11-25,some day\n",
        encoding="utf-8",
    )
    assert [one.order for one in scores(entries(path), read_records(table))] == [Order.LATER]
