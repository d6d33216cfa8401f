import numpy as np
import pandas as pd
import pytest

from spcse_ml.errors import InputError
from spcse_ml.lab.impedance import conductivity_with_error, total_resistance
from tests.refusals import refused

FREQUENCY = np.geomspace(1e6, 1, 40)


def tail(constant: float, exponent: float = 0.9, frequency: np.ndarray = FREQUENCY) -> np.ndarray:
    return np.asarray(1 / (constant * (2j * np.pi * frequency) ** exponent))


def arc(ohm: float, apex_hz: float, exponent: float = 0.85, frequency: np.ndarray = FREQUENCY) -> np.ndarray:
    return np.asarray(ohm / (1 + (1j * frequency / apex_hz) ** exponent))


def cells(impedance: np.ndarray, frequency: np.ndarray = FREQUENCY) -> pd.DataFrame:
    numbers = {"frequency_hz": frequency, "z_real_ohm": impedance.real, "z_imag_ohm": impedance.imag}
    return pd.DataFrame({name: [f"{value:.8g}" for value in values] for name, values in numbers.items()}, dtype=object)


def noisy(impedance: np.ndarray, noise: float, chance: np.random.Generator) -> np.ndarray:
    n = len(impedance)
    return np.asarray(impedance + noise * np.abs(impedance) * (chance.normal(size=n) + 1j * chance.normal(size=n)))


def spectrum(resistance: float, noise: float = 0.0) -> pd.DataFrame:
    return cells(noisy(resistance + tail(2e-6), noise, np.random.default_rng(0)))


def code_of(given: pd.DataFrame) -> str:
    with pytest.raises(InputError) as caught:
        total_resistance(given, file="eis.csv")
    assert [(fault.file, fault.column) for fault in caught.value.faults] == [("eis.csv", "")]
    return caught.value.faults[0].code


@pytest.mark.parametrize("resistance", [0.8, 5.2, 140.0])
def test_a_planted_resistance_is_recovered(resistance: float) -> None:
    found = total_resistance(spectrum(resistance))
    assert found.resistance_ohm == pytest.approx(resistance, rel=1e-4)
    assert found.fitted.real[0] == pytest.approx(float(found.spectrum["z_real_ohm"][0]), rel=1e-3)


def test_noise_shows_in_the_error_and_the_truth_lies_within_three_of_them() -> None:
    found = total_resistance(spectrum(5.2, noise=0.02))
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
    with refused("missing-column"):
        total_resistance(spectrum(5).drop(columns="z_imag_ohm"), file="eis.csv")
    bad = spectrum(5)
    bad.loc[3, "z_real_ohm"], bad.loc[4, "frequency_hz"] = "x", "-1"
    with pytest.raises(InputError) as caught:
        total_resistance(bad, file="eis.csv")
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        ("line 3", "z_real_ohm"), ("line 4", "frequency_hz"),
    ]  # fmt: skip
    with refused("too-few-points"):
        total_resistance(spectrum(5).head(4))


def test_a_small_capacitance_is_read_from_its_first_points() -> None:
    found = total_resistance(cells(8 + tail(1e-8, 1.0)))
    assert found.resistance_ohm == pytest.approx(8, rel=1e-3)


def test_the_order_of_the_points_does_not_matter_and_the_fit_is_drawn_in_that_of_the_frequencies() -> None:
    ordered, given = spectrum(5.2, 0.01), spectrum(5.2, 0.01).sample(frac=1, random_state=1)
    one, other = total_resistance(ordered), total_resistance(given)
    assert other.resistance_ohm == pytest.approx(one.resistance_ohm, rel=1e-6)
    assert other.spectrum["frequency_hz"].is_monotonic_decreasing
    twice = total_resistance(pd.concat([ordered, ordered], ignore_index=True))
    assert twice.resistance_ohm == pytest.approx(one.resistance_ohm, rel=1e-6)


LOW_OHM = FREQUENCY[FREQUENCY <= 1e5]
WIDE = np.geomspace(3e5, 300, 31)
ARC_AND_TAIL = 1.455 + arc(0.261, 1600, 0.8, LOW_OHM) + tail(0.03, 0.8, LOW_OHM)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (cells(63.6 + arc(48.1, 3000)), "no-blocking-tail"),
        (cells(ARC_AND_TAIL, LOW_OHM), "arc-before-tail"),
        (cells(ARC_AND_TAIL.conj(), LOW_OHM), "sign-of-imaginary-part"),
        (cells(5 + 2e-6j * np.pi * FREQUENCY), "inductive-spectrum"),
        (cells(500 + arc(1200, 6000, 0.33, WIDE), WIDE), "no-blocking-tail"),
        (cells(1.2 + tail(2e-5) + 2e-6j * np.pi * FREQUENCY), "lead-inductance"),
        (cells(1j * (5.2 + tail(2e-6)).conj()), "negative-real-part"),
        (cells(5.2 + tail(2e-4, 0.4)), "exponent-of-no-electrode"),
        (cells(5 + tail(1e-8, 0.8)), "extrapolated-resistance"),
        (cells(noisy(8 + tail(1e-9, 1.0), 0.05, np.random.default_rng(0))), "uncertain-resistance"),
        (cells(5 + tail(2e-6) * (1 + 0.5 * np.sin(3 * np.arange(40)))), "poor-fit"),
        (cells(np.where(FREQUENCY < 5, 0, 5 + tail(2e-6))), "zero-impedance"),
        (cells(tail(2e-6, 0.9) + 1e-6), "zero-resistance"),
        (cells(1 / (5.2 + tail(2e-6))), "inductive-spectrum"),
    ],
)
def test_a_spectrum_that_is_not_of_blocking_electrodes_is_refused_by_its_name(given: pd.DataFrame, code: str) -> None:
    assert code_of(given) == code


def test_the_numbers_of_a_refusal_are_those_of_the_spectrum() -> None:
    with pytest.raises(InputError) as caught:
        total_resistance(cells(1.2 + tail(2e-5) + 2e-6j * np.pi * FREQUENCY))
    assert caught.value.faults[0].values["microhenry"] == pytest.approx(1, rel=0.05)
    with pytest.raises(InputError) as caught:
        total_resistance(cells(5 + tail(1e-8, 0.8)))
    assert caught.value.faults[0].values == {"ohm": pytest.approx(5, rel=0.01), "least": pytest.approx(117.6, abs=0.1)}


@pytest.mark.parametrize("microhenry", [0.3, 1, 3])
def test_inductive_leads_are_named_and_without_their_frequencies_the_rest_is_read(microhenry: float) -> None:
    impedance = 5.2 + tail(2e-5) + 2e-6j * np.pi * FREQUENCY * microhenry
    try:
        assert code_of(cells(impedance)) == "lead-inductance"
    except pytest.fail.Exception:
        assert total_resistance(cells(impedance)).resistance_ohm == pytest.approx(5.2, rel=0.1)
    kept = FREQUENCY < 3e4
    assert total_resistance(cells(impedance, FREQUENCY)[kept]).resistance_ohm == pytest.approx(5.2, rel=0.1)


@pytest.mark.parametrize("apex", [3e4, 3e6])
@pytest.mark.parametrize("parts", [(60, 40), (20, 80)])
def test_a_spectrum_with_an_arc_is_read_as_the_total_or_refused_wherever_it_is_cut(
    parts: tuple[float, float], apex: float
) -> None:
    impedance = parts[0] + arc(parts[1], apex) + tail(2e-6)
    for lowest in (1, 10, 100, 1000, 10_000):
        kept = lowest <= FREQUENCY
        try:
            read = total_resistance(cells(impedance)[kept]).resistance_ohm
        except InputError:
            continue
        assert read == pytest.approx(100, rel=0.15), lowest


def simulated(n: int, seed: int) -> tuple[int, int, int]:
    """Return of n spectra of blocking electrodes and as many with an arc: refused, and both kinds of wrong ones."""
    chance, n_refused, wrong = np.random.default_rng(seed), 0, [0, 0]
    for _ in range(n):
        ohm, exponent, noise = 10 ** chance.uniform(0, 3), chance.uniform(0.62, 1), chance.uniform(0.005, 0.03)
        farad = 10 ** chance.uniform(-8, -4)
        electrodes = tail(farad * 6283 ** (1 - exponent), exponent)
        while (ohm + electrodes[0].real) > 1.1 * ohm or noise * abs(electrodes[0]) > 0.3 * ohm:
            electrodes = electrodes / 2  # the highest frequency sees the resistance
        blocked = noisy(ohm + electrodes, noise, chance)
        part, apex = ohm * 10 ** chance.uniform(-1, 1), 10 ** chance.uniform(3, 8)
        with_arc = noisy(ohm + arc(part, apex) + electrodes, noise, chance)
        hidden = part < 0.2 * np.abs(ohm + np.interp(np.log(apex), np.log(FREQUENCY[::-1]), np.abs(electrodes[::-1])))
        for kind, (impedance, truth) in enumerate(((blocked, ohm), (with_arc, ohm + part))):
            try:
                read = total_resistance(cells(impedance)).resistance_ohm
            except InputError:
                n_refused += kind == 0
                continue
            wrong[kind] += abs(read / truth - 1) > 0.15 and not (kind and hidden)
    return n_refused, wrong[0], wrong[1]


def test_of_simulated_spectra_none_is_read_wrongly_and_few_are_refused() -> None:
    n_refused, *wrong = simulated(12, 0)
    assert (n_refused <= 1, wrong) == (True, [0, 0])


@pytest.mark.thorough
def test_of_a_thousand_simulated_spectra_hardly_one_is_read_wrongly_and_few_are_refused() -> None:
    n_refused, wrong_without, wrong_with_arc = simulated(1000, 1)
    assert n_refused <= 50
    assert wrong_without == 0
    assert wrong_with_arc <= 2, "depressed arcs that run into the tail, under 2 to 3 % of noise"
