"""A recipe under catalogue names, and what was written beside these."""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.mixtures import VOLUME, WEIGHT, split_mixture
from spcse_ml.chemistry.names import without_qualifiers
from spcse_ml.chemistry.spelling import key_of
from spcse_ml.chemistry.substances import Mixture
from spcse_ml.chemistry.sulfides import GLASSES, STATED
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import Formulation

Row = TypeVar("Row", bound=Formulation)

RATIO_BASIS = "solvent_ratio_basis"
"""Column of a lab's membrane that tells what a ratio counts; a recipe that is asked about has none."""


_DETAIL = re.compile(r"(?:^|; )(sulfide|binder|template|solvent|lithium_salt): ")


def _details(as_written: str) -> dict[str, str]:
    """Return what `as_written` holds of each column.

    >>> _details("binder: Kynar 761; solvent: toluene, anhydrous")
    {'binder': 'Kynar 761', 'solvent': 'toluene, anhydrous'}
    """
    _, *parts = _DETAIL.split(as_written)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def canonical(formulation: Row) -> Row:
    """Return the same recipe with catalogue names in place of synonyms.

    What was written beside a name, such as the grade of a polymer, is kept in `as_written` as long as it means that
    name; a family that the name of a sulfide tells goes into `sulfide_family`; a ratio by weight becomes one by
    volume. A recipe with catalogue names is returned as it is.

    Args:
        formulation: a recipe, with names as they were written.

    Returns:
        The same kind of recipe.

    Raises:
        InputError: every name that is not known, in one error.

    >>> canonical(Formulation(sulfide="LPSCl", method="dry", binder="Therban 3406")).as_written
    'binder: Therban 3406'
    """
    faults: list[Fault] = []
    resolved: dict[str, Any] = {}
    for column in catalogue().names:
        try:
            resolved[column] = _resolved(formulation, column, getattr(formulation, column))
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    more = {"as_written": _as_written(formulation, resolved), **_stated(formulation)}
    return formulation.model_copy(update={**resolved, **more})


def _resolved(formulation: Formulation, column: str, text: str | None) -> str | None:
    """Return the catalogue name of what is written in a column of a recipe."""
    if text is None or (column == "lithium_salt" and text.casefold() == "none"):
        return text and "none"
    resolve: dict[str, Callable[[str], str]] = {
        "sulfide": lambda name: catalogue().sulfide(name, formulation.sulfide_family).name,
        "binder": lambda name: catalogue().binder(name, formulation.binder_class).name,
        "template": lambda name: catalogue().template(name).name,
        "solvent": lambda name: _mixture_text(_mixture_of(formulation, name)),
        "lithium_salt": lambda name: str(catalogue().names["lithium_salt"].find(name).entry.name),
    }
    return resolve[column](text)


def _mixture_of(formulation: Formulation, text: str) -> Mixture:
    basis = getattr(formulation, RATIO_BASIS, None)
    return catalogue().mixture(text, formulation.donor_number_kcal_mol, basis=basis)


def _stated(formulation: Formulation) -> dict[str, str]:
    """Return what names say that belongs into other columns: a family, and that a ratio counts volumes now."""
    stated: dict[str, str] = {}
    if formulation.sulfide is not None and formulation.sulfide_family is None:  # None where it is still faulty
        sulfide = catalogue().sulfide(formulation.sulfide)
        if sulfide.family_kind == STATED and sulfide.family not in GLASSES:
            stated["sulfide_family"] = sulfide.family
    if getattr(formulation, RATIO_BASIS, None) == WEIGHT:
        stated[RATIO_BASIS] = VOLUME
    return stated


def _as_written(formulation: Formulation, resolved: Mapping[str, str | None]) -> str | None:
    """Return what was written beside the names, now or when the recipe was read before."""
    earlier = _details(formulation.as_written or "")
    details = {}
    for column, name in resolved.items():
        written = getattr(formulation, column)
        text = earlier.get(column) if written == name else written
        if text is None or name is None:
            continue
        is_respelt = column == "sulfide" and name not in catalogue().sulfides and key_of(text) != key_of(name)
        if (is_respelt or _has_details(column, text)) and _means(formulation, column, text, name):
            details[column] = text
    return "; ".join(f"{column}: {text}" for column, text in details.items()) or None


def _means(formulation: Formulation, column: str, text: str, name: str) -> bool:
    """Return whether a text written earlier still means the name in its column."""
    try:
        return _resolved(formulation, column, text) == name
    except InputError:
        return False


@functools.lru_cache(maxsize=4_096)
def _has_details(column: str, text: str) -> bool:
    """Return whether a text says more than the name of the catalogue that stands for it."""
    parts = split_mixture(text, catalogue().names["solvent"].__contains__) if column == "solvent" else None
    if parts is not None and parts.basis == WEIGHT:
        return True
    names = parts.names if parts else (text,)
    known = [name for name in names if name in catalogue().names[column]]
    is_qualified = any(without_qualifiers(name) != name for name in names if name not in known)
    return is_qualified or any(catalogue().names[column].find(name).has_details for name in known)


def _mixture_text(mixture: Mixture) -> str:
    if len(mixture.solvents) == 1 or mixture.shares is None:
        return mixture.name
    return f"{mixture.name} ({':'.join(f'{share:g}' for share in mixture.shares)})"
