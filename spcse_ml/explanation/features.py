"""What each feature of a tree model contributes to each prediction: Shapley values by shap's TreeExplainer.

The features are those that the trees read (a binder is several columns of 0 and 1), so that the values answer what the
model does with its columns. `shapley.explain` answers by parts of the recipe, for every model.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

from spcse_ml.models.lab_effect import base_of
from spcse_ml.models.model import MembraneModel
from spcse_ml.models.tuning import Tuned


@dataclass(frozen=True)
class FeatureExplanation:
    """Shapley values of the features of a tree model; each row plus the base value is what the trees predict."""

    features: pd.DataFrame
    """Values of the features, one row per training membrane."""
    contributions: pd.DataFrame
    """Of the same shape, in the target's unit."""
    base_value: float
    """In the target's unit."""


def explain_features(model: MembraneModel) -> FeatureExplanation | None:
    """Return the contributions of every feature to every training membrane; None where the model is no sum of trees.

    The values are exact for the ensemble (path-dependent TreeSHAP, Lundberg et al. 2020, DOI
    10.1038/s42256-019-0138-9). A lab factor multiplies what the trees predict and is not among them.

    Args:
        model: as `fit` or `train` returns it.

    Returns:
        Features and contributions, shape (rows, features); None of a model without trees, or with an objective of
        XGBoost whose prediction is another function of their sum.

    Raises:
        InputError: a training row names what the catalogue does not know.

    >>> import spcse_ml
    >>> model = spcse_ml.fit(spcse_ml.read_literature(), spcse_ml.TARGETS["retention"], estimator="filled_xgboost")
    >>> explained = spcse_ml.explain_features(model)
    >>> total = explained.base_value + explained.contributions.sum(axis=1)
    >>> bool(np.allclose(total, model.pipeline.predict(model.training_rows.recipes), atol=1e-3))
    True
    """
    pipeline = base_of(model.pipeline)
    trees = pipeline[-1].search_.best_estimator_ if isinstance(pipeline[-1], Tuned) else pipeline[-1]
    if not _is_of_trees(trees):
        return None
    import shap  # noqa: PLC0415 - takes seconds to import

    features = pipeline[:-1].transform(model.training_rows.recipes).reset_index(drop=True)
    explainer = shap.TreeExplainer(trees)
    values = np.asarray(explainer.shap_values(features))
    base = float(np.ravel(explainer.expected_value)[0])
    predicted = trees.predict(features)
    if not np.allclose(base + values.sum(axis=1), predicted, rtol=1e-3, atol=1e-3 * np.ptp(predicted)):
        return None
    shown = features.rename(columns=lambda name: str(name).partition("__")[2] or str(name))
    return FeatureExplanation(shown, pd.DataFrame(values, columns=shown.columns), base)


def _is_of_trees(regressor: Any) -> bool:
    is_boosted = type(regressor).__module__.startswith("xgboost")  # not imported for a model that has none
    if is_boosted:
        return regressor.get_params().get("booster") in {None, "gbtree", "dart"}
    return isinstance(regressor, (RandomForestRegressor, ExtraTreesRegressor))
