"""What each part of a recipe contributes to its prediction: exact Shapley values through the whole pipeline.

The players are parts of the recipe as the chemist decides them. Method and solvent are one player and template and
its content are one, because a dry recipe with toluene is not a recipe: a background recipe lends such a block whole.
Blocks of two recipes may still make one that nobody would (a template in a dry process); the model answers it all the
same, which is what Shapley values with an interventional background ask for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spcse_ml.learning.holding_out import point
from spcse_ml.learning.model import MembraneModel
from spcse_ml.literature.dataset import frame_of, typed_recipes
from spcse_ml.literature.schema import Formulation, Target

PLAYERS: dict[str, tuple[str, ...]] = {
    "sulfide": ("sulfide", "sulfide_family"),
    "binder": ("binder", "binder_class", "lithium_salt"),
    "binder content": ("binder_wt_percent",),
    "method and solvent": ("method", "solvent", "donor_number_kcal_mol"),
    "template and its content": ("template", "template_wt_percent"),
}


@dataclass(frozen=True)
class Explanation:
    """Shapley values of recipes, in the target's unit; each row plus the base value adds up to its prediction."""

    target: Target
    base_value: float
    """Mean prediction over the training recipes, in the target's unit."""
    values: pd.DataFrame
    """One row per recipe, one column per player, in the target's unit."""
    predictions: np.ndarray

    @property
    def importance(self) -> pd.Series:
        """Return the mean absolute contribution of each player, largest first, in the target's unit."""
        return self.values.abs().mean().sort_values(ascending=False)


def explain(model: MembraneModel, formulations: Iterable[Formulation] | None = None) -> Explanation:
    """Return the contributions of each player to each recipe; without recipes, to the training rows.

    Contributions describe the model, not the material: they are associations, never causes.
    """
    return explain_frame(model, model.trainable.recipes if formulations is None else frame_of(formulations))


def explain_frame(
    model: MembraneModel, asked: pd.DataFrame, *, players: Mapping[str, tuple[str, ...]] = PLAYERS
) -> Explanation:
    """Return what `explain` does, for recipes that are already a frame, among any players."""
    import shap  # noqa: PLC0415 - takes seconds to import

    background = model.trainable.recipes
    pool = pd.concat([background, asked], ignore_index=True)
    numbers = np.tile(np.arange(len(pool))[:, None], (1, len(players)))

    def predicted(sources: np.ndarray) -> np.ndarray:
        return point(model.pipeline, _composed(pool, sources.astype(int), players), model.calibration.ceiling)

    masker = shap.maskers.Independent(numbers[: len(background)], max_samples=len(background))
    found = shap.explainers.Exact(predicted, masker)(numbers[len(background) :], silent=True)
    values = pd.DataFrame(found.values, columns=list(players), index=asked.index)
    return Explanation(model.target, float(np.mean(found.base_values)), values, predicted(numbers[len(background) :]))


def _composed(pool: pd.DataFrame, sources: np.ndarray, players: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return recipes whose parts come from the pool's rows of those numbers, one column of sources per player."""
    columns = {
        name: pool[name].to_numpy()[sources[:, player]]
        for player, names in enumerate(players.values())
        for name in names
    }
    return typed_recipes(pd.DataFrame(columns))
