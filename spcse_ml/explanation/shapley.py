"""What each part of a recipe contributes to its prediction: exact Shapley values through the whole pipeline.

The players are parts of the recipe as the chemist decides them. Method and solvent are one player and template and
its content are one, because a dry recipe with toluene is not a recipe: a background recipe lends such a block whole.
Blocks of two recipes may still make one that nobody would (a template in a dry process); the model answers it all the
same, which is what Shapley values with an interventional background ask for. Among recipes with a solvent, the solvent
is a player of its own, and method and template are one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import OWN_BATCH, typed_recipes
from spcse_ml.models.model import MembraneModel
from spcse_ml.schema import PROCESS_COLUMNS, Formulation, Target

Players = Mapping[str, tuple[str, ...]]

_THINGS: Players = {
    "sulfide": ("sulfide", "sulfide_family"),
    "binder": ("binder", "binder_class", "lithium_salt"),
    "binder content": ("binder_wt_percent",),
}

PLAYERS: Players = MappingProxyType(
    {
        **_THINGS,
        "method and solvent": ("method", "solvent", "donor_number_kcal_mol"),
        "template and its content": ("template", "template_wt_percent"),
    }
)

WET_PLAYERS: Players = MappingProxyType(
    {
        **_THINGS,
        "solvent": ("solvent", "donor_number_kcal_mol"),
        "method and template": ("method", "template", "template_wt_percent"),
    }
)

OWN_PLAYERS: Players = MappingProxyType({"process": PROCESS_COLUMNS, "laboratory": (OWN_BATCH,)})
"""What a model that learnt from own rows sees besides."""


@dataclass(frozen=True)
class Explanation:
    """Shapley values of recipes, in the target's unit; each row plus its base value adds up to its prediction.

    >>> import numpy as np, pandas as pd, spcse_ml
    >>> values = pd.DataFrame({"binder": [3.0, -1.0], "sulfide": [1.0, 0.0]})
    >>> mean, predicted = np.array([40.0, 40.0]), np.array([44.0, 39.0])
    >>> explanation = spcse_ml.Explanation(spcse_ml.TARGETS["retention"], pd.DataFrame(), values, mean, predicted)
    >>> explanation.importance.to_dict()
    {'binder': 2.0, 'sulfide': 0.5}
    """

    target: Target
    recipes: pd.DataFrame
    contributions: pd.DataFrame
    """One row per recipe, one column per player, in the target's unit."""
    base_values: np.ndarray
    """Mean prediction over the background recipes, in the target's unit, one per recipe."""
    predictions: np.ndarray
    """In the target's unit, one per recipe."""

    @property
    def importance(self) -> pd.Series:
        """Return the mean absolute contribution of each player, largest first, in the target's unit."""
        return self.contributions.abs().mean().sort_values(ascending=False)


def players_of(recipes: Mapping[Any, Any] | pd.DataFrame, players: Players = PLAYERS) -> Players:
    """Return the players of recipes: with own rows among them, process and laboratory as well."""
    return {**players, **OWN_PLAYERS} if OWN_BATCH in recipes else players


def explain(model: MembraneModel, formulations: Iterable[Formulation] | None = None) -> Explanation:
    """Return the contributions of each player to each recipe; without recipes, to the training rows.

    Contributions describe the model, not the material: they are associations, never causes.

    Args:
        model: as `fit` returns it.
        formulations: n recipes; without them the n training rows.

    Returns:
        Contributions in the target's unit, shape (n, number of players), which add up to prediction less base value.

    Raises:
        InputError: a name of a recipe is not known.

    >>> import spcse_ml
    >>> model = spcse_ml.fit(spcse_ml.read_literature(), spcse_ml.TARGETS["retention"], estimator="content_line")
    >>> recipe = spcse_ml.formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5)
    >>> explanation = spcse_ml.explain(model, [recipe])
    >>> round(float(explanation.contributions.loc[0, "binder content"]), 1)
    15.3
    >>> import numpy as np
    >>> total = explanation.base_values[0] + explanation.contributions.loc[0].sum()
    >>> bool(np.isclose(total, explanation.predictions[0]))
    True
    """
    return explain_frame(model, model.training_rows.recipes if formulations is None else model.frame(formulations))


def explain_solvent(model: MembraneModel, recipes: pd.DataFrame) -> Explanation:
    """Return the contributions to recipes that have a solvent, among training rows that have one."""
    everyone = model.training_rows.recipes
    wet = everyone[everyone["solvent"].notna()]
    return explain_frame(model, recipes, players=players_of(wet, WET_PLAYERS), background=wet)


def explain_frame(
    model: MembraneModel,
    recipes: pd.DataFrame,
    *,
    players: Players | None = None,
    background: pd.DataFrame | None = None,
) -> Explanation:
    """Return what `explain` does, for recipes that are already a frame, among any players and background recipes."""
    import shap  # noqa: PLC0415 - takes seconds to import

    background = model.training_rows.recipes if background is None else background
    players = players or players_of(background)
    pool = pd.concat([background, recipes], ignore_index=True)
    numbers = np.tile(np.arange(len(pool))[:, None], (1, len(players)))
    lent, own = numbers[: len(background)], numbers[len(background) :]

    def predicted(sources: np.ndarray) -> np.ndarray:
        return model.predict_medians(composed(pool, sources.astype(int), players))

    masker = shap.maskers.Independent(lent, max_samples=len(lent))
    attributions = shap.explainers.Exact(predicted, masker)(own, silent=True)
    values = pd.DataFrame(attributions.values, columns=list(players), index=recipes.index)
    return Explanation(
        model.target, recipes, values, np.broadcast_to(attributions.base_values, len(recipes)), predicted(own)
    )


def composed(pool: pd.DataFrame, sources: np.ndarray, players: Players) -> pd.DataFrame:
    """Return recipes whose parts come from the pool's rows of those numbers, one column of sources per player."""
    columns = {
        name: pool[name].to_numpy()[sources[:, player]]
        for player, names in enumerate(players.values())
        for name in names
    }
    return typed_recipes(pd.DataFrame(columns))
