"""How many membranes must be made until the best of the literature are found, by who chooses the next one.

    python benchmarks/campaigns/run.py                     # every chooser that has not answered yet, then results.md
    python benchmarks/campaigns/run.py expected --again
    python benchmarks/campaigns/run.py --table             # results.md only, from the picks that are kept
    python benchmarks/campaigns/run.py baybe --python PYTHON   # PYTHON: where the project and BayBE are

Each campaign starts from the rows of whole papers drawn at random until ten membranes are known, none of them among the
best three. Then one membrane at a time is chosen of those left; its printed retention becomes known. Picks are kept in
picks.json.
"""

import argparse
import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from baybe_engine import recommend

from spcse_ml.data.dataset import TrainingRows, View
from spcse_ml.data.literature import literature
from spcse_ml.design.suggest import Plan, Pool, exploit, learn, pool_of
from spcse_ml.models.applicability import EDGE, INSIDE, OUTSIDE
from spcse_ml.models.estimators import constrained_ridge
from spcse_ml.models.model import MembraneModel
from spcse_ml.models.model import learn as fitted
from spcse_ml.models.weights import fit_to
from spcse_ml.schema import RETENTION

HERE = Path(__file__).resolve().parent
N_SEEDS, N_START, N_BEST = 50, 10, 3
ANYWHERE = ((INSIDE, EDGE, OUTSIDE),)
"""Every row was made, so no place of the domain is closed; `suggest` itself keeps to the inside and the edge."""


class Known(NamedTuple):
    """What a chooser may look at: the rows made so far, and those of them that were known at the start."""

    now: TrainingRows
    at_start: TrainingRows


Chooser = Callable[[Known, pd.DataFrame, int], int]
"""From what is known, the recipes left and a seed to the number of the recipe to make."""


@functools.cache
def membranes() -> tuple[TrainingRows, dict[int, np.ndarray]]:
    """Return the rows with a retention, and by membrane its rows: a recipe that is printed twice is one membrane."""
    rows = literature(View.REVIEW).training_rows(RETENTION)
    numbers = rows.recipes.fillna("").groupby(list(rows.recipes), sort=False).ngroup().to_numpy()
    return rows, {int(one): np.flatnonzero(numbers == one) for one in np.unique(numbers)}


def start(rows: TrainingRows, by_membrane: dict[int, np.ndarray], best: list[int], seed: int) -> list[int]:
    """Return the membranes known at the start: those of papers in random order that hold none of the best."""
    paper = {one: rows.papers[held[0]] for one, held in by_membrane.items()}
    known: list[int] = []
    for label in np.random.default_rng(seed).permutation(sorted(set(paper.values()))):
        found = [one for one, of in paper.items() if of == label]
        known += found if len(known) < N_START and not set(found) & set(best) else []
    return known


def campaign(choose: Chooser, seed: int) -> list[int]:
    """Return the membranes made, in order, until the best are all found."""
    rows, by_membrane = membranes()
    ranked = sorted(by_membrane, key=lambda one: -rows.outcomes[by_membrane[one]].mean())
    best, known, made = ranked[:N_BEST], start(rows, by_membrane, ranked[:N_BEST], seed), list[int]()
    while not set(best) <= set(made):
        left = [one for one in by_membrane if one not in {*known, *made}]
        rows_of = [np.concatenate([by_membrane[one] for one in some]) for some in ((*known, *made), known)]
        offered = rows.recipes.iloc[[by_membrane[one][0] for one in left]].reset_index(drop=True)
        made.append(left[choose(Known(*map(rows.take, rows_of)), offered, 1_000 * seed + len(made))])
    return [place + 1 for place, one in enumerate(made) if one in best]


@functools.lru_cache(maxsize=1)
def calibrated(places: tuple[str, ...]) -> MembraneModel:
    """Return the constrained ridge, calibrated on the rows of a start; no nested selection."""
    rows, _ = membranes()
    return fitted(rows.take(np.array([rows.places.index(one) for one in places])), RETENTION, ("constrained_ridge",))


def said(known: Known, offered: pd.DataFrame) -> Pool:
    """Return what the constrained ridge says, refitted on all that is known; its intervals are those of the start."""
    pipeline = fit_to(constrained_ridge(), known.now)
    return pool_of(replace(calibrated(known.at_start.places), pipeline=pipeline, training_rows=known.now), offered)


def by_default(known: Known, offered: pd.DataFrame, seed: int) -> int:
    """Choose as `suggest` exploits with a batch of one: the greatest mean of the draws."""
    return exploit(said(known, offered), Plan(1, 0, ANYWHERE), best=0.0, seed=seed)[0].row


def by_improvement(known: Known, offered: pd.DataFrame, seed: int) -> int:
    """Choose the greatest expected improvement on the best known, over the same draws."""
    gains = np.maximum(said(known, offered).draws(seed) - known.now.outcomes.max(), 0).mean(axis=0)
    return int(np.argmax(gains))


def by_learning(known: Known, offered: pd.DataFrame, _seed: int) -> int:
    """Choose as `suggest` learns, the edge first."""
    return learn(said(known, offered), Plan(0, 1, learn_in=((EDGE,), *ANYWHERE)), beside=[])[0].row


def by_turns(known: Known, offered: pd.DataFrame, seed: int) -> int:
    """Choose to improve on the best known and to learn in turn."""
    return (by_improvement, by_learning)[seed % 1_000 % 2](known, offered, seed)


def by_expectation(known: Known, offered: pd.DataFrame, _seed: int) -> int:
    """Choose the greatest predicted value."""
    return int(np.argmax(said(known, offered).expected))


def by_chance(known: Known, offered: pd.DataFrame, _seed: int) -> int:
    """Choose the greatest chance to exceed the best known; of equals the greatest predicted value."""
    pool = said(known, offered)
    return int(np.lexsort((pool.expected, pool.chance_above(float(known.now.outcomes.max()))))[-1])


def by_upper_end(known: Known, offered: pd.DataFrame, _seed: int) -> int:
    """Choose the greatest upper end of the 80 % interval before it is cut at 100 %."""
    pool = said(known, offered)
    return int(np.argmax(np.sqrt(pool.expected) + pool.difficulty * pool.model.calibration.errors_at(np.array(0.9))))


def by_baybe(known: Known, offered: pd.DataFrame, seed: int) -> int:
    """Choose as BayBE does by default: its Gaussian process and its logarithm of the expected improvement."""
    return recommend(offered, known.now, n=1, seed=seed)[0]


def by_random(_known: Known, offered: pd.DataFrame, seed: int) -> int:
    """Choose any."""
    return int(np.random.default_rng([7, seed]).integers(len(offered)))


CHOOSERS: dict[str, Chooser] = {
    "random": by_random, "default": by_default, "baybe": by_baybe, "expected": by_expectation, "chance": by_chance,
    "improvement": by_improvement, "turns": by_turns, "upper end": by_upper_end,
}  # fmt: skip
WORDS = {
    "random": "random choice", "default": "**spcse_ml, as it ships**: expected best of the batch, one at a time",
    "baybe": "BayBE 0.15, its defaults", "expected": "greatest predicted value (greedy)",
    "chance": "variant: greatest chance to exceed the best known",
    "improvement": "variant: expected improvement on the best known",
    "turns": "variant: improve and learn in turn", "upper end": "variant: greatest upper end of the 80 % interval",
}  # fmt: skip


def picks(name: str) -> list[list[int]]:
    """Return for each seed at which pick each of the best three was found."""
    found = []
    for seed in range(N_SEEDS):
        found.append(campaign(CHOOSERS[name], seed))
        print(f"{name}: seed {seed}, found at {found[-1]}", file=sys.stderr, flush=True)
    return found


def elsewhere(name: str, python: str) -> list[list[int]]:
    """Return the picks of a chooser that another Python makes, on one thread."""
    settings = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    command = [python, str(HERE / "run.py"), "--worker", name]
    done = subprocess.run(command, env=settings, stdout=subprocess.PIPE, check=True)
    return list(json.loads(done.stdout.splitlines()[-1]))


def interval(values: np.ndarray) -> str:
    """Return a mean over the seeds with its 95 % interval, seeds resampled."""
    drawn = np.random.default_rng(0).choice(values, (10_000, len(values))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{values.mean():.1f} ({low:.1f} to {high:.1f})"


def table(kept: dict[str, list[list[int]]]) -> str:
    """Return the results as a table of Markdown: picks until the first and until all of the best three."""
    lines = [
        "| chosen by | first of the best three | fewer than random | all three | fewer than random |",
        "| --- | --- | --- | --- | --- |",
    ]
    chance = np.array(kept["random"])
    for name in (one for one in CHOOSERS if one in kept):
        found = np.array(kept[name])
        cells = [part for end in (0, -1) for part in (
            interval(found[:, end]), "" if name == "random" else interval((chance - found)[:, end].astype(float))
        )]  # fmt: skip
        lines.append(f"| {WORDS[name]} | {' | '.join(cells)} |")
    ours, theirs = np.array(kept["default"]), np.array(kept.get("baybe", kept["default"]))
    gap = [interval((theirs - ours)[:, end].astype(float)) for end in (0, -1)]
    return "\n".join(
        [*lines, "", f"As it ships it needs fewer picks than BayBE by {gap[0]} and {gap[1]}, seed by seed."]
    )


def main() -> None:
    """Ask the choosers that have not answered for these rows, then write the table."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("names", nargs="*", help=f"of {', '.join(CHOOSERS)}; all without")
    reader.add_argument("--again", action="store_true", help="ask even those who have answered")
    reader.add_argument("--table", action="store_true", help="ask nobody")
    reader.add_argument("--python", default=sys.executable, help="Python that has BayBE")
    reader.add_argument("--worker", metavar="NAME", help=argparse.SUPPRESS)
    given = reader.parse_args()
    if given.worker:
        print(json.dumps(picks(given.worker)))
        return
    path, fingerprint = HERE / "picks.json", literature(View.REVIEW).fingerprint
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept = kept if kept.get("fingerprint") == fingerprint else {"fingerprint": fingerprint, "picks": {}}
    for name in () if given.table else given.names or CHOOSERS:
        if name not in kept["picks"] or given.again:
            begun = time.perf_counter()
            kept["picks"][name] = elsewhere(name, given.python if name == "baybe" else sys.executable)
            path.write_text(json.dumps(kept) + "\n")
            print(f"{name}: answered ({time.perf_counter() - begun:.0f} s)")
    before, _, after = (HERE / "results.md").read_text().partition(MARK)
    rest = after[after.index("\n## ") :]
    (HERE / "results.md").write_text(f"{before}{MARK}\n\n{table(kept['picks'])}\n{rest}")


MARK = "<!-- table by run.py -->"

if __name__ == "__main__":
    main()
