"""What is published of powders of the same composition, to stand in where nobody measured this one.

Median and quartiles of room-temperature conductivities in OBELiX (NRC-Mila/OBELiX, CC-BY 4.0) over the rows of one
composition; `benchmarks/powder_conductivity.py` writes the table. A family is no such thing: its powders differ by
orders of magnitude, so that a composition with fewer than three rows has none. Glasses and glass-ceramics are kept
apart from crystals, which are all that the source holds.
"""

import functools
from dataclasses import dataclass

from spcse_ml.chemistry.compositions import atomic_fractions
from spcse_ml.chemistry.formulas import read_composition
from spcse_ml.chemistry.substances import catalogue_rows
from spcse_ml.errors import InputError

FEWEST = 3
"""Published rows below which a composition has no range."""

CRYSTALLINE = "crystalline"

_STATES = {"glass": "glass", "glass-ceramic": "glass-ceramic"}


@dataclass(frozen=True)
class PowderConductivity:
    """Median and quartiles of the conductivity of powders of one composition, in mS/cm, over `n` published rows."""

    composition: str
    state: str
    """`CRYSTALLINE`, glass or glass-ceramic."""
    median_ms_cm: float
    low_quartile_ms_cm: float
    high_quartile_ms_cm: float
    n: int
    source: str
    doi: str
    """Those of the papers behind it, joined by |."""


Normalised = tuple[tuple[str, float], ...]


def normalised(formula: str) -> Normalised:
    """Return the share of each element among the atoms: the same for whoever writes the same composition.

    Raises:
        InputError: the text is not a formula.

    >>> normalised("Li10GeP2S12") == normalised("Li5Ge0.5PS6")
    True
    """
    return atomic_fractions(read_composition(formula))


def state_of(family: str) -> str:
    """Return the state of a powder of a family: glass, glass-ceramic, or crystalline.

    >>> state_of("argyrodite")
    'crystalline'
    """
    return _STATES.get(family, CRYSTALLINE)


def published_conductivity(sulfide: str, family: str) -> PowderConductivity | None:
    """Return the published range of a composition, or None where fewer than three rows of it are published.

    Args:
        sulfide: catalogue name or formula.
        family: structural family; a glass and a crystal of one composition are different powders.

    Returns:
        The range, or None.

    >>> published = published_conductivity("Li6PS5Cl", "argyrodite")
    >>> published.median_ms_cm, published.n
    (1.3, 3)
    >>> published_conductivity("Li5.5PS4.5Cl1.5", "argyrodite")
    """
    try:
        return _published().get((normalised(sulfide), state_of(family)))
    except InputError:  # a name without a composition
        return None


@functools.cache
def _published() -> dict[tuple[Normalised, str], PowderConductivity]:
    rows = [row for row in catalogue_rows("powder_conductivity.csv") if int(row["n"]) >= FEWEST]
    return {(normalised(row["composition"]), row["state"]): _read(row) for row in rows}


def _read(row: dict[str, str]) -> PowderConductivity:
    median, low, high = (float(row[f"{name}_ms_cm"]) for name in ("median", "low_quartile", "high_quartile"))
    return PowderConductivity(
        row["composition"], row["state"], median, low, high, int(row["n"]), row["source"], row["doi"]
    )
