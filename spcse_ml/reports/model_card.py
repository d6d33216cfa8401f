"""The card that goes with a model: what it is for, how good it is, what it cannot know."""

from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.explanation.robustness_study import RobustnessStudy
from spcse_ml.reports.messages.evaluation import evaluation_text

_LIMITS = (
    "The rows come from papers that report what worked; failures are missing.",
    "Laboratories disagree by several points on like recipes; that part cannot be learnt from these columns.",
    "Whoever designed the encoding had seen the outcomes, so every score here is retrospective.",
    "Not told by the columns: particle size, pressure, drying, openness of a template, molecular weight of a binder.",
)


def model_card(evaluated: EvaluatedModel, study: RobustnessStudy | None = None) -> str:
    """Return the card of a judged model as Markdown, with what a long look found where one was taken."""
    model = evaluated.model
    lines = [
        f"# Model card: {model.target.name} ({model.target.symbol}, {model.target.unit})", "",
        f"- Verdict: {evaluated.verdict.value}.",
        f"- Predicts: {model.target.meaning}.",
        f"- Learnt from {len(model.training_rows.places)} rows; data fingerprint {evaluated.fingerprint}.",
        f"- Estimator: {model.estimator}.", "",
        "## How good it is", "",
        "```text", evaluation_text(evaluated.evaluation, evaluated.verdict, study, evaluated.own), "```", "",
        "## What it cannot know", "", *(f"- {limit}" for limit in _LIMITS), "",
    ]  # fmt: skip
    return "\n".join(lines)
