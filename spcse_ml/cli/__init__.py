"""The command line: `spcse-ml`. Answers go to stdout, progress and warnings to stderr.

Exit codes: 0 done, 1 refused (a message says why), 2 usage, 3 `--strict` and a verdict is not `useful` or a recipe is
outside, 130 a screen was interrupted, whose parts are kept.
"""

import sys

import click

from spcse_ml import __version__
from spcse_ml.cli import cell, data, design, explain, lab, predict, serve, suggest, train, ui
from spcse_ml.cli.output import take_any_encoding
from spcse_ml.errors import SpcseError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="spcse-ml")
def cli() -> None:
    """Which sulfide-polymer membrane to make next.

    Retention of ionic conductivity and thickness, predicted from the recipe, each with its interval, its evidence
    and its verdict.
    """


for command in (
    data.data, data.names, train.train, train.evaluate, explain.explain, explain.report, predict.predict,
    design.space, design.screen, design.pareto, suggest.suggest, cell.cell, lab.record, lab.ledger,
    train.runs, train.compare, train.promote, train.rollback, serve.serve, ui.ui,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    """Run the command line and exit; a refusal is a message on stderr and exit code 1."""
    take_any_encoding()
    try:
        cli.main(prog_name="spcse-ml", standalone_mode=True)
    except SpcseError as error:
        click.echo(f"Refused:\n{error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:  # a disk or a name of a file that no room foresaw
        problem = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        click.echo(f"Refused:\n{problem}. Choose another file or folder.", err=True)
        sys.exit(1)
