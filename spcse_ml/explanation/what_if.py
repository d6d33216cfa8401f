"""What if: the same recipe with another content, or from another solvent, and what the rows hold there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.validation import recipe_in_words
from spcse_ml.errors import Fault, InputError
from spcse_ml.models.model import MembraneModel
from spcse_ml.schema import Formulation, Target

CONTENTS_WT_PERCENT = np.round(np.geomspace(0.1, 60, 41), 4)
"""Contents that are asked about, in wt%."""


@dataclass(frozen=True)
class Curve:
    """Predictions of one recipe while one part of it is changed."""

    target: Target
    recipe: str
    """In a few words."""
    column: str
    """The column that is changed: a content, or the solvent."""
    given: Any
    """What the recipe holds there."""
    answers: pd.DataFrame
    """One row per step, in order: the column, the target's column, `low`, `high`, `domain`, and for solvents the donor
    number in kcal/mol and whether it is the recipe as given (`is_given`)."""
    published: pd.DataFrame
    """Training rows of the same method: the column, `observed`, `paper`, and whether binder (or template, or
    solvent) is the recipe's (`is_alike`)."""


def content_curve(model: MembraneModel, recipe: Formulation) -> Curve:
    """Return the predictions of a recipe against the content of its binder, or of its template without one."""
    thing = "template" if recipe.binder is None else "binder"
    column, other = f"{thing}_wt_percent", "binder" if thing == "template" else "template"
    room = 99.0 - (getattr(recipe, f"{other}_wt_percent") or 0.0)
    steps = [_changed(recipe, {column: content}) for content in CONTENTS_WT_PERCENT if content < room]
    return _curve(model, recipe, column, steps)


def solvent_curve(model: MembraneModel, recipe: Formulation) -> Curve:
    """Return the predictions of a recipe made from each single solvent of the catalogue, by donor number.

    Raises:
        InputError: the recipe has no solvent.
    """
    if recipe.solvent is None:
        raise InputError([Fault("no-solvent-to-replace", column="solvent")])
    own = catalogue().mixture(recipe.solvent, recipe.donor_number_kcal_mol)
    donors = {name: solvent.donor_number_kcal_mol for name, solvent in catalogue().solvents.items()}
    steps = [_changed(recipe, {"solvent": name, "donor_number_kcal_mol": None}) for name in donors]
    numbers = list(donors.values())
    if donors.get(own.name) != own.donor_number_kcal_mol:  # a mixture, not listed, or with the user's own figure
        steps, numbers = [*steps, recipe], [*numbers, own.donor_number_kcal_mol]
    curve = _curve(model, recipe, "solvent", steps)
    answers = curve.answers.assign(donor_number_kcal_mol=numbers, is_given=[step == recipe for step in steps])
    return replace(curve, answers=answers.sort_values("donor_number_kcal_mol", kind="stable", ignore_index=True))


def _changed(recipe: Formulation, cells: Mapping[str, Any]) -> Formulation:
    return Formulation.model_validate({**recipe.model_dump(), **cells})


def _curve(model: MembraneModel, recipe: Formulation, column: str, steps: list[Formulation]) -> Curve:
    answers = model.predict(steps)[[model.target.column, "low", "high", "domain"]]
    answers.insert(0, column, [getattr(step, column) for step in steps])
    rows = model.training_rows
    thing = column.removesuffix("_wt_percent")
    published = rows.recipes[[column]].assign(
        observed=rows.outcomes,
        paper=rows.papers,
        is_alike=[name == getattr(recipe, thing) for name in rows.recipes[thing]],
    )
    is_shown = (rows.recipes["method"] == recipe.method.value) & published[column].notna()
    words, shown = recipe_in_words(recipe.model_dump()), published[is_shown].reset_index(drop=True)
    return Curve(model.target, words, column, getattr(recipe, column), answers, shown)
