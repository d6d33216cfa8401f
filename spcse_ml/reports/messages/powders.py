"""Conductivities of powders: where they come from, and the published ones of a family."""

from spcse_ml.chemistry.powders import FamilyConductivity, family_conductivity
from spcse_ml.schema import SULFIDE_FAMILIES


def powder_text(published: FamilyConductivity) -> str:
    """Return the median of a family with its quartiles, and of how many powders they are.

    >>> powder_text(family_conductivity("argyrodite"))
    '1.46 (0.274 to 2.75) mS/cm, median and quartiles of 50 published argyrodite powders'
    """
    low, high = published.low_quartile_ms_cm, published.high_quartile_ms_cm
    return (
        f"{published.median_ms_cm:.3g} ({low:.3g} to {high:.3g}) mS/cm, median and quartiles of {published.n} "
        f"published {published.family} powders"
    )


def powder_source_text(source: str) -> str:
    """Return the source of a powder's conductivity, the code of `sigma_p_source`, in words; blank where it is blank.

    >>> powder_source_text("given"), powder_source_text("LGPS")[:25]
    ('given', '5.58 (3.67 to 10.4) mS/cm')
    """
    published = family_conductivity(source) if source in SULFIDE_FAMILIES else None
    return source if published is None else powder_text(published)
