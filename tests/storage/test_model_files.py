import copy
import hashlib
import json
import pickle
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.dataset import Dataset
from spcse_ml.errors import ModelFileError
from spcse_ml.evaluation.evaluate import evaluate
from spcse_ml.evaluation.evaluated import EvaluatedModel, ModelPair
from spcse_ml.evaluation.lab_benefit import TOO_FEW, UnusedColumn, lab_benefit
from spcse_ml.evaluation.verdict import final_verdict
from spcse_ml.lab.records import add_records
from spcse_ml.models.model import fit, learn
from spcse_ml.models.specification import specified
from spcse_ml.reports.messages.predictions import answer_text
from spcse_ml.schema import RETENTION, THICKNESS, Target
from spcse_ml.storage.files import plain_json
from spcse_ml.storage.model_files import dumps, load, load_pair, loads, save, save_pair
from spcse_ml.tables import released
from spcse_ml.workflows.predict import predict_recipes
from spcse_ml.workflows.train import with_lab_rows
from tests.refusals import refused

RELEASED = released("models", "retention.json")


def test_a_model_read_back_predicts_the_same_to_the_last_bit(released_pair: ModelPair, tmp_path: Path) -> None:
    for target, judged in released_pair.by_target.items():
        save(judged, tmp_path / f"{target}.json")
        again = load(tmp_path / f"{target}.json")
        rows = judged.model.training_rows.recipes
        assert again.model.predict(rows).equals(judged.model.predict(rows))
        assert (again.verdict, again.evaluation.scores) == (judged.verdict, judged.evaluation.scores)
        assert dumps(again) == dumps(judged)


def refuses(text: str) -> bool:
    try:
        loads(text, name="model")
    except ModelFileError:
        return True
    return False


def forged(body: dict[str, Any]) -> str:
    """Return the text of a model file with a right checksum, whatever it holds."""
    told = {name: value for name, value in body.items() if name != "checksum"}
    return plain_json({"checksum": hashlib.sha256(plain_json(told).encode()).hexdigest(), **told})


@pytest.mark.parametrize("place", np.linspace(0, len(RELEASED.read_bytes()) - 1, 60).astype(int).tolist())
def test_a_flipped_byte_is_refused(place: int) -> None:
    data = bytearray(RELEASED.read_bytes())
    data[place] ^= 1
    assert refuses(data.decode("utf-8", errors="replace"))


@pytest.mark.thorough
def test_every_flipped_byte_is_refused() -> None:
    data = RELEASED.read_bytes()
    for place in range(len(data)):
        flipped = bytearray(data)
        flipped[place] ^= 1
        assert refuses(flipped.decode("utf-8", errors="replace")), f"byte {place}"


def test_a_file_of_a_newer_schema_is_refused_with_what_to_do() -> None:
    body = json.loads(RELEASED.read_text(encoding="utf-8")) | {"schema_version": 99}
    with refused("other-schema-version", kind=ModelFileError):
        loads(plain_json(body), name="model")


FORMER = Path(__file__).parents[1] / "golden/v0.1.0.zip"


def test_a_file_of_version_0_1_is_read_for_its_rows_calibrated_anew_and_says_so() -> None:
    with zipfile.ZipFile(FORMER) as archive:
        folder = Path(next(name for name in archive.namelist() if name.endswith("/retention.json"))).parent
        texts = [archive.read(f"{folder}/{target}.json").decode() for target in ("retention", "thickness")]
    found, thickness = (loads(text, name="former") for text in texts)
    body = json.loads(texts[0])
    learnt = learn(found.model.training_rows, RETENTION, (f"{body['estimator']}_0.1",))
    assert (body["schema_version"], found.recalibrated_from) == (5, 5)
    assert found.model.calibration == learnt.calibration
    assert len(found.model.training_rows.places) == len(body["rows"])
    assert (found.verdict.value, len(found.evaluation.permuted_maes)) == (body["verdict"], len(body["shuffled"]))
    again = loads(dumps(found), name="again")
    assert json.loads(dumps(found))["schema_version"] == 7
    assert (again.recalibrated_from, again.model.calibration) == (5, found.model.calibration)
    recipe = {"sulfide": "LPSCl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}
    (row,) = predict_recipes([recipe], ModelPair("old", found, thickness), level=0.9).rows()
    assert row["recalibrated_from"] == 5
    assert "calibrated anew on its rows" in answer_text(row)["answered by"]


def test_the_factor_of_own_rows_in_a_file_of_version_0_1_is_found_anew(pair_with_own: ModelPair) -> None:
    """There it was that of the mean of the batches, which one bad batch moves; now it is that of their median."""
    rows = pair_with_own.retention.model.training_rows
    former = replace(pair_with_own.retention, model=learn(rows, RETENTION, ("constrained_ridge_0.1",)))
    body = json.loads(dumps(former).replace("_0.1", "")) | {"schema_version": 5}
    del body["recalibrated_from"], body["calibration"]["difficulties"]
    body["own"]["factor"] = [0.9, 0.8, 1.0]
    found = loads(forged(body), name="former")
    assert found.own is not None
    value, low, high = found.own.factor
    assert value == pytest.approx(float(np.exp(found.model.pipeline[-1].offset_)))
    assert low < value < high
    assert found.own.errors == pair_with_own.retention.own.errors  # type: ignore[union-attr]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_file_that_predicts_otherwise_here_is_refused_even_with_a_right_checksum(
    released_pair: ModelPair, number: int
) -> None:
    """The value and both ends of its interval."""
    body = json.loads(dumps(released_pair.retention))
    body["predictions"][2][number] += 0.1
    with refused("predicts-otherwise", kind=ModelFileError):
        loads(forged(body), name="model")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '"x"', "[" * 100_000, '{"schema_version": 1}'])
def test_what_is_no_model_file_is_refused(text: str) -> None:
    with refused("not-a-model-file", kind=ModelFileError):
        loads(text, name="model")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with refused("model-file-unreadable", kind=ModelFileError):
        load(tmp_path / "none.json")


def test_loading_runs_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        msg = "unpickled"
        raise RuntimeError(msg)

    monkeypatch.setattr(pickle, "loads", refuse)
    monkeypatch.setattr(pickle, "load", refuse)
    monkeypatch.setattr(pickle, "Unpickler", refuse)
    judged = load(RELEASED)
    assert len(judged.model.predict(judged.model.training_rows.recipes)) == 30


def test_models_in_each_others_place_or_of_different_data_are_refused(released_pair: ModelPair, tmp_path: Path) -> None:
    save_pair(released_pair, tmp_path)
    (tmp_path / "retention.json").write_bytes((tmp_path / "thickness.json").read_bytes())
    with refused("model-of-other-target", kind=ModelFileError):
        load_pair(tmp_path, name="swapped")
    other = replace(released_pair.retention, fingerprint="0" * 16)
    save_pair(replace(released_pair, retention=other), tmp_path)
    with refused("models-of-different-data", kind=ModelFileError):
        load_pair(tmp_path, name="mixed")


def test_a_number_that_is_none_is_refused() -> None:
    text = RELEASED.read_text(encoding="utf-8")
    spoilt = text.replace('"ceiling": 100.0', '"ceiling": NaN')
    assert spoilt != text
    with refused("not-a-model-file", kind=ModelFileError):
        loads(spoilt, name="model")


DELETED = object()
DEEP: list[Any] = []
for _ in range(200):
    DEEP = [DEEP]
WRONG = [DELETED, None, "", "NaN", "Infinity", "7", -1.0, -7, 1e300, 10**400, True, [], {}, [1.0], {"a": 1.0}, DEEP]
FREE_TEXT = ("laboratory", "numpy", "pandas", "scikit-learn", "scipy")
"""Fields that may hold any other text, or any other version."""

NOT_REPORTED = ("solvent", "binder", "binder_wt_percent", "template_wt_percent", "lithium_salt")
"""Columns of a recipe that may be blank, and that a model which is a constant does not look at."""

Path_ = tuple[str | int, ...]


def fields(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Yield the path of every field and of every element of a list."""
    if path and path != ("checksum",):
        yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from fields(part, (*path, name))


def damaged(body: dict[str, Any], path: Path_, wrong: Any) -> dict[str, Any] | None:
    """Return a model file with a wrong value in one place, or None where that value says the same or may stand."""
    spoilt = copy.deepcopy(body)
    holder: Any = spoilt
    for name in path[:-1]:
        holder = holder[name]
    before = holder[path[-1]]
    if wrong is DELETED:
        if path[0] in {"shuffled", "inner_scores"} and len(path) == 2:  # one fewer tells nothing wrong
            return None
        del holder[path[-1]]
        return spoilt
    is_other_text = path[-1] in FREE_TEXT and isinstance(wrong, str) and wrong
    if path == ("shuffled",) and wrong in ([], [1.0]):  # as many as were dealt
        return None
    is_blank = wrong is None and path[-1] in NOT_REPORTED
    is_gain = path[:2] == ("own", "gains") and path[-1] in {"low", "high"}
    may_be_negative = wrong == -1.0 and (is_gain or path[-1] == "pressing_temperature_c")
    if path[:2] == ("own", "waiting") and len(path) == 3 and isinstance(wrong, str):  # as version 0.1 wrote
        return None
    if is_blank or may_be_negative or (type(before) is type(wrong) and (before == wrong or is_other_text)):
        return None
    holder[path[-1]] = wrong
    return spoilt


def survivors(body: dict[str, Any], step: int, *, under: str = "") -> list[tuple[Path_, str]]:
    """Return the fields and wrong values with which a file loads all the same; anything but a refusal goes through."""
    trials = [(path, wrong) for path in fields(body) for wrong in WRONG if path[0] == under or not under]
    return [
        (path, str(wrong)[:20])
        for path, wrong in trials[::step]
        if (spoilt := damaged(body, path, wrong)) is not None and not refuses(forged(spoilt))
    ]


@pytest.mark.parametrize("step", [211, pytest.param(1, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("target", ["retention", "thickness"])
def test_damage_to_any_field_is_refused_with_a_right_checksum(target: str, step: int) -> None:
    body = json.loads(released("models", f"{target}.json").read_text(encoding="utf-8"))
    assert not refuses(forged(body))
    assert not survivors(body, step)


def forge(**changes: Any) -> str:
    body = json.loads(RELEASED.read_text(encoding="utf-8"))
    for name, change in changes.items():
        body[name] = change(body[name])
    return forged(body)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (forge(calibration=lambda old: old | {"scores": [0.0 for _ in old["scores"]]}),
         "model-interval-width", "calibration.scores"),
        (forge(calibration=lambda old: old | {"scores": [-score for score in old["scores"]]}),
         "model-field", "calibration.scores.0"),
        (forge(calibration=lambda old: old | {"scores": old["scores"][1:]}), "model-not-of-rows", "calibration.scores"),
        (forge(calibration=lambda old: old | {"ceiling": None}), "model-not-of-rows", "calibration.ceiling"),
        (forge(verdict=lambda _: "no skill"), "model-verdict", "verdict"),
        (forge(predictions=lambda old: [[one[0], one[2], one[1]] for one in old]), "model-interval", "predictions.0"),
        (forge(predictions=lambda old: old[::-1]), "predicts-otherwise", None),
        (forge(predictions=lambda old: old[:1]), "model-not-of-rows", "predictions"),
        (forge(evaluation=lambda old: [one | {"low": one["high"]} for one in old]),
         "model-interval", "evaluation.0.chosen"),
        (forge(evaluation=lambda old: [*old[1:], old[1]]), "model-not-of-rows", "evaluation"),
        (forge(evaluation=lambda old: [one | {"observed": 50.0} for one in old]),
         "model-not-of-rows", "evaluation of 1.1"),
        (forge(rows=lambda old: [*old[1:], old[1]]), "model-repeated-place", "rows"),
        (forge(libraries=list), "model-field", "libraries"),
        (forge(own=lambda _: {"n_rows": 3}), "model-field", "own.n_batches"),
    ],
)  # fmt: skip
def test_content_that_does_not_agree_is_refused_by_its_place(text: str, code: str, place: str | None) -> None:
    with refused(code, kind=ModelFileError) as caught:
        loads(text, name="model")
    assert (caught.value.values["file"], caught.value.values.get("place")) == ("model", place)


def test_a_name_that_the_catalogue_lacks_is_no_fault_of_the_user() -> None:
    def renamed(rows: list[Any]) -> list[Any]:
        rows[0]["recipe"] |= {"binder": "unobtainium", "solvent": "aqua regia"}
        return rows

    with refused("names-unknown-here", kind=ModelFileError) as caught:
        loads(forge(rows=renamed), name="model")
    assert caught.value.values["names"] == "binder 'unobtainium', solvent 'aqua regia'"


def test_a_model_file_without_end_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "m.json").open("wb") as file:
        file.truncate(10**12)
    with refused("model-file-unreadable", kind=ModelFileError):
        load(tmp_path / "m.json")


def own_membranes(folder: Path, n: int) -> Path:
    """Return a lab's table: a batch each, a process column told by all, one film held by a plasticizer alone."""
    numbers = range(1, n + 1)
    rows = {
        "sulfide": "Li6PS5Cl", "method": "slurry", "binder": [("NBR", "SBR", "PEO")[k % 3] for k in numbers],
        "solvent": "toluene", "binder_wt_percent": [str(1 + k % 4) for k in numbers],
        "pressing_pressure_mpa": [str(100 + 50 * (k % 5)) for k in numbers],
        "retention_percent": [str(12 + 4 * (k % 5) + k % 3) for k in numbers], "batch": [f"B{k}" for k in numbers],
        "thickness_um": [str(30 + k) for k in numbers], "id": [f"M{k}" for k in numbers],
    }  # fmt: skip
    held = {"id": "M99", "sulfide": "Li6PS5Cl", "method": "skeleton", "template": "cellulose", "batch": "B99",
            "template_wt_percent": "10", "plasticizer": "succinonitrile", "plasticizer_wt_percent": "5",
            "retention_percent": "20", "thickness_um": "40"}  # fmt: skip
    table = pd.concat([pd.DataFrame(rows), pd.DataFrame([held])]).fillna("").astype(object)
    add_records(folder / "lab.csv", table)
    return folder / "lab.csv"


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"pressing_pressure_mpa": "3 of 8 rows, 3 of 5 batches, 3 of 3 different values"}, None),
        ({"pressing_pressure_mpa": "another wording of the same"}, None),
        ({}, "model-not-of-rows"),
        ({"blade_gap_um": "no row tells it"}, "model-field"),
        ({"pressing_pressure_mpa": {"code": TOO_FEW, "n_rows": 3, "n_batches": 3, "n_values": 2}}, "model-not-of-rows"),
    ],
)
def test_files_with_sentences_in_place_of_counts_are_read_whatever_their_wording(
    pair_with_own: ModelPair, texts: dict[str, Any], code: str | None
) -> None:
    text = dumps(pair_with_own.retention)
    body = json.loads(text)
    assert body["own"]["waiting"] == {
        "pressing_pressure_mpa": {"code": TOO_FEW, "n_rows": 3, "n_batches": 3, "n_values": 3}
    }
    former = forged(body | {"own": body["own"] | {"waiting": texts}})
    if code:
        with refused(code, kind=ModelFileError):
            loads(former, name="model")
        return
    read = loads(former, name="model")
    assert read.own is not None
    assert read.own.waiting == {"pressing_pressure_mpa": UnusedColumn(TOO_FEW, 3, 3, 3)}
    assert dumps(read) == text


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("target", "estimator", "n"), [(RETENTION, "constrained_ridge_and_process", 11), (THICKNESS, "median", 3)]
)
def test_a_model_of_own_rows_is_read_back_and_damage_to_any_field_of_its_evidence_is_refused(
    few_papers: Dataset, target: Target, estimator: str, n: int, tmp_path: Path
) -> None:
    data = with_lab_rows(few_papers, own_membranes(tmp_path, n))
    evaluation = evaluate(data, target, among=(estimator,))
    model = fit(data, target, estimator=estimator)
    own = lab_benefit(model, evaluation)
    text = dumps(EvaluatedModel(model, evaluation, final_verdict(evaluation), data.fingerprint, own))
    assert dumps(loads(text, name="model")) == text
    assert not survivors(json.loads(text), 211)
    assert not survivors(json.loads(text), 1, under="own")


@pytest.fixture(scope="module")
def of_an_experiment(few_papers: Dataset) -> EvaluatedModel:
    """Return the evaluated model of an experiment on ten papers."""
    of = specified("filled_xgboost", parameters={"max_depth": 2, "n_estimators": 5}, features="card+chemistry", seed=3)
    evaluation = evaluate(few_papers, RETENTION, among=(of,))
    model = learn(few_papers.training_rows(RETENTION), RETENTION, (of,))
    return EvaluatedModel(model, evaluation, final_verdict(evaluation), few_papers.fingerprint)


def test_a_model_of_an_experiment_is_read_back_with_all_that_makes_it(of_an_experiment: EvaluatedModel) -> None:
    again = loads(dumps(of_an_experiment), name="model").model
    assert again.specification == of_an_experiment.model.specification
    assert again.pipeline["regress"].n_estimators == 5
    rows = again.training_rows.recipes
    np.testing.assert_array_equal(again.predict_medians(rows), of_an_experiment.model.predict_medians(rows))
    assert "xgboost" in json.loads(dumps(of_an_experiment))["libraries"]


@pytest.mark.parametrize(
    "damage",
    [
        {"estimator": "os:abort"}, {"estimator": "random_forest"}, {"estimator": "svr"}, {"seed": -1}, {"n_tuned": -1},
        {"parameters": [["max_depth", [2]]]}, {"parameters": [["steps", 2]]}, {"parameters": [["max_depth"]]},
        {"parameters": [[1, 2]]}, {"features": ["colour"]}, {"has_process": True}, {"more": 1}, {"seed": 1.5},
        {"parameters": []}, {"search": [["max_depth", [1]]]}, {"features": ["method"]},
    ],
)  # fmt: skip
def test_a_specification_that_is_not_of_the_model_is_refused_with_a_right_checksum(
    of_an_experiment: EvaluatedModel, damage: dict[str, object]
) -> None:
    body = json.loads(dumps(of_an_experiment))
    body["specification"] |= damage
    assert refuses(forged(body))
