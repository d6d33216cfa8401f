"""What several rooms' tests stand on."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.dataset import Dataset, TrainingRows, is_own
from spcse_ml.data.literature import literature
from spcse_ml.evaluation.evaluate import evaluate_part
from spcse_ml.evaluation.evaluated import EvaluatedModel, ModelPair
from spcse_ml.evaluation.lab_benefit import BATCHES, BOTH, LITERATURE, OWN_ROWS, PAPERS, LabBenefit, waiting
from spcse_ml.evaluation.metrics import Gain
from spcse_ml.lab.records import add_records
from spcse_ml.models.estimators import CONSTANTS
from spcse_ml.models.model import fit
from spcse_ml.schema import RETENTION
from spcse_ml.storage.model_files import load_pair
from spcse_ml.tables import released
from spcse_ml.workflows.train import with_lab_rows
from tests.in_process import run

Command = Callable[..., subprocess.CompletedProcess[str]]
BytesCommand = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="session")
def released_pair() -> ModelPair:
    return load_pair(released("models"), name="released")


@pytest.fixture(scope="session")
def pair_with_own(released_pair: ModelPair, tmp_path_factory: pytest.TempPathFactory) -> ModelPair:
    """Return models that learnt from three membranes of an own laboratory, too, with contents that nobody published."""
    table = tmp_path_factory.mktemp("own") / "lab.csv"
    rows = {
        "sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "solvent": "toluene",
        "binder_wt_percent": ["7.77", "8.88", "9.99"], "retention_percent": ["33.3", "34.4", "35.5"],
        "thickness_um": ["61.1", "62.2", "63.3"],
        "pressing_pressure_mpa": ["111", "222", "333"],
        "batch": ["secret1", "secret2", "secret3"], "id": ["hidden1", "hidden2", "hidden3"],
    }  # fmt: skip
    add_records(table, pd.DataFrame(rows, dtype=object))
    dataset = with_lab_rows(literature(), table)
    found = {name: _learnt_too(judged, dataset) for name, judged in released_pair.by_target.items()}
    return ModelPair("with-own", **found)


def _learnt_too(judged: EvaluatedModel, dataset: Dataset) -> EvaluatedModel:
    """Return a model of these rows, as if its own rows had been held out like the first ones of the literature."""
    target = judged.model.target
    model = fit(dataset, target, estimator=judged.model.estimator)
    own = model.training_rows.take(np.flatnonzero(is_own(model.training_rows.recipes)))
    held_out = judged.evaluation.held_out.head(len(own.places)).assign(
        paper=own.papers, observed=own.outcomes, method=own.recipes["method"].to_numpy(), is_complete=True
    )
    held_out.index = pd.Index(own.places, name="place")
    held_out = pd.concat([judged.evaluation.held_out.rename_axis("place"), held_out])
    evaluation = evaluate_part(target, held_out.assign(recipe=range(len(held_out))))
    offset = float(np.exp(model.pipeline[-1].offset_))
    evidence = LabBenefit(
        n_rows=len(own.places), n_batches=len(own.places), factor=(offset, offset / 2, offset * 2),
        is_of_median=model.estimator in CONSTANTS, process=model.process_columns, waiting=waiting(own.recipes),
        errors={source: {PAPERS: 1.0, BATCHES: 1.0} for source in (LITERATURE, OWN_ROWS, BOTH)},
        gains={source: Gain(0.0, -1.0, 1.0, len(own.places)) for source in (LITERATURE, OWN_ROWS)},
    )  # fmt: skip
    return replace(judged, model=model, evaluation=evaluation, fingerprint="0" * 16, own=evidence)


@pytest.fixture(scope="session")
def rows() -> TrainingRows:
    """Return the published rows that tell a retention."""
    return literature().training_rows(RETENTION)


@pytest.fixture(scope="session")
def few_papers() -> Dataset:
    """Return ten papers of the literature, enough to learn from and quick to evaluate."""
    whole = literature()
    chosen = [31, 35, 36, 41, 42, 43, 46, 49, 51, 53, 60]
    return Dataset(whole.rows[whole.rows["reference"].isin(chosen)].reset_index(drop=True), whole.references)


@pytest.fixture
def spcse_ml_bytes(tmp_path: Path) -> BytesCommand:
    """Run the command line in an empty folder as a process of its own; what it writes stays bytes."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        clean = {
            name: value for name, value in os.environ.items() if name not in {"SPCSE_ML_HOME", "MLFLOW_TRACKING_URI"}
        }
        command = [sys.executable, "-m", "spcse_ml", *words]
        return subprocess.run(command, cwd=tmp_path, env=clean | environment, capture_output=True, check=False)

    return run


@pytest.fixture
def spcse_ml(tmp_path: Path) -> Command:
    """Run the command line in an empty folder, in this process."""
    return partial(run, tmp_path)
