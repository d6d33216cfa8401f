"""The files that a training leaves in its folder."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from spcse_ml.data.dataset import Dataset
from spcse_ml.evaluation.evaluated import ModelPair, TrainedModels
from spcse_ml.evaluation.looks import Looks
from spcse_ml.explanation.features import explain_features
from spcse_ml.models.model import MembraneModel
from spcse_ml.reports.html import Section
from spcse_ml.reports.model_card import model_card
from spcse_ml.reports.plots.evaluation import literature_figure
from spcse_ml.reports.plots.explanation import features_figure
from spcse_ml.storage.experiment import RELEASED_PROCEDURE, Experiment, as_toml
from spcse_ml.storage.files import write_whole
from spcse_ml.storage.model_files import save_all
from spcse_ml.storage.runs import held_out_name, held_out_table
from spcse_ml.storage.tracking import versions
from spcse_ml.tables import csv_text
from spcse_ml.workflows.pictures import write_pictures
from spcse_ml.workflows.report import report, section_of

EXPERIMENT_FILE = "experiment.toml"
"""The last that is written: without it the files of a run are not whole."""


def keep(
    models: ModelPair | TrainedModels,
    dataset: Dataset,
    folder: Path,
    *,
    experiment: Experiment = RELEASED_PROCEDURE,
    looks: Mapping[str, Looks] | None = MappingProxyType({}),
) -> None:
    """Write models into a folder: model files, cards, figures, contributions, held-out predictions and report.

    What needs code of the user to predict has no model file, for a model file runs no code.
    """
    if not (experiment.specification and experiment.specification.is_of_user):
        save_all(models.by_target, folder)
    write_pictures(folder, {"literature": literature_figure(dataset.rows)})
    sections = [section_of(evaluated) for evaluated in models.by_target.values()]
    for section in sections:
        _keep_target(section, folder, (looks or {}).get(section.evaluated.model.target.name))
    write_whole(folder / "report.html", report(models.name, sections, looks=looks))
    again = as_toml(replace(experiment, name=models.name), folder, fingerprint=dataset.fingerprint, made=versions())
    write_whole(folder / EXPERIMENT_FILE, again)


def _keep_target(section: Section, folder: Path, looks: Looks | None) -> None:
    """Write the figures, card and tables of one target."""
    evaluated, model = section.evaluated, section.evaluated.model
    target = model.target.name
    write_pictures(folder, section.figures)
    write_whole(folder / f"{target}.md", model_card(evaluated, section.study, section.effects, looks=looks))
    held_out = csv_text(held_out_table(evaluated.evaluation), index=True, index_label="place")
    write_whole(folder / held_out_name(target), held_out)
    if section.summary is None:
        return
    _write_contributions(folder / f"{target}_contributions.csv", section.summary.explanation.contributions, model)
    if (of_features := explain_features(model)) is not None:
        _write_contributions(folder / f"{target}_features.csv", of_features.contributions, model)
        write_pictures(folder, {f"{target}_features": features_figure(of_features, model.target)})


def _write_contributions(path: Path, contributions: pd.DataFrame, model: MembraneModel) -> None:
    """Write contributions to the predictions of the training membranes, a row each, by their place."""
    by_place = contributions.set_axis(model.training_rows.places)
    write_whole(path, csv_text(by_place, index=True, index_label="place", float_format="%.4g"))
