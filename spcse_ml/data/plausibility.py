"""Values of a recipe to check again: slips of unit and order, and a sulfide whose formula or state leaves doubts.

Nothing is refused here. The spans are those of the literature's own rows. Prediction, records and page ask alike.
"""

import functools
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compositions import charge_imbalance
from spcse_ml.chemistry.written_sulfides import CHARGE_WARNED, written_or_none
from spcse_ml.data.literature import literature
from spcse_ml.schema import Formulation, Method, columns

FEWEST_ROWS = 5
"""Fewer published rows of a method give no span of their own; that of all methods stands in."""

THINNEST_GAP_UM = 10.0
"""A coating blade closer than this to its foil was probably typed in millimetres; a choice."""

THINNEST_TEMPLATE_UM = 1.0
"""A template thinner than this, or with a finer opening in it, was probably typed in millimetres; a choice."""

LEAST_CONTENT = 0.1
"""Contents in wt% below this are taken for fractions; a choice: 0.1 wt% PTFE is made."""

DONOR_NUMBERS_WITHIN = 5.0
"""Published donor numbers of one solvent differ by up to this, in kcal/mol; a choice."""

MOST_MS_CM = 40.0
"""The highest conductivity of a powder that a recipe may have."""

FREEZING_K, BOILING_K, HOTTEST_DRYING_K = 273.15, 373.15, 473.15
"""Temperatures between which a measurement, or drying and pressing, is more likely in kelvin; a choice."""

WHOLE = 100.0
CONTENTS = ("binder_wt_percent", "template_wt_percent")
FRACTIONS = ("slurry_solid_percent", "template_porosity_percent", "relative_density_percent")
"""Columns in percent that are rarely below 1."""

_IN_MM = {
    "blade_gap_um": THINNEST_GAP_UM, "template_thickness_um": THINNEST_TEMPLATE_UM, "template_opening_um": 1e-3,
}  # fmt: skip


@dataclass(frozen=True)
class Remark:
    """A value of a recipe or of a membrane that should be checked again."""

    code: str
    membrane: str
    """Id of the recipe or membrane; empty where it has none."""
    column: str
    value: float | date | str | None = None
    low: float | None = None
    high: float | None = None
    """Ends of the published values."""
    suggestion: float | None = None
    """What was probably meant, in the unit of the column."""
    n: int | None = None
    """How many other membranes of the same recipe a value was compared with; `low` and `high` are then theirs."""
    limit: float | None = None
    """What a value of its column is below or above, in the unit of the column; of charges, by how many percent they
    differ."""


def recipe_remarks(recipe: Formulation, *, typed: Container[str]) -> list[Remark]:
    """Return what to check again in a recipe.

    Args:
        recipe: with catalogue names, whether it is asked about or was made.
        typed: columns whose values were typed: a slip is suspected there alone, not in what was derived.

    Returns:
        A remark for each value that was probably meant in another unit or order, or whose formula leaves doubts.

    >>> slip = Formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE", sigma_p_ms_cm=1.2e-3)
    >>> [(remark.code, remark.suggestion) for remark in recipe_remarks(slip, typed={"sigma_p_ms_cm"})]
    [('siemens', 1.2)]
    """
    temperatures = [name for name, column in columns(type(recipe)).items() if column.unit == "°C"]
    checks: list[tuple[str, Callable[[str, float, Method], Remark | None]]] = [
        *((name, _content) for name in CONTENTS),
        ("sigma_p_ms_cm", _siemens_of_powder),
        *((name, _kelvin) for name in temperatures),
        *((name, _fraction) for name in FRACTIONS if name in columns(type(recipe))),
        *((name, _millimetres) for name in _IN_MM),
    ]
    remarks: list[Remark | None] = [
        check(name, value, recipe.method)
        for name, check in checks
        if name in typed and (value := getattr(recipe, name)) is not None
    ]
    remarks += [*_of_sulfide(recipe), _donor_number(recipe)]
    return [replace(remark, membrane=recipe.id or "") for remark in remarks if remark]


@functools.cache
def published_span(name: str, method: Method) -> tuple[float, float]:
    """Return the least and the greatest published value of a column by a method, or by all where too few report it.

    >>> published_span("thickness_um", Method.DRY)
    (20.0, 150.0)
    """
    rows = literature().rows
    ends = rows[[f"{name}_low", f"{name}_high"]].astype(float)
    by_method = ends[(rows["method"] == method.value) & ends.notna().all(axis=1)]
    used = by_method if len(by_method) >= FEWEST_ROWS else ends
    return float(used.min().min()), float(used.max().max())


@functools.cache
def _powder_span() -> tuple[float, float]:
    """Return the least and the greatest conductivity of a powder, in mS/cm, that published rows imply."""
    rows = literature().rows
    ratios = 100 * rows["sigma_m_ms_cm_low"].astype(float) / rows["retention_percent_low"].astype(float)
    return float(np.nanmin(ratios)), float(np.nanmax(ratios))


def content_slip(value: float, span: tuple[float, float]) -> tuple[str, float] | None:
    """Return the code and what was meant, where a content beyond those published is another way to write one of them.

    >>> content_slip(97.0, (0.2, 10.0)), content_slip(0.02, (0.2, 10.0)), content_slip(40.0, (0.2, 10.0))
    (('reversed-ratio', 3.0), ('fraction', 2.0), None)
    """
    low, high = span
    if low <= value <= high:
        return None
    meant = {"reversed-ratio": WHOLE - value, **({"fraction": WHOLE * value} if value < LEAST_CONTENT else {})}
    return next(((code, other) for code, other in meant.items() if low <= other <= high), None)


def _content(name: str, value: float, method: Method) -> Remark | None:
    low, high = published_span(name, method)
    slip = content_slip(value, (low, high))
    return Remark(slip[0], "", name, value, low, high, slip[1]) if slip else None


def _siemens_of_powder(name: str, value: float, _: Method) -> Remark | None:
    low, high = _powder_span()
    if value > high:
        return Remark("beyond-published", "", name, value, low, high)
    return (
        Remark("siemens", "", name, value, low, high, 1000 * value)
        if value < low and 1000 * value <= MOST_MS_CM
        else None
    )


def _kelvin(name: str, value: float, _: Method) -> Remark | None:
    is_hot = columns(Formulation)[name].is_process if name in columns(Formulation) else False
    hottest = HOTTEST_DRYING_K if is_hot else BOILING_K
    is_round = is_hot and value % 10 == 0  # an annealing at 280 °C
    is_kelvin = FREEZING_K <= value <= hottest and not is_round
    return Remark("kelvin", "", name, value, suggestion=value - FREEZING_K) if is_kelvin else None


def _fraction(name: str, value: float, _: Method) -> Remark | None:
    return Remark("fraction", "", name, value, limit=1.0, suggestion=WHOLE * value) if value <= 1 else None


def _millimetres(name: str, value: float, _: Method) -> Remark | None:
    least = _IN_MM[name]
    return Remark("millimetres", "", name, value, limit=least, suggestion=1000 * value) if value < least else None


def _donor_number(recipe: Formulation) -> Remark | None:
    """Return a remark on a donor number of a listed solvent that is far from that of the catalogue."""
    value, solvent = recipe.donor_number_kcal_mol, catalogue().solvents.get(recipe.solvent or "")
    if value is None or solvent is None or abs(value - solvent.donor_number_kcal_mol) <= DONOR_NUMBERS_WITHIN:
        return None
    known = solvent.donor_number_kcal_mol
    return Remark("donor-number-far", "", "donor_number_kcal_mol", value, suggestion=known, limit=DONOR_NUMBERS_WITHIN)


def _of_sulfide(recipe: Formulation) -> list[Remark]:
    """Return remarks on charges that do not balance and on the state of a mixture that no word tells."""
    written = written_or_none(recipe.sulfide)
    if written is None:
        return []
    imbalance = charge_imbalance(written.composition)
    is_stated = recipe.sulfide in catalogue().sulfides or recipe.sulfide_family is not None
    remarks = []
    if imbalance > CHARGE_WARNED:
        remarks.append(Remark("charge-off", "", "sulfide", recipe.sulfide, limit=WHOLE * imbalance))
    if written.is_mixture and written.state is None and not is_stated:
        remarks.append(Remark("taken-as-glass", "", "sulfide", recipe.sulfide))
    return remarks
