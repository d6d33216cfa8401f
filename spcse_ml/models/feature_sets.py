"""The features that an experiment may choose, and a regressor on them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from spcse_ml.chemistry.spelling import suggestions
from spcse_ml.errors import Fault, InputError
from spcse_ml.models.estimators import FillContents
from spcse_ml.models.features import CARD_CATEGORIES, CARD_NUMBERS, CHEMISTRY_NUMBERS, TERMS, encode, terms

CATEGORIES = (*CARD_CATEGORIES, "binder_class")

FEATURES = tuple(dict.fromkeys((*CATEGORIES, *CARD_NUMBERS, "template_wt_percent", *CHEMISTRY_NUMBERS, *TERMS)))
"""Every feature that an experiment may take."""

FEATURE_SETS: Mapping[str, tuple[str, ...]] = {
    "card": (*CARD_CATEGORIES, *CARD_NUMBERS),
    "chemistry": TERMS,
    "card+chemistry": (*CARD_CATEGORIES, *CARD_NUMBERS, *TERMS),
}

_OF_WHAT_IS_THERE = {
    "binder_wt_percent": "has_binder", "template_wt_percent": "has_template", "donor_number_kcal_mol": "is_wet",
}  # fmt: skip
"""Features that belong to a part of the recipe, and what tells whether the part is there."""


def features_text(features: tuple[str, ...]) -> str:
    """Return features as they are shown: the name of their set, or their own names.

    >>> features_text(TERMS), features_text(("binder", "method"))
    ('chemistry', 'binder, method')
    """
    return next((name for name, names in FEATURE_SETS.items() if names == features), ", ".join(features))


def features_of(features: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the features that a set, a list or a text with commas names; none for none.

    Raises:
        InputError: one is not known.
    """
    if features is None:
        return ()
    if isinstance(features, str):
        chosen = FEATURE_SETS.get(features.strip())
        features = chosen or [name.strip() for name in features.split(",")]
    unknown = [name for name in features if name not in FEATURES]
    if unknown or not features:
        allowed = ", ".join((*FEATURE_SETS, *FEATURES))
        raise InputError(
            Fault("unknown-feature", "features", given=name, allowed=allowed, values=suggestions(name, FEATURES))
            for name in unknown or [""]
        )
    return tuple(dict.fromkeys(features))


def on_features(
    regressor: BaseEstimator,
    names: tuple[str, ...],
    *,
    fills: bool = True,
    has_blanks: bool = False,
    is_scaled: bool = False,
) -> Pipeline:
    """Return a regressor on features of a recipe.

    Args:
        regressor: unfitted.
        names: of `FEATURES`.
        fills: whether unknown contents are filled from the training rows.
        has_blanks: whether what does not apply stays blank; else it counts as 0, beside what tells that it is absent.
        is_scaled: whether features are brought to mean 0 and standard deviation 1.
    """
    categories = [name for name in names if name in CATEGORIES]
    numbers = [name for name in names if name not in CATEGORIES]
    columns = ColumnTransformer(
        [
            ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), categories),
            ("numbers", "passthrough", numbers),
        ]
    ).set_output(transform="pandas")
    steps: list[tuple[str, Any]] = [("contents", FillContents())] if fills else []
    steps += [
        ("encode", FunctionTransformer(encode)),
        ("features", FunctionTransformer(partial(_chosen_features, names=names, has_blanks=has_blanks))),
        ("columns", columns),
    ]
    steps += [("scale", StandardScaler())] if is_scaled else []
    return Pipeline([*steps, ("regress", regressor)])


def chosen_terms(encoded: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return some of the terms of encoded recipes."""
    return terms(encoded)[list(names)]


def _chosen_features(encoded: pd.DataFrame, names: tuple[str, ...], *, has_blanks: bool) -> pd.DataFrame:
    of_terms = terms(encoded)
    frame = encoded.assign(**{name: of_terms[name] for name in TERMS})[list(names)]
    if has_blanks:
        return frame
    absent = {name: encoded[part] == 0 for name, part in _OF_WHAT_IS_THERE.items() if name in frame}
    return frame.assign(**{name: frame[name].mask(mask, 0.0) for name, mask in absent.items()})
