import numpy as np
import pandas as pd
import pytest

from benchmarks.robustness.importance import importance_on
from benchmarks.robustness.left_out import (
    best_candidate,
    error_added,
    gentle,
    held_out_error_added,
    shifts,
    unseen_contributions,
    without_paper,
)
from spcse_ml.data.dataset import TrainingRows
from spcse_ml.data.literature import literature
from spcse_ml.explanation.shapley import PLAYERS
from spcse_ml.models.cross_validation import SMALLEST
from spcse_ml.models.model import learn
from spcse_ml.schema import RETENTION

RIDGE = ("constrained_ridge",)


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


def test_error_added_is_the_mean_over_every_row_that_could_lend(few: TrainingRows) -> None:
    line = learn(few, RETENTION, ("ridge",))
    unseen = literature().training_rows(RETENTION).take(np.array([12, 24]))
    found = held_out_error_added(line, unseen.recipes, unseen.outcomes)
    told = line.pipeline.predict(unseen.recipes)
    for row in range(2):
        lent = pd.concat([unseen.recipes.iloc[[row]]] * len(line.training_rows.recipes), ignore_index=True)
        lent["binder_wt_percent"] = line.training_rows.recipes["binder_wt_percent"].to_numpy()
        errors = np.abs(np.clip(line.pipeline.predict(lent), SMALLEST, 100) - unseen.outcomes[row])
        expected = errors.mean() - abs(told[row] - unseen.outcomes[row])
        assert found["binder content"].iloc[row] == pytest.approx(expected)


def test_a_conclusion_that_hangs_on_a_paper_is_told_with_how_much(few: TrainingRows) -> None:
    model = learn(few, RETENTION, RIDGE)
    importance = importance_on(model, model.training_rows.recipes)
    top, second = sorted(importance, key=lambda name: -importance[name])[:2]
    best, value = best_candidate(model, model.training_rows.recipes)
    same = {"paper": "1", "importance": importance, "best": best, "best_value": value, "verdict": "useful"}
    turned = {**same, "paper": "2", "importance": {**importance, second: importance[top] + 1.5}, "verdict": "no skill"}
    other = {**same, "paper": "3", "best": "PEO, dry", "best_value": value - 4}
    found = shifts(same, [same, turned, other])
    assert [(one.paper, one.conclusion, one.before, one.after) for one in found] == [
        ("2", "top", top, second), ("2", "verdict", "useful", "no skill"), ("3", "best candidate", best, "PEO, dry"),
    ]  # fmt: skip
    assert found[0].by == pytest.approx(1.5)
    assert found[1].by is None
    assert found[2].by == pytest.approx(-4)


def test_gentle_solvents_are_single_and_weak_donors() -> None:
    recipes = literature().training_rows(RETENTION).recipes
    assert gentle(recipes) == ["anisole", "chloroform", "toluene", "xylene"]
    assert set(gentle(recipes, np.inf)) - set(gentle(recipes, 14.0)) == {
        "acetonitrile", "ethanol", "ethyl acetate",
    }  # fmt: skip
