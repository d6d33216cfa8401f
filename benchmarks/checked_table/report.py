"""The tables and figures of the study, from the predictions that were stored."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from benchmarks.checked_table.tables import RULES
from benchmarks.checked_table.variants import EIGHT, TERMS

N_LOOKED_AT = 9
"""The eight, and the first form of one of them."""

LEVELS = (0.95, 1 - 0.05 / N_LOOKED_AT)
N_RESAMPLES = 20_000
RIVALS = ("mean", "line", "forest")
Part = dict[str, Any]


def by_paper(part: Part, values: Sequence[float]) -> pd.Series:
    """Return the mean absolute error of each paper, in the target's unit."""
    errors = np.abs(np.asarray(values) - np.asarray(part["observed"]))
    return pd.Series(errors).groupby(np.asarray(part["papers"])).mean()


def mae(part: Part, name: str) -> float:
    """Return the mean absolute error by paper, a mean over seeds where there are any."""
    every = part["values"][name]
    every = every if isinstance(every[0], list) else [every]
    return float(np.mean([by_paper(part, values).mean() for values in every]))


def paper_errors(part: Part, name: str) -> pd.Series:
    """Return the same for each paper."""
    every = part["values"][name]
    every = every if isinstance(every[0], list) else [every]
    return pd.concat([by_paper(part, values) for values in every], axis=1).mean(axis=1)


def gain(errors: pd.Series, less: pd.Series, level: float) -> tuple[float, float, float]:
    """Return how much less the second errs than the first, with an interval over papers of this level."""
    values = (errors - less).to_numpy()
    draws = np.random.default_rng(0).integers(len(values), size=(N_RESAMPLES, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(values.mean()), float(low), float(high)


def scores(part: Part, name: str) -> list[str]:
    """Return error, root mean square, skill and rank correlation in words of a table; forests by the mean of seeds."""
    every = part["values"][name]
    every = every if isinstance(every[0], list) else [every]
    squares = [
        pd.Series((np.asarray(values) - np.asarray(part["observed"])) ** 2).groupby(np.asarray(part["papers"])).mean()
        for values in every
    ]
    rmse = np.mean([np.sqrt(square.mean()) for square in squares])
    ranks = [pd.Series(values).corr(pd.Series(part["observed"]), method="spearman") for values in every]
    is_constant = name in {"mean", "median"}
    return [
        f"{mae(part, name):.1f}",
        f"{rmse:.1f}",
        f"{1 - mae(part, name) / mae(part, 'mean'):.2f}",
        "" if is_constant else f"{np.mean(ranks):.2f}",
    ]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _gain(first: pd.Series, other: pd.Series) -> str:
    (mean, low, high), (_, least, most) = (gain(first, other, level) for level in LEVELS)
    return f"{mean:.1f} ({low:.1f} to {high:.1f}; {least:.1f} to {most:.1f})"


def write(folder: Path, place: Path) -> None:
    """Write results.md from the parts in a folder; sections whose parts are not there are left out."""
    parts = {path.stem.replace("_", " "): json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    sections = [
        "# Models on the checked table\n",
        "Protocol: [decision 15](../../docs/decisions/0015-models-on-the-checked-table.md). One paper is held out at "
        "a time; "
        "errors in points of retention, averaged within a paper first. Gains: points less than a rival, at 95 % and at "
        f"{100 * LEVELS[1]:.2f} %, since nine were looked at. Written by `python -m benchmarks.checked_table.run`.\n",
    ]
    for name in ("checked", "review", "printed", "all"):
        if f"views {name}" in parts and f"defaults {name}" in parts:
            sections += _view(name, parts[f"views {name}"], parts[f"defaults {name}"])
    rules = [f"rules {name}" for name in (*RULES, "everything")]
    sections += _summary("Under four rules", [(name, parts[name]) for name in rules if name in parts])
    sections += _summary("Conflicts of one row taken as true", _with_all(parts))
    sections += _effects(parts.get("effects checked"))
    sections += _importance(parts.get("importance checked"), place.with_name("importance.png"))
    sections += _thickness(parts)
    place.write_text("\n".join(sections), encoding="utf-8")


def _with_all(parts: dict[str, Part]) -> list[tuple[str, Part]]:
    return [(name, part) for name, part in parts.items() if name.startswith("flips") or name == "rules everything"]


def _view(name: str, part: Part, defaults: Part) -> list[str]:
    papers, rows = len(set(part["papers"])), len(part["papers"])
    errors = {rival: paper_errors(defaults, rival) for rival in RIVALS}
    lines = []
    for variant in (*EIGHT, "nested", "released"):
        own = paper_errors(part, variant)
        lines.append([f"`{variant}`", *scores(part, variant), *(_gain(errors[rival], own) for rival in RIVALS)])
    single = [[f"{learner}, defaults", *scores(defaults, learner), "", "", ""] for learner in defaults["values"]]
    picks = pd.Series([picked["chosen"] for picked in part["picked"].values()]).value_counts()
    released = pd.Series([picked["released"] for picked in part["picked"].values()]).value_counts()
    told, kept = (", ".join(f"{key} {count}" for key, count in counts.items()) for counts in (picks, released))
    heads = ["variant", "MAE", "RMSE", "skill", "Spearman", *(f"gain over {rival}" for rival in RIVALS)]
    beyond = _gain(paper_errors(part, "released"), paper_errors(part, "nested"))
    return [
        f"## View `{name}`: {rows} rows of {papers} papers\n",
        table(heads, [*lines, *single]),
        f"Chosen in the {papers} folds: {told}; released: {kept}. "
        f"The nested choice errs less than the released procedure by {beyond}.\n",
    ]


def _summary(title: str, tables: list[tuple[str, Part]]) -> list[str]:
    if not tables:
        return []
    names = ("mean", "line", "costs", "forest", "xgboost")
    lines = [
        [
            name.split(" ", 1)[1], f"{len(part['papers'])} of {len(set(part['papers']))}",
            *(f"{mae(part, learner):.1f}" for learner in names),
            _gain(paper_errors(part, "forest"), paper_errors(part, "costs")),
        ]
        for name, part in tables
    ]  # fmt: skip
    return [f"## {title}\n", table(["", "rows of papers", *names, "`costs` less than forest"], lines)]


def _effects(part: Part | None) -> list[str]:
    if part is None:
        return []
    fitted, draws = np.array(part["factors"][0]), np.array(part["factors"][1:])
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    lines = [
        [name, f"{value:.2f}", f"{least:.2f} to {most:.2f}"]
        for name, value, least, most in zip(part["groups"], fitted, low, high, strict=True)
    ]
    planted = [
        [factor, f"{np.median(seen):.2f}", "{:.2f} to {:.2f}".format(*np.quantile(seen, [0.05, 0.95]))]
        for factor, seen in part["planted"].items()
    ]
    fitted, draws = np.array(part["coefficients"][0]), np.array(part["coefficients"][1:])
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    costs = [
        [name, f"{value:.3f}", f"{least:.3f} to {most:.3f}", f"{100 * (column > 0).mean():.0f} %"]
        for name, value, least, most, column in zip(TERMS, fitted, low, high, draws.T, strict=True)
    ]
    return [
        "## What the sums use\n",
        f"Effects of groups beside the terms, penalty {part['setting']['shrinkage']:g}: factor on the retention, "
        "with 90 % intervals over papers.\n",
        table(["group", "factor", "interval"], lines),
        "How much would be seen: factors of slurries over dry films, where one is planted on every slurry and errors "
        "are drawn anew; median, and between what 90 in 100 lie.\n",
        table(["planted", "seen", "between"], planted),
        "Coefficients of the terms in the same fit (lost logarithm for one standard deviation), and how often they are "
        "above 0 when papers are drawn anew.\n",
        table(["term", "coefficient", "90 % interval", "above 0"], costs),
    ]


def _importance(part: Part | None, place: Path) -> list[str]:
    if part is None:
        return []
    papers = np.asarray(part["papers"])
    by_model = {
        model: pd.DataFrame({name: pd.Series(values).groupby(papers).mean() for name, values in by_part.items()})
        for model, by_part in part["added"].items()
    }
    names = list(next(iter(by_model.values())))
    means = {model: frame.mean() for model, frame in by_model.items()}
    ranks = pd.DataFrame({model: values.rank(ascending=False).astype(int) for model, values in means.items()})
    chance = np.random.default_rng(0)
    holds = {}
    draws = [chance.choice(len(np.unique(papers)), len(np.unique(papers))) for _ in range(1000)]
    for name in names:
        others = [other for other in names if other != name]
        first = [
            all(
                by_model[model].iloc[draw].mean()[name] > by_model[model].iloc[draw].mean()[others].max()
                for model in by_model
            )
            for draw in draws[:200]
        ]
        holds[name] = float(np.mean(first))
    lines = [
        [name, *(f"{means[model][name]:.1f} ({ranks.loc[name, model]})" for model in by_model),
         "holds" if len(set(ranks.loc[name])) == 1 else f"{ranks.loc[name].min()} to {ranks.loc[name].max()}",
         f"{100 * holds[name]:.0f} %"]
        for name in names
    ]  # fmt: skip
    _figure(means, by_model, names, place)
    return [
        "## What five models use, on the same rows and folds\n",
        "Points of error added on held-out papers when a part of the recipe is another row's (rank in brackets); "
        "ranks that all five share hold. "
        "Last: how often the part is first in all five when papers are drawn anew.\n",
        table(["part", *by_model, "rank", "first in all"], lines),
        f"![Points of error added by part and model]({place.name})\n",
    ]


def _figure(means: dict[str, pd.Series], by_model: dict[str, pd.DataFrame], names: list[str], place: Path) -> None:
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    order = sorted(names, key=lambda name: np.mean([values[name] for values in means.values()]))
    for number, (model, frame) in enumerate(by_model.items()):
        spread = frame.std() / np.sqrt(len(frame))
        heights = np.arange(len(order)) + (number - 2) * 0.14
        axes.errorbar(means[model][order], heights, xerr=1.645 * spread[order], fmt="o", markersize=4, label=model)
    axes.axvline(0, color="0.6", linewidth=0.8)
    axes.set_yticks(range(len(order)), order)
    axes.set_xlabel("points of error added on papers held out (mean and 90 % over papers)")
    figure.legend(loc="outside upper center", ncols=len(by_model), frameon=False)
    figure.savefig(place, dpi=150)
    plt.close(figure)


def _thickness(parts: dict[str, Part]) -> list[str]:
    tables = [(name, part) for name, part in parts.items() if name.startswith("thickness")]
    sections = []
    heads = ["", "MAE (µm)", "RMSE", "skill", "Spearman", "gain over the mean"]
    for name, part in tables:
        plain, n_papers = paper_errors(part, "mean"), len(set(part["papers"]))
        lines = [
            [f"`{learner}`", *scores(part, learner), _gain(plain, paper_errors(part, learner))]
            for learner in part["values"]
        ]
        title = f"## Thickness, view `{name.split()[1]}`: {len(part['papers'])} rows of {n_papers} papers\n"
        sections += [title, table(heads, lines)]
    return sections
