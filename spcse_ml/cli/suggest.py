"""`spcse-ml suggest`: the next batch of membranes, each with its reason."""

from pathlib import Path

import click

from spcse_ml.cli.lab import named_table, preregister_answers, table_option
from spcse_ml.cli.output import echo_file, echo_json


def _former_engine(_context: click.Context, _option: click.Parameter, engine: str | None) -> None:
    """Say where the engine of version 0.1.0 is; its option goes with version 0.3."""
    if engine == "baybe":
        raise click.UsageError("--engine baybe is gone: benchmarks/campaigns of the source compares with BayBE.")
    if engine:
        click.echo("Warning: --engine is no longer needed; it goes with version 0.3.", err=True)


@click.command()
@click.option(
    "-n", "--number", "n", type=click.IntRange(1, 50), default=5, show_default=True, help="Membranes to make."
)
@click.option(
    "--space",
    type=click.Path(path_type=Path),
    metavar="TOML",
    help="The design space, as `spcse-ml space --show` prints one; by default the catalogue.",
)
@table_option(
    callback=named_table, help="The lab's table: its recipes are not proposed again, and its best is to be exceeded."
)
@click.option(
    "--allow-rule",
    "allowed",
    multiple=True,
    metavar="NAME",
    help="A compatibility rule that may be broken, as ptfe-lithium; may be given many times.",
)
@click.option(
    "--with-thin", is_flag=True, help="Let in recipes with less than half the binder of any membrane of their kind."
)
@click.option(
    "--apart",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="Least distance between two of them; 0 is the same recipe, 1 differs in everything.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the draws.")
@click.option("--engine", type=click.Choice(["own", "baybe"]), hidden=True, expose_value=False, callback=_former_engine)
@click.option("--level", default=0.9, show_default=True, help="Level of the intervals.")
@click.option("--format", "style", type=click.Choice(["text", "csv", "json"]), default="text", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the CSV to this file besides.")
@click.option("--register", "is_registered", is_flag=True, help="Preregister the predictions in the ledger.")
@click.option("--force", "is_forced", is_flag=True, help="Accept a model without skill.")
def suggest(
    n: int,
    space: Path | None,
    table: Path,
    style: str,
    *,
    out: Path | None,
    is_registered: bool,
    allowed: tuple[str, ...],
    apart: float,
    seed: int,
    level: float,
    is_forced: bool,
    with_thin: bool,
) -> None:
    """Propose the next batch: some to exploit, some to learn from, one published membrane as control.

    \b
    spcse-ml suggest -n 5
    spcse-ml suggest -n 8 --space mine.toml --allow-rule ptfe-lithium --register

    None was made already, none breaks a compatibility rule unless allowed, and no two are alike.
    """
    from spcse_ml.design.minimum_content import LEAST
    from spcse_ml.design.screen import BROKEN
    from spcse_ml.reports.messages.batch import APART, remark_lines
    from spcse_ml.storage.files import store_folder, write_whole
    from spcse_ml.workflows.suggest import BatchRequest, next_batch

    request = BatchRequest(
        n=n, seed=seed, allowed=allowed, apart=apart, level=level, is_forced=is_forced, with_thin=with_thin
    )
    batch = next_batch(request, store=store_folder(), table=table, space=space)
    if out is not None:
        write_whole(out, batch.answers.to_csv())
    if style == "json":
        echo_json(batch.plain())
    elif style == "csv":
        echo_file(batch.answers.to_csv())
    else:
        click.echo(batch.text(), nl=False)
    ways = {
        BROKEN: "--allow-rule NAME lets them in",
        LEAST: "--with-thin lets them in",
        APART: "--apart sets this distance",
    }
    for line in remark_lines(batch.remarks, ways):
        click.echo(line, err=True)
    if is_registered:
        preregister_answers(batch.answers)
