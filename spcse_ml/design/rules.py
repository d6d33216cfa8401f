"""Published rules in a space of recipes: which names break them, and what is known of the donors among these."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compatibility import Rule, broken_rules, rules
from spcse_ml.chemistry.substances import Solvent
from spcse_ml.data.literature import literature
from spcse_ml.design.declaration import Declared
from spcse_ml.schema import Formulation, Method

Breakers = Mapping[str, Mapping[str, frozenset[str]]]
"""By rule and by column (binder, solvent) the names that break it."""


def breakers(declared: Declared) -> Breakers:
    """Return by rule the binders and the solvents of a space that break it; ignored rules are left out."""
    broken = {
        (column, name): {rule.name for rule in broken_rules(_alone(column, name))}
        for column in ("binder", "solvent")
        for name in declared.named(column)
    }
    checked = [rule.name for rule in rules() if rule.name not in declared.rules.ignore]
    return {
        rule: {
            column: frozenset(name for (of, name), names in broken.items() if of == column and rule in names)
            for column in ("binder", "solvent")
        }
        for rule in checked
    }


def _alone(column: str, name: str) -> Formulation:
    """Return a recipe in which one name is known."""
    return Formulation.model_validate({"sulfide": "any", "method": Method.SKELETON, "template": "any", column: name})


def broken(declared: Declared, recipes: pd.DataFrame) -> pd.DataFrame:
    """Return which recipes break which rule, a column for each; rules that the space ignores are left out."""
    masks = {
        rule: recipes["binder"].isin(names["binder"]) | recipes["solvent"].isin(names["solvent"])
        for rule, names in breakers(declared).items()
    }
    return pd.DataFrame(masks, index=recipes.index)


PUBLISHED = "published"


@dataclass(frozen=True)
class Donor:
    """A solvent or mixture with the donor number of its strongest donor, which breaks a rule."""

    name: str
    donor_number_kcal_mol: float
    kind: str
    """How the number is known, as in `Solvent.donor_number_kind`."""
    references: tuple[int, ...]
    """Those of the membranes that were published with this donor in spite of the rule."""


def breaking_donors(declared: Declared) -> dict[str, tuple[Donor, ...]]:
    """Return by rule on donor numbers the solvents of a space that break it; rules that none breaks are left out."""
    names_by_rule = breakers(declared)
    donor_rules = [rule for rule in rules() if rule.test.startswith("donor_number") and rule.name in names_by_rule]
    broken = {rule: sorted(names_by_rule[rule.name]["solvent"]) for rule in donor_rules}
    return {rule.name: tuple(_donor(rule, name) for name in names) for rule, names in broken.items() if names}


def strongest(name: str) -> Solvent:
    """Return the strongest donor of a solvent or a mixture.

    >>> strongest("xylene + isobutyl isobutyrate").name
    'isobutyl isobutyrate'
    """
    return max(catalogue().mixture(name).solvents, key=lambda solvent: solvent.donor_number_kcal_mol)


def _donor(rule: Rule, name: str) -> Donor:
    solvent = strongest(name)
    references = _references_with(rule, solvent.name)
    return Donor(name, solvent.donor_number_kcal_mol, solvent.donor_number_kind, references)


def _references_with(rule: Rule, solvent: str) -> tuple[int, ...]:
    """Return the references that break a rule and whose membranes were made with a solvent, alone or mixed."""
    rows = literature().rows
    broke = rows[rows["reference"].isin(rule.published_exceptions) & rows["solvent"].notna()]
    used = [
        solvent in (component.name for component in catalogue().mixture(name).solvents) for name in broke["solvent"]
    ]
    return tuple(sorted(set(broke.loc[used, "reference"].astype(int))))
