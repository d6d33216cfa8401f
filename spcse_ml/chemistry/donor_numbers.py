"""Donor numbers by the rank of their source, with an uncertainty each; beside them the one in use.

`data/catalogue/donor_numbers.csv` holds what is claimed of each solvent. By rule the figures of the best rank count,
and of several their mean. The numbers in use, those of solvents.csv, are what the released models learnt with.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from spcse_ml.chemistry.substances import Mixture, catalogue_rows

RANKS: Mapping[str, float] = {"definition": 0.0, "calorimetric": 1.0, "table": 1.5, "analogue": 2.0, "convention": 3.0}
"""Ranks of a source, the best first, with the least uncertainty of each in kcal/mol.

`calorimetric` is measured, in a source with a DOI; `table` a published figure without one; `analogue` that of a named
relative; `convention` in use without a table. What a dictionary says that cites nothing, and the donicity of an
associated liquid (`bulk`, another scale), have no rank. The uncertainties are a convention of ours: 2 is the largest
step between neighbours of the measured nitriles and ketones, the others keep the order.
"""


@dataclass(frozen=True)
class RankedNumber:
    """The donor number of a solvent by rule, in kcal/mol, with its uncertainty (half of a range about it)."""

    solvent: str
    value_kcal_mol: float
    rank: str
    uncertainty_kcal_mol: float
    source: str
    """The sources of its rank, joined by `; `, each with its DOI and the relative that it is of."""


@dataclass(frozen=True)
class DonorNumberInUse:
    """The donor number that a prediction stands on, in kcal/mol, and the one by rule beside it."""

    solvent: str
    """The strongest donor of a mixture."""
    value_kcal_mol: float
    kind: str
    """`given`, or as in solvents.csv: published, analogue, convention, uncited_dictionary."""
    source: str
    """Empty where it was given."""
    uncertainty_kcal_mol: float | None
    """None where it was given."""
    by_rule_kcal_mol: float | None
    """None of a solvent that is not listed."""
    rule_kind: str
    """The rank of the one by rule; empty of a solvent that is not listed."""


@functools.cache
def ranked_numbers() -> dict[str, RankedNumber]:
    """Return the donor number by rule of each solvent of the catalogue.

    >>> ranked_numbers()["toluene"].value_kcal_mol, ranked_numbers()["toluene"].rank
    (0.1, 'analogue')
    """
    claims: dict[str, list[dict[str, str]]] = {}
    for line in catalogue_rows("donor_numbers.csv"):
        claims.setdefault(line["solvent"], []).append(line)
    return {name: _by_rule(name, lines) for name, lines in claims.items()}


def donor_number_in_use(mixture: Mixture) -> DonorNumberInUse:
    """Return the donor number of the strongest donor of a mixture as it is used, with kind, source and uncertainty.

    The uncertainty is that of the number by rule, or the distance to it where that is larger.

    Args:
        mixture: one solvent or several, as `Catalogue.mixture` returns them.

    Returns:
        The number in use, and the one by rule.
    """
    strongest = max(mixture.solvents, key=lambda solvent: solvent.donor_number_kcal_mol)
    value, kind = strongest.donor_number_kcal_mol, strongest.donor_number_kind
    ranked = ranked_numbers().get(strongest.name)
    if ranked is None:
        return DonorNumberInUse(strongest.name, value, kind, "", None, None, "")
    is_of_user = kind == "given"
    source = "" if is_of_user else strongest.donor_number_source
    uncertainty = None if is_of_user else max(ranked.uncertainty_kcal_mol, abs(value - ranked.value_kcal_mol))
    return DonorNumberInUse(
        strongest.name, value, kind, source, uncertainty, by_rule_kcal_mol=ranked.value_kcal_mol, rule_kind=ranked.rank
    )


def _by_rule(solvent: str, claims: list[dict[str, str]]) -> RankedNumber:
    ranked = [(float(claim["donor_number_kcal_mol"]), claim) for claim in claims if claim["rank"] in RANKS]
    rank = next(rank for rank in RANKS if any(claim["rank"] == rank for _, claim in ranked))
    chosen = [(value, claim) for value, claim in ranked if claim["rank"] == rank]
    values = [value for value, _ in ranked]
    return RankedNumber(
        solvent,
        fmean(value for value, _ in chosen),
        rank,
        max(RANKS[rank], (max(values) - min(values)) / 2) if RANKS[rank] else 0.0,
        "; ".join(_source(claim) for _, claim in chosen),
    )


def _source(claim: Mapping[str, str]) -> str:
    of = f"{claim['measured_on']} {claim['donor_number_kcal_mol']}: " if claim["measured_on"] else ""
    doi = f", DOI {claim['doi']}" if claim["doi"] else ""
    return f"{of}{claim['source']}{doi}"
