"""Rows of one's own laboratory beside the literature's: the laboratory's offset, and the process where rows tell it.

On the logarithm of the outcome, log y = base(recipe) + offset + process, where offset and process belong to own rows
alone. Laboratories differ on like recipes, so the offset keeps the lab's habits out of what is learnt of recipes; the
process is what the literature's tables do not print. Both are robust: the offset is a median, and no own row is farther
from it than three robust standard deviations for whatever is learnt besides.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import median_abs_deviation
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline

from spcse_ml.data.dataset import OWN_BATCH, is_own
from spcse_ml.models.cross_validation import SMALLEST
from spcse_ml.models.estimators import ESTIMATORS, candidates
from spcse_ml.models.former_estimators import FORMER_ESTIMATORS
from spcse_ml.models.specification import WITH_PROCESS, Specification
from spcse_ml.models.weights import fit_weighted
from spcse_ml.schema import PROCESS_COLUMNS, Formulation, Target, columns

PRIOR_BATCHES = 1.0
"""An offset counts as if so many batches without any had been seen: one batch moves it by half of what it shows.
That holds where laboratories differ as much as batches of one do; a choice, not a measurement."""

ENOUGH_ROWS, ENOUGH_BATCHES, ENOUGH_VALUES = 8, 5, 3
"""A process column is learnt from once so many own rows, batches and different values tell it."""

FARTHEST = 3.0
"""An own residual farther from the offset counts as if it were so many robust standard deviations away: a slip of a
decimal point moves nothing much, and a value that is merely unusual counts in full. A choice."""

STRENGTH = 3.0
"""Penalty on the standardised process columns, that of the ridge on recipes."""


class LabEffect(RegressorMixin, BaseEstimator):
    """A pipeline for recipes, its outcome multiplied for own rows by the lab's factor and by what the process does."""

    def __init__(self, base: Pipeline, *, has_process: bool = False) -> None:
        """Take any unfitted pipeline whose last step alone looks at outcomes."""
        self.base = base
        self.has_process = has_process

    def fit(
        self,
        recipes: pd.DataFrame,
        outcomes: np.ndarray,
        sample_weight: np.ndarray | None = None,
        groups: np.ndarray | None = None,
    ) -> "LabEffect":
        """Learn offset and process from what a fit to the published rows leaves, then the base from all rows.

        The base sees own rows as the literature would have made them. Without published rows there is no offset.
        """
        own, logs = is_own(recipes), np.log(outcomes)
        published = ~own if not own.all() else own
        weights = np.ones(len(outcomes)) if sample_weight is None else sample_weight
        papers = np.arange(len(outcomes)) if groups is None else groups
        first = fit_weighted(
            clone(self.base), recipes[published], outcomes[published], weights[published], papers[published]
        )
        residuals = logs - np.log(np.maximum(first.predict(recipes), SMALLEST))
        batches = recipes.loc[own, OWN_BATCH].to_numpy() if own.any() else np.array([])
        self.batch_medians_ = pd.Series(residuals[own], dtype=float).groupby(batches).median().to_numpy()
        self.offset_ = 0.0 if own.all() else shrunk_offset(self.batch_medians_)
        self.process_ = Process.of(recipes[own]) if self.has_process else Process()
        conditions, bounded = self.process_.standardised(recipes[own]), _bounded(residuals, own, published)
        self.weights_ = _weights(conditions, bounded - self.offset_)
        adjusted = logs.copy()
        adjusted[own] += bounded - residuals[own] - self.offset_ - conditions @ self.weights_
        self.base_ = fit_weighted(clone(self.base), recipes, np.exp(adjusted), weights, papers)
        return self

    def predict(self, recipes: pd.DataFrame) -> np.ndarray:
        """Return one outcome per recipe; the lab's factor and process belong to own recipes alone."""
        own, values = is_own(recipes), np.maximum(self.base_.predict(recipes), SMALLEST)
        if own.any():
            extra = self.offset_ + self.process_.standardised(recipes[own]) @ self.weights_
            values[own] = values[own] * np.exp(extra)
        return np.asarray(values)


def base_of(pipeline: Pipeline) -> Pipeline:
    """Return the fitted pipeline for recipes, without the laboratory where own rows brought one in."""
    base: Pipeline = pipeline[-1].base_ if isinstance(pipeline[-1], LabEffect) else pipeline
    return base


Candidate = str | Specification
"""What may be chosen: the name of an estimator, perhaps with `WITH_PROCESS`, or what an experiment specifies."""


def maker(candidate: Candidate, recipes: pd.DataFrame) -> Callable[[], Pipeline]:
    """Return what makes the unfitted estimator of a candidate for rows like these; own rows bring the lab in."""
    if isinstance(candidate, Specification):
        plain, has_process = candidate.make, candidate.has_process
    else:
        plain = {**ESTIMATORS, **FORMER_ESTIMATORS}[candidate.removesuffix(WITH_PROCESS)]
        has_process = candidate.endswith(WITH_PROCESS)
    return partial(_with_lab_effect, plain, has_process) if is_own(recipes).any() else plain


def _with_lab_effect(plain: Callable[[], Pipeline], has_process: bool) -> Pipeline:  # noqa: FBT001 - told by a name's end
    return Pipeline([("regress", LabEffect(plain(), has_process=has_process))])


def choices(target: Target, recipes: pd.DataFrame, specification: Specification | None = None) -> tuple[Candidate, ...]:
    """Return what the nested selection chooses among; each with process too, once own rows tell enough.

    Args:
        target: whose candidates they are.
        recipes: the rows to learn from.
        specification: the estimator of an experiment, which stands in for the target's candidates.
    """
    names: tuple[Candidate, ...] = (specification,) if specification else candidates(target)
    own = recipes[is_own(recipes)]
    if not any(is_enough(own, name) for name in PROCESS_COLUMNS if name in own):
        return names
    return (*names, *(_with_process(name) for name in names))


def _with_process(candidate: Candidate) -> Candidate:
    if isinstance(candidate, Specification):
        return replace(candidate, has_process=True)
    return f"{candidate}{WITH_PROCESS}"


def shrunk_offset(batch_medians: np.ndarray) -> float:
    """Return the offset that the median residuals of batches speak for, on the logarithmic scale: their median, shrunk.

    >>> shrunk_offset(np.array([0.3])), round(shrunk_offset(np.array([0.3, 0.3, -4.0])), 3)
    (0.15, 0.225)
    """
    n = len(batch_medians)
    return float(np.median(batch_medians) * n / (n + PRIOR_BATCHES)) if n else 0.0


def _bounded(residuals: np.ndarray, own: np.ndarray, published: np.ndarray) -> np.ndarray:
    """Return the residuals of own rows, at most `FARTHEST` robust standard deviations from their median.

    The standard deviation is that of own rows or of published ones, whichever is larger.
    """
    if not own.any():
        return np.zeros(0)
    middle, most = np.median(residuals[own]), FARTHEST * max(_spread(residuals[own]), _spread(residuals[published]))
    return np.asarray(np.clip(residuals[own], middle - most, middle + most))


def _spread(residuals: np.ndarray) -> float:
    """Return the robust standard deviation: the median absolute deviation, scaled to that of normal numbers."""
    return float(median_abs_deviation(residuals, scale="normal"))


@dataclass(frozen=True)
class Process:
    """The process columns that enough own rows tell, with what makes them comparable."""

    names: tuple[str, ...] = ()
    centres: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()

    @classmethod
    def of(cls, own: pd.DataFrame) -> "Process":
        """Return the process of own rows: columns in use, mean and standard deviation of each."""
        names = tuple(name for name in PROCESS_COLUMNS if name in own and is_enough(own, name))
        values = [_scaled(own[name], name) for name in names]
        return cls(
            names,
            tuple(float(np.nanmean(column)) for column in values),
            tuple(float(np.nanstd(column)) for column in values),
        )

    def standardised(self, own: pd.DataFrame) -> np.ndarray:
        """Return the process columns of own recipes, shape (recipes, columns); what is not told counts as the mean."""
        values = [
            (_scaled(own[name], name) - centre) / spread
            for name, centre, spread in zip(self.names, self.centres, self.spreads, strict=True)
        ]
        return np.nan_to_num(np.array(values).T) if values else np.zeros((len(own), 0))


def is_enough(own: pd.DataFrame, name: str) -> bool:
    """Return whether a process column can be learnt from: rows, batches and different values suffice."""
    rows, batches, n_values = n_informative(own, name)
    return rows >= ENOUGH_ROWS and batches >= ENOUGH_BATCHES and n_values >= ENOUGH_VALUES


def n_informative(own: pd.DataFrame, name: str) -> tuple[int, int, int]:
    """Return how many own rows tell a process column, of how many batches, with how many different values."""
    rows = own[own[name].notna()]
    return len(rows), rows[OWN_BATCH].nunique(), rows[name].nunique()


def _scaled(values: pd.Series, name: str) -> np.ndarray:
    plain = values.to_numpy(dtype=float)
    return np.asarray(np.log(plain) if columns(Formulation)[name].is_ratio else plain)


def _weights(standardised: np.ndarray, rest: np.ndarray) -> np.ndarray:
    if standardised.shape[1] == 0:
        return np.zeros(0)
    return np.asarray(Ridge(alpha=STRENGTH, fit_intercept=False).fit(standardised, rest).coef_)
