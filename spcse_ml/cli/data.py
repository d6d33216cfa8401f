"""`spcse-ml data` shows and checks tables; `spcse-ml names` lists what the catalogue knows."""

from pathlib import Path

import click

from spcse_ml.cli.output import echo_file
from spcse_ml.schema import Formulation, columns

KINDS = ("sulfides", "binders", "templates", "solvents", "salts", "columns")


@click.command()
@click.option("--format", "style", type=click.Choice(["text", "csv"]), default="text", show_default=True)
@click.option("--datasheet", is_flag=True, help="Show where the data come from and what each column means.")
@click.option(
    "--check", type=click.Path(path_type=Path), metavar="FILE", help="Check a file instead and list its faults."
)
def data(style: str, check: Path | None, *, datasheet: bool) -> None:
    """Show the 38 published membranes with every correction applied, or check a file of your own.

    A file to check holds recipes for `predict`, membranes as `record` keeps them, or measurements in the columns that
    `--format csv` prints.
    """
    from spcse_ml.data.dataset import literature
    from spcse_ml.reports.datasheet import datasheet as datasheet_text
    from spcse_ml.reports.messages.data import checked_text, literature_text
    from spcse_ml.workflows.data import checked, literature_csv

    if check is not None:
        click.echo(checked_text(check.name, checked(check)))
        return
    if datasheet:
        echo_file(datasheet_text(literature()))
        return
    if style == "csv":
        echo_file(literature_csv())
        return
    click.echo(literature_text(literature()), nl=False)


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
def names(kind: str) -> None:
    """List the names that the catalogue knows, with synonyms; or the columns of a recipe."""
    if kind == "columns":
        for column in columns(Formulation).values():
            allowed = f" [{column.allowed}]" if column.allowed else ""
            click.echo(f"{column.name}{' (required)' if column.is_required else ''}: {column.meaning}{allowed}")
        return
    from spcse_ml.chemistry.catalogue import catalogue

    for name, entry in getattr(catalogue(), kind).items():
        click.echo(f"{name}: {', '.join(entry.synonyms)}" if entry.synonyms else name)
