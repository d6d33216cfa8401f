"""Equivalent circuits of an impedance spectrum: the one that is believed, and those that speak against it.

With its exponents and time constants given, a circuit is linear in its resistances, its inductance and the inverse of
its constant phase element. Each is therefore solved on a whole grid of them: no start value is chosen by hand, and no
fit stops in a side valley. Deviations are relative to the modulus.
"""

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log10

import numpy as np
from scipy.optimize import nnls

BLOCKING = "R_0-CPE_0"
"""Total resistance in series with blocking electrodes (a constant phase element)."""

EXPONENTS = tuple(np.arange(1, 21) / 20)
ARC_EXPONENTS = TAIL_EXPONENTS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
ARCS_A_DECADE = 5
STEEPEST = 1.5
"""Bound of the fitted exponent, above what is possible (1), so that no fit ends on a bound and is believed."""


@dataclass(frozen=True)
class BlockingFit:
    """A resistance with blocking electrodes, fitted: in ohm, with the standard error of the resistance."""

    resistance_ohm: float
    error_ohm: float
    exponent: float
    fitted: np.ndarray
    squares: float
    """Sum of the squared relative deviations."""


@dataclass(frozen=True)
class Alternative:
    """Another circuit at its best: with inductive leads, or with an arc before the tail."""

    total_ohm: float
    inductance_h: float
    """Of the leads; 0 in the circuit with an arc."""
    squares: float
    n_more: int
    """Parameters beyond those of a resistance with blocking electrodes."""


def blocking_fit(frequency: np.ndarray, measured: np.ndarray) -> BlockingFit:
    """Fit a resistance with blocking electrodes, from the best point of a grid.

    Raises:
        ValueError: the numbers are too large or too small to be fitted, or no tail of blocking electrodes shows.
        RuntimeError: the fit does not end.
    """
    from impedance.models.circuits import CustomCircuit  # noqa: PLC0415 - takes a second to import

    resistor, slowest = np.ones_like(measured), 2 * np.pi * frequency.min()
    exponent, _, (resistance, tail) = _best(((n, (resistor, _tail(frequency, n))) for n in EXPONENTS), measured)
    if not tail > 0:
        msg = "no tail of blocking electrodes shows"
        raise ValueError(msg)
    start = [max(resistance, 1e-6 * float(np.abs(measured).min())), 1 / (tail * slowest**exponent), exponent]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        circuit = CustomCircuit(BLOCKING, initial_guess=start).fit(
            frequency, measured, weight_by_modulus=True, x_scale="jac", bounds=([0] * 3, [np.inf, np.inf, STEEPEST])
        )
        fitted = np.asarray(circuit.predict(frequency))
    squares = float(np.sum(np.abs((fitted - measured) / measured) ** 2))
    (ohm, _, steepness), (error, *_) = circuit.parameters_, circuit.conf_
    return BlockingFit(float(ohm), float(error), float(steepness), fitted, squares)


def alternatives(frequency: np.ndarray, measured: np.ndarray, *, exponent: float) -> Iterator[Alternative]:
    """Yield each other circuit at its best; the exponent is that of the fitted electrodes, tried by each as well."""
    resistor, inductor = np.ones_like(measured), 2j * np.pi * frequency
    tails = {n: _tail(frequency, n) for n in (*EXPONENTS, exponent)}
    leads = ((n, (resistor, tail, inductor)) for n, tail in tails.items())
    _, squares, (total, _, inductance) = _best(leads, measured)
    yield Alternative(total, inductance, squares, 1)
    arcs = list(_arcs(frequency))
    both = ((n, (resistor, arc, tails[n])) for n in (*TAIL_EXPONENTS, exponent) for arc in arcs)
    _, squares, (series, arc, _) = _best(both, measured)
    yield Alternative(series + arc, 0.0, squares, 3)


def _tail(frequency: np.ndarray, exponent: float) -> np.ndarray:
    """Return a constant phase element whose modulus is 1 at the lowest frequency."""
    return np.asarray((1j * frequency / frequency.min()) ** -exponent)


def _arcs(frequency: np.ndarray) -> Iterator[np.ndarray]:
    """Yield depressed arcs of 1 ohm with apices over the measured frequencies and half a decade beyond."""
    low, high = frequency.min() / 3, frequency.max() * 3
    for apex in np.geomspace(low, high, 1 + round(ARCS_A_DECADE * log10(high / low))):
        for exponent in ARC_EXPONENTS:
            yield 1 / (1 + (1j * frequency / apex) ** exponent)


def _best(
    circuits: Iterable[tuple[float, tuple[np.ndarray, ...]]], measured: np.ndarray
) -> tuple[float, float, list[float]]:
    """Return name, squared deviations and weights of that circuit of elements in series that deviates least."""
    weight = np.abs(measured)
    aim = measured / weight
    aim = np.concatenate([aim.real, aim.imag])

    def solved(name: float, elements: tuple[np.ndarray, ...]) -> tuple[float, float, list[float]]:
        columns = np.column_stack(elements) / weight[:, None]
        columns = np.vstack([columns.real, columns.imag])
        scale = np.linalg.norm(columns, axis=0)
        weights, deviation = nnls(columns / scale, aim)
        return name, float(deviation) ** 2, list(map(float, weights / scale))

    return min((solved(*circuit) for circuit in circuits), key=lambda solution: solution[1])
