"""`spcse-ml explain` and `report`: feature importance, the contributions to a prediction, and the report."""

from pathlib import Path

import click

from spcse_ml.cli.output import echo_file, echo_json
from spcse_ml.cli.predict import recipe_flags, show, warn


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@recipe_flags
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the figures [default: the store]."
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def explain(file: Path | None, out: Path | None, style: str, **recipe: str | None) -> None:
    """Explain predictions of the retention by exact Shapley values per recipe component.

    \b
    spcse-ml explain                                     feature importance over all training membranes
    spcse-ml explain --sulfide LPSCl --method dry ...    one recipe: contributions and what-if curves
    spcse-ml explain recipes.csv                         a table: each recipe with its contributions, as CSV

    Contributions describe the model, not the material: associations, never causes.
    """
    from spcse_ml.reports.messages.explanation import ASSOCIATIONS
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.explain import explain_file

    cells = {name: text for name, text in recipe.items() if text is not None}
    if file is not None and cells:
        raise click.UsageError("Give either a FILE or the flags of one recipe, or neither.")
    if file is not None and (out is not None or style != "text"):
        raise click.UsageError("A FILE is explained as CSV on stdout; --out and --format are for one recipe or none.")
    folder = out or store_folder() / "explanations"
    if file is not None:
        echo_file(explain_file(file, store=store_folder()))
    elif cells:
        _explain_recipe(cells, folder, style)
    else:
        _explain_model(folder, style)
    click.echo(ASSOCIATIONS, err=True)


def _explain_recipe(cells: dict[str, str], folder: Path, style: str) -> None:
    from spcse_ml.reports.messages.explanation import local_lines
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.explain import explain_recipe

    explained = explain_recipe(cells, store=store_folder(), folder=folder)
    if style == "json":
        echo_json(explained.plain())
        return
    show(explained.answers, "text", card=False)
    click.echo("\n".join(local_lines(explained.explanation, explained.solvent)))
    click.echo(f"figures: {folder}")
    warn(explained.answers, is_file=False)


def _explain_model(folder: Path, style: str) -> None:
    from spcse_ml.reports.messages.explanation import summary_lines
    from spcse_ml.reports.messages.verdict import verdict_text
    from spcse_ml.storage.files import store_folder
    from spcse_ml.to_json import finite, to_plain
    from spcse_ml.workflows.explain import explain_model, without_skill

    summaries = explain_model(store_folder(), folder)
    if style == "json":
        importance = {name: finite(summary.explanation.importance.to_dict()) for name, summary in summaries.items()}
        echo_json({**importance, "term_effects": {name: to_plain(each.effects) for name, each in summaries.items()}})
        return
    for summary in summaries.values():
        click.echo("\n".join(summary_lines(summary)))
    for evaluated in without_skill(store_folder()):
        click.echo(verdict_text(evaluated.evaluation, evaluated.verdict))
    click.echo(f"figures: {folder}")


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("spcse_ml_report.html"),
    show_default=True,
    help="File to write.",
)
@click.option("--candidates", type=click.Path(path_type=Path), metavar="FILE", help="CSV of recipes to show as well.")
def report(out: Path, candidates: Path | None) -> None:
    """Write a report on the models into one HTML file that opens by double-click and prints well.

    Verdicts, errors in leave-one-paper-out cross-validation, prediction intervals, feature importance, the robustness
    study where one is shipped for the models, and a methods paragraph.
    """
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.report import write_report

    write_report(store_folder(), out, candidates=candidates)
    click.echo(f"Written: {out}")
