"""What is asked of a recipe wherever it comes from."""

from typing import Any

import pytest

from spcse_ml.data.plausibility import recipe_remarks
from spcse_ml.data.validation import formulation
from spcse_ml.schema import Formulation, columns

DRY = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}
SLURRY = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "solvent": "toluene", "binder_wt_percent": 2}
SKELETON = {"sulfide": "Li6PS5Cl", "method": "skeleton", "template": "nylon mesh"}


def remarked(cells: dict[str, Any], typed: Any = None) -> list[tuple[str, str, float | None]]:
    names = columns(Formulation) if typed is None else typed
    remarks = recipe_remarks(formulation(**cells), typed=names)
    return [(remark.code, remark.column, remark.suggestion) for remark in remarks]


@pytest.mark.parametrize(
    ("cells", "code", "column", "suggestion"),
    [
        (DRY | {"sigma_p_ms_cm": "1.2e-3"}, "siemens", "sigma_p_ms_cm", 1.2),
        (SLURRY | {"binder_wt_percent": 0.02}, "fraction", "binder_wt_percent", 2),
        (SLURRY | {"binder_wt_percent": 97}, "reversed-ratio", "binder_wt_percent", 3),
        (SLURRY | {"slurry_solid_percent": 0.6}, "fraction", "slurry_solid_percent", 60),
        (SLURRY | {"blade_gap_um": 0.15}, "millimetres", "blade_gap_um", 150),
        (DRY | {"sigma_p_ms_cm": "1e-4"}, "siemens", "sigma_p_ms_cm", 0.1),
        (SLURRY | {"drying_temperature_c": 393.15}, "kelvin", "drying_temperature_c", 120),
        (SLURRY | {"solvent": "water", "donor_number_kcal_mol": 0}, "donor-number-far", "donor_number_kcal_mol", 18),
        (SKELETON | {"template_porosity_percent": 0.8}, "fraction", "template_porosity_percent", 80),
        (SLURRY | {"drying_temperature_c": 353.15}, "kelvin", "drying_temperature_c", 80),
        (SKELETON | {"template_thickness_um": 0.02}, "millimetres", "template_thickness_um", 20),
        (DRY | {"sulfide": "Li9.6P3S12"}, "charge-off", "sulfide", None),
        (DRY | {"sulfide": "77.5Li2S-22.5P2S5"}, "taken-as-glass", "sulfide", None),
    ],
)
def test_a_slip_is_asked_about(cells: dict[str, Any], code: str, column: str, suggestion: float | None) -> None:
    assert remarked(cells) == [(code, column, suggestion if suggestion is None else pytest.approx(suggestion))]


@pytest.mark.parametrize(
    "cells",
    [
        DRY, SLURRY, SKELETON, DRY | {"sigma_p_ms_cm": 1.2}, DRY | {"binder_wt_percent": 0.2},
        DRY | {"sulfide": "LGPS"},
        DRY | {"sulfide": "75Li2S-25P2S5"}, SLURRY | {"drying_temperature_c": 280},
        DRY | {"sulfide": "77.5Li2S-22.5P2S5 glass-ceramic"},
        DRY | {"sulfide": "77.5Li2S-22.5P2S5", "sulfide_family": "glass"}, SLURRY | {"blade_gap_um": 150},
        SLURRY | {"binder_wt_percent": 0.5}, DRY | {"binder_wt_percent": 0.1}, DRY | {"planned_thickness_um": 8},
    ],
)  # fmt: skip
def test_nothing_is_asked_of_a_plain_recipe(cells: dict[str, Any]) -> None:
    assert remarked(cells) == []


def test_a_value_that_nobody_typed_is_no_slip() -> None:
    assert remarked(DRY | {"sigma_p_ms_cm": "1.2e-3"}, typed={"binder_wt_percent"}) == []
