"""Figures of what a lab measured, and of trainings side by side."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spcse_ml.evaluation.comparison import Comparison
from spcse_ml.lab.impedance import TotalResistance
from spcse_ml.reports.plots.style import BLUE, DASHED, GREY, ORANGE, blank, named, panels, titled
from spcse_ml.schema import TARGETS

AT_INTERCEPT = 8
"""Points of the spectrum that the view of the intercept holds at least."""
MOST_SHOWN = 20
"""Predictions that are drawn of those that moved."""


def spectrum_figure(fit: TotalResistance) -> Figure:
    """Return a measured impedance spectrum with its fit, whole and near the total resistance, for the eye."""
    figure, [whole, near] = panels(2.9, 1, 2)
    _draw(whole, fit, "all frequencies")
    _draw(near, fit, "near the intercept")
    whole.set(xlim=(0, None), ylim=(0, None))
    side, lowest = _intercept_view(fit)
    near.set(xlim=(0, side), ylim=(lowest, side), aspect="equal")
    figure.legend(handles=whole.get_lines(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure


def _draw(axes: Axes, fit: TotalResistance, title: str) -> None:
    real, imag = fit.spectrum["z_real_ohm"], -fit.spectrum["z_imag_ohm"]
    axes.plot(real, imag, "o", mfc="none", c=BLUE, ms=4, label="measured")
    axes.plot(fit.fitted.real, -fit.fitted.imag, c=ORANGE, lw=1, label="fitted")
    axes.axvline(fit.resistance_ohm, label=f"total {fit.resistance_ohm:.3g} ± {fit.error_ohm:.2g} ohm", **DASHED)
    axes.set(xlabel="Z' (ohm)", ylabel="-Z'' (ohm)")
    titled(axes, title)


def _intercept_view(fit: TotalResistance) -> tuple[float, float]:
    """Return the side of a square from the origin that shows the intercept, and how far below zero points lie in it."""
    real, imag = fit.spectrum["z_real_ohm"].to_numpy(), -fit.spectrum["z_imag_ohm"].to_numpy()
    nearest = np.sort(np.maximum(real, np.abs(imag)))[:AT_INTERCEPT]
    side = max(2 * fit.resistance_ohm, 1.1 * float(nearest[-1]))
    inside = imag[(real <= side) & (np.abs(imag) <= side)]
    return side, min(0.0, 1.1 * float(inside.min()))


def moves_figure(comparison: Comparison, champion: str, challenger: str) -> Figure:
    """Return the predictions that moved farthest, as arrows from the champion's to the challenger's."""
    shown = comparison.moves.head(MOST_SHOWN).iloc[::-1]
    figure, axes = blank(0.24 * len(shown) + 1.0)
    for place, row in enumerate(shown.itertuples()):
        axes.annotate("", (row.after, place), (row.before, place), arrowprops={"arrowstyle": "->", "color": BLUE})
    for column, colour, name in (("before", GREY, champion), ("after", BLUE, challenger)):
        axes.plot(shown[column], np.arange(len(shown)), "o", ms=4, c=colour, label=name)
    named(axes, list(shown["recipe"]), size=6.5)
    axes.set(xlabel=f"predicted {comparison.target.name} ({comparison.target.unit})")
    figure.legend(*axes.get_legend_handles_labels(), frameon=False, fontsize=7, loc="outside upper center", ncols=2)
    return figure


def runs_figure(trainings: pd.DataFrame) -> Figure:
    """Return the error of each training by target, oldest first, the champion filled; errors on what was held out."""
    rows = trainings.iloc[::-1].reset_index(drop=True)
    figure, axes = blank(3.0)
    is_champion = rows["champion"] == "*"
    for name, colour in zip(TARGETS, (BLUE, ORANGE), strict=True):
        errors, label = rows[f"{name}_mae"], f"{name} ({TARGETS[name].error_unit})"
        axes.plot(rows.index, errors, "o-", c=colour, mfc="white", lw=1, label=label)
        axes.plot(rows.index[is_champion], errors[is_champion], "o", c=colour)
    axes.set_xticks(rows.index, [str(model)[:15] for model in rows["model"]], rotation=30, ha="right", fontsize=7)
    axes.set(ylabel="mean error on what was held out", ylim=(0, None))
    axes.legend(frameon=False, fontsize=8, title="filled: champion", title_fontsize=8)
    return figure
