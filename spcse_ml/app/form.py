"""A form made of a schema: choices, units, bounds and help are read from it, and so is what a method leaves out."""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st
from pydantic import BaseModel

from spcse_ml.app.shared import escaped
from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.validation import read_row
from spcse_ml.errors import Fault
from spcse_ml.schema import Column, Formulation, Method, columns

NAMES = {"sulfide": "sulfides", "binder": "binders", "template": "templates", "solvent": "solvents",
         "lithium_salt": "salts"}  # fmt: skip
"""Columns whose names the catalogue knows; others may be typed."""


MAIN = ("sulfide", "binder", "binder_wt_percent", "template", "template_wt_percent", "solvent", "sigma_p_ms_cm",
        "planned_thickness_um")  # fmt: skip
"""Columns of a recipe that are always in sight, where the method has them."""
RECIPE, PROCESS, OUTCOME = "Recipe", "Process", "Measured: retention, thickness and more"
MORE = "More: unlisted names, salt, remarks"


def groups(kind: type[BaseModel], method: str) -> dict[str, list[Column]]:
    """Return the columns that a recipe of a method may hold, in the groups of the form."""
    known, allowed = columns(kind), applicable(kind, method) - {"method", "recorded_at", "as_written"}
    parts = columns(Formulation)
    grouped = {
        RECIPE: [name for name in MAIN if name in allowed],
        PROCESS: [name for name in known if name in allowed and known[name].is_process],
        OUTCOME: [name for name in known if name in allowed and name not in parts],
    }
    grouped[MORE] = [name for name in known if name in allowed and not any(name in names for names in grouped.values())]
    return {title: [known[name] for name in names] for title, names in grouped.items()}


def holds(group: Iterable[Column], faults: Iterable[Fault]) -> bool:
    """Return whether a fault belongs to one of these columns, so that their fields must be in sight."""
    return bool({column.name for column in group} & {fault.column for fault in faults})


def label(column: Column) -> str:
    """Return the label of a column as a title, with its unit.

    >>> from spcse_ml.schema import Formulation
    >>> label(columns(Formulation)["binder_wt_percent"])
    'Binder in the dry membrane (wt%)'
    """
    unit = f" ({column.unit.replace('**2', '²')})" if column.unit else ""
    return f"{column.label[:1].upper()}{column.label[1:]}{unit}"


@functools.cache
def applicable(kind: type[BaseModel], method: str) -> frozenset[str]:
    """Return the columns that a recipe of a method may hold: those that the schema does not refuse beside its parts.

    >>> from spcse_ml.schema import Formulation
    >>> "solvent" in applicable(Formulation, Method.DRY), "template" in applicable(Formulation, Method.SKELETON)
    (False, True)
    """
    known = columns(kind)
    substances = {"solvent", *(name for name in known if f"{name}_wt_percent" in known)}
    cells = {"sulfide": "Li6PS5Cl", "method": method, **dict.fromkeys(substances, "x")}
    _, faults = read_row(cells, kind)
    parts = {name: cell for name, cell in cells.items() if name not in {fault.column for fault in faults}}
    examples = {name: parts.get(name) or _example_of(column) for name, column in known.items()}
    return frozenset(
        name
        for name in known
        if name in parts or (name not in substances and _is_taken(kind, parts, {name: examples[name]}))
    )


def _example_of(column: Column) -> str:
    return "1" if column.is_number else next(iter(column.choices), "")


def _is_taken(kind: type[BaseModel], parts: Mapping[str, str], cell: Mapping[str, str]) -> bool:
    _, faults = read_row({**parts, **cell}, kind)
    return not any(fault.column in cell for fault in faults)


def field(column: Column, key: str, faults: Iterable[Fault] = (), **options: Any) -> str:
    """Draw the field of one column, below it what is wrong with it, and return what it holds as text."""
    settings = {"key": key, "help": _help(column), "persist_state": "session", **options}
    if column.name == "method":
        value = st.radio(label(column), [str(method) for method in Method], horizontal=True, **settings)
    elif column.name in NAMES:
        known = list(getattr(catalogue(), NAMES[column.name]))
        value = st.selectbox(
            label(column), known, index=None, accept_new_options=True, placeholder="choose, or type a name", **settings
        )
    elif column.choices:
        value = st.selectbox(label(column), column.choices, index=None, placeholder="choose", **settings)
    else:
        value = st.text_input(label(column), placeholder=column.allowed, **settings)
    for fault in dict.fromkeys(faults):
        if fault.column == column.name:
            st.markdown(f":red[:small[{escaped(_beside(fault))}]]")
    return str(value or "").strip()


def _beside(fault: Fault) -> str:
    """Return what is wrong with a field and what to do, without the column, which is in sight."""
    allowed = f"allowed: {fault.allowed}" if fault.allowed else ""
    return "; ".join(filter(None, (fault.problem, fault.remedy or allowed)))


def _help(column: Column) -> str:
    allowed = f" Allowed: {column.allowed}." if column.allowed and not column.choices else ""
    units = " A number in that unit, or with a unit of its own." if column.is_number and column.unit else ""
    return escaped(f"{column.meaning[:1].upper()}{column.meaning[1:]}.{allowed}{units}")


def fields(chosen: Iterable[Column], prefix: str, faults: Iterable[Fault] = (), **options: Any) -> dict[str, str]:
    """Draw the fields of some columns and return what was given, blank ones left out."""
    faults = tuple(faults)
    texts = {column.name: field(column, f"{prefix}{column.name}", faults, **options) for column in chosen}
    return {name: text for name, text in texts.items() if text}


def fill(prefix: str, cells: Mapping[str, str], kind: type[BaseModel]) -> Callable[[], None]:
    """Return what puts these cells into the form, and clears the others, before it is drawn again."""

    def put() -> None:
        for name, column in columns(kind).items():
            st.session_state[f"{prefix}{name}"] = cells.get(name, None if name in NAMES or column.choices else "")

    return put
