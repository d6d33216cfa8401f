import numpy as np
import pytest

from benchmarks.robustness.split_difficulty import SPLITS, groups, learning_curve, split_difficulty
from spcse_ml.data.dataset import TrainingRows
from spcse_ml.models.cross_validation import group_folds
from spcse_ml.models.weights import row_weights
from spcse_ml.schema import RETENTION


def test_each_split_holds_out_larger_wholes(rows: TrainingRows) -> None:
    sizes = [len(set(groups(rows, split))) for split in SPLITS]
    assert sizes == [30, 29, 28, 22, 5, 3]
    for smaller, larger in (("recipe", "paper"), ("paper", "laboratory")):
        inner, outer = groups(rows, smaller), groups(rows, larger)
        assert all(len(set(outer[inner == label])) == 1 for label in set(inner))


def test_the_error_of_the_mean_is_what_the_mean_of_the_other_folds_errs_by(rows: TrainingRows) -> None:
    found = split_difficulty(rows, RETENTION, "method", ("mean",))
    assert (found.n_groups, found.n_folds) == (3, 3)
    methods, total = groups(rows, "method"), 0.0
    for method in set(methods):
        held = methods == method
        mean = np.average(rows.outcomes[~held], weights=row_weights(rows.take(np.flatnonzero(~held))))
        total += np.abs(rows.outcomes[held] - mean).sum()
    assert found.mae["mean"] == pytest.approx(total / len(methods))
    assert found.skill("mean") == 0


def test_another_seed_deals_other_folds_of_the_same_groups(rows: TrainingRows) -> None:
    one, other = ([held.tolist() for _, held in group_folds(rows.papers, 5, seed=seed)] for seed in (0, 1))
    assert one != other
    for folds in (one, other):
        assert sorted(row for held in folds for row in held) == list(range(30))


def test_a_learning_curve_learns_from_as_many_papers_as_it_says_and_more_help(rows: TrainingRows) -> None:
    few, many = (learning_curve(rows, RETENTION, n, ("mean", "constrained_ridge")) for n in (8, 24))
    assert (few.n_groups, many.n_groups) == (8, 24)
    assert few.mae["constrained_ridge"] > many.mae["constrained_ridge"]
    assert few.mae["mean"] > few.mae["constrained_ridge"]
