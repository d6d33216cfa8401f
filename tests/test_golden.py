"""The package says what it said: numbers to a billionth, texts to the letter (`make golden` keeps what it says now)."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from spcse_ml.storage.mlflow_client import opened
from spcse_ml.storage.model_files import load
from spcse_ml.workflows.compare import promote, rollback, trainings
from tests import in_process
from tests.golden import make

FIRST, SECOND = "20261101-000000-000", "20261102-000000-000"
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+\.\d+(?:[eE][-+]?\d+)?(?![\w.])")
"""A number with a point, as JSON and CSV write it; whole ones are compared as text."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return dict(make.surfaces(tmp_path_factory.mktemp("golden")))


def differences(now: str, before: str) -> list[str]:
    """Return each line that says something else, or a number that differs by more than a billionth."""
    lines, old = now.splitlines(), before.splitlines()
    if len(lines) != len(old):
        return [f"{len(lines)} lines and not {len(old)}"]
    return [f"{one}   was   {other}" for one, other in zip(lines, old, strict=True) if not is_same(one, other)]


def is_same(one: str, other: str) -> bool:
    """Say whether two lines are the same but for the last bits of their numbers."""
    if one == other:
        return True
    found, kept = ([float(number) for number in NUMBER.findall(line)] for line in (one, other))
    return NUMBER.sub("#", one) == NUMBER.sub("#", other) and found == pytest.approx(kept, rel=1e-9, abs=1e-12)


def test_the_last_bits_of_numbers_are_forgiven_and_nothing_else() -> None:
    assert is_same('"low": 0.12345678901234567, x', '"low": 0.12345678901234561, x')
    assert not is_same('"low": 0.123456', '"low": 0.123457')
    assert not is_same("3 papers 0.5", "4 papers 0.5")
    assert not is_same("binder 0.5", "solvent 0.5")


KEPT = sorted(path.name for path in make.HERE.iterdir() if path.suffix in {".csv", ".json", ".txt"})


@pytest.mark.timeout(600)  # the first of them makes all
@pytest.mark.parametrize("name", KEPT)
def test_it_says_what_it_said(said: dict[str, str], name: str) -> None:
    assert differences(said.get(name, ""), (make.HERE / name).read_text(encoding="utf-8"))[:5] == []


def test_every_surface_is_kept(said: dict[str, str]) -> None:
    assert sorted(said) == KEPT


def test_a_store_of_the_first_version_still_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.unpack_archive(make.STORE, tmp_path)
    store = tmp_path / "spcse_ml_store"
    assert sorted(trainings(store)["model"]) == [FIRST, SECOND]
    asked = pd.read_csv(make.INPUTS / "few.csv", dtype=str, keep_default_na=False)
    with opened(store, "read") as mlflow, pytest.warns(DeprecationWarning, match="is now spcse_ml"):
        served = mlflow.pyfunc.load_model("models:/spcse_ml@champion").predict(asked)
    told = json.loads((make.HERE / "v0.1.0.said").read_text(encoding="utf-8"))
    for recipe, row in zip(asked.to_dict("records"), served.to_dict("records"), strict=True):
        assert row["retention_percent"] == pytest.approx(told[recipe["id"]], rel=1e-9)
    assert promote(store, SECOND, reason="the newer").before[0].model == FIRST
    assert rollback(store).model == FIRST
    assert load(store / "models" / FIRST / "retention.json").verdict.value == "useful"


def test_models_that_an_older_release_logged_are_logged_anew_and_then_served_by_the_code_of_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.unpack_archive(make.STORE, tmp_path)
    done = in_process.run(tmp_path, "runs", "--log-anew")
    assert done.returncode == 0
    assert done.stderr.endswith(f"Registered anew: {FIRST}, {SECOND}.\n")
    store = tmp_path / "spcse_ml_store"
    asked = pd.read_csv(make.INPUTS / "few.csv", dtype=str, keep_default_na=False)
    with opened(store, "read") as mlflow:  # a warning of a former name would be an error here
        served = mlflow.pyfunc.load_model("models:/spcse_ml@champion")
        assert not served.predict(asked)["domain_reason"].str.contains("own").any()
        client = mlflow.MlflowClient()
        assert len(client.search_model_versions("name = 'spcse_ml'")) == 4
        assert int(client.get_model_version_by_alias("spcse_ml", "champion").version) == 3  # the first, logged anew
    assert in_process.run(tmp_path, "runs", "--log-anew").stderr == "All models were logged by this release.\n"
