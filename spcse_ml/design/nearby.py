"""Which recipes of a space are near those that were made: all materials but one are those of a membrane."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import typed_recipes
from spcse_ml.design.blocks import breakers
from spcse_ml.design.declared import PARTS, Declared
from spcse_ml.design.space import DesignSpace

MATERIALS = ("sulfide", *PARTS)


def nearby(space: DesignSpace, made: pd.DataFrame) -> pd.DataFrame:
    """Return the recipes of a space that differ from one that was made in at most one material, contents aside.

    The method is that of the membrane. What differs in two materials is seldom told anything of by the rows.
    """
    known = made[["method", *MATERIALS]].drop_duplicates()
    found = [_around(space.declared, row, free) for row in known.to_dict("records") for free in MATERIALS]
    frame = pd.concat([space.frame(space.decoded([])), *found], ignore_index=True)
    return typed_recipes(frame.drop_duplicates(ignore_index=True))


def holds(space: DesignSpace, recipes: pd.DataFrame) -> np.ndarray:
    """Return which recipes a space allows, whatever its grids of contents are."""
    return np.array([
        len(_around(_with_contents(space.declared, row), row, "")) > 0 for row in recipes.to_dict("records")
    ])  # fmt: skip


def broken(space: DesignSpace, recipes: pd.DataFrame) -> pd.DataFrame:
    """Return which recipes break which rule, a column for each; rules that the space ignores are left out."""
    found = {
        rule: recipes["binder"].isin(names["binder"]) | recipes["solvent"].isin(names["solvent"])
        for rule, names in breakers(space.declared).items()
    }
    return pd.DataFrame(found, index=recipes.index)


def _around(declared: Declared, row: Mapping[Any, Any], free: str) -> pd.DataFrame:
    """Return the recipes that have all names of a row but the free one."""
    fixed = {name: row[name] for name in MATERIALS if name != free}
    lists: dict[str, Any] = {
        f"{name}s": (thing,) if thing in declared.named(name) else () for name, thing in fixed.items()
    }
    methods = tuple(name for name in declared.methods if name == row["method"])
    around = DesignSpace(replace(declared, methods=methods, **lists))
    frame = around.frame(around.decoded(np.arange(around.size)))
    return frame[np.all([frame[name].fillna("") == (thing or "") for name, thing in fixed.items()], axis=0)]


def _with_contents(declared: Declared, row: Mapping[Any, Any]) -> Declared:
    binder, template = row["binder_wt_percent"], row["template_wt_percent"]
    return replace(declared, binder_wt_percent={row["method"]: (binder,)}, template_wt_percent=(template,))
