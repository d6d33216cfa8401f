"""Which figures belong to what, and how they are kept: each as PNG and as SVG."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure

from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.robustness import RobustnessStudy
from spcse_ml.former_names import formerly, formerly_named
from spcse_ml.reports.plots.evaluation import (
    curve_figure,
    estimators_figure,
    held_out_figure,
    multiverse_figure,
    split_difficulty_figure,
)
from spcse_ml.reports.plots.style import png, svg
from spcse_ml.storage.files import write_whole


@formerly_named(scrutiny="study")
def evaluation_pictures(evaluation: Evaluation, study: RobustnessStudy | None) -> dict[str, Figure]:
    """Return the figures of an evaluated target by name, those of its robustness study where there is one.

    Args:
        evaluation: of one target.
        study: the robustness study of the same procedure, if there is one.

    Returns:
        Figures by name.

    >>> from spcse_ml.workflows.predict import loaded_pair
    >>> evaluation = loaded_pair(Path("a folder without models")).retention.evaluation
    >>> "retention_held_out" in evaluation_pictures(evaluation, None)
    True
    """
    figures = {"held_out": held_out_figure(evaluation), "estimators": estimators_figure(evaluation)}
    if study:
        figures["split_difficulty"] = split_difficulty_figure(evaluation.target, study)
        figures["curve"] = curve_figure(evaluation.target, study)
        if study.multiverse:
            figures["multiverse"] = multiverse_figure(evaluation.target, study)
    return {f"{evaluation.target.name}_{name}": figure for name, figure in figures.items()}


def images(figures: Mapping[str, Figure]) -> dict[str, bytes]:
    """Return figures as PNG and SVG images by file name."""
    pngs = {f"{name}.png": png(figure) for name, figure in figures.items()}
    return pngs | {f"{name}.svg": svg(figure) for name, figure in figures.items()}


def write_pictures(folder: Path, figures: Mapping[str, Figure]) -> None:
    """Write figures as PNG and SVG into a folder."""
    for name, image in images(figures).items():
        write_whole(folder / name, image)


formerly(__name__)
