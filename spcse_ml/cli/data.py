"""`spcse-ml data` shows and checks tables; `spcse-ml names` lists what the catalogue knows."""

from pathlib import Path

import click

from spcse_ml.cli.output import echo_file
from spcse_ml.schema import Formulation, columns

_COLUMNS_OF_NAMES = {"sulfides": "sulfide", "binders": "binder", "templates": "template", "solvents": "solvent",
                     "salts": "lithium_salt"}  # fmt: skip
KINDS = (*_COLUMNS_OF_NAMES, "columns")


VIEWS = ("printed", "review", "checked", "all")


@click.command()
@click.option("--format", "style", type=click.Choice(["text", "csv"]), default="text", show_default=True)
@click.option(
    "--view",
    type=click.Choice(VIEWS),
    default="checked",
    show_default=True,
    help="As printed, corrected from the review itself, checked against the papers, or with membranes beyond it.",
)
@click.option("--datasheet", is_flag=True, help="Show where the data come from and what each column means.")
@click.option("--leads", "shows_leads", is_flag=True, help="List the papers whose tables would help most.")
@click.option(
    "--check", type=click.Path(path_type=Path), metavar="FILE", help="Check a file instead and list its faults."
)
@click.option(
    "--as", "kind", type=click.Choice(["papers"]), help="Check the file as membranes from papers that you read."
)
def data(style: str, view: str, check: Path | None, kind: str | None, *, datasheet: bool, shows_leads: bool) -> None:
    """Show the 38 published membranes, or check a file of your own.

    The default view is corrected from the review itself and checked against the papers behind it; claims that did not
    enter a row stand beside it. Models are trained on this view.

    A file to check holds recipes for `predict`, membranes as `record` keeps them, or measurements in the columns that
    `--format csv` prints; with `--as papers`, membranes from papers that you read, as `train --papers` takes them.
    """
    from spcse_ml.data.dataset import View
    from spcse_ml.data.literature import literature
    from spcse_ml.reports.datasheet import datasheet as datasheet_text
    from spcse_ml.reports.messages.data import checked_text, leads_text, literature_text, reading_lines
    from spcse_ml.workflows.data import checked, claims_of_papers, leads, literature_csv, reading

    if kind is not None and check is None:
        msg = "--as needs --check FILE"
        raise click.UsageError(msg)
    if check is not None and kind == "papers":
        read = reading(check)
        for line in reading_lines(read.joined, read.odd):
            click.echo(line, err=True)
        click.echo(checked_text(check.name, read.counts()))
    elif check is not None:
        click.echo(checked_text(check.name, checked(check)))
    elif shows_leads:
        click.echo(leads_text(leads()))
    elif datasheet:
        echo_file(datasheet_text(literature()))
    elif style == "csv":
        echo_file(literature_csv(View(view)))
    else:
        claims = claims_of_papers() if view in {View.CHECKED, View.ALL} else []
        click.echo(literature_text(literature(View(view)), claims), nl=False)


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

    known = catalogue().names[_COLUMNS_OF_NAMES[kind]]
    for name, others in known.others().items():
        click.echo(f"{name}: {', '.join(others)}" if others else name)
