"""What an estimator says of rows that it was not fitted on."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from spcse_ml.learning.folds import Fold
from spcse_ml.literature.dataset import Trainable
from spcse_ml.literature.schema import Target

SMALLEST = 0.1
"""Least value ever predicted, in percent or um: below what any row reports, and what no membrane falls to."""


def predict_held_out(
    make: Callable[[], Pipeline], rows: Trainable, target: Target, folds: Iterable[Fold], worlds: np.ndarray
) -> np.ndarray:
    """Return a prediction for every row while it was held out, in each of several worlds; nan where no fold held it.

    A world is one vector of outcomes for the same recipes; `worlds` and the result have the shape (worlds, rows).
    Nothing before the last step of a pipeline looks at outcomes, so a fold's recipes are prepared once for all worlds.
    """
    values = np.full(worlds.shape, np.nan)
    for train, held in folds:
        pipeline = make()
        seen, unseen = rows.recipes.iloc[train], rows.recipes.iloc[held]
        known, asked = prepared(pipeline, seen, unseen)
        for world, outcomes in enumerate(worlds[:, train]):
            regressor = clone(pipeline[-1]).fit(known, outcomes)
            values[world, held] = _bounded(regressor.predict(asked), ceiling(target, outcomes))
    return values


def prepared(pipeline: Pipeline, seen: pd.DataFrame, unseen: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return recipes as the last step of a pipeline reads them; what the steps before it learn, they learn from `seen`.

    No step but the last looks at outcomes, so one preparation serves many of them.
    """
    if len(pipeline) == 1:
        return seen, unseen
    steps = pipeline[:-1]
    return steps.fit_transform(seen), steps.transform(unseen)


def point(pipeline: Pipeline, recipes: pd.DataFrame, ceiling_at: float | None) -> np.ndarray:
    """Return the predicted medians of a fitted pipeline, kept positive and at most the ceiling."""
    return _bounded(pipeline.predict(recipes), ceiling_at)


def ceiling(target: Target, outcomes: np.ndarray) -> float | None:
    """Return where predictions of a target are cut: at its ceiling, unless more than one training row exceeds that."""
    return None if target.ceiling is None or np.sum(outcomes > target.ceiling) > 1 else target.ceiling


def errors_by_paper(values: np.ndarray, rows: Trainable) -> pd.Series:
    """Return the mean absolute error of each paper, in the target's unit."""
    return pd.Series(np.abs(values - rows.outcomes)).groupby(rows.papers).mean()


def _bounded(values: np.ndarray, ceiling_at: float | None) -> np.ndarray:
    return np.asarray(np.clip(values, SMALLEST, ceiling_at), dtype=float)
