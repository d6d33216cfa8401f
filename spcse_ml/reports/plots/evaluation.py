"""Figures of the rows and of what was predicted of them: a value goes in, a figure comes out, with units."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spcse_ml.data.dataset import recipe_frame
from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.metrics import CHOSEN
from spcse_ml.evaluation.robustness import RobustnessStudy
from spcse_ml.reports.plots.style import BLUE, DASHED, GREEN, GREY, ORANGE, PALE, PURPLE, blank, by_method, titled
from spcse_ml.schema import Target


def literature_figure(rows: pd.DataFrame) -> Figure:
    """Return retention against the content of polymer that the tables print, by method."""
    figure, axes = blank(3.4)
    rows = rows.reset_index(drop=True)
    content = recipe_frame(rows)[["binder_wt_percent", "template_wt_percent"]].sum(axis=1)
    shown = rows[(content > 0) & rows["retention_percent_low"].notna()]
    by_method(axes, content[shown.index], shown["retention_percent_low"], shown["method"], s=32, linewidths=0.5)
    axes.set(
        xscale="log",
        xlabel="binder plus template, as far as printed (wt%)",
        ylabel="retention σm/σp (%)",
        ylim=(0, 105),
    )
    axes.xaxis.set_major_formatter("{x:g}")
    axes.legend(frameon=False, fontsize=8)
    return figure


def held_out_figure(evaluation: Evaluation) -> Figure:
    """Return what was predicted for each paper while it was held out, with intervals, against what it reported."""
    figure, axes = blank(3.8)
    rows, target = evaluation.predictions.astype({CHOSEN: float, "low": float, "high": float}), evaluation.target
    ends = np.abs(np.vstack([rows[CHOSEN] - rows["low"], rows["high"] - rows[CHOSEN]]))
    axes.errorbar(rows["observed"], rows[CHOSEN], yerr=ends, fmt="o", ms=4, c=BLUE, ecolor=f"{BLUE}55", lw=1)
    widest, top = float(rows["observed"].max()), float(rows[["observed", "high"]].to_numpy().max()) * 1.03
    axes.plot([0, top], [0, top], **DASHED)
    score, coverage = evaluation.scores[CHOSEN], evaluation.coverage
    axes.set(
        xlim=(0, widest * 1.05),
        ylim=(0, top),
        xlabel=f"reported {target.name} ({target.unit})",
        ylabel=f"predicted while held out ({target.unit})",
    )
    subtitle = f"mean error {score.mae:.1f} {target.error_unit}; {coverage.hits} of {coverage.n} inside"
    turn = "in turn" if evaluation.n_folds is None else f"in {evaluation.n_folds} folds"
    titled(axes, f"{evaluation.n_papers} papers held out {turn}: {subtitle}")
    return figure


def estimators_figure(evaluation: Evaluation) -> Figure:
    """Return the mean error of each estimator on papers it had not seen, in the target's unit."""
    scores = dict(sorted(evaluation.scores.items(), key=lambda item: -item[1].mae))
    figure, axes = blank(0.3 * len(scores) + 0.9)
    names = [name.replace("_", " ") for name in scores]
    colours = [BLUE if name == CHOSEN else PALE for name in scores]
    bars = axes.barh(names, [score.mae for score in scores.values()], color=colours)
    axes.bar_label(bars, fmt="%.1f", fontsize=8, padding=2)
    axes.set(xlabel=f"mean absolute error on papers held out ({evaluation.target.error_unit})")
    axes.margins(x=0.12)
    return figure


def split_difficulty_figure(target: Target, study: RobustnessStudy) -> Figure:
    """Return the skill of each estimator as ever larger wholes are held out."""
    names = [f"{split.name}\n({split.n_groups})" for split in study.split_difficulty]
    skills = {name: [split.skill(name) for split in study.split_difficulty] for name in _looks(study)}
    figure = _lines(names, skills, study)
    [axes] = figure.axes
    axes.axhline(0, **DASHED)
    axes.set(ylabel="skill (1 = perfect, 0 = the mean)", xlabel=f"held out together (how many); {target.name}")
    axes.tick_params(axis="x", labelsize=8)
    axes.margins(x=0.08)
    return figure


def curve_figure(target: Target, study: RobustnessStudy) -> Figure:
    """Return the error of each estimator on other papers against the number of papers learnt from."""
    sizes = [point.n_groups for point in study.curve]
    errors = {name: [point.mae[name] for point in study.curve] for name in ("mean", *_looks(study))}
    figure = _lines(sizes, errors, study)
    ylabel = f"mean error on the others ({target.error_unit})"
    figure.axes[0].set(xticks=sizes, xlabel="training papers", ylabel=ylabel, ylim=(0, None))
    return figure


def multiverse_figure(target: Target, study: RobustnessStudy) -> Figure:
    """Return how the error spreads over defensible encodings, with the one in force marked."""
    figure, axes = blank(2.6)
    maes = [mae for _, mae in study.multiverse]
    axes.hist(maes, bins=20, color=PALE)
    axes.axvline(maes[0], c=BLUE, lw=2, label="the encoding in force")
    axes.set(xlabel=f"mean error on papers held out ({target.error_unit})", ylabel=f"encodings of {len(maes)}")
    axes.legend(frameon=False, fontsize=8)
    return figure


def _lines(x: list[Any], series: dict[str, list[float]], study: RobustnessStudy) -> Figure:
    figure, axes = blank(3.2)
    looks = {"mean": {"c": GREY, "ls": "--"}, **_looks(study)}
    for name, values in series.items():
        axes.plot(x, values, label=name.replace("_", " "), **looks[name])
    axes.legend(frameon=False, fontsize=8)
    return figure


def _looks(study: RobustnessStudy) -> dict[str, dict[str, Any]]:
    names = (name for name in dict.fromkeys([study.estimator, *study.split_difficulty[0].mae]) if name != "mean")
    looks = zip(names, (BLUE, ORANGE, GREEN, PURPLE), "os^D", strict=False)
    return {name: {"c": colour, "marker": mark} for name, colour, mark in looks}
