import numpy as np
import pandas as pd
import pytest

from spcse_ml.lab.impedance import TotalResistance
from spcse_ml.reports.plots.lab import AT_INTERCEPT, spectrum_figure
from spcse_ml.reports.plots.style import png


def bulk(resistance: float, *, inductance_h: float = 0.0) -> TotalResistance:
    frequency = np.geomspace(1e6, 1, 40)
    impedance = resistance + 1 / (2e-6 * (2j * np.pi * frequency) ** 0.9) + 2j * np.pi * frequency * inductance_h
    spectrum = pd.DataFrame({"frequency_hz": frequency, "z_real_ohm": impedance.real, "z_imag_ohm": impedance.imag})
    return TotalResistance(resistance, 0.01, impedance, spectrum)


@pytest.mark.parametrize("resistance", [0.01, 5.2, 140.0])
def test_the_intercept_can_be_read_in_its_own_panel_however_large_the_rest_is(resistance: float) -> None:
    whole, near = spectrum_figure(bulk(resistance)).axes
    left, right = near.get_xlim()
    assert left == 0 < resistance < right
    points = near.get_lines()[0].get_xydata()
    assert np.sum((points[:, 0] <= right) & (points[:, 1] <= near.get_ylim()[1])) >= AT_INTERCEPT
    assert right < whole.get_xlim()[1] / 50
    assert near.get_aspect() == 1
    assert png(spectrum_figure(bulk(resistance))).startswith(b"\x89PNG")


def test_points_below_zero_near_the_intercept_are_shown() -> None:
    drawn = bulk(5.2, inductance_h=5e-7)
    _, near = spectrum_figure(drawn).axes
    assert drawn.spectrum["z_imag_ohm"].max() > 0
    assert near.get_ylim()[0] < -drawn.spectrum["z_imag_ohm"].max()
