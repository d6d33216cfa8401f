"""`spcse-ml train`, `evaluate`, `runs`, `compare`, `promote` and `rollback`."""

import contextlib
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from spcse_ml.cli.executors import worker_flags, workers
from spcse_ml.cli.output import echo_json

TARGET = click.Choice(["retention", "thickness"])


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
    help="Membranes that you read in papers: train on them as literature, a paper a group.",
)
@click.option("--estimator", metavar="NAME", help=f"{ESTIMATORS}; or package.module:object, a regressor of your own.")
@click.option("--set", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter, by scikit-learn's name.")
@click.option("--features", metavar="SET", help="card, chemistry, card+chemistry, or features with commas between.")
@click.option("--target", type=TARGET, help="Only this one; such models cannot become champion.")
@click.option("--view", type=click.Choice(["review", "checked", "all"]), help="Rows to learn from; checked without it.")
@click.option("--seed", type=int, help="Of everything random in the estimator; 0 without it.")
@click.option("--tune", type=click.IntRange(min=1), metavar="N", help="Random search of N settings inside each fold.")
@click.option("--name", help="Of the run and its models; the time without it.")
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

    With --estimator it is an experiment: held out, calibrated and judged like the released procedure. FILE is an
    experiment.toml, which every run leaves in its folder and which repeats the run; options count in place of what it
    says.

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
        lines += [gain_line(training.gains[name], training.before, target)] if name in training.gains else []
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


def pairs(texts: Iterable[str], option: str, *, typed: bool = False) -> dict[str, Any]:
    """Return KEY=VALUE texts as a mapping; values read as TOML where they are typed, and as text where they are not it.

    Raises:
        InputError: one has no =, or a key twice.
    """
    from spcse_ml.errors import Fault, InputError

    read: dict[str, Any] = {}
    faults = []
    for text in texts:
        key, divider, value = (part.strip() for part in text.partition("="))
        if not divider or not key:
            faults.append(
                Fault("not-a-pair", option, given=text, allowed="as in max_depth=2" if typed else "as in who=me")
            )
        elif key in read:
            faults.append(Fault("given-twice", option, given=text))
        read[key] = value
        if typed:
            with contextlib.suppress(ValueError, RecursionError):  # no TOML, so a text
                read[key] = tomllib.loads(f"value = {value}")["value"]
    if faults:
        raise InputError(faults)
    return read


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

    Below each list: how many procedures were scored on the same rows, and what the best of them is worth once that is
    corrected for. With two NAMES these two stand side by side: settings that differ, and the rows of which they differ
    most. With MLFLOW_TRACKING_URI set the runs are those of that server.
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
