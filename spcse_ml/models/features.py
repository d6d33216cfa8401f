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
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from spcse_ml.chemistry.catalogue import Catalogue, catalogue
from spcse_ml.models.distinct_rows import distinct, plain_rows

IDENTITIES = ("sulfide", "solvent")
"""Catalogue names that the domain looks at and no estimator sees."""

CARD_CATEGORIES = ("sulfide_family", "binder", "method", "template")
CARD_NUMBERS = ("binder_wt_percent", "donor_number_kcal_mol")
CHEMISTRY_NUMBERS = (
    "polymer_wt_percent", "polymer_volume_percent", "solvent_attack", "solvent_polarity", "solvent_is_protic", "is_wet",
    "has_binder", "has_template", "binder_is_polar_film",
)  # fmt: skip
NOT_THERE = "none"
Amount = TypeVar("Amount", float, np.ndarray)


def encode(recipes: pd.DataFrame, known: Catalogue | None = None) -> pd.DataFrame:
    """Return the card and the chemistry of each recipe, one row each, columns as listed in this module.

    What belongs to a substance is looked up once for each that occurs, so that millions of recipes cost little. Names
    are categories.

    Raises:
        InputError: a name is not known and nothing stands in for it.
    """
    known = known or catalogue()
    sulfide, density = _of_each(recipes, ("sulfide", "sulfide_family"), _sulfide, known)
    binder, binder_density = _of_each(recipes, ("binder", "binder_class"), _binder, known)
    template, template_density = _of_each(recipes, ("template",), _template, known)
    solvent, _ = _of_each(recipes, ("solvent", "donor_number_kcal_mol"), _solvent_features, known)
    contents = (_content_features(recipes, "binder", binder), _content_features(recipes, "template", template))
    volumes = volume_percent(contents, (binder_density, template_density), matrix_density_g_cm3=density)
    columns = {
        **sulfide, **binder, **template, **solvent,
        "method": _of_each(recipes, ("method",), _method, known)[0]["method"],
        "binder_wt_percent": np.where(binder["has_binder"] > 0, contents[0], np.nan),
        "template_wt_percent": np.where(template["has_template"] > 0, contents[1], np.nan),
        "polymer_wt_percent": contents[0] + contents[1],
        "polymer_volume_percent": sum(volumes),
    }  # fmt: skip
    names = [*IDENTITIES, *CARD_CATEGORIES, *CARD_NUMBERS, *CHEMISTRY_NUMBERS, "binder_class", "template_wt_percent"]
    return pd.DataFrame({name: columns[name] for name in names}, index=recipes.index, copy=False)


Encoded = tuple[dict[str, Any], float]
"""What is told of a substance, and its density in g/cm3 (1 where it is not there)."""


def _of_each(
    recipes: pd.DataFrame, names: tuple[str, ...], tell: Callable[..., Encoded], known: Catalogue
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return for each recipe what is told of the substance that these columns name, and its density."""
    numbers, first = distinct(recipes, names)
    encoded = [tell(*row.values(), known) for row in plain_rows(recipes, names, first)]
    columns = {
        name: _column([features[name] for features, _ in encoded], numbers)
        for name in (encoded[0][0] if encoded else ())
    }
    return columns, np.array([density for _, density in encoded])[numbers]


def _column(values: list[Any], numbers: np.ndarray) -> Any:
    """Return for each row the value of its number, names as categories."""
    if not isinstance(values[0], str):
        return np.array(values, dtype=float)[numbers]
    names = tuple(sorted(set(values)))
    codes = np.array([names.index(value) for value in values])[numbers]
    return pd.Categorical.from_codes(codes, dtype=_categories(names), validate=False)


@functools.lru_cache(maxsize=4096)
def _categories(names: tuple[str, ...]) -> pd.CategoricalDtype:
    """Return the type of a column of these names; made once, for pandas takes as long as for everything else here."""
    return pd.CategoricalDtype(pd.Index(names, dtype=object))


@functools.lru_cache(maxsize=4096)
def _sulfide(name: str, family: str | None, known: Catalogue) -> Encoded:
    sulfide = known.sulfide(name, family)
    return {"sulfide": sulfide.name, "sulfide_family": sulfide.family}, sulfide.density_g_cm3


@functools.lru_cache(maxsize=4096)
def _binder(name: str | None, chemical_class: str | None, known: Catalogue) -> Encoded:
    binder = known.binder(name, chemical_class) if name else None
    return {
        "binder": binder.name if binder else NOT_THERE,
        "has_binder": float(binder is not None),
        "binder_class": binder.chemical_class if binder else NOT_THERE,
        "binder_is_polar_film": float(binder is not None and binder.form == "film" and binder.has_net_dipole),
    }, binder.density_g_cm3 if binder else 1.0


@functools.lru_cache(maxsize=4096)
def _template(name: str | None, known: Catalogue) -> Encoded:
    template = known.template(name) if name else None
    columns = {"template": template.name if template else NOT_THERE, "has_template": float(template is not None)}
    return columns, template.polymer.density_g_cm3 if template else 1.0


def _method(name: str, _known: Catalogue) -> Encoded:
    return {"method": str(name)}, 1.0


def _content_features(recipes: pd.DataFrame, thing: str, encoded: Mapping[str, np.ndarray]) -> np.ndarray:
    contents = recipes[f"{thing}_wt_percent"].to_numpy(dtype=float)
    return np.where(encoded[f"has_{thing}"] > 0, contents, 0.0)


def volume_percent(
    contents_wt_percent: Sequence[Amount], densities_g_cm3: Sequence[Amount], *, matrix_density_g_cm3: Amount
) -> tuple[Amount, ...]:
    """Return the volume share in percent of each part of a dense mixture, the matrix making up the rest.

    >>> volume_percent([50.0], [1.0], matrix_density_g_cm3=1.0)
    (50.0,)
    """
    volumes = [content / density for content, density in zip(contents_wt_percent, densities_g_cm3, strict=True)]
    total = sum(volumes) + (100.0 - sum(contents_wt_percent)) / matrix_density_g_cm3
    return tuple(100.0 * volume / total for volume in volumes)


@functools.lru_cache(maxsize=4096)
def _solvent_features(text: str | None, donor_number: float | None, known: Catalogue) -> Encoded:
    if text is None:
        blank = dict.fromkeys(("donor_number_kcal_mol", "solvent_attack", "solvent_polarity"), math.nan)
        return {"solvent": NOT_THERE, "is_wet": 0.0, "solvent_is_protic": 0.0, **blank}, 1.0
    mixture = known.mixture(text, donor_number)
    return {
        "solvent": mixture.parts,
        "is_wet": 1.0,
        "donor_number_kcal_mol": mixture.donor_number_kcal_mol,
        "solvent_is_protic": float(any(solvent.donates_hydrogen_bond for solvent in mixture.solvents)),
        "solvent_attack": max(attack(s.donor_number_kcal_mol, s.molar_volume_cm3_mol) for s in mixture.solvents),
        "solvent_polarity": max(kirkwood(solvent.permittivity) for solvent in mixture.solvents),
    }, 1.0


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


def log_content(percent: np.ndarray) -> np.ndarray:
    """Return the decimal logarithm of contents in percent, finite for a membrane without polymer."""
    return np.asarray(np.log10(np.maximum(percent, LEAST_CONTENT)))


TERMS = (
    "log_polymer_volume", "polymer_volume", "solvent_attack", "solvent_polarity", "is_wet", "has_template",
    "binder_is_polar_film", "is_lgps",
)  # fmt: skip
"""None that fewer than four papers speak for or against (docs/decisions/0015-models-on-the-checked-table.md)."""

TERM_UNITS = {"polymer_volume": 50.0, "solvent_attack": 20.0, "solvent_polarity": 0.25}
"""What one unit of a term is: vol%, kcal per 100 cm3, and of the Kirkwood function."""


def terms(encoded: pd.DataFrame) -> pd.DataFrame:
    """Return the terms of an additive model, each about 0 to 2, for encoded recipes whose contents are all known.

    A term that belongs to the solvent is a product with `is_wet`: without a solvent the term is not there. That is
    the physics (no solvent, no attack), not a value filled in, and `is_wet` itself tells the two apart.
    """
    wet = encoded["is_wet"]
    return pd.DataFrame(
        {
            "log_polymer_volume": log_content(encoded["polymer_volume_percent"].to_numpy()),
            "polymer_volume": encoded["polymer_volume_percent"] / TERM_UNITS["polymer_volume"],
            "solvent_attack": encoded["solvent_attack"].where(wet > 0, 0.0) / TERM_UNITS["solvent_attack"],
            "solvent_polarity": encoded["solvent_polarity"].where(wet > 0, 0.0) / TERM_UNITS["solvent_polarity"],
            "is_wet": wet,
            "has_template": encoded["has_template"],
            "binder_is_polar_film": encoded["binder_is_polar_film"],
            "is_lgps": (encoded["sulfide_family"] == "LGPS").astype(float),
        },
        columns=list(TERMS),
    )
