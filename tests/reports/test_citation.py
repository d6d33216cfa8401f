"""What to cite stands once, and every place that says it reads it."""

import re
import runpy
from pathlib import Path

import spcse_ml
from spcse_ml.cli import cli
from spcse_ml.data.literature import literature
from spcse_ml.data.papers import dois, references
from spcse_ml.reports.citation import citation, review_text
from spcse_ml.reports.datasheet import datasheet
from spcse_ml.reports.messages.captions import RETENTION_DEFINED
from tests.in_process import run

TOP = Path(__file__).resolve().parents[2]


def in_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_bibtex_has_the_review_and_this_version_of_the_software_and_closes_its_braces() -> None:
    entries = spcse_ml.cite().split("\n\n")
    assert [entry.split("{")[0] for entry in entries] == ["@article", "@software"]
    review = citation()["review"]
    assert f"doi = {{{review['doi']}}}" in entries[0]
    assert entries[0].count(" and ") == len(review["authors"]) - 1
    assert f"version = {{{spcse_ml.__version__}}}" in entries[1]
    for entry in entries:
        assert entry.count("{") == entry.count("}")
        assert not re.search(r"= \{\{?[^}]*[^\\]_", entry), "an underscore outside mathematics"


def test_the_command_prints_what_the_function_returns(tmp_path: Path) -> None:
    done = run(tmp_path, "cite")
    assert (done.returncode, done.stdout) == (0, f"{spcse_ml.cite()}\n")


def test_the_file_for_citing_software_is_made_from_the_same_source() -> None:
    script = runpy.run_path(str(TOP / "docs" / "make_citation.py"))
    assert script["text"]() == (TOP / "CITATION.cff").read_text(encoding="utf-8"), "run `make datasheet`"


def test_readme_and_datasheet_name_the_review_as_it_is_cited() -> None:
    readme = in_one_line((TOP / "README.md").read_text(encoding="utf-8"))
    assert review_text() in readme
    assert review_text() in in_one_line(datasheet(literature()))


def test_volume_and_article_number_of_the_review_are_in_every_form_of_its_citation() -> None:
    review = citation()["review"]
    assert review["doi"].endswith(review["pages"])
    assert f"volume = {{{review['volume']}}}" in spcse_ml.cite()
    assert f"pages = {{{review['pages']}}}" in spcse_ml.cite()
    cff = (TOP / "CITATION.cff").read_text(encoding="utf-8")
    assert f'    volume: {review["volume"]}\n    start: "{review["pages"]}"\n    doi: {review["doi"]}' in cff


def test_retention_is_defined_in_the_same_words_in_method_datasheet_and_help() -> None:
    texts = [(TOP / "docs" / "method.md").read_text(encoding="utf-8"), datasheet(literature()), cli.help or ""]
    assert [RETENTION_DEFINED in in_one_line(text) for text in texts] == [True] * 3
    assert ["capacity retention" in in_one_line(text) for text in texts] == [True] * 3


def test_a_doi_enters_with_title_and_two_of_year_volume_and_article_number() -> None:
    claims = dois()
    assert claims["enters"][claims["enters"]].index.tolist() == [43]
    assert not claims.loc[49, "enters"]  # volume and page differ
    assert not claims.loc[55, "enters"]  # title and year alone
    stored = references()["doi"]
    stored = stored[stored != ""]
    assert claims.loc[stored.index, "doi"].tolist() == stored.tolist()
    assert set(claims.index) <= set(references().index)
