"""`spcse-ml train`, `evaluate`, `runs`, `compare`, `promote` and `rollback`."""

import sys
from pathlib import Path

import click

from spcse_ml.cli.executors import worker_flags, workers
from spcse_ml.cli.output import echo_json

TARGET = click.Choice(["retention", "thickness"])


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The lab's table that `record` writes: train on its membranes, too.",
)
@click.option(
    "--papers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Membranes that you read in papers: train on them as literature, a paper a group.",
)
@worker_flags
def train(data: Path | None, papers: Path | None, jobs: int, scheduler: str | None) -> None:
    """Train models of both targets on the literature, evaluate them by leave-one-paper-out, store and track them.

    With --data the models are trained on the lab's membranes, too: they get a lab factor, use process columns once
    enough rows report them, and are compared with models of the literature alone and of the lab alone. From ten lab
    batches on, verdict and intervals follow from leaving out lab batches.

    With --papers they are trained on the membranes of your own reading, too: literature without a lab factor
    (`data --check FILE --as papers` checks the table).

    Runs and models go to the folder $SPCSE_ML_HOME, else ./spcse_ml_store. The first model of a store becomes its
    champion, which `predict` uses; later ones are challengers.
    """
    from spcse_ml.reports.messages.data import reading_lines, repeats_lines
    from spcse_ml.reports.messages.evaluation import evaluation_text
    from spcse_ml.reports.messages.storage import training_lines
    from spcse_ml.storage.files import store_folder
    from spcse_ml.storage.mlflow_client import how_to_look
    from spcse_ml.workflows.data import reading
    from spcse_ml.workflows.train import train as train_models

    read = reading(papers) if papers else None
    for line in reading_lines(read.joined, read.odd) if read else ():
        click.echo(line, err=True)
    with workers(jobs=jobs, scheduler=scheduler) as who:
        training = train_models(store_folder(), data=data, papers=papers, workers=who)
    for evaluated in training.pair.by_target.values():
        click.echo(evaluation_text(evaluated.evaluation, evaluated.verdict, own=evaluated.own) + "\n")
        for line in repeats_lines(evaluated.model.training_rows):
            click.echo(f"{line}\n")
    name, look = training.pair.name, how_to_look(store_folder())
    lines = training_lines(name, training.folder, training.run_id, is_champion=training.is_champion, look=look)
    click.echo("\n".join(lines))


@click.command()
@click.option("--target", type=TARGET, help="Only this one.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--quick", "effort", flag_value="quick", help="Skip the permutation test, and track nothing.")
@click.option(
    "--thorough",
    "effort",
    flag_value="thorough",
    help="Show the models that answer with the robustness study that is shipped for them; compute nothing.",
)
@click.option("--strict", is_flag=True, help="Exit with 3 unless the verdict on every target is 'useful'.")
@worker_flags
def evaluate(
    target: str | None, style: str, effort: str | None, jobs: int, scheduler: str | None, *, strict: bool
) -> None:
    """Evaluate the procedure on the literature by leave-one-paper-out cross-validation.

    The robustness study adds splits of other difficulty, a learning curve, other encodings, papers left out,
    permuted outcomes, noise and simulated signals. It is run once a release and shipped with its models; it is shown
    as long as data and procedure stay the same.
    """
    from spcse_ml.reports.messages.evaluation import evaluation_text, models_line
    from spcse_ml.storage.files import store_folder
    from spcse_ml.to_json import finite
    from spcse_ml.workflows.train import answering_evaluation, evaluate_again, summary

    names = [target] if target else None
    if effort == "thorough":
        models, targets = answering_evaluation(store_folder(), names)
        click.echo(models_line(models), err=True)
    else:
        with workers(jobs=jobs, scheduler=scheduler) as who:
            targets = evaluate_again(store_folder(), names, is_quick=effort == "quick", workers=who)
    if style == "json":
        echo_json({name: finite(summary(evaluated)) for name, evaluated in targets.items()})
    else:
        texts = (evaluation_text(each.evaluation, each.verdict, each.study) for each in targets.values())
        click.echo("\n\n".join(texts))
    if strict and (weak := [name for name, evaluated in targets.items() if evaluated.verdict.value != "useful"]):
        click.echo(f"Exit 3: the verdict on {' and '.join(weak)} is not useful.", err=True)
        sys.exit(3)


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for a figure of their errors.")
@click.option(
    "--log-anew",
    is_flag=True,
    help="Register anew the models that another release of spcse_ml logged, so that MLflow serves them with "
    "the code of this one.",
)
def runs(out: Path | None, *, log_anew: bool) -> None:
    """List the trainings of the store, newest first: errors, verdicts, own rows, fingerprint of the data and commit.

    With MLFLOW_TRACKING_URI set they are those of that server.
    """
    from spcse_ml.reports.messages.storage import logged_anew_text, runs_text
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.compare import trainings

    if log_anew:
        from spcse_ml.storage.registry import log_anew as register_anew

        click.echo(logged_anew_text(register_anew(store_folder())), err=True)
    click.echo(runs_text(trainings(store_folder(), out), store_folder()))


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
    """Compare a CHALLENGER (the newest model, without a name) with the champion.

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
