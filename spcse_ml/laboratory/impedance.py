"""From an impedance spectrum or a resistance to a conductivity with its uncertainty (Eq. 1 of the review)."""

import warnings
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from spcse_ml.errors import Fault, InputError
from spcse_ml.literature.recipes import read_rows
from spcse_ml.literature.schema import column, columns
from spcse_ml.literature.transport import conductivity_ms_cm

CIRCUIT = "R_0-CPE_0"
"""Resistance of the membrane in series with blocking electrodes (a constant phase element)."""

FEWEST_POINTS = 6
WORST_MISFIT = 0.1
"""Mean relative deviation of a fit beyond which its intercept is not believed (our choice)."""


class Point(BaseModel):
    """A point of a spectrum; Z'' is negative for a capacitance."""

    model_config = ConfigDict(allow_inf_nan=False)

    frequency_hz: float = column("frequency", default=..., unit="Hz", gt=0)
    z_real_ohm: float = column("real part of the impedance", default=..., unit="ohm")
    z_imag_ohm: float = column("imaginary part of the impedance", default=..., unit="ohm")


SPECTRUM = tuple(columns(Point))


@dataclass(frozen=True)
class Bulk:
    """The bulk intercept of a spectrum in ohm with its standard error, and the fitted impedance at each frequency."""

    resistance_ohm: float
    error_ohm: float
    fitted: np.ndarray
    spectrum: pd.DataFrame


def bulk_resistance(spectrum: pd.DataFrame, *, file: str = "") -> Bulk:
    """Return the bulk intercept that a resistance in series with blocking electrodes gives, fitted to a spectrum.

    Raises:
        InputError: columns are missing, cells are no numbers, points are too few, or no such circuit fits.
    """
    numbers = _numbers(spectrum, file)
    frequency = numbers["frequency_hz"].to_numpy()
    measured = numbers["z_real_ohm"].to_numpy() + 1j * numbers["z_imag_ohm"].to_numpy()
    from impedance.models.circuits import CustomCircuit  # noqa: PLC0415 - takes a second to import

    guess = [max(float(measured.real.min()), 1e-3), 1e-6, 0.9]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            circuit = CustomCircuit(CIRCUIT, initial_guess=guess).fit(frequency, measured, weight_by_modulus=True)
        except (RuntimeError, ValueError) as error:
            fault = Fault("no bulk resistance with blocking electrodes fits the spectrum", file=file,
                          remedy="Give the resistance instead, or leave out the points at fault.")  # fmt: skip
            raise InputError([fault]) from error
        fitted = np.asarray(circuit.predict(frequency))
    misfit = float(np.mean(np.abs(fitted - measured) / np.abs(measured)))
    if not misfit <= WORST_MISFIT:
        fault = Fault(
            f"no bulk resistance with blocking electrodes fits the spectrum: they differ by {misfit:.0%} on average",
            file=file, allowed=f"at most {WORST_MISFIT:.0%}",
            remedy="Z'' of a capacitance is negative; leave out an arc, or give the resistance instead.",
        )  # fmt: skip
        raise InputError([fault])
    return Bulk(float(circuit.parameters_[0]), float(circuit.conf_[0]), fitted, numbers)


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
    return value, value * sqrt(sum((error / given) ** 2 for given, error in (thickness_um, resistance_ohm, area_cm2)))


def _numbers(spectrum: pd.DataFrame, file: str) -> pd.DataFrame:
    points, faults = read_rows(spectrum[[name for name in SPECTRUM if name in spectrum]], Point, file=file)
    if not faults and len(points) < FEWEST_POINTS:
        faults = [Fault(f"holds {len(points)} points; at least {FEWEST_POINTS} are needed", file=file)]
    if faults:
        raise InputError(faults)
    return pd.DataFrame([point.model_dump() for _, point in points], index=spectrum.index)
