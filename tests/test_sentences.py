"""Decision 10: no room below the reports makes a sentence; codes and fields go up, `reports.messages` has the words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import spcse_ml

PACKAGE = Path(spcse_ml.__file__).parent
BELOW_REPORTS = ("schema.py", "tables.py", "parallel.py", "to_json.py", "chemistry", "data", "models", "evaluation",
                 "explanation", "cell", "design", "lab", "storage")  # fmt: skip
MOST_WORDS = 4
ALLOWED = {
    "conductivity of the membrane over": "meaning of a target, in the schema",
    "thickness of the finished": "meaning of a target, in the schema",
    "values in [ ]": "what a fault says is allowed",
    "a value for each name": "what a fault says is allowed",
    "one of the allowed names": "value of a fault: what its text suggests",
    "median of the class": "source of an estimate, as the tables of the catalogue cite theirs",
    "median of its family": "source of an estimate, as the tables of the catalogue cite theirs",
    "{}: compared with one source": "step of a training, beside its progress",
    "no batch and no day": "batch of own rows without one, stored in models",
    "characters in one XML": "unit of a bound, in the values of a fault",
    "XML elements": "unit of a bound, in the values of a fault",
    "SELECT": "SQL",
    "UPDATE": "SQL",
}
"""Texts that stay below the reports, as they begin, and why."""


def texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts of a tree.

    Left out are docstrings, meanings of columns, what a fault says is allowed, and messages of errors of Python's own.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)  # type: ignore[misc]
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    is_column = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "column"
    is_bound = isinstance(node, ast.keyword) and node.arg == "allowed"
    is_named = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"allowed", "msg", "_LESS_THAN_ALL"}
    if not (is_docstring or is_column or is_bound or is_named or isinstance(node, ast.JoinedStr)):
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def sentences(source: str) -> list[str]:
    """Return the texts of a module that read as sentences."""
    return [text for text in texts(ast.parse(source)) if len(text.split()) > MOST_WORDS]


def test_no_room_below_the_reports_makes_a_sentence() -> None:
    places = (PACKAGE / name for name in BELOW_REPORTS)
    modules = [module for place in places for module in ([place] if place.suffix else sorted(place.glob("*.py")))]
    written = {
        text: path.relative_to(PACKAGE).as_posix()
        for path in modules
        for text in sentences(path.read_text(encoding="utf-8"))
    }
    assert {text: path for text, path in written.items() if not text.startswith(tuple(ALLOWED))} == {}
    assert [begin for begin in ALLOWED if not any(text.startswith(begin) for text in written)] == []


def test_a_sentence_that_is_returned_or_stored_is_seen_and_a_docstring_is_not() -> None:
    assert sentences('def f(n):\n    return f"only {n} papers report it"')
    assert sentences('REASON = "the model is no better than guessing"')
    assert not sentences('def f():\n    """Return how many papers there are in all."""\n    return "few papers"')
