"""Cells with the source of each figure: those of `data/catalogue/cells.csv`, changed by a TOML file or by flags.

Any cathode of the catalogue goes with any anode, as in `NCM811/silicon`. What the user gives goes before the catalogue;
a catalogue figure that has no source is an estimate and shown as one.
"""

import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spcse_ml.cell.energy import Cell
from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.substances import Polymer, Sulfide, catalogue_rows
from spcse_ml.data.validation import listed, name_faults, read_row
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import NOTHING, columns
from spcse_ml.tables import read_toml

REVIEWED = ("NCM811/Li", "NCM811/graphite", "LCO/Li-In", "S/Li")
"""Pairs of the review's tables, of which the first answers where none is named."""
BASE = "cell"
"""Name of the line of a TOML file that names the catalogue's cell."""
_EITHER = {"loading_mg_cm2": "areal_capacity_mah_cm2", "areal_capacity_mah_cm2": "loading_mg_cm2"}
_SUBSTANCES: dict[str, Callable[[str], Sulfide | Polymer]] = {
    "sulfide": lambda name: catalogue().sulfide(name), "cathode_sulfide": lambda name: catalogue().sulfide(name),
    "binder": lambda name: catalogue().binder(name), "cathode_binder": lambda name: catalogue().binder(name),
    "template": lambda name: catalogue().template(name).polymer,
}  # fmt: skip


@dataclass(frozen=True)
class Assumption:
    """One figure that a cell stands on, and where it comes from."""

    name: str
    value: Any
    unit: str
    kind: str
    """As in the catalogue: published, computed, review, choice, estimate..., or given (by the user)."""
    source: str


@dataclass(frozen=True)
class StatedCell:
    """A cell with the source of each of its figures."""

    base: str
    """The catalogue's cell that it started from."""
    cell: Cell
    assumptions: tuple[Assumption, ...]
    """Every figure of the cell in the order of its columns, then the densities of its sulfides and polymers."""


def stated_cell(base: str | None = None, file: Path | None = None, /, **figures: Any) -> StatedCell:
    """Return a cell of the catalogue, changed by a TOML file and then by what is given, text or values.

    Raises:
        InputError: every bad, unknown or contradictory figure in one error.

    >>> stated_cell("NCM811/Li", thickness_um=20).cell.thickness_um
    20.0
    """
    written = {} if file is None else read_toml(file, example="spcse-ml cell --show")
    written = {name: value for name, value in written.items() if not _gives_way(name, figures)}
    base = str(_agreed(base, written.pop(BASE, None), file) or REVIEWED[0])
    changes = {**written, **figures}
    defaults = {name: figure for name, figure in catalogue_cell(base).items() if not _gives_way(name, changes)}
    cells = {name: figure.value for name, figure in defaults.items()} | changes
    cell, faults = read_row(cells, Cell, unknown="unknown-key")
    faults += _unknown_names(cells)
    if cell is None or faults:
        raise InputError(_in_file(faults, written.keys() - figures.keys(), file))
    return StatedCell(base, cell, (*_figures(cell, defaults, figures), *_densities(cell)))


def catalogue_cell(base: str) -> dict[str, Assumption]:
    """Return the figures of a cell `cathode/anode` by column, as text.

    Raises:
        InputError: the catalogue has no such cathode or anode.
    """
    figures = _catalogue()
    cathode, _, anode = base.partition("/")
    for part, name in (("cathode", cathode), ("anode", anode)):
        if (part, name) not in figures:
            known = ", ".join(other for kind, other in figures if kind == part)
            fault = Fault("unknown-electrode", column=BASE, given=base, allowed=known, values={"part": part})
            raise InputError([fault])
    named = {
        part: Assumption(part, name, "", "choice", f"the cell {base}")
        for part, name in (("cathode", cathode), ("anode", anode))
    }
    return {**named, **figures["stack", ""], **figures["cathode", cathode], **figures["anode", anode]}


@functools.cache
def _catalogue() -> dict[tuple[str, str], dict[str, Assumption]]:
    figures: dict[tuple[str, str], dict[str, Assumption]] = {}
    for row in catalogue_rows("cells.csv"):
        name = row["column"]
        figure = Assumption(name, row["value"], columns(Cell)[name].unit, row["kind"], row["source"])
        figures.setdefault((row["part"], row["name"]), {})[name] = figure
    return figures


def _agreed(requested: str | None, written: Any, file: Path | None) -> Any:
    if requested is not None and written is not None and requested != written:
        fault = Fault(
            "another-cell",
            column=BASE,
            file=file.name if file else "",
            given=str(written),
            values={"requested": requested},
        )
        raise InputError([fault])
    return requested if written is None else written


def _gives_way(name: str, changes: Mapping[str, Any]) -> bool:
    """Say whether a figure is one of two ways to say a thing of which somebody who goes before it gave the other."""
    return _EITHER.get(name) in changes and name not in changes


def _in_file(faults: Iterable[Fault], names: Collection[str], file: Path | None) -> list[Fault]:
    """Return the faults, those of figures that only the file gives with its name."""
    return [replace(fault, file=file.name) if file and fault.column in names else fault for fault in faults]


def _unknown_names(cells: Mapping[str, Any]) -> list[Fault]:
    return listed(
        name_faults(
            (column, find, name)
            for column, find in _SUBSTANCES.items()
            if isinstance(name := cells.get(column), str) and name.casefold() not in NOTHING
        )
    )


def _figures(cell: Cell, defaults: Mapping[str, Assumption], stated: Collection[str]) -> list[Assumption]:
    """Return each figure with its source; a file's figure that is the catalogue's keeps the catalogue's."""
    assumptions = []
    for name, column in columns(Cell).items():
        value, default = getattr(cell, name), defaults.get(name)
        if name in stated and value is not None:
            assumptions.append(Assumption(name, value, column.unit, "given", "given"))
        elif default is not None and value == getattr(_as_cell(cell, default), name):
            assumptions.append(replace(default, value=value))
        elif default is None and value == Cell.model_fields[name].default:
            assumptions += [] if value is None else [Assumption(name, value, column.unit, "choice", "does not apply")]
        elif value is not None:
            assumptions.append(Assumption(name, value, column.unit, "given", "given"))
    return assumptions


def _as_cell(cell: Cell, default: Assumption) -> Cell:
    """Return the cell with one figure as the catalogue's text says, unchecked, for comparison in its own type."""
    kind = type(getattr(cell, default.name))
    value = default.value == "true" if kind is bool else default.value if kind is type(None) else kind(default.value)
    return cell.model_copy(update={default.name: value})


def _densities(cell: Cell) -> list[Assumption]:
    substances = [find(name) for column, find in _SUBSTANCES.items() if (name := getattr(cell, column)) is not None]
    return [
        Assumption(
            f"density of {substance.name}",
            substance.density_g_cm3,
            "g/cm3",
            substance.density_kind,
            substance.density_source,
        )
        for substance in dict.fromkeys(substances)
    ]
