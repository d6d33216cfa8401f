from dataclasses import replace

import pytest

from spcse_ml.evaluation.comparison import Comparison, compare
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.evaluation.metrics import Gain
from spcse_ml.reports.messages.comparison import comparison_lines


@pytest.mark.parametrize(
    ("gain", "told"),
    [
        (Gain(1.2, 0.4, 2.0), "lower by 1.2 (0.4 to 2.0) points: better"),
        (Gain(-0.2, -0.7, 0.4), "higher by 0.2 (-0.4 to 0.7) points: cannot tell"),
        (Gain(0.01, 0.002, 0.04), "the same, to within 0.1 points"),
        (Gain(0.04, 0.01, 0.1), "the same, to within 0.1 points"),
        (Gain(-2.0, -3.0, 0.0, n=4), "higher by 2.0 (0.0 to 3.0) points: cannot tell (of 4 papers"),
    ],
)
def test_a_loss_is_told_as_more_error_with_its_interval_turned_round(
    released_pair: ModelPair, gain: Gain, told: str
) -> None:
    found = compare(released_pair.retention, released_pair.retention, None)
    lines = comparison_lines(_with(found, gain))
    assert any(f"the challenger's mean error is {told}" in line for line in lines), lines


def _with(found: Comparison, gain: Gain) -> Comparison:

    return replace(found, held_out=(29, gain))
