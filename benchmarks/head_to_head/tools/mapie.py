"""MAPIE: conformal intervals around scikit-learn's default forest and around the mean, every paper held out inside."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from mapie.regression import CrossConformalRegressor
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.pipeline import make_pipeline

from tools.common import LEVEL, Seen, answer, one_hot


def conformal(make: Callable[[], BaseEstimator], seen: Seen, asked: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """Return what the tool says around a model."""
    model = make_pipeline(one_hot(fill=False, scale=False), make())
    around = CrossConformalRegressor(model, confidence_level=LEVEL, method="plus", cv=LeaveOneGroupOut())
    values, ends = around.fit_conformalize(seen.card, seen.outcomes, groups=seen.papers).predict_interval(asked)
    return values, ends[:, 0, 0], ends[:, 1, 0]


if __name__ == "__main__":
    forest = partial(RandomForestRegressor, random_state=0)
    adapters = {
        "CrossConformalRegressor(plus, LeaveOneGroupOut), RandomForestRegressor()": partial(conformal, forest),
        "CrossConformalRegressor(plus, LeaveOneGroupOut), mean only": partial(conformal, DummyRegressor),
    }
    answer("mapie", adapters)
