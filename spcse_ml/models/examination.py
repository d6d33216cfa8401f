"""What candidates say of rows while their papers are held out: predictions, and how difficult each recipe is.

An estimator is chosen by these predictions, and intervals are calibrated on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from spcse_ml.data.dataset import TrainingRows, is_own
from spcse_ml.models.applicability import Domain
from spcse_ml.models.conformal import PredictionRange
from spcse_ml.models.cross_validation import (
    Fold,
    ceiling,
    errors_by_paper,
    group_folds,
    hold_out,
    predict_held_out,
    predict_medians,
)
from spcse_ml.models.estimators import CONSTANTS, FillContents, is_complete
from spcse_ml.models.features import encode
from spcse_ml.models.lab_effect import Candidate, Process, maker
from spcse_ml.models.specification import WITH_PROCESS
from spcse_ml.models.weights import fit_to
from spcse_ml.schema import Target

INNER_FOLDS = 10

CONTENT_QUANTILES = (0.1, 0.9)
"""Between these shares of the training rows' contents an unknown content is taken to lie."""


@dataclass(frozen=True)
class CrossExamined:
    """Rows while their papers were in held-out folds: errors of the candidates, and what the best says."""

    candidate: Candidate
    """The one with the least error."""
    inner_scores: Mapping[str, float]
    """Mean absolute error by name of the candidate, in the target's unit."""
    rows: pd.DataFrame
    """What `examined` returns of every row."""


def cross_examined(training_rows: TrainingRows, target: Target, names: tuple[Candidate, ...]) -> CrossExamined:
    """Return the errors of the candidates on papers held out, and what the best of them says of every such row."""
    outcomes, papers = training_rows.outcomes, training_rows.papers
    if len(names) == 1 and str(names[0]) not in CONSTANTS:  # nothing to choose: each fold is fitted once
        rows = _cross_examined(training_rows, target, names[0])
        held_out = {names[0]: rows["predicted"].to_numpy()}
    else:
        held_out = {name: cross_predict(training_rows, target, name) for name in names}
        rows = None
    scores = {name: float(errors_by_paper(values, outcomes, papers).mean()) for name, values in held_out.items()}
    chosen = min(scores, key=lambda name: scores[name])
    if rows is None:
        rows = (
            _of_constant(held_out[chosen])
            if str(chosen) in CONSTANTS
            else _cross_examined(training_rows, target, chosen)
        )
    return CrossExamined(chosen, {str(name): score for name, score in scores.items()}, rows)


def cross_predict(training_rows: TrainingRows, target: Target, candidate: Candidate) -> np.ndarray:
    """Return the prediction of one estimator for every row while its paper was in a held-out fold."""
    folds = group_folds(training_rows.papers, INNER_FOLDS)
    return predict_held_out(maker(candidate, training_rows.recipes), training_rows, target, folds)


def prediction_ranges(
    pipeline: Pipeline, seen: pd.DataFrame, recipes: pd.DataFrame, ceiling_at: float | None
) -> tuple[np.ndarray, PredictionRange]:
    """Return the predictions of recipes, and between what they lie over what unknown contents may be."""
    is_known = is_complete(recipes).all()
    fills = [] if is_known else [FillContents(quantile).fit(seen) for quantile in CONTENT_QUANTILES]
    frames = [recipes, *(fill.transform(recipes) for fill in fills)]
    together = pd.concat(frames, ignore_index=True) if fills else recipes  # one call costs a third of three
    values = predict_medians(pipeline, together, ceiling_at).reshape(len(frames), -1)
    return values[0], PredictionRange(values.min(axis=0), values.max(axis=0))


def range_of(rows: pd.DataFrame) -> PredictionRange:
    """Return between what the predictions of rows lie, from what `examined` returned of them."""
    return PredictionRange(rows["low"].to_numpy(), rows["high"].to_numpy())


def examined(
    name: str, pipeline: Pipeline, seen: pd.DataFrame, recipes: pd.DataFrame, ceiling_at: float | None
) -> pd.DataFrame:
    """Return between what the predictions of recipes lie, with `domain`, `distance` and `difficulty` beside rows seen.

    Args:
        name: of the estimator.
        pipeline: the estimator, fitted to the rows seen.
        seen: recipes of those rows.
        recipes: n recipes in the same columns.
        ceiling_at: where predictions are cut, if anywhere.

    Returns:
        One row per recipe; `predicted` is in the target's unit, `low` and `high` are predictions over what unknown
        contents may be, not ends of an interval.
    """
    values, prediction_range = prediction_ranges(pipeline, seen, recipes, ceiling_at)
    placed = place_recipes(name, domain_of(name, seen), recipes, has_reasons=False)
    return placed.assign(predicted=values, low=prediction_range.low, high=prediction_range.high)


def _of_constant(held_out: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"predicted": held_out, "low": held_out, "high": held_out, "difficulty": 1.0})


def _cross_examined(training_rows: TrainingRows, target: Target, candidate: Candidate) -> pd.DataFrame:
    """Return what `examined` does of every row while its paper was in a held-out fold."""
    folds = group_folds(training_rows.papers, INNER_FOLDS)
    parts = [
        rows.set_index(held)
        for held, rows in hold_out(partial(_examined_fold, training_rows, target, candidate), folds)
    ]
    return pd.concat(parts).sort_index()


def _examined_fold(training_rows: TrainingRows, target: Target, candidate: Candidate, fold: Fold) -> pd.DataFrame:
    seen, unseen = training_rows.take(fold[0]), training_rows.recipes.iloc[fold[1]]
    pipeline = fit_to(maker(candidate, seen.recipes)(), seen)
    return examined(str(candidate), pipeline, seen.recipes, unseen, ceiling(target, seen.outcomes))


def process_of(name: str, recipes: pd.DataFrame) -> Process:
    """Return the process columns that an estimator of this name learns from, of the own rows among recipes."""
    return Process.of(recipes[is_own(recipes)]) if name.endswith(WITH_PROCESS) else Process()


def domain_of(name: str, seen: pd.DataFrame) -> Domain:
    """Return the applicability domain of the rows seen, with the process where the estimator learns from it."""
    process = list(process_of(name, seen).names)
    return Domain(encode(seen), seen.loc[is_own(seen), process] if process else pd.DataFrame())


def place_recipes(name: str, domain: Domain, recipes: pd.DataFrame, *, has_reasons: bool) -> pd.DataFrame:
    """Return what the domain of the rows seen says of recipes; a constant is no less right far from the rows."""
    process = list(domain.process)
    own = recipes.loc[is_own(recipes), process] if process else None
    placed = domain.place(encode(recipes), own, has_reasons=has_reasons)
    return placed.assign(difficulty=1.0) if name in CONSTANTS else placed
