"""Slurries to coat next: some likely to give a good film, some whose class would teach most, or what fills a gap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import entropy, qmc

from spcse_ml.data.film_rows import CONDITIONS, NAMES, NUMBERS
from spcse_ml.models.film_classes import FilmModel, drawn_probabilities
from spcse_ml.models.film_features import BY_RATIO

GOOD, LEARN, FILL = "good", "learn", "fill"
"""What a slurry is proposed for: a good film; the class that is known least; a gap between the films."""

N_CANDIDATES, N_DRAWS = 512, 20

APART, NOT_AGAIN = 0.5, 0.1
"""Two proposals are at least this share of `FilmModel.farthest` apart, and each is that much from every own film."""

FEWEST_STEPS = 10
"""Where films span fewer steps than this, the step is finer."""

STEPS: Mapping[str, float] = {
    "slurry_solid_percent": 1.0, "binder_wt_percent": 0.1, "blade_gap_um": 10.0, "drying_temperature_c": 5.0,
    "drying_time_h": 0.5,
}  # fmt: skip
"""To what a condition is rounded: as fine as a lab sets it."""


@dataclass(frozen=True)
class SlurryProposal:
    """A slurry to coat, and what it is proposed for."""

    purpose: str
    """`GOOD`, `LEARN` or `FILL`."""
    conditions: Mapping[str, Any]
    nearest: str
    """Id of the own film that is nearest."""
    distance: float
    """How far it is from that, in root mean squares of standard deviations."""


def next_slurries(
    model: FilmModel, n: int, *, fixed: Mapping[str, Any], by_probability: bool, seed: int = 0
) -> list[SlurryProposal]:
    """Return slurries between those that were coated, none of them twice.

    Args:
        model: what the films teach.
        n: how many.
        fixed: conditions that all of them have.
        by_probability: whether the probabilities are worth choosing by; otherwise all of them fill gaps.
        seed: of the candidates and the draws.
    """
    candidates = _candidates(model, fixed, np.random.default_rng(seed))
    candidates = candidates[~model.is_extrapolated(candidates)].reset_index(drop=True)
    if candidates.empty:
        return []
    distances = model.distances(candidates)
    seeds = range(seed, seed + N_DRAWS)
    scores = _scores(model, candidates, seeds) if by_probability else {FILL: distances.min(axis=1)}
    is_free, proposals = distances.min(axis=1) > NOT_AGAIN * model.farthest, list[SlurryProposal]()
    while len(proposals) < n and is_free.any():
        purpose = list(scores)[len(proposals) % len(scores)]
        row = int(np.where(is_free, scores[purpose], -np.inf).argmax())
        film, nearest = candidates.iloc[row], int(distances[row].argmin())
        conditions = {name: film[name] for name in CONDITIONS if not pd.isna(film[name])}
        near = str(model.films["id"].iloc[nearest])
        proposals.append(SlurryProposal(purpose, conditions, near, float(distances[row, nearest])))
        apart = _distances_to(model, candidates, row)
        is_free &= apart > APART * model.farthest
        if purpose == FILL:
            scores[FILL] = np.minimum(scores[FILL], apart)
    return proposals


def _scores(model: FilmModel, candidates: pd.DataFrame, seeds: Sequence[int]) -> dict[str, np.ndarray]:
    """Return by what candidates are ranked: the probability of the best class, and what its class would tell.

    The latter is the mutual information of class and model: the entropy of the mean over films drawn anew less the mean
    entropy (Houlsby et al. 2011, arXiv:1112.5745).
    """
    draws = drawn_probabilities(model, candidates, seeds)
    information = entropy(draws.mean(axis=0), axis=1) - entropy(draws, axis=2).mean(axis=0)
    return {GOOD: model.probabilities(candidates)[:, 0], LEARN: np.asarray(information)}


def _distances_to(model: FilmModel, candidates: pd.DataFrame, row: int) -> np.ndarray:
    scaled = model.features.standardised(candidates).to_numpy()
    return np.asarray(np.sqrt(((scaled - scaled[row]) ** 2).mean(axis=1)))


def _candidates(model: FilmModel, fixed: Mapping[str, Any], chance: np.random.Generator) -> pd.DataFrame:
    """Return slurries spread evenly over what the films span, each with names that a film has together."""
    free = [name for name in model.numbers if name not in fixed]
    drawn = pd.DataFrame(index=range(N_CANDIDATES))
    if free:
        places = qmc.Sobol(len(free), rng=chance).random(N_CANDIDATES)
        drawn = pd.DataFrame({name: _spread(model, name, places[:, i]) for i, name in enumerate(free)})
    together = _together(model, fixed)
    names = together.iloc[chance.integers(len(together), size=N_CANDIDATES)].reset_index(drop=True)
    numbers = {name: fixed[name] for name in NUMBERS if name in fixed}
    return drawn.join(names).assign(**numbers).reindex(columns=list(CONDITIONS)).drop_duplicates()


def _together(model: FilmModel, fixed: Mapping[str, Any]) -> pd.DataFrame:
    """Return the names that films have together, those that are fixed in place of theirs where no film has them."""
    looked_at = [name for name in NAMES if model.looks_at(name) or name in fixed]
    counts = model.films[list(NAMES)].value_counts(sort=True).reset_index()[list(NAMES)]
    together = counts.drop_duplicates(looked_at) if looked_at else counts.iloc[:1]
    chosen = {name: fixed[name] for name in NAMES if name in fixed}
    mask = (
        np.all([together[name] == value for name, value in chosen.items()], axis=0)
        if chosen
        else [True] * len(together)
    )
    return together[mask] if np.any(mask) else together.assign(**chosen).drop_duplicates()


def _spread(model: FilmModel, name: str, places: np.ndarray) -> np.ndarray:
    """Return values between the least and the greatest of the films, rounded to what a lab can set."""
    low, high = model.span(name)
    values = low * (high / low) ** places if name in BY_RATIO else low + places * (high - low)
    is_fine = (high - low) / STEPS[name] >= FEWEST_STEPS
    step = STEPS[name] if is_fine else 10 ** np.floor(np.log10((high - low) / FEWEST_STEPS))
    least, most = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return np.asarray(np.clip(np.round(values / step), least, most) * step).round(10)
