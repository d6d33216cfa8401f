"""`spcse-ml record` and `ledger`: membranes of a lab, and their preregistered predictions."""

from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from spcse_ml.cli.predict import USES, flags_of, pairs
from spcse_ml.data.membrane import LabMembrane


def named_table(context: click.Context, parameter: click.Parameter, table: Path) -> Path:
    """Return a lab's table to read; only the one that nobody named may be missing, and counts as empty then."""
    from spcse_ml.data.lab_rows import existing

    is_named = context.get_parameter_source(parameter.name or "") is not ParameterSource.DEFAULT
    return existing(table) if is_named else table


table_option = partial(
    click.option, "--table", type=click.Path(path_type=Path, dir_okay=False), default=Path("lab.csv"), show_default=True
)
"""The option that names a lab's table; each command has its own help."""


def preregister_answers(answers: Any) -> None:
    """Put answers into the ledger of the store, and say so on stderr."""
    from spcse_ml.reports.messages.lab import preregistered_text
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.lab import preregister

    click.echo(preregistered_text(preregister(store_folder(), answers)), err=True)


def _use_answers(context: click.Context, _: click.Parameter, is_registered: bool) -> None:  # noqa: FBT001 - click's call
    if is_registered:
        context.meta.setdefault(USES, []).append(preregister_answers)


register_option = click.Option(
    ["--register"],
    is_flag=True,
    expose_value=False,
    callback=_use_answers,
    help="Register the prediction before the membrane is made.",
)
"""An option of `predict`, which knows nothing of the ledger."""


@click.command()
@flags_of(LabMembrane)
@table_option(help="The lab's table; made if it is not there.")
@click.option(
    "--spectrum",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="CSV with frequency_hz, z_real_ohm, z_imag_ohm between blocking electrodes: the total "
    "resistance is fitted and drawn.",
)
@click.option("--from", "source", type=click.Path(path_type=Path), metavar="FILE", help="Import a CSV or XLSX instead.")
@click.option("--sheet", metavar="NAME", help="The sheet of that XLSX, where more than one holds cells.")
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="THEIRS=OURS",
    callback=pairs("'Binder wt%=binder_wt_percent'"),
    help="A column of that file under our name; may be given many times.",
)
@click.option("--ignore", multiple=True, metavar="THEIRS", help="A column of that file to leave out.")
def record(
    table: Path,
    spectrum: Path | None,
    source: Path | None,
    sheet: str | None,
    *,
    mapping: dict[str, str],
    ignore: tuple[str, ...],
    **membrane: str | None,
) -> None:
    """Add a measured membrane to the lab's table, or every row of a spreadsheet.

    \b
    spcse-ml record --sulfide LPSCl --method dry --binder PTFE --binder-wt 99.5:0.5 \\
        --thickness "0.04 mm" --resistance "5.2 ohm" --area "1.13 cm2" --sigma-p 3.1
    spcse-ml record --from notebook.xlsx --map "Binder %=binder_wt_percent" --ignore Colour

    Quantities may carry a unit; a plain number is in the unit of its column. Nothing is ever changed in the table: a
    correction is a new line with --supersedes ID.
    """
    from spcse_ml.reports.messages.lab import membrane_text, recorded_lines
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.lab import import_records
    from spcse_ml.workflows.lab import record as record_membrane

    cells = {name: text for name, text in membrane.items() if text is not None}
    if (source is None) == (not cells):
        raise click.UsageError(
            "Give either --from FILE or the flags of one membrane (at least --sulfide and --method)."
        )
    if source is None and (mapping or ignore or sheet is not None):
        raise click.UsageError("--map, --ignore and --sheet belong to --from FILE.")
    if source is not None:
        if spectrum is not None:
            raise click.UsageError("--spectrum belongs to one membrane, not to --from FILE.")
        named = {**mapping, **dict.fromkeys(ignore)}
        recorded = import_records(table, source, sheet=sheet, mapping=named, store=store_folder())
    else:
        recorded = record_membrane(table, cells, spectrum=spectrum, store=store_folder())
    for row in recorded.added:
        click.echo(membrane_text(row))
    click.echo(f"Recorded in {table}.")
    for line in recorded_lines(recorded.remarks, recorded.uncounted, recorded.fit, recorded.picture):
        click.echo(line, err=True)


@click.command()
@table_option(callback=named_table, help="The lab's table; a record names its prediction under --prediction.")
def ledger(table: Path) -> None:
    """Show the predictions preregistered by `predict --register`, and their scores once membranes are recorded.

    A membrane counts if it has the day on which it was made (--made-on), and that is not before its prediction.
    """
    from spcse_ml.reports.messages.lab import ledger_lines
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows.lab import ledger as read_ledger

    click.echo("\n".join(ledger_lines(*read_ledger(store_folder(), table))))
