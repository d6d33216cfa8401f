"""The page, driven by Streamlit's AppTest: every tab, every refusal, and the same numbers as everywhere else."""

import ast
import io
import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import spcse_ml as package
from spcse_ml.app import app
from spcse_ml.app.form import applicable, label
from spcse_ml.app.jobs import Job
from spcse_ml.app.predict import command
from spcse_ml.app.shared import EXAMPLE, begun, escaped
from spcse_ml.codes import FAULTS, text_of
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.data.validation import formulation, formulations
from spcse_ml.design.space import design_space
from spcse_ml.errors import InputError, from_json
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.reports.messages.captions import caption
from spcse_ml.reports.messages.domain import DOMAINS
from spcse_ml.reports.messages.film import film_answer_lines
from spcse_ml.reports.messages.predictions import ignored_text
from spcse_ml.reports.messages.verdict import NOT_PREDICTED, meaning
from spcse_ml.schema import PROCESS_COLUMNS, RETENTION, Formulation, Method, columns
from spcse_ml.storage.champion import crown, model_folder
from spcse_ml.storage.model_files import save_pair
from spcse_ml.storage.tracking import SavedTraining, log_training
from spcse_ml.tables import read_table
from spcse_ml.to_json import finite
from spcse_ml.workflows.film import predict_film, read_films
from spcse_ml.workflows.lab import record
from spcse_ml.workflows.train import train_on, with_lab_rows
from tests.films import strict, table_of

Command = Callable[..., subprocess.CompletedProcess[str]]

SLURRY = {
    "method": "slurry coating", "sulfide": "Li6PS5Cl", "binder": "HNBR", "binder_wt_percent": "3",
    "solvent": "N,N-dimethylformamide", "sigma_p_ms_cm": "3.2", "planned_thickness_um": "0.04 mm",
}  # fmt: skip
COMMAND = re.compile(r"--[a-z]|spcse-ml")
"""A flag or a command, which the page has not."""
SHOWN_ON_PURPOSE = re.compile("spcse-ml predict|mlflow ui|Kept as ")
"""Begin of the command of an answer, of the one that opens MLflow, and of what a training says."""
TRAP = "![x](https://example.org/x.png)"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page in an empty folder, with these fields filled in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPCSE_ML_HOME", raising=False)

    def opened(tab: str = "Predict", **state: Any) -> AppTest:
        at = AppTest.from_file(app.__file__, default_timeout=120)
        for name, value in {"tab": tab, **state}.items():
            at.session_state[name] = value
        return at.run()

    return opened


def press(at: AppTest, words: str) -> AppTest:
    return next(button for button in at.button if button.label.startswith(words)).click().run()


def told(at: AppTest) -> str:
    assert not at.exception, at.exception
    kinds = (at.markdown, at.code, at.error, at.warning, at.success, at.info, at.caption)
    cells = [frame.value.to_csv() for frame in at.dataframe]
    texts = [text.replace("\\", "") for text in [*(element.value for kind in kinds for element in kind), *cells]]
    assert [text for text in texts if COMMAND.search(text) and not SHOWN_ON_PURPOSE.match(text)] == []
    return "\n".join(texts)


def coded(at: AppTest, begins: str) -> str:
    return next(code.value for code in at.code if code.value.startswith(begins))


def as_json(at: AppTest) -> Any:
    return json.loads(coded(at, "["))[0]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, str]], AppTest]:
    """Return the page with the answer to a recipe, in an empty folder; for tests that only look."""
    folder, found = tmp_path_factory.mktemp("answered"), {}

    def looked_at(recipe: dict[str, str]) -> AppTest:
        key = tuple(recipe.items())
        if key not in found:
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder)
                patch.delenv("SPCSE_ML_HOME", raising=False)
                at = AppTest.from_file(app.__file__, default_timeout=120)
                for name, value in recipe.items():
                    at.session_state[name] = value
                found[key] = press(at.run(), "Predict")
        return found[key]

    return looked_at


def test_streamlit_would_draw_no_text_that_stands_alone_in_its_entry() -> None:
    body = ast.parse(Path(app.__file__).read_text(encoding="utf-8")).body
    alone = [node.value.value for node in body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    assert alone == [app.__doc__]


@pytest.mark.parametrize("recipe", [EXAMPLE, SLURRY])
def test_page_command_line_and_python_give_the_same_numbers(
    answered: Callable[..., AppTest], spcse_ml: Command, recipe: dict[str, str], tmp_path: Path
) -> None:
    at = answered(recipe)
    shown = as_json(at)
    line = coded(at, "spcse-ml predict")
    done = spcse_ml(*shlex.split(line)[1:], "--format", "json")
    assert json.loads(done.stdout)[0] == shown
    in_python = package.predict(**recipe, store=tmp_path / "none")
    assert {name: shown[name] for name in in_python} == finite(in_python)  # JSON has neither nan nor infinity
    assert f"### Retention {shown['retention_percent']:.0f} (" in told(at)


def test_the_domain_stands_first_and_names_the_input_that_is_outside(answered: Callable[..., AppTest]) -> None:
    at = answered(SLURRY)
    first = at.error[0].value.replace("\\", "")
    assert DOMAINS["outside"] in first
    assert as_json(at)["domain_reason"] in first
    assert as_json(at)["domain_codes"][-1] == "solvent-donor-number-beyond-range"
    assert "validated" not in first
    assert f"**Model:** {meaning(RETENTION, Verdict.USEFUL)}" in told(at)
    assert "Areal resistance" in told(at)


def test_what_is_claimed_otherwise_of_the_very_recipe_is_told(answered: Callable[..., AppTest]) -> None:
    coated = {"method": "slurry coating", "sulfide": "Li6PS5Cl", "binder": "ethyl cellulose", "binder_wt_percent": "2",
              "solvent": "toluene"}  # fmt: skip
    assert "Said otherwise: [41] sigma_m_ms_cm 1.09" in told(answered(coated)).replace("\\", "")


def test_a_broken_rule_and_the_nearest_membranes_are_told_with_their_sources(answered: Callable[..., AppTest]) -> None:
    shown = told(answered(EXAMPLE))
    assert "Kavan, Chem. Rev. 97 (1997)" in shown
    assert "nevertheless used in references 50, 64, 68" in shown
    assert "**[51] Li6PS5Cl, dry, PTFE 0.5 wt% (distance 0.00)**" in shown
    assert "measured retention 70.8 %, predicted 69.8 (25.8 to 100) %; C. Wang, ACS Energy Lett. 2021" in shown


def test_what_no_model_looks_at_is_told(page: Callable[..., AppTest]) -> None:
    salted = press(page(**SLURRY, lithium_salt="LiTFSI"), "Predict")
    assert ignored_text(as_json(salted)["ignored"]) in told(salted)
    assert as_json(salted)["ignored"] == ["lithium_salt"]
    assert as_json(press(page(**SLURRY), "Predict"))["ignored"] == []


def test_reasons_and_what_if_are_drawn_and_told(answered: Callable[..., AppTest]) -> None:
    at = answered(SLURRY)
    drawn = [caption(name)[0] for name in ("waterfall", "binder_wt_percent", "solvent")]
    assert [tab.label for tab in at.tabs if tab.label in drawn] == drawn
    assert "among wet recipes, the solvent alone" in told(at)


def test_fields_that_a_method_does_not_have_disappear_and_come_back(page: Callable[..., AppTest]) -> None:
    at = page()
    known = columns(Formulation)
    solvent, template = label(known["solvent"]), label(known["template"])
    assert solvent in [box.label for box in at.selectbox]
    assert template not in [box.label for box in at.selectbox]
    at.radio(key="method").set_value(str(Method.DRY)).run()
    assert solvent not in [box.label for box in at.selectbox]
    at.radio(key="method").set_value(str(Method.SKELETON)).run()
    assert {solvent, template} <= {box.label for box in at.selectbox}


def test_what_a_method_may_hold_is_asked_of_the_schema() -> None:
    dry, slurry, skeleton = (applicable(Formulation, method) for method in (Method.DRY, Method.SLURRY, Method.SKELETON))
    assert {"solvent", "donor_number_kcal_mol", "slurry_solid_percent", "template"} & dry == set()
    assert slurry - dry == {"solvent", "donor_number_kcal_mol", "slurry_solid_percent"}
    assert {"template", "template_wt_percent", "template_opening_um"} <= skeleton
    assert applicable(LabMembrane, Method.DRY) >= {"resistance_ohm", "plasticizer_wt_percent", "film_class", "made_on"}


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("former", app.FORMER_TABS)
def test_an_address_with_the_former_name_of_a_tab_opens_it(former: str) -> None:
    at = AppTest.from_file(app.__file__, default_timeout=120)
    at.query_params["tab"] = former
    at.run()
    assert not at.exception
    assert at.session_state["tab"] == app.FORMER_TABS[former]


@pytest.mark.usefixtures("page")
def test_the_address_restores_the_form(answered: Callable[..., AppTest]) -> None:
    at = AppTest.from_file(app.__file__, default_timeout=120)
    for name, value in SLURRY.items():
        at.query_params[name] = value
    at.run()
    assert at.selectbox(key="solvent").value == SLURRY["solvent"]
    assert at.text_input(key="planned_thickness_um").value == "0.04 mm"
    assert as_json(press(at, "Predict"))["retention_percent"] == as_json(answered(SLURRY))["retention_percent"]


def test_a_fault_is_told_as_on_the_command_line_and_beside_its_field(
    page: Callable[..., AppTest], spcse_ml: Command
) -> None:
    wrong = {**EXAMPLE, "binder_wt_percent": "0,5", "planned_thickness_um": "-4"}
    at = press(page(**wrong), "Predict")
    with pytest.raises(InputError) as refused:
        formulation(**wrong)
    assert spcse_ml(*shlex.split(command(wrong))[1:]).stderr == f"Refused:\n{refused.value}\n"
    beside = [one.value.replace("\\", "") for one in at.markdown if one.value.startswith(":red[")]
    assert {fault.code for fault in refused.value.faults} == {"decimal-comma", "out-of-bounds"}
    assert len(beside) == 2
    for fault in refused.value.faults:
        assert sum(fault.problem in text and (fault.remedy or fault.allowed) in text for text in beside) == 1
        assert not any(fault.problem in code.value for code in at.code), "each is told once"
    assert "2 to correct, beside their fields; nothing was kept." in told(at)


def test_an_answer_says_when_the_form_has_changed_since(page: Callable[..., AppTest]) -> None:
    at = press(page(**EXAMPLE), "Predict")
    assert "changed since" not in told(at)
    assert "changed since" in told(at.text_input(key="binder_wt_percent").set_value("2").run())


def test_the_example_fills_the_form_and_is_answered_at_once(page: Callable[..., AppTest]) -> None:
    at = press(page(**SLURRY), "Show an example")
    assert as_json(at)["domain"] == "inside"
    assert "changed since" not in told(at)
    assert at.text_input(key="sigma_p_ms_cm").value == ""


def test_what_fails_while_it_is_loaded_is_raised_for_who_asks() -> None:
    def broken() -> None:
        raise FileNotFoundError(2, "gone", "table")

    with pytest.raises(FileNotFoundError, match="gone"):
        begun(broken).result(10)
    assert begun(lambda: 3).result(10) == 3


def test_an_uploaded_table_is_answered_as_on_the_command_line(
    page: Callable[..., AppTest], spcse_ml: Command, tmp_path: Path
) -> None:
    text = "sulfide,method,binder,binder_wt_percent,note\nLPSCl,dry,PTFE,0.5,a\nLi6PS5Cl,dry,PTFE,2,b\n"
    (tmp_path / "recipes.csv").write_text(text)
    at = page()
    at.file_uploader(key="recipes").upload("recipes.csv", text.encode(), "text/csv").run()
    assert "2 recipes predicted" in told(at)
    rows = pd.read_csv(io.StringIO(spcse_ml("predict", "recipes.csv").stdout))
    assert at.dataframe[0].value["retention_percent"].to_numpy() == pytest.approx(rows["retention_percent"], rel=1e-3)


def test_a_bad_upload_is_refused_cell_by_cell_in_the_words_of_the_command_line_and_not_kept(
    page: Callable[..., AppTest], tmp_path: Path
) -> None:
    text = f'sulfide,method,binder,binder_wt_percent,solvent\nLPSCl,dry,PTFEE,0.5,\nLPSCl,dry,PTFE,"0,5",{TRAP}\n'
    (tmp_path / "recipes.csv").write_text(text)
    at = page()
    at.file_uploader(key="recipes").upload("recipes.csv", text.encode(), "text/csv").run()
    cells = at.dataframe[0].value
    with pytest.raises(InputError) as refused:
        formulations(read_table(tmp_path / "recipes.csv"), file="recipes.csv")
    for fault, cell in zip(refused.value.faults, cells.to_dict("records"), strict=True):
        assert cell == {
            name: getattr(fault, name) for name in ("place", "column", "given", "problem", "allowed", "remedy")
        }
        assert str(fault) not in told(at), "each is told once"
    assert list(cells["given"][:2]) == ["PTFEE", "0,5"]
    assert cells["place"][0] == "recipes.csv, line 2"
    kept = Path(at.session_state["folder"].path)
    assert not [path for path in kept.rglob("*") if path.is_file()]


def test_whatever_is_uploaded_gets_a_message(page: Callable[..., AppTest]) -> None:
    at = page()
    for content in (b"\xff\xfe\x00", b"", b"a;b\n1;2\n", b"\x00", b"sulfide,sulfide\nx,y\n"):
        at.file_uploader(key="recipes").set_value(("../../x y.csv", content, "text/csv")).run()
        assert "Refused" in told(at), content
        assert "x_y.csv" in told(at), content


def test_foreign_text_makes_no_link_and_no_image() -> None:
    assert escaped(TRAP) == r"\!\[x\]\(https\:\/\/example\.org\/x\.png\)"


def test_the_published_membranes_can_be_filtered_and_tell_their_corrections(page: Callable[..., AppTest]) -> None:
    at = page("Data")
    assert "38 of 38 membranes" in told(at)
    at.multiselect(key="only_method").set_value([str(Method.DRY)]).run()
    shown = at.dataframe[0].value
    assert set(shown["method"]) == {str(Method.DRY)}
    corrected = page("Data").table[0].value
    assert "LiTFSI in place of blank" in corrected["corrections"]["32"].iloc[0].replace("\\", "")
    entered = corrected["corrections"]["60"].replace("\\", "")
    assert "retention_percent: 20 in place of 27.4 (A, the paper, full text, 10.1021/acs.nanolett.5b00538)" in entered


def unescaped(table: pd.DataFrame) -> pd.DataFrame:
    return table.map(lambda text: text.replace("\\", "")).rename(index=lambda text: text.replace("\\", ""))


def test_the_layers_of_a_membrane_stand_side_by_side(page: Callable[..., AppTest]) -> None:
    at = page("Data")
    at.selectbox(key="layers_of").set_value("3.6").run()
    layers = unescaped(at.table[-1].value)
    assert list(layers) == ["print", "corrected", "checked", "claimed otherwise"]
    assert layers.loc["sulfide"].tolist() == ["Li10GP2S12", "Li10GeP2S12", "Li10GeP2S12", ""]
    assert layers.loc["template wt%"].tolist() == ["22.5", "22.5", "13.5", ""]
    assert layers.loc["binder wt%"].tolist() == ["", "", "3.9", ""]
    at.selectbox(key="layers_of").set_value("1.8").run()
    layers = unescaped(at.table[-1].value)
    assert layers.loc["σm/σp %"].tolist() == ["98.8", "98.8", "98.8", "65 (A)"]
    at.multiselect(key="only_method").set_value([str(Method.DRY)]).run()
    assert at.selectbox(key="layers_of").options[0].startswith("2.1 [46]")


def test_explanation_shows_ranks_chemistry_and_stability_and_a_sentence_for_thickness(
    page: Callable[..., AppTest],
) -> None:
    shown = told(page("Explanation"))
    assert "rank 1 to 2" in shown
    assert "statements of the review" in shown
    assert "leaving out any single paper" in shown
    assert NOT_PREDICTED in shown


def test_evaluation_shows_verdicts_card_and_where_mlflow_is_started(page: Callable[..., AppTest]) -> None:
    at = page("Evaluation")
    shown = told(at)
    assert meaning(RETENTION, Verdict.USEFUL) in at.success[0].value.replace("\\", "")
    assert "between-laboratory spread" in shown
    assert "mlflow ui --backend-store-uri sqlite:///" in shown
    at.segmented_control(key="trusted").set_value("thickness").run()
    assert NOT_PREDICTED in at.info[0].value.replace("\\", "")
    assert "Training membranes: 34" in told(at)


SMALL = {
    "space_methods": [str(Method.DRY)], "space_sulfides": ["Li6PS5Cl"], "space_binders": ["PTFE", "SBR"],
    "space_ignore": ["ptfe-lithium"],
}  # fmt: skip


def screened(at: AppTest) -> AppTest:
    press(at, "Screen ")
    until = time.monotonic() + 120
    while at.session_state["screening"].is_running:
        assert time.monotonic() < until
        time.sleep(0.2)
    return at.run()


@pytest.mark.thorough
def test_a_space_is_screened_beside_the_page_with_the_list_of_the_command_line(
    page: Callable[..., AppTest], spcse_ml: Command, tmp_path: Path
) -> None:
    at = screened(page("Design", **SMALL))
    (tmp_path / "mine.toml").write_text(coded(at, "methods = "))
    spcse_ml("screen", "mine.toml", "--out", "mine")
    by_hand = pd.read_csv(tmp_path / "mine" / "top.csv")
    shown = at.dataframe[0].value
    assert list(shown["recipe"]) == list(by_hand["recipe"])
    rounded = by_hand[["retention_percent", "retention_low_percent", "retention_high_percent"]].to_numpy()
    assert list(shown["retention (%)"]) == [f"{value:.0f} ({low:.0f} to {high:.0f})" for value, low, high in rounded]
    assert "on the Pareto front" in told(at)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_job_that_is_stopped_takes_its_workers_with_it(
    workers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    at = AppTest.from_function(_screening, kwargs={"workers": workers}).run(timeout=60)
    job, until = at.session_state["job"], time.monotonic() + 120
    while len(of_group(job.process.pid)) < int(workers) * 2 - 1:  # with workers their tracker and themselves as well
        assert job.is_running, job.stderr.read_text()
        assert time.monotonic() < until
        time.sleep(0.1)
    job.stop()
    assert job.is_stopped
    while of_group(job.process.pid):
        assert time.monotonic() < until
        time.sleep(0.1)


def _screening(workers: str) -> None:
    import streamlit  # noqa: PLC0415 - AppTest runs the body alone

    from spcse_ml.app.jobs import start  # noqa: PLC0415

    streamlit.session_state["job"] = start(["screen", "--jobs", workers], "screen")


def of_group(leader: int) -> list[str]:
    """Return the processes of a group that have not ended, as the system lists them."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [row[-1] for row in rows if row[0] == str(leader) and not row[1].startswith("Z")]


def test_a_screen_that_is_refused_says_why(page: Callable[..., AppTest], tmp_path: Path) -> None:
    at = page("Design", **SMALL)
    (tmp_path / "mine.toml").write_text(coded(at, "methods = "))
    print_of = design_space(tmp_path / "mine.toml").declared.fingerprint
    folder = Path(at.session_state["folder"].path) / f"screen-{print_of[:12]}-50-released"
    folder.mkdir()
    (folder / "screen.json").write_text('{"model": "another"}')
    shown = told(screened(at))
    assert from_json(at.session_state["screening"].refusal.read_text()).code == "other-screen"
    assert "Refused." in shown
    assert "Stopped." not in shown


@pytest.mark.parametrize("tab", app.TABS)
def test_no_tab_names_a_flag_or_a_command(page: Callable[..., AppTest], tab: str) -> None:
    at = page(tab)
    assert told(at)
    widgets = [*at.button, *at.text_input, *at.number_input, *at.selectbox, *at.multiselect, *at.checkbox,
               *at.get("file_uploader")]  # fmt: skip
    shown = [f"{widget.label} {widget.proto.help}" for widget in widgets] + [box.label for box in at.expander]
    assert [text for text in shown if COMMAND.search(text)] == []


def test_a_powder_is_given_in_a_field_of_its_own_and_written_into_the_space(page: Callable[..., AppTest]) -> None:
    at = page("Design", **SMALL, space_planned=30.0)
    at.number_input(key="space_sigma_Li6PS5Cl").set_value(2.1).run()
    assert '[sigma_p_ms_cm]\n"Li6PS5Cl" = 2.1\n[rules]\n' in coded(at, "methods = ")
    assert " recipes" in told(at)
    at.multiselect(key="space_sulfides").set_value([]).run()
    assert not [field for field in at.number_input if field.key.startswith("space_sigma")]


def test_enter_in_a_list_takes_one_name_and_never_all_matches(page: Callable[..., AppTest]) -> None:
    at = page("Design", **SMALL)
    assert at.multiselect
    assert {one.proto.select_all for one in at.multiselect} == {0}


def test_a_fault_of_the_space_is_refused(page: Callable[..., AppTest]) -> None:
    at = page("Design", **SMALL, space_more="colour = ")
    assert "not TOML" in told(at)
    at = page("Design", **SMALL, space_planned=-4.0)
    assert "planned_thickness_um" in told(at)
    at = page("Design", **SMALL, space_more='colour = "blue"')
    assert "not a known key" in told(at)


def test_a_batch_is_proposed_and_put_into_the_ledger(page: Callable[..., AppTest]) -> None:
    at = press(page("Design", **SMALL, designed="The next batch", n_batch=2), "Propose")
    assert "exploit" in told(at)
    at.multiselect(key="space_ignore").set_value([]).run()
    assert "exploit" not in told(at)
    press(at, "Propose")
    assert "choose a rule above to let them in" in told(at)
    assert "--" not in "".join(one.value.replace("\\", "") for one in at.caption)
    assert "Preregistered: P1, P2; head " in told(press(at, "Put the batch into the ledger"))
    assert "P2" in told(page("Lab", step="Ledger"))


MEASURED = "sulfide,method,binder,binder_wt_percent,retention_percent,Colour\nLPSCl,dry,PTFE,0.5,61,grey\n"


def test_measurements_are_recorded_once_their_columns_are_known(page: Callable[..., AppTest], tmp_path: Path) -> None:
    at = page("Lab")
    at.file_uploader(key="measured").upload("book.csv", MEASURED.encode(), "text/csv").run()
    press(at, "Record all of it")
    assert FAULTS["unmapped-column"].problem in told(at)
    assert "--" not in FAULTS["unmapped-column"].remedy
    assert not (tmp_path / "lab.csv").exists()
    at.file_uploader(key="measured").set_value(("other.csv", MEASURED.encode(), "text/csv")).run()
    assert FAULTS["unmapped-column"].problem not in told(at)
    press(at, "Record all of it")
    at.selectbox(key="map_Colour").set_value("leave it out").run()
    assert "Recorded in lab.csv: M1." in told(press(at, "Record all of it"))
    assert pd.read_csv(tmp_path / "lab.csv")["retention_percent"].tolist() == [61]


def test_one_membrane_is_typed_or_refused_beside_its_field(page: Callable[..., AppTest], tmp_path: Path) -> None:
    typed = {f"lab_{name}": text for name, text in EXAMPLE.items()}
    at = press(page("Lab", **typed, lab_thickness_um="-4"), "Record it")
    assert "Refused" in told(at)
    assert any(":red[" in one.value for one in at.markdown)
    assert not (tmp_path / "lab.csv").exists()
    at.text_input(key="lab_thickness_um").set_value("0.04 mm").run()
    shown = told(press(at, "Record it"))
    assert pd.read_csv(tmp_path / "lab.csv")["thickness_um"].tolist() == [40]
    assert "Recorded in lab.csv: M1." in shown
    assert "Refused" not in shown
    assert ":red[" not in shown
    shown = told(press(at, "Record it"))  # the same membrane again
    assert "Recorded" not in shown
    assert shown.count(text_of("duplicate-membrane", {"id": "M1"}).problem) == 1


def test_what_one_form_refused_does_not_stand_beside_what_the_other_recorded(page: Callable[..., AppTest]) -> None:
    typed = {f"lab_{name}": text for name, text in EXAMPLE.items()}
    at = press(page("Lab", **typed, lab_thickness_um="-4"), "Record it")
    at.file_uploader(key="measured").upload("book.csv", MEASURED.encode(), "text/csv").run()
    press(at, "Record all of it")
    assert told(at).count("Refused") == 1
    at.selectbox(key="map_Colour").set_value("leave it out").run()
    shown = told(press(at, "Record all of it"))
    assert "Recorded in lab.csv: M1." in shown
    assert "Refused" not in shown
    assert ":red[" not in shown


def test_a_fault_in_a_group_that_was_folded_is_in_sight(page: Callable[..., AppTest]) -> None:
    typed = {f"lab_{name}": text for name, text in EXAMPLE.items()}
    at = press(page("Lab", **typed, lab_thickness_um="-4"), "Record it")
    assert [one.proto.expanded for one in at.expander if one.label.startswith("Measured")] == [True]


def test_an_empty_folder_is_told_what_comes_first(page: Callable[..., AppTest]) -> None:
    assert "Record membranes first" in told(page("Lab", step="Learn"))
    assert "train on them first" in told(page("Lab", step="Compare"))
    assert "No preregistered prediction yet" in told(page("Lab", step="Ledger"))


def test_films_are_judged_answered_mapped_and_proposed(page: Callable[..., AppTest], tmp_path: Path) -> None:
    assert "Record membranes first" in told(page("Lab", step="Films"))
    table_of(strict(36), tmp_path / "lab.csv")
    at = page("Lab", step="Films", film_slurry_solid_percent="40 wt%", film_binder_wt_percent="3")
    shown = told(at)
    films = read_films(tmp_path / "lab.csv")
    answer = predict_film(films, {"slurry_solid_percent": "40 wt%", "binder_wt_percent": "3"}).plain()
    assert "\n".join(film_answer_lines(answer, films.evaluation)) in shown
    assert "Hatched: extrapolated" in shown
    assert not COMMAND.search(shown)
    assert "nearest film" in told(press(at, "Propose slurries"))
    at.text_input(key="film_slurry_solid_percent").set_value("many").run()
    assert FAULTS["not-a-number"].problem in told(at)


def test_rows_recorded_after_a_look_at_the_comparison_reach_it(
    page: Callable[..., AppTest], released_pair: ModelPair, tmp_path: Path, few_papers: Any
) -> None:
    store = tmp_path / "spcse_ml_store"
    for name in ("first", "second"):
        pair = replace(released_pair, name=name)
        save_pair(pair, model_folder(store, name))
        log_training(store, SavedTraining(pair, model_folder(store, name), "commit"), few_papers)
    crown(store, "first", reason="the first")
    at = page("Lab", step="Compare")
    assert "neither model was trained on: none" in told(at)
    record(tmp_path / "lab.csv", {**EXAMPLE, "retention_percent": "61"})
    assert "neither model was trained on: 1" in told(at.run())


def test_browser_tabs_do_not_disturb_each_other(page: Callable[..., AppTest]) -> None:
    one, other = press(page(**EXAMPLE), "Predict"), press(page(**SLURRY), "Predict")
    one.run()
    assert as_json(one)["domain"] == "inside"
    assert as_json(other)["domain"] == "outside"
    folders = [page("Design", **SMALL).session_state["folder"].path for _ in range(2)]
    assert folders[0] != folders[1]


@pytest.mark.thorough
def test_own_rows_are_learnt_beside_the_page_compared_and_promoted(
    page: Callable[..., AppTest], tmp_path: Path, few_papers: Any
) -> None:
    train_on(tmp_path / "spcse_ml_store", few_papers)
    invented = Path(package.__file__).parents[1] / "docs" / "how-to" / "invented_lab.csv"
    at = page("Lab")
    at.file_uploader(key="measured").upload("lab.csv", invented.read_bytes(), "text/csv").run()
    press(at, "Record all of it")
    at.session_state["step"] = "Learn"
    press(at.run(), "Train on my table")
    while at.session_state["training"].is_running:
        time.sleep(1)
        at.run()
    assert "challenger of the champion" in told(at.run())
    at.session_state["step"] = "Compare"
    at.session_state["reason"] = "tried"
    assert "beside the champion" in told(at.run())
    assert "your own rows" in told(at)
    assert "is champion: tried" in told(press(at, "Promote it"))


@pytest.mark.thorough
def test_a_model_with_own_rows_asks_how_the_membrane_is_made(
    page: Callable[..., AppTest], tmp_path: Path, few_papers: Any
) -> None:
    known = columns(Formulation)
    process = {label(known[name]) for name in PROCESS_COLUMNS}
    assert not process & {field.label for field in page().text_input}
    invented = Path(package.__file__).parents[1] / "docs" / "how-to" / "invented_lab.csv"
    (tmp_path / "lab.csv").write_bytes(invented.read_bytes())
    train_on(tmp_path / "spcse_ml_store", with_lab_rows(few_papers, tmp_path / "lab.csv"))
    assert label(known["blade_gap_um"]) in {field.label for field in page().text_input}


def test_a_step_without_anything_to_do_has_made_no_progress(tmp_path: Path) -> None:
    steps = tmp_path / "steps.json"
    steps.write_text('{"step": "screen", "done": 0, "total": 0}', encoding="utf-8")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        assert Job(process, steps, steps, steps, steps).progress() == (0.0, "screen")
