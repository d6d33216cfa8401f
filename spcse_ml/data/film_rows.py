"""The films of a lab's table whose class is recorded, with the conditions of their slurries."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spcse_ml.chemistry.mixtures import split_mixture
from spcse_ml.data.lab_rows import batch_of, current, organic, roots
from spcse_ml.data.membrane import FilmClass, LabMembrane
from spcse_ml.schema import Method

NUMBERS = (
    "slurry_solid_percent", "binder_wt_percent", "blade_gap_um", "drying_temperature_c", "drying_time_h",
)  # fmt: skip
"""Conditions of a slurry and its coating that are numbers."""

NAMES = ("sulfide", "binder", "solvent")
"""Conditions that are names; a mixture of solvents holds several, with their shares."""

CONDITIONS = (*NUMBERS, *NAMES)

CLASSES = tuple(kind.value for kind in FilmClass)
"""The classes, the best first."""

FILM_COLUMNS = ("id", "batch", "made_on", "film_class", *CONDITIONS)


def film_frame(records: Sequence[LabMembrane]) -> pd.DataFrame:
    """Return the slurry-coated films that stand and have a class, one row each: `FILM_COLUMNS`, in schema units.

    They stand in the order in which they were first written. A slurry of which no film came is a row, too. The binder
    content is all that is organic, as in `own_frame`.
    """
    ids, order = roots(records), {record.id: number for number, record in enumerate(records)}
    rows = [
        {
            **membrane.model_dump(),
            "id": ids[membrane.id],
            "batch": batch_of(membrane),
            "film_class": membrane.film_class.value,
            "binder_wt_percent": organic(membrane),
            "solvent": in_order(membrane.solvent),
        }
        for membrane in sorted(current(records), key=lambda membrane: order[ids[membrane.id]])
        if membrane.film_class is not None and membrane.method is Method.SLURRY
    ]
    frame = pd.DataFrame(rows, columns=list(FILM_COLUMNS))
    return frame.astype(dict.fromkeys(NUMBERS, float))


def left_out(records: Sequence[LabMembrane]) -> tuple[int, int]:
    """Return how many membranes are left out: with a class but not coated by slurry, and slurries without a class."""
    standing = current(records)
    n_other = sum(membrane.film_class is not None and membrane.method is not Method.SLURRY for membrane in standing)
    n_unclassed = sum(membrane.film_class is None and membrane.method is Method.SLURRY for membrane in standing)
    return n_other, n_unclassed


def in_order(solvent: str | None) -> str | None:
    """Return a mixture with its solvents in the order of the alphabet, so that it is one however it was written.

    >>> in_order("xylene + anisole (3:1)")
    'anisole + xylene (0.25:0.75)'
    """
    shares = solvent_shares(solvent) if solvent else {}
    if solvent is None or len(shares) == 1:
        return solvent
    names = sorted(shares)
    ratio = ":".join(f"{shares[name]:g}" for name in names)
    return " + ".join(names) + ("" if "nan" in ratio else f" ({ratio})")


def solvent_shares(text: str) -> dict[str, float]:
    """Return the share of each solvent by catalogue name; nan where the ratio of a mixture is not known.

    >>> solvent_shares("xylene + isobutyl isobutyrate (1:3)")
    {'xylene': 0.25, 'isobutyl isobutyrate': 0.75}
    """
    parts = split_mixture(text)
    return dict(zip(parts.names, parts.shares or [np.nan] * len(parts.names), strict=True))
