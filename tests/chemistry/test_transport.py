"""Eq. 1 and what follows from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spcse_ml.chemistry.transport import (
    areal_resistance_ohm_cm2,
    conductivity_ms_cm,
    membrane_conductivity_ms_cm,
)

positive = st.floats(1e-3, 1e4)


@given(thickness=positive, resistance=positive, area=positive)
def test_thickness_over_conductivity_is_resistance_times_area(thickness: float, resistance: float, area: float) -> None:
    sigma = conductivity_ms_cm(thickness_um=thickness, resistance_ohm=resistance, area_cm2=area)
    areal = areal_resistance_ohm_cm2(thickness_um=thickness, sigma_ms_cm=sigma)
    assert areal == pytest.approx(resistance * area, rel=1e-9)


def test_a_hundred_micrometres_of_ten_ohm_on_one_square_centimetre_conduct_one_millisiemens() -> None:
    assert conductivity_ms_cm(thickness_um=100, resistance_ohm=10, area_cm2=1) == pytest.approx(1)
    assert areal_resistance_ohm_cm2(thickness_um=100, sigma_ms_cm=1) == pytest.approx(10)


@given(thickness=positive, resistance=positive, area=positive, times=st.floats(1.1, 10))
def test_conductivity_grows_with_thickness_and_falls_with_resistance_and_area(
    thickness: float, resistance: float, area: float, times: float
) -> None:
    base = conductivity_ms_cm(thickness_um=thickness, resistance_ohm=resistance, area_cm2=area)
    thicker = conductivity_ms_cm(thickness_um=times * thickness, resistance_ohm=resistance, area_cm2=area)
    worse = conductivity_ms_cm(thickness_um=thickness, resistance_ohm=times * resistance, area_cm2=area)
    wider = conductivity_ms_cm(thickness_um=thickness, resistance_ohm=resistance, area_cm2=times * area)
    assert (thicker / base, base / worse, base / wider) == pytest.approx((times, times, times))


@pytest.mark.parametrize(("resistance", "area"), [(0, 1), (1, 0)])
def test_no_resistance_or_no_area_gives_no_conductivity(resistance: float, area: float) -> None:
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        conductivity_ms_cm(thickness_um=50, resistance_ohm=resistance, area_cm2=area)


@given(powder=st.floats(1e-3, 100), retention=st.floats(0.1, 100))
def test_a_membrane_over_its_powder_is_the_retention(powder: float, retention: float) -> None:
    membrane = membrane_conductivity_ms_cm(sigma_p_ms_cm=powder, retention_percent=retention)
    assert membrane / powder * 100 == pytest.approx(retention)
    assert membrane <= powder * (1 + 1e-12)
