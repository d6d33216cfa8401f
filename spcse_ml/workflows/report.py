"""The path to the report: the answering models with their evaluation and explanation, and any candidates."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spcse_ml import __version__
from spcse_ml.data.dataset import frame_of
from spcse_ml.data.literature import literature
from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.looks import Looks
from spcse_ml.evaluation.robustness import shipped_study
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.explanation.summary import summarise
from spcse_ml.former_names import formerly_named, no_longer_needed
from spcse_ml.reports.html import Imprint, Section, report_html
from spcse_ml.reports.messages.predictions import candidate_text
from spcse_ml.reports.plots.evaluation import literature_figure
from spcse_ml.reports.plots.explanation import summary_figures
from spcse_ml.storage.champion import answering_pair
from spcse_ml.storage.files import write_whole
from spcse_ml.storage.tracking import commit
from spcse_ml.workflows.pictures import evaluation_pictures
from spcse_ml.workflows.predict import DEFAULT_LEVEL, Answers, predict_file
from spcse_ml.workflows.runs import known_looks


def write_report(store: Path, path: Path, *, candidates: Path | None = None) -> None:
    """Write the report on the answering models to an HTML file, with answers to a CSV file of candidates if given."""
    rows = [] if candidates is None else _candidates(predict_file(candidates, store=store, level=DEFAULT_LEVEL))
    pair = answering_pair(store)
    sections = [section_of(evaluated) for evaluated in pair.by_target.values()]
    write_whole(path, report(pair.name, sections, rows, looks=known_looks(store, pair)))


def report(
    name: str,
    sections: Sequence[Section],
    candidates: Sequence[dict[str, Any]] = (),
    *,
    looks: Mapping[str, Looks] | None = MappingProxyType({}),
) -> str:
    """Return the report on models of a name, of which there is a section each, as one HTML page.

    Args:
        name: of the models.
        sections: what is shown of each target.
        candidates: answers to recipes.
        looks: by target, how many procedures were scored on the same rows; None where the runs cannot be read.

    Returns:
        HTML.
    """
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    imprint = Imprint(__version__, commit(), sections[0].evaluated.fingerprint, name, made)
    return report_html(sections, imprint, literature_figure(literature().rows), candidates, looks)


def section_of(evaluated: EvaluatedModel) -> Section:
    """Return what the report shows of a model; without skill there is no explanation.

    Args:
        evaluated: a model with its evaluation and verdict.

    Returns:
        Texts and figures of the target.

    >>> from spcse_ml.workflows.predict import loaded_pair
    >>> section_of(loaded_pair(Path("a folder without models")).thickness).summary is None  # no skill, no explanation
    True
    """
    study = shipped_study(evaluated.fingerprint, evaluated.evaluation)
    figures = evaluation_pictures(evaluated.evaluation, study)
    summary = None if evaluated.verdict is Verdict.NO_SKILL else summarise(evaluated, study)
    if summary is not None:
        figures |= summary_figures(summary)
    return Section(evaluated, study, summary, figures)


@formerly_named(judged="evaluated")
def section(store: Path, evaluated: EvaluatedModel) -> Section:
    """Return what `section_of` returns, in the way of version 0.1.0; it goes with version 0.3."""
    no_longer_needed("store of section", store)
    return section_of(evaluated)


def _candidates(answers: Answers) -> list[dict[str, Any]]:
    recipes = frame_of(answers.recipes).to_dict("records")
    rows = answers.plain()
    return [
        {**candidate_text(recipe, row), "id": formulation.id}
        for formulation, recipe, row in zip(answers.recipes, recipes, rows, strict=True)
    ]
