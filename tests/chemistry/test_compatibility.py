"""The published rules fire where they say, and their exceptions are those of the tables."""

from collections import defaultdict
from typing import Any

import pytest

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compatibility import broken_rules, rules
from spcse_ml.data.literature import literature
from spcse_ml.schema import Formulation

PRINTED = literature().rows.to_dict("records")
BY_NAME = {rule.name: rule for rule in rules()}


def broken(**cells: Any) -> set[str]:
    return {rule.name for rule in broken_rules(Formulation(**{"sulfide": "Li6PS5Cl", "binder": "NBR", **cells}))}


def references_that_break(name: str) -> set[int]:
    found = defaultdict(set)
    recipe_columns = ("sulfide", "method", "binder", "template", "solvent", "sulfide_family")
    for row in PRINTED:
        for rule in broken_rules(Formulation(**{column: row[column] for column in recipe_columns})):
            found[rule.name].add(row["reference"])
    return found[name]


@pytest.mark.parametrize("name", [rule.name for rule in rules() if rule.column == "solvent"])
def test_the_exceptions_of_a_solvent_rule_are_the_printed_membranes_that_break_it(name: str) -> None:
    assert set(BY_NAME[name].published_exceptions) == references_that_break(name)


def test_the_exceptions_of_the_ptfe_rule_are_the_printed_ptfe_membranes_that_met_bare_lithium() -> None:
    met_lithium = {row["reference"] for row in PRINTED if row["anode"] == "Li"}
    assert set(BY_NAME["ptfe-lithium"].published_exceptions) == references_that_break("ptfe-lithium") & met_lithium


def test_no_exception_is_named_twice_and_all_stand_in_the_bibliography() -> None:
    known = set(literature().references.index)
    for rule in rules():
        assert len(set(rule.published_exceptions)) == len(rule.published_exceptions)
        assert set(rule.published_exceptions) <= known


@pytest.mark.parametrize(
    ("donor_number", "names"),
    [
        (9.0, set()),
        (9.01, {"donor-number-caution"}),
        (14.0, {"donor-number-caution"}),
        (14.01, {"donor-number-decomposes"}),
    ],
)
def test_the_limits_of_the_donor_number_are_9_and_14_and_belong_to_the_milder_side(
    donor_number: float, names: set[str]
) -> None:
    assert broken(method="slurry", solvent="something new", donor_number_kcal_mol=donor_number) == names


def test_a_solvent_never_breaks_both_rules_of_the_donor_number() -> None:
    both = {"donor-number-decomposes", "donor-number-caution"}
    assert not [name for name in catalogue().solvents if both <= broken(method="slurry", solvent=name)]


def test_one_bad_solvent_spoils_a_mixture() -> None:
    assert broken(method="slurry", solvent="toluene") == set()
    assert broken(method="slurry", solvent="toluene + acetonitrile (99:1)") == broken(
        method="slurry", solvent="acetonitrile"
    )


def test_a_synonym_breaks_what_its_name_breaks() -> None:
    assert broken(method="slurry", solvent="MeCN") == {"donor-number-decomposes", "tan-yellow", "tan-xrd"}
    assert broken(method="dry", binder="Teflon") == {"ptfe-lithium"}


@pytest.mark.parametrize("solvent", ["ethanol", "methanol", "water", "isopropanol", "N-methylformamide"])
def test_donors_of_hydrogen_bonds_dissolve_the_sulfide(solvent: str) -> None:
    assert "dissolves-sulfide" in broken(method="slurry", solvent=solvent)


def test_without_solvent_and_ptfe_nothing_is_broken() -> None:
    assert broken(method="dry") == set()
    assert broken(method="skeleton", template="PI", binder=None) == set()


def test_every_name_that_a_rule_lists_is_a_name_of_the_catalogue() -> None:
    known = catalogue()
    for rule in rules():
        if rule.test == "name_is":
            names = known.binders if rule.column == "binder" else known.solvents
            assert set(rule.value.split("|")) <= set(names)


def test_a_rule_has_its_source_its_material_and_its_exceptions() -> None:
    rule = BY_NAME["tan-yellow"]
    assert (rule.test_material, rule.citation[:10], rule.published_exceptions) == ("Li7P3S11", "Tan et al.", (31, 40))
    assert BY_NAME["tan-severe"].published_exceptions == ()
