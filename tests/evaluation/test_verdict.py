from dataclasses import replace

import numpy as np
import pandas as pd

from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.verdict import Verdict, verdict_of
from spcse_ml.schema import RETENTION


def held_out(mean: np.ndarray, chosen: np.ndarray | float, **columns: np.ndarray | float) -> Evaluation:
    """Return the evaluation of made-up predictions of papers whose outcome is nought, so that each is its own error."""
    frame = pd.DataFrame(
        {
            "paper": np.arange(len(mean)).astype(str), "observed": 0.0, "mean": mean, "median": mean,
            "nearest_neighbour": 30.0, "content_line": 30.0, "chosen": chosen, "low": 0.0, "high": 1.0,
            "domain": "inside", "is_complete": True, "estimator": "ridge",
        }
    )  # fmt: skip
    return Evaluation(RETENTION, frame.assign(**columns))


def test_a_clear_gain_is_useful_a_loss_is_no_skill_and_a_doubtful_gain_is_undecided() -> None:
    chance = np.random.default_rng(0)
    base = np.abs(chance.normal(30, 5, 29))
    assert verdict_of(held_out(base, base * 0.5)) is Verdict.USEFUL
    assert verdict_of(held_out(base, base * 1.1)) is Verdict.NO_SKILL
    some_far_better_some_worse = np.where(np.arange(29) % 2 == 0, 0.0, 50.0)
    assert verdict_of(held_out(np.full(29, 30.0), some_far_better_some_worse)) is Verdict.UNDECIDED


def test_a_gain_too_small_to_choose_by_is_no_skill_unless_it_is_certain() -> None:
    chance = np.random.default_rng(0)
    base = np.full(29, 30.0)
    assert verdict_of(held_out(base, base + chance.normal(0, 5, 29))) is Verdict.NO_SKILL


def test_who_is_clearly_worse_than_a_plain_rule_is_not_useful_and_who_ties_with_it_is() -> None:
    base = np.abs(np.random.default_rng(0).normal(30, 5, 29))
    assert (
        verdict_of(held_out(base, base * 0.5, nearest_neighbour=base * 0.3, content_line=base * 0.3))
        is Verdict.UNDECIDED
    )
    assert (
        verdict_of(held_out(base, base * 0.5, nearest_neighbour=base * 0.5, content_line=base * 0.5)) is Verdict.USEFUL
    )


def test_what_shuffled_outcomes_match_is_not_useful() -> None:
    base = np.abs(np.random.default_rng(0).normal(30, 5, 29))
    found, mae = held_out(base, base * 0.5), float((base * 0.5).mean())
    assert verdict_of(replace(found, permuted_maes=(mae + 1,) * 40)) is Verdict.USEFUL
    assert verdict_of(replace(found, permuted_maes=(mae + 1,) * 39 + (mae - 1,))) is not Verdict.USEFUL


def test_no_skill_asks_for_a_fifth_of_the_very_constant() -> None:
    """A gain that is small beside the median's error and not beside the mean's."""
    mean, median = np.full(29, 20.0), np.full(29, 40.0)
    rivals = {"nearest_neighbour": 1.0, "content_line": 1.0}
    assert verdict_of(held_out(mean, 15.5, median=median, **rivals)) is Verdict.UNDECIDED
    assert verdict_of(held_out(mean, 15.5, median=19.0, **rivals)) is Verdict.NO_SKILL
