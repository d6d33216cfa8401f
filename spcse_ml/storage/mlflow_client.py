"""The door to MLflow: where runs are kept, how it is opened, and its errors in our words.

The store is one SQLite file, so nothing needs to be started; moved or copied with its store, it is at home where it is.
Telemetry is off. No user, password or option of an address is shown.
"""

import base64
import contextlib
import json
import logging
import os
import re
import shlex
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from spcse_ml.data.dataset import View
from spcse_ml.errors import StoreError
from spcse_ml.storage.files import turn, write_whole

EXPERIMENT = "spcse_ml"
"""Experiment of MLflow that holds evaluations, heads of ledgers and the trainings of version 0.1."""

BY_VIEW: Mapping[View, str] = {view: f"{EXPERIMENT}-{view}" for view in View if view is not View.PRINTED}
"""Experiments of MLflow that hold trainings: one for each view of the tables, whose errors are comparable."""

DATABASE = "mlflow.db"
TEAM_SERVER = "MLFLOW_TRACKING_URI"
"""Environment variable that names a team's MLflow server; without it runs stay in the store."""

SURE = 4
"""A secret of so many characters is hidden wherever it stands; a shorter one, which may stand in any word, alone."""

_COLUMNS = (
    "attributes.`Duration`", "params.`estimator`", "params.`features`", "metrics.`retention_mae`",
    "metrics.`retention_skill`", "metrics.`retention_interval_winkler`", "tags.`retention_verdict`",
    "metrics.`thickness_mae`", "tags.`thickness_verdict`", "params.`own_rows`",
)  # fmt: skip


def _saved_view() -> dict[str, str]:
    """Return the tag by which MLflow's page offers a view of the runs: its columns, the least error first.

    The form is that of MLflow 3.17; a page that does not know it shows its own columns.
    """
    state = {
        "searchFilter": "params.own_rows != ''", "orderByKey": "metrics.`retention_mae`", "orderByAsc": True,
        "startTime": "ALL", "lifecycleFilter": "Active", "datasetsFilter": [], "modelVersionFilter": "All Runs",
        "selectedColumns": list(_COLUMNS), "columnOrder": [], "columnWidths": {}, "runsHiddenMode": "FIRST_10_RUNS",
        "viewMaximized": False, "runListHidden": False, "isAccordionReordered": False, "groupBy": None,
        "groupsExpanded": {}, "useGroupedValuesInCharts": True, "hideEmptyCharts": True,
        "globalLineChartConfig": {"xAxisKey": "step", "lineSmoothness": 0, "selectedXAxisMetricKey": ""},
    }  # fmt: skip
    packed = base64.b64encode(zlib.compress(json.dumps(state).encode())).decode()
    named = {"name": VIEW_NAME, "createdAt": 0, "updatedAt": 0, "state": f"deflate;{packed}"}
    return {"mlflow.sharedViewState.spcse-ml": json.dumps(named)}


VIEW_NAME = "Errors and verdicts"
SAVED_VIEW = _saved_view()

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
        raise StoreError("store-not-an-address", store=store)
    return os.environ.get(TEAM_SERVER) or f"sqlite:///{store.absolute() / DATABASE}"


def shown_address(store: Path) -> str:
    """Return where runs are kept as it may be shown to anybody."""
    return _without_secrets(tracking_uri(store))


def how_to_look(store: Path) -> str:
    """Return what opens MLflow's page on the runs of a store: a command, or the address of a server."""
    if not is_shared():
        return f"mlflow ui --backend-store-uri {shlex.quote(tracking_uri(store))}"
    is_server = urlsplit(tracking_uri(store)).scheme in {"http", "https"}
    return f"open {shown_address(store)}" if is_server else f'mlflow ui --backend-store-uri "${TEAM_SERVER}"'


def _without_secrets(text: str) -> str:
    """Return text in which nothing stands of the tracking address but its scheme, host and path."""
    address = os.environ.get(TEAM_SERVER, "")
    scheme, divider, rest = address.partition("//") if "//" in address else ("", "", address)
    user, _, place = rest.rpartition("@")
    place, *options = re.split(r"[?#;&]", place)
    secrets = {user, *user.partition(":")[::2], *(option.partition("=")[2] or option for option in options)}
    text = text.replace(address, scheme + divider + place) if address else text
    for secret in sorted({*secrets, *map(unquote, secrets)} - {""}, key=len, reverse=True):
        inside = re.escape(secret) if len(secret) >= SURE else rf"(?<!\w){re.escape(secret)}(?!\w)"
        text = re.sub(inside, "***", text)
    return text


def is_shared() -> bool:
    """Say whether runs go to a server that other stores may share."""
    return bool(os.environ.get(TEAM_SERVER))


def has_runs(store: Path) -> bool:
    """Say whether there can be runs of a store at all."""
    return is_shared() or (store / DATABASE).exists()


@contextlib.contextmanager
def opened(store: Path, deed: str, experiment: str = EXPERIMENT) -> Iterator[Any]:
    """Give MLflow, opened on the runs of a store, which are to be `read` or `written`: so an error tells it.

    What is written without a run named goes to the experiment.
    """
    with _guarded(store, "read"):
        mlflow = _mlflow(store, experiment)
    with _guarded(store, deed):
        yield mlflow


def experiments(mlflow: Any, kind: str = "ACTIVE_ONLY") -> list[str]:
    """Return the names of the experiments of ours that there are; `kind` is a `ViewType` of MLflow by name."""
    ours = {EXPERIMENT, *BY_VIEW.values()}
    known = mlflow.search_experiments(filter_string=f"name LIKE '{EXPERIMENT}%'", view_type=view_type(kind))
    return sorted(experiment.name for experiment in known if experiment.name in ours)


def view_type(kind: str) -> int:
    """Return a `ViewType` of MLflow by its name."""
    from mlflow.entities import ViewType  # noqa: PLC0415 - takes seconds to import

    return int(getattr(ViewType, kind))


def _mlflow(store: Path, experiment: str) -> Any:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    store.mkdir(parents=True, exist_ok=True)
    import mlflow  # noqa: PLC0415 - takes seconds to import
    import mlflow.data  # noqa: PLC0415
    import mlflow.pyfunc  # noqa: PLC0415

    logging.getLogger("alembic").setLevel(logging.WARNING)
    address = tracking_uri(store)
    artifacts = None if is_shared() else (store.absolute() / "artifacts").as_uri()
    if not has_runs(store):
        _make(store, artifacts)
    if artifacts is not None:
        _come_home(store / DATABASE, artifacts)
    with _unchanged_environment(TEAM_SERVER):  # mlflow writes its setting there, and another store would read it
        mlflow.set_tracking_uri(address)
    for name in dict.fromkeys((EXPERIMENT, experiment)):
        if mlflow.get_experiment_by_name(name) is None:
            with contextlib.suppress(mlflow.MlflowException):  # somebody else made it meanwhile
                mlflow.create_experiment(name, artifacts, tags=SAVED_VIEW if name in BY_VIEW.values() else None)
    if mlflow.get_experiment_by_name(experiment).lifecycle_stage == "deleted":
        raise StoreError("experiment-deleted", experiment=experiment)
    mlflow.set_experiment(experiment)
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


_PLACES = {
    "experiments": "artifact_location", "runs": "artifact_uri", "logged_models": "artifact_location",
    "model_versions": "storage_location",
}  # fmt: skip
"""Where MLflow's database holds absolute addresses of artifacts."""


def _come_home(database: Path, artifacts: str) -> None:
    """Let a database that was moved or copied with its store name the artifacts beside it, and no longer the old ones.

    Raises:
        StoreError: it is empty, as after a copy that was cut: MLflow would begin a new history in it.
    """
    with database.open("rb") as file:
        is_database = file.read(16) == b"SQLite format 3\0"
    if not is_database:
        raise StoreError("runs-damaged", path=database)
    with contextlib.closing(sqlite3.connect(database)) as opened_here, opened_here as rows:
        row = rows.execute("SELECT artifact_location FROM experiments WHERE name = ?", [EXPERIMENT]).fetchone()
        if row is None or row[0] == artifacts or not row[0].startswith("file:") or _is_same(row[0], artifacts):
            return
        for table, column in _PLACES.items():
            rows.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column} || '/', 1, ?) = ?",  # noqa: S608  # nosec B608
                [artifacts, len(row[0]) + 1, len(row[0]) + 1, f"{row[0]}/"],
            )


def _is_same(first: str, second: str) -> bool:
    """Say whether two addresses are of one folder, which may be reached by several paths."""
    paths = [Path(url2pathname(urlsplit(uri).path)) for uri in (first, second)]
    return all(path.exists() for path in paths) and paths[0].samefile(paths[1])


@contextlib.contextmanager
def _guarded(store: Path, deed: str) -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except Exception as error:  # MLflow, its database and its server raise what they like
        address, reason = shown_address(store), next(iter(str(error).splitlines()), type(error).__name__)
        if "locked" in str(error):  # MLflow hands on no code of its database
            raise StoreError("runs-locked", address=address) from error
        code = "server-unusable" if is_shared() else "runs-unusable"
        raise StoreError(code, address=address, deed=deed, reason=_without_secrets(reason)) from error


@contextlib.contextmanager
def _unchanged_environment(name: str) -> Iterator[None]:
    before = os.environ.get(name)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
