import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spcse_ml.errors import InputError
from spcse_ml.laboratory.membrane import LabMembrane
from spcse_ml.laboratory.units import in_unit
from spcse_ml.literature.schema import columns

COLUMNS = columns(LabMembrane)


@pytest.mark.parametrize(
    ("column", "typed", "told"),
    [
        ("thickness_um", "40", "40"),
        ("thickness_um", "40 um", "40"),
        ("thickness_um", "40 µm", "40"),
        ("thickness_um", "0.04 mm", "40"),
        ("thickness_um", "4e-5 m", "40"),
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
    assert in_unit(typed, COLUMNS[column]) == told


@pytest.mark.parametrize(
    ("column", "typed"),
    [("thickness_um", "40 MPa"), ("thickness_um", "40 elephants"), ("area_cm2", "1 cm"), ("calender_passes", "3 um")],
)
def test_another_kind_of_unit_is_refused_with_what_is_allowed(column: str, typed: str) -> None:
    with pytest.raises(InputError, match=rf"column {column}: the unit is not one of this column .given '{typed}'"):
        in_unit(typed, COLUMNS[column])


@given(st.floats(1e-3, 1e3), st.sampled_from([("um", 1.0), ("mm", 1e3), ("nm", 1e-3), ("cm", 1e4)]))
def test_converting_is_multiplying(value: float, unit: tuple[str, float]) -> None:
    name, factor = unit
    assert float(in_unit(f"{value!r} {name}", COLUMNS["thickness_um"])) == pytest.approx(value * factor, rel=1e-9)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for column in ("thickness_um", "binder_wt_percent", "drying_temperature_c"):
        with contextlib.suppress(InputError):
            assert isinstance(in_unit(text, COLUMNS[column]), str)
