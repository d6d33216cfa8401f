"""What to type after a refusal: the page and HTTP have no flags, so that no text of `codes` names one."""

from collections.abc import Iterator, Mapping

from spcse_ml.errors import InputError, SpcseError

_RUNS = "spcse-ml runs"
_RESISTANCE = "--resistance OHM"

HINTS: Mapping[str, str] = {
    "arc-before-tail": _RESISTANCE,
    "batch-without-skill": "--force",
    "challenger-is-champion": _RUNS,
    "exponent-of-no-electrode": _RESISTANCE,
    "extrapolated-resistance": _RESISTANCE,
    "inductive-spectrum": _RESISTANCE,
    "no-blocking-tail": _RESISTANCE,
    "no-challenger": "spcse-ml train",
    "no-fit": _RESISTANCE,
    "no-lab-table": "spcse-ml record",
    "no-screen": "spcse-ml screen --out {folder}",
    "no-sheets": "leave out --sheet",
    "no-such-model": _RUNS,
    "no-such-run": _RUNS,
    "needs-estimator": "--estimator NAME",
    "not-a-model-name": _RUNS,
    "not-toml": "{example}",
    "objective-without-skill": "--force",
    "part-unreadable": "spcse-ml screen",
    "poor-fit": _RESISTANCE,
    "several-sheets": "--sheet NAME",
    "run-name-claimed": "--name NAME",
    "run-name-taken": "--name NAME",
    "search-without-tuning": "--tune N",
    "too-many-rows": "spcse-ml screen",
    "training-not-tracked": _RUNS,
    "uncertain-resistance": _RESISTANCE,
    "unknown-material": "spcse-ml names binders",
    "unmapped-column": "--map THEIRS=OURS, or --ignore THEIRS",
    "zero-resistance": _RESISTANCE,
}
"""Flag or command that carries out the remedy, by code; { } names a value of the fault or error."""


def hint_lines(error: SpcseError) -> list[str]:
    """Return the flags and commands that help against a refusal, each once.

    >>> hint_lines(SpcseError("no-challenger", store="store", champion="released"))
    ['    command line: spcse-ml train']
    """
    hints = (HINTS[code].format_map(values) for code, values in _codes_of(error) if code in HINTS)
    return [f"    command line: {hint}" for hint in dict.fromkeys(hints)]


def _codes_of(error: SpcseError) -> Iterator[tuple[str, Mapping[str, object]]]:
    yield error.code, error.values
    yield from ((fault.code, fault.values) for fault in (error.faults if isinstance(error, InputError) else ()))
