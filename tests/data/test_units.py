import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spcse_ml.cell.energy import Cell
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.data.units import in_unit
from spcse_ml.data.validation import formulation
from spcse_ml.errors import InputError
from spcse_ml.schema import columns

COLUMNS = columns(LabMembrane)


@pytest.mark.parametrize(
    ("column", "typed", "told"),
    [
        ("thickness_um", "40", "40"),
        ("thickness_um", "40 um", "40"),
        ("thickness_um", "40 µm", "40"),
        ("thickness_um", "0.04 mm", "40"),
        ("thickness_um", "4e-5 m", "40"),
        ("thickness_um", "40 \u03bcm", "40"),
        ("thickness_um", "40 microns", "40"),
        ("thickness_um", "2 mil", "50.8"),
        ("resistance_ohm", "5.2 Ohm", "5.2"),
        ("resistance_ohm", "5.2 OHM", "5.2"),
        ("resistance_ohm", "5.2 ohms", "5.2"),
        ("resistance_ohm", "5.2 \u2126", "5.2"),
        ("resistance_ohm", "5.2 kOhm", "5200"),
        ("resistance_ohm", "5.2 mΩ", "0.0052"),
        ("resistance_ohm", "5.2 MΩ", "5200000"),
        ("sigma_m_ms_cm", "1.2 mS cm-1", "1.2"),
        ("sigma_m_ms_cm", "1.2 mS\u00b7cm\u207b\u00b9", "1.2"),
        ("sigma_m_ms_cm", "1.2 mS cm^-1", "1.2"),
        ("sigma_m_ms_cm", "1.2 mS cm−1", "1.2"),
        ("sigma_m_ms_cm", "0.12 S/m", "1.2"),
        ("sigma_m_ms_cm", "1.2 mS cm\u20131", "1.2"),
        ("sigma_m_ms_cm", "1.2 \u00d7 10\u22123 S cm\u22121", "1.2"),
        ("sigma_m_ms_cm", "1.2 x 10-3 S cm-1", "1.2"),
        ("sigma_m_ms_cm", "1.2*10^-3 S/cm", "1.2"),
        ("sigma_m_ms_cm", "1.2\u00d710\u207b\u00b3 S cm\u207b\u00b9", "1.2"),
        ("thickness_um", "4 x 10^1 \u03bcm", "40"),
        ("critical_current_density_ma_cm2", "0.5 mA cm-2", "0.5"),
        ("pressing_pressure_mpa", "300 Mpa", "300"),
        ("pressing_pressure_mpa", "3000 bar", "300"),
        ("pressing_pressure_mpa", "3000 kg/cm2", "294.19950"),
        ("pressing_pressure_mpa", "3000 kgf cm-2", "294.19950"),
        ("drying_temperature_c", "80 degC", "80"),
        ("drying_temperature_c", "80 ° C", "80"),
        ("drying_temperature_c", "176 °F", "80"),
        ("drying_time_h", "12 h", "12"),
        ("drying_time_h", "12 hours", "12"),
        ("drying_time_h", "90 minutes", "1.5"),
        ("binder_wt_percent", "97:3 wt%", "3"),
        ("binder_wt_percent", "97/3", "3"),
        ("binder_wt_percent", "1/2", "1/2"),
        ("sigma_p_ms_cm", "3.1·10⁻³ S cm⁻¹", "3.1"),
        ("binder_wt_percent", "0.5 wt.%", "0.5"),
        ("resistance_ohm", "5.2 ohm", "5.2"),
        ("resistance_ohm", "5.2 Ω", "5.2"),
        ("resistance_ohm", "0.0052 kohm", "5.2"),
        ("area_cm2", "1.13 cm2", "1.13"),
        ("area_cm2", "1.13 cm^2", "1.13"),
        ("area_cm2", "113 mm²", "1.13"),
        ("pressing_pressure_mpa", "300 MPa", "300"),
        ("pressing_pressure_mpa", "0.3 GPa", "300"),
        ("drying_temperature_c", "80 C", "80"),
        ("drying_temperature_c", "80 °C", "80"),
        ("drying_temperature_c", "353.15 K", "80"),
        ("drying_time_h", "90 min", "1.5"),
        ("sigma_m_ms_cm", "1.2e-3 S/cm", "1.2"),
        ("critical_current_density_ma_cm2", "500 uA/cm2", "0.5"),
        ("binder_wt_percent", "97:3", "3"),
        ("binder_wt_percent", "100:0.1", "0.0999001"),
        ("binder_wt_percent", "0.5 wt%", "0.5"),
        ("relative_density_percent", "92 %", "92"),
        ("binder", "PTFE", "PTFE"),
        ("note", "40 um", "40 um"),
        ("thickness_um", "", ""),
        ("thickness_um", "0,04", "0,04"),
    ],
)
def test_what_a_chemist_types_is_read_in_the_unit_of_its_column(column: str, typed: str, told: str) -> None:
    read = in_unit(typed, COLUMNS[column])
    assert read == told or float(read) == pytest.approx(float(told), rel=1e-9)


def test_a_share_by_volume_may_be_typed_with_its_sign() -> None:
    column = columns(Cell)["membrane_porosity_percent"]
    assert [in_unit(typed, column) for typed in ("5 %", "5 vol%", "5")] == ["5"] * 3


@pytest.mark.parametrize(
    ("column", "typed"),
    [
        ("thickness_um", "40 MPa"),
        ("thickness_um", "40 elephants"),
        ("area_cm2", "1 cm"),
        ("calender_passes", "3 um"),
        ("drying_temperature_c", "80 kC"),
        ("binder_wt_percent", "3 vol%"),
        ("pressing_pressure_mpa", "3 kg"),
        ("sigma_m_ms_cm", "1 ms/cm"),
        ("thickness_um", "5 m99999999"),
        ("thickness_um", "5 m9**9**9"),
    ],
)
def test_another_kind_of_unit_is_refused_with_what_is_allowed(column: str, typed: str) -> None:
    with pytest.raises(InputError) as refused:
        in_unit(typed, COLUMNS[column])
    assert [(fault.code, fault.column, fault.given) for fault in refused.value.faults] == [
        ("wrong-unit", column, typed)
    ]


def test_a_recipe_that_is_asked_about_reads_units_and_ratios_like_a_record() -> None:
    recipe = formulation(
        sulfide="LPSCl", method="dry", binder="PTFE", binder_wt_percent="99.5:0.5", sigma_p_ms_cm="3.2e-3 S/cm",
        planned_thickness_um="0.04 mm",
    )  # fmt: skip
    assert (recipe.binder_wt_percent, recipe.sigma_p_ms_cm, recipe.planned_thickness_um) == (0.5, 3.2, 40)
    with pytest.raises(InputError) as refused:
        formulation(sulfide="LPSCl", method="dry", binder="PTFEE", planned_thickness_um="40 MPa")
    assert [fault.column for fault in refused.value.faults] == ["planned_thickness_um", "binder"]


@given(st.floats(1e-3, 1e3), st.sampled_from([("um", 1.0), ("mm", 1e3), ("nm", 1e-3), ("cm", 1e4)]))
def test_converting_is_multiplying(value: float, unit: tuple[str, float]) -> None:
    name, factor = unit
    assert float(in_unit(f"{value!r} {name}", COLUMNS["thickness_um"])) == pytest.approx(value * factor, rel=1e-9)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for column in ("thickness_um", "binder_wt_percent", "drying_temperature_c"):
        with contextlib.suppress(InputError):
            assert isinstance(in_unit(text, COLUMNS[column]), str)
