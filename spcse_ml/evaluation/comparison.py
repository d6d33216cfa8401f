"""Two models of one target side by side: which rows changed, which predictions moved and why, and which was right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import OWN, TrainingRows, is_own, joined
from spcse_ml.data.validation import WORDED_COLUMNS, recipe_in_words
from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.metrics import CHOSEN, Gain, resampled_mean
from spcse_ml.models.cross_validation import errors_by_paper, predict_medians
from spcse_ml.models.lab_effect import Candidate, maker
from spcse_ml.models.weights import fit_to
from spcse_ml.schema import Target
from spcse_ml.to_json import records

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
ESTIMATOR = "estimator"
"""Kind of a cause that is no row: another estimator learnt from the same rows."""

MOST_CAUSES = 2
"""Causes named of a prediction that moved."""
MOVED = 0.01
"""Predictions that differ by less than this share of the larger one have not moved."""


@dataclass(frozen=True)
class RowChange:
    """A training row that only one of two models knows, or of which a cell differs."""

    place: str
    paper: str
    kind: str
    cells: Mapping[str, tuple[Any, Any]]
    """Before and after of each cell that differs, where the row was changed."""


@dataclass(frozen=True)
class Cause:
    """What moves a prediction, in the target's unit: rows of one paper, all own ones, or another estimator."""

    paper: str
    """`OWN` for one's own rows; empty for an estimator."""
    kind: str
    """Added, removed or changed; empty for own rows, which count together; `ESTIMATOR`."""
    moved: float


@dataclass(frozen=True)
class Comparison:
    """What sets a newer model of a target apart from an older one; values and errors in the target's unit."""

    target: Target
    estimators: tuple[str, str]
    verdicts: tuple[str, str]
    changes: Sequence[RowChange]
    moves: pd.DataFrame
    """Predictions that moved, the farthest first: recipe, before, after, moved, causes (the largest first)."""
    held_out: tuple[int, Gain] | None
    """On how many papers both were judged while they were held out, and how much less the newer one errs there."""
    fresh: pd.DataFrame
    """Rows that neither had seen: place, recipe, paper, observed, before, after with the ends of their intervals."""

    @property
    def fresh_gain(self) -> Gain | None:
        """Return how much less the newer one errs on what neither had seen, batches resampled; None without any."""
        if not len(self.fresh):
            return None
        errors = {name: (self.fresh[name] - self.fresh["observed"]).abs() for name in ("before", "after")}
        return resampled_mean((errors["before"] - errors["after"]).groupby(self.fresh["paper"]).mean())


def compare(old: EvaluatedModel, new: EvaluatedModel, fresh: TrainingRows | None = None) -> Comparison:
    """Return what sets the newer of two judged models of one target apart from the older one.

    `fresh` holds rows that may be new to both; papers and batches that either has learnt from are left out.
    """
    changes = row_changes(old.model.training_rows, new.model.training_rows)
    return Comparison(
        new.model.target,
        (old.model.estimator, new.model.estimator),
        (old.verdict.value, new.verdict.value),
        changes,
        moves(old, new, changes),
        _held_out(old, new),
        _fresh(old, new, fresh),
    )


def row_changes(old: TrainingRows, new: TrainingRows) -> list[RowChange]:
    """Return the rows that were added or removed, and the cells that differ in the others."""
    before, after = _cells(old), _cells(new)
    papers = {**dict(zip(old.places, old.papers, strict=True)), **dict(zip(new.places, new.papers, strict=True))}
    changes = []
    for place in dict.fromkeys([*old.places, *new.places]):
        kind = ADDED if place not in before else REMOVED if place not in after else CHANGED
        was, is_now = before.get(place, {}), after.get(place, {})
        names = dict.fromkeys([*was, *is_now]) if kind == CHANGED else {}
        cells = {name: (was.get(name), is_now.get(name)) for name in names if was.get(name) != is_now.get(name)}
        if cells or kind != CHANGED:
            changes.append(RowChange(place, str(papers[place]), kind, cells))
    return changes


def moves(old: EvaluatedModel, new: EvaluatedModel, changes: Sequence[RowChange]) -> pd.DataFrame:
    """Return the recipes of both models' rows whose prediction moved, each with the change of rows that moved it most.

    A cause is what the newer estimator says with all rows, less what it says with those of one paper (or all own ones)
    as they were; or less what the older estimator says with all rows, where it is another.
    """
    both = pd.concat([new.model.training_rows.recipes, old.model.training_rows.recipes], ignore_index=True)
    recipes = new.model.as_inputs(both).drop_duplicates()
    before, after = (_medians(evaluated, recipes) for evaluated in (old, new))
    without = {group: _without(old, new, places, recipes) for group, places in _groups(changes).items()}
    if old.model.candidate != new.model.candidate:
        without["", ESTIMATOR] = _fitted_medians(old.model.candidate, new.model.training_rows, old, new, recipes)
    causes = after[:, None] - np.array(list(without.values())).reshape(len(without), len(recipes)).T
    table = pd.DataFrame({"before": before, "after": after, "moved": after - before}, index=recipes.index)
    table.insert(0, "recipe", [recipe_in_words(row) for row in recipes.to_dict("records")])
    table["causes"] = pd.Series([_causes(list(without), row) for row in causes], index=table.index, dtype=object)
    is_moved = table["moved"].abs() > MOVED * table[["before", "after"]].max(axis=1)
    order = table["moved"].abs().sort_values(ascending=False, kind="stable").index
    moved = table.loc[order][is_moved.loc[order]]
    shown = moved.round({"before": 6, "after": 6})  # conditions that change nothing make no recipe of their own
    keys = recipes.loc[moved.index, list(WORDED_COLUMNS)].join(shown[["before", "after"]])
    return moved[~keys.duplicated()].reset_index(drop=True)


def _groups(changes: Sequence[RowChange]) -> dict[tuple[str, str], set[str]]:
    """Return the places that changed by paper and kind; own rows count together."""
    groups: dict[tuple[str, str], set[str]] = {}
    for change in changes:
        group = (OWN, "") if change.paper.startswith(OWN) else (change.paper, change.kind)
        groups.setdefault(group, set()).add(change.place)
    return groups


def _without(old: EvaluatedModel, new: EvaluatedModel, places: set[str], recipes: pd.DataFrame) -> np.ndarray:
    """Return what the newer estimator says of recipes with some rows as the older model knew them."""
    rows = new.model.training_rows
    unchanged = rows.take(np.array([number for number, place in enumerate(rows.places) if place not in places]))
    was = old.model.training_rows
    back = was.take(np.array([number for number, place in enumerate(was.places) if place in places], dtype=int))
    return _fitted_medians(new.model.candidate, joined(unchanged, back), old, new, recipes)


def _fitted_medians(
    candidate: Candidate, seen: TrainingRows, old: EvaluatedModel, new: EvaluatedModel, recipes: pd.DataFrame
) -> np.ndarray:
    """Return what an estimator says of recipes once it has learnt from these rows."""
    pipeline = fit_to(maker(candidate, seen.recipes)(), seen)
    with_own = is_own(seen.recipes).any()  # own rows make a recipe one's own next batch, also where they are put back
    reader = next((evaluated.model for evaluated in (new, old) if evaluated.model.has_own == with_own), new.model)
    return predict_medians(pipeline, reader.as_inputs(recipes), new.model.calibration.ceiling)


def _medians(evaluated: EvaluatedModel, recipes: pd.DataFrame) -> np.ndarray:
    return evaluated.model.predict_medians(evaluated.model.as_inputs(recipes))


def _causes(groups: Sequence[tuple[str, str]], moved: np.ndarray) -> tuple[Cause, ...]:
    """Return the two largest causes, the larger first."""
    largest = np.argsort(-np.abs(moved), kind="stable")[:MOST_CAUSES]
    return tuple(Cause(paper, kind, float(moved[number])) for number in largest for paper, kind in [groups[number]])


def _cells(rows: TrainingRows) -> dict[str, dict[str, Any]]:
    cells = zip(rows.places, records(rows.recipes), rows.outcomes, strict=True)
    return {place: {**recipe, "outcome": float(outcome)} for place, recipe, outcome in cells}


def _held_out(old: EvaluatedModel, new: EvaluatedModel) -> tuple[int, Gain] | None:
    before, after = old.evaluation.held_out, new.evaluation.held_out
    both = before.index.intersection(after.index)
    before, after = before.loc[both], after.loc[both]
    is_same = np.isclose(before["observed"], after["observed"])  # of another outcome neither error is comparable
    before, after = before[is_same], after[is_same]
    if not len(before):
        return None
    errors = [errors_by_paper(frame[CHOSEN], frame["observed"], after["paper"]) for frame in (before, after)]
    return len(errors[0]), resampled_mean(errors[0] - errors[1])


def _fresh(old: EvaluatedModel, new: EvaluatedModel, rows: TrainingRows | None) -> pd.DataFrame:
    known = {
        *old.model.training_rows.papers,
        *new.model.training_rows.papers,
    }  # whole batches: their like was seen otherwise
    numbers = [] if rows is None else [number for number, paper in enumerate(rows.papers) if paper not in known]
    if rows is None or not numbers:
        return pd.DataFrame()
    unseen = rows.take(np.array(numbers))
    table = pd.DataFrame({"place": unseen.places, "paper": unseen.papers, "observed": unseen.outcomes})
    table.insert(1, "recipe", [recipe_in_words(row) for row in unseen.recipes.to_dict("records")])
    for name, evaluated in (("before", old), ("after", new)):
        predictions = evaluated.model.predict(evaluated.model.as_inputs(unseen.recipes))
        ends = {
            name: predictions[evaluated.model.target.column],
            f"{name}_low": predictions["low"],
            f"{name}_high": predictions["high"],
        }
        table = table.assign(**ends)
    return table
