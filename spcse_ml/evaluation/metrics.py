"""What held-out predictions amount to: errors by paper, gains over a rival, coverage and Winkler scores of intervals.

Each paper counts once, however many rows it has; what differs by chance is told by resampling papers.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from scipy.stats import t as student_t

from spcse_ml.models.applicability import EDGE, INSIDE, OUTSIDE
from spcse_ml.models.conformal import LEVEL
from spcse_ml.models.cross_validation import errors_by_paper
from spcse_ml.models.estimators import CONSTANTS
from spcse_ml.schema import Method

FEWEST_GROUPS, FEW_GROUPS = 5, 15
"""Of fewer papers or batches than the first nothing is said; below the second, intervals are Student's."""

FEWEST_FOR_ERROR = 10
"""Of fewer papers no error of a part of the rows is told."""

CHOSEN = "chosen"
"""Name under which the nested procedure itself stands beside the single estimators."""

PLAIN = "mean"
"""The guess whose error skill is counted from, and whose interval is the one to beat."""


@dataclass(frozen=True)
class Scores:
    """Errors on papers never seen, in the target's unit; each paper counts once."""

    mae: float
    rmse: float
    skill: float
    """1 - MAE / MAE of the mean of the same training rows."""
    spearman: float
    """Rank correlation over rows; nan for a constant, anti-correlated by construction."""


@dataclass(frozen=True)
class Gain:
    """How much less the first errs than the second, in the target's unit, with its 95 % interval over papers."""

    mean: float
    low: float
    high: float
    n: int = FEWEST_GROUPS
    """How many papers or batches stand behind it."""

    @property
    def finding(self) -> str:
        """Return `better`, `worse` or `cannot tell`; of fewer than five papers or batches nothing is said."""
        if self.n < FEWEST_GROUPS:
            return "cannot tell"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "cannot tell"


@dataclass(frozen=True)
class Coverage:
    """How many held-out rows fell inside their interval, its mean width and Winkler score in the target's unit."""

    level: float
    hits: int
    n: int
    mean_width: float
    winkler: float

    @cached_property
    def range(self) -> tuple[float, float]:
        """Return between which coverages the true one lies, at 95 %, as fractions (Clopper and Pearson 1934)."""
        interval = binomtest(self.hits, self.n).proportion_ci()
        return float(interval.low), float(interval.high)


def scores_of(predictions: pd.DataFrame, name: str, baseline_mae: float) -> Scores:
    """Return the scores of one estimator, its skill counted from the error of the mean."""
    errors = predictions[name] - predictions["observed"]
    mae = float(paper_errors(predictions, name).mean())
    rmse = float(np.sqrt((errors**2).groupby(predictions["paper"]).mean().mean()))
    estimators = set(predictions["estimator"]) if name == CHOSEN else {name}
    is_constant = estimators <= set(CONSTANTS) or np.ptp(predictions[name]) == 0 or np.ptp(predictions["observed"]) == 0
    rank = np.nan if is_constant else float(predictions[name].corr(predictions["observed"], method="spearman"))
    return Scores(mae, rmse, 1 - mae / baseline_mae, rank)


def paper_errors(predictions: pd.DataFrame, name: str) -> pd.Series:
    """Return the mean absolute error of one estimator by paper, in the target's unit."""
    return errors_by_paper(predictions[name], predictions["observed"], predictions["paper"])


def paired_gain(predictions: pd.DataFrame, baseline: str, name: str) -> Gain:
    """Return how much less `name` errs than `baseline` on the same papers, papers resampled for the interval."""
    return resampled_mean(paper_errors(predictions, baseline) - paper_errors(predictions, name))


def winkler_gain(predictions: pd.DataFrame) -> Gain:
    """Return how much lower the Winkler score is than that of an interval of the same level around the mean."""
    papers = predictions["paper"]
    plain = _winkler(predictions, f"{PLAIN}_low", f"{PLAIN}_high").groupby(papers).mean()
    return resampled_mean(plain - _winkler(predictions).groupby(papers).mean())


def resampled_mean(gains: pd.Series, *, n_resamples: int = 4000) -> Gain:
    """Return the mean of one gain per paper with its 95 % interval, papers resampled.

    Of fewer than fifteen papers it is Student's t interval: resampling so few makes intervals too narrow.
    """
    values = gains.to_numpy()
    if len(values) < FEW_GROUPS:
        spread = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.inf
        half = float(student_t.ppf(0.975, max(len(values) - 1, 1)) * spread)
        return Gain(float(values.mean()), float(values.mean()) - half, float(values.mean()) + half, len(values))
    draws = np.random.default_rng(0).integers(len(values), size=(n_resamples, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975])
    return Gain(float(values.mean()), float(low), float(high), len(values))


@dataclass(frozen=True)
class GroupRecord:
    """How the held-out rows of one kind fared: their mean error by paper in the target's unit, and their intervals."""

    group: str
    mae: float | None
    """None below `FEWEST_FOR_ERROR` papers: 7 points of five rows, four of them alike, was printed and believed."""
    coverage: Coverage
    n_papers: int


def by_domain(predictions: pd.DataFrame) -> list[GroupRecord]:
    """Return how held-out rows fared inside, on the edge of and outside what the other papers cover."""
    return _grouped(predictions, "domain", (INSIDE, EDGE, OUTSIDE))


def by_method(predictions: pd.DataFrame) -> list[GroupRecord]:
    """Return how held-out rows fared by the method that made them."""
    return _grouped(predictions, "method", tuple(Method))


def _grouped(predictions: pd.DataFrame, column: str, order: tuple[str, ...]) -> list[GroupRecord]:
    groups = [(str(name), predictions[predictions[column] == name]) for name in order]
    return [_record(name, rows) for name, rows in groups if len(rows)]


def _record(name: str, rows: pd.DataFrame) -> GroupRecord:
    errors = paper_errors(rows, CHOSEN)
    mae = float(errors.mean()) if len(errors) >= FEWEST_FOR_ERROR else None
    return GroupRecord(name, mae, coverage(rows), len(errors))


def winkler(observed: np.ndarray, low: np.ndarray, high: np.ndarray, level: float) -> np.ndarray:
    """Return width plus 2 / (1 - level) times the miss (Winkler 1972, DOI 10.1080/01621459.1972.10481224).

    >>> winkler(np.array([5.0]), np.array([0.0]), np.array([4.0]), 0.9).round(6).tolist()
    [24.0]
    """
    miss = np.maximum(low - observed, 0) + np.maximum(observed - high, 0)
    return np.asarray((high - low) + 2 / (1 - level) * miss)


def coverage(predictions: pd.DataFrame) -> Coverage:
    """Return how the intervals fared."""
    low, high = predictions["low"], predictions["high"]
    hits, scores = int(predictions["observed"].between(low, high).sum()), _winkler(predictions)
    return Coverage(LEVEL, hits, len(predictions), float((high - low).mean()), float(scores.mean()))


def _winkler(predictions: pd.DataFrame, low: str = "low", high: str = "high") -> pd.Series:
    observed, least, most = (predictions[name].to_numpy(dtype=float) for name in ("observed", low, high))
    return pd.Series(winkler(observed, least, most, LEVEL), index=predictions.index)
