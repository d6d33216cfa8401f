"""Judge the films of made-up laboratories as `spcse-ml film --evaluate` does, and write results.md.

python -m benchmarks.film_classes.run [--small 200] [--large 60] [--jobs 2] [--keep FOLDER]
"""

import argparse
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from benchmarks.film_classes.worlds import WORLDS, laboratory, true_probabilities
from spcse_ml.evaluation.film_verdict import CHANCE, FilmVerdict, evaluate_films
from spcse_ml.models.film_classes import COMPETING_FROM, drawn_probabilities, learn_films

HERE = Path(__file__).resolve().parent
SIZES = (12, 24, 48)
GUIDED = ("noise", "window")
"""Worlds that are also judged where proposals guided the second half; with 24 films."""

SPREAD = ("window", "slope")
"""Worlds whose true probabilities are compared with the spread of the answers; with 24 films."""


def judged(world: str, n: int, seed: int, is_guided: bool) -> dict[str, Any]:  # noqa: FBT001 - one job of many
    """Return how the films of one laboratory were judged."""
    evaluation = evaluate_films(laboratory(world, n, seed, is_guided=is_guided))
    return {"world": world, "films": n, "seed": seed, "guided": is_guided, **evaluation.numbers}


def spread(world: str, n: int, seed: int) -> dict[str, Any]:
    """Return how often the spread of a probability holds the true one, and how far the two are apart on average."""
    model, slurries = learn_films(laboratory(world, n, seed)), laboratory(world, n, seed + 10_000)
    slurries = slurries[~model.is_extrapolated(slurries)].head(10)
    true = true_probabilities(world, slurries, seed)
    n_classes = true.shape[1]
    draws = drawn_probabilities(model, slurries, range(40))[:, :, :n_classes]
    value, (low, high) = model.probabilities(slurries)[:, :n_classes], np.quantile(draws, [0.05, 0.95], axis=0)
    inside = (np.minimum(low, value) <= true) & (true <= np.maximum(high, value))
    return {"world": world, "films": n, "inside": inside.mean(), "apart": np.abs(value - true).mean()}


def table(rows: pd.DataFrame) -> list[str]:
    """Return the rows of the page's first table."""
    lines = []
    for (world, is_guided, n), group in rows.groupby(["world", "guided", "films"], sort=False):
        counts = group["verdict"].value_counts().reindex([verdict.value for verdict in FilmVerdict], fill_value=0)
        scored = group[group["verdict"] != FilmVerdict.TOO_FEW.value]
        n_low = int((scored["p_value"] <= CHANCE).sum())
        means = [f"{scored[name].mean():.2f}" for name in ("log_loss", "baseline_log_loss", "balanced_accuracy")]
        name = f"{world}, second half guided" if is_guided else world
        cells = [name, n, len(group), *(counts[verdict.value] for verdict in FilmVerdict), n_low, *means]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def report(rows: pd.DataFrame, spreads: pd.DataFrame) -> str:
    """Return the page."""
    return "\n".join([
        "# Film classes of made-up laboratories", "",
        "*Made by `python -m benchmarks.film_classes.run`; the laboratories are those of `worlds.py`.*", "",
        "Every laboratory is judged as `spcse-ml film --evaluate` judges a lab's table. In the first two worlds "
        "solids and binder content decide, in the next two nothing that is recorded does. In *practice* films get "
        "better with every batch whatever the slurry, while the conditions wander; in *campaigns* the powder or the "
        "weather of three batches decides, and the slurry hardly changes meanwhile: associations that folds by batch "
        "cannot tell from effects, and the guess from time finds in part.", "",
        f"| world | films | laboratories | {' | '.join(verdict.value for verdict in FilmVerdict)} "
        f"| p at most {CHANCE:g} | log loss | of the frequencies | balanced accuracy |",
        f"|{'---|' * 11}",
        *table(rows), "",
        f"Means are over the laboratories that are judged. From {COMPETING_FROM} films on three classifiers compete.",
        "",
        "In brackets beside a probability stands its spread over batches drawn anew. It says how much the films at "
        "hand decide, and not how far the truth may be: probabilities are pulled towards frequencies, and a spread "
        "knows nothing of that.", "",
        "| world | films | laboratories | true probabilities inside the spread | mean difference from the true one |",
        "|---|---|---|---|---|",
        *(f"| {world} | {n} | {len(group)} | {group['inside'].mean():.0%} | {group['apart'].mean():.2f} |"
          for (world, n), group in spreads.groupby(["world", "films"], sort=False)),
        "",
    ])  # fmt: skip


def done(
    ask: Callable[..., dict[str, Any]], jobs: list[tuple[Any, ...]], n_jobs: int, kept: Path | None
) -> pd.DataFrame:
    """Return a row for each job, from a file where they are kept already."""
    if kept is not None and kept.exists():
        return pd.read_csv(kept)
    results = Parallel(n_jobs=n_jobs, return_as="generator")(delayed(ask)(*job) for job in jobs)
    rows = pd.DataFrame(tqdm(results, total=len(jobs)))
    if kept is not None:
        rows.to_csv(kept, index=False)
    return rows


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=200, help="laboratories of 12 and 24 films")
    parser.add_argument("--large", type=int, default=60, help="laboratories of 48 films")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the judgements, which take all the time")
    options = parser.parse_args()
    jobs = [
        (world, n, seed, False)
        for world, n in product(WORLDS, SIZES)
        for seed in range(options.large if n >= COMPETING_FROM else options.small)
    ]
    jobs += [(world, SIZES[1], seed, True) for world in GUIDED for seed in range(options.small)]
    of_spread = [(world, SIZES[1], seed) for world in SPREAD for seed in range(options.small // 4)]
    kept = (options.keep / "judged.csv", options.keep / "spread.csv") if options.keep else (None, None)
    rows, spreads = (
        done(ask, some, options.jobs, file)
        for ask, some, file in zip((judged, spread), (jobs, of_spread), kept, strict=True)
    )
    (HERE / "results.md").write_text(report(rows, spreads), encoding="utf-8")


if __name__ == "__main__":
    main()
