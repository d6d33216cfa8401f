from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.dataset import Dataset
from spcse_ml.data.literature import literature
from spcse_ml.evaluation.evaluate import Evaluation, evaluate, evaluate_rows, predict_fold
from spcse_ml.evaluation.metrics import CHOSEN, paired_gain
from spcse_ml.evaluation.verdict import verdict_of
from spcse_ml.models.cross_validation import evaluation_folds
from spcse_ml.models.estimators import candidates
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.reports.messages.evaluation import evaluation_text
from spcse_ml.schema import RETENTION


def told(**columns: list[object]) -> pd.DataFrame:
    """Return out-of-paper predictions made up for a test."""
    n = len(columns["observed"])
    rest = {"low": [0.0] * n, "high": [100.0] * n, "domain": ["inside"] * n, "is_complete": [True] * n}
    rest |= {"estimator": ["ridge"] * n}
    return pd.DataFrame(rest | columns)


def said_of(paper: str, dataset: Dataset) -> pd.DataFrame:
    """Return what the whole procedure says of the rows of a paper once it has learnt from the others."""
    rows = dataset.training_rows(RETENTION)
    is_held = rows.papers == paper
    return predict_fold(rows, RETENTION, candidates(RETENTION), (np.flatnonzero(~is_held), np.flatnonzero(is_held)))


def test_each_paper_counts_once_however_many_rows_it_has() -> None:
    frame = told(paper=["a", "a", "b"], observed=[10.0, 10.0, 10.0], mean=[30.0, 30.0, 30.0], chosen=[14.0, 16.0, 11.0])
    scores = Evaluation(RETENTION, frame).scores
    assert scores[CHOSEN].mae == pytest.approx((5 + 1) / 2)
    assert scores[CHOSEN].rmse == pytest.approx(np.sqrt((26 + 1) / 2))
    assert scores[CHOSEN].skill == pytest.approx(1 - 3 / 20)


def test_coverage_counts_rows_inside_and_charges_misses() -> None:
    frame = told(paper=list("abcd"), observed=[5.0, 50.0, 50.0, 9.0], mean=[1.0] * 4, chosen=[1.0] * 4)
    frame["low"], frame["high"] = [0.0, 40.0, 60.0, 10.0], [10.0, 60.0, 80.0, 30.0]
    coverage = Evaluation(RETENTION, frame).coverage
    assert (coverage.hits, coverage.n, coverage.mean_width) == (2, 4, 17.5)
    assert coverage.winkler == pytest.approx((10 + 20 + 20 + 200 + 20 + 20) / 4)


def test_a_gain_pairs_the_same_papers() -> None:
    frame = told(paper=list("abc"), observed=[0.0] * 3, mean=[10.0, 20.0, 90.0], chosen=[5.0, 15.0, 85.0])
    gain = paired_gain(frame, "mean", CHOSEN)
    assert (gain.mean, gain.low, gain.high) == (5.0, 5.0, 5.0)


@pytest.mark.integration
def test_of_more_than_sixty_papers_twenty_folds_of_them_are_held_out_and_the_report_says_so() -> None:
    rows = literature().training_rows(RETENTION)
    numbers = np.arange(61)
    drawn, names = rows.take(numbers % len(rows.outcomes)), tuple(f"p{number:02}" for number in numbers)
    many = replace(drawn, papers=np.array(names, dtype=object), places=names)
    evaluation = evaluate_rows(many, RETENTION, among=("content_line",))
    assert (evaluation.n_papers, evaluation.n_folds) == (61, 20)
    means = evaluation.predictions["mean"]
    for learnt, held in evaluation_folds(many.papers):
        assert means[[names[number] for number in held]].to_numpy() == pytest.approx(many.outcomes[learnt].mean())
    text = evaluation_text(evaluation, verdict_of(evaluation))
    assert "61 rows of 61 papers; 20-fold cross-validation by paper" in text


@pytest.mark.integration
def test_workers_change_nothing(few_papers: Dataset) -> None:
    with ThreadPoolExecutor(2) as executor:
        one, other = (
            evaluate(few_papers, RETENTION, among=("median",), workers=who) for who in (ALONE, Workers(executor))
        )
    pd.testing.assert_frame_equal(one.predictions, other.predictions, check_exact=True)


def test_scrambled_outcomes_of_a_held_out_paper_change_nothing_that_is_said_of_it(
    few_papers: Dataset, of_few: Evaluation
) -> None:
    """Estimators, choice, filling, scaling, calibration and domain: all must be blind to the held-out outcomes."""
    rows = few_papers.rows.copy()
    rows.loc[rows["reference"].isin([41, 42]), ["retention_percent_low", "retention_percent_high"]] = 1.0
    scrambled = Dataset(rows, few_papers.references)
    blind, sighted = (of_few.predictions[of_few.predictions["paper"] == paper] for paper in ("41+42", "31"))
    again = said_of("41+42", scrambled)
    assert again["observed"].tolist() == [1.0, 1.0]
    same = [name for name in again.columns if name != "observed"]
    pd.testing.assert_frame_equal(again[same], blind[same], check_exact=True)
    assert not np.allclose(said_of("31", scrambled)["mean"], sighted["mean"])


def test_an_altered_recipe_of_a_held_out_paper_changes_nothing_that_is_said_of_its_other_row(
    few_papers: Dataset, of_few: Evaluation
) -> None:
    """What learns from recipes alone (filling, scaling, domain) must be blind to the held-out ones as well."""
    rows = few_papers.rows.copy()
    other = rows["reference"] == 42
    rows.loc[other, ["sulfide", "binder_wt_percent_low", "binder_wt_percent_high"]] = ["Li10GeP2S12", 80.0, 80.0]
    blind = said_of("41+42", Dataset(rows, few_papers.references))
    twin = f"1.{rows.loc[rows['reference'] == 41, 'row'].iloc[0]}"
    pd.testing.assert_series_equal(blind.loc[twin], of_few.predictions.loc[twin, blind.columns], check_exact=True)
    assert blind.loc[f"1.{rows.loc[other, 'row'].iloc[0]}", "chosen"] != blind.loc[twin, "chosen"]


def test_the_mean_is_that_of_the_other_papers_each_counting_once(few_papers: Dataset, of_few: Evaluation) -> None:
    rows = few_papers.training_rows(RETENTION)
    for paper, group in of_few.predictions.groupby("paper"):
        others = pd.Series(rows.outcomes).groupby(rows.papers.astype(str)).mean().drop(paper)
        assert group["mean"].to_numpy() == pytest.approx(others.mean())


def test_the_number_of_papers_counts_groups() -> None:
    rows = literature().training_rows(RETENTION)
    assert (len(rows.outcomes), len(set(rows.papers))) == (30, 28)
