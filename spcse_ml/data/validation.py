"""Cells of text become checked rows, recipes with catalogue names, or one error that lists every fault.

Problems of pydantic become faults: code, column, the value given and what is allowed. The file is longer than others,
so that every way a cell can be wrong is read in one place.
"""

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, get_args

import numpy as np
import pandas as pd
from pydantic import BaseModel, ValidationError

from spcse_ml.chemistry.recipes import canonical
from spcse_ml.data.units import in_unit
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import NOTHING, REFUSED, Column, Formulation, Method, clean_text, columns, is_blank, refusal

Value = TypeVar("Value")

LONGEST_SHOWN = 200
_LARGEST = 10**300
_THOUSANDS = re.compile(r"^[+-]?[1-9]\d{0,2}(?:[.,' ]\d{3})+(?!\d)")
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+(?![\d.,])")
_CODES = {
    "missing": ("missing", ""),
    "literal_error": ("not-a-choice", ""),
    "enum": ("not-a-choice", ""),
    "string_type": ("not-text", ""),
    "string_unicode": ("not-unicode", ""),
    "string_too_long": ("too-long", ""),
    "finite_number": ("not-finite", ""),
    "float": ("not-a-number", ""),
    "int": ("not-a-whole-number", ""),
    "greater_than": ("out-of-bounds", ""),
    "less_than": ("out-of-bounds", ""),
    "bool": ("not-true-or-false", "true or false"),
    "date": ("not-a-date", "YYYY-MM-DD"),
    "list_type": ("not-a-list", "values in [ ], separated by commas"),
    "dict_type": ("not-a-table", "a value for each name"),
    "model": ("not-a-table", "a value for each name"),
}
"""Codes by the beginning of the type of a problem of pydantic, and what is allowed where no column says it."""


def faults_of(
    error: ValidationError, kind: type[BaseModel], cells: Mapping[str, Any], *, unknown: str = "unknown-column"
) -> list[Fault]:
    """Return a fault for each problem of a row or file of that kind; what was typed in its cells is shown.

    Args:
        error: the error of pydantic.
        kind: the model that was validated.
        cells: the values as they were typed, by column.
        unknown: the code of a column that the model does not have.
    """
    return [
        fault for problem in error.errors(include_url=False) for fault in _faults(problem, kind, cells, unknown=unknown)
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
            raise refusal(error.faults) from error

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
    return [replace(fault, code=_LISTED.get(fault.code, fault.code)) for fault in faults]


_LISTED = {"unknown-name-or-class": "unknown-name"}


def _faults(problem: Any, kind: type[BaseModel], cells: Mapping[str, Any], *, unknown: str) -> list[Fault]:
    place, parts = problem["loc"], _parts(problem["loc"])
    column = ".".join(parts)
    if problem["type"] == REFUSED:
        return [_as_typed(replace(fault, column=column or fault.column), cells) for fault in problem["ctx"]["faults"]]
    known = columns(_model_at(kind, place[:-1]))
    if problem["type"] == "extra_forbidden":
        return [Fault(unknown if len(place) == 1 else "unknown-key", column=column, allowed=", ".join(known))]
    cell = cells.get(column, None if problem["type"] == "missing" else problem["input"])
    blank = cell is None or is_blank(str(cell))
    described = known.get(parts[-1]) if parts else None
    code, allowed = _code("missing" if blank else problem["type"], str(cell))
    return [
        Fault(
            code, column=column, given=None if blank else str(cell)[:LONGEST_SHOWN],
            allowed=allowed or (described.allowed if described else ""),
            values=_values(problem, described.unit if described else ""),
        )
    ]  # fmt: skip


def _code(kind: str, text: str) -> tuple[str, str]:
    """Return the code of a problem of pydantic, and what is allowed where no column says it."""
    if kind.endswith("_parsing") and _THOUSANDS.match(text):
        return "thousands-separator", ""
    if kind.endswith("_parsing") and _DECIMAL_COMMA.match(text):
        return "decimal-comma", ""
    return next((code for begin, code in _CODES.items() if kind.startswith(begin)), ("not-accepted", ""))


def _values(problem: Any, unit: str) -> dict[str, Any]:
    """Return the values that the text of a problem names: in the unit of the column, whatever unit was given."""
    read, most = problem["input"], problem.get("ctx", {}).get("max_length")
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        read = f"{float(read):.10g}"
    return {"quantity": f"{read} {unit}".strip(), "reason": problem["msg"], "most": most}


def _as_typed(fault: Fault, cells: Mapping[str, Any]) -> Fault:
    """Return a fault with what was typed in its column."""
    cell = cells.get(fault.column)
    return fault if fault.given is not None or cell in {None, ""} else replace(fault, given=str(cell))


def _parts(place: tuple[int | str, ...]) -> list[str]:
    """Return the names on the way to a value: no numbers of a list, and not the key of a table that is itself wrong."""
    names = place[:-2] if place and place[-1] == "[key]" else place
    return [str(part) for part in names if isinstance(part, str)]


def _model_at(kind: type[BaseModel], place: tuple[int | str, ...]) -> type[BaseModel]:
    for part in place:
        annotation = kind.model_fields[part].annotation if part in kind.model_fields else None
        models = [argument for argument in (annotation, *get_args(annotation)) if isinstance(argument, type)]
        kind = next((model for model in models if issubclass(model, BaseModel)), kind)
    return kind


Row = TypeVar("Row", bound=BaseModel)
Recipe = TypeVar("Recipe", bound=Formulation)

LONGEST, LONGEST_NAME = 2_000, 200
"""Characters of a cell and of a name; what is longer is not looked at any further."""


def formulation(**cells: Any) -> Formulation:
    """Return one recipe with catalogue names.

    Args:
        **cells: the columns of `Formulation` by name, each a number in the column's unit or text, which may carry a
            unit of its own as in `"0.04 mm"`. `sulfide` and `method` are needed.

    Returns:
        The recipe, its substances under their catalogue names.

    Raises:
        InputError: every fault of the recipe, each with its column, the value given and what is allowed.

    >>> formulation(sulfide="LPSCl", method="slurry", binder="NBR", solvent="XYL").solvent
    'xylene'
    """
    read, faults = read_recipe(cells, Formulation)
    if read is None:
        raise InputError(faults)
    return read


def formulations(frame: pd.DataFrame, *, file: str = "") -> list[Formulation]:
    """Return a recipe with catalogue names for each row of a frame of text; the index gives the line numbers.

    Raises:
        InputError: every fault of every row, and every column that the schema does not have, in one error.
    """
    rows, faults = read_rows(frame, Formulation, read_recipe, file=file)
    if faults:
        raise InputError(faults)
    return [recipe for _, recipe in rows]


def read_row(
    cells: Mapping[str, Any], kind: type[Row], *, unknown: str = "unknown-column"
) -> tuple[Row | None, list[Fault]]:
    """Return the row, or None and its faults; names are left as they are. A quantity as text may carry a unit."""
    known, faults = columns(kind), list[Fault]()
    plain = {name: cell for name, cell in cells.items() if name not in known}  # refused below
    for name in (name for name in cells if name in known):
        try:
            plain[name] = _as_text(cells[name], known[name], may_be_blank=issubclass(kind, Formulation))
        except InputError as error:
            faults += error.faults
    bad = {fault.column for fault in faults}
    try:
        row = kind.model_validate(plain)
    except ValidationError as error:
        return None, faults + [f for f in faults_of(error, kind, cells, unknown=unknown) if f.column not in bad]
    return (None if faults else row), faults


def read_recipe(cells: Mapping[str, Any], kind: type[Recipe]) -> tuple[Recipe | None, list[Fault]]:
    """Return a recipe as `read_row` does, with catalogue names, or None and every fault."""
    row: Formulation | None
    row, faults = read_row(cells, kind)
    if row is None:  # look past the bad numbers, so that one error tells of the contradictions and names as well
        bad = {fault.column for fault in faults}
        numbers = {name for name in bad & columns(kind).keys() if columns(kind)[name].is_number}
        more = read_row({**cells, **dict.fromkeys(numbers)}, kind)[1] if numbers else []
        faults += [fault for fault in more if fault.column not in bad]
        row = kind.model_construct(**{name: _name(column, cells) for name, column in columns(kind).items()})
    try:
        named = canonical(row)
    except InputError as error:
        return None, [*faults, *error.faults]
    return (named if isinstance(named, kind) and not faults else None), faults


def read_rows(
    frame: pd.DataFrame,
    kind: type[Row],
    read: Callable[[Mapping[str, Any], type[Row]], tuple[Row | None, list[Fault]]] = read_row,
    *,
    file: str = "",
) -> tuple[list[tuple[str, Row]], list[Fault]]:
    """Return each row of a frame of text that reads as that kind, with its line, and every fault of the others."""
    known, faults = columns(kind), _header_faults(frame, kind)
    absent = {fault.column for fault in faults}  # told once, and not again by every row
    faults, rows = placed(faults, file=file, row="line 1"), []
    inside = frame[[name for name in frame.columns if name in known]]
    for number, cells in zip(frame.index, inside.to_dict("records"), strict=True):
        row, row_faults = read({str(name): cell for name, cell in cells.items()}, kind)
        faults += placed((fault for fault in row_faults if fault.column not in absent), file=file, row=f"line {number}")
        rows += [(f"line {number}", row)] if row is not None else []
    return rows, faults


def _as_text(cell: Any, column: Column, *, may_be_blank: bool) -> Any:
    """Return what was typed as text, a quantity in the unit of its column; or as it is where that is no cell.

    What says that nothing is known, as N/A, is blank where `may_be_blank`; a printed cell is what it is.
    """
    if isinstance(cell, bool | np.bool_):
        if column.is_number:
            raise InputError([Fault("not-a-number", column=column.name, given=str(cell).lower())])
        return cell
    if isinstance(cell, int) and abs(cell) > _LARGEST:  # more digits than Python writes out
        raise InputError([Fault("not-finite", column.name)])
    if isinstance(cell, int | float):
        return str(cell) if cell == cell else ""  # noqa: PLR0124 - nan is how pandas writes a blank
    if isinstance(cell, str) and len(cell) > LONGEST:
        fault = Fault("too-long", column=column.name, given=f"{cell[:40]}...", values={"most": LONGEST})
        raise InputError([fault])
    if not isinstance(cell, str):
        return cell
    is_nothing = column.is_number and clean_text(cell).casefold() in NOTHING
    return "" if may_be_blank and (is_nothing or is_blank(cell)) else in_unit(cell, column)


def _name(column: Column, cells: Mapping[str, Any]) -> Any:
    cell = cells.get(column.name)
    is_filled = isinstance(cell, str | int | float) and not isinstance(cell, bool) and cell == cell  # noqa: PLR0124 - nan
    text = clean_text(cell) if is_filled else ""
    if choices := {choice.casefold(): choice for choice in column.choices}:
        return choices.get(text.casefold())
    too_long = len(text) > LONGEST_NAME  # told already; the catalogue need not look for it
    return None if too_long or is_blank(text) or text.casefold() in NOTHING else text


def _header_faults(frame: pd.DataFrame, kind: type[BaseModel]) -> list[Fault]:
    known = columns(kind)
    unknown = [str(name) for name in frame.columns if name not in known]
    missing = [name for name, column in known.items() if column.is_required and name not in frame.columns]
    return [
        *(Fault("unknown-column", name, allowed=", ".join(known)) for name in unknown),
        *(Fault("missing-column", name) for name in missing),
    ]


WORDED_COLUMNS = (
    "sulfide", "method", "binder", "binder_wt_percent", "template", "template_wt_percent", "solvent",
)  # fmt: skip
"""What a recipe in words names."""


def recipe_in_words(recipe: Mapping[Any, Any]) -> str:
    """Return a recipe in a few words, as in `Li6PS5Cl, dry, PTFE 0.5 wt%`."""
    ingredients = [_ingredient(recipe["binder"], recipe["binder_wt_percent"])]
    ingredients.append(_ingredient(recipe["template"], recipe["template_wt_percent"]))
    method = Method(recipe["method"])
    parts = (recipe["sulfide"], method.short, *ingredients, recipe["solvent"], recipe.get("plasticizer"))
    return ", ".join(part for part in parts if part)


def _ingredient(name: str | None, content: float | None) -> str:
    if name is None:
        return ""
    return f"{name} (content not reported)" if content is None or math.isnan(content) else f"{name} {content:.3g} wt%"
