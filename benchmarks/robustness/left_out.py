"""What the other papers alone say: every paper left out in turn, and what changes without it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.robustness.importance import importance_on
from benchmarks.robustness.simulation import verdicts
from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.dataset import RECIPE_COLUMNS, TrainingRows, typed_recipes
from spcse_ml.evaluation.metrics import Gain, resampled_mean
from spcse_ml.evaluation.robustness import Shift
from spcse_ml.explanation.shapley import PLAYERS, composed, explain_frame, players_of
from spcse_ml.models.model import MembraneModel, learn
from spcse_ml.schema import Method, Target


def without_paper(rows: TrainingRows, target: Target, names: tuple[str, ...], paper: str) -> dict[str, Any]:
    """Return what the other papers alone say: of the paper's rows while unseen, and of what matters and what is best.

    Keys: `values` and `error_added` (by player, one number per held-out row), `base_values`, `predictions`,
    `importance` (by player, on all rows), `verdict` (estimator fixed), `best` and `best_value`.
    """
    is_of = rows.papers.astype(str) == paper
    seen, unseen = rows.take(np.flatnonzero(~is_of)), rows.take(np.flatnonzero(is_of))
    model = learn(seen, target, names)
    unseen_explained = explain_frame(model, unseen.recipes)
    added = held_out_error_added(model, unseen.recipes, unseen.outcomes)
    best, value = best_candidate(model, rows.recipes)
    return {
        "paper": paper,
        "values": unseen_explained.contributions.to_dict("list"),
        "base_values": unseen_explained.base_values.tolist(),
        "predictions": unseen_explained.predictions.tolist(),
        "error_added": added.to_dict("list"),
        "importance": importance_on(model, rows.recipes),
        "verdict": verdicts(seen, target, model.estimator, seen.outcomes[None])[0].value,
        "best": best,
        "best_value": value,
    }


def held_out_error_added(model: MembraneModel, unseen: pd.DataFrame, outcomes: np.ndarray) -> pd.DataFrame:
    """Return by how much the error of rows that the model has not seen grows when a player is lent by training rows.

    That is permutation importance, averaged over every row that could lend: one row each, a column per player, in the
    target's unit.
    """
    seen = model.training_rows.recipes
    pool = pd.concat([seen, unseen], ignore_index=True)
    row, lender = (grid.ravel() for grid in np.meshgrid(np.arange(len(unseen)), np.arange(len(seen)), indexing="ij"))
    players = players_of(seen)
    own = np.tile((len(seen) + row)[:, None], (1, len(players)))

    def error(sources: np.ndarray) -> np.ndarray:
        values = model.predict_medians(composed(pool, sources, players))
        return np.asarray(np.abs(values - outcomes[row]).reshape(len(unseen), len(seen)).mean(axis=1))

    before = error(own)
    after = {}
    for player, name in enumerate(players):
        lent = own.copy()
        lent[:, player] = lender
        after[name] = error(lent) - before
    return pd.DataFrame(after, index=unseen.index)


def unseen_contributions(rows: TrainingRows, papers: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the Shapley values of every row from the model that had not seen its paper, in the order of the rows."""
    labels = rows.papers.astype(str)
    frames = [
        pd.DataFrame(paper["values"], index=np.flatnonzero(labels == paper["paper"]), columns=list(PLAYERS))
        for paper in papers
    ]
    return pd.concat(frames).sort_index()


def error_added(papers: Sequence[Mapping[str, Any]]) -> dict[str, Gain]:
    """Return by player how much the error on held-out papers grows when other rows lend it, with its interval."""
    means = pd.DataFrame([{name: np.mean(values) for name, values in paper["error_added"].items()} for paper in papers])
    return {name: resampled_mean(means[name]) for name in PLAYERS}


def shifts(whole: Mapping[str, Any], papers: Sequence[Mapping[str, Any]]) -> list[Shift]:
    """Return every conclusion (top player, best candidate, verdict) of all papers that depends on a single one.

    `whole` has the keys `importance`, `best`, `best_value` and `verdict`, as each of the papers left out has.
    """
    return [shift for paper in papers for shift in _shifts(whole, paper)]


def _shifts(whole: Mapping[str, Any], left: Mapping[str, Any]) -> Iterator[Shift]:
    top, first = _first(whole["importance"]), _first(left["importance"])
    if first != top:
        yield Shift(left["paper"], "top", top, first, left["importance"][first] - left["importance"][top])
    if left["best"] != whole["best"]:
        lead = left["best_value"] - whole["best_value"]
        yield Shift(left["paper"], "best candidate", whole["best"], left["best"], lead)
    if left["verdict"] != whole["verdict"]:
        yield Shift(left["paper"], "verdict", whole["verdict"], left["verdict"], None)


def _first(importance: Mapping[str, float]) -> str:
    return max(importance, key=lambda name: importance[name])


def best_candidate(model: MembraneModel, known: pd.DataFrame) -> tuple[str, float]:
    """Return the binder and route that the model would choose for Li6PS5Cl at 1 wt%, and what it predicts.

    Asked are the binders of the known recipes, in a dry process and in slurries with their gentle solvents.
    """
    binders = sorted(set(known["binder"].dropna()))
    routes = [
        (Method.DRY.value, None),
        *((Method.SLURRY.value, solvent) for solvent in gentle(known)),
    ]
    cells = [
        {"sulfide": "Li6PS5Cl", "binder": binder, "binder_wt_percent": 1.0, "method": method, "solvent": solvent}
        for binder in binders
        for method, solvent in routes
    ]
    recipes = typed_recipes(pd.DataFrame(cells, columns=list(RECIPE_COLUMNS)))
    values = model.predict_medians(recipes)
    first = recipes.iloc[int(np.argmax(values))]
    return f"{first['binder']}, {first['solvent'] or 'dry'}", float(values.max())


def gentle(recipes: pd.DataFrame, limit_kcal_mol: float = 9.0) -> list[str]:
    """Return the single solvents of recipes whose donor number is at most 9 (Yamamoto's limit, rules.csv)."""
    names = sorted(set(recipes["solvent"].dropna()))
    known = {name: catalogue().mixture(name, None) for name in names}
    return [
        name
        for name, mixture in known.items()
        if len(mixture.solvents) == 1 and mixture.donor_number_kcal_mol <= limit_kcal_mol
    ]
