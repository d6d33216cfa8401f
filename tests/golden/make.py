"""What the package says to the same questions, kept beside this file and compared by `tests/test_golden.py`.

`make golden` writes it anew; only a release, or a change that says so, may. `v0.1.0.zip` is a store as version 0.1.0
left it: two trainings, a champion, a registered model, a ledger and a lab's table; `v0.1.0.names` are
the names and arguments that its reference of Python listed, `v0.1.0.said` the retention that its models predict for the
recipes of inputs/few.csv. They are never made anew.
"""

import importlib
import inspect
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

import spcse_ml
from spcse_ml.__main__ import main as command_line
from spcse_ml.codes import ERRORS, FAULTS
from spcse_ml.reports.messages.domain import REASONS
from spcse_ml.reports.messages.remarks import REMARKS
from spcse_ml.tables import csv_text, read_table
from tests.in_process import run

HERE = Path(__file__).parent
INPUTS, STORE = HERE / "inputs", HERE / "v0.1.0.zip"
WET = ("--sulfide", "Li6PS5Cl", "--binder", "NBR", "--binder-wt", "2", "--method", "slurry", "--solvent", "toluene")
DRY = ("--sulfide", "LPSCl", "--binder", "PTFE", "--binder-wt", "0.5", "--method", "dry", "--sigma-p", "3.2")

PRINTED = {
    "predict.csv": ("predict", "recipes.csv", "--format", "csv"),
    "predict_full.json": ("predict", "recipes.csv", "--format", "json"),
    "predict_card.txt": ("predict", *WET, "--planned-thickness", "40", "--card"),
    "predict_dry.txt": ("predict", *DRY),
    "explain.json": ("explain", *WET, "--format", "json"),
    "explain.csv": ("explain", "few.csv"),
    "explain.txt": ("explain", *DRY),
    "suggest.json": ("suggest", "-n", "3", "--format", "json"),
    "suggest.txt": ("suggest", "-n", "3", "--seed", "1"),
    "evaluate_thorough.txt": ("evaluate", "--thorough"),
    "space.txt": ("space", "space.toml"),
    "cell.json": ("cell", "--cell", "NCM811/Li", "--thickness", "30", "--sulfide", "Li6PS5Cl", "--format", "json"),
    "data.csv": ("data", "--format", "csv"),
    "data.txt": ("data",),
    "data_review.csv": ("data", "--view", "review", "--format", "csv"),
    "data_review.txt": ("data", "--view", "review"),
    "data_printed.csv": ("data", "--view", "printed", "--format", "csv"),
    "data_all.csv": ("data", "--view", "all", "--format", "csv"),
    "data_all.txt": ("data", "--view", "all"),
    "data_leads.txt": ("data", "--leads"),
    "papers.txt": ("data", "--check", "papers.csv", "--as", "papers"),
    "papers_refused.txt": ("data", "--check", "bad_papers.csv", "--as", "papers"),
    **{f"names_{kind}.txt": ("names", kind) for kind in ("sulfides", "binders", "templates", "solvents", "columns")},
    "refused.txt": ("predict", "bad.csv"),
    "strict.txt": ("predict", *WET[:-1], "DMF", "--strict"),
    "store_runs.txt": ("runs",),
    "store_ledger.txt": ("ledger",),
    "store_predict.json": ("predict", *DRY, "--format", "json"),
    "store_compare.txt": ("compare",),
    "store_thorough.txt": ("evaluate", "--thorough", "--target", "thickness"),
    "store_lab.txt": ("data", "--check", "lab.csv"),
}  # fmt: skip
"""Files of what a command prints, its warnings in one beside it; those named `store` are asked of the kept store."""


def surfaces(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each golden file and what belongs into it now: without a store, or asked of the kept one."""
    kept, folder = folder.resolve() / "kept", folder.resolve() / "empty"
    shutil.unpack_archive(STORE, kept)
    shutil.copytree(INPUTS, folder)
    for name, words in PRINTED.items():
        where = kept if name.startswith("store") else folder
        done = run(where, *words)
        yield name, _homeless(done.stdout, where)
        if warned := _homeless(done.stderr, where) + (f"exit {done.returncode}\n" if done.returncode else ""):
            yield f"{Path(name).stem}_warned.txt", warned
    yield "screen.csv", _screened(folder)
    yield "record.csv", _recorded(folder)
    yield "api.txt", "".join(_public_api())
    yield "codes.txt", "".join(f"{code}\n" for code in sorted({**FAULTS, **ERRORS, **REASONS, **REMARKS}))
    yield "openapi.json", json.dumps(_openapi(folder), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    yield from _helps()


def _homeless(text: str, folder: Path) -> str:
    return text.replace(str(folder), "FOLDER")


def _screened(folder: Path) -> str:
    done = run(folder, "screen", "space.toml", "--out", "screen", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    return (folder / "screen" / "top.csv").read_text(encoding="utf-8")


def _recorded(folder: Path) -> str:
    done = run(folder, "record", "--from", "measured.csv", "--table", "mine.csv")
    assert done.returncode == 0, done.stderr
    return csv_text(read_table(folder / "mine.csv").drop(columns="recorded_at"))


def _public_api() -> Iterator[str]:
    """Yield each public name with its signature, or the public names and signatures that its class holds."""
    for name in sorted(spcse_ml.__all__):
        thing = getattr(spcse_ml, name)
        if inspect.isclass(thing):
            yield f"class {name}\n"
            for part in sorted({*vars(thing), *inspect.get_annotations(thing)}):
                if not part.startswith("_"):
                    yield f"    {part}{_signature(inspect.getattr_static(thing, part, None))}\n"
        else:
            yield f"{name}{_signature(thing)}\n"


def _signature(thing: object) -> str:
    thing = thing.__func__ if isinstance(thing, classmethod | staticmethod) else thing
    if not inspect.isfunction(thing):
        return ""
    parameters = inspect.signature(thing).parameters.values()
    plain = [one.replace(annotation=inspect.Parameter.empty) for one in parameters]
    return str(inspect.Signature(plain))


def _openapi(folder: Path) -> object:
    http = importlib.import_module("spcse_ml.api")
    told = http.application(folder, http.Limits(1_000_000, 1_000, 60)).openapi()
    return {**told, "info": {**told["info"], "version": ""}}


def _helps() -> Iterator[tuple[str, str]]:
    group = importlib.import_module(command_line.__module__).cli
    context = group.make_context("spcse-ml", [], resilient_parsing=True, terminal_width=100)
    yield "help.txt", group.get_help(context) + "\n"
    for name, command in sorted(group.commands.items()):
        inner = click.Context(command, info_name=name, parent=context, terminal_width=100)
        yield f"help_{name}.txt", command.get_help(inner) + "\n"


def main() -> None:
    """Write every golden file anew."""
    with tempfile.TemporaryDirectory() as folder:
        for old in (path for path in HERE.iterdir() if path.suffix in {".csv", ".json", ".txt"}):
            old.unlink()
        for name, text in surfaces(Path(folder)):
            (HERE / name).write_text(text, encoding="utf-8")
            print(f"{name}: {len(text):,} characters", file=sys.stderr)  # noqa: T201 - the maker tells what it made


if __name__ == "__main__":
    main()
