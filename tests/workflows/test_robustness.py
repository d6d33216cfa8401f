import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spcse_ml.data.dataset import Dataset, literature
from spcse_ml.errors import StoreError
from spcse_ml.evaluation import split_difficulty
from spcse_ml.evaluation.evaluate import Evaluation, evaluate
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.explanation.robustness_study import Subject, parts
from spcse_ml.parallel import Workers
from spcse_ml.schema import THICKNESS
from spcse_ml.workflows.robustness import run_study, stored_study
from tests.refusals import refused

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def evaluation(few_papers: Dataset) -> Evaluation:
    return evaluate(few_papers, THICKNESS, among=("median",))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(split_difficulty, "N_REPEATS", 1)
    monkeypatch.setattr(split_difficulty, "N_DRAWS", 2)
    return tmp_path


class Impatient:
    """Somebody who watches and presses Ctrl-C after so many steps."""

    def __init__(self, patience: int) -> None:
        self.patience, self.total = patience, 0

    def __call__(self, steps: Iterable[Any], total: int, what: str) -> Iterator[Any]:  # noqa: ARG002
        self.total = total
        for number, step in enumerate(steps):
            if number == self.patience:
                raise KeyboardInterrupt
            yield step


@pytest.mark.thorough
def test_an_interrupted_look_goes_on_where_it_was_and_ends_alike(
    few_papers: Dataset, evaluation: Evaluation, store: Path
) -> None:
    every = len(parts(Subject(few_papers, evaluation.target, evaluation.estimator)))
    with pytest.raises(KeyboardInterrupt):
        run_study(store / "a", few_papers, evaluation, workers=Workers(progress=Impatient(3)))
    assert stored_study(store / "a", few_papers, evaluation) is None
    second = Impatient(99)
    resumed = run_study(store / "a", few_papers, evaluation, workers=Workers(progress=second))
    assert second.total == every - 3
    assert resumed == run_study(store / "b", few_papers, evaluation)
    assert stored_study(store / "a", few_papers, evaluation) == resumed
    third = Impatient(0)
    assert run_study(store / "a", few_papers, evaluation, workers=Workers(progress=third)) == resumed
    assert third.total == 0


@pytest.mark.thorough
def test_of_two_who_look_at_once_the_slower_loses_nothing_of_the_other(
    few_papers: Dataset, evaluation: Evaluation, store: Path
) -> None:
    class Overtaken(Impatient):
        def __call__(self, steps: Iterable[Any], total: int, what: str) -> Iterator[Any]:
            for number, step in enumerate(super().__call__(steps, total, what)):
                if number == 1:
                    run_study(store, few_papers, evaluation)
                yield step

    with pytest.raises(KeyboardInterrupt):
        run_study(store, few_papers, evaluation, workers=Workers(progress=Overtaken(3)))
    assert stored_study(store, few_papers, evaluation) is not None


def test_what_is_kept_belongs_to_the_data_and_the_procedure(
    few_papers: Dataset, evaluation: Evaluation, store: Path
) -> None:
    run_study(store, few_papers, evaluation)
    mean = evaluate(few_papers, THICKNESS, among=("mean",))
    assert stored_study(store, few_papers, mean) is None
    other = Dataset(few_papers.rows.assign(note="x"), few_papers.references)
    assert stored_study(store, other, evaluation) is None


def test_a_damaged_file_is_an_error_that_says_what_to_do(
    few_papers: Dataset, evaluation: Evaluation, store: Path
) -> None:
    run_study(store, few_papers, evaluation)
    path = next((store / "scrutiny").iterdir())
    assert json.loads(path.read_text(encoding="utf-8"))
    path.write_text("{", encoding="utf-8")
    with refused("study-unreadable", kind=StoreError):
        stored_study(store, few_papers, evaluation)


def test_the_released_models_carry_their_scrutiny(released_pair: ModelPair, tmp_path: Path) -> None:
    for judged in released_pair.by_target.values():
        found = stored_study(tmp_path, literature(), judged.evaluation)
        assert found is not None, "run `make scrutiny`, then `make release`"
        assert found.shuffled == judged.evaluation.permuted_maes
        assert found.laboratories["n"] >= 22
