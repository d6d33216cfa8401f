"""Run the study of docs/decisions/0015-models-on-the-checked-table.md and write results.md beside this file.

    python -m benchmarks.checked_table.run [--jobs 2] [--only views]

Parts that were computed for the same rows stand in parts/ and are not computed again.
"""

import argparse
import functools
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from benchmarks.checked_table import importance, report
from benchmarks.checked_table.tables import by_conflict, by_rule, by_view
from benchmarks.checked_table.variants import (
    GROUPS,
    N_INNER,
    VARIANTS,
    Settings,
    costs,
    effects,
    fitted_effects,
    forest,
    gp,
    line,
    mean,
    median,
    nested,
    split,
    xgboost,
)
from spcse_ml.data.dataset import Dataset, TrainingRows
from spcse_ml.models.cross_validation import (
    ceiling,
    errors_by_paper,
    group_folds,
    leave_one_out,
    resample_papers,
)
from spcse_ml.schema import RETENTION, THICKNESS, Target

HERE = Path(__file__).resolve().parent
PARTS = HERE / "parts"
SEEDS, FEW_SEEDS = 20, 5
N_RESAMPLES = 500
PLANTED = (1.0, 0.67, 0.5, 0.33)
"""Factors on the retention of every slurry."""
N_PLANTED = 40

Learner = Callable[..., np.ndarray]


def held_out(rows: TrainingRows, target: Target, ask: Callable[..., Any], jobs: int) -> Iterator[tuple[Any, Any]]:
    """Yield the rows that each fold holds out, and what is said of them; one paper is held out at a time."""
    folds = list(leave_one_out(rows.papers))
    limits = [ceiling(target, rows.outcomes[train]) for train, _ in folds]
    said = Parallel(jobs)(delayed(ask)(rows, *fold, limit) for fold, limit in zip(folds, limits, strict=True))
    yield from zip((held for _, held in folds), said, strict=True)


def fixed(  # noqa: PLR0913 - a fold is four things, and what is asked of it two more
    rows: TrainingRows,
    train: np.ndarray,
    held: np.ndarray,
    limit: float | None,
    *,
    learners: Mapping[str, Learner],
    seeds: int,
) -> dict[str, list[list[float]]]:
    """Return what learners without any choice predict of the rows held out, by seed where it matters to them."""
    data = split(rows, train, held, limit)
    return {
        name: [data.bounded(learn(data, seed)).tolist() for seed in range(seeds if name in SEEDED else 1)]
        for name, learn in learners.items()
    }


SEEDED = {"forest", "xgboost", "forest, one value", "xgboost, one value"}
FIXED: Mapping[str, Learner] = {"mean": mean, "line": line, "costs": costs, "forest": forest, "xgboost": xgboost}
OF_THICKNESS: Mapping[str, Learner] = {"mean": mean, "median": median, "gp": gp, "forest": forest, "xgboost": xgboost}
ONE_VALUE: Mapping[str, Learner] = {
    "forest, one value": functools.partial(forest, filled="one value"),
    "xgboost, one value": functools.partial(xgboost, filled="one value"),
}


def table_of(rows: TrainingRows) -> dict[str, Any]:
    """Return what every table of results begins with."""
    return {
        "places": list(rows.places),
        "papers": [str(paper) for paper in rows.papers],
        "observed": rows.outcomes.tolist(),
    }


def chosen_of(dataset: Dataset, target: Target, jobs: int) -> dict[str, Any]:
    """Return held-out predictions of the eight, the nested choice and the released procedure."""
    rows = dataset.training_rows(target)
    said = list(held_out(rows, target, nested, jobs))
    values = {
        name: _joined(rows, ((held, part["values"][name]) for held, part in said)) for name in said[0][1]["values"]
    }
    picked = {
        str(rows.papers[held[0]]): {name: part[name] for name in ("chosen", "released", "settings")}
        for held, part in said
    }
    return {**table_of(rows), "values": values, "picked": picked}


def fixed_of(
    dataset: Dataset, target: Target, jobs: int, learners: Mapping[str, Learner], seeds: int
) -> dict[str, Any]:
    """Return held-out predictions of learners without any choice, a list of one vector per seed each."""
    rows = dataset.training_rows(target)
    ask = functools.partial(fixed, learners=learners, seeds=seeds)
    said = list(held_out(rows, target, ask, jobs))
    values = {
        name: [
            _joined(rows, ((held, part[name][seed]) for held, part in said)) for seed in range(len(said[0][1][name]))
        ]
        for name in learners
    }
    return {**table_of(rows), "values": values}


def _joined(rows: TrainingRows, parts: Iterable[tuple[np.ndarray, Any]]) -> list[float]:
    values = np.full(len(rows.outcomes), math.nan)
    for held, part in parts:
        values[held] = part
    return [round(float(value), 3) for value in values]


def effects_of(dataset: Dataset) -> dict[str, Any]:
    """Return the effects of method, binder class and template on all rows, as factors, with draws of papers.

    How much they are shrunk is chosen as everywhere. A factor that is planted on the slurries tells how much of one
    would be seen.
    """
    rows = dataset.training_rows(RETENTION)
    every, papers = np.arange(len(rows.outcomes)), rows.papers.astype(str)
    setting = _shrinkage(rows)
    chance, factors, coefficients = np.random.default_rng(0), [], []
    for number in range(N_RESAMPLES + 1):
        drawn = every if number == 0 else resample_papers(papers, chance)
        terms, groups, _ = fitted_effects(split(rows, drawn, every[:1], None), **setting)
        factors.append(np.exp(-groups).round(4).tolist())
        coefficients.append(terms.round(4).tolist())
    planted = {str(factor): _seen_of(rows, factor) for factor in PLANTED}
    return {
        "groups": list(GROUPS),
        "factors": factors,
        "coefficients": coefficients,
        "setting": setting,
        "planted": planted,
    }


def _shrinkage(rows: TrainingRows) -> Settings:
    """Return the setting of the effects with the least error in folds of whole papers."""
    settings = VARIANTS["effects"][1]
    values = np.full((len(settings), len(rows.outcomes)), math.nan)
    for train, held in group_folds(rows.papers, N_INNER):
        data = split(rows, train, held, ceiling(RETENTION, rows.outcomes[train]))
        for number, setting in enumerate(settings):
            values[number, held] = data.bounded(effects(data, 0, **setting))
    errors = [errors_by_paper(each, rows.outcomes, rows.papers).mean() for each in values]
    return settings[int(np.argmin(errors))]


def _seen_of(rows: TrainingRows, factor: float) -> list[float]:
    """Return the factors of slurries over dry films that are seen where this one is planted, errors drawn anew."""
    every = np.arange(len(rows.outcomes))
    data = split(rows, every, every[:1], None)
    predict = fitted_effects(data, 1e9)[2]  # no effects
    lost = predict(data.terms[0], data.groups[0])
    spread = np.std(-np.log(rows.outcomes / 100) - lost)
    is_slurry, chance, seen = data.groups[0][:, 0] > 0, np.random.default_rng(0), []
    for _ in range(N_PLANTED):
        outcomes = 100 * np.exp(-lost + chance.normal(0, spread, len(every))) * np.where(is_slurry, factor, 1.0)
        made = split(replace(rows, outcomes=outcomes), every, every[:1], None)
        groups = fitted_effects(made, **_shrinkage(replace(rows, outcomes=outcomes)))[1]
        seen.append(round(float(np.exp(groups[1] - groups[0])), 4))
    return seen


def main() -> None:
    """Compute what is not there, then write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="begin of the names of the parts to compute")
    asked = parser.parse_args()
    PARTS.mkdir(exist_ok=True)
    for name, (dataset, compute) in parts(asked.jobs).items():
        place = PARTS / f"{name.replace(' ', '_')}.json"
        digest = hashlib.sha256(f"{dataset.fingerprint} {_sources()}".encode()).hexdigest()[:16]
        if name.startswith(asked.only) and not (place.exists() and json.loads(place.read_text())["digest"] == digest):
            print(name, flush=True)  # noqa: T201 - progress
            place.write_text(json.dumps({"digest": digest, **compute(dataset)}) + "\n", encoding="utf-8")
    report.write(PARTS, HERE / "results.md")


def parts(jobs: int) -> dict[str, tuple[Dataset, Callable[[Dataset], dict[str, Any]]]]:
    """Return the parts of the study: the table that each looks at, and what computes it."""
    views = by_view()
    checked, review = views["checked"], views["review"]
    # A misprinted name is no other substance; the outcomes and contents are those of the print.
    named = {name: review.rows[name] for name in ("sulfide", "sulfide_family", "binder", "template", "solvent")}
    views["printed"] = replace(views["printed"], rows=views["printed"].rows.assign(**named))

    def of(
        learners: Mapping[str, Learner], seeds: int, target: Target = RETENTION
    ) -> Callable[[Dataset], dict[str, Any]]:
        return lambda dataset: fixed_of(dataset, target, jobs, learners, seeds)

    everything = {**FIXED, **ONE_VALUE}
    return {
        **{
            f"views {name}": (table, lambda dataset: chosen_of(dataset, RETENTION, jobs))
            for name, table in views.items()
        },
        **{f"defaults {name}": (table, of(everything, SEEDS)) for name, table in views.items()},
        **{f"rules {name}": (table, of(FIXED, SEEDS)) for name, table in by_rule().items()},
        **{f"flips {place}": (table, of(FIXED, FEW_SEEDS)) for place, table in by_conflict().items()},
        "effects checked": (checked, effects_of),
        "importance checked": (checked, lambda dataset: importance.of(dataset, jobs)),
        **{f"thickness {name}": (views[name], of(OF_THICKNESS, SEEDS, THICKNESS)) for name in ("checked", "all")},
    }


@functools.cache
def _sources() -> str:
    """Return a digest of what computes: a changed variant makes what was stored another's."""
    files = [HERE / name for name in ("variants.py", "tables.py", "importance.py")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


if __name__ == "__main__":
    main()
