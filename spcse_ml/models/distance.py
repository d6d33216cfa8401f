"""How unlike two recipes are: Gower's distance (DOI 10.2307/2528823) on scales fixed beforehand.

0 is the same recipe, 1 differs in everything. Nothing is learnt, so nothing can leak.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin

from spcse_ml.models.distinct_rows import distinct, distinct_codes
from spcse_ml.models.features import log_content

CONTENT_DECADES = 2.0
"""Contents that differ by this many decades count as entirely different: 0.2 wt% and 20 wt%."""

DONOR_NUMBER_SPAN = 20.0
"""Donor numbers that differ by this much, in kcal/mol, count as entirely different: toluene and THF."""


def distance_parts(recipes: pd.DataFrame, others: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return for each part of the recipe the distances between encoded recipes, shape (recipes, others), 0 to 1.

    A content that is not reported counts half of the whole difference. A binder of the same chemical class counts half.
    """
    return {name: table[numbers] for name, numbers, table in _by_kind(recipes, others)}


def distances(recipes: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """Return the mean over the parts of `distance_parts`, shape (recipes, others)."""
    numbers, table = _of_kinds(recipes, others)
    return np.asarray(table[numbers])


def to_nearest(recipes: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """Return the least of `distances` for each recipe."""
    numbers, table = _of_kinds(recipes, others)
    return np.asarray(table.min(axis=1)[numbers])


def _of_kinds(recipes: pd.DataFrame, others: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return for each recipe the number of its kind, and the distances of each kind, shape (kinds, others)."""
    numbers, total = np.zeros(len(recipes), dtype=np.int64), np.zeros((1, len(others)))
    for _, part, table in _by_kind(recipes, others):
        both, first = distinct_codes([numbers, part])
        numbers, total = both, total[numbers[first]] + table[part[first]]
    return numbers, total / len(PARTS)


def _by_kind(recipes: pd.DataFrame, others: pd.DataFrame) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield the same for each part, with its name."""
    for name, (measure, columns) in _MEASURES.items():
        numbers, first = distinct(recipes, columns)
        kinds = {column: np.asarray(recipes[column].array[first]) for column in columns}
        yield name, numbers, measure(kinds, {column: np.asarray(others[column]) for column in columns})


class NearestRecipe(RegressorMixin, BaseEstimator):
    """Predict the mean outcome of the nearest recipes; ties count alike."""

    def fit(self, encoded: pd.DataFrame, outcomes: np.ndarray) -> "NearestRecipe":
        """Keep the encoded recipes and their outcomes."""
        self.encoded_, self.outcomes_ = encoded, np.asarray(outcomes, dtype=float)
        return self

    def predict(self, encoded: pd.DataFrame) -> np.ndarray:
        """Return one outcome per encoded recipe."""
        apart = distances(encoded, self.encoded_)
        is_nearest = np.isclose(apart, apart.min(axis=1, keepdims=True))
        return np.asarray(is_nearest @ self.outcomes_ / is_nearest.sum(axis=1))


Columns = Mapping[str, np.ndarray]


def _differs(recipes: Columns, others: Columns, column: str) -> np.ndarray:
    both = np.concatenate([columns[column].astype(object) for columns in (recipes, others)])
    codes = pd.factorize(both)[0].astype(np.int32)
    n_recipes = len(recipes[column])
    return np.asarray(codes[:n_recipes, None] != codes[None, n_recipes:], dtype=float)


def _binder(recipes: Columns, others: Columns) -> np.ndarray:
    return np.asarray((_differs(recipes, others, "binder") + _differs(recipes, others, "binder_class")) / 2)


def _gap(values: np.ndarray, others: np.ndarray, span: float) -> np.ndarray:
    return np.asarray(np.minimum(np.abs(values[:, None] - others[None, :]) / span, 1.0))


def _content_distance(recipes: Columns, others: Columns) -> np.ndarray:
    content, other = (log_content(columns["polymer_wt_percent"]) for columns in (recipes, others))
    gap = _gap(content, other, CONTENT_DECADES)
    return np.where(np.isnan(gap), 0.5, gap)


def _solvent_distance(recipes: Columns, others: Columns) -> np.ndarray:
    is_both_dry = (recipes["is_wet"][:, None] + others["is_wet"][None, :]) == 0
    gap = _gap(recipes["donor_number_kcal_mol"], others["donor_number_kcal_mol"], DONOR_NUMBER_SPAN)
    return np.where(is_both_dry, 0.0, np.where(np.isnan(gap), 1.0, gap))


_MEASURES: Mapping[str, tuple[Callable[[Columns, Columns], np.ndarray], tuple[str, ...]]] = {
    "sulfide": (partial(_differs, column="sulfide_family"), ("sulfide_family",)),
    "method": (partial(_differs, column="method"), ("method",)),
    "binder": (_binder, ("binder", "binder_class")),
    "content": (_content_distance, ("polymer_wt_percent",)),
    "solvent": (_solvent_distance, ("is_wet", "donor_number_kcal_mol")),
    "template": (partial(_differs, column="template"), ("template",)),
}
"""How each part is measured, and the columns that it hangs on."""

PARTS = tuple(_MEASURES)
