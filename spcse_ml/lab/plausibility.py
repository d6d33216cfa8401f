"""Values of a record to check again: those of any recipe (`data.plausibility`), and of what was measured.

Nothing is refused here. The spans are those of the literature's own rows.
"""

from collections.abc import Container
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import identities
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.data.plausibility import WHOLE, Remark, published_span, recipe_remarks

SPANNED = ("binder_wt_percent", "template_wt_percent", "thickness_um", "sigma_m_ms_cm")
"""Columns that are compared with published values."""

FEWEST_LIKE, FARTHEST_RATIO = 2, 1.5
"""A retention is compared with so many other own membranes of its recipe or more, and may differ from their median by
this factor; a choice."""


def remarks(membrane: LabMembrane, *, typed: Container[str], today: date) -> list[Remark]:
    """Return what to check again in a membrane that was recorded.

    A slip of unit or order is suspected in `typed` columns alone, not in values that were derived from others.
    """
    is_siemens = "sigma_m_ms_cm" in typed and _may_be_siemens(membrane)
    of_recipe = recipe_remarks(membrane, typed=typed)
    slips = {remark.column for remark in of_recipe}
    possible = [_beyond_published(membrane, name, typed) for name in SPANNED if name not in slips]
    possible += [] if is_siemens else [_odd_retention(membrane, is_typed="retention_percent" in typed)]
    possible += [*of_recipe, _odd_day(membrane, today)]
    return [remark for remark in possible if remark]


def far_from_own(own: pd.DataFrame, names: Container[str | None]) -> list[Remark]:
    """Return a remark on each retention that lies far from those of the other own membranes of its recipe.

    Args:
        own: the table's membranes, as `own_frame` returns them.
        names: ids of the membranes that were recorded now.

    Returns:
        A remark for each membrane of these names whose retention is beyond `FARTHEST_RATIO` times the median of the
        others, or below the median over that, where there are `FEWEST_LIKE` others or more.
    """
    known = own[own["retention_percent"].notna()]
    recipes, values = identities(known), known["retention_percent"].to_numpy(dtype=float)
    distant = []
    for number, name in enumerate(known["id"]):
        others = values[[other != number and recipe == recipes[number] for other, recipe in enumerate(recipes)]]
        if name not in names or len(others) < FEWEST_LIKE:
            continue
        ratio = values[number] / np.median(others)
        if not 1 / FARTHEST_RATIO <= ratio <= FARTHEST_RATIO:
            low, high = float(others.min()), float(others.max())
            distant.append(
                Remark("far-from-own", name, "retention_percent", float(values[number]), low, high, n=len(others))
            )
    return distant


def _beyond_published(membrane: LabMembrane, name: str, typed: Container[str]) -> Remark | None:
    value, (low, high) = getattr(membrane, name), published_span(name, membrane.method)
    if value is None or low <= value <= high:
        return None
    code, suggestion = "beyond-published", None
    if name == "sigma_m_ms_cm" and name in typed and _may_be_siemens(membrane):
        code, suggestion = "siemens", 1000 * value
    elif name == "thickness_um" and low <= 1000 * value <= high:
        return _remark("millimetres", membrane, name, low=low, high=high, suggestion=1000 * value, limit=low)
    return _remark(code, membrane, name, low=low, high=high, suggestion=suggestion)


def _may_be_siemens(membrane: LabMembrane) -> bool:
    """Return whether the conductivity is below all published ones, and a thousand times as much is among them."""
    low, high = published_span("sigma_m_ms_cm", membrane.method)
    value = membrane.sigma_m_ms_cm or low
    return value < low <= 1000 * value <= high


def _odd_retention(membrane: LabMembrane, *, is_typed: bool) -> Remark | None:
    value, name = membrane.retention_percent, "retention_percent"
    if value is None or 1 < value <= WHOLE:
        return None
    if value > WHOLE:
        return _remark("retention-above-100", membrane, name)
    if is_typed:
        return _remark("fraction", membrane, name, suggestion=100 * value)
    return _remark("retention-below-1", membrane, name)


def _odd_day(membrane: LabMembrane, today: date) -> Remark | None:
    if not membrane.batch and not membrane.made_on:
        return _remark("no-batch", membrane, "batch")
    is_future = membrane.made_on is not None and membrane.made_on > today
    return _remark("future-day", membrane, "made_on") if is_future else None


def _remark(code: str, membrane: LabMembrane, name: str, **fields: Any) -> Remark:
    return Remark(code, membrane.id or "", name, getattr(membrane, name), **fields)
