from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from benchmarks.film_classes.worlds import laboratory
from spcse_ml.data.film_rows import CLASSES
from spcse_ml.evaluation.film_verdict import (
    EARLIEST,
    FORWARD,
    MOST_BLOCKS,
    N_PERMUTATIONS,
    NEIGHBOURS,
    TIME,
    FilmVerdict,
    Missing,
    evaluate_films,
    forward_folds,
    guess_from_time,
    in_time,
    missing_films,
    permutation_p_value,
)
from spcse_ml.evaluation.metrics import FEWEST_GROUPS
from spcse_ml.evaluation.permutation import reassigned
from spcse_ml.models.film_classes import CLASSIFIERS, LOGISTIC, class_frequencies, film_codes, learn_films
from tests.films import strict


def test_what_the_solids_decide_is_useful() -> None:
    evaluation = evaluate_films(strict(36))
    assert evaluation.verdict is FilmVerdict.USEFUL
    assert evaluation.scores is not None
    assert evaluation.balanced_accuracy is not None
    value, low, high = evaluation.balanced_accuracy
    assert value > 0.7
    assert low < value <= high
    assert evaluation.scores.log_loss < evaluation.scores.baseline_log_loss
    assert evaluation.numbers["forward_scored_batches"] >= FEWEST_GROUPS


@pytest.mark.parametrize("world", ["noise", "noise of batches"])
def test_noise_is_not_useful(world: str) -> None:
    verdicts = [evaluate_films(laboratory(world, 24, seed)).verdict for seed in range(100, 106)]
    assert FilmVerdict.USEFUL not in verdicts


@pytest.mark.thorough
def test_noise_is_called_useful_in_five_of_a_hundred_laboratories_at_most() -> None:
    verdicts = [
        evaluate_films(laboratory(world, 24, seed)).verdict
        for world in ("noise", "noise of batches")
        for seed in range(1_000, 1_100)
    ]
    assert verdicts.count(FilmVerdict.USEFUL) <= 0.05 * len(verdicts)


def test_too_few_films_are_not_judged_and_the_number_missing_is_told() -> None:
    films = strict(12)
    lone = films.assign(film_class=[CLASSES[0]] * 10 + [CLASSES[1]] * 2)
    assert missing_films(lone) == Missing(max(8 - lone["batch"].nunique(), 0), 2)
    assert missing_films(lone.assign(film_class=CLASSES[0], batch="B1")) == Missing(7, 4)
    evaluation = evaluate_films(lone)
    assert (evaluation.verdict, evaluation.scores) == (FilmVerdict.TOO_FEW, None)
    assert evaluation.numbers["log_loss"] is None
    assert evaluation.numbers["missing_films"] == 2


def test_no_film_of_a_batch_is_learnt_from_while_it_is_held_out() -> None:
    films, columns = laboratory("window", 24, 5), list(CLASSES)
    mask = (films["batch"] == films["batch"].iloc[0]).to_numpy()
    other_class = {kind: CLASSES[number - 1] for number, kind in enumerate(CLASSES)}
    changed = films.assign(film_class=films["film_class"].where(~mask, films["film_class"].map(other_class)))
    plain, other = (evaluate_films(rows).held_out.loc[films.index] for rows in (films, changed))
    assert np.allclose(plain[columns].to_numpy()[mask], other[columns].to_numpy()[mask])
    assert not np.allclose(plain[columns].to_numpy()[~mask], other[columns].to_numpy()[~mask])
    baseline = plain[[f"baseline: {kind}" for kind in CLASSES]].to_numpy()
    assert np.allclose(baseline[mask], class_frequencies(films[~mask]))


def test_the_scales_of_conditions_are_learnt_without_the_batch_that_is_held_out() -> None:
    films = laboratory("window", 24, 5)
    mask = (films["batch"] == films["batch"].iloc[0]).to_numpy()
    moved = films.assign(blade_gap_um=films["blade_gap_um"].where(~mask, 9_000.0))
    held_out = evaluate_films(moved).held_out.loc[films.index]
    model = learn_films(moved[~mask])
    assert np.allclose(held_out[list(CLASSES)].to_numpy()[mask], model.probabilities(moved[mask]))


def test_films_of_the_very_slurry_in_another_batch_teach_nothing_of_it() -> None:
    films = laboratory("noise", 24, 2)
    again = films.assign(
        batch=[f"{batch} again" for batch in films["batch"]], id=[f"{name} again" for name in films["id"]]
    )
    twice = pd.concat([films, again], ignore_index=True)
    once, held_out = evaluate_films(films).held_out, evaluate_films(twice).held_out
    baseline = [f"baseline: {kind}" for kind in CLASSES]
    mask = films["batch"] == films["batch"].iloc[0]
    assert np.allclose(held_out.loc[films.index[mask], baseline], class_frequencies(pd.concat([films[~mask]] * 2)))
    assert set(once["classifier"]) == {LOGISTIC}


def test_more_films_than_compete_and_more_batches_than_are_held_out_one_by_one_are_judged() -> None:
    films = laboratory("slope", 66, 0).assign(batch=[f"B{number}" for number in range(66)])
    films = films.assign(made_on=[date(2026, 1, 1) + timedelta(days=number) for number in range(66)])
    evaluation = evaluate_films(films)
    assert set(evaluation.held_out["classifier"]) <= set(CLASSIFIERS)
    assert len(evaluation.held_out) == len(films)
    assert evaluation.verdict is FilmVerdict.USEFUL
    assert MOST_BLOCKS - 1 <= len(forward_folds(films)) <= MOST_BLOCKS  # the first may know one class alone


def test_each_batch_counts_once_in_the_log_loss() -> None:
    evaluation = evaluate_films(laboratory("window", 24, 5))
    rows = evaluation.held_out
    losses = [-np.log(row[row["film_class"]]) for _, row in rows.iterrows()]
    by_batch = rows.assign(loss=losses).groupby("batch")["loss"].mean()
    assert evaluation.scores is not None
    assert evaluation.scores.log_loss == pytest.approx(by_batch.mean())


def test_classes_are_dealt_by_whole_batches() -> None:
    codes, batches = np.array([0, 0, 1, 1, 1, 2]), np.array(list("aabbbc"))
    for assigned in ({"a": "b", "b": "a", "c": "c"}, {"a": "c", "b": "a", "c": "b"}):
        dealt = reassigned(codes, batches, assigned)
        for batch, other in assigned.items():
            assert set(dealt[batches == batch]) == set(codes[batches == other])


def test_p_is_small_for_predictions_that_know_and_large_for_those_that_do_not() -> None:
    films = laboratory("noise of batches", 36, 0)
    known = np.eye(4)[film_codes(films)] * 0.6 + 0.1
    rows = films[["batch", "film_class"]]
    knowing = rows.assign(**dict(zip(CLASSES, known.T, strict=True)))
    assert permutation_p_value(knowing) == 1 / (1 + N_PERMUTATIONS)
    wrong = rows.assign(**dict(zip(CLASSES, np.roll(known, 1, axis=1).T, strict=True)))
    assert permutation_p_value(wrong) > 0.9
    assert permutation_p_value(rows.assign(**dict.fromkeys(CLASSES, 0.25))) == 1


def test_a_batch_is_predicted_forward_from_earlier_days_alone() -> None:
    films = strict(36)
    days, batches = films["made_on"].to_numpy(), films["batch"].to_numpy()
    folds = forward_folds(films)
    assert len(folds) == MOST_BLOCKS
    assert len(forward_folds(films.head(20))) == films.head(20)["batch"].nunique() - EARLIEST
    for before, held in folds:
        assert days[before].max() < days[held].min()
        assert len(set(batches[before])) >= EARLIEST
        assert set(batches[before]).isdisjoint(batches[held])
    resumed = films.assign(made_on=films["made_on"].where(np.arange(36) > 0, films["made_on"].max()))
    assert all(0 not in before for before, _ in forward_folds(resumed))  # its batch was not done before the last day
    assert forward_folds(films.assign(made_on=date(2026, 1, 1))) == []
    undated = films.assign(made_on=films["made_on"].where(batches != batches[0]))
    assert all(0 not in np.concatenate(fold) for fold in forward_folds(undated))
    assert evaluate_films(films.assign(made_on=None)).forward is None


def test_one_blank_day_takes_neither_order_nor_the_guess_from_time_away() -> None:
    films = strict(36)
    shuffled = films.sample(frac=1, random_state=0).reset_index(drop=True)
    places = dict(zip(shuffled["id"], in_time(shuffled), strict=True))
    assert [places[name] for name in films["id"]] == pd.factorize(films["batch"])[0].__add__(1).tolist()
    one_blank = shuffled.assign(made_on=shuffled["made_on"].where(shuffled.index > 0))
    known = shuffled["batch"] != shuffled["batch"].iloc[0]
    dated = pd.Series(in_time(one_blank), shuffled["id"])[shuffled["id"][known]]
    assert dated.rank(method="dense").tolist() == [places[name] for name in dated.index] or len(dated) < len(films)
    assert evaluate_films(one_blank).forward is not None


def test_a_loss_forward_in_time_speaks_against_a_gain() -> None:
    evaluation = evaluate_films(strict(36))
    assert evaluation.verdict is FilmVerdict.USEFUL
    assert evaluation.forward is not None
    lost = replace(evaluation.forward, gain=replace(evaluation.forward.gain, mean=-0.1))
    assert replace(evaluation, forward=lost).verdict is FilmVerdict.UNDECIDED
    assert replace(evaluation, forward=lost).objections == (FORWARD,)
    few = replace(lost, gain=replace(lost.gain, n=FEWEST_GROUPS - 1))
    assert replace(evaluation, forward=few).verdict is FilmVerdict.USEFUL


def test_what_only_goes_with_time_is_not_useful() -> None:
    films = laboratory("noise", 36, 0)
    order = np.argsort(np.argsort(films["made_on"].to_numpy(), kind="stable"), kind="stable") / len(films)
    classes = np.array(CLASSES)[np.digitize(order, [0.4, 0.7])]
    drifting = films.assign(film_class=classes, slurry_solid_percent=38 + 20 * order)
    evaluation = evaluate_films(drifting)
    assert evaluation.scores is not None
    assert evaluation.scores.gain.low > 0  # by batches alone it looks learnt
    assert evaluation.objections == (TIME,)
    assert evaluation.verdict is FilmVerdict.UNDECIDED


@pytest.mark.parametrize("n", [24, 70])
def test_the_guess_from_time_takes_the_batches_that_are_nearest_to_each(n: int) -> None:
    films = laboratory("noise", n, 0).assign(batch=[f"B{number}" for number in range(n)], made_on=None)
    codes = np.where(np.arange(n) < n // 2, CLASSES[0], CLASSES[1])
    guesses = guess_from_time(films.assign(film_class=codes))[f"time: {CLASSES[0]}"].to_numpy()
    assert NEIGHBOURS == 2
    assert guesses[0] == pytest.approx(2.5 / 4)
    assert guesses[n // 2 - 1] == pytest.approx(1.5 / 4)
    assert guesses[-1] == pytest.approx(0.5 / 4)


def test_batches_of_one_day_stand_beside_each_other_whatever_the_order_of_the_table() -> None:
    films = laboratory("noise", 12, 0).assign(batch=[f"B{number}" for number in range(12)])
    pairs = films.assign(made_on=[date(2026, 1, 1) + timedelta(days=number // 2) for number in range(12)])
    shuffled = pairs.sample(frac=1, random_state=0)
    by_day = pd.Series(in_time(shuffled), shuffled["made_on"]).groupby(level=0).agg(list)
    assert [sorted(places) for places in by_day.sort_index()] == [[2 * day + 1, 2 * day + 2] for day in range(6)]
