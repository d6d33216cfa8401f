"""What every adapter shares: the rows, the loop over held-out papers, the clock and the file of answers.

An adapter says of one fold what a tool says: from the `Seen` rows and the cards `asked` it returns the predictions, or
the predictions with the lower and upper ends of their 90 % intervals. What it learns, it learns from `Seen` alone.
"""

import functools
import importlib.metadata
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

CATEGORIES = ["sulfide_family", "binder", "method", "template"]
NUMBERS = ["binder_wt_percent", "donor_number_kcal_mol"]
LEVEL = 0.9
HALF_WIDTH = 1.6449
"""Standard deviations to either side that hold 90 % of a normal distribution."""


class Seen(NamedTuple):
    """The rows that a fold may learn from."""

    target: str
    card: pd.DataFrame
    outcomes: np.ndarray
    papers: np.ndarray


Adapter = Callable[[Seen, pd.DataFrame], Any]


def answer(package: str, adapters: Mapping[str, Adapter], notes: Callable[[], list[str]] = list) -> None:
    """Ask every adapter for every held-out row of the file in argv[1]; write the answers, and notes, into argv[2].

    Libraries may print what they like, it goes to stderr; stdout tells how far we are.
    """
    told = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    answers = [
        {"settings": settings, "target": target, **_held_out(adapter, target, settings, told)}
        for target in tables()
        for settings, adapter in adapters.items()
    ]
    body = {"version": f"{package} {importlib.metadata.version(package)}", "answers": answers, "notes": notes()}
    Path(sys.argv[2]).write_text(json.dumps(body, allow_nan=False) + "\n")


@functools.cache
def tables() -> dict[str, Any]:
    """Return the exported rows by target."""
    return dict(json.loads(Path(sys.argv[1]).read_text()))


def frame(target: str) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return the cards, outcomes and papers of a target; blanks are nan."""
    table = tables()[target]
    card = pd.DataFrame(table["card"], columns=[*CATEGORIES, *NUMBERS]).astype(dict.fromkeys(NUMBERS, float))
    return card, np.array(table["outcomes"]), np.array(table["papers"])


def one_hot(*, fill: bool = True, scale: bool = True) -> Pipeline:
    """Return what turns cards into numbers, to be fitted inside the fold; without `fill` a blank stays a blank."""
    card = [
        ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), CATEGORIES),
        ("numbers", SimpleImputer() if fill else "passthrough", NUMBERS),
    ]
    return make_pipeline(ColumnTransformer(card), *([StandardScaler()] if scale else []))


def as_categories(seen: pd.DataFrame, asked: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both with the labels of the seen rows as categories; a label that was never seen is a blank."""
    kinds = {name: pd.CategoricalDtype(sorted(set(seen[name]))) for name in CATEGORIES}
    known = {name: asked[name].where(asked[name].isin(kind.categories)) for name, kind in kinds.items()}
    return seen.astype(kinds), asked.assign(**known).astype(kinds)


def _held_out(adapter: Adapter, target: str, settings: str, told: TextIO) -> dict[str, Any]:
    card, outcomes, papers = frame(target)
    table = tables()[target]
    parts = {name: np.full(len(outcomes), np.nan) for name in ("predicted", "low", "high")}
    cpu, wall = _cpu_seconds(), time.perf_counter()
    for number, (train, held) in enumerate(table["folds"], start=1):
        print(f"  {target}: {settings}: paper {number} of {len(table['folds'])}", file=told)
        seen = Seen(target, card.iloc[train].reset_index(drop=True), outcomes[train], papers[train])
        said = adapter(seen, card.iloc[held].reset_index(drop=True))
        for name, values in zip(parts, said if isinstance(said, tuple) else (said,), strict=False):
            parts[name][held] = values
    return {
        "fingerprint": table["fingerprint"],
        "cpu_s": round(_cpu_seconds() - cpu, 2),
        "wall_s": round(time.perf_counter() - wall, 2),
        **{name: values.round(4).tolist() for name, values in parts.items() if not np.isnan(values).all()},
    }


def _cpu_seconds() -> float:
    used = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)
