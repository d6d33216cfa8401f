import numpy as np
import pandas as pd
import pytest

from benchmarks.film_classes.worlds import laboratory
from spcse_ml.data.film_rows import CLASSES
from spcse_ml.models.film_classes import (
    CLASSIFIERS,
    COMPETING_FROM,
    LOGISTIC,
    class_frequencies,
    drawn_probabilities,
    learn_films,
)
from spcse_ml.models.film_features import ConditionFeatures
from tests.films import strict


def features(films: pd.DataFrame) -> ConditionFeatures:
    return ConditionFeatures().fit(films, films["batch"].to_numpy())


def test_a_condition_is_a_feature_once_enough_films_of_enough_batches_tell_it() -> None:
    films = laboratory("noise", 12, 0)
    assert "blade_gap_um" in features(films).names_
    assert "drying_time_h" not in features(films).names_
    seven = films.assign(blade_gap_um=films["blade_gap_um"].where(np.arange(12) < 7))
    assert "blade_gap_um" not in features(seven).names_
    three_at_another = films.assign(blade_gap_um=np.where(np.arange(12) < 3, 100.0, 200.0))
    assert "blade_gap_um" not in features(three_at_another).names_
    two_ovens = films.assign(drying_temperature_c=np.where(np.arange(12) < 6, 60.0, 80.0))
    assert "drying_temperature_c" in features(two_ovens).names_


def test_a_name_is_a_feature_once_enough_films_hold_it_and_enough_do_not() -> None:
    films = laboratory("noise", 24, 0)
    half = films["batch"].isin(films["batch"].unique()[::2])
    names = features(films.assign(solvent=np.where(half, "toluene", "anisole"))).names_
    assert "solvent: anisole" in names  # of two names one says it all
    assert "solvent: toluene" not in names
    rare = np.arange(24) < 3
    names = features(films.assign(solvent=np.where(rare, "toluene", "anisole"))).names_
    assert not any(name.startswith("solvent") for name in names)


def test_the_mixing_ratio_enters_as_the_share_of_each_solvent() -> None:
    films = laboratory("noise", 24, 0)
    ratios = {batch: f"xylene + toluene ({1 + number % 3}:1)" for number, batch in enumerate(films["batch"].unique())}
    learnt = features(films.assign(solvent=films["batch"].map(ratios)))
    name = next(name for name in learnt.names_ if name.startswith("solvent"))
    scaled = learnt.standardised(films.assign(solvent="xylene + toluene (1:1)"))[name]
    pure = learnt.standardised(films.assign(solvent="xylene"))[name]
    untold = learnt.standardised(films.assign(solvent="xylene + toluene"))[name]
    assert np.ptp(scaled) == 0
    assert abs(pure.iloc[0] - scaled.iloc[0]) > 1  # another share
    assert untold.iloc[0] == pytest.approx((learnt.medians_[name] - learnt.means_[name]) / learnt.spreads_[name])


def test_a_blank_counts_as_the_median_of_the_films() -> None:
    films = laboratory("window", 24, 1)
    model = learn_films(films)
    blank, median = films.iloc[:1].assign(blade_gap_um=np.nan), films.iloc[:1].copy()
    median["blade_gap_um"] = np.exp(np.log(films["blade_gap_um"]).median())
    assert np.allclose(model.probabilities(blank), model.probabilities(median))
    assert model.typical("blade_gap_um") == pytest.approx(median["blade_gap_um"].iloc[0])


def test_a_blank_name_counts_as_the_most_frequent_and_not_as_none() -> None:
    films = laboratory("window", 36, 1)
    three = dict(zip(films["batch"].unique(), ["toluene", "anisole", "toluene", "xylene"] * 20, strict=False))
    films = films.assign(solvent=films["batch"].map(three))
    model = learn_films(films)
    assert model.looks_at("solvent")
    blank, toluene = films.iloc[:1].assign(solvent=None), films.iloc[:1].assign(solvent="toluene")
    assert np.allclose(model.probabilities(blank), model.probabilities(toluene))
    assert [(reason.code, reason.value) for reason in model.reasons(blank)] == [("film-name-not-given", "toluene")]


def test_a_window_is_found_where_there_is_one() -> None:
    model = learn_films(laboratory("window", 400, 0), kind=LOGISTIC)
    asked = laboratory("noise", 3, 0).assign(slurry_solid_percent=[36.0, 50.0, 64.0], binder_wt_percent=3.0)
    low, middle, high = model.probabilities(asked)[:, 0]
    assert middle > 0.8
    assert max(low, high) < 0.5


def test_probabilities_lean_towards_frequencies_the_more_the_fewer_films_there_are() -> None:
    few, many = (learn_films(strict(n), kind=LOGISTIC) for n in (12, 200))
    surest = [model.probabilities(strict(200)).max() for model in (few, many)]
    assert surest[0] < surest[1] < 1
    assert np.allclose(few.probabilities(strict(50)).sum(axis=1), 1)


def test_films_of_one_class_give_its_frequency_and_no_certainty() -> None:
    films = strict(12).assign(film_class=CLASSES[0])
    model = learn_films(films)
    assert model.classifier is None
    assert model.probabilities(films).tolist() == [class_frequencies(films).tolist()] * 12
    assert model.probabilities(films)[0] == pytest.approx([12.5 / 14, 0.5 / 14, 0.5 / 14, 0.5 / 14])


def test_a_class_that_no_film_had_keeps_its_frequency() -> None:
    films = strict(24)
    probabilities = learn_films(films).probabilities(films)
    assert np.allclose(probabilities[:, CLASSES.index("no film")], 0.5 / 26)
    assert np.allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("n_batches_of_second", [1, 2, 3])
def test_a_rare_class_does_not_stop_the_competition(n_batches_of_second: int) -> None:
    films = laboratory("window", 44, 3)
    rare = films["batch"].isin(films["batch"].unique()[:n_batches_of_second])
    films = films.assign(film_class=np.where(rare, CLASSES[3], CLASSES[0]))
    model = learn_films(films)
    assert np.allclose(model.probabilities(films).sum(axis=1), 1)
    for kind in CLASSIFIERS:
        assert np.isfinite(drawn_probabilities(learn_films(films, kind=kind), films.iloc[:1], range(4))).all()


def test_the_order_of_films_and_the_names_of_batches_change_nothing() -> None:
    films = laboratory("window", 24, 3)
    plain = learn_films(films).probabilities(films)
    turned = films.iloc[::-1].assign(batch=[f"other {batch}" for batch in films["batch"].iloc[::-1]])
    assert np.allclose(learn_films(turned).probabilities(films), plain, atol=1e-6)


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_every_classifier_learns_what_is_plain(kind: str) -> None:
    model = learn_films(strict(60), kind=kind)
    assert model.kind == kind
    unseen = strict(60, seed=1)
    best = np.array(CLASSES)[model.probabilities(unseen).argmax(axis=1)]
    assert np.mean(best == unseen["film_class"]) > 0.8


def test_classifiers_compete_from_forty_films_on() -> None:
    assert learn_films(strict(COMPETING_FROM - 1)).kind == LOGISTIC
    films = strict(80)
    corners = (films["slurry_solid_percent"] > 50) ^ (films["drying_temperature_c"] > 90)  # no plane and no window
    labels = np.where(corners, CLASSES[0], CLASSES[2])
    assert learn_films(films.assign(film_class=labels)).kind != LOGISTIC
    assert learn_films(laboratory("slope", 80, 0)).kind == LOGISTIC


def test_what_no_film_is_near_to_is_extrapolated() -> None:
    films = laboratory("window", 24, 1)
    model = learn_films(films)
    assert not model.is_extrapolated(films).any()
    far = films.iloc[:1].assign(slurry_solid_percent=80.0)
    new = films.iloc[:1].assign(solvent="anisole")
    assert model.is_extrapolated(far).all()
    assert model.is_extrapolated(new).all()
    assert [reason.code for reason in model.reasons(new)] == ["film-name-unknown"]
    is_low = films["slurry_solid_percent"] < 50
    apart = films.assign(binder_wt_percent=np.where(is_low, 1.2, 7.0))
    corner = apart[~is_low].nlargest(1, "slurry_solid_percent").assign(binder_wt_percent=1.2)
    assert [reason.code for reason in learn_films(apart).reasons(corner)] == ["far-from-films"]
    assert learn_films(apart).is_extrapolated(corner).all()
    cold = films.assign(drying_temperature_c=films["drying_temperature_c"] - 100)
    assert not learn_films(cold).is_extrapolated(cold).any()
    odd = films.assign(drying_time_h=12.0)  # told by all and the same: no feature, and a range all the same
    assert learn_films(odd).is_extrapolated(odd.iloc[:1].assign(drying_time_h=90.0)).all()
    assert "film-number-beyond-range" in [reason.code for reason in model.reasons(far)]
    blank = films.iloc[:1].assign(blade_gap_um=np.nan)
    assert [reason.code for reason in model.reasons(blank)] == ["film-number-not-given"]


def test_a_mixture_is_known_by_its_solvents_and_new_beside_another_binder() -> None:
    films = laboratory("window", 24, 1)
    first = films["batch"].isin(films["batch"].unique()[::2])
    films = films.assign(
        solvent=np.where(first, "anisole + xylene (0.5:0.5)", "toluene"), binder=np.where(first, "NBR", "SEBS")
    )
    model = learn_films(films)
    ratio = films[first].iloc[:1].assign(solvent="anisole + xylene (0.6:0.4)")
    assert "film-name-unknown" not in [reason.code for reason in model.reasons(ratio)]
    crossed = films[first].iloc[:1].assign(binder="SEBS")
    assert "film-names-not-together" in [reason.code for reason in model.reasons(crossed)]


def test_draws_are_of_whole_batches_and_repeat() -> None:
    films = laboratory("window", 24, 1)
    model = learn_films(films)
    first, again = (drawn_probabilities(model, films.iloc[:2], range(3)) for _ in range(2))
    assert first.shape == (3, 2, 4)
    assert np.array_equal(first, again)
    assert not np.allclose(first[0], first[1])
    one_batch = learn_films(films.assign(batch="B1"))
    same = drawn_probabilities(one_batch, films.iloc[:2], range(2), by_conditions=False)
    assert np.allclose(same, one_batch.frequencies)
