"""Conditions of a slurry as numbers: the features that enough films of a lab tell."""

import functools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from spcse_ml.data.film_rows import NAMES, NUMBERS, solvent_shares

ENOUGH_FILMS, ENOUGH_BATCHES = 8, 5
"""A number is a feature once so many films of so many batches tell it, and ..."""

ENOUGH_APART, ENOUGH_BATCHES_APART = 4, 3
"""... so many films of so many batches have another value than the most frequent. A name is one once so many hold it,
and as many do not."""

WINDOW = ("slurry_solid_percent", "binder_wt_percent")
"""The two conditions of the window, which enter with squares and product."""

BY_RATIO = ("slurry_solid_percent", "binder_wt_percent", "blade_gap_um", "drying_time_h")
"""Conditions that enter by their logarithm."""


class ConditionFeatures(TransformerMixin, BaseEstimator):
    """Conditions as standardised numbers; a blank number is the median of the films, a blank name the most frequent.

    Without names of features they are those that enough films tell.
    """

    def __init__(self, names: tuple[str, ...] | None = None) -> None:
        """Take the names of features, where they are fixed."""
        self.names = names

    def fit(self, films: pd.DataFrame, batches: np.ndarray) -> "ConditionFeatures":
        """Learn which conditions enough films tell, what is typical of them, and their means and scales."""
        modes = {name: films[name].mode() for name in NAMES}
        self.typical_names_ = {name: values.iloc[0] for name, values in modes.items() if len(values)}
        plain = _plain(films, self.names or _possible(films))
        enough = tuple(str(name) for name in plain if _is_enough(plain[name], batches))
        self.names_ = enough if self.names is None else self.names
        self.medians_ = plain[list(self.names_)].median().fillna(0.0)
        filled = self._filled(films)
        self.means_, self.spreads_ = filled.mean(), filled.std(ddof=0).replace(0.0, 1.0)
        return self

    def standardised(self, films: pd.DataFrame) -> pd.DataFrame:
        """Return the features before squares and product, in standard deviations from their means."""
        return (self._filled(films) - self.means_) / self.spreads_

    def _filled(self, films: pd.DataFrame) -> pd.DataFrame:
        named = films.assign(**{name: films[name].fillna(value) for name, value in self.typical_names_.items()})
        return _plain(named, self.names_).fillna(self.medians_)

    def transform(self, films: pd.DataFrame) -> np.ndarray:
        """Return the features, shape (films, features)."""
        scaled = self.standardised(films)
        window = [scaled[name].to_numpy() for name in WINDOW if name in scaled]
        curved = [values**2 for values in window] + ([window[0] * window[1]] if len(window) == len(WINDOW) else [])
        return np.column_stack([scaled.to_numpy().reshape(len(films), -1), *curved])


def _possible(films: pd.DataFrame) -> list[str]:
    """Return every feature that films may have: the numbers, and `column: name` for the names that occur.

    Of two names the first alone says it all.
    """
    names = {
        column: sorted({name for value in films[column].dropna().unique() for name in shares_of(column, value)})
        for column in NAMES
    }
    apart = {column: known[:1] if len(known) == 2 else known for column, known in names.items()}  # noqa: PLR2004
    return [*NUMBERS, *(f"{column}: {name}" for column, known in apart.items() for name in known)]


def _plain(films: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return features as numbers, by their logarithm or as the share of a name; nan where a film does not tell it."""
    values = {name: _number(films, name) if name in NUMBERS else _share(films, name) for name in names}
    return pd.DataFrame(values, index=films.index, dtype=float)


def _number(films: pd.DataFrame, name: str) -> np.ndarray:
    values = films[name].to_numpy(dtype=float)
    return np.asarray(np.log(values) if name in BY_RATIO else values)


def _share(films: pd.DataFrame, feature: str) -> np.ndarray:
    column, _, name = feature.partition(": ")
    codes, values = pd.factorize(films[column])
    shares = [shares_of(column, value).get(name, 0.0) for value in values]
    return np.array([*shares, np.nan])[codes]  # a blank has the code -1


@functools.lru_cache(maxsize=1_000)
def shares_of(column: str, value: str) -> dict[str, float]:
    """Return the share of each name in a condition that is a name: a mixture of solvents holds several."""
    return solvent_shares(value) if column == "solvent" else {value: 1.0}


def _is_enough(values: pd.Series, batches: np.ndarray) -> bool:
    is_known = values.notna().to_numpy()
    if not is_known.any():
        return False
    if values.name in NUMBERS:
        apart = is_known & (values != values.mode().iloc[0]).to_numpy()
        enough = is_known.sum() >= ENOUGH_FILMS and len(set(batches[is_known])) >= ENOUGH_BATCHES
        return bool(enough and _are_enough(apart, batches))
    sides = (is_known & (values > 0).to_numpy(), is_known & (values < 1).to_numpy())
    return all(_are_enough(side, batches) for side in sides) and values.min() < values.max()


def _are_enough(mask: np.ndarray, batches: np.ndarray) -> bool:
    return bool(mask.sum() >= ENOUGH_APART and len(set(batches[mask])) >= ENOUGH_BATCHES_APART)
