"""Figures of what a prediction is made of, what matters and what if: a value goes in, a figure comes out."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spcse_ml.drawing.figures import GREY, METHOD_COLOURS, METHOD_MARKS, blank
from spcse_ml.judging.curves import Curve
from spcse_ml.judging.directions import Finding
from spcse_ml.judging.explanation import NOT_APPLICABLE, PLAYERS, Explanation, in_words
from spcse_ml.judging.importance import Ranked
from spcse_ml.judging.why import Why

COSTS, HELPS, BLUE = "#D55E00", "#0072B2", "#0072B2"
DOMAIN_COLOURS = {"inside": "#0072B2", "edge": "#56B4E9", "outside": "#D55E00"}
LOCAL_FIGURES = ("waterfall", "binder_wt_percent", "template_wt_percent", "solvent")
"""Names of the figures of one recipe, of which it has some."""
_APART = {NOT_APPLICABLE: 0.015, "not reported": 0.05}
_APART_WORDS = {0.015: "no\nbinder", 0.05: "not\nreported"}
"""Where contents that are no number stand on a logarithmic axis."""


def importance_figure(explanation: Explanation, ranked: Sequence[Ranked] = ()) -> Figure:
    """Return the mean absolute Shapley value of each player, with its interval over papers where one was worked out."""
    importance = explanation.importance[::-1]
    figure, axes = blank(0.42 * len(importance) + 0.9)
    axes.barh(list(importance.index), importance.to_numpy(), color="#BBD6E8")
    for one in ranked:
        axes.plot([one.low, one.high], [one.player] * 2, c=BLUE, lw=1.5)
        ranks = f"rank {one.rank_low}" if one.rank_low == one.rank_high else f"ranks {one.rank_low} to {one.rank_high}"
        axes.annotate(ranks, (one.high, one.player), xytext=(4, -3), textcoords="offset points", fontsize=8)
    axes.plot(importance.to_numpy(), list(importance.index), "o", c=BLUE, ms=5)
    axes.set(
        xlabel=f"mean |contribution| to {explanation.target.name} ({explanation.target.error_unit})", xlim=(0, None)
    )
    axes.margins(x=0.2)
    return figure


def beeswarm_figure(explanation: Explanation) -> Figure:
    """Return the contribution of each player to each recipe, coloured by method."""
    order = list(explanation.importance.index[::-1])
    figure, axes = blank(0.55 * len(order) + 1.2)
    methods = explanation.recipes["method"].to_numpy()
    for level, player in enumerate(order):
        values = explanation.contributions[player].to_numpy()
        heights = level + _spread(values)
        for method, colour in METHOD_COLOURS.items():
            some = methods == method
            axes.scatter(
                values[some], heights[some], c=colour, marker=METHOD_MARKS[method], s=16, edgecolors="white",
                linewidths=0.4, label=method if level == 0 else None,
            )  # fmt: skip
    axes.axvline(0, c=GREY, lw=1)
    axes.set(
        yticks=range(len(order)), yticklabels=order,
        xlabel=f"contribution to {explanation.target.name} ({explanation.target.error_unit})",
    )  # fmt: skip
    figure.legend(frameon=False, fontsize=8, ncols=3, loc="outside lower center")
    return figure


def dependence_figure(explanation: Explanation, player: str, unseen: pd.DataFrame | None = None) -> Figure:
    """Return the contribution of one player against what the recipes hold of it.

    Filled: the model of all papers; open: what a model said that had not seen the paper, where `unseen` has it.
    """
    held = [in_words(recipe)[player] for recipe in explanation.recipes.to_dict("records")]
    is_number = player == "binder content"
    where = _log_places(held) if is_number else _category_places(held, explanation.contributions[player])
    figure, axes = blank(3.2 if is_number else 0.24 * len(set(held)) + 1.3)
    series = [("all papers", explanation.contributions[player], BLUE)]
    series += [("paper unseen", unseen[player], "none")] if unseen is not None else []
    for label, values, face in series:
        numbers = values.to_numpy()
        ends = (where, numbers) if is_number else (numbers, where)
        axes.scatter(ends[0], ends[1], facecolors=face, edgecolors=BLUE, s=18, linewidths=0.8, label=label)
    told = f"contribution to {explanation.target.name} ({explanation.target.error_unit})"
    if is_number:
        axes.axhline(0, c=GREY, lw=1)
        ticks = [*sorted(set(where) & set(_APART_WORDS)), 0.2, 1, 5, 20, 90]
        labels = [_APART_WORDS.get(tick, f"{tick:g}") for tick in ticks]
        axes.set(xscale="log", xlabel="binder content (wt%)", ylabel=told)
        axes.set_xticks(ticks, labels, fontsize=8)
        axes.minorticks_off()
    else:
        axes.axvline(0, c=GREY, lw=1)
        axes.set(yticks=sorted(set(where)), xlabel=told)
        axes.set_yticklabels([name for _, name in sorted(set(zip(where, held, strict=True)))], fontsize=8)
    axes.legend(frameon=False, fontsize=8)
    return figure


def waterfall_figure(explanation: Explanation, row: int = 0, *, title: str = "") -> Figure:
    """Return how one prediction is reached from the mean prediction, one step per player and what it holds."""
    values = explanation.contributions.iloc[row]
    order = values.abs().sort_values().index
    held = in_words(explanation.recipes.iloc[row].to_dict())
    start, figure_height = float(explanation.base_values[row]), 0.45 * len(values) + 1.3
    figure, axes = blank(figure_height)
    for level, player in enumerate(order):
        step = float(values[player])
        axes.barh(level, step, left=start, color=HELPS if step >= 0 else COSTS, height=0.6)
        axes.annotate(
            f"{step:+.1f}", (max(start, start + step), level), xytext=(4, -3), textcoords="offset points", fontsize=8
        )
        start += step
        axes.plot([start, start], [level + 0.3, level + 0.7], c=GREY, lw=0.8)
    unit = explanation.target.unit
    axes.axvline(explanation.base_values[row], c=GREY, lw=1, ls="--")
    axes.axvline(start, c="black", lw=1)
    axes.set(
        yticks=range(len(order)), yticklabels=[f"{player}\n{held[player]}" for player in order], title=title,
        xlabel=f"{explanation.target.name} ({unit})\nfrom the mean of all recipes, "
        f"{explanation.base_values[row]:.3g} (dashed), to {start:.3g}",
    )  # fmt: skip
    axes.tick_params(axis="y", labelsize=8)
    axes.title.set_fontsize(9)
    axes.use_sticky_edges = False
    axes.margins(x=0.12)
    return figure


def content_figure(curve: Curve) -> Figure:
    """Return predictions against a content, with the interval band and the published membranes of the same method."""
    figure, axes = blank(3.4)
    told, published, x = curve.answers, curve.published, curve.answers[curve.column].to_numpy(dtype=float)
    axes.fill_between(x, told["low"], told["high"], color="#0072B2", alpha=0.15, lw=0, label="90 % interval")
    axes.plot(x, told[curve.target.column], c=BLUE, lw=1.5, label="predicted")
    outside = told["domain"] == "outside"
    axes.plot(x[outside], told[curve.target.column][outside], "x", c=COSTS, ms=4, label="outside what rows hold")
    thing = curve.column.removesuffix("_wt_percent")
    for is_alike, face, label in ((True, "black", f"published, same {thing}"), (False, "none", f"another {thing}")):
        some = published[published["is_alike"] == is_alike]
        axes.scatter(some[curve.column], some["observed"], facecolors=face, edgecolors="black", s=18, label=label)
    if curve.given is not None:
        axes.axvline(curve.given, c=GREY, lw=1, ls="--")
    axes.set(
        xscale="log", xlabel=f"{curve.column.split('_')[0]} content (wt%)", ylim=(0, None),
        ylabel=f"{curve.target.name} ({curve.target.unit})",
    )  # fmt: skip
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_title(curve.recipe, fontsize=8)
    figure.legend(frameon=False, fontsize=7, ncols=3, loc="outside lower center")
    return figure


def solvent_figure(curve: Curve) -> Figure:
    """Return predictions from each named solvent, by donor number; their other properties move too."""
    told, published = curve.answers, curve.published
    names = list(told[curve.column])
    figure, axes = blank(0.17 * len(names) + 1.2)
    places = np.arange(len(names))
    axes.hlines(places, told["low"], told["high"], color="#0072B2", alpha=0.3, lw=3)
    for domain, colour in DOMAIN_COLOURS.items():
        some = (told["domain"] == domain).to_numpy()
        axes.scatter(told[curve.target.column][some], places[some], c=colour, s=16, zorder=3, label=domain)
    known = published[published[curve.column].isin(names)]
    axes.scatter(known["observed"], [names.index(name) for name in known[curve.column]], facecolors="none",
                 edgecolors="black", s=22, zorder=4, label="published, same method")  # fmt: skip
    labels = [f"{name} ({donor:g})" for name, donor in zip(names, told["donor_number_kcal_mol"], strict=True)]
    axes.set(
        yticks=places, xlabel=f"{curve.target.name} ({curve.target.unit}), bar: 90 % interval", xlim=(0, None),
        ylabel="solvent (donor number, kcal/mol)", ylim=(-1, len(names)),
    )  # fmt: skip
    marks = ["> " if is_given else "" for is_given in told["is_given"]]
    axes.set_yticklabels([mark + label for mark, label in zip(marks, labels, strict=True)], fontsize=7)
    axes.set_title(curve.recipe, fontsize=8)
    figure.legend(frameon=False, fontsize=8, ncols=4, loc="outside lower center")
    return figure


def findings_figure(findings: Sequence[Finding]) -> Figure:
    """Return the change that the unconstrained witness sees in each direction, with its interval over papers."""
    figure, axes = blank(0.5 * len(findings) + 0.9)
    for level, one in enumerate(reversed(findings)):
        colour = {"agrees": BLUE, "disagrees": COSTS}.get(one.answer, GREY)
        axes.plot([one.low, one.high], [level, level], c=colour, lw=2)
        axes.plot(one.change, level, "o", c=colour, ms=6)
        axes.annotate(
            one.answer, (one.change, level), xytext=(0, 7), textcoords="offset points", fontsize=8, ha="center"
        )
    axes.axvline(0, c=GREY, lw=1, ls="--")
    expected = {1: "expected to help", -1: "expected to cost"}
    axes.set(
        yticks=range(len(findings)), xlabel="change of the predicted retention (points)\nbar: 95 % over papers",
        yticklabels=[f"{one.name}\n({expected[one.expected]})" for one in reversed(findings)],
    )  # fmt: skip
    axes.tick_params(axis="y", labelsize=8)
    axes.margins(x=0.2)
    return figure


def why_figures(found: Why) -> dict[str, Figure]:
    """Return the figures of what matters, by name: importance, beeswarm, a dependence per player, and the chemistry."""
    explanation, scrutiny = found.explanation, found.scrutiny
    drawn = {
        "importance": importance_figure(explanation, scrutiny.importance if scrutiny else ()),
        "beeswarm": beeswarm_figure(explanation),
        **{
            f"dependence_{player.replace(' ', '_')}": dependence_figure(explanation, player, found.unseen)
            for player in PLAYERS
        },
    }
    if scrutiny and scrutiny.findings:
        drawn["chemistry"] = findings_figure(scrutiny.findings)
    return {f"{explanation.target.name}_{name}": figure for name, figure in drawn.items()}


def local_figures(explanation: Explanation, curves: Sequence[Curve]) -> dict[str, Figure]:
    """Return the figures of one recipe, by name: the waterfall, and what if its content or its solvent were another."""
    drawn = {f"{explanation.target.name}_waterfall": waterfall_figure(explanation, title=curves[0].recipe)}
    for curve in curves:
        draw = solvent_figure if curve.column == "solvent" else content_figure
        drawn[f"{explanation.target.name}_{curve.column}"] = draw(curve)
    return drawn


def _spread(values: np.ndarray, height: float = 0.32) -> np.ndarray:
    """Return offsets that keep dots of like value apart: each is laid beside those before it in its bin."""
    width = max(float(np.ptp(values)) / 40, 1e-9)
    bins = np.round(values / width)
    turn = pd.Series(bins).groupby(bins).cumcount().to_numpy()
    side = np.where(turn % 2 == 0, turn // 2, -(turn // 2) - 1)
    return np.asarray(side * min(0.09, height / max(float(np.abs(side).max()), 1)))


def _log_places(held: list[str]) -> list[float]:
    return [_APART[text] if text in _APART else float(text.removesuffix(" wt%")) for text in held]


def _category_places(held: list[str], values: pd.Series) -> list[float]:
    means = pd.Series(values.to_numpy()).groupby(held).mean().sort_values()
    places = {name: float(place) for place, name in enumerate(means.index)}
    return [places[text] for text in held]
