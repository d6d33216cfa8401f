"""All there is to say of why a model predicts what it does, put together for whoever draws or words it."""

from dataclasses import dataclass

from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.robustness import RobustnessStudy
from spcse_ml.explanation.shapley import Explanation, explain, explain_solvent
from spcse_ml.explanation.term_effects import TermEffects, term_effects
from spcse_ml.former_names import formerly_called


@formerly_called(scrutiny="study")
@dataclass(frozen=True)
class ExplanationSummary:
    """The feature importance of a model, and how certain it is where a robustness study belongs to the model."""

    explanation: Explanation
    """Of the training rows, by the model of all papers."""
    study: RobustnessStudy | None = None
    solvent_among_wet: float = 0.0
    """Mean absolute contribution of the solvent alone among rows that have one, in the target's unit."""
    effects: TermEffects | None = None
    """What the model uses, term by term, where it has terms."""


def summarise(evaluated: EvaluatedModel, study: RobustnessStudy | None = None) -> ExplanationSummary:
    """Return the feature importance of a model with skill, beside the robustness study that belongs to it."""
    recipes = evaluated.model.training_rows.recipes
    solvent = explain_solvent(evaluated.model, recipes[recipes["solvent"].notna()]).importance["solvent"]
    return ExplanationSummary(explain(evaluated.model), study, float(solvent), term_effects(evaluated.model))
