"""Figures of trainings side by side: which predictions moved, and how errors went from run to run."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spcse_ml.drawing.figures import GREY, blank
from spcse_ml.judging.comparison import Comparison
from spcse_ml.literature.schema import TARGETS

MOST_SHOWN = 20


def moves_figure(comparison: Comparison, champion: str, challenger: str) -> Figure:
    """Return the predictions that moved farthest, as arrows from the champion's to the challenger's."""
    shown = comparison.moves.head(MOST_SHOWN).iloc[::-1]
    figure, axes = blank(0.24 * len(shown) + 1.0)
    for place, row in enumerate(shown.itertuples()):
        axes.annotate("", (row.after, place), (row.before, place), arrowprops={"arrowstyle": "->", "color": "#0072B2"})
    axes.plot(shown["before"], np.arange(len(shown)), "o", ms=4, c=GREY, label=champion)
    axes.plot(shown["after"], np.arange(len(shown)), "o", ms=4, c="#0072B2", label=challenger)
    axes.set_yticks(np.arange(len(shown)), list(shown["recipe"]), fontsize=6.5)
    axes.set(xlabel=f"predicted {comparison.target.name} ({comparison.target.unit})")
    figure.legend(*axes.get_legend_handles_labels(), frameon=False, fontsize=7, loc="outside upper center", ncols=2)
    return figure


def runs_figure(trainings: pd.DataFrame) -> Figure:
    """Return the error of each training by target, oldest first, the champion filled; errors on what was held out."""
    told = trainings.iloc[::-1].reset_index(drop=True)
    figure, axes = blank(3.0)
    is_champion = told["champion"] == "*"
    for name, colour in zip(TARGETS, ("#0072B2", "#D55E00"), strict=True):
        errors, label = told[f"{name}_mae"], f"{name} ({TARGETS[name].error_unit})"
        axes.plot(told.index, errors, "o-", c=colour, mfc="white", lw=1, label=label)
        axes.plot(told.index[is_champion], errors[is_champion], "o", c=colour)
    axes.set_xticks(told.index, [str(model)[:15] for model in told["model"]], rotation=30, ha="right", fontsize=7)
    axes.set(ylabel="mean error on what was held out", ylim=(0, None))
    axes.legend(frameon=False, fontsize=8, title="filled: champion", title_fontsize=8)
    return figure
