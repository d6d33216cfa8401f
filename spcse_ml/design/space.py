"""A space of recipes that may be made, counted and decoded by number without ever being listed.

A block is all recipes of one method with the same parts present: sulfides, times what goes with what (binder,
template, solvent), times contents. A number decodes in a mixed radix (`numpy.unravel_index`), so a chunk or a sample
of the space costs only itself.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.data.dataset import RECIPE_COLUMNS
from spcse_ml.design.blocks import Block, Survey, survey
from spcse_ml.design.declaration import DEFAULT, NAMED, PARTS, Declared, declared_in
from spcse_ml.design.rules import Breakers, breakers
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import Formulation

CONTENTS = ("binder_wt_percent", "template_wt_percent")


@dataclass(frozen=True)
class Decoded:
    """Recipes as numbers: for each column a place in `DesignSpace.vocabulary`, and the contents in wt%."""

    numbers: np.ndarray
    places: Mapping[str, np.ndarray]
    contents: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class DesignSpace:
    """The recipes that a declaration allows, numbered from 0; `design_space` reads one."""

    declared: Declared

    @functools.cached_property
    def survey(self) -> Survey:
        """Return the blocks with how many recipes were removed."""
        return survey(self.declared)

    @functools.cached_property
    def size(self) -> int:
        """Return how many recipes there are."""
        return sum(block.size for block in self.survey.blocks)

    @property
    def by_method(self) -> dict[str, int]:
        """Return how many recipes each method has."""
        return {
            name: sum(block.size for block in self.survey.blocks if block.method == name)
            for name in self.declared.methods
        }

    @property
    def n_chunks(self) -> int:
        """Return in how many chunks the space is scored."""
        return -(-self.size // self.declared.chunk)

    def chunk(self, number: int) -> np.ndarray:
        """Return the numbers of the recipes of a chunk.

        Args:
            number: of the chunk, from 0.

        Returns:
            Numbers of recipes, ascending.
        """
        width = self.declared.chunk
        return np.arange(number * width, min((number + 1) * width, self.size))

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """Return the numbers of n recipes drawn without repetition, each as likely, in ascending order; at most all.

        Args:
            n: how many.
            seed: of the draw.

        Returns:
            Numbers of recipes, shape (n,).
        """
        drawn = np.random.default_rng(seed).choice(self.size, min(n, self.size), replace=False)
        return np.sort(drawn)

    @functools.cached_property
    def vocabulary(self) -> dict[str, np.ndarray]:
        """Return the names of each column that holds one; the first is None."""
        return {name: np.array([None, *self.declared.named(name)], dtype=object) for name in NAMED}

    def decoded(self, numbers: Sequence[int] | np.ndarray) -> Decoded:
        """Return the recipes of these numbers.

        Args:
            numbers: of n recipes, from 0.

        Returns:
            The n recipes, each part by its code.

        Raises:
            IndexError: a number is not of this space.
        """
        requested = np.asarray(numbers, dtype=np.int64)
        if len(requested) and not (requested.min() >= 0 and requested.max() < self.size):
            msg = f"the space has the numbers 0 to {self.size - 1}"
            raise IndexError(msg)
        places = {name: np.zeros(len(requested), dtype=np.int32) for name in NAMED}
        contents = {name: np.full(len(requested), np.nan) for name in CONTENTS}
        ends = np.cumsum([block.size for block in self.survey.blocks])
        of_block = np.searchsorted(ends, requested, side="right")
        for number in np.unique(of_block):
            block, rows = self.survey.blocks[number], np.flatnonzero(of_block == number)
            self._decode(block, requested[rows] - (ends[number] - block.size), rows, (places, contents))
        return Decoded(requested, places, contents)

    def _decode(
        self, block: Block, local: np.ndarray, rows: np.ndarray, into: tuple[dict[str, np.ndarray], ...]
    ) -> None:
        places, contents = into
        sulfide, combination, content = np.unravel_index(local, block.shape)
        places["method"][rows] = 1 + self.declared.methods.index(block.method)
        places["sulfide"][rows] = block.sulfides[sulfide]
        for column, name in enumerate(PARTS):
            places[name][rows] = block.combinations[combination, column]
        for column, name in enumerate(CONTENTS):
            contents[name][rows] = block.contents[content, column]

    def frame(self, recipes: Decoded) -> pd.DataFrame:
        """Return recipes as a model reads them, columns `RECIPE_COLUMNS`.

        Args:
            recipes: n recipes as `decoded` returns them.

        Returns:
            n rows.
        """
        coded = self.coded(recipes)
        words = {name: self._words(str(name))[coded[name].cat.codes + 1] for name in coded.select_dtypes("category")}
        return coded.assign(**{str(name): pd.Series(cells, coded.index, dtype=object) for name, cells in words.items()})

    def coded(self, recipes: Decoded) -> pd.DataFrame:
        """Return what `frame` does with names as categories: millions of them are looked at by their numbers.

        Args:
            recipes: n recipes as `decoded` returns them.

        Returns:
            n rows.
        """
        blank = np.zeros(len(recipes.numbers), dtype=np.int32)
        cells: dict[str, Any] = {**recipes.contents, "donor_number_kcal_mol": np.full(len(recipes.numbers), np.nan)}
        for name in RECIPE_COLUMNS:
            if name not in cells:
                known = pd.Index(self._words(name)[1:], dtype=object)
                cells[name] = pd.Categorical.from_codes(recipes.places.get(name, blank) - 1, categories=known)
        return pd.DataFrame(cells, columns=list(RECIPE_COLUMNS), copy=False)

    def _words(self, name: str) -> np.ndarray:
        return self.vocabulary.get(name, np.array([None], dtype=object))

    def candidate(self, number: int) -> Formulation:
        """Return one recipe, with the powder conductivity and the thickness that the space plans.

        Args:
            number: of the recipe, from 0.

        Returns:
            The recipe, ready for `predict`.

        Raises:
            IndexError: the number is not of this space.
        """
        cells = {str(name): value for name, value in self.frame(self.decoded([number])).iloc[0].items()}
        planned = {
            "sigma_p_ms_cm": self.declared.sigma_p_ms_cm.get(cells["sulfide"]),
            "planned_thickness_um": self.declared.planned_thickness_um,
        }
        return Formulation.model_validate(cells | planned)

    def broken_rules(self, recipes: Decoded) -> pd.Categorical:
        """Return the names of the rules that each recipe breaks, joined by '; '; of one that breaks none ''.

        Args:
            recipes: n recipes as `decoded` returns them.

        Returns:
            n texts, as categories.
        """
        masks = self._breaks(recipes.places["binder"], recipes.places["solvent"])
        which, bits = pd.factorize(masks @ (1 << np.arange(masks.shape[1])), sort=True)
        names = ["; ".join(rule for bit, rule in enumerate(self._breakers) if mask >> bit & 1) for mask in bits]
        return pd.Categorical.from_codes(which, categories=pd.Index(names, dtype=object))

    def n_breaking(self) -> dict[str, int]:
        """Return how many recipes of the space break each rule, and under '' how many break any; counted exactly."""
        counts = dict.fromkeys((*self._breakers, ""), 0)
        for block in self.survey.blocks:
            binders, _, solvents = block.combinations.T
            masks, each = self._breaks(binders, solvents), len(block.sulfides) * len(block.contents)
            for rule, mask in zip(counts, (*masks.T, masks.any(axis=1)), strict=True):
                counts[rule] += each * int(mask.sum())
        return counts

    def _breaks(self, binders: np.ndarray, solvents: np.ndarray) -> np.ndarray:
        """Return which rules are broken, a column each, by pairs of places in the vocabulary."""
        return np.asarray(self._breaking["binder"][binders] | self._breaking["solvent"][solvents])

    @functools.cached_property
    def _breaking(self) -> dict[str, np.ndarray]:
        """Return for the binders and the solvents of the vocabulary which rules each breaks, a column each."""
        known = {column: pd.Index(self.vocabulary[column]) for column in ("binder", "solvent")}
        return {
            column: np.array([names.isin(by_column[column]) for by_column in self._breakers.values()], dtype=bool)
            .reshape(-1, len(names))
            .T
            for column, names in known.items()
        }

    @functools.cached_property
    def _breakers(self) -> Breakers:
        return breakers(self.declared)


def design_space(path: Path | None = None) -> DesignSpace:
    """Return the space of a TOML file, what it leaves out as in the default; without a file, the default.

    Raises:
        InputError: every bad key and value, in one error, or nothing remains.

    >>> design_space().by_method["dry binder laminating"]
    5600
    """
    space = DesignSpace(declared_in(path))
    if not space.size:
        raise InputError([Fault("empty-space", file=path.name if path else DEFAULT[-1])])
    return space
