"""Outcomes dealt out to other papers at random: is what a procedure predicts more than chance?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import OWN, TrainingRows
from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.models.cross_validation import errors_by_paper, evaluation_folds, predict_outcome_sets, run_draws
from spcse_ml.models.lab_effect import Candidate, maker
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
    return reassigned(rows.outcomes, rows.papers, assigned)


def reassigned(outcomes: np.ndarray, groups: np.ndarray, assigned: Mapping[Any, Any]) -> np.ndarray:
    """Return for each row an outcome of the group that is assigned to its own, which is begun anew where it ends.

    >>> reassigned(np.array([1, 2, 3]), np.array(["a", "b", "b"]), {"a": "b", "b": "a"}).tolist()
    [2, 1, 1]
    """
    own = {group: outcomes[groups == group] for group in assigned}
    turns = pd.Series(groups).groupby(groups).cumcount()
    return np.array([np.take(own[assigned[group]], i, mode="wrap") for group, i in zip(groups, turns, strict=True)])


def permuted_maes(
    rows: TrainingRows, target: Target, name: Candidate, seeds: Sequence[int], *, places: Sequence[str] | None = None
) -> list[float]:
    """Return the error of one estimator, every paper held out in turn, for each way of shuffling the outcomes.

    With places, the error is that of those rows alone.
    """
    outcome_sets = np.array([permuted(rows, seed) for seed in seeds])
    values = predict_outcome_sets(maker(name, rows.recipes), rows, target, evaluation_folds(rows.papers), outcome_sets)
    scored = np.flatnonzero(np.isin(rows.places, rows.places if places is None else places))
    pairs, papers = zip(values[:, scored], outcome_sets[:, scored], strict=True), rows.papers[scored]
    return [float(errors_by_paper(predicted, outcomes, papers).mean()) for predicted, outcomes in pairs]


def with_permutation_test(
    evaluation: Evaluation,
    rows: TrainingRows,
    n_shuffles: int,
    *,
    among: Sequence[Candidate] = (),
    workers: Workers = ALONE,
) -> Evaluation:
    """Return the evaluation with the errors of its most chosen estimator on outcomes dealt out anew, so many times.

    `among` are the candidates of the evaluation, where they are more than names.
    """
    most_chosen = {str(candidate): candidate for candidate in among}.get(evaluation.estimator, evaluation.estimator)
    places, what = tuple(evaluation.predictions.index), f"{evaluation.target.name}: outcomes shuffled"
    draw = partial(permuted_maes, rows, evaluation.target, most_chosen, places=places)
    return replace(evaluation, permuted_maes=tuple(run_draws(draw, n_shuffles, workers=workers, what=what)))
