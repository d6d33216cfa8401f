import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.dataset import TrainingRows, frame_of
from spcse_ml.data.literature import literature
from spcse_ml.data.validation import formulation
from spcse_ml.models.estimators import ESTIMATORS, FillContents
from spcse_ml.schema import RETENTION

TREES = ("random_forest", "xgboost")


@pytest.fixture(scope="module")
def rows() -> TrainingRows:
    return literature().training_rows(RETENTION)


@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_every_estimator_fits_the_real_rows_and_repeats_to_the_last_bit(name: str, rows: TrainingRows) -> None:
    one, other = (ESTIMATORS[name]().fit(rows.recipes, rows.outcomes).predict(rows.recipes) for _ in range(2))
    assert np.isfinite(one).all()
    assert (one == other).all()


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name not in {"mean", "median", "content_line"}])
def test_every_learner_beats_the_mean_on_the_rows_it_has_seen(name: str, rows: TrainingRows) -> None:
    fitted = ESTIMATORS[name]().fit(rows.recipes, rows.outcomes).predict(rows.recipes)
    assert np.abs(fitted - rows.outcomes).mean() < 0.75 * np.abs(rows.outcomes.mean() - rows.outcomes).mean()


@pytest.mark.parametrize("name", TREES)
def test_a_donor_number_that_does_not_apply_never_enters_by_a_value_filled_in(name: str, rows: TrainingRows) -> None:
    """Stretch the donor numbers of wet rows, order kept: trees see the same wet rows, a filled value would move."""
    pipeline = ESTIMATORS[name]()
    encoded = pipeline.named_steps["encode"].transform(rows.recipes)
    stretched = encoded.assign(donor_number_kcal_mol=np.exp(encoded["donor_number_kcal_mol"] / 2))
    is_dry = (encoded["is_wet"] == 0).to_numpy()
    plain, moved = (pipeline[1:].fit(frame, rows.outcomes).predict(frame)[is_dry] for frame in (encoded, stretched))
    assert plain == pytest.approx(moved, rel=1e-5)


def test_more_insulator_or_a_harsher_solvent_never_helps_the_constrained_ridge(rows: TrainingRows) -> None:
    fitted = ESTIMATORS["constrained_ridge"]().fit(rows.recipes, rows.outcomes)
    recipes = frame_of(
        formulation(sulfide="Li6PS5Cl", method="slurry", binder="NBR", binder_wt_percent=content, solvent=solvent)
        for solvent in ("toluene", "anisole", "acetonitrile", "DMF")
        for content in (0.5, 1, 3, 10, 30)
    )
    table = fitted.predict(recipes).reshape(4, 5)
    assert (np.diff(table, axis=0) <= 1e-9).all()
    assert (np.diff(table, axis=1) <= 1e-9).all()
    assert table.max() > 1.5 * table.min()


def test_contents_are_filled_only_where_the_thing_exists() -> None:
    frame = pd.DataFrame(
        {
            "binder": ["NBR", "NBR", None],
            "binder_wt_percent": [4.0, np.nan, np.nan],
            "template": [None, None, "nylon mesh"],
            "template_wt_percent": [np.nan, np.nan, 9.0],
        }
    )
    filled = FillContents().fit(frame).transform(frame)
    assert filled["binder_wt_percent"].tolist()[:2] == [4.0, pytest.approx(4.0)]
    assert np.isnan(filled["binder_wt_percent"][2])
    assert np.isnan(filled["template_wt_percent"][:2]).all()


def test_a_filled_content_is_learnt_from_the_training_rows_alone(rows: TrainingRows) -> None:
    known = rows.recipes["binder_wt_percent"].notna()
    fewer = FillContents().fit(rows.recipes[known & (rows.recipes["binder_wt_percent"] < 1)])
    assert fewer.everyone_["binder_wt_percent"] < FillContents().fit(rows.recipes).everyone_["binder_wt_percent"]


def test_a_binder_with_rows_of_its_own_is_filled_from_them(rows: TrainingRows) -> None:
    unknown = frame_of(formulation(sulfide="LPSCl", method="dry", binder=name) for name in ("PTFE", "PVDF"))
    filled = FillContents().fit(rows.recipes).transform(unknown)["binder_wt_percent"]
    assert filled[0] == pytest.approx((0.4 * 0.5) ** 0.5)  # eight: 0.2, 0.2, 0.3, 0.4, 0.5, 0.5, 1, 1
    assert filled[1] > 1
