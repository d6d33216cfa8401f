"""What the README shows is what happens: its Python block, its commands and their output, word for word."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
SESSIONS = [
    (lines[0], lines[1:])
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for lines in (part.splitlines() for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part)
]


def test_the_first_two_commands_train_and_test() -> None:
    assert re.findall(r"^\s*\$ (.*)$", README, re.MULTILINE)[:2] == ["make train", "make test"]


@pytest.mark.integration
@pytest.mark.parametrize(("command", "shown"), [s for s in SESSIONS if s[0].startswith("spcse-ml")])
def test_a_command_prints_what_the_readme_shows(command: str, shown: list[str], tmp_path: Path) -> None:
    recipes = next(lines for command, lines in SESSIONS if command == "cat recipes.csv")
    (tmp_path / "recipes.csv").write_text("\n".join(recipes) + "\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "SPCSE_ML_HOME"}
    done = subprocess.run(
        [sys.executable, "-m", "spcse_ml", *shlex.split(command)[1:]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout or done.stderr).splitlines() == shown


def test_the_python_block_gives_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPCSE_ML_HOME", raising=False)
    found = doctest.DocTestParser().get_doctest(README, {}, "README", "README.md", 0)
    assert len(found.examples) == 3
    assert doctest.DocTestRunner().run(found).failed == 0


def test_every_picture_is_there() -> None:
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (Path(__file__).resolve().parent.parent / picture).stat().st_size > 10_000
