"""Worlds of made-up retentions: a signal of the recipe, an effect of each paper and each binder, an error of each row.

`docs/decisions/0012-intervals-that-hold-where-they-are-used.md` lists them. Those of interactions and thresholds have
the effects of `mild`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import TrainingRows
from spcse_ml.models.cross_validation import SMALLEST, predict_medians
from spcse_ml.models.estimators import ESTIMATORS, FillContents
from spcse_ml.models.features import NOT_THERE, encode
from spcse_ml.models.weights import fit_to
from spcse_ml.schema import RETENTION

HIGHEST = 100.0
"""No made-up retention exceeds this, in percent."""

Signal = Callable[[TrainingRows, pd.DataFrame], np.ndarray]
"""From the real rows and any recipes to the signal of these, on the scale of the world."""


@dataclass(frozen=True)
class World:
    """How outcomes come about; spreads are on the logarithm, or in points where effects add up."""

    signal: Signal
    paper: float
    binder: float
    row: float = 0.05
    is_additive: bool = False
    degrees_of_freedom: float | None = None
    """Of Student's t for the effects of papers; None draws them from a normal distribution."""

    def outcomes(
        self, rows: TrainingRows, recipes: pd.DataFrame, papers: np.ndarray, chance: np.random.Generator
    ) -> np.ndarray:
        """Return one outcome for each recipe; a paper, and a binder, has one effect wherever it occurs."""
        binders = encode(recipes)["binder"].to_numpy(dtype=object)
        values = (
            self.signal(rows, recipes)
            + self.paper * _effect_by_label(papers, self._draw(chance))
            + self.binder * np.where(binders == NOT_THERE, 0.0, _effect_by_label(binders, chance.standard_normal))
            + self.row * chance.standard_normal(len(recipes))
        )
        return np.clip(values if self.is_additive else np.exp(values), SMALLEST, HIGHEST)

    def _draw(self, chance: np.random.Generator) -> Callable[[int], np.ndarray]:
        degrees = self.degrees_of_freedom
        return chance.standard_normal if degrees is None else lambda n: chance.standard_t(degrees, n)


def _effect_by_label(labels: np.ndarray, draw: Callable[[int], np.ndarray]) -> np.ndarray:
    known, places = np.unique(labels.astype(str), return_inverse=True)
    return np.asarray(draw(len(known))[places])


def fitted_logarithm(rows: TrainingRows, recipes: pd.DataFrame) -> np.ndarray:
    """Return the logarithm of the constrained ridge fitted to the real outcomes, stretched to undo its shrinkage."""
    seen, values = (np.log(of) for of in _fitted(rows, recipes))
    return _stretched(seen, np.log(rows.outcomes), values)


def fitted_percent(rows: TrainingRows, recipes: pd.DataFrame) -> np.ndarray:
    """Return the same in percent."""
    seen, values = _fitted(rows, recipes)
    return _stretched(seen, rows.outcomes, values)


def _fitted(rows: TrainingRows, recipes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    pipeline = fit_to(ESTIMATORS["constrained_ridge"](), rows)
    seen, values = (predict_medians(pipeline, of, RETENTION.ceiling) for of in (rows.recipes, recipes))
    return seen, values


def _stretched(seen: np.ndarray, outcomes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return values on the straight line of the real outcomes against what was fitted to them."""
    return np.asarray(np.polyval(np.polyfit(seen, outcomes, 1), values))


def interactions(rows: TrainingRows, recipes: pd.DataFrame) -> np.ndarray:
    """Return logarithms that depend on products: method by binder class, content by template."""
    return _like_real(_products, rows, recipes)


def thresholds(rows: TrainingRows, recipes: pd.DataFrame) -> np.ndarray:
    """Return logarithms that fall in steps: at a donor number of 10 kcal/mol, at polymer contents of 2 and 12 wt%."""
    return _like_real(_steps, rows, recipes)


def _like_real(score: Callable[[pd.DataFrame], np.ndarray], rows: TrainingRows, recipes: pd.DataFrame) -> np.ndarray:
    """Return scores of recipes on a logarithm: as spread on the rows as the real outcomes, the best as good as a tenth.

    The best score of the rows stands where nine tenths of the real outcomes lie below, for none may exceed 100 %.
    """
    fill = FillContents().fit(rows.recipes)
    seen, values = (score(encode(fill.transform(of))) for of in (rows.recipes, recipes))
    logs = np.log(rows.outcomes)
    return np.asarray(np.quantile(logs, 0.9) + logs.std() * (values - seen.max()) / seen.std())


_APOLAR = ("fluoropolymer", "saturated hydrocarbon", "unsaturated hydrocarbon", "silicone")
"""Binder classes that the made-up worlds take as a group of their own."""


def _products(encoded: pd.DataFrame) -> np.ndarray:
    method = np.where(encoded["method"] == "dry binder laminating", 1.0, -1.0)
    group = np.where(encoded["binder_class"].isin(_APOLAR), 1.0, -1.0)
    content = np.log10(encoded["polymer_wt_percent"].clip(lower=0.1)) - 0.5
    template = np.where(encoded["has_template"] > 0, 1.0, -1.0)
    return np.asarray(method * group + template * content)


def _steps(encoded: pd.DataFrame) -> np.ndarray:
    content = encoded["polymer_wt_percent"]
    steps = 1.0 * (encoded["donor_number_kcal_mol"] > 10) + 0.7 * (content > 2) + 0.7 * (content > 12)  # noqa: PLR2004 - the steps
    return -steps.to_numpy(dtype=float)


SIMULATIONS: Mapping[str, World] = {
    "mild": World(fitted_logarithm, 0.15, 0.15),
    "strong": World(fitted_logarithm, 0.4, 0.4),
    "heavy-tailed": World(fitted_logarithm, 0.2, 0.15, degrees_of_freedom=2.5),
    "additive": World(fitted_percent, 10.0, 10.0, row=2.0, is_additive=True),
    "interactions": World(interactions, 0.15, 0.15),
    "thresholds": World(thresholds, 0.15, 0.15),
}

CHOSEN_ON = ("mild", "strong", "heavy-tailed", "additive")
"""Worlds on which a variant is chosen; the others are run once, at the end."""
