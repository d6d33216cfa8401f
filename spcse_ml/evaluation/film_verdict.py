"""Whether to believe probabilities of film classes: batches held out, classes permuted by whole batches, time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.data.film_rows import CLASSES, CONDITIONS
from spcse_ml.evaluation.metrics import FEWEST_GROUPS, Gain, resampled_mean
from spcse_ml.evaluation.permutation import reassigned
from spcse_ml.evaluation.verdict import SMALL_SHARE, Verdict
from spcse_ml.models.cross_validation import Fold, evaluation_folds, hold_out, leave_one_out, resample_papers
from spcse_ml.models.film_classes import class_frequencies, film_codes, learn_films, log_losses
from spcse_ml.parallel import ALONE, Workers

ENOUGH_BATCHES, ENOUGH_OF_CLASS, ENOUGH_CLASSES = 8, 4, 2
"""Fewer batches, or fewer films than that in each of so many classes, are not judged."""

CHANCE = 0.05
"""Probabilities with a larger p-value in the permutation test cannot be distinguished from chance."""

N_PERMUTATIONS, N_RESAMPLINGS = 1_999, 2_000

NEIGHBOURS = 2
"""The guess from time takes the films of so many batches made nearest before and after."""

EARLIEST, MOST_BLOCKS = 4, 10
"""Forward in time, a batch is predicted once so many were made before it; of many batches so many blocks of neighbours
are."""

TIME, FORWARD = "time", "forward"
"""What speaks against probabilities that are better than the frequencies of the classes."""


class FilmVerdict(StrEnum):
    """What the probabilities of film classes are good for."""

    USEFUL = Verdict.USEFUL.value
    UNDECIDED = Verdict.UNDECIDED.value
    NO_SKILL = Verdict.NO_SKILL.value
    TOO_FEW = "too few"


@dataclass(frozen=True)
class Missing:
    """What a table lacks before its films can be judged: batches, and films of a second class."""

    batches: int
    films: int
    """How many films the two most frequent classes lack together until they have `ENOUGH_OF_CLASS` each."""


@dataclass(frozen=True)
class FilmScores:
    """Held-out films: log losses in nats, of which each batch counts once, and what chance does."""

    log_loss: float
    baseline_log_loss: float
    """That of a guess without conditions."""
    gain: Gain
    """How much less the log loss is than that, with its 95 % interval over batches."""


@dataclass(frozen=True)
class FilmEvaluation:
    """How well the classes of films are predicted from their slurries."""

    films: pd.DataFrame
    held_out: pd.DataFrame
    """One row per film: id, batch, film_class, classifier, the probability of each class, and with "baseline: " and
    "time: " before it those of the two guesses."""
    missing: Missing
    scores: FilmScores | None = None
    """Beside the frequencies among the other batches. None where there are too few films, as all below."""
    balanced_accuracy: tuple[float, float, float] | None = None
    """Mean share of each class that is recognised, with its 95 % interval over batches."""
    p_value: float | None = None
    """Share of permutations of the classes by whole batches whose log loss is as low."""
    beside_time: FilmScores | None = None
    """Beside the frequencies among the batches made nearest in time: a lab gains practice, or its powder ages, and what
    only goes with time is no effect of the slurry."""
    forward: FilmScores | None = None
    """Of each batch predicted from those made before it; None where too few tell their day."""

    @property
    def n_batches(self) -> int:
        """Return how many batches the films belong to."""
        return int(self.films["batch"].nunique())

    @property
    def objections(self) -> tuple[str, ...]:
        """Return what speaks against a gain: `TIME`, `FORWARD`."""
        is_time = self.beside_time is not None and self.beside_time.gain.low <= 0
        is_lost = self.forward is not None and self.forward.gain.n >= FEWEST_GROUPS and self.forward.gain.mean < 0
        return tuple(name for name, speaks in ((TIME, is_time), (FORWARD, is_lost)) if speaks)

    @property
    def is_better_than_chance(self) -> bool:
        """Return whether the gain over the frequencies is clearly above zero, and p at most `CHANCE`."""
        is_low = self.p_value is not None and self.p_value <= CHANCE
        return self.scores is not None and self.scores.gain.low > 0 and is_low

    @property
    def verdict(self) -> FilmVerdict:
        """Return the verdict.

        Useful: the 95 % interval of the gain over batches lies above zero, and that over the guess from time too; p is
        at most 0.05; and batches predicted from earlier ones do not lose, where five can be. No skill: the upper end of
        the gain is below a fifth of the baseline.
        """
        if self.scores is None:
            return FilmVerdict.TOO_FEW
        if self.is_better_than_chance:
            return FilmVerdict.UNDECIDED if self.objections else FilmVerdict.USEFUL
        is_small = self.scores.gain.high < SMALL_SHARE * self.scores.baseline_log_loss
        return FilmVerdict.NO_SKILL if is_small else FilmVerdict.UNDECIDED

    @property
    def recognised(self) -> dict[str, tuple[int, int]]:
        """Return for each class that occurs how many of its held-out films had it as the likeliest, and of how many."""
        rows = self.held_out
        is_right = _is_right(rows) if len(rows) else np.zeros(0, dtype=bool)
        masks = {kind: (rows["film_class"] == kind).to_numpy() for kind in CLASSES}
        return {kind: (int(is_right[mask].sum()), int(mask.sum())) for kind, mask in masks.items() if mask.any()}

    @property
    def numbers(self) -> dict[str, Any]:
        """Return the evaluation as plain values; None where there are too few films to judge."""
        accuracy = self.balanced_accuracy or (None, None, None)
        return {
            "verdict": self.verdict.value,
            "objections": list(self.objections) if self.is_better_than_chance else [],
            "balanced_accuracy": accuracy[0],
            "balanced_accuracy_low": accuracy[1],
            "balanced_accuracy_high": accuracy[2],
            **_plain(self.scores, ""),
            "p_value": self.p_value,
            **_plain(self.beside_time, "time_"),
            **_plain(self.forward, "forward_"),
            "n_rows": len(self.films),
            "n_batches": self.n_batches,
            "missing_batches": self.missing.batches,
            "missing_films": self.missing.films,
        }


def _plain(scores: FilmScores | None, prefix: str) -> dict[str, float | None]:
    names = ("log_loss", "baseline_log_loss", "gain", "gain_low", "gain_high", "scored_batches")
    if scores is None:
        return {f"{prefix}{name}": None for name in names}
    gain = scores.gain
    values = (scores.log_loss, scores.baseline_log_loss, gain.mean, gain.low, gain.high, gain.n)
    return {f"{prefix}{name}": value for name, value in zip(names, values, strict=True)}


def missing_films(films: pd.DataFrame) -> Missing:
    """Return what films lack before they can be scored."""
    counts = sorted(films["film_class"].value_counts(), reverse=True)[:ENOUGH_CLASSES]
    counts += [0] * (ENOUGH_CLASSES - len(counts))
    lacking = sum(max(ENOUGH_OF_CLASS - count, 0) for count in counts)
    return Missing(max(ENOUGH_BATCHES - films["batch"].nunique(), 0), int(lacking))


def evaluate_films(films: pd.DataFrame, *, workers: Workers = ALONE) -> FilmEvaluation:
    """Return how well the classes of films are predicted, each batch held out in turn.

    Args:
        films: rows as `film_frame` returns them.
        workers: who learns the folds.
    """
    missing = missing_films(films)
    if missing.batches or missing.films:
        return FilmEvaluation(films, films.iloc[:0], missing)
    held_out = _held_out(films, evaluation_folds(films["batch"].to_numpy()), workers)
    held_out = held_out.join(guess_from_time(films))
    return FilmEvaluation(
        films,
        held_out,
        missing,
        _scores(held_out),
        _balanced_accuracy(held_out),
        permutation_p_value(held_out),
        _scores(held_out, "time: "),
        _forward(films, workers),
    )


def _held_out(films: pd.DataFrame, folds: Sequence[Fold], workers: Workers) -> pd.DataFrame:
    ask = partial(_predicted, films)
    return pd.concat([rows for _, rows in hold_out(ask, folds, workers=workers, what="film classes: held out")])


def _predicted(films: pd.DataFrame, fold: Fold) -> pd.DataFrame:
    """Return what films of other batches predict; those of the very slurry and coating teach nothing of a new one."""
    slurries, (train, held) = films.groupby(list(CONDITIONS), dropna=False).ngroup().to_numpy(), fold
    others = train[~np.isin(slurries[train], slurries[held])]
    seen, unseen = films.iloc[others if len(others) else train], films.iloc[held]
    model = learn_films(seen)
    return unseen[["id", "batch", "film_class"]].assign(
        classifier=model.kind,
        **dict(zip(CLASSES, model.probabilities(unseen).T, strict=True)),
        **{f"baseline: {kind}": value for kind, value in zip(CLASSES, model.frequencies, strict=True)},
    )


def guess_from_time(films: pd.DataFrame) -> pd.DataFrame:
    """Return for each film the frequencies among the `NEIGHBOURS` batches made nearest before and after its own."""
    places, batches = in_time(films), films["batch"].to_numpy()
    guesses = np.zeros((len(films), len(CLASSES)))
    for others, held in leave_one_out(batches):
        apart = pd.Series(np.abs(places[others] - places[held[0]])).groupby(batches[others]).min()
        nearest = apart.sort_values(kind="stable").index[:NEIGHBOURS]
        guesses[held] = class_frequencies(films.iloc[others][np.isin(batches[others], nearest)])
    return pd.DataFrame(guesses, index=films.index, columns=[f"time: {kind}" for kind in CLASSES])


def in_time(films: pd.DataFrame) -> np.ndarray:
    """Return the place of each film's batch in the order in which batches were made.

    A batch without a day stands beside the one that is written before it.
    """
    days = _days(films, "min").reindex(films["batch"].unique())
    order = days.ffill().bfill().rank(method="first") if days.notna().any() else pd.Series(range(len(days)), days.index)
    return np.asarray(films["batch"].map(order), dtype=float)


def _days(films: pd.DataFrame, which: str) -> pd.Series:
    """Return the first or the last day of each batch as a number, by batch; nan where none of its films tells one."""
    days = (pd.to_datetime(films["made_on"]) - pd.Timestamp(0)).dt.days
    return days.groupby(films["batch"], sort=False).agg(which)


def _by_batch(held_out: pd.DataFrame, guess: str) -> pd.Series:
    losses = log_losses(held_out[[f"{guess}{kind}" for kind in CLASSES]].to_numpy(), film_codes(held_out))
    return pd.Series(losses).groupby(held_out["batch"].to_numpy()).mean()


def _scores(held_out: pd.DataFrame, guess: str = "baseline: ") -> FilmScores:
    model, guessed = _by_batch(held_out, ""), _by_batch(held_out, guess)
    return FilmScores(float(model.mean()), float(guessed.mean()), resampled_mean(guessed - model))


def _is_right(held_out: pd.DataFrame) -> np.ndarray:
    return np.asarray(held_out[list(CLASSES)].to_numpy().argmax(axis=1) == film_codes(held_out))


def _balanced_accuracy(held_out: pd.DataFrame) -> tuple[float, float, float]:
    codes, is_right, batches = film_codes(held_out), _is_right(held_out), held_out["batch"].to_numpy()
    rng = np.random.default_rng(0)
    draws = [resample_papers(batches, rng) for _ in range(N_RESAMPLINGS)]
    low, high = np.quantile([_mean_recall(is_right[rows], codes[rows]) for rows in draws], [0.025, 0.975])
    return _mean_recall(is_right, codes), float(low), float(high)


def _mean_recall(is_right: np.ndarray, codes: np.ndarray) -> float:
    return float(np.mean([is_right[codes == code].mean() for code in np.unique(codes)]))


def permutation_p_value(held_out: pd.DataFrame) -> float:
    """Return the p-value of the log loss, the classes of whole batches dealt to the held-out predictions anew.

    The procedure is not fitted again: each prediction knows the classes of all batches but its own, which helps the
    permuted classes and not the true ones, so that the test errs towards no skill.
    """
    codes, batches = film_codes(held_out), held_out["batch"].to_numpy()
    losses, numbers = -np.log(held_out[list(CLASSES)].to_numpy()), np.arange(len(codes))
    weights, names = 1 / pd.Series(batches).groupby(batches).transform("size").to_numpy(), list(dict.fromkeys(batches))
    rng = np.random.default_rng(0)
    permuted = [
        float(
            weights @ losses[numbers, reassigned(codes, batches, dict(zip(names, rng.permutation(names), strict=True)))]
        )
        for _ in range(N_PERMUTATIONS)
    ]
    observed = float(weights @ losses[numbers, codes])
    return (1 + sum(value <= observed + 1e-12 for value in permuted)) / (1 + N_PERMUTATIONS)


def _forward(films: pd.DataFrame, workers: Workers) -> FilmScores | None:
    folds = forward_folds(films)
    return _scores(_held_out(films, folds, workers)) if folds else None


def forward_folds(films: pd.DataFrame) -> list[Fold]:
    """Return a fold for each batch, or block of them, that has `EARLIEST` batches of two classes made before its days.

    Batches without a day are on neither side.
    """
    batches, first, last = films["batch"].to_numpy(), _days(films, "min"), _days(films, "max")
    later = first.dropna().sort_values(kind="stable").index.to_numpy()[EARLIEST:]
    folds = []
    for block in np.array_split(later, min(len(later), MOST_BLOCKS)) if len(later) else []:
        before = np.flatnonzero(np.isin(batches, last.index[last < first[block].min()]))
        if len(set(batches[before])) >= EARLIEST and films["film_class"].iloc[before].nunique() >= ENOUGH_CLASSES:
            folds.append((before, np.flatnonzero(np.isin(batches, block))))
    return folds
