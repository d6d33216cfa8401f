"""What a reader should look at twice in a record: slips of unit and order, and what no published membrane shows.

Nothing is refused here. The spans are those of the literature's own rows.
"""

import functools
from datetime import date

from spcse_ml.data.dataset import literature
from spcse_ml.lab.membrane import LabMembrane
from spcse_ml.schema import Method, columns

SPANNED = ("binder_wt_percent", "template_wt_percent", "thickness_um", "sigma_m_ms_cm")
"""Columns that are compared with what is published."""

FEWEST_ROWS = 5
"""Fewer published rows of a method give no span of their own; that of all methods stands in."""

FREEZING_K, BOILING_K = 273.15, 373.15
WHOLE = 100.0
_COLUMNS = columns(LabMembrane)


def remarks(membrane: LabMembrane, *, today: date) -> list[str]:
    """Return a sentence for each value of a membrane that is kept and should be looked at twice."""
    sentences = [_beyond_published(membrane, name) for name in SPANNED]
    sentences += [
        _maybe_kelvin(name, getattr(membrane, name)) for name, column in _COLUMNS.items() if column.unit == "°C"
    ]
    sentences += [_odd_retention(membrane)]
    if not membrane.batch and not membrane.made_on:
        sentences.append("neither batch nor made_on: learnt from as one batch with all others that tell neither")
    if membrane.made_on is not None and membrane.made_on > today:
        sentences.append(f"made_on {membrane.made_on} lies in the future; kept")
    return [sentence for sentence in sentences if sentence]


@functools.cache
def published_span(name: str, method: Method) -> tuple[float, float]:
    """Return the least and the greatest published value of a column by a method, or by all where too few tell it.

    >>> published_span("thickness_um", Method.DRY)
    (20.0, 150.0)
    """
    rows = literature().rows
    ends = rows[[f"{name}_low", f"{name}_high"]].astype(float)
    by_method = ends[(rows["method"] == method.value) & ends.notna().all(axis=1)]
    used = by_method if len(by_method) >= FEWEST_ROWS else ends
    return float(used.min().min()), float(used.max().max())


def _beyond_published(membrane: LabMembrane, name: str) -> str:
    value, unit = getattr(membrane, name), _COLUMNS[name].unit
    if value is None:
        return ""
    low, high = published_span(name, membrane.method)
    if low <= value <= high:
        return ""
    sentence = f"{name} {value:g} {unit} is outside the published {low:g} to {high:g} {unit}"
    if unit == "wt%" and low <= WHOLE - value <= high:
        return f"{sentence}: did you mean sulfide:polymer the other way round ({WHOLE - value:g} wt%)? Kept"
    if name == "sigma_m_ms_cm" and _maybe_siemens(membrane):
        return f"{sentence}: did you mean S/cm ({1000 * value:g} {unit})? Kept"
    return f"{sentence}; kept"


def _maybe_siemens(membrane: LabMembrane) -> bool:
    """Say whether the conductivity is none that was published, and a thousand times as much would be one."""
    low, high = published_span("sigma_m_ms_cm", membrane.method)
    value = membrane.sigma_m_ms_cm or low
    return value < low <= 1000 * value <= high


def _maybe_kelvin(name: str, value: float | None) -> str:
    if value is None or not FREEZING_K <= value <= BOILING_K:
        return ""
    return f"{name} {value:g}: did you mean kelvin ({value - FREEZING_K:.4g} °C)? The column is in °C; kept"


def _odd_retention(membrane: LabMembrane) -> str:
    value = membrane.retention_percent
    if value is None or 1 < value <= WHOLE or _maybe_siemens(membrane):
        return ""
    if value > WHOLE:
        return (
            f"retention {value:.4g} % is above 100: possible for a pressed film, or the powder was measured otherwise; "
            "kept"
        )
    return (
        f"retention {value:.4g} %: percent is expected, and both conductivities in mS/cm; did you mean "
        f"{100 * value:.4g} %? Kept"
    )
