"""Figures of what a lab measured."""

from matplotlib.figure import Figure

from spcse_ml.drawing.figures import GREY, blank
from spcse_ml.laboratory.impedance import Bulk


def spectrum_figure(bulk: Bulk) -> Figure:
    """Return a measured impedance spectrum with the fit and its bulk intercept, for the eye."""
    figure, axes = blank(3.4)
    axes.plot(
        bulk.spectrum["z_real_ohm"], -bulk.spectrum["z_imag_ohm"], "o", mfc="none", c="#0072B2", ms=4, label="measured"
    )
    axes.plot(bulk.fitted.real, -bulk.fitted.imag, c="#D55E00", lw=1, label="fitted")
    axes.axvline(bulk.resistance_ohm, c=GREY, lw=1, ls="--", label=f"bulk {bulk.resistance_ohm:.3g} ohm")
    axes.set(xlabel="Z' (ohm)", ylabel="-Z'' (ohm)", xlim=(0, None), ylim=(0, None))
    axes.legend(frameon=False, fontsize=8)
    return figure
