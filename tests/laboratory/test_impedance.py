import numpy as np
import pandas as pd
import pytest

from spcse_ml.errors import InputError
from spcse_ml.laboratory.impedance import bulk_resistance, conductivity_with_error


def spectrum(resistance: float, noise: float = 0.0) -> pd.DataFrame:
    frequency = np.geomspace(1e6, 1, 40)
    measured = resistance + 1 / (2e-6 * (2j * np.pi * frequency) ** 0.9)
    chance = np.random.default_rng(0)
    measured = measured * (1 + noise * chance.normal(size=40) + 1j * noise * chance.normal(size=40))
    cells = {"frequency_hz": frequency, "z_real_ohm": measured.real, "z_imag_ohm": measured.imag}
    return pd.DataFrame({name: [f"{value:.8g}" for value in values] for name, values in cells.items()}, dtype=object)


@pytest.mark.parametrize("resistance", [0.8, 5.2, 140.0])
def test_a_planted_resistance_is_recovered(resistance: float) -> None:
    found = bulk_resistance(spectrum(resistance))
    assert found.resistance_ohm == pytest.approx(resistance, rel=1e-4)
    assert found.fitted.real[0] == pytest.approx(float(found.spectrum["z_real_ohm"][0]), rel=1e-3)


def test_noise_shows_in_the_error_and_the_truth_lies_within_three_of_them() -> None:
    found = bulk_resistance(spectrum(5.2, noise=0.02))
    assert 0 < found.error_ohm < 0.3
    assert abs(found.resistance_ohm - 5.2) < 3 * found.error_ohm


def test_errors_of_a_product_add_in_squares() -> None:
    """Against a simulation of the same quantities."""
    chance = np.random.default_rng(0)
    thickness, resistance, area = (
        chance.normal(40, 1, 200_000),
        chance.normal(5, 0.2, 200_000),
        chance.normal(1, 0.02, 200_000),
    )
    simulated = thickness / 1e4 / (resistance * area) * 1e3
    value, error = conductivity_with_error(thickness_um=(40, 1), resistance_ohm=(5, 0.2), area_cm2=(1, 0.02))
    assert value == pytest.approx(simulated.mean(), rel=0.005)
    assert error == pytest.approx(simulated.std(), rel=0.02)


def test_a_spectrum_that_cannot_be_read_names_every_place() -> None:
    with pytest.raises(InputError, match=r"eis.csv, line 1, column z_imag_ohm: the column is missing"):
        bulk_resistance(spectrum(5).drop(columns="z_imag_ohm"), file="eis.csv")
    bad = spectrum(5)
    bad.loc[3, "z_real_ohm"], bad.loc[4, "frequency_hz"] = "x", "-1"
    with pytest.raises(InputError) as caught:
        bulk_resistance(bad, file="eis.csv")
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        ("line 3", "z_real_ohm"), ("line 4", "frequency_hz"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="holds 4 points; at least 6 are needed"):
        bulk_resistance(spectrum(5).head(4))


def test_a_spectrum_that_the_circuit_does_not_fit_is_refused_and_not_believed() -> None:
    flipped = spectrum(5.2)
    flipped["z_imag_ohm"] = [text.removeprefix("-") for text in flipped["z_imag_ohm"]]
    with pytest.raises(InputError, match=r"eis.csv: no bulk resistance with blocking electrodes fits.*Z'' of a capac"):
        bulk_resistance(flipped, file="eis.csv")
