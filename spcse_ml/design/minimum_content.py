"""The least binder that a membrane of a kind is known to hold: of less, no row says that it holds together.

A kind is a chemical class in the form it joins the powder (film, fibrils...; `data/catalogue/codebook.md`) by a method.
Where no row of a kind reports a content, that of the class and form by any method counts, then that of the form by the
method. Recipes below the least are marked, those below its half are hidden, since a content within a
factor of two of a published one counts as known in `models.applicability` as well.
"""

import functools
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.dataset import is_own
from spcse_ml.data.literature import literature
from spcse_ml.models.model import MembraneModel
from spcse_ml.schema import Method

LEAST = "least_held_wt_percent"
"""Column: the least content that a membrane of the kind is known to hold, where a recipe holds less; else nan."""

HIDDEN_BELOW = 0.5
"""Share of the least content below which a recipe is hidden."""

_KINDS = (["chemical_class", "form", "method"], ["chemical_class", "form"], ["form", "method"])


@dataclass(frozen=True)
class MinimumContent:
    """The least content known of a kind of binder, and the kind: what is empty was not looked at."""

    wt_percent: float
    form: str
    chemical_class: str = ""
    method: str = ""
    is_published: bool = True
    """Whether only published membranes were looked at; else a lab's own as well."""


@dataclass(frozen=True)
class HeldContents:
    """The contents that rows hold, one a line: chemical class, form, method and wt%."""

    rows: pd.DataFrame
    is_published: bool = True
    """Whether all of them are; else some are a lab's own."""

    def least(self, binder: str, method: str) -> MinimumContent | None:
        """Return the least content known of a kind, or None where no row reports one.

        >>> held_contents().least("SBR", "dry binder laminating").wt_percent
        2.0
        """
        labels = {**_labels(binder), "method": method}
        for columns in _KINDS:
            alike = self.rows[np.all([self.rows[name] == labels[name] for name in columns], axis=0)]
            if len(alike):
                kind = {name: labels[name] for name in columns}
                return MinimumContent(float(alike["wt_percent"].min()), **kind, is_published=self.is_published)
        return None

    def below(self, recipes: pd.DataFrame) -> np.ndarray:
        """Return `LEAST` of each recipe."""
        known = {pair: self.least(*pair) for pair in product(*(recipes[name].dropna().unique() for name in _PAIR))}
        least = np.full(len(recipes), np.nan)
        for method in recipes["method"].unique():
            of_it = {
                binder: minimum.wt_percent for (binder, made), minimum in known.items() if made == method and minimum
            }
            rows = (recipes["method"] == method).to_numpy()
            least[rows] = recipes.loc[rows, "binder"].astype(object).map(of_it).astype(float)
        return np.where(recipes["binder_wt_percent"].to_numpy(dtype=float) < least, least, np.nan)

    def undercut_minima(self, recipes: pd.DataFrame) -> list[MinimumContent | None]:
        """Return for each recipe that holds less than any known one of its kind the least; None for the others."""
        rows = zip(recipes["binder"], recipes["method"], self.below(recipes), strict=True)
        return [None if np.isnan(least) else self.least(binder, method) for binder, method, least in rows]


_PAIR = ("binder", "method")


def is_thin(recipes: pd.DataFrame) -> np.ndarray:
    """Return which recipes, with their `LEAST`, hold so little that they are hidden."""
    contents = recipes["binder_wt_percent"].to_numpy(dtype=float)
    return np.asarray(contents < HIDDEN_BELOW * recipes[LEAST].to_numpy(dtype=float))


def held_contents(own: pd.DataFrame | None = None) -> HeldContents:
    """Return what the published rows hold, the least of a printed range, and what a lab's own recipes hold besides."""
    if own is None or not len(own):
        return _published()
    own = own.rename(columns={"binder_wt_percent": "wt_percent"})
    return HeldContents(pd.concat([_published().rows, _labelled(own)], ignore_index=True), is_published=False)


def contents_of_model(model: MembraneModel) -> HeldContents:
    """Return what the published rows hold, and the own ones that a model learnt from."""
    recipes = model.training_rows.recipes
    return held_contents(recipes[is_own(recipes)])


@functools.cache
def _published() -> HeldContents:
    return HeldContents(_labelled(literature().rows.rename(columns={"binder_wt_percent_low": "wt_percent"})))


def _labelled(rows: pd.DataFrame) -> pd.DataFrame:
    known = rows[rows["binder"].notna() & rows["wt_percent"].notna()]
    classes = known["binder_class"] if "binder_class" in known else [None] * len(known)
    labels = [_labels(name, kind or None) for name, kind in zip(known["binder"], classes, strict=True)]
    return pd.DataFrame(labels, columns=["chemical_class", "form"]).assign(
        method=[str(Method(method)) for method in known["method"]], wt_percent=known["wt_percent"].to_numpy(dtype=float)
    )


def _labels(binder: str, chemical_class: str | None = None) -> dict[str, str]:
    polymer = catalogue().binder(binder, chemical_class)
    return {"chemical_class": polymer.chemical_class, "form": polymer.form}
