"""A stated cell as lines to read in a terminal."""

from itertools import groupby

from spcse_ml.design.cell import Cell, Energy
from spcse_ml.design.stated_cell import Assumption, StatedCell


def cell_lines(stated: StatedCell, found: Energy) -> list[str]:
    """Return both energy densities first, then mass and thickness by component, then the assumptions with sources."""
    return [
        f"specific energy  {found.wh_kg:.0f} Wh/kg ({level(stated.cell)})",
        f"energy density   {found.wh_l:.0f} Wh/L",
        f"capacity         {found.capacity_mah_cm2:.3g} mAh/cm² at {found.voltage_v:.3g} V",
        "",
        f"{'layer':14}{'component':22}{'mg/cm²':>8}{'µm':>8}",
        *_budget(found),
        "",
        "assumptions: change any by --set NAME=VALUE",
        *(_assumption(one) for one in stated.assumptions),
        "  volumes add; mass as assembled; anode as thick as charged, cathode as made",
    ]


def level(cell: Cell) -> str:
    """Return what the figures of a cell count."""
    share = cell.packaging_factor
    return "the stack alone: no tabs, no housing" if share is None else f"whole cell, {share:g} of which is the stack"


def _budget(found: Energy) -> list[str]:
    lines = []
    for layer, parts in groupby(found.parts, lambda part: part.layer):
        for number, part in enumerate(parts):
            shown = layer if number == 0 else ""
            lines.append(f"{shown:14}{part.component:22}{part.mass_mg_cm2:8.2f}{part.thickness_um:8.1f}")
    return [*lines, f"{'sum':36}{found.mass_mg_cm2:8.2f}{found.thickness_um:8.1f}"]


def _assumption(one: Assumption) -> str:
    value = f"{one.value:g}" if isinstance(one.value, float) else str(one.value).lower() if isinstance(
        one.value, bool
    ) else str(one.value)  # fmt: skip
    return f"  {one.name} = {' '.join(part for part in (value, one.unit) if part)}: {one.source_in_words}"
