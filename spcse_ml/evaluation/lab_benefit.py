"""What one's own rows changed: the laboratory's factor, which process columns are learnt from, and which rows help.

Three models answer the same held-out papers and the same held-out own batches: one that learnt from the literature
alone, one from own rows alone, one from both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import OWN, OWN_BATCH, OWN_COLUMNS, TrainingRows, is_own
from spcse_ml.evaluation.evaluate import NESTED, Evaluation
from spcse_ml.evaluation.metrics import CHOSEN, Gain, paper_errors, resampled_mean
from spcse_ml.models.cross_validation import (
    Fold,
    errors_by_paper,
    evaluation_folds,
    hold_out,
    resample_papers,
    run_draws,
)
from spcse_ml.models.estimators import CONSTANTS
from spcse_ml.models.lab_effect import (
    FARTHEST,
    PRIOR_BATCHES,
    Candidate,
    choices,
    is_enough,
    maker,
    n_informative,
)
from spcse_ml.models.model import FEWEST_IN_FOLDS, MembraneModel, learn
from spcse_ml.models.specification import WITH_PROCESS, Specification
from spcse_ml.models.weights import fit_to
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.schema import PROCESS_COLUMNS, Target

LITERATURE, OWN_ROWS, BOTH = "the literature alone", "your rows alone", "both"
PAPERS, BATCHES = "papers", "your batches"

RESAMPLINGS = 200
PRIOR_DEGREES = 4
"""The scatter of papers counts as so many degrees of freedom beside that of own batches; a choice."""

MEDIAN_VARIANCE, MEAN_IS_MEDIAN = np.pi / 2, 2
"""Variance of the median of many normal numbers over that of their mean; of two numbers both are the same."""


TOO_FEW, NO_GAIN = "too-few", "no-gain"
"""Codes of why a process column is not learnt from."""


@dataclass(frozen=True)
class UnusedColumn:
    """Why a process column is not learnt from, and how many own rows, batches and different values tell it."""

    code: str
    n_rows: int
    n_batches: int
    n_values: int


@dataclass(frozen=True)
class LabBenefit:
    """What is known of one's own rows beside the published ones, for one target."""

    n_rows: int
    n_batches: int
    factor: tuple[float, float, float]
    """What the outcome of a like recipe is multiplied by in one's own laboratory, with its 90 % interval."""
    is_of_median: bool
    """Whether the factor multiplies a constant, because recipes tell nothing."""
    process: tuple[str, ...]
    """Process columns that the model learns from."""
    waiting: Mapping[str, UnusedColumn]
    """Process columns that some own rows tell and that are not learnt from."""
    errors: Mapping[str, Mapping[str, float | None]]
    """Mean absolute error by where a model learnt and what it was asked (held out), in the target's unit."""
    gains: Mapping[str, Gain]
    """How much less `both` errs on own batches than each of the others, papers or batches resampled."""


def lab_benefit(
    model: MembraneModel,
    evaluation: Evaluation,
    *,
    specification: Specification | None = None,
    workers: Workers = ALONE,
) -> LabBenefit | None:
    """Return what own rows changed in a model that learnt from some; None for one of the literature alone.

    `specification` is that of the experiment which the model is of, if it is of one.
    """
    if not model.has_own:
        return None
    rows = model.training_rows
    published, own = (rows.take(np.flatnonzero(is_own(rows.recipes) == kind)) for kind in (False, True))
    recipes = own.recipes
    errors = errors_by_source(published, own, evaluation, specification=specification, workers=workers)
    means = {source: {on: _mean(values) for on, values in by_group.items()} for source, by_group in errors.items()}
    both = errors[BOTH][BATCHES]
    return LabBenefit(
        len(recipes),
        int(recipes[OWN_BATCH].nunique()),
        factor(model, evaluation, workers=workers),
        model.estimator.removesuffix(WITH_PROCESS) in CONSTANTS,
        model.process_columns,
        waiting(recipes, model.process_columns),
        means,
        {
            source: resampled_mean(errors[source][BATCHES] - both)
            for source in (LITERATURE, OWN_ROWS)
            if len(errors[source][BATCHES])
        },
    )


def waiting(own: pd.DataFrame, used: Sequence[str] = ()) -> dict[str, UnusedColumn]:
    """Return the process columns that own rows tell and the model does not use, each with the reason."""
    counts = {name: n_informative(own, name) for name in PROCESS_COLUMNS if name not in used}
    return {
        name: UnusedColumn(NO_GAIN if is_enough(own, name) else TOO_FEW, *numbers)
        for name, numbers in counts.items()
        if any(numbers)
    }


def errors_by_source(
    published: TrainingRows,
    own: TrainingRows,
    evaluation: Evaluation,
    *,
    specification: Specification | None = None,
    workers: Workers = ALONE,
) -> dict[str, dict[str, pd.Series]]:
    """Return the error by paper and by own batch of models that learnt from the literature, from own rows, from both.

    What is asked about was never learnt from. Own rows alone need six batches; below that there is no error.
    """
    target, plain, published = evaluation.target, _as_published(own), _as_published(published)
    has_enough = len(set(own.papers)) > FEWEST_IN_FOLDS
    nothing = pd.Series(dtype=float)
    errors = {
        LITERATURE: {
            PAPERS: _errors(published, target, specification, workers),
            BATCHES: _unseen_errors(published, plain, target, specification),
        },
        OWN_ROWS: {
            PAPERS: _unseen_errors(plain, published, target, specification) if has_enough else nothing,
            BATCHES: _errors(own, target, specification, workers) if has_enough else nothing,
        },
    }
    column = NESTED if NESTED in evaluation.held_out else CHOSEN  # a constant may have been put in its place
    by_group = paper_errors(evaluation.held_out, column)
    is_batch = by_group.index.isin(set(own.papers))
    return errors | {BOTH: {PAPERS: by_group[~is_batch], BATCHES: by_group[is_batch]}}


def factor(model: MembraneModel, evaluation: Evaluation, *, workers: Workers = ALONE) -> tuple[float, float, float]:
    """Return what one's own laboratory multiplies outcomes by, with its 90 % interval.

    Papers are resampled and everything fitted anew; each time the offset is drawn from Student's t around its shrunk
    median, with the scatter of own batches pooled with that of papers (four degrees of freedom): the posterior of a
    normal mean under a normal prior (Gelman et al., Bayesian Data Analysis, 3rd ed., sections 2.5 and 3.3), wider by
    what a median of three batches or more knows less than a mean. A batch counts as if it were at most three times the
    scatter of papers from the median.
    """
    draw = partial(_drawn_offsets, model.training_rows, model.candidate, _scatter_of_papers(evaluation))
    what = f"{evaluation.target.name}: the laboratory's factor"
    low, high = np.quantile(run_draws(draw, RESAMPLINGS, workers=workers, what=what), [0.05, 0.95])
    return float(np.exp(model.pipeline[-1].offset_)), float(np.exp(low)), float(np.exp(high))


def _drawn_offsets(rows: TrainingRows, name: Candidate, scatter: float, seeds: Iterable[int]) -> list[float]:
    return [drawn_offset(rows, name, scatter, seed) for seed in seeds]


def drawn_offset(rows: TrainingRows, name: Candidate, scatter: float, seed: int) -> float:
    """Return one draw of the own laboratory's offset; `scatter` is the standard deviation of papers' log residuals."""
    chance, own = np.random.default_rng(seed), is_own(rows.recipes)
    resampled = np.flatnonzero(~own)[resample_papers(rows.papers[~own], chance)]
    seen = rows.take(np.concatenate([resampled, np.flatnonzero(own)]))
    fitted = fit_to(maker(name, rows.recipes)(), seen)[-1]
    medians = fitted.batch_medians_
    n, freedom = len(medians), PRIOR_DEGREES + len(medians) - 1
    apart = np.minimum(np.abs(medians - np.median(medians)), FARTHEST * scatter)
    variance = (PRIOR_DEGREES * scatter**2 + np.sum(apart**2)) / freedom
    variance *= MEDIAN_VARIANCE if n > MEAN_IS_MEDIAN else 1.0
    return float(fitted.offset_ + chance.standard_t(freedom) * np.sqrt(variance / (n + PRIOR_BATCHES)))


def _as_published(rows: TrainingRows) -> TrainingRows:
    """Return rows as the literature would print them: whose they are, and how they were made, left out."""
    return replace(rows, recipes=rows.recipes.drop(columns=list(OWN_COLUMNS)))


def _scatter_of_papers(evaluation: Evaluation) -> float:
    rows = evaluation.held_out
    papers = rows[~rows["paper"].str.startswith(OWN)]
    residuals = np.log(papers["observed"]) - np.log(papers[CHOSEN])
    means = residuals.groupby(papers["paper"]).mean().to_numpy()
    return float(np.std(means, ddof=1))


def _errors(rows: TrainingRows, target: Target, specification: Specification | None, workers: Workers) -> pd.Series:
    folds, what = evaluation_folds(rows.papers), f"{target.name}: compared with one source alone"
    ask = partial(_held_out, rows, target, specification)
    errors: pd.Series = pd.concat([by_paper for _, by_paper in hold_out(ask, folds, workers=workers, what=what)])
    return errors


def _held_out(rows: TrainingRows, target: Target, specification: Specification | None, fold: Fold) -> pd.Series:
    seen, unseen = (rows.take(numbers) for numbers in fold)
    return _unseen_errors(seen, unseen, target, specification)


def _unseen_errors(
    seen: TrainingRows, unseen: TrainingRows, target: Target, specification: Specification | None
) -> pd.Series:
    """Return the error by paper of rows that the procedure is asked about, learnt from other rows."""
    model = learn(seen, target, choices(target, seen.recipes, specification))
    return errors_by_paper(model.predict_medians(unseen.recipes), unseen.outcomes, unseen.papers)


def _mean(errors: pd.Series) -> float | None:
    return float(errors.mean()) if len(errors) else None
