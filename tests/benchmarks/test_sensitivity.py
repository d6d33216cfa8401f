from functools import partial

import numpy as np
import pandas as pd
import pytest

from benchmarks.robustness.sensitivity import (
    Encoding,
    consistency,
    encodings,
    fixed_mae,
    laboratories_held_out,
    noise_floor,
    without,
)
from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.substances import ANNOTATORS
from spcse_ml.data.dataset import Dataset, TrainingRows, View
from spcse_ml.data.literature import literature
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.models.estimators import ESTIMATORS, FillContents
from spcse_ml.models.features import encode, terms
from spcse_ml.schema import RETENTION

CHAMPION = "constrained_ridge"


def test_the_first_encoding_is_the_one_in_force_and_all_differ(rows: TrainingRows) -> None:
    every = list(encodings())
    assert every[0] == Encoding()
    assert len(set(every)) == len(every) == 96
    in_force = ESTIMATORS[CHAMPION]().fit(rows.recipes, rows.outcomes).predict(rows.recipes)
    assert np.array_equal(
        Encoding().pipeline(CHAMPION).fit(rows.recipes, rows.outcomes).predict(rows.recipes), in_force
    )


@pytest.mark.parametrize(
    "other",
    [
        Encoding(coating="any film"), Encoding(coating="anything polar"), Encoding(coating="ignored"),
        Encoding(fill="all rows"), Encoding(fill="low"), Encoding(fill="high"), Encoding(amount="weight"),
        Encoding(solvent="donor number"), Encoding(solvent="excess over 14"),
    ],
)  # fmt: skip
def test_every_choice_of_the_multiverse_changes_what_the_estimator_is_shown(other: Encoding) -> None:
    """Not always what it predicts: a term whose weight is none may be encoded in any way.

    On the rows of the review; of the checked ones no blank content is of a binder with rows of its own.
    """
    rows = literature(View.REVIEW).training_rows(RETENTION)
    fitted = (one.pipeline(CHAMPION).fit(rows.recipes, rows.outcomes) for one in (Encoding(), other))
    assert not np.array_equal(*(np.asarray(pipeline[:-1].transform(rows.recipes)) for pipeline in fitted))


def test_the_labels_of_any_one_annotator_encode_the_published_recipes_alike(rows: TrainingRows) -> None:
    """So the spread over annotators is nil, and the multiverse asks instead which of their labels is the right one."""
    in_force = terms(FillContents().fit_transform(rows.recipes).pipe(encode))
    for annotator in ANNOTATORS:
        alone = terms(FillContents().fit_transform(rows.recipes).pipe(encode, catalogue((annotator,))))
        pd.testing.assert_frame_equal(alone, in_force)


def test_the_error_of_a_fixed_estimator_is_that_of_its_column_in_the_evaluation(
    rows: TrainingRows, released_pair: ModelPair
) -> None:
    mae = fixed_mae(partial(Encoding().pipeline, CHAMPION), rows, RETENTION)
    assert mae == pytest.approx(released_pair.retention.evaluation.scores[CHAMPION].mae)


def test_six_dry_films_tell_the_noise_floor(rows: TrainingRows) -> None:
    floor = noise_floor(rows)
    assert floor.n == 6
    assert floor.around_line[0] == pytest.approx(6.7, abs=0.05)
    assert floor.around_mean[0] == pytest.approx(10.2, abs=0.05)
    for value, low, high in (floor.around_line, floor.around_mean):
        assert low < value < high


def test_rows_without_a_paper_lack_it_and_no_other(rows: TrainingRows) -> None:
    left = without(rows, ("40", "61"))
    assert set(rows.papers) - set(left.papers) == {"40", "61"}
    assert len(left.outcomes) == len(rows.outcomes) - 2


def test_a_laboratory_is_a_union_of_papers(rows: TrainingRows) -> None:
    held = laboratories_held_out(rows)
    assert len(set(held.papers)) == 22
    for paper in set(rows.papers):
        assert len(set(held.papers[rows.papers == paper])) == 1
    assert len({str(held.papers[rows.papers == paper][0]) for paper in ("60", "61")}) == 1


def test_bounds_are_printed_ranges_and_are_never_trained_on(rows: TrainingRows, released_pair: ModelPair) -> None:
    bounds = literature().bounds()
    assert sorted(zip(bounds.papers, bounds.recipes["binder_wt_percent"], strict=True)) == [
        ("38", 3.0), ("38", 10.0), ("39", 5.0), ("39", 30.0),
    ]  # fmt: skip
    assert not set(bounds.papers) & set(rows.papers)
    of_39 = bounds.papers == "39"
    assert bounds.high[of_39].tolist() == [36.2, 36.2]
    assert bounds.low[of_39] == pytest.approx(36.2 * 0.331 / 1.21)
    found = consistency(released_pair.retention.model, bounds)
    assert sum(one.is_consistent for one in found) >= 3


def test_data_without_bounds_has_none(few_papers: Dataset) -> None:
    assert len(few_papers.bounds().papers) == 0
