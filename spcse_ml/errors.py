"""The few ways we refuse to go on.

SpcseError
├── InputError            a table, a recipe or an option holds something that cannot be used
│   └── UnknownNameError  a name that the catalogue does not hold
├── ModelFileError        a model file is damaged, altered or of another schema version
└── StoreError            the store of runs and models cannot be used
"""

from collections.abc import Iterable
from dataclasses import dataclass

MOST_SHOWN = 1_000
"""So many faults stand in the message of an error; no one reads more, and a long file may have a hundred thousand."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: what, where, what was given, what is allowed and what to do."""

    problem: str
    column: str = ""
    row: str = ""
    file: str = ""
    given: str | None = None
    allowed: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        place = ", ".join(part for part in (self.file, self.row, self.column and f"column {self.column}") if part)
        given = "" if self.given is None else f" (given {self.given!r})"
        allowed = f" Allowed: {self.allowed}." if self.allowed else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{place + ': ' if place else ''}{self.problem}{given}.{allowed}{remedy}"


class SpcseError(Exception):
    """Anything that this package refuses to do, with a sentence a chemist can act on.

    Catch it to catch every refusal:

    >>> import spcse_ml
    >>> try:
    ...     spcse_ml.formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFEE")
    ... except spcse_ml.SpcseError as refusal:
    ...     print(refusal)  # doctest: +ELLIPSIS
    column binder: is not a name the catalogue knows (given 'PTFEE'). Did you mean: PTFE, ...
    """


class InputError(SpcseError):
    """A table, a recipe or an option holds something that cannot be used; `faults` lists all of it.

    >>> import spcse_ml
    >>> try:
    ...     spcse_ml.formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=101, solvent="TOL")
    ... except spcse_ml.InputError as refusal:
    ...     [(fault.column, fault.given) for fault in refusal.faults]
    [('binder_wt_percent', '101'), ('solvent', 'TOL')]
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep every fault; the message is one line for each of the first `MOST_SHOWN`, and tells how many follow."""
        self.faults = tuple(faults)
        more = len(self.faults) - MOST_SHOWN
        rest = [f"... and {more:,} more: mend these first"] if more > 0 else []
        super().__init__("\n".join([*map(str, self.faults[:MOST_SHOWN]), *rest]))


class UnknownNameError(InputError):
    """A name that the catalogue does not hold; the message offers the nearest known ones."""


class ModelFileError(SpcseError):
    """A model file is damaged, altered or of another schema version."""


class StoreError(SpcseError):
    """The store of runs and models cannot be used."""
