"""An estimator as an experiment specifies it: which one, with which parameters, features and seed, tuned or not.

Like the released estimators it is an unfitted Pipeline from recipe frame to outcome, so that all it learns is learnt
inside the folds.
"""

import importlib
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from spcse_ml.chemistry.spelling import suggestions
from spcse_ml.errors import Fault, InputError
from spcse_ml.models.estimators import COSTS, ESTIMATORS, READ_BLANKS, SEED
from spcse_ml.models.feature_sets import FEATURE_SETS, chosen_terms, features_of, on_features
from spcse_ml.models.features import TERMS
from spcse_ml.models.tuning import Tuned

WITH_PROCESS = "_and_process"
"""End of the name of an estimator that learns from process columns besides."""

_TREES = ("random_forest", "xgboost", "filled_random_forest", "filled_xgboost", "extra_trees")
_WITH_ANY_FEATURES = (*_TREES, "ridge", "gaussian_process", "svr")

_FOREST_SEARCH = {
    "max_depth": (2, 3, 5, 8, None), "min_samples_leaf": (1, 2, 3, 5), "max_features": (0.3, 0.5, 1.0),
}  # fmt: skip
_BOOSTING_SEARCH = {
    "max_depth": (1, 2, 3, 4, 6), "learning_rate": (0.03, 0.1, 0.3), "n_estimators": (50, 100, 200),
    "reg_lambda": (0.3, 1.0, 3.0, 10.0), "subsample": (0.6, 0.8, 1.0), "min_child_weight": (1, 2, 4),
}  # fmt: skip
_PENALTIES = {"alpha": (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)}

SEARCHES: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "ridge": _PENALTIES, "constrained_ridge": _PENALTIES, "gaussian_process": {"alpha": (1e-10, 0.03, 0.1, 0.3, 1.0)},
    "random_forest": _FOREST_SEARCH, "filled_random_forest": _FOREST_SEARCH, "extra_trees": _FOREST_SEARCH,
    "xgboost": _BOOSTING_SEARCH, "filled_xgboost": _BOOSTING_SEARCH, "monotone_xgboost": _BOOSTING_SEARCH,
    "svr": {"C": (0.1, 0.3, 1.0, 3.0, 10.0), "epsilon": (0.03, 0.1, 0.3), "gamma": ("scale", 0.03, 0.1, 0.3)},
}  # fmt: skip
"""Values that a random search tries where an experiment gives none: a choice, around the defaults."""

MOST_TRIED, MOST_TREES = 1_000, 10_000
"""Most settings or values of a search, and most trees: a model file with more would be fitted for hours when read."""

Pairs = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Specification:
    """An estimator with all that makes it; `specified` checks what a user gives.

    >>> specification = specified("filled_xgboost", parameters={"max_depth": 2}, features="card+chemistry")
    >>> specification.make()["regress"].max_depth
    2
    """

    estimator: str
    """A key of `ESTIMATORS`, or `package.module:object`: a regressor of scikit-learn's kind, or what makes one."""
    parameters: Pairs = ()
    """By the names of scikit-learn."""
    features: tuple[str, ...] = ()
    """Of `FEATURES`; without any those of the named estimator, `card+chemistry` for an object."""
    seed: int = SEED
    n_tuned: int = 0
    """How many settings a random search tries in each fit; 0 for none."""
    search: Pairs = ()
    """Values to try by parameter; without any those of `SEARCHES`."""
    has_process: bool = False
    """Whether it learns from the process columns of own rows besides."""

    def __str__(self) -> str:
        """Return the name of the estimator, as models and tables have it."""
        return f"{self.estimator}{WITH_PROCESS}" if self.has_process else self.estimator

    @property
    def is_of_user(self) -> bool:
        """Return whether the estimator is an object of the user's code."""
        return ":" in self.estimator

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Return the features that the estimator reads, as far as they are chosen here or are terms."""
        if self.features:
            return self.features
        if self.is_of_user:
            return FEATURE_SETS["card+chemistry"]
        steps = ESTIMATORS[self.estimator]().named_steps
        if "terms" in steps:
            return COSTS if self.estimator == "constrained_ridge" else TERMS
        return FEATURE_SETS["card"] if "card" in steps else ()

    def make(self) -> Pipeline:
        """Return the unfitted pipeline."""
        pipeline = _pipeline(self.estimator, self.features)
        seeds = [name for name in pipeline.get_params() if name.endswith("random_state")]
        pipeline.set_params(**dict.fromkeys(seeds, self.seed))
        pipeline.set_params(**{_parameter(pipeline, name): value for name, value in self.parameters})
        if not self.n_tuned:
            return pipeline
        name, regressor = pipeline.steps[-1]
        values = dict(self.search) or dict(SEARCHES[self.estimator])
        wrapped = isinstance(regressor, TransformedTargetRegressor)
        search = {f"regressor__{key}" if wrapped else key: list(tried) for key, tried in values.items()}
        tuned = Tuned(regressor, search, self.n_tuned, random_state=self.seed)
        return Pipeline([*pipeline.steps[:-1], (name, tuned)])


def specified(  # noqa: PLR0913 - each a part of what is chosen
    estimator: str,
    *,
    parameters: Mapping[str, Any] | None = None,
    features: str | Sequence[str] | None = None,
    seed: int = SEED,
    n_tuned: int = 0,
    search: Mapping[str, Sequence[Any]] | None = None,
) -> Specification:
    """Return a specification of which every part is known to exist.

    Args:
        estimator: a key of `ESTIMATORS`, or `package.module:object`.
        parameters: values by scikit-learn's parameter names, of the regressor (`max_depth`) or of a step
            (`contents__quantile`).
        features: `card`, `chemistry`, `card+chemistry`, or names of `FEATURES` (a list, or text with commas).
        seed: of everything random in the estimator and in its tuning.
        n_tuned: how many settings a random search tries in each fit.
        search: values to try by parameter of the regressor; without it those of `SEARCHES`.

    Returns:
        The specification.

    Raises:
        InputError: the estimator, a parameter or a feature is not known, or does not go with the others.
    """
    names = features_of(features)
    _refuse_unknown(estimator, names)
    _refuse_beyond("seed", seed, 0, 2**32 - 1)
    _refuse_beyond("tune", n_tuned, 0, MOST_TRIED)
    chosen = {name: plain_value(name, value) for name, value in (parameters or {}).items()}
    tried = {name: _plain_values(name, values) for name, values in (search or {}).items()}
    pipeline = _pipeline(estimator, names)
    known = [_parameter(pipeline, name) for name in chosen]
    if repeated := [name for name, place in zip(chosen, known, strict=True) if known.count(place) > 1]:
        raise InputError([Fault("given-twice", "set", given=name) for name in repeated])
    for name, place in zip(chosen, known, strict=True):
        if place.endswith("n_estimators"):
            _refuse_beyond(name, chosen[name], 1, MOST_TREES)
    _refuse_search(estimator, pipeline, n_tuned, tried)
    return Specification(estimator, tuple(sorted(chosen.items())), names, seed, n_tuned, tuple(sorted(tried.items())))


NOTHING = "none"
"""How Python's None is written where there is no word for it."""


def plain_value(name: str, value: Any) -> Any:
    """Return a parameter's value as a file can hold it: a number, a text, true or false; `none` is nothing."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str) and value.strip().casefold() == NOTHING:
        return None
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise InputError([Fault("not-a-plain-value", name, given=str(value)[:80])])


def _refuse_beyond(column: str, value: Any, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError([Fault("not-a-whole-number", column, given=str(value)[:80])])
    if not least <= value <= most:
        allowed, values = f"{least:,} to {most:,}", {"quantity": column}
        raise InputError([Fault("out-of-bounds", column, given=f"{value:.4g}", allowed=allowed, values=values)])


def _refuse_search(estimator: str, pipeline: Pipeline, n_tuned: int, tried: Mapping[str, tuple[Any, ...]]) -> None:
    if n_tuned and not tried and estimator not in SEARCHES:
        raise InputError([Fault("nothing-to-tune", "tune", given=estimator, allowed=", ".join(SEARCHES))])
    if tried and not n_tuned:
        raise InputError([Fault("search-without-tuning", "search")])
    known = clone(getattr(pipeline[-1], "regressor", pipeline[-1])).get_params(deep=False)
    for name, values in tried.items():
        if name not in known:
            raise _unknown_parameter("search", name, known)
        if not values:
            raise InputError([Fault("missing", "search", row=name)])


def _plain_values(name: str, values: Any) -> tuple[Any, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InputError([Fault("not-a-list", "search", row=name, given=str(values)[:80])])
    plain = tuple(plain_value(name, value) for value in values)
    _refuse_beyond(f"values of {name}", len(plain), 0, MOST_TRIED)
    return plain


def _refuse_unknown(estimator: str, features: tuple[str, ...]) -> None:
    if ":" in estimator:
        _of_user(estimator)
        return
    if estimator not in ESTIMATORS:
        allowed = f"{', '.join(ESTIMATORS)}, or package.module:object"
        values = suggestions(estimator, ESTIMATORS)
        raise InputError([Fault("unknown-estimator", "estimator", given=estimator, allowed=allowed, values=values)])
    if features and estimator == "constrained_ridge" and (free := [name for name in features if name not in COSTS]):
        allowed = ", ".join(COSTS)
        raise InputError(Fault("feature-without-sign", "features", given=name, allowed=allowed) for name in free)
    if features and estimator not in (*_WITH_ANY_FEATURES, "constrained_ridge"):
        allowed = ", ".join((*_WITH_ANY_FEATURES, "constrained_ridge"))
        raise InputError([Fault("features-are-fixed", "features", values={"estimator": estimator}, allowed=allowed)])


def _of_user(place: str) -> BaseEstimator:
    """Return an unfitted regressor of the user's code, which may lie in the folder of work."""
    module, _, name = place.partition(":")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)
    try:
        named = getattr(importlib.import_module(module), name)
        made = named if isinstance(named, BaseEstimator) and not isinstance(named, type) else named()
        regressor = clone(made)
        _ = regressor.predict, regressor.fit
    except (Exception, SystemExit) as error:  # code of somebody else raises what it likes
        reason = f"{type(error).__name__}: {error}"
        raise InputError([Fault("no-such-object", "estimator", given=place, values={"reason": reason})]) from error
    return regressor


def _pipeline(estimator: str, features: tuple[str, ...]) -> Pipeline:
    if ":" in estimator:
        return on_features(_of_user(estimator), features or FEATURE_SETS["card+chemistry"])
    pipeline = ESTIMATORS[estimator]()
    if not features:
        return pipeline
    if estimator == "constrained_ridge":
        return pipeline.set_params(terms=FunctionTransformer(partial(chosen_terms, names=features)))
    regressor, is_tree = pipeline[-1], estimator in _TREES
    return on_features(
        regressor, features, fills=estimator not in READ_BLANKS, has_blanks=is_tree, is_scaled=not is_tree
    )


_NO_PARAMETERS = ("steps", "memory", "transform_input", "verbose")


def _parameter(pipeline: Pipeline, name: str) -> str:
    """Return the name in the pipeline of a parameter of its regressor, or of one of its steps."""
    parameters = pipeline.get_params()
    last = pipeline.steps[-1][0]
    for known in (f"{last}__regressor__{name}", f"{last}__{name}", name):
        if known in parameters and known not in (*_NO_PARAMETERS, *pipeline.named_steps, f"{last}__regressor"):
            return known
    own = [key.removeprefix("regressor__") for key in clone(pipeline[-1]).get_params() if key != "regressor"]
    raise _unknown_parameter("set", name, own)


def _unknown_parameter(column: str, name: str, known: Iterable[str]) -> InputError:
    names = sorted(known)
    allowed, values = ", ".join(names), suggestions(name, names)
    return InputError([Fault("unknown-parameter", column, given=name, allowed=allowed, values=values)])
