import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spcse_ml.cli import cli, output
from spcse_ml.cli.options import pairs
from spcse_ml.cli.train import ESTIMATORS as ESTIMATORS_NAMED
from spcse_ml.codes import FAULTS
from spcse_ml.data.validation import formulations
from spcse_ml.errors import Fault, InputError
from spcse_ml.evaluation.evaluated import ANSWER_COLUMNS
from spcse_ml.models.conformal import LEVEL
from spcse_ml.models.estimators import ESTIMATORS
from spcse_ml.reports.messages.domain import DOMAINS
from spcse_ml.reports.messages.predictions import ignored_text
from spcse_ml.reports.messages.verdict import NOT_PREDICTED
from spcse_ml.schema import Formulation, columns
from spcse_ml.tables import read_table
from spcse_ml.workflows.predict import DEFAULT_LEVEL
from tests.in_process import run
from tests.refusals import refused

Command = Callable[..., subprocess.CompletedProcess[str]]
ONE = ("predict", "--sulfide", "Li6PS5Cl", "--binder", "PTFE", "--binder-wt", "0.5", "--method", "dry")
HEAVY = {"pandas", "numpy", "mlflow", "shap", "xgboost", "sklearn", "scipy", "matplotlib"}
PRINTED = (
    "table,row,reference,method,sulfide,sulfide_family,binder,binder_wt_percent_low,binder_wt_percent_high,template,"
    "template_wt_percent_low,template_wt_percent_high,solvent,donor_number_kcal_mol,sigma_m_ms_cm_low,sigma_m_ms_cm_high,"
    "retention_percent_low,retention_percent_high,retention_qualifier,thickness_um_low,thickness_um_high,cathode,anode,"
    "energy_density_wh_kg,energy_density_wh_l,has_pouch_cell,note"
)
ANSWERED = (
    "retention_percent,retention_low_percent,retention_high_percent,thickness_um,thickness_low_um,thickness_high_um,"
    "sigma_m_ms_cm,sigma_m_low_ms_cm,sigma_m_high_ms_cm,domain,domain_reason,retention_verdict,thickness_verdict,"
    "areal_resistance_ohm_cm2,areal_resistance_low_ohm_cm2,areal_resistance_high_ohm_cm2,model"
)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["predict", "--help"], ["train", "--help"]])
def test_help_and_version_import_nothing_heavy(words: list[str]) -> None:
    code = f"import sys; sys.argv = ['spcse-ml', *{words}]; from spcse_ml.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\nprint('|'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stderr.strip().split("|"))
    assert "spcse" in done.stdout


def test_the_printed_record_has_the_promised_columns_and_one_line_per_row(spcse_ml: Command) -> None:
    lines = spcse_ml("data", "--view", "review", "--format", "csv").stdout.splitlines()
    assert lines[0] == PRINTED
    rows = list(csv.DictReader(lines))
    assert len(rows) == 38
    by_place = {(row["table"], row["row"]): row for row in rows}
    assert by_place["1", "11"]["retention_qualifier"] == "<"
    assert (by_place["1", "11"]["retention_percent_low"], by_place["1", "11"]["retention_percent_high"]) == ("", "41")
    assert by_place["2", "2"]["retention_qualifier"] == "masked"
    assert by_place["1", "11"]["solvent"] == "p-xylene + isobutyl isobutyrate"
    assert by_place["3", "4"]["has_pouch_cell"] == "true"


def test_one_recipe_is_answered_in_words_with_its_verdicts(spcse_ml: Command) -> None:
    done = spcse_ml(*ONE)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line[:16].strip() for line in lines] == ["recipe", "retention σm/σp", "model", "thickness", "answered by"]
    assert DOMAINS["inside"] in lines[0]
    assert "70.8 %" in lines[0]
    assert NOT_PREDICTED in lines[3]
    assert "PTFE loses its fluorine" in done.stderr


def test_a_file_keeps_its_columns_order_and_spelling_before_the_answers(spcse_ml: Command, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(
        "id,binder,sulfide,method,binder_wt_percent\n a ,ptfe,LPSCl,Dry,0.50\n", encoding="utf-8"
    )
    done = spcse_ml("predict", "r.csv", "--out", "p.csv")
    assert (done.returncode, done.stdout) == (0, "")
    header, line = (tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("id,binder,sulfide,method,binder_wt_percent," + ANSWERED)
    assert line.startswith("a,ptfe,LPSCl,Dry,0.50,")


def test_every_fault_of_a_file_is_told_at_once_and_nothing_is_written(spcse_ml: Command, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(
        "sulfide,method,binder,binder_wt_percent,solvent\n"
        'LPSCl,dry,PTFEE,0.5,\nLPSCl,dry,PTFE,"0,5",TOL\nLPSCl,bake,PTFE,101,\n',
        encoding="utf-8",
    )
    done = spcse_ml("predict", "r.csv", "--out", "p.csv")
    assert (done.returncode, done.stdout) == (1, "")
    with pytest.raises(InputError) as refused:
        formulations(read_table(tmp_path / "r.csv"), file="r.csv")
    assert done.stderr == f"Refused:\n{refused.value}\n"
    assert [(fault.row, fault.code, fault.column) for fault in refused.value.faults] == [
        ("line 2", "unknown-name-or-class", "binder"),
        ("line 3", "decimal-comma", "binder_wt_percent"),
        ("line 3", "solvent-in-dry-process", "solvent"),
        ("line 4", "not-a-choice", "method"),
        ("line 4", "out-of-bounds", "binder_wt_percent"),
    ]
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]


def test_csv_and_json_tell_the_same_numbers(spcse_ml: Command) -> None:
    row = next(csv.DictReader(io.StringIO(spcse_ml(*ONE, "--sigma-p", "2", "--format", "csv").stdout)))
    told = json.loads(spcse_ml(*ONE, "--sigma-p", "2", "--format", "json").stdout)[0]
    assert list(told) == [
        *ANSWER_COLUMNS,
        "domain_reasons",
        "remark_fields",
        "level",
        "ignored",
        "measured",
        "recalibrated_from",
        "card",
    ]
    for name in ("retention_percent", "retention_low_percent", "sigma_m_ms_cm"):
        assert float(row[name]) == pytest.approx(told[name], rel=1e-3)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("predict",), 2, "Give either a FILE or the flags"),
        (("predict", "none.csv"), 1, "No such file"),
        (("bogus",), 2, "No such command"),
        ((*ONE, "--level", "0.99"), 1, "not supported by 28 papers"),
        ((*ONE, "--level", "0.967"), 1, "at most 0.965"),
        ((*ONE, "--level", "90"), 1, "write 0.9"),
        (("explain", "r.csv", "--format", "json"), 2, "explained as CSV on stdout"),
        (("explain", "r.csv", "--sulfide", "LPSCl"), 2, "Give either a FILE or the flags"),
        (("explain", "--sulfide", "LPSCl", "--method", "dry"), 1, "binder: required except in skeleton templating"),
        ((*ONE, "--strict"), 0, ""),
        (("data", "--check", "."), 1, "not a plain file"),
        (("names", "columns"), 0, ""),
    ],
)
def test_exit_codes(spcse_ml: Command, words: tuple[str, ...], code: int, said: str) -> None:
    done = spcse_ml(*words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_there_is_a_flag_for_every_column_of_a_recipe(spcse_ml: Command) -> None:
    said = spcse_ml("predict", "--help").stdout
    assert all(f"--{name.split('_')[0]}" in said for name in columns(Formulation))


def test_the_printed_record_passes_its_own_check_and_a_planted_fault_is_pointed_at(
    spcse_ml: Command, tmp_path: Path
) -> None:
    text = spcse_ml("data", "--format", "csv").stdout
    assert text.splitlines()[0] == f"{PRINTED},source,doi,trust,conflict"
    (tmp_path / "d.csv").write_text(text, encoding="utf-8")
    assert spcse_ml("data", "--check", "d.csv").stdout == "d.csv: 38 measurements, no fault found.\n"
    (tmp_path / "d.csv").write_text(
        text.replace(",26.8,26.8,", ",0.2,0.2,").replace("PTFE", "PTFEE", 1), encoding="utf-8"
    )
    said = spcse_ml("data", "--check", "d.csv")
    assert said.returncode == 1
    assert "retention_percent_low '0.2': implies a powder of 55 mS/cm" in said.stderr
    assert "in d.csv, line 2" in said.stderr
    assert "binder 'PTFEE': not in the catalogue" in said.stderr


def test_one_recipe_is_explained_in_steps_that_add_up_with_its_figures(spcse_ml: Command, tmp_path: Path) -> None:
    recipe = ["--sulfide", "LPSCl", "--method", "slurry", "--binder", "PEO", "--binder-wt", "5", "--solvent", "toluene"]
    done = spcse_ml("explain", *recipe, "--out", "figures")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"recipe           {DOMAINS['inside']}")
    lines = done.stdout[done.stdout.index("retention: ") :].splitlines()
    base, value = map(float, re.findall(r"([\d.]+) %", lines[0]))
    steps = [float(line[28:36]) for line in lines[1:6]]
    assert base + sum(steps) == pytest.approx(value, abs=0.4)
    assert "among wet recipes, the solvent alone" in done.stdout
    drawn = {path.name for path in (tmp_path / "figures").iterdir()}
    names = ("retention_waterfall", "retention_binder_wt_percent", "retention_solvent")
    assert drawn == {f"{name}.{ending}" for name in names for ending in ("png", "svg")}
    told = json.loads(spcse_ml("explain", *recipe, "--format", "json").stdout)
    assert told["base_value"] + sum(told["contributions"].values()) == pytest.approx(told["prediction"])
    assert len(told["what_if"]["solvent"]) > 30
    assert told["domain"] == "inside"


def test_figures_of_another_recipe_do_not_stay_and_warnings_and_notes_are_given(
    spcse_ml: Command, tmp_path: Path
) -> None:
    wet = ["--sulfide", "LPSCl", "--method", "slurry", "--binder", "PEO", "--binder-wt", "60", "--solvent", "ACN"]
    done = spcse_ml("explain", *wet, "--lithium-salt", "LiTFSI", "--out", "f")
    assert "Warning: solvent: breaks the published rule donor-number-decomposes" in done.stderr
    assert f"Note: {ignored_text(['lithium_salt'])}" in done.stderr
    assert (tmp_path / "f" / "retention_solvent.png").exists()
    spcse_ml("explain", *ONE[1:], "--out", "f")
    assert not (tmp_path / "f" / "retention_solvent.png").exists()
    assert (tmp_path / "f" / "retention_waterfall.png").exists()


def test_a_table_without_recipes_is_refused(spcse_ml: Command, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("sulfide,method\n", encoding="utf-8")
    done = spcse_ml("explain", "r.csv")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert FAULTS["no-recipe"].problem in done.stderr


def test_a_table_is_explained_row_by_row_as_it_was_written(spcse_ml: Command, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(
        "id,sulfide,method,binder,binder_wt_percent\nb, LPSCl,dry,PTFE,0.50\na,LGPS,dry,PEO,12\n", encoding="utf-8"
    )
    rows = list(csv.DictReader(io.StringIO(spcse_ml("explain", "r.csv").stdout)))
    assert [(row["id"], row["binder_wt_percent"]) for row in rows] == [("b", "0.50"), ("a", "12")]
    for row in rows:
        steps = sum(float(value) for name, value in row.items() if name.endswith("_points"))
        assert float(row["mean_retention_percent"]) + steps == pytest.approx(float(row["retention_percent"]), abs=0.05)


@pytest.mark.integration
def test_a_report_is_one_file(spcse_ml: Command, tmp_path: Path) -> None:
    done = spcse_ml("report", "--out", "r.html")
    assert done.stdout == "Written: r.html\n"
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_a_measured_membrane_is_recorded_with_what_follows_and_its_spectrum_drawn(
    spcse_ml: Command, tmp_path: Path
) -> None:
    made = ["--sulfide", "LPSCl", "--method", "dry", "--binder", "PTFE", "--binder-wt", "99.5:0.5", "--sigma-p", "1.2"]
    done = spcse_ml("record", *made, "--thickness", "0.04 mm", "--resistance", "5.2 ohm", "--area", "1.13 cm2")
    assert done.stdout == (
        "M1: Li6PS5Cl, dry binder laminating, σm 0.6807 mS/cm, retention 56.73 %\nRecorded in lab.csv.\n"
    )
    frequency = np.geomspace(1e6, 1, 30)
    measured = 5.2 + 1 / (2e-6 * (2j * np.pi * frequency) ** 0.9)
    pd.DataFrame({"frequency_hz": frequency, "z_real_ohm": measured.real, "z_imag_ohm": measured.imag}).to_csv(
        tmp_path / "eis.csv", index=False
    )
    done = spcse_ml("record", *made, "--thickness", "40", "--area", "1.13", "--spectrum", "eis.csv")
    assert "M2: Li6PS5Cl, dry binder laminating, σm 0.6807 mS/cm" in done.stdout
    assert (tmp_path / "lab_M2_spectrum.png").read_bytes().startswith(b"\x89PNG")
    assert len((tmp_path / "lab.csv").read_text(encoding="utf-8").splitlines()) == 3
    refused = spcse_ml("record", *made, "--spectrum", "eis.csv")
    assert str(Fault("needed-with-spectrum", "thickness_um")) in refused.stderr


def test_a_spreadsheet_is_imported_with_its_columns_mapped_or_every_fault_is_told(
    spcse_ml: Command, tmp_path: Path
) -> None:
    theirs = pd.DataFrame(
        {"Sulfid": ["LPSCl", "LGPS"], "Verfahren": ["dry", "dry"], "Binder": ["PTFE", "PEO"],
         "wt": ["99:1", "12 wt%"], "Farbe": ["grau", "weiß"], "sigma": ["8e-4 S/cm", "0.4"]}
    )  # fmt: skip
    theirs.to_excel(tmp_path / "x.xlsx", index=False)
    words = ["record", "--from", "x.xlsx", "--map", "Sulfid=sulfide", "--map", "Verfahren=method", "--map",
             "Binder=binder", "--map", "wt=binder_wt_percent", "--map", "sigma=sigma_m_ms_cm"]  # fmt: skip
    refused = spcse_ml(*words)
    assert str(Fault("unmapped-column", "Farbe", "line 1", "x.xlsx")) in refused.stderr
    assert "'Farbe=': not THEIRS=OURS" in spcse_ml(*words, "--map", "Farbe=").stderr
    assert "Sulfid: given twice" in spcse_ml(*words, "--map", "Sulfid=binder").stderr
    assert not (tmp_path / "lab.csv").exists()
    assert spcse_ml(*words, "--ignore", "Farbe").returncode == 0
    kept = pd.read_csv(tmp_path / "lab.csv")
    assert kept["binder_wt_percent"].tolist() == [1, 12]
    assert kept["sigma_m_ms_cm"].tolist() == [0.8, 0.4]


@pytest.mark.parametrize("words", [("suggest", "-n", "1"), ("ledger",)])
def test_a_table_that_was_named_and_is_not_there_is_refused_and_the_usual_one_may_be_missing(
    spcse_ml: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = spcse_ml(*words, "--table", "lba.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert str(Fault("no-lab-table", file="lba.csv")) in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert spcse_ml("ledger").returncode == 0


def test_the_card_is_shown_beside_a_file_and_refused_where_it_has_no_room(spcse_ml: Command, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("sulfide,method,binder\nLPSCl,dry,PTFE\n", encoding="utf-8")
    done = spcse_ml("predict", "r.csv", "--out", "p.csv", "--card")
    assert "nearest" in done.stdout
    assert (tmp_path / "p.csv").exists()
    refused = spcse_ml("predict", "r.csv", "--out", "q.csv", "--card", "--format", "csv")
    assert (refused.returncode, (tmp_path / "q.csv").exists()) == (2, False)
    assert "--card is for --format text" in refused.stderr


def test_the_default_level_of_every_command_is_that_of_the_intervals() -> None:
    told = {name: option.default for name, command in cli.commands.items() for option in command.params
            if option.name == "level"}  # fmt: skip
    assert {"predict", "suggest", "screen"} <= set(told)
    assert set(told.values()) == {LEVEL}
    assert DEFAULT_LEVEL == LEVEL


@pytest.mark.integration
@pytest.mark.parametrize(
    "encoding", ["cp1252", *(pytest.param(one, marks=pytest.mark.thorough) for one in ("latin-1", "cp932"))]
)
def test_a_pipe_of_any_encoding_is_written_to_and_programs_lose_nothing(
    spcse_ml_bytes: Callable[..., subprocess.CompletedProcess[bytes]], encoding: str
) -> None:
    wet = ("--sulfide", "Li6PS5Cl", "--binder", "NBR", "--binder-wt", "2", "--method", "slurry", "--solvent", "DMF")
    told = spcse_ml_bytes("predict", *wet, "--note", "σ \U0001f9ea", "--card", PYTHONIOENCODING=encoding)
    assert told.returncode == 0, told.stderr
    assert "retention sigma_m/sigma_p" in told.stdout.decode(encoding) or encoding == "cp932"  # which has a sigma
    refused = spcse_ml_bytes("predict", "--sulfide", "σ\udcff", "--method", "dry", PYTHONIOENCODING=encoding)
    assert (refused.returncode, b"Traceback" in refused.stderr) == (1, False)
    as_json, as_csv, plain = (
        spcse_ml_bytes("predict", *wet, "--format", style, PYTHONIOENCODING=how).stdout
        for style, how in (("json", encoding), ("csv", encoding), ("json", "utf-8"))
    )
    assert json.loads(as_json.decode(encoding)) == json.loads(plain)
    assert next(csv.DictReader(io.StringIO(as_csv.decode())))["domain_reason"] == json.loads(plain)[0]["domain_reason"]


def test_every_command_writes_text_json_and_files_through_the_one_that_knows_encodings() -> None:
    folder = Path(output.__file__).parent
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    assert {name for name, text in texts.items() if "json.dumps" in text} == {"output.py"}


def test_the_help_of_train_names_every_estimator() -> None:
    assert sorted(ESTIMATORS_NAMED.split(", ")) == sorted(ESTIMATORS)


def test_values_of_options_are_typed_and_a_pair_that_is_none_is_refused() -> None:
    texts = ("a=1", "b=0.5", "c=true", "d=none", "e='x'", "f=two words", "g=[1]", "h==")
    assert pairs(texts, "set", typed=True) == {
        "a": 1, "b": 0.5, "c": True, "d": "none", "e": "x", "f": "two words", "g": [1], "h": "=",
    }  # fmt: skip
    assert pairs(["a=1"], "tag") == {"a": "1"}
    with refused("not-a-pair", "not-a-pair", "given-twice"):
        pairs(("a", "=b", "c=1", "c=2"), "tag")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--set", "alpha=1"), "needs-estimator"),
        (("--estimator", "ridge", "--set", "alfa=1"), "unknown-parameter"),
        (("--estimator", "ridge", "--features", "card,colour"), "unknown-feature"),
        (("--tag", "model=x"), "not-a-tag"),
        (("--name", "../x"), "not-a-run-name"),
        (("none.toml",), "unreadable-file"),
    ],
)
def test_training_refuses_what_it_does_not_know_before_it_begins(
    tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    done = run(tmp_path, "train", *words)
    assert done.returncode == 1
    assert FAULTS[code].problem.partition("{")[0] in done.stderr
    assert not (tmp_path / "spcse_ml_store").exists()
