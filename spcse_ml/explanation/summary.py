"""All there is to say of why a model predicts what it does, put together for whoever draws or words it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.metrics import Gain
from spcse_ml.explanation.importance import Shift, error_added, shifts, unseen_contributions
from spcse_ml.explanation.robustness_study import RobustnessStudy
from spcse_ml.explanation.shapley import Explanation, explain, explain_solvent
from spcse_ml.former_names import formerly_called


@formerly_called(scrutiny="study")
@dataclass(frozen=True)
class ExplanationSummary:
    """What a model leans on, and how sure that is where the long look was taken at the procedure."""

    explanation: Explanation
    """Of the training rows, by the model of all papers."""
    study: RobustnessStudy | None = None
    unseen: pd.DataFrame | None = None
    """Contributions to every training row from the model that had not seen its paper, in the target's unit."""
    added: Mapping[str, Gain] = field(default_factory=dict)
    """By how much the error on held-out papers grows when other rows lend the player, in the target's unit."""
    solvent_among_wet: float = 0.0
    """Mean absolute contribution of the solvent alone among rows that have one, in the target's unit."""
    shifts: tuple[Shift, ...] = ()
    """Conclusions that hang on one paper."""


def summarise(evaluated: EvaluatedModel, study: RobustnessStudy | None = None) -> ExplanationSummary:
    """Return what the model of a target with skill leans on; without a long look, how sure that is stays open."""
    explanation, recipes = explain(evaluated.model), evaluated.model.training_rows.recipes
    solvent = float(explain_solvent(evaluated.model, recipes[recipes["solvent"].notna()]).importance["solvent"])
    if study is None or not study.papers:
        return ExplanationSummary(explanation, study, solvent_among_wet=solvent)
    papers = study.papers
    changed = tuple(shifts(evaluated.model, evaluated.verdict.value, papers))
    unseen = unseen_contributions(evaluated.model.training_rows, papers)
    return ExplanationSummary(explanation, study, unseen, error_added(papers), solvent, changed)
