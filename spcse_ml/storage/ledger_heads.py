"""Heads of a store's ledger of preregistered predictions, each kept as a run of MLflow, so that a cut tail shows."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spcse_ml.storage.files import identity, known_identity
from spcse_ml.storage.mlflow_client import EXPERIMENT, experiments, has_runs, is_shared, opened
from spcse_ml.storage.tracking import STORE

HEAD, LENGTH = "ledger_head", "ledger_length"
"""Tags of the head of a ledger."""


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
    frame, ours = _logged(store), known_identity(store)
    if not len(frame):
        return []
    columns = [f"tags.{name}" for name in (LENGTH, HEAD, STORE)]
    rows = frame.reindex(columns=columns).itertuples(index=False, name=None)
    heads = [LoggedHead(int(length), str(head)) for length, head, owner in rows if not is_shared() or owner == ours]
    return sorted(heads, key=lambda logged: (logged.length, logged.head), reverse=True)


def _logged(store: Path) -> pd.DataFrame:
    """Return the runs of heads, newest first; an empty frame without a store."""
    if not has_runs(store):
        return pd.DataFrame()
    with opened(store, "read") as mlflow:
        frame: pd.DataFrame = mlflow.search_runs(
            experiment_names=experiments(mlflow), filter_string=f"tags.{HEAD} LIKE '%'", order_by=["start_time DESC"]
        )
    return frame
