"""Values to check again, in words: the same where a recipe is predicted and where a membrane is recorded."""

from collections.abc import Mapping

from spcse_ml.data.membrane import LabMembrane
from spcse_ml.data.plausibility import Remark
from spcse_ml.schema import columns

_BEYOND = "outside the published {low:.3g} to {high:.3g} {unit}"
REMARKS: Mapping[str, str] = {
    "beyond-published": _BEYOND,
    "reversed-ratio": _BEYOND + "; is sulfide:polymer reversed ({suggestion:g} {unit})?",
    "siemens": _BEYOND + "; is the value in S/cm ({suggestion:g} {unit})?",
    "far-from-own": "{n} other membranes of yours of this recipe have {low:g} to {high:g} {unit}; "
    "is one of them a slip? correct it with supersedes",
    "kelvin": "is the value in kelvin ({suggestion:.4g} {unit})?",
    "fraction": "is the value a fraction ({suggestion:.4g} {unit})?",
    "millimetres": "below {limit:g} {unit}; is the value in mm ({suggestion:.4g} {unit})?",
    "retention-below-1": "at most 1 {unit}; are both conductivities in mS/cm?",
    "retention-above-100": "above 100 {unit}; possible for a pressed film, or if the powder was measured differently",
    "donor-number-far": "the catalogue has {suggestion:g} {unit} for this solvent; is yours of the same scale?",
    "no-batch": "blank, as is made_on; all such membranes count as one batch",
    "future-day": "in the future",
    "charge-off": "charges differ by {limit:.2g} %; is the formula right?",
    "taken-as-glass": "taken as a glass; write glass-ceramic behind it if it was annealed",
}
"""By code; a text names the fields of a `Remark` in { }, and the unit of its column."""


def remark_text(remark: Remark) -> str:
    """Return a value to check again, with the reason.

    >>> remark_text(Remark("kelvin", "M1", "measurement_temperature_c", 298.0, suggestion=24.85))
    'M1: measurement_temperature_c 298 °C: is the value in kelvin (24.85 °C)?'
    """
    unit = columns(LabMembrane)[remark.column].unit
    value = f"{remark.value:g} {unit}" if isinstance(remark.value, float) else f"{remark.value or ''}"
    text = REMARKS[remark.code].format(
        low=remark.low, high=remark.high, suggestion=remark.suggestion, unit=unit, n=remark.n, limit=remark.limit
    )
    return ": ".join(filter(None, [remark.membrane, f"{remark.column} {value}".strip(), text]))
