"""The least binder that a membrane of a kind is known to hold: of less, no row says that it holds together.

A kind is a chemical class in the form it joins the powder (film, fibrils...; `data/catalogue/codebook.md`) by a method.
Where no row of a kind tells a content, that of the class and form by any method counts, then that of the form by the
method. What lies below the least is told; what lies below its half is hidden, since a content within a
factor of two of a published one counts as known in `models.applicability` as well.
"""

import functools
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.dataset import is_own, literature
from spcse_ml.models.model import MembraneModel
from spcse_ml.schema import Method

LEAST = "least_held_wt_percent"
"""Column: the least content that a membrane of the kind is known to hold, where a recipe holds less; else nan."""

HIDDEN_BELOW = 0.5
"""Share of the least content below which a recipe is hidden."""

_KINDS = (["chemical_class", "form", "method"], ["chemical_class", "form"], ["form", "method"])
_FORMS = {
    "film": "that sets as a film",
    "fibrils": "drawn into fibrils",
    "fibre": "of fibres",
    "particles": "of particles",
}


@dataclass(frozen=True)
class MinimumContent:
    """The least content known of a kind of binder, and of what kind."""

    wt_percent: float
    kind: str

    def __str__(self) -> str:
        """Say it in a sentence."""
        return f"no {self.kind} holds less than {self.wt_percent:g} wt%"


@dataclass(frozen=True)
class HeldContents:
    """The contents that rows hold, one a line: chemical class, form, method and wt%."""

    rows: pd.DataFrame
    is_published: bool = True
    """Whether all of them are; else some are a lab's own."""

    def least(self, binder: str, method: str) -> MinimumContent | None:
        """Return the least content known of a kind, or None where no row tells one.

        >>> print(held_contents().least("SBR", "dry binder laminating"))
        no published dry membrane with an unsaturated hydrocarbon binder that sets as a film holds less than 2 wt%
        """
        labels = {**_labels(binder), "method": method}
        for columns in _KINDS:
            alike = self.rows[np.all([self.rows[name] == labels[name] for name in columns], axis=0)]
            if len(alike):
                return MinimumContent(
                    float(alike["wt_percent"].min()), self._words({name: labels[name] for name in columns})
                )
        return None

    def _words(self, kind: dict[str, str]) -> str:
        """Return a kind in words, as in `published dry membrane with a nitrile rubber binder that sets as a film`."""
        known = "published" if self.is_published else "known"
        made = f"{known} {kind['method'].split()[0]}" if "method" in kind else known
        of_class = kind.get("chemical_class", "")
        article = "an" if of_class[:1] in set("aeiou") else "a"
        return f"{made} membrane with {article} {of_class} binder {_FORMS[kind['form']]}".replace("  ", " ")

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

    def sentences(self, recipes: pd.DataFrame) -> list[str]:
        """Return for each recipe that holds less than any known one which is the least; empty for the others."""
        rows = zip(recipes["binder"], recipes["method"], self.below(recipes), strict=True)
        return ["" if np.isnan(least) else str(self.least(binder, method)) for binder, method, least in rows]


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
