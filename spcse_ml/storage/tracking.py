"""The only file that has heard of MLflow: a training becomes a parent run with a child per target and estimator.

What is logged is said as plain values by `children` and `parent`; `log_training` alone talks to MLflow. The store is
one SQLite file, so nothing needs to be started. Telemetry is off.
"""

import contextlib
import logging
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml import __version__
from spcse_ml.errors import StoreError
from spcse_ml.judging.answer import JudgedModel, ModelPair
from spcse_ml.judging.evaluation import CHOSEN, Scores
from spcse_ml.literature.dataset import Dataset
from spcse_ml.literature.released import PACKAGE
from spcse_ml.storage.model_files import libraries

EXPERIMENT = "spcse_ml"
REGISTERED = "spcse_ml"
ALIAS = "champion"
TEAM_SERVER = "MLFLOW_TRACKING_URI"
"""Environment variable that names a team's MLflow server; without it runs stay in the store."""

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # seven, its own, are minutes of silence where a server is down
    "GIT_PYTHON_REFRESH": "quiet",
}


@dataclass(frozen=True)
class Logged:
    """One run as plain values: its name and what it keeps."""

    name: str
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """A pair of models, the folder that holds its files, and the commit of the code that made it."""

    pair: ModelPair
    folder: Path
    commit: str


def tracking_uri(store: Path) -> str:
    """Return where runs are kept: $MLFLOW_TRACKING_URI if set, else the SQLite file of the store."""
    if "?" in str(store) or "#" in str(store):
        msg = f"{store} cannot hold runs: a database address cannot contain ? or #. Choose another folder."
        raise StoreError(msg)
    return os.environ.get(TEAM_SERVER) or f"sqlite:///{store / 'mlflow.db'}"


def parent(pair: ModelPair, *, commit: str) -> Logged:
    """Return the parent run of a training."""
    fingerprints = {f"{name}_fingerprint": judged.fingerprint for name, judged in pair.by_target.items()}
    verdicts = {f"{name}_verdict": judged.verdict.value for name, judged in pair.by_target.items()}
    metrics = {
        f"{name}_{metric}": value
        for name, judged in pair.by_target.items()
        for metric, value in _metrics(judged.evaluation.scores[CHOSEN]).items()
    }
    own = {"own_rows": max(judged.own.n_rows if judged.own else 0 for judged in pair.by_target.values())}
    return Logged(
        pair.name, {**libraries(), **fingerprints, **own}, metrics, {**verdicts, "commit": commit, "model": pair.name}
    )


def children(judged: JudgedModel) -> Iterator[Logged]:
    """Yield a child run for each estimator of a target, the nested procedure first."""
    evaluation = judged.evaluation
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
            {"target": evaluation.target.name, "estimator": judged.model.estimator if name == CHOSEN else name,
             "n_rows": evaluation.n_rows, "n_papers": evaluation.n_papers},
            {**_metrics(scores), **extra},
            {"target": evaluation.target.name, "estimator": name},
        )  # fmt: skip


def log_training(store: Path, kept: Kept, dataset: Dataset, *, is_champion: bool) -> str:
    """Log a training with its model files and figures, register the model, and return the id of the parent run."""
    pair, files = kept.pair, kept.folder
    mlflow = _mlflow(store)
    with mlflow.start_run(run_name=pair.name) as run:
        _log(mlflow, parent(pair, commit=kept.commit))
        for name, rows in (("literature", dataset.rows), ("own", dataset.own)):
            if len(rows):
                mlflow.log_input(mlflow.data.from_pandas(_text(rows), name=name, digest=dataset.fingerprint))
        mlflow.log_artifacts(str(files), "files")
        for judged in pair.by_target.values():
            for child in children(judged):
                with mlflow.start_run(run_name=child.name, nested=True):
                    _log(mlflow, child)
        _register(mlflow, files)
    if is_champion:
        point_alias(store, pair.name)
    return str(run.info.run_id)


def log_evaluation(
    store: Path, summaries: Mapping[str, Mapping[str, Any]], figures: Mapping[str, bytes], *, commit: str
) -> str:
    """Log what an evaluation found, as numbers, as JSON and as PNG figures, and return the id of the run."""
    mlflow = _mlflow(store)
    metrics = {
        f"{target}_{name}": float(value)
        for target, told in summaries.items()
        for name, value in told.items()
        if isinstance(value, int | float)
    }
    verdicts = {f"{target}_verdict": str(told["verdict"]) for target, told in summaries.items()}
    with mlflow.start_run(run_name="evaluation") as run, tempfile.TemporaryDirectory() as folder:
        _log(mlflow, Logged("evaluation", libraries(), metrics, {**verdicts, "commit": commit}))
        mlflow.log_dict(dict(summaries), "evaluation.json")
        for name, image in figures.items():
            (Path(folder) / name).write_bytes(image)
        mlflow.log_artifacts(folder, "figures")
    return str(run.info.run_id)


HEAD = "ledger_head"
LENGTH = "ledger_length"


def log_ledger(store: Path, *, head: str, length: int) -> None:
    """Keep the head and the length of the ledger as a run of their own, so that a cut tail shows."""
    mlflow = _mlflow(store)
    with mlflow.start_run(run_name="ledger"):
        mlflow.set_tags({HEAD: head, LENGTH: str(length)})


def logged_ledgers(store: Path) -> list[tuple[int, str]]:
    """Return the lengths and heads that were kept of the ledger, the longest first; none without a store."""
    found = _runs_with(store, HEAD)
    kept = found[[f"tags.{LENGTH}", f"tags.{HEAD}"]].to_numpy().tolist() if len(found) else []
    return sorted(((int(length), str(head)) for length, head in kept), reverse=True)


def point_alias(store: Path, model: str) -> None:
    """Let the alias `champion` of the registered model point to a model of the store.

    Raises:
        StoreError: no tracked training made that model, or the runs cannot be read.
    """
    made = runs(store)
    ids = list(made.loc[made["model"] == model, "run_id"])
    if not ids:
        msg = f"no training in {tracking_uri(store)} made the model {model}. `spcse-ml runs` lists them."
        raise StoreError(msg)
    client = _mlflow(store).MlflowClient()
    version = client.search_model_versions(f"run_id = '{ids[0]}'")[0].version
    client.set_registered_model_alias(REGISTERED, ALIAS, version)


def commit() -> str:
    """Return the commit of the checkout that this package runs from, or `unknown` where it is installed otherwise."""
    if not (PACKAGE.parent / ".git").exists():
        return "unknown"
    try:
        said = subprocess.run(
            ["git", "-C", str(PACKAGE.parent), "rev-parse", "HEAD"],  # noqa: S607 - whichever git the user has
            capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return said.stdout.strip()


_TOLD = {
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
    found = _runs_with(store, "model")
    if not len(found):
        return pd.DataFrame(columns=list(_TOLD))
    told = pd.DataFrame({name: found.get(column) for name, column in _TOLD.items()})
    return told.assign(
        commit=told["commit"].str[:10], started=pd.to_datetime(told["started"]).dt.strftime("%Y-%m-%d %H:%M")
    )


def _runs_with(store: Path, tag: str) -> pd.DataFrame:
    """Return the runs of a store that bear a tag, newest first; an empty frame without a store."""
    if not (store / "mlflow.db").exists() and not os.environ.get(TEAM_SERVER):
        return pd.DataFrame()
    mlflow = _mlflow(store)
    with _readable(store):
        found: pd.DataFrame = mlflow.search_runs(
            experiment_names=[EXPERIMENT], filter_string=f"tags.{tag} LIKE '%'", order_by=["start_time DESC"]
        )
    return found


def _metrics(scores: Scores) -> dict[str, float]:
    return {name: value for name, value in asdict(scores).items() if value == value}  # noqa: PLR0124 - nan is not logged


def _log(mlflow: Any, logged: Logged) -> None:
    mlflow.log_params(dict(logged.parameters))
    mlflow.log_metrics(dict(logged.metrics))
    mlflow.set_tags(dict(logged.tags))


def _text(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.map(lambda cell: "" if cell is None else str(cell))


def _register(mlflow: Any, files: Path) -> None:
    mlflow.pyfunc.log_model(
        name="model", python_model=str(Path(__file__).with_name("mlflow_model.py")),
        artifacts={"models": str(files)}, registered_model_name=REGISTERED,
        pip_requirements=[f"spcse-ml=={__version__}", *(f"{name}=={version}" for name, version in libraries().items())],
    )  # fmt: skip


def _mlflow(store: Path) -> Any:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    store.mkdir(parents=True, exist_ok=True)
    import mlflow  # noqa: PLC0415 - takes seconds to import
    import mlflow.data  # noqa: PLC0415
    import mlflow.pyfunc  # noqa: PLC0415

    logging.getLogger("alembic").setLevel(logging.WARNING)
    with _environment_kept(TEAM_SERVER):  # mlflow writes its setting there, and another store would read it
        is_remote = bool(os.environ.get(TEAM_SERVER))
        mlflow.set_tracking_uri(tracking_uri(store))
    with _readable(store):
        if mlflow.get_experiment_by_name(EXPERIMENT) is None:
            mlflow.create_experiment(EXPERIMENT, None if is_remote else (store / "artifacts").as_uri())
        mlflow.set_experiment(EXPERIMENT)
    return mlflow


@contextlib.contextmanager
def _readable(store: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # MLflow, its database and its server raise what they like
        is_remote = bool(os.environ.get(TEAM_SERVER))
        remedy = f"Start the server, or unset {TEAM_SERVER}." if is_remote else "Restore it, or move it away."
        msg = f"the runs of {tracking_uri(store)} cannot be read: {str(error).splitlines()[0]}. {remedy}"
        raise StoreError(msg) from error


@contextlib.contextmanager
def _environment_kept(name: str) -> Iterator[None]:
    before = os.environ.get(name)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
