"""What is known of single papers beside their rows: which are left out to try a conclusion, and why."""

import functools
import tomllib
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


@functools.cache
def review_doi() -> str:
    """Return the DOI of the review whose tables are the literature."""
    cited = tomllib.loads(released("data", "citation.toml").read_text(encoding="utf-8"))
    return str(cited["review"]["doi"]).casefold()


@functools.cache
def dois() -> pd.DataFrame:
    """Return what is claimed of the DOIs of the papers, with `enters`: whether a claim meets the rule.

    A DOI enters with the title and two of year, volume and article number (or first page). Those in references.csv
    belong to the fingerprint of the released models and stay as they are.

    >>> dois().loc[43, "doi"], bool(dois().loc[43, "enters"])
    ('10.1038/s41560-020-0575-z', True)
    """
    claims = read_table(released("data", "literature", "dois.csv"))
    agreeing = (claims[["year", "volume", "article_number"]] == "agrees").sum(axis=1)
    claims = claims.assign(enters=(claims["title"] == "agrees") & (agreeing >= 2))  # noqa: PLR2004 - the rule
    return claims.assign(reference=claims["reference"].astype(int)).set_index("reference")
