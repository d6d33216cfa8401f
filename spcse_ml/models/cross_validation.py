"""Folds of whole papers, predictions of rows that an estimator was not fitted on, and papers drawn anew."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut
from sklearn.pipeline import Pipeline

from spcse_ml.data.dataset import TrainingRows
from spcse_ml.models.weights import fit_parameters, row_weights
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.schema import Target

Fold = tuple[np.ndarray, np.ndarray]
"""Row numbers to train on and row numbers held out."""


def leave_one_out(groups: np.ndarray) -> Iterator[Fold]:
    """Yield a fold for every group, all its rows held out together.

    >>> [held.tolist() for _, held in leave_one_out(np.array(["a", "b", "b"]))]
    [[0], [1, 2]]
    """
    yield from LeaveOneGroupOut().split(groups, groups=groups)


def group_folds(groups: np.ndarray, n_folds: int, *, seed: int | None = None) -> Iterator[Fold]:
    """Yield folds of whole groups, at most one fold per group; dealt at random with a seed, else always the same."""
    n_folds = min(n_folds, len(np.unique(groups)))
    yield from GroupKFold(n_folds, shuffle=seed is not None, random_state=seed).split(groups, groups=groups)


MOST_LEFT_OUT, N_FOLDS = 60, 20
"""Up to so many papers each is held out by itself; of more, folds of whole papers are, so many of them."""


def evaluation_folds(papers: np.ndarray) -> list[Fold]:
    """Return the folds by which a procedure is evaluated.

    Everything is learnt anew in each, so one for each of hundreds of papers would take hours; with twenty folds a model
    learns from 95 % of the papers, which is what one paper of twenty leaves.

    >>> len(evaluation_folds(np.arange(60))), len(evaluation_folds(np.arange(61)))
    (60, 20)
    """
    is_small = len(np.unique(papers)) <= MOST_LEFT_OUT
    return list(leave_one_out(papers) if is_small else group_folds(papers, N_FOLDS))


FoldResult = TypeVar("FoldResult")
Column = np.ndarray | pd.Series

SMALLEST = 0.1
"""Least value ever predicted, in percent or um: below what any row reports, and what no membrane falls to."""


def hold_out(
    ask: Callable[[Fold], FoldResult], folds: Iterable[Fold], *, workers: Workers = ALONE, what: str = "held out"
) -> Iterator[tuple[np.ndarray, FoldResult]]:
    """Yield the rows that each fold holds out, and what `ask` says of them once it has learnt from the others."""
    folds = list(folds)
    yield from zip((held for _, held in folds), workers.each(ask, folds, what), strict=True)


def predict_held_out(
    make: Callable[[], Pipeline], rows: TrainingRows, target: Target, folds: Iterable[Fold]
) -> np.ndarray:
    """Return a prediction for every row while it was held out; nan where no fold held it."""
    return np.asarray(predict_outcome_sets(make, rows, target, folds, rows.outcomes[None])[0])


def predict_outcome_sets(
    make: Callable[[], Pipeline], rows: TrainingRows, target: Target, folds: Iterable[Fold], outcome_sets: np.ndarray
) -> np.ndarray:
    """Return what `predict_held_out` does, for each of several sets of outcomes.

    A set is one vector of outcomes for the same recipes; `outcome_sets` and the result have the shape (sets, rows).
    Nothing before the last step of a pipeline looks at outcomes, so a fold's recipes are prepared once for all sets.
    """
    values = np.full(outcome_sets.shape, np.nan)
    for held, predicted in hold_out(partial(_predicted, make, rows, target, outcome_sets), folds):
        values[:, held] = predicted
    return values


def _predicted(
    make: Callable[[], Pipeline], rows: TrainingRows, target: Target, outcome_sets: np.ndarray, fold: Fold
) -> list[np.ndarray]:
    train, held = fold
    pipeline = make()
    known, unseen = prepared(pipeline, rows.recipes.iloc[train], rows.recipes.iloc[held])
    seen = rows.take(train)
    weights = fit_parameters(pipeline[-1], row_weights(seen), seen.papers)
    return [
        _bounded(clone(pipeline[-1]).fit(known, outcomes.copy(), **weights).predict(unseen), ceiling(target, outcomes))
        for outcomes in outcome_sets[:, train]
    ]


def prepared(pipeline: Pipeline, seen: pd.DataFrame, unseen: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return recipes as the last step of a pipeline reads them; what the steps before it learn, they learn from `seen`.

    No step but the last looks at outcomes, so one preparation serves many of them.
    """
    if len(pipeline) == 1:
        return seen, unseen
    steps = pipeline[:-1]
    return steps.fit_transform(seen), steps.transform(unseen)


def predict_medians(pipeline: Pipeline, recipes: pd.DataFrame, ceiling_at: float | None) -> np.ndarray:
    """Return the predicted medians of a fitted pipeline, kept positive and at most the ceiling."""
    return _bounded(pipeline.predict(recipes), ceiling_at)


def ceiling(target: Target, outcomes: np.ndarray) -> float | None:
    """Return where predictions of a target are cut: at its ceiling, unless more than one training row exceeds that."""
    return None if target.ceiling is None or np.sum(outcomes > target.ceiling) > 1 else target.ceiling


def errors_by_paper(values: Column, outcomes: Column, papers: Column) -> pd.Series:
    """Return the mean absolute error of each paper, in the target's unit."""
    return pd.Series(np.abs(values - outcomes)).groupby(papers).mean()


def _bounded(values: np.ndarray, ceiling_at: float | None) -> np.ndarray:
    if not np.isfinite(values).all():
        msg = "a prediction that is not finite"
        raise ValueError(msg)
    return np.asarray(np.clip(values, SMALLEST, ceiling_at), dtype=float)


Result = TypeVar("Result")

CHUNK = 20
"""Draws that one worker takes at a time."""


def resample_papers(papers: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Return the numbers of rows of papers drawn with replacement, as many papers as there are."""
    labels = papers.astype(str)
    names = np.unique(labels)
    drawn = chance.choice(names, len(names))
    return np.array([row for paper in drawn for row in np.flatnonzero(labels == paper)], dtype=int)


def chunks(total: int) -> list[range]:
    """Return the numbers below a total in runs of at most `CHUNK`.

    >>> [len(run) for run in chunks(50)]
    [20, 20, 10]
    """
    return [range(start, min(start + CHUNK, total)) for start in range(0, total, CHUNK)]


def run_draws(
    draw: Callable[[range], Iterable[Result]], total: int, *, workers: Workers = ALONE, what: str
) -> list[Result]:
    """Return what `draw` gives for each number below a total; a number is a seed, so whoever draws changes nothing."""
    return [value for values in workers.each(draw, chunks(total), what) for value in values]
