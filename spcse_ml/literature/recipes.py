"""Cells of text become checked recipes with catalogue names, or one error that lists every fault."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from spcse_ml.errors import Fault, InputError
from spcse_ml.literature.catalogue import catalogue
from spcse_ml.literature.schema import Column, Formulation, clean_text, columns
from spcse_ml.literature.units import in_unit

Row = TypeVar("Row", bound=BaseModel)

_NUMBERS = {name for name, column in columns(Formulation).items() if column.is_number}
_THOUSANDS = re.compile(r"^[+-]?[1-9]\d{0,2}(?:[.,' ]\d{3})+(?!\d)")
LONGEST_NAME = 200
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+(?![\d.,])")


def formulation(**cells: Any) -> Formulation:
    """Return one recipe with catalogue names.

    Raises:
        InputError: every fault of the recipe, each with its column, the value given and what is allowed.

    >>> formulation(sulfide="LPSCl", method="slurry", binder="NBR", solvent="XYL").solvent
    'xylene'
    """
    read, faults = _read_recipe(cells)
    if read is None:
        raise InputError(faults)
    return read


def formulations(frame: pd.DataFrame, *, file: str = "") -> list[Formulation]:
    """Return a recipe with catalogue names for each row of a frame of text; the index gives the line numbers.

    Raises:
        InputError: every fault of every row, and every column that the schema does not have, in one error.
    """
    faults = _header_faults(frame, Formulation, file)
    known = [name for name in frame.columns if name in columns(Formulation)]
    recipes: list[Formulation] = []
    for line, cells in zip(frame.index, frame[known].to_dict("records"), strict=True):
        recipe, found = _read_recipe({str(name): cell for name, cell in cells.items()})
        faults += [placed(fault, Fault("", file=file, row=f"line {line}")) for fault in _given(found, frame)]
        recipes += [recipe] if recipe is not None else []
    if faults:
        raise InputError(faults)
    return recipes


def read_rows(frame: pd.DataFrame, kind: type[Row], *, file: str = "") -> tuple[list[tuple[int, Row]], list[Fault]]:
    """Return each row of a frame of text that reads as that kind, with its line, and every fault of the others.

    Names are left as they are.
    """
    faults = _header_faults(frame, kind, file)
    rows: list[tuple[int, Row]] = []
    known = [name for name in frame.columns if name in columns(kind)]
    for line, cells in zip(frame.index, frame[known].to_dict("records"), strict=True):
        row, found = read_row({str(name): cell for name, cell in cells.items()}, kind)
        faults += [placed(fault, Fault("", file=file, row=f"line {line}")) for fault in _given(found, frame)]
        rows += [(int(line), row)] if row is not None else []
    return rows, faults


def _given(faults: list[Fault], frame: pd.DataFrame) -> list[Fault]:
    """Leave out what is only missing because its whole column is: the header has told that already."""
    return [fault for fault in faults if fault.given is not None or fault.column in frame.columns]


def read_row(cells: Mapping[str, Any], kind: type[Row]) -> tuple[Row | None, list[Fault]]:
    """Return the row, or None and its faults. A quantity given as text may carry a unit."""
    known = columns(kind)
    plain, faults = _in_units(cells, known)
    try:
        row = kind.model_validate(plain)
    except ValidationError as error:
        found = [fault for problem in error.errors(include_url=False) for fault in _faults(problem, known, cells)]
        return None, faults + [fault for fault in found if fault.column not in {told.column for told in faults}]
    return (None if faults else row), faults


def _in_units(cells: Mapping[str, Any], known: Mapping[str, Column]) -> tuple[dict[str, Any], list[Fault]]:
    plain, faults = dict(cells), list[Fault]()
    for name, cell in cells.items():
        if name in known and known[name].is_number and isinstance(cell, str):
            try:
                plain[name] = in_unit(cell, known[name])
            except InputError as error:
                plain[name] = None
                faults += error.faults
    return plain, faults


def placed(fault: Fault, place: Fault) -> Fault:
    """Return the fault with the file and row of the place."""
    return Fault(fault.problem, fault.column, place.row, place.file, fault.given, fault.allowed, fault.remedy)


def _read_recipe(cells: Mapping[str, Any]) -> tuple[Formulation | None, list[Fault]]:
    row, faults = read_row(cells, Formulation)
    if row is None:  # look past the bad numbers, so that one error tells of the contradictions and names as well
        bad = {fault.column for fault in faults if fault.column in _NUMBERS}
        _, more = read_row({**cells, **dict.fromkeys(bad)}, Formulation) if bad else (None, [])
        faults += [fault for fault in more if fault.column not in {known.column for known in faults}]
        row = Formulation.model_construct(**{name: _cell(name, cells) for name in columns(Formulation)})
    try:
        recipe = catalogue().canonical(row)
    except InputError as error:
        return None, [*faults, *error.faults]
    return (None if faults else recipe), faults


def _cell(name: str, cells: Mapping[str, Any]) -> Any:
    text = clean_text(cells.get(name) or "")
    if choices := {choice.casefold(): choice for choice in columns(Formulation)[name].choices}:
        return choices.get(text.casefold())
    too_long = len(text) > LONGEST_NAME  # told already; the catalogue need not look for it
    return None if too_long or text.casefold() in {"", "none", "-", "—"} else text


def _header_faults(frame: pd.DataFrame, kind: type[BaseModel], file: str) -> list[Fault]:
    known = columns(kind)
    place = Fault("", file=file, row="line 1")
    unknown = [
        Fault(
            "is not a column of this table", column=str(name), allowed=", ".join(known), remedy="Delete or rename it."
        )
        for name in frame.columns
        if name not in known
    ]
    missing = [
        Fault("the column is missing", column=name, remedy="Add it.")
        for name, column in known.items()
        if column.is_required and name not in frame.columns
    ]
    return [placed(fault, place) for fault in unknown + missing]


def _faults(problem: Mapping[str, Any], known: Mapping[str, Column], cells: Mapping[str, Any]) -> Iterable[Fault]:
    location = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return [_contradiction(part, cells) for part in message.split("\n")]
    if location not in known:
        return [Fault("is not a column of a recipe", column=location, allowed=", ".join(known))]
    given = cells.get(location)
    blank = given is None or not str(given).strip()
    return [
        Fault(
            "is blank but must be given" if blank else _lower(message), column=location,
            given=None if blank else str(given)[:200], remedy=_remedy(problem["type"], str(given)),
            allowed="YYYY-MM-DD" if problem["type"].startswith("date") else known[location].allowed,
        )
    ]  # fmt: skip


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


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
