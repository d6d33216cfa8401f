"""The card that goes with a model: purpose, evaluation, limitations."""

from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.looks import Looks
from spcse_ml.evaluation.robustness import RobustnessStudy
from spcse_ml.explanation.term_effects import TermEffects
from spcse_ml.reports.messages.evaluation import estimator_text, evaluation_text
from spcse_ml.reports.messages.explanation import effect_lines
from spcse_ml.reports.messages.runs import looks_lines

_LIMITS = (
    "Published membranes are successes; failed ones are not reported.",
    "Comparable membranes differ by several points between laboratories; these columns cannot explain that part.",
    "The encoding was designed with knowledge of the outcomes, so every score here is retrospective.",
    "Not among the columns: particle size, pressure, drying, template opening, molecular weight of the binder.",
)


def model_card(
    evaluated: EvaluatedModel,
    study: RobustnessStudy | None = None,
    effects: TermEffects | None = None,
    *,
    looks: Looks | None = None,
    heading_level: int = 1,
) -> str:
    """Return the card of an evaluated model as Markdown, with the robustness study that belongs to it.

    Its title is a heading of that level, its parts are of the next.

    Args:
        evaluated: the model with its evaluation.
        study: the robustness study of the same procedure, where one is shipped.
        effects: what the model uses, as `term_effects` returns it.
        looks: how many procedures the store scored on the same rows.
        heading_level: of the title.

    Returns:
        Markdown.
    """
    model, title, part = evaluated.model, "#" * heading_level, "#" * (heading_level + 1)
    uses = [f"{part} What it uses", "", "```text", *effect_lines(effects), "```", ""] if effects else []
    lines = [
        f"{title} Model card: {model.target.name} ({model.target.symbol}, {model.target.unit})", "",
        f"- Verdict: {evaluated.verdict.value}.",
        f"- Predicts: {model.target.meaning}.",
        f"- Training membranes: {len(model.training_rows.places)}; data fingerprint {evaluated.fingerprint}.",
        f"- Estimator: {estimator_text(model)}.", "",
        *uses,
        f"{part} Evaluation", "",
        "```text", evaluation_text(evaluated.evaluation, evaluated.verdict, study, evaluated.own),
        *(looks_lines(looks, model.target) if looks else []), "```", "",
        f"{part} Limitations", "", *(f"- {limit}" for limit in _LIMITS), "",
    ]  # fmt: skip
    return "\n".join(lines)
