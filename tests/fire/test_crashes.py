"""Commands killed at random moments, on full, read-only or locked stores, with clocks that go backwards.

After each, the store is valid, the earlier champion answers with the same bytes, and the same command, run again,
completes.
"""

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from spcse_ml.data.lab_rows import read_records
from spcse_ml.data.literature import literature
from spcse_ml.errors import REFUSAL_FILE, from_json
from spcse_ml.storage.champion import champion, crown
from spcse_ml.storage.model_files import load_pair
from spcse_ml.storage.registry import repair_alias
from spcse_ml.storage.tracking import SavedTraining, commit, log_training
from spcse_ml.tables import released
from spcse_ml.workflows.compare import promote, rollback
from tests.refusals import codes_of

pytestmark = pytest.mark.integration

RECIPE = ("--sulfide", "LPSCl", "--binder", "PTFE", "--binder-wt", "1", "--method", "dry")
SPACE = """
sulfides = ["LPSCl", "Li3PS4"]
binders = ["SBR", "NBR", "PEO"]
templates = ["nylon mesh"]
solvents = ["toluene", "XYL", "DMF"]
chunk = 20
"""
FIRST, SECOND = "20260101-000000-000", "20260102-000000-000"


def typed(folder: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    """Start a command in a folder whose store is `store`."""
    told = {**os.environ, "SPCSE_ML_HOME": str(folder / "store"), **environment}
    return subprocess.Popen([sys.executable, "-m", "spcse_ml", *words], cwd=folder, env=told, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)  # fmt: skip


def test_workers_end_with_a_command_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import time\nfrom spcse_ml.cli.executors import executor\n"
        "if __name__ == '__main__':\n with executor(jobs=2) as pool:\n"
        "  futures = [pool.submit(time.sleep, 600) for _ in range(2)]\n"
        "  print(*[process.pid for process in pool._processes.values()], flush=True)\n  futures[0].result()\n"
    )
    (tmp_path / "work.py").write_text(program)
    with subprocess.Popen([sys.executable, "work.py"], cwd=tmp_path, text=True, stdout=subprocess.PIPE) as running:
        pids = [int(pid) for pid in (running.stdout.readline() if running.stdout else "").split()]
        time.sleep(5)  # the workers have begun
        running.kill()
    left, end = set(pids), time.monotonic() + 60
    while left and time.monotonic() < end:
        left = {pid for pid in left if Path(f"/proc/{pid}/status").exists() and "zombie" not in
                Path(f"/proc/{pid}/status").read_text()}  # fmt: skip
        time.sleep(0.2)
    assert len(pids) == 2
    assert not left


def said(folder: Path, *words: str, **environment: str) -> str:
    """Return what a command prints that must be done."""
    with typed(folder, *words, **environment) as running:
        out, err = running.communicate()
    assert running.returncode == 0, err
    return out


def refused(folder: Path, *words: str) -> str:
    """Return by which code a command is refused; never with a traceback."""
    with tempfile.TemporaryDirectory() as elsewhere:
        refusal = Path(elsewhere) / "refusal.json"
        with typed(folder, *words, **{REFUSAL_FILE: str(refusal)}) as running:
            _, err = running.communicate()
        assert running.returncode == 1, err
        assert "Traceback" not in err
        (code,) = codes_of(from_json(refusal.read_text(encoding="utf-8")))
    return code


def stored(folder: Path) -> Path:
    """Return a folder with a store of two models, the first of which is champion, a space and a lab's table."""
    store = folder / "store"
    for name in (FIRST, SECOND):
        there = store / "models" / name
        there.mkdir(parents=True)
        for target in ("retention", "thickness"):
            shutil.copy(released("models") / f"{target}.json", there)
        pair = load_pair(there, name=name)
        log_training(store, SavedTraining(pair, there, commit()), literature())
    crown(store, FIRST, reason="the first")
    repair_alias(store)
    (folder / "space.toml").write_text(SPACE, encoding="utf-8")
    said(folder, "record", "--table", "lab.csv", "--id", "M0", *RECIPE, "--retention", "60")
    return folder


@dataclass(frozen=True)
class Deed:
    """A command, what must hold once it was done again after being killed, and by which code it is refused then."""

    words: tuple[str, ...]
    holds: Callable[[Path], bool]
    n_kills: int
    done_before: str = ""


UNDISTURBED = "elsewhere"
"""Folder beside the others in which nobody kills the command."""


def _is_recorded(folder: Path) -> bool:
    return [one.id for one in read_records(folder / "lab.csv")] == ["M0", "M1"]


def _is_screened(folder: Path) -> bool:
    found, whole = (place / "screen" / "top.csv" for place in (folder, folder / UNDISTURBED))
    return found.read_bytes() == whole.read_bytes()


def _is_reported(folder: Path) -> bool:
    return (folder / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


def _is_promoted(folder: Path) -> bool:
    crowned = champion(folder / "store")
    return crowned is not None and crowned.model == SECOND


def _is_trained(folder: Path) -> bool:
    models = [path.name for path in (folder / "store" / "models").iterdir()]
    return len(models) > len({FIRST, SECOND})


DEEDS = {
    "record": Deed(("record", "--table", "lab.csv", "--id", "M1", *RECIPE, "--retention", "55"), _is_recorded, 15,
                   done_before="id-taken"),
    "screen": Deed(("screen", "space.toml", "--jobs", "1"), _is_screened, 15),
    "promote": Deed(("promote", SECOND, "--reason", "better"), _is_promoted, 15,
                    done_before="champion-already"),
    "report": Deed(("report", "--out", "report.html"), _is_reported, 10),
    "train": Deed(("train",), _is_trained, 5),
}  # fmt: skip


def visible(folder: Path) -> set[str]:
    """Return what a user sees in a folder, two levels deep: below that, names are drawn at random."""
    paths = [path.relative_to(folder) for path in (*folder.glob("*"), *folder.glob("*/*"))]
    return {str(path) for path in paths if path.parts[0] != UNDISTURBED and not path.name.startswith(".")}


def half_written(folder: Path) -> set[Path]:
    """Return the hidden files in which something was being written when its process died."""
    return {path for path in folder.rglob(".*") if path.is_file() and path.suffix != ".lock"}


def killed_at_random(folder: Path, deed: Deed, n_kills: int, seed: int) -> None:
    """Kill a deed at so many random moments of its life; the champion answers after each with the same bytes."""
    before = said(folder, "predict", *RECIPE)
    begin = time.monotonic()
    shutil.copytree(folder, folder / UNDISTURBED)
    said(folder / UNDISTURBED, *deed.words)
    lasts, moments = time.monotonic() - begin, random.Random(seed)  # noqa: S311 - moments of death
    for _ in range(n_kills):
        with typed(folder, *deed.words) as victim:
            time.sleep(moments.uniform(0.02, 1.0) * lasts)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(victim.pid, signal.SIGKILL)
            victim.communicate()
        crowned = champion(folder / "store")
        assert crowned is not None
        if crowned.model == FIRST:
            assert said(folder, "predict", *RECIPE) == before
    leftover = half_written(folder)
    with typed(folder, *deed.words) as again:
        _, err = again.communicate()
    if again.returncode:  # what was kept is not kept twice
        assert deed.done_before, err
        assert refused(folder, *deed.words) == deed.done_before
    assert deed.holds(folder)
    assert visible(folder) == visible(folder / UNDISTURBED), "no half file has the name of a whole one"
    assert half_written(folder) <= leftover, "what is not killed leaves nothing"
    assert len(leftover) <= n_kills


@pytest.mark.thorough
@pytest.mark.parametrize("name", DEEDS)
def test_what_is_killed_at_random_moments_loses_nothing(tmp_path: Path, name: str) -> None:
    killed_at_random(stored(tmp_path), DEEDS[name], DEEDS[name].n_kills, seed=1)


@contextlib.contextmanager
def mounted(place: Path) -> Iterator[Path]:
    """Mount a small file system of memory, or skip where this machine lets nobody mount one."""
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True,
                          text=True, check=False)  # fmt: skip
    if done.returncode:
        pytest.skip(f"skipped: no file system can be mounted here ({done.stderr.strip()})")
    try:
        yield place
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(place)], check=False)
        subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> None:
    """Fill a small disk to the last byte."""
    with contextlib.suppress(OSError), (place / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(b"0" * 512)


WRITERS = {
    "record": ("record", "--table", "{place}/lab.csv", "--id", "M1", *RECIPE, "--retention", "55"),
    "predict": ("predict", *RECIPE, "--out", "{place}/answer.csv"),
    "screen": ("screen", "space.toml", "--out", "{place}/screen", "--jobs", "1"),
}


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("record", "full"),
        ("predict", "read-only"),
        *(pytest.param(name, how, marks=pytest.mark.thorough) for name in WRITERS for how in ("full", "read-only")),
    ],
)
def test_a_full_or_read_only_disk_refuses_and_leaves_what_was_there(tmp_path: Path, name: str, how: str) -> None:
    (tmp_path / "space.toml").write_text(SPACE, encoding="utf-8")
    with mounted(tmp_path / "disk") as place:
        said(tmp_path, "record", "--table", str(place / "lab.csv"), "--id", "M0", *RECIPE, "--retention", "60")
        if how == "full":
            fill(place)
        else:
            subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        before = {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}
        code = refused(tmp_path, *(word.format(place=place) for word in WRITERS[name]))
        assert code in {"not-writable", "unusable-path"}
        assert {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()} == before


@pytest.mark.thorough
def test_a_locked_database_refuses_a_training_in_words_and_the_champion_answers(tmp_path: Path) -> None:
    folder = stored(tmp_path)
    said(folder, "evaluate", "--target", "thickness")  # makes the database
    before = said(folder, "predict", *RECIPE)
    (database,) = (folder / "store").glob("*.db")
    with contextlib.closing(sqlite3.connect(database)) as somebody:
        somebody.execute("BEGIN EXCLUSIVE")
        code = refused(folder, "evaluate", "--target", "thickness")
        assert code == "runs-locked"
        assert said(folder, "predict", *RECIPE) == before
    said(folder, "evaluate", "--target", "thickness")


@pytest.mark.thorough
def test_two_trainings_at_once_both_stand_and_one_is_champion(tmp_path: Path) -> None:
    both = [typed(tmp_path, "train", "--jobs", "1") for _ in range(2)]
    told = [one.communicate() for one in both]
    assert [one.returncode for one in both] == [0, 0], told
    models = sorted(path.name for path in (tmp_path / "store" / "models").iterdir())
    crowned = champion(tmp_path / "store")
    assert len(models) == 2
    assert crowned is not None
    assert crowned.model in models
    listed = said(tmp_path, "runs")
    assert all(model in listed for model in models)


@pytest.mark.thorough
def test_a_clock_that_went_backwards_loses_no_champion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = stored(tmp_path) / "store"
    promote(store, SECOND, reason="better")
    monkeypatch.setattr("spcse_ml.storage.champion._now", lambda: "2001-01-01T00:00:00+00:00")
    promote(store, FIRST, reason="after all")
    crowned = champion(store)
    assert crowned is not None
    assert [crowned.model, *(one.model for one in crowned.before)] == [FIRST, SECOND, FIRST]
    assert rollback(store).model == SECOND
