import json
from dataclasses import replace
from pathlib import Path

import pytest

from spcse_ml.data.literature import literature
from spcse_ml.errors import StoreError
from spcse_ml.evaluation.evaluated import EvaluatedModel, ModelPair
from spcse_ml.evaluation.robustness import Consistency, Finding, RobustnessStudy, shipped_study, stored_study
from spcse_ml.evaluation.verdict import Verdict
from tests.refusals import refused


@pytest.fixture
def evaluated(released_pair: ModelPair) -> EvaluatedModel:
    return released_pair.retention


@pytest.fixture
def folder(tmp_path: Path, evaluated: EvaluatedModel) -> Path:
    """Return a folder with a small study of the released model of the retention."""
    plain = {
        "fingerprint": evaluated.fingerprint, "evaluation": evaluated.evaluation.identity, "estimator": "ridge",
        "split_difficulty": [{"name": "row", "n_groups": 31, "n_folds": 5, "mae": {"ridge": 15.0, "mean": 30.0}}],
        "curve": [], "on_noise": {"useful": 0, "undecided": 1, "no skill": 4},
        "laboratories": {"n": 22, "mae": 16.0, "mean": 30.0, "verdict": "useful",
                         "gain_over_random_forest": {"mean": 1.0, "low": -1.0, "high": 3.0, "n": 22}},
    }  # fmt: skip
    (tmp_path / "retention.json").write_text(json.dumps(plain), encoding="utf-8")
    return tmp_path


def test_a_study_is_read_with_its_types(folder: Path, evaluated: EvaluatedModel) -> None:
    study = shipped_study(evaluated.fingerprint, evaluated.evaluation, folder=folder)
    assert study is not None
    assert study.laboratories.verdict is Verdict.USEFUL
    assert study.on_noise == {Verdict.USEFUL: 0, Verdict.UNDECIDED: 1, Verdict.NO_SKILL: 4}
    assert study.split_difficulty[0].skill("ridge") == 0.5
    assert (study.floor, study.bounds, study.importance) == (None, (), ())


def test_a_study_belongs_to_its_data_and_its_evaluation_alone(folder: Path, evaluated: EvaluatedModel) -> None:
    shifted = evaluated.evaluation.predictions.assign(chosen=50.0)
    other = replace(evaluated.evaluation, predictions=shifted)
    assert shipped_study(evaluated.fingerprint, other, folder=folder) is None
    assert shipped_study("0" * 16, evaluated.evaluation, folder=folder) is None


def test_without_a_file_there_is_no_study(tmp_path: Path, evaluated: EvaluatedModel) -> None:
    assert shipped_study(evaluated.fingerprint, evaluated.evaluation, folder=tmp_path) is None


@pytest.mark.parametrize("text", ["{", "{}", "[1]", '{"estimator": 1}'])
def test_a_file_that_is_no_study_is_refused(folder: Path, evaluated: EvaluatedModel, text: str) -> None:
    (folder / "retention.json").write_text(text, encoding="utf-8")
    with refused("study-unreadable", kind=StoreError):
        shipped_study(evaluated.fingerprint, evaluated.evaluation, folder=folder)


@pytest.mark.parametrize(("predicted", "agrees"), [(9.9, True), (10.0, True), (10.1, False), (4.9, False)])
def test_a_prediction_is_consistent_with_a_bound_between_its_ends(predicted: float, agrees: bool) -> None:  # noqa: FBT001
    assert Consistency("39", 5.0, predicted, low=5.0, high=10.0).is_consistent is agrees


def test_a_finding_agrees_or_disagrees_only_where_it_may_be_stated() -> None:
    finding = Finding("x", -1, -5.0, -9.0, -1.0, 0.98, {"61": -1.0}, has_skill=True, is_stated=True)
    assert finding.answer == "agrees"
    assert replace(finding, expected=1).answer == "disagrees"
    assert replace(finding, is_stated=False).answer == "cannot tell"


def test_the_former_way_to_the_study_still_leads_there(tmp_path: Path, evaluated: EvaluatedModel) -> None:
    with pytest.warns(DeprecationWarning, match="store of stored_study is no longer needed"):
        study = stored_study(tmp_path, literature(), evaluated.evaluation)
    assert study == shipped_study(evaluated.fingerprint, evaluated.evaluation)
    assert isinstance(study, RobustnessStudy)
    with pytest.warns(DeprecationWarning, match="RobustnessStudy.ladder is now RobustnessStudy.split_difficulty"):
        assert study.ladder is study.split_difficulty  # type: ignore[attr-defined]
