"""Solvents that break a published rule by their donor number: how well the number is known, and who used them."""

from dataclasses import dataclass

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compatibility import Rule, rules
from spcse_ml.chemistry.substances import Solvent
from spcse_ml.data.dataset import literature
from spcse_ml.design.blocks import breakers
from spcse_ml.design.declared import Declared

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
