"""The command line: `spcse-ml`. Answers go to stdout, progress and warnings to stderr.

Exit codes: 0 done, 1 refused (a message says why), 2 usage, 3 `--strict` and a verdict is not `useful` or a recipe is
outside, 130 a screen was interrupted, whose parts are kept.
"""

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from spcse_ml import __version__
from spcse_ml.cli.cell import cell
from spcse_ml.cli.data import data, names
from spcse_ml.cli.design import pareto, screen, space
from spcse_ml.cli.explain import explain, report
from spcse_ml.cli.lab import ledger, record
from spcse_ml.cli.output import take_any_encoding
from spcse_ml.cli.predict import predict
from spcse_ml.cli.serve import serve
from spcse_ml.cli.suggest import suggest
from spcse_ml.cli.train import compare, evaluate, promote, rollback, runs, train
from spcse_ml.cli.ui import ui
from spcse_ml.errors import REFUSAL_FILE, SpcseError, StoreError, as_json


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="spcse-ml")
def cli() -> None:
    """Which sulfide-polymer membrane to make next.

    Retention of ionic conductivity and thickness, predicted from the recipe, each with its interval, its evidence
    and its verdict.
    """


for command in (
    data, names, train, evaluate, explain, report, predict, space, screen, pareto, suggest, cell,
    record, ledger, runs, compare, promote, rollback, serve, ui,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    """Run the command line and exit; a refusal is a message on stderr and exit code 1."""
    take_any_encoding()
    try:
        cli.main(prog_name="spcse-ml", standalone_mode=True)
    except SpcseError as error:
        _refuse(error)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:  # a disk or a name of a file that no room foresaw
        _refuse(StoreError("unusable-path", path=error.filename or "", reason=error.strerror or error))


def _refuse(error: SpcseError) -> NoReturn:
    click.echo(f"Refused:\n{error}", err=True)
    if file := os.environ.get(REFUSAL_FILE):
        Path(file).write_text(as_json(error), encoding="utf-8")
    sys.exit(1)
