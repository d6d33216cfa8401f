"""How much of a score is the split: the same estimators, with ever larger wholes held out, and with fewer papers."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import TrainingRows
from spcse_ml.evaluation.robustness import SplitDifficulty
from spcse_ml.models.cross_validation import Fold, group_folds, predict_held_out
from spcse_ml.models.estimators import ESTIMATORS
from spcse_ml.models.features import encode
from spcse_ml.schema import Target

SPLITS = ("row", "recipe", "paper", "laboratory", "sulfide family", "method")
"""What is never on both sides of a fold, from the smallest whole to the largest."""

N_FOLDS = 5
N_REPEATS = 10
"""How many times the groups are put into folds anew."""

N_PAPERS = (8, 12, 16, 20, 24)
"""Sizes of the learning curve, in papers to learn from; the rest are tested."""

N_DRAWS = 30
"""How many times the papers of the learning curve are drawn."""


def groups(rows: TrainingRows, split: str) -> np.ndarray:
    """Return one label per row, equal where rows belong to one whole of the split."""
    encoded = encode(rows.recipes)
    labels: dict[str, Sequence[object]] = {
        "row": range(len(rows.outcomes)),
        "recipe": [str(recipe) for recipe in rows.recipes.to_dict("records")],
        "paper": list(rows.papers),
        "laboratory": list(rows.laboratories),
        "method": list(encoded["method"]),
        "sulfide family": list(encoded["sulfide_family"]),
    }
    return np.array([str(label) for label in labels[split]])


def split_difficulty(rows: TrainingRows, target: Target, split: str, estimators: tuple[str, ...]) -> SplitDifficulty:
    """Return the errors with whole groups held out in five folds, or in as many as there are groups if fewer."""
    labels = groups(rows, split)
    repeats = [list(group_folds(labels, N_FOLDS, seed=seed)) for seed in range(N_REPEATS)]
    return SplitDifficulty(split, len(set(labels)), len(repeats[0]), _maes(rows, target, estimators, repeats))


def learning_curve(rows: TrainingRows, target: Target, n_papers: int, estimators: tuple[str, ...]) -> SplitDifficulty:
    """Return the errors on the other papers after learning from this many papers, drawn at random."""
    draws = [[fold] for fold in _draws(rows.papers, n_papers)]
    return SplitDifficulty(f"{n_papers} papers", n_papers, 1, _maes(rows, target, estimators, draws))


def _draws(papers: np.ndarray, n_papers: int) -> Iterator[Fold]:
    for seed in range(N_DRAWS):
        drawn = np.random.default_rng(seed).permutation(np.unique(papers.astype(str)))[:n_papers]
        is_seen = np.isin(papers.astype(str), drawn)
        yield np.flatnonzero(is_seen), np.flatnonzero(~is_seen)


def _maes(
    rows: TrainingRows, target: Target, estimators: tuple[str, ...], repeats: Sequence[Sequence[Fold]]
) -> dict[str, float]:
    return {
        name: float(np.mean([_mae(rows, predict_held_out(ESTIMATORS[name], rows, target, folds)) for folds in repeats]))
        for name in estimators
    }


def _mae(rows: TrainingRows, values: np.ndarray) -> float:
    return float(pd.Series(np.abs(values - rows.outcomes)).mean())  # rows that no fold held are nan and left out
