"""A value goes in, a figure comes out; every axis has its unit.

Colours are those of Okabe and Ito, "Color Universal Design" (2008), safe for colour-blind readers.
"""

import io
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spcse_ml.judging.evaluation import CHOSEN, Evaluation
from spcse_ml.judging.scrutiny import Scrutiny
from spcse_ml.literature.dataset import recipe_frame
from spcse_ml.literature.schema import Method, Target

METHOD_COLOURS = {Method.SLURRY.value: "#0072B2", Method.DRY.value: "#D55E00", Method.SKELETON.value: "#009E73"}
METHOD_MARKS = {Method.SLURRY.value: "o", Method.DRY.value: "s", Method.SKELETON.value: "^"}
GREY = "#777777"
WIDTH_IN = 140 / 25.4
"""A column and a half of a journal page, 140 mm."""


def literature_figure(rows: pd.DataFrame) -> Figure:
    """Return retention against the content of polymer that the tables print, by method."""
    figure, axes = blank(3.4)
    rows = rows.reset_index(drop=True)
    content = recipe_frame(rows)[["binder_wt_percent", "template_wt_percent"]].sum(axis=1)
    shown = rows[(content > 0) & rows["retention_percent_low"].notna()]
    for method, group in shown.groupby("method"):
        axes.scatter(
            content[group.index], group["retention_percent_low"].astype(float), label=str(method),
            c=METHOD_COLOURS[str(method)], marker=METHOD_MARKS[str(method)], s=32, edgecolors="white", linewidths=0.5,
        )  # fmt: skip
    axes.set(
        xscale="log", xlabel="binder plus template, as far as printed (wt%)", ylabel="retention σm/σp (%)",
        ylim=(0, 105),
    )  # fmt: skip
    axes.xaxis.set_major_formatter("{x:g}")
    axes.legend(frameon=False, fontsize=8)
    return figure


def held_out_figure(evaluation: Evaluation) -> Figure:
    """Return what was predicted for each paper while it was held out, with intervals, against what it reported."""
    figure, axes = blank(3.8)
    rows = evaluation.predictions
    observed, value = rows["observed"].to_numpy(dtype=float), rows[CHOSEN].to_numpy(dtype=float)
    ends = np.abs(np.vstack([value - rows["low"].to_numpy(dtype=float), rows["high"].to_numpy(dtype=float) - value]))
    axes.errorbar(observed, value, yerr=ends, fmt="o", ms=4, c="#0072B2", ecolor="#0072B255", lw=1)
    top = float(max(observed.max(), rows["high"].max())) * 1.03
    axes.plot([0, top], [0, top], c=GREY, lw=1, ls="--")
    score, coverage = evaluation.scores[CHOSEN], evaluation.coverage
    unit, points = evaluation.target.unit, evaluation.target.error_unit
    axes.set(
        xlim=(0, float(observed.max()) * 1.05), ylim=(0, top), xlabel=f"reported {evaluation.target.name} ({unit})",
        ylabel=f"predicted while held out ({unit})",
        title=f"{evaluation.n_papers} papers held out in turn: mean error {score.mae:.1f} {points}; "
        f"{coverage.hits} of {coverage.n} inside",
    )  # fmt: skip
    axes.title.set_fontsize(9)
    return figure


def estimators_figure(evaluation: Evaluation) -> Figure:
    """Return the mean error of each estimator on papers it had not seen, in the target's unit."""
    scores = dict(sorted(evaluation.scores.items(), key=lambda item: -item[1].mae))
    figure, axes = blank(0.3 * len(scores) + 0.9)
    names = [name.replace("_", " ") for name in scores]
    colours = ["#0072B2" if name == CHOSEN else "#BBBBBB" for name in scores]
    bars = axes.barh(names, [score.mae for score in scores.values()], color=colours)
    axes.bar_label(bars, fmt="%.1f", fontsize=8, padding=2)
    axes.set(xlabel=f"mean absolute error on papers held out ({evaluation.target.error_unit})")
    axes.margins(x=0.12)
    return figure


def ladder_figure(target: Target, scrutiny: Scrutiny) -> Figure:
    """Return the skill of each estimator as ever larger wholes are held out."""
    figure, axes = blank(3.2)
    names = [f"{rung.name}\n({rung.n_groups})" for rung in scrutiny.ladder]
    for name, style in _styles(scrutiny).items():
        axes.plot(names, [rung.skill(name) for rung in scrutiny.ladder], **style)
    axes.axhline(0, c=GREY, lw=1, ls="--")
    axes.set(ylabel="skill (1 = perfect, 0 = the mean)", xlabel=f"held out together (how many); {target.name}")
    axes.tick_params(axis="x", labelsize=8)
    axes.margins(x=0.08)
    axes.legend(frameon=False, fontsize=8)
    return figure


def curve_figure(target: Target, scrutiny: Scrutiny) -> Figure:
    """Return the error of each estimator on other papers against the number of papers learnt from."""
    figure, axes = blank(3.2)
    sizes = [rung.n_groups for rung in scrutiny.curve]
    for name, style in {"mean": {"c": GREY, "ls": "--", "label": "mean"}, **_styles(scrutiny)}.items():
        axes.plot(sizes, [rung.mae[name] for rung in scrutiny.curve], **style)
    axes.set(
        xticks=sizes,
        xlabel="papers learnt from",
        ylabel=f"mean error on the others ({target.error_unit})",
        ylim=(0, None),
    )
    axes.legend(frameon=False, fontsize=8)
    return figure


def multiverse_figure(target: Target, scrutiny: Scrutiny) -> Figure:
    """Return how the error spreads over defensible encodings, with the one in force marked."""
    figure, axes = blank(2.6)
    maes = [mae for _, mae in scrutiny.multiverse]
    axes.hist(maes, bins=20, color="#BBBBBB")
    axes.axvline(maes[0], c="#0072B2", lw=2, label="the encoding in force")
    axes.set(xlabel=f"mean error on papers held out ({target.error_unit})", ylabel=f"encodings of {len(maes)}")
    axes.legend(frameon=False, fontsize=8)
    return figure


def _styles(scrutiny: Scrutiny) -> dict[str, dict[str, Any]]:
    colours, marks = ("#0072B2", "#D55E00", "#009E73", "#CC79A7"), "os^D"
    names = dict.fromkeys([scrutiny.estimator, *scrutiny.ladder[0].mae])
    return {
        name: {"c": colour, "marker": mark, "label": name.replace("_", " ")}
        for name, colour, mark in zip((name for name in names if name != "mean"), colours, marks, strict=False)
    }


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG image of 200 dots per inch."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=200)
    return buffer.getvalue()


def svg(figure: Figure) -> bytes:
    """Return a figure as an SVG image, the same for the same figure, its text as text."""
    buffer = io.BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "spcse_ml"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def blank(height_in: float) -> tuple[Figure, Axes]:
    """Return an empty figure of the width of all, with one pair of axes."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
