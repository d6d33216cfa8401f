"""The command line: `spcse-ml`. Answers go to stdout, progress and warnings to stderr.

Exit codes: 0 done, 1 refused (a message says why), 2 usage, 3 `--strict` and a verdict is not `useful` or a recipe is
outside, 130 a screen was interrupted, whose parts are kept.
"""

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, NoReturn

import click

from spcse_ml import __version__
from spcse_ml.cli.hints import hint_lines
from spcse_ml.cli.output import take_any_encoding
from spcse_ml.errors import REFUSAL_FILE, SpcseError, StoreError, as_json

MODULES = {
    "cell": ("cell",), "data": ("data", "names"), "design": ("space", "screen", "pareto"),
    "explain": ("explain", "report"), "lab": ("record", "ledger"), "predict": ("predict",), "serve": ("serve",),
    "suggest": ("suggest",), "train": ("train", "evaluate", "runs", "compare", "promote", "rollback"), "ui": ("ui",),
}  # fmt: skip
"""The commands of each module of this room."""


class _Commands(Mapping[str, click.Command]):
    """Every command by its name; its module is imported when the command is asked for."""

    modules: ClassVar = {name: module for module, names in MODULES.items() for name in names}

    def __getitem__(self, name: str) -> click.Command:
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{self.modules[name]}"), name)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(self.modules)

    def __len__(self) -> int:
        return len(self.modules)


@click.group(
    commands=_Commands(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="spcse-ml")
def cli() -> None:
    """Which sulfide-polymer membrane to make next.

    Retention of ionic conductivity and thickness, predicted from the recipe, each with its interval, its evidence
    and its verdict.
    """


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
    click.echo("\n".join(["Refused:", str(error), *hint_lines(error)]), err=True)
    if file := os.environ.get(REFUSAL_FILE):
        from spcse_ml.storage.files import write_whole

        with contextlib.suppress(StoreError):  # the refusal stands on stderr as well
            write_whole(Path(file), as_json(error))
    sys.exit(1)
