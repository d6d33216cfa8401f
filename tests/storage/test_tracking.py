import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import mlflow
import pytest

from spcse_ml.errors import StoreError
from spcse_ml.judging.answer import ModelPair
from spcse_ml.literature.dataset import literature
from spcse_ml.storage.champion import answering_pair, model_folder
from spcse_ml.storage.model_files import save_pair
from spcse_ml.storage.tracking import Kept, children, log_training, runs, tracking_uri
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
