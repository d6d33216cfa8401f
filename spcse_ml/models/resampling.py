"""What is asked of chance: papers drawn anew, and runs of numbered draws that workers share."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np

from spcse_ml.parallel import ALONE, Workers

Result = TypeVar("Result")

CHUNK = 20
"""Draws that one worker takes at a time."""


def resampled(papers: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Return the numbers of rows of papers drawn with replacement, as many papers as there are."""
    labels = papers.astype(str)
    names = np.unique(labels)
    drawn = chance.choice(names, len(names))
    return np.array([row for paper in drawn for row in np.flatnonzero(labels == paper)], dtype=int)


def chunks(total: int) -> list[range]:
    """Return the numbers below a total in runs of at most `CHUNK`.

    >>> [len(run) for run in chunks(50)]
    [20, 20, 10]
    """
    return [range(start, min(start + CHUNK, total)) for start in range(0, total, CHUNK)]


def drawn(
    draw: Callable[[range], Iterable[Result]], total: int, *, workers: Workers = ALONE, what: str
) -> list[Result]:
    """Return what `draw` gives for each number below a total; a number is a seed, so whoever draws changes nothing."""
    return [one for some in workers.each(draw, chunks(total), what) for one in some]
