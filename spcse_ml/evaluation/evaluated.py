"""Models with their verdict, and the pair of them that predicts both targets with what follows from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compatibility import broken_rules
from spcse_ml.chemistry.transport import areal_resistance_ohm_cm2, membrane_conductivity_ms_cm
from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.lab_benefit import LabBenefit
from spcse_ml.evaluation.verdict import Verdict
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
    "model", "broken_rules", "domain_codes", "sulfide_family", "measured_retention_percent", "interval_holds_measured",
    "donor_number", "claimed_otherwise", "remarks", "remark_codes", "as_written",
)  # fmt: skip
"""What a prediction has to say, in order; `domain_reason` and `domain_codes` stand for `domain_reasons`, and
`measured_retention_percent`, `interval_holds_measured` and `claimed_otherwise` for the training membranes of the very
recipe."""


@dataclass(frozen=True)
class EvaluatedModel:
    """A model with the evaluation of the procedure that made it and the verdict on that."""

    model: MembraneModel
    evaluation: Evaluation
    verdict: Verdict
    fingerprint: str
    """Of the data set it learnt from."""
    own: LabBenefit | None = None
    """What one's own rows changed, where some are among its training rows."""
    recalibrated_from: int | None = None
    """Schema of the model file that it was read from, where its intervals had to be calibrated anew."""


@dataclass(frozen=True)
class TrainedModels:
    """The evaluated models of an experiment by the name of their target, of one target or of both."""

    name: str
    by_target: Mapping[str, EvaluatedModel]


@dataclass(frozen=True)
class ModelPair:
    """The evaluated models of both targets, under one name."""

    name: str
    retention: EvaluatedModel
    thickness: EvaluatedModel

    @property
    def by_target(self) -> dict[str, EvaluatedModel]:
        """Return the evaluated models by the name of their target."""
        return {RETENTION.name: self.retention, THICKNESS.name: self.thickness}

    def predict(
        self, formulations: Sequence[Formulation], *, level: float = LEVEL, shows_own: bool = True
    ) -> pd.DataFrame:
        """Return one row per recipe: both targets with their intervals, domain, verdicts and what follows from them.

        Columns are those of `ANSWER_COLUMNS`, but `domain_reasons` in place of its text and codes, a tuple of
        `DomainReason` which name published membranes alone unless own rows are shown, and nothing of membranes made or
        of where a donor number is from. Membrane conductivity needs a powder conductivity, areal resistance a planned
        thickness besides; without them they are nan.

        Args:
            formulations: n recipes.
            level: level of the intervals, a fraction.
            shows_own: False lets the reasons name published membranes alone; the numbers are the same.

        Returns:
            n rows.

        Raises:
            InputError: the level is more than the number of papers supports, or a name is not known.
        """
        retention, thickness = (
            evaluated.model.predict(formulations, level=level, shows_own=shows_own)
            for evaluated in (self.retention, self.thickness)
        )
        families = [catalogue().sulfide(recipe.sulfide, recipe.sulfide_family).family for recipe in formulations]
        table = pd.DataFrame(
            {
                **_named("retention{}_percent", retention, RETENTION.column),
                **_named("thickness{}_um", thickness, THICKNESS.column),
                **_domain(retention, thickness if self.thickness.verdict is not Verdict.NO_SKILL else retention),
                "retention_verdict": self.retention.verdict.value,
                "thickness_verdict": self.thickness.verdict.value,
                "model": self.name,
                "broken_rules": ["; ".join(rule.name for rule in broken_rules(recipe)) for recipe in formulations],
                "sulfide_family": families,
            }
        )
        return table.assign(**_consequences(table, formulations))


def _domain(retention: pd.DataFrame, thickness: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the domain of both models, the worse, and the reasons; those of the thickness alone are marked."""
    statuses = zip(retention["domain"], thickness["domain"], strict=True)
    reasons = zip(retention["domain_reasons"], thickness["domain_reasons"], strict=True)
    return {
        "domain": [max(pair, key=STATUSES.index) for pair in statuses],
        "domain_reasons": [
            (*first, *(replace(reason, target=THICKNESS.name) for reason in second if reason not in first))
            for first, second in reasons
        ],
    }


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
