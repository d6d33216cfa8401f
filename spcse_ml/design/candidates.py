"""Which recipes near those that were made may be proposed, and how many may not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.dataset import typed_recipes
from spcse_ml.design.consequences import conductivities, knows_conductivity
from spcse_ml.design.declaration import NAMED, PARTS, Declared
from spcse_ml.design.minimum_content import LEAST, contents_of_model, is_thin
from spcse_ml.design.rules import Donor, breaking_donors, broken
from spcse_ml.design.space import CONTENTS, DesignSpace
from spcse_ml.models.distance import distances
from spcse_ml.models.features import encode
from spcse_ml.models.model import MembraneModel
from spcse_ml.schema import RETENTION

MATERIALS = ("sulfide", *PARTS)

SAME_CONTENT = 1.1
"""Contents within this factor of one another are the same; scales and drying do not tell them apart."""


def is_made(candidates: pd.DataFrame, made: pd.DataFrame) -> np.ndarray:
    """Return which candidates are one of the recipes made: the same names, every content within `SAME_CONTENT`."""
    places = dict(equal_names(candidates.reset_index(drop=True)).groupby(list(NAMED)).groups)
    contents, mask = candidates[list(CONTENTS)].to_numpy(dtype=float), np.zeros(len(candidates), dtype=bool)
    for names, theirs in zip(
        equal_names(made).itertuples(index=False, name=None), made[list(CONTENTS)].to_numpy(dtype=float), strict=True
    ):
        rows = np.asarray(places.get(names, []), dtype=int)
        mask[rows] |= _is_same(contents[rows], theirs)
    return mask


def equal_names(recipes: pd.DataFrame) -> pd.DataFrame:
    """Return the names of recipes, those of a mixture's parts in any order and at any ratio alike."""
    names = recipes[list(NAMED)].astype(object).fillna("")
    parts = {text: catalogue().mixture(text).parts for text in names["solvent"].unique() if " + " in text}
    return names.replace({"solvent": parts})


def _is_same(contents: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    is_blank = np.isnan(contents) & np.isnan(theirs)
    return np.asarray((is_blank | (np.abs(np.log(contents / theirs)) < np.log(SAME_CONTENT))).all(axis=1))


def nearby(space: DesignSpace, made: pd.DataFrame) -> pd.DataFrame:
    """Return the recipes of a space that differ from one that was made in at most one material, contents aside.

    The method is that of the membrane. The rows seldom inform of recipes that differ in two materials.
    """
    known = made[list(NAMED)].drop_duplicates()
    neighbours = [_around(space.declared, row, free) for row in known.to_dict("records") for free in MATERIALS]
    frame = pd.concat([space.frame(space.decoded([])), *neighbours], ignore_index=True)
    return typed_recipes(frame.drop_duplicates(ignore_index=True))


def holds(space: DesignSpace, recipes: pd.DataFrame) -> np.ndarray:
    """Return which recipes a space allows, whatever its grids of contents are."""
    return np.array(
        [len(_around(_with_contents(space.declared, row), row, "")) > 0 for row in recipes.to_dict("records")]
    )


def _around(declared: Declared, row: Mapping[Any, Any], free: str) -> pd.DataFrame:
    """Return the recipes that have all names of a row but the free one."""
    fixed = {name: row[name] for name in MATERIALS if name != free}
    lists = {
        f"{name}s": [value] if value in declared.named(name) else []
        for name, value in {**fixed, "method": row["method"]}.items()
    }
    around = DesignSpace(declared.model_copy(update=lists))
    frame = around.frame(around.decoded(np.arange(around.size)))
    return frame[np.all([frame[name].fillna("") == (value or "") for name, value in fixed.items()], axis=0)]


def _with_contents(declared: Declared, row: Mapping[Any, Any]) -> Declared:
    binder, template = row["binder_wt_percent"], row["template_wt_percent"]
    contents = {"binder_wt_percent": {row["method"]: [binder]}, "template_wt_percent": [template]}
    return declared.model_copy(update=contents)


TIE = 1.0
"""Points of retention within which films are the same to the model: answers are shown in whole percent."""

_FILM = ["method", "binder", "binder_wt_percent", "template", "template_wt_percent", "solvent"]


def is_better_conducted(declared: Declared, candidates: pd.DataFrame, model: MembraneModel) -> np.ndarray:
    """Return which candidates have a twin: the film of another sulfide, tied, as well known, that conducts more."""
    if not knows_conductivity(declared) or candidates.empty:
        return np.zeros(len(candidates), dtype=bool)
    predictions = model.predict(model.as_inputs(candidates))
    values = predictions[RETENTION.column].to_numpy(dtype=float)
    sigmas = _sigmas(declared, candidates, values)
    films = candidates[_FILM].astype(object).fillna("").groupby(_FILM, sort=False).ngroup().to_numpy()
    mask = np.zeros(len(candidates), dtype=bool)
    places = predictions["domain"].astype(str).to_numpy()
    for group in pd.Series(range(len(candidates))).groupby([films, places]).indices.values():
        tied = np.abs(values[group, None] - values[None, group]) <= TIE
        mask[group] = (tied & (sigmas[None, group] > sigmas[group, None])).any(axis=1)
    return mask


def _sigmas(declared: Declared, candidates: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    ends = {f"retention{end}_percent": values for end in ("", "_low", "_high")}
    frame = conductivities(declared, candidates[["sulfide"]].assign(**ends))
    return frame["sigma_m_ms_cm"].to_numpy(dtype=float)


@dataclass(frozen=True)
class Hidden:
    """How many recipes near those made are no candidates, and why."""

    n_near: int
    """Those that were made included."""
    n_breaking: int
    """Those that break a rule which is not allowed."""
    by_rule: Mapping[str, int]
    """The same by rule; what breaks several counts in each."""
    donors: Mapping[str, tuple[Donor, ...]]
    """Solvents that break those of these rules that are on donor numbers."""
    n_free: int
    """Those that were not made and break no rule."""
    n_thin: int
    """Those of the free ones that hold too little binder."""


@dataclass(frozen=True)
class Remarks:
    """What a reader of a batch must know: what is hidden, and what the batch lacks."""

    hidden: Hidden
    knows_conductivity: bool
    """Whether ties between sulfides go to the better conductor; else the sulfides of a proposal are interchangeable."""
    n_new: int
    n_new_planned: int
    has_control: bool
    plans_control: bool
    apart: float
    """Least distance between two membranes."""


@dataclass(frozen=True)
class Candidates:
    """Candidates of a batch, and what is hidden."""

    candidates: pd.DataFrame
    hidden: Hidden


def candidates_near(
    space: DesignSpace, made: pd.DataFrame, model: MembraneModel, *, allowed: Collection[str], with_thin: bool
) -> Candidates:
    """Return the recipes near those made that were not made, break no rule but those allowed and hold enough binder.

    Of films that differ in the sulfide alone and tie, the best conductor stands for the others, also where it was made.
    """
    around = nearby(space, made)
    broken_by = broken(space.declared, around).drop(columns=list(allowed), errors="ignore")
    free, new = ~breaks(broken_by), ~is_made(around, made)
    thin = ~np.full(len(around), with_thin) & is_thin(around.assign(**{LEAST: contents_of_model(model).below(around)}))
    films = around[free & ~thin].reset_index(drop=True)
    mask = new[free & ~thin] & ~is_better_conducted(space.declared, films, model)
    return Candidates(films[mask].reset_index(drop=True), _hidden(space, broken_by, free & new, thin))


def _hidden(space: DesignSpace, broken_by: pd.DataFrame, free: np.ndarray, thin: np.ndarray) -> Hidden:
    by_rule = {str(rule): int(n) for rule, n in broken_by.sum().items() if n}
    donors = {rule: names for rule, names in breaking_donors(space.declared).items() if rule in by_rule}
    n_breaking, n_free, n_thin = (int(mask.sum()) for mask in (breaks(broken_by), free, free & thin))
    return Hidden(len(broken_by), n_breaking, by_rule, donors, n_free, n_thin)


def breaks(broken_by: pd.DataFrame, allowed: Collection[str] = ()) -> np.ndarray:
    """Return which recipes break a rule but those allowed."""
    return np.asarray(broken_by.drop(columns=list(allowed), errors="ignore").any(axis=1))


def apart_from(candidates: pd.DataFrame, others: pd.DataFrame, apart: float) -> pd.DataFrame:
    """Return the candidates that stand at least so far from all of the others."""
    if candidates.empty or others.empty:
        return candidates
    rows = np.flatnonzero(distances(encode(candidates), encode(others)).min(axis=1) >= apart)
    subset: pd.DataFrame = candidates.iloc[rows].reset_index(drop=True)
    return subset
