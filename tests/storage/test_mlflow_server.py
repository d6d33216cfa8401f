"""A team's MLflow server, for real: trainings go there, and what it serves answers as `spcse-ml predict` does."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from spcse_ml.codes import FAULTS
from spcse_ml.data.literature import literature
from spcse_ml.errors import StoreError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.storage.champion import crown, model_folder
from spcse_ml.storage.ledger_heads import log_ledger
from spcse_ml.storage.model_files import save_pair
from spcse_ml.storage.runs import runs
from spcse_ml.storage.tracking import SavedTraining, log_training
from spcse_ml.workflows.compare import promote
from tests.refusals import refused

RECIPES = [
    {"sulfide": "LPSCl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5, "sigma_p_ms_cm": 3.2},
    {"sulfide": "LPSCl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 2, "solvent": "toluene"},
]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def ask(port: int, path: str, body: str | None = None) -> tuple[int, str]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST" if body else "GET", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@contextlib.contextmanager
def running(folder: Path, *words: str, port: int, ready: str) -> Iterator[None]:
    """Run a command of MLflow until the block is left; its workers end with it.

    It calls uvicorn by its bare name, so that the environment must be on the path, as where it is activated.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with (
        (folder / f"{words[0]}.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words, "--host", "127.0.0.1", "--port", str(port)], cwd=folder,
            env={**os.environ, "PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true"}, stdout=log, stderr=log,
            start_new_session=True,
        ) as process,
    ):  # fmt: skip
        try:
            while not is_ready(port, ready):
                assert process.poll() is None, (folder / f"{words[0]}.log").read_text(encoding="utf-8")
                time.sleep(0.2)
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(process.pid, signal.SIGTERM)


def is_ready(port: int, path: str) -> bool:
    try:
        return ask(port, path)[0] == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a tracking server of its own."""
    folder, port = tmp_path_factory.mktemp("team"), free_port()
    where = ["--backend-store-uri", f"sqlite:///{folder / 'team.db'}", "--artifacts-destination", str(folder / "kept")]
    with running(folder, "server", *where, "--workers", "1", port=port, ready="/health"):
        yield f"http://127.0.0.1:{port}"


def test_a_server_that_is_not_there_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for ask_it in (runs, lambda store: log_ledger(store, head="0", length=0)):
        with refused("server-unusable", kind=StoreError):
            ask_it(tmp_path)


@pytest.mark.thorough
def test_a_training_goes_to_the_teams_server_and_its_champion_is_served_from_there(
    team: str, released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", team)
    store = tmp_path / "store"
    for name in ("first", "second"):
        pair, folder = replace(released_pair, name=name), model_folder(store, name)
        save_pair(pair, folder)
        log_training(store, SavedTraining(pair, folder, "unknown"), literature())
    crown(store, "first", reason="the first")
    promote(store, "second", reason="errs less")
    assert list(runs(store)["model"]) == ["second", "first"]
    assert not (store / "mlflow.db").exists(), "nothing is kept beside the server"
    listed = spcse_ml(tmp_path, "runs", SPCSE_ML_HOME=str(store))
    assert all(word in listed for word in ("first", "second", "useful", "no skill"))
    client = mlflow.MlflowClient(team)
    version = client.get_model_version_by_alias("spcse_ml", "champion")
    assert client.get_run(version.run_id).data.tags["model"] == "second"
    kept = {one.path for one in client.list_artifacts(version.run_id, "files")}
    assert kept == {"files/retention.json", "files/thickness.json"}
    asked = tmp_path / "recipes.csv"
    pd.DataFrame(RECIPES).to_csv(asked, index=False)
    told = json.loads(spcse_ml(tmp_path, "predict", asked.name, "--format", "json", SPCSE_ML_HOME=str(store)))
    served = served_answers(tmp_path)
    assert [one["model"] for one in told] == ["second", "second"]
    for ours, theirs in zip(told, served, strict=True):
        numbers = {name: value for name, value in ours.items() if isinstance(value, float) and name != "level"}
        assert len(numbers) >= 6
        assert {name: theirs[name] for name in numbers} == pytest.approx(numbers, rel=1e-9)
        assert theirs["domain"] == ours["domain"]


def spcse_ml(folder: Path, *words: str, **environment: str) -> str:
    command = [sys.executable, "-m", "spcse_ml", *words]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def served_answers(folder: Path) -> list[dict[str, Any]]:
    """Return what `mlflow models serve` says of the recipes; without a column that it needs it answers 400."""
    port = free_port()
    model = ["models", "serve", "--model-uri", "models:/spcse_ml@champion", "--env-manager", "local"]
    with running(folder, *model, port=port, ready="/ping"):
        status, said = ask(port, "/invocations", json.dumps({"dataframe_records": RECIPES}))
        assert status == 200, said
        refused, why = ask(port, "/invocations", json.dumps({"dataframe_records": [{"sulfide": "LPSCl"}]}))
        assert refused == 400, why
        assert FAULTS["missing-column"].problem in why
    answers: list[dict[str, Any]] = json.loads(said)["predictions"]
    return answers
