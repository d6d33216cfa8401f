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
BytesCommand = Callable[..., subprocess.CompletedProcess[bytes]]


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
def spcse_ml_bytes(tmp_path: Path) -> BytesCommand:
    """Run the real command line in an empty folder; what it writes stays bytes."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        clean = {name: value for name, value in os.environ.items() if name != "SPCSE_ML_HOME"}
        command = [sys.executable, "-m", "spcse_ml", *words]
        return subprocess.run(command, cwd=tmp_path, env=clean | environment, capture_output=True, check=False)

    return run


@pytest.fixture
def spcse_ml(spcse_ml_bytes: BytesCommand) -> Command:
    """Run the real command line in an empty folder."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        done = spcse_ml_bytes(*words, **environment)
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
