"""`spcse-ml train` and `evaluate`."""

import sys
from pathlib import Path
from typing import Any

import click

from spcse_ml.cli.executors import worker_flags, workers
from spcse_ml.cli.options import TARGET, pairs
from spcse_ml.cli.output import echo_json

ESTIMATORS = (
    "mean, median, nearest_neighbour, content_line, ridge, constrained_ridge, gaussian_process, svr, random_forest, "
    "xgboost, monotone_xgboost, filled_random_forest, filled_xgboost, extra_trees"
)
"""As `models.estimators` has them, which takes seconds to import; a test compares."""


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
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
    help="Membranes that you read in papers: train on them as literature, each paper one group.",
)
@click.option("--estimator", metavar="NAME", help=f"{ESTIMATORS}; or package.module:object, a regressor of your own.")
@click.option("--set", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter, by scikit-learn's name.")
@click.option("--features", metavar="SET", help="card, chemistry, card+chemistry, or features with commas between.")
@click.option("--target", type=TARGET, help="Only this one; such models cannot become champion.")
@click.option("--view", type=click.Choice(["review", "checked", "all"]), help="Rows to train on; by default checked.")
@click.option("--seed", type=int, help="Seed of everything random in the estimator; by default 0.")
@click.option("--tune", type=click.IntRange(min=1), metavar="N", help="Random search of N settings inside each fold.")
@click.option("--name", help="Name of the run and its models; by default the time.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Kept with the run.")
@click.option("--note", help="What the run is for; kept with it.")
@worker_flags
def train(  # noqa: PLR0917 - click passes them by name
    file: Path | None,
    data: Path | None,
    papers: Path | None,
    jobs: int,
    scheduler: str | None,
    parameters: tuple[str, ...],
    tags: tuple[str, ...],
    tune: int | None,
    **options: Any,
) -> None:
    """Train models of both targets on the literature, evaluate them by leave-one-paper-out, store and track them.

    With --data the models are trained on the lab's membranes, too: they get a lab factor, use process columns once
    enough rows report them, and are compared with models of the literature alone and of the lab alone. From ten lab
    batches on, verdict and intervals follow from leaving out lab batches.

    With --papers they are trained on the membranes of your own reading, too: literature without a lab factor
    (`data --check FILE --as papers` checks the table).

    With --estimator it is an experiment: held out, calibrated and evaluated like the released procedure. FILE is an
    experiment.toml, which every run leaves in its folder and which repeats the run; options override it.

    Runs and models go to the folder $SPCSE_ML_HOME, else ./spcse_ml_store. The first models of the released procedure
    become the champion of the store, which `predict` uses; later ones and experiments are challengers (`promote`).

    \b
    Examples:
      spcse-ml train --estimator filled_xgboost --set max_depth=2 --name shallow
      spcse-ml train --estimator svr --features card+chemistry --tune 20
      spcse-ml train spcse_ml_store/models/shallow/experiment.toml
    """
    from spcse_ml.reports.messages.data import reading_lines
    from spcse_ml.storage.experiment import experiment_of, read_experiment
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.data import reading
    from spcse_ml.workflows.train import train_experiment

    stated = {name: value for name, value in {**options, "data": data, "papers": papers}.items() if value is not None}
    stated |= {"parameters": pairs(parameters, "set", typed=True)} if parameters else {}
    stated |= {"tags": pairs(tags, "tag")} if tags else {}
    stated |= {"n_tuned": tune} if tune is not None else {}
    experiment = read_experiment(file, **stated) if file else experiment_of(**stated)
    read = reading(experiment.papers) if experiment.papers else None
    for line in reading_lines(read.joined, read.odd) if read else ():
        click.echo(line, err=True)
    with workers(jobs=jobs, scheduler=scheduler) as who:
        training = train_experiment(store_folder(), experiment, workers=who)
    _show(training, can_answer=experiment.can_answer)


def _show(training: Any, *, can_answer: bool) -> None:
    from spcse_ml.reports.messages.data import repeats_lines
    from spcse_ml.reports.messages.evaluation import evaluation_text
    from spcse_ml.reports.messages.runs import gain_line, looks_lines
    from spcse_ml.reports.messages.storage import training_lines
    from spcse_ml.storage.files import store_folder
    from spcse_ml.storage.mlflow_client import how_to_look

    for name, evaluated in training.by_target.items():
        target = evaluated.model.target
        lines = [evaluation_text(evaluated.evaluation, evaluated.verdict, own=evaluated.own)]
        lines.append(gain_line(training.gains.get(name), training.before, target))
        lines += looks_lines(training.looks[name], target) if name in training.looks else []
        click.echo("\n".join([*lines, ""]))
        for line in repeats_lines(evaluated.model.training_rows):
            click.echo(f"{line}\n")
    lines = training_lines(
        training.name,
        training.folder,
        training.run_id,
        is_champion=training.is_champion,
        look=how_to_look(store_folder()),
        can_answer=can_answer,
    )
    click.echo("\n".join(lines))


@click.command()
@click.option("--target", type=TARGET, help="Only this one.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--quick", "effort", flag_value="quick", help="Skip the permutation test, and track nothing.")
@click.option(
    "--thorough",
    "effort",
    flag_value="thorough",
    help="Show the models in use with their shipped robustness study; compute nothing.",
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
    from spcse_ml.workflows.evaluate import answering_evaluation, evaluate_again, summary

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
