"""Donor numbers by the rank of their source, and the one in use."""

import pytest

from spcse_ml.chemistry import donor_numbers
from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.donor_numbers import RANKS, donor_number_in_use, ranked_numbers
from spcse_ml.chemistry.substances import catalogue_rows

CLAIMS = catalogue_rows("donor_numbers.csv")
UNRANKED = {"dictionary", "bulk"}
ALKYLBENZENES = ("toluene", "xylene", "p-xylene", "m-xylene", "o-xylene", "ethylbenzene", "cumene", "mesitylene")
ALKANES = ("n-hexane", "n-heptane", "n-octane", "n-decane", "n-dodecane", "cyclohexane", "decalin")


def test_every_solvent_has_a_number_by_rule_and_every_claim_a_source() -> None:
    assert list(ranked_numbers()) == list(catalogue().solvents)
    assert {claim["rank"] for claim in CLAIMS} <= {*RANKS, *UNRANKED}
    assert [claim for claim in CLAIMS if not claim["source"]] == []
    assert [claim for claim in CLAIMS if claim["rank"] in {"definition", "calorimetric"} and not claim["doi"]] == []
    assert [claim for claim in CLAIMS if (claim["rank"] == "analogue") != bool(claim["measured_on"])] == []


def test_the_better_rank_counts_a_mean_where_there_are_several_and_a_dictionary_never() -> None:
    numbers = ranked_numbers()
    acetate, ketone, carbonate = (numbers[name] for name in ("ethyl acetate", "2-butanone", "dimethyl carbonate"))
    assert (acetate.value_kcal_mol, acetate.rank, acetate.uncertainty_kcal_mol) == (17.1, "calorimetric", 1.0)
    assert (ketone.value_kcal_mol, ketone.rank, ketone.uncertainty_kcal_mol) == (16.0, "analogue", 2.0)
    assert (carbonate.value_kcal_mol, carbonate.rank) == (pytest.approx(16.6), "table")
    assert numbers["water"].value_kcal_mol == 18.0  # the bulk figure is on another scale
    assert numbers["1,2-dichloroethane"].uncertainty_kcal_mol == 0


def test_sources_that_scatter_widen_the_uncertainty_beyond_that_of_the_rank() -> None:
    numbers = ranked_numbers()
    assert numbers["1,2-dimethoxyethane"].uncertainty_kcal_mol == pytest.approx(2.0)
    assert numbers["acetonitrile"].uncertainty_kcal_mol == RANKS["calorimetric"] == 1.0
    assert numbers["p-xylene"].uncertainty_kcal_mol == pytest.approx(2.45)
    assert numbers["toluene"].uncertainty_kcal_mol == RANKS["analogue"] == 2.0
    assert numbers["mesitylene"].uncertainty_kcal_mol == pytest.approx(4.95)
    assert all(number.uncertainty_kcal_mol >= RANKS[number.rank] for number in numbers.values())


@pytest.mark.parametrize("alike", [ALKYLBENZENES, ALKANES])
def test_like_solvents_have_like_numbers(alike: tuple[str, ...]) -> None:
    assert len({ranked_numbers()[name].value_kcal_mol for name in alike}) == 1


def test_an_analogue_has_the_number_of_its_relative_where_that_is_listed() -> None:
    of_listed = [claim for claim in CLAIMS if claim["measured_on"] in ranked_numbers()]
    assert len(of_listed) > 20
    for claim in of_listed:
        relative = ranked_numbers()[claim["measured_on"]]
        assert float(claim["donor_number_kcal_mol"]) == pytest.approx(relative.value_kcal_mol), claim["solvent"]
        assert relative.rank in {"definition", "calorimetric", "table"}, claim["solvent"]


def test_the_number_in_use_stays_that_of_the_models_and_says_how_far_the_rule_is() -> None:
    number = donor_number_in_use(catalogue().mixture("p-xylene"))
    assert (number.value_kcal_mol, number.kind) == (5.0, "convention")
    assert (number.by_rule_kcal_mol, number.rule_kind) == (0.1, "analogue")
    assert number.uncertainty_kcal_mol == pytest.approx(4.9)
    assert "no primary table" in number.source


def test_of_a_mixture_the_strongest_donor_is_told_and_a_given_number_counts_as_exact() -> None:
    assert donor_number_in_use(catalogue().mixture("toluene + THF")).solvent == "tetrahydrofuran"
    given = donor_number_in_use(catalogue().mixture("toluene", 3))
    assert (given.value_kcal_mol, given.kind, given.source, given.uncertainty_kcal_mol) == (3, "given", "", None)
    assert given.by_rule_kcal_mol == 0.1
    unlisted = donor_number_in_use(catalogue().mixture("squalane", 0.0))
    assert (unlisted.kind, unlisted.by_rule_kcal_mol, unlisted.rule_kind) == ("given", None, "")


def test_a_claim_counts_wherever_its_line_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = [*CLAIMS[1:], CLAIMS[0]]
    monkeypatch.setattr(donor_numbers, "catalogue_rows", lambda _name: moved)
    assert donor_numbers.ranked_numbers.__wrapped__() == ranked_numbers()
