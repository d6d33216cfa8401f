"""What the films of a lab show, and which slurries are extrapolated beyond them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from spcse_ml.data.film_rows import NAMES, NUMBERS
from spcse_ml.models.applicability import EDGE, OUTSIDE, ROUNDED, DomainReason
from spcse_ml.models.film_features import BY_RATIO, ConditionFeatures, shares_of

NEAR_QUANTILE = 0.9
"""A slurry is near the films of a lab if it is nearer to one than this share of them is to those of other batches."""


@dataclass(frozen=True, eq=False)
class FilmDomain:
    """The films of a lab by the conditions that tell them apart."""

    films: pd.DataFrame
    features: ConditionFeatures

    def distances(self, films: pd.DataFrame) -> np.ndarray:
        """Return how far each slurry is from each film, as the root mean square over the features."""
        scaled, own = (self.features.standardised(rows).to_numpy() for rows in (films, self.films))
        return np.asarray(cdist(scaled, own) / np.sqrt(max(scaled.shape[1], 1)))

    @cached_property
    def farthest(self) -> float:
        """Return the distance up to which a slurry is near a film."""
        apart, batches = self.distances(self.films), self.films["batch"].to_numpy()
        apart[batches[:, None] == batches[None, :]] = np.inf
        nearest = apart.min(axis=1)
        return float(np.quantile(nearest[np.isfinite(nearest)], NEAR_QUANTILE)) if np.isfinite(nearest).any() else 0.0

    def is_extrapolated(self, films: pd.DataFrame) -> np.ndarray:
        """Return whether each slurry is beyond what films show: a value out of their range, a new name, or far away."""
        beyond = self.distances(films).min(axis=1) > self.farthest
        for name in NUMBERS:
            beyond |= self._is_beyond(name, films[name])
        for column in NAMES:
            beyond |= [self._is_new(column, value) for value in films[column]]
        return np.asarray(beyond)

    def reasons(self, film: pd.DataFrame) -> list[DomainReason]:
        """Return why one slurry, a frame of one row, is on the edge of what the films show or beyond it."""
        reasons = [*self._of_numbers(film), *self._of_names(film)]
        if not self.features.names_:
            reasons.append(DomainReason(EDGE, "films-not-told-apart", ""))
        nearest = float(self.distances(film).min())
        if nearest > self.farthest and not any(reason.status == OUTSIDE for reason in reasons):
            reasons.append(DomainReason(OUTSIDE, "far-from-films", "", nearest, (self.farthest,)))
        return reasons

    def _of_numbers(self, film: pd.DataFrame) -> Iterator[DomainReason]:
        cells = film.iloc[0]
        for name in NUMBERS:
            if pd.isna(cells[name]) and self.looks_at(name):
                yield DomainReason(EDGE, "film-number-not-given", name, self.typical(name), self.span(name))
            elif self._is_beyond(name, film[name]).any():
                yield DomainReason(OUTSIDE, "film-number-beyond-range", name, float(cells[name]), self.span(name))

    def _of_names(self, film: pd.DataFrame) -> Iterator[DomainReason]:
        cells = film.iloc[0]
        for name in NAMES:
            if pd.isna(cells[name]) and self.looks_at(name):
                yield DomainReason(EDGE, "film-name-not-given", name, self.known(name)[0])
            elif self._is_new(name, cells[name]):
                yield DomainReason(OUTSIDE, "film-name-unknown", name, cells[name], tuple(self.known(name)))
        if self.is_new_together(film):
            yield DomainReason(EDGE, "film-names-not-together", "", ", ".join(map(str, cells[list(NAMES)].dropna())))

    def is_new_together(self, film: pd.DataFrame) -> bool:
        """Return whether no film has all the names of a slurry, though each is known."""
        cells, mask = film.iloc[0], np.ones(len(self.films), dtype=bool)
        for column in NAMES:
            if not pd.isna(cells[column]):
                names = set(shares_of(column, cells[column]))
                mask &= [not pd.isna(value) and set(shares_of(column, value)) == names for value in self.films[column]]
        return not mask.any() and not any(self._is_new(column, cells[column]) for column in NAMES)

    def _is_beyond(self, name: str, values: pd.Series) -> np.ndarray:
        """Return where a number lies out of the range of the films; nowhere if fewer than two tell it."""
        if self.films[name].count() < 2:  # noqa: PLR2004 - a range has two ends
            return np.zeros(len(values), dtype=bool)
        low, high = self.span(name)
        return ((values < low - ROUNDED * abs(low)) | (values > high + ROUNDED * abs(high))).to_numpy()

    def _is_new(self, column: str, value: str | None) -> bool:
        """Return whether films lack a name; a mixture is known by its solvents, whatever their ratio."""
        if pd.isna(value):
            return False
        return all(set(shares_of(column, known)) != set(shares_of(column, value)) for known in self.known(column))

    def looks_at(self, column: str) -> bool:
        """Return whether enough films tell a condition."""
        return any(feature == column or feature.startswith(f"{column}: ") for feature in self.features.names_)

    @property
    def numbers(self) -> list[str]:
        """Return the numbers that the films are told apart by."""
        return [name for name in self.features.names_ if name in NUMBERS]

    def span(self, name: str) -> tuple[float, float]:
        """Return the least and the greatest value of the films."""
        return float(self.films[name].min()), float(self.films[name].max())

    def typical(self, name: str) -> float:
        """Return what a blank number counts as."""
        value = float(self.features.medians_[name])
        return float(np.exp(value)) if name in BY_RATIO else value

    def known(self, column: str) -> list[str]:
        """Return the names that films have in a column, the most frequent first."""
        return list(self.films[column].value_counts().index)
