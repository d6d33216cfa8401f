import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from spcse_ml.errors import InputError, StoreError
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.reports.messages.verdict import NOT_PREDICTED, meaning
from spcse_ml.schema import RETENTION
from spcse_ml.workflows.report import write_report


class Page(HTMLParser):
    """What a browser would fetch, and which figures stand on the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in {"src", "href"}]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    recipes = folder / "recipes.csv"
    recipes.write_text(
        "id,sulfide,method,binder,binder_wt_percent,solvent\n<i>A1,LPSCl,slurry,<b>PEO,5,ACN\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as refused:
        write_report(folder / "store", folder / "report.html", candidates=recipes)
    assert [(fault.file, fault.row, fault.column) for fault in refused.value.faults] == [
        ("recipes.csv", "line 2", "binder")
    ]
    assert not (folder / "report.html").exists()
    recipes.write_text(recipes.read_text().replace("<b>", ""), encoding="utf-8")
    write_report(folder / "store", folder / "report.html", candidates=recipes)
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_page_needs_nothing_from_anywhere(page: str) -> None:
    found = Page(page)
    assert found.fetched
    assert all(address.startswith("data:image/svg+xml;base64,") for address in found.fetched)
    assert "script" not in found.tags
    assert "@import" not in page
    assert "url(" not in page


def test_the_verdicts_come_first_and_every_figure_has_a_caption_a_command_and_a_fingerprint(page: str) -> None:
    assert page.index(meaning(RETENTION, Verdict.USEFUL)) < page.index("<h2>")
    assert page.index(NOT_PREDICTED) < page.index("<h2>")
    captions = re.findall(
        r"<figcaption><b>Figure (\d+)\.</b> .+? <code>spcse-ml .+?</code>, data checked-[0-9a-f]{16}\.", page
    )
    assert [int(number) for number in captions] == list(range(1, page.count("<figure>") + 1))
    assert len(captions) > 10


def test_the_report_tells_ranks_chemistry_single_papers_and_candidates(page: str) -> None:
    for words in (
        "tied with",
        "cannot tell",
        "permutation importance",
        "on simulated outcomes",
        "without reference",
        "[31]",
    ):
        assert words in page


def test_what_a_user_typed_is_shown_and_is_no_markup(page: str) -> None:
    assert "<b>&lt;i&gt;A1</b>: Li6PS5Cl, slurry, PEO 5 wt%, acetonitrile" in page
    assert "The donor number is above 14" in page
    assert page.index("<h2>Candidates") < page.index("<h2>The data")


def test_there_is_no_importance_without_skill(page: str) -> None:
    thickness = page[page.index("<h2>Thickness") : page.index("<h2>Methods")]
    assert "No feature importance is shown" in thickness
    assert "Shapley" not in thickness


def test_the_report_names_the_page_with_what_standards_ask(page: str) -> None:
    assert "docs/reference/checklist.md" in page[page.index("<h2>Reporting standards") :]


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.mkdir()
    with pytest.raises(StoreError) as refused:
        write_report(tmp_path / "store", target)
    assert refused.value.code == "not-a-file"
