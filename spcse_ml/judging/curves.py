"""What if: the same recipe with another content, or from another solvent, and what the rows hold there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.errors import Fault, InputError
from spcse_ml.learning.model import MembraneModel
from spcse_ml.literature.catalogue import catalogue
from spcse_ml.literature.schema import Formulation, Target

CONTENTS_WT_PERCENT = np.round(np.geomspace(0.1, 60, 41), 4)
"""Contents that are asked about, in wt%."""


@dataclass(frozen=True)
class Curve:
    """Predictions of one recipe while one part of it is changed."""

    target: Target
    column: str
    """The column that is changed: a content, or the solvent."""
    given: Any
    """What the recipe holds there."""
    answers: pd.DataFrame
    """One row per step, in order: the column, the target's column, `low`, `high`, `domain`, and for solvents the donor
    number in kcal/mol."""
    published: pd.DataFrame
    """Training rows of the same method: the column, `observed`, `paper`, and whether binder and template are the
    recipe's (`is_alike`)."""


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
        raise InputError([Fault("has no solvent to exchange; ask about a wet recipe", column="solvent")])
    solvents = sorted(catalogue().solvents.values(), key=lambda solvent: solvent.donor_number_kcal_mol)
    steps = [_changed(recipe, {"solvent": solvent.name, "donor_number_kcal_mol": None}) for solvent in solvents]
    curve = _curve(model, recipe, "solvent", steps)
    curve.answers["donor_number_kcal_mol"] = [solvent.donor_number_kcal_mol for solvent in solvents]
    return curve


def _changed(recipe: Formulation, cells: Mapping[str, Any]) -> Formulation:
    return Formulation.model_validate({**recipe.model_dump(), **cells})


def _curve(model: MembraneModel, recipe: Formulation, column: str, steps: list[Formulation]) -> Curve:
    told = model.predict(steps)[[model.target.column, "low", "high", "domain"]]
    told.insert(0, column, [getattr(step, column) for step in steps])
    rows = model.trainable
    published = rows.recipes[[column]].assign(
        observed=rows.outcomes,
        paper=rows.papers,
        is_alike=[row.binder == recipe.binder and row.template == recipe.template for row in rows.recipes.itertuples()],
    )
    is_shown = (rows.recipes["method"] == recipe.method.value) & published[column].notna()
    return Curve(model.target, column, getattr(recipe, column), told, published[is_shown].reset_index(drop=True))
