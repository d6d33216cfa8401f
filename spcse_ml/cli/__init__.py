"""The command line: `spcse-ml`. Answers go to stdout, progress and warnings to stderr.

Exit codes: 0 done, 1 refused (a message says why), 2 usage, 3 `--strict` and a verdict is not `useful` or a recipe is
outside, 130 a screen was interrupted, whose parts are kept.
"""

import contextlib
import importlib
import importlib.util
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

CORE = {
    "cite": ("cite",), "data": ("data", "names"), "explain": ("explain", "report"), "predict": ("predict",),
    "train": ("train", "evaluate"), "runs": ("runs", "compare", "promote", "rollback"),
}  # fmt: skip
"""The commands of each module of the core."""

ROOMS = {
    "cell": ("cell",), "design": ("space", "screen", "pareto"), "film": ("film",),
    "lab": ("record", "ledger"), "serve": ("serve",), "suggest": ("suggest",), "ui": ("ui",),
}  # fmt: skip
"""The commands of each module of the rooms around it, which are there if the room is and what it needs."""

EXTRAS = {
    "design": ("design", ("pyarrow",)), "lab": ("lab", ("impedance", "openpyxl")),
    "serve": ("serve", ("fastapi", "fastapi_offline", "uvicorn")), "suggest": ("design", ("pyarrow",)),
    "ui": ("page", ("streamlit", "plotly", "impedance", "openpyxl", "pyarrow")),
}  # fmt: skip
"""The extra of `pip install` that brings what such a module needs, and the packages by which it shows."""


def _is_here(module: str) -> bool:
    """Return whether a module of commands is installed with all that it needs."""
    _, needed = EXTRAS.get(module, ("", ()))
    return all(importlib.util.find_spec(name) is not None for name in (f"{__name__}.{module}", *needed))


class _Commands(Mapping[str, click.Command]):
    """Every command by its name; its module is imported when the command is asked for."""

    modules: ClassVar = {name: module for module, names in (CORE | ROOMS).items() for name in names}

    def __getitem__(self, name: str) -> click.Command:
        module = self.modules[name]
        if not _is_here(module):
            extra, _ = EXTRAS[module]
            msg = f"{name}: not installed; pip install 'spcse-ml[{extra}]' brings it."
            raise click.UsageError(msg)
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        if name == "predict" and _is_here("lab"):
            from spcse_ml.cli.lab import register_option

            command.params += [] if register_option in command.params else [register_option]
        return command

    def __iter__(self) -> Iterator[str]:
        return (name for name, module in self.modules.items() if _is_here(module))

    def __len__(self) -> int:
        return len(list(iter(self)))


@click.group(
    commands=_Commands(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="spcse-ml")
def cli() -> None:
    """Which sulfide-polymer membrane to make next.

    Retention of ionic conductivity and thickness, predicted from the recipe, each with its interval, its evidence
    and its verdict.

    Ionic-conductivity retention is the conductivity of the membrane over that of its powder as received, at the same
    temperature, from the same paper, in percent. It is not the capacity retention of a cell.
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
