import base64
import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from spcse_ml.data.literature import literature
from spcse_ml.errors import StoreError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.storage.champion import answering_pair, champion, crown, model_folder
from spcse_ml.storage.experiment import experiment_of
from spcse_ml.storage.ledger_heads import LoggedHead, log_ledger, logged_ledgers
from spcse_ml.storage.mlflow_client import how_to_look, shown_address, tracking_uri
from spcse_ml.storage.model_files import save_pair
from spcse_ml.storage.registry import registered_version, repair_alias
from spcse_ml.storage.runs import runs
from spcse_ml.storage.tracking import (
    SavedTraining,
    children,
    log_training,
    procedure,
)
from spcse_ml.workflows.compare import promote, rollback, trainings
from tests.refusals import refused

DRY = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}


def test_two_stores_of_one_process_keep_their_own_runs_and_artifacts(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name in ("one", "other"):
        folder = tmp_path / name / "models" / "m"
        save_pair(released_pair, folder)
        log_training(tmp_path / name, SavedTraining(released_pair, folder, "unknown"), literature())
        assert "MLFLOW_TRACKING_URI" not in os.environ
    for name in ("one", "other"):
        assert len(runs(tmp_path / name)) == 1
        assert list((tmp_path / name / "artifacts").rglob("retention.json"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]


def test_promoting_moves_the_registrys_alias_and_rolling_back_moves_it_back(store_of_two: Path) -> None:
    promote(store_of_two, "second", reason="errs less")
    assert (answering_pair(store_of_two).name, aliased_run(store_of_two)) == ("second", "second")
    rollback(store_of_two)
    assert (answering_pair(store_of_two).name, aliased_run(store_of_two)) == ("first", "first")
    with refused("no-such-model", kind=StoreError):
        promote(store_of_two, "third", reason="none")
    assert answering_pair(store_of_two).name == "first"


def test_the_alias_follows_the_champion_where_it_was_left_behind_or_is_missing(store_of_two: Path) -> None:
    client = mlflow.MlflowClient(tracking_uri(store_of_two))
    crown(store_of_two, "second", reason="killed before the alias followed")
    assert aliased_run(store_of_two) == "first"
    trainings(store_of_two)
    assert aliased_run(store_of_two) == "second"
    client.delete_registered_model_alias("spcse_ml", "champion")
    with refused("champion-already", kind=StoreError):
        promote(store_of_two, "second", reason="again")
    assert aliased_run(store_of_two) == "second"


def test_on_a_shared_server_the_alias_of_another_store_stays_until_somebody_promotes(
    released_pair: ModelPair, tmp_path: Path, shared: Path
) -> None:
    for name in ("one", "other"):
        pair, store = replace(released_pair, name=f"of-{name}"), tmp_path / name
        save_pair(pair, model_folder(store, pair.name))
        log_training(store, SavedTraining(pair, model_folder(store, pair.name), "unknown"), literature())
        crown(store, pair.name, reason="the first")
    for name in ("one", "other", "one"):
        trainings(tmp_path / name)
        assert aliased_run(tmp_path) == "of-one", "the first to come has it"
    with refused("champion-already", kind=StoreError):
        promote(tmp_path / "other", "of-other", reason="ours")
    assert aliased_run(tmp_path) == "of-other", "who promotes has it from then on"
    client = mlflow.MlflowClient()
    foreign = client.create_model_version("spcse_ml", "file:///nowhere")
    client.set_registered_model_alias("spcse_ml", "champion", foreign.version)
    assert len(trainings(tmp_path / "one")) == 2, "a version that somebody made by hand is left alone"
    assert client.get_model_version_by_alias("spcse_ml", "champion").version == foreign.version
    assert shared.exists()


@pytest.fixture(scope="module")
def made_once(released_pair: ModelPair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("made once") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        for name in ("first", "second"):
            pair = replace(released_pair, name=name)
            save_pair(pair, model_folder(store, name))
            log_training(store, SavedTraining(pair, model_folder(store, name), "unknown"), literature())
        crown(store, "first", reason="the first")
        repair_alias(store)
    return store


@pytest.fixture
def store_of_two(made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a store of two tracked models, the first of which is champion."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copytree(made_once, tmp_path / "store")
    trainings(tmp_path / "store")
    return tmp_path / "store"


DIES = """
import os, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from spcse_ml.workflows.compare import promote
n_left = int(sys.argv[2])
def effect(*_):
    global n_left
    n_left -= 1
    if n_left < 0:
        os._exit(9)
replace = Path.replace
def counted(one, target):
    effect()
    return replace(one, target)
Path.replace = counted
event.listen(Engine, "commit", effect)
promote(Path(sys.argv[1]), "second", reason="better")
os._exit(0)
"""
"""Promotes, and dies just before the effect of that number: a file that takes its place, or a commit."""


@pytest.mark.integration
@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.thorough), 8])
def test_a_promotion_killed_between_any_two_steps_leaves_one_champion(store_of_two: Path, every: int) -> None:
    ends, n_effects = set(), 0
    while True:
        copy = store_of_two.with_name(f"copy-{n_effects}")
        shutil.copytree(store_of_two, copy)
        done = subprocess.run([sys.executable, "-c", DIES, copy, str(n_effects)], capture_output=True, check=False)
        assert done.returncode in {0, 9}, done.stderr
        crowned = champion(copy)
        assert crowned is not None
        trainings(copy)
        assert aliased_run(copy) == crowned.model == answering_pair(copy).name
        ends.add((done.returncode, crowned.model))
        if done.returncode == 0:
            break
        n_effects += every
    assert ends >= {(9, "first"), (0, "second")}
    assert every > 1 or (9, "second") in ends
    assert n_effects > 1


def files(store: Path) -> dict[str, bytes]:
    return {str(path.relative_to(store)): path.read_bytes() for path in store.rglob("*") if path.is_file()}


@pytest.mark.parametrize("take", [shutil.copytree, shutil.move])
def test_a_moved_or_copied_store_works_in_its_new_place_and_touches_nothing_of_the_old(
    released_pair: ModelPair, store_of_two: Path, tmp_path: Path, take: Callable[[Path, Path], object]
) -> None:
    before, new = files(store_of_two), tmp_path / "it's 100% new" / "store"
    new.parent.mkdir()
    take(store_of_two, new)
    assert sorted(trainings(new)["model"]) == ["first", "second"]
    pair = replace(released_pair, name="third")
    save_pair(pair, model_folder(new, "third"))
    log_training(new, SavedTraining(pair, model_folder(new, "third"), "unknown"), literature())
    promote(new, "third", reason="better")
    with contextlib.closing(sqlite3.connect(new / "mlflow.db")) as rows:
        addresses = set(re.findall(r"file:[^']*", "\n".join(rows.iterdump()).replace("''", "%27")))
    assert {one for one in addresses if not one.replace("'", "%27").startswith(new.as_uri())} == set()
    assert addresses
    mlflow.set_tracking_uri(tracking_uri(new))
    assert len(mlflow.pyfunc.load_model("models:/spcse_ml@champion").predict(pd.DataFrame([DRY]))) == 1
    assert mlflow.artifacts.list_artifacts(run_id=str(runs(new)["run_id"].iloc[-1]))
    assert files(store_of_two) == before if take is shutil.copytree else not store_of_two.exists()


def test_a_store_reached_by_two_paths_stays_as_it_is(store_of_two: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(store_of_two)
    before = (store_of_two / "mlflow.db").read_bytes()
    trainings(tmp_path / "link")
    assert (store_of_two / "mlflow.db").read_bytes() == before


@pytest.mark.parametrize(
    ("left", "code"), [(0, "runs-damaged"), (1, "runs-damaged"), (16, "runs-unusable"), (4096, "runs-unusable")]
)
def test_a_database_that_was_cut_is_refused_and_no_new_history_begins(store_of_two: Path, left: int, code: str) -> None:
    database = store_of_two / "mlflow.db"
    database.write_bytes(database.read_bytes()[:left])
    for ask in (trainings, lambda store: log_ledger(store, head="a", length=1)):
        with refused(code, kind=StoreError):
            ask(store_of_two)
    assert database.stat().st_size == left


@pytest.mark.parametrize("address", [
    "http://anna:se%40cret@127.0.0.1:9/x", "http://anna:se@cret@127.0.0.1:9", "http://:secret@127.0.0.1:9",
    "postgresql+nothing://anna:secret@127.0.0.1/db?password=secret", "sqlite:////nowhere/x.db?key=secret",
    "http://127.0.0.1:9/?token=secret", "anna:secret@127.0.0.1:9", "http://anna:secret word@127.0.0.1:9",
    "http://127.0.0.1:9/#secret", "http:/anna:secret@127.0.0.1", "http://127.0.0.1:9/a;token=secret?a=b)secret",
    "http://an:se/cret@127.0.0.1:9",
])  # fmt: skip
def test_no_user_or_password_of_an_address_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    told = [how_to_look(tmp_path), shown_address(tmp_path)]
    for ask in (runs, lambda store: log_ledger(store, head="0", length=0)):
        with pytest.raises(StoreError) as refused:
            ask(tmp_path)
        told.append(str(refused.value))
    assert not [one for one in told if "cret" in one or "anna" in one]


def aliased_run(store: Path) -> str:
    client = mlflow.MlflowClient(tracking_uri(store))
    version = client.get_model_version_by_alias("spcse_ml", "champion")
    return str(client.get_run(version.run_id).data.tags["model"])


def test_a_damaged_database_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"no database" * 100)
    with refused("runs-damaged", kind=StoreError):
        runs(tmp_path)


def test_a_folder_that_no_database_address_can_name_is_refused(tmp_path: Path) -> None:
    odd = tmp_path / "q?x"
    odd.mkdir()
    sqlite3.connect(odd / "mlflow.db").close()
    with refused("store-not-an-address", kind=StoreError):
        runs(odd)


def test_there_is_a_child_for_each_target_with_the_errors_of_the_procedure_of_baselines_and_of_each_paper(
    released_pair: ModelPair,
) -> None:
    said = dict(children(SavedTraining(released_pair, Path(), "unknown")))
    for name, evaluated in released_pair.by_target.items():
        evaluation, child = evaluated.evaluation, said[name]
        scores = evaluation.scores
        assert child.metrics["mae"] == scores[procedure(evaluation)].mae
        assert child.metrics["shipped_mae"] == scores["chosen"].mae
        assert child.metrics["mae of mean"] == scores["mean"].mae
        assert len(child.by_fold) == evaluation.n_papers
        assert sum(child.by_fold) / evaluation.n_papers == pytest.approx(child.metrics["mae"])
    assert said["retention"].metrics["coverage_n"] == 30
    assert said["retention"].parameters["regress__regressor__alpha"] == 3.0


def test_runs_begin_and_end_when_the_work_did_and_keep_what_was_asked_for(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder, hour = model_folder(tmp_path, "m"), 3_600_000
    save_pair(released_pair, folder)
    begin = time.time_ns() // 1_000_000 - 3 * hour
    spans = {"retention": (begin, begin + hour), "thickness": (begin + hour, begin + 2 * hour)}
    wanted = experiment_of(estimator="ridge", parameters={"alpha": 2.0}, view="all", tags={"who": "me"}, note="why")
    log_training(tmp_path, SavedTraining(released_pair, folder, "unknown", wanted, spans), literature())
    mlflow.set_tracking_uri(tracking_uri(tmp_path))
    every = mlflow.search_runs(experiment_names=["spcse_ml-all"]).set_index("tags.mlflow.runName")
    lasted = (every["end_time"] - every["start_time"]).dt.total_seconds()
    assert lasted["released retention"] == lasted["released thickness"] == 3600
    assert lasted["released"] >= 3 * 3600
    row = every.loc["released"]
    assert (row["params.set alpha"], row["params.view"], row["tags.who"]) == ("2.0", "all", "me")
    assert row["tags.mlflow.note.content"] == "why"
    versions = {name: row[f"params.{name}"] for name in ("xgboost", "shap", "scikit-learn", "mlflow")}
    assert all(re.match(r"\d", version) for version in versions.values())
    steps = mlflow.MlflowClient().get_metric_history(every.loc["released retention"]["run_id"], "mae by fold")
    assert sorted(metric.step for metric in steps) == list(range(28))
    (listed,) = runs(tmp_path).to_dict("records")
    assert (listed["estimator"], listed["view"], listed["tags"], listed["note"]) == (
        "ridge",
        "all",
        '{"who": "me"}',
        "why",
    )
    assert listed["minutes"] >= 180


def test_the_experiment_of_a_view_offers_the_columns_that_compare_well(store_of_two: Path) -> None:
    client = mlflow.MlflowClient(tracking_uri(store_of_two))
    (value,) = [
        value for key, value in client.get_experiment_by_name("spcse_ml-checked").tags.items() if "sharedView" in key
    ]
    form, _, packed = json.loads(value)["state"].partition(";")
    state = json.loads(zlib.decompress(base64.b64decode(packed)))
    assert (form, state["orderByKey"], state["orderByAsc"]) == ("deflate", "metrics.`retention_mae`", True)
    (run, *_) = client.search_runs(
        [client.get_experiment_by_name("spcse_ml-checked").experiment_id], state["searchFilter"]
    )
    known = {**run.data.params, **run.data.metrics, **run.data.tags}
    named = {column.partition("`")[2].strip("`") for column in state["selectedColumns"]}
    assert named - {"Duration", "features"} <= set(known), "of the released procedure no features are kept"


def test_what_mlflow_loads_refuses_a_misspelt_content_and_brings_an_example(store_of_two: Path) -> None:
    mlflow.set_tracking_uri(tracking_uri(store_of_two))
    model = mlflow.pyfunc.load_model("models:/spcse_ml@champion")
    assert list(model.input_example.columns) == ["sulfide", "method", "binder", "binder_wt_percent"]
    assert len(model.predict(model.input_example)) == 1
    with pytest.raises(Exception, match="binder_wt_pct"):
        model.predict(model.input_example.rename(columns={"binder_wt_percent": "binder_wt_pct"}))


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


def test_on_a_shared_server_each_store_is_told_its_own_heads(tmp_path: Path, shared: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    log_ledger(one, head="a", length=1)
    log_ledger(other, head="b", length=7)
    log_ledger(one, head="c", length=2)
    assert shared.exists()
    assert logged_ledgers(one) == [LoggedHead(2, "c"), LoggedHead(1, "a")]
    assert logged_ledgers(other) == [LoggedHead(7, "b")]
    assert logged_ledgers(tmp_path / "third") == []
    assert not (tmp_path / "third" / "store_id.txt").exists(), "to read gives no identity"


def test_in_the_own_database_every_head_is_of_the_store_whatever_its_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    log_ledger(tmp_path, head="a", length=1)
    (tmp_path / "store_id.txt").unlink()
    log_ledger(tmp_path, head="b", length=2)
    assert logged_ledgers(tmp_path) == [LoggedHead(2, "b"), LoggedHead(1, "a")]


FIRST_COMER = """
import sys, time
from pathlib import Path
import mlflow.data, mlflow.pyfunc
from spcse_ml.storage.ledger_heads import log_ledger
here, number = Path(sys.argv[1]), int(sys.argv[2])
(here / f"ready-{number}").touch()
while not (here / "go").exists():
    time.sleep(0.001)
log_ledger(here / "store", head=f"head-{number}", length=number)
"""


@pytest.mark.integration
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
    kept = SavedTraining(released_pair, model_folder(tmp_path, "released"), "unknown")
    save_pair(released_pair, kept.folder)
    with locked(shared):
        for write in (
            lambda: log_ledger(tmp_path, head="b", length=2),
            lambda: log_training(tmp_path, kept, literature()),
        ):
            with refused("runs-locked", kind=StoreError):
                write()
        assert len(logged_ledgers(tmp_path)) == 1, "it can be read"
    log_ledger(tmp_path, head="b", length=2)
    assert len(logged_ledgers(tmp_path)) == 2
    log_training(tmp_path, kept, literature())
    crown(tmp_path, "released", reason="the first")
    repair_alias(tmp_path)
    assert aliased_run(tmp_path) == "released"


def test_a_training_interrupted_before_it_was_registered_is_registered_once_it_is_promoted(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    pair, folder = replace(released_pair, name="early"), model_folder(tmp_path, "early")
    with refused("runs-unusable", kind=StoreError):  # its files are not there, so that it ends midway
        log_training(tmp_path, SavedTraining(pair, folder, "unknown"), literature())
    assert runs(tmp_path)["model"].tolist() == ["early"]
    with refused("training-not-registered", kind=StoreError):
        registered_version(tmp_path, "early")
    save_pair(pair, folder)
    promote(tmp_path, "early", reason="its files are whole")
    assert (answering_pair(tmp_path).name, aliased_run(tmp_path)) == ("early", "early")


def test_a_model_that_was_never_tracked_is_not_promoted_and_it_is_said_why(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    save_pair(released_pair, model_folder(tmp_path, "killed"))
    with refused("training-not-tracked", kind=StoreError):
        promote(tmp_path, "killed", reason="none")


def test_a_store_named_by_a_relative_path_is_the_folder_of_that_name_here(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    store = Path("store")
    save_pair(released_pair, model_folder(store, "m"))
    log_training(store, SavedTraining(released_pair, model_folder(store, "m"), "unknown"), literature())
    assert len(runs(tmp_path / "store")) == 1
    assert list((tmp_path / "store" / "artifacts").rglob("retention.json"))
