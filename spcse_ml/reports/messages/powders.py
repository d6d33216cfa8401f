"""The published conductivity of a family's powders, as it stands in for one that nobody measured."""

from spcse_ml.chemistry.powders import FamilyConductivity


def powder_text(published: FamilyConductivity) -> str:
    """Return the median of a family with its quartiles, and of how many powders they are.

    >>> from spcse_ml.chemistry.powders import family_conductivity
    >>> powder_text(family_conductivity("argyrodite"))
    '1.46 (0.274 to 2.75) mS/cm, median and quartiles of 50 published argyrodite powders'
    """
    low, high = published.low_quartile_ms_cm, published.high_quartile_ms_cm
    return (
        f"{published.median_ms_cm:.3g} ({low:.3g} to {high:.3g}) mS/cm, median and quartiles of {published.n} "
        f"published {published.family} powders"
    )
