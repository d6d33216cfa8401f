import numpy as np
import pytest

from spcse_ml.data.dataset import frame_of
from spcse_ml.data.literature import literature
from spcse_ml.data.validation import formulation
from spcse_ml.models.distance import PARTS, NearestRecipe, distance_parts, distances
from spcse_ml.models.features import encode
from spcse_ml.schema import RETENTION


def test_distances_are_symmetric_between_zero_and_one_and_zero_to_oneself() -> None:
    encoded = encode(literature().training_rows(RETENTION).recipes)
    table = distances(encoded, encoded)
    known = encoded["polymer_wt_percent"].notna().to_numpy()
    assert table == pytest.approx(table.T)
    assert np.diag(table)[known] == pytest.approx(0)
    assert table.min() >= 0
    assert table.max() <= 1


def test_each_part_moves_only_its_own_distance() -> None:
    base = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 2, "solvent": "toluene"}
    changes = {
        "sulfide": {"sulfide": "LGPS"}, "binder": {"binder": "PEO"}, "content": {"binder_wt_percent": 20},
        "solvent": {"solvent": "THF"},
    }  # fmt: skip
    here = encode(frame_of([formulation(**base)]))
    for part, change in changes.items():
        parts = distance_parts(encode(frame_of([formulation(**base | change)])), here)
        assert {name for name in PARTS if parts[name][0, 0] > 0} == {part}


def test_a_tenfold_content_is_half_of_the_way_to_entirely_different() -> None:
    some, other = (
        encode(frame_of([formulation(sulfide="LPSCl", method="dry", binder="PTFE", binder_wt_percent=content)]))
        for content in (0.2, 2)
    )
    assert distance_parts(some, other)["content"][0, 0] == pytest.approx(0.5)


def test_the_nearest_recipe_answers_and_ties_share() -> None:
    dry = [formulation(sulfide="LPSCl", method="dry", binder="PTFE", binder_wt_percent=w) for w in (0.2, 0.2, 20)]
    encoded = encode(frame_of(dry))
    model = NearestRecipe().fit(encoded, np.array([80.0, 90.0, 10.0]))
    assert model.predict(encoded).tolist() == [85.0, 85.0, 10.0]
