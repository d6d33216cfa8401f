import json
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spcse_ml.errors import ModelFileError, StoreError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.storage.champion import answering_pair, champion, crown, crown_first, model_folder, uncrown
from spcse_ml.storage.model_files import save_pair
from tests.refusals import refused


def test_without_a_champion_the_released_model_answers(tmp_path: Path) -> None:
    assert champion(tmp_path) is None
    assert answering_pair(tmp_path).name == "released"


def test_the_champion_answers_under_its_name(tmp_path: Path, released_pair: ModelPair) -> None:
    save_pair(released_pair, model_folder(tmp_path, "mine"))
    crown(tmp_path, "mine", reason="it is better")
    assert answering_pair(tmp_path).name == "mine"
    assert json.loads((tmp_path / "champion.json").read_text(encoding="utf-8"))["reason"] == "it is better"


def test_a_rollback_crowns_the_one_before_and_keeps_those_before_it(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        model_folder(tmp_path, name).mkdir(parents=True)
        crown(tmp_path, name, reason=f"for {name}")
    assert [one.model for one in champion(tmp_path).before] == ["b", "a"]  # type: ignore[union-attr]
    back = uncrown(tmp_path)
    assert (back.model, back.reason) == ("b", "rollback of c; for b")
    assert [one.model for one in champion(tmp_path).before] == ["a"]  # type: ignore[union-attr]
    model_folder(tmp_path, "a").rmdir()
    with refused("earlier-champion-missing", kind=StoreError):
        uncrown(tmp_path)
    assert champion(tmp_path) == back


def crown_often(job: tuple[Path, str]) -> None:
    for _ in range(20):
        crown(*job, reason="again")


@pytest.mark.integration
def test_two_who_crown_at_once_lose_no_champion_of_before(tmp_path: Path) -> None:
    for name in ("a", "b"):
        model_folder(tmp_path, name).mkdir(parents=True)
    with multiprocessing.get_context("spawn").Pool(2) as both:
        both.map(crown_often, [(tmp_path, "a"), (tmp_path, "b")], chunksize=1)
    crowned = champion(tmp_path)
    assert crowned is not None
    assert sorted(one.model for one in (crowned, *crowned.before)) == ["a"] * 20 + ["b"] * 20


def first_of(job: tuple[Path, str]) -> bool:
    return crown_first(*job, reason="the first")


def test_of_several_first_models_at_once_one_becomes_champion(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(8)]
    for name in names:
        model_folder(tmp_path, name).mkdir(parents=True)
    with ThreadPoolExecutor(8) as all_at_once:
        found = list(all_at_once.map(first_of, [(tmp_path, name) for name in names]))
    crowned = champion(tmp_path)
    assert found.count(True) == 1
    assert crowned is not None
    assert (crowned.model, crowned.before) == (names[found.index(True)], ())


def test_there_is_nothing_to_roll_back_to(tmp_path: Path) -> None:
    with refused("no-earlier-champion", kind=StoreError):
        uncrown(tmp_path)
    model_folder(tmp_path, "a").mkdir(parents=True)
    crown(tmp_path, "a", reason="")
    with refused("no-earlier-champion", kind=StoreError):
        uncrown(tmp_path)


def test_a_model_that_is_not_there_cannot_be_crowned(tmp_path: Path) -> None:
    with refused("no-such-model", kind=StoreError):
        crown(tmp_path, "ghost", reason="")
    assert champion(tmp_path) is None


def test_a_named_champion_that_is_gone_is_an_error_and_never_another_model(
    tmp_path: Path, released_pair: ModelPair
) -> None:
    save_pair(released_pair, model_folder(tmp_path, "mine"))
    crown(tmp_path, "mine", reason="")
    (model_folder(tmp_path, "mine") / "retention.json").unlink()
    with refused("model-file-unreadable", kind=ModelFileError):
        answering_pair(tmp_path)


@pytest.mark.parametrize("name", ["../x", "/etc", "a/b", "", ".hidden", "x" * 200])
def test_a_name_cannot_leave_the_store(tmp_path: Path, name: str) -> None:
    with refused("not-a-model-name", kind=StoreError):
        model_folder(tmp_path, name)


@pytest.mark.parametrize("text", ["{", "[]", '{"model": "mine"}', '{"model": 3, "since": "", "reason": ""}'])
def test_a_damaged_champion_file_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "champion.json").write_text(text, encoding="utf-8")
    with refused("champion-unreadable", kind=StoreError):
        champion(tmp_path)
