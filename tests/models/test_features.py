import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spcse_ml.data.dataset import frame_of
from spcse_ml.data.literature import literature
from spcse_ml.data.validation import formulation
from spcse_ml.models.features import encode, kirkwood, terms, volume_percent
from spcse_ml.schema import RETENTION


@given(
    contents=st.lists(st.floats(0.1, 30), min_size=1, max_size=3),
    densities=st.lists(st.floats(0.8, 3), min_size=3, max_size=3),
    matrix=st.floats(1.5, 3),
)
def test_volumes_of_a_dense_mixture_add_up_and_weigh_what_was_put_in(
    contents: list[float], densities: list[float], matrix: float
) -> None:
    own = tuple(densities[: len(contents)])
    shares = volume_percent(contents, own, matrix_density_g_cm3=matrix)
    rest = 100 - sum(shares)
    mass = sum(share * density for share, density in zip(shares, own, strict=True)) + rest * matrix
    weights = [100 * share * density / mass for share, density in zip(shares, own, strict=True)]
    assert weights == pytest.approx(contents)


def test_a_dry_recipe_has_no_donor_number_and_no_solvent_term() -> None:
    dry = formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5)
    encoded = encode(frame_of([dry]))
    assert math.isnan(encoded["donor_number_kcal_mol"][0])
    assert terms(encoded)[["solvent_attack", "solvent_polarity", "is_wet"]].iloc[0].tolist() == [0, 0, 0]


def test_what_is_not_reported_is_blank_while_the_thing_is_there() -> None:
    unknown = formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE")
    absent = formulation(sulfide="Li6PS5Cl", method="skeleton", template="nylon", template_wt_percent=10)
    encoded = encode(frame_of([unknown, absent]))
    assert encoded["has_binder"].tolist() == [1, 0]
    assert np.isnan(encoded["binder_wt_percent"]).all()
    assert np.isnan(encoded["polymer_wt_percent"]).tolist() == [True, False]


def test_a_mixture_attacks_as_its_strongest_part() -> None:
    mild, strong, both = (
        formulation(sulfide="Li6PS5Cl", method="slurry", binder="NBR", binder_wt_percent=2, solvent=solvent)
        for solvent in ("toluene", "DMF", "toluene + DMF")
    )
    attacks = encode(frame_of([mild, strong, both]))["solvent_attack"]
    assert attacks[2] == attacks[1] > attacks[0]


def test_an_unlisted_binder_takes_the_chemistry_of_its_class() -> None:
    recipe = formulation(
        sulfide="Li6PS5Cl", method="slurry", binder="MyRubber", binder_class="nitrile rubber", solvent="XYL",
        binder_wt_percent=2,
    )  # fmt: skip
    row = encode(frame_of([recipe])).iloc[0]
    assert (row["binder_class"], row["binder_is_polar_film"]) == ("nitrile rubber", 1.0)


def test_the_kirkwood_function_runs_from_vacuum_to_the_limit_of_a_half() -> None:
    assert kirkwood(1.0) == 0
    assert kirkwood(1e9) == pytest.approx(0.5)


def test_encoding_looks_at_nothing_but_the_row_itself() -> None:
    recipes = literature().training_rows(RETENTION).recipes
    whole, alone = encode(recipes), encode(recipes.iloc[[7]])
    pd.testing.assert_frame_equal(whole.iloc[[7]].astype(object), alone.astype(object))
