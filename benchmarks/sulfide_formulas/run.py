"""How many sulfides of OBELiX are read by their formula alone, and how often the family by rule is the one given there.

    PYTHONPATH=. python benchmarks/sulfide_formulas/run.py obelix.csv

OBELiX (NRC-Mila/OBELiX, CC-BY 4.0) is not part of the project. Its sulfides are the rows with sulfur and without
oxygen. `results.md` beside this file is what is written; the disagreements stand there by name.
"""

import re
import sys
from pathlib import Path

import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.formulas import read_composition
from spcse_ml.chemistry.sulfide_families import families_of
from spcse_ml.errors import InputError

OUT = Path(__file__).parent / "results.md"
FAMILIES = {"argyrodites": "argyrodite", "LGPS": "LGPS", "thio-LISICON": "thio-LISICON"}
"""Families of OBELiX that are ours too, by the names there."""


def main(path: str) -> None:
    """Write the counts and the disagreements."""
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    written = rows["Reduced Composition"]
    elements = written.map(lambda text: set(re.findall("[A-Z][a-z]?", text)))
    sulfides = rows[elements.map(lambda symbols: "S" in symbols and "O" not in symbols)]
    refused, other, n = [], [], 0
    for text, family, key in zip(written[sulfides.index], sulfides["Family"], sulfides["ID"], strict=True):
        try:
            catalogue().sulfide(text)
        except InputError as error:
            refused.append(f"| {key} | {text} | {family} | refused: {error.faults[0].code} |")
            continue
        if family in FAMILIES:
            n += 1
            by_rule = families_of(read_composition(text))
            if FAMILIES[family] not in by_rule:
                other.append(f"| {key} | {text} | {family} | {', '.join(by_rule)} |")
    lines = [
        "# Sulfides of OBELiX by their formula",
        "",
        "Written by `benchmarks/sulfide_formulas/run.py` from OBELiX (NRC-Mila/OBELiX, CC-BY 4.0): the rows with",
        "sulfur and without oxygen.",
        "",
        f"- {len(sulfides) - len(refused)} of {len(sulfides)} are read by the formula alone.",
        f"- Of {n} whose family there is one of ours, the rules allow it for {n - len(other)}.",
        "",
        "| OBELiX | formula | family there | by the rules |",
        "|---|---|---|---|",
        *refused,
        *other,
    ]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))  # noqa: T201 - what a script says


if __name__ == "__main__":
    main(sys.argv[1])
