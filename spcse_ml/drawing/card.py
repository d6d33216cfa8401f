"""The model card: what a model is, what it learnt from, how wrong it is and what it must not be used for."""

from spcse_ml.drawing.text import scrutiny_lines
from spcse_ml.judging.answer import JudgedModel
from spcse_ml.judging.evaluation import CHOSEN, by_domain, by_method
from spcse_ml.judging.scrutiny import Scrutiny
from spcse_ml.judging.verdict import in_words

_LIMITS = (
    "The rows come from papers that report what worked; failures are missing.",
    "Laboratories disagree by several points on like recipes; that part cannot be learnt from these columns.",
    "Whoever designed the encoding had seen the outcomes, so every score here is retrospective.",
    "Not told by the columns: particle size, pressure, drying, openness of a template, molecular weight of a binder.",
)


def model_card(judged: JudgedModel, scrutiny: Scrutiny | None = None) -> str:
    """Return the card of a judged model as Markdown, with what a long look found where one was taken."""
    evaluation, model = judged.evaluation, judged.model
    unit, score, coverage = model.target.error_unit, evaluation.scores[CHOSEN], evaluation.coverage
    looked = scrutiny_lines(model.target, scrutiny) if scrutiny else []
    groups = (("Domain", by_domain(evaluation.predictions)), ("Method", by_method(evaluation.predictions)))
    lines = [
        f"# Model card: {model.target.name} ({model.target.symbol}, {model.target.unit})", "",
        f"**Verdict.** {in_words(model.target, judged.verdict)}", "",
        f"- Predicts: {model.target.meaning}.",
        f"- Learnt from {evaluation.n_rows} rows of {evaluation.n_papers} papers.",
        f"- Data fingerprint: {judged.fingerprint}.",
        f"- Estimator: {model.estimator}.",
        f"- Errors on papers held out, one at a time, everything learnt anew: mean {score.mae:.1f} {unit}, "
        f"root mean square {score.rmse:.1f} {unit}, skill {score.skill:.2f}.",
        f"- Gain over the mean: {evaluation.gain.mean:.1f} {unit} (95 % interval {evaluation.gain.low:.1f} to "
        f"{evaluation.gain.high:.1f}).",
        *(
            [f"- Shuffled outcomes are predicted as well with p = {chance:.3f} ({len(evaluation.shuffled)} shuffles)."]
            if (chance := evaluation.p_of_chance) is not None
            else []
        ),
        f"- {coverage.level:.0%} intervals held {coverage.hits} of {coverage.n} held-out rows; mean width "
        f"{coverage.mean_width:.0f} {unit}; true coverage between {coverage.range[0]:.0%} and {coverage.range[1]:.0%}.",
        *(
            f"- {heading} {record.group}: {record.coverage.n} held-out rows, mean error {record.mae:.1f} {unit}, "
            f"mean width {record.coverage.mean_width:.0f}, {record.coverage.hits} in their interval."
            for heading, records in groups
            for record in records
        ), "",
        "## Errors of each estimator on the same held-out papers", "",
        f"| estimator | MAE ({unit}) | RMSE ({unit}) | skill | Spearman | MAE, contents known ({unit}) |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {scores.mae:.1f} | {scores.rmse:.1f} | {scores.skill:.2f} | {scores.spearman:.2f} "
            f"| {evaluation.complete[name]:.1f} |"
            for name, scores in sorted(evaluation.scores.items(), key=lambda item: item[1].mae)
        ), "",
        *(["## The long look", "", *(f"- {line}" for line in looked), ""] if looked else []),
        "## What it cannot know", "", *(f"- {limit}" for limit in _LIMITS), "",
    ]  # fmt: skip
    return "\n".join(lines)
