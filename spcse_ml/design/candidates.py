"""Which recipes near those that were made may be proposed, and what is said of those that may not."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spcse_ml.design.breaking import donors_told
from spcse_ml.design.interchangeable import is_better_conducted
from spcse_ml.design.minimum_content import LEAST, held_by, is_thin
from spcse_ml.design.nearby import broken, nearby
from spcse_ml.design.space import DesignSpace
from spcse_ml.design.suggest import is_made
from spcse_ml.models.distance import distances
from spcse_ml.models.features import encode
from spcse_ml.models.model import MembraneModel


@dataclass(frozen=True)
class Offers:
    """Candidates of a batch, and what is said of the hidden ones, a sentence each."""

    candidates: pd.DataFrame
    hidden: tuple[str, ...]


def offers(
    space: DesignSpace, made: pd.DataFrame, model: MembraneModel, *, allowed: Collection[str], with_thin: bool
) -> Offers:
    """Return the recipes near those made that were not made, break no rule but those allowed and hold enough binder.

    Of films that differ in the sulfide alone and tie, the best conductor stands for the others, also where it was made.
    """
    around = nearby(space, made)
    broken_by = broken(space, around).drop(columns=list(allowed), errors="ignore")
    free, new = ~breaks(broken_by), ~is_made(around, made)
    thin = ~np.full(len(around), with_thin) & is_thin(around.assign(**{LEAST: held_by(model).below(around)}))
    films = around[free & ~thin].reset_index(drop=True)
    kept = new[free & ~thin] & ~is_better_conducted(space.declared, films, model)
    hidden = (*_breaking(space, broken_by), *_thin(int((thin & free & new).sum()), int((free & new).sum())))
    return Offers(films[kept].reset_index(drop=True), hidden)


def breaks(broken_by: pd.DataFrame, allowed: Collection[str] = ()) -> np.ndarray:
    """Return which recipes break a rule but those allowed."""
    return np.asarray(broken_by.drop(columns=list(allowed), errors="ignore").any(axis=1))


def apart_from(candidates: pd.DataFrame, others: pd.DataFrame, apart: float) -> pd.DataFrame:
    """Return the candidates that stand at least so far from all of the others."""
    if candidates.empty or others.empty:
        return candidates
    kept = np.flatnonzero(distances(encode(candidates), encode(others)).min(axis=1) >= apart)
    found: pd.DataFrame = candidates.iloc[kept].reset_index(drop=True)
    return found


def _breaking(space: DesignSpace, broken_by: pd.DataFrame) -> list[str]:
    counts, is_hidden = {str(rule): int(n) for rule, n in broken_by.sum().items() if n}, breaks(broken_by)
    if not counts:
        return []
    told = ", ".join(f"{rule} {n}" for rule, n in counts.items())
    hidden = f"{is_hidden.sum()} of {len(is_hidden)} candidates break a rule ({told})"
    donors = [f"{line}." for line in donors_told(space.declared) if line.partition(":")[0] in counts]
    return [f"Hidden: {hidden}; --allow-rule NAME lets them in.", *donors]


def _thin(n: int, n_free: int) -> list[str]:
    what = "of the others hold less than half the binder of any membrane of their kind"
    return [f"Hidden: {n} of {n_free} {what}; --with-thin lets them in."] if n else []
