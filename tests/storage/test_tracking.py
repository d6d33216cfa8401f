import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mlflow
import pytest

from spcse_ml.errors import StoreError
from spcse_ml.judging.answer import ModelPair
from spcse_ml.literature.dataset import literature
from spcse_ml.storage.champion import answering_pair, model_folder
from spcse_ml.storage.mlflow_door import tracking_uri
from spcse_ml.storage.model_files import save_pair
from spcse_ml.storage.tracking import (
    HEAD,
    LENGTH,
    Kept,
    LoggedHead,
    children,
    log_ledger,
    log_training,
    logged_ledgers,
    point_alias,
    runs,
)
from spcse_ml.workflows.challenge import promote, rollback


def test_two_stores_of_one_process_keep_their_own_runs_and_artifacts(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name in ("one", "other"):
        folder = tmp_path / name / "models" / "m"
        save_pair(released_pair, folder)
        log_training(tmp_path / name, Kept(released_pair, folder, "unknown"), literature(), is_champion=name == "one")
        assert "MLFLOW_TRACKING_URI" not in os.environ
    for name in ("one", "other"):
        assert len(runs(tmp_path / name)) == 1
        assert list((tmp_path / name / "artifacts").rglob("retention.json"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]


def test_promoting_moves_the_registrys_alias_and_rolling_back_moves_it_back(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name in ("first", "second"):
        pair = replace(released_pair, name=name)
        save_pair(pair, model_folder(tmp_path, name))
        log_training(tmp_path, Kept(pair, model_folder(tmp_path, name), "unknown"), literature(), is_champion=False)
    promote(tmp_path, "first", reason="the first")
    promote(tmp_path, "second", reason="errs less")
    assert (answering_pair(tmp_path).name, aliased_run(tmp_path)) == ("second", "second")
    rollback(tmp_path)
    assert (answering_pair(tmp_path).name, aliased_run(tmp_path)) == ("first", "first")
    with pytest.raises(StoreError, match="holds no model third"):
        promote(tmp_path, "third", reason="none")
    assert answering_pair(tmp_path).name == "first"


def aliased_run(store: Path) -> str:
    client = mlflow.MlflowClient(tracking_uri(store))
    version = client.get_model_version_by_alias("spcse_ml", "champion")
    return str(client.get_run(version.run_id).data.tags["model"])


def test_a_damaged_database_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match=r"cannot be read.*move it away"):
        runs(tmp_path)


def test_a_folder_that_no_database_address_can_name_is_refused(tmp_path: Path) -> None:
    odd = tmp_path / "q?x"
    odd.mkdir()
    sqlite3.connect(odd / "mlflow.db").close()
    with pytest.raises(StoreError, match="cannot contain"):
        runs(odd)


def test_there_is_a_child_for_every_estimator_with_its_error(released_pair: ModelPair) -> None:
    said = {child.tags["estimator"]: child for child in children(released_pair.retention)}
    scores = released_pair.retention.evaluation.scores
    assert {name: child.metrics["mae"] for name, child in said.items()} == {n: s.mae for n, s in scores.items()}
    assert said["chosen"].metrics["coverage_n"] == 31


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Keep a database as somebody does who writes to it: it can be read and not be written."""
    with contextlib.closing(sqlite3.connect(database)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        yield


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the database of a team, which waits a moment only where it is locked; every store uses it."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'team.db'}?timeout=0.1")
    return tmp_path / "team.db"


def logged_before_stores_had_an_identity(uri: str, head: str, length: int) -> None:
    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name("spcse_ml")
    assert experiment is not None
    client.create_run(experiment.experiment_id, tags={HEAD: head, LENGTH: str(length)})


def test_on_a_shared_server_each_store_is_told_its_own_heads_and_those_of_nobody(tmp_path: Path, shared: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    log_ledger(one, head="a", length=1)
    log_ledger(other, head="b", length=7)
    log_ledger(one, head="c", length=2)
    assert shared.exists()
    assert logged_ledgers(one) == [LoggedHead(2, "c", is_ours=True), LoggedHead(1, "a", is_ours=True)]
    assert logged_ledgers(other) == [LoggedHead(7, "b", is_ours=True)]
    assert logged_ledgers(tmp_path / "third") == []
    assert not (tmp_path / "third" / "store_id.txt").exists(), "to read gives no identity"
    logged_before_stores_had_an_identity(os.environ["MLFLOW_TRACKING_URI"], "d", 3)
    assert logged_ledgers(other) == [LoggedHead(7, "b", is_ours=True), LoggedHead(3, "d", is_ours=False)]


def test_in_the_own_database_every_head_is_of_the_store_whatever_its_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    log_ledger(tmp_path, head="a", length=1)
    logged_before_stores_had_an_identity(tracking_uri(tmp_path), "b", 2)
    (tmp_path / "store_id.txt").unlink()
    assert logged_ledgers(tmp_path) == [LoggedHead(2, "b", is_ours=True), LoggedHead(1, "a", is_ours=True)]


FIRST_COMER = """
import sys, time
from pathlib import Path
import mlflow.data, mlflow.pyfunc
from spcse_ml.storage.tracking import log_ledger
here, number = Path(sys.argv[1]), int(sys.argv[2])
(here / f"ready-{number}").touch()
while not (here / "go").exists():
    time.sleep(0.001)
log_ledger(here / "store", head=f"head-{number}", length=number)
"""


@pytest.mark.parametrize("dies_after", [0.4, *(pytest.param(0.2 * n, marks=pytest.mark.thorough) for n in range(10))])
def test_of_several_who_open_a_new_store_at_once_everyone_comes_in_also_when_one_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_after: float
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "store").mkdir()
    words = [sys.executable, "-c", FIRST_COMER, str(tmp_path)]
    comers = [subprocess.Popen([*words, str(number)], stderr=subprocess.PIPE) for number in (1, 2, 3)]
    while len(list(tmp_path.glob("ready-*"))) < len(comers):
        assert all(one.poll() is None for one in comers)
        time.sleep(0.01)
    (tmp_path / "go").touch()
    time.sleep(dies_after)
    comers[0].kill()
    told = [one.communicate()[1] for one in comers]
    assert [one.returncode for one in comers[1:]] == [0, 0], told
    assert {one.length for one in logged_ledgers(tmp_path / "store")} >= {2, 3}


@pytest.mark.thorough
def test_a_locked_database_is_told_in_a_sentence_and_the_same_process_may_try_again(
    released_pair: ModelPair, tmp_path: Path, shared: Path
) -> None:
    log_ledger(tmp_path, head="a", length=1)
    kept = Kept(released_pair, model_folder(tmp_path, "released"), "unknown")
    save_pair(released_pair, kept.folder)
    with locked(shared):
        for write in (
            lambda: log_ledger(tmp_path, head="b", length=2),
            lambda: log_training(tmp_path, kept, literature(), is_champion=False),
        ):
            with pytest.raises(StoreError, match=r"are locked by another process. Try again"):
                write()
        assert len(logged_ledgers(tmp_path)) == 1, "it can be read"
    log_ledger(tmp_path, head="b", length=2)
    assert len(logged_ledgers(tmp_path)) == 2
    log_training(tmp_path, kept, literature(), is_champion=True)
    assert aliased_run(tmp_path) == "released"


def test_a_training_interrupted_before_it_was_registered_is_registered_once_it_is_promoted(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    pair, folder = replace(released_pair, name="early"), model_folder(tmp_path, "early")
    with pytest.raises(StoreError, match="cannot be written"):  # its files are not there, so that it ends midway
        log_training(tmp_path, Kept(pair, folder, "unknown"), literature(), is_champion=False)
    assert runs(tmp_path)["model"].tolist() == ["early"]
    with pytest.raises(StoreError, match=r"was interrupted before it was registered.*Train again"):
        point_alias(tmp_path, "early")
    save_pair(pair, folder)
    promote(tmp_path, "early", reason="its files are whole")
    assert (answering_pair(tmp_path).name, aliased_run(tmp_path)) == ("early", "early")


def test_a_model_that_was_never_tracked_is_not_promoted_and_it_is_said_why(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    save_pair(released_pair, model_folder(tmp_path, "killed"))
    with pytest.raises(StoreError, match=r"interrupted before it was tracked.*train again"):
        promote(tmp_path, "killed", reason="none")


def test_a_store_named_by_a_relative_path_is_the_folder_of_that_name_here(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    store = Path("store")
    save_pair(released_pair, model_folder(store, "m"))
    log_training(store, Kept(released_pair, model_folder(store, "m"), "unknown"), literature(), is_champion=True)
    assert len(runs(tmp_path / "store")) == 1
    assert list((tmp_path / "store" / "artifacts").rglob("retention.json"))
