import numpy as np
import pytest

from benchmarks.robustness.importance import (
    aliases,
    coincidences,
    importance_on,
    information_beyond_chance,
    ranked,
    resampled_importance,
)
from spcse_ml.data.dataset import TrainingRows
from spcse_ml.data.literature import literature
from spcse_ml.evaluation.robustness import Coincidence
from spcse_ml.models.cross_validation import resample_papers
from spcse_ml.models.model import MembraneModel, learn
from spcse_ml.schema import RETENTION

RIDGE = ("constrained_ridge",)


@pytest.fixture(scope="module")
def model(few: TrainingRows) -> MembraneModel:
    return learn(few, RETENTION, RIDGE)


def test_who_leads_in_nearly_every_resample_is_tied_with_nobody_and_the_others_with_each_other() -> None:
    chance = np.random.default_rng(0)
    draws = [{"a": 9.0, "b": chance.normal(2, 1), "c": chance.normal(2, 1)} for _ in range(200)]
    found = ranked({"c": 2.0, "a": 9.0, "b": 1.9}, draws)
    assert [one.player for one in found] == ["a", "c", "b"]
    assert [one.tied_with for one in found] == [(), ("b",), ("c",)]
    assert (found[0].rank_low, found[0].rank_high) == (1, 1)
    assert (found[1].rank_low, found[1].rank_high) == (2, 3)
    assert found[1].low < 2 < found[1].high


def test_a_part_that_another_tells_entirely_is_an_alias_with_a_joint_importance(model: MembraneModel) -> None:
    found = {alias.players: alias for alias in aliases(model)}
    importance = importance_on(model, model.training_rows.recipes)
    joint = found["binder", "method and solvent"].joint_importance
    assert joint <= importance["binder"] + importance["method and solvent"] + 1e-9
    assert all(1 / 3 <= alias.information <= 1 + 1e-9 for alias in found.values())


def test_labels_dealt_at_random_tell_nothing_however_many_there_are() -> None:
    chance = np.random.default_rng(0)
    many = [str(label) for label in chance.integers(16, size=31)]
    told = [information_beyond_chance(many, list(chance.permutation(["a", "b", "c"] * 10 + ["a"]))) for _ in range(50)]
    assert np.mean(told) == pytest.approx(0, abs=0.06)
    assert information_beyond_chance(many, [f"{label}'" for label in many]) == pytest.approx(1)


def test_resampled_importance_is_that_of_everything_learnt_anew(few: TrainingRows) -> None:
    model = learn(few.take(resample_papers(few.papers, np.random.default_rng(3))), RETENTION, RIDGE)
    assert resampled_importance(few, RETENTION, RIDGE, 3) == importance_on(model, few.recipes)


def test_dry_and_no_solvent_are_counted() -> None:
    first = coincidences(literature().training_rows(RETENTION).recipes)[0]
    assert first == Coincidence("a dry process", "no solvent", n_both=11, n_first=11, n_second=13)
