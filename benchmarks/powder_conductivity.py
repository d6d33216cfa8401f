"""Write data/catalogue/powder_conductivity.csv from OBELiX (NRC-Mila/OBELiX, CC-BY 4.0), whose rows are not kept here.

    python benchmarks/powder_conductivity.py obelix.csv

A line for each sulfide of the catalogue, and for each other sulfide that has enough rows: how many rows of OBELiX have
its composition, however the formula is written, and their median and quartiles where they are enough. Counted are rows
with lithium and sulfur, without oxygen, of a known space group (crystals: a glass of the same composition has none); a
conductivity that is printed as a bound (`<1E-10`) is left out.
"""

import sys
from pathlib import Path

import pandas as pd

from spcse_ml.chemistry.formulas import read_composition
from spcse_ml.chemistry.powders import CRYSTALLINE, FEWEST, normalised, state_of
from spcse_ml.chemistry.substances import read_sulfides
from spcse_ml.errors import InputError

OUT = Path(__file__).resolve().parent.parent / "data" / "catalogue" / "powder_conductivity.csv"
SIGMA, FORMULA = "Ionic conductivity (S cm-1)", "Reduced Composition"
CITATION = "computed from OBELiX (NRC-Mila/OBELiX, CC-BY 4.0) by benchmarks/powder_conductivity.py"


def is_sulfide(formula: str) -> bool:
    """Say whether a formula can be read and holds lithium and sulfur and no oxygen."""
    try:
        elements = set(read_composition(formula))
    except InputError:  # Li10(Ge0.4Sn0.6)P2S12 and the like
        return False
    return {"Li", "S"} <= elements and "O" not in elements


def summary(name: str, state: str, rows: pd.DataFrame) -> dict[str, object]:
    """Return the line of one composition; quartiles by linear interpolation, in mS/cm, blank of too few rows."""
    sigma = 1e3 * pd.to_numeric(rows[SIGMA], errors="coerce").dropna()
    figures = sigma.quantile([0.5, 0.25, 0.75]).round(6) if len(sigma) >= FEWEST else [None, None, None]
    papers = sorted({doi for cell in rows["DOI"].dropna() for doi in cell.split("|")})
    return {
        "composition": name, "state": state, "n": len(sigma), "n_bounds_left_out": len(rows) - len(sigma),
        **dict(zip(("median_ms_cm", "low_quartile_ms_cm", "high_quartile_ms_cm"), figures, strict=True)),
        "source": CITATION, "doi": "|".join(papers),
    }  # fmt: skip


def main(path: str) -> None:
    """Read OBELiX, write the table and say how many of its sulfides were counted."""
    every = pd.read_csv(path, dtype=str)
    rows = every[every["Space group"].notna() & every[FORMULA].map(is_sulfide)]
    by_composition = dict(list(rows.groupby(rows[FORMULA].map(normalised))))
    listed = [(name, state_of(sulfide.family)) for name, sulfide in read_sulfides().items()]
    known = {normalised(name) for name, state in listed if state == CRYSTALLINE}
    others = [group for composition, group in by_composition.items() if composition not in known]
    listed += [(str(group[FORMULA].iloc[0]), CRYSTALLINE) for group in others if len(group) >= FEWEST]
    lines = [
        summary(name, state, by_composition.get(normalised(name), rows[:0]) if state == CRYSTALLINE else rows[:0])
        for name, state in listed
    ]
    pd.DataFrame(lines).to_csv(OUT, index=False, float_format="%.6g")
    print(f"{len(rows)} crystalline sulfides of {len(every)} rows; {len(by_composition)} compositions")


if __name__ == "__main__":
    main(sys.argv[1])
