"""Score thirty procedures on noise and on the published rows, correct the best of them, and write results.md.

    python -m benchmarks.looks.run [--sets 100] [--jobs 2] [--keep FOLDER]

Noise: the outcomes of whole papers dealt out to other papers at random, so that no procedure can have skill. Signal: a
constrained ridge fitted to the published rows, its predictions multiplied by lognormal noise of the size of its errors.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from spcse_ml.data.dataset import TrainingRows
from spcse_ml.data.literature import literature
from spcse_ml.evaluation.looks import Looks, looks_at
from spcse_ml.evaluation.permutation import permuted
from spcse_ml.models.cross_validation import (
    ceiling,
    errors_by_paper,
    evaluation_folds,
    predict_medians,
    predict_outcome_sets,
)
from spcse_ml.models.estimators import ESTIMATORS
from spcse_ml.models.specification import Specification, specified
from spcse_ml.models.weights import fit_to
from spcse_ml.schema import RETENTION

HERE = Path(__file__).resolve().parent


def procedures() -> dict[str, Specification]:
    """Return thirty procedures as a user may try them one after the other."""
    every, pair = ("card", "chemistry", "card+chemistry"), ("card", "card+chemistry")
    tried: list[tuple[str, dict[str, float], str | None]] = [
        *(("ridge", {"alpha": alpha}, features) for alpha in (0.3, 3.0, 30.0) for features in every),
        *(("svr", {"C": c}, features) for c in (0.3, 3.0) for features in every),
        *(("filled_xgboost", {"max_depth": depth, "n_estimators": 50}, features) for depth in (1, 3)
          for features in every),
        *(("extra_trees", {"min_samples_leaf": leaf, "n_estimators": 30}, features) for leaf in (1, 3)
          for features in pair),
        *(("constrained_ridge", {"alpha": alpha}, None) for alpha in (0.3, 3.0, 30.0)),
        ("gaussian_process", {}, None), ("content_line", {}, None),
    ]  # fmt: skip
    return {
        f"{name} {parameters} {features}": specified(name, parameters=parameters, features=features)
        for name, parameters, features in tried
    }


def held_out(rows: TrainingRows, outcome_sets: np.ndarray, name: str) -> np.ndarray:
    """Return what a procedure, or the mean, predicts of every row while its paper is held out, for each set."""
    make = ESTIMATORS["mean"] if name == "mean" else procedures()[name].make
    return predict_outcome_sets(make, rows, RETENTION, evaluation_folds(rows.papers), outcome_sets)


def signal(rows: TrainingRows, seed: int) -> np.ndarray:
    """Return outcomes that follow a fitted ridge, with noise of the size of its errors."""
    pipeline = fit_to(ESTIMATORS["constrained_ridge"](), rows)
    fitted = predict_medians(pipeline, rows.recipes, ceiling(RETENTION, rows.outcomes))
    spread = float(np.std(np.log(rows.outcomes / fitted), ddof=4))
    noisy = fitted * np.exp(np.random.default_rng(seed).normal(0.0, spread, len(fitted)))
    return np.asarray(np.clip(noisy, 1.0, 100.0))


def predictions(rows: TrainingRows, outcome_sets: np.ndarray, jobs: int, kept: Path | None) -> dict[str, np.ndarray]:
    """Return what each procedure predicts while papers are held out, from a file where it is kept already."""
    names = ["mean", *procedures()]
    if kept is not None and kept.exists():
        return dict(zip(names, np.load(kept), strict=True))
    ask = partial(held_out, rows, outcome_sets)
    values = Parallel(n_jobs=jobs, verbose=10)(delayed(ask)(name) for name in names)
    if kept is not None:
        np.save(kept, np.array(values))
    return dict(zip(names, values, strict=True))


def looks(rows: TrainingRows, outcome_sets: np.ndarray, values: dict[str, np.ndarray]) -> list[tuple[Looks, float]]:
    """Return the looks at each set of outcomes, and by how much the least error beats the mean as it is."""
    names = list(values)
    seen = []
    for number, outcomes in enumerate(outcome_sets):
        errors = {name: errors_by_paper(values[name][number], outcomes, rows.papers) for name in names}
        baseline = errors.pop("mean")
        look = looks_at(pd.DataFrame(errors), baseline)
        if look is not None:
            seen.append((look, look.baseline - look.mae))
    return seen


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--signals", type=int, default=20, help="data sets with a signal")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the predictions, which take all the time")
    asked = parser.parse_args()
    data = literature()
    rows = data.training_rows(RETENTION)
    parts = {
        "pure noise": np.array([permuted(rows, seed) for seed in range(asked.sets)]),
        "a signal with noise": np.array([signal(rows, seed) for seed in range(asked.signals)]),
        "the published rows": rows.outcomes[None],
    }
    results = {}
    for name, outcome_sets in parts.items():
        kept = asked.keep and asked.keep / f"{name.replace(' ', '_')}.npy"
        results[name] = looks(rows, outcome_sets, predictions(rows, outcome_sets, asked.jobs, kept))
    (HERE / "results.md").write_text(report(results, data.fingerprint, rows), encoding="utf-8")


def report(results: dict[str, list[tuple[Looks, float]]], fingerprint: str, rows: TrainingRows) -> str:
    """Return the page."""
    n = len(procedures())
    lines = [
        "# The looks counted: what the best of thirty procedures is worth", "",
        f"*Made by `python -m benchmarks.looks.run` on the rows {fingerprint} ({len(rows.places)} rows of "
        f"{len(set(rows.papers))} papers); retention, points.*", "",
        f"Each of {n} procedures (ridge, support vectors, boosted and extremely randomised trees, constrained ridge, "
        "Gaussian process, line; several parameters and sets of features) predicts every paper while it is held out. "
        "The one with the least error is then what somebody would report. *Corrected* is bootstrap bias-corrected "
        "cross-validation (Tsamardinos et al. 2018, DOI 10.1007/s10994-018-5714-4), papers drawn. The choice of the "
        "procedures was made before any of this was computed, and no other was tried. The interval was changed "
        "twice: over the papers that a draw leaves out it called 0 of 100 noise sets and 15 of 100 signals clear, "
        "for ten papers stand behind it; over draws in which the choice is made anew it was too narrow on made-up "
        "luck (a clear gain in 10 of 100 sets where none is), and so is that of the best by itself where failures "
        "are rare (40 of 100). Now it is that, or the median procedure's where it is wider.", "",
        "| outcomes | data sets | least error | corrected | mean of the others | least error below the mean's, sets "
        "| corrected below the mean's, sets | corrected gain clearly above 0, sets |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, seen in results.items():
        every = [look for look, _ in seen]
        average = [float(np.mean([getattr(look, part) for look in every])) for part in ("mae", "corrected", "baseline")]
        counts = (
            sum(gain > 0 for _, gain in seen), sum(look.corrected < look.baseline for look in every),
            sum(look.finding == "better" for look in every),
        )  # fmt: skip
        lines.append(
            f"| {name} | {len(seen)} | {average[0]:.1f} | {average[1]:.1f} | {average[2]:.1f} "
            f"| {counts[0]} | {counts[1]} | {counts[2]} |"
        )
    noise = [look for look, _ in results["pure noise"]]
    bias = np.array([look.corrected - look.mae for look in noise])
    low, high = np.quantile(bias, [0.05, 0.95])
    lines += [
        "", f"On noise the correction adds {bias.mean():.1f} points to the least error (90 of 100 sets: {low:.1f} to "
        f"{high:.1f}). A gain counts as clear where its 95 % interval lies above 0.", "",
    ]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    main()
