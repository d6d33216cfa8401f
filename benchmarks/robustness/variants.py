"""What may make an interval as wide as it is, how often each variant covers, and which of them is taken.

Variants, groups and the rule are those of `docs/decisions/0012-intervals-that-hold-where-they-are-used.md`. All is
computed from the raw records that `coverage.raw` returns, with the package's own calibration.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from spcse_ml.models.applicability import LEAST_DIFFICULTY, STATUSES
from spcse_ml.models.conformal import LEVEL, calibrate
from spcse_ml.models.examination import range_of
from spcse_ml.schema import RETENTION

CALIBRATION, NEW_PAPERS, REPEATS, DESIGNS = "calibration", "new papers", "repeats", "design space"
"""Roles of the rows of a raw record: held out in cross-validation, or a recipe that the model predicts."""

GROUPS = (NEW_PAPERS, *STATUSES, REPEATS, DESIGNS)
"""What a coverage is of; the three domains are those of new papers."""

LEAST_NEW, LEAST_OTHER, ENOUGH_PREDICTIONS, N_RESAMPLES = 0.88, 0.85, 200, 1000

RELEASED, IN_FORCE = "as-0.1.0", "floor-median"
"""The variant of version 0.1.0, and that of the package as it stands."""


def _released(rows: pd.DataFrame) -> np.ndarray:
    return rows["difficulty"].to_numpy(dtype=float)


def _constant(rows: pd.DataFrame) -> np.ndarray:
    return np.ones(len(rows))


def _base_1(rows: pd.DataFrame) -> np.ndarray:
    return np.asarray(1 - LEAST_DIFFICULTY + _released(rows))


def _findings_only(rows: pd.DataFrame) -> np.ndarray:
    return np.asarray(_base_1(rows) - rows["distance"].to_numpy(dtype=float))


@dataclass(frozen=True)
class Variant:
    """A difficulty, which errors are divided by, and below what no recipe that is predicted may fall."""

    difficulty: Callable[[pd.DataFrame], np.ndarray]
    floor: Callable[[pd.Series], float] | None = None
    """From the difficulty of each paper that calibrated, the largest of its rows as its score is."""

    def of_predicted(self, rows: pd.DataFrame, calibrating: pd.DataFrame) -> np.ndarray:
        """Return the difficulty of recipes that are predicted, given the rows that calibrated."""
        difficulty = self.difficulty(rows)
        if self.floor is None:
            return difficulty
        by_paper = calibrating.assign(difficulty=self.difficulty(calibrating)).groupby("paper")["difficulty"].max()
        return np.asarray(np.maximum(difficulty, self.floor(by_paper)))


VARIANTS: Mapping[str, Variant] = {
    RELEASED: Variant(_released),
    "floor-median": Variant(_released, np.median),
    "floor-largest": Variant(_released, partial(np.quantile, q=0.75, method="inverted_cdf")),
    "constant": Variant(_constant),
    "base-1": Variant(_base_1),
    "findings-only": Variant(_findings_only),
}


def coverage(raw: pd.DataFrame, variant: Variant) -> pd.DataFrame:
    """Return the coverage of each group of predictions, from the raw records of one world.

    Args:
        raw: rows of any number of data sets, as `coverage.raw` returns them.
        variant: of the intervals.

    Returns:
        One row per group that has predictions, in the order of `GROUPS`: `n`, `coverage`, its Monte Carlo `error` and
        the mean `width` in percent.
    """
    models = [model for _, model in raw.groupby(["seed", "n_papers"])]
    predicted = pd.concat([intervals(model, variant) for model in models], ignore_index=True)
    new = predicted[predicted["role"] == NEW_PAPERS]
    subsets = {role: predicted[predicted["role"] == role] for role in (NEW_PAPERS, REPEATS, DESIGNS)}
    subsets |= {status: new[new["domain"] == status] for status in STATUSES}
    return pd.DataFrame({group: _summary(subsets[group]) for group in GROUPS if len(subsets[group])}).T


def intervals(model: pd.DataFrame, variant: Variant) -> pd.DataFrame:
    """Return the recipes that one model predicts, each with `is_covered` and the `width` of its interval."""
    is_calibrating = model["role"] == CALIBRATION
    known, predicted = model[is_calibrating], model[~is_calibrating]
    calibration = calibrate(
        prediction_range=range_of(known),
        outcomes=known["outcome"].to_numpy(),
        difficulty=variant.difficulty(known),
        papers=known["paper"].to_numpy(),
        target=RETENTION,
    )
    low, high = calibration.bounds(range_of(predicted), variant.of_predicted(predicted, known), LEVEL)
    is_covered = (low <= predicted["outcome"]) & (predicted["outcome"] <= high)
    return predicted[["seed", "role", "domain"]].assign(is_covered=is_covered, width=high - low)


def _summary(predicted: pd.DataFrame) -> dict[str, float]:
    by_seed = predicted.groupby("seed")["is_covered"].agg(["sum", "size"]).to_numpy(dtype=float)
    return {
        "n": len(predicted),
        "coverage": float(predicted["is_covered"].mean()),
        "error": resampling_error(by_seed),
        "width": float(predicted["width"].mean()),
    }


def resampling_error(by_seed: np.ndarray) -> float:
    """Return the standard error of a coverage when data sets are resampled.

    Args:
        by_seed: how many predictions were covered and how many there are, shape (data sets, 2).

    Returns:
        The standard deviation of the coverage over `N_RESAMPLES` resamples.
    """
    drawn = np.random.default_rng(0).choice(len(by_seed), (N_RESAMPLES, len(by_seed)))
    covered, n = by_seed[drawn].sum(axis=1).T
    return float((covered / n).std())


def all_coverages(raw_by_world: Mapping[str, pd.DataFrame], names: tuple[str, ...] = tuple(VARIANTS)) -> pd.DataFrame:
    """Return the coverages of variants in worlds, indexed by world, variant and group."""
    tables = {(world, name): coverage(raw, VARIANTS[name]) for world, raw in raw_by_world.items() for name in names}
    return pd.concat(tables, names=["world", "variant", "group"])


def by_rule(coverages: pd.DataFrame) -> pd.DataFrame:
    """Return what the rule looks at, one row per variant, over all worlds given.

    Columns: the least coverage on new papers (`new`), in a domain that has enough predictions (`domain`) and on repeats
    (`repeats`) and over the design space (`designs`), the mean `width` there, and whether it `passes`.
    """
    group, n = coverages.index.get_level_values("group"), coverages["n"]
    in_domain = group.isin(STATUSES) & (n >= ENOUGH_PREDICTIONS)
    table = pd.DataFrame(
        {
            "new": _least(coverages[group == NEW_PAPERS]),
            "domain": _least(coverages[in_domain]),
            "repeats": _least(coverages[group == REPEATS]),
            "designs": _least(coverages[group == DESIGNS]),
            "width": coverages[group == DESIGNS].groupby("variant", sort=False)["width"].mean(),
        }
    )
    table = table.loc[coverages.index.unique("variant")]
    least_other = table[["domain", "repeats", "designs"]].min(axis=1)
    return table.assign(passes=(table["new"] >= LEAST_NEW) & (least_other >= LEAST_OTHER))


def _least(coverages: pd.DataFrame) -> pd.Series:
    return coverages.groupby("variant", sort=False)["coverage"].min()


def taken(table: pd.DataFrame) -> str:
    """Return the variant that the rule takes: the narrowest that passes, else that of the best worst coverage."""
    if table["passes"].any():
        return str(table.loc[table["passes"], "width"].idxmin())
    return str(table[["new", "domain", "repeats", "designs"]].min(axis=1).idxmax())
