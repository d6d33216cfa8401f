"""Write what the released models and benchmarks say into README.md and docs/explanation/scores.md: `make pages`.

A block of a page stands between `<!-- released: NAME -->` and `<!-- end -->` and is one of `BLOCKS`. No number in it is
typed: each comes from models/*.json, models/robustness/*.json or benchmarks/*/results.* of the repository.
"""

import functools
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from spcse_ml.data.literature import literature
from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.metrics import (
    CHOSEN,
    Gain,
    GroupRecord,
    by_domain,
    by_method,
    paired_gain,
    winkler_gain,
)
from spcse_ml.evaluation.robustness import RobustnessStudy, shipped_study
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.reports.messages.predictions import ranged
from spcse_ml.schema import Method
from spcse_ml.storage.champion import RELEASED
from spcse_ml.storage.model_files import load_pair

Row = dict[str, str]
Asked = tuple[str, str]
"""A tool and its settings."""

TOP = Path(__file__).resolve().parents[1]
BENCHMARKS = TOP / "benchmarks"
PAGES = ("README.md", "docs/explanation/scores.md")
MARKED = re.compile(r"(<!-- released: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)

TOOLS = {
    "scikit_learn": ("RandomForestRegressor()", "scikit-learn random forest"),
    "mapie": ("RandomForestRegressor()", "MAPIE around that random forest"),
    "spcse_ml": ("", "spcse_ml"),
    "xgboost": ("one-hot", "XGBoost, one-hot"),
    "autogluon": ("", "AutoGluon"),
    "baybe": ("", "BayBE"),
}
"""Of the head to head, the tools that the README shows: a part of their settings, and their name."""

TERMS = {
    "log_polymer_volume": "the volume fraction of the polymer",
    "polymer_volume": "the volume fraction of the polymer",
    "solvent_attack": "the donor number per molar volume of the solvent",
    "is_lgps": "whether the sulfide is of the LGPS family",
    "has_template": "whether there is a template",
    "solvent_polarity": "the permittivity of the solvent",
    "binder_is_polar_film": "whether the binder is a polar film",
}
"""What each term of the released estimator is to a chemist."""


@functools.cache
def released() -> tuple[EvaluatedModel, EvaluatedModel]:
    """Return the released models of retention and thickness."""
    pair = load_pair(TOP / "models", name=RELEASED)
    return pair.retention, pair.thickness


@functools.cache
def studies() -> tuple[RobustnessStudy, RobustnessStudy]:
    """Return their robustness studies."""
    retention, thickness = (shipped_study(model.fingerprint, model.evaluation) for model in released())
    if retention is None or thickness is None:
        msg = "no robustness study of the released models: `make robustness`, then `make release`"
        raise SystemExit(msg)
    return retention, thickness


@functools.cache
def head_to_head() -> tuple[dict[Asked, Row], dict[Asked, Row]]:
    """Return errors and intervals of the head to head on the retention: cells by tool, settings and column."""
    section = _section("head_to_head/results.md", "## Retention")
    points, intervals = (_table(part) for part in section.split("90 % intervals, least Winkler"))
    return tuple({(row["tool"], row["settings"]): row for row in part} for part in (points, intervals))


@functools.cache
def checked_table(view: str) -> dict[str, Row]:
    """Return the table of a view in the study of the checked table: cells by variant and column."""
    return {row["variant"].strip("`"): row for row in _table(_section("checked_table/results.md", f"## View `{view}`"))}


@functools.cache
def simulated_coverage() -> dict[str, list[float]]:
    """Return the coverage of the intervals in use, in percent, in each world of simulated outcomes."""
    text = (BENCHMARKS / "robustness" / "coverage.md").read_text(encoding="utf-8")
    worlds = [_table(section) for section in text.split("\n## ")[1:] if not section.startswith("The rule")]
    rows = [next(row for row in world if row["variant"] == "floor-median") for world in worlds]
    return {name: [100 * float(row[name].split(" ")[0]) for row in rows] for name in ("new papers", "repeats")}


def _section(file: str, title: str) -> str:
    text = (BENCHMARKS / file).read_text(encoding="utf-8")
    return text.split(f"{title}")[1].split("\n## ")[0]


def _table(text: str) -> list[Row]:
    head, _, *body = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    )
    return [dict(zip(head, cells, strict=True)) for cells in body]


def rows() -> str:
    """Return what the models are trained on."""
    retention, thickness = (model.evaluation for model in released())
    return (
        "The released models are trained on the membranes of a review that have a usable measured value: "
        f"{retention.n_rows} membranes of {retention.n_papers} papers for the retention, {thickness.n_rows} of "
        f"{thickness.n_papers} for the thickness; the review prints {len(literature().rows)}.\n"
    )


def scores() -> str:
    """Return the scores of the README, five rows."""
    return _markdown(["leave-one-paper-out cross-validation", *_HEAD], _first_rows())


_HEAD = ("retention σm/σp", "thickness")


def _first_rows() -> list[list[str]]:
    covered = [model.evaluation.coverage for model in released()]
    return [
        ["mean absolute error (baseline: mean of the other papers)", *map(_error, released())],
        ["gain over that baseline (95 % interval)", *(_gain_over("mean", model) for model in released())],
        ["gain over a line in the logarithm of the polymer content",
         *(_gain_over("content_line", model) for model in released())],
        ["coverage of the 90 % prediction intervals, mean width",
         *(f"{part.hits} of {part.n}, {part.mean_width:.0f} {_unit(model)}"
           for part, model in zip(covered, released(), strict=True))],
        ["verdict", *(_verdict(model) for model in released())],
    ]  # fmt: skip


def all_scores() -> str:
    """Return every score of the released models and their robustness study."""
    counts = [f"{model.evaluation.n_rows}, {model.evaluation.n_papers}" for model in released()]
    own_table = [["membranes, papers", *counts], *_first_rows()[:-1], *_more_rows(), *_study_rows()]
    verdict = ["**verdict**", *(_verdict(model) for model in released())]
    return _markdown(["leave-one-paper-out cross-validation", *_HEAD], [*own_table, verdict])


def _more_rows() -> list[list[str]]:
    retention, thickness = released()
    complete = retention.evaluation.predictions[lambda frame: frame["is_complete"]]
    drawn = _first_interval(checked_table("checked")["released"]["gain over forest"])
    domains, methods = by_domain(retention.evaluation.predictions), by_method(retention.evaluation.predictions)
    return [
        ["Winkler score of the 90 % intervals; lower than that of intervals around the mean by",
         *(f"{model.evaluation.coverage.winkler:.0f}; {_gain(winkler_gain(model.evaluation.predictions))}"
           for model in released())],
        ["gain over scikit-learn's default random forest, blank contents as they are",
         _gain_over("random_forest", retention), _gain_over("random_forest", thickness)],
        ["the same, blank contents drawn from the other rows inside the folds", f"{drawn} points", ""],
        ["membranes whose contents are all reported: mean absolute error; gain over that random forest",
         f"{retention.evaluation.complete[CHOSEN]:.1f}; {_gain(paired_gain(complete, 'random_forest', CHOSEN))} points "
         f"({len(complete)} membranes)", ""],
        ["mean absolute error by applicability domain", _groups(domains), ""],
        ["mean absolute error by method", _groups(methods), ""],
    ]  # fmt: skip


def _study_rows() -> list[list[str]]:
    retention, _ = studies()
    labs = (
        f"{study.laboratories.mae:.1f}; {study.laboratories.mean:.1f} {_unit(model)} ({study.laboratories.n})"
        for study, model in zip(studies(), released(), strict=True)
    )
    errors = pd.Series([mae for _, mae in retention.multiverse])
    noise, simulated = retention.on_noise or {}, retention.on_simulated or {}
    floor = retention.floor
    assert floor  # noqa: S101 - the study of the retention has it
    covered = "; ".join(f"{name} {_span(shares)} %" for name, shares in simulated_coverage().items())
    n_worlds = len(simulated_coverage()["repeats"])
    return [
        [f"coverage of the 90 % intervals on simulated outcomes, {n_worlds} worlds", covered, ""],
        ["whole laboratories held out: mean absolute error; of the mean (laboratories)", *labs],
        [f"mean absolute error with each of {len(errors)} defensible encodings; their median",
         f"{errors.min():.1f} to {errors.max():.1f}; {errors.median():.1f} points", ""],
        ["called useful: data sets of pure noise; data sets with a simulated signal",
         f"{noise[Verdict.USEFUL]} of {sum(noise.values())}; {simulated[Verdict.USEFUL]} of {sum(simulated.values())}",
         ""],
        [f"between-laboratory spread of {floor.n} comparable films, adjusted for content",
         f"{ranged(*floor.around_line)} points", ""],
    ]  # fmt: skip


def uses() -> str:
    """Return which terms of the released model of the retention have a weight, and which have none."""
    pipeline = released()[0].model.pipeline
    weights = dict(zip(pipeline[-2].get_feature_names_out(), pipeline[-1].regressor_.coef_, strict=True))
    has, lacks = (
        list(dict.fromkeys(TERMS[name] for name, weight in weights.items() if (weight > 0) == is_used))
        for is_used in (True, False)
    )
    lacking = f"; {_listed(lacks)} came out as 0 and do nothing" if lacks else ""
    return (
        f"The retention model uses {_listed(has)}{lacking}. The model has no term for the method, for a lithium salt, "
        "or for any property of a binder or sulfide beyond these and the density: a dry film and a film cast from "
        "heptane with the same binder get the same prediction.\n"
    )


def tools() -> str:
    """Return six rows of the head to head on the retention."""
    head = ["retention", "mean absolute error, points", "where all contents are reported",
            "gain of spcse_ml (95 % interval)", "coverage of 90 % intervals, mean width", "Winkler score"]  # fmt: skip
    chosen = [(_asked(tool, part), name) for tool, (part, name) in TOOLS.items()]
    body = [_tool(asked, name) for asked, name in sorted(chosen, key=lambda item: _mae(item[0][0]))]
    for column in (1, 2, 5):
        best = min((row for row in body if row[column]), key=lambda row: float(row[column].split(" ")[0]))
        best[column] = f"**{best[column]}**"
    return _markdown(head, body)


def tools_rows() -> str:
    """Return on which rows the tools were compared."""
    n_rows, n_papers = re.findall(r"(\d+) rows, (\d+) papers", _section("head_to_head/results.md", "## Retention"))[0]
    return (
        f"On the {n_rows} rows of {n_papers} papers as the review prints them, with the same folds "
        "(leave-one-paper-out):\n"
    )


def _asked(tool: str, part: str) -> list[Asked]:
    """Return a tool with those of its settings that have a part, the least error first."""
    asked = [(name, settings) for name, settings in head_to_head()[0] if name == tool and part in settings]
    return sorted(asked, key=_mae)


def _mae(asked: Asked) -> float:
    return float(head_to_head()[0][asked]["error, %"].split(" ")[0])


def _tool(asked: list[Asked], name: str) -> list[str]:
    points, intervals = head_to_head()
    first = points[asked[0]]
    seeds = f" (to {_mae(asked[-1]):.1f} with other seeds)" if len(asked) > 1 else ""
    interval = intervals.get(asked[0])
    width, winkler = (interval["mean width, %"], interval["Winkler"]) if interval else ("", "")
    covered = f"{interval['held']}, {float(width):.0f}" if interval else ""
    error, winkler = f"{_mae(asked[0]):.1f}{seeds}", f"{float(winkler):.0f}" if winkler else ""
    return [name, error, first["complete"], first["gain"], covered, winkler]


def blanks() -> str:
    """Return what a random forest reads off blank contents."""
    forest, [own] = _asked("scikit_learn", "RandomForestRegressor()"), _asked("spcse_ml", "")
    review, checked = checked_table("review"), checked_table("checked")
    evaluation = released()[0].evaluation
    return (
        f"On the rows as the review prints them the default random forest has an error of {_mae(forest[0]):.1f} to "
        f"{_mae(forest[-1]):.1f} points over {len(forest)} seeds with the blanks as they are, "
        f"{review['forest, one value, defaults']['MAE']} with a typical content in their place, and "
        f"{review['forest, defaults']['MAE']} with a content drawn from the other rows, both inside the folds. "
        f"`spcse_ml`, which never sees a blank, has {_mae(own):.1f} there. On the checked table, which fills some of "
        f"these cells, the random forest has {evaluation.scores['random_forest'].mae:.1f} with the blanks as they are "
        f"and {checked['forest, defaults']['MAE']} with drawn contents; `spcse_ml` has "
        f"{evaluation.scores[CHOSEN].mae:.1f}.\n"
    )


def encodings() -> str:
    """Return where the encoding in force stands among those tried."""
    maes = [mae for _, mae in studies()[0].multiverse]
    better = sum(mae < maes[0] - 1e-9 for mae in maes)
    return (
        f"Of {len(maes)} defensible encodings, {better} have a lower error than the one in use ({maes[0]:.1f} points; "
        f"least {min(maes):.1f}, greatest {max(maes):.1f}).\n"
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "rows": rows, "scores": scores, "uses": uses, "tools": tools, "tools-rows": tools_rows, "all-scores": all_scores,
    "blanks": blanks, "encodings": encodings,
}  # fmt: skip
"""Text of each block by its name."""


def renewed(page: str) -> str:
    """Return a page with every block as the released files give it now.

    Args:
        page: Markdown.

    Returns:
        The same page, its blocks made anew.

    Raises:
        KeyError: the page names a block that is none of `BLOCKS`.
    """
    return MARKED.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}{found[4]}", page)


def _error(model: EvaluatedModel) -> str:
    errors = model.evaluation.scores
    return f"{errors[CHOSEN].mae:.1f} ({errors['mean'].mae:.1f}) {_unit(model)}"


def _gain_over(baseline: str, model: EvaluatedModel) -> str:
    gain = paired_gain(model.evaluation.predictions, baseline, CHOSEN)
    return f"{_gain(gain)} {_unit(model)}: {gain.finding}"


def _gain(gain: Gain) -> str:
    return ranged(gain.mean, gain.low, gain.high)


def _unit(model: EvaluatedModel) -> str:
    return model.model.target.error_unit


def _verdict(model: EvaluatedModel) -> str:
    shown = ": literature median shown" if model.verdict is Verdict.NO_SKILL else ""
    return f"**{model.verdict.value}**{shown}"


def _groups(records: list[GroupRecord]) -> str:
    return "; ".join(
        f"{_SHORT.get(record.group, record.group)} "
        + (f"{record.mae:.1f} points ({record.n_papers} papers)" if record.mae is not None
           else f"not reported ({record.n_papers} papers are too few)")
        for record in records
    )  # fmt: skip


_SHORT = {Method.DRY.value: "dry", Method.SLURRY.value: "slurry", Method.SKELETON.value: "skeleton"}


def _span(shares: list[float]) -> str:
    return f"{min(shares):.1f} to {max(shares):.1f}"


def _first_interval(cell: str) -> str:
    """Return a gain with its 95 % interval from a cell that has a second one.

    >>> _first_interval("8.1 (3.6 to 12.8; 2.1 to 14.8)")
    '8.1 (3.6 to 12.8)'
    """
    return re.sub(r";[^)]*", "", cell)


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _markdown(head: list[str], body: list[list[str]]) -> str:
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * len(head), *body])


def main() -> None:
    """Write the pages."""
    for name in PAGES:
        page = (TOP / name).read_text(encoding="utf-8")
        (TOP / name).write_text(renewed(page), encoding="utf-8")


if __name__ == "__main__":
    main()
