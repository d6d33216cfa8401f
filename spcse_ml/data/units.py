"""Quantities as a chemist types them ("40 um", "0.04 mm", "1.13 cm2", "80 C", "97:3") in the unit of their column."""

import functools
import re
from typing import Any

from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import Column, clean_text, plain_signs

_QUANTITY = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\W\d_].*|[°%].*)?$")
_TIMES_TEN = re.compile(r"(?<=\d)\s*[x×*·]\s*10\s*(?:\^|\*\*)?\s*\(?([+-]?\d+)\)?")
"""A power of ten as print has it, as in 1.2 × 10-3."""
_RATIO = re.compile(r"^(\d+\.?\d*)\s*([:/])\s*(\d+\.?\d*)\s*(?:wt\.?\s*%)?$")
_TEMPERATURES = {"C": "degC", "°C": "degC", "degC": "degC", "K": "kelvin", "F": "degF", "°F": "degF", "degF": "degF"}
_PERCENT = {"%", "percent", "vol%"}
_SHARES = {"%": _PERCENT, "vol%": _PERCENT, "wt%": {"%", "percent", "wt%", "w%", "weight%", "mass%"}}
_SPELLINGS = (
    (r"[µμ]", "u"),
    (r"Ω|(?i:ohms?)", "ohm"),
    (r"[·⋅]", " "),
    (r"\bmils?\b", "thou"),  # the library's mil is an angle
    (r"\bM[Pp][Aa]\b", "MPa"),
    (r"(?<=[A-Za-z])\s*\^?\s*([+-]?\d+)", r"**\1"),
)
_UNIT = r"[A-Za-z_%]+(?:\*\*[+-]?\d)?"
_PRODUCT = re.compile(rf"{_UNIT}(?:\s*[ /*]\s*{_UNIT}){{0,5}}")
"""What may be asked of the library, which works out whatever it is given: m9999999, or 9**9**9, for minutes."""


def in_unit(text: str, column: Column) -> str:
    """Return the number of a quantity in the unit of its column, as text; what is no quantity comes back as it was.

    A ratio of weights, as in 97:3 or 97/3 (sulfide to binder), becomes the share of the second in all.

    Raises:
        InputError: the unit is not known, or is not one of this kind.

    >>> from spcse_ml.schema import Formulation, columns
    >>> in_unit("0.04 mm", columns(Formulation)["planned_thickness_um"])
    '40'
    >>> in_unit("97:3", columns(Formulation)["binder_wt_percent"])
    '3'
    """
    text = _TIMES_TEN.sub(r"e\1", plain_signs(clean_text(text)))
    if column.unit == "wt%" and (ratio := _RATIO.match(text)):
        first, second = float(ratio[1]), float(ratio[3])
        is_ratio = first + second > 0 and (ratio[2] == ":" or first + second == 100)  # noqa: PLR2004 - 1/2 may be a half
        return f"{100 * second / (first + second):.6g}" if is_ratio else text
    match = _QUANTITY.match(text)
    if not column.is_number or match is None or match[2] is None:
        return text
    return f"{_converted(float(match[1]), match[2].strip(), column):.10g}"


def _converted(value: float, unit: str, column: Column) -> float:
    if re.sub(r"[\s.-]", "", unit).casefold() in _SHARES.get(column.unit, ()):
        return value
    registry = _registry()
    try:
        return float(
            registry.Quantity(value, _spelled_for_pint(unit, column))
            .to(_spelled_for_pint(column.unit, column))
            .magnitude
        )
    except Exception as error:  # the library raises what it likes on what it cannot read
        allowed = (
            f"a plain number in {column.unit}, or a number with a unit of that kind" if column.unit else "a number"
        )
        fault = Fault("wrong-unit", column=column.name, given=f"{value:g} {unit}", allowed=allowed)
        raise InputError([fault]) from error


def _spelled_for_pint(unit: str, column: Column) -> str:
    if column.unit == "°C":
        return _TEMPERATURES[unit.replace(" ", "")]
    if column.unit == "MPa":  # a mass on an area is its weight
        unit = re.sub(r"\bkg\b", "kgf", unit)
    for spelled, plain in _SPELLINGS:
        unit = re.sub(spelled, plain, unit)
    if not _PRODUCT.fullmatch(unit):
        msg = f"{unit} is no product of units"
        raise ValueError(msg)
    return unit


@functools.cache
def _registry() -> Any:
    import pint  # noqa: PLC0415 - takes half a second to import

    return pint.UnitRegistry()
