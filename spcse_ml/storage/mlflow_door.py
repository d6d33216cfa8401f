"""The door to MLflow: where runs are kept, how it is opened, and its errors in our words.

The store is one SQLite file, so nothing needs to be started. Telemetry is off.
"""

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spcse_ml.errors import StoreError
from spcse_ml.storage.store import turn, write_whole

EXPERIMENT = "spcse_ml"
DATABASE = "mlflow.db"
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


def tracking_uri(store: Path) -> str:
    """Return where runs are kept: $MLFLOW_TRACKING_URI if set, else the SQLite file of the store."""
    if "?" in str(store) or "#" in str(store):
        msg = f"{store} cannot hold runs: a database address cannot contain ? or #. Choose another folder."
        raise StoreError(msg)
    return os.environ.get(TEAM_SERVER) or f"sqlite:///{store.absolute() / DATABASE}"


def is_shared() -> bool:
    """Say whether runs go to a server that other stores may share."""
    return bool(os.environ.get(TEAM_SERVER))


def has_runs(store: Path) -> bool:
    """Say whether there can be runs of a store at all."""
    return is_shared() or (store / DATABASE).exists()


@contextlib.contextmanager
def opened(store: Path, deed: str) -> Iterator[Any]:
    """Give MLflow, opened on the runs of a store, which are to be `read` or `written`: so an error tells it."""
    with _guarded(store, "read"):
        mlflow = _mlflow(store)
    with _guarded(store, deed):
        yield mlflow


def _mlflow(store: Path) -> Any:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    store.mkdir(parents=True, exist_ok=True)
    import mlflow  # noqa: PLC0415 - takes seconds to import
    import mlflow.data  # noqa: PLC0415
    import mlflow.pyfunc  # noqa: PLC0415

    logging.getLogger("alembic").setLevel(logging.WARNING)
    artifacts = None if is_shared() else (store.absolute() / "artifacts").as_uri()
    if not has_runs(store):
        _make(store, artifacts)
    with _environment_kept(TEAM_SERVER):  # mlflow writes its setting there, and another store would read it
        mlflow.set_tracking_uri(tracking_uri(store))
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        mlflow.create_experiment(EXPERIMENT, artifacts)
    mlflow.set_experiment(EXPERIMENT)
    return mlflow


def _make(store: Path, artifacts: str | None) -> None:
    """Give a store its database, whole: one that dies half made, or is made by two at once, cannot be opened again."""
    from mlflow import MlflowClient  # noqa: PLC0415

    database = store / DATABASE
    with turn(database), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if not database.exists():
            new = Path(folder) / DATABASE
            MlflowClient(f"sqlite:///{new}").create_experiment(EXPERIMENT, artifacts)
            write_whole(database, new.read_bytes())


@contextlib.contextmanager
def _guarded(store: Path, deed: str) -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except Exception as error:  # MLflow, its database and its server raise what they like
        told = next(iter(str(error).splitlines()), type(error).__name__)
        if "locked" in str(error):
            msg = f"the runs of {tracking_uri(store)} are locked by another process. Try again when it is done."
        else:
            remedy = f"Start the server, or unset {TEAM_SERVER}." if is_shared() else "Restore it, or move it away."
            msg = f"the runs of {tracking_uri(store)} cannot be {deed}: {told}. {remedy}"
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
