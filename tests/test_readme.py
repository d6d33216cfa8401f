"""The README begins with two commands and answers soon; its numbers and pictures are those of the released models."""

import re
import runpy
from pathlib import Path

import pytest

from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.reports.citation import review_text

TOP = Path(__file__).resolve().parent.parent
README = (TOP / "README.md").read_text(encoding="utf-8")
SCORES = runpy.run_path(str(TOP / "docs" / "make_scores.py"))
PICTURES = runpy.run_path(str(TOP / "docs" / "make_pictures.py"))
FIGURES = sorted((TOP / "docs" / "figures").glob("*.png"))

MOST_WORDS, FIRST_ANSWER = 1200, 350
"""How long the prose may be, and how many words may stand before the first answers."""

TYPED = {"3.11", "3.14", "4.0"}
"""Numbers that are typed into the prose: versions of Python and of a licence. No model and no table gives them."""


def prose(text: str) -> str:
    """Return the words of a page, without blocks of code, tables, comments, pictures and addresses of links."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^(    |\|).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"<!--.*?-->|!\[.*?\]\(.*?\)", "", text, flags=re.DOTALL)
    return re.sub(r"\]\(.*?\)", "]", text)


def in_one_line(text: str) -> str:
    """Return text without its breaks of lines."""
    return re.sub(r"\s+", " ", text)


def test_the_first_two_commands_train_and_test() -> None:
    assert re.findall(r"^\s*\$ (.*)$", README, re.MULTILINE)[:2] == ["make train", "make test"]


def test_the_prose_is_short_and_the_first_answers_come_soon() -> None:
    assert len(prose(README).split()) <= MOST_WORDS
    for first in ("$ spcse-ml predict", ">>> import spcse_ml"):
        before = README[: README.index(first)].rpartition("```")[0]
        assert len(prose(before).split()) <= FIRST_ANSWER


def test_prose_leaves_code_and_tables_out_and_keeps_words() -> None:
    page = "one\n\n```console\n$ two\n```\n\n    three\n\n| four |\n<!-- five -->\n![six](seven)\n[eight](nine)\n"
    assert prose(page).split() == ["one", "[eight]"]


@pytest.mark.parametrize("name", SCORES["PAGES"])
def test_numbers_of_the_pages_are_those_of_the_released_files(name: str) -> None:
    page = (TOP / name).read_text(encoding="utf-8")
    assert len(SCORES["MARKED"].findall(page)) == page.count("<!-- released: ") >= 4
    assert SCORES["renewed"](page) == page, "run `make pages`"


def test_a_number_that_the_released_files_do_not_give_is_found() -> None:
    number = re.findall(r"\| (\d+\.\d) \(", SCORES["BLOCKS"]["scores"]())[0]
    assert SCORES["renewed"](README.replace(number, "1.1")) != README.replace(number, "1.1")
    with pytest.raises(KeyError):
        SCORES["renewed"]("<!-- released: nothing -->\n<!-- end -->\n")


def test_five_rows_of_scores_and_six_of_tools_with_the_package_among_them() -> None:
    def body(name: str) -> list[str]:
        return str(SCORES["BLOCKS"][name]()).splitlines()[2:]

    assert len(body("scores")) == 5
    assert len(body("tools")) == 6
    assert [row for row in body("tools") if "| spcse_ml |" in row]


def test_no_number_that_a_model_determines_is_typed_into_the_prose() -> None:
    typed = in_one_line(prose(SCORES["MARKED"].sub("", README)))
    assert review_text() in typed
    numbers = re.findall(r"(?<![\w.])\d+(?:\.\d+)?", typed.replace(review_text(), ""))
    assert [number for number in numbers if number not in TYPED] == []


def test_the_readme_says_of_the_thickness_what_its_verdict_is(released_pair: ModelPair) -> None:
    says_so = "**Thickness.** The published columns do not determine it." in README
    assert says_so == (released_pair.thickness.verdict is Verdict.NO_SKILL)


def test_every_picture_and_every_page_that_is_linked_is_there() -> None:
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (TOP / picture).stat().st_size > 10_000
    linked = [address.partition("#")[0] for address in re.findall(r"(?<!!)\[[^\]]*\]\((.*?)\)", README)]
    assert [address for address in linked if address and not (TOP / address).exists()] == []


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.name)
def test_every_picture_shows_the_files_that_are_released(path: Path) -> None:
    assert PICTURES["shown_by"](path) == PICTURES["shows"](path.name), "run `make pictures`, and look at them"


def test_a_picture_of_other_models_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = PICTURES["keep"].__globals__
    monkeypatch.setitem(script, "FIGURES", tmp_path)
    monkeypatch.setitem(script, "shows", lambda _: "released models of before")
    PICTURES["keep"]("literature.png", FIGURES[0].read_bytes())
    assert PICTURES["shown_by"](tmp_path / "literature.png") != PICTURES["shows"]("literature.png")
    monkeypatch.undo()
    (tmp_path / "bare.png").write_bytes((TOP / "benchmarks" / "checked_table" / "importance.png").read_bytes())
    assert PICTURES["shown_by"](tmp_path / "bare.png") is None
