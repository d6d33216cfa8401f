"""`spcse-ml runs`, `compare`, `promote` and `rollback`."""

from pathlib import Path

import click

from spcse_ml.cli.options import TARGET, pairs
from spcse_ml.cli.output import echo_json


@click.command()
@click.argument("names", nargs=-1)
@click.option("--target", type=TARGET, help="Only this one.")
@click.option("--view", type=click.Choice(["review", "checked", "all"]), help="Only runs on this view of the tables.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Only runs with this tag.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for figures of their gains.")
@click.option(
    "--log-anew",
    is_flag=True,
    help="Register anew the models that another release of spcse_ml logged, so that MLflow serves them with "
    "the code of this one.",
)
def runs(  # noqa: PLR0917 - click passes them by name
    names: tuple[str, ...],
    target: str | None,
    view: str | None,
    tags: tuple[str, ...],
    style: str,
    out: Path | None,
    *,
    log_anew: bool,
) -> None:
    """List the trainings of the store by target, the least error first, each with its gain over the champion.

    Below each list: how many procedures were scored on the same rows, and the error of the best of them, corrected for
    that choice. Two NAMES are shown side by side: the settings that differ, and the rows on which they differ most.
    With MLFLOW_TRACKING_URI set, the runs are those of that server.
    """
    from spcse_ml.reports.messages.runs import no_runs_text, target_runs_text
    from spcse_ml.reports.messages.storage import logged_anew_text
    from spcse_ml.schema import TARGETS
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.runs import as_plain, draw_runs, target_runs

    store = store_folder()
    if log_anew:
        from spcse_ml.storage.registry import log_anew as register_anew

        click.echo(logged_anew_text(register_anew(store)), err=True)
    if names:
        _show_beside(store, names)
        return
    chosen, experiment = pairs(tags, "tag"), [TARGETS[target]] if target else list(TARGETS.values())
    of_targets = [target_runs(store, each, view=view, tags=chosen) for each in experiment]
    if style == "json":
        echo_json({of.target.name: as_plain(of) for of in of_targets})
    elif texts := [target_runs_text(of.target, of.rows, of.looks, of.champion) for of in of_targets if len(of.rows)]:
        click.echo("\n\n".join(texts))
    else:
        click.echo(no_runs_text(store, is_chosen=bool(chosen or view or target)))
    if out is not None:
        draw_runs(out, of_targets)


def _show_beside(store: Path, names: tuple[str, ...]) -> None:
    from spcse_ml.reports.messages.runs import side_by_side_lines
    from spcse_ml.workflows.runs import side_by_side

    if len(names) != 2:  # noqa: PLR2004 - side by side
        msg = "name two runs to see them side by side"
        raise click.UsageError(msg)
    beside = side_by_side(store, *names)
    click.echo("\n".join(side_by_side_lines(beside.names, beside.settings, beside.by_target.values())))


@click.command()
@click.argument("challenger", required=False)
@click.option(
    "--table",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The lab's table: compare on its membranes that neither model was trained on.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for figures of the predictions that changed.",
)
def compare(challenger: str | None, table: Path | None, out: Path | None) -> None:
    """Compare a CHALLENGER (by default the newest model) with the champion.

    Shows which training rows and cells differ, which predictions changed and why, the errors of both on papers or
    batches held out from both, and on rows that neither model was trained on.
    """
    from spcse_ml.reports.messages.comparison import challenge_lines
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.compare import challenge

    compared = challenge(store_folder(), challenger, table=table, folder=out)
    lines = challenge_lines(compared.challenger, compared.champion, compared.by_target.values())
    click.echo("\n".join(lines))


@click.command()
@click.argument("model")
@click.option("--reason", required=True, help="Why; kept with the champion.")
def promote(model: str, reason: str) -> None:
    """Make a MODEL that `runs` lists the champion, which `predict` uses."""
    from spcse_ml.reports.messages.storage import champion_text
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.compare import promote as promote_model

    click.echo(champion_text(promote_model(store_folder(), model, reason=reason)))


@click.command()
def rollback() -> None:
    """Make the champion before this one champion again."""
    from spcse_ml.reports.messages.storage import champion_text
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.compare import rollback as roll_back

    click.echo(champion_text(roll_back(store_folder())))
