"""Figures of what a prediction is made of, what matters and what if: a value goes in, a figure comes out."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spcse_ml.evaluation.robustness import Finding, Ranked
from spcse_ml.explanation.features import FeatureExplanation
from spcse_ml.explanation.shapley import PLAYERS, Explanation
from spcse_ml.explanation.summary import ExplanationSummary
from spcse_ml.explanation.what_if import Curve
from spcse_ml.reports.messages.explanation import parts_text
from spcse_ml.reports.plots.style import (
    BLUE,
    DASHED,
    FAINT,
    GREY,
    INK,
    ORANGE,
    SKY,
    blank,
    by_method,
    named,
    note,
    titled,
)
from spcse_ml.schema import Target

DOMAIN_COLOURS = {"inside": BLUE, "edge": SKY, "outside": ORANGE}
LOCAL_FIGURES = ("waterfall", "binder_wt_percent", "template_wt_percent", "solvent")
"""Names of the figures of one recipe, of which it has some."""
_NO_BINDER, _NOT_REPORTED = 0.015, 0.05
"""Where recipes without a content stand on a logarithmic axis."""


def importance_figure(explanation: Explanation, ranked: Sequence[Ranked] = ()) -> Figure:
    """Return the mean absolute Shapley value of each player, with its interval over papers where one was worked out."""
    importance = explanation.importance[::-1]
    figure, axes = blank(0.42 * len(importance) + 0.9)
    axes.barh(list(importance.index), importance.to_numpy(), color=FAINT)
    for ranking in ranked:
        axes.plot([ranking.low, ranking.high], [ranking.player] * 2, c=BLUE, lw=1.5)
        ranks = (
            f"rank {ranking.rank_low}"
            if ranking.rank_low == ranking.rank_high
            else f"ranks {ranking.rank_low} to {ranking.rank_high}"
        )
        note(axes, ranks, (ranking.high, ranking.player))
    axes.plot(importance.to_numpy(), list(importance.index), "o", c=BLUE, ms=5)
    target = explanation.target
    axes.set(xlabel=f"mean |contribution| to {target.name} ({target.error_unit})", xlim=(0, None))
    axes.margins(x=0.2)
    return figure


def beeswarm_figure(explanation: Explanation) -> Figure:
    """Return the contribution of each player to each recipe, coloured by method."""
    order = list(explanation.importance.index[::-1])
    figure, axes = blank(0.55 * len(order) + 1.2)
    values = explanation.contributions[order]
    heights = np.concatenate([level + _spread(values[player].to_numpy()) for level, player in enumerate(order)])
    methods = np.tile(explanation.recipes["method"], len(order))
    by_method(axes, values.to_numpy().ravel("F"), heights, methods, s=16, linewidths=0.4)
    axes.axvline(0, c=GREY, lw=1)
    named(axes, order, size=10)
    axes.set(xlabel=_contribution(explanation))
    figure.legend(frameon=False, fontsize=8, ncols=3, loc="outside lower center")
    return figure


MOST_FEATURES = 12
"""Features that are drawn of a tree model, those with the largest contributions."""


def features_figure(explanation: FeatureExplanation, target: Target) -> Figure:
    """Return the contribution of each feature of a tree model to each training membrane, dark where its value is high.

    Args:
        explanation: as `explain_features` returns it.
        target: whose unit the contributions have.
    """
    means = explanation.contributions.abs().mean().sort_values(kind="stable")
    order = list(means[means > 0].index[-MOST_FEATURES:])
    figure, axes = blank(0.36 * len(order) + 1.0)
    for level, name in enumerate(order):
        values, numbers = explanation.contributions[name].to_numpy(), explanation.features[name].astype(float)
        is_blank = numbers.isna().to_numpy()
        heights = level + _spread(values)
        ranks = numbers.rank(method="dense").to_numpy() - 1.0
        ranks /= max(np.nanmax(ranks), 1.0)
        axes.scatter(values[is_blank], heights[is_blank], s=14, facecolors="none", edgecolors=GREY, linewidths=0.6)
        axes.scatter(values[~is_blank], heights[~is_blank], c=ranks[~is_blank], cmap="cividis_r", s=14, vmin=0, vmax=1)
    axes.axvline(0, c=GREY, lw=1)
    named(axes, order)
    axes.set(xlabel=f"contribution to {target.name} ({target.error_unit})\ndark: high value; ring: blank")
    return figure


def dependence_figure(explanation: Explanation, player: str, unseen: pd.DataFrame | None = None) -> Figure:
    """Return the contribution of one player against what the recipes hold of it.

    Filled: the model of all papers; open: what a model said that had not seen the paper, where `unseen` has it.
    """
    held = [parts_text(recipe)[player] for recipe in explanation.recipes.to_dict("records")]
    is_number = player == "binder content"
    where = _log_places(explanation.recipes) if is_number else _category_places(held, explanation.contributions[player])
    figure, axes = blank(3.2 if is_number else 0.24 * len(set(held)) + 1.3)
    for label, contributions, face in (
        ("all papers", explanation.contributions, BLUE),
        ("paper unseen", unseen, "none"),
    ):
        if contributions is not None:
            x, y = (where, contributions[player]) if is_number else (contributions[player], where)
            axes.scatter(x, y, facecolors=face, edgecolors=BLUE, s=18, linewidths=0.8, label=label)
    if is_number:
        axes.axhline(0, c=GREY, lw=1)
        apart = {_NO_BINDER: "no\nbinder", _NOT_REPORTED: "not\nreported"}
        ticks = {**{place: words for place, words in apart.items() if place in where},
                 **{content: f"{content:g}" for content in (0.2, 1, 5, 20, 90)}}  # fmt: skip
        axes.set(xscale="log", xlabel="binder content (wt%)", ylabel=_contribution(explanation))
        axes.set_xticks(list(ticks), list(ticks.values()), fontsize=8)
        axes.minorticks_off()
    else:
        axes.axvline(0, c=GREY, lw=1)
        axes.set(xlabel=_contribution(explanation))
        named(axes, [name for _, name in sorted(set(zip(where, held, strict=True)))])
    axes.legend(frameon=False, fontsize=8)
    return figure


def waterfall_figure(explanation: Explanation, row: int = 0, *, title: str = "") -> Figure:
    """Return how one prediction is reached from the mean prediction, one step per player and what it holds."""
    values, target = explanation.contributions.iloc[row], explanation.target
    steps = values.reindex(values.abs().sort_values().index)
    held = parts_text(explanation.recipes.iloc[row].to_dict())
    base = end = float(explanation.base_values[row])
    figure, axes = blank(0.45 * len(steps) + 1.45)
    for level, step in enumerate(steps):
        axes.barh(level, step, left=end, color=BLUE if step >= 0 else ORANGE, height=0.6)
        note(axes, f"{step:+.1f}", (max(end, end + step), level))
        end += step
        axes.plot([end, end], [level + 0.3, level + 0.7], c=GREY, lw=0.8)
    axes.axvline(base, **DASHED)
    axes.axvline(end, c=INK, lw=1)
    named(axes, [f"{player}\n{held[str(player)]}" for player in steps.index])
    caption = f"from the mean of all recipes,\n{base:.3g} (dashed), to {end:.3g} (line)"
    axes.set(xlabel=f"{target.name} ({target.unit})\n{caption}")
    titled(axes, title)
    axes.use_sticky_edges = False
    axes.margins(x=0.12)
    return figure


def content_figure(curve: Curve) -> Figure:
    """Return predictions against a content, with the interval band and the published membranes of the same method."""
    figure, axes = blank(3.4)
    answers, published, x = curve.answers, curve.published, curve.answers[curve.column].to_numpy(dtype=float)
    value = answers[curve.target.column]
    axes.fill_between(x, answers["low"], answers["high"], color=BLUE, alpha=0.25, lw=0, label="90 % interval")
    axes.plot(x, value, c=BLUE, lw=1.5, label="predicted")
    outside = answers["domain"] == "outside"
    axes.plot(x[outside], value[outside], "x", c=ORANGE, ms=4, label="outside the domain")
    ingredient = curve.column.removesuffix("_wt_percent")
    for is_alike, face, label in (
        (True, INK, f"published, same {ingredient}"),
        (False, "none", f"another {ingredient}"),
    ):
        subset = published[published["is_alike"] == is_alike]
        axes.scatter(subset[curve.column], subset["observed"], facecolors=face, edgecolors=INK, s=18, label=label)
    if curve.given is not None:
        axes.axvline(curve.given, **DASHED)
    axes.set(
        xscale="log",
        xlabel=f"{ingredient.split('_')[0]} content (wt%)",
        ylim=(0, None),
        ylabel=f"{curve.target.name} ({curve.target.unit})",
    )
    axes.xaxis.set_major_formatter("{x:g}")
    titled(axes, curve.recipe, size=8)
    figure.legend(frameon=False, fontsize=7, ncols=3, loc="outside lower center")
    return figure


def solvent_figure(curve: Curve) -> Figure:
    """Return predictions from each named solvent, by donor number; their other properties move too."""
    answers, names = curve.answers, list(curve.answers[curve.column])
    figure, axes = blank(0.17 * len(names) + 1.2)
    places = np.arange(len(names))
    axes.hlines(places, answers["low"], answers["high"], color=BLUE, alpha=0.4, lw=3)
    for domain, colour in DOMAIN_COLOURS.items():
        mask = (answers["domain"] == domain).to_numpy()
        axes.scatter(answers[curve.target.column][mask], places[mask], c=colour, s=16, zorder=3, label=domain)
    known = curve.published[curve.published[curve.column].isin(names)]
    axes.scatter(
        known["observed"],
        [names.index(name) for name in known[curve.column]],
        facecolors="none",
        edgecolors=INK,
        s=22,
        zorder=4,
        label="published, same method",
    )
    rows = zip(answers["is_given"], names, answers["donor_number_kcal_mol"], strict=True)
    named(axes, [f"{'> ' if is_current else ''}{name} ({donor:g})" for is_current, name, donor in rows], size=7)
    axes.set(
        xlabel=f"{curve.target.name} ({curve.target.unit}), bar: 90 % interval",
        xlim=(0, None),
        ylabel="solvent (donor number, kcal/mol)",
        ylim=(-1, len(names)),
    )
    titled(axes, curve.recipe, size=8)
    figure.legend(frameon=False, fontsize=8, ncols=4, loc="outside lower center")
    return figure


def findings_figure(findings: Sequence[Finding]) -> Figure:
    """Return the change that the unconstrained witness sees in each direction, with its interval over papers."""
    figure, axes = blank(0.5 * len(findings) + 0.9)
    upwards = list(reversed(findings))
    for level, finding in enumerate(upwards):
        colour = {"agrees": BLUE, "disagrees": ORANGE}.get(finding.answer, GREY)
        axes.plot([finding.low, finding.high], [level, level], c=colour, lw=2)
        axes.plot(finding.change, level, "o", c=colour, ms=6)
        note(axes, finding.answer, (finding.change, level), apart=(0, 7), ha="center")
    axes.axvline(0, **DASHED)
    expected = {1: "expected to help", -1: "expected to cost"}
    named(axes, [f"{finding.name}\n({expected[finding.expected]})" for finding in upwards])
    axes.set(xlabel="change of the predicted retention (points)\nbar: 95 % over papers")
    axes.margins(x=0.2, y=0.12)
    return figure


def summary_figures(summary: ExplanationSummary) -> dict[str, Figure]:
    """Return the figures of what matters, by name: importance, beeswarm, a dependence per player, and the chemistry."""
    explanation, study = summary.explanation, summary.study
    unseen = pd.DataFrame(study.unseen_contributions) if study and study.unseen_contributions else None
    drawn = {
        "importance": importance_figure(explanation, study.importance if study else ()),
        "beeswarm": beeswarm_figure(explanation),
        **{
            f"dependence_{player.replace(' ', '_')}": dependence_figure(explanation, player, unseen)
            for player in PLAYERS
        },
    }
    if study and study.findings:
        drawn["chemistry"] = findings_figure(study.findings)
    return {f"{explanation.target.name}_{name}": figure for name, figure in drawn.items()}


def local_figures(explanation: Explanation, curves: Sequence[Curve]) -> dict[str, Figure]:
    """Return the figures of one recipe, by name: the waterfall, and what if its content or its solvent were another."""
    drawn = {f"{explanation.target.name}_waterfall": waterfall_figure(explanation, title=curves[0].recipe)}
    for curve in curves:
        draw = solvent_figure if curve.column == "solvent" else content_figure
        drawn[f"{explanation.target.name}_{curve.column}"] = draw(curve)
    return drawn


def _contribution(explanation: Explanation) -> str:
    return f"contribution to {explanation.target.name} ({explanation.target.error_unit})"


def _spread(values: np.ndarray, height: float = 0.32) -> np.ndarray:
    """Return offsets that keep dots of like value apart: each is laid beside those before it in its bin."""
    width = max(float(np.ptp(values)) / 40, 1e-9)
    bins = np.round(values / width)
    turn = pd.Series(bins).groupby(bins).cumcount().to_numpy()
    side = np.where(turn % 2 == 0, turn // 2, -(turn // 2) - 1)
    return np.asarray(side * min(0.09, height / max(float(np.abs(side).max()), 1)))


def _log_places(recipes: pd.DataFrame) -> list[float]:
    contents = recipes["binder_wt_percent"].fillna(_NOT_REPORTED).where(recipes["binder"].notna(), _NO_BINDER)
    return [float(content) for content in contents]


def _category_places(held: list[str], values: pd.Series) -> list[float]:
    means = pd.Series(values.to_numpy()).groupby(held).mean().sort_values()
    places = {name: float(place) for place, name in enumerate(means.index)}
    return [places[text] for text in held]
