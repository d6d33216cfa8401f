"""The workflow of a public CI calls make targets that exist, on Pythons that the project allows, and nothing else."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

TOP = Path(__file__).resolve().parent.parent
WORKFLOW = TOP / ".github" / "workflows" / "ci.yml"
JOBS: dict[str, dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]
COMMANDS = [line for step in STEPS if "run" in step for line in step["run"].splitlines()]


def targets() -> set[str]:
    """Return the targets of the Makefile."""
    return set(re.findall(r"^([a-z][\w-]*):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one_make_target(command: str) -> None:
    called = re.fullmatch(r"make ([\w-]+) PYTHON=python", command)
    assert called, command
    assert called[1] in targets()


def test_tests_integration_and_wheel_are_called() -> None:
    called = {command.split()[1] for command in COMMANDS if command.startswith("make ")}
    assert called == {"browser", "train", "test", "test-integration", "wheel"}
    integration = [step.get("run", "").split(" ")[1] for step in JOBS["integration"]["steps"] if "run" in step]
    assert integration == ["browser", "test-integration"], "without a browser its tests would be skipped"


def test_pythons_are_allowed_and_the_oldest_and_the_newest_are_among_those_tested() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    tested = JOBS["test"]["strategy"]["matrix"]["python"]
    single = [step["with"]["python-version"] for step in STEPS if "setup-python" in step.get("uses", "")]
    named = {*tested, *(version for version in single if "matrix" not in version)}
    assert all(isinstance(version, str) for version in named), "an unquoted 3.10 is read as 3.1"
    assert all(version in SpecifierSet(project["requires-python"]) for version in named)
    assert {listed[0], listed[-1]} <= set(tested)
    assert tested == listed


def test_actions_are_pinned_by_major_version_and_no_host_is_named() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert [action for action in used if not re.fullmatch(r"actions/[\w-]+@v\d+", action)] == []
    text = WORKFLOW.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"index[-_]url|pypi", text, re.IGNORECASE)
