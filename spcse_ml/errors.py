"""The few ways we refuse to go on; what each code says stands in `codes`.

SpcseError
├── InputError            a table, a recipe or an option holds something that cannot be used
│   └── UnknownNameError  a name that the catalogue does not hold
├── ModelFileError        a model file is damaged, altered or of another schema version
└── StoreError            the store of runs and models cannot be used
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from spcse_ml.codes import text_of

MOST_SHOWN = 1_000
"""So many faults stand in the message of an error; no one reads more, and a long file may have a hundred thousand."""

WIDTH = 90
"""Characters of the first line of a message; a remedy that does not fit stands below it."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: its code, where it stands, what was given and what is allowed.

    `values` are what the text of the code names besides. What is wrong and what to do follow from the code.
    """

    code: str
    column: str = ""
    row: str = ""
    file: str = ""
    given: str | None = None
    allowed: str = ""
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def problem(self) -> str:
        """Return what is wrong."""
        return text_of(self.code, self.values).problem

    @property
    def remedy(self) -> str:
        """Return what to do; empty where what is allowed says enough."""
        return text_of(self.code, self.values).remedy

    @property
    def place(self) -> str:
        """Return file and row, as far as they are known."""
        return ", ".join(filter(None, (self.file, self.row)))

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "code": self.code, "problem": self.problem, "column": self.column, "row": self.row, "file": self.file,
            "given": self.given, "allowed": self.allowed, "remedy": self.remedy, "message": str(self),
        }  # fmt: skip

    def __str__(self) -> str:
        """Return *subject: problem; remedy*, and below it where the fault stands and what is allowed."""
        value = "" if self.given is None else f" {self.given!r}"
        subject = f"{self.column}{value}" if self.column else f"{self.place}{value}".strip()
        first = f"{subject}: {self.problem}" if subject else self.problem
        fits = len(first) + len(self.remedy) + 2 <= WIDTH
        below = {
            "in": self.place if self.column else "",
            "allowed:": self.allowed,
            "remedy:": "" if fits else self.remedy,
        }
        lines = [f"{first}; {self.remedy}" if self.remedy and fits else first]
        lines += [f"    {name} {text}" for name, text in below.items() if text]
        return "\n".join(map(printable, lines))


def printable(text: str) -> str:
    r"""Return text in one line, with signs that would steer a terminal spelt out.

    >>> printable("a\x1b[31m\nb\u202e")
    'a\\x1b[31m b\\u202e'
    """
    line = " ".join(text.split("\n"))
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line)


class SpcseError(Exception):
    """Anything that this package refuses to do, with a message that a chemist can act on.

    Catch it to catch every refusal; `code` names it, `values` are what its text names:

    >>> import spcse_ml
    >>> try:
    ...     spcse_ml.formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFEE")
    ... except spcse_ml.SpcseError as refusal:
    ...     print(refusal)
    binder 'PTFEE': not in the catalogue; did you mean PTFE? otherwise give its binder_class
    """

    def __init__(self, code: str, **values: Any) -> None:
        """Refuse by a code of `codes`."""
        self.code, self.values = code, values
        super().__init__("\n".join(map(printable, text_of(code, values).sentence.splitlines())))

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it pass between processes as it is."""
        return partial(type(self), self.code, **self.values), ()


class InputError(SpcseError):
    """A table, a recipe or an option holds something that cannot be used; `faults` lists all of it.

    >>> import spcse_ml
    >>> try:
    ...     spcse_ml.formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=101, solvent="TOL")
    ... except spcse_ml.InputError as refusal:
    ...     [(fault.code, fault.column, fault.given) for fault in refusal.faults]
    [('out-of-bounds', 'binder_wt_percent', '101'), ('solvent-in-dry-process', 'solvent', 'TOL')]
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep every fault; the message has the first `MOST_SHOWN`, and tells how many follow."""
        self.faults = tuple(faults)
        more = len(self.faults) - MOST_SHOWN
        rest = [f"... and {more:,} more: correct these first"] if more > 0 else []
        Exception.__init__(self, "\n".join([*map(str, self.faults[:MOST_SHOWN]), *rest]))
        self.code, self.values = "faults", {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it pass between processes with its faults."""
        return type(self), (self.faults,)


class UnknownNameError(InputError):
    """A name that the catalogue does not hold; the message offers the nearest known ones."""


class ModelFileError(SpcseError):
    """A model file is damaged, altered or of another schema version."""


class StoreError(SpcseError):
    """The store of runs and models cannot be used."""


REFUSAL_FILE = "SPCSE_ML_REFUSAL"
"""Environment variable that names a file to which the command line writes its refusal, for the program that runs it."""


def as_json(error: SpcseError) -> str:
    """Return a refusal as JSON that `from_json` reads."""
    faults = [vars(fault) for fault in error.faults] if isinstance(error, InputError) else []
    return json.dumps({"code": error.code, "values": error.values, "faults": faults}, default=str)


def from_json(text: str) -> SpcseError:
    """Return a refusal of another process.

    >>> error = from_json(as_json(InputError([Fault("not-a-number", "binder_wt_percent", given="few")])))
    >>> [(fault.code, fault.column, fault.given) for fault in error.faults]
    [('not-a-number', 'binder_wt_percent', 'few')]
    """
    plain = json.loads(text)
    if plain["faults"]:
        return InputError(Fault(**fields) for fields in plain["faults"])
    return SpcseError(plain["code"], **plain["values"])
