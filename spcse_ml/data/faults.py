"""What pydantic refuses, in our words: where it stands, what was given, what is allowed and what to do."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import columns

Value = TypeVar("Value")

LONGEST_SHOWN = 200
_REFUSED: Final = "refused"
_THOUSANDS = re.compile(r"^[+-]?[1-9]\d{0,2}(?:[.,' ]\d{3})+(?!\d)")
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+(?![\d.,])")
_PLAIN = {
    "missing": ("is blank but must be given", ""),
    "literal_error": ("is not one of the choices", ""),
    "enum": ("is not one of the choices", ""),
    "string_type": ("is neither a number nor text", ""),
    "bool": ("is neither true nor false", "true or false"),
    "date": ("is not a date", "YYYY-MM-DD"),
    "list_type": ("is not a list", "values in [ ], separated by commas"),
    "dict_type": ("is not a table", "a value for each name"),
    "model": ("is not a table", "a value for each name"),
}
"""Problems of which pydantic speaks like a programmer, by the beginning of their type: ours, and what is allowed."""


def faults_of(
    error: ValidationError, kind: type[BaseModel], cells: Mapping[str, Any], *, called: str = "column of a recipe"
) -> list[Fault]:
    """Return a fault for each problem of a row or file of that kind; what was typed in its cells is shown."""
    return [
        fault for problem in error.errors(include_url=False) for fault in _faults(problem, kind, cells, called=called)
    ]


def placed(faults: Iterable[Fault], *, file: str = "", row: str = "") -> list[Fault]:
    """Return the faults with the file and row where they stand."""
    return [replace(fault, file=file, row=row) for fault in faults]


def refusing(look: Callable[[Any], Value]) -> Callable[[Any], Value]:
    """Return a look-up as pydantic wants its validators; `faults_of` gives back the faults that it raises."""

    def looked(value: Any) -> Value:
        try:
            return look(value)
        except InputError as error:
            raise PydanticCustomError(_REFUSED, _REFUSED, {"faults": error.faults}) from error

    return looked


def name_faults(looked: Iterable[tuple[str, Callable[[str], object], str | None]]) -> list[Fault]:
    """Return what is wrong with names: for each its column, what looks it up, and the name if there is one."""
    faults: list[Fault] = []
    for column, look, name in looked:
        try:
            if name is not None:
                look(name)
        except InputError as error:
            faults += [replace(fault, column=column) for fault in error.faults]
    return faults


def listed(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults of names where none but a name of the catalogue will do: a class or a family does not help."""
    return [replace(fault, remedy=fault.remedy.partition(" Or give its")[0]) for fault in faults]


def _faults(problem: Any, kind: type[BaseModel], cells: Mapping[str, Any], *, called: str) -> list[Fault]:
    place, parts = problem["loc"], _parts(problem["loc"])
    column, message = ".".join(parts), problem["msg"].removeprefix("Value error, ")
    if problem["type"] == _REFUSED:
        return [replace(fault, column=column) for fault in problem["ctx"]["faults"]]
    if not place:
        return [_contradiction(part, cells) for part in message.split("\n")]
    known = columns(_model_at(kind, place[:-1]))
    if problem["type"] == "extra_forbidden":
        of = called if len(place) == 1 else "key of this table"
        return [Fault(f"is not a {of}", column=column, allowed=", ".join(known))]
    given = cells.get(column, None if problem["type"] == "missing" else problem["input"])
    blank = given is None or not str(given).strip()
    begins = "missing" if blank else next((begin for begin in _PLAIN if problem["type"].startswith(begin)), "")
    plain, allowed = _PLAIN.get(begins, (message[:1].lower() + message[1:], ""))
    return [
        Fault(
            plain, column=column, given=None if blank else str(given)[:LONGEST_SHOWN],
            allowed=allowed or (known[parts[-1]].allowed if parts[-1] in known else ""),
            remedy=_remedy(problem["type"], str(given)),
        )
    ]  # fmt: skip


def _parts(place: tuple[int | str, ...]) -> list[str]:
    """Return the names on the way to a value: no numbers of a list, and not the key of a table that is itself wrong."""
    names = place[:-2] if place and place[-1] == "[key]" else place
    return [str(part) for part in names if isinstance(part, str)]


def _model_at(kind: type[BaseModel], place: tuple[int | str, ...]) -> type[BaseModel]:
    for part in place:
        annotation = kind.model_fields[part].annotation if part in kind.model_fields else None
        models = [one for one in (annotation, *get_args(annotation)) if isinstance(one, type)]
        kind = next((one for one in models if issubclass(one, BaseModel)), kind)
    return kind


def _remedy(kind: str, given: str) -> str:
    if not kind.endswith("_parsing"):
        return ""
    if _THOUSANDS.match(given):
        return "Write nothing between thousands and a point before decimals, as in 1234.5."
    return "Write a point in place of the decimal comma." if _DECIMAL_COMMA.match(given) else ""


def _contradiction(part: str, cells: Mapping[str, Any]) -> Fault:
    column, _, problem = part.partition(": ")
    given = cells.get(column)
    return Fault(problem, column=column, given=str(given) if given not in {None, ""} else None)
