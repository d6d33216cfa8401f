"""The robustness study of a procedure: parts that can be done in any order, stored one by one and put together.

Results of parts are plain values, as JSON has them.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks.robustness.importance import (
    N_RESAMPLES,
    aliases,
    coincidences,
    importance_on,
    ranked,
    resampled_importance,
)
from benchmarks.robustness.left_out import best_candidate, error_added, shifts, unseen_contributions, without_paper
from benchmarks.robustness.sensitivity import (
    Encoding,
    consistency,
    encodings,
    fixed_mae,
    laboratories_held_out,
    noise_floor,
    without,
)
from benchmarks.robustness.simulation import simulated, verdicts
from benchmarks.robustness.split_difficulty import N_PAPERS, SPLITS, learning_curve, split_difficulty
from benchmarks.robustness.statements import AS_IT_IS, DIRECTIONS, PTFE_IS_DRY, findings, statement_trial
from spcse_ml.data.dataset import Dataset, TrainingRows
from spcse_ml.data.papers import papers_in_question
from spcse_ml.evaluation.evaluate import Evaluation, evaluate_rows
from spcse_ml.evaluation.metrics import CHOSEN, paired_gain
from spcse_ml.evaluation.permutation import permuted, permuted_maes
from spcse_ml.evaluation.robustness import NOTHING, Consistency, LaboratoriesHeldOut, RobustnessStudy
from spcse_ml.evaluation.verdict import Verdict, verdict_of
from spcse_ml.models.cross_validation import chunks
from spcse_ml.models.estimators import CONSTANTS, ESTIMATORS, candidates
from spcse_ml.models.model import learn
from spcse_ml.schema import RETENTION, Target
from spcse_ml.to_json import from_plain, to_plain

N_PERMUTED, N_NESTED, N_NOISE, N_SIMULATED, N_STATED = 200, 20, 200, 100, 60

VERSION = 3
"""Raised when a part comes to mean something else, so that what was stored before does not count as it."""

Part = Callable[[], Any]


@dataclass(frozen=True)
class Subject:
    """The subject of a study: the rows of a target and the estimator that the procedure chose most often."""

    dataset: Dataset
    target: Target
    estimator: str

    @property
    def rows(self) -> TrainingRows:
        """Return the rows that carry the target."""
        return self.dataset.training_rows(self.target)

    @property
    def compared(self) -> tuple[str, ...]:
        """Return the estimators whose errors stand side by side."""
        return tuple(dict.fromkeys(["mean", "content_line", "random_forest", self.estimator]))


def parts(of: Subject) -> dict[str, Part]:
    """Return every part by its key; a target for which a constant ships has no signal to be tried."""
    rows, target, name = of.rows, of.target, of.estimator
    parts_by_key: dict[str, Part] = {
        f"split/{split}": partial(split_difficulty, rows, target, split, of.compared) for split in SPLITS
    }
    sizes = [n_papers for n_papers in N_PAPERS if n_papers < len(set(rows.papers))]
    parts_by_key |= {
        f"curve/{n_papers}": partial(learning_curve, rows, target, n_papers, of.compared) for n_papers in sizes
    }
    parts_by_key |= {"laboratories": partial(_laboratories, of)}
    if name in CONSTANTS:
        return parts_by_key
    if target == RETENTION:
        parts_by_key |= {"floor": partial(noise_floor, rows), "bounds": partial(_bounds, of)}
        parts_by_key |= {
            f"without/{'+'.join(papers)}": partial(_without, of, papers)
            for papers in papers_in_question("error_without")
        }
    parts_by_key |= _in_runs("multiverse", partial(_multiverse, of), len(list(encodings())))
    parts_by_key |= _in_runs("permuted", partial(permuted_maes, rows, target, name), N_PERMUTED)
    parts_by_key |= _in_runs("noise", partial(_noise, of), N_NOISE)
    parts_by_key |= _in_runs("simulated", partial(_simulated, of), N_SIMULATED)
    parts_by_key |= _explanation_parts(of)
    return parts_by_key | {f"nested/{seed}": partial(_nested, of, seed) for seed in range(N_NESTED)}


def _explanation_parts(of: Subject) -> dict[str, Part]:
    rows, target, names = of.rows, of.target, candidates(of.target)
    papers = enumerate(sorted(set(rows.papers.astype(str))))
    parts_by_key: dict[str, Part] = {
        f"paper/{n}": partial(without_paper, rows, target, names, paper) for n, paper in papers
    }
    parts_by_key |= {"importance": partial(_importance, of)}
    parts_by_key |= _in_runs("resampled", partial(_resampled, of), N_RESAMPLES)
    if target == RETENTION:
        parts_by_key |= {"findings": partial(findings, rows, target)}
        trials = itertools.product((AS_IT_IS, PTFE_IS_DRY), (NOTHING, *(direction.name for direction in DIRECTIONS)))
        for number, (design, simulated_direction) in enumerate(trials):
            parts_by_key[f"statements/{number}"] = partial(
                statement_trial, rows, target, simulated_direction, design, N_STATED
            )
    return parts_by_key


def _in_runs(kind: str, step: Callable[[range], Any], total: int) -> dict[str, Part]:
    return {f"{kind}/{run.start}": partial(step, run) for run in chunks(total)}


def do(job: tuple[Subject, str]) -> Any:
    """Return what one part of a subject, named by its key, gives as plain values."""
    of, key = job
    return to_plain(parts(of)[key]())


def assembled(of: Subject, evaluation: Evaluation, results: Mapping[str, Any]) -> RobustnessStudy:
    """Return the robustness study of a subject and its evaluation that all parts amount to."""
    permuted = tuple(_joined(results, "permuted"))
    plain = {
        "fingerprint": of.dataset.fingerprint,
        "evaluation": evaluation.identity,
        "estimator": of.estimator,
        "split_difficulty": [results[f"split/{split}"] for split in SPLITS],
        "curve": _numbered(results, "curve"),
        "laboratories": results["laboratories"],
        "permuted_maes": permuted,
        "nested_maes": _numbered(results, "nested"),
        "on_noise": _counted(_joined(results, "noise")),
        "on_simulated": _counted(_joined(results, "simulated")),
        "multiverse": _joined(results, "multiverse"),
        "without": {key.removeprefix("without/"): results[key] for key in results if key.startswith("without/")}
        or None,
        "floor": results.get("floor"),
        "bounds": results.get("bounds", ()),
        "findings": results.get("findings", ()),
        "statements": _numbered(results, "statements"),
    }
    verdict = verdict_of(replace(evaluation, permuted_maes=permuted))
    explained = _explained(of, results, verdict) if "importance" in results else {}
    return from_plain(RobustnessStudy, to_plain(plain | explained))


def _explained(of: Subject, results: Mapping[str, Any], verdict: Verdict) -> dict[str, Any]:
    whole, papers = results["importance"], _numbered(results, "paper")
    return {
        "importance": ranked(whole["importance"], _joined(results, "resampled")),
        "error_added": error_added(papers),
        "unseen_contributions": unseen_contributions(of.rows, papers).to_dict("list"),
        "aliases": whole["aliases"],
        "together": whole["together"],
        "n_left_out": len(papers),
        "shifts": shifts({**whole, "verdict": verdict.value}, papers),
    }


def _numbered(results: Mapping[str, Any], kind: str) -> list[Any]:
    numbers = sorted(int(key.removeprefix(f"{kind}/")) for key in results if key.startswith(f"{kind}/"))
    return [results[f"{kind}/{number}"] for number in numbers]


def _joined(results: Mapping[str, Any], kind: str) -> list[Any]:
    return [value for values in _numbered(results, kind) for value in values]


def _counted(every: list[str]) -> dict[str, int] | None:
    return {verdict.value: every.count(verdict.value) for verdict in Verdict} if every else None


def _laboratories(of: Subject) -> LaboratoriesHeldOut:
    among = (of.estimator,) if of.estimator in CONSTANTS else None
    held = evaluate_rows(laboratories_held_out(of.rows), of.target, among=among)
    gain = paired_gain(held.predictions, "random_forest", CHOSEN)
    return LaboratoriesHeldOut(held.n_papers, held.scores[CHOSEN].mae, held.scores["mean"].mae, verdict_of(held), gain)


def _bounds(of: Subject) -> list[Consistency]:
    return consistency(learn(of.rows, of.target, (of.estimator,)), of.dataset.bounds())


def _without(of: Subject, papers: tuple[str, ...]) -> dict[str, float]:
    rows = without(of.rows, papers)
    return {name: fixed_mae(ESTIMATORS[name], rows, of.target) for name in of.compared}


def _multiverse(of: Subject, run: range) -> list[tuple[Encoding, float]]:
    subset = list(encodings())[run.start : run.stop]
    return [(encoding, fixed_mae(partial(encoding.pipeline, of.estimator), of.rows, of.target)) for encoding in subset]


def _noise(of: Subject, run: range) -> list[Verdict]:
    outcome_sets = np.array([permuted(of.rows, 1_000 + seed) for seed in run])
    return verdicts(of.rows, of.target, of.estimator, outcome_sets)


def _simulated(of: Subject, run: range) -> list[Verdict]:
    outcome_sets = np.array([simulated(of.rows, of.target, of.estimator, seed) for seed in run])
    return verdicts(of.rows, of.target, of.estimator, outcome_sets)


def _nested(of: Subject, seed: int) -> float:
    made = replace(of.rows, outcomes=permuted(of.rows, seed))
    return evaluate_rows(made, of.target).scores[CHOSEN].mae


def _importance(of: Subject) -> Mapping[str, Any]:
    model, recipes = learn(of.rows, of.target, candidates(of.target)), of.rows.recipes
    best, value = best_candidate(model, recipes)
    players = {"importance": importance_on(model, recipes), "aliases": aliases(model)}
    return {**players, "together": coincidences(recipes), "best": best, "best_value": value}


def _resampled(of: Subject, run: range) -> list[dict[str, float]]:
    return [resampled_importance(of.rows, of.target, candidates(of.target), seed) for seed in run]
