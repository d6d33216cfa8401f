"""From an impedance spectrum or a resistance to a conductivity with its uncertainty (Eq. 1 of the review)."""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from spcse_ml.chemistry.transport import conductivity_ms_cm
from spcse_ml.data.validation import read_rows
from spcse_ml.errors import Fault, InputError
from spcse_ml.lab.circuits import Alternative, BlockingFit, alternatives, blocking_fit
from spcse_ml.schema import column, columns

FEWEST_POINTS = 6
WORST_MISFIT = 0.1
"""Mean relative deviation of a fit beyond which its resistance is not believed (our choice, as are those below)."""
EXPONENT = (0.6, 1.0)
"""Exponents of blocking electrodes; a lower one is an arc that is taken for a tail."""
FARTHEST_BELOW = 0.15
"""Part of the least measured Z' by which the fitted resistance may lie below it: farther, it is extrapolated."""
LARGEST_ERROR = 1 / 3
CLEARLY = 7.0
"""F ratio from which another circuit fits clearly better: chance alone gives it to one spectrum in a hundred."""
MOST_INDUCTIVE_H = 1e-4
"""More is no inductance of leads."""
OTHERWISE = 0.05
"""Relative difference from which the total resistance of a better circuit is another one."""


class Point(BaseModel):
    """A point of a spectrum; Z'' is negative for a capacitance."""

    model_config = ConfigDict(allow_inf_nan=False)

    frequency_hz: float = column("frequency", default=..., unit="Hz", gt=0)
    z_real_ohm: float = column("real part of the impedance", default=..., unit="ohm")
    z_imag_ohm: float = column("imaginary part of the impedance", default=..., unit="ohm")


SPECTRUM = tuple(columns(Point))


@dataclass(frozen=True)
class TotalResistance:
    """The total resistance in a spectrum in ohm with its standard error, and the fitted impedance at each frequency.

    Bulk and grain boundaries are in it, as are contacts and leads: a series resistance does not tell them apart.
    """

    resistance_ohm: float
    error_ohm: float
    fitted: np.ndarray
    spectrum: pd.DataFrame


def total_resistance(spectrum: pd.DataFrame, *, file: str = "") -> TotalResistance:
    """Return what a resistance in series with blocking electrodes gives, fitted to a spectrum in any order.

    Raises:
        InputError: columns are missing, cells are no numbers, points are too few, no such circuit fits, or it fits and
            its resistance cannot be believed.
    """
    numbers = _numbers(spectrum, file).sort_values("frequency_hz", ascending=False, kind="stable")
    frequency = numbers["frequency_hz"].to_numpy()
    measured = numbers["z_real_ohm"].to_numpy() + 1j * numbers["z_imag_ohm"].to_numpy()
    problem = _of_points(measured)
    if problem is None:
        try:
            fit = blocking_fit(frequency, measured)
            others = list(alternatives(frequency, measured, exponent=fit.exponent))
        except (RuntimeError, ValueError) as error:
            raise InputError([Fault("no-fit", file=file)]) from error
        problem = _of_fit(fit, others, measured)
    if problem is not None:
        raise InputError([replace(problem, file=file)])
    return TotalResistance(fit.resistance_ohm, fit.error_ohm, fit.fitted, numbers)


def _of_points(measured: np.ndarray) -> Fault | None:
    """Return what is wrong with points in the order of falling frequencies, before anything is fitted."""
    n, n_negative, n_positive = len(measured), int((measured.real <= 0).sum()), int((measured.imag > 0).sum())
    third = n // 3
    if np.any(measured == 0):
        return Fault("zero-impedance")
    if n_negative > n / 2:
        return Fault("negative-real-part", values={"n_bad": n_negative, "n": n})
    if n_positive > n / 2:
        is_inductive = np.median(np.abs(measured.imag[:third])) > np.median(np.abs(measured.imag[-third:]))
        code = "inductive-spectrum" if is_inductive else "sign-of-imaginary-part"
        return Fault(code, allowed="Z'' of a capacitance is negative", values={"n_bad": n_positive, "n": n})
    return None


def _of_fit(fit: BlockingFit, others: list[Alternative], measured: np.ndarray) -> Fault | None:
    """Return why a fit is not believed: another circuit by its name, or else what is odd about the fit itself."""
    odd = _odd(fit, measured)
    better = [
        circuit
        for circuit in others
        if circuit.inductance_h <= MOST_INDUCTIVE_H
        and _gain(fit, circuit, len(measured)) > CLEARLY
        and (odd or abs(circuit.total_ohm - fit.resistance_ohm) > OTHERWISE * fit.resistance_ohm)
    ]
    if not better:
        return odd
    best = min(better, key=lambda circuit: circuit.squares / (2 * len(measured) - 3 - circuit.n_more))
    if best.inductance_h:
        return Fault("lead-inductance", values={"microhenry": 1e6 * best.inductance_h})
    if np.median(measured.imag[-3:]) >= np.median(measured.imag[-6:-3]):  # -Z'' falls at the lowest frequencies
        return Fault("no-blocking-tail")
    return Fault("arc-before-tail")


def _odd(fit: BlockingFit, measured: np.ndarray) -> Fault | None:
    """Return what is odd about a fitted resistance with blocking electrodes."""
    ohm, least = fit.resistance_ohm, float(measured.real.min())
    misfit = float(np.mean(np.abs(fit.fitted - measured) / np.abs(measured)))
    if ohm < least / 1000:
        return Fault("zero-resistance")
    if not misfit <= WORST_MISFIT:
        return Fault("poor-fit", allowed=f"at most {WORST_MISFIT:.0%}", values={"misfit": misfit})
    if not EXPONENT[0] <= round(fit.exponent, 2) <= EXPONENT[1]:
        allowed = "{:g} to {:g}".format(*EXPONENT)
        return Fault("exponent-of-no-electrode", allowed=allowed, values={"exponent": fit.exponent})
    if ohm < (1 - FARTHEST_BELOW) * least:
        allowed = f"at most {FARTHEST_BELOW:.0%} below"
        return Fault("extrapolated-resistance", allowed=allowed, values={"ohm": ohm, "least": least})
    if not fit.error_ohm <= LARGEST_ERROR * ohm:
        allowed = "an error of at most a third"
        return Fault("uncertain-resistance", allowed=allowed, values={"ohm": ohm, "error": fit.error_ohm})
    return None


def _gain(fit: BlockingFit, other: Alternative, n_points: int) -> float:
    """Return the F ratio by which another circuit fits better."""
    spread = other.squares / (2 * n_points - 3 - other.n_more)
    return (fit.squares - other.squares) / other.n_more / max(spread, 1e-30)


def conductivity_with_error(
    *, thickness_um: tuple[float, float], resistance_ohm: tuple[float, float], area_cm2: tuple[float, float]
) -> tuple[float, float]:
    """Return the conductivity in mS/cm by Eq. 1 of the review with its standard error, from values with theirs.

    Relative errors add in squares, as they do for a product of independent quantities.

    >>> value, error = conductivity_with_error(thickness_um=(47, 1), resistance_ohm=(2.85, 0.1), area_cm2=(1.0, 0.0))
    >>> round(value, 2), round(error, 3)
    (1.65, 0.068)
    """
    value = conductivity_ms_cm(thickness_um=thickness_um[0], resistance_ohm=resistance_ohm[0], area_cm2=area_cm2[0])
    return value, value * sqrt(sum((error / amount) ** 2 for amount, error in (thickness_um, resistance_ohm, area_cm2)))


def _numbers(spectrum: pd.DataFrame, file: str) -> pd.DataFrame:
    points, faults = read_rows(spectrum[[name for name in SPECTRUM if name in spectrum]], Point, file=file)
    if not faults and len(points) < FEWEST_POINTS:
        faults = [Fault("too-few-points", file=file, values={"n": len(points), "fewest": FEWEST_POINTS})]
    if faults:
        raise InputError(faults)
    return pd.DataFrame([point.model_dump() for _, point in points], index=spectrum.index)
