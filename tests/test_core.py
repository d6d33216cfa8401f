"""The core stands alone: with the rooms around it and what only they need away, its commands do what they always do."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from spcse_ml.cli import CORE, EXTRAS, ROOMS
from tests.in_process import run as run_here

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["name"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}
CONTRACT = CONTRACTS["The core stands alone: it knows none of the rooms around it"]
AROUND = [Path(*name.split(".")) for name in CONTRACT["forbidden_modules"]]
AWAY = ["streamlit", "plotly", "impedance", "openpyxl", "fastapi_offline", "distributed"]
"""What no other part of the core brings; MLflow needs pyarrow, FastAPI and Uvicorn itself."""

RECIPE = ("--sulfide", "Li6PS5Cl", "--method", "dry", "--binder", "PTFE", "--binder-wt", "0.5")
ANSWERS = [
    ("predict", *RECIPE, "--card"), ("explain", *RECIPE), ("data",), ("names", "binders"), ("runs",),
    ("report", "--out", "report.html"),
]  # fmt: skip
REFUSED = [ROOMS[module][0] for module in EXTRAS]

PROGRAM = """
import json, sys
sys.modules.update(dict.fromkeys(json.loads(sys.argv[1])))
from pathlib import Path
sys.path.append(sys.argv[3])
from tests.in_process import run
ends = [run(Path.cwd(), *words, SPCSE_ML_HOME="store") for words in json.loads(sys.argv[2])]
print(json.dumps([[end.returncode, end.stdout, end.stderr] for end in ends]))
"""
"""Runs commands one after the other, with some packages away."""


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package, its data and models, and no room around the core."""
    folder = tmp_path_factory.mktemp("core")
    for path in (ROOT / "spcse_ml").rglob("*"):
        place = path.relative_to(ROOT)
        is_around = any(place.with_suffix("").is_relative_to(room) for room in AROUND)
        if path.is_file() and not is_around and "__pycache__" not in place.parts:
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(path.read_bytes())
    for name in ("data", "models"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def ends(core: Path, *commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Return exit code, stdout and stderr of commands of the core alone."""
    words = [json.dumps(AWAY), json.dumps(commands), str(ROOT)]
    environment = os.environ | {"PYTHONPATH": str(core)}
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], cwd=core, env=environment, text=True, capture_output=True, check=False
    )
    assert process.returncode == 0, process.stderr
    return [tuple(end) for end in json.loads(process.stdout)]


def test_every_module_is_of_the_core_or_of_a_room_around_it() -> None:
    names = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "spcse_ml").rglob("[!_]*.py")
    } - {"spcse_ml.codes", "spcse_ml.errors", "spcse_ml.former_names", "spcse_ml.parallel", "spcse_ml.to_json"}
    known = [*CONTRACT["source_modules"], *CONTRACT["forbidden_modules"]]
    assert not [name for name in names if not any(f"{name}.".startswith(f"{module}.") for module in known)]


def test_the_commands_of_the_core_are_there_and_the_others_say_what_brings_them(core: Path) -> None:
    overview, predict, *refused = ends(core, ("--help",), ("predict", "--help"), *((name,) for name in REFUSED))
    listed = {line.split()[0] for line in overview[1].partition("Commands:")[2].splitlines() if line}
    assert listed == {name for names in CORE.values() for name in names}
    assert "--register" not in predict[1]
    for (code, _, text), (extra, _) in zip(refused, EXTRAS.values(), strict=True):
        assert (code, f"spcse-ml[{extra}]" in text) == (2, True)


def test_the_core_answers_alone_as_it_does_among_its_rooms(core: Path) -> None:
    for words, (code, out, err) in zip(ANSWERS, ends(core, *ANSWERS), strict=True):
        whole = run_here(core, *words, SPCSE_ML_HOME="store")
        assert (code, out) == (whole.returncode, whole.stdout), words
        assert code == 0, err


@pytest.mark.thorough
def test_the_core_trains_tracks_and_evaluates_alone(core: Path) -> None:
    trained, evaluated, listed = ends(core, ("train",), ("evaluate", "--quick"), ("runs",))
    assert trained[0] == evaluated[0] == listed[0] == 0, trained[2] + evaluated[2]
    assert "*" in listed[1]
    assert (core / "store" / "mlflow.db").exists()


def brought(extra: str) -> set[str]:
    """Return the packages that an extra brings, by the names that are imported; an extra may bring others."""
    lines = PROJECT["project"]["optional-dependencies"][extra]
    others = [name for line in lines if line.startswith("spcse-ml[") for name in line[9:-1].split(",")]
    return {line.partition(">")[0].replace("-", "_") for line in lines}.union(*map(brought, others))


def test_what_brings_a_room_stands_in_an_extra() -> None:
    for extra, packages in EXTRAS.values():
        assert set(packages) <= brought(extra)
