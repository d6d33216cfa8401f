"""Conductivities of powders: where they come from, and the published ones of a composition."""

from spcse_ml.chemistry.powders import CRYSTALLINE, PowderConductivity, published_conductivity


def powder_text(published: PowderConductivity) -> str:
    """Return the median of a composition with its quartiles, and of how many powders they are.

    >>> powder_text(published_conductivity("Li6PS5Cl", "argyrodite"))
    '1.3 (0.666 to 1.68) mS/cm, median and quartiles of 3 published crystalline Li6PS5Cl powders'
    """
    low, high = published.low_quartile_ms_cm, published.high_quartile_ms_cm
    return (
        f"{published.median_ms_cm:.3g} ({low:.3g} to {high:.3g}) mS/cm, median and quartiles of {published.n} "
        f"published {published.state} {published.composition} powders"
    )


def powder_source_text(source: str) -> str:
    """Return the source of a powder's conductivity, the code of `sigma_p_source`, in words; blank where it is blank.

    >>> powder_source_text("given"), powder_source_text("Li10GeP2S12")[:24]
    ('given', '12 (7.6 to 12.1) mS/cm, ')
    """
    published = published_conductivity(source, CRYSTALLINE) if source else None
    return source if published is None else powder_text(published)
