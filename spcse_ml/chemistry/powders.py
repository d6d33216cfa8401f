"""What is published of a family's powders, to stand in where nobody measured this one.

Median and quartiles of room-temperature conductivities in OBELiX (NRC-Mila/OBELiX, CC-BY 4.0), a row for each
composition that a paper reports; which row belongs to which family is the rule of `benchmarks/family_conductivity.py`,
which writes the table.
"""

import functools
from dataclasses import dataclass

from spcse_ml.chemistry.substances import catalogue_rows
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import SULFIDE_FAMILIES

FEWEST = 5
"""Published compositions below which a family has no range."""


@dataclass(frozen=True)
class FamilyConductivity:
    """Median and quartiles of the conductivity of a family's powders, in mS/cm, over `n` published compositions."""

    family: str
    median_ms_cm: float
    low_quartile_ms_cm: float
    high_quartile_ms_cm: float
    n: int
    source: str
    doi: str
    """Those of the papers behind it, joined by |."""


@functools.cache
def family_conductivity(family: str) -> FamilyConductivity | None:
    """Return the published range of a family, or None where fewer than five compositions are published.

    None as well for glasses, of which the source has no row, and glass-ceramics, of which it has two.

    Raises:
        InputError: it is not one of the families.

    >>> published = family_conductivity("argyrodite")
    >>> published.median_ms_cm, published.n
    (1.455, 50)
    """
    if family not in SULFIDE_FAMILIES:
        fault = Fault("not-a-choice", column="sulfide_family", given=family, allowed=", ".join(SULFIDE_FAMILIES))
        raise InputError([fault])
    rows = catalogue_rows("family_conductivity.csv")
    row = next(row for row in rows if row["family"] == family)
    if int(row["n"]) < FEWEST:
        return None
    median, low, high = (float(row[f"{name}_ms_cm"]) for name in ("median", "low_quartile", "high_quartile"))
    return FamilyConductivity(family, median, low, high, int(row["n"]), row["source"], row["doi"])
