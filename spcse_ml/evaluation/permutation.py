"""Made-up outcomes on the real recipes: does the verdict stay silent on noise, and speak where there is something?

Trials use one fixed estimator (no choice, no intervals), so that hundreds of data sets take minutes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from spcse_ml.data.dataset import OWN, TrainingRows
from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.metrics import CHOSEN
from spcse_ml.evaluation.verdict import COMPARED, Verdict, verdict_of
from spcse_ml.models.cross_validation import (
    SMALLEST,
    ceiling,
    errors_by_paper,
    leave_one_out,
    predict_medians,
    predict_outcome_sets,
    run_draws,
)
from spcse_ml.models.estimators import CONSTANTS, ESTIMATORS
from spcse_ml.models.lab_effect import maker
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.schema import Target

N_PERMUTATIONS = 40
"""How many times outcomes are shuffled where a verdict hangs on it: enough to tell p below 0.025."""


def permuted(rows: TrainingRows, seed: int) -> np.ndarray:
    """Return the outcomes of whole papers dealt out to other papers at random, one per row; own batches likewise."""
    rng, papers = np.random.default_rng(seed), list(dict.fromkeys(rows.papers))
    published, batches = ([paper for paper in papers if (paper[: len(OWN)] == OWN) == own] for own in (False, True))
    assigned = {
        paper: other
        for kind in (published, batches)  # own batches among themselves: the lab's offset is no skill
        for paper, other in zip(kind, rng.permutation(np.array(kind, dtype=object)), strict=True)
    }
    own = {paper: rows.outcomes[rows.papers == paper] for paper in papers}
    turn = pd.Series(rows.papers).groupby(rows.papers).cumcount()
    return np.array(
        [own[assigned[paper]][i % len(own[assigned[paper]])] for paper, i in zip(rows.papers, turn, strict=True)]
    )


def simulated(rows: TrainingRows, target: Target, name: str, seed: int) -> np.ndarray:
    """Return outcomes that an estimator fitted to the real ones would give, with errors like the real ones.

    Both are taken on the scale of square roots. The fit is stretched to undo its shrinkage (a line through the real
    outcomes against it), so that signal and error add up to the real spread; errors are dealt out to papers at random
    with replacement.
    """
    limit = ceiling(target, rows.outcomes)
    centre = np.sqrt(predict_medians(ESTIMATORS[name]().fit(rows.recipes, rows.outcomes), rows.recipes, limit))
    centre = np.polyval(np.polyfit(centre, np.sqrt(rows.outcomes), 1), centre)
    made = np.maximum(centre + reassigned(rows, np.sqrt(rows.outcomes) - centre, seed), SMALLEST**0.5) ** 2
    return np.asarray(np.minimum(made, target.ceiling or np.inf))


def reassigned(rows: TrainingRows, errors: np.ndarray, seed: int) -> np.ndarray:
    """Return an error for every row: the mean error of some paper, drawn with replacement for each paper."""
    means = pd.Series(errors).groupby(rows.papers).mean()
    drawn = dict(zip(means.index, np.random.default_rng(seed).choice(means.to_numpy(), len(means)), strict=True))
    return np.array([drawn[paper] for paper in rows.papers])


def permuted_maes(
    rows: TrainingRows, target: Target, name: str, seeds: Sequence[int], *, places: Sequence[str] | None = None
) -> list[float]:
    """Return the error of one estimator, every paper held out in turn, for each way of shuffling the outcomes.

    With places, the error is that of those rows alone.
    """
    outcome_sets = np.array([permuted(rows, seed) for seed in seeds])
    values = predict_outcome_sets(maker(name, rows.recipes), rows, target, leave_one_out(rows.papers), outcome_sets)
    scored = np.flatnonzero(np.isin(rows.places, rows.places if places is None else places))
    pairs, papers = zip(values[:, scored], outcome_sets[:, scored], strict=True), rows.papers[scored]
    return [float(errors_by_paper(predicted, outcomes, papers).mean()) for predicted, outcomes in pairs]


def with_permutation_test(
    evaluation: Evaluation, rows: TrainingRows, n_shuffles: int, *, workers: Workers = ALONE
) -> Evaluation:
    """Return the evaluation with the errors of its most chosen estimator on outcomes dealt out anew, so many times."""
    places, what = tuple(evaluation.predictions.index), f"{evaluation.target.name}: outcomes shuffled"
    draw = partial(permuted_maes, rows, evaluation.target, evaluation.estimator, places=places)
    return replace(evaluation, permuted_maes=tuple(run_draws(draw, n_shuffles, workers=workers, what=what)))


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
