"""Which rows are held out together. A paper is never on both sides of a fold."""

from collections.abc import Iterator

import numpy as np
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

Fold = tuple[np.ndarray, np.ndarray]
"""Row numbers to train on and row numbers held out."""


def leave_one_out(groups: np.ndarray) -> Iterator[Fold]:
    """Yield a fold for every group, all its rows held out together.

    >>> [held.tolist() for _, held in leave_one_out(np.array(["a", "b", "b"]))]
    [[0], [1, 2]]
    """
    yield from LeaveOneGroupOut().split(groups, groups=groups)


def group_folds(groups: np.ndarray, n_folds: int, *, seed: int | None = None) -> Iterator[Fold]:
    """Yield folds of whole groups, at most one fold per group; dealt at random with a seed, else always the same."""
    n_folds = min(n_folds, len(np.unique(groups)))
    yield from GroupKFold(n_folds, shuffle=seed is not None, random_state=seed).split(groups, groups=groups)
