"""Quantities as a chemist types them ("40 um", "0.04 mm", "1.13 cm2", "80 C", "97:3") in the unit of their column."""

import functools
import re
from typing import Any

from spcse_ml.errors import Fault, InputError
from spcse_ml.literature.schema import Column, clean_text

_QUANTITY = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\W\d_].*|[°%].*)?$")
_RATIO = re.compile(r"^(\d+\.?\d*)\s*:\s*(\d+\.?\d*)$")
_TEMPERATURES = {"C": "degC", "K": "kelvin", "F": "degF"}
_SHARES = ("%", "wt%", "wt %", "wt.%", "vol%", "percent")
_SPELLINGS = {"µ": "u", "μ": "u", "Ω": "ohm"}


def in_unit(text: str, column: Column) -> str:
    """Return the number of a quantity in the unit of its column, as text; what is no quantity comes back as it was.

    A ratio of weights, as in 97:3 (sulfide to binder), becomes the share of the second in all.

    Raises:
        InputError: the unit is not known, or is not one of this kind.

    >>> from spcse_ml.literature.schema import Formulation, columns
    >>> in_unit("0.04 mm", columns(Formulation)["planned_thickness_um"])
    '40'
    >>> in_unit("97:3", columns(Formulation)["binder_wt_percent"])
    '3'
    """
    text = clean_text(text)
    if column.unit == "wt%" and (ratio := _RATIO.match(text)):
        first, second = map(float, ratio.groups())
        return f"{100 * second / (first + second):.6g}" if first + second > 0 else text
    found = _QUANTITY.match(text)
    if not column.is_number or found is None or found[2] is None:
        return text
    return f"{_converted(float(found[1]), found[2].strip(), column):.10g}"


def _converted(value: float, unit: str, column: Column) -> float:
    if unit in _SHARES and column.unit in {"%", "wt%", "vol%"}:
        return value
    try:
        return float(_registry().Quantity(value, _plain(unit, column)).to(_plain(column.unit, column)).magnitude)
    except Exception as error:  # the library raises what it likes on what it cannot read
        allowed = (
            f"a plain number in {column.unit}, or a number with a unit of that kind" if column.unit else "a number"
        )
        fault = Fault(
            "the unit is not one of this column", column=column.name, given=f"{value:g} {unit}", allowed=allowed
        )
        raise InputError([fault]) from error


def _plain(unit: str, column: Column) -> str:
    if (unit.endswith("C") and len(unit) <= len("°C")) or (unit in _TEMPERATURES and column.unit == "°C"):
        return _TEMPERATURES[unit[-1]]
    for spelled, plain in _SPELLINGS.items():
        unit = unit.replace(spelled, plain)
    return re.sub(r"([A-Za-z])(\d)", r"\1**\2", unit)


@functools.cache
def _registry() -> Any:
    import pint  # noqa: PLC0415 - takes half a second to import

    return pint.UnitRegistry()
