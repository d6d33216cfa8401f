"""What a thinner membrane is worth in a cell, beside what the review prints for whole cells."""

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spcse_ml.data.papers import papers_in_question
from spcse_ml.reports.plots.style import BLUE, DASHED, ORANGE, PAPER, note, panels

UNSTATED = "full cells, says the review; without what it counts"
_PANELS = {
    "wh_kg": ("energy_density_wh_kg", "specific energy (Wh/kg)"),
    "wh_l": ("energy_density_wh_l", "energy density (Wh/L)"),
}


def thickness_figure(curve: pd.DataFrame, printed: pd.DataFrame, *, name: str, thickness_um: float) -> Figure:
    """Return both energy densities of a stated cell against the membrane's thickness, with the review's figures.

    `curve` is that of `energy_against_thickness`, `printed` the rows of the literature, `name` says what cell it is.
    """
    figure, all_axes = panels(6.0, 2, sharex=True)
    for axes, (column, (printed_column, label)) in zip(all_axes, _PANELS.items(), strict=True):
        axes.plot(curve["thickness_um"], curve[column], c=BLUE, lw=1.5, label=f"computed: {name}")
        axes.axvline(thickness_um, label=f"this membrane, {thickness_um:g} µm", **DASHED)
        _published(axes, printed[printed[printed_column].notna()], printed_column)
        axes.set(ylabel=label, ylim=(0, None))
    all_axes[-1].set(xlabel="thickness of the membrane (µm)", xlim=(0, None))
    shown = printed[[column for column, _ in _PANELS.values()]].notna().any(axis=1)
    figure.supxlabel(_pairs(printed[shown]), fontsize=7, x=0.02, ha="left")
    figure.legend(*all_axes[0].get_legend_handles_labels(), loc="outside upper left", frameon=False, fontsize=8)
    return figure


def _published(axes: Axes, rows: pd.DataFrame, column: str) -> None:
    low, high, value = (rows[name].astype(float) for name in ("thickness_um_low", "thickness_um_high", column))
    middle = (low + high) / 2
    for counted, subset in rows.groupby(rows["reference"].map(_counted()).fillna(UNSTATED), sort=False):
        mark, face = ("o", PAPER) if counted == UNSTATED else ("s", ORANGE)
        at, half, label = subset.index, (high - low) / 2, f"printed: {counted}"
        axes.errorbar(middle[at], value[at], xerr=half[at], fmt=mark, ms=4, c=ORANGE, lw=1, mfc=face, label=label)
    ground = {"fc": PAPER, "ec": "none", "pad": 0.3}
    for number, x, y in zip(rows["reference"], middle, value, strict=True):
        note(axes, f"[{number}]", (x, y), apart=(5, 2), fontsize=7, bbox=ground)


def _counted() -> dict[int, str]:
    """Return what a printed figure counts, by reference, where its paper says more than the review."""
    return {int(reference): counts for (reference,), counts in papers_in_question("energy_counts").items()}


def _pairs(rows: pd.DataFrame) -> str:
    """Return which cell each printed figure is of, a line of it after another."""
    known = [
        f"[{row['reference']}] {'/'.join(part for part in (row['cathode'], row['anode']) if part) or 'cell not stated'}"
        for row in rows.sort_values("reference").to_dict("records")
    ]
    return "\n".join(textwrap.wrap(", ".join(known).replace(" ", "\u00a0").replace(",\u00a0", ", "), 95))
