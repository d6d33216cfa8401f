"""Every code that the package refuses by has its text, every text its code, and both keep their form."""

import ast
import functools
import pickle
import re
import runpy
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import spcse_ml
from spcse_ml import errors
from spcse_ml.cli.hints import HINTS, hint_lines
from spcse_ml.codes import ERRORS, FAULTS, Text, text_of

PACKAGE = Path(spcse_ml.__file__).parent
TEXTS = {**FAULTS, **ERRORS}
NAMES = {"Dask", "Z'", "Z''"}
"""Words that are written with a capital letter wherever they stand."""


@functools.cache
def nodes() -> tuple[tuple[str, ast.AST], ...]:
    """Return every node of every module but that of the codes, with the path of the module."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "codes.py"]
    trees = [(str(path.relative_to(PACKAGE)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]
    return tuple((path, node) for path, tree in trees for node in ast.walk(tree))


def kinds() -> set[str]:
    """Return the names of the errors that are raised by a code: `SpcseError` and what follows from it, but no list."""
    names = {errors.SpcseError.__name__}
    lists = {errors.InputError.__name__}
    classes = [node for _, node in nodes() if isinstance(node, ast.ClassDef)]
    for _ in classes:
        for known in (names, lists):
            known |= {node.name for node in classes
                      if {base.id for base in node.bases if isinstance(base, ast.Name)} & known}  # fmt: skip
    return names - lists


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Yield the place, the call and the code of each fault and error that is made with a literal code."""
    raised = kinds()
    for path, node in nodes():
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        first = node.args[0]
        if node.func.id in {"Fault", *raised} and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield f"{path}:{node.lineno}", node, first.value


def fields(code: str) -> set[str]:
    """Return the names of the values that the text of a code needs."""
    parts = (part for template in TEXTS[code] for part in string.Formatter().parse(template))
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in parts if name}


def given(call: ast.Call) -> set[str] | None:
    """Return the names of the values that a call gives, or None where they cannot be seen."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if None in keywords:
        return None
    if call.func.id != "Fault":  # type: ignore[attr-defined]
        return {str(name) for name in keywords}
    values = keywords.get("values", ast.Dict([], []))
    if not isinstance(values, ast.Dict) or not all(isinstance(key, ast.Constant) for key in values.keys):
        return None
    return {str(key.value) for key in values.keys if isinstance(key, ast.Constant)}


def test_every_code_that_is_used_has_its_text_where_it_belongs() -> None:
    assert len(list(calls())) > 50
    assert [(place, code) for place, call, code in calls()
            if code not in (FAULTS if call.func.id == "Fault" else ERRORS)] == []  # type: ignore[attr-defined]  # fmt: skip


def test_every_text_has_a_code_that_is_used_and_none_has_two() -> None:
    strings = {node.value for _, node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert [code for code in TEXTS if code not in strings] == []
    assert set(FAULTS) & set(ERRORS) == set()


def test_every_call_gives_the_values_that_its_text_needs() -> None:
    lacking = {(place, code): fields(code) - (given(call) or set())
               for place, call, code in calls() if code in TEXTS and given(call) is not None}  # fmt: skip
    assert {place: names for place, names in lacking.items() if names} == {}


@pytest.mark.parametrize("code", [code for code in TEXTS if fields(code)])
def test_a_text_whose_values_are_missing_is_an_error_of_ours_and_shows_no_braces(code: str) -> None:
    with pytest.raises(KeyError):
        text_of(code, {})


def test_braces_in_the_values_of_a_user_stay_as_they_are() -> None:
    assert text_of("not-accepted", {"reason": "{path} and {0}"}).problem == "not accepted: {path} and {0}"
    assert str(errors.Fault("missing", "{column}", given="{x}", allowed="{y}")).startswith("{column} '{x}': missing")


@pytest.mark.parametrize("code", TEXTS)
def test_a_text_is_short_begins_after_a_noun_and_has_no_full_stop(code: str) -> None:
    text = TEXTS[code]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
    assert isinstance(text, Text)
    problem, remedy = (re.sub(r"\{[^}]*\}", "", part) for part in text)
    assert 0 < len(problem) <= 70
    for part in (problem, remedy):
        assert not part.rstrip().endswith(".")
        assert not part[:1].isupper() or part.split()[0] in NAMES


@pytest.mark.parametrize("code", TEXTS)
def test_a_text_names_no_flag_and_no_command_which_the_page_and_http_have_not(code: str) -> None:
    assert not re.search(r"--[a-z]|spcse-ml(?!\[)", TEXTS[code].sentence)


def test_the_command_line_adds_the_flag_or_command_to_a_refusal() -> None:
    assert set(HINTS) <= set(TEXTS)
    faults = [errors.Fault("unmapped-column", name) for name in ("Farbe", "Colour")]
    assert hint_lines(errors.InputError(faults)) == ["    command line: --map THEIRS=OURS, or --ignore THEIRS"]
    screen = errors.StoreError("no-screen", folder="here", request="screen.json")
    assert hint_lines(screen) == ["    command line: spcse-ml screen --out here"]


def test_the_page_of_codes_is_the_one_that_the_registry_gives() -> None:
    script = runpy.run_path(str(PACKAGE.parent / "docs" / "make_codes.py"))
    page = (PACKAGE.parent / "docs" / "reference" / "codes.md").read_text(encoding="utf-8")
    assert script["page"]() == page, "run `make datasheet`"


def test_a_refusal_passes_between_processes_as_it_is() -> None:
    fault = errors.Fault("out-of-bounds", "binder_wt_percent", given="101", values={"quantity": "101 wt%"})
    for error in (errors.InputError([fault]), errors.StoreError("locked", path="lab.csv")):
        other = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert (type(other), str(other), other.code, other.values) == (
            type(error),
            str(error),
            error.code,
            error.values,
        )
    assert pickle.loads(pickle.dumps(errors.InputError([fault]))).faults == (fault,)  # noqa: S301 - as above


def test_no_text_of_a_file_steers_a_terminal_or_forges_a_line() -> None:
    fault = errors.Fault("unknown-column", column="\x1b[2J\nRefused:\nbinder", file="a\u202eb.csv", row="line 1")
    shown = str(errors.InputError([fault, fault]))
    assert all(sign.isprintable() or sign == "\n" for sign in shown)
    assert "\nRefused:" not in shown
    assert all(sign.isprintable() for sign in str(errors.StoreError("locked", path="\x1b[31m\u200f")))
