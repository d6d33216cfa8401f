"""Write `docs/decisions/0013-what-enters-the-checked-table.md` from the rule and its claims: `make datasheet`."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pandas as pd

from spcse_ml.data.dataset import View
from spcse_ml.data.literature import literature
from spcse_ml.data.paper_checks import Claim, Effect, Evidence
from spcse_ml.schema import TARGETS
from spcse_ml.workflows.data import claims_of_papers

HEAD = """\
# 13. What enters the checked table

The tables of the review are checked against the papers behind them. What a paper says of a cell is a line of
`data/literature/paper_checks.csv` with the class of its source; `spcse_ml/data/paper_checks.py` decides by a rule
what enters, and reading refuses a line whose `effect` is not what the rule gives. The rule is written by kind of
source and never by outcome. It is not blind: scores had been seen with some of these cells changed before it was
written.

Classes: A stated in the paper itself (text, abstract, supplement, the author's thesis); B another primary paper or a
review; C a second-hand digest; D a pair of numbers that a machine extracted, without context; E an inference. A value
derived by arithmetic from A numbers of one paper, with the formula beside it, counts as A for contents; for outcomes
only σm over σp counts, both stated, at one temperature, the powder as received. Conductivities from an areal
resistance or a conductance never enter.

1. A replaces the print in any cell. Where A contradicts A, neither enters.
2. B fills blanks. It replaces the print only if two B of different groups agree, or if the print is impossible
   (powder above 40 mS/cm, charge off by more than 2 %, contents above 100 wt%) and there is one B. It never enters
   cells of outcomes: σm, σm/σp.
3. C fills blanks of content, solvent or thickness only, if the same line gives the printed σm within 10 % and the
   thickness.
4. D and E are notes.
5. A row leaves training where A says that it is no membrane, or no sulfide membrane of this kind.
6. A DOI enters with the title and two of year, volume and article number.

Two points that the rule left open:

- One B against an impossible print enters only if that source contradicts nothing else of the row. The print of [55]
  is charged, and one other paper says Li6PS5Cl; but the same paper tells of another route and a solvent, so it may
  speak of another material. The sulfide stays a conflict.
- A blank that does not apply (the solvent of a dry process, the content of no binder) is no blank that could be
  filled.

A blank DOI that was seen with too little beside it stays blank; it stands below among the conflicts. What is claimed
otherwise is printed beside the row, in the column `conflict`. Trust in a row is low where it is no such membrane or
where sulfide, route, powder or outcome are claimed otherwise, high where the paper itself states a conductivity or
the retention as the row has it, medium else.

Models learnt from the view of the review (print and its own corrections) until
[decision 15](0015-models-on-the-checked-table.md).

Written by `make datasheet` from the claims and the rule; a test compares the two.
"""

HEADER = "| row | column | from | to | class | source | formula | reason |\n|---|---|---|---|---|---|---|---|"


def page() -> str:
    """Return the page."""
    claims = claims_of_papers()
    entered = [claim for claim in claims if claim.effect in {Effect.CHANGES, Effect.FILLS}]
    left_out = [claim for claim in claims if claim.effect == Effect.CONFLICT]
    confirmed = [claim for claim in claims if claim.effect == Effect.CONFIRMS]
    return "\n".join(
        [
            HEAD,
            "## Claims by class and effect\n",
            counts(claims),
            "\n## Rows by view\n",
            views(),
            "\n## What entered\n",
            *lines(entered),
            "\n## What did not enter: conflicts\n",
            *lines(left_out),
            "\n## What is confirmed\n",
            *(f"- {row}: {', '.join(columns)}" for row, columns in by_row(confirmed)),
            "",
        ]
    )


def counts(claims: Iterable[Claim]) -> str:
    """Return how many claims there are of each class and effect, as a table."""
    frame = pd.DataFrame([(claim.evidence.value, claim.effect) for claim in claims], columns=["class", "effect"])
    table = pd.crosstab(frame["class"], frame["effect"]).reindex(list(Evidence), columns=list(Effect), fill_value=0)
    rows = [
        f"| {kind} | {' | '.join(map(str, row))} |" for kind, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    rows.append(f"| all | {' | '.join(map(str, table.sum()))} |")
    return "\n".join([f"| class | {' | '.join(Effect)} |", "|---|" + "---|" * len(Effect), *rows])


def views() -> str:
    """Return what each view holds and what could be learnt from it, as a table."""
    rows = []
    for view in (View.REVIEW, View.CHECKED, View.ALL):
        dataset = literature(view)
        learnt = [dataset.training_rows(target) for target in TARGETS.values()]
        cells = [f"{len(each.outcomes)} of {len(set(each.papers))}" for each in learnt]
        rows.append(f"| `{view}` | {len(dataset.rows)} + {len(dataset.beyond)} | {' | '.join(cells)} |")
    names = " | ".join(f"{name}: rows of papers" for name in TARGETS)
    return "\n".join([f"| view | printed + beyond | {names} |", "|---|---|---|---|", *rows])


def lines(claims: Iterable[Claim]) -> list[str]:
    """Return claims as a table, cell by cell."""
    return [HEADER, *(f"| {' | '.join(map(cell, parts(claim)))} |" for claim in claims)]


def parts(claim: Claim) -> tuple[str, ...]:
    """Return what the page tells of a claim."""
    source = ", ".join(filter(None, (claim.source, claim.doi)))
    return (
        ".".join(claim.place), claim.column, claim.present or "blank", claim.value, claim.evidence.value, source,
        claim.formula and f"`{claim.formula}`", claim.reason,
    )  # fmt: skip


def cell(text: str) -> str:
    """Return a text as a cell of a table."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def by_row(claims: Iterable[Claim]) -> list[tuple[str, list[str]]]:
    """Return the columns that claims name, by row."""
    return [(".".join(place), [f"{claim.column} ({claim.evidence})" for claim in mine])
            for place, mine in groupby(claims, key=lambda claim: claim.place)]  # fmt: skip


if __name__ == "__main__":
    name = "0013-what-enters-the-checked-table.md"
    Path(__file__).with_name("decisions").joinpath(name).write_text(page(), encoding="utf-8")
