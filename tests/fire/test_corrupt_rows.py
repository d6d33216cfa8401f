"""A figure that is wrong by a factor of ten is pointed at: by the check of the table, or among the largest misses."""

from dataclasses import replace

import numpy as np
import pytest

from spcse_ml.data.dataset import TrainingRows
from spcse_ml.data.literature import literature
from spcse_ml.models.cross_validation import leave_one_out, predict_held_out
from spcse_ml.models.estimators import ESTIMATORS
from spcse_ml.schema import RETENTION

LARGEST = 3


def place_among_misses(rows: TrainingRows, row: int) -> int:
    """Return the place of a row, 1 for the largest, among the misses of papers held out, on the scale of roots."""
    folds = list(leave_one_out(rows.papers))
    told = predict_held_out(ESTIMATORS["constrained_ridge"], rows, RETENTION, folds)
    misses = np.abs(np.sqrt(told) - np.sqrt(rows.outcomes))
    return int(np.sum(misses >= misses[row]))


@pytest.mark.thorough
def test_a_retention_that_lost_or_won_a_digit_is_among_the_three_largest_misses() -> None:
    rows = literature().training_rows(RETENTION)
    places = []
    for row, outcome in enumerate(rows.outcomes[::3]):
        outcomes = rows.outcomes.copy()
        outcomes[3 * row] = outcome / 10 if outcome > 10 else outcome * 10
        places.append(place_among_misses(replace(rows, outcomes=outcomes), 3 * row))
    print(f"places of planted errors: {places}")  # noqa: T201 - the figure of this trial
    assert np.mean(np.array(places) <= LARGEST) >= 0.6
