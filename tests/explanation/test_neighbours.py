from dataclasses import replace

import pytest

from spcse_ml.data.validation import formulation
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.explanation.neighbours import measured, nearest


def test_a_published_recipe_finds_itself_first_with_what_was_said_of_it_unseen(released_pair: ModelPair) -> None:
    recipe = formulation(sulfide="Li6PS5Cl", method="slurry", binder="PEO", binder_wt_percent=5, solvent="ACN")
    first, *others = nearest(released_pair.retention, recipe)
    told = released_pair.retention.evaluation.predictions.loc["1.6"]
    assert (first.references, first.observed, first.differs_in) == ("31", 9.4, ())
    assert first.distance == pytest.approx(0)
    assert (first.predicted, first.low, first.high) == (told["chosen"], told["low"], told["high"])
    assert all(other.distance > 0 for other in others)


def test_a_recipe_shared_by_two_papers_is_one_neighbour_and_differences_are_named(released_pair: ModelPair) -> None:
    recipe = formulation(sulfide="Li6PS5Cl", method="dry", binder="ethyl cellulose", binder_wt_percent=2)
    near = nearest(released_pair.retention, recipe, n=29)
    assert [neighbour.references for neighbour in near].count("41+42") == 1
    assert len(near) == 28
    twin = next(neighbour for neighbour in near if neighbour.references == "41+42")
    assert twin.differs_in == ("method", "solvent")
    assert twin.recipe == "Li6PS5Cl, slurry, ethyl cellulose 2 wt%, toluene"


def test_published_neighbours_fill_the_places_of_own_ones_that_are_not_shown(pair_with_own: ModelPair) -> None:
    recipe = formulation(sulfide="Li6PS5Cl", method="slurry", binder="NBR", binder_wt_percent=7.77, solvent="toluene")
    shown, hidden = (nearest(pair_with_own.retention, recipe, n=5, shows_own=shows) for shows in (True, False))
    assert [one.references for one in shown[:3]] == ["own:secret1", "own:secret2", "own:secret3"]
    assert [one.references for one in hidden[:2]] == [one.references for one in shown[3:]]
    assert (len(hidden), any("own" in one.references + one.paper for one in hidden)) == (5, False)


def test_what_is_claimed_otherwise_stands_beside_what_was_measured(released_pair: ModelPair) -> None:
    """What entered the rows of a model is no claim against them, and is one against rows that lack it."""
    coated = formulation(
        sulfide="Li6PS5Cl", method="slurry", binder="ethyl cellulose", binder_wt_percent=2, solvent="toluene"
    )
    filled = formulation(
        sulfide="Li3PS4", method="skeleton", template="PPTA nonwoven", template_wt_percent=14, solvent="toluene"
    )
    of_review = replace(released_pair.retention, fingerprint="0" * 16)
    for evaluated, n_of_60 in ((released_pair.retention, 0), (of_review, 1)):
        both, one = measured(evaluated, [coated, filled], [(10, 100), (0, 50)])
        claims = [(claim.reference, claim.column, claim.value, claim.evidence) for claim in both[0].claimed_otherwise]
        assert (41, "retention_percent", "65", "A") in claims
        assert {claim.reference for claim in both[1].claimed_otherwise} == {42}
        changed = [claim.value for claim in one[0].claimed_otherwise if claim.column == "retention_percent"]
        assert changed == ["20"] * n_of_60
    assert not any(claim.column in {"doi", "lithium_salt"} for claim in both[0].claimed_otherwise)


def test_nothing_is_claimed_of_rows_that_the_tables_do_not_print(released_pair: ModelPair) -> None:
    model = released_pair.retention.model
    places = tuple(place.replace("1.8", "1.99") for place in model.training_rows.places)
    other = replace(
        released_pair.retention, model=replace(model, training_rows=replace(model.training_rows, places=places))
    )
    recipe = formulation(
        sulfide="Li6PS5Cl", method="slurry", binder="ethyl cellulose", binder_wt_percent=2, solvent="toluene"
    )
    ((first, second),) = measured(other, [recipe], [(10, 100)])
    assert (first.claimed_otherwise, len(second.claimed_otherwise)) == ((), 2)
