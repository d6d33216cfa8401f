"""Figures of what a lab measured."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spcse_ml.lab.impedance import TotalResistance
from spcse_ml.reports.plots.style import BLUE, DASHED, ORANGE, panels, titled

AT_INTERCEPT = 8
"""Points of the spectrum that the view of the intercept holds at least."""


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
