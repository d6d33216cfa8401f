"""What several rooms' tests stand on."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spcse_ml.judging.answer import ModelPair
from spcse_ml.literature.dataset import Dataset, literature
from spcse_ml.literature.released import released
from spcse_ml.storage.model_files import load_pair

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def released_pair() -> ModelPair:
    return load_pair(released("models"), name="released")


@pytest.fixture(scope="session")
def few_papers() -> Dataset:
    """Return ten papers of the literature, enough to learn from and quick to evaluate."""
    whole = literature()
    chosen = [31, 35, 36, 41, 42, 43, 46, 49, 51, 53, 60]
    return Dataset(whole.rows[whole.rows["reference"].isin(chosen)].reset_index(drop=True), whole.references)


@pytest.fixture
def spcse_ml(tmp_path: Path) -> Command:
    """Run the real command line in an empty folder."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if name != "SPCSE_ML_HOME"}
        return subprocess.run(
            [sys.executable, "-m", "spcse_ml", *words],
            cwd=tmp_path,
            env=clean | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
