"""AutoGluon: its quick preset, a weighted ensemble of whatever it could fit."""

import tempfile

import numpy as np
import pandas as pd
from autogluon.tabular import TabularPredictor

from tools.common import Seen, answer

SECONDS = 30


def ensemble(seen: Seen, asked: pd.DataFrame) -> np.ndarray:
    """Return what its ensemble says."""
    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor(
            "outcome", problem_type="regression", eval_metric="mean_absolute_error", path=folder, verbosity=0
        )
        rows = seen.card.assign(outcome=seen.outcomes)
        predictor.fit(rows, presets="medium_quality", time_limit=SECONDS, num_cpus=1)
        return predictor.predict(asked).to_numpy(dtype=float)


if __name__ == "__main__":
    settings = f"TabularPredictor(medium_quality, mae, {SECONDS} s per paper), its inner split ignores papers"
    answer("autogluon.tabular", {settings: ensemble})
