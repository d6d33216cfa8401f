"""The physics of a measured membrane, in the units a laboratory writes down.

Figures: Eq. 1 of the review (sigma = l / (R S)); areal resistance follows from it as l / sigma = R S.
"""

from typing import Any, TypeVar

UM_PER_CM = 1e4
MS_PER_S = 1e3
Amount = TypeVar("Amount", float, Any)
"""A number, or an array of them; NumPy is not imported, because the command line's help needs this room."""


def conductivity_ms_cm(*, thickness_um: float, resistance_ohm: float, area_cm2: float) -> float:
    """Return the ionic conductivity in mS/cm of a membrane from its resistance (Eq. 1 of the review).

    Raises:
        ZeroDivisionError: resistance or area is zero.

    >>> round(conductivity_ms_cm(thickness_um=47, resistance_ohm=2.85, area_cm2=1.0), 2)
    1.65
    """
    return thickness_um / UM_PER_CM / (resistance_ohm * area_cm2) * MS_PER_S


def areal_resistance_ohm_cm2(*, thickness_um: Amount | float, sigma_ms_cm: Amount) -> Amount:
    """Return the resistance of one square centimetre of membrane, thickness over conductivity, in ohm cm2.

    >>> round(areal_resistance_ohm_cm2(thickness_um=47, sigma_ms_cm=1.65), 2)
    2.85
    """
    return thickness_um / UM_PER_CM / (sigma_ms_cm / MS_PER_S)


def membrane_conductivity_ms_cm(*, sigma_p_ms_cm: Amount, retention_percent: Amount | float) -> Amount:
    """Return the conductivity of the membrane in mS/cm from that of its powder and the retention in percent.

    >>> membrane_conductivity_ms_cm(sigma_p_ms_cm=2.0, retention_percent=75.0)
    1.5
    """
    return sigma_p_ms_cm * retention_percent / 100
