"""What a thinner membrane is worth in a cell, beside what the review prints for whole cells."""

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spcse_ml.drawing.figures import GREY, WIDTH_IN

COUNTED = {62: "cell level, says the paper's title (DOI 10.1021/acsenergylett.9b00430)"}
"""What a printed figure counts, by reference. The review says of all that they are of full cells and no more."""
NOT_TOLD = "full cells, says the review; what it counts is not told"
_BLUE, _ORANGE = "#0072B2", "#D55E00"
_PANELS = {
    "wh_kg": ("energy_density_wh_kg", "specific energy (Wh/kg)"),
    "wh_l": ("energy_density_wh_l", "energy density (Wh/L)"),
}


def thickness_figure(curve: pd.DataFrame, printed: pd.DataFrame, *, name: str, thickness_um: float) -> Figure:
    """Return both energy densities of a stated cell against the membrane's thickness, with the review's figures.

    `curve` is that of `energy_against_thickness`, `printed` the rows of the literature, `name` says what cell it is.
    """
    figure = Figure(figsize=(WIDTH_IN, 6.0), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    for axes, (column, (printed_column, label)) in zip(panels, _PANELS.items(), strict=True):
        axes.spines[["top", "right"]].set_visible(False)
        axes.plot(curve["thickness_um"], curve[column], c=_BLUE, lw=1.5, label=f"computed: {name}")
        axes.axvline(thickness_um, c=GREY, lw=1, ls="--", label=f"this membrane, {thickness_um:g} µm")
        _published(axes, printed[printed[printed_column].notna()], printed_column)
        axes.set(ylabel=label, ylim=(0, None))
    panels[-1].set(xlabel="thickness of the membrane (µm)", xlim=(0, None))
    shown = printed[[column for column, _ in _PANELS.values()]].notna().any(axis=1)
    figure.supxlabel(_pairs(printed[shown]), fontsize=7, x=0.02, ha="left")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", frameon=False, fontsize=8, ncols=1)
    return figure


def _published(axes: Axes, rows: pd.DataFrame, column: str) -> None:
    seen = set()
    for row in rows.to_dict("records"):
        counted = COUNTED.get(row["reference"])
        label = f"printed: {counted or NOT_TOLD}"
        low, high, value = row["thickness_um_low"], row["thickness_um_high"], row[column]
        axes.errorbar(
            (low + high) / 2, value, xerr=(high - low) / 2, fmt="s" if counted else "o", ms=4, c=_ORANGE, lw=1,
            mfc=_ORANGE if counted else "white", label=None if label in seen else label,
        )  # fmt: skip
        seen.add(label)
        axes.annotate(
            f"[{row['reference']}]",
            ((low + high) / 2, value),
            xytext=(5, 2),
            fontsize=7,
            textcoords="offset points",
            bbox={"fc": "white", "ec": "none", "pad": 0.3},
        )


def _pairs(rows: pd.DataFrame) -> str:
    """Return which cell each printed figure is of, a line of it after another."""
    known = [
        f"[{row['reference']}] {'/'.join(part for part in (row['cathode'], row['anode']) if part) or 'cell not told'}"
        for row in rows.sort_values("reference").to_dict("records")
    ]
    return "\n".join(textwrap.wrap(", ".join(known).replace(" ", "\u00a0").replace(",\u00a0", ", "), 95))
