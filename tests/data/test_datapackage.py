"""The descriptor of the tables is the one that the tables give, and it is valid."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOP = Path(__file__).resolve().parents[2]
VALIDATE = """
import json, sys
from frictionless import Package
report = Package(sys.argv[1]).validate()
print(json.dumps([report.valid, len(report.tasks), report.flatten(["fieldName", "type"])]))
"""


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_datapackage", TOP / "docs" / "make_datapackage.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TOP / "data", tmp_path / "data"))


def test_the_descriptor_is_the_one_that_the_tables_give(script: ModuleType) -> None:
    assert script.text() == (TOP / "data" / "datapackage.json").read_text(encoding="utf-8"), "run `make datasheet`"


def test_every_table_is_in_it_with_every_column_its_unit_and_its_type() -> None:
    package = json.loads((TOP / "data" / "datapackage.json").read_text(encoding="utf-8"))
    assert {resource["path"] for resource in package["resources"]} == {
        path.relative_to(TOP / "data").as_posix() for path in (TOP / "data").rglob("*.csv")
    }
    fields = {
        (resource["name"], field["name"]): field
        for resource in package["resources"]
        for field in resource["schema"]["fields"]
    }
    boiling = fields["catalogue-solvents", "boiling_point_c"]
    assert (boiling["type"], boiling["description"]) == ("number", "boiling point, in °C")
    assert fields["catalogue-polymers", "is_binder"]["type"] == "boolean"
    assert fields["literature-references", "reference"]["type"] == "integer"
    assert fields["literature-table1-slurry-coating", "Thickness (μm)"]["type"] == "string"  # ranges stand there
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    assert "10.1016/j.cclet.2024.110215" in package["sources"][0]["path"]


def test_a_column_that_nothing_describes_is_refused_with_its_table(
    script: ModuleType, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copied / "literature" / "new.csv").write_text("reference,mood,weather\n51,good,fair\n", encoding="utf-8")
    monkeypatch.setattr(script, "DATA", copied)
    with pytest.raises(ValueError, match=r"literature/new\.csv: mood; literature/new\.csv: weather"):
        script.text()


@pytest.mark.integration
def test_frictionless_finds_every_table_as_it_is_described_and_a_wrong_cell(copied: Path) -> None:
    pytest.importorskip("frictionless", reason="`make test-integration` installs it")
    assert validated(copied) == [True, len(list(copied.rglob("*.csv"))), []]
    solvents = copied / "catalogue" / "solvents.csv"
    solvents.write_text(solvents.read_text(encoding="utf-8").replace(",110.6,", ",warm,", 1), encoding="utf-8")
    is_valid, _, faults = validated(copied)
    assert (is_valid, faults) == (False, [["boiling_point_c", "type-error"]])


def validated(folder: Path) -> list[object]:
    words = [sys.executable, "-c", VALIDATE, "datapackage.json"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))
