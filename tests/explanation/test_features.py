import numpy as np
import pytest

from spcse_ml.data.dataset import Dataset
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.explanation.features import explain_features
from spcse_ml.models.lab_effect import LabEffect
from spcse_ml.models.model import learn
from spcse_ml.models.specification import Specification, specified
from spcse_ml.reports.plots.explanation import features_figure
from spcse_ml.schema import RETENTION

SMALL = {"n_estimators": 10}


@pytest.mark.parametrize(
    "of",
    [
        specified("xgboost", parameters=SMALL),
        specified("filled_random_forest", parameters=SMALL),
        specified("extra_trees", parameters=SMALL, features="card+chemistry"),
        specified("filled_xgboost", parameters=SMALL, n_tuned=2, search={"max_depth": [1, 2]}),
    ],
    ids=str,
)
def test_contributions_of_features_add_up_to_what_the_trees_predict(few_papers: Dataset, of: Specification) -> None:
    model = learn(few_papers.training_rows(RETENTION), RETENTION, (of,))
    explained = explain_features(model)
    assert explained is not None
    total = explained.base_value + explained.contributions.sum(axis=1)
    np.testing.assert_allclose(total, model.pipeline.predict(model.training_rows.recipes), rtol=1e-4)
    assert explained.features.shape == explained.contributions.shape
    assert "binder_wt_percent" in explained.features
    assert features_figure(explained, RETENTION).axes


def test_the_features_of_own_rows_are_those_of_the_trees_without_the_lab_factor(pair_with_own: ModelPair) -> None:
    own = pair_with_own.retention.model.training_rows
    model = learn(own, RETENTION, (specified("filled_xgboost", parameters=SMALL),))
    explained = explain_features(model)
    assert explained is not None
    assert isinstance(model.pipeline[-1], LabEffect)
    total = explained.base_value + explained.contributions.sum(axis=1)
    np.testing.assert_allclose(total, model.pipeline[-1].base_.predict(own.recipes), rtol=1e-4)


@pytest.mark.parametrize("parameters", [{"booster": "gblinear"}, {"objective": "reg:gamma"}])
def test_what_is_no_sum_of_trees_has_none(few_papers: Dataset, parameters: dict[str, str]) -> None:
    of = specified("filled_xgboost", parameters={**SMALL, **parameters})
    assert explain_features(learn(few_papers.training_rows(RETENTION), RETENTION, (of,))) is None


def test_a_model_that_is_not_of_trees_has_none(few_papers: Dataset) -> None:
    for name in ("ridge", "median", "svr"):
        assert explain_features(learn(few_papers.training_rows(RETENTION), RETENTION, (specified(name),))) is None
