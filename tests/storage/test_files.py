import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spcse_ml.errors import StoreError
from spcse_ml.storage.files import IDENTITY, identity, known_identity, read_json, store_folder, write_whole
from tests.refusals import refused


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.txt"
    write_whole(target, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with refused("not-writable", kind=StoreError):
        write_whole(target, "new")
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with refused("not-writable", kind=StoreError):
        write_whole(tmp_path / "file" / "a.txt", "x")


def test_the_store_is_where_the_environment_says_else_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPCSE_ML_HOME", raising=False)
    assert store_folder() == tmp_path / "spcse_ml_store"
    monkeypatch.setenv("SPCSE_ML_HOME", str(tmp_path / "elsewhere"))
    assert store_folder() == tmp_path / "elsewhere"


def test_a_store_has_one_identity_whoever_asks_first_and_no_other_store_has_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    assert known_identity(one) is None
    with ThreadPoolExecutor(8) as many:
        told = set(many.map(identity, [one] * 8))
    assert len(told) == 1
    assert {known_identity(one)} == told
    assert identity(other) not in told


def test_an_identity_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "store_id.txt").write_bytes(b"\xff\xfe")
    with refused("store-id-unreadable", kind=StoreError):
        identity(tmp_path)


@pytest.mark.parametrize("text", ["", "\n", "a" * 20, "caf\u00e9"])
def test_an_identity_that_was_cut_or_damaged_is_refused_and_not_given_anew(tmp_path: Path, text: str) -> None:
    identity(tmp_path)
    (tmp_path / IDENTITY).write_text(text, encoding="latin-1")
    for ask in (identity, known_identity):
        with refused("store-id-unreadable", kind=StoreError):
            ask(tmp_path)
    assert (tmp_path / IDENTITY).read_text(encoding="latin-1") == text


def test_json_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "champion.json").write_text("[" * 100_000, encoding="utf-8")
    with refused("champion-unreadable", kind=StoreError):
        read_json(tmp_path / "champion.json", dict, refusal="champion-unreadable")
