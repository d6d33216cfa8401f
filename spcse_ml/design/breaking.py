"""Why solvents of a space break the rules of donor numbers: by which figure, measured or not, and who used them."""

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compatibility import Rule, rules
from spcse_ml.chemistry.substances import Solvent
from spcse_ml.data.dataset import literature
from spcse_ml.design.blocks import breakers
from spcse_ml.design.declared import Declared

FEW = 3
"""Solvents that are named one by one; of more it is said how many have an estimated donor number."""

_KINDS = {
    "published": "published",
    "analogue": "estimated from an analogue",
    "convention": "a value in use, not measured as far as is known",
    "uncited_dictionary": "from a list that cites no source",
}


def donors_told(declared: Declared) -> list[str]:
    """Return of each rule of donor numbers that solvents of a space break which they are, a line each."""
    found = breakers(declared)
    of_donors = [rule for rule in rules() if rule.test.startswith("donor_number") and rule.name in found]
    broken = {rule: sorted(found[rule.name]["solvent"]) for rule in of_donors}
    return [f"{rule.name}: {_told(rule, names)}" for rule, names in broken.items() if names]


def _told(rule: Rule, names: list[str]) -> str:
    if len(names) > FEW:
        n = sum(strongest(name).donor_number_kind != "published" for name in names)
        return f"{len(names)} solvents, of which {n} by a donor number that is not published but estimated"
    return "; ".join(_donor(rule, name) for name in names)


def _donor(rule: Rule, name: str) -> str:
    found = strongest(name)
    made = _made_with(rule, found.name)
    exceptions = f"published all the same in {', '.join(f'[{one}]' for one in made)}" if made else "in no published row"
    kind = _KINDS.get(found.donor_number_kind, found.donor_number_kind)
    return f"{name}, donor number {found.donor_number_kcal_mol:g} kcal/mol, {kind}; {exceptions}"


def strongest(name: str) -> Solvent:
    """Return the strongest donor of a solvent or a mixture.

    >>> strongest("xylene + isobutyl isobutyrate").name
    'isobutyl isobutyrate'
    """
    return max(catalogue().mixture(name).solvents, key=lambda one: one.donor_number_kcal_mol)


def _made_with(rule: Rule, solvent: str) -> list[int]:
    """Return the references that break a rule and whose membranes were made with a solvent, alone or mixed."""
    rows = literature().rows
    broke = rows[rows["reference"].isin(rule.published_exceptions) & rows["solvent"].notna()]
    used = [solvent in (one.name for one in catalogue().mixture(name).solvents) for name in broke["solvent"]]
    return sorted(set(broke.loc[used, "reference"].astype(int)))
