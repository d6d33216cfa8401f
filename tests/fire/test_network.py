"""No command speaks to any machine but this one, and no library that it brings along reports on its user."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

ONLY_HERE = Path(__file__).parent / "loopback_only"
LISTS = 'sulfides = ["LPSCl"]\nbinders = ["PTFE", "SBR"]\ntemplates = []\nsolvents = ["toluene"]\n'
Command = Callable[..., subprocess.CompletedProcess[str]]


def alone(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python where speaking to another machine raises, also in the processes that it starts."""
    path = os.pathsep.join(part for part in (str(ONLY_HERE), os.environ.get("PYTHONPATH")) if part)
    return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": path})  # fmt: skip


@pytest.mark.parametrize("how", ["socket.create_connection(('192.0.2.1', 80))", "socket.gethostbyname('example.org')"])
def test_the_guard_itself_refuses(tmp_path: Path, how: str) -> None:
    done = alone(tmp_path, "-c", f"import socket; {how}")
    assert done.returncode == 1
    assert "this machine only" in done.stderr


RECIPE = ("--sulfide", "LPSCl", "--binder", "PTFE", "--binder-wt", "1", "--method", "dry")
WORDS = {
    "predict": ("predict", *RECIPE),
    "suggest": ("suggest", "--space", "space.toml", "-n", "2", "--register"),
    "screen": ("screen", "space.toml"),
    "record": ("record", "--id", "M1", *RECIPE, "--sigma-p", "2 mS/cm", "--sigma-m", "1 mS/cm"),
}


@pytest.mark.parametrize("words", [WORDS["suggest"], *(pytest.param(WORDS[name], marks=pytest.mark.thorough, id=name)
                                                       for name in ("predict", "screen", "record"))])  # fmt: skip
def test_a_command_asks_nothing_of_any_network(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "space.toml").write_text(LISTS, encoding="utf-8")
    done = alone(tmp_path, "-m", "spcse_ml", *words)
    assert done.returncode == 0, done.stderr
    assert "asked the network" not in done.stderr


@pytest.mark.thorough
@pytest.mark.parametrize("words", [("train",), ("report",), ("explain", *RECIPE), ("evaluate", "--quick")])
def test_a_long_command_asks_nothing_of_any_network(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = alone(tmp_path, "-m", "spcse_ml", *words)
    assert done.returncode == 0, done.stderr
    assert "asked the network" not in done.stderr
