import json
from dataclasses import replace

from spcse_ml.drawing.card import model_card
from spcse_ml.judging.answer import ModelPair
from spcse_ml.workflows.study import summary


def test_a_summary_is_plain_json_and_what_was_not_worked_out_is_null(released_pair: ModelPair) -> None:
    for judged in released_pair.by_target.values():
        told = json.loads(json.dumps(summary(judged.evaluation, judged.verdict), allow_nan=False))
        assert told["verdict"] == judged.verdict.value
        assert {"mean", "nearest_neighbour", "content_line", "random_forest", "xgboost"} == set(told["baselines"])
    thickness = summary(released_pair.thickness.evaluation, released_pair.thickness.verdict)
    assert (thickness["spearman"], thickness["p_of_chance"]) == (None, None)


def test_a_card_speaks_of_shuffles_only_where_some_were_dealt(released_pair: ModelPair) -> None:
    judged = released_pair.retention
    assert "p = 0.012 (80 shuffles)" in model_card(judged)
    bare = replace(judged, evaluation=replace(judged.evaluation, shuffled=()))
    assert "Shuffled" not in model_card(bare)
