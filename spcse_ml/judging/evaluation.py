"""How wrong the whole procedure is on papers it has never seen, beside the baselines on the same folds.

For each paper in turn everything is learnt anew from the other papers (choice of estimator, calibration of the
interval, domain), then that paper is predicted. What `fit` does to all rows is what is judged here.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from spcse_ml.learning.domain import EDGE, INSIDE, OUTSIDE
from spcse_ml.learning.estimators import CONSTANTS, ESTIMATORS, candidates, compared, is_complete
from spcse_ml.learning.folds import Fold, leave_one_out
from spcse_ml.learning.intervals import ceiling
from spcse_ml.learning.model import error_by_paper, learn, point, subset
from spcse_ml.literature.dataset import Dataset, Trainable
from spcse_ml.literature.schema import Target

LEVEL = 0.9
CHOSEN = "chosen"
"""Name under which the nested procedure itself stands beside the single estimators."""

Step = TypeVar("Step")
Progress = Callable[[Iterable[Any], int, str], Iterable[Any]]


@dataclass(frozen=True)
class Scores:
    """Errors on papers never seen, in the target's unit; each paper counts once."""

    mae: float
    rmse: float
    skill: float
    """1 - MAE / MAE of the mean of the same training rows."""
    spearman: float
    """Rank correlation over rows; nan for a constant, anti-correlated by construction."""


@dataclass(frozen=True)
class Evaluation:
    """What the procedure predicted for every paper while it was held out, and how good that was."""

    target: Target
    predictions: pd.DataFrame
    """One row per training row, indexed by `table.row`: paper, observed, low, high, domain, distance, estimator,
    whether its contents are all reported (`is_complete`), and a column per estimator with its out-of-paper prediction;
    `chosen` is the nested procedure."""
    scores: Mapping[str, Scores]
    """By estimator name; `chosen` is the nested procedure."""
    complete: Mapping[str, float]
    """Mean absolute error by estimator over the rows whose contents are all reported: what a chemist would ask about.
    A blank content can betray an outcome (papers that report none did worse), which no recipe to come will do."""
    gain: "Gain"
    """Of the nested procedure over the fold-wise mean."""
    coverage: "Coverage"
    shuffled: tuple[float, ...] = ()
    """Mean absolute errors of the same estimator when the outcomes were dealt out to other papers at random."""

    @property
    def p_of_chance(self) -> float | None:
        """Return how often shuffled outcomes are predicted as well: (1 + times) / (1 + shuffles); None without any."""
        if not self.shuffled:
            return None
        as_good = sum(mae <= self.scores[CHOSEN].mae for mae in self.shuffled)
        return (1 + as_good) / (1 + len(self.shuffled))

    @property
    def n_rows(self) -> int:
        """Return how many rows were scored."""
        return len(self.predictions)

    @property
    def n_papers(self) -> int:
        """Return how many papers were held out, those that share a recipe counted once."""
        return int(self.predictions["paper"].nunique())


@dataclass(frozen=True)
class Gain:
    """How much less the first errs than the second, in the target's unit, with its 95 % interval over papers."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Coverage:
    """How many held-out rows fell inside their interval, its mean width and Winkler score in the target's unit."""

    level: float
    hits: int
    n: int
    mean_width: float
    winkler: float


def evaluate(
    dataset: Dataset,
    target: Target,
    *,
    among: tuple[str, ...] | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Return the evaluation of one target, every paper held out in turn.

    `among` names the estimators to choose from, the target's candidates without it. The executor runs the folds;
    without one they run one after another, and the result is the same.

    Raises:
        InputError: too few papers carry the target.
    """
    trainable = dataset.trainable(target)
    names = among or candidates(target)
    jobs = [(trainable, target, names, fold) for fold in leave_one_out(trainable.papers)]
    run = executor.map if executor else map
    held = _shown(run(_held_out, jobs), len(jobs), f"{target.name}: papers held out", progress)
    return summarise(target, pd.concat(held))


def with_shuffles(
    evaluation: Evaluation,
    dataset: Dataset,
    n_shuffles: int,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Return the evaluation with the errors of its most chosen estimator on outcomes dealt out anew, so many times."""
    target, trainable = evaluation.target, dataset.trainable(evaluation.target)
    name = str(evaluation.predictions["estimator"].mode()[0])
    jobs = [(trainable, target, name, seed) for seed in range(n_shuffles)]
    run = executor.map if executor else map
    maes = _shown(run(_shuffled_mae, jobs), n_shuffles, f"{target.name}: outcomes shuffled", progress)
    return replace(evaluation, shuffled=tuple(maes))


def _shown(steps: Iterable[Step], total: int, what: str, progress: Progress | None) -> list[Step]:
    return list(progress(steps, total, what)) if progress and total else list(steps)


def fixed_mae(trainable: Trainable, target: Target, name: str) -> float:
    """Return the error of one estimator with every paper held out in turn, without any choice, averaged by paper."""
    values = np.empty(len(trainable.outcomes))
    for train, held in leave_one_out(trainable.papers):
        seen = subset(trainable, train)
        pipeline = ESTIMATORS[name]().fit(seen.recipes, seen.outcomes)
        values[held] = point(pipeline, trainable.recipes.iloc[held], ceiling(target, seen.outcomes))
    return error_by_paper(values, trainable)


def shuffled(trainable: Trainable, seed: int) -> Trainable:
    """Return the same recipes with the outcomes of whole papers dealt out to other papers at random."""
    papers = list(dict.fromkeys(trainable.papers))
    dealt = dict(zip(papers, np.random.default_rng(seed).permutation(np.array(papers, dtype=object)), strict=True))
    own = {paper: trainable.outcomes[trainable.papers == paper] for paper in papers}
    seen: dict[str, int] = {}
    outcomes = []
    for paper in trainable.papers:
        values = own[dealt[paper]]
        outcomes.append(values[seen.get(paper, 0) % len(values)])
        seen[paper] = seen.get(paper, 0) + 1
    return replace(trainable, outcomes=np.array(outcomes))


def _shuffled_mae(job: tuple[Trainable, Target, str, int]) -> float:
    trainable, target, name, seed = job
    return fixed_mae(shuffled(trainable, seed), target, name)


def summarise(target: Target, predictions: pd.DataFrame, shuffled_maes: tuple[float, ...] = ()) -> Evaluation:
    """Return the evaluation that out-of-paper predictions, and errors on shuffled outcomes, amount to."""
    names = [name for name in predictions.columns if name in ESTIMATORS or name == CHOSEN]
    baseline = paper_errors(predictions, "mean")
    scores = {name: _scores(predictions, name, float(baseline.mean())) for name in names}
    asked = predictions[predictions["is_complete"]]
    complete = {name: float(paper_errors(asked, name).mean()) for name in names}
    return Evaluation(
        target,
        predictions,
        scores,
        complete,
        paired_gain(predictions, "mean", CHOSEN),
        _coverage(predictions, LEVEL),
        shuffled_maes,
    )


def paper_errors(predictions: pd.DataFrame, name: str) -> pd.Series:
    """Return the mean absolute error of one estimator by paper, in the target's unit."""
    return (predictions[name] - predictions["observed"]).abs().groupby(predictions["paper"]).mean()


def paired_gain(predictions: pd.DataFrame, rival: str, name: str, *, n_resamples: int = 4000) -> Gain:
    """Return how much less `name` errs than `rival` on the same papers, papers resampled for the interval."""
    gains = (paper_errors(predictions, rival) - paper_errors(predictions, name)).to_numpy()
    draws = np.random.default_rng(0).integers(len(gains), size=(n_resamples, len(gains)))
    low, high = np.quantile(gains[draws].mean(axis=1), [0.025, 0.975])
    return Gain(float(gains.mean()), float(low), float(high))


@dataclass(frozen=True)
class DomainRecord:
    """How the held-out rows of one domain fared: how many, mean error and width in the target's unit, and hits."""

    domain: str
    n: int
    mae: float
    mean_width: float
    hits: int


def by_domain(predictions: pd.DataFrame) -> list[DomainRecord]:
    """Return how held-out rows fared inside, on the edge of and outside what the other papers cover."""
    records = []
    for domain in (INSIDE, EDGE, OUTSIDE):
        rows = predictions[predictions["domain"] == domain]
        if len(rows):
            coverage = _coverage(rows, LEVEL)
            mae = float((rows[CHOSEN] - rows["observed"]).abs().mean())
            records.append(DomainRecord(domain, len(rows), mae, coverage.mean_width, coverage.hits))
    return records


def winkler(observed: np.ndarray, low: np.ndarray, high: np.ndarray, level: float) -> np.ndarray:
    """Return width plus 2 / (1 - level) times the miss (Winkler 1972, DOI 10.1080/01621459.1972.10481224).

    >>> winkler(np.array([5.0]), np.array([0.0]), np.array([4.0]), 0.9).round(6).tolist()
    [24.0]
    """
    miss = np.maximum(low - observed, 0) + np.maximum(observed - high, 0)
    return np.asarray((high - low) + 2 / (1 - level) * miss)


def _held_out(job: tuple[Trainable, Target, tuple[str, ...], Fold]) -> pd.DataFrame:
    trainable, target, names, (train, held) = job
    seen, unseen = subset(trainable, train), subset(trainable, held)
    model = learn(seen, target, names)
    predicted = model.predict_frame(unseen.recipes, level=LEVEL)
    frame = pd.DataFrame(
        {
            "paper": unseen.papers, "observed": unseen.outcomes, CHOSEN: predicted[target.column].to_numpy(),
            "low": predicted["low"].to_numpy(), "high": predicted["high"].to_numpy(),
            "domain": predicted["domain"].to_numpy(), "distance": predicted["distance"].to_numpy(),
            "estimator": model.estimator, "is_complete": is_complete(unseen.recipes).to_numpy(),
        },
        index=pd.Index(unseen.places, name="place"),
    )  # fmt: skip
    limit = ceiling(target, seen.outcomes)
    for name in compared(target):
        pipeline = ESTIMATORS[name]().fit(seen.recipes, seen.outcomes)
        frame[name] = point(pipeline, unseen.recipes, limit)
    return frame


def _scores(predictions: pd.DataFrame, name: str, baseline_mae: float) -> Scores:
    errors = predictions[name] - predictions["observed"]
    mae = float(paper_errors(predictions, name).mean())
    rmse = float(np.sqrt((errors**2).groupby(predictions["paper"]).mean().mean()))
    estimators = set(predictions["estimator"]) if name == CHOSEN else {name}
    is_constant = estimators <= set(CONSTANTS) or np.ptp(predictions[name]) == 0 or np.ptp(predictions["observed"]) == 0
    rank = np.nan if is_constant else float(predictions[name].corr(predictions["observed"], method="spearman"))
    return Scores(mae, rmse, 1 - mae / baseline_mae, rank)


def _coverage(predictions: pd.DataFrame, level: float) -> Coverage:
    observed, low, high = (predictions[name].to_numpy(dtype=float) for name in ("observed", "low", "high"))
    hits = int(((low <= observed) & (observed <= high)).sum())
    scores = winkler(observed, low, high, level)
    return Coverage(level, hits, len(observed), float((high - low).mean()), float(scores.mean()))
