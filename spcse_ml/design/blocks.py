"""The recipes that a declaration allows: blocks of them, never listed, and how many each list removes."""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, product
from typing import NamedTuple

import numpy as np

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.design.declaration import NONE, PARTS, Declared, Entry, patterns
from spcse_ml.design.rules import breakers

_WHOLE = 100.0
NO_ROOM, ALLOW, DENY, BAN, DISSOLVES, MELTS = "no-room", "allow", "deny", "ban", "dissolves", "melts"


class Removal(NamedTuple):
    """Why recipes are removed: a code, with the line of the deny list, the banned rule or the temperature in °C."""

    code: str
    value: str | float | int = ""


@dataclass(frozen=True)
class Block:
    """All recipes of one method with the same parts present; numbers are places in the lists declared, 0 is none."""

    method: str
    sulfides: np.ndarray
    combinations: np.ndarray
    """One row for each that may go together: binder, template, solvent."""
    contents: np.ndarray
    """One row for each pair: binder and template in wt%, nan where there is none."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return how many sulfides, combinations and contents there are."""
        return len(self.sulfides), len(self.combinations), len(self.contents)

    @property
    def size(self) -> int:
        """Return how many recipes there are."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Survey:
    """The blocks of a space, and how many recipes its lists removed."""

    blocks: tuple[Block, ...]
    n_before: int
    """Recipes before any was removed."""
    removed: Mapping[Removal, int]
    """How many recipes each list removes, counted for itself: what two of them meet counts in both."""


def survey(declared: Declared) -> Survey:
    """Return all that may be made, exactly counted."""
    removed = Counter[Removal]()
    blocks, n_before = [], 0
    for method in declared.methods:
        for present in patterns(method):
            contents = _contents(declared, method, present)
            has_room = ~(np.nansum(contents, axis=1) >= _WHOLE)
            grid = _grid(declared, present)
            n_all = len(declared.sulfides) * len(grid)
            n_before += n_all * len(contents)
            removed[Removal(NO_ROOM)] += n_all * int((~has_room).sum())
            for sulfides, masks in _allowed(declared, method, grid):
                for removal, mask in masks.items():
                    removed[removal] += len(sulfides) * int((~mask).sum()) * len(contents)
                combinations = grid[np.all([np.ones(len(grid), dtype=bool), *masks.values()], axis=0)]
                blocks.append(Block(method, sulfides, combinations, contents[has_room]))
    return Survey(tuple(block for block in blocks if block.size), n_before, +removed)


def _grid(declared: Declared, present: tuple[str, ...]) -> np.ndarray:
    """Return every triple of binder, template and solvent, one row each."""
    axes = [
        np.arange(1, len(declared.named(part)) + 1) if part in present else np.zeros(1, dtype=int) for part in PARTS
    ]
    return np.stack([coordinates.ravel() for coordinates in np.meshgrid(*axes, indexing="ij")], axis=1).astype(np.int32)


def _contents(declared: Declared, method: str, present: tuple[str, ...]) -> np.ndarray:
    blank = (np.nan,)
    binder = declared.binder_wt_percent.get(method, ()) if "binder" in present else blank
    template = declared.template_wt_percent if "template" in present else blank
    return np.array(list(product(binder, template)), dtype=float).reshape(-1, 2)


def _allowed(
    declared: Declared, method: str, grid: np.ndarray
) -> Iterator[tuple[np.ndarray, dict[Removal, np.ndarray]]]:
    """Yield sulfides that the lists treat alike, with which combinations each list keeps for them."""
    entries = [*declared.allow, *declared.deny]
    common = {**_ban_masks(declared, grid), **_fit_masks(declared, grid)}
    met = [tuple(_matches(entry, "sulfide", name) for entry in entries) for name in declared.sulfides]
    order = sorted(range(len(met)), key=lambda place: met[place])
    for signature, group in groupby(order, key=lambda place: met[place]):
        meets = [
            of_it & _matches(entry, "method", method) & _met(declared, entry, grid)
            for entry, of_it in zip(entries, signature, strict=True)
        ]
        allow, deny = meets[: len(declared.allow)], meets[len(declared.allow) :]
        lists = {Removal(ALLOW): np.any(allow, axis=0)} if allow else {}
        lists |= {Removal(DENY, line): ~mask for line, mask in enumerate(deny)}
        yield np.array(sorted(group), dtype=np.int32) + 1, {**common, **lists}


def _matches(entry: Entry, column: str, name: str) -> bool:
    return column not in entry or name in entry[column]


def _met(declared: Declared, entry: Entry, grid: np.ndarray) -> np.ndarray:
    mask = np.ones(len(grid), dtype=bool)
    for column, places in zip(PARTS, grid.T, strict=True):
        if column in entry:
            mask &= np.isin(places, _places(declared, column, entry[column]))
    return mask


def _places(declared: Declared, column: str, names: Collection[str]) -> list[int]:
    known = {name: place for place, name in enumerate((NONE, *declared.named(column)))}
    return [known[name] for name in names if name in known]


def _ban_masks(declared: Declared, grid: np.ndarray) -> dict[Removal, np.ndarray]:
    names_by_rule = breakers(declared) if declared.rules.ban else {}
    return {
        Removal(BAN, rule): ~(
            np.isin(grid[:, 0], _places(declared, "binder", names_by_rule[rule]["binder"]))
            | np.isin(grid[:, 2], _places(declared, "solvent", names_by_rule[rule]["solvent"]))
        )
        for rule in declared.rules.ban
    }


def _fit_masks(declared: Declared, grid: np.ndarray) -> dict[Removal, np.ndarray]:
    """Return what the table of solubility and the heat keep, where they say anything."""
    binders, templates, solvents = grid.T
    mask = np.ones(len(grid), dtype=bool)
    for binder, names in declared.dissolves.items():
        fits = np.isin(solvents, [0, *_places(declared, "solvent", names)])
        mask &= ~np.isin(binders, _places(declared, "binder", (binder,))) | fits
    masks = {Removal(DISSOLVES): mask} if declared.dissolves else {}
    for heat, is_heated in (
        (declared.heat.process_c, solvents >= 0),
        (declared.heat.recrystallisation_c, _is_protic(declared)[solvents]),
    ):
        if heat is not None:
            masks[Removal(MELTS, heat)] = ~(is_heated & _melts(declared, heat)[templates])
    return masks


def _is_protic(declared: Declared) -> np.ndarray:
    """Return for no solvent and each solvent whether it donates hydrogen bonds."""
    mixtures = [catalogue().mixture(name) for name in declared.solvents]
    return np.array(
        [False, *(any(solvent.donates_hydrogen_bond for solvent in mixture.solvents) for mixture in mixtures)]
    )


def _melts(declared: Declared, heat_c: float) -> np.ndarray:
    """Return for no template and each template whether it is known to melt below a temperature."""
    polymers = [catalogue().template(name).polymer for name in declared.templates]
    return np.array([False, *(polymer.melting_point_c < heat_c for polymer in polymers)])
