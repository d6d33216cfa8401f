"""An explanation as JSON holds what JSON knows."""

import json

from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.workflows.explain import explained_recipe
from spcse_ml.workflows.predict import predict_recipes

ENDLESS = {"sulfide": "LPSCl", "method": "slurry", "binder": "HNBR", "binder_wt_percent": "30", "solvent": "DMF",
           "sigma_p_ms_cm": "3", "planned_thickness_um": "40"}  # fmt: skip


def test_an_areal_resistance_without_upper_end_is_none_as_in_predict(released_pair: ModelPair) -> None:
    answers = predict_recipes([ENDLESS], released_pair, level=0.9)
    assert answers.table["areal_resistance_high_ohm_cm2"][0] == float("inf"), "or choose another recipe for this test"
    told = explained_recipe(answers).plain()
    assert told["areal_resistance_high_ohm_cm2"] is None
    assert told["areal_resistance_ohm_cm2"] == answers.plain()[0]["areal_resistance_ohm_cm2"]
    assert json.loads(json.dumps(told, allow_nan=False)) == told
