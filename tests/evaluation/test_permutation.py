"""Trials of truth: noise is not called useful, a planted signal is. A sample here, the full count when thorough."""

from dataclasses import replace

import numpy as np
import pytest

from spcse_ml.data.dataset import TrainingRows, literature
from spcse_ml.evaluation.evaluate import evaluate_rows
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.evaluation.permutation import permuted, permuted_maes, simulated, verdicts, with_permutation_test
from spcse_ml.evaluation.verdict import Verdict, verdict_of
from spcse_ml.models.estimators import ESTIMATORS
from spcse_ml.models.model import fit
from spcse_ml.schema import RETENTION

CHAMPION = "constrained_ridge"


def n_useful_on_noise(rows: TrainingRows, seeds: range) -> int:
    worlds = np.array([permuted(rows, 5_000 + seed) for seed in seeds])
    return verdicts(rows, RETENTION, CHAMPION, worlds).count(Verdict.USEFUL)


def n_useful_on_planted(rows: TrainingRows, seeds: range) -> int:
    worlds = np.array([simulated(rows, RETENTION, CHAMPION, 5_000 + seed) for seed in seeds])
    return verdicts(rows, RETENTION, CHAMPION, worlds).count(Verdict.USEFUL)


@pytest.mark.integration
def test_pure_noise_is_not_called_useful(rows: TrainingRows) -> None:
    assert n_useful_on_noise(rows, range(12)) <= 2


@pytest.mark.thorough
def test_the_whole_nested_procedure_does_not_call_noise_useful(rows: TrainingRows) -> None:
    made = replace(rows, outcomes=permuted(rows, 1))
    assert verdict_of(evaluate_rows(made, RETENTION)) is not Verdict.USEFUL


@pytest.mark.integration
def test_a_planted_signal_is_mostly_called_useful(rows: TrainingRows) -> None:
    assert n_useful_on_planted(rows, range(6)) >= 3


@pytest.mark.thorough
def test_noise_is_called_useful_in_at_most_15_of_200_data_sets(rows: TrainingRows) -> None:
    assert n_useful_on_noise(rows, range(200)) <= 15


@pytest.mark.thorough
def test_a_planted_signal_is_called_useful_in_at_least_75_of_100_data_sets(rows: TrainingRows) -> None:
    """80 is wanted; 75 allows for the luck of 100 data sets."""
    assert n_useful_on_planted(rows, range(100)) >= 75


def test_a_planted_signal_is_as_wide_as_the_real_outcomes_and_follows_the_fit(rows: TrainingRows) -> None:
    made = np.array([simulated(rows, RETENTION, CHAMPION, seed) for seed in range(30)])
    assert np.sqrt(made).std(axis=1).mean() == pytest.approx(np.sqrt(rows.outcomes).std(), rel=0.1)
    fitted = ESTIMATORS[CHAMPION]().fit(rows.recipes, rows.outcomes).predict(rows.recipes)
    assert np.corrcoef(made.mean(axis=0), fitted)[0, 1] > 0.95
    assert ((made > 0) & (made <= 100)).all()


def test_a_planted_effect_is_found_with_the_right_sign() -> None:
    """Retention that falls with the attack of the solvent, and with nothing else, is predicted to fall with it."""
    data = literature()
    rows = data.training_rows(RETENTION)
    wet = rows.recipes["solvent"].isin(["acetonitrile", "ethanol", "ethyl acetate"]).to_numpy()
    noise = np.random.default_rng(0).normal(0, 3, len(wet))
    pipeline = ESTIMATORS["ridge"]().fit(rows.recipes, np.where(wet, 15.0, 70.0) + noise)  # signs free
    asked = rows.recipes.iloc[[0, 0]].reset_index(drop=True).assign(solvent=["toluene", "acetonitrile"])
    mild, harsh = pipeline.predict(asked)
    assert mild > 1.5 * harsh
    assert fit(data, RETENTION).estimator == CHAMPION


def test_shuffling_deals_whole_papers(rows: TrainingRows) -> None:
    dealt = permuted(rows, 3)
    assert not np.array_equal(dealt, rows.outcomes)
    assert set(dealt) <= set(rows.outcomes)
    both = dealt[rows.papers == "41+42"]
    assert any(set(both) <= set(rows.outcomes[rows.papers == paper]) for paper in set(rows.papers))


@pytest.mark.integration
def test_shuffles_in_chunks_are_the_shuffles_one_by_one(rows: TrainingRows, released_pair: ModelPair) -> None:
    evaluation = with_permutation_test(released_pair.retention.evaluation, rows, 22)  # two chunks
    alone = {seed: permuted_maes(rows, RETENTION, CHAMPION, [seed])[0] for seed in (0, 19, 20, 21)}
    assert {seed: evaluation.permuted_maes[seed] for seed in alone} == alone
    assert len(evaluation.permuted_maes) == 22


def test_shuffled_outcomes_are_not_predicted_as_well_as_the_real_ones(released_pair: ModelPair) -> None:
    evaluation = released_pair.retention.evaluation
    assert len(evaluation.permuted_maes) >= 40
    assert evaluation.p_value <= 0.025
    assert min(evaluation.permuted_maes) > evaluation.scores["chosen"].mae
