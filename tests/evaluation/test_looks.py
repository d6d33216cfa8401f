import numpy as np
import pandas as pd
import pytest

from spcse_ml.evaluation.looks import looks_at


def luck(n_procedures: int, *, n_papers: int = 28, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """Return errors of procedures without skill: each errs like the mean, by chance more here and less there."""
    chance = np.random.default_rng(seed)
    errors = chance.gamma(4.0, 7.5, size=(n_papers, n_procedures))
    return pd.DataFrame(errors, columns=[f"p{n}" for n in range(n_procedures)]), pd.Series(np.full(n_papers, 30.0))


def test_one_procedure_is_worth_what_it_shows() -> None:
    errors, baseline = luck(1)
    looks = looks_at(errors, baseline)
    assert looks is not None
    assert (looks.n, looks.best) == (1, "p0")
    assert looks.corrected == pytest.approx(looks.mae, abs=0.3)


def test_the_best_of_many_lucky_ones_is_worth_no_more_than_the_mean() -> None:
    raw, corrected, n_clear = [], [], 0
    for seed in range(40):
        looks = looks_at(*luck(30, seed=seed), n_draws=300)
        assert looks is not None
        raw.append(looks.mae)
        corrected.append(looks.corrected)
        n_clear += looks.finding == "better"
    assert np.mean(raw) < 25.5, "the least of thirty looks like skill"
    assert np.mean(corrected) == pytest.approx(30.0, abs=1.0)
    assert n_clear <= 2


def test_a_procedure_chosen_for_having_no_rare_failure_is_seldom_called_better() -> None:
    n_clear = 0
    for seed in range(60):
        chance = np.random.default_rng(seed)
        failures = chance.random((28, 30)) < 0.1
        errors = pd.DataFrame(np.where(failures, 57.0, 27.0) + chance.normal(size=(28, 30)))  # 30 on average, all alike
        looks = looks_at(errors.abs(), pd.Series(np.full(28, 30.0)), n_draws=200)
        assert looks is not None
        n_clear += looks.finding == "better"
    assert n_clear <= 9, "with the interval of the best alone it was four of ten"


def test_a_procedure_that_is_better_everywhere_stays_better() -> None:
    errors, baseline = luck(29)
    looks = looks_at(errors.assign(good=errors.to_numpy().min(axis=1) - 1.0), baseline)
    assert looks is not None
    assert (looks.best, looks.finding) == ("good", "better")
    assert looks.corrected == pytest.approx(looks.mae, abs=0.1), "it is chosen in every draw"


def test_each_draw_scores_the_choice_on_papers_that_were_not_drawn() -> None:
    errors = pd.DataFrame({"one": [0.0] * 5 + [10.0] * 5, "other": [10.0] * 5 + [0.0] * 5})
    looks = looks_at(errors, pd.Series(np.full(10, 5.0)), n_draws=4000)
    assert looks is not None
    chance, by_hand = np.random.default_rng(7), []
    for _ in range(20_000):
        drawn = chance.integers(10, size=10)
        rest = np.setdiff1d(np.arange(10), drawn)
        best = "one" if errors["one"][drawn].mean() <= errors["other"][drawn].mean() else "other"
        by_hand.append(errors[best][rest].mean() if len(rest) else np.nan)
    assert looks.corrected == pytest.approx(np.nanmean(by_hand), abs=0.15)
    assert looks.corrected > looks.mae + 0.5


def test_of_fewer_than_ten_papers_nothing_is_corrected() -> None:
    assert looks_at(*luck(3, n_papers=9)) is None
    assert looks_at(pd.DataFrame(index=range(20)), pd.Series(np.ones(20))) is None
