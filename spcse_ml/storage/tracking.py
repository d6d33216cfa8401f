"""What MLflow keeps of a store: a training is a parent run with a child per target and estimator, a head is a run.

What is logged is said as plain values by `children` and `parent`. MLflow is spoken to through `mlflow_client` alone.
"""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.data.dataset import Dataset
from spcse_ml.evaluation.evaluated import EvaluatedModel, ModelPair
from spcse_ml.evaluation.metrics import CHOSEN, Scores
from spcse_ml.storage.files import identity, known_identity
from spcse_ml.storage.mlflow_client import EXPERIMENT, has_runs, is_shared, opened
from spcse_ml.storage.model_files import libraries
from spcse_ml.storage.registry import register
from spcse_ml.tables import PACKAGE


@dataclass(frozen=True)
class Logged:
    """One run as plain values: its name and what it keeps."""

    name: str
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SavedTraining:
    """A pair of models, the folder that holds its files, and the commit of the code that made it."""

    pair: ModelPair
    folder: Path
    commit: str


def parent(pair: ModelPair, *, commit: str) -> Logged:
    """Return the parent run of a training."""
    fingerprints = {f"{name}_fingerprint": evaluated.fingerprint for name, evaluated in pair.by_target.items()}
    verdicts = {f"{name}_verdict": evaluated.verdict.value for name, evaluated in pair.by_target.items()}
    metrics = {
        f"{name}_{metric}": value
        for name, evaluated in pair.by_target.items()
        for metric, value in _metrics(evaluated.evaluation.scores[CHOSEN]).items()
    }
    own = {"own_rows": max(evaluated.own.n_rows if evaluated.own else 0 for evaluated in pair.by_target.values())}
    return Logged(
        pair.name, {**libraries(), **fingerprints, **own}, metrics, {**verdicts, "commit": commit, "model": pair.name}
    )


def children(evaluated: EvaluatedModel) -> Iterator[Logged]:
    """Yield a child run for each estimator of a target, the nested procedure first."""
    evaluation = evaluated.evaluation
    for name, scores in sorted(evaluation.scores.items(), key=lambda item: item[0] != CHOSEN):
        extra: dict[str, float] = {}
        if name == CHOSEN:
            coverage = evaluation.coverage
            extra = {
                "coverage_hits": coverage.hits, "coverage_n": coverage.n,
                "interval_mean_width": coverage.mean_width, "interval_winkler": coverage.winkler,
            }  # fmt: skip
        yield Logged(
            f"{evaluation.target.name} / {name}",
            {
                "target": evaluation.target.name,
                "estimator": evaluated.model.estimator if name == CHOSEN else name,
                "n_rows": evaluation.n_rows,
                "n_papers": evaluation.n_papers,
            },
            {**_metrics(scores), **extra},
            {"target": evaluation.target.name, "estimator": name},
        )


def log_training(store: Path, training: SavedTraining, dataset: Dataset) -> str:
    """Log a training with its model files and figures, register the model, and return the id of the parent run."""
    pair, whole = training.pair, parent(training.pair, commit=training.commit)
    parts = [child for evaluated in pair.by_target.values() for child in children(evaluated)]
    tables = {"literature": dataset.rows, "papers": dataset.beyond, "own": dataset.own}
    inputs = {name: _cells_as_text(rows) for name, rows in tables.items() if len(rows)}
    fingerprint = dataset.fingerprint
    with opened(store, "written") as mlflow, mlflow.start_run(run_name=pair.name) as run:
        _log(mlflow, whole)
        for name, rows in inputs.items():
            mlflow.log_input(mlflow.data.from_pandas(rows, name=name, digest=fingerprint))
        mlflow.log_artifacts(str(training.folder), "files")
        for part in parts:
            with mlflow.start_run(run_name=part.name, nested=True):
                _log(mlflow, part)
        register(mlflow, training.folder)
    return str(run.info.run_id)


def log_evaluation(
    store: Path, summaries: Mapping[str, Mapping[str, Any]], figures: Mapping[str, bytes], *, commit: str
) -> str:
    """Log what an evaluation found, as numbers, as JSON and as PNG figures, and return the id of the run."""
    metrics = {
        f"{target}_{name}": float(value)
        for target, summary in summaries.items()
        for name, value in summary.items()
        if isinstance(value, int | float)
    }
    verdicts = {f"{target}_verdict": str(summary["verdict"]) for target, summary in summaries.items()}
    logged = Logged("evaluation", libraries(), metrics, {**verdicts, "commit": commit})
    with tempfile.TemporaryDirectory() as folder:
        for name, image in figures.items():
            (Path(folder) / name).write_bytes(image)
        with opened(store, "written") as mlflow, mlflow.start_run(run_name="evaluation") as run:
            _log(mlflow, logged)
            mlflow.log_dict(dict(summaries), "evaluation.json")
            mlflow.log_artifacts(folder, "figures")
    return str(run.info.run_id)


HEAD = "ledger_head"
LENGTH = "ledger_length"
STORE = "store"
"""Tag of a head: whose ledger it is, because a server may be shared."""


@dataclass(frozen=True)
class LoggedHead:
    """The length and head that a ledger had once."""

    length: int
    head: str


def log_ledger(store: Path, *, head: str, length: int) -> None:
    """Keep the head and the length of the store's ledger as a run of their own, so that a cut tail shows."""
    tags = {HEAD: head, LENGTH: str(length), STORE: identity(store)}
    with opened(store, "written") as mlflow:
        client, experiment = mlflow.MlflowClient(), mlflow.get_experiment_by_name(EXPERIMENT)
        run = client.create_run(experiment.experiment_id, tags=tags, run_name="ledger")  # whole or not at all
        with contextlib.suppress(Exception):  # the head is kept by now; its run may stay open
            client.set_terminated(run.info.run_id)


def logged_ledgers(store: Path) -> list[LoggedHead]:
    """Return what was kept of the store's ledger, the longest first; nothing without a store.

    What stands in the store's own database is of its ledger; on a shared server what bears its identity.
    """
    frame, ours = _runs_with(store, HEAD), known_identity(store)
    if not len(frame):
        return []
    columns = [f"tags.{name}" for name in (LENGTH, HEAD, STORE)]
    rows = frame.reindex(columns=columns).itertuples(index=False, name=None)
    heads = [LoggedHead(int(length), str(head)) for length, head, owner in rows if not is_shared() or owner == ours]
    return sorted(heads, key=lambda logged: (logged.length, logged.head), reverse=True)


def commit() -> str:
    """Return the commit of the checkout that this package runs from, or `unknown` where it is installed otherwise."""
    if not (PACKAGE.parent / ".git").exists():
        return "unknown"
    try:
        completed = subprocess.run(
            ["git", "-C", str(PACKAGE.parent), "rev-parse", "HEAD"],  # noqa: S607 - whichever git the user has
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return completed.stdout.strip()


_SUMMARY = {
    "model": "tags.model", "started": "start_time", "retention_mae": "metrics.retention_mae",
    "retention_verdict": "tags.retention_verdict", "thickness_mae": "metrics.thickness_mae",
    "thickness_verdict": "tags.thickness_verdict", "own_rows": "params.own_rows",
    "data": "params.retention_fingerprint", "commit": "tags.commit", "run_id": "run_id",
}  # fmt: skip
"""What `runs` tells of a training, and where MLflow keeps it."""


def runs(store: Path) -> pd.DataFrame:
    """Return the trainings of a store, newest first; empty if there are none.

    Each tells its model, start (UTC), verdicts, errors, own rows, the fingerprint of its data, the commit of the code.
    """
    frame = _runs_with(store, "model")
    if not len(frame):
        return pd.DataFrame(columns=list(_SUMMARY))
    trainings = pd.DataFrame({name: frame.get(column) for name, column in _SUMMARY.items()})
    return trainings.assign(
        commit=trainings["commit"].str[:10], started=pd.to_datetime(trainings["started"]).dt.strftime("%Y-%m-%d %H:%M")
    )


def _runs_with(store: Path, tag: str) -> pd.DataFrame:
    """Return the runs of a store that bear a tag, newest first; an empty frame without a store."""
    if not has_runs(store):
        return pd.DataFrame()
    with opened(store, "read") as mlflow:
        frame: pd.DataFrame = mlflow.search_runs(
            experiment_names=[EXPERIMENT], filter_string=f"tags.{tag} LIKE '%'", order_by=["start_time DESC"]
        )
    return frame


def _metrics(scores: Scores) -> dict[str, float]:
    return {name: value for name, value in asdict(scores).items() if value == value}  # noqa: PLR0124 - nan is not logged


def _log(mlflow: Any, logged: Logged) -> None:
    mlflow.log_params(dict(logged.parameters))
    mlflow.log_metrics(dict(logged.metrics))
    mlflow.set_tags(dict(logged.tags))


def _cells_as_text(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.map(lambda cell: "" if cell is None else str(cell))
