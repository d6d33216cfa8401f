"""Films that differ in the sulfide alone and that the model cannot tell apart: the better conductor stands for them.

Retention is a ratio, and the model knows of a sulfide little more than its family. Where a space tells what its powders
conduct, a film of a tenth of the conductivity is not as good a proposal as that of the others.
"""

import numpy as np
import pandas as pd

from spcse_ml.design.consequences import conductivities, no_powder, no_resistance, resistances
from spcse_ml.design.declared import Declared
from spcse_ml.models.model import MembraneModel
from spcse_ml.schema import RETENTION

TIE = 1.0
"""Points of retention within which films are the same to the model: answers are shown in whole percent."""

SOURCE = "sigma_p_source"
_FILM = ["method", "binder", "binder_wt_percent", "template", "template_wt_percent", "solvent"]


def is_told(declared: Declared) -> bool:
    """Return whether a space says enough for conductivities to be told: a powder of its own, or a thickness."""
    return bool(declared.sigma_p_ms_cm) or declared.planned_thickness_um is not None


def is_better_conducted(declared: Declared, candidates: pd.DataFrame, model: MembraneModel) -> np.ndarray:
    """Return which candidates have a twin: the film of another sulfide, tied, as well known, that conducts more."""
    if not is_told(declared) or candidates.empty:
        return np.zeros(len(candidates), dtype=bool)
    said = model.predict_frame(model.as_asked(candidates))
    values = said[RETENTION.column].to_numpy(dtype=float)
    sigmas = _sigmas(declared, candidates, values)
    films = candidates[_FILM].astype(object).fillna("").groupby(_FILM, sort=False).ngroup().to_numpy()
    found = np.zeros(len(candidates), dtype=bool)
    places = said["domain"].astype(str).to_numpy()
    for some in pd.Series(range(len(candidates))).groupby([films, places]).indices.values():
        tied = np.abs(values[some, None] - values[None, some]) <= TIE
        found[some] = (tied & (sigmas[None, some] > sigmas[some, None])).any(axis=1)
    return found


def _sigmas(declared: Declared, candidates: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    ends = {f"retention{end}_percent": values for end in ("", "_low", "_high")}
    told = conductivities(declared, candidates[["sulfide"]].assign(**ends))
    return told["sigma_m_ms_cm"].to_numpy(dtype=float)


def with_powder(declared: Declared, answers: pd.DataFrame, sulfides: list[str]) -> pd.DataFrame:
    """Return answers with conductivity, areal resistance, the powder and why there is none; as they are if untold."""
    if not is_told(declared):
        return answers.assign(**{SOURCE: ""})
    asked = answers.assign(sulfide=sulfides)
    told = pd.concat([conductivities(declared, asked), resistances(declared, asked)], axis=1)
    lacking = [no_powder(declared, name) or no_resistance(declared, name) for name in sulfides]
    sources = [source or why for source, why in zip(told[SOURCE], lacking, strict=True)]
    return answers.assign(**{str(name): told[name] for name in told if name in answers}, **{SOURCE: sources})


INTERCHANGEABLE = (
    "The sulfides of a proposal are interchangeable to the model: retention is a ratio, and the space tells no powder. "
    "Fill [sigma_p_ms_cm] in its TOML, and ties go to the better conductor."
)
