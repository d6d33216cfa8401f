"""Estimators as versions before 0.2 had them, so that the models in their stores answer as they did.

Every row counted alike, a protic solvent was a term, and the positive ridge was solved by steps that stop early.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from spcse_ml.models.estimators import COSTS, constrained_ridge, content_line, gaussian_process, ridge
from spcse_ml.models.features import TERMS, terms

FORMER = "_0.1"
"""End of the name of an estimator of before."""

PROTIC = "solvent_is_protic"


class RidgeOfRows(Ridge):
    """Ridge regression to which every row counts alike."""

    def fit(self, terms: np.ndarray, outcomes: np.ndarray) -> "RidgeOfRows":
        """Fit without weights."""
        super().fit(terms, outcomes)
        return self


class LineOfRows(LinearRegression):
    """A line to which every row counts alike."""

    def fit(self, contents: np.ndarray, outcomes: np.ndarray) -> "LineOfRows":
        """Fit without weights."""
        super().fit(contents, outcomes)
        return self


def _terms_of_before(encoded: pd.DataFrame) -> pd.DataFrame:
    return _with_protic(encoded, TERMS)


def _costs_of_before(encoded: pd.DataFrame) -> pd.DataFrame:
    return _with_protic(encoded, COSTS)


def _with_protic(encoded: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    place = names.index("solvent_polarity") + 1
    columns = terms(encoded).assign(**{PROTIC: encoded[PROTIC]})
    return columns[[*names[:place], PROTIC, *names[place:]]]


def _content_line() -> Pipeline:
    return content_line().set_params(regress=LineOfRows())


def _ridge() -> Pipeline:
    return ridge().set_params(regress__regressor=RidgeOfRows(alpha=3.0), terms=FunctionTransformer(_terms_of_before))


def _gaussian_process() -> Pipeline:
    return gaussian_process().set_params(terms=FunctionTransformer(_terms_of_before))


def _constrained_ridge() -> Pipeline:
    regressor = RidgeOfRows(alpha=3.0, positive=True)
    return constrained_ridge().set_params(regress__regressor=regressor, terms=FunctionTransformer(_costs_of_before))


FORMER_ESTIMATORS: Mapping[str, Callable[[], Pipeline]] = {
    f"content_line{FORMER}": _content_line,
    f"ridge{FORMER}": _ridge,
    f"gaussian_process{FORMER}": _gaussian_process,
    f"constrained_ridge{FORMER}": _constrained_ridge,
}


def former(name: str, ending: str) -> str:
    """Return the name of the estimator of before that a name without `FORMER` stood for; constants are what they were.

    Args:
        name: of an estimator, perhaps with the ending.
        ending: of estimators that learn from process columns besides.

    Returns:
        The name with `FORMER` before its ending.

    >>> former("ridge_and_process", "_and_process"), former("median", "_and_process")
    ('ridge_0.1_and_process', 'median')
    """
    plain = name.removesuffix(ending)
    then = f"{plain}{FORMER}"
    return f"{then}{name.removeprefix(plain)}" if then in FORMER_ESTIMATORS else name
