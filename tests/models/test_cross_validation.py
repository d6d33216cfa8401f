import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from spcse_ml.data.dataset import Dataset
from spcse_ml.models.cross_validation import ceiling, errors_by_paper, point, predict_held_out, predict_worlds
from spcse_ml.models.estimators import ESTIMATORS
from spcse_ml.models.folds import leave_one_out
from spcse_ml.schema import RETENTION, THICKNESS


@pytest.mark.parametrize("name", ESTIMATORS)
def test_many_worlds_at_once_are_what_fitting_each_alone_gives(name: str, few_papers: Dataset) -> None:
    """What comes before the last step must not look at outcomes, or preparing it once would be wrong."""
    rows = few_papers.trainable(RETENTION)
    worlds = np.array([rows.outcomes, rows.outcomes[::-1]])
    folds = list(leave_one_out(rows.papers))[:3]
    found = predict_worlds(ESTIMATORS[name], rows, RETENTION, folds, worlds)
    for world, told in zip(worlds, found, strict=True):
        for train, held in folds:
            alone = clone(ESTIMATORS[name]()).fit(rows.recipes.iloc[train], world[train])
            limit = ceiling(RETENTION, world[train])
            assert told[held].tolist() == point(alone, rows.recipes.iloc[held], limit).tolist()


def test_a_row_that_no_fold_held_out_is_left_blank(few_papers: Dataset) -> None:
    rows = few_papers.trainable(RETENTION)
    folds = list(leave_one_out(rows.papers))[:1]
    found = predict_held_out(ESTIMATORS["mean"], rows, RETENTION, folds)
    assert np.isnan(found).sum() == len(rows.outcomes) - len(folds[0][1])


def test_each_paper_has_one_error_the_mean_of_its_rows(few_papers: Dataset) -> None:
    rows = few_papers.trainable(RETENTION)
    errors = errors_by_paper(rows.outcomes + np.arange(len(rows.outcomes)), rows.outcomes, rows.papers)
    twins = np.flatnonzero(rows.papers == "41+42")
    assert errors["41+42"] == twins.mean()
    assert isinstance(errors, pd.Series)


def test_a_ceiling_holds_unless_two_rows_exceed_it() -> None:
    assert ceiling(RETENTION, np.array([50.0])) == 100.0
    assert ceiling(RETENTION, np.array([50.0, 104.0])) == 100.0
    assert ceiling(RETENTION, np.array([102.0, 104.0])) is None
    assert ceiling(THICKNESS, np.array([50.0])) is None
