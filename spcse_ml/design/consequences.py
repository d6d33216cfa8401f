"""What a recipe means beyond its retention: conductivity, areal resistance and cost, where the space knows enough."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.powders import published_conductivity
from spcse_ml.chemistry.transport import areal_resistance_ohm_cm2, membrane_conductivity_ms_cm
from spcse_ml.design.declaration import Declared
from spcse_ml.errors import Fault, InputError

USER_SOURCE = "given"
SOURCE, NO_CONDUCTIVITY = "sigma_p_source", "no_conductivity"
"""Columns: where a powder conductivity is from, and the code of why there is none."""
UNKNOWN_POWDER, NO_THICKNESS = "unknown-powder", "no-planned-thickness"
"""Codes of why a conductivity or a resistance is not known."""
CONDUCTIVITY_COLUMNS = ("sigma_m_ms_cm", "sigma_m_low_ms_cm", "sigma_m_high_ms_cm")
RESISTANCE_COLUMNS = ("areal_resistance_ohm_cm2", "areal_resistance_low_ohm_cm2", "areal_resistance_high_ohm_cm2")


@dataclass(frozen=True)
class Powder:
    """The conductivity of a powder in mS/cm with a low and a high end, and where it is from; nan where unknown."""

    sigma_ms_cm: float = np.nan
    low_ms_cm: float = np.nan
    high_ms_cm: float = np.nan
    source: str = ""


def powder_of(declared: Declared, sulfide: str) -> Powder:
    """Return what is known of a powder: what the user gave, else what is published of its composition, else nothing."""
    sigma_ms_cm = declared.sigma_p_ms_cm.get(sulfide)
    if sigma_ms_cm is not None:
        return Powder(sigma_ms_cm, sigma_ms_cm, sigma_ms_cm, USER_SOURCE)
    published = published_conductivity(sulfide, catalogue().sulfide(sulfide).family)
    if published is None:
        return Powder()
    ends = published.low_quartile_ms_cm, published.high_quartile_ms_cm
    return Powder(published.median_ms_cm, *ends, published.composition)


def conductivities(declared: Declared, scored: pd.DataFrame) -> pd.DataFrame:
    """Return the conductivity of the membrane with its ends, as `resistances` has them; nan without a powder."""
    powders = {name: powder_of(declared, name) for name in pd.unique(scored["sulfide"])}
    columns = {}
    for end, which in {"": "sigma_ms_cm", "_low": "low_ms_cm", "_high": "high_ms_cm"}.items():
        sigmas = _each(scored, {name: getattr(powder, which) for name, powder in powders.items()})
        retention = scored[f"retention{end}_percent"].to_numpy(dtype=float)
        columns[f"sigma_m{end}_ms_cm"] = membrane_conductivity_ms_cm(sigma_p_ms_cm=sigmas, retention_percent=retention)
    return pd.DataFrame(columns, index=scored.index)


def no_powder(declared: Declared, sulfide: str) -> str:
    """Return the code of why a membrane of this sulfide has no conductivity; empty where it has one."""
    return UNKNOWN_POWDER if np.isnan(powder_of(declared, sulfide).sigma_ms_cm) else ""


def no_resistance(declared: Declared, sulfide: str) -> str:
    """Return the code of why a membrane of this sulfide has no areal resistance; empty where it has one."""
    return NO_THICKNESS if declared.planned_thickness_um is None else no_powder(declared, sulfide)


def refuse_unknown(declared: Declared, ranking: str) -> None:
    """Refuse to rank by a conductivity or resistance that is known of no sulfide of the space.

    Raises:
        InputError: no powder conductivity is known, or, for the resistance, no thickness is planned.
    """
    reason_of = {"conductivity": no_powder, "resistance": no_resistance}.get(ranking)
    codes = [reason_of(declared, name) for name in declared.sulfides] if reason_of else []
    if codes and all(codes):
        values = {"sulfides": ", ".join(declared.sulfides)}
        raise InputError([Fault(code, column="rank", given=ranking, values=values) for code in sorted(set(codes))])


def resistances(declared: Declared, scored: pd.DataFrame) -> pd.DataFrame:
    """Return the areal resistance at the planned thickness with its ends, and the powder that it stands on.

    The ends take those of the retention and, where a published range stands in, its quartiles; nan where the thickness
    or the powder is not known.
    """
    powders = {name: powder_of(declared, name) for name in pd.unique(scored["sulfide"])}
    opposite = {"": ("sigma_ms_cm", ""), "_low": ("high_ms_cm", "_high"), "_high": ("low_ms_cm", "_low")}
    planned, columns = np.nan if declared.planned_thickness_um is None else declared.planned_thickness_um, {}
    for end, (which, other) in opposite.items():
        sigmas = _each(scored, {name: getattr(powder, which) for name, powder in powders.items()})
        at_1_percent = membrane_conductivity_ms_cm(sigma_p_ms_cm=sigmas, retention_percent=1.0)
        resists = areal_resistance_ohm_cm2(thickness_um=planned, sigma_ms_cm=at_1_percent)
        with np.errstate(divide="ignore"):  # what keeps nothing resists without end
            columns[f"areal_resistance{end}_ohm_cm2"] = resists / scored[f"retention{other}_percent"].to_numpy(float)
    sigmas = _each(scored, {name: powder.sigma_ms_cm for name, powder in powders.items()})
    sources = scored["sulfide"].map({name: powder.source for name, powder in powders.items()}).astype(object)
    return pd.DataFrame({**columns, "sigma_p_ms_cm": sigmas, "sigma_p_source": sources}, index=scored.index)


def knows_conductivity(declared: Declared) -> bool:
    """Return whether a space gives enough to report conductivities: a powder of its own, or a thickness."""
    return bool(declared.sigma_p_ms_cm) or declared.planned_thickness_um is not None


def with_powder(declared: Declared, answers: pd.DataFrame, sulfides: list[str]) -> pd.DataFrame:
    """Return answers with conductivity, areal resistance, the powder, and the code of why it is not known.

    Without anything about powders or thickness in the space, the answers are as they were and both texts blank.
    """
    if not knows_conductivity(declared):
        return answers.assign(**{SOURCE: "", NO_CONDUCTIVITY: ""})
    recipes = answers.assign(sulfide=sulfides)
    consequences = pd.concat([conductivities(declared, recipes), resistances(declared, recipes)], axis=1)
    columns = {str(name): consequences[name] for name in consequences if name in answers}
    codes = [no_powder(declared, sulfide) for sulfide in sulfides]
    return answers.assign(**columns, **{SOURCE: consequences[SOURCE].to_list(), NO_CONDUCTIVITY: codes})


def costs_per_kg(declared: Declared, recipes: pd.DataFrame) -> np.ndarray:
    """Return the cost of a kilogram of each membrane in the user's currency; nan where a part has no cost."""
    known = declared.cost_per_kg
    rest, total = np.full(len(recipes), 100.0), np.zeros(len(recipes))
    for part in ("binder", "template"):
        content = np.nan_to_num(recipes[f"{part}_wt_percent"].to_numpy(dtype=float))
        cost = _each(recipes, known, part)
        total += np.where(content > 0, content * cost, 0.0)
        rest -= content
    return np.asarray((total + rest * _each(recipes, known, "sulfide")) / 100)


def _each(recipes: pd.DataFrame, values: Mapping[str, float], column: str = "sulfide") -> np.ndarray:
    return recipes[column].map(values).astype(float).to_numpy()
