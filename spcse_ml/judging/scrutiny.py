"""The long look at a procedure, in parts that can be done in any order, kept one by one and put together.

A part is a step with its argument; what it gives is plain values, so that it can be kept as JSON.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from spcse_ml.judging.directions import (
    AS_IT_IS,
    DIRECTIONS,
    NOTHING,
    PTFE_IS_DRY,
    Finding,
    StatementRecord,
    findings,
    statement_trial,
)
from spcse_ml.judging.evaluation import CHOSEN, Evaluation, evaluate_rows, paired_gain
from spcse_ml.judging.importance import (
    N_RESAMPLES,
    Alias,
    Ranked,
    aliases,
    facts_that_go_together,
    importance_on,
    ranked,
    resampled_importance,
    without_paper,
)
from spcse_ml.judging.ladder import N_PAPERS, SPLITS, Rung, learning_curve, rung
from spcse_ml.judging.sensitivity import (
    DOUBTED,
    Consistency,
    Encoding,
    NoiseFloor,
    consistency,
    encodings,
    fixed_mae,
    laboratories_held_out,
    noise_floor,
    without,
)
from spcse_ml.judging.trials import chunks, planted, shuffled, shuffled_maes, verdicts
from spcse_ml.judging.verdict import Verdict, judge
from spcse_ml.learning.estimators import CONSTANTS, ESTIMATORS, candidates
from spcse_ml.learning.model import learn
from spcse_ml.literature.dataset import Dataset, Trainable
from spcse_ml.literature.schema import RETENTION, Target

N_SHUFFLED, N_NESTED, N_NOISE, N_PLANTED, N_STATED = 200, 20, 200, 100, 60

_NUMBERED = (
    "curve", "shuffled", "nested", "noise", "planted", "multiverse", "paper", "resampled", "statements",
)  # fmt: skip
"""Parts that come in numbers."""

VERSION = 2
"""Raised when a part comes to mean something else, so that what was kept before is not shown as it."""

Step = Callable[["Subject", Any], Any]


@dataclass(frozen=True)
class Subject:
    """What is looked at: the rows of a target and the estimator that the procedure chose most often."""

    dataset: Dataset
    target: Target
    estimator: str

    @property
    def rows(self) -> Trainable:
        """Return the rows that carry the target."""
        return self.dataset.trainable(self.target)

    @property
    def compared(self) -> tuple[str, ...]:
        """Return the estimators whose errors stand side by side on the ladder."""
        return tuple(dict.fromkeys(["mean", "content_line", "random_forest", self.estimator]))


@dataclass(frozen=True)
class Scrutiny:
    """What the long look found; errors in the target's unit."""

    estimator: str
    """The one that the procedure chose most often; trials and ladder use it without any choice."""
    ladder: tuple[Rung, ...]
    curve: tuple[Rung, ...]
    laboratories: Mapping[str, Any]
    """Of the whole nested procedure with laboratories held out: `n`, `mae`, `mean` (error of the mean), `verdict`."""
    shuffled: tuple[float, ...] = ()
    """Errors of the fixed estimator on shuffled outcomes."""
    nested: tuple[float, ...] = ()
    """Errors of the whole nested procedure on shuffled outcomes."""
    on_noise: Mapping[str, int] | None = None
    """How many data sets of pure noise earned which verdict."""
    on_planted: Mapping[str, int] | None = None
    """How many data sets with a planted signal earned which verdict."""
    multiverse: tuple[tuple[Encoding, float], ...] = ()
    """The error with each defensible encoding, the one in force first."""
    without: Mapping[str, Mapping[str, float]] | None = None
    """Errors by estimator without papers that may be doubted."""
    floor: NoiseFloor | None = None
    bounds: tuple[Consistency, ...] = ()
    importance: tuple[Ranked, ...] = ()
    """Players by importance in the procedure learnt from all papers, with what resampling says."""
    aliases: tuple[Alias, ...] = ()
    together: tuple[str, ...] = ()
    """Facts about the rows that go together, in words."""
    papers: tuple[Mapping[str, Any], ...] = ()
    """What is said without each paper, as `without_paper` returns it."""
    findings: tuple[Finding, ...] = ()
    """What a witness without constraints says of the review's statements."""
    statements: tuple[StatementRecord, ...] = ()
    """How often such statements were right on made-up outcomes."""


def subject(dataset: Dataset, evaluation: Evaluation) -> Subject:
    """Return what there is to scrutinise about an evaluation."""
    return Subject(dataset, evaluation.target, evaluation.estimator)


def parts(of: Subject) -> dict[str, tuple[Step, Any]]:
    """Return every part by its key; a target for which a constant ships has no signal to be tried."""
    found: dict[str, tuple[Step, Any]] = {f"ladder/{split}": (_rung, split) for split in SPLITS}
    most = len(set(of.rows.papers))
    found |= {f"curve/{n_papers}": (_curve, n_papers) for n_papers in N_PAPERS if n_papers < most}
    found |= {"laboratories": (_laboratories, None)}
    if of.estimator in CONSTANTS:
        return found
    if of.target == RETENTION:
        found |= {"floor": (_floor, None), "bounds": (_bounds, None)}
        found |= {f"without/{'+'.join(papers)}": (_without, papers) for papers in DOUBTED}
    found |= {f"multiverse/{run.start}": (_multiverse, run) for run in chunks(len(list(encodings())))}
    found |= {f"shuffled/{run.start}": (_shuffled, run) for run in chunks(N_SHUFFLED)}
    found |= {f"noise/{run.start}": (_noise, run) for run in chunks(N_NOISE)}
    found |= {f"planted/{run.start}": (_planted, run) for run in chunks(N_PLANTED)}
    found |= _parts_of_why(of)
    return found | {f"nested/{seed}": (_nested, seed) for seed in range(N_NESTED)}


def _parts_of_why(of: Subject) -> dict[str, tuple[Step, Any]]:
    papers = sorted(set(of.rows.papers.astype(str)))
    found: dict[str, tuple[Step, Any]] = {f"paper/{number}": (_paper, paper) for number, paper in enumerate(papers)}
    found |= {"importance": (_importance, None)}
    found |= {f"resampled/{run.start}": (_resampled, run) for run in chunks(N_RESAMPLES)}
    if of.target == RETENTION:
        found |= {"findings": (_findings, None)}
        trials = itertools.product((AS_IT_IS, PTFE_IS_DRY), (NOTHING, *(direction.name for direction in DIRECTIONS)))
        found |= {f"statements/{number}": (_statements, trial) for number, trial in enumerate(trials)}
    return found


def do(job: tuple[Subject, str]) -> Any:
    """Return what one part of a subject, named by its key, gives as plain values."""
    of, key = job
    step, given = parts(of)[key]
    return step(of, given)


def together(of: Subject, kept: Mapping[str, Any]) -> Scrutiny:
    """Return the scrutiny of a subject that all its parts amount to."""
    told = {kind: _told(kept, kind) for kind in _NUMBERED}
    return Scrutiny(
        estimator=of.estimator,
        ladder=tuple(Rung(**kept[f"ladder/{split}"]) for split in SPLITS),
        curve=tuple(Rung(**one) for one in told["curve"]),
        laboratories=kept["laboratories"],
        shuffled=tuple(mae for some in told["shuffled"] for mae in some),
        nested=tuple(told["nested"]),
        on_noise=_counted(told["noise"]),
        on_planted=_counted(told["planted"]),
        multiverse=tuple((Encoding(**one), mae) for some in told["multiverse"] for one, mae in some),
        without={key.removeprefix("without/"): kept[key] for key in kept if key.startswith("without/")} or None,
        floor=NoiseFloor(**kept["floor"]) if "floor" in kept else None,
        bounds=tuple(Consistency(**one) for one in kept.get("bounds", ())),
        **_why(kept, told),
    )


def _why(kept: Mapping[str, Any], told: Mapping[str, list[Any]]) -> dict[str, Any]:
    if "importance" not in kept:
        return {}
    draws = [draw for some in told["resampled"] for draw in some]
    return {
        "importance": tuple(ranked(kept["importance"]["importance"], draws)),
        "aliases": tuple(Alias(**{**one, "players": tuple(one["players"])}) for one in kept["importance"]["aliases"]),
        "together": tuple(kept["importance"]["together"]),
        "papers": tuple(told["paper"]),
        "findings": tuple(Finding(**one) for one in kept.get("findings", ())),
        "statements": tuple(StatementRecord(**one) for one in told["statements"]),
    }


def _told(kept: Mapping[str, Any], kind: str) -> list[Any]:
    numbers = sorted(int(key.removeprefix(f"{kind}/")) for key in kept if key.startswith(f"{kind}/"))
    return [kept[f"{kind}/{number}"] for number in numbers]


def _counted(told: list[list[str]]) -> dict[str, int] | None:
    every = [verdict for some in told for verdict in some]
    return {verdict.value: every.count(verdict.value) for verdict in Verdict} if every else None


def _rung(of: Subject, split: str) -> Any:
    return asdict(rung(of.rows, of.target, split, of.compared))


def _curve(of: Subject, n_papers: int) -> Any:
    return asdict(learning_curve(of.rows, of.target, n_papers, of.compared))


def _laboratories(of: Subject, _: None) -> Any:
    among = (of.estimator,) if of.estimator in CONSTANTS else None
    held = evaluate_rows(laboratories_held_out(of.rows), of.target, among=among)
    forest = paired_gain(held.predictions, "random_forest", CHOSEN)
    scores = {"mae": held.scores[CHOSEN].mae, "mean": held.scores["mean"].mae, "verdict": judge(held).value}
    return {"n": held.n_papers, **scores, "gain_over_random_forest": asdict(forest)}


def _floor(of: Subject, _: None) -> Any:
    return asdict(noise_floor(of.rows))


def _bounds(of: Subject, _: None) -> Any:
    model = learn(of.rows, of.target, (of.estimator,))
    return [asdict(one) for one in consistency(model, of.dataset.bounds())]


def _without(of: Subject, papers: tuple[str, ...]) -> Any:
    rows = without(of.rows, papers)
    return {name: fixed_mae(ESTIMATORS[name], rows, of.target) for name in of.compared}


def _multiverse(of: Subject, run: range) -> Any:
    some = list(encodings())[run.start : run.stop]
    return [(asdict(one), fixed_mae(partial(one.pipeline, of.estimator), of.rows, of.target)) for one in some]


def _shuffled(of: Subject, run: range) -> Any:
    return shuffled_maes(of.rows, of.target, of.estimator, run)


def _noise(of: Subject, run: range) -> Any:
    worlds = np.array([shuffled(of.rows, 1_000 + seed) for seed in run])
    return [verdict.value for verdict in verdicts(of.rows, of.target, of.estimator, worlds)]


def _planted(of: Subject, run: range) -> Any:
    worlds = np.array([planted(of.rows, of.target, of.estimator, seed) for seed in run])
    return [verdict.value for verdict in verdicts(of.rows, of.target, of.estimator, worlds)]


def _nested(of: Subject, seed: int) -> Any:
    made = replace(of.rows, outcomes=shuffled(of.rows, seed))
    return evaluate_rows(made, of.target).scores[CHOSEN].mae


def _paper(of: Subject, paper: str) -> Any:
    return without_paper(of.rows, of.target, candidates(of.target), paper)


def _importance(of: Subject, _: None) -> Any:
    model = learn(of.rows, of.target, candidates(of.target))
    together = facts_that_go_together(of.rows.recipes)
    told = [asdict(alias) for alias in aliases(model)]
    return {"importance": importance_on(model, of.rows.recipes), "aliases": told, "together": together}


def _resampled(of: Subject, run: range) -> Any:
    return [resampled_importance(of.rows, of.target, candidates(of.target), seed) for seed in run]


def _findings(of: Subject, _: None) -> Any:
    return [asdict(finding) for finding in findings(of.rows, of.target)]


def _statements(of: Subject, trial: tuple[str, str]) -> Any:
    design, planted_direction = trial
    return asdict(statement_trial(of.rows, of.target, planted_direction, design, N_STATED))
