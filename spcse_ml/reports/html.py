"""The report: one self-contained HTML page that opens by double-click and prints well."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, StrictUndefined
from matplotlib.figure import Figure

from spcse_ml.data.dataset import OWN
from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.looks import Looks
from spcse_ml.evaluation.metrics import CHOSEN
from spcse_ml.evaluation.robustness import RobustnessStudy
from spcse_ml.explanation.summary import ExplanationSummary
from spcse_ml.explanation.term_effects import TermEffects
from spcse_ml.former_names import formerly_called
from spcse_ml.models.model import MembraneModel
from spcse_ml.reports.messages.captions import OF_ERRORS, caption
from spcse_ml.reports.messages.evaluation import evaluation_text, protocol
from spcse_ml.reports.messages.explanation import ASSOCIATIONS, summary_lines
from spcse_ml.reports.messages.runs import LOOKS_UNKNOWN, looks_lines
from spcse_ml.reports.messages.verdict import verdict_text
from spcse_ml.reports.plots.style import svg


@formerly_called(judged="evaluated", scrutiny="study", why="summary")
@dataclass(frozen=True)
class Section:
    """What the report shows of one target."""

    evaluated: EvaluatedModel
    study: RobustnessStudy | None
    summary: ExplanationSummary | None
    """None without skill: then there is no importance to show."""
    figures: Mapping[str, Figure]

    @property
    def effects(self) -> TermEffects | None:
        """Return what the model uses, term by term; None without skill or terms."""
        return self.summary.effects if self.summary else None


@dataclass(frozen=True)
class Imprint:
    """Where the report comes from: version and commit of the code, fingerprint of the data, name of the models."""

    version: str
    commit: str
    fingerprint: str
    model: str
    made: str
    """Date and time, UTC."""


def report_html(
    sections: Sequence[Section],
    imprint: Imprint,
    overview: Figure,
    candidates: Sequence[Mapping[str, Any]] = (),
    looks: Mapping[str, Looks] | None = MappingProxyType({}),
) -> str:
    """Return the page.

    `candidates` are answers to recipes with their evidence cards; `looks` are by target, None where the runs cannot be
    read.
    """
    numbering = iter(range(1, 1_000))
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(Path(__file__).with_name("report.html.j2").read_text(encoding="utf-8"))
    return template.render(
        imprint=imprint,
        overview=_shown("literature", overview, next(numbering)),
        sections=[_section(section, numbering, looks) for section in sections],
        candidates=candidates,
        methods=methods_paragraph(sections[0].evaluated),
        associations=ASSOCIATIONS,
    )


def methods_paragraph(evaluated: EvaluatedModel) -> str:
    """Return a paragraph for the methods section of a paper, filled with this model's figures."""
    evaluation, target = evaluated.evaluation, evaluated.model.target
    score, covered = evaluation.scores[CHOSEN], evaluation.coverage
    low, high = covered.range
    unit, gain = target.error_unit, evaluation.gain
    held_out = evaluation.held_out
    published = held_out[~held_out["paper"].str.startswith(OWN)]
    own = f" and {evaluated.own.n_rows} own rows of {evaluated.own.n_batches} batches" if evaluated.own else ""
    groups = "own batches" if evaluation.is_of_own else "papers"
    return (
        f"The {target.name} of sulfide-polymer membranes was modelled on {len(published)} published rows of "
        f"{published['paper'].nunique()} papers (Li et al., Chinese Chemical Letters 2025; corrections listed row by "
        f"row){own} (data fingerprint {evaluated.fingerprint}). {_encoding(evaluated.model)} "
        f"({evaluated.model.estimator.replace('_', ' ')}) was chosen and its intervals calibrated inside nested "
        f"{protocol(evaluation)}; papers that share a recipe were held out together. On held-out "
        f"{groups} the mean absolute error was {score.mae:.1f} {unit} (skill {score.skill:.2f} relative to the mean of "
        f"the training rows; gain over that mean {gain.mean:.1f}, 95 % interval {gain.low:.1f} to {gain.high:.1f}). "
        f"Prediction intervals at a nominal {covered.level:.0%} covered {covered.hits} of {covered.n} rows (true "
        f"coverage {low:.0%} to {high:.0%}, Clopper-Pearson) with a mean width of {covered.mean_width:.0f} {unit}. "
        "Contributions are exact Shapley values of the recipe components. All scores are retrospective: the "
        "encoding was designed with knowledge of the outcomes."
    )


def _encoding(model: MembraneModel) -> str:
    """Return how recipes were encoded, up to the estimator."""
    if model.specification is not None:
        return f"Recipes were encoded by: {', '.join(model.specification.feature_names)}. The estimator"
    return (
        "Recipes were encoded by polymer volume, solvent attack and polarity, template and binder labels assigned "
        "without knowledge of the outcomes. The estimator"
    )


def _section(section: Section, numbering: Any, looks: Mapping[str, Looks] | None) -> dict[str, Any]:
    evaluated, target = section.evaluated, section.evaluated.model.target
    counted = [LOOKS_UNKNOWN] if looks is None else []
    if looks and target.name in looks:
        counted = looks_lines(looks[target.name], target)
    figures = {name.removeprefix(f"{target.name}_"): figure for name, figure in section.figures.items()}
    return {
        "name": target.name,
        "symbol": target.symbol,
        "unit": target.error_unit,
        "verdict": evaluated.verdict.value,
        "sentence": verdict_text(evaluated.evaluation, evaluated.verdict),
        "text": "\n".join(
            [evaluation_text(evaluated.evaluation, evaluated.verdict, section.study, evaluated.own), *counted]
        ),
        "why": "\n".join(summary_lines(section.summary)) if section.summary else "",
        "figures": [_shown(name, figure, next(numbering)) for name, figure in figures.items() if name in OF_ERRORS],
        "why_figures": [_shown(name, figure, next(numbering)) for name, figure in figures.items()
                        if name not in OF_ERRORS],
    }  # fmt: skip


def _shown(name: str, figure: Figure, number: int) -> dict[str, Any]:
    _, text, command = caption(name)
    image = f"data:image/svg+xml;base64,{base64.b64encode(svg(figure)).decode()}"
    return {"image": image, "caption": text, "command": command, "number": number}
