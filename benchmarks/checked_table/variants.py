"""The eight variants of docs/decisions/0015-models-on-the-checked-table.md, their settings, and the nested choice.

A variant learns from training rows and predicts others; what it learns of recipes (typical contents, scales) it
learns from the training rows alone.
"""

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct
from sklearn.linear_model import Ridge
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBRegressor

from spcse_ml.data.dataset import TrainingRows
from spcse_ml.models.cross_validation import SMALLEST, errors_by_paper, group_folds
from spcse_ml.models.estimators import CONTENTS, FillContents
from spcse_ml.models.features import CARD_CATEGORIES, CARD_NUMBERS, encode, log_content, terms

TERMS = (
    "log_polymer_volume", "polymer_volume", "solvent_attack", "solvent_polarity", "has_template",
    "binder_is_polar_film", "is_lgps",
)  # fmt: skip
"""Terms with at least four papers on each side."""

CLASSES = ("fluoropolymer", "polyether")
"""Binder classes with at least four papers on each side; all others are one class."""

DEFAULT, N_INNER = 3.0, 5
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Split:
    """Training rows and rows to predict, encoded by what the training rows alone tell."""

    seen: pd.DataFrame
    asked: pd.DataFrame
    """Recipes, encoded; contents that are not reported filled with the typical one."""
    is_blank: np.ndarray
    """Which training rows do not report the content of their binder, shape (n,)."""
    outcomes: np.ndarray
    weights: np.ndarray
    """Of the training rows; a paper counts once."""
    limit: float | None

    @functools.cached_property
    def terms(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the scaled terms of both."""
        scale = StandardScaler().fit(terms(self.seen)[list(TERMS)])
        return tuple(scale.transform(terms(frame)[list(TERMS)]) for frame in (self.seen, self.asked))

    @functools.cached_property
    def groups(self) -> tuple[np.ndarray, np.ndarray]:
        """Return columns of 0 and 1 for method, binder class and template of both, in the order of `GROUPS`."""
        return tuple(groups(frame) for frame in (self.seen, self.asked))

    @functools.cached_property
    def contents(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the scaled logarithm of the polymer content of both, as one column."""
        columns = [log_content(frame["polymer_wt_percent"].to_numpy())[:, None] for frame in (self.seen, self.asked)]
        scale = StandardScaler().fit(columns[0])
        return tuple(scale.transform(column) for column in columns)

    def card(self, seed: int | None, filled: str = "drawn") -> tuple[np.ndarray, np.ndarray]:
        """Return the card of both, as trees read it, blank contents of training rows drawn from those reported."""
        names = list(CARD_CATEGORIES)
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(self.seen[names])
        numbers = [frame[list(CARD_NUMBERS)].to_numpy(dtype=float, copy=True) for frame in (self.seen, self.asked)]
        if filled == "drawn" and self.is_blank.any():
            column = CARD_NUMBERS.index("binder_wt_percent")
            reported = numbers[0][~self.is_blank, column]
            pool = reported[~np.isnan(reported)]
            numbers[0][self.is_blank, column] = np.random.default_rng(seed).choice(pool, self.is_blank.sum())
        return tuple(
            np.hstack([encoder.transform(frame[names]), part])
            for frame, part in zip((self.seen, self.asked), numbers, strict=True)
        )

    def bounded(self, values: np.ndarray) -> np.ndarray:
        """Return predictions kept positive and at most the ceiling."""
        return np.clip(values, SMALLEST, self.limit)


GROUPS = ("slurry", "dry", "skeleton", *CLASSES, "another binder or none", "template", "no template")


def groups(encoded: pd.DataFrame) -> np.ndarray:
    """Return columns of 0 and 1, as `GROUPS` names them, of encoded recipes."""
    methods = encoded["method"].astype(str)
    classes = encoded["binder_class"].astype(str)
    columns = [methods.str.startswith(name) for name in GROUPS[:3]]
    columns += [classes == name for name in CLASSES]
    columns += [~classes.isin(CLASSES), encoded["has_template"] > 0, encoded["has_template"] == 0]
    return np.column_stack(columns).astype(float)


def split(rows: TrainingRows, train: np.ndarray, asked: np.ndarray | pd.DataFrame, limit: float | None) -> Split:
    """Return training rows and rows to predict, encoded."""
    seen = rows.take(train)
    recipes = asked if isinstance(asked, pd.DataFrame) else rows.recipes.iloc[asked]
    fill = FillContents().fit(seen.recipes)
    name, content = CONTENTS[0]
    counts = pd.Series(seen.papers).map(pd.Series(seen.papers).value_counts())
    return Split(
        encode(fill.transform(seen.recipes)),
        encode(fill.transform(recipes)),
        (seen.recipes[name].notna() & seen.recipes[content].isna()).to_numpy(),
        seen.outcomes,
        (1 / counts).to_numpy(dtype=float),
        limit,
    )


def _lost(outcomes: np.ndarray) -> np.ndarray:
    return -np.log(outcomes / 100.0)


def _positive(data: Split, penalty: float) -> Ridge:
    ridge = Ridge(penalty, positive=True, tol=1e-10, max_iter=100_000)
    return ridge.fit(data.terms[0], _lost(data.outcomes), data.weights)


def line(data: Split, _seed: int, penalty: float = DEFAULT) -> np.ndarray:
    """Return predictions of a line in the logarithm of the polymer content."""
    fitted = Ridge(penalty).fit(data.contents[0], np.log(data.outcomes), data.weights)
    return np.exp(fitted.predict(data.contents[1]))


def costs(data: Split, _seed: int, penalty: float = DEFAULT) -> np.ndarray:
    """Return predictions of the ridge in which nothing that chemistry forbids can help."""
    return 100 * np.exp(-_positive(data, penalty).predict(data.terms[1]))


def free(data: Split, _seed: int, penalty: float = DEFAULT) -> np.ndarray:
    """Return predictions of the same ridge, signs free."""
    return 100 * np.exp(-Ridge(penalty).fit(data.terms[0], _lost(data.outcomes), data.weights).predict(data.terms[1]))


def fitted_effects(data: Split, shrinkage: float) -> tuple[np.ndarray, np.ndarray, Callable[..., np.ndarray]]:
    """Return the coefficients of the terms, the effects of groups, and what predicts the lost logarithm.

    Both are fitted together, terms with the default penalty and not below 0, effects with one of their own and of
    either sign: each group column stands twice, once with its sign turned.
    """
    scale = math.sqrt(DEFAULT / shrinkage)

    def columns(parts: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        return np.hstack([parts[0], scale * parts[1], -scale * parts[1]])

    ridge = Ridge(DEFAULT, positive=True, tol=1e-10, max_iter=100_000)
    ridge.fit(columns((data.terms[0], data.groups[0])), _lost(data.outcomes), data.weights)
    n_terms, n_groups = len(TERMS), len(GROUPS)
    gains, losses = ridge.coef_[n_terms : n_terms + n_groups], ridge.coef_[n_terms + n_groups :]
    return ridge.coef_[:n_terms], scale * (gains - losses), lambda *parts: ridge.predict(columns(parts))


def effects(data: Split, _seed: int, shrinkage: float = 10.0) -> np.ndarray:
    """Return predictions of the ridge with effects of method, binder class and template."""
    predict = fitted_effects(data, shrinkage)[2]
    return 100 * np.exp(-predict(data.terms[1], data.groups[1]))


def costs_gp(data: Split, _seed: int, length: float = 2.0, variance: float = 0.1) -> np.ndarray:
    """Return predictions of the ridge and of a Gaussian process on what it leaves."""
    ridge = _positive(data, DEFAULT)
    inputs = [np.hstack(parts) for parts in zip(data.terms, data.groups, strict=True)]
    kernel = ConstantKernel(variance) * RBF(length)
    process = GaussianProcessRegressor(kernel, alpha=0.25 / data.weights, optimizer=None)
    process.fit(inputs[0], _lost(data.outcomes) - ridge.predict(data.terms[0]))
    return 100 * np.exp(-(ridge.predict(data.terms[1]) + process.predict(inputs[1])))


def gp(data: Split, _seed: int, trend: float = 0.5, departures: float = 0.5) -> np.ndarray:
    """Return predictions of a Gaussian process on the terms."""
    kernel = ConstantKernel(trend) * DotProduct(1.0) + ConstantKernel(departures) * RBF(2.0)
    process = GaussianProcessRegressor(kernel, alpha=0.5 / data.weights, optimizer=None)
    return np.exp(process.fit(data.terms[0], np.log(data.outcomes)).predict(data.terms[1]))


def forest(data: Split, seed: int, leaf: int = 1, features: float = 1.0, filled: str = "drawn") -> np.ndarray:
    """Return predictions of a random forest on the card."""
    seen, asked = data.card(seed, filled)
    model = RandomForestRegressor(min_samples_leaf=leaf, max_features=features, random_state=seed)
    return model.fit(seen, data.outcomes, data.weights).predict(asked)


def xgboost(data: Split, seed: int, depth: int = 6, rate: float = 0.3, filled: str = "drawn") -> np.ndarray:
    """Return predictions of XGBoost on the card."""
    seen, asked = data.card(seed, filled)
    model = XGBRegressor(max_depth=depth, learning_rate=rate, random_state=seed, n_jobs=1)
    return model.fit(seen, data.outcomes, sample_weight=data.weights).predict(asked).astype(float)


def median(data: Split, _seed: int) -> np.ndarray:
    """Return the median of the training outcomes."""
    return np.full(len(data.asked), np.median(data.outcomes))


def mean(data: Split, _seed: int) -> np.ndarray:
    """Return the mean of the training outcomes, a paper counting once."""
    return np.full(len(data.asked), np.average(data.outcomes, weights=data.weights))


PENALTIES = [{"penalty": penalty} for penalty in (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)]


def _grid(**values: Sequence[Any]) -> list[Settings]:
    return [dict(zip(values, setting, strict=True)) for setting in itertools.product(*values.values())]


VARIANTS: Mapping[str, tuple[Callable[..., np.ndarray], list[Settings]]] = {
    "line": (line, PENALTIES),
    "costs": (costs, PENALTIES),
    "effects": (effects, _grid(shrinkage=(1.0, 3.0, 10.0, 30.0, 100.0, 300.0))),
    "costs+gp": (costs_gp, _grid(length=(1.0, 2.0, 4.0), variance=(0.1, 0.4))),
    "gp": (gp, _grid(trend=(0.25, 0.5, 1.0), departures=(0.25, 0.5))),
    "forest": (forest, _grid(leaf=(1, 2, 4), features=(1.0, 1 / 3))),
    "xgboost": (xgboost, _grid(depth=(2, 4, 6), rate=(0.3, 0.1))),
}
"""How each learns, and its six settings."""

STACK, WEIGHTS = "stack", (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
EIGHT = (*VARIANTS, STACK)
RELEASED = ("line", "costs")
"""Among these, at the default penalty, the released procedure chooses."""


def stacked(first: np.ndarray, other: np.ndarray, weight: float) -> np.ndarray:
    """Return the weighted geometric mean of two predictions."""
    return np.exp(weight * np.log(first) + (1 - weight) * np.log(other))


def nested(rows: TrainingRows, train: np.ndarray, held: np.ndarray, limit: float | None) -> dict[str, Any]:
    """Return what the eight, the nested choice and the released procedure predict of the rows held out.

    Settings and choices come from folds of whole papers among the training rows.

    Args:
        rows: all rows of a table.
        train: numbers of the rows that may be learnt from.
        held: numbers of the rows held out.
        limit: where predictions are cut, if anywhere.

    Returns:
        `values` by variant, `settings` and inner `errors` by variant, and the variants `chosen` and `released`.
    """
    seen = rows.take(train)
    inner: dict[str, np.ndarray] = {
        name: np.full((len(settings), len(train)), np.nan) for name, (_, settings) in VARIANTS.items()
    }
    for learnt, left in group_folds(seen.papers, N_INNER):
        data = split(seen, learnt, left, limit)
        for name, (predict, settings) in VARIANTS.items():
            for number, setting in enumerate(settings):
                inner[name][number, left] = data.bounded(predict(data, 0, **setting))

    def error(values: np.ndarray) -> float:
        return float(errors_by_paper(values, seen.outcomes, seen.papers).mean())

    errors = {name: [error(values) for values in every] for name, every in inner.items()}
    best = {name: int(np.argmin(every)) for name, every in errors.items()}
    mixed = [stacked(inner["costs"][best["costs"]], inner["forest"][best["forest"]], weight) for weight in WEIGHTS]
    least = {name: errors[name][place] for name, place in best.items()} | {STACK: min(map(error, mixed))}
    weight = WEIGHTS[int(np.argmin([error(values) for values in mixed]))]

    data = split(rows, train, held, limit)
    settings = {name: VARIANTS[name][1][place] for name, place in best.items()}
    values = {name: data.bounded(VARIANTS[name][0](data, 0, **setting)) for name, setting in settings.items()}
    values[STACK] = stacked(values["costs"], values["forest"], weight)
    chosen = min(least, key=lambda name: least[name])
    at_default = {name: errors[name][PENALTIES.index({"penalty": DEFAULT})] for name in RELEASED}
    released = min(at_default, key=lambda name: at_default[name])
    values |= {
        "nested": values[chosen],
        "released": data.bounded(VARIANTS[released][0](data, 0)),
        "mean": mean(data, 0),
    }
    settings[STACK] = {"weight": weight}
    return {"values": values, "settings": settings, "errors": least, "chosen": chosen, "released": released}
