"""The model in MLflow's registry: a version for each training, and an alias that follows the champion of the store."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml import __version__
from spcse_ml.errors import ModelFileError, StoreError
from spcse_ml.schema import TARGETS
from spcse_ml.storage.champion import champion, model_folder
from spcse_ml.storage.files import known_identity
from spcse_ml.storage.mlflow_client import experiments, has_runs, is_shared, opened, shown_address
from spcse_ml.storage.model_content import XGBOOST
from spcse_ml.storage.model_files import libraries, load_pair

REGISTERED = "spcse_ml"
ALIAS = "champion"
LOGGED_BY = "spcse_ml_version"
"""Tag of a version: the release of spcse_ml whose code MLflow runs when it serves the version; 0.1.0 set none."""

EXAMPLE = {"sulfide": "Li6PS5Cl", "method": "dry binder laminating", "binder": "PTFE", "binder_wt_percent": 0.5}
"""A recipe as the registered model takes it, which MLflow shows and tries."""

_OF_OTHERS = "?"
"""In place of the name of a model that no training of spcse_ml made; no folder is called so."""


def register(mlflow: Any, files: Path) -> None:
    """Log the model files of a folder within the run that is open, and register them as a version of the model."""
    logged = mlflow.pyfunc.log_model(
        name="model",
        python_model=str(Path(__file__).with_name("mlflow_model.py")),
        artifacts={"models": str(files)},
        registered_model_name=REGISTERED,
        input_example=pd.DataFrame([EXAMPLE]),
        signature=False,  # by one MLflow drops columns that it does not name, a misspelt content among them
        pip_requirements=[f"spcse-ml=={__version__}", *_requirements(files)],
    )
    version = logged.registered_model_version
    mlflow.MlflowClient().set_model_version_tag(REGISTERED, version, LOGGED_BY, __version__)


def _requirements(files: Path) -> list[str]:
    """Return the libraries on which the models of a folder depend, as pip wants them."""
    with_xgboost = any(
        XGBOOST in json.loads(path.read_text(encoding="utf-8"))["libraries"]
        for path in (files / f"{target}.json" for target in TARGETS)
    )
    return [f"{name}=={version}" for name, version in libraries(with_xgboost=with_xgboost).items()]


def registered_version(store: Path, model: str) -> str:
    """Return the version under which MLflow's registry has a model of the store.

    A model whose training was interrupted before it was registered is registered now, if its files are whole.

    Raises:
        StoreError: no tracked training made that model, its files are not whole, or the runs cannot be used.
    """
    run_id = _run_of(store, model)
    if run_id is None:
        raise StoreError("training-not-tracked", address=shown_address(store), model=model)
    with opened(store, "written") as mlflow:
        client = mlflow.MlflowClient()
        if not (versions := client.search_model_versions(f"run_id = '{run_id}'")):
            files = _whole_files(store, model)
            with _resumed(mlflow, run_id):
                register(mlflow, files)
            versions = client.search_model_versions(f"run_id = '{run_id}'")
        return str(max(int(version.version) for version in versions))


def point_alias(store: Path, version: str) -> None:
    """Let the alias `champion` of the registered model point to a version.

    Raises:
        StoreError: the runs cannot be used.
    """
    with opened(store, "written") as mlflow:
        mlflow.MlflowClient().set_registered_model_alias(REGISTERED, ALIAS, version)


def repair_alias(store: Path) -> None:
    """Let the alias follow the champion of the store where a killed promotion left it on another model of the store.

    The store alone says who answers. Nothing is done where its champion is tracked elsewhere, and on a shared server
    where the alias is on a model that is not of this store.

    Raises:
        StoreError: the runs cannot be used.
    """
    crowned = champion(store)
    if crowned is None or _run_of(store, crowned.model) is None:
        return
    present = _aliased(store)
    if present is None or (present != crowned.model and (store / "models" / present).is_dir()):
        point_alias(store, registered_version(store, crowned.model))


def log_anew(store: Path) -> list[str]:
    """Register anew the models of the store that another release logged, and return their names, oldest first.

    What MLflow serves of them then runs the code of today. The former versions stay; the alias follows.

    Raises:
        StoreError: the files of such a model are not whole, or the runs cannot be used.
    """
    if not has_runs(store):
        return []
    renewed = []
    with opened(store, "written") as mlflow:
        client = mlflow.MlflowClient()
        runs = mlflow.search_runs(experiment_names=experiments(mlflow), order_by=["start_time ASC"])
        models = runs[["run_id", "tags.model"]].dropna() if "tags.model" in runs else runs.head(0)
        for run_id, model in models.itertuples(index=False, name=None):
            versions = client.search_model_versions(f"run_id = '{run_id}'")
            is_ours = (store / "models" / model).is_dir()
            if not is_ours or any(version.tags.get(LOGGED_BY) == __version__ for version in versions):
                continue
            files = _whole_files(store, model)
            with _resumed(mlflow, run_id):
                register(mlflow, files)
            newest = max(client.search_model_versions(f"run_id = '{run_id}'"), key=lambda version: int(version.version))
            if any(ALIAS in client.get_model_version(REGISTERED, version.version).aliases for version in versions):
                client.set_registered_model_alias(REGISTERED, ALIAS, newest.version)
            renewed.append(model)
    return renewed


def _resumed(mlflow: Any, run_id: str) -> Any:
    """Return the context of a run that goes on, in the experiment that it is of."""
    mlflow.set_experiment(experiment_id=mlflow.MlflowClient().get_run(run_id).info.experiment_id)
    return mlflow.start_run(run_id=run_id)


def _run_of(store: Path, model: str) -> str | None:
    """Return the id of the training that made a model, or None where none is tracked here."""
    if not has_runs(store):
        return None
    with opened(store, "read") as mlflow:
        runs = mlflow.search_runs(experiment_names=experiments(mlflow), filter_string=f"tags.model = '{model}'")
    if is_shared() and "tags.store" in runs:  # another store may have a model of that name; version 0.1 set no tag
        runs = runs[runs["tags.store"].isna() | (runs["tags.store"] == known_identity(store))]
    return next(iter(runs.get("run_id", [])), None)


def _aliased(store: Path) -> str | None:
    """Return the model on which the alias is, or None where it is on none."""
    with opened(store, "read") as mlflow:
        client = mlflow.MlflowClient()
        known = client.search_registered_models(f"name = '{REGISTERED}'")
        version = known[0].aliases.get(ALIAS) if known else None
        if version is None:
            return None
        run_id = client.get_model_version(REGISTERED, version).run_id
        runs = mlflow.search_runs(experiment_names=experiments(mlflow), filter_string=f"attributes.run_id = '{run_id}'")
    return str(runs.get("tags.model", pd.Series(dtype=object)).dropna().get(0, _OF_OTHERS))


def _whole_files(store: Path, model: str) -> Path:
    try:
        load_pair(model_folder(store, model), name=model)
    except ModelFileError as error:
        raise StoreError("training-not-registered", model=model, reason=error) from error
    return model_folder(store, model)
