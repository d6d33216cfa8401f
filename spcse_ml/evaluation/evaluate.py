"""How wrong the whole procedure is on papers it has never seen, beside the baselines on the same folds.

For each paper in turn everything is learnt anew from the other papers (choice of estimator, calibration of the
interval, domain), then that paper is predicted; of more than sixty papers, for each of twenty folds of them. What `fit`
does to all rows is what is judged here. A batch of one's own membranes is held out as a paper is; once there are enough
batches they are what is judged.
"""

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from spcse_ml.data.dataset import OWN, OWN_BATCH, Dataset, TrainingRows, is_own
from spcse_ml.evaluation.metrics import (
    CHOSEN,
    PLAIN,
    Coverage,
    Gain,
    Scores,
    coverage,
    paired_gain,
    paper_errors,
    scores_of,
)
from spcse_ml.former_names import formerly_called
from spcse_ml.models.conformal import LEVEL
from spcse_ml.models.cross_validation import (
    MOST_LEFT_OUT,
    N_FOLDS,
    Fold,
    ceiling,
    evaluation_folds,
    hold_out,
    predict_medians,
)
from spcse_ml.models.estimators import CONSTANTS, ESTIMATORS, compared, is_complete
from spcse_ml.models.lab_effect import Candidate, choices, maker
from spcse_ml.models.model import learn, refuse_too_few
from spcse_ml.models.weights import fit_to
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.schema import Target

ENOUGH_OWN_BATCHES, ENOUGH_OWN_RECIPES = 10, 5
"""Own batches are judged in place of papers once there are so many, of so many different recipes or conditions."""

NESTED = "nested"
"""Name under which the procedure stands beside the constant that ships in its place."""

CONSTANT = "median"
"""What stands in for a model that has no skill: the median of the rows with its range."""


@formerly_called(shuffled="permuted_maes", p_of_chance="p_value")
@dataclass(frozen=True)
class Evaluation:
    """What the procedure predicted for every paper while it was held out, and how good that was.

    The released models carry theirs:

    >>> from pathlib import Path
    >>> from spcse_ml.workflows.predict import loaded_pair
    >>> evaluation = loaded_pair(Path("a folder without models")).retention.evaluation
    >>> evaluation.n_papers, round(evaluation.scores["chosen"].mae, 1), evaluation.gain.finding
    (28, 15.3, 'better')
    """

    target: Target
    predictions: pd.DataFrame
    """One row per training row, indexed by `table.row`: paper, method, observed, low, high, domain, distance,
    estimator, whether its contents are all reported (`is_complete`), the ends of the intervals around the mean and the
    median (`mean_low` and so on), and a column per estimator with its out-of-paper prediction; `chosen` is the nested
    procedure."""
    permuted_maes: tuple[float, ...] = ()
    """Mean absolute errors of the same estimator on permuted outcomes: those of other papers, at random."""
    beside: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Rows held out alike that the scores leave out: papers where own batches are scored, or the other way round."""

    @functools.cached_property
    def scores(self) -> Mapping[str, Scores]:
        """Return the scores by estimator name; `chosen` is the nested procedure."""
        baseline = self.mae(PLAIN)
        return {name: scores_of(self.predictions, name, baseline) for name in self._estimators}

    @functools.cached_property
    def complete(self) -> Mapping[str, float]:
        """Return the mean absolute error by estimator over the rows whose contents are all reported.

        Papers with missing contents have lower retention, and trees use the missing value as a signal, which no recipe
        to come will give.
        """
        rows = self.predictions[self.predictions["is_complete"]]
        return {name: float(paper_errors(rows, name).mean()) for name in self._estimators}

    @functools.cached_property
    def gain(self) -> Gain:
        """Return the gain of the nested procedure over the fold-wise mean."""
        return paired_gain(self.predictions, PLAIN, CHOSEN)

    @functools.cached_property
    def coverage(self) -> Coverage:
        """Return how the prediction intervals fared."""
        return coverage(self.predictions)

    def mae(self, name: str) -> float:
        """Return the mean absolute error of one estimator, each paper counted once.

        Args:
            name: of an estimator.

        Returns:
            The error in the target's unit (points of retention, µm).
        """
        return float(paper_errors(self.predictions, name).mean())

    @property
    def _estimators(self) -> list[str]:
        return [name for name in self.predictions.columns if name in ESTIMATORS or name in {CHOSEN, NESTED}]

    @property
    def held_out(self) -> pd.DataFrame:
        """Return what was predicted for every row while it was held out, scored or not."""
        return pd.concat([self.predictions, self.beside]) if len(self.beside) else self.predictions

    @property
    def is_of_own(self) -> bool:
        """Return whether own batches are judged, in place of published papers."""
        return bool(self.predictions["paper"].str.startswith(OWN).any())

    @property
    def p_value(self) -> float | None:
        """Return the p-value of the permutation test: (1 + times as good) / (1 + permutations); None without any."""
        if not self.permuted_maes:
            return None
        chosen = self.mae(CHOSEN)
        as_good = sum(mae <= chosen for mae in self.permuted_maes)
        return (1 + as_good) / (1 + len(self.permuted_maes))

    @property
    def identity(self) -> str:
        """Return a digest of what the procedure predicted for each row; other procedures and rows give others."""
        predictions = self.predictions[["paper", "observed", CHOSEN]].round(2)
        return hashlib.sha256(predictions.to_csv().encode()).hexdigest()[:16]

    @property
    def estimator(self) -> str:
        """Return the name of the estimator that the procedure chose most often."""
        return str(self.predictions["estimator"].mode()[0])

    @property
    def n_rows(self) -> int:
        """Return how many rows were scored."""
        return len(self.predictions)

    @property
    def n_folds(self) -> int | None:
        """Return into how many folds whole papers were dealt; None where each was held out by itself."""
        return None if self.held_out["paper"].nunique() <= MOST_LEFT_OUT else N_FOLDS

    @property
    def n_papers(self) -> int:
        """Return how many papers were held out, those that share a recipe counted once."""
        return int(self.predictions["paper"].nunique())


def evaluate(
    dataset: Dataset, target: Target, *, among: tuple[Candidate, ...] | None = None, workers: Workers = ALONE
) -> Evaluation:
    """Return the evaluation of one target, every paper held out in turn.

    `among` names the estimators to choose from, the target's candidates without it. Errors are in the target's unit.

    Args:
        dataset: published rows, and own ones where `with_lab_rows` added them.
        target: retention or thickness, of `TARGETS`.
        among: names or specifications of the estimators to choose from; without them the target's candidates.
        workers: who computes the folds; one after the other without it.

    Returns:
        Errors, intervals and held-out predictions of the chosen estimator and of those beside it.

    Raises:
        InputError: fewer than ten papers carry the target.

    The dry films alone, from a line in the content:

    >>> from dataclasses import replace
    >>> import spcse_ml
    >>> data = spcse_ml.read_literature()
    >>> dry = replace(data, rows=data.rows[data.rows["table"] == 2])
    >>> evaluation = spcse_ml.evaluate(dry, spcse_ml.TARGETS["retention"], among=("content_line",))
    >>> evaluation.n_papers, round(evaluation.scores["chosen"].mae, 1), round(evaluation.scores["mean"].mae, 1)
    (11, 16.9, 27.4)
    """
    rows = dataset.training_rows(target)
    refuse_too_few(rows, target)
    return evaluate_rows(rows, target, among=among, workers=workers)


def evaluate_rows(
    rows: TrainingRows, target: Target, *, among: tuple[Candidate, ...] | None = None, workers: Workers = ALONE
) -> Evaluation:
    """Return what `evaluate` does, for rows that are already picked, or whose outcomes are made up."""
    ask = partial(predict_fold, rows, target, among or choices(target, rows.recipes))
    held = hold_out(ask, evaluation_folds(rows.papers), workers=workers, what=f"{target.name}: papers held out")
    predictions = pd.concat([frame for _, frame in held])
    if is_own(rows.recipes).any():
        names = [name for name in rows.recipes if name != OWN_BATCH]
        kinds = rows.recipes.groupby(names, dropna=False).ngroup()
        predictions["recipe"] = pd.Series(kinds.to_numpy(), index=list(rows.places))
    return evaluate_part(target, predictions)


def evaluate_part(target: Target, predictions: pd.DataFrame) -> Evaluation:
    """Return the evaluation of published papers, or of own batches once there are enough; the others stand beside."""
    own = predictions["paper"].str.startswith(OWN)
    is_scored = own if own.all() or (own.any() and can_be_evaluated(predictions[own])) else ~own
    return Evaluation(target, predictions[is_scored], beside=predictions[~is_scored])


def can_be_evaluated(own: pd.DataFrame) -> bool:
    """Return whether held-out own rows can be judged by themselves: who repeats one recipe has no skill to show."""
    return own["paper"].nunique() >= ENOUGH_OWN_BATCHES and own["recipe"].nunique() >= ENOUGH_OWN_RECIPES


def other_part(evaluation: Evaluation) -> Evaluation:
    """Return the evaluation of what stands beside: of published papers where own batches are judged."""
    return Evaluation(evaluation.target, evaluation.beside, beside=evaluation.predictions)


def of_constant(evaluation: Evaluation) -> Evaluation:
    """Return the evaluation of the constant that stands in for a model without skill, on the same folds."""
    scored, beside = (
        _of_constant(predictions) if len(predictions) else predictions
        for predictions in (evaluation.predictions, evaluation.beside)
    )
    return Evaluation(evaluation.target, scored, beside=beside)


def _of_constant(predictions: pd.DataFrame) -> pd.DataFrame:
    shown = predictions.assign(**{NESTED: predictions[CHOSEN], CHOSEN: predictions[CONSTANT]}, estimator=CONSTANT)
    return shown.assign(low=predictions[f"{CONSTANT}_low"], high=predictions[f"{CONSTANT}_high"])


def predict_fold(rows: TrainingRows, target: Target, names: tuple[Candidate, ...], fold: Fold) -> pd.DataFrame:
    """Return what the procedure and every estimator say of the rows that a fold holds out, as `predictions` does."""
    seen, unseen = (rows.take(numbers) for numbers in fold)
    model = learn(seen, target, names)
    predicted = model.predict(unseen.recipes, level=LEVEL)
    columns = {
        "paper": unseen.papers, "method": unseen.recipes["method"], "observed": unseen.outcomes,
        CHOSEN: predicted[target.column], "low": predicted["low"], "high": predicted["high"],
        "domain": predicted["domain"], "distance": predicted["distance"],
        "estimator": model.estimator, "is_complete": is_complete(unseen.recipes),
    }  # fmt: skip
    limit = ceiling(target, seen.outcomes)
    for name in CONSTANTS:
        plainly = learn(seen, target, (name,)).predict(unseen.recipes, level=LEVEL)
        columns |= {f"{name}_low": plainly["low"], f"{name}_high": plainly["high"]}
    for name in compared(target):
        pipeline = fit_to(maker(name, seen.recipes)(), seen)
        columns[name] = predict_medians(pipeline, unseen.recipes, limit)
    return pd.DataFrame(columns).set_index(pd.Index(unseen.places, name="place"))
