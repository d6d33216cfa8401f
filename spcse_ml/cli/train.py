"""`spcse-ml train`, `evaluate`, `runs`, `compare`, `promote` and `rollback`."""

import sys
from pathlib import Path

import click

from spcse_ml.cli.executors import worker_flags, workers
from spcse_ml.cli.output import echo_json

TARGET = click.Choice(["retention", "thickness"])


@click.command()
@click.option("--data", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="The lab's table that `record` keeps: learn from its membranes as well.")  # fmt: skip
@worker_flags
def train(data: Path | None, jobs: int, scheduler: str | None) -> None:
    """Learn both targets from the literature, judge them on papers held out, keep and track them.

    With --data the lab's own membranes are learnt from besides: the lab gets a factor of its own, process columns are
    used once enough rows tell them, and literature, own rows and both are compared on what was held out. From ten own
    batches on, verdict and intervals are judged on own batches.

    Runs and models go to the folder $SPCSE_ML_HOME, else ./spcse_ml_store. The first model of a store becomes its
    champion and answers `predict`; later ones are challengers.
    """
    from spcse_ml.reports.messages.evaluation import evaluation_text
    from spcse_ml.storage.files import store_folder
    from spcse_ml.storage.mlflow_client import how_to_look
    from spcse_ml.workflows.train import train as train_models

    with workers(jobs=jobs, scheduler=scheduler) as who:
        training = train_models(store_folder(), data=data, workers=who)
    for evaluated in training.pair.by_target.values():
        click.echo(evaluation_text(evaluated.evaluation, evaluated.verdict, own=evaluated.own) + "\n")
    role = "champion: `spcse-ml predict` asks it" if training.is_champion else "challenger of the store's champion"
    click.echo(f"Kept as {training.pair.name} in {training.folder} ({role}).")
    click.echo(f"Tracked as run {training.run_id}; to look: {how_to_look(store_folder())}")


@click.command()
@click.option("--target", type=TARGET, help="Only this one.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--quick", "effort", flag_value="quick", help="Shuffle no outcomes anew and track nothing.")
@click.option(
    "--thorough",
    "effort",
    flag_value="thorough",
    help="The long look, half an hour; goes on after Ctrl-C.",
)
@click.option("--strict", is_flag=True, help="Exit with 3 unless every target shown is 'useful'.")
@worker_flags
def evaluate(
    target: str | None, style: str, effort: str | None, jobs: int, scheduler: str | None, *, strict: bool
) -> None:
    """Judge the procedure on the literature: every paper held out in turn, everything learnt anew without it.

    The long look adds a ladder of splits, a learning curve, other encodings, papers left out, shuffled, random and
    planted outcomes. It is kept in the store and shown from then on, as long as data and procedure stay the same.
    """
    from spcse_ml.reports.messages.evaluation import evaluation_text
    from spcse_ml.storage.files import store_folder
    from spcse_ml.to_json import finite
    from spcse_ml.workflows.train import evaluate_again, evaluate_thoroughly, summary

    names = [target] if target else None
    with workers(jobs=jobs, scheduler=scheduler) as who:
        if effort == "thorough":
            targets = evaluate_thoroughly(store_folder(), names, workers=who)
        else:
            targets = evaluate_again(store_folder(), names, is_quick=effort == "quick", workers=who)
    if style == "json":
        echo_json({name: finite(summary(evaluated)) for name, evaluated in targets.items()})
    else:
        click.echo(
            "\n\n".join(
                evaluation_text(evaluated.evaluation, evaluated.verdict, evaluated.study)
                for evaluated in targets.values()
            )
        )
    if strict and (weak := [name for name, evaluated in targets.items() if evaluated.verdict.value != "useful"]):
        click.echo(f"Exit 3: the verdict on {' and '.join(weak)} is not useful.", err=True)
        sys.exit(3)


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for a figure of their errors.")
@click.option("--log-anew", is_flag=True,
              help="Register anew the models that another release of spcse_ml logged, so that MLflow serves them with "
              "the code of this one.")  # fmt: skip
def runs(out: Path | None, *, log_anew: bool) -> None:
    """List the trainings of the store, newest first: errors, verdicts, own rows, fingerprint of the data and commit.

    With MLFLOW_TRACKING_URI set they are those of that server.
    """
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.compare import trainings

    if log_anew:
        from spcse_ml.storage.registry import log_anew as register_anew

        renewed = register_anew(store_folder())
        click.echo(
            f"Registered anew: {', '.join(renewed)}." if renewed else "All models were logged by this release.",
            err=True,
        )
    frame = trainings(store_folder(), out)
    shown = frame.to_string(index=False, float_format="%.1f", na_rep="")
    click.echo(shown if len(frame) else f"No training yet in {store_folder()}.")


@click.command()
@click.argument("challenger", required=False)
@click.option("--table", type=click.Path(path_type=Path, dir_okay=False),
              help="The lab's table: rows that neither model has learnt from tell which is right.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for figures of what moved.")
def compare(challenger: str | None, table: Path | None, out: Path | None) -> None:
    """Compare a CHALLENGER (the newest model, without a name) with the champion.

    Shows which training rows and cells differ, which predictions moved and which rows moved them, how both did on what
    was held out from both, and which was right on rows that neither has learnt from.
    """
    from spcse_ml.reports.messages.lab import comparison_lines
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.compare import challenge

    compared = challenge(store_folder(), challenger, table=table, folder=out)
    click.echo(f"{compared.challenger} (challenger) beside {compared.champion} (champion)")
    for comparison in compared.by_target.values():
        click.echo("\n".join(comparison_lines(comparison)))
    click.echo(f"To make it champion: spcse-ml promote {compared.challenger} --reason ...")


@click.command()
@click.argument("model")
@click.option("--reason", required=True, help="Why; kept with the champion.")
def promote(model: str, reason: str) -> None:
    """Make a MODEL that `runs` lists the champion, which answers `predict`."""
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.compare import promote as promote_model

    crowned = promote_model(store_folder(), model, reason=reason)
    click.echo(f"{crowned.model} is champion: {crowned.reason}")


@click.command()
def rollback() -> None:
    """Make the champion before this one champion again."""
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.compare import rollback as roll_back

    crowned = roll_back(store_folder())
    click.echo(f"{crowned.model} is champion: {crowned.reason}")
