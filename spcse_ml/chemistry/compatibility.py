"""Published compatibility rules, asked by prediction, design and page alike. They warn and never ban."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spcse_ml.chemistry.catalogue import Catalogue, catalogue
from spcse_ml.chemistry.substances import Solvent, catalogue_rows
from spcse_ml.schema import Formulation


@dataclass(frozen=True)
class Rule:
    """One rule with what it was tested on, where it is published and which published membranes break it."""

    name: str
    column: str
    test: str
    value: str
    statement: str
    citation: str
    test_material: str
    published_exceptions: tuple[int, ...]
    """References of the tables with membranes that break the rule."""


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Return every rule of `data/catalogue/rules.csv`, in its order."""
    return tuple(_rule(row) for row in catalogue_rows("rules.csv"))


def broken_rules(formulation: Formulation, known: Catalogue | None = None) -> tuple[Rule, ...]:
    """Return the rules that a recipe breaks; a recipe that breaks none may still fail.

    Raises:
        InputError: a name of the recipe is not known and nothing stands in for it.

    >>> recipe = Formulation(sulfide="Li6PS5Cl", method="slurry", binder="PEO", solvent="ACN")
    >>> [rule.name for rule in broken_rules(recipe)]
    ['donor-number-decomposes', 'tan-yellow', 'tan-xrd']
    """
    known = known or catalogue()
    return tuple(rule for rule in rules() if _is_broken(rule, formulation, known))


def _rule(row: Mapping[str, str]) -> Rule:
    exceptions = tuple(int(number) for number in row["published_exceptions"].split("|") if number)
    return Rule(**{**row, "published_exceptions": exceptions})  # type: ignore[arg-type]


def _is_broken(rule: Rule, formulation: Formulation, known: Catalogue) -> bool:
    if rule.column == "binder":
        return formulation.binder is not None and _binder_name(formulation, known) in rule.value.split("|")
    if formulation.solvent is None:
        return False
    mixture = known.mixture(formulation.solvent, formulation.donor_number_kcal_mol)
    return any(_SOLVENT_TESTS[rule.test](solvent, rule.value) for solvent in mixture.solvents)


def _binder_name(formulation: Formulation, known: Catalogue) -> str:
    return known.binder(formulation.binder or "", formulation.binder_class).name


def _between(solvent: Solvent, value: str) -> bool:
    low, high = map(float, value.split("|"))
    return low < solvent.donor_number_kcal_mol <= high


_SOLVENT_TESTS: dict[str, Callable[[Solvent, str], bool]] = {
    "donor_number_above": lambda solvent, value: solvent.donor_number_kcal_mol > float(value),
    "donor_number_between": _between,
    "name_is": lambda solvent, value: solvent.name in value.split("|"),
    "donates_hydrogen_bond": lambda solvent, _: solvent.donates_hydrogen_bond,
}
