"""Intervals calibrated on papers that the model had not seen.

Errors are measured on the square root of the outcome: between additive (what high retentions show) and multiplicative
(what low ones show), and never below zero when taken back. They are counted in units of the difficulty of the recipe,
so an interval is wider where the recipe is far from the rows. No recipe counts as less difficult than the median of the
papers that calibrated: once a row is learnt its recipe is near, and the next laboratory that makes it is predicted
hardly better (docs/decisions/0012-intervals-that-hold-where-they-are-used.md). Where a content is unknown, a prediction
is a stretch between two values, and the error is how far the outcome lies beyond it. Each paper gives one score, the
largest of its rows; the quantile is the conformal one over papers (Vovk et al., DOI 10.1007/978-3-031-06649-8), on
errors of cross-validation by paper.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from spcse_ml.errors import Fault, InputError
from spcse_ml.former_names import formerly_named
from spcse_ml.models.cross_validation import ceiling
from spcse_ml.schema import Target

ROUNDING = 1e-9
"""An interval that is stretched to hold a value is stretched by so much more, lest rounding leave the value out."""

LEVEL = 0.9
"""Level of intervals, unless another is asked for."""


class PredictionRange(NamedTuple):
    """Between what the predictions of recipes lie, one number each, equal where every content is known."""

    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Calibration:
    """One score per paper: the largest error of its rows in units of difficulty, on the scale of square roots."""

    scores: tuple[float, ...]
    ceiling: float | None
    """Upper ends are cut here; None where nothing limits the outcome."""
    difficulties: tuple[float, ...] = ()
    """Of the same papers, the largest of their rows while they were held out."""

    @property
    def least_difficulty(self) -> float:
        """Return the median difficulty of the papers, below which that of no recipe counts; 0 without any."""
        return float(np.median(self.difficulties)) if self.difficulties else 0.0

    def in_force(self, difficulty: np.ndarray) -> np.ndarray:
        """Return the difficulties that count for recipes.

        Args:
            difficulty: as `applicability.Domain.place` tells it, shape (n,).

        Returns:
            The same, nowhere below `least_difficulty`, shape (n,).

        >>> Calibration((1.0, 2.0, 3.0), None, (0.3, 0.5, 0.9)).in_force(np.array([0.25, 0.7]))
        array([0.5, 0.7])
        """
        return np.asarray(np.maximum(difficulty, self.least_difficulty))

    @property
    def n_papers(self) -> int:
        """Return how many papers stand behind the intervals."""
        return len(self.scores)

    @property
    def highest_level(self) -> float:
        """Return the highest level that this number of papers supports, k / (k + 1)."""
        return self.n_papers / (self.n_papers + 1)

    def quantile(self, level: float) -> float:
        """Return the conformal quantile of the scores.

        Args:
            level: level of an interval, a fraction.

        Returns:
            The half-width of an interval, in units of difficulty, on the scale of the calibration.

        Raises:
            InputError: the level is not between 0 and 1, or above k / (k + 1) for k papers.

        >>> Calibration((0.1, 0.2, 0.3), None).quantile(0.5)
        0.2
        """
        if not 0 < level <= self.highest_level:
            raise InputError([self._level_fault(level)])
        rank = math.ceil(round(level * (self.n_papers + 1), 9))
        return sorted(self.scores)[max(rank, 1) - 1]

    @formerly_named(reach="prediction_range")
    def bounds(
        self, prediction_range: PredictionRange, difficulty: np.ndarray, level: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and upper ends around predictions, in the unit of the target.

        Args:
            prediction_range: values and limits of n predictions.
            difficulty: of each prediction, shape (n,).
            level: level of the intervals, a fraction.

        Returns:
            Lower and upper ends, each of shape (n,).

        Raises:
            InputError: as in `quantile`.
        """
        half = self.quantile(level) * difficulty
        low = np.maximum(np.sqrt(prediction_range.low) - half, 0) ** 2
        high = (np.sqrt(prediction_range.high) + half) ** 2
        return low, high if self.ceiling is None else np.minimum(high, self.ceiling)

    def chance_above(self, value: np.ndarray, difficulty: np.ndarray, threshold: float) -> np.ndarray:
        """Return the chance that the outcome of each recipe lies above a threshold in the unit of the target.

        This is the conformal predictive distribution (Vovk et al., DOI 10.1007/s10994-018-5755-8) of the scores, made
        symmetric: they tell how far an outcome lies from its prediction and not on which side, so both sides are taken
        to be alike on the scale of square roots. Between scores the chance runs straight, which no tie disturbs. It is
        1/2 at the prediction and (1 - level) / 2 beyond the end of an interval that is not cut, and never nearer to 0
        or 1 than the papers allow: k of them give at least 1 / (2 k + 2). A score is the largest error of a paper, so
        chances are rather too near to 1/2.

        Args:
            value: predictions, shape (n,).
            difficulty: of each, shape (n,).
            threshold: in the unit of the target.

        Returns:
            Chances between 0 and 1, shape (n,).

        >>> calibration = Calibration((1.0, 2.0, 3.0), None)
        >>> calibration.chance_above(np.array([25.0, 36.0, 49.0]), np.ones(3), 36.0)
        array([0.375, 0.5  , 0.625])
        """
        apart = (np.sqrt(threshold) - np.sqrt(value)) / difficulty
        ranks = np.arange(1, self.n_papers + 1)
        scores = np.sort(self.scores)
        is_apart = scores > 0
        farther = np.interp(
            np.abs(apart), [0.0, *scores[is_apart]], [1.0, *(1 - ranks / (self.n_papers + 1))[is_apart]]
        )
        return np.asarray(np.where(apart > 0, farther, 2 - farther) / 2)

    def errors_at(self, ranks: np.ndarray) -> np.ndarray:
        """Return the errors, in units of difficulty, of these ranks from 0 to 1; either sign is as likely.

        Args:
            ranks: between 0 and 1, of any shape.

        Returns:
            Errors in the shape of the ranks.

        >>> Calibration((1.0, 3.0), None).errors_at(np.array([0.0, 0.5, 1.0]))
        array([-3.,  0.,  3.])
        """
        errors = np.sort(np.r_[np.negative(self.scores), self.scores])
        return np.asarray(np.interp(ranks, np.linspace(0, 1, len(errors)), errors))

    def difficulty_to_hold(self, prediction_range: PredictionRange, outcomes: np.ndarray) -> np.ndarray:
        """Return the difficulties at which intervals of `LEVEL` just reach outcomes, 0 where predictions do.

        Intervals without a width, of scores that are all 0, reach no further at any difficulty: 0 too.

        Args:
            prediction_range: values and limits of n predictions.
            outcomes: in the unit of the target, shape (n,).

        Returns:
            Difficulties, shape (n,).
        """
        beyond, half = _beyond(prediction_range, outcomes), self.quantile(LEVEL)
        return beyond * (1 + ROUNDING) / half if half else np.zeros_like(beyond)

    def _level_fault(self, level: float) -> Fault:
        return Fault(
            "level-in-percent" if 1 < level < 100 else "level-not-supported",  # noqa: PLR2004 - percent
            column="level",
            given=f"{level:g}",
            allowed=f"a fraction above 0 and at most {math.floor(1000 * self.highest_level) / 1000:.3f}",
            values={"n_papers": self.n_papers, "fraction": level / 100},
        )


def calibrate(
    *,
    prediction_range: PredictionRange,
    outcomes: np.ndarray,
    difficulty: np.ndarray,
    papers: np.ndarray,
    target: Target,
) -> Calibration:
    """Return the calibration from predictions of papers that were held out."""
    beyond = _beyond(prediction_range, outcomes)
    by_paper = pd.DataFrame({"score": beyond / difficulty, "difficulty": difficulty}).groupby(papers).max()
    scores, difficulties = (tuple(by_paper[name].tolist()) for name in ("score", "difficulty"))
    return Calibration(scores, ceiling(target, outcomes), difficulties)


def _beyond(prediction_range: PredictionRange, outcomes: np.ndarray) -> np.ndarray:
    """Return how far outcomes lie beyond predictions on the scale of square roots, 0 where they do not."""
    low, high = (np.sqrt(end) for end in prediction_range)
    return np.asarray(np.maximum(np.maximum(low - np.sqrt(outcomes), np.sqrt(outcomes) - high), 0))
