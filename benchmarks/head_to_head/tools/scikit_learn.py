"""scikit-learn: a random forest and ridge regression as they come, and the usual Gaussian process."""

from functools import partial

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from tools.common import HALF_WIDTH, Seen, answer, one_hot


def random_forest(seed: int, seen: Seen, asked: pd.DataFrame) -> np.ndarray:
    """Return what the default forest says; its trees read a blank as a blank."""
    forest = make_pipeline(one_hot(fill=False, scale=False), RandomForestRegressor(random_state=seed))
    return forest.fit(seen.card, seen.outcomes).predict(asked)


def ridge(seen: Seen, asked: pd.DataFrame) -> np.ndarray:
    """Return what the default ridge says."""
    return make_pipeline(one_hot(), Ridge()).fit(seen.card, seen.outcomes).predict(asked)


def gaussian_process(seen: Seen, asked: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """Return what the process says, and its own 90 %, noise included."""
    kernel = ConstantKernel() * RBF() + WhiteKernel()
    process = make_pipeline(one_hot(), GaussianProcessRegressor(kernel, normalize_y=True, random_state=0))
    mean, deviation = process.fit(seen.card, seen.outcomes).predict(asked, return_std=True)
    return mean, mean - HALF_WIDTH * deviation, mean + HALF_WIDTH * deviation


if __name__ == "__main__":
    adapters = {
        **{f"RandomForestRegressor(), blanks kept, seed {seed}": partial(random_forest, seed) for seed in range(3)},
        "Ridge(), one-hot, mean fill, scaled": ridge,
        "GaussianProcessRegressor(const * RBF + white, normalize_y), one-hot, mean fill, scaled": gaussian_process,
    }
    answer("scikit-learn", adapters)
