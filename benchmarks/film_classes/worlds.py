"""Laboratories that never were: slurries drawn at random, and a rule by which films come of them.

Batches hold one to three films of one slurry, coated with different gaps. A film's badness is a function of the slurry
and the gap, plus an effect of its batch and one of its own; two thresholds make three classes of it.
"""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from spcse_ml.data.film_rows import FILM_COLUMNS
from spcse_ml.data.membrane import FilmClass
from spcse_ml.models.film_classes import learn_films

CLASSES = (FilmClass.UNIFORM.value, FilmClass.UNEVEN.value, FilmClass.CRACKED.value)
THRESHOLDS = (0.0, 0.7)
N_REPEATS = 500
CAMPAIGN = 3
"""Batches of a campaign, in which a lab stays with one slurry but for small changes."""

N_REPEATS = 500
BATCH_EFFECT, FILM_EFFECT = 0.15, 0.1
"""Standard deviations of what slurry and gap do not tell, where badness goes from about -1 to 2."""

Badness = Callable[[pd.DataFrame, np.random.Generator], np.ndarray]


def window(films: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return badness around a closed window: solids 50 wt% and binder 3 wt% in its middle."""
    apart = np.hypot((films["slurry_solid_percent"] - 50) / 8, np.log(films["binder_wt_percent"] / 3) / 0.5)
    return apart.to_numpy() - 1.2 + _effects(films, rng)


def slope(films: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return badness that grows with solids and binder."""
    scaled = (films["slurry_solid_percent"] - 50) / 8 + np.log(films["binder_wt_percent"] / 3) / 0.5
    return 0.6 * scaled.to_numpy() + 2 * _effects(films, rng)


def noise(films: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return badness of each film by itself."""
    return rng.normal(size=len(films))


def batch_noise(films: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return badness that the batch decides for the most part, and no condition."""
    return _of_batches(films, rng.normal(size=films["batch"].nunique())) + 0.4 * rng.normal(size=len(films))


def practice(films: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return badness that falls from batch to batch as the lab gains practice, whatever the conditions."""
    falling = np.linspace(1.2, -0.8, films["batch"].nunique())
    return _of_batches(films, falling) + 0.5 * rng.normal(size=len(films))


def campaigns(films: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return badness that the campaign decides for the most part: its powder or its weather, and no condition."""
    n = films["batch"].nunique()
    return _of_batches(films, rng.normal(size=-(-n // CAMPAIGN)).repeat(CAMPAIGN)[:n]) + 0.4 * rng.normal(
        size=len(films)
    )


WORLDS: dict[str, Badness] = {
    "window": window, "slope": slope, "noise": noise, "noise of batches": batch_noise, "practice": practice,
    "campaigns": campaigns,
}  # fmt: skip


def _effects(films: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    batches = BATCH_EFFECT * rng.normal(size=films["batch"].nunique())
    return _of_batches(films, batches) + FILM_EFFECT * rng.normal(size=len(films))


def _of_batches(films: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    return np.asarray(values[pd.factorize(films["batch"])[0]])


def laboratory(world: str, n: int, seed: int, *, is_guided: bool = False) -> pd.DataFrame:
    """Return `n` films of a made-up laboratory as `film_frame` has them.

    Args:
        world: a name of `WORLDS`.
        n: how many films.
        seed: of everything that is drawn.
        is_guided: whether the second half of the batches is coated where the films before promise most.
    """
    rng = np.random.default_rng(seed)
    films = _slurries(n, rng, _MOVES.get(world))
    badness = WORLDS[world]
    labelled = _labelled(films, badness(films, rng))
    return _guided(labelled, badness, rng) if is_guided else labelled


def _labelled(films: pd.DataFrame, badness: np.ndarray) -> pd.DataFrame:
    return films.assign(film_class=[CLASSES[number] for number in np.digitize(badness, THRESHOLDS)])


def _slurries(
    n: int, rng: np.random.Generator, moved: Callable[[np.ndarray, np.random.Generator], np.ndarray] | None = None
) -> pd.DataFrame:
    sizes: list[int] = []
    while sum(sizes) < n:
        sizes.append(min(int(rng.choice([1, 1, 2, 3])), n - sum(sizes)))
    of = np.repeat(np.arange(len(sizes)), sizes)
    places = rng.uniform(size=(len(sizes), 3))
    places = moved(places, rng) if moved else places
    solids, binder, heat = places[of].T
    films = pd.DataFrame(
        {
            "id": [f"M{number + 1}" for number in range(n)],
            "batch": [f"B{number + 1}" for number in of],
            "made_on": [date(2026, 1, 1) + timedelta(days=7 * int(number)) for number in of],
            "slurry_solid_percent": 35 + 30 * solids,
            "binder_wt_percent": np.exp(np.log(8) * binder),
            "blade_gap_um": rng.choice([100.0, 150.0, 200.0, 300.0], n),
            "drying_temperature_c": 60 + 60 * heat,
            "sulfide": "Li6PS5Cl",
            "binder": "NBR",
            "solvent": "toluene",
        }
    )
    return films.reindex(columns=list(FILM_COLUMNS)).assign(drying_time_h=np.nan)


def _wandering(places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return conditions that wander from batch to batch in place of being drawn afresh."""
    steps = np.cumsum(rng.normal(size=places.shape), axis=0)
    return np.asarray((steps - steps.min(axis=0)) / np.maximum(np.ptp(steps, axis=0), 1e-9))


def _by_campaign(places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return conditions that stay nearly the same in each campaign."""
    first = np.arange(len(places)) // CAMPAIGN * CAMPAIGN
    return np.asarray(np.clip(places[first] + 0.03 * rng.normal(size=places.shape), 0, 1))


_MOVES = {"practice": _wandering, "campaigns": _by_campaign}
"""Worlds in which conditions are not drawn afresh for each batch, and what becomes of them."""


def true_probabilities(world: str, films: pd.DataFrame, seed: int) -> np.ndarray:
    """Return the probability of each class that slurries have in a world, a new batch for each film made of them."""
    repeats = pd.concat([films] * N_REPEATS, ignore_index=True)
    fresh = repeats.assign(batch=[f"B{number}" for number in range(len(repeats))])
    codes = np.digitize(WORLDS[world](fresh, np.random.default_rng(seed)), THRESHOLDS).reshape(N_REPEATS, len(films))
    return np.array([(codes == code).mean(axis=0) for code in range(len(CLASSES))]).T


def _guided(films: pd.DataFrame, badness: Badness, rng: np.random.Generator) -> pd.DataFrame:
    """Return films of which the second half is moved, batch by batch, to where those before promise a good film."""
    batches = list(dict.fromkeys(films["batch"]))
    for batch in batches[len(batches) // 2 :]:
        mask = (films["batch"] == batch).to_numpy()
        before = films.iloc[: int(np.flatnonzero(mask)[0])]
        offers = _slurries(50, rng)
        best = offers.iloc[int(learn_films(before).probabilities(offers)[:, 0].argmax())]
        moved = films.copy()
        for name in ("slurry_solid_percent", "binder_wt_percent", "drying_temperature_c"):
            moved.loc[mask, name] = best[name]
        films = pd.concat([films[~mask], _labelled(moved, badness(moved, rng))[mask]]).sort_index()
    return films
