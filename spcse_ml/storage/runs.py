"""The trainings of a store as MLflow has them: what they were asked for, how they fared, and what they held out.

Runs that somebody deleted in MLflow are not listed; their held-out predictions still count as looks at the rows.
"""

import functools
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pandas as pd

from spcse_ml.errors import StoreError
from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.metrics import CHOSEN, PLAIN
from spcse_ml.storage.experiment import is_reserved
from spcse_ml.storage.files import known_identity
from spcse_ml.storage.mlflow_client import experiments, has_runs, is_shared, opened, view_type
from spcse_ml.storage.tracking import MODEL, RUN, STORE, procedure

LISTED = (
    "model", "started", "minutes", "estimator", "features", "view", "retention_mae", "retention_verdict",
    "thickness_mae", "thickness_verdict", "own_rows", "data", "commit", "tags", "note", "run_id", "is_ours", "status",
)  # fmt: skip
"""Columns of `runs`."""

HELD_OUT = ("paper", "observed", "predicted", "low", "high", "mean", "is_scored")
"""Columns of a table of held-out predictions, beside the place of the row."""


def held_out_table(evaluation: Evaluation) -> pd.DataFrame:
    """Return what the procedure predicted of every row while its paper was held out, beside the mean of the others."""
    rows = evaluation.held_out
    predicted = rows[procedure(evaluation)]
    is_scored = rows.index.isin(evaluation.predictions.index)
    table = pd.DataFrame(
        {
            "paper": rows["paper"], "observed": rows["observed"], "predicted": predicted,
            "low": rows["low"], "high": rows["high"], "mean": rows[PLAIN], "is_scored": is_scored,
        }
    )  # fmt: skip
    if procedure(evaluation) != CHOSEN:  # the interval is that of the constant which ships
        table[["low", "high"]] = float("nan")
    return table.rename_axis("place")


def held_out_name(target: str) -> str:
    """Return the name of the file of held-out predictions of a target, beside the models of a training."""
    return f"{target}_held_out.csv"


@dataclass(frozen=True)
class HeldOut:
    """The held-out predictions that a training kept of a target."""

    run_id: str
    name: str
    table: pd.DataFrame
    """Columns of `HELD_OUT`, indexed by place."""


def runs(store: Path) -> pd.DataFrame:
    """Return the trainings of a store, newest first, in the columns of `LISTED`; empty if there are none.

    On a shared server they are those of every store; `is_ours` tells which are of this one.
    """
    return _listed(_trainings(store, "ACTIVE_ONLY"))


def _trainings(store: Path, kind: str) -> pd.DataFrame:
    """Return the parent runs of trainings as MLflow has them, newest first, with their `name` and `is_ours`."""
    if not has_runs(store):
        return pd.DataFrame()
    with opened(store, "read") as mlflow:
        frame: pd.DataFrame = mlflow.search_runs(
            experiment_names=experiments(mlflow, kind), order_by=["start_time DESC"], run_view_type=view_type(kind)
        )
    if not len(frame):
        return frame
    named = [frame[f"tags.{tag}"] for tag in (RUN, MODEL) if f"tags.{tag}" in frame]  # version 0.1 set the second alone
    names = functools.reduce(lambda first, other: first.fillna(other), named) if named else pd.Series(index=frame.index)
    owners = frame.get(f"tags.{STORE}", pd.Series(None, index=frame.index, dtype=object))
    is_ours = owners.isna() | (owners == known_identity(store)) | (not is_shared())
    return frame.assign(name=names, is_ours=is_ours)[names.notna()].reset_index(drop=True)


def _listed(frame: pd.DataFrame) -> pd.DataFrame:
    if not len(frame):
        return pd.DataFrame(columns=list(LISTED))
    texts = {
        "estimator": "params.estimator", "features": "params.features", "view": "params.view",
        "retention_verdict": "tags.retention_verdict", "thickness_verdict": "tags.thickness_verdict",
        "retention_mae": "metrics.retention_mae", "thickness_mae": "metrics.thickness_mae",
        "own_rows": "params.own_rows", "note": "tags.mlflow.note.content", "run_id": "run_id",
        "is_ours": "is_ours", "status": "status",
    }  # fmt: skip
    blank = pd.Series(None, index=frame.index, dtype=object)
    columns = {name: frame.get(column, blank) for name, column in texts.items()}
    started, ended = (pd.to_datetime(frame[name]) for name in ("start_time", "end_time"))
    data = frame.get("params.retention_fingerprint", blank).fillna(frame.get("params.thickness_fingerprint", blank))
    return pd.DataFrame(
        {
            **columns,
            "model": frame["name"],
            "started": started.dt.strftime("%Y-%m-%d %H:%M"),
            "minutes": (ended - started).dt.total_seconds() / 60,
            "data": data,
            "commit": frame.get("tags.commit", blank).str[:10],
            "tags": [_own_tags(row) for _, row in frame.filter(like="tags.").iterrows()],
        }
    )[list(LISTED)]


def _own_tags(row: pd.Series) -> str:
    """Return the tags that the user set, as JSON."""
    tags = {str(name).removeprefix("tags."): value for name, value in row.dropna().items()}
    return json.dumps({name: value for name, value in tags.items() if not is_reserved(name)}, ensure_ascii=False)


def held_out(store: Path, target: str) -> list[HeldOut]:
    """Return the held-out predictions of each training of a target, the oldest first.

    Those of deleted runs are among them; trainings before version 0.2 kept none.
    """
    frame = _trainings(store, "ALL")
    if f"params.{target}_fingerprint" not in frame:
        return []
    rows = frame[frame[f"params.{target}_fingerprint"].notna()].iloc[::-1]
    tables = []
    with opened(store, "read") as mlflow:
        for run_id, name, place in zip(rows["run_id"], rows["name"], rows["artifact_uri"], strict=True):
            text = _text(mlflow, f"{place}/files/{held_out_name(target)}")
            if text is not None:
                tables.append(HeldOut(str(run_id), str(name), _table(text)))
    return tables


def _table(text: str) -> pd.DataFrame:
    blanks = {name: [""] for name in HELD_OUT if name != "paper"}  # a paper may be called NA
    types = {"place": str, "paper": str}
    return pd.read_csv(io.StringIO(text), dtype=types, index_col="place", keep_default_na=False, na_values=blanks)


def _text(mlflow: Any, address: str) -> str | None:
    """Return the text of an artifact, or None where the run has none of that name."""
    if urlsplit(address).scheme == "file":
        path = Path(url2pathname(urlsplit(address).path))
        return path.read_text(encoding="utf-8") if path.exists() else None
    folder, _, name = address.rpartition("/")
    listed = mlflow.artifacts.list_artifacts(artifact_uri=folder)
    if name not in {Path(file.path).name for file in listed}:
        return None
    return str(mlflow.artifacts.load_text(address))


def run_named(store: Path, name: str) -> tuple[str, dict[str, str]]:
    """Return id and parameters of the newest training of a name, of this store where it has one.

    Raises:
        StoreError: there is none.
    """
    frame = _trainings(store, "ACTIVE_ONLY")
    named = frame[frame["name"] == name] if len(frame) else frame
    if not len(named):
        raise StoreError("no-such-run", store=store, model=name)
    row = named.sort_values("is_ours", ascending=False, kind="stable").iloc[0]
    parameters = row.filter(like="params.").dropna().items()
    return str(row["run_id"]), {str(key).removeprefix("params."): str(value) for key, value in parameters}
