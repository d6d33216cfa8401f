"""A regressor tuned by random search on the rows that it is fitted to, whole papers held out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.model_selection import GroupKFold, ParameterGrid, RandomizedSearchCV

from spcse_ml.models.weights import fit_parameters

TUNING_FOLDS = 5
"""Folds of whole papers by which a setting is scored, within the rows that a fit sees."""


class Tuned(RegressorMixin, BaseEstimator):
    """Random search over settings of a regressor (scikit-learn's `RandomizedSearchCV`), then a fit with the best.

    Each fit searches anew, so inside a fold nothing of what the fold holds out is seen.
    """

    def __init__(
        self, regressor: BaseEstimator, search: Mapping[str, Sequence[Any]], n_settings: int, random_state: int = 0
    ) -> None:
        """Take an unfitted regressor, the values to try by the name of its parameter, and how many settings to try."""
        self.regressor = regressor
        self.search = search
        self.n_settings = n_settings
        self.random_state = random_state

    def fit(
        self,
        features: Any,
        outcomes: np.ndarray,
        sample_weight: np.ndarray | None = None,
        groups: np.ndarray | None = None,
    ) -> "Tuned":
        """Choose the setting with the least absolute error on papers held out, and fit it to all rows."""
        papers = np.arange(len(outcomes)) if groups is None else np.asarray(groups).astype(str)
        weights = np.ones(len(outcomes)) if sample_weight is None else sample_weight
        extra = fit_parameters(self.regressor, weights)
        search = RandomizedSearchCV(
            clone(self.regressor),
            dict(self.search),
            n_iter=min(self.n_settings, len(ParameterGrid(dict(self.search)))),
            scoring="neg_mean_absolute_error",
            cv=GroupKFold(min(TUNING_FOLDS, len(np.unique(papers)))),
            random_state=self.random_state,
            error_score="raise",
        )
        self.search_ = search.fit(features, outcomes, groups=papers, **extra)
        return self

    def predict(self, features: Any) -> np.ndarray:
        """Return one value per row of features."""
        return np.asarray(self.search_.predict(features))
