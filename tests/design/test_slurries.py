import numpy as np
import pandas as pd
import pytest

from benchmarks.film_classes.worlds import laboratory
from spcse_ml.data.film_rows import CONDITIONS
from spcse_ml.design.slurries import APART, FILL, GOOD, LEARN, next_slurries
from spcse_ml.models.film_classes import FilmModel, drawn_probabilities, learn_films
from tests.films import strict


@pytest.fixture(scope="module")
def model() -> FilmModel:
    return learn_films(strict(36))


def slurries(proposals: list) -> pd.DataFrame:
    return pd.DataFrame([proposal.conditions for proposal in proposals]).reindex(columns=list(CONDITIONS))


def test_the_likeliest_good_are_where_films_are_good(model: FilmModel) -> None:
    proposals = next_slurries(model, 4, fixed={}, by_probability=True)
    assert [proposal.purpose for proposal in proposals] == [GOOD, LEARN, GOOD, LEARN]
    good = slurries(proposals[::2])
    assert (good["slurry_solid_percent"] < 45).all()
    assert model.probabilities(good)[:, 0].min() > np.quantile(model.probabilities(strict(200))[:, 0], 0.9)


def test_none_is_extrapolated_made_already_or_like_another(model: FilmModel) -> None:
    proposed = slurries(next_slurries(model, 6, fixed={}, by_probability=True))
    assert not model.is_extrapolated(proposed).any()
    scaled = model.features.standardised(proposed).to_numpy()
    apart = np.sqrt(((scaled[:, None] - scaled[None]) ** 2).mean(axis=2))[np.triu_indices(6, 1)]
    assert apart.min() > APART * model.farthest
    assert model.distances(proposed).min() > 0


def test_without_skill_they_fill_the_gaps_between_the_films() -> None:
    films = laboratory("noise", 24, 0)
    films = films[(films["slurry_solid_percent"] < 45) | (films["slurry_solid_percent"] > 55)]
    model = learn_films(films)
    proposals = next_slurries(model, 3, fixed={}, by_probability=False)
    assert {proposal.purpose for proposal in proposals} == {FILL}
    distances = [proposal.distance for proposal in proposals]
    own = np.median([np.sort(row)[1] for row in model.distances(films)])
    assert min(distances) > own


def test_conditions_that_are_fixed_stay(model: FilmModel) -> None:
    proposed = slurries(next_slurries(model, 3, fixed={"blade_gap_um": 150.0, "binder": "NBR"}, by_probability=True))
    assert set(proposed["blade_gap_um"]) == {150.0}
    assert set(proposed["solvent"]) == {"toluene"}
    assert next_slurries(model, 3, fixed={"blade_gap_um": 900.0}, by_probability=True) == []


def test_the_same_seed_proposes_the_same(model: FilmModel) -> None:
    first, again, other = (next_slurries(model, 3, fixed={}, by_probability=True, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_names_are_proposed_together_as_films_have_them_and_with_every_number() -> None:
    films = strict(48)
    first = films["batch"].isin(films["batch"].unique()[::2])
    films = films.assign(binder=np.where(first, "NBR", "SEBS"), solvent=np.where(first, "toluene", "anisole"))
    proposed = slurries(next_slurries(learn_films(films), 12, fixed={}, by_probability=False))
    assert set(zip(proposed["binder"], proposed["solvent"], strict=True)) == {("NBR", "toluene"), ("SEBS", "anisole")}
    for _, group in proposed.groupby("binder"):
        assert group["slurry_solid_percent"].min() < 45
        assert group["slurry_solid_percent"].max() > 55
    only = slurries(next_slurries(learn_films(films), 3, fixed={"binder": "SEBS"}, by_probability=True))
    assert set(only["solvent"]) == {"anisole"}


def test_the_most_informative_has_draws_that_disagree(model: FilmModel) -> None:
    learn = slurries(next_slurries(model, 2, fixed={}, by_probability=True)[1:])
    anywhere = strict(200)

    def disagreement(of: pd.DataFrame) -> np.ndarray:
        return drawn_probabilities(model, of, range(20)).std(axis=0).mean(axis=1)

    assert disagreement(learn)[0] > np.quantile(disagreement(anywhere[~model.is_extrapolated(anywhere)]), 0.8)


def test_conditions_are_rounded_to_steps_that_the_films_span() -> None:
    films = strict(24)
    narrow = films.assign(
        binder_wt_percent=np.linspace(0.51, 0.556, 24), drying_temperature_c=np.linspace(60.16, 118.8, 24)
    )
    proposed = slurries(next_slurries(learn_films(narrow), 6, fixed={}, by_probability=False))
    assert proposed["binder_wt_percent"].nunique() > 3
    assert proposed["binder_wt_percent"].between(0.51, 0.556).all()
    assert ((proposed["drying_temperature_c"] % 5) == 0).all()
    assert proposed["drying_temperature_c"].between(60.16, 118.8).all()
