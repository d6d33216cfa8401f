"""The schema keeps what can be meant and refuses what cannot."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from spcse_ml.schema import METHOD_SYNONYMS, TARGETS, Formulation, Measurement, Method, clean_text, columns

DRY = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE"}
SKELETON = {"sulfide": "Li6PS5Cl", "method": "skeleton", "template": "PI", "binder": "NBR", "solvent": "toluene"}
PRINTED = {"table": 1, "row": 1, "reference": 36, "method": "slurry", "sulfide": "Li6PS5Cl"}

shares = st.floats(0.01, 99.99)


def _codes(error: ValidationError) -> list[tuple[str, str]]:
    return [(fault.code, fault.column) for problem in error.errors() for fault in problem["ctx"]["faults"]]


@pytest.mark.parametrize(
    ("given_text", "plain"),
    [
        ("Li₆PS₅Cl", "Li6PS5Cl"),
        ("PT\u00a0FE", "PT FE"),
        ("\u22120.5", "-0.5"),
        ("  a \t\n b  ", "a b"),
        ("\uff11\uff12", "12"),
    ],
)
def test_look_alikes_of_unicode_become_plain(given_text: str, plain: str) -> None:
    assert clean_text(given_text) == plain


@given(text=st.text(max_size=40))
def test_cleaning_a_text_twice_is_cleaning_it_once(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.parametrize(
    ("word", "method"),
    [
        ("slurry", Method.SLURRY),
        ("WET", Method.SLURRY),
        ("Dry", Method.DRY),
        ("dry\u00a0binder  laminating", Method.DRY),
    ],
)
def test_a_method_is_understood_in_short_and_in_any_letter_case(word: str, method: Method) -> None:
    solvent = {"solvent": "toluene"} if method is Method.SLURRY else {}
    assert Formulation(**{**DRY, **solvent, "method": word}).method is method


def test_the_short_name_of_a_method_is_one_word_that_is_understood() -> None:
    assert [(" " in method.short, METHOD_SYNONYMS[method.short]) for method in Method] == [(False, it) for it in Method]


@pytest.mark.parametrize("blank", ["", "   ", "\u00a0", None, math.nan])
def test_every_way_to_write_a_blank_number_is_no_number(blank: object) -> None:
    assert Formulation.model_validate({**DRY, "binder_wt_percent": blank}).binder_wt_percent is None


@pytest.mark.parametrize("none", ["none", "None", "-", "—"])
def test_none_and_a_dash_say_that_a_skeleton_has_no_binder(none: str) -> None:
    assert Formulation.model_validate({**SKELETON, "binder": none}).binder is None


@given(binder=shares, template=shares)
def test_contents_are_accepted_exactly_where_room_is_left_for_the_sulfide(binder: float, template: float) -> None:
    cells = {**SKELETON, "binder_wt_percent": binder, "template_wt_percent": template}
    if binder + template < 100:
        assert Formulation.model_validate(cells).template_wt_percent == template
    else:
        with pytest.raises(ValidationError) as refused:
            Formulation.model_validate(cells)
        assert _codes(refused.value) == [("no-room-for-sulfide", "binder_wt_percent")]


@given(low=st.floats(0.1, 900), high=st.floats(0.1, 900))
def test_a_range_runs_from_low_to_high_or_is_refused(low: float, high: float) -> None:
    cells = {**PRINTED, "thickness_um_low": low, "thickness_um_high": high}
    if low <= high:
        assert Measurement.model_validate(cells).thickness_um_high == high
    else:
        with pytest.raises(ValidationError) as refused:
            Measurement.model_validate(cells)
        assert _codes(refused.value) == [("low-above-high", "thickness_um_low")]


BOUNDS = {  # just refused, smallest and largest accepted, just refused
    "binder_wt_percent": (0, 1e-9, 99.999, 100),
    "template_wt_percent": (0, 1e-9, 99.999, 100),
    "sigma_p_ms_cm": (0, 1e-9, 40, 40.001),
    "donor_number_kcal_mol": (-0.001, 0, 60, 60.001),
    "plasticizer_wt_percent": (0, 1e-9, 99.999, 100),
    "planned_thickness_um": (0.999, 1, 10_000, 10_000.1),
    "slurry_solid_percent": (0, 1e-9, 99.999, 100),
    "blade_gap_um": (0, 1e-9, 10_000, 10_000.1),
    "drying_temperature_c": (-50.1, -50, 600, 600.1),
    "drying_time_h": (0, 1e-9, 1_000, 1_000.1),
    "pressing_pressure_mpa": (0, 1e-9, 5_000, 5_000.1),
    "pressing_temperature_c": (-50.1, -50, 600, 600.1),
    "calender_passes": (-1, 0, 1_000, 1_001),
    "template_porosity_percent": (0, 1e-9, 99.999, 100),
    "template_thickness_um": (0, 1e-9, 10_000, 10_000.1),
    "template_opening_um": (0, 1e-9, 100_000, 100_000.1),
}


@pytest.mark.parametrize("name", [name for name, column in columns(Formulation).items() if column.is_number])
def test_a_number_of_a_recipe_is_held_within_its_bounds(name: str) -> None:
    below, least, most, above = BOUNDS[name]
    for accepted in (least, most):
        assert getattr(Formulation.model_validate({**SKELETON, "plasticizer": "SN", name: accepted}), name) == accepted
    for refused in (below, above):
        with pytest.raises(ValidationError, match=name):
            Formulation.model_validate({**SKELETON, name: refused})


def test_a_column_tells_its_bounds_and_its_choices_in_words() -> None:
    described = columns(Formulation)
    assert described["binder_wt_percent"].allowed == "above 0 and below 100 wt%"
    assert described["donor_number_kcal_mol"].allowed == "at least 0 and at most 60 kcal/mol"
    assert described["sulfide_family"].allowed == "glass, glass-ceramic, argyrodite, thio-LISICON, LGPS, other"


def test_columns_that_enter_a_model_by_their_logarithm_are_declared_whatever_their_bounds_say() -> None:
    assert {name for name, column in columns(Formulation).items() if column.is_ratio} == {
        "slurry_solid_percent", "blade_gap_um", "drying_time_h", "pressing_pressure_mpa", "template_porosity_percent",
        "template_thickness_um", "template_opening_um",
    }  # fmt: skip


def test_a_choice_is_kept_in_the_spelling_of_the_schema() -> None:
    assert Formulation.model_validate({**DRY, "binder_class": "FluoroPolymer"}).binder_class == "fluoropolymer"
    assert Formulation.model_validate({**DRY, "sulfide_family": "lgps"}).sulfide_family == "LGPS"
    with pytest.raises(ValidationError) as refused:
        Formulation.model_validate({**DRY, "sulfide_family": "garnet"})
    assert _codes(refused.value) == [("not-a-choice", "sulfide_family")]


def test_every_number_of_a_membrane_has_a_unit_and_every_column_a_meaning_of_its_own() -> None:
    for kind in (Formulation, Measurement):
        described = columns(kind)
        counts = {"table", "row", "reference", "calender_passes"}
        assert [name for name, c in described.items() if c.is_number and name not in counts and not c.unit] == []
        meanings = [column.meaning for column in described.values()]
        assert all(meanings)
        assert len(set(meanings)) == len(meanings)


@pytest.mark.parametrize("target", list(TARGETS.values()), ids=list(TARGETS))
def test_each_target_is_a_pair_of_columns_in_the_unit_it_names(target: object) -> None:
    described = columns(Measurement)
    for end in ("low", "high"):
        assert described[f"{target.column}_{end}"].unit == target.unit  # type: ignore[attr-defined]
