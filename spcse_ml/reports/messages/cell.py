"""A stated cell as lines to read in a terminal, and as a TOML file to edit."""

import json
from itertools import groupby
from typing import Any

from spcse_ml.cell.energy import Cell, Energy
from spcse_ml.cell.stated import BASE, Assumption, StatedCell
from spcse_ml.schema import Column, columns


def cell_lines(stated: StatedCell, energy: Energy) -> list[str]:
    """Return both energy densities first, then mass and thickness by component, then the assumptions with sources."""
    return [
        f"specific energy  {energy.wh_kg:.0f} Wh/kg ({level(stated.cell)})",
        f"energy density   {energy.wh_l:.0f} Wh/L",
        f"capacity         {energy.capacity_mah_cm2:.3g} mAh/cm² at {energy.voltage_v:.3g} V",
        "",
        f"{'layer':14}{'component':22}{'mg/cm²':>8}{'µm':>8}",
        *_budget(energy),
        "",
        "assumptions: change any by --set NAME=VALUE",
        *(_assumption(assumption) for assumption in stated.assumptions),
        "  volumes add; mass as assembled; anode as thick as charged, cathode as made",
        "  resistance does not enter: the energy is charge times mean voltage, whatever the membrane conducts",
    ]


def level(cell: Cell) -> str:
    """Return what the figures of a cell count."""
    share = cell.packaging_factor
    return "the stack alone: no tabs, no housing" if share is None else f"whole cell, {share:g} of which is the stack"


def _budget(energy: Energy) -> list[str]:
    rows = [
        (layer if number == 0 else "", part.component, part.mass_mg_cm2, part.thickness_um)
        for layer, parts in groupby(energy.parts, lambda part: part.layer)
        for number, part in enumerate(parts)
    ]
    rows.append(("sum", "", energy.mass_mg_cm2, energy.thickness_um))
    return [f"{layer:14}{component:22}{mass:8.2f}{thickness:8.1f}" for layer, component, mass, thickness in rows]


def _assumption(assumption: Assumption) -> str:
    value = f"{assumption.value:g}" if isinstance(assumption.value, float) else str(assumption.value)
    value = value.lower() if isinstance(assumption.value, bool) else value
    return f"  {assumption.name} = {f'{value} {assumption.unit}'.strip()}: {source_text(assumption)}"


def source_text(assumption: Assumption) -> str:
    """Return the source of a figure; an estimate is marked as one."""
    return f"(estimate) {assumption.source}" if assumption.kind == "estimate" else assumption.source


def cell_toml(stated: StatedCell) -> str:
    """Return a cell as a TOML file to edit, with unit, meaning and source beside each figure."""
    known = {assumption.name: assumption for assumption in stated.assumptions}
    lines = [
        f"{'' if name in known else '# '}{name} = {_toml(getattr(stated.cell, name))}"
        f"  # {'; '.join(filter(None, _comments(column, known.get(name))))}"
        for name, column in columns(Cell).items()
    ]
    head = f"# Every figure may be changed; then: spcse-ml cell --file THIS\n{BASE} = {_toml(stated.base)}"
    return "\n".join([head, *lines]) + "\n"


def _comments(column: Column, assumption: Assumption | None) -> tuple[str, str, str]:
    return column.unit, column.meaning, source_text(assumption) if assumption else ""


def _toml(value: Any) -> str:
    return '""' if value is None else json.dumps(value, ensure_ascii=False)
