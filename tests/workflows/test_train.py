import json
from dataclasses import replace
from pathlib import Path

import pytest

from spcse_ml.data.literature import literature
from spcse_ml.errors import StoreError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.reports.model_card import model_card
from spcse_ml.schema import RETENTION
from spcse_ml.storage.champion import crown_first, model_folder
from spcse_ml.storage.model_files import save_pair
from spcse_ml.to_json import finite
from spcse_ml.workflows import train
from spcse_ml.workflows.train import EvaluatedTarget, answering_evaluation, evaluate_target, summary
from tests.refusals import refused


def test_a_summary_is_plain_json_and_what_was_not_worked_out_is_null(released_pair: ModelPair) -> None:
    for judged in released_pair.by_target.values():
        found = EvaluatedTarget(judged.evaluation, judged.verdict)
        told = json.loads(json.dumps(summary(found), allow_nan=False))
        assert told["verdict"] == judged.verdict.value
        assert {"mean", "nearest_neighbour", "content_line", "random_forest", "xgboost"} == set(told["baselines"])
        assert {"mean", "median", "nearest_neighbour", "content_line"} == set(told["checks"])
        assert {"mean", "low", "high", "n"} == set(told["gain_over_random_forest"])
        assert {"hits", "n", "mean_width", "winkler", "level", "range"} == set(told["coverage"]["0.9"])
        assert sum(group["n"] for group in told["by_method"]) == told["n_rows"]
    thickness = summary(EvaluatedTarget(released_pair.thickness.evaluation, released_pair.thickness.verdict))
    assert [thickness[name] for name in ("spearman", "p_of_chance", "robustness", "scrutiny")] == [None] * 4


def test_the_shipped_study_stands_in_json_also_under_the_keys_of_before(tmp_path: Path) -> None:
    models, targets = answering_evaluation(tmp_path)
    assert models == "released"
    for evaluated in targets.values():
        plain = json.loads(json.dumps(finite(summary(evaluated)), allow_nan=False))
        assert plain["robustness"]["laboratories"]["verdict"] == evaluated.verdict.value
        assert plain["scrutiny"]["ladder"] == plain["robustness"]["split_difficulty"]
        assert plain["scrutiny"]["shuffled"] == plain["robustness"]["permuted_maes"]


def test_of_models_without_a_study_of_their_own_none_is_shown(tmp_path: Path, pair_with_own: ModelPair) -> None:
    save_pair(pair_with_own, model_folder(tmp_path, pair_with_own.name))
    crown_first(tmp_path, pair_with_own.name, reason="test")
    with refused("no-study", kind=StoreError) as error:
        answering_evaluation(tmp_path, ["retention"])
    assert error.value.values == {"model": "with-own", "target": "retention"}


def test_a_training_on_the_literature_is_judged_by_the_permutations_of_the_shipped_study(
    released_pair: ModelPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = replace(released_pair.retention.evaluation, permuted_maes=())
    monkeypatch.setattr(train, "evaluate", lambda *_, **__: bare)
    evaluated = evaluate_target(literature(), RETENTION)
    assert evaluated.evaluation.permuted_maes == released_pair.retention.evaluation.permuted_maes
    assert evaluated.study is not None


def test_a_card_speaks_of_shuffles_only_where_some_were_dealt(released_pair: ModelPair) -> None:
    judged = released_pair.retention
    assert "permutation test: p = 0.005" in model_card(judged)
    bare = replace(judged, evaluation=replace(judged.evaluation, permuted_maes=()))
    assert "permutation" not in model_card(bare)


def test_the_headings_of_a_card_are_of_the_level_that_a_page_has_room_for(released_pair: ModelPair) -> None:
    headings = [line for line in model_card(released_pair.retention, heading_level=5).splitlines() if line[:1] == "#"]
    assert [heading.split(" ")[0] for heading in headings] == ["#####", "######", "######"]
