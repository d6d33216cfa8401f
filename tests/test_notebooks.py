"""The notebooks are what their text sources say, they run in a fresh folder, and what they show is what comes out."""

import re
import runpy
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupytext.compare import compare_notebooks

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
EXECUTE = runpy.run_path(str(NOTEBOOKS / "execute.py"))
SOURCES = EXECUTE["sources"]()
QUICK = [source for source in SOURCES if source.stem[:2] == "03"]
ABSOLUTE = re.compile(r"(?<![\w.:/<])/(?:home|root|tmp|work|usr|opt|var|private|Users|mnt)/|[A-Z]:\\\\|file://")
LARGEST = 500_000
"""Bytes of a notebook with its outputs."""


def kept(source: Path) -> Any:
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def shown(cell: Any) -> tuple[str, list[str], int]:
    """Return what a cell printed, what it showed as text, and how many figures; pieces of a stream are one text."""
    outputs = cell.get("outputs", [])
    printed = "".join(one["text"] for one in outputs if one["output_type"] == "stream")
    data = [one["data"] for one in outputs if "data" in one]
    texts = [one["text/plain"] for one in data if "image/png" not in one]
    return printed.rstrip(), texts, sum("image/png" in one for one in data)


def runs_as_it_is_kept(source: Path) -> None:
    """Run a source in a fresh folder and compare what every cell shows; cells tagged volatile are only run."""
    now, before = EXECUTE["executed"](source), kept(source)
    stale = [
        (cell["source"], shown(old), shown(cell))
        for cell, old in zip_longest(now.cells, before.cells, fillvalue={"source": "missing", "metadata": {}})
        if "volatile" not in cell["metadata"].get("tags", []) and shown(cell) != shown(old)
    ]
    assert not stale, f"`make notebooks` keeps what {source.stem} shows now"


def test_there_are_five_and_the_index_names_each() -> None:
    index = (NOTEBOOKS / "README.md").read_text(encoding="utf-8")
    assert [source.stem[:2] for source in SOURCES] == ["01", "02", "03", "04", "05"]
    assert re.findall(r"\]\((.*?)\.ipynb\)", index) == [source.stem for source in SOURCES]
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == {source.stem for source in SOURCES}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_notebook_says_what_its_text_source_says(source: Path) -> None:
    compare_notebooks(kept(source), EXECUTE["as_notebook"](source), fmt="py:percent")
    assert kept(source).metadata == EXECUTE["as_notebook"](source).metadata


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_notebook_holds_its_outputs_and_nothing_of_the_machine(source: Path) -> None:
    text, notebook = source.with_suffix(".ipynb").read_text(encoding="utf-8"), kept(source)
    code = [cell for cell in notebook.cells if cell["cell_type"] == "code"]
    outputs = [output for cell in code for output in cell["outputs"]]
    assert len(text.encode()) < LARGEST
    assert all(isinstance(cell["execution_count"], int) for cell in code)
    assert sum(bool(cell["outputs"]) for cell in code) >= len(code) / 2
    assert {one["output_type"] for one in outputs} <= {"stream", "execute_result", "display_data"}
    assert not [one for one in outputs if one.get("name") == "stderr"]
    assert not ABSOLUTE.search(text)
    assert str(NOTEBOOKS.parent) not in text


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_notebook_takes_from_the_package_only_public_names_and_workflows(source: Path) -> None:
    import spcse_ml  # noqa: PLC0415 - what is public is asked here alone

    text = source.read_text(encoding="utf-8")
    rooms = set(re.findall(r"(?:from|import) spcse_ml\.(\w+)", text))
    names = set(re.findall(r"\bspcse_ml\.([a-zA-Z]\w*)", text)) - {"workflows", "db"}
    assert rooms <= {"workflows"}
    assert names <= set(spcse_ml.__all__)
    assert not re.search(r"^(?:def|class) ", text, re.MULTILINE)


@pytest.mark.integration
@pytest.mark.parametrize("source", QUICK, ids=lambda source: source.stem)
def test_a_quick_notebook_runs_and_shows_what_is_kept(source: Path) -> None:
    runs_as_it_is_kept(source)


@pytest.mark.thorough
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_every_notebook_runs_and_shows_what_is_kept(source: Path) -> None:
    runs_as_it_is_kept(source)
