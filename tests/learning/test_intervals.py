import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from spcse_ml.errors import InputError
from spcse_ml.learning.intervals import Calibration, Reach, calibrate
from spcse_ml.literature.schema import RETENTION, THICKNESS


def exactly(*values: float) -> Reach:
    return Reach(np.array(values), np.array(values))


@given(
    scores=st.lists(st.floats(0, 5), min_size=10, max_size=30),
    values=st.lists(st.floats(0.1, 100), min_size=1, max_size=5),
    difficulty=st.floats(0.1, 2),
)
def test_intervals_hold_the_point_stay_in_bounds_and_widen_with_level_and_difficulty(
    scores: list[float], values: list[float], difficulty: float
) -> None:
    calibration, points = Calibration(tuple(scores), 100.0), np.array(values)
    reach = Reach(points, points)
    hard = np.full(len(points), difficulty)
    low, high = calibration.bounds(reach, hard, 0.8)
    assert ((low >= 0) & (low <= points + 1e-9) & (points <= high + 1e-9) & (high <= 100)).all()
    wider_low, wider_high = calibration.bounds(reach, hard * 1.5, 0.9)
    assert (wider_low <= low + 1e-9).all()
    assert (wider_high >= high - 1e-9).all()


def test_a_level_that_the_number_of_papers_cannot_support_is_refused() -> None:
    nine = Calibration(tuple(range(9)), None)
    assert nine.quantile(0.9) == 8
    with pytest.raises(InputError, match=r"9 papers cannot support this level .given '0.91'.*at most 0.900"):
        nine.quantile(0.91)
    with pytest.raises(InputError, match="level"):
        nine.quantile(0.0)


def test_each_paper_gives_one_score_the_worst_of_its_rows() -> None:
    calibration = calibrate(
        reach=exactly(25.0, 25.0, 49.0), outcomes=np.array([36.0, 64.0, 49.0]),
        difficulty=np.array([1.0, 2.0, 1.0]), papers=np.array(["a", "a", "b"]), target=RETENTION,
    )  # fmt: skip
    assert calibration.scores == (1.5, 0.0)


def test_where_a_content_is_unknown_only_what_lies_beyond_the_stretch_is_an_error_and_the_stretch_is_shown() -> None:
    known = calibrate(
        reach=Reach(np.array([16.0, 16.0, 16.0]), np.array([36.0, 36.0, 36.0])), outcomes=np.array([25.0, 9.0, 64.0]),
        difficulty=np.ones(3), papers=np.array(["a", "b", "c"]), target=RETENTION,
    )  # fmt: skip
    assert known.scores == (0.0, 1.0, 2.0)
    low, high = known.bounds(Reach(np.array([16.0]), np.array([36.0])), np.ones(1), 0.5)
    assert (low[0], high[0]) == (9.0, 49.0)


def test_retention_is_cut_at_a_hundred_unless_a_row_exceeds_it_and_thickness_never() -> None:
    def ceiling(outcome: float, target: object) -> float | None:
        rows = {"reach": exactly(50.0), "difficulty": np.ones(1), "papers": np.array(["a"])}
        return calibrate(outcomes=np.array([outcome]), target=target, **rows).ceiling  # type: ignore[arg-type]

    assert (ceiling(98.8, RETENTION), ceiling(104.0, RETENTION), ceiling(50.0, THICKNESS)) == (100.0, None, None)


def test_new_papers_fall_inside_as_often_as_the_level_says() -> None:
    """Whole papers with their own shift: the coverage of a new paper lies within its binomial bounds."""
    chance, trials, hits = np.random.default_rng(1), 2000, 0
    for _ in range(trials):
        outcomes = (8 + chance.normal(0, 1, 30)[:, None] + chance.normal(0, 0.5, (30, 2))) ** 2
        papers = np.repeat(np.arange(29), 2)
        known = calibrate(
            reach=exactly(*[64.0] * 58), outcomes=outcomes[:29].ravel(), difficulty=np.ones(58), papers=papers,
            target=THICKNESS,
        )  # fmt: skip
        low, high = known.bounds(exactly(64.0, 64.0), np.ones(2), 0.9)
        hits += bool(((low <= outcomes[29]) & (outcomes[29] <= high)).all())
    assert binom.ppf(0.001, trials, 0.9) <= hits <= binom.ppf(0.999, trials, 0.9 + 1 / 30)
