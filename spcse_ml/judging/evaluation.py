"""How wrong the whole procedure is on papers it has never seen, beside the baselines on the same folds.

For each paper in turn everything is learnt anew from the other papers (choice of estimator, calibration of the
interval, domain), then that paper is predicted. What `fit` does to all rows is what is judged here. A batch of one's
own membranes is held out as a paper is; once there are enough batches they are what is judged.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from scipy.stats import t as student_t

from spcse_ml.learning.domain import EDGE, INSIDE, OUTSIDE
from spcse_ml.learning.estimators import CONSTANTS, ESTIMATORS, compared, is_complete
from spcse_ml.learning.folds import Fold, leave_one_out
from spcse_ml.learning.holding_out import ceiling, errors_by_paper, hold_out, point
from spcse_ml.learning.intervals import LEVEL
from spcse_ml.learning.model import learn
from spcse_ml.learning.own_laboratory import choices, maker
from spcse_ml.literature.dataset import OWN, OWN_BATCH, Dataset, Trainable, is_own
from spcse_ml.literature.schema import Method, Target
from spcse_ml.work import ALONE, Workers

FEWEST_GROUPS, FEW_GROUPS = 5, 15
"""Of fewer papers or batches than the first nothing is said; below the second, intervals are Student's."""

CHOSEN = "chosen"
"""Name under which the nested procedure itself stands beside the single estimators."""

PLAIN = "mean"
"""The guess whose error skill is counted from, and whose interval is the one to beat."""

ENOUGH_OWN_BATCHES, ENOUGH_OWN_RECIPES = 10, 5
"""Own batches are judged in place of papers once there are so many, of so many different recipes or conditions."""

NESTED = "nested"
"""Name under which the procedure stands beside the constant that ships in its place."""

CONSTANT = "median"
"""What stands in for a model that has no skill: the median of the rows with its range."""


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
    """What the procedure predicted for every paper while it was held out, and how good that was.

    The released models carry theirs:

    >>> from pathlib import Path
    >>> from spcse_ml.workflows.ask import loaded_pair
    >>> evaluation = loaded_pair(Path("a folder without models")).retention.evaluation
    >>> evaluation.n_papers, round(evaluation.scores["chosen"].mae, 1), evaluation.gain.finding
    (29, 14.3, 'better')
    """

    target: Target
    predictions: pd.DataFrame
    """One row per training row, indexed by `table.row`: paper, method, observed, low, high, domain, distance,
    estimator, whether its contents are all reported (`is_complete`), the ends of the intervals around the mean and the
    median (`mean_low` and so on), and a column per estimator with its out-of-paper prediction; `chosen` is the nested
    procedure."""
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
    beside: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Rows held out alike that the scores leave out: papers where own batches are judged, or the other way round."""

    @property
    def held_out(self) -> pd.DataFrame:
        """Return what was predicted for every row while it was held out, scored or not."""
        return pd.concat([self.predictions, self.beside]) if len(self.beside) else self.predictions

    @property
    def is_of_own(self) -> bool:
        """Return whether own batches are judged, in place of published papers."""
        return bool(self.predictions["paper"].str.startswith(OWN).any())

    @property
    def p_of_chance(self) -> float | None:
        """Return how often shuffled outcomes are predicted as well: (1 + times) / (1 + shuffles); None without any."""
        if not self.shuffled:
            return None
        as_good = sum(mae <= self.scores[CHOSEN].mae for mae in self.shuffled)
        return (1 + as_good) / (1 + len(self.shuffled))

    @property
    def identity(self) -> str:
        """Return a digest of what the procedure predicted for each row; other procedures and rows give others."""
        told = self.predictions[["paper", "observed", CHOSEN]].round(2)
        return hashlib.sha256(told.to_csv().encode()).hexdigest()[:16]

    @property
    def estimator(self) -> str:
        """Return the name of the estimator that the procedure chose most often."""
        return str(self.predictions["estimator"].mode()[0])

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
    n: int = FEWEST_GROUPS
    """How many papers or batches stand behind it."""

    @property
    def finding(self) -> str:
        """Return `better`, `worse` or `cannot tell`; of fewer than five papers or batches nothing is said."""
        if self.n < FEWEST_GROUPS:
            return "cannot tell"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "cannot tell"


@dataclass(frozen=True)
class Coverage:
    """How many held-out rows fell inside their interval, its mean width and Winkler score in the target's unit."""

    level: float
    hits: int
    n: int
    mean_width: float
    winkler: float

    @cached_property
    def range(self) -> tuple[float, float]:
        """Return between which coverages the true one lies, at 95 %, as fractions (Clopper and Pearson 1934)."""
        found = binomtest(self.hits, self.n).proportion_ci()
        return float(found.low), float(found.high)


def evaluate(
    dataset: Dataset, target: Target, *, among: tuple[str, ...] | None = None, workers: Workers = ALONE
) -> Evaluation:
    """Return the evaluation of one target, every paper held out in turn.

    `among` names the estimators to choose from, the target's candidates without it. Errors are in the target's unit.

    Raises:
        InputError: too few papers carry the target.

    The dry films alone, from a line in the content:

    >>> from dataclasses import replace
    >>> import spcse_ml
    >>> data = spcse_ml.read_literature()
    >>> dry = replace(data, rows=data.rows[data.rows["table"] == 2])
    >>> found = spcse_ml.evaluate(dry, spcse_ml.TARGETS["retention"], among=("content_line",))
    >>> found.n_papers, round(found.scores["chosen"].mae, 1), round(found.scores["mean"].mae, 1)
    (11, 16.9, 27.4)
    """
    return evaluate_rows(dataset.trainable(target), target, among=among, workers=workers)


def evaluate_rows(
    rows: Trainable, target: Target, *, among: tuple[str, ...] | None = None, workers: Workers = ALONE
) -> Evaluation:
    """Return what `evaluate` does, for rows that are already picked, or whose outcomes are made up."""
    ask = partial(told_held_out, rows, target, among or choices(target, rows.recipes))
    held = hold_out(ask, leave_one_out(rows.papers), workers=workers, what=f"{target.name}: papers held out")
    told = pd.concat([one for _, one in held])
    if is_own(rows.recipes).any():
        names = [name for name in rows.recipes if name != OWN_BATCH]
        kinds = rows.recipes.groupby(names, dropna=False).ngroup()
        told["recipe"] = pd.Series(kinds.to_numpy(), index=list(rows.places))
    return judged_part(target, told)


def judged_part(target: Target, told: pd.DataFrame) -> Evaluation:
    """Return the evaluation of published papers, or of own batches once there are enough; the others stand beside."""
    own = told["paper"].str.startswith(OWN)
    is_judged = own if own.all() or (own.any() and can_be_judged(told[own])) else ~own
    return summarise(target, told[is_judged], beside=told[~is_judged])


def can_be_judged(own: pd.DataFrame) -> bool:
    """Return whether held-out own rows can be judged by themselves: who repeats one recipe has no skill to show."""
    return own["paper"].nunique() >= ENOUGH_OWN_BATCHES and own["recipe"].nunique() >= ENOUGH_OWN_RECIPES


def other_part(evaluation: Evaluation) -> Evaluation:
    """Return the evaluation of what stands beside: of published papers where own batches are judged."""
    return summarise(evaluation.target, evaluation.beside, beside=evaluation.predictions)


def of_constant(evaluation: Evaluation) -> Evaluation:
    """Return the evaluation of the constant that stands in for a model without skill, on the same folds."""
    judged, beside = (_of_constant(told) if len(told) else told for told in (evaluation.predictions, evaluation.beside))
    return summarise(evaluation.target, judged, beside=beside)


def _of_constant(told: pd.DataFrame) -> pd.DataFrame:
    shown = told.assign(**{NESTED: told[CHOSEN], CHOSEN: told[CONSTANT]}, estimator=CONSTANT)
    return shown.assign(low=told[f"{CONSTANT}_low"], high=told[f"{CONSTANT}_high"])


def summarise(target: Target, predictions: pd.DataFrame, *, beside: pd.DataFrame | None = None) -> Evaluation:
    """Return the evaluation that out-of-paper predictions amount to."""
    names = [name for name in predictions.columns if name in ESTIMATORS or name in {CHOSEN, NESTED}]
    baseline = paper_errors(predictions, PLAIN)
    scores = {name: _scores(predictions, name, float(baseline.mean())) for name in names}
    asked = predictions[predictions["is_complete"]]
    complete = {name: float(paper_errors(asked, name).mean()) for name in names}
    return Evaluation(
        target,
        predictions,
        scores,
        complete,
        paired_gain(predictions, PLAIN, CHOSEN),
        coverage(predictions),
        beside=pd.DataFrame() if beside is None else beside,
    )


def paper_errors(predictions: pd.DataFrame, name: str) -> pd.Series:
    """Return the mean absolute error of one estimator by paper, in the target's unit."""
    return errors_by_paper(predictions[name], predictions["observed"], predictions["paper"])


def paired_gain(predictions: pd.DataFrame, rival: str, name: str) -> Gain:
    """Return how much less `name` errs than `rival` on the same papers, papers resampled for the interval."""
    return resampled_mean(paper_errors(predictions, rival) - paper_errors(predictions, name))


def winkler_gain(predictions: pd.DataFrame) -> Gain:
    """Return how much lower the Winkler score is than that of an interval of the same level around the mean."""
    papers = predictions["paper"]
    plain = _winkler(predictions, f"{PLAIN}_low", f"{PLAIN}_high").groupby(papers).mean()
    return resampled_mean(plain - _winkler(predictions).groupby(papers).mean())


def resampled_mean(gains: pd.Series, *, n_resamples: int = 4000) -> Gain:
    """Return the mean of one gain per paper with its 95 % interval, papers resampled.

    Of fewer than fifteen papers it is Student's t interval: resampling so few makes intervals too narrow.
    """
    values = gains.to_numpy()
    if len(values) < FEW_GROUPS:
        spread = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.inf
        half = float(student_t.ppf(0.975, max(len(values) - 1, 1)) * spread)
        return Gain(float(values.mean()), float(values.mean()) - half, float(values.mean()) + half, len(values))
    draws = np.random.default_rng(0).integers(len(values), size=(n_resamples, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975])
    return Gain(float(values.mean()), float(low), float(high), len(values))


@dataclass(frozen=True)
class GroupRecord:
    """How the held-out rows of one kind fared: their mean error by paper in the target's unit, and their intervals."""

    group: str
    mae: float
    coverage: Coverage


def by_domain(predictions: pd.DataFrame) -> list[GroupRecord]:
    """Return how held-out rows fared inside, on the edge of and outside what the other papers cover."""
    return _grouped(predictions, "domain", (INSIDE, EDGE, OUTSIDE))


def by_method(predictions: pd.DataFrame) -> list[GroupRecord]:
    """Return how held-out rows fared by the method that made them."""
    return _grouped(predictions, "method", tuple(Method))


def _grouped(predictions: pd.DataFrame, column: str, order: tuple[str, ...]) -> list[GroupRecord]:
    groups = [(str(name), predictions[predictions[column] == name]) for name in order]
    return [
        GroupRecord(name, float(paper_errors(rows, CHOSEN).mean()), coverage(rows))
        for name, rows in groups
        if len(rows)
    ]


def winkler(observed: np.ndarray, low: np.ndarray, high: np.ndarray, level: float) -> np.ndarray:
    """Return width plus 2 / (1 - level) times the miss (Winkler 1972, DOI 10.1080/01621459.1972.10481224).

    >>> winkler(np.array([5.0]), np.array([0.0]), np.array([4.0]), 0.9).round(6).tolist()
    [24.0]
    """
    miss = np.maximum(low - observed, 0) + np.maximum(observed - high, 0)
    return np.asarray((high - low) + 2 / (1 - level) * miss)


def told_held_out(rows: Trainable, target: Target, names: tuple[str, ...], fold: Fold) -> pd.DataFrame:
    """Return what the procedure and every estimator say of the rows that a fold holds out, as `predictions` does."""
    seen, unseen = (rows.take(some) for some in fold)
    model = learn(seen, target, names)
    predicted = model.predict_frame(unseen.recipes, level=LEVEL)
    told = {
        "paper": unseen.papers, "method": unseen.recipes["method"], "observed": unseen.outcomes,
        CHOSEN: predicted[target.column], "low": predicted["low"], "high": predicted["high"],
        "domain": predicted["domain"], "distance": predicted["distance"],
        "estimator": model.estimator, "is_complete": is_complete(unseen.recipes),
    }  # fmt: skip
    limit = ceiling(target, seen.outcomes)
    for name in CONSTANTS:
        plainly = learn(seen, target, (name,)).predict_frame(unseen.recipes, level=LEVEL)
        told |= {f"{name}_low": plainly["low"], f"{name}_high": plainly["high"]}
    for name in compared(target):
        pipeline = maker(name, seen.recipes)().fit(seen.recipes, seen.outcomes)
        told[name] = point(pipeline, unseen.recipes, limit)
    return pd.DataFrame(told).set_index(pd.Index(unseen.places, name="place"))


def _scores(predictions: pd.DataFrame, name: str, baseline_mae: float) -> Scores:
    errors = predictions[name] - predictions["observed"]
    mae = float(paper_errors(predictions, name).mean())
    rmse = float(np.sqrt((errors**2).groupby(predictions["paper"]).mean().mean()))
    estimators = set(predictions["estimator"]) if name == CHOSEN else {name}
    is_constant = estimators <= set(CONSTANTS) or np.ptp(predictions[name]) == 0 or np.ptp(predictions["observed"]) == 0
    rank = np.nan if is_constant else float(predictions[name].corr(predictions["observed"], method="spearman"))
    return Scores(mae, rmse, 1 - mae / baseline_mae, rank)


def coverage(predictions: pd.DataFrame) -> Coverage:
    """Return how the intervals fared."""
    low, high = predictions["low"], predictions["high"]
    hits, scores = int(predictions["observed"].between(low, high).sum()), _winkler(predictions)
    return Coverage(LEVEL, hits, len(predictions), float((high - low).mean()), float(scores.mean()))


def _winkler(predictions: pd.DataFrame, low: str = "low", high: str = "high") -> pd.Series:
    observed, least, most = (predictions[name].to_numpy(dtype=float) for name in ("observed", low, high))
    return pd.Series(winkler(observed, least, most, LEVEL), index=predictions.index)
