"""`spcse-ml space`, `screen` and `pareto`: the recipes that may be made, their scores and their Pareto front."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spcse_ml.cli.executors import worker_flags, workers
from spcse_ml.cli.output import echo_file

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


def view_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add to a command which candidates it shows."""
    command = click.option(
        "--with-thin",
        is_flag=True,
        help="Show also recipes with less than half the binder of any membrane of their kind.",
    )(command)
    command = click.option("--with-broken", is_flag=True, help="Show also recipes that break a rule.")(command)
    return click.option(
        "--inside-only/--all",
        default=True,
        show_default=True,
        help="Show only recipes inside the applicability domain, or all.",
    )(command)


@click.command()
@click.argument("file", required=False, type=_FILE)
@click.option("-n", "n", type=click.IntRange(min=0), default=5, show_default=True, help="Recipes to draw at random.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the draw.")
@click.option("--show", is_flag=True, help="Print the default space as TOML, to edit.")
def space(file: Path | None, n: int, seed: int, *, show: bool) -> None:
    """Count the recipes that may be made, those that each list removes, and those that break a published rule.

    \b
    spcse-ml space                            every catalogued substance and method
    spcse-ml space --show > mine.toml         to edit; then: spcse-ml space mine.toml
    """
    if show:
        from spcse_ml.design.declaration import default_text

        echo_file(default_text())
        return
    from spcse_ml.reports.messages.design import space_lines
    from spcse_ml.workflows.screen import sampled

    sample = sampled(file, n=n, seed=seed)
    click.echo("\n".join(space_lines(sample.space, sample.table)))


@click.command()
@click.argument("file", required=False, type=_FILE)
@click.option(
    "--out",
    "folder",
    type=_FOLDER,
    default=Path("screen"),
    show_default=True,
    help="Folder of the screen; chunks that it holds already are not scored again.",
)
@click.option("--threshold", type=float, default=50.0, show_default=True, metavar="%", help="Retention to exceed.")
@click.option("--level", default=0.9, show_default=True, help="Level of the intervals.")
@click.option(
    "--rank",
    type=click.Choice(["expected", "cautious", "chance", "conductivity", "resistance"]),
    default="expected",
    show_default=True,
    help="By the prediction, the lower end of the interval or the chance; or, where the space gives the "
    "powder (and plans a thickness), by the expected conductivity or areal resistance.",
)
@click.option("--top", type=click.IntRange(min=1, max=1000), default=20, show_default=True, help="Candidates to list.")
@view_flags
@worker_flags
def screen(
    file: Path | None,
    folder: Path,
    *,
    threshold: float,
    level: float,
    rank: str,
    top: int,
    inside_only: bool,
    with_broken: bool,
    with_thin: bool,
    jobs: int,
    scheduler: str | None,
) -> None:
    """Score every recipe of a space (the default without a FILE) and list the best with reasons.

    \b
    spcse-ml screen --threshold 60 --rank chance
    spcse-ml screen mine.toml --out mine --jobs 4

    Ctrl-C keeps the chunks that are done, and the same command resumes. To rank a finished screen in another way takes
    seconds. Scores are in FOLDER/candidates (Parquet), the list in FOLDER/top.csv.
    """
    from spcse_ml.design.consequences import refuse_unknown
    from spcse_ml.design.screen import Question, View
    from spcse_ml.design.space import design_space
    from spcse_ml.reports.messages.verdict import verdict_text
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.screen import listing
    from spcse_ml.workflows.screen import screen as score

    question, space = Question(threshold, level), design_space(file)
    view = View(rank, top, inside_only, with_broken, with_thin)
    refuse_unknown(space.declared, rank)
    try:
        with workers(jobs=jobs, scheduler=scheduler, unit_scale=space.declared.chunk) as who:
            pair, n_done = score(space, folder, question, store=store_folder(), workers=who)
        if n_done:
            click.echo(f"{n_done} of {space.n_chunks} chunks were scored before", err=True)
        screened = listing(space, folder, question, view, pair)
    except KeyboardInterrupt:
        click.echo(f"Stopped. Finished chunks are kept in {folder}; the same command resumes.", err=True)
        sys.exit(INTERRUPTED)
    click.echo(f"answered by {pair.name}; {verdict_text(pair.retention.evaluation, pair.retention.verdict)}")
    lines = [*_lines(screened, with_broken=with_broken), f"scores: {folder / 'candidates'}; list: {folder / 'top.csv'}"]
    click.echo("\n".join(lines))


def _lines(screened: Any, *, with_broken: bool) -> list[str]:
    from spcse_ml.design.minimum_content import LEAST
    from spcse_ml.design.rules import breaking_donors
    from spcse_ml.design.screen import BROKEN, DOMAIN
    from spcse_ml.reports.messages.design import screen_lines

    ways = {DOMAIN: "--all shows them", BROKEN: "--with-broken shows them", LEAST: "--with-thin shows them"}
    donors = {} if with_broken else breaking_donors(screened.space.declared)
    return screen_lines(screened.best, screened.table, screened.question, donors, ways)


@click.command()
@click.argument("folder", type=_FOLDER, default=Path("screen"))
@click.option(
    "--objective",
    "objectives",
    multiple=True,
    metavar="NAME",
    help="retention, areal-resistance, binder-content, polymer-content or cost; two to four. "
    "[default: retention and polymer-content]",
)
@click.option("--force", is_flag=True, help="Accept an objective whose model has no skill.")
@view_flags
def pareto(
    folder: Path, objectives: tuple[str, ...], *, force: bool, inside_only: bool, with_broken: bool, with_thin: bool
) -> None:
    """Show the Pareto front of a screen: the candidates that no other equals in all objectives and betters in one.

    \b
    spcse-ml pareto screen --objective retention --objective polymer-content

    Retention is maximised, the others are minimised. The table is FOLDER/pareto.csv; FOLDER/pareto.html draws it, opens
    by double-click and needs no network.
    """
    from spcse_ml.design.screen import View
    from spcse_ml.reports.messages.design import front_lines
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.screen import trade_off

    view = View(inside_only=inside_only, with_broken=with_broken, with_thin=with_thin)
    names = objectives or ("retention", "polymer-content")
    traded = trade_off(folder, names, view, store=store_folder(), is_forced=force)
    for fault in traded.forced:
        click.echo(f"Warning: {fault.given}: {fault.problem}", err=True)
    click.echo("\n".join(front_lines(traded.front, traded.objectives)))
    click.echo(f"table: {folder / 'pareto.csv'}; figure: {folder / 'pareto.html'}")
