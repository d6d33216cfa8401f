from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spcse_ml.data.dataset import Dataset
from spcse_ml.models.cross_validation import (
    CHUNK,
    ceiling,
    errors_by_paper,
    group_folds,
    leave_one_out,
    predict_held_out,
    predict_medians,
    predict_outcome_sets,
    resample_papers,
    run_draws,
)
from spcse_ml.models.estimators import ESTIMATORS
from spcse_ml.models.weights import fit_weighted, row_weights
from spcse_ml.parallel import Workers
from spcse_ml.schema import RETENTION, THICKNESS


@pytest.mark.parametrize("name", ESTIMATORS)
def test_many_worlds_at_once_are_what_fitting_each_alone_gives(name: str, few_papers: Dataset) -> None:
    """What comes before the last step must not look at outcomes, or preparing it once would be wrong."""
    rows = few_papers.training_rows(RETENTION)
    worlds = np.array([rows.outcomes, rows.outcomes[::-1]])
    folds = list(leave_one_out(rows.papers))[:3]
    found = predict_outcome_sets(ESTIMATORS[name], rows, RETENTION, folds, worlds)
    for world, told in zip(worlds, found, strict=True):
        for train, held in folds:
            seen = rows.take(train)
            alone = fit_weighted(ESTIMATORS[name](), seen.recipes, world[train], row_weights(seen))
            limit = ceiling(RETENTION, world[train])
            assert told[held].tolist() == predict_medians(alone, rows.recipes.iloc[held], limit).tolist()


def test_a_row_that_no_fold_held_out_is_left_blank(few_papers: Dataset) -> None:
    rows = few_papers.training_rows(RETENTION)
    folds = list(leave_one_out(rows.papers))[:1]
    found = predict_held_out(ESTIMATORS["mean"], rows, RETENTION, folds)
    assert np.isnan(found).sum() == len(rows.outcomes) - len(folds[0][1])


def test_each_paper_has_one_error_the_mean_of_its_rows(few_papers: Dataset) -> None:
    rows = few_papers.training_rows(RETENTION)
    errors = errors_by_paper(rows.outcomes + np.arange(len(rows.outcomes)), rows.outcomes, rows.papers)
    twins = np.flatnonzero(rows.papers == "41+42")
    assert errors["41+42"] == twins.mean()
    assert isinstance(errors, pd.Series)


def test_a_ceiling_holds_unless_two_rows_exceed_it() -> None:
    assert ceiling(RETENTION, np.array([50.0])) == 100.0
    assert ceiling(RETENTION, np.array([50.0, 104.0])) == 100.0
    assert ceiling(RETENTION, np.array([102.0, 104.0])) is None
    assert ceiling(THICKNESS, np.array([50.0])) is None


groups = (
    st.lists(st.sampled_from("abcdefghij"), min_size=6, max_size=40).filter(lambda g: len(set(g)) >= 3).map(np.array)
)


@given(groups=groups, n_folds=st.integers(2, 12))
def test_no_paper_is_ever_on_both_sides_and_every_row_is_held_out_once(groups: np.ndarray, n_folds: int) -> None:
    for folds in (list(leave_one_out(groups)), list(group_folds(groups, n_folds))):
        held = np.concatenate([held for _, held in folds])
        assert sorted(held) == list(range(len(groups)))
        assert all(not set(groups[train]) & set(groups[held]) for train, held in folds)


def test_leaving_one_out_makes_one_fold_per_paper() -> None:
    assert len(list(leave_one_out(np.array(["a", "b", "b", "c"])))) == 3


def test_resampling_draws_whole_papers_as_many_as_there_are(few_papers: Dataset) -> None:
    papers = few_papers.training_rows(RETENTION).papers.astype(str)
    for seed in range(20):
        counts = pd.Series(papers[resample_papers(papers, np.random.default_rng(seed))]).value_counts()
        times = counts / pd.Series(papers).value_counts()[counts.index]
        assert (times % 1 == 0).all()
        assert times.sum() == len(set(papers))


def test_of_no_paper_none_is_drawn() -> None:
    assert len(resample_papers(np.array([], dtype=object), np.random.default_rng(0))) == 0


def test_each_number_is_drawn_once_and_in_order_whoever_draws() -> None:
    total = 2 * CHUNK + 3
    with ThreadPoolExecutor(2) as executor:
        for workers in (Workers(), Workers(executor)):
            assert run_draws(lambda run: [2 * seed for seed in run], total, workers=workers, what="draws") == [
                2 * seed for seed in range(total)
            ]
