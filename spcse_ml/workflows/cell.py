"""The path from a membrane to the energy density of a cell around it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spcse_ml.cell.energy import Energy, energy, energy_against_thickness
from spcse_ml.cell.stated import StatedCell
from spcse_ml.data.literature import literature
from spcse_ml.reports.messages.cell import cell_lines, level
from spcse_ml.reports.plots.cell import thickness_figure
from spcse_ml.workflows.pictures import write_pictures

DRAWN_UM = (5.0, 160.0)
"""Thicknesses drawn: those of the review's cells and thinner ones."""


@dataclass(frozen=True)
class CellAnswer:
    """A cell with its sources, and its energy density."""

    stated: StatedCell
    energy: Energy

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, units in the names."""
        energy = self.energy
        return {
            "level": "stack" if self.stated.cell.packaging_factor is None else "cell",
            "specific_energy_wh_kg": energy.wh_kg,
            "energy_density_wh_l": energy.wh_l,
            "areal_capacity_mah_cm2": energy.capacity_mah_cm2,
            "mean_voltage_v": energy.voltage_v,
            "mass_mg_cm2": energy.mass_mg_cm2,
            "thickness_um": energy.thickness_um,
            "parts": [asdict(part) for part in energy.parts],
            "assumptions": [asdict(assumption) for assumption in self.stated.assumptions],
        }

    def text(self) -> str:
        """Return it as lines to read."""
        return "\n".join(cell_lines(self.stated, self.energy)) + "\n"


def what_a_cell_holds(stated: StatedCell, folder: Path | None = None) -> CellAnswer:
    """Answer for a cell; with a folder, draw its energy against the thickness there, beside the printed membranes."""
    cell, (low, high) = stated.cell, DRAWN_UM
    if folder is not None:
        curve = energy_against_thickness(cell, np.linspace(low, max(high, 1.1 * cell.thickness_um), 80))
        name = f"{cell.cathode}/{cell.anode}, {level(cell)}"
        figure = thickness_figure(curve, literature().rows, name=name, thickness_um=cell.thickness_um)
        write_pictures(folder, {"cell_energy_against_thickness": figure})
    return CellAnswer(stated, energy(cell))
