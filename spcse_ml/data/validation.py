"""Cells of text become checked rows, recipes with catalogue names, or one error that lists every fault."""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.faults import faults_of, placed
from spcse_ml.data.units import in_unit
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import NOTHING, Column, Formulation, Method, clean_text, columns

Row = TypeVar("Row", bound=BaseModel)
Recipe = TypeVar("Recipe", bound=Formulation)

LONGEST, LONGEST_NAME = 2_000, 200
"""Characters of a cell and of a name; what is longer is not looked at any further."""


def formulation(**cells: Any) -> Formulation:
    """Return one recipe with catalogue names.

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
    cells: Mapping[str, Any], kind: type[Row], *, called: str = "column of a recipe"
) -> tuple[Row | None, list[Fault]]:
    """Return the row, or None and its faults; names are left as they are. A quantity as text may carry a unit."""
    known, faults = columns(kind), list[Fault]()
    plain = {name: cell for name, cell in cells.items() if name not in known}  # refused below
    for name in (name for name in cells if name in known):
        try:
            plain[name] = _plain(cells[name], known[name])
        except InputError as error:
            faults += error.faults
    bad = {fault.column for fault in faults}
    try:
        row = kind.model_validate(plain)
    except ValidationError as error:
        return None, faults + [f for f in faults_of(error, kind, cells, called=called) if f.column not in bad]
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
        named = catalogue().canonical(row)
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
        row, found = read({str(name): cell for name, cell in cells.items()}, kind)
        faults += placed((one for one in found if one.column not in absent), file=file, row=f"line {number}")
        rows += [(f"line {number}", row)] if row is not None else []
    return rows, faults


def _plain(cell: Any, column: Column) -> Any:
    """Return what was typed as text, a quantity in the unit of its column; or as it is where that is no cell."""
    if isinstance(cell, bool):
        if column.is_number:
            raise InputError([Fault("is not a number", column=column.name, given=str(cell).lower())])
        return cell
    if isinstance(cell, int | float):
        return str(cell) if cell == cell else ""  # noqa: PLR0124 - nan is how pandas writes a blank
    if isinstance(cell, str) and len(cell) > LONGEST:
        raise InputError([Fault("is too long", column=column.name, given=f"{cell[:40]}...",
                                allowed=f"at most {LONGEST} characters")])  # fmt: skip
    return in_unit(cell, column) if isinstance(cell, str) else cell


def _name(column: Column, cells: Mapping[str, Any]) -> Any:
    cell = cells.get(column.name)
    is_told = isinstance(cell, str | int | float) and not isinstance(cell, bool) and cell == cell  # noqa: PLR0124 - nan
    text = clean_text(cell) if is_told else ""
    if choices := {choice.casefold(): choice for choice in column.choices}:
        return choices.get(text.casefold())
    too_long = len(text) > LONGEST_NAME  # told already; the catalogue need not look for it
    return None if too_long or text.casefold() in NOTHING else text


def _header_faults(frame: pd.DataFrame, kind: type[BaseModel]) -> list[Fault]:
    known = columns(kind)
    unknown = [str(name) for name in frame.columns if name not in known]
    missing = [name for name, column in known.items() if column.is_required and name not in frame.columns]
    return [
        *(Fault("is not a column of this table", name, allowed=", ".join(known), remedy="Delete or rename it.")
          for name in unknown),
        *(Fault("the column is missing", name, remedy="Add it, or rename one to it.") for name in missing),
    ]  # fmt: skip


def recipe_in_words(recipe: Mapping[Any, Any]) -> str:
    """Return a recipe in a few words, as in `Li6PS5Cl, dry, PTFE 0.5 wt%`."""
    things = [_thing(recipe["binder"], recipe["binder_wt_percent"])]
    things.append(_thing(recipe["template"], recipe["template_wt_percent"]))
    method = Method(recipe["method"]).value.split()[0]
    return ", ".join(part for part in (recipe["sulfide"], method, *things, recipe["solvent"]) if part)


def _thing(name: str | None, content: float | None) -> str:
    if name is None:
        return ""
    return f"{name} (content not reported)" if content is None or math.isnan(content) else f"{name} {content:.3g} wt%"
