"""Made-up outcomes on the real recipes, and the verdicts that they get: silent on noise, not where there is a signal?

Trials use one fixed estimator (no choice, no intervals), so that hundreds of data sets take minutes.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from spcse_ml.data.dataset import TrainingRows
from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.metrics import CHOSEN
from spcse_ml.evaluation.permutation import N_PERMUTATIONS, with_permutation_test
from spcse_ml.evaluation.verdict import COMPARED, Verdict, verdict_of
from spcse_ml.models.cross_validation import SMALLEST, ceiling, leave_one_out, predict_medians, predict_outcome_sets
from spcse_ml.models.estimators import CONSTANTS, ESTIMATORS
from spcse_ml.models.weights import fit_to
from spcse_ml.schema import Target


def simulated(rows: TrainingRows, target: Target, name: str, seed: int) -> np.ndarray:
    """Return outcomes that an estimator fitted to the real ones would give, with errors like the real ones.

    Both are taken on the scale of square roots. The fit is stretched to undo its shrinkage (a line through the real
    outcomes against it), so that signal and error add up to the real spread; errors are given to papers at random
    with replacement.
    """
    limit = ceiling(target, rows.outcomes)
    centre = np.sqrt(predict_medians(fit_to(ESTIMATORS[name](), rows), rows.recipes, limit))
    centre = np.polyval(np.polyfit(centre, np.sqrt(rows.outcomes), 1), centre)
    made = np.maximum(centre + reassigned(rows, np.sqrt(rows.outcomes) - centre, seed), SMALLEST**0.5) ** 2
    return np.asarray(np.minimum(made, target.ceiling or np.inf))


def reassigned(rows: TrainingRows, errors: np.ndarray, seed: int) -> np.ndarray:
    """Return an error for every row: the mean error of some paper, drawn with replacement for each paper."""
    means = pd.Series(errors).groupby(rows.papers).mean()
    drawn = dict(zip(means.index, np.random.default_rng(seed).choice(means.to_numpy(), len(means)), strict=True))
    return np.array([drawn[paper] for paper in rows.papers])


def verdicts(rows: TrainingRows, target: Target, name: str, outcome_sets: np.ndarray) -> list[Verdict]:
    """Return the verdict that each set of outcomes earns, shape (sets, rows), with the estimator fixed."""
    conclusions = []
    for outcomes, evaluation in zip(
        outcome_sets, evaluations(rows, target, ESTIMATORS[name], outcome_sets, name=name), strict=True
    ):
        looked = evaluation
        if verdict_of(evaluation) is Verdict.USEFUL:  # only this verdict can still be lost
            looked = with_permutation_test(evaluation, replace(rows, outcomes=outcomes), N_PERMUTATIONS)
        conclusions.append(verdict_of(looked))
    return conclusions


def evaluations(
    rows: TrainingRows, target: Target, make: Callable[[], Pipeline], outcome_sets: np.ndarray, *, name: str = ""
) -> list[Evaluation]:
    """Return the evaluation of one pipeline beside constants and plain rules on each set of outcomes, no intervals."""
    folds = list(leave_one_out(rows.papers))
    makers = {CHOSEN: make, **{baseline: ESTIMATORS[baseline] for baseline in (*CONSTANTS, *COMPARED)}}
    predictions = {key: predict_outcome_sets(maker, rows, target, folds, outcome_sets) for key, maker in makers.items()}
    return [
        _unadorned(
            replace(rows, outcomes=outcomes), target, name, {key: values[number] for key, values in predictions.items()}
        )
        for number, outcomes in enumerate(outcome_sets)
    ]


def _unadorned(rows: TrainingRows, target: Target, name: str, predictions: dict[str, np.ndarray]) -> Evaluation:
    rest = {"paper": rows.papers, "observed": rows.outcomes, "estimator": name, "is_complete": True}
    return Evaluation(
        target, pd.DataFrame({**rest, **predictions, "low": 0.0, "high": np.inf}, index=list(rows.places))
    )
