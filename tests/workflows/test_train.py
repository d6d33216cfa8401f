import json
from dataclasses import replace

from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.reports.model_card import model_card
from spcse_ml.workflows.train import EvaluatedTarget, summary


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
    assert (thickness["spearman"], thickness["p_of_chance"], thickness["scrutiny"]) == (None, None, None)


def test_a_card_speaks_of_shuffles_only_where_some_were_dealt(released_pair: ModelPair) -> None:
    judged = released_pair.retention
    assert "permutation test: p = 0.005" in model_card(judged)
    bare = replace(judged, evaluation=replace(judged.evaluation, permuted_maes=()))
    assert "permutation" not in model_card(bare)


def test_the_headings_of_a_card_are_of_the_level_that_a_page_has_room_for(released_pair: ModelPair) -> None:
    headings = [line for line in model_card(released_pair.retention, heading_level=5).splitlines() if line[:1] == "#"]
    assert [heading.split(" ")[0] for heading in headings] == ["#####", "######", "######"]
