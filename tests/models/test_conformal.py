from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from spcse_ml.data.literature import literature
from spcse_ml.errors import InputError
from spcse_ml.models.conformal import Calibration, PredictionRange, calibrate
from spcse_ml.models.cross_validation import leave_one_out
from spcse_ml.models.model import learn
from spcse_ml.schema import RETENTION, THICKNESS


def exactly(*values: float) -> PredictionRange:
    return PredictionRange(np.array(values), np.array(values))


@given(
    scores=st.lists(st.floats(0, 5), min_size=10, max_size=30),
    values=st.lists(st.floats(0.1, 100), min_size=1, max_size=5),
    difficulty=st.floats(0.1, 2),
)
def test_intervals_hold_the_point_stay_in_bounds_and_widen_with_level_and_difficulty(
    scores: list[float], values: list[float], difficulty: float
) -> None:
    calibration, points = Calibration(tuple(scores), 100.0), np.array(values)
    reach = PredictionRange(points, points)
    hard = np.full(len(points), difficulty)
    low, high = calibration.bounds(reach, hard, 0.8)
    assert ((low >= 0) & (low <= points + 1e-9) & (points <= high + 1e-9) & (high <= 100)).all()
    wider_low, wider_high = calibration.bounds(reach, hard * 1.5, 0.9)
    assert (wider_low <= low + 1e-9).all()
    assert (wider_high >= high - 1e-9).all()


def test_a_level_that_the_number_of_papers_cannot_support_is_refused() -> None:
    nine = Calibration(tuple(range(9)), None)
    assert nine.quantile(0.9) == 8
    for level, code in ((0.91, "level-not-supported"), (0.0, "level-not-supported"), (90, "level-in-percent")):
        with pytest.raises(InputError) as refused:
            nine.quantile(level)
        (fault,) = refused.value.faults
        assert (fault.code, fault.column, fault.given, fault.values["n_papers"]) == (code, "level", f"{level:g}", 9)
        assert "0.900" in fault.allowed


def test_each_paper_gives_one_score_the_worst_of_its_rows() -> None:
    calibration = calibrate(
        prediction_range=exactly(25.0, 25.0, 49.0), outcomes=np.array([36.0, 64.0, 49.0]),
        difficulty=np.array([1.0, 2.0, 1.0]), papers=np.array(["a", "a", "b"]), target=RETENTION,
    )  # fmt: skip
    assert calibration.scores == (1.5, 0.0)


def test_where_a_content_is_unknown_only_what_lies_beyond_the_stretch_is_an_error_and_the_stretch_is_shown() -> None:
    known = calibrate(
        prediction_range=PredictionRange(np.array([16.0, 16.0, 16.0]), np.array([36.0, 36.0, 36.0])),
        outcomes=np.array([25.0, 9.0, 64.0]),
        difficulty=np.ones(3), papers=np.array(["a", "b", "c"]), target=RETENTION,
    )  # fmt: skip
    assert known.scores == (0.0, 1.0, 2.0)
    low, high = known.bounds(PredictionRange(np.array([16.0]), np.array([36.0])), np.ones(1), 0.5)
    assert (low[0], high[0]) == (9.0, 49.0)


def test_retention_is_cut_at_a_hundred_unless_rows_exceed_it_and_thickness_never() -> None:
    def ceiling(outcome: float, target: object) -> float | None:
        rows = {"prediction_range": exactly(50.0, 50.0), "difficulty": np.ones(2), "papers": np.array(["a", "b"])}
        return calibrate(outcomes=np.array([outcome, outcome]), target=target, **rows).ceiling  # type: ignore[arg-type]

    assert (ceiling(98.8, RETENTION), ceiling(104.0, RETENTION), ceiling(50.0, THICKNESS)) == (100.0, None, None)


def test_new_papers_fall_inside_as_often_as_the_level_says() -> None:
    """Whole papers with their own shift: the coverage of a new paper lies within its binomial bounds."""
    chance, trials, hits = np.random.default_rng(1), 2000, 0
    for _ in range(trials):
        outcomes = (8 + chance.normal(0, 1, 30)[:, None] + chance.normal(0, 0.5, (30, 2))) ** 2
        papers = np.repeat(np.arange(29), 2)
        known = calibrate(
            prediction_range=exactly(*[64.0] * 58), outcomes=outcomes[:29].ravel(), difficulty=np.ones(58),
            papers=papers, target=THICKNESS,
        )  # fmt: skip
        low, high = known.bounds(exactly(64.0, 64.0), np.ones(2), 0.9)
        hits += bool(((low <= outcomes[29]) & (outcomes[29] <= high)).all())
    assert binom.ppf(0.001, trials, 0.9) <= hits <= binom.ppf(0.999, trials, 0.9 + 1 / 30)


@given(
    scores=st.lists(st.floats(0, 5), min_size=1, max_size=30),
    value=st.floats(0.1, 100),
    difficulty=st.floats(0.1, 2),
    thresholds=st.lists(st.floats(0, 120), min_size=2, max_size=6),
)
def test_the_chance_of_beating_a_threshold_falls_with_it_and_is_a_half_at_the_prediction(
    scores: list[float], value: float, difficulty: float, thresholds: list[float]
) -> None:
    calibration, one = Calibration(tuple(scores), None), np.array([value])
    chances = [float(calibration.chance_above(one, np.array([difficulty]), each)[0]) for each in sorted(thresholds)]
    assert chances == sorted(chances, reverse=True)
    least = 1 / (2 * len(scores) + 2)
    assert all(least - 1e-12 <= chance <= 1 - least + 1e-12 for chance in chances)
    assert calibration.chance_above(one, np.array([difficulty]), value)[0] == 0.5


@given(hundredths=st.lists(st.integers(1, 200), min_size=9, max_size=30, unique=True), rank=st.integers(1, 30))
def test_beyond_each_end_of_an_interval_lies_half_of_what_its_level_leaves(hundredths: list[int], rank: int) -> None:
    scores = tuple(one / 100 for one in hundredths)
    calibration, one, hard = Calibration(scores, None), np.array([64.0]), np.array([1.3])
    level = min(rank, len(scores)) / (len(scores) + 1)
    low, high = calibration.bounds(exactly(64.0), hard, level)
    assert calibration.chance_above(one, hard, high[0])[0] == pytest.approx((1 - level) / 2)
    assert calibration.chance_above(one, hard, low[0])[0] == pytest.approx((1 + level) / 2)


@pytest.mark.thorough
def test_the_chances_of_papers_held_out_are_better_than_the_base_rate() -> None:
    """Brier score against that of the share of rows above, over thresholds; each paper told by what others teach."""
    dataset, wrong, plain = literature(), [], []
    rows = dataset.training_rows(RETENTION)
    for train, held in leave_one_out(rows.papers):
        model = learn(rows.take(train), RETENTION, ("constrained_ridge",))
        told = model.predict(rows.take(held).recipes)
        for threshold in (20.0, 30.0, 40.0, 50.0, 60.0, 70.0):
            chances = model.calibration.chance_above(
                told[RETENTION.column].to_numpy(), told["difficulty"].to_numpy(), threshold
            )
            is_above, share = rows.outcomes[held] > threshold, (rows.outcomes[train] > threshold).mean()
            wrong += [float(np.mean((chances - is_above) ** 2))]
            plain += [float(np.mean((share - is_above) ** 2))]
    assert np.mean(wrong) < 0.8 * np.mean(plain), (np.mean(wrong), np.mean(plain))


@pytest.mark.thorough
@pytest.mark.parametrize("effect", [0.1, 0.3, 0.6])
def test_intervals_hold_on_unseen_papers_however_much_papers_differ(effect: float) -> None:
    """Outcomes made from the plain fit, each paper off by a factor of its own (spread of its logarithm: `effect`)."""
    rows, hits = literature().training_rows(RETENTION), []
    medians, papers = (
        learn(rows, RETENTION, ("constrained_ridge",)).predict_medians(rows.recipes),
        np.unique(rows.papers),
    )
    for seed in range(60):
        rng = np.random.default_rng(seed)
        factors = dict(zip(papers, rng.normal(0, effect, len(papers)), strict=True))
        noise = np.array([factors[paper] for paper in rows.papers]) + rng.normal(0, 0.1, len(medians))
        made = replace(rows, outcomes=np.clip(medians * np.exp(noise), 0.1, 100.0))
        for paper in rng.choice(papers, 3, replace=False):
            held = np.flatnonzero(rows.papers == paper)
            model = learn(made.take(np.flatnonzero(rows.papers != paper)), RETENTION, ("constrained_ridge",))
            told = model.predict(made.take(held).recipes)
            outcomes = made.outcomes[held]
            hits += [float(np.mean((told["low"] <= outcomes) & (outcomes <= told["high"])))]
    print(f"papers differ by {effect}: {sum(hits):.0f} of {len(hits)} held")  # noqa: T201 - the figure of this trial
    assert np.mean(hits) > 0.84


def test_papers_carry_their_greatest_difficulty_and_half_of_them_set_the_least_that_counts() -> None:
    calibration = calibrate(
        prediction_range=exactly(49.0, 49.0, 49.0, 49.0),
        outcomes=np.array([36.0, 49.0, 64.0, 81.0]),
        difficulty=np.array([0.5, 0.25, 1.0, 2.0]),
        papers=np.array(["a", "a", "b", "c"]),
        target=RETENTION,
    )
    assert calibration.scores == (2.0, 1.0, 1.0)
    assert calibration.difficulties == (0.5, 1.0, 2.0)
    assert calibration.in_force(np.array([0.25, 1.5])).tolist() == [1.0, 1.5]
