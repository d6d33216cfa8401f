"""The few regressors compared, each an unfitted scikit-learn Pipeline from recipe frame to outcome.

The dumb baselines come first: whoever cannot beat them has learnt nothing. Every step that learns from data stands
inside the Pipeline, so a fold cannot leak. Outcomes are positive and errors multiply, so all but the plain baselines
and rivals learn the logarithm of the outcome.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVR

from spcse_ml.models.distance import NearestRecipe
from spcse_ml.models.distinct_rows import distinct
from spcse_ml.models.features import CARD_CATEGORIES, CARD_NUMBERS, TERMS, encode, log_content, terms
from spcse_ml.schema import Target

SEED = 0
CONTENTS = (("binder", "binder_wt_percent"), ("template", "template_wt_percent"))


def is_complete(recipes: pd.DataFrame) -> pd.Series:
    """Return whether the content of everything that a recipe names is reported."""
    unknown = [recipes[name].notna() & recipes[content].isna() for name, content in CONTENTS]
    return pd.Series(~(unknown[0] | unknown[1]), index=recipes.index)


class FillContents(TransformerMixin, BaseEstimator):
    """Give a binder or template of unknown content a typical content of the training rows.

    That is the geometric median of its own rows, where there are at least `n_own`, else of all rows. A content that
    does not apply, because the binder or template is not there, stays blank.
    """

    def __init__(self, quantile: float = 0.5, n_own: int = 2) -> None:
        """Take another quantile than the median, or other rows, to see how much the content matters."""
        self.quantile = quantile
        self.n_own = n_own

    def fit(self, recipes: pd.DataFrame, _outcomes: object = None) -> "FillContents":
        """Learn the contents; 5 wt% where no training row tells any (the middle of the review's contents)."""
        self.everyone_, self.own_ = {}, {}
        for name, content in CONTENTS:
            names, contents = recipes[name].to_numpy(), recipes[content].to_numpy(dtype=float)
            is_known = ~np.isnan(contents)
            known = np.log(contents[is_known])
            own = {thing: known[names[is_known] == thing] for thing in set(names[is_known])}
            self.everyone_[content] = self._typical(known) if len(known) else 5.0
            self.own_[content] = {
                thing: self._typical(logarithms) for thing, logarithms in own.items() if len(logarithms) >= self.n_own
            }
        return self

    def _typical(self, logarithms: np.ndarray) -> float:
        return float(np.exp(np.quantile(logarithms, self.quantile)))

    def transform(self, recipes: pd.DataFrame) -> pd.DataFrame:
        """Return the recipes with the contents filled where the thing exists."""
        reported = np.array([recipes[content].to_numpy(dtype=float) for _, content in CONTENTS])
        room = np.maximum((95.0 - np.nansum(reported, axis=0)) / 2, 0.1)  # what is known leaves this much for each
        filled = {}
        for (name, content), contents in zip(CONTENTS, reported, strict=True):
            numbers, first = distinct(recipes, [name])
            things = recipes[name].iloc[first]
            typical = np.array([self.own_[content].get(thing, self.everyone_[content]) for thing in things])[numbers]
            is_unknown = recipes[name].notna() & np.isnan(contents)
            filled[content] = np.where(is_unknown, np.minimum(typical, room), contents)
        return recipes.assign(**filled)


def mean() -> Pipeline:
    """Return the mean of the training outcomes, whatever the recipe."""
    return Pipeline([("regress", DummyRegressor())])


def median() -> Pipeline:
    """Return the median of the training outcomes, whatever the recipe."""
    return Pipeline([("regress", DummyRegressor(strategy="median"))])


def nearest_neighbour() -> Pipeline:
    """Return the outcome of the nearest recipe (Gower's distance on the card)."""
    return Pipeline([("encode", FunctionTransformer(encode)), ("regress", NearestRecipe())])


def content_line() -> Pipeline:
    """Return a straight line in the logarithm of the polymer content (binder plus template)."""
    return Pipeline(
        [
            ("contents", FillContents()),
            ("encode", FunctionTransformer(encode)),
            ("log_content", FunctionTransformer(_log_content)),
            ("regress", LinearRegression()),
        ]
    )


def ridge() -> Pipeline:
    """Return ridge regression on all terms, signs free, on the logarithm of the outcome."""
    return _on_terms(_on_log_scale(Ridge(alpha=3.0)), TERMS)


def random_forest() -> Pipeline:
    """Return scikit-learn's default random forest on the card, as a newcomer would take it."""
    return _on_card(RandomForestRegressor(random_state=SEED))


def xgboost() -> Pipeline:
    """Return XGBoost's defaults on the card, as a newcomer would take them."""
    from xgboost import XGBRegressor  # noqa: PLC0415 - takes a second to import; a prediction may not need it

    return _on_card(XGBRegressor(random_state=SEED, n_jobs=1))


def gaussian_process() -> Pipeline:
    """Return a Gaussian process with fixed scales on the terms, on the logarithm of the outcome.

    The kernel is a broad linear trend plus smooth departures of about a factor of two, noise likewise.
    """
    kernel = ConstantKernel(0.5) * DotProduct(1.0) + ConstantKernel(0.5) * RBF(2.0) + WhiteKernel(0.5)
    return _on_terms(_on_log_scale(GaussianProcessRegressor(kernel, optimizer=None)), TERMS)


class PositiveRidge(RegressorMixin, BaseEstimator):
    """Ridge regression whose coefficients are none below zero, solved to the end as non-negative least squares.

    The penalty stands as one more row for each term. scikit-learn's own iterates: at its tolerance it stopped 0.04
    points short, and at 1e-10 it warned now and then that it did not arrive.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        """Keep the penalty."""
        self.alpha = alpha

    def fit(self, terms: np.ndarray, outcomes: np.ndarray, sample_weight: np.ndarray | None = None) -> "PositiveRidge":
        """Find the coefficients (Lawson and Hanson 1974, by SciPy) and the intercept, which is not penalised."""
        terms, outcomes = np.asarray(terms, dtype=float), np.asarray(outcomes, dtype=float)
        weights = np.ones(len(outcomes)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        means, mean = np.average(terms, axis=0, weights=weights), np.average(outcomes, weights=weights)
        scale, n_terms = np.sqrt(weights), terms.shape[1]
        rows = np.vstack([scale[:, None] * (terms - means), np.sqrt(self.alpha) * np.eye(n_terms)])
        self.coef_, _ = nnls(rows, np.r_[scale * (outcomes - mean), np.zeros(n_terms)])
        self.intercept_ = float(mean - means @ self.coef_)
        return self

    def predict(self, terms: np.ndarray) -> np.ndarray:
        """Return one value per row of terms."""
        return np.asarray(np.asarray(terms, dtype=float) @ self.coef_ + self.intercept_)


COSTS = (
    "log_polymer_volume", "polymer_volume", "solvent_attack", "solvent_polarity", "has_template",
    "binder_is_polar_film", "is_lgps",
)  # fmt: skip
"""Terms of the released model, which may only cost retention. Another is a decision and a release."""


def constrained_ridge() -> Pipeline:
    """Return ridge regression of the lost logarithm in which nothing that chemistry forbids can help.

    More insulating volume, more attack by the solvent, a more polar one, a template, a polar film between the
    particles: each may only cost retention. So may the LGPS family, which the argyrodites outdo in these tables.
    """
    return _on_terms(_on_lost_log_scale(PositiveRidge(alpha=3.0)), COSTS)


def monotone_xgboost() -> Pipeline:
    """Return XGBoost's defaults on the card in which more polymer or a stronger donor can only lower the outcome."""
    from xgboost import XGBRegressor  # noqa: PLC0415 - as above

    numbers = (*CARD_NUMBERS, "template_wt_percent")
    falling = dict.fromkeys((f"numbers__{name}" for name in numbers), -1)
    regressor = XGBRegressor(random_state=SEED, n_jobs=1, tree_method="exact", monotone_constraints=falling)
    return _filled(_on_card(regressor, numbers))


def filled_random_forest() -> Pipeline:
    """Return scikit-learn's default random forest on the card, contents filled: it cannot read that one is blank."""
    return _filled(random_forest())


def filled_xgboost() -> Pipeline:
    """Return XGBoost's defaults on the card, contents filled: it cannot read that one is blank."""
    return _filled(xgboost())


def extra_trees() -> Pipeline:
    """Return scikit-learn's default extremely randomised trees on the card, contents filled."""
    return _filled(_on_card(ExtraTreesRegressor(random_state=SEED)))


def svr() -> Pipeline:
    """Return scikit-learn's default support-vector regressor (RBF kernel) on all terms, on the log of the outcome."""
    return _on_terms(_on_log_scale(SVR()), TERMS)


ESTIMATORS: Mapping[str, Callable[[], Pipeline]] = {
    "mean": mean,
    "median": median,
    "nearest_neighbour": nearest_neighbour,
    "content_line": content_line,
    "ridge": ridge,
    "random_forest": random_forest,
    "xgboost": xgboost,
    "gaussian_process": gaussian_process,
    "constrained_ridge": constrained_ridge,
    "monotone_xgboost": monotone_xgboost,
    "filled_random_forest": filled_random_forest,
    "filled_xgboost": filled_xgboost,
    "extra_trees": extra_trees,
    "svr": svr,
}

READ_BLANKS = ("random_forest", "xgboost")
"""Estimators that see whether a content is blank, which goes with low retention in these tables."""

CONSTANTS = ("mean", "median")
"""Guesses that do not look at the recipe."""

BASELINES = ("mean", "nearest_neighbour", "content_line", "random_forest", "xgboost")

_CANDIDATES = {
    "retention": ("content_line", "constrained_ridge"),
    "thickness": ("median", "ridge", "gaussian_process"),
}
"""For retention only what obeys the chemistry and cannot read an outcome off a blank cell may be chosen: trees do
(docs/experiments.md), so they stay rivals."""


def candidates(target: Target) -> tuple[str, ...]:
    """Return the names among which the nested selection chooses for a target."""
    return _CANDIDATES[target.name]


def compared(target: Target) -> tuple[str, ...]:
    """Return the names that are scored one by one for a target: baselines first, then the candidates."""
    lawful = ("monotone_xgboost",) if target.name == "retention" else ()
    return tuple(
        dict.fromkeys([*CONSTANTS, *BASELINES, "ridge", "gaussian_process", *lawful, *_CANDIDATES[target.name]])
    )


def _on_card(regressor: BaseEstimator, numbers: tuple[str, ...] = CARD_NUMBERS) -> Pipeline:
    card = ColumnTransformer(
        [
            ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), list(CARD_CATEGORIES)),
            ("numbers", "passthrough", list(numbers)),  # trees read a blank as a blank
        ]
    ).set_output(transform="pandas")
    return Pipeline([("encode", FunctionTransformer(encode)), ("card", card), ("regress", regressor)])


def _filled(pipeline: Pipeline) -> Pipeline:
    return Pipeline([("contents", FillContents()), *pipeline.steps])


def _on_terms(regressor: BaseEstimator, names: tuple[str, ...]) -> Pipeline:
    return Pipeline(
        [
            ("contents", FillContents()),
            ("encode", FunctionTransformer(encode)),
            ("terms", FunctionTransformer(partial(_select_terms, names=names))),
            ("scale", StandardScaler()),
            ("regress", regressor),
        ]
    )


def _select_terms(encoded: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    return terms(encoded)[list(names)]


def _log_content(encoded: pd.DataFrame) -> pd.DataFrame:
    content = log_content(encoded["polymer_wt_percent"].to_numpy())
    return pd.DataFrame({"polymer_wt_percent": content}, index=encoded.index)


def _on_log_scale(regressor: BaseEstimator) -> TransformedTargetRegressor:
    return TransformedTargetRegressor(regressor, func=np.log, inverse_func=np.exp, check_inverse=False)


def _on_lost_log_scale(regressor: BaseEstimator) -> TransformedTargetRegressor:
    return TransformedTargetRegressor(regressor, func=_loss, inverse_func=_retained, check_inverse=False)


def _loss(percent: np.ndarray) -> np.ndarray:
    return np.asarray(-np.log(percent / 100.0))


def _retained(lost: np.ndarray) -> np.ndarray:
    return np.asarray(100.0 * np.exp(-lost))
