"""The robustness study of a procedure, as a release ships it; `benchmarks/robustness` of the repository makes it.

Numbers and codes alone; errors and changes are in the target's unit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spcse_ml.data.dataset import Dataset
from spcse_ml.errors import StoreError
from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.metrics import Gain
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.former_names import formerly_called, no_longer_needed
from spcse_ml.tables import released
from spcse_ml.to_json import from_plain

FOLDER = "robustness"
"""Of the released models: one file a target."""

NOTHING = "nothing"
"""In place of the simulated direction where outcomes hold none."""


@dataclass(frozen=True)
class SplitDifficulty:
    """Mean absolute error by estimator, averaged over repetitions, each row counted once."""

    name: str
    n_groups: int
    n_folds: int
    mae: Mapping[str, float]

    def skill(self, estimator: str) -> float:
        """Return 1 - MAE / MAE of the mean of the same folds."""
        return 1 - self.mae[estimator] / self.mae["mean"]


@dataclass(frozen=True)
class LaboratoriesHeldOut:
    """The whole nested procedure with laboratories held out: how many, its error, that of the mean, the verdict."""

    n: int
    mae: float
    mean: float
    verdict: Verdict
    gain_over_random_forest: Gain


@dataclass(frozen=True)
class NoiseFloor:
    """Mean errors among similar membranes of different laboratories, each held out: value, low, high (95 %).

    The error of a line through the few others counts as well. Intervals resample the membranes.
    """

    n: int
    around_line: tuple[float, float, float]
    """Around a line in the logarithm of the content."""
    around_mean: tuple[float, float, float]


@dataclass(frozen=True)
class Consistency:
    """Whether a prediction agrees with a printed bound, which is neither trained on nor scored."""

    reference: str
    binder_wt_percent: float
    predicted: float
    low: float
    high: float

    @property
    def is_consistent(self) -> bool:
        """Return whether the prediction lies between the bounds."""
        return self.low <= self.predicted <= self.high


@dataclass(frozen=True)
class Ranked:
    """One player: its importance with its 95 % interval, its ranks, and the players it is tied with."""

    player: str
    importance: float
    low: float
    high: float
    rank_low: int
    rank_high: int
    tied_with: tuple[str, ...]


@dataclass(frozen=True)
class Alias:
    """Two players that are confounded in the rows, so that their contributions cannot be separated well."""

    players: tuple[str, str]
    information: float
    """How much of the second's variety the first determines beyond chance, at most 1."""
    joint_importance: float


@dataclass(frozen=True)
class Coincidence:
    """Two properties of recipes: how many rows have both, and how many have each."""

    first: str
    second: str
    n_both: int
    n_first: int
    n_second: int


@dataclass(frozen=True)
class Shift:
    """A conclusion (top player, best candidate, verdict) that changes when one paper is left out.

    `by` is how far the new player or candidate leads the old one; None for a verdict.
    """

    paper: str
    conclusion: str
    before: str
    after: str
    by: float | None


@dataclass(frozen=True)
class Finding:
    """A statement of the review in a model without sign constraints: the change with its 95 % interval."""

    name: str
    expected: int
    """Sign of the change that the review implies."""
    change: float
    low: float
    high: float
    share: float
    """Of resamplings in which the sign is that of `change`."""
    survives: Mapping[str, float]
    """The change without the papers of most weight, by papers left out."""
    has_skill: bool
    is_stated: bool
    """Whether skill, resamplings and papers left out allow a statement."""

    @property
    def answer(self) -> str:
        """Return `agrees`, `disagrees` or `cannot tell`."""
        if not self.is_stated:
            return "cannot tell"
        return "agrees" if np.sign(self.change) == self.expected else "disagrees"


@dataclass(frozen=True)
class StatementRecord:
    """How often directions were stated in simulated data sets: the simulated one, and those that are absent."""

    simulated: str
    """Name of the direction, or `nothing`."""
    design: str
    n: int
    right: int
    wrong: int
    unfounded: int
    """Statements of directions that the simulated outcomes do not hold, over all data sets."""
    n_unfounded_possible: int


@formerly_called(ladder="split_difficulty", shuffled="permuted_maes", nested="nested_maes", on_planted="on_simulated")
@dataclass(frozen=True)
class RobustnessStudy:
    """How far the evaluation of a procedure depends on what could have been otherwise."""

    fingerprint: str
    """Of the data."""
    evaluation: str
    """Identity of the evaluation of the procedure."""
    estimator: str
    """The one chosen most often; it is used without any choice unless said otherwise."""
    split_difficulty: tuple[SplitDifficulty, ...]
    curve: tuple[SplitDifficulty, ...]
    laboratories: LaboratoriesHeldOut
    permuted_maes: tuple[float, ...] = ()
    nested_maes: tuple[float, ...] = ()
    """Errors of the whole nested procedure on permuted outcomes."""
    on_noise: Mapping[Verdict, int] | None = None
    """How many data sets of pure noise got which verdict."""
    on_simulated: Mapping[Verdict, int] | None = None
    """How many data sets with a simulated signal got which verdict."""
    multiverse: tuple[tuple[Mapping[str, str], float], ...] = ()
    """The error with each defensible encoding, the one in force first."""
    without: Mapping[str, Mapping[str, float]] | None = None
    """Errors by estimator without papers in question."""
    floor: NoiseFloor | None = None
    bounds: tuple[Consistency, ...] = ()
    importance: tuple[Ranked, ...] = ()
    error_added: Mapping[str, Gain] | None = None
    """By player: how much the error on held-out papers grows when other rows lend it."""
    unseen_contributions: Mapping[str, tuple[float, ...]] | None = None
    """By player, one number per training row, from the model that had not seen its paper."""
    aliases: tuple[Alias, ...] = ()
    together: tuple[Coincidence, ...] = ()
    n_left_out: int = 0
    """How many papers were left out, each in turn, for `shifts`."""
    shifts: tuple[Shift, ...] = ()
    findings: tuple[Finding, ...] = ()
    statements: tuple[StatementRecord, ...] = ()


def shipped_study(fingerprint: str, evaluation: Evaluation, *, folder: Path | None = None) -> RobustnessStudy | None:
    """Return the study of a folder (of the release, without one), if it belongs to these data and this evaluation.

    Raises:
        StoreError: its file cannot be read.
    """
    path = (folder or released("models") / FOLDER) / f"{evaluation.target.name}.json"
    study = _read(path) if path.exists() else None
    is_of_these = study and (study.fingerprint, study.evaluation) == (fingerprint, evaluation.identity)
    return study if is_of_these else None


def _read(path: Path) -> RobustnessStudy:
    try:
        return from_plain(RobustnessStudy, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError("study-unreadable", path=path, reason=str(error).splitlines()[0]) from error


def stored_study(store: Path, dataset: Dataset, evaluation: Evaluation) -> RobustnessStudy | None:
    """Return the shipped study in the way of version 0.1.0; it goes with version 0.3."""
    no_longer_needed("store of stored_study", store)
    return shipped_study(dataset.fingerprint, evaluation)
