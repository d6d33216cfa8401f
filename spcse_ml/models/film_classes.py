"""From the conditions of a slurry to probabilities of the classes of its film.

A window of good films is closed on all sides, so solids and binder content enter with their squares and their product.
Everything is learnt from the films of a fit: which conditions enough of them tell, their scales, and the classifier.
Probabilities lean towards the frequencies of the classes, the more so the fewer films there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from spcse_ml.data.film_rows import CLASSES
from spcse_ml.models.cross_validation import group_folds, resample_papers
from spcse_ml.models.film_domain import FilmDomain
from spcse_ml.models.film_features import ConditionFeatures

LEAN = 8.0
"""Probabilities lean towards frequencies as if so many films had been seen whose conditions tell nothing."""

PRIOR = 0.5
"""Films of each class that count as seen before any (Jeffreys), so that no class has a probability of 0."""

PENALTY = 0.3
"""Inverse strength of the penalty on the weights of the logistic regression; numbers are standardised."""

COMPETING_FROM = 40
"""From so many films on a support-vector machine and a forest compete with the logistic regression."""

INNER_FOLDS, N_TREES = 3, 25


@dataclass(frozen=True, eq=False)
class FilmModel(FilmDomain):
    """What films of a lab teach: probabilities of the classes for a slurry, beside what they show."""

    classifier: ClassifierMixin | None
    """None where there is nothing to tell the classes apart by: every slurry has the frequencies then."""
    kind: str
    """Which classifier that is."""

    @property
    def frequencies(self) -> np.ndarray:
        """Return how often each class occurs, as a probability."""
        return class_frequencies(self.films)

    def probabilities(self, films: pd.DataFrame) -> np.ndarray:
        """Return the probability of each class, shape (films, classes)."""
        leant = np.tile(self.frequencies, (len(films), 1))
        if self.classifier is None:
            return leant
        seen, by_conditions = self.classifier.classes_, leant.copy()  # of a class that no film had nothing is learnt
        learnable = self.frequencies[seen].sum()
        by_conditions[:, seen] = learnable * self.classifier.predict_proba(self.features.transform(films))
        share = len(self.films) / (len(self.films) + LEAN)
        return share * by_conditions + (1 - share) * leant


def class_frequencies(films: pd.DataFrame) -> np.ndarray:
    """Return how often each class occurs among films, with `PRIOR` films of each beside them."""
    counts = np.bincount(film_codes(films), minlength=len(CLASSES)) + PRIOR
    return np.asarray(counts / counts.sum())


Classifier = Callable[[np.ndarray, np.ndarray, np.ndarray], ClassifierMixin | None]
"""Fits features and codes of classes, given the batches; None where they do not suffice for it."""


def _logistic(x: np.ndarray, y: np.ndarray, _batches: np.ndarray) -> ClassifierMixin:
    return LogisticRegression(C=PENALTY, max_iter=1_000).fit(x, y)


def _support_vectors(x: np.ndarray, y: np.ndarray, batches: np.ndarray) -> ClassifierMixin | None:
    """Fit with a Gaussian kernel; its scores become probabilities (Platt 1999) on batches that it was not fitted to.

    Every fold has to hold two classes on both sides.
    """
    folds = list(group_folds(batches, INNER_FOLDS)) if len(set(batches)) > 1 else []
    if not folds or any(len(set(y[part])) == 1 for fold in folds for part in fold):
        return None
    return CalibratedClassifierCV(SVC(random_state=0), cv=folds).fit(x, y)


def _forest(x: np.ndarray, y: np.ndarray, _batches: np.ndarray) -> ClassifierMixin:
    return RandomForestClassifier(N_TREES, min_samples_leaf=2, random_state=0).fit(x, y)


LOGISTIC, FREQUENCIES = "logistic_regression", "class_frequencies"
CLASSIFIERS: dict[str, Classifier] = {
    LOGISTIC: _logistic, "support_vector_machine": _support_vectors, "random_forest": _forest,
}  # fmt: skip


def learn_films(films: pd.DataFrame, *, kind: str | None = None, names: tuple[str, ...] | None = None) -> FilmModel:
    """Return what films teach of their classes.

    Args:
        films: rows as `film_frame` returns them.
        kind: the classifier; without it the one that predicts batches best that it has not seen, among all of
            `CLASSIFIERS` from `COMPETING_FROM` films on, and the logistic regression below.
        names: the features; without them those that enough films tell.
    """
    features = ConditionFeatures(names).fit(films, films["batch"].to_numpy())
    chosen = kind or (_chosen(films) if len(films) >= COMPETING_FROM else LOGISTIC)
    return _fitted(films, features, features.transform(films), chosen)


def _fitted(films: pd.DataFrame, features: ConditionFeatures, x: np.ndarray, kind: str) -> FilmModel:
    y = film_codes(films)
    can_learn = x.shape[1] > 0 and len(np.unique(y)) > 1
    classifier = CLASSIFIERS[kind](x, y, films["batch"].to_numpy()) if can_learn else None
    return FilmModel(films, features, classifier, kind if classifier is not None else FREQUENCIES)


def _chosen(films: pd.DataFrame) -> str:
    """Return the classifier with the least log loss on batches held out in folds."""
    losses = dict.fromkeys(CLASSIFIERS, 0.0)
    for train, held in group_folds(films["batch"].to_numpy(), INNER_FOLDS):
        seen, unseen = films.iloc[train], films.iloc[held]
        features = ConditionFeatures().fit(seen, seen["batch"].to_numpy())
        x = features.transform(seen)
        for kind in losses:
            model = _fitted(seen, features, x, kind)
            losses[kind] += log_losses(model.probabilities(unseen), film_codes(unseen)).sum()
    return min(losses, key=lambda kind: losses[kind])


def film_codes(films: pd.DataFrame) -> np.ndarray:
    """Return the number of the class of each film among `CLASSES`."""
    return np.asarray(pd.Categorical(films["film_class"], categories=CLASSES).codes, dtype=int)


def log_losses(probabilities: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return minus the logarithm of the probability that each film's class had.

    >>> log_losses(np.array([[0.5, 0.5]]), np.array([0])).round(3).tolist()
    [0.693]
    """
    return np.asarray(-np.log(probabilities[np.arange(len(codes)), codes]))


def drawn_probabilities(
    model: FilmModel, films: pd.DataFrame, seeds: Sequence[int], *, by_conditions: bool = True
) -> np.ndarray:
    """Return the probabilities that films drawn anew by whole batches give, shape (seeds, films, classes).

    They are the frequencies of the classes where conditions do not count.
    """
    batches, draws = model.films["batch"].to_numpy(), []
    kind = model.kind if model.kind in CLASSIFIERS else LOGISTIC
    for seed in seeds:
        drawn = model.films.iloc[resample_papers(batches, np.random.default_rng(seed))]
        if by_conditions:
            draws.append(learn_films(drawn, kind=kind, names=model.features.names_).probabilities(films))
        else:
            draws.append(np.tile(class_frequencies(drawn), (len(films), 1)))
    return np.array(draws)
