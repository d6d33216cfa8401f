"""What is known of single papers beside their rows: which are left out to try a conclusion, and why."""

import functools
from pathlib import Path

import pandas as pd

from spcse_ml.tables import read_table, released


@functools.cache
def papers_in_question(role: str) -> dict[tuple[str, ...], str]:
    """Return sets of papers with the reason for each, of one role of `data/literature/papers_in_question.csv`.

    Roles: `error_without` (the error without them is shown), `sign_without` (the sign of a statement must survive their
    loss), `energy_counts` (what a printed energy density counts).

    >>> list(papers_in_question("sign_without"))
    [('41', '42'), ('61',), ('63',)]
    """
    lines = read_table(released("data", "literature", "papers_in_question.csv"))
    chosen = lines[lines["role"] == role]
    return {tuple(names.split("|")): reason for names, reason in zip(chosen["papers"], chosen["reason"], strict=True)}


@functools.cache
def references(folder: Path | None = None) -> pd.DataFrame:
    """Return the bibliography of a folder, indexed by reference number; without a folder that of the released data.

    >>> references().loc[51, ["first_author", "journal", "year"]].tolist()
    ['C. Wang', 'ACS Energy Lett.', '2021']
    """
    frame = read_table((folder or released("data", "literature")) / "references.csv")
    return frame.assign(reference=frame["reference"].astype(int)).set_index("reference")
