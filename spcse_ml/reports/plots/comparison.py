"""Figures of two models compared, and of trainings side by side."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spcse_ml.evaluation.comparison import Comparison
from spcse_ml.reports.plots.style import BLUE, DASHED, GREY, blank, named
from spcse_ml.schema import Target

MOST_SHOWN = 20
"""Predictions that are drawn of those that moved."""


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


def runs_figure(rows: pd.DataFrame, target: Target) -> Figure:
    """Return the gain of each training over the champion with its interval, the least error on top.

    Args:
        rows: of `workflows.runs.target_runs`.
        target: whose errors they are.
    """
    shown = rows.head(MOST_SHOWN).iloc[::-1].reset_index(drop=True)
    figure, axes = blank(0.3 * len(shown) + 1.1)
    axes.axvline(0, **DASHED)
    for place, (gain, is_champion) in enumerate(zip(shown["gain"], shown["is_champion"], strict=True)):
        if is_champion:
            axes.plot(0, place, "o", c=GREY)
        elif gain is not None:
            axes.plot([gain.low, gain.high], [place, place], c=BLUE, lw=1.5)
            axes.plot(gain.mean, place, "o", c=BLUE)
    named(axes, [f"{row.model} ({row.mae:.1f})" for row in shown.itertuples()])
    axes.set(xlabel=f"gain over the champion in {target.name} ({target.error_unit}); in brackets: MAE")
    axes.margins(x=0.1)
    return figure
