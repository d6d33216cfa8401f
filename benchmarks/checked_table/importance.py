"""What each of five models uses, on the same rows and folds: the error added when a part of a recipe is another's."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from benchmarks.checked_table.variants import costs, forest, free, gp, split, xgboost
from spcse_ml.data.dataset import Dataset, TrainingRows
from spcse_ml.models.cross_validation import ceiling, leave_one_out
from spcse_ml.schema import RETENTION

MODELS: Mapping[str, Callable[..., np.ndarray]] = {
    "costs": costs, "free ridge": free, "gp": gp, "forest": forest, "xgboost": xgboost,
}  # fmt: skip

PARTS: Mapping[str, tuple[str, ...]] = {
    "sulfide": ("sulfide", "sulfide_family"),
    "method": ("method",),
    "solvent": ("solvent", "donor_number_kcal_mol"),
    "binder": ("binder", "binder_class"),
    "binder content": ("binder_wt_percent",),
    "template": ("template", "template_wt_percent"),
}
"""Parts of a recipe, by the columns that are taken from another row. The method alone is a label: what it brings (a
solvent, a template) are parts of their own."""


def of(dataset: Dataset, jobs: int) -> dict[str, Any]:
    """Return the points of error that another's part adds, by model, part and row, each paper held out in turn."""
    rows = dataset.training_rows(RETENTION)
    folds = list(leave_one_out(rows.papers))
    said = Parallel(jobs)(delayed(_fold)(rows, *fold) for fold in folds)
    added = {model: {part: [0.0] * len(rows.outcomes) for part in PARTS} for model in MODELS}
    for (_, held), by_model in zip(folds, said, strict=True):
        for model, by_part in by_model.items():
            for part, values in by_part.items():
                for row, value in zip(held, values, strict=True):
                    added[model][part][row] = value
    return {"places": list(rows.places), "papers": [str(paper) for paper in rows.papers], "added": added}


def _fold(rows: TrainingRows, train: np.ndarray, held: np.ndarray) -> dict[str, dict[str, list[float]]]:
    """Return the error added on the rows held out, mean over the rows learnt from whose part they take."""
    limit = ceiling(RETENTION, rows.outcomes[train])
    variations = [(part, row) for part in PARTS for row in held]
    frames = [rows.recipes.iloc[held], *(_with_parts(rows, train, row, PARTS[part]) for part, row in variations)]
    data = split(rows, train, pd.concat(frames, ignore_index=True), limit)
    starts = np.cumsum([0, *map(len, frames)])
    result: dict[str, dict[str, list[float]]] = {}
    for name, learn in MODELS.items():
        values = data.bounded(np.mean([learn(data, seed) for seed in range(_seeds(name))], axis=0))
        plain = np.abs(values[: len(held)] - rows.outcomes[held])
        result[name] = {part: [] for part in PARTS}
        for number, (part, row) in enumerate(variations, start=1):
            errors = np.abs(values[starts[number] : starts[number + 1]] - rows.outcomes[row])
            result[name][part].append(float(errors.mean() - plain[list(held).index(row)]))
    return result


def _seeds(name: str) -> int:
    return 5 if name in {"forest", "xgboost"} else 1


def _with_parts(rows: TrainingRows, train: np.ndarray, row: int, names: tuple[str, ...]) -> pd.DataFrame:
    """Return a recipe as often as there are training rows, with a part of each of them."""
    recipe = rows.recipes.iloc[[row] * len(train)].reset_index(drop=True)
    return recipe.assign(**{name: rows.recipes[name].iloc[train].to_numpy() for name in names})
