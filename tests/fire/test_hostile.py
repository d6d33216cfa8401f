"""Every hostile input of hostile.csv, by every door: one clear refusal that names the place, or the right answer."""

import csv
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from spcse_ml.cli import main
from spcse_ml.codes import FAULTS
from spcse_ml.errors import InputError
from tests.fire import hostile
from tests.fire.hostile import Case, answer, as_csv, predicted, refusal, told
from tests.test_api import Server, serving

Command = Callable[..., subprocess.CompletedProcess[str]]
ALL = list(hostile.cases())
TYPED = [case for case in ALL if case.kind != "table"]
FILES = [case for case in ALL if case.kind == "table"]


def kept() -> list[str]:
    """Return the answers that are kept, in the order of the cases."""
    with hostile.KEPT.open(encoding="utf-8", newline="") as file:
        return [row["answer"] for row in csv.DictReader(file)]


ANSWERS = dict(zip(ALL, kept(), strict=True))


@pytest.mark.thorough
def test_the_kept_table_is_that_of_the_cases(tmp_path: Path) -> None:
    assert as_csv([(case, answer(case, tmp_path)) for case in ALL]) == hostile.KEPT.read_text(encoding="utf-8")


@pytest.mark.integration
def test_there_are_more_than_200_and_of_each_kind_some_are_answered_as_they_were_read_through(tmp_path: Path) -> None:
    assert len(set(ALL)) > 200
    for case in [*TYPED[::10], *FILES[::5]]:
        assert answer(case, tmp_path) == ANSWERS[case]


@pytest.mark.parametrize("step", [20, pytest.param(1, marks=pytest.mark.thorough)])
def test_a_refusal_names_the_place_and_never_an_error_of_python(step: int, tmp_path: Path) -> None:
    refused = [case for case, kept in ANSWERS.items() if kept.startswith("refused: ")]
    assert len(refused) > 150
    for case in refused[::step]:
        error = refusal_of(case, tmp_path)
        assert not any(word in str(error) for word in ("Traceback", "Error:", "Errno", "object at 0x", "<class"))
        assert all(fault.code in FAULTS for fault in error.faults), case
        assert all(fault.file if case.kind == "table" else fault.column for fault in error.faults), case


def refusal_of(case: Case, folder: Path) -> InputError:
    """Return the error by which Python refuses a case."""
    with pytest.raises(InputError) as refused:
        predicted(case, folder)
    return refused.value


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as up:
        yield up


@pytest.mark.parametrize("step", [8, pytest.param(1, marks=pytest.mark.thorough)])
def test_http_answers_each_value_as_python_does(server: Server, step: int) -> None:
    for case in TYPED[::step]:
        status, said = server.ask(body={"recipes": [case.recipe]})
        if status == 200:
            assert f"{said[0]['domain']} {said[0]['retention_percent']:.1f} %" == ANSWERS[case], case
        else:
            assert status == 422, case
            assert refusal((fault["code"], fault["column"]) for fault in said["detail"]) == ANSWERS[case], case


def typed(case: Case) -> list[str]:
    """Return a case as flags."""
    short = {name: "--" + name.removesuffix("_percent").removesuffix("_kcal_mol").removesuffix("_ms_cm")
             .removesuffix("_um").replace("_", "-") for name in case.recipe}  # fmt: skip
    return [f"{short[name]}={text}" for name, text in case.recipe.items()]


def run_here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]) -> tuple[int, str]:
    """Run the command line in this process; an exception that is no exit would fail the test."""
    monkeypatch.setattr(sys, "argv", ["spcse-ml", *words])
    code = 0
    try:
        main()
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    return code, out if code == 0 else err


@pytest.mark.thorough
def test_the_command_line_answers_each_value_as_python_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for case in TYPED:
        code, said = run_here(capsys, monkeypatch, ["predict", *typed(case), "--format", "json"])
        if code == 0:
            (row,) = json.loads(said)
            assert f"{row['domain']} {row['retention_percent']:.1f} %" == ANSWERS[case], case
        else:
            assert code == 1, case
            without_row = InputError(replace(fault, row="") for fault in refusal_of(case, tmp_path).faults)
            assert said == f"Refused:\n{without_row}\n", case


@pytest.mark.thorough
def test_the_command_line_answers_each_file_as_python_does_and_writes_whole_files_or_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, case in enumerate(FILES):
        Path("recipes.csv").write_bytes(case.content)
        out = Path(f"out{number}.csv")
        code, said = run_here(capsys, monkeypatch, ["predict", "recipes.csv", "--out", str(out)])
        assert (code == 0) == out.exists() == (not ANSWERS[case].startswith("refused: ")), case
        if code:
            assert said == f"Refused:\n{refusal_of(case, tmp_path)}\n".replace(f"{tmp_path}/", ""), case
        for words in ("data --check", f"record --table lab{number}.csv --from", "space", "cell"):
            code, said = run_here(capsys, monkeypatch, [*words.split(), "recipes.csv"])
            assert code in {0, 1, 2}, (words, case)
            assert "Traceback" not in said
            if words.startswith("record"):
                assert Path(f"lab{number}.csv").exists() == (code == 0)


@pytest.mark.thorough
def test_the_page_answers_each_file_as_python_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPCSE_ML_HOME", str(tmp_path / "store"))
    at = AppTest.from_file(str(Path(sys.modules["spcse_ml"].__path__[0]) / "app" / "app.py"),
                           default_timeout=120).run()  # fmt: skip
    for case in FILES:
        at.file_uploader(key="recipes").set_value(("recipes.csv", case.content, "text/csv")).run()
        assert not at.exception, case
        if ANSWERS[case].startswith("refused: "):
            shown = [str(part.value) for part in (*at.code, *at.dataframe)]
            assert any(refusal_of(case, tmp_path).faults[0].problem[:40] in part for part in shown), case
        else:
            shown = at.dataframe[0].value
            assert told(shown) == ANSWERS[case], case


def test_what_is_no_file_or_may_not_be_read_is_refused(spcse_ml: Command, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "socket\nname.csv").write_text("x", encoding="utf-8")
    for name in ("folder", "pipe", "loop", "socket\nname.csv", "a" * 300):
        done = spcse_ml("predict", name)
        assert done.returncode in {1, 2}, (name, done.stderr)
        assert "Traceback" not in done.stderr, name
        assert done.stdout == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="skipped: whoever is root may read every file")
def test_a_file_that_may_not_be_read_is_refused(spcse_ml: Command, tmp_path: Path) -> None:
    file = tmp_path / "recipes.csv"
    file.write_bytes(hostile.GOOD)
    file.chmod(stat.S_IWUSR)
    assert "cannot be read" in spcse_ml("predict", "recipes.csv").stderr


def test_names_of_files_that_are_not_ascii_are_read(spcse_ml: Command, tmp_path: Path) -> None:
    for name in ("\u914d\u65b9 r\u00e9.csv", "\U0001f50b; $(id) & 1.csv"):
        (tmp_path / name).write_bytes(hostile.GOOD)
        done = spcse_ml("predict", name)
        assert done.returncode == 0, done.stderr


@pytest.mark.thorough
def test_a_file_of_100_mb_is_refused_and_a_million_rows_are_answered_or_refused(
    spcse_ml: Command, tmp_path: Path
) -> None:
    (tmp_path / "long.csv").write_text(f"{hostile.HEAD}\n{'x' * 100_000_000},dry,PTFE,2,\n", encoding="utf-8")
    done = spcse_ml("predict", "long.csv")
    assert done.returncode == 1
    assert done.stderr.startswith("Refused:\nlong.csv: larger than 30 MB")
    (tmp_path / "many.csv").write_text(hostile.HEAD + "\n" + "LPSCl,dry,PTFEE,x,\n" * 1_000_000, encoding="utf-8")
    done = spcse_ml("predict", "many.csv")
    assert done.returncode == 1
    assert done.stderr.startswith("Refused:\nmany.csv, line 100002: more than 100,000 rows")


def test_one_error_tells_every_fault_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "recipes.csv"
    file.write_bytes(hostile.TABLES["a thousand faults"])
    with pytest.raises(InputError) as refused:
        _ = hostile.predict_file(file, store=tmp_path, level=0.9)
    assert len(refused.value.faults) == 334 * 3
    assert "2 more" in str(refused.value).splitlines()[-1]
