"""A published paper counts once in a fit; own membranes count one each; a paper drawn twice counts twice."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.dataset import OWN_BATCH, TrainingRows, joined, own_rows
from spcse_ml.models.estimators import ESTIMATORS, PositiveRidge
from spcse_ml.models.weights import fit_to, row_weights
from spcse_ml.schema import RETENTION
from tests.models.test_lab_effect import own_frame

COUNT_ROWS = {"median", "nearest_neighbour", "gaussian_process"}


def test_a_paper_has_the_weight_one_an_own_membrane_too_and_a_paper_drawn_twice_two(rows: TrainingRows) -> None:
    weights, twins = row_weights(rows), rows.papers == "41+42"
    assert (twins.sum(), weights[twins].tolist()) == (2, [0.5, 0.5])
    for paper in set(rows.papers):
        assert weights[rows.papers == paper].sum() == pytest.approx(1.0)
    numbers = np.flatnonzero(twins)
    assert row_weights(rows.take(np.r_[numbers, numbers])).tolist() == [0.5] * 4
    own = own_rows(own_frame(3, **{OWN_BATCH: ["B1", "B1", "B2"]}), RETENTION)
    assert row_weights(joined(rows, own))[-3:].tolist() == [1.0, 1.0, 1.0]


def test_the_mean_is_that_of_the_papers(rows: TrainingRows) -> None:
    of_papers = pd.Series(rows.outcomes).groupby(rows.papers.astype(str)).mean().mean()
    assert fit_to(ESTIMATORS["mean"](), rows).predict(rows.recipes)[0] == pytest.approx(of_papers)
    assert of_papers != pytest.approx(rows.outcomes.mean(), rel=1e-3)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_who_is_one_paper_changes_a_fit_that_takes_weights_and_no_other(name: str, rows: TrainingRows) -> None:
    apart = replace(rows, papers=np.array(rows.places, dtype=object))
    unseen = rows.recipes.assign(binder_wt_percent=2.0 * rows.recipes["binder_wt_percent"])  # trees meet what they saw
    first, other = (fit_to(ESTIMATORS[name](), of).predict(unseen) for of in (rows, apart))
    assert np.array_equal(first, other) == (name in COUNT_ROWS)


def test_a_weight_of_two_is_the_row_twice_and_no_step_from_the_solution_is_better() -> None:
    chance = np.random.default_rng(0)
    terms, outcomes = chance.normal(size=(20, 4)), chance.normal(size=20)
    weights = np.r_[2.0, np.ones(19)]
    fitted = PositiveRidge(3.0).fit(terms, outcomes, weights)
    twice = PositiveRidge(3.0).fit(np.vstack([terms[:1], terms]), np.r_[outcomes[:1], outcomes])
    assert np.r_[fitted.coef_, fitted.intercept_] == pytest.approx(np.r_[twice.coef_, twice.intercept_])
    rest = outcomes - fitted.predict(terms)
    slope = -2 * terms.T @ (weights * rest) + 6 * fitted.coef_  # of the objective along each coefficient
    assert weights @ rest == pytest.approx(0.0, abs=1e-9)
    assert slope[fitted.coef_ > 0] == pytest.approx(0.0, abs=1e-9)
    assert (slope >= -1e-9).all()
    assert 0 < (fitted.coef_ > 0).sum() < 4
