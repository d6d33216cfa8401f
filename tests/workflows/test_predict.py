"""Recipes come back as they were written, and columns that the models ignore are named."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spcse_ml.errors import InputError
from spcse_ml.evaluation.evaluated import ANSWER_COLUMNS, ModelPair
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.reports.messages.domain import DOMAINS
from spcse_ml.reports.messages.predictions import CONTRADICTS, answer_text, neighbour_lines, recipe_text
from spcse_ml.reports.messages.verdict import meaning
from spcse_ml.schema import RETENTION
from spcse_ml.storage.champion import crown, model_folder
from spcse_ml.storage.model_files import save_pair
from spcse_ml.workflows.predict import predict, predict_file, predict_recipes

DRY: dict[str, Any] = {"sulfide": "LPSCl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}


def test_what_was_asked_comes_back_as_it_was_written_before_the_answers(tmp_path: Path) -> None:
    text = 'note,sulfide,method,binder,binder_wt_percent\n"a, ""b""",LPSCl,Dry,ptfe,0.50\n'
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    told = predict_file(tmp_path / "r.csv", store=tmp_path, level=0.9).to_csv()
    row = next(csv.DictReader(io.StringIO(told)))
    assert list(row) == ["note", "sulfide", "method", "binder", "binder_wt_percent", *ANSWER_COLUMNS]
    assert told.splitlines()[1].startswith('"a, ""b""",LPSCl,Dry,ptfe,0.50,')
    assert row["sigma_m_ms_cm"] == "", "what cannot be told is blank"


def test_faults_of_every_recipe_and_of_every_kind_of_cell_are_told_together(released_pair: ModelPair) -> None:
    asked = [DRY, {**DRY, "id": ["x"], "binder": "PTFEE"}, {**DRY, "binder_wt_percent": True, "solvent": "TOL"},
             {**DRY, "note": "x" * 2_001}]  # fmt: skip
    with pytest.raises(InputError) as refused:
        predict_recipes(asked, released_pair, level=0.9)
    assert {(fault.row, fault.column) for fault in refused.value.faults} == {
        ("recipe 2", "id"), ("recipe 2", "binder"), ("recipe 3", "binder_wt_percent"), ("recipe 3", "solvent"),
        ("recipe 4", "note"),
    }  # fmt: skip


def test_process_columns_that_no_model_looks_at_are_named(released_pair: ModelPair) -> None:
    told = {**DRY, "pressing_pressure_mpa": 300, "drying_time_h": 12}
    answers = predict_recipes([DRY, told], released_pair, level=0.9)
    assert answers.ignored() == ["drying_time_h", "pressing_pressure_mpa"]
    assert answers.table["retention_percent"].nunique() == 1
    assert predict_recipes([DRY], released_pair, level=0.9).ignored() == []
    assert replace(answers, recipes=answers.recipes[:1]).ignored() == []
    assert [one["ignored"] for one in answers.plain()] == [[], answers.ignored()]
    salts = [{**DRY, "lithium_salt": salt} for salt in ("LiTFSI", "none")]
    assert [one["ignored"] for one in predict_recipes(salts, released_pair, level=0.9).plain()] == [
        ["lithium_salt"], []
    ]  # fmt: skip


def test_predict_reads_the_models_once_and_anew_for_another_champion(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store, folder = Path("store"), model_folder(tmp_path / "store", "mine")
    assert predict(store=store, **DRY)["model"] == "released"
    save_pair(released_pair, folder)
    crown(store, "mine", reason="mine")
    told = predict(store=store, **DRY)
    assert told["model"] == "mine"
    (folder / "retention.json").unlink()
    assert str(predict(store=tmp_path / "store", **DRY)) == str(told), "it is not read again"


@pytest.mark.parametrize(("content", "is_said"), [("2", True), ("1", False)])
def test_a_published_membrane_that_contradicts_its_own_interval_is_pointed_at(
    released_pair: ModelPair, content: str, *, is_said: bool
) -> None:
    recipe = {
        "sulfide": "LPSCl",
        "method": "slurry",
        "binder": "ethyl cellulose",
        "binder_wt_percent": content,
        "solvent": "toluene",
    }
    answers = predict_recipes([recipe], released_pair, level=0.5)
    (told,) = answers.plain()
    first = told["card"]["nearest"][0]
    assert first["contradicts"] is is_said
    assert (CONTRADICTS in neighbour_lines(first)) is is_said
    others = [recipe | {"solvent": "benzene"}, recipe | {"sulfide": "Li6PS5Br"}]  # as near, and not the same
    for other in predict_recipes(others, released_pair, level=0.5).plain():
        assert not other["card"]["nearest"][0]["contradicts"]
        assert other["measured"] == []
    wide = replace(answers, table=answers.table.assign(retention_high_percent=100.0))
    assert not wide.cards()[0]["nearest"][0]["contradicts"]


def test_answers_know_the_level_of_their_intervals_whatever_is_passed_again(released_pair: ModelPair) -> None:
    answers = predict_recipes([DRY], released_pair, level=0.8)
    assert (answers.level, answers.rows()[0]["level"]) == (0.8, 0.8)
    with pytest.warns(DeprecationWarning, match="version 0.3"):
        assert answers.plain(level=0.9) == answers.plain()


def test_the_first_line_is_of_the_very_recipe(released_pair: ModelPair) -> None:
    recipes = [DRY, DRY | {"binder": "PVP"}, DRY | {"binder_wt_percent": 5}]
    inside, outside, edge = predict_recipes(recipes, released_pair, level=0.9).rows()
    membrane = {"references": "51", "observed": 70.8, "paper": "C. Wang, ACS Energy Lett. 2021"}
    assert inside["measured"] == [membrane | {"is_in_interval": True, "claimed_otherwise": []}]
    assert (inside["domain"], inside["domain_codes"], inside["sulfide_family"]) == ("inside", [], "argyrodite")
    assert "binder-class-not-in-training" in outside["domain_codes"]
    assert (edge["domain_codes"], edge["measured"]) == (["content-far-from-known"], [])
    (reason,) = edge["domain_reasons"]
    assert {"column": "binder_wt_percent", "value": 5.0, "context": "PTFE", "status": "edge"}.items() <= reason.items()
    assert set(reason) == {"code", "column", "value", "known", "context", "among", "target", "status"}
    assert reason["known"] == sorted(reason["known"])
    assert inside["domain_reasons"] == []
    for row in (inside, outside, edge):
        first, *others = answer_text(row).values()
        assert first.startswith(DOMAINS[row["domain"]])
        beyond = ", but not for such a recipe" if row is outside else ""
        assert f"{meaning(RETENTION, Verdict.USEFUL)}{beyond}" in others
    assert "measured retention 70.8 % in [51] C. Wang" in recipe_text(inside)


def test_every_door_says_what_was_measured_of_the_very_recipe_and_whether_the_interval_holds_it(
    released_pair: ModelPair,
) -> None:
    """98.8 % was measured of ethyl cellulose from toluene: an interval of 90 % holds it, one of 50 % does not."""
    binder = {"binder": "ethyl cellulose", "binder_wt_percent": 2}
    coated = {"sulfide": "LPSCl", "method": "slurry", "solvent": "TOL"} | binder
    for level, is_held, word, text in ((0.9, True, "yes", "within"), (0.5, False, "no", "outside")):
        answers = predict_recipes([coated, DRY | {"binder_wt_percent": 0.7}], released_pair, level=level)
        first, never_made = answers.rows()
        assert [membrane["is_in_interval"] for membrane in first["measured"]] == [is_held, is_held]
        assert answers.table["interval_holds_measured"].tolist() == [[is_held, is_held], []]
        assert answers.table["measured_retention_percent"].tolist() == [[98.8, 98.8], []]
        assert recipe_text(first).endswith(f"; learnt from, and {text} the prediction interval")
        assert "interval" not in recipe_text(never_made)
        lines = list(csv.DictReader(io.StringIO(answers.to_csv())))
        assert [line["measured_retention_percent"] for line in lines] == ["98.8; 98.8", ""]
        assert [line["interval_holds_measured"] for line in lines] == [f"{word}; {word}", ""]


def test_own_membranes_of_the_very_recipe_are_named_only_where_they_are_shown(pair_with_own: ModelPair) -> None:
    recipe = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 7.77, "solvent": "TOL"}
    shown, hidden = (
        predict_recipes([recipe], pair_with_own, level=0.9, shows_own=shows).rows()[0]["measured"]
        for shows in (True, False)
    )
    assert [(membrane["references"], membrane["observed"]) for membrane in shown] == [("own:secret1", 33.3)]
    assert hidden == []


def test_reasons_as_values_tell_nothing_of_own_rows_where_they_are_not_shown(pair_with_own: ModelPair) -> None:
    recipe = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 3, "solvent": "TOL"}
    shown, hidden = (
        json.dumps(predict_recipes([recipe], pair_with_own, level=0.9, shows_own=shows).rows()[0]["domain_reasons"])
        for shows in (True, False)
    )
    assert [secret in shown for secret in ("7.77", "8.88", "9.99")] == [True] * 3
    assert [secret for secret in ("7.77", "8.88", "9.99") if secret in hidden] == []


def test_a_file_without_recipes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("sulfide,method\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        predict_file(tmp_path / "r.csv", store=tmp_path, level=0.9)
    assert [(fault.code, fault.file) for fault in refused.value.faults] == [("no-recipe", "r.csv")]


def test_an_answer_says_which_donor_number_it_uses_and_from_where(released_pair: ModelPair) -> None:
    wet = {"sulfide": "LPSCl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 2, "solvent": "xylene"}
    answers = predict_recipes([wet, DRY], released_pair, level=0.9)
    number, none = (row["donor_number"] for row in answers.rows())
    assert none is None
    assert (number["value_kcal_mol"], number["kind"], number["by_rule_kcal_mol"]) == (5.0, "convention", 0.1)
    assert number["uncertainty_kcal_mol"] == pytest.approx(4.9)
    in_csv, blank = (row["donor_number"] for row in csv.DictReader(io.StringIO(answers.to_csv())))
    assert in_csv.startswith("5 ± 4.9 kcal/mol (xylene), ")
    assert in_csv.endswith(number["source"])
    assert blank == ""
