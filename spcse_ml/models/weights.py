"""A published paper counts once in a fit, however many rows it has; a membrane of one's own counts as one.

That holds for what learns from outcomes and takes weights. Medians, the nearest neighbour and the Gaussian process
count rows, and so do the typical contents and the scales of terms, which look at no outcome.
"""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from spcse_ml.data.dataset import OWN, TrainingRows


def row_weights(rows: TrainingRows) -> np.ndarray:
    """Return the weight of each row: one over the rows of its paper, and 1 of an own membrane, whose batch is no paper.

    A row that is there twice, because papers were drawn with replacement, counts twice.

    Args:
        rows: n rows with their papers.

    Returns:
        Weights between 0 and 1, shape (n,).
    """
    papers = rows.papers.astype(str)
    n_of_paper = pd.Series(rows.places).groupby(papers).transform("nunique").to_numpy(dtype=float)
    return np.where(np.char.startswith(papers.astype("U"), f"{OWN}:"), 1.0, 1.0 / n_of_paper)


def fit_to(pipeline: Pipeline, rows: TrainingRows) -> Pipeline:
    """Return the pipeline fitted to rows, each with its weight.

    Args:
        pipeline: unfitted; its last step alone looks at outcomes.
        rows: n recipes with outcomes in the target's unit, and their papers.

    Returns:
        The same pipeline, fitted.
    """
    return fit_weighted(pipeline, rows.recipes, rows.outcomes, row_weights(rows), rows.papers)


def fit_weighted(
    pipeline: Pipeline,
    recipes: pd.DataFrame,
    outcomes: np.ndarray,
    weights: np.ndarray,
    papers: np.ndarray | None = None,
) -> Pipeline:
    """Return the pipeline fitted to recipes and outcomes that count by their weights; each has the shape (n,)."""
    name, regressor = pipeline.steps[-1]
    parameters = {f"{name}__{key}": value for key, value in fit_parameters(regressor, weights, papers).items()}
    return pipeline.fit(recipes, outcomes.copy(), **parameters)  # an estimator may change what it is given


def fit_parameters(
    regressor: BaseEstimator, weights: np.ndarray, papers: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Return weights, and papers as groups, as a regressor takes them when it is fitted; nothing where it takes none.

    The median takes none: scikit-learn's weighted one is the lower of two middle outcomes, also where all weights are
    equal.
    """
    inner = regressor.regressor if isinstance(regressor, TransformedTargetRegressor) else regressor
    counts_rows = isinstance(inner, DummyRegressor) and inner.strategy == "median"
    takes_weights = not counts_rows and has_fit_parameter(inner, "sample_weight")
    parameters = {"sample_weight": weights} if takes_weights else {}
    if papers is not None and has_fit_parameter(inner, "groups"):
        parameters["groups"] = papers
    return parameters
