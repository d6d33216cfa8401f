"""Recipes become the table of answers: both targets with intervals, domain, verdicts and what follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spcse_ml.chemistry.compatibility import broken_rules
from spcse_ml.chemistry.transport import areal_resistance_ohm_cm2, membrane_conductivity_ms_cm
from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.lab_benefit import LabBenefit
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.former_names import formerly
from spcse_ml.models.applicability import STATUSES
from spcse_ml.models.conformal import LEVEL
from spcse_ml.models.model import MembraneModel
from spcse_ml.schema import RETENTION, THICKNESS, Formulation

ANSWER_COLUMNS = (
    "retention_percent", "retention_low_percent", "retention_high_percent",
    "thickness_um", "thickness_low_um", "thickness_high_um",
    "sigma_m_ms_cm", "sigma_m_low_ms_cm", "sigma_m_high_ms_cm",
    "domain", "domain_reason", "retention_verdict", "thickness_verdict",
    "areal_resistance_ohm_cm2", "areal_resistance_low_ohm_cm2", "areal_resistance_high_ohm_cm2",
    "model", "broken_rules",
)  # fmt: skip


@dataclass(frozen=True)
class EvaluatedModel:
    """A model with the evaluation of the procedure that made it and the verdict on that."""

    model: MembraneModel
    evaluation: Evaluation
    verdict: Verdict
    fingerprint: str
    """Of the data set it learnt from."""
    own: LabBenefit | None = None
    """What one's own rows changed, where it learnt from some."""


@dataclass(frozen=True)
class ModelPair:
    """The judged models of both targets, under one name."""

    name: str
    retention: EvaluatedModel
    thickness: EvaluatedModel

    @property
    def by_target(self) -> dict[str, EvaluatedModel]:
        """Return the judged models by the name of their target."""
        return {RETENTION.name: self.retention, THICKNESS.name: self.thickness}


def answer(
    pair: ModelPair, formulations: Sequence[Formulation], *, level: float = LEVEL, shows_own: bool = True
) -> pd.DataFrame:
    """Return one row per recipe with the columns `ANSWER_COLUMNS`; what cannot be told stays nan.

    Unless own rows are shown, reasons tell of published rows alone; the numbers are the same.
    Membrane conductivity needs a powder conductivity; areal resistance a planned thickness besides.

    Raises:
        InputError: the level is more than the number of papers supports, or a name is not known.
    """
    retention, thickness = (evaluated.model.predict(formulations, level=level, shows_own=shows_own)
                            for evaluated in (pair.retention, pair.thickness))  # fmt: skip
    table = pd.DataFrame(
        {
            **_named("retention{}_percent", retention, RETENTION.column),
            **_named("thickness{}_um", thickness, THICKNESS.column),
            **_domain(retention, thickness, has_thickness=pair.thickness.verdict is not Verdict.NO_SKILL),
            "retention_verdict": pair.retention.verdict.value,
            "thickness_verdict": pair.thickness.verdict.value,
            "model": pair.name,
            "broken_rules": ["; ".join(rule.name for rule in broken_rules(recipe)) for recipe in formulations],
        }
    )
    return table.assign(**_consequences(table, formulations))[list(ANSWER_COLUMNS)]


def _domain(retention: pd.DataFrame, thickness: pd.DataFrame, *, has_thickness: bool) -> dict[str, list[str]]:
    """Return the domain and its reason: of both models, the worse, where that of the thickness tells anything."""
    statuses, reasons = (list(retention[name]) for name in ("domain", "domain_reason"))
    if has_thickness:
        statuses = [max(pair, key=STATUSES.index) for pair in zip(statuses, thickness["domain"], strict=True)]
        both = zip(reasons, thickness["domain_reason"], strict=True)
        reasons = [
            first if first == second or not second else "; ".join(filter(None, [first, f"for the thickness: {second}"]))
            for first, second in both
        ]
    return {"domain": statuses, "domain_reason": reasons}


def _named(pattern: str, predicted: pd.DataFrame, column: str) -> dict[str, pd.Series]:
    ends = {"": column, "_low": "low", "_high": "high"}
    return {pattern.format(end): predicted[name] for end, name in ends.items()}


def _consequences(table: pd.DataFrame, formulations: Sequence[Formulation]) -> dict[str, np.ndarray]:
    powder = np.array([recipe.sigma_p_ms_cm for recipe in formulations], dtype=float)  # None is nan
    planned = np.array([recipe.planned_thickness_um for recipe in formulations], dtype=float)
    columns = {}
    for end, opposite in {"": "", "_low": "_high", "_high": "_low"}.items():  # the best conductor resists least
        retention = table[f"retention{end}_percent"].to_numpy(dtype=float)
        columns[f"sigma_m{end}_ms_cm"] = sigma = membrane_conductivity_ms_cm(
            sigma_p_ms_cm=powder, retention_percent=retention
        )
        with np.errstate(divide="ignore"):  # what may keep nothing resists without end
            resists = areal_resistance_ohm_cm2(thickness_um=planned, sigma_ms_cm=sigma)
        columns[f"areal_resistance{opposite}_ohm_cm2"] = resists
    return columns


formerly(__name__, JudgedModel="EvaluatedModel")
