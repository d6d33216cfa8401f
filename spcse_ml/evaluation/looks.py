"""What the best of several procedures is worth once it is counted how many were scored on the same rows.

The least error of many is too low: some procedure is lucky on these papers. Bootstrap bias-corrected cross-validation
(Tsamardinos, Greasidou and Borboudakis 2018, Machine Learning 107, 1895, DOI 10.1007/s10994-018-5714-4) draws papers
with replacement, picks the best procedure on those drawn, and scores it on those that were not; nothing is fitted
again, for the predictions of every paper were made while it was held out. The interval is as wide as that of the best
procedure by itself, or as the median procedure's: over the third of the papers that a draw leaves out it would be too
wide, and over draws in which the choice is made anew too narrow (`benchmarks/looks`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spcse_ml.evaluation.metrics import resampled_mean

N_DRAWS = 2_000
"""Draws of papers; the mean over them settles to a hundredth of the error."""

FEWEST = 10
"""Of fewer papers the best is not corrected: too few stay undrawn."""


@dataclass(frozen=True)
class Looks:
    """How many procedures were scored on the same rows, and what the best of them is worth; in the target's unit."""

    n: int
    best: str
    """Name of the procedure with the least error."""
    mae: float
    """Its mean absolute error as it is, each paper counted once."""
    corrected: float
    """The same once the choice among all is made without the papers that it is scored on."""
    low: float
    high: float
    """Ends of the 95 % interval of the corrected error over papers."""
    baseline: float
    """The mean absolute error of the mean on the same papers."""
    gain: float
    """How much less the corrected procedure errs than the mean, on the papers not drawn."""
    gain_low: float
    gain_high: float
    n_papers: int
    n_overlapping: int = 0
    """How many more were scored on other rows, of which some are the same; they are not corrected for."""

    @property
    def finding(self) -> str:
        """Return `better`, `worse` or `cannot tell` of the corrected error beside that of the mean."""
        return "better" if self.gain_low > 0 else "worse" if self.gain_high < 0 else "cannot tell"


def looks_at(errors: pd.DataFrame, baseline: pd.Series, *, n_draws: int = N_DRAWS) -> Looks | None:
    """Return what the best of several procedures is worth.

    Args:
        errors: mean absolute error by paper (rows) and procedure (columns), shape (papers, procedures), in the target's
            unit; every paper held out from every procedure.
        baseline: that of the mean by paper, shape (papers,).
        n_draws: how many times papers are drawn.

    Returns:
        Count, raw and corrected error; None of fewer than ten papers, or without procedures.

    >>> one = np.r_[np.zeros(10), np.full(10, 2.0)]
    >>> errors = pd.DataFrame({"one": one, "other": 2.0 - one})
    >>> looks = looks_at(errors, pd.Series(np.ones(20)), n_draws=200)
    >>> looks.mae, looks.corrected > 1.1
    (1.0, True)
    """
    papers, n = errors.to_numpy(dtype=float), len(errors)
    if n < FEWEST or not papers.shape[1]:
        return None
    constant = baseline.to_numpy(dtype=float)
    chance, values = np.random.default_rng(0), []
    for _ in range(n_draws):
        counts = np.bincount(chance.integers(n, size=n), minlength=n)
        unseen = counts == 0
        if not unseen.any():
            continue
        chosen = int((counts @ papers).argmin())
        values.append((papers[unseen, chosen].mean(), (constant[unseen] - papers[unseen, chosen]).mean()))
    corrected, gain = np.mean(values, axis=0)
    best = int(papers.mean(axis=0).argmin())
    of_best = papers[:, best]
    low, high = corrected + _around(papers, best)
    gain_low, gain_high = gain + _around(constant[:, None] - papers, best)
    return Looks(
        papers.shape[1], str(errors.columns[best]), float(of_best.mean()), float(corrected), float(low), float(high),
        float(constant.mean()), float(gain), float(gain_low), float(gain_high), n,
    )  # fmt: skip


def _around(values: np.ndarray, best: int) -> np.ndarray:
    """Return how far the ends of the 95 % interval of the mean over papers lie from it.

    That of the best, or the median of those of all where it is wider: the best may be chosen for having no failure on
    these papers that others like it have.
    """
    intervals = [resampled_mean(pd.Series(column)) for column in values.T]
    ends = np.array([[interval.low - interval.mean, interval.high - interval.mean] for interval in intervals])
    low, high = np.median(ends, axis=0)
    return np.array([min(ends[best, 0], low), max(ends[best, 1], high)])
