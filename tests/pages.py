"""The pages as their reader would type them: each block of code done in order, and what it shows now.

`make pages` writes into the README and the pages what is shown now; `tests/test_docs.py` compares.
"""

import contextlib
import difflib
import doctest
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

TOP = Path(__file__).resolve().parent.parent
LONG = re.compile(r"spcse-ml (train|compare|promote|evaluate|report|explain|suggest)\b")
"""Commands that take five seconds and more, or stand on one that does."""

NOT_RUN = re.compile(r"\*Not run here: .{10,}?\*", re.DOTALL)
RUN, PRINTED, FILES = {"console", "python"}, {"text"}, {"toml", "csv"}
"""Languages of blocks that are run, that show what was printed, and that are files."""

ELSEWHERE = {
    ("README.md", "$ make train\n"): "tests/test_readme.py",
    ("docs/how-to/client.md", "import json, urllib.request"): "tests/test_api.py",
    ("docs/reference/architecture.md", "spcse_ml/\n  cli/"): "tests/test_house.py",
    ("docs/how-to/page.md", "spcse-ml ui"): "tests/app/test_browser.py",
    ("docs/how-to/screen.md", ""): "tests/cli/test_design_commands.py",
}
"""Blocks by page and first words, and the test that runs them (or, of the map, checks what it says)."""


def pages() -> dict[str, str]:
    """Return the text of every page by its path."""
    paths = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").rglob("*.md"))]
    return {
        path.relative_to(TOP).as_posix(): path.read_text(encoding="utf-8")
        for path in paths
        if "_build" not in path.parts
    }


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

    @property
    def is_long(self) -> bool:
        """Return whether it holds a long command."""
        return bool(LONG.search(self.text))


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


def where_run(name: str, block: Block) -> str | None:
    """Return the test that runs a block in our place."""
    return next(
        (test for (page, start), test in ELSEWHERE.items() if page == name and block.text.startswith(start)), None
    )


def ours(name: str, page: str) -> list[Block]:
    """Return the blocks of a page that are run here."""
    return [block for block in blocks(page) if not block.is_marked and not where_run(name, block)]


def remade(name: str, page: str, chosen: Iterable[Block]) -> str:
    """Return a page with what its chosen blocks show now, done in order in an empty folder."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        for beside in (TOP / name).parent.glob("*.csv"):  # files that the page offers to its readers
            (Path(folder) / beside.name).write_bytes(beside.read_bytes())
        stack.enter_context(contextlib.chdir(folder))
        session = Session(Path(folder), stack)
        for block in chosen:
            page = page.replace(block.text, session.shown(block), 1)
    return page


@dataclass
class Session:
    """A reader at a terminal in an empty folder with a store of its own."""

    folder: Path
    stack: contextlib.ExitStack
    names: dict[str, str] = field(default_factory=dict)
    """What the page calls something, and what it is called here: models by their time, the port of a server."""
    globals: dict[str, Any] = field(default_factory=dict)
    printed: str = ""

    def shown(self, block: Block) -> str:
        """Do what a block says, and return it with what comes of it."""
        if block.language in FILES:
            name = re.search(rf"[\w.-]+\.{block.language}\b", block.after)
            assert name, f"no file is named for {block.text}"
            (self.folder / name[0]).write_text(block.text, encoding="utf-8")
            return block.text
        if block.language == "text":  # on a page that prints nothing it is a formula
            return now_shown(f"...\n{block.text}...\n", self.printed)[4:-4] if self.printed else block.text
        if block.language == "python":
            return self.spoken(block.text)
        first, *sessions = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
        parts = [f"$ {line}\n{self.typed(line, rest)}" for line, _, rest in (part.partition("\n") for part in sessions)]
        return "".join([first, *parts])

    def spoken(self, text: str) -> str:
        """Run a Python session, and return it with what it gives; names of one block are known in the next."""
        session = doctest.DocTestParser().get_doctest(text, self.globals, "page", "page", 0)
        assert session.examples
        runner = _Remaking(optionflags=doctest.ELLIPSIS)
        runner.run(session, out=lambda _: None, clear_globs=False)
        self.globals = session.globs
        for want, got in runner.outputs:
            text = text.replace(want, got, 1)
        return text

    def typed(self, command: str, shown: str) -> str:
        """Type a command, and return what the page shows of what is printed; nothing where it shows nothing."""
        for theirs, here in self.names.items():
            command = command.replace(theirs, here)
        if command.startswith("cat ") and not (self.folder / command[4:]).exists():
            (self.folder / command[4:]).write_text(shown, encoding="utf-8")
            return shown
        if command == "spcse-ml serve":
            self.serve()
            return shown
        done = self.run(command)
        assert done.returncode == (1 if "Refused:" in shown else 0), f"{command}\n{done.stderr}"
        self.printed = done.stdout or done.stderr
        there, now = (re.findall(r"\d{8}-\d{6}-\d{3}", text) for text in (shown, self.printed))
        self.names |= dict(zip(there, now, strict=True)) if len(there) == len(now) else {}
        warned = done.stdout + done.stderr if re.search("^(Warning|Note): ", shown, re.MULTILINE) else self.printed
        return self.as_on_the_page(now_shown(self.as_here(shown), warned)) if shown else ""

    def as_here(self, text: str) -> str:
        """Return text of the page with the names that things have here."""
        for theirs, here in self.names.items():
            text = text.replace(theirs, here)
        return text

    def as_on_the_page(self, text: str) -> str:
        """Return text printed here with the names that the page uses."""
        for theirs, here in self.names.items():
            text = text.replace(here, theirs)
        return text

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a shell does."""
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=environment(), capture_output=True, text=True, check=False
        )

    def serve(self) -> None:
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


class _Remaking(doctest.DocTestRunner):
    """Runs a Python session and keeps what its examples give instead of what they show."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.outputs: list[tuple[str, str]] = []

    def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:  # noqa: ARG002
        self.outputs.append((example.want, got))

    def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:  # noqa: ARG002
        raise exc_info[1]


def environment() -> dict[str, str]:
    """Return the surroundings of a reader: the commands on the path, a store in the folder."""
    left = {name: value for name, value in os.environ.items() if name not in {"SPCSE_ML_HOME", "MLFLOW_TRACKING_URI"}}
    return left | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{left['PATH']}"}


def now_shown(shown: str, printed: str) -> str:
    """Return what a page shows of a print; lines of `...` stand for what it leaves out.

    >>> now_shown("a 1\\n...\\nz\\n", "a 2\\nb\\nc\\nz\\n")
    'a 2\\n...\\nz\\n'
    """
    if doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS):
        return shown
    lines, old = (
        printed.splitlines(),
        [part.splitlines() for part in re.split(r"^\.\.\.\n?", shown, flags=re.MULTILINE)],
    )
    if len(old) == 1:
        return "".join(f"{line}\n" for line in lines)
    first, *middle, last = old
    new = [lines[: len(first)], *(_likest(part, lines) for part in middle), lines[len(lines) - len(last) :]]
    return "...\n".join("".join(f"{line}\n" for line in part) for part in new)


def _likest(part: list[str], lines: list[str]) -> list[str]:
    """Return the run of lines that is most like a part of a former print."""
    starts = range(max(1, len(lines) - len(part) + 1))
    runs = [lines[start : start + len(part)] for start in starts]
    return max(runs, key=lambda run: difflib.SequenceMatcher(None, "\n".join(part), "\n".join(run)).ratio())


def main(names: list[str]) -> None:
    """Write into each page (of those named, if any) what it shows now."""
    for name, page in pages().items():
        if (not names or name in names) and any(block.language in RUN for block in ours(name, page)):
            (TOP / name).write_text(remade(name, page, ours(name, page)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
