"""What the pages show is what happens: their commands run in order, and the site builds without a warning.

Every block of code of a page is run here, run by the test named in `ELSEWHERE`, or told by the page to be *Not run
here*, with the reason. Of a page with long commands `make test-integration` runs what comes before the first of them.
"""

import contextlib
import doctest
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

import spcse_ml
from spcse_ml.evaluation.evaluated import ANSWER_COLUMNS
from spcse_ml.workflows.predict import predict_recipe

TOP = Path(__file__).resolve().parent.parent
PAGES = {
    path.relative_to(TOP).as_posix(): path.read_text(encoding="utf-8")
    for path in [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").rglob("*.md"))]
    if "_build" not in path.parts
}
LONG = re.compile(r"spcse-ml (train|compare|promote|evaluate|report|explain|suggest)\b")
"""Commands that take five seconds and more, or stand on one that does."""

NOT_RUN = re.compile(r"\*Not run here: .{10,}?\*", re.DOTALL)
RUN, TOLD, KEPT = {"console", "python"}, {"text"}, {"toml", "csv"}
"""Languages of blocks that are run, that show what was printed, and that are files."""

ELSEWHERE = {
    ("README.md", "$ make train\n"): "tests/test_readme.py",
    ("README.md", "import json, urllib.request"): "tests/test_api.py",
    ("README.md", "mlflow ui --backend-store-uri"): "tests/storage/test_mlflow_server.py",
    ("README.md", "spcse_ml/\n  cli/"): "tests/test_house.py",
    ("docs/how-to/page.md", "spcse-ml ui"): "tests/app/test_browser.py",
    ("docs/how-to/screen.md", ""): "tests/cli/test_design_commands.py",
}
"""Blocks by page and first words, and the test that runs them (or, of the map, checks what it says)."""


@dataclass(frozen=True)
class Block:
    """A block of code of a page, with the words before it and after it."""

    language: str
    text: str
    before: str
    after: str

    @property
    def is_marked(self) -> bool:
        """Return whether the page says that it is not run here, and why."""
        return bool(NOT_RUN.search(self.before))


def blocks(page: str) -> list[Block]:
    """Return the blocks of code of a page in order; directives of the site are none."""
    lines = page.splitlines(keepends=True)
    found, words = [], ""
    for token in MarkdownIt("commonmark").parse(page):
        if token.type == "inline":
            words = token.content
        elif token.type in {"fence", "code_block"} and not token.info.startswith("{"):
            after = "".join(lines[token.map[1] :]) if token.map else ""
            found.append(Block(token.info.strip(), token.content, words, after))
            words = ""
    return found


def where(name: str, block: Block) -> str | None:
    """Return the test that runs a block in our place."""
    return next(
        (test for (page, start), test in ELSEWHERE.items() if page == name and block.text.startswith(start)), None
    )


def test_a_block_that_is_neither_run_nor_marked_is_found() -> None:
    plain, marked = blocks("Do:\n\n    rm lab.csv\n\n*Not run here: it needs a cluster.*\n\n```bash\nsbatch x\n```\n")
    assert (plain.language, plain.is_marked) == ("", False)
    assert (marked.language, marked.is_marked) == ("bash", True)


@pytest.mark.parametrize("name", PAGES)
def test_every_block_is_run_or_says_why_not(name: str) -> None:
    lost = [
        block.text
        for block in blocks(PAGES[name])
        if not (block.is_marked or block.language in RUN | TOLD | KEPT or where(name, block))
    ]
    assert not lost


def test_who_runs_a_block_in_our_place_is_there() -> None:
    for (page, start), test in ELSEWHERE.items():
        assert any(block.text.startswith(start) for block in blocks(PAGES[page])), page
        assert (TOP / test).exists()


@pytest.mark.parametrize("name", PAGES)
def test_every_module_that_is_named_is_there(name: str) -> None:
    rooms = "chemistry|data|models|evaluation|cell|explanation|storage|lab|design|reports|workflows|app|cli"
    named = re.findall(rf"`((?:{rooms})/[\w/]+\.py)`", PAGES[name])
    assert [path for path in named if not (TOP / "spcse_ml" / path).exists()] == []
    tests = re.findall(r"`(tests/[\w/]+\.py)`", PAGES[name])
    assert [path for path in tests if not (TOP / path).exists()] == []


def test_the_page_of_answers_tells_every_column_and_no_other() -> None:
    page = PAGES["docs/reference/answers.md"]
    tables = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    columns, beside, near, rules = (re.findall(r"`(\w+)`", "".join(re.findall(r"^\|([^|]*)", table, re.MULTILINE)))
                                    for table in tables)  # fmt: skip
    assert columns == list(ANSWER_COLUMNS)
    recipe = {"sulfide": "LPSCl", "method": "dry", "binder": "PTFE", "binder_wt_percent": "0.5"}
    (told,) = predict_recipe(recipe, store=TOP / "no store here", level=0.9).plain(level=0.9)
    assert set(told) == {*columns, *beside}
    assert list(told["card"]["nearest"][0]) == near
    assert list(told["card"]["broken_rules"][0]) == rules


@pytest.mark.parametrize("column", [name for name in ANSWER_COLUMNS if not name.endswith(("verdict", "rules"))])
def test_the_page_of_answers_gives_the_unit_that_the_name_tells(column: str) -> None:
    row = re.search(rf"^\| `{column}` \|([^|]*)\|", PAGES["docs/reference/answers.md"], re.MULTILINE)
    units = {"_percent": "%", "_um": "µm", "_ms_cm": "mS/cm", "_ohm_cm2": "Ω cm²"}
    assert row
    assert row[1].strip() == next((unit for end, unit in units.items() if column.endswith(end)), "")


@dataclass
class Session:
    """A reader at a terminal in an empty folder with a store of its own."""

    folder: Path
    stack: contextlib.ExitStack
    names: dict[str, str] = field(default_factory=dict)
    """What the page calls something, and what it is called here: models by their time, the port of a server."""
    globals: dict[str, Any] = field(default_factory=dict)
    printed: str = ""

    def does(self, block: Block) -> None:
        """Do what a block shows, and compare what comes of it."""
        if block.language in KEPT:
            name = re.search(rf"[\w.-]+\.{block.language}\b", block.after)
            assert name, f"no file is named for {block.text}"
            (self.folder / name[0]).write_text(block.text, encoding="utf-8")
        elif block.language == "text":  # on a page that prints nothing it is a formula
            assert not self.printed or is_shown(f"...\n{block.text}...\n", self.printed), self.printed
        elif block.language == "python":
            self.speaks(block.text)
        else:
            for session in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                self.types(*session.split("\n", 1))

    def speaks(self, text: str) -> None:
        """Run a Python session; what was named in one block is known in the next."""
        found = doctest.DocTestParser().get_doctest(text, self.globals, "page", "page", 0)
        assert found.examples
        told: list[str] = []
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(found, out=told.append, clear_globs=False)
        self.globals = found.globs
        assert not told, "".join(told)

    def types(self, command: str, shown: str) -> None:
        """Type a command and look whether the page shows what is printed, if it shows anything."""
        for theirs, ours in self.names.items():
            command = command.replace(theirs, ours)
        if command.startswith("cat ") and not (self.folder / command[4:]).exists():
            (self.folder / command[4:]).write_text(shown, encoding="utf-8")
            return
        if command == "spcse-ml serve":
            self.serves()
            return
        done = self.run(command)
        assert done.returncode == (1 if "Refused:" in shown else 0), done.stderr
        self.printed = done.stdout or done.stderr
        both = done.stdout + done.stderr  # a terminal shows warnings as well
        theirs, ours = (re.findall(r"\d{8}-\d{6}-\d{3}", text) for text in (shown, self.printed))
        self.names |= dict(zip(theirs, ours, strict=True)) if len(theirs) == len(ours) else {}
        for their, our in self.names.items():
            shown = shown.replace(their, our)
        assert not shown or is_shown(shown, self.printed) or is_shown(shown, both), f"{command}\n{both}"

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a shell does."""
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=environment(), capture_output=True, text=True, check=False
        )

    def serves(self) -> None:
        """Start the server at a free port and keep it until the page is read."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        self.names["127.0.0.1:8000"] = f"127.0.0.1:{port}"
        server = self.stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "spcse_ml", "serve", "--port", port],
                cwd=self.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
        )  # fmt: skip
        self.stack.callback(server.terminate)
        assert server.stdout
        assert f"Listening on http://127.0.0.1:{port}" in server.stdout.readline()


def environment() -> dict[str, str]:
    """Return the surroundings of a reader: the commands on the path, a store in the folder."""
    kept = {name: value for name, value in os.environ.items() if name not in {"SPCSE_ML_HOME", "MLFLOW_TRACKING_URI"}}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"}


def is_shown(shown: str, printed: str) -> bool:
    """Return whether a page shows what is printed; `...` stands for whatever was left out."""
    return doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)


def test_other_words_are_not_taken_for_what_is_printed() -> None:
    assert is_shown("retention 50\n...\n", "retention 50\nmore\n")
    assert not is_shown("retention 51\n...\n", "retention 50\nmore\n")
    assert not is_shown("retention 50\n", "retention 50\nmore\n")


def ours(name: str) -> list[Block]:
    """Return the blocks of a page that are run here."""
    return [block for block in blocks(PAGES[name]) if not block.is_marked and not where(name, block)]


def is_long(block: Block) -> bool:
    """Return whether a block holds a long command."""
    return bool(LONG.search(block.text))


def read(name: str, some: list[Block], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do in an empty folder what some blocks of a page show."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("SPCSE_ML_HOME", raising=False)
    for beside in (TOP / name).parent.glob("*.csv"):  # files that the page offers to its readers
        (folder / beside.name).write_bytes(beside.read_bytes())
    with contextlib.ExitStack() as stack:
        session = Session(folder, stack)
        for block in some:
            session.does(block)


RUNNABLE = [
    name for name in PAGES if name != "README.md" and any(block.language in RUN for block in ours(name))
]  # fmt: skip - the README is run by tests/test_readme.py


@pytest.mark.integration
@pytest.mark.parametrize("name", [name for name in RUNNABLE if not is_long(ours(name)[0])])
def test_a_page_shows_what_happens(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = ours(name)
    first_long = next((place for place, block in enumerate(some) if is_long(block)), len(some))
    read(name, some[:first_long], tmp_path, monkeypatch)


@pytest.mark.thorough
@pytest.mark.parametrize("name", [name for name in RUNNABLE if any(map(is_long, ours(name)))])
def test_a_long_page_shows_what_happens(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(name, ours(name), tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site, built as `make docs` builds it: every warning is an error, nothing is fetched."""
    folder = tmp_path_factory.mktemp("site")
    words = ["-c", "docs", "-W", "--keep-going", "-n", "-q", "-d", str(folder / "trees"), ".", str(folder / "html")]
    closed = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words],
        cwd=TOP, env=environment() | closed, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.mark.integration
def test_the_site_holds_every_public_name_command_and_notebook(site: Path) -> None:
    python = (site / "docs/reference/python.html").read_text(encoding="utf-8")
    assert [name for name in spcse_ml.__all__ if f'id="spcse_ml.{name}"' not in python] == []
    from spcse_ml.cli import cli  # noqa: PLC0415 - nothing else here needs it

    commands = (site / "docs/reference/cli.html").read_text(encoding="utf-8")
    assert [name for name in cli.commands if f'id="spcse-ml-{name}"' not in commands] == []
    for notebook in (TOP / "notebooks").glob("*.ipynb"):
        assert (site / "notebooks" / f"{notebook.stem}.html").exists()


@pytest.mark.integration
def test_the_site_asks_nothing_of_any_network(site: Path) -> None:
    fetched = re.compile(r"<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=\"(?:https?:)?//[^\"]+", re.IGNORECASE)
    asked = {page.name: fetched.findall(page.read_text(encoding="utf-8")) for page in site.rglob("*.html")}
    assert {name: found for name, found in asked.items() if found} == {}
