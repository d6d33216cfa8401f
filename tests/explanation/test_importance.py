import numpy as np
import pytest

from spcse_ml.data.dataset import Dataset, TrainingRows, literature
from spcse_ml.explanation.importance import (
    aliases,
    best_candidate,
    error_added,
    facts_that_go_together,
    gentle,
    importance_on,
    information_beyond_chance,
    ranked,
    resampled_importance,
    shifts,
    unseen_contributions,
    without_paper,
)
from spcse_ml.explanation.shapley import PLAYERS
from spcse_ml.models.cross_validation import resample_papers
from spcse_ml.models.model import MembraneModel, learn
from spcse_ml.schema import RETENTION

RIDGE = ("constrained_ridge",)


@pytest.fixture(scope="module")
def few(few_papers: Dataset) -> TrainingRows:
    return few_papers.training_rows(RETENTION)


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


def test_a_paper_left_out_is_not_seen(few: TrainingRows) -> None:
    told = without_paper(few, RETENTION, RIDGE, "41+42")
    scrambled = few.take(np.arange(len(few.outcomes)))
    scrambled.outcomes[few.papers == "41+42"] = 1.0
    blind = without_paper(scrambled, RETENTION, RIDGE, "41+42")
    assert blind["values"] == told["values"]
    assert blind["best"] == told["best"]
    assert blind["error_added"] != told["error_added"]


def test_contributions_to_unseen_rows_stand_in_the_order_of_the_rows(few: TrainingRows) -> None:
    papers = [without_paper(few, RETENTION, RIDGE, paper) for paper in ("41+42", "31")]
    found = unseen_contributions(few, papers)
    numbers = np.flatnonzero(np.isin(few.papers.astype(str), ["41+42", "31"]))
    assert found.index.tolist() == numbers.tolist()
    for told in papers:
        at = np.flatnonzero(few.papers.astype(str) == told["paper"])
        sums = found.loc[at].sum(axis=1).to_numpy() + told["base_values"]
        assert sums == pytest.approx(told["predictions"])
    assert set(error_added(papers)) == set(PLAYERS)


def test_a_part_that_another_tells_entirely_is_an_alias_with_a_joint_importance(model: MembraneModel) -> None:
    found = {alias.players: alias for alias in aliases(model)}
    importance = importance_on(model, model.training_rows.recipes)
    joint = found["binder", "method and solvent"].joint_importance
    assert joint <= importance["binder"] + importance["method and solvent"] + 1e-9
    assert all(1 / 3 <= alias.told <= 1 + 1e-9 for alias in found.values())


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
    told = facts_that_go_together(literature().training_rows(RETENTION).recipes)
    assert told[0] == "a dry process and no solvent: 11 rows hold both, 11 and 13 hold either one"


def test_a_conclusion_that_hangs_on_a_paper_is_told_with_how_much(model: MembraneModel) -> None:
    importance = importance_on(model, model.training_rows.recipes)
    top, second = sorted(importance, key=lambda name: -importance[name])[:2]
    best, value = best_candidate(model, model.training_rows.recipes)
    same = {"paper": "1", "importance": importance, "best": best, "best_value": value, "verdict": "useful"}
    turned = {**same, "paper": "2", "importance": {**importance, second: importance[top] + 1.5}, "verdict": "no skill"}
    other = {**same, "paper": "3", "best": "PEO, dry", "best_value": value - 4}
    found = shifts(model, "useful", [same, turned, other])
    assert [(one.paper, one.conclusion, one.before, one.after) for one in found] == [
        ("2", "top", top, second), ("2", "verdict", "useful", "no skill"), ("3", "best candidate", best, "PEO, dry"),
    ]  # fmt: skip
    assert found[0].by == pytest.approx(1.5)
    assert found[2].by == pytest.approx(-4)


def test_gentle_solvents_are_single_and_weak_donors() -> None:
    recipes = literature().training_rows(RETENTION).recipes
    assert gentle(recipes) == ["anisole", "chloroform", "toluene", "xylene"]
    assert set(gentle(recipes, np.inf)) - set(gentle(recipes, 14.0)) == {
        "acetonitrile", "benzyl acetate", "ethanol", "ethyl acetate",
    }  # fmt: skip
