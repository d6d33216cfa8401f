"""What a user declares of a space of recipes: names, grids of contents, what goes with what, what things cost."""

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from spcse_ml.schema import Formulation
from spcse_ml.to_json import from_plain, to_plain

NONE = "none"
"""In a list: the part is not there."""
CHUNK = 100_000
"""Recipes that are scored together, by default."""
PARTS = ("binder", "template", "solvent")
"""What may be there or not."""

Entry = Mapping[str, tuple[str, ...]]
"""A line of an allow or deny list: names by column, all of which must hold."""


@dataclass(frozen=True)
class Declared:
    """A declaration by catalogue names; `space_file` reads one from TOML."""

    methods: tuple[str, ...]
    sulfides: tuple[str, ...]
    binders: tuple[str, ...]
    templates: tuple[str, ...]
    solvents: tuple[str, ...]
    binder_wt_percent: Mapping[str, tuple[float, ...]]
    """Contents by method."""
    template_wt_percent: tuple[float, ...]
    allow: tuple[Entry, ...] = ()
    """Where there are any, a recipe must meet one of them."""
    deny: tuple[Entry, ...] = ()
    ban: tuple[str, ...] = ()
    """Rules of the catalogue whose breakers are removed; those of the others are kept and marked."""
    ignore: tuple[str, ...] = ()
    """Rules that are not checked."""
    dissolves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Solvents by binder, as the user knows; a binder that is not named goes with every solvent."""
    process_c: float | None = None
    """Highest temperature of the process, which a template must bear."""
    recrystallisation_c: float | None = None
    """The same where the solvent donates hydrogen bonds: it dissolves the sulfide."""
    cost_per_kg: Mapping[str, float] = field(default_factory=dict)
    sigma_p_ms_cm: Mapping[str, float] = field(default_factory=dict)
    """Powder conductivities by sulfide."""
    planned_thickness_um: float | None = None
    chunk: int = CHUNK
    """Recipes that are scored together."""

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, as JSON has them."""
        return dict(to_plain(self))

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Declared":
        """Return what `plain` gave."""
        return from_plain(cls, plain)

    @functools.cached_property
    def fingerprint(self) -> str:
        """Return a digest that changes with anything that is declared."""
        return hashlib.sha256(json.dumps(self.plain(), sort_keys=True).encode()).hexdigest()[:16]

    def named(self, column: str) -> tuple[str, ...]:
        """Return the names of a column that is a name: method, sulfide, binder, template or solvent."""
        return tuple(getattr(self, f"{column}s"))


@functools.cache
def patterns(method: str) -> tuple[tuple[str, ...], ...]:
    """Return which parts may be there together in a method: those that the schema does not refuse.

    >>> patterns("dry binder laminating")
    (('binder',),)
    """
    everything = [tuple(part for part, there in zip(PARTS, bits, strict=True) if there) for bits in _EIGHT]
    return tuple(parts for parts in everything if _is_accepted(method, parts))


_EIGHT = [
    (binder, template, solvent) for binder in (False, True) for template in (False, True) for solvent in (False, True)
]


def _is_accepted(method: str, parts: Iterable[str]) -> bool:
    try:
        Formulation.model_validate({"sulfide": "any", "method": method, **dict.fromkeys(parts, "any")})
    except ValidationError:
        return False
    return True
