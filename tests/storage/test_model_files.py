import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spcse_ml.errors import ModelFileError
from spcse_ml.judging.answer import ModelPair
from spcse_ml.literature.released import released
from spcse_ml.storage.model_files import dumps, load, load_pair, loads, save, save_pair
from spcse_ml.storage.store import plain_json

RELEASED = released("models", "retention.json")


def test_a_model_read_back_predicts_the_same_to_the_last_bit(released_pair: ModelPair, tmp_path: Path) -> None:
    for target, judged in released_pair.by_target.items():
        save(judged, tmp_path / f"{target}.json")
        again = load(tmp_path / f"{target}.json")
        rows = judged.model.trainable.recipes
        assert again.model.predict_frame(rows).equals(judged.model.predict_frame(rows))
        assert (again.verdict, again.evaluation.scores) == (judged.verdict, judged.evaluation.scores)
        assert dumps(again) == dumps(judged)


def refuses(text: str) -> bool:
    try:
        loads(text, name="model")
    except ModelFileError:
        return True
    return False


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
    with pytest.raises(ModelFileError, match=r"schema version 99; this installation reads version 5.*Install"):
        loads(plain_json(body), name="model")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_file_that_predicts_otherwise_here_is_refused_even_with_a_right_checksum(
    released_pair: ModelPair, number: int
) -> None:
    """The value and both ends of its interval."""
    body = json.loads(dumps(released_pair.retention))
    body["predictions"][0][number] += 1.0
    body.pop("checksum")
    from spcse_ml.storage.model_files import _checksum  # noqa: PLC0415 - forge a consistent file

    with pytest.raises(ModelFileError, match="predicts otherwise here than when it was made"):
        loads(plain_json({"checksum": _checksum(body), **body}), name="model")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '"x"', "[" * 100_000, '{"schema_version": 1}'])
def test_what_is_no_model_file_is_refused(text: str) -> None:
    with pytest.raises(ModelFileError, match="is not a model file of spcse_ml"):
        loads(text, name="model")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="cannot be read as a model file"):
        load(tmp_path / "none.json")


def test_loading_runs_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        msg = "unpickled"
        raise RuntimeError(msg)

    monkeypatch.setattr(pickle, "loads", refuse)
    monkeypatch.setattr(pickle, "load", refuse)
    monkeypatch.setattr(pickle, "Unpickler", refuse)
    judged = load(RELEASED)
    assert len(judged.model.predict_frame(judged.model.trainable.recipes)) == 31


def test_models_in_each_others_place_or_of_different_data_are_refused(released_pair: ModelPair, tmp_path: Path) -> None:
    save_pair(released_pair, tmp_path)
    (tmp_path / "retention.json").write_bytes((tmp_path / "thickness.json").read_bytes())
    with pytest.raises(ModelFileError, match="holds a model of thickness"):
        load_pair(tmp_path, name="swapped")
    other = replace(released_pair.retention, fingerprint="0" * 16)
    save_pair(replace(released_pair, retention=other), tmp_path)
    with pytest.raises(ModelFileError, match="learnt from different data"):
        load_pair(tmp_path, name="mixed")


def test_a_number_that_is_none_is_refused() -> None:
    text = RELEASED.read_text(encoding="utf-8")
    spoilt = text.replace('"ceiling": 100.0', '"ceiling": NaN')
    assert spoilt != text
    with pytest.raises(ModelFileError, match="is not a model file"):
        loads(spoilt, name="model")
