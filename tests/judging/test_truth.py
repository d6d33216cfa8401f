"""Trials of truth: noise is not called useful.

A few data sets in `make test`, the full count in `make test-thorough`.
"""

import multiprocessing
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


def n_useful_on_noise(seeds: range) -> int:
    rows = literature().trainable(RETENTION)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        made = [evaluate(Made(shuffled(rows, seed)), RETENTION, executor=executor) for seed in seeds]
    return sum(judge(evaluation) is Verdict.USEFUL for evaluation in made)


def test_pure_noise_is_not_called_useful() -> None:
    assert n_useful_on_noise(range(2)) == 0


@pytest.mark.thorough
def test_noise_is_called_useful_in_at_most_15_of_200_data_sets() -> None:
    assert n_useful_on_noise(range(200)) <= 15


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
