"""The whole path once, for real: train, track, look, ask the champion, explain."""

import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from spcse_ml.data.literature import literature
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.reports.messages.verdict import verdict_text
from spcse_ml.storage.mlflow_client import tracking_uri
from spcse_ml.storage.model_files import load
from spcse_ml.workflows.lab import ledger as read_ledger
from tests.refusals import refused

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
    return subprocess.run(
        [sys.executable, "-m", "spcse_ml", *words], cwd=home, env=environment | {"SPCSE_ML_HOME": str(home / "store")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(home: Path) -> subprocess.CompletedProcess[str]:
    return run(home, "train")


def test_training_says_the_verdicts_and_keeps_readable_models(
    home: Path, trained: subprocess.CompletedProcess[str]
) -> None:
    assert trained.returncode == 0, trained.stderr
    folder = next((home / "store" / "models").iterdir())
    models = [load(folder / f"{target}.json") for target in ("retention", "thickness")]
    assert [evaluated.verdict for evaluated in models] == [Verdict.USEFUL, Verdict.NO_SKILL]
    assert all(verdict_text(evaluated.evaluation, evaluated.verdict) in trained.stdout for evaluated in models)
    assert {path.name for path in folder.iterdir()} >= {
        "retention.json", "thickness.json", "retention.md", "thickness.md", "retention_importance.png",
    }  # fmt: skip
    assert not (folder / "thickness_importance.png").exists()


def test_the_run_is_in_mlflow_with_children_data_and_a_model_that_answers_alike(
    home: Path, trained: subprocess.CompletedProcess[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trained.returncode == 0
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    import mlflow  # noqa: PLC0415

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    mlflow.set_tracking_uri(tracking_uri(home / "store"))
    found = mlflow.search_runs(experiment_names=["spcse_ml-checked"])
    children = found[found["tags.mlflow.parentRunId"].notna()]
    assert sorted(children["tags.target"]) == ["retention", "thickness"]
    assert (children["metrics.mae of random_forest"] > children["metrics.shipped_mae"]).any()
    assert (children["end_time"] > children["start_time"]).all()
    parent = mlflow.get_run(found[found["tags.mlflow.parentRunId"].isna()]["run_id"].iloc[0])
    assert parent.inputs.dataset_inputs[0].dataset.digest == literature().fingerprint
    assert parent.data.metrics["retention_mae"] > 0
    asked = pd.DataFrame([{"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": "0.5"}])
    served = mlflow.pyfunc.load_model("models:/spcse_ml@champion").predict(asked)
    (home / "r.csv").write_text(asked.to_csv(index=False), encoding="utf-8")
    told = run(home, "predict", "r.csv")
    assert f"{served['retention_percent'][0]:.4g}" in told.stdout
    assert next((home / "store" / "models").iterdir()).name in told.stdout


def test_the_runs_are_listed_with_the_champion_marked(home: Path, trained: subprocess.CompletedProcess[str]) -> None:
    assert trained.returncode == 0
    said = run(home, "runs").stdout
    assert Verdict.USEFUL in said
    assert Verdict.NO_SKILL in said
    assert "*" in said


@pytest.mark.thorough
def test_a_quick_evaluation_tells_what_the_training_told_and_strict_minds_the_verdict(
    home: Path, trained: subprocess.CompletedProcess[str]
) -> None:
    assert trained.returncode == 0
    done = run(home, "evaluate", "--quick", "--format", "json", "--strict", "--target", "retention")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["retention"]
    kept = load(next((home / "store" / "models").glob("*/retention.json"))).evaluation
    assert told["mae"] == pytest.approx(kept.scores["chosen"].mae)
    assert told["robustness"]["on_noise"]["useful"] <= 15, "what the released models carry is shown"
    assert set(told["coverage"]["0.9"]) >= {"hits", "n", "mean_width", "winkler"}


def test_explaining_draws_retention_and_says_why_not_thickness(
    home: Path, trained: subprocess.CompletedProcess[str]
) -> None:
    assert trained.returncode == 0
    done = run(home, "explain", "--out", "figures")
    assert "binder content" in done.stdout
    assert "thickness: cannot be predicted" in done.stdout
    assert (home / "figures" / "retention_importance.png").read_bytes().startswith(b"\x89PNG")
    assert (home / "figures" / "retention_chemistry.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_a_run_holds_its_figures_its_contributions_and_its_report(
    home: Path, trained: subprocess.CompletedProcess[str]
) -> None:
    assert trained.returncode == 0
    kept = {path.name for path in (home / "store").glob("artifacts/*/artifacts/files/*")}
    assert {"report.html", "retention_contributions.csv", "retention_beeswarm.svg", "thickness_held_out.png"} <= kept
    assert not {name for name in kept if name.startswith("thickness_importance")}


def test_a_prediction_is_registered_scored_when_its_record_arrives_and_a_cut_tail_shows(
    home: Path, trained: subprocess.CompletedProcess[str]
) -> None:
    assert trained.returncode == 0
    film = ["--sulfide", "LPSCl", "--method", "dry", "--binder", "PTFE"]
    for content in ("0.5", "1"):
        assert "Preregistered: P" in run(home, "predict", *film, "--binder-wt", content, "--register").stderr
    measured = ["--binder-wt", "0.5", "--retention", "75", "--prediction", "P1"]
    today = datetime.now(UTC).astimezone().date().isoformat()
    assert run(home, "record", *film, *measured, "--made-on", today).returncode == 0
    _, scores, _ = read_ledger(home / "store", home / "lab.csv")
    assert [(score.membrane.id, score.observed, score.is_inside, score.counts) for score in scores] == [
        ("M1", 75, True, True)
    ]
    ledger = home / "store" / "ledger.jsonl"
    whole = ledger.read_text(encoding="utf-8")
    ledger.write_text(whole.splitlines()[0] + "\n", encoding="utf-8")
    with refused("ledger-not-as-logged"):
        read_ledger(home / "store", home / "lab.csv")
    assert run(home, "ledger").returncode == 1
    ledger.write_text(whole.replace('"value": ', '"value": 1', 2), encoding="utf-8")
    assert run(home, "ledger").returncode == 1
    ledger.write_text(whole, encoding="utf-8")
    assert run(home, "ledger").returncode == 0


def test_the_store_is_one_sqlite_file(home: Path, trained: subprocess.CompletedProcess[str]) -> None:
    assert trained.returncode == 0
    with sqlite3.connect(home / "store" / "mlflow.db") as database:
        assert database.execute("select count(*) from runs").fetchone()[0] >= 3
