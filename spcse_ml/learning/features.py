"""A recipe becomes numbers: the card (what the tables print) and what chemistry and geometry add to it.

Everything here is a pure function of one recipe and the catalogue. What does not apply (the donor number of a
dry process) is nan and stays nan; no column is ever filled for it. What is not reported is nan too, beside a
column that says that the thing exists (`has_binder`, `has_template`), so the two cannot be mistaken.

- `polymer_volume_percent`: volume of binder and template in the dense membrane, from weight shares and densities.
- `solvent_attack`: donor number over molar volume, in kcal per 100 cm3: donor strength that meets a surface per
  volume of liquid. Bulky donors dilute themselves; small strong ones (water, DMF) do not.
- `solvent_polarity`: Kirkwood function (e - 1) / (2 e + 1) of the relative permittivity e (Kirkwood 1934,
  DOI 10.1063/1.1749489).
"""

import functools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.literature.catalogue import Catalogue, catalogue
from spcse_ml.literature.substances import Polymer

IDENTITIES = ("sulfide", "solvent")
"""Catalogue names that the domain looks at and no estimator sees."""

CARD_CATEGORIES = ("sulfide_family", "binder", "method", "template")
CARD_NUMBERS = ("binder_wt_percent", "donor_number_kcal_mol")
CHEMISTRY_NUMBERS = (
    "polymer_wt_percent", "polymer_volume_percent", "solvent_attack", "solvent_polarity", "solvent_is_protic", "is_wet",
    "has_binder", "has_template", "binder_is_polar_film",
)  # fmt: skip
NOT_THERE = "none"


def encode(recipes: pd.DataFrame, known: Catalogue | None = None) -> pd.DataFrame:
    """Return the card and the chemistry of each recipe, one row each, columns as listed in this module.

    Raises:
        InputError: a name is not known and nothing stands in for it.
    """
    known = known or catalogue()
    cells = recipes.astype(object).where(recipes.notna(), None)
    given = tuple(str(name) for name in cells)
    rows = [_encode_once(given, row, known) for row in cells.itertuples(index=False, name=None)]
    names = [*IDENTITIES, *CARD_CATEGORIES, *CARD_NUMBERS, *CHEMISTRY_NUMBERS, "binder_class", "template_wt_percent"]
    return pd.DataFrame(rows, columns=names, index=recipes.index)


@functools.lru_cache(maxsize=65_536)
def _encode_once(names: tuple[str, ...], cells: tuple[Any, ...], known: Catalogue) -> dict[str, Any]:
    return encode_row(dict(zip(names, cells, strict=True)), known)


def encode_row(recipe: Mapping[Any, Any], known: Catalogue) -> dict[str, Any]:
    """Return the card and the chemistry of one recipe; nan is not applicable or not reported."""
    sulfide = known.sulfide(recipe["sulfide"], recipe["sulfide_family"])
    binder = known.binder(recipe["binder"], recipe["binder_class"]) if recipe["binder"] else None
    template = known.template(recipe["template"]) if recipe["template"] else None
    contents = (
        _content(recipe["binder_wt_percent"], binder is not None),
        _content(recipe["template_wt_percent"], template is not None),
    )
    densities = (binder.density_g_cm3 if binder else 1.0, template.polymer.density_g_cm3 if template else 1.0)
    return {
        "sulfide": sulfide.name,
        "sulfide_family": sulfide.family,
        "method": str(recipe["method"]),
        "binder": binder.name if binder else NOT_THERE,
        "template": template.name if template else NOT_THERE,
        "binder_wt_percent": contents[0] if binder else math.nan,
        "template_wt_percent": contents[1] if template else math.nan,
        "has_template": float(template is not None),
        "polymer_wt_percent": sum(contents),
        "polymer_volume_percent": sum(
            volume_percent(
                contents_wt_percent=contents, densities_g_cm3=densities, matrix_density_g_cm3=sulfide.density_g_cm3
            )
        ),
        **_binder(binder),
        **_solvent(recipe["solvent"], recipe["donor_number_kcal_mol"], known),
    }


def volume_percent(
    *, contents_wt_percent: tuple[float, ...], densities_g_cm3: tuple[float, ...], matrix_density_g_cm3: float
) -> tuple[float, ...]:
    """Return the volume share in percent of each part of a dense mixture, the matrix making up the rest.

    >>> volume_percent(contents_wt_percent=(50.0,), densities_g_cm3=(1.0,), matrix_density_g_cm3=1.0)
    (50.0,)
    """
    volumes = [content / density for content, density in zip(contents_wt_percent, densities_g_cm3, strict=True)]
    total = sum(volumes) + (100.0 - sum(contents_wt_percent)) / matrix_density_g_cm3
    return tuple(100.0 * volume / total for volume in volumes)


def _content(given: float | None, exists: bool) -> float:  # noqa: FBT001 - one fact about one thing
    if not exists:
        return 0.0
    return math.nan if given is None else float(given)


def _binder(binder: Polymer | None) -> dict[str, Any]:
    return {
        "has_binder": float(binder is not None),
        "binder_class": binder.chemical_class if binder else NOT_THERE,
        "binder_is_polar_film": float(binder is not None and binder.form == "film" and binder.has_net_dipole),
    }


def _solvent(text: str | None, donor_number: float | None, known: Catalogue) -> dict[str, Any]:
    if text is None:
        blank = dict.fromkeys(("donor_number_kcal_mol", "solvent_attack", "solvent_polarity"), math.nan)
        return {"solvent": NOT_THERE, "is_wet": 0.0, "solvent_is_protic": 0.0, **blank}
    mixture = known.mixture(text, donor_number)
    return {
        "solvent": mixture.name,
        "is_wet": 1.0,
        "donor_number_kcal_mol": mixture.donor_number_kcal_mol,
        "solvent_is_protic": float(any(solvent.donates_hydrogen_bond for solvent in mixture.solvents)),
        "solvent_attack": max(attack(s.donor_number_kcal_mol, s.molar_volume_cm3_mol) for s in mixture.solvents),
        "solvent_polarity": max(kirkwood(solvent.permittivity) for solvent in mixture.solvents),
    }


def attack(donor_number_kcal_mol: float, molar_volume_cm3_mol: float) -> float:
    """Return the donor strength per volume of liquid, in kcal per 100 cm3.

    >>> attack(18.0, 18.0)
    100.0
    """
    return 100.0 * donor_number_kcal_mol / molar_volume_cm3_mol


def kirkwood(permittivity: float) -> float:
    """Return the Kirkwood function of the relative permittivity, 0 for a vacuum and towards 0.5 for water."""
    return (permittivity - 1) / (2 * permittivity + 1)


LEAST_CONTENT = 0.1
"""Contents below this, in percent, count as this much: half of the least content of any printed row."""


def log_content(percent: pd.Series) -> pd.Series:
    """Return the decimal logarithm of contents in percent, finite for a membrane without polymer."""
    return pd.Series(np.log10(percent.clip(lower=LEAST_CONTENT)))


TERMS = (
    "log_polymer_volume", "polymer_volume", "solvent_attack", "solvent_polarity", "solvent_is_protic", "is_wet",
    "has_template", "binder_is_polar_film", "is_lgps",
)  # fmt: skip


def terms(encoded: pd.DataFrame) -> pd.DataFrame:
    """Return the terms of an additive model, each about 0 to 2, for encoded recipes whose contents are all known.

    A term that belongs to the solvent is a product with `is_wet`: without a solvent the term is not there. That is
    the physics (no solvent, no attack), not a value filled in, and `is_wet` itself tells the two apart.
    """
    wet = encoded["is_wet"]
    return pd.DataFrame(
        {
            "log_polymer_volume": log_content(encoded["polymer_volume_percent"]),
            "polymer_volume": encoded["polymer_volume_percent"] / 50.0,
            "solvent_attack": encoded["solvent_attack"].where(wet > 0, 0.0) / 20.0,
            "solvent_polarity": encoded["solvent_polarity"].where(wet > 0, 0.0) / 0.25,
            "solvent_is_protic": encoded["solvent_is_protic"],
            "is_wet": wet,
            "has_template": encoded["has_template"],
            "binder_is_polar_film": encoded["binder_is_polar_film"],
            "is_lgps": (encoded["sulfide_family"] == "LGPS").astype(float),
        },
        columns=list(TERMS),
    )
