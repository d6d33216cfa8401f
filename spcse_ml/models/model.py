"""Rows become a model that predicts with intervals: choose, calibrate, refit, all from the rows given.

`learn` is the whole procedure. `fit` applies it to a data set; evaluation applies the very same to the rows that
remain when a paper is held out, so what is judged is what is used. The file is longer than others, since its public
methods tell the shapes and units of what they take and return.
"""

import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from spcse_ml.chemistry.spelling import suggestions
from spcse_ml.data.dataset import OWN_BATCH, OWN_COLUMNS, Dataset, TrainingRows, frame_of, identities, is_own
from spcse_ml.errors import Fault, InputError
from spcse_ml.former_names import formerly_called, formerly_named
from spcse_ml.models.applicability import Domain, with_plasticizers
from spcse_ml.models.conformal import LEVEL, Calibration, PredictionRange, calibrate
from spcse_ml.models.cross_validation import predict_medians
from spcse_ml.models.distance import distances, to_nearest
from spcse_ml.models.estimators import ESTIMATORS
from spcse_ml.models.examination import (
    CrossExamined,
    cross_examined,
    domain_of,
    place_recipes,
    prediction_ranges,
    process_of,
    range_of,
)
from spcse_ml.models.features import encode
from spcse_ml.models.lab_effect import Candidate, choices, maker
from spcse_ml.models.specification import WITH_PROCESS, Specification
from spcse_ml.models.weights import fit_to
from spcse_ml.schema import PROCESS_COLUMNS, Formulation, Target

FEWEST_PAPERS = 10
"""A 90 % interval needs nine papers, and the evaluation holds one of them out."""

FEWEST_IN_FOLDS = 5
"""So many papers cross-validation needs to choose an estimator, whatever intervals it can give."""

OWN_SCORES = 9
"""From so many own batches on, intervals near own rows are those of own batches alone: a 90 % interval needs nine."""

REPLICATES = 3
"""From so many own membranes of one recipe on, its interval holds all of them but one in ten."""

STEP = 0.05
"""A difficulty that replicates ask for is rounded up to whole steps of this."""

NEXT_BATCH = "next"
"""Batch of a recipe that is asked about: any that was not made yet."""

NEAR_OWN = "near_own"
"""Column that says whether the errors of own batches make the interval of a recipe."""


@formerly_called(trainable="training_rows", as_asked="as_inputs", predict_frame="predict", medians="predict_medians")
@dataclass(frozen=True)
class MembraneModel:
    """A fitted model of one target with its training rows and the calibration of its intervals.

    `fit` makes one.

    >>> import spcse_ml
    >>> model = spcse_ml.fit(spcse_ml.read_literature(), spcse_ml.TARGETS["retention"], estimator="content_line")
    >>> recipe = spcse_ml.formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5)
    >>> model.predict([recipe])[["retention_percent", "low", "high", "domain"]].round(0).to_numpy().tolist()
    [[72.0, 25.0, 100.0, 'inside']]
    """

    target: Target
    estimator: str
    """Name of the estimator that was chosen, a key of `ESTIMATORS`, or the place of the object of an experiment."""
    pipeline: Pipeline
    training_rows: TrainingRows
    calibration: Calibration
    inner_scores: Mapping[str, float]
    """Mean absolute error by candidate in the inner folds from which it was chosen, in the target's unit."""
    own_calibration: Calibration | None = None
    """That of the intervals of own membranes, once enough own batches stand behind it."""
    specification: Specification | None = None
    """What an experiment specified, where the estimator is of one."""

    @functools.cached_property
    def papers_calibration(self) -> Calibration:
        """Return what stands behind intervals away from own rows: papers alone, where they are enough.

        Own batches repeat few recipes, so they err little and alike; as papers they would narrow every interval.
        """
        papers = part_of(self.calibration, self.training_rows, own=False)
        return papers if papers.n_papers >= OWN_SCORES else self.calibration

    @property
    def candidate(self) -> Candidate:
        """Return what makes the same estimator for other rows."""
        return self.specification or self.estimator

    @property
    def has_own(self) -> bool:
        """Return whether rows of one's own laboratory are among those learnt from."""
        return bool(is_own(self.training_rows.recipes).any())

    @property
    def process_columns(self) -> tuple[str, ...]:
        """Return the process columns that own membranes are predicted from."""
        return process_of(self.estimator, self.training_rows.recipes).names

    @functools.cached_property
    def _domain(self) -> Domain:
        return domain_of(self.estimator, self.training_rows.recipes)

    @functools.cached_property
    def _published_domain(self) -> Domain:
        """The same, with reasons that name published rows alone."""
        recipes = self.training_rows.recipes
        if not self.has_own:
            return self._domain
        return replace(self._domain, published=Domain(encode(recipes[~is_own(recipes)])))

    def _near_own(self, recipes: pd.DataFrame) -> np.ndarray:
        """Return which own recipes are as near to an own row as half of the own rows are to one of another batch.

        The median, for a single batch far from all others must not lend its distance to every recipe.
        """
        if self.own_calibration is None:
            return np.zeros(len(recipes), dtype=bool)
        own = self.training_rows.take(np.flatnonzero(is_own(self.training_rows.recipes)))
        rows, apart = encode(own.recipes), own.papers[:, None] != own.papers[None, :]
        radius = np.median(np.where(apart, distances(rows, rows), np.inf).min(axis=1))
        return np.asarray(is_own(recipes) & (to_nearest(encode(recipes), rows) <= radius + 1e-9))

    @formerly_named(told="predictions")
    def calibrated(self, predictions: pd.DataFrame) -> list[tuple[np.ndarray, Calibration]]:
        """Return the calibrations with the numbers of the recipes predicted that each of them stands behind.

        Args:
            predictions: what `predict` returned, n rows.

        Returns:
            Pairs of row numbers and the calibration behind them; each of the n rows is in one pair.
        """
        near = predictions[NEAR_OWN].to_numpy(dtype=bool)
        pairs = [(~near, self.papers_calibration), (near, self.own_calibration)]
        return [(np.flatnonzero(rows), calibration) for rows, calibration in pairs if calibration and rows.any()]

    @formerly_named(told="predictions")
    def chance_above(self, predictions: pd.DataFrame, threshold: float) -> np.ndarray:
        """Return the chance that each recipe comes out above a threshold, from what `predict` returned for them.

        The errors behind it are those behind the interval: of own batches near own rows, of everyone elsewhere.

        Args:
            predictions: what `predict` returned, n rows.
            threshold: in the unit of the target.

        Returns:
            Chances between 0 and 1, shape (n,).
        """
        chances = np.empty(len(predictions))
        for rows, calibration in self.calibrated(predictions):
            values, difficulty = (predictions[name].to_numpy()[rows] for name in (self.target.column, "difficulty"))
            chances[rows] = calibration.chance_above(values, difficulty, threshold)
        return chances

    def frame(self, formulations: Iterable[Formulation]) -> pd.DataFrame:
        """Return recipes as this model reads them: as one's own next batch where it learnt from own rows.

        Args:
            formulations: n recipes.

        Returns:
            One row per recipe, in the columns that `predict` takes.
        """
        return frame_of(formulations, own_batch=NEXT_BATCH if self.has_own else None)

    def as_inputs(self, recipes: pd.DataFrame) -> pd.DataFrame:
        """Return recipes of any rows as this model reads them when it is asked about them: as in `frame`.

        Args:
            recipes: n rows in the columns of a recipe.

        Returns:
            The same rows in the columns that `predict` takes.
        """
        if self.has_own:
            blank = {name: np.nan for name in PROCESS_COLUMNS if name not in recipes}
            return recipes.assign(**blank).assign(**{OWN_BATCH: NEXT_BATCH})
        return recipes.drop(columns=[name for name in OWN_COLUMNS if name in recipes])

    def predict_medians(self, recipes: pd.DataFrame) -> np.ndarray:
        """Return the medians alone, in the target's unit, of recipes as `frame` returns them.

        Args:
            recipes: n recipes as `frame` returns them.

        Returns:
            Medians in the unit of the target, shape (n,).
        """
        return predict_medians(self.pipeline, recipes, self.calibration.ceiling)

    @formerly_named(formulations="recipes")
    def predict(
        self,
        recipes: Iterable[Formulation] | pd.DataFrame,
        *,
        level: float = LEVEL,
        has_reasons: bool = True,
        shows_own: bool = True,
    ) -> pd.DataFrame:
        """Return the median, the prediction interval and the applicability domain of each recipe, one row each.

        Columns: the target's column name, `low`, `high` (all in the target's unit), `domain`, `domain_reasons` (a tuple
        of `DomainReason`), `distance`, `novelty`, the `difficulty` that counts (`Calibration.in_force`), and whether
        errors of own batches make the interval (`near_own`). Recipes outside the domain are predicted and flagged,
        never dropped. An interval of a recipe of which three own replicates or more are learnt from holds all of them
        at `LEVEL` but one in ten.

        Args:
            recipes: formulations, or their frame as `frame` or `as_inputs` returns it.
            level: level of the intervals, a fraction.
            has_reasons: False leaves out `domain_reasons`, for millions of recipes.
            shows_own: False lets the reasons name published membranes alone; the numbers are the same.

        Returns:
            One row per recipe, in the order given.

        Raises:
            InputError: the level is more than the number of papers supports.
        """
        formulations = () if isinstance(recipes, pd.DataFrame) else tuple(recipes)
        recipes = recipes if isinstance(recipes, pd.DataFrame) else self.frame(formulations)
        domain = self._domain if shows_own else self._published_domain
        placed = place_recipes(self.estimator, domain, recipes, has_reasons=has_reasons)
        placed = with_plasticizers(placed, [recipe.plasticizer for recipe in formulations])
        values, prediction_range = prediction_ranges(
            self.pipeline, self.training_rows.recipes, recipes, self.calibration.ceiling
        )
        own = self.own_calibration
        near = self._near_own(recipes) & (own is not None and level <= own.highest_level)
        low, high, difficulty = np.empty((3, len(recipes)))
        for rows, calibration in self.calibrated(pd.DataFrame({NEAR_OWN: near})):
            within = PredictionRange(prediction_range.low[rows], prediction_range.high[rows])
            counted = calibration.in_force(placed["difficulty"].to_numpy()[rows])
            difficulty[rows] = np.maximum(counted, self._to_hold_replicates(recipes.iloc[rows], within, calibration))
            low[rows], high[rows] = calibration.bounds(within, difficulty[rows], level)
        outcome = pd.DataFrame({self.target.column: values, "low": low, "high": high}, index=recipes.index)
        return pd.concat([outcome, placed.assign(**{"difficulty": difficulty, NEAR_OWN: near})], axis=1)

    def _to_hold_replicates(
        self, recipes: pd.DataFrame, prediction_range: PredictionRange, calibration: Calibration
    ) -> np.ndarray:
        """Return the difficulties at which intervals hold own replicates of their recipes, all but one in ten."""
        difficulty = np.zeros(len(recipes))
        if not self._own_replicates:
            return difficulty
        for number, recipe in enumerate(self._conditions(recipes)):
            if (outcomes := self._own_replicates.get(recipe)) is not None:
                ends = PredictionRange(*(np.full(len(outcomes), end[number]) for end in prediction_range))
                needed = np.sort(calibration.difficulty_to_hold(ends, outcomes))
                difficulty[number] = needed[len(needed) - len(needed) // 10 - 1]
        # In whole steps, so that an end of the interval is not the measured value itself, which may not be told.
        return np.where(is_own(recipes), np.ceil(difficulty / STEP) * STEP, 0.0)

    def _conditions(self, recipes: pd.DataFrame) -> list[tuple[Any, ...]]:
        """Return what makes each recipe itself, with the process columns that are learnt from."""
        process = recipes.reindex(columns=self.process_columns).astype(object)
        conditions = process.where(process.notna(), None).itertuples(index=False, name=None)
        return [(*recipe, *values) for recipe, values in zip(identities(recipes), conditions, strict=True)]

    @functools.cached_property
    def _own_replicates(self) -> Mapping[tuple[Any, ...], np.ndarray]:
        """Return the outcomes of own membranes by their recipe, of recipes made `REPLICATES` times or more."""
        own = self.training_rows.take(np.flatnonzero(is_own(self.training_rows.recipes)))
        by_recipe: dict[tuple[Any, ...], list[float]] = {}
        for recipe, outcome in zip(self._conditions(own.recipes), own.outcomes, strict=True):
            by_recipe.setdefault(recipe, []).append(outcome)
        return {recipe: np.array(made) for recipe, made in by_recipe.items() if len(made) >= REPLICATES}


def fit(dataset: Dataset, target: Target, *, estimator: str | None = None) -> MembraneModel:
    """Return the model of one target, learnt from every row that carries it.

    Args:
        dataset: published rows, and own ones where `with_lab_rows` added them.
        target: retention or thickness, of `TARGETS`.
        estimator: its name; without one the candidate with the least error in tenfold cross-validation by paper.

    Returns:
        The model with its calibrated prediction intervals and its applicability domain.

    Raises:
        InputError: fewer than ten papers carry the target, or there is no estimator of that name.

    >>> import spcse_ml
    >>> model = spcse_ml.fit(spcse_ml.read_literature(), spcse_ml.TARGETS["thickness"], estimator="median")
    >>> model.calibration.n_papers, len(model.training_rows.outcomes)
    (32, 34)
    """
    rows = dataset.training_rows(target)
    refuse_too_few(rows, target)
    names: tuple[Candidate, ...] = choices(target, rows.recipes) if estimator is None else (_known(estimator),)
    return learn(rows, target, names)


def learn(training_rows: TrainingRows, target: Target, names: tuple[Candidate, ...]) -> MembraneModel:
    """Return the model that these rows alone give: chosen, calibrated and refitted on them.

    Raises:
        InputError: the rows are of fewer than five papers.
    """
    refuse_too_few(training_rows, target, FEWEST_IN_FOLDS)
    return refitted(training_rows, target, cross_examined(training_rows, target, names))


def refuse_too_few(rows: TrainingRows, target: Target, n_needed: int = FEWEST_PAPERS) -> None:
    """Refuse rows of too few papers or own batches to be learnt from and judged.

    Raises:
        InputError: they are fewer than needed.
    """
    if (n_papers := len(np.unique(rows.papers))) < n_needed:
        code = "too-few-papers" if n_needed == FEWEST_PAPERS else "too-few-for-folds"
        raise InputError([Fault(code, column=target.column, values={"n_papers": n_papers, "n_needed": n_needed})])


def refitted(training_rows: TrainingRows, target: Target, held_out: CrossExamined) -> MembraneModel:
    """Return the model that is calibrated on what was said of rows held out, and fitted to all of them."""
    recipes, outcomes, examined_rows = training_rows.recipes, training_rows.outcomes, held_out.rows
    everyone = calibrate(
        prediction_range=range_of(examined_rows),
        difficulty=examined_rows["difficulty"].to_numpy(),
        outcomes=outcomes,
        papers=training_rows.papers,
        target=target,
    )
    pipeline = fit_to(maker(held_out.candidate, recipes)(), training_rows)
    return MembraneModel(
        target,
        str(held_out.candidate),
        pipeline,
        training_rows,
        everyone,
        held_out.inner_scores,
        own_calibration=lab_part(everyone, training_rows),
        specification=held_out.candidate if isinstance(held_out.candidate, Specification) else None,
    )


def lab_part(everyone: Calibration, training_rows: TrainingRows) -> Calibration | None:
    """Return the scores of own batches alone, once there are enough of them."""
    own = part_of(everyone, training_rows, own=True)
    return own if own.n_papers >= OWN_SCORES else None


def part_of(everyone: Calibration, training_rows: TrainingRows, *, own: bool) -> Calibration:
    """Return the scores and difficulties of own batches alone, or of published papers alone."""
    is_of_part = (pd.Series(is_own(training_rows.recipes)).groupby(training_rows.papers).any() == own).to_numpy()
    scores, difficulties = (
        tuple(itertools.compress(values, is_of_part)) for values in (everyone.scores, everyone.difficulties)
    )
    return replace(everyone, scores=scores, difficulties=difficulties)


def _known(name: str) -> str:
    if name.removesuffix(WITH_PROCESS) in ESTIMATORS:
        return name
    raise InputError(
        [
            Fault(
                "unknown-estimator",
                column="estimator",
                given=name,
                allowed=", ".join(ESTIMATORS),
                values=suggestions(name, ESTIMATORS),
            )
        ]
    )
