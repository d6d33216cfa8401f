"""Figures of what a lab measured."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spcse_ml.drawing.figures import GREY, WIDTH_IN
from spcse_ml.laboratory.impedance import Bulk

AT_INTERCEPT = 8
"""Points of the spectrum that the view of the intercept holds at least."""


def spectrum_figure(bulk: Bulk) -> Figure:
    """Return a measured impedance spectrum with its fit, whole and near the bulk intercept, for the eye."""
    figure = Figure(figsize=(WIDTH_IN, 2.9), layout="constrained")
    whole, near = figure.subplots(1, 2)
    for axes in (whole, near):
        _draw(axes, bulk)
    whole.set(xlim=(0, None), ylim=(0, None))
    whole.set_title("all frequencies", fontsize=9)
    side, lowest = _intercept_view(bulk)
    near.set(xlim=(0, side), ylim=(lowest, side), aspect="equal")
    near.set_title("near the intercept", fontsize=9)
    figure.legend(handles=whole.get_lines(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure


def _draw(axes: Axes, bulk: Bulk) -> None:
    axes.plot(
        bulk.spectrum["z_real_ohm"], -bulk.spectrum["z_imag_ohm"], "o", mfc="none", c="#0072B2", ms=4, label="measured"
    )
    axes.plot(bulk.fitted.real, -bulk.fitted.imag, c="#D55E00", lw=1, label="fitted")
    told = f"bulk {bulk.resistance_ohm:.3g} ± {bulk.error_ohm:.2g} ohm"
    axes.axvline(bulk.resistance_ohm, c=GREY, lw=1, ls="--", label=told)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set(xlabel="Z' (ohm)", ylabel="-Z'' (ohm)")


def _intercept_view(bulk: Bulk) -> tuple[float, float]:
    """Return the side of a square from the origin that shows the intercept, and how far below zero points lie in it."""
    real, imag = bulk.spectrum["z_real_ohm"].to_numpy(), -bulk.spectrum["z_imag_ohm"].to_numpy()
    nearest = np.sort(np.maximum(real, np.abs(imag)))[:AT_INTERCEPT]
    side = max(2 * bulk.resistance_ohm, 1.1 * float(nearest[-1]))
    inside = imag[(real <= side) & (np.abs(imag) <= side)]
    return side, min(0.0, 1.1 * float(inside.min()))
