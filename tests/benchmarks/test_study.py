import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.robustness import run, split_difficulty
from benchmarks.robustness.run import parts_file, run_study
from benchmarks.robustness.study import Subject, assembled, parts
from spcse_ml.data.dataset import Dataset
from spcse_ml.data.literature import literature
from spcse_ml.errors import StoreError
from spcse_ml.evaluation.evaluate import Evaluation, evaluate
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.evaluation.robustness import shipped_study
from spcse_ml.parallel import Workers
from spcse_ml.schema import THICKNESS
from tests.refusals import refused


@pytest.fixture(scope="module")
def evaluation(few_papers: Dataset) -> Evaluation:
    return evaluate(few_papers, THICKNESS, among=("median",))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
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


def done(folder: Path, dataset: Dataset, evaluation: Evaluation) -> dict[str, Any]:
    return json.loads(parts_file(folder, dataset, evaluation).read_text(encoding="utf-8"))


@pytest.mark.integration
def test_an_interrupted_study_goes_on_where_it_was_and_ends_alike(
    few_papers: Dataset, evaluation: Evaluation, folder: Path
) -> None:
    every = len(parts(Subject(few_papers, evaluation.target, evaluation.estimator)))
    with pytest.raises(KeyboardInterrupt):
        run_study(folder / "a", few_papers, evaluation, workers=Workers(progress=Impatient(3)))
    assert len(done(folder / "a", few_papers, evaluation)) == 3
    second = Impatient(99)
    resumed = run_study(folder / "a", few_papers, evaluation, workers=Workers(progress=second))
    assert second.total == every - 3
    assert resumed == run_study(folder / "b", few_papers, evaluation)
    third = Impatient(0)
    assert run_study(folder / "a", few_papers, evaluation, workers=Workers(progress=third)) == resumed
    assert third.total == 0


@pytest.mark.thorough
def test_of_two_who_study_at_once_the_slower_loses_nothing_of_the_other(
    few_papers: Dataset, evaluation: Evaluation, folder: Path
) -> None:
    class Overtaken(Impatient):
        def __call__(self, steps: Iterable[Any], total: int, what: str) -> Iterator[Any]:
            for number, step in enumerate(super().__call__(steps, total, what)):
                if number == 1:
                    run_study(folder, few_papers, evaluation)
                yield step

    with pytest.raises(KeyboardInterrupt):
        run_study(folder, few_papers, evaluation, workers=Workers(progress=Overtaken(3)))
    every = parts(Subject(few_papers, evaluation.target, evaluation.estimator))
    assert set(done(folder, few_papers, evaluation)) == set(every)


def test_parts_belong_to_the_data_and_the_procedure(few_papers: Dataset, evaluation: Evaluation, folder: Path) -> None:
    other = Dataset(few_papers.rows.assign(note="x"), few_papers.references)
    mean = replace(evaluation, predictions=evaluation.predictions.assign(chosen=1.0))
    files = [parts_file(folder, few_papers, evaluation), parts_file(folder, few_papers, mean),
             parts_file(folder, other, evaluation)]  # fmt: skip
    assert len(set(files)) == 3


def test_damaged_parts_are_an_error_that_names_the_file(
    few_papers: Dataset, evaluation: Evaluation, folder: Path
) -> None:
    parts_file(folder, few_papers, evaluation).write_text("{", encoding="utf-8")
    with refused("study-unreadable", kind=StoreError):
        run_study(folder, few_papers, evaluation)


@pytest.mark.parametrize("target", ["retention", "thickness"])
def test_the_shipped_study_is_that_of_the_released_model_and_what_all_its_parts_amount_to(
    released_pair: ModelPair, target: str
) -> None:
    evaluated = released_pair.by_target[target]
    study = shipped_study(evaluated.fingerprint, evaluated.evaluation)
    assert study is not None, "run `make robustness`, then `make release`"
    subject = Subject(literature(), evaluated.model.target, evaluated.evaluation.estimator)
    results = done(run.PARTS, literature(), evaluated.evaluation)
    assert set(results) == set(parts(subject))
    assert study == assembled(subject, evaluated.evaluation, results)
    assert study.permuted_maes == evaluated.evaluation.permuted_maes
    assert study.laboratories.n >= 22
