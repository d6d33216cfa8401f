"""Trials of truth: noise is not called useful.

A few data sets in `make test`, the full count in `make test-thorough`.
"""

from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from spcse_ml.judging.answer import ModelPair
from spcse_ml.judging.evaluation import evaluate, shuffled
from spcse_ml.judging.verdict import Verdict, judge
from spcse_ml.literature.dataset import Dataset, Trainable, literature
from spcse_ml.literature.schema import RETENTION, Target


class Made(Dataset):
    """A data set whose outcomes are made up on the real recipes and papers."""

    def __init__(self, trainable: Trainable) -> None:
        super().__init__(literature().rows, literature().references)
        object.__setattr__(self, "made", trainable)

    def trainable(self, target: Target) -> Trainable:  # noqa: ARG002 - there is one
        made: Trainable = self.made  # type: ignore[attr-defined]
        return made


def verdict_on_noise(seed: int) -> Verdict:
    noise = shuffled(literature().trainable(RETENTION), seed)
    return judge(evaluate(Made(noise), RETENTION))


def share(trial: object, n: int) -> int:
    with ProcessPoolExecutor(2) as executor:
        return sum(verdict is Verdict.USEFUL for verdict in executor.map(trial, range(n)))  # type: ignore[arg-type]


def test_pure_noise_is_not_called_useful() -> None:
    assert share(verdict_on_noise, 3) <= 1


@pytest.mark.thorough
def test_noise_is_called_useful_in_at_most_15_of_200_data_sets() -> None:
    assert share(verdict_on_noise, 200) <= 15


def test_shuffling_deals_whole_papers_and_changes_no_recipe() -> None:
    rows = literature().trainable(RETENTION)
    dealt = shuffled(rows, 3)
    assert dealt.recipes.equals(rows.recipes)
    assert not np.array_equal(dealt.outcomes, rows.outcomes)
    assert set(dealt.outcomes) <= set(rows.outcomes)
    both = dealt.outcomes[rows.papers == "41+42"]
    source = {paper for paper in set(rows.papers) if set(both) <= set(rows.outcomes[rows.papers == paper])}
    assert source


def test_shuffled_outcomes_are_not_predicted_as_well_as_the_real_ones(released_pair: ModelPair) -> None:
    evaluation = released_pair.retention.evaluation
    assert len(evaluation.shuffled) >= 40
    assert evaluation.p_of_chance <= 0.025
    assert min(evaluation.shuffled) > evaluation.scores["chosen"].mae
