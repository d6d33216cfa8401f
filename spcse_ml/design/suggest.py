"""The next batch: what to exploit, what to learn from, and one published membrane as control.

A candidate's outcome is taken to scatter as the errors on papers held out do (`models.conformal`): on the scale of
square roots it is the prediction plus or minus one of the scores times the difficulty of the recipe, each as likely.
Near recipes err alike: the ranks of their errors are those of normal numbers that are correlated by
exp(-distance / NEAR). A second recipe near the first then adds little to either aim, so the batch spreads by itself.

- exploit: greedily, whatever adds most to the expected best of the batch, over draws (batch expected improvement,
  Wilson et al., arXiv:1805.10196, with no best to start from: improvement on the best that is known found the best
  published membranes later, benchmarks/campaigns). Where no more adds `LEAST_GAIN`, the places left go to learning.
- learn: greedily, whatever reduces the uncertainty about the promising candidates most (Cohn et al.,
  DOI 10.1613/jair.295). What can be learnt of a recipe is its novelty; what no recipe's difficulty goes below is what
  laboratories differ by.
- control: a published membrane that others' papers confirm, to separate procedure and powder from the recipe.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import ndtr

from spcse_ml.data.dataset import is_own
from spcse_ml.data.literature import literature
from spcse_ml.design.candidates import equal_names
from spcse_ml.design.declaration import NAMED
from spcse_ml.design.minimum_content import MinimumContent
from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.metrics import CHOSEN
from spcse_ml.models.applicability import EDGE, INSIDE, LEAST_DIFFICULTY, OUTSIDE, DomainReason
from spcse_ml.models.distance import distances
from spcse_ml.models.estimators import is_complete
from spcse_ml.models.features import encode
from spcse_ml.models.model import MembraneModel

NEAR = 1 / 6
"""Distance at which the errors of two recipes are correlated by 1/e: they differ in one whole part of six."""

APART = 0.1
"""Least distance between two recipes of a batch: a little more than another binder of the same class."""

LEAST_GAIN = 0.5
"""Least gain of a further recipe to exploit, in the target's unit: below it the batch is no better for making it."""

N_DRAWS = 2_048
N_LOOKED_AT = 1_000
"""So many candidates are looked at together, the most promising ones; all of them would not fit into memory."""

HALF = 0.5
"""A level that any number of papers supports; the ends of intervals are not looked at here."""

EXPLOIT, LEARN, CONTROL = "exploit", "learn", "control"


@dataclass(frozen=True)
class ExploitReason:
    """It adds most to the expected best of the batch; numbers are those of the target, in its unit."""

    code: ClassVar[str] = EXPLOIT
    number: int
    """In the order of the choice, from 1; the first has the highest expected value of all."""
    gain: float
    """Expected gain over the best of those chosen before; of the first its expected value."""
    best: float | None
    """The best outcome of the lab itself, if there is one."""
    probability: float | None
    """Of exceeding it."""


@dataclass(frozen=True)
class LearnReason:
    """It reduces the uncertainty about the promising candidates most."""

    code: ClassVar[str] = LEARN
    share: float
    """Of the variance of the promising candidates, each weighted by its probability to exceed the `mark`."""
    domain: str
    domain_reasons: tuple[DomainReason, ...]


@dataclass(frozen=True)
class ControlReason:
    """It repeats a published membrane that the model predicted well while its paper was held out."""

    code: ClassVar[str] = CONTROL
    place: str
    """Table and row, as in `TrainingRows.places`."""
    reference: str
    observed: float
    predicted: float


Reason = ExploitReason | LearnReason | ControlReason


@dataclass(frozen=True)
class Suggestion:
    """One membrane to make: the row of the candidates (or of the published rows for a control), and why."""

    row: int
    reason: Reason
    minimum: MinimumContent | None = None
    """The least content known of the kind of binder, where the membrane holds less."""

    @property
    def kind(self) -> str:
        """Return what it is made for: `EXPLOIT`, `LEARN` or `CONTROL`."""
        return self.reason.code


@dataclass(frozen=True)
class Plan:
    """How many to exploit and to learn from, where, and how far apart; each place in the order it is preferred.

    The number to exploit is the most of them: what is not worth exploiting is learnt from.
    """

    n_exploit: int
    n_learn: int
    exploit_in: tuple[tuple[str, ...], ...] = ((INSIDE,), (EDGE,))
    learn_in: tuple[tuple[str, ...], ...] = ((EDGE,), (INSIDE,))
    apart: float = APART


@dataclass(frozen=True)
class Pool:
    """Candidates with what a model says of them, all in the order of `rows`, the candidates' own numbers."""

    model: MembraneModel
    rows: np.ndarray
    encoded: pd.DataFrame
    predictions: pd.DataFrame
    """As `MembraneModel.predict` has it at the level `HALF`."""
    apart: np.ndarray = field(repr=False, default_factory=lambda: np.zeros((0, 0)))
    """Distances between them, once they are few."""

    @property
    def expected(self) -> np.ndarray:
        """Return the predicted values."""
        return self.predictions[self.model.target.column].to_numpy()

    @property
    def difficulty(self) -> np.ndarray:
        """Return how difficult each is."""
        return self.predictions["difficulty"].to_numpy()

    def chance_above(self, value: float) -> np.ndarray:
        """Return the chance that each comes out above a value of the target."""
        return self.model.chance_above(self.predictions, value)

    def draws(self, seed: int) -> np.ndarray:
        """Return outcomes that could come, shape (draws, candidates), in the target's unit."""
        values, vectors = np.linalg.eigh(_alike(self.apart))
        normal = np.random.default_rng(seed).standard_normal((N_DRAWS, len(values)))
        root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T  # the same whatever basis the library returns
        errors = ndtr(normal @ root)
        for places, calibration in self.model.calibrated(self.predictions):
            errors[:, places] = calibration.errors_at(errors[:, places])
        outcomes = np.maximum(np.sqrt(self.expected) + self.difficulty * errors, 0) ** 2
        ceiling = self.model.calibration.ceiling
        return np.asarray(outcomes if ceiling is None else np.minimum(outcomes, ceiling))

    def is_in(self, places: tuple[tuple[str, ...], ...]) -> np.ndarray:
        """Return which lie in the first of the places that holds any."""
        masks = [self.predictions["domain"].isin(place).to_numpy() for place in places]
        return next((mask for mask in masks if mask.any()), np.zeros(len(self.rows), dtype=bool))


def pool_of(model: MembraneModel, candidates: pd.DataFrame) -> Pool:
    """Return candidates with what a model says of them; of more than `N_LOOKED_AT` the most promising ones.

    Those are the likeliest to exceed the `mark`, as many inside as on the edge, the outside ones last. Of recipes that
    differ in content alone and lie in the same place of the domain the likeliest stands for the others.
    """
    recipes = model.as_inputs(candidates.reset_index(drop=True))
    predictions = model.predict(recipes, level=HALF)
    whole = Pool(model, np.arange(len(predictions)), encode(recipes), predictions)
    return _narrowed(whole, _promising(whole, recipes) if len(predictions) > N_LOOKED_AT else whole.rows)


def mark(pool: Pool) -> float:
    """Return the best value that is expected of any candidate that is not outside, else of any."""
    supported = pool.expected[(pool.predictions["domain"] != OUTSIDE).to_numpy()]
    return float((supported if len(supported) else pool.expected).max())


def suggest(pool: Pool, plan: Plan, *, best: float = 0.0, seed: int = 0) -> list[Suggestion]:
    """Return what to exploit, then what to learn from; fewer where no more are far enough from one another.

    `best` is the best outcome that the lab has made itself, in the target's unit, 0 without any.
    """
    picks = exploit(pool, plan, best=best, seed=seed)
    rest = replace(plan, n_learn=plan.n_learn + plan.n_exploit - len(picks))
    return picks + learn(pool, rest, beside=[place_of(pool, pick) for pick in picks])


def exploit(pool: Pool, plan: Plan, *, best: float, seed: int) -> list[Suggestion]:
    """Return the candidates that add most, one after the other, to the expected best of the batch.

    The first is always there; a further one that adds less than `LEAST_GAIN` is not.
    """
    drawn, is_open, picks = pool.draws(seed), pool.is_in(plan.exploit_in), list[Suggestion]()
    best_so_far = np.zeros(N_DRAWS)
    while len(picks) < plan.n_exploit and is_open.any():
        gains = np.maximum(drawn - best_so_far[:, None], 0).mean(axis=0)
        pick = int(np.argmax(np.where(is_open, gains, -np.inf)))
        if picks and gains[pick] < LEAST_GAIN:
            break
        probability = float(pool.chance_above(best)[pick]) if best else None
        reason = ExploitReason(len(picks) + 1, float(gains[pick]), best or None, probability)
        picks.append(Suggestion(int(pool.rows[pick]), reason))
        best_so_far = np.maximum(best_so_far, drawn[:, pick])
        is_open = is_open & (pool.apart[pick] >= plan.apart)
    return picks


def learn(pool: Pool, plan: Plan, *, beside: list[int]) -> list[Suggestion]:
    """Return the candidates that reduce the uncertainty about the promising ones most, those beside being made."""
    unknown = pool.predictions["novelty"].to_numpy()
    remains = pool.model.papers_calibration.in_force(np.array(LEAST_DIFFICULTY))
    shared, picks = np.outer(unknown, unknown) * _alike(pool.apart), list[Suggestion]()
    is_open = pool.is_in(plan.learn_in)
    for made in beside:
        shared, is_open = _conditional_covariance(shared, made), is_open & (pool.apart[made] >= plan.apart)
    promise = pool.chance_above(mark(pool))
    while len(picks) < plan.n_learn and is_open.any():
        gains = promise @ shared**2 / (np.diag(shared) + remains**2)
        pick = int(np.argmax(np.where(is_open, gains, -np.inf)))
        share = float(gains[pick] / max(promise @ np.diag(shared), 1e-12))
        reason = LearnReason(share, *pool.predictions[["domain", "domain_reasons"]].iloc[pick])
        picks.append(Suggestion(int(pool.rows[pick]), reason))
        shared, is_open = _conditional_covariance(shared, pick), is_open & (pool.apart[pick] >= plan.apart)
    return picks


def control(
    evaluated: EvaluatedModel,
    is_allowed: Callable[[pd.DataFrame], np.ndarray],
    *,
    beside: pd.DataFrame,
    apart: float = APART,
) -> Suggestion | None:
    """Return the published membrane to repeat, a row of those learnt from: the one predicted best while held out.

    Of the allowed ones that retain as much as the median row does, are inside, report their contents, have no
    data-quality note and stand apart from the recipes beside it; None where there is no such.
    """
    rows = evaluated.model.training_rows
    held = evaluated.evaluation.held_out.reindex(list(rows.places))
    published, observed = ~is_own(rows.recipes), held["observed"].to_numpy()
    off = np.abs(np.sqrt(observed) - np.sqrt(held[CHOSEN].to_numpy()))
    good = published & is_complete(rows.recipes).to_numpy() & is_allowed(rows.recipes)
    good &= observed >= np.median(observed[published])
    good &= np.array([not _remark(place) for place in rows.places])
    good &= evaluated.model.predict(evaluated.model.as_inputs(rows.recipes))["domain"].to_numpy() == INSIDE
    if len(beside):
        good &= distances(encode(rows.recipes), encode(beside)).min(axis=1) >= apart
    if not good.any():
        return None
    row = int(np.argmin(np.where(good, off, np.inf)))
    values = float(observed[row]), float(held[CHOSEN].iloc[row])
    return Suggestion(row, ControlReason(rows.places[row], str(rows.papers[row]), *values))


def place_of(pool: Pool, suggestion: Suggestion) -> int:
    """Return where in the pool a suggested candidate stands."""
    return int(np.flatnonzero(pool.rows == suggestion.row)[0])


def _promising(whole: Pool, recipes: pd.DataFrame) -> np.ndarray:
    chance, domain = whole.chance_above(mark(whole)), whole.predictions["domain"]
    kinds = equal_names(recipes).assign(domain=domain, chance=chance)
    kinds = kinds.sort_values("chance", ascending=False, kind="stable").drop_duplicates([*NAMED, "domain"])
    rank = kinds.groupby("domain").cumcount() + len(domain) * (kinds["domain"] == OUTSIDE)
    return rank.sort_values(kind="stable").index.to_numpy()[:N_LOOKED_AT]


def _narrowed(whole: Pool, places: np.ndarray) -> Pool:
    encoded, predictions = (frame.iloc[places].reset_index(drop=True) for frame in (whole.encoded, whole.predictions))
    return Pool(whole.model, whole.rows[places], encoded, predictions, distances(encoded, encoded))


def _alike(apart: np.ndarray) -> np.ndarray:
    alike = np.asarray(np.exp(-apart / NEAR))
    np.fill_diagonal(alike, 1.0)  # a content that is not reported is half of the whole difference even from itself
    return alike


def _conditional_covariance(shared: np.ndarray, made: int) -> np.ndarray:
    """Return the covariance that is left once one candidate was made and measured, as well as laboratories measure."""
    left = shared - np.outer(shared[made], shared[made]) / (shared[made, made] + LEAST_DIFFICULTY**2)
    return np.asarray(left)


def _remark(place: str) -> str:
    table, _, row = place.partition(".")
    rows = literature().rows
    notes = rows.loc[(rows["table"].astype(str) == table) & (rows["row"].astype(str) == row), "note"]
    return str(notes.iloc[0] or "") if len(notes) else ""
