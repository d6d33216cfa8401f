"""Figures of two models compared, and of trainings side by side."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spcse_ml.evaluation.comparison import Comparison
from spcse_ml.reports.plots.style import BLUE, GREY, ORANGE, blank, named
from spcse_ml.schema import TARGETS

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
