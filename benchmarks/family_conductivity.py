"""Write data/catalogue/family_conductivity.csv from OBELiX (NRC-Mila/OBELiX, CC-BY 4.0), whose rows are not kept here.

    python benchmarks/family_conductivity.py obelix.csv

Rows counted: compositions with lithium and sulfur and without oxygen. Their family: the label that OBELiX gives, if it
is one of this catalogue's families; without such a label the family that sulfides.csv gives to the same formula; else
the one that the composition alone decides (an argyrodite); else the row is left out. A conductivity that is printed as
a bound (`<1E-10`) is left out too.
"""

import re
import sys
from pathlib import Path

import pandas as pd

from spcse_ml.chemistry.formulas import family_from_composition, read_composition
from spcse_ml.chemistry.substances import read_sulfides
from spcse_ml.errors import InputError
from spcse_ml.schema import SULFIDE_FAMILIES

OUT = Path(__file__).resolve().parent.parent / "data" / "catalogue" / "family_conductivity.csv"
LABELS = {"argyrodites": "argyrodite", "argyrodite": "argyrodite", "LGPS": "LGPS", "thio-LISICON": "thio-LISICON"}
SIGMA, FORMULA = "Ionic conductivity (S cm-1)", "Reduced Composition"


def is_sulfide(formula: str) -> bool:
    """Say whether a formula holds lithium and sulfur and no oxygen."""
    elements = set(re.findall(r"[A-Z][a-z]?", formula))
    return {"Li", "S"} <= elements and "O" not in elements


def family(label: str, formula: str) -> str | None:
    """Return the family of a row by the rule above."""
    listed = read_sulfides()
    if label in LABELS:
        return LABELS[label]
    if formula in listed:
        return listed[formula].family
    try:
        return family_from_composition(read_composition(formula))
    except InputError:  # Li10(Ge0.4Sn0.6)P2S12 and the like
        return None


def summary(rows: pd.DataFrame, name: str) -> dict[str, object]:
    """Return the line of one family; quartiles by linear interpolation, in mS/cm."""
    mine = rows[rows["family"] == name]
    sigma = 1e3 * pd.to_numeric(mine[SIGMA], errors="coerce").dropna()
    quartiles = sigma.quantile([0.5, 0.25, 0.75])
    papers = sorted({doi for cell in mine["DOI"].dropna() for doi in cell.split("|")})
    return {
        "family": name, "n": len(sigma), "n_bounds_left_out": len(mine) - len(sigma), "n_dois": len(papers),
        **dict(zip(("median_ms_cm", "low_quartile_ms_cm", "high_quartile_ms_cm"), quartiles.round(6), strict=True)),
        "source": "computed from OBELiX (NRC-Mila/OBELiX, CC-BY 4.0) by benchmarks/family_conductivity.py",
        "doi": "|".join(papers),
    }  # fmt: skip


def main(path: str) -> None:
    """Read OBELiX, write the table and say how many rows no family could be given."""
    every = pd.read_csv(path, dtype=str)
    rows = every[every[FORMULA].map(is_sulfide)].copy()
    rows["family"] = [family(*pair) for pair in zip(rows["Family"].fillna(""), rows[FORMULA], strict=True)]
    pd.DataFrame([summary(rows, name) for name in SULFIDE_FAMILIES]).to_csv(OUT, index=False, float_format="%.6g")
    left = rows[rows["family"].isna()]
    print(f"{len(rows)} sulfides of {len(every)} rows; {len(left)} without a family: {', '.join(left[FORMULA])}")


if __name__ == "__main__":
    main(sys.argv[1])
