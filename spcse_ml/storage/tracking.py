"""What MLflow is told of a store: a training is a parent run with a child for each target.

What is logged is said as plain values by `children` and `parent`. MLflow is spoken to through `mlflow_client` alone.
`runs` reads it back.
"""

import importlib.metadata
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml import __version__
from spcse_ml.data.dataset import Dataset, View
from spcse_ml.evaluation.evaluate import NESTED, Evaluation
from spcse_ml.evaluation.evaluated import EvaluatedModel, ModelPair, TrainedModels
from spcse_ml.evaluation.lab_benefit import BATCHES, BOTH
from spcse_ml.evaluation.metrics import CHOSEN, Scores, paper_errors
from spcse_ml.models.lab_effect import base_of
from spcse_ml.models.specification import Specification
from spcse_ml.models.tuning import Tuned
from spcse_ml.storage.experiment import RELEASED_PROCEDURE, Experiment, settings
from spcse_ml.storage.files import identity
from spcse_ml.storage.mlflow_client import BY_VIEW, opened
from spcse_ml.storage.model_files import libraries
from spcse_ml.storage.registry import register
from spcse_ml.tables import PACKAGE

RUN, MODEL = "run", "model"
"""Tags of a training: its name, and the name of its models where they can answer."""

BY_FOLD = "mae by fold"
"""Metric of which each step is a held-out paper, in the order of their labels."""

MOST_AT_ONCE, MOST_PARAMETERS, LONGEST_PARAMETER = 900, 100, 6_000
"""Bounds of MLflow on what is logged at once, and on the text of a parameter."""

STORE = "store"
"""Tag of a training, and of a head of a ledger: the identity of its store, because a server may be shared."""

Span = tuple[int, int]
"""Begin and end of a work, in milliseconds since 1970."""


@dataclass(frozen=True)
class Logged:
    """One run as plain values: its name and what it keeps."""

    name: str
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    by_fold: tuple[float, ...] = ()
    """Mean absolute error of each held-out paper."""


@dataclass(frozen=True)
class SavedTraining:
    """Trained models, the folder that holds their files, the commit of the code, what was asked for, and when."""

    pair: ModelPair | TrainedModels
    folder: Path
    commit: str
    experiment: Experiment = RELEASED_PROCEDURE
    spans: Mapping[str, Span] = field(default_factory=dict)
    """When the work on each target began and ended."""


def procedure(evaluation: Evaluation) -> str:
    """Return the column of what the procedure itself predicted: a constant may have been put in its place."""
    return NESTED if NESTED in evaluation.predictions else CHOSEN


def parent(training: SavedTraining, *, store: str) -> Logged:
    """Return the parent run of a training of a store of that identity."""
    by_target, done = training.pair.by_target, training.experiment
    fingerprints = {f"{name}_fingerprint": evaluated.fingerprint for name, evaluated in by_target.items()}
    verdicts = {f"{name}_verdict": evaluated.verdict.value for name, evaluated in by_target.items()}
    metrics = {
        f"{name}_{metric}": value
        for name, evaluated in by_target.items()
        for metric, value in _procedure_metrics(evaluated).items()
    }
    own = {"own_rows": max(evaluated.own.n_rows if evaluated.own else 0 for evaluated in by_target.values())}
    named = {RUN: training.pair.name} | ({MODEL: training.pair.name} if done.can_answer else {})
    note = {"mlflow.note.content": done.note} if done.note else {}
    tags = {**done.tags, **verdicts, "commit": training.commit, STORE: store, **named, **note}
    return Logged(training.pair.name, {**settings(done), **versions(), **fingerprints, **own}, metrics, tags)


def children(training: SavedTraining) -> Iterator[tuple[str, Logged]]:
    """Yield each target with its child run."""
    of = training.experiment.specification
    for name, evaluated in training.pair.by_target.items():
        evaluation = evaluated.evaluation
        by_paper = paper_errors(evaluation.predictions, procedure(evaluation))
        folds = evaluation.n_folds
        parameters = {
            "target": name, "estimator": evaluated.model.estimator, "n_rows": evaluation.n_rows,
            "n_papers": evaluation.n_papers,
            "folds": "leave-one-paper-out" if folds is None else f"{folds} by paper",
            **pipeline_parameters(evaluated, of),
        }  # fmt: skip
        baselines = {
            f"mae of {baseline}": score.mae
            for baseline, score in evaluation.scores.items()
            if baseline not in {CHOSEN, NESTED}
        }
        tags = {"target": name, "verdict": evaluated.verdict.value}
        metrics = {**_procedure_metrics(evaluated), **baselines}
        yield name, Logged(f"{training.pair.name} {name}", parameters, metrics, tags, tuple(by_paper))


def pipeline_parameters(evaluated: EvaluatedModel, of: Specification | None) -> dict[str, str | int | float]:
    """Return every plain parameter of the pipeline by its name in scikit-learn, and what a search settled on."""
    pipeline = of.make() if of else evaluated.model.pipeline
    plain = {
        name: value if isinstance(value, int | float) else str(value)
        for name, value in pipeline.get_params().items()
        if name not in {"steps", "memory", "transform_input"}
        and (value is None or isinstance(value, bool | int | float | str))
    }
    features = {"features": ", ".join(of.feature_names)} if of and of.feature_names else {}
    last = base_of(evaluated.model.pipeline)[-1]
    search = last.search_ if isinstance(last, Tuned) else None
    best = (
        {f"tuned {name.removeprefix('regressor__')}": str(value) for name, value in search.best_params_.items()}
        if search
        else {}
    )
    return {**plain, **features, **best}


def versions() -> dict[str, str]:
    """Return the versions of this package and of the libraries that a training runs on."""
    import xgboost  # noqa: PLC0415 - takes a second; its distribution has several names

    others = {name: importlib.metadata.version(name) for name in ("shap", "mlflow")}
    return {"spcse_ml": __version__, **libraries(), "xgboost": xgboost.__version__, **others}


def _procedure_metrics(evaluated: EvaluatedModel) -> dict[str, float]:
    """Return errors of the procedure, how its intervals fared, and what own rows say."""
    evaluation, own, of_procedure = evaluated.evaluation, evaluated.own, procedure(evaluated.evaluation)
    metrics = {
        **_metrics(evaluation.scores[of_procedure]),
        "shipped_mae": evaluation.scores[CHOSEN].mae,
        "mae_contents_known": evaluation.complete[of_procedure],
    }
    if of_procedure == CHOSEN:  # else the intervals are those of the constant which ships
        covered = evaluation.coverage
        metrics |= {
            "coverage_hits": covered.hits, "coverage_n": covered.n,
            "interval_mean_width": covered.mean_width, "interval_winkler": covered.winkler,
        }  # fmt: skip
    if own:
        metrics |= dict(zip(("lab_factor", "lab_factor_low", "lab_factor_high"), own.factor, strict=True))
        on_batches = own.errors[BOTH][BATCHES]
        metrics |= {"own_batches": own.n_batches} | ({"mae_own_batches": on_batches} if on_batches is not None else {})
    return {name: float(value) for name, value in metrics.items() if value == value}  # noqa: PLR0124 - nan is not logged


def check_writable(store: Path, view: View) -> None:
    """Refuse a store whose runs cannot be written, before there is anything to lose.

    Raises:
        StoreError: they cannot, or the experiment of the view was deleted in MLflow.
    """
    with opened(store, "written", BY_VIEW[view]):
        pass


def log_training(store: Path, training: SavedTraining, dataset: Dataset) -> str:
    """Log a training with its files and figures, register models that can answer, and return the id of the parent run.

    The runs begin and end when the work on them did.
    """
    whole, done = parent(training, store=identity(store)), training.experiment
    parts = dict(children(training))
    tables = {"literature": dataset.rows, "papers": dataset.beyond, "own": dataset.own}
    inputs = {name: _cells_as_text(rows) for name, rows in tables.items() if len(rows)}
    began = min((span[0] for span in training.spans.values()), default=None)
    with opened(store, "written", BY_VIEW[done.view]) as mlflow:
        client, place = mlflow.MlflowClient(), mlflow.get_experiment_by_name(BY_VIEW[done.view]).experiment_id
        run_id = str(client.create_run(place, start_time=began, tags=dict(whole.tags), run_name=whole.name).info.run_id)
        with mlflow.start_run(run_id=run_id):
            _log(client, run_id, whole)
            for name, rows in inputs.items():
                mlflow.log_input(mlflow.data.from_pandas(rows, name=name, digest=dataset.fingerprint))
            mlflow.log_artifacts(str(training.folder), "files")
            for target, part in parts.items():
                start, end = training.spans.get(target, (None, None))
                tags = {"mlflow.parentRunId": run_id, **part.tags}
                child = client.create_run(place, start_time=start, tags=tags, run_name=part.name).info.run_id
                _log(client, child, part)
                client.set_terminated(child, end_time=end)
            if done.can_answer:
                register(mlflow, training.folder)
    return run_id


def log_evaluation(
    store: Path,
    summaries: Mapping[str, Mapping[str, Any]],
    figures: Mapping[str, bytes],
    *,
    commit: str,
    name: str = "evaluation",
) -> str:
    """Log what an evaluation found, as numbers, as JSON and as PNG figures, and return the id of the run."""
    metrics = {
        f"{target}_{metric}": float(value)
        for target, summary in summaries.items()
        for metric, value in summary.items()
        if isinstance(value, int | float)
    }
    verdicts = {f"{target}_verdict": str(summary["verdict"]) for target, summary in summaries.items()}
    logged = Logged(name, libraries(), metrics, {**verdicts, "commit": commit})
    with tempfile.TemporaryDirectory() as folder:
        for file, image in figures.items():
            (Path(folder) / file).write_bytes(image)
        with opened(store, "written") as mlflow, mlflow.start_run(run_name=name) as run:
            _log(mlflow.MlflowClient(), str(run.info.run_id), logged)
            mlflow.log_dict(dict(summaries), "evaluation.json")
            mlflow.log_artifacts(folder, "figures")
    return str(run.info.run_id)


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


def _metrics(scores: Scores) -> dict[str, float]:
    return {name: value for name, value in asdict(scores).items() if value == value}  # noqa: PLR0124 - nan is not logged


def _log(client: Any, run_id: str, logged: Logged) -> None:
    from mlflow.entities import Metric, Param, RunTag  # noqa: PLC0415 - takes seconds to import

    now = time.time_ns() // 1_000_000
    parameters = [
        Param(re.sub(r"[^\w./: -]", "_", name), str(value)[:LONGEST_PARAMETER])
        for name, value in logged.parameters.items()
    ]
    metrics = [Metric(name, value, now, 0) for name, value in logged.metrics.items()]
    metrics += [Metric(BY_FOLD, value, now, step) for step, value in enumerate(logged.by_fold)]
    tags = [RunTag(name, value) for name, value in logged.tags.items()]
    client.log_batch(run_id, metrics=metrics[:MOST_AT_ONCE], tags=tags)
    for start in range(MOST_AT_ONCE, len(metrics), MOST_AT_ONCE):
        client.log_batch(run_id, metrics=metrics[start : start + MOST_AT_ONCE])
    for start in range(0, len(parameters), MOST_PARAMETERS):
        client.log_batch(run_id, params=parameters[start : start + MOST_PARAMETERS])


def _cells_as_text(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.map(lambda cell: "" if cell is None else str(cell))
