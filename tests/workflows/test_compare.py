"""The loop on a few papers and an invented lab: learn, learn from own rows, compare, promote; what a kill leaves."""

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.dataset import Dataset
from spcse_ml.data.literature import literature
from spcse_ml.data.validation import formulation
from spcse_ml.errors import StoreError
from spcse_ml.lab.records import add_records
from spcse_ml.storage.champion import answering_pair, champion
from spcse_ml.storage.model_files import load_pair
from spcse_ml.workflows.compare import challenge, promote, trainings
from spcse_ml.workflows.train import Training, train_on, with_lab_rows
from tests.refusals import refused

RECIPE = formulation(sulfide="Li6PS5Cl", method="slurry", binder="NBR", binder_wt_percent=2, solvent="toluene")


def lab(path: Path, n: int, *, first: int = 1) -> Path:
    """Return a table of invented membranes that retain far less than the literature's, two to a batch."""
    numbers = range(first, first + n)
    rows = {
        "sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "solvent": "toluene",
        "binder_wt_percent": [str(1 + number % 4) for number in numbers],
        "retention_percent": [str(12 + number % 3) for number in numbers],
        "thickness_um": [str(30 + number) for number in numbers],
        "batch": [f"B{number // 2}" for number in numbers],
        "id": [f"M{number}" for number in numbers],
    }  # fmt: skip
    add_records(path, pd.DataFrame(rows, dtype=object))
    return path


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory, few_papers: Dataset) -> tuple[Path, Training, Training]:
    """Return a folder with a store and a table of ten membranes, and two trainings: without, and with the first six."""
    folder = tmp_path_factory.mktemp("loop")
    table = lab(folder / "lab.csv", 6)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        first = train_on(folder / "store", few_papers)
        second = train_on(folder / "store", with_lab_rows(few_papers, table))
    lab(table, 4, first=8)  # M7 would be of a batch that was learnt from
    return folder, first, second


@pytest.mark.thorough
def test_a_challenger_is_compared_on_what_neither_has_learnt_from(loop: tuple[Path, Training, Training]) -> None:
    folder, first, second = loop
    assert (first.is_champion, second.is_champion) == (True, False)
    found = challenge(folder / "store", table=folder / "lab.csv", folder=folder / "figures")
    told = found.by_target["retention"]
    assert (found.champion, found.challenger) == (first.pair.name, second.pair.name)
    assert {change.place for change in told.changes} == {f"own.M{number}" for number in range(1, 7)}
    assert told.fresh["place"].tolist() == ["own.M8", "own.M9", "own.M10", "own.M11"]
    apart = told.fresh[["before", "after"]].sub(told.fresh["observed"], axis=0).abs()
    assert (apart["after"] < apart["before"]).all()
    assert (folder / "figures" / "retention_moves.png").stat().st_size > 10_000
    with refused("no-such-model", kind=StoreError):
        challenge(folder / "store", "nowhere")


@pytest.mark.thorough
def test_own_rows_change_what_is_answered_once_their_model_is_promoted(
    loop: tuple[Path, Training, Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder, _, second = loop
    store = folder / "store"
    assert second.pair.retention.own is not None
    assert second.pair.retention.own.factor[2] < 1
    before = answering_pair(store).predict([RECIPE])["retention_percent"][0]
    promote(store, second.pair.name, reason="nearer on the last two batches")
    after = answering_pair(store).predict([RECIPE])["retention_percent"][0]
    assert after < 0.8 * before
    listed = trainings(store, folder / "figures")
    assert listed["own_rows"].tolist() == ["6", "0"]
    assert listed["champion"].tolist() == ["*", ""]
    assert listed["data"].nunique() == 2
    assert (folder / "figures" / "retention_runs.png").stat().st_size > 5_000


def test_a_table_without_outcomes_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with refused("no-lab-table"):
        with_lab_rows(literature(), tmp_path / "lab.csv")
    add_records(tmp_path / "lab.csv", pd.DataFrame([{"sulfide": "LPSCl", "method": "dry", "binder": "PTFE"}]))
    with refused("no-outcomes"):
        with_lab_rows(literature(), tmp_path / "lab.csv")


def test_a_superseded_membrane_is_not_learnt_from(tmp_path: Path) -> None:
    table = lab(tmp_path / "lab.csv", 3)
    corrected = {"id": "M9", "supersedes": "M2", "sulfide": "LPSCl", "method": "dry", "binder": "PTFE",
                 "retention_percent": "70"}  # fmt: skip
    add_records(table, pd.DataFrame([corrected]))
    assert with_lab_rows(literature(), table).own["id"].tolist() == ["M1", "M3", "M2"]


def trained(store: Path, dataset: Dataset) -> None:
    train_on(store, dataset)


@pytest.mark.thorough
def test_a_training_that_is_killed_leaves_the_store_valid_and_its_champion_answering(
    few_papers: Dataset, tmp_path: Path
) -> None:
    store, rng, start = tmp_path / "store", random.Random(0), time.monotonic()  # noqa: S311 - moments of death
    context = multiprocessing.get_context("spawn")
    whole = context.Process(target=trained, args=(store, few_papers))
    whole.start()
    whole.join()
    lasts, crowned = time.monotonic() - start, champion(store)
    told = answering_pair(store).predict([RECIPE])
    for _ in range(10):
        victim = context.Process(target=trained, args=(store, few_papers))
        victim.start()
        time.sleep(rng.uniform(0.1, 1.0) * lasts)
        if victim.pid and victim.is_alive():
            os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        assert champion(store) == crowned
        pd.testing.assert_frame_equal(answering_pair(store).predict([RECIPE]), told)
    trained(store, few_papers)
    assert np.isfinite(trainings(store)["retention_mae"].astype(float)).any()
    for folder in (store / "models").iterdir():  # whatever is complete also loads
        if {"retention.json", "thickness.json"} <= {path.name for path in folder.iterdir()}:
            load_pair(folder, name=folder.name)
