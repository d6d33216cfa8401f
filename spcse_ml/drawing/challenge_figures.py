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
    axes.legend(
        frameon=False, fontsize=7, loc="upper center", bbox_to_anchor=(0.4, 1.0 + 0.8 / (len(shown) + 2)), ncols=2
    )
    return figure


def runs_figure(trainings: pd.DataFrame) -> Figure:
    """Return the error of each training by target, oldest first, the champion filled; errors by what was held out."""
    told = trainings.iloc[::-1].reset_index(drop=True)
    figure, axes = blank(3.0)
    for name, colour in zip(TARGETS, ("#0072B2", "#D55E00"), strict=True):
        axes.plot(told.index, told[f"{name}_mae"], "-", c=colour, lw=1, label=f"{name} ({TARGETS[name].error_unit})")
        for is_champion in (False, True):
            some = told[(told["champion"] == "*") == is_champion]
            label = f"{name} ({TARGETS[name].error_unit})" if not is_champion else None
            axes.plot(
                some.index, some[f"{name}_mae"], "o", mfc=colour if is_champion else "white", mec=colour, label=label
            )
    axes.set_xticks(told.index, [str(model)[:15] for model in told["model"]], rotation=30, ha="right", fontsize=7)
    axes.set(ylabel="mean error on what was held out", ylim=(0, None))
    axes.legend(frameon=False, fontsize=8, title="filled: champion", title_fontsize=8)
    return figure
