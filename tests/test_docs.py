"""What the pages show is what happens: their commands run in order, and the site builds without a warning.

Every block of code of a page is run here, run by the test named in `pages.ELSEWHERE`, or told by the page to be *Not
run here*, with the reason. Of a page with long commands `make test-integration` runs what comes before the
first of them; of the README, all.
"""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import spcse_ml
from spcse_ml.evaluation.evaluated import ANSWER_COLUMNS, ModelPair
from spcse_ml.workflows.predict import predict_recipe
from tests.pages import (
    ELSEWHERE,
    FILES,
    PRINTED,
    RUN,
    TOP,
    blocks,
    environment,
    now_shown,
    ours,
    pages,
    remade,
    where_run,
)

PAGES = pages()


def test_a_block_that_is_neither_run_nor_marked_is_found() -> None:
    plain, marked = blocks("Do:\n\n    rm lab.csv\n\n*Not run here: it needs a cluster.*\n\n```bash\nsbatch x\n```\n")
    assert (plain.language, plain.is_marked) == ("", False)
    assert (marked.language, marked.is_marked) == ("bash", True)


@pytest.mark.parametrize("name", PAGES)
def test_every_block_is_run_or_says_why_not(name: str) -> None:
    lost = [
        block.text
        for block in blocks(PAGES[name])
        if not (block.is_marked or block.language in RUN | PRINTED | FILES or where_run(name, block))
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
    (told,) = predict_recipe(recipe, store=TOP / "no store here", level=0.9).plain()
    assert set(told) == {*columns, *beside}
    assert list(told["card"]["nearest"][0]) == near
    assert list(told["card"]["broken_rules"][0]) == rules


@pytest.mark.parametrize("column", [name for name in ANSWER_COLUMNS if not name.endswith(("verdict", "rules"))])
def test_the_page_of_answers_gives_the_unit_that_the_name_tells(column: str) -> None:
    row = re.search(rf"^\| `{column}` \|([^|]*)\|", PAGES["docs/reference/answers.md"], re.MULTILINE)
    units = {"_percent": "%", "_um": "µm", "_ms_cm": "mS/cm", "_ohm_cm2": "Ω cm²"}
    assert row
    assert row[1].strip() == next((unit for end, unit in units.items() if column.endswith(end)), "")


def test_the_checklist_is_the_one_that_the_released_models_and_their_study_give(released_pair: ModelPair) -> None:
    script = runpy.run_path(str(TOP / "docs" / "make_checklist.py"))
    assert script["page"]() == PAGES["docs/reference/checklist.md"], "run `make datasheet`"
    bare = {item.standard: item.status for item in script["checklist"](released_pair.retention, None)}
    assert bare["OECD 5"] == "not met"
    assert len(bare) == 19


def test_the_page_of_the_checked_table_is_the_one_that_the_rule_and_its_claims_give() -> None:
    script = runpy.run_path(str(TOP / "docs" / "make_checked.py"))
    assert script["page"]() == PAGES["docs/decisions/0013-what-enters-the-checked-table.md"], "run `make datasheet`"


def test_the_page_of_limits_tells_which_terms_have_a_weight_and_which_have_none(released_pair: ModelPair) -> None:
    pipeline = released_pair.retention.model.pipeline
    weights = dict(zip(pipeline[-2].get_feature_names_out(), pipeline[-1].regressor_.coef_, strict=True))
    rows = re.findall(r"^\| (`.+?) \| (above 0|0) \|", PAGES["docs/explanation/limits.md"], re.MULTILINE)
    told = {name: weight for names, weight in rows for name in re.findall(r"`(\w+)`", names)}
    assert told == {name: "above 0" if weight > 0 else "0" for name, weight in weights.items()}


def test_other_words_are_not_taken_for_what_is_printed() -> None:
    assert now_shown("retention 50\n...\n", "retention 50\nmore\n") == "retention 50\n...\n"
    assert now_shown("retention 51\n...\nlast\n", "retention 50\nmore\nlast\n") == "retention 50\n...\nlast\n"
    assert now_shown("retention 50\n", "retention 50\nmore\n") == "retention 50\nmore\n"


RUNNABLE = [name for name, page in PAGES.items() if any(block.language in RUN for block in ours(name, page))]
LONG = [name for name in RUNNABLE if any(block.is_long for block in ours(name, PAGES[name]))]


@pytest.mark.integration
@pytest.mark.parametrize("name", [name for name in RUNNABLE if not ours(name, PAGES[name])[0].is_long])
def test_a_page_shows_what_happens(name: str) -> None:
    chosen = ours(name, PAGES[name])
    long = [place for place, block in enumerate(chosen) if block.is_long and name != "README.md"]
    first_long = min(long, default=len(chosen))
    assert remade(name, PAGES[name], chosen[:first_long]) == PAGES[name], "run `make pages`"


@pytest.mark.thorough
@pytest.mark.parametrize("name", LONG)
def test_a_long_page_shows_what_happens(name: str) -> None:
    assert remade(name, PAGES[name], ours(name, PAGES[name])) == PAGES[name], "run `make pages`"


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
