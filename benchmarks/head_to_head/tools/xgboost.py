"""XGBoost as it comes: on one-hot columns, and with its own handling of categories and blanks."""

import platform

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline
from xgboost import XGBRegressor

from tools.common import Seen, answer, as_categories, one_hot


def on_one_hot(seen: Seen, asked: pd.DataFrame) -> np.ndarray:
    """Return what it says of one-hot columns with blanks filled by the mean."""
    model = make_pipeline(one_hot(scale=False), XGBRegressor(random_state=0, n_jobs=1))
    return model.fit(seen.card, seen.outcomes).predict(asked)


def native(seen: Seen, asked: pd.DataFrame) -> np.ndarray:
    """Return what it says of categories and blanks as they stand."""
    card, asked = as_categories(seen.card, asked)
    return XGBRegressor(random_state=0, n_jobs=1, enable_categorical=True).fit(card, seen.outcomes).predict(asked)


if __name__ == "__main__":
    adapters = {"XGBRegressor(), one-hot, mean fill": on_one_hot, "XGBRegressor(enable_categorical=True)": native}
    answer("xgboost" if platform.system() == "Darwin" else "xgboost-cpu", adapters)
