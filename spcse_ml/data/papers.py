"""What is known of single papers beside their rows: which are left out to try a conclusion, and why."""

import functools

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
