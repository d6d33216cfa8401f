from dataclasses import replace

import numpy as np
import pytest

from spcse_ml.data.dataset import TrainingRows
from spcse_ml.data.literature import literature
from spcse_ml.evaluation.evaluate import evaluate_rows
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.evaluation.permutation import permuted, permuted_maes, with_permutation_test
from spcse_ml.evaluation.verdict import Verdict, verdict_of
from spcse_ml.models.estimators import ESTIMATORS
from spcse_ml.models.model import fit
from spcse_ml.schema import RETENTION

CHAMPION = "constrained_ridge"


@pytest.mark.thorough
def test_the_whole_nested_procedure_does_not_call_noise_useful(rows: TrainingRows) -> None:
    made = replace(rows, outcomes=permuted(rows, 1))
    assert verdict_of(evaluate_rows(made, RETENTION)) is not Verdict.USEFUL


def test_a_simulated_effect_is_found_with_the_right_sign() -> None:
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
