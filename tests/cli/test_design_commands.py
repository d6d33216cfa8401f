"""`spcse-ml space`, `screen` and `pareto`, as typed; interrupted, resumed, and shared among workers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import distributed
import pandas as pd
import pytest

from spcse_ml.cli.executors import executor
from spcse_ml.design.screen import Question, View
from spcse_ml.design.space import design_space
from spcse_ml.errors import InputError, StoreError
from spcse_ml.parallel import Workers
from spcse_ml.workflows.screen import screen, trade_off
from tests import in_process

Command = Callable[..., subprocess.CompletedProcess[str]]
QUESTION = Question(50.0)
LISTS = """
sulfides = ["LPSCl", "Li3PS4"]
binders = ["PTFE", "PEO"]
templates = ["nylon mesh"]
solvents = ["toluene", "XYL", "DMF"]
chunk = {chunk}
[cost_per_kg]
LPSCl = 1000
PTFE = 20
PEO = 100
"""


def lists(folder: Path, chunk: int) -> Path:
    path = folder / f"space_{chunk}.toml"
    path.write_text(LISTS.format(chunk=chunk), encoding="utf-8")
    return path


def parts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "candidates").glob("*.parquet"))}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the parts that one process makes, undisturbed."""
    folder = tmp_path_factory.mktemp("alone")
    screen(design_space(lists(folder, 15)), folder / "screen", QUESTION, store=folder)
    return parts(folder / "screen")


def test_space_counts_by_method_and_says_what_was_taken_away_and_what_is_marked(spcse_ml: Command) -> None:
    done = spcse_ml("space", "-n", "2", "--seed", "7")
    assert done.returncode == 0, done.stderr
    assert "292,800  slurry coating" in done.stdout
    assert "450,800  the template melts below 400 °C" in done.stdout
    assert "274,020  ptfe-lithium" in done.stdout
    drawn = done.stdout.partition("drawn at random:\n")[2]
    assert len(drawn.splitlines()) == 2
    assert spcse_ml("space", "-n", "2", "--seed", "7").stdout == done.stdout


def test_what_show_prints_is_the_default_to_edit(spcse_ml: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(spcse_ml("space", "--show").stdout, encoding="utf-8")
    assert spcse_ml("space", "mine.toml", "-n", "0").stdout == spcse_ml("space", "-n", "0").stdout


def test_a_screen_is_one_table_of_parquet_and_a_list_with_reasons(spcse_ml: Command, tmp_path: Path) -> None:
    space = design_space(lists(tmp_path, 100))
    done = spcse_ml("screen", "space_100.toml", "--top", "3", "--with-broken")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("answered by released; retention model validated")
    assert f"{space.size:,} recipes scored" in done.stdout
    assert "contributions: binder content +" in done.stdout
    whole = pd.read_parquet(tmp_path / "screen" / "candidates")
    assert whole["number"].tolist() == list(range(space.size))
    top = pd.read_csv(tmp_path / "screen" / "top.csv")
    assert top["recipe"][0].startswith("Li6PS5Cl, dry, PTFE 0.2 wt%")
    assert len(top) == 3
    shown = spcse_ml("screen", "space_100.toml", "--top", "3", "--rank", "cautious", "--all")
    assert "chunks were scored before" in shown.stderr
    assert "--with-broken shows them" in shown.stdout


def test_a_screen_goes_on_where_it_stopped_and_scores_nothing_twice(tmp_path: Path, alone: dict[str, bytes]) -> None:
    space, folder = design_space(lists(tmp_path, 15)), tmp_path / "screen"
    screen(space, folder, QUESTION, store=tmp_path)
    files = sorted((folder / "candidates").glob("*.parquet"))
    gone, kept = files[::3], [path for path in files if path not in files[::3]]
    for path in gone:
        path.unlink()
    before = {path: path.stat().st_mtime_ns for path in kept}
    _, n_kept = screen(space, folder, QUESTION, store=tmp_path)
    assert n_kept == len(kept) > 0
    assert {path: path.stat().st_mtime_ns for path in kept} == before
    assert parts(folder) == alone


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a screen in one chunk."""
    folder = tmp_path_factory.mktemp("done")
    screen(design_space(lists(folder, 1000)), folder / "screen", QUESTION, store=folder)
    return folder


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        ({"model": "20260101"}, 'model "20260101", now "released"'),
        ({"threshold_percent": 70.0}, "threshold_percent 70.0, now 50.0"),
        ({"space_fingerprint": "0"}, 'space_fingerprint "0", now'),
    ],
)
def test_a_folder_of_another_question_is_refused_and_left_alone(
    done: Path, tmp_path: Path, change: dict[str, object], differing: str
) -> None:
    shutil.copytree(done, tmp_path, dirs_exist_ok=True)
    asked = tmp_path / "screen" / "screen.json"
    asked.write_text(json.dumps(json.loads(asked.read_text()) | change), encoding="utf-8")
    before = parts(tmp_path / "screen")
    with pytest.raises(StoreError) as refused:
        screen(design_space(tmp_path / "space_1000.toml"), tmp_path / "screen", QUESTION, store=tmp_path)
    assert refused.value.code == "other-screen"
    assert differing in str(refused.value)
    assert parts(tmp_path / "screen") == before


def test_a_folder_that_is_no_screen_or_is_not_finished_is_told_so(done: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        trade_off(tmp_path, ["retention", "binder-content"], View(), store=tmp_path)
    assert refused.value.code == "no-screen"
    shutil.copytree(done, tmp_path, dirs_exist_ok=True)
    part = next((tmp_path / "screen" / "candidates").iterdir())
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(StoreError) as refused:
        trade_off(tmp_path / "screen", ["retention", "binder-content"], View(), store=tmp_path)
    assert refused.value.code == "part-unreadable"
    frame = pd.read_parquet(done / "screen" / "candidates" / part.name)
    frame.assign(number=frame["number"] + 1).to_parquet(part)
    with pytest.raises(StoreError) as refused:
        trade_off(tmp_path / "screen", ["retention", "binder-content"], View(), store=tmp_path)
    assert refused.value.code == "part-of-other-chunk"


@pytest.mark.thorough
def test_a_screen_interrupted_by_a_real_signal_ends_with_the_bytes_of_one_that_was_not(tmp_path: Path) -> None:
    file = lists(tmp_path, 1)
    screen(design_space(file), tmp_path / "undisturbed", QUESTION, store=tmp_path)
    words = [sys.executable, "-m", "spcse_ml", "screen", str(file), "--out", str(tmp_path / "screen"), "--jobs", "1"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while len(parts(tmp_path / "screen")) < 3 and running.poll() is None:
            time.sleep(0.002)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate()
    assert running.returncode == 130, told
    assert "the same command resumes" in told
    assert 3 <= len(parts(tmp_path / "screen")) < len(parts(tmp_path / "undisturbed"))
    assert not (tmp_path / "screen" / "top.csv").exists()
    subprocess.run(words, cwd=tmp_path, capture_output=True, check=True)
    assert parts(tmp_path / "screen") == parts(tmp_path / "undisturbed")


@pytest.mark.integration
def test_several_processes_make_the_same_bytes(spcse_ml: Command, tmp_path: Path, alone: dict[str, bytes]) -> None:
    lists(tmp_path, 15)
    done = spcse_ml("screen", "space_15.toml", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert parts(tmp_path / "screen") == alone


@pytest.fixture
def scheduler() -> Iterator[str]:
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_cluster_makes_the_same_bytes(tmp_path: Path, alone: dict[str, bytes], scheduler: str) -> None:
    with executor(scheduler=scheduler) as pool:
        screen(design_space(lists(tmp_path, 15)), tmp_path / "screen", QUESTION, store=tmp_path, workers=Workers(pool))
    assert parts(tmp_path / "screen") == alone


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")
def test_a_worker_killed_in_the_middle_changes_nothing(tmp_path: Path, alone: dict[str, bytes]) -> None:
    killed: list[int] = []
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:

        def kill_one() -> None:
            while len(parts(tmp_path / "screen")) < 2:
                time.sleep(0.002)
            killed.append(cluster.workers[0].pid)
            os.kill(killed[0], signal.SIGKILL)
            killed.append(len(parts(tmp_path / "screen")))

        killer = threading.Thread(target=kill_one)
        killer.start()
        with executor(scheduler=cluster.scheduler_address) as pool:
            space, workers = design_space(lists(tmp_path, 15)), Workers(pool)
            screen(space, tmp_path / "screen", QUESTION, store=tmp_path, workers=workers)
        killer.join()
        assert cluster.workers[0].pid != killed[0]
    assert killed[1] < len(alone)
    assert parts(tmp_path / "screen") == alone


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_loses_a_worker_judges_as_one_process_does(spcse_ml: Command) -> None:
    words = ("evaluate", "--quick", "--target", "retention", "--format", "json")
    alone = spcse_ml(*words, "--jobs", "1")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        first = cluster.workers[0].pid
        killer = threading.Timer(8, os.kill, (first, signal.SIGKILL))
        killer.start()
        there = spcse_ml(*words, "--scheduler", cluster.scheduler_address)
        killer.join()
        assert cluster.workers[0].pid != first
    assert there.returncode == alone.returncode == 0, there.stderr
    assert there.stdout == alone.stdout


def test_a_scheduler_that_does_not_answer_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spcse_ml.cli.executors.CONNECT_S", 1)
    with pytest.raises(InputError) as refused, executor(scheduler="tcp://127.0.0.1:9"):
        pass
    assert [fault.code for fault in refused.value.faults] == ["no-scheduler"]


def test_pareto_shows_the_front_as_table_and_page(spcse_ml: Command, done: Path, tmp_path: Path) -> None:
    shutil.copytree(done, tmp_path, dirs_exist_ok=True)
    told = spcse_ml("pareto", "--objective", "retention", "--objective", "cost", "--all", "--with-broken")
    assert told.returncode == 0, told.stderr
    table = pd.read_csv(tmp_path / "screen" / "pareto.csv")
    assert len(table) > 1
    assert (table["retention_percent"].diff().dropna() < 0).all()
    assert (table["cost_per_kg"].diff().dropna() < 0).all()
    assert "of unknown cost" in told.stdout
    assert "[cost_per_kg]" in told.stdout
    assert (tmp_path / "screen" / "pareto.html").stat().st_size > 10**6


@pytest.mark.parametrize(
    ("objectives", "code", "given"),
    [
        (("retention", "thickness"), "objective-without-skill", "thickness"),
        (("retention", "areal-resistance"), "no-planned-thickness", "areal-resistance"),
        (("retention", "beauty"), "unknown-objective", "beauty"),
        (("retention",), "number-of-objectives", "retention"),
    ],
)
def test_an_objective_that_cannot_be_is_refused_with_the_reason(
    done: Path, tmp_path: Path, objectives: tuple[str, ...], code: str, given: str
) -> None:
    with pytest.raises(InputError) as refused:
        trade_off(done / "screen", objectives, View(), store=tmp_path)
    assert [(fault.code, fault.column, fault.given) for fault in refused.value.faults] == [(code, "objective", given)]
    assert not (done / "screen" / "pareto.csv").exists()


def test_an_objective_without_skill_may_be_forced_and_is_warned_of(done: Path, tmp_path: Path) -> None:
    shutil.copytree(done, tmp_path, dirs_exist_ok=True)
    view, names = View(inside_only=False), ["retention", "thickness"]
    found = trade_off(tmp_path / "screen", names, view, store=tmp_path, is_forced=True)
    assert [(fault.code, fault.given) for fault in found.forced] == [("objective-without-skill", "thickness")]
    assert len(set(found.front.table["thickness_um"])) == 1


HOW_TO = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "screen.md").read_text(encoding="utf-8")


def test_the_how_to_shows_what_happens(spcse_ml: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(HOW_TO.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    for session in HOW_TO.partition("```console\n")[2].partition("```")[0].split("$ spcse-ml ")[1:]:
        command, _, shown = session.partition("\n")
        assert spcse_ml(*command.split()).stdout == shown


def test_a_screen_of_which_nothing_is_shown_says_so_and_a_request_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('methods = ["dry"]\nsulfides = ["LPSCl"]\nbinders = ["PTFE"]\n', encoding="utf-8")
    done = in_process.run(tmp_path, "screen", "s.toml", "--out", "o", "--jobs", "1")
    assert (done.returncode, len((tmp_path / "o" / "top.csv").read_text(encoding="utf-8").splitlines())) == (0, 1)
    request = json.loads((tmp_path / "o" / "screen.json").read_text(encoding="utf-8"))
    (tmp_path / "o" / "screen.json").write_text("{}", encoding="utf-8")
    refused = in_process.run(tmp_path, "pareto", "o")
    assert (refused.returncode, "without level, space, threshold_percent" in refused.stderr) == (1, True)
    changed = request | {"space": {**request["space"], "ban": []}}  # as version 0.1.0 wrote it
    (tmp_path / "o" / "screen.json").write_text(json.dumps(changed), encoding="utf-8")
    refused = in_process.run(tmp_path, "pareto", "o")
    assert (refused.returncode, "its space is not one of this version" in refused.stderr) == (1, True)
