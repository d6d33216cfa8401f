"""BayBE (Apache-2.0) as another chooser: its Gaussian process and expected improvement choose from the same recipes.

It sees the names of a recipe as categories, with the family of the sulfide, and both contents as numbers. It wants
every cell filled: an absent part has a content of 0, and a content that is not reported counts as a typical one of the
rows. It brings torch, is no dependency of the package, and is imported when needed.
"""

import importlib
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import TrainingRows
from spcse_ml.models.distance import distances
from spcse_ml.models.estimators import FillContents
from spcse_ml.models.features import NOT_THERE, encode
from spcse_ml.schema import RETENTION

CATEGORIES = ("sulfide_family", "sulfide", "method", "binder", "template", "solvent")
CONTENTS = ("binder_wt_percent", "template_wt_percent")
LARGEST = 3_000
"""More candidates are thinned to so many, drawn with the seed: a batch then takes seconds and not gigabytes."""


def recommend(candidates: pd.DataFrame, seen: TrainingRows, *, n: int, seed: int, apart: float = 0.0) -> list[int]:
    """Return the rows of the candidates that BayBE would make next, each at least so far from those before it."""
    baybe = importlib.import_module("baybe")
    rows = np.arange(len(candidates))
    if len(rows) > LARGEST:
        rows = np.sort(np.random.default_rng(seed).choice(rows, LARGEST, replace=False))
    filled = FillContents().fit(seen.recipes)
    encoded, known = (encode(filled.transform(part)) for part in (candidates.iloc[rows], seen.recipes))
    cards, made = _cards(encoded).set_axis(rows), _cards(known).assign(**{RETENTION.column: seen.outcomes})
    is_open, picks = np.ones(len(rows), dtype=bool), list[int]()
    while len(picks) < n and is_open.any():
        pending = cards.loc[picks] if picks else None
        with baybe.Settings(random_seed=seed + len(picks)):
            picks.append(_next(cards[is_open], made, pending))
        chosen = encoded.iloc[[int(np.flatnonzero(rows == picks[-1])[0])]]
        is_open &= (distances(encoded, chosen)[:, 0] >= apart) & (rows != picks[-1])
    return picks


def _next(cards: pd.DataFrame, made: pd.DataFrame, pending: pd.DataFrame | None) -> int:
    baybe, spaces, targets = (importlib.import_module(f"baybe{part}") for part in ("", ".searchspace", ".targets"))
    parameters = _parameters(pd.concat([cards, made]))
    names = [parameter.name for parameter in parameters]
    space = spaces.SearchSpace.from_dataframe(cards[names], parameters)
    campaign = baybe.Campaign(space, targets.NumericalTarget(RETENTION.column))
    # published contents stand between the grid's: the tolerance flag lets them in
    campaign.add_measurements(made[[*names, RETENTION.column]], numerical_measurements_must_be_within_tolerance=False)
    recommendation = campaign.recommend(1, pending_experiments=None if pending is None else pending[names])
    return int(cards.index[(cards[names] == recommendation[names].iloc[0]).all(axis=1)][0])


def _parameters(cards: pd.DataFrame) -> list[Any]:
    """Return every column that differs anywhere as a parameter; a category that is not declared would be refused."""
    kinds = importlib.import_module("baybe.parameters")
    values = {name: sorted(set(cards[name])) for name in (*CATEGORIES, *CONTENTS)}
    return [
        kinds.CategoricalParameter(name, levels)
        if name in CATEGORIES
        else kinds.NumericalDiscreteParameter(name, levels)
        for name, levels in values.items()
        if len(levels) > 1
    ]


def _cards(encoded: pd.DataFrame) -> pd.DataFrame:
    numbers = encoded[list(CONTENTS)].astype(float).fillna(0.0)
    return pd.concat([encoded[list(CATEGORIES)].fillna(NOT_THERE).astype(str), numbers], axis=1)
