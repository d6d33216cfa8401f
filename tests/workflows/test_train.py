import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.dataset import Dataset
from spcse_ml.data.literature import literature
from spcse_ml.errors import StoreError
from spcse_ml.evaluation.evaluate import predict_fold
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.lab.records import add_records
from spcse_ml.models.cross_validation import evaluation_folds
from spcse_ml.models.specification import specified
from spcse_ml.reports.model_card import model_card
from spcse_ml.schema import RETENTION
from spcse_ml.storage.champion import answering_pair, crown_first, model_folder
from spcse_ml.storage.experiment import experiment_of, read_experiment
from spcse_ml.storage.files import claimed
from spcse_ml.storage.model_files import save_pair
from spcse_ml.storage.runs import runs
from spcse_ml.to_json import finite
from spcse_ml.workflows import evaluate
from spcse_ml.workflows.compare import promote
from spcse_ml.workflows.evaluate import EvaluatedTarget, answering_evaluation, evaluate_target, summary
from spcse_ml.workflows.train import Training, train_experiment, train_on, with_lab_rows
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
    monkeypatch.setattr(evaluate, "evaluate", lambda *_, **__: bare)
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


OWN = {"estimator": "ridge", "parameters": {"alpha": 2.0}, "features": "chemistry", "target": "retention"}


def held_out(training: Training) -> str:
    return (training.folder / "retention_held_out.csv").read_text(encoding="utf-8")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


def test_an_experiment_is_repeated_to_the_digit_from_the_file_that_it_leaves(here: Path, few_papers: Dataset) -> None:
    store = here / "store"
    first = train_on(store, few_papers, experiment=experiment_of(name="first", tags={"who": "me"}, **OWN))  # type: ignore[arg-type]
    assert not first.is_champion, "whoever tries something out keeps the released models as they are"
    assert first.folder == store / "experiments" / "first", "models of one target cannot answer"
    read = read_experiment(first.folder / "experiment.toml", name="second")
    assert (read.fingerprint, read.tags) == (few_papers.fingerprint, {"who": "me"})
    second = train_on(store, few_papers, experiment=read)
    assert held_out(second) == held_out(first)
    assert second.looks["retention"].n == 1, "the same procedure again is no other look"
    assert second.before == "released"
    assert second.gains["retention"].n == 10
    assert "procedures scored on these 10 papers or batches: 1" in (second.folder / "retention.md").read_text("utf-8")
    assert "procedures scored on these 10 papers or batches: 1" in (second.folder / "report.html").read_text("utf-8")
    with refused("run-name-taken", kind=StoreError):
        train_on(store, few_papers, experiment=read)
    with refused("run-of-one-target", kind=StoreError):
        promote(store, "first", reason="best")
    with refused("run-of-one-target", kind=StoreError):
        _ = first.pair
    with refused("other-rows"):
        train_experiment(store, replace(read, name="fourth"))


@pytest.mark.integration
def test_the_model_of_an_experiment_answers_once_it_is_promoted_and_says_the_same_when_it_is_read(
    here: Path, few_papers: Dataset
) -> None:
    parameters = {"max_depth": 2, "n_estimators": 20}
    asked = experiment_of(name="trees", estimator="filled_xgboost", parameters=parameters, features="card+chemistry")
    training = train_on(here / "store", few_papers, experiment=asked)
    assert not training.is_champion
    promote(here / "store", "trees", reason="a trial")
    answering = answering_pair(here / "store")
    for name, evaluated in training.by_target.items():
        read = answering.by_target[name].model
        assert read.specification == evaluated.model.specification
        np.testing.assert_allclose(
            read.predict_medians(read.training_rows.recipes),
            evaluated.model.predict_medians(evaluated.model.training_rows.recipes),
        )


@pytest.mark.integration
def test_an_estimator_of_ones_own_code_is_tracked_and_leaves_no_model_file(here: Path, few_papers: Dataset) -> None:
    asked = experiment_of(name="mine", estimator="sklearn.neighbors:KNeighborsRegressor", target="retention")
    training = train_on(here / "store", few_papers, experiment=asked)
    assert held_out(training)
    assert not list(training.folder.glob("*.json"))
    assert "sklearn.neighbors:KNeighborsRegressor" in (training.folder / "experiment.toml").read_text("utf-8")


@pytest.mark.parametrize(
    "options",
    [
        {"estimator": "ridge", "parameters": {"alpha": -1.0}},
        {"estimator": "filled_xgboost", "parameters": {"max_depth": "deep"}},
        {"estimator": "sklearn.linear_model:LogisticRegression"},
    ],
)
def test_what_the_estimator_itself_refuses_is_told_before_any_work_and_nothing_is_kept(
    here: Path, few_papers: Dataset, options: dict[str, object]
) -> None:
    with refused("estimator-fails"):
        train_on(here / "store", few_papers, experiment=experiment_of(**options))  # type: ignore[arg-type]
    assert not list((here / "store").glob("models/*"))
    assert not (here / "store" / "mlflow.db").exists()


def test_an_estimator_that_fails_or_changes_its_outcomes_harms_nobody_else(
    here: Path, few_papers: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "harmful_regressors.py").write_text(
        "from sklearn.linear_model import Ridge\n"
        "class Spoils(Ridge):\n"
        "    def fit(self, X, y, sample_weight=None):\n"
        "        super().fit(X, y, sample_weight)\n"
        "        y -= y.mean()\n"
        "        return self\n"
        "class Leaves(Ridge):\n"
        "    def fit(self, X, y, sample_weight=None):\n"
        "        raise SystemExit(0)\n"
    )
    monkeypatch.setattr(sys, "path", [*sys.path])
    rows = few_papers.training_rows(RETENTION)
    fold, before = evaluation_folds(rows.papers)[0], rows.outcomes.copy()
    honest, spoilt = (
        predict_fold(rows, RETENTION, (specified(name, features="chemistry"),), fold)
        for name in ("sklearn.linear_model:Ridge", "harmful_regressors:Spoils")
    )
    np.testing.assert_array_equal(rows.outcomes, before)
    pd.testing.assert_frame_equal(honest.drop(columns="estimator"), spoilt.drop(columns="estimator"))
    with refused("estimator-fails"):
        train_on(here / "store", few_papers, experiment=experiment_of(estimator="harmful_regressors:Leaves"))


def test_what_an_estimator_refuses_only_in_a_small_fold_is_told_before_any_work(
    here: Path, few_papers: Dataset
) -> None:
    n_rows = len(few_papers.training_rows(RETENTION).places)
    asked = experiment_of(
        estimator="sklearn.neighbors:KNeighborsRegressor", parameters={"n_neighbors": n_rows}, target="retention"
    )
    with refused("estimator-fails"):
        train_on(here / "store", few_papers, experiment=asked)


def test_a_name_that_another_training_is_about_to_keep_is_refused(here: Path, few_papers: Dataset) -> None:
    with claimed(here / "store" / "models", "mine"), refused("run-name-claimed", kind=StoreError):
        train_on(here / "store", few_papers, experiment=experiment_of(name="mine", **OWN))  # type: ignore[arg-type]


@pytest.mark.thorough
def test_own_rows_are_judged_by_the_estimator_of_the_experiment(here: Path, few_papers: Dataset) -> None:
    rows = {
        "sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "solvent": "toluene",
        "binder_wt_percent": [str(1 + number) for number in range(8)],
        "retention_percent": [str(40 - 3 * number) for number in range(8)],
        "batch": [f"B{number}" for number in range(8)],
    }  # fmt: skip
    add_records(here / "lab.csv", pd.DataFrame(rows, dtype=object))
    dataset = with_lab_rows(few_papers, here / "lab.csv")
    training = train_on(here / "store", dataset, experiment=experiment_of(name="lab", data=here / "lab.csv", **OWN))  # type: ignore[arg-type]
    own = training.by_target["retention"].own
    assert own is not None
    assert own.n_batches == 8
    listed = runs(here / "store").iloc[0]
    assert listed["own_rows"] == "8"
    assert 'data = "../../../lab.csv"' in (training.folder / "experiment.toml").read_text("utf-8")
