import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsRegressor

from spcse_ml.data.dataset import TrainingRows
from spcse_ml.errors import InputError
from spcse_ml.models.estimators import ESTIMATORS, READ_BLANKS, FillContents
from spcse_ml.models.feature_sets import FEATURE_SETS, FEATURES
from spcse_ml.models.features import TERMS
from spcse_ml.models.specification import SEARCHES, Specification, specified
from spcse_ml.models.tuning import Tuned
from spcse_ml.models.weights import fit_to
from tests.refusals import refused

WITH_FEATURES = [name for name in ESTIMATORS if name in {*SEARCHES} - {"constrained_ridge", "monotone_xgboost"}]


def predictions(of: Specification, rows: TrainingRows) -> np.ndarray:
    return np.asarray(fit_to(of.make(), rows).predict(rows.recipes))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_without_options_is_the_one_of_its_name(name: str, rows: TrainingRows) -> None:
    plain = fit_to(ESTIMATORS[name](), rows).predict(rows.recipes)
    np.testing.assert_array_equal(predictions(specified(name), rows), plain)


@pytest.mark.parametrize("name", [name for name in WITH_FEATURES if name not in {"ridge", "gaussian_process", "svr"}])
def test_the_card_named_as_features_is_the_card_of_the_estimator(name: str, rows: TrainingRows) -> None:
    np.testing.assert_allclose(predictions(specified(name, features="card"), rows), predictions(specified(name), rows))


@pytest.mark.parametrize("name", ["ridge", "gaussian_process", "svr"])
def test_the_chemistry_named_as_features_is_the_terms_of_the_estimator(name: str, rows: TrainingRows) -> None:
    found = predictions(specified(name, features="chemistry"), rows)
    np.testing.assert_allclose(found, predictions(specified(name), rows), rtol=1e-9)


@pytest.mark.parametrize("name", WITH_FEATURES)
@pytest.mark.parametrize("features", [*FEATURE_SETS, "binder", "binder_class,polymer_wt_percent,is_wet"])
def test_an_estimator_reads_the_features_that_were_chosen_and_no_others(
    name: str, features: str, rows: TrainingRows
) -> None:
    of = specified(name, features=features, parameters={} if name != "extra_trees" else {"n_estimators": 10})
    pipeline = fit_to(of.make(), rows)
    if "binder" in of.features or "is_wet" in of.features:
        assert pipeline.predict(rows.recipes).shape == rows.outcomes.shape
    if features == "binder":
        others = rows.recipes.assign(binder_wt_percent=50.0, method="slurry coating", solvent="water")
        np.testing.assert_array_equal(pipeline.predict(others), pipeline.predict(rows.recipes))


@pytest.mark.parametrize("name", ["filled_xgboost", "filled_random_forest", "extra_trees", "svr"])
@pytest.mark.parametrize("features", [None, "card+chemistry"])
def test_whether_a_content_is_blank_cannot_be_read_off_a_filled_one(
    name: str, features: str | None, rows: TrainingRows
) -> None:
    of = specified(name, features=features)
    pipeline, filled = fit_to(of.make(), rows), FillContents().fit(rows.recipes).transform(rows.recipes)
    np.testing.assert_array_equal(pipeline.predict(rows.recipes), pipeline.predict(filled))


@pytest.mark.parametrize("name", READ_BLANKS)
def test_an_estimator_that_is_said_to_read_blanks_does(name: str, rows: TrainingRows) -> None:
    pipeline = fit_to(specified(name).make(), rows)
    filled = FillContents().fit(rows.recipes).transform(rows.recipes)
    assert not np.allclose(pipeline.predict(rows.recipes), pipeline.predict(filled))


def test_parameters_are_those_of_scikit_learn_by_the_short_name_or_the_whole_one(rows: TrainingRows) -> None:
    made = specified("ridge", parameters={"alpha": 7.0, "contents__quantile": 0.3}).make()
    assert (made["regress"].regressor.alpha, made["contents"].quantile) == (7.0, 0.3)
    assert specified("filled_xgboost", parameters={"max_depth": "none"}).make()["regress"].max_depth is None
    weak, strong = (predictions(specified("ridge", parameters={"alpha": alpha}), rows) for alpha in (0.1, 1e6))
    assert np.ptp(strong) < 1 < np.ptp(weak)


def test_the_seed_is_that_of_everything_random(rows: TrainingRows) -> None:
    first, again, other = (
        predictions(specified("extra_trees", parameters={"max_depth": 3}, seed=seed), rows) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({"estimator": "xgbost"}, ["unknown-estimator"]),
        ({"estimator": "ridge", "parameters": {"alfa": 1}}, ["unknown-parameter"]),
        ({"estimator": "ridge", "parameters": {"regress": 1}}, ["unknown-parameter"]),
        ({"estimator": "ridge", "parameters": {"steps": 1}}, ["unknown-parameter"]),
        ({"estimator": "ridge", "parameters": {"alpha": [1]}}, ["not-a-plain-value"]),
        ({"estimator": "ridge", "parameters": {"alpha": float("nan")}}, ["not-a-plain-value"]),
        ({"estimator": "ridge", "features": "card,colour"}, ["unknown-feature", "unknown-feature"]),
        ({"estimator": "ridge", "features": ""}, ["unknown-feature"]),
        ({"estimator": "ridge", "features": []}, ["unknown-feature"]),
        ({"estimator": "median", "features": "card"}, ["features-are-fixed"]),
        ({"estimator": "constrained_ridge", "features": "is_wet"}, ["feature-without-sign"]),
        ({"estimator": "ridge", "seed": -1}, ["out-of-bounds"]),
        ({"estimator": "ridge", "seed": 1.5}, ["not-a-whole-number"]),
        ({"estimator": "ridge", "seed": True}, ["not-a-whole-number"]),
        ({"estimator": "extra_trees", "parameters": {"n_estimators": 10**6}}, ["out-of-bounds"]),
        ({"estimator": "ridge", "parameters": {"alpha": 1.0, "regress__regressor__alpha": 2.0}}, 2 * ["given-twice"]),
        ({"estimator": "ridge", "n_tuned": 2, "search": {"alpha": 3.0}}, ["not-a-list"]),
        ({"estimator": "filled_xgboost", "n_tuned": 2, "search": {"regress__max_depth": [1]}}, ["unknown-parameter"]),
        ({"estimator": "ridge", "parameters": {"alpha": np.array([1, 2])}}, ["not-a-plain-value"]),
        ({"estimator": "builtins:exit"}, ["no-such-object"]),
        ({"estimator": "ridge", "n_tuned": -1}, ["out-of-bounds"]),
        ({"estimator": "median", "n_tuned": 5}, ["nothing-to-tune"]),
        ({"estimator": "ridge", "search": {"alpha": [1.0]}}, ["search-without-tuning"]),
        ({"estimator": "ridge", "n_tuned": 2, "search": {"alfa": [1.0]}}, ["unknown-parameter"]),
        ({"estimator": "ridge", "n_tuned": 2, "search": {"alpha": []}}, ["missing"]),
        ({"estimator": "nowhere.at.all:thing"}, ["no-such-object"]),
        ({"estimator": "pathlib:Path"}, ["no-such-object"]),
        ({"estimator": "sklearn.preprocessing:StandardScaler"}, ["no-such-object"]),
    ],
)
def test_what_is_not_known_is_refused(options: dict[str, object], codes: list[str]) -> None:
    with refused(*codes, kind=InputError):
        specified(**options)  # type: ignore[arg-type]


def test_a_regressor_of_ones_own_may_lie_in_the_folder_of_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: TrainingRows
) -> None:
    (tmp_path / "my_own_regressors.py").write_text(
        "from sklearn.neighbors import KNeighborsRegressor\n"
        "class Nearest(KNeighborsRegressor):\n"
        "    def __init__(self, n_neighbors=1):\n"
        "        super().__init__(n_neighbors)\n"
        "def three():\n"
        "    return Nearest(3)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    found = {name: predictions(specified(f"my_own_regressors:{name}"), rows) for name in ("Nearest", "three")}
    np.testing.assert_allclose(found["Nearest"][0], rows.outcomes[0])
    assert not np.allclose(found["three"], found["Nearest"])
    of = specified("my_own_regressors:Nearest", parameters={"n_neighbors": 3}, features="chemistry")
    assert of.is_of_user
    assert fit_to(of.make(), rows)["regress"].n_features_in_ == len(TERMS)


def test_every_feature_can_be_chosen_alone(rows: TrainingRows) -> None:
    for name in FEATURES:
        assert predictions(specified("ridge", features=name), rows).shape == rows.outcomes.shape


def test_tuning_holds_out_whole_papers() -> None:
    chance = np.random.default_rng(0)
    places = np.repeat(chance.uniform(size=30), 2)
    papers = np.repeat(np.arange(30), 2)
    outcomes = places + np.repeat(chance.normal(scale=2.0, size=30), 2)  # both rows of a paper err alike
    search = {"n_neighbors": [1, 20]}
    frame = pd.DataFrame({"place": places})
    by_paper = Tuned(KNeighborsRegressor(), search, 2).fit(frame, outcomes, groups=papers)
    by_row = Tuned(KNeighborsRegressor(), search, 2).fit(frame, outcomes)
    assert by_paper.search_.best_params_ == {"n_neighbors": 20}
    assert by_row.search_.best_params_ == {"n_neighbors": 1}, "a row of the same paper tells the other's outcome"


def test_papers_reach_the_tuning_inside_a_pipeline(rows: TrainingRows) -> None:
    of = specified("ridge", n_tuned=3)
    fitted = fit_to(of.make(), rows)
    folds = fitted["regress"].search_.cv
    assert folds.get_n_splits() == 5
    tried = fitted["regress"].search_.cv_results_["params"]
    assert len(tried) == 3
    assert {tuple(setting) for setting in tried} == {("regressor__alpha",)}


def test_a_search_of_ones_own_is_what_is_tried(rows: TrainingRows) -> None:
    of = specified("filled_xgboost", n_tuned=9, search={"max_depth": [1, 2]}, parameters={"n_estimators": 5})
    search = fit_to(of.make(), rows)["regress"].search_
    assert sorted(setting["max_depth"] for setting in search.cv_results_["params"]) == [1, 2], "there are no more"
    assert search.best_estimator_.n_estimators == 5
