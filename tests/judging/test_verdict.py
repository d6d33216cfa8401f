import numpy as np
import pandas as pd
import pytest

from spcse_ml.judging.evaluation import summarise
from spcse_ml.judging.verdict import Verdict, in_words, judge
from spcse_ml.literature.schema import RETENTION, THICKNESS


def evaluated(errors_of_the_mean: np.ndarray, errors: np.ndarray, rivals: float | np.ndarray = 30.0) -> Verdict:
    n = len(errors)
    frame = pd.DataFrame(
        {
            "paper": np.arange(n).astype(str), "observed": 0.0, "mean": errors_of_the_mean,
            "median": errors_of_the_mean, "nearest_neighbour": rivals, "content_line": rivals, "chosen": errors,
            "low": 0.0, "high": 1.0, "domain": "inside", "is_complete": True, "estimator": "ridge",
        }
    )  # fmt: skip
    return judge(summarise(RETENTION, frame))


def test_a_clear_gain_is_useful_a_loss_is_no_skill_and_a_doubtful_gain_is_undecided() -> None:
    chance = np.random.default_rng(0)
    base = np.abs(chance.normal(30, 5, 29))
    assert evaluated(base, base * 0.5) is Verdict.USEFUL
    assert evaluated(base, base * 1.1) is Verdict.NO_SKILL
    some_far_better_some_worse = np.where(np.arange(29) % 2 == 0, 0.0, 50.0)
    assert evaluated(np.full(29, 30.0), some_far_better_some_worse) is Verdict.UNDECIDED


def test_a_gain_too_small_to_choose_by_is_no_skill_unless_it_is_certain() -> None:
    chance = np.random.default_rng(0)
    base = np.full(29, 30.0)
    assert evaluated(base, base + chance.normal(0, 5, 29)) is Verdict.NO_SKILL


def test_who_is_clearly_worse_than_a_plain_rule_is_not_useful_and_who_ties_with_it_is() -> None:
    base = np.abs(np.random.default_rng(0).normal(30, 5, 29))
    assert evaluated(base, base * 0.5, rivals=base * 0.3) is Verdict.UNDECIDED
    assert evaluated(base, base * 0.5, rivals=base * 0.5) is Verdict.USEFUL


def test_what_shuffled_outcomes_match_is_not_useful() -> None:
    base = np.abs(np.random.default_rng(0).normal(30, 5, 29))
    n = len(base)
    frame = pd.DataFrame(
        {
            "paper": np.arange(n).astype(str), "observed": 0.0, "mean": base, "median": base, "nearest_neighbour": 30.0,
            "content_line": 30.0, "chosen": base * 0.5, "low": 0.0, "high": 1.0, "domain": "inside",
            "is_complete": True, "estimator": "ridge",
        }
    )  # fmt: skip
    own = float((base * 0.5).mean())
    assert judge(summarise(RETENTION, frame, (own + 1,) * 40)) is Verdict.USEFUL
    assert judge(summarise(RETENTION, frame, (own + 1,) * 39 + (own - 1,))) is not Verdict.USEFUL


def test_no_skill_asks_for_a_fifth_of_the_very_constant() -> None:
    """A gain that is small beside the median's error and not beside the mean's."""
    mean, median = np.full(29, 20.0), np.full(29, 40.0)
    frame = pd.DataFrame(
        {
            "paper": np.arange(29).astype(str), "observed": 0.0, "mean": mean, "median": median,
            "nearest_neighbour": 1.0, "content_line": 1.0, "chosen": 15.5, "low": 0.0, "high": 1.0, "domain": "inside",
            "is_complete": True, "estimator": "ridge",
        }
    )  # fmt: skip
    assert judge(summarise(RETENTION, frame)) is Verdict.UNDECIDED
    assert judge(summarise(RETENTION, frame.assign(median=19.0))) is Verdict.NO_SKILL


def test_the_words_say_what_to_do() -> None:
    assert "you choose this" in in_words(THICKNESS, Verdict.NO_SKILL)
    assert "do not choose experiments" in in_words(RETENTION, Verdict.NO_SKILL)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_sentence_opens_with_target_and_verdict(verdict: Verdict) -> None:
    assert in_words(RETENTION, verdict).startswith(f"retention: {verdict.value} - ")
