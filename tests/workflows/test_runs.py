import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.literature import literature
from spcse_ml.errors import StoreError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.schema import RETENTION, THICKNESS
from spcse_ml.storage.champion import crown, model_folder
from spcse_ml.storage.experiment import experiment_of
from spcse_ml.storage.mlflow_client import tracking_uri
from spcse_ml.storage.registry import registered_version
from spcse_ml.storage.runs import held_out_name, held_out_table
from spcse_ml.storage.tracking import SavedTraining, log_training
from spcse_ml.tables import released
from spcse_ml.workflows.compare import newest
from spcse_ml.workflows.runs import (
    _looks,
    gains_over_answering,
    known_looks,
    looks_of,
    paired,
    side_by_side,
    target_runs,
)
from tests.in_process import run
from tests.refusals import refused

FILES = released("models")


def with_errors(pair: ModelPair, name: str, factor: float) -> ModelPair:
    """Return a pair whose held-out predictions of retention err by another factor."""
    evaluation = pair.retention.evaluation
    rows = evaluation.predictions
    nearer = rows["observed"] + factor * (rows["chosen"] - rows["observed"])
    other = replace(evaluation, predictions=rows.assign(chosen=nearer))
    return replace(pair, name=name, retention=replace(pair.retention, evaluation=other))


def tracked(store: Path, pair: ModelPair, **options: object) -> None:
    """Keep and track a pair as a training does, with the models as they were: what was held out is what counts here."""
    folder = model_folder(store, pair.name)
    shutil.copytree(FILES, folder)
    for target, evaluated in pair.by_target.items():
        held_out_table(evaluated.evaluation).to_csv(folder / held_out_name(target))
    log_training(store, SavedTraining(pair, folder, "unknown", experiment_of(**options)), literature())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made(released_pair: ModelPair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("runs") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        tracked(store, with_errors(released_pair, "middle", 1.0))
        tracked(store, with_errors(released_pair, "worse", 1.5), estimator="xgboost", tags={"kind": "tree"})
        tracked(
            store, with_errors(released_pair, "better", 0.5), estimator="ridge", parameters={"alpha": 2.0}, view="all"
        )
        tracked(store, with_errors(released_pair, "again", 1.0), estimator="ridge")
        crown(store, "middle", reason="the first")
    return store


@pytest.fixture
def store(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copytree(made, tmp_path / "store")
    return tmp_path / "store"


def test_the_least_error_comes_first_with_its_paired_gain_over_the_champion(store: Path) -> None:
    of = target_runs(store, RETENTION)
    assert list(of.rows["model"]) == ["better", "again", "middle", "worse"]
    assert list(of.rows["is_champion"]) == [False, False, True, False]
    by_name = of.rows.set_index("model")
    mae = by_name.loc["middle", "mae"]
    assert by_name.loc["better", "mae"] == pytest.approx(0.5 * mae)
    assert by_name.loc["better", "gain"].mean == pytest.approx(0.5 * mae)
    assert by_name.loc["better", "gain"].finding == "better"
    assert by_name.loc["worse", "gain"].mean == pytest.approx(-0.5 * mae)
    assert by_name.loc["again", "gain"].mean == 0
    assert by_name.loc["middle", "gain"] is None, "it is the champion"


def test_only_those_of_a_tag_or_a_view_are_listed_and_all_are_counted(store: Path) -> None:
    of = target_runs(store, RETENTION, tags={"kind": "tree"})
    assert list(of.rows["model"]) == ["worse"]
    assert [look.n for look in of.looks.values()] == [3], "the same predictions are one procedure"
    assert list(target_runs(store, RETENTION, view="all").rows["model"]) == ["better"]
    assert len(target_runs(store, RETENTION, tags={"kind": "shrub"}).rows) == 0


def test_a_run_deleted_in_mlflow_is_not_listed_and_still_counts_as_a_look(store: Path) -> None:
    before = target_runs(store, RETENTION)
    run_id = before.rows.set_index("model").loc["worse", "run_id"]
    mlflow.MlflowClient(tracking_uri(store)).delete_run(run_id)
    after = target_runs(store, RETENTION)
    assert "worse" not in set(after.rows["model"])
    assert {name: look.n for name, look in after.looks.items()} == {name: look.n for name, look in before.looks.items()}


def test_thickness_is_compared_by_the_procedure_and_not_by_the_median_that_ships(
    store: Path, released_pair: ModelPair
) -> None:
    evaluation = released_pair.thickness.evaluation
    rows = evaluation.predictions
    worse = replace(evaluation, predictions=rows.assign(nested=rows["nested"] + 100.0))
    tracked(store, replace(released_pair, name="far", thickness=replace(released_pair.thickness, evaluation=worse)))
    of = target_runs(store, THICKNESS)
    assert of.rows["model"].iloc[-1] == "far"
    assert of.rows["mae"].iloc[-1] > 2 * of.rows["mae"].iloc[0], "its median errs as before"
    assert [look.n for look in of.looks.values()] == [2]


def test_looks_count_a_training_before_it_is_tracked(store: Path, released_pair: ModelPair) -> None:
    new = with_errors(released_pair, "new", 0.9)
    assert looks_of(store, new)["retention"].n == 4
    assert looks_of(store / "nowhere", new)["retention"].n == 1


def test_two_runs_side_by_side_differ_in_settings_and_most_where_they_are_shown_first(store: Path) -> None:
    beside = side_by_side(store, "worse", "better")
    assert beside.settings["estimator"] == ("xgboost", "ridge")
    assert beside.settings["set alpha"] == ("-", "2.0")
    assert beside.settings["view"] == ("checked", "all")
    assert "scikit-learn" not in beside.settings
    apart = beside.by_target["retention"]
    assert apart.rows["apart"].abs().is_monotonic_decreasing
    np.testing.assert_allclose(apart.rows["other"] - apart.rows["first"], apart.rows["apart"])
    assert apart.gain is not None
    assert apart.gain.finding == "better"
    with refused("no-such-run", kind=StoreError):
        side_by_side(store, "worse", "nowhere")


def test_rows_of_another_outcome_are_not_paired(released_pair: ModelPair) -> None:
    table = held_out_table(released_pair.retention.evaluation)
    moved = table.assign(observed=table["observed"] + 1.0)
    assert paired(table, moved) is None
    gain = paired(table, pd.concat([moved.head(20), table.tail(10).assign(predicted=table["observed"])]))
    assert gain is not None
    last = table.tail(10)
    errors = (last["predicted"] - last["observed"]).abs().groupby(last["paper"]).mean()
    assert (gain.n, gain.mean) == (len(errors), pytest.approx(errors.mean()))
    assert paired(table, table.head(1)) is None, "of one paper there is no interval"


def test_the_newest_training_is_so_by_time_and_not_by_name(store: Path) -> None:
    for name in ("middle", "worse", "better", "again"):
        for target in ("retention", "thickness"):
            path = model_folder(store, name) / f"{target}.json"
            os.utime(path, (1_000, 1_000 if name != "again" else 2_000))
    assert newest(store, but="middle") == "again"


def test_on_a_shared_server_the_champion_of_another_store_is_not_ours(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'team.db'}")
    for lab, factor in (("one", 1.0), ("other", 3.0)):
        tracked(tmp_path / lab, with_errors(released_pair, "yardstick", factor))
        crown(tmp_path / lab, "yardstick", reason="the first")
    listed = target_runs(tmp_path / "one", RETENTION)
    assert listed.rows["is_champion"].tolist() == [True, False]
    assert listed.champion[1] == pytest.approx(listed.rows["mae"].iloc[0])
    assert listed.rows["gain"].iloc[1].finding == "worse"
    assert target_runs(tmp_path / "other", RETENTION).rows["is_champion"].tolist() == [False, True]
    assert registered_version(tmp_path / "one", "yardstick") != registered_version(tmp_path / "other", "yardstick")


def test_where_the_runs_cannot_be_read_the_looks_are_not_known(
    released_pair: ModelPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert known_looks(tmp_path, released_pair) is None


def test_where_the_models_that_answer_cannot_be_read_a_training_has_no_gain_over_them(
    store: Path, released_pair: ModelPair
) -> None:
    name, gains = gains_over_answering(store, with_errors(released_pair, "new", 0.5))
    assert (name, gains["retention"].finding) == ("middle", "better")
    (store / "champion.json").write_text("{", encoding="utf-8")
    assert gains_over_answering(store, released_pair) == ("", {})


def test_procedures_of_one_name_are_several_looks_and_other_rows_that_overlap_are_told(
    released_pair: ModelPair,
) -> None:
    table = held_out_table(released_pair.retention.evaluation)
    tables = [("trees", table.assign(predicted=table["predicted"] + step)) for step in (0.0, 1.0, 2.0)]
    other = table.assign(observed=table["observed"].where(np.arange(len(table)) > 0, 1.0))
    looks = list(_looks([*tables, ("trees", other)]).values())
    assert [(look.n, look.n_overlapping) for look in looks] == [(3, 1), (1, 3)]


def test_runs_of_own_batches_and_of_papers_are_paired_on_what_either_counts(released_pair: ModelPair) -> None:
    table = held_out_table(released_pair.retention.evaluation)
    of_own = table.assign(is_scored=False)
    assert paired(table, of_own) is not None
    assert paired(of_own, table) is not None
    assert paired(of_own, of_own) is None


def test_the_command_lists_sorts_filters_and_draws(store: Path, tmp_path: Path) -> None:
    said = run(tmp_path, "runs", "--target", "retention", "--out", "figures", SPCSE_ML_HOME=str(store))
    lines = [line.split()[0] for line in said.stdout.splitlines()[2:6]]
    assert lines == ["better", "again", "middle", "worse"]
    assert "reads blanks" in said.stdout
    assert (tmp_path / "figures" / "retention_runs.png").stat().st_size > 5_000
    told = json.loads(run(tmp_path, "runs", "--format", "json", "--tag", "kind=tree", SPCSE_ML_HOME=str(store)).stdout)
    assert [row["model"] for row in told["retention"]["runs"]] == ["worse"]
    assert told["retention"]["runs"][0]["gain"]["finding"] == "worse"
    assert [look["n"] for look in told["retention"]["looks"].values()] == [3]
    beside = run(tmp_path, "runs", "worse", "better", SPCSE_ML_HOME=str(store))
    assert "xgboost -> ridge" in beside.stdout
    assert run(tmp_path, "runs", "worse", SPCSE_ML_HOME=str(store)).returncode == 2
