"""The house stands: its layers, its public names, its wheel, its generated pages."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import spcse_ml
from spcse_ml.errors import StoreError
from spcse_ml.tables import released

TOP = Path(__file__).resolve().parent.parent


def test_each_room_knows_only_those_below_it() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in spcse_ml.__all__:
        thing = getattr(spcse_ml, name)
        assert name in {"__version__", "TARGETS"} or (thing.__doc__ or "").strip()


def test_the_maps_name_every_room_and_every_module_at_the_root() -> None:
    package = TOP / "spcse_ml"
    rooms = {path.name for path in package.iterdir() if path.is_dir() and path.name != "__pycache__"}
    modules = {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    page = (TOP / "docs" / "reference" / "architecture.md").read_text(encoding="utf-8")
    tree = page[page.index("spcse_ml/\n") :]
    assert [name for name in rooms if f"  {name}/ " not in tree] == []
    assert [name for name in modules if name not in tree] == []
    words = set(re.findall(r"\w+", spcse_ml.__doc__ or ""))
    assert sorted(name for name in rooms | {name.removesuffix(".py") for name in modules} if name not in words) == []


def test_a_name_that_is_not_public_is_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'utils'"):
        spcse_ml.utils  # noqa: B018


def test_every_table_that_leaves_is_written_where_formulas_are_made_harmless() -> None:
    def writes(path: Path) -> bool:
        calls = [one for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(one, ast.Call)]
        return any(isinstance(one.func, ast.Attribute) and one.func.attr == "to_csv" and one.keywords for one in calls)

    modules = (TOP / "spcse_ml").rglob("*.py")
    assert {path.relative_to(TOP).as_posix() for path in modules if writes(path)} == {"spcse_ml/tables.py"}


def test_released_files_are_found_in_the_package_first_then_in_the_checkout(tmp_path: Path) -> None:
    package = tmp_path / "site" / "spcse_ml"
    (tmp_path / "site" / "models").mkdir(parents=True)
    assert released("models", package=package) == tmp_path / "site" / "models"
    (package / "released" / "models").mkdir(parents=True)
    assert released("models", package=package) == package / "released" / "models"
    with pytest.raises(StoreError) as refused:
        released("data", "nothing", package=package)
    assert refused.value.code == "missing-from-installation"


def test_the_datasheet_is_the_one_that_the_schema_and_the_tables_give() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spcse_ml", "data", "--datasheet"], capture_output=True, text=True, check=True
    )
    assert done.stdout == (TOP / "data" / "README.md").read_text(encoding="utf-8"), "run `make datasheet`"


def test_the_released_models_learnt_from_the_data_that_are_released() -> None:
    from spcse_ml.data.literature import literature  # noqa: PLC0415
    from spcse_ml.storage.model_files import load  # noqa: PLC0415

    for target in ("retention", "thickness"):
        assert load(TOP / "models" / f"{target}.json").fingerprint == literature().fingerprint, "run `make release`"


@pytest.mark.integration
def test_the_wheel_carries_data_and_models_and_answers_in_an_empty_folder(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("spcse_ml", "data", "models"):
        shutil.copytree(TOP / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TOP / name, source)
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tmp_path / "dist"),
        str(source),
    ]
    subprocess.run(build, capture_output=True, check=True)
    wheel = next((tmp_path / "dist").glob("*.whl"))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(tmp_path / "site"),
        str(wheel),
    ]
    subprocess.run(pip, capture_output=True, check=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    asked = ["predict", "--sulfide", "Li6PS5Cl", "--binder", "PTFE", "--binder-wt", "0.5", "--method", "dry"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    where = [sys.executable, "-c", "import spcse_ml; print(spcse_ml.__file__)"]
    assert (
        str(tmp_path / "site")
        in subprocess.run(where, cwd=empty, env=environment, capture_output=True, text=True, check=True).stdout
    )
    done = subprocess.run(
        [sys.executable, "-m", "spcse_ml", *asked],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "inside the applicability domain" in done.stdout


_WORDS = """
told found asked one some said given kept foretold foretell judged judge judging scrutiny scrutinise trainable reach
reached learnt ladder rung planted rival rivals worlds dealt deals wanted offers offered why
"""
PRIVATE_WORDS = set(_WORDS.split())
"""Words that name no data, and those of the first plan: a name says what it holds, in the field's words."""

STORED = {
    "given",  # of every fault, in JSON
}  # fmt: skip
"""Names of fields that stand in files and answers, and stay; as names of anything else they are refused."""

METHODS = {"leave_one_out"}
"""Names that methods have in the field."""


def _names(tree: ast.AST) -> Iterator[str]:
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    fields = {part.target for node in classes for part in node.body if isinstance(part, ast.AnnAssign)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            if not (node in fields and node.id in STORED):
                yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


def test_names_are_in_the_words_of_the_field() -> None:
    worded = [
        f"{path.relative_to(TOP)}: {name}"
        for folder in ("spcse_ml", "benchmarks/robustness")
        for path in sorted((TOP / folder).rglob("*.py"))
        for name in _names(ast.parse(path.read_text(encoding="utf-8")))
        if name not in METHODS
        and PRIVATE_WORDS & {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    ]
    assert worded == []
