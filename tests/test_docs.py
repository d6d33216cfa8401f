"""What the pages show is what happens: their commands run in order, and the site builds without a warning.

Every block of code of a page is run here, run by the test named in `pages.ELSEWHERE`, or told by the page to be *Not
run here*, with the reason. Of a page with long commands `make test-integration` runs what comes before the
first of them; of the README, all.
"""

import inspect
import pkgutil
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
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


NUMBERS = runpy.run_path(str(TOP / "docs" / "make_numbers.py"))
RECORDS = re.compile(r"docs/(experiments|decisions/.*|reference/(checklist|codes)|explanation/scores)\.md|[A-Z]+\.md")
"""Pages of what was once measured, pages that another script writes, and pages outside `docs/`."""


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("docs/")])
def test_the_numbers_of_a_page_are_those_of_data_models_and_studies(name: str) -> None:
    assert NUMBERS["remade"](PAGES[name]) == PAGES[name], "run `make datasheet`"


def test_a_number_that_drifted_is_found() -> None:
    remade = NUMBERS["remade"]
    drifted = (
        "Errs by 99.9<!--retention.mae-->, by 9.9 (-9.9 to 9.9)<!--retention.gain.mean--> less; 1 of 2<!--dry.ptfe-->."
    )
    assert re.findall(r"9\.9|1 of 2\b", remade(drifted)) == []
    assert "<!--retention.mae-->, by " in remade(drifted)
    table = "\n<!-- coefficients -->\n\nold\n\n<!-- end -->\n"
    assert "old" not in remade(table)
    with pytest.raises(KeyError, match=r"retention\.luck"):
        remade("7<!--retention.luck-->")
    assert [name for name in NUMBERS["tables"]() if f"\n<!-- {name} -->\n" not in "".join(PAGES.values())] == []


def test_every_comment_that_could_be_a_name_marks_a_number() -> None:
    pages = [page for name, page in PAGES.items() if not RECORDS.fullmatch(name)]
    marked = [[mark[1] for mark in NUMBERS["MARKED"].findall(page)] for page in pages]
    assert [re.findall(r"<!--([a-z][\w.-]*)-->", page) for page in pages] == marked


@pytest.mark.parametrize("name", [name for name in PAGES if not RECORDS.fullmatch(name)])
def test_an_error_a_gain_or_a_spread_of_the_released_models_is_marked_wherever_it_stands(name: str) -> None:
    prose = re.sub(r"^```.*?^```$", "", PAGES[name], flags=re.MULTILINE | re.DOTALL)
    known = {text for key, text in NUMBERS["numbers"]().items() if key.startswith(("retention.", "study."))}
    telling = {text for text in known if re.fullmatch(r"\d\d\.\d|.*\(.*\)", text)}
    assert [text for text in telling if re.search(rf"(?<![\d.-]){re.escape(text)}(?!<!--|[\d)])", prose)] == []


def test_the_coefficients_on_the_page_predict_what_the_released_model_predicts(released_pair: ModelPair) -> None:
    model = released_pair.retention.model
    page = PAGES["docs/method.md"].partition("<!-- coefficients -->")[2].partition("<!-- end -->")[0]
    intercept, *rows = re.findall(r"^\| `?(\w+)`? \| (-?[\d.]+) \|", page, re.MULTILINE)
    terms = model.pipeline[:3].transform(model.training_rows.recipes)
    assert [name for name, _ in rows] == list(terms.columns)
    exponent = float(intercept[1]) + sum(float(coefficient) * terms[name] for name, coefficient in rows)
    predicted = np.clip(100 * np.exp(-exponent.to_numpy(dtype=float)), 0.1, 100)
    assert predicted == pytest.approx(model.pipeline.predict(model.training_rows.recipes), abs=0.05)


def test_the_glossary_explains_each_word_in_a_breath_and_leads_on() -> None:
    page = PAGES["docs/reference/glossary.md"]
    entries = dict(re.findall(r"^## (.+)\n\n(.+(?:\n.+)*)", page, re.MULTILINE))
    assert list(entries) == sorted(entries, key=str.lower)
    assert {
        "Acquisition", "Applicability domain", "Area-specific resistance", "Baseline", "Champion and challenger",
        "Coverage", "Donor number", "Fingerprint", "Lab factor", "Leave-one-paper-out cross-validation", "Pareto front",
        "Permutation test", "Prediction interval", "Preregistered prediction", "Retention", "Robustness study",
        "Search space", "Training membrane", "Verdict", "Winkler score",
    } <= set(entries)  # fmt: skip
    assert [word for word, text in entries.items() if len(text.split()) > 50 or not re.search(r"\]\(.+?\)", text)] == []
    assert "(reference/glossary.md)" in PAGES["docs/index.md"].splitlines()[2]


DOCUMENTED = re.findall(r"^\.\. autofunction:: ([\w.]+)", PAGES["docs/reference/python.md"], re.MULTILINE)


@pytest.mark.parametrize("path", DOCUMENTED)
def test_a_documented_function_tells_its_arguments_its_result_and_an_example(path: str) -> None:
    function = pkgutil.resolve_name(path)
    signature, text = inspect.signature(function), inspect.getdoc(function) or ""
    assert ("Args:" in text) == bool(signature.parameters)
    assert ("Returns:" in text) == (signature.return_annotation not in {None, "None"})
    assert ">>> " in text
    undescribed = [name for name in signature.parameters if not re.search(rf"^    \**{name}: \S", text, re.MULTILINE)]
    assert undescribed == []


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
