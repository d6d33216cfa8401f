import csv
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compatibility import broken_rules, rules
from spcse_ml.chemistry.compositions import net_charge
from spcse_ml.chemistry.formulas import read_composition
from spcse_ml.chemistry.substances import ANNOTATORS, label_table
from spcse_ml.chemistry.sulfide_families import families_of
from spcse_ml.chemistry.transport import areal_resistance_ohm_cm2, conductivity_ms_cm
from spcse_ml.data.literature import literature
from spcse_ml.errors import InputError, UnknownNameError
from spcse_ml.schema import BINDER_CLASSES, SULFIDE_FAMILIES, Formulation
from spcse_ml.tables import released

KINDS = {"published", "analogue", "convention", "estimate", "computed", "uncited_dictionary"}


def rows(name: str) -> list[dict[str, str]]:
    with released("data", "catalogue", name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["sulfides.csv", "polymers.csv", "solvents.csv"])
def test_every_figure_stands_beside_its_source_and_kind(name: str) -> None:
    for row in rows(name):
        for column in [column for column in row if column.endswith("_kind") and column != "family_kind"]:
            assert row[column] in KINDS, (row["name"], column)
            assert row[column.replace("_kind", "_source")], (row["name"], column)


def test_the_catalogue_holds_what_was_promised() -> None:
    known = catalogue()
    assert len(known.binders) >= 40
    assert len(known.solvents) >= 60
    assert {"Li6PS5Br", "Li6PS5I", "Li5.5PS4.5Cl1.5", "Li10SnP2S12", "Li7P2S8I", "Li4SnS4"} <= set(known.sulfides)
    for name in ("HNBR", "SIS", "BR", "EPDM", "PIB", "PVB", "PCL", "TPU", "CMC", "PAA", "PVP", "PVDF-HFP", "EMA"):
        assert known.binder(name).name == name
    for name in ("DEC", "2-MeTHF", "diglyme", "propionitrile", "decalin", "cumene", "IPA", "NMF", "DMSO"):
        assert known.mixture(name).solvents
    for name in ("PET", "PP", "PAN", "PVDF", "aramid nanofibre", "glass fibre", "ePTFE"):
        assert known.template(name)


@pytest.mark.parametrize("kind", ["sulfides", "binders", "templates", "solvents", "salts"])
def test_no_name_or_synonym_belongs_to_two(kind: str) -> None:
    entries = getattr(catalogue(), kind).values()
    names = Counter(
        key for entry in entries for key in {re.sub(r"\s", "", n).casefold() for n in (entry.name, *entry.synonyms)}
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_labels_are_values_of_the_codebook_and_complete() -> None:
    book = released("data", "catalogue", "codebook.md").read_text(encoding="utf-8")
    for kind in ("polymers", "solvents", "templates"):
        tables = [label_table(kind, annotator) for annotator in ANNOTATORS]
        assert set(tables[0]) == set(tables[1]) == set(tables[2])
        for label in {label for table in tables for labels in table.values() for label in labels.values()}:
            assert label in {"yes", "no"} or label in book
    assert {polymer.chemical_class for polymer in catalogue().binders.values()} <= set(BINDER_CLASSES)
    assert {sulfide.family for sulfide in catalogue().sulfides.values()} <= set(SULFIDE_FAMILIES)


def test_a_label_in_force_is_the_one_most_annotators_gave() -> None:
    votes = [label_table("polymers", annotator)["EPDM"]["chemical_class"] for annotator in ANNOTATORS]
    assert sorted(votes) == ["saturated hydrocarbon", "unsaturated hydrocarbon", "unsaturated hydrocarbon"]
    assert catalogue().binder("EPDM").chemical_class == "unsaturated hydrocarbon"
    assert catalogue(("c",)).binder("EPDM").chemical_class == "saturated hydrocarbon"


def test_a_mixture_is_read_with_its_ratio_and_its_strongest_donor() -> None:
    mixture = catalogue().mixture("DBM + HB (2:8)")
    assert mixture.shares == pytest.approx((0.2, 0.8))
    assert mixture.donor_number_kcal_mol == max(s.donor_number_kcal_mol for s in mixture.solvents) == 16.8
    assert catalogue().mixture("DBM + HB").shares is None


def test_the_parts_of_a_mixture_are_the_same_in_any_order() -> None:
    assert catalogue().mixture("HB + DBM (8:2)").parts == catalogue().mixture("DBM + HB").parts


def test_an_unlisted_solvent_may_have_a_comma_in_its_name_and_its_figure_is_given() -> None:
    (solvent,) = catalogue().mixture("1,2-dimethoxyfoo", 12).solvents
    assert (solvent.donor_number_kcal_mol, solvent.donor_number_kind) == (12, "given")
    assert catalogue().mixture("toluene", 3).solvents[0].donor_number_kind == "given"


@pytest.mark.parametrize("text", ["toluene/foo 1:1", "toluene & foo", "toluene, foo", "toluene + foo"])
def test_a_mixture_in_another_spelling_is_told_how_to_write_it(text: str) -> None:
    with pytest.raises(InputError) as refused:
        catalogue().mixture(text, 12)
    assert [fault.code for fault in refused.value.faults] == ["unknown-name-in-mixture"]


def test_the_density_of_a_class_is_an_estimate_with_its_source() -> None:
    told = catalogue().binder("my rubber", "nitrile rubber")
    assert (told.density_kind, "nitrile rubber" in told.density_source) == ("estimate", True)


def test_a_donor_number_of_a_mixture_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        catalogue().mixture("DBM + HB", 12)
    (fault,) = refused.value.faults
    assert (fault.code, fault.column, fault.given) == ("donor-number-of-mixture", "donor_number_kcal_mol", "12")


def test_an_unknown_name_comes_with_the_nearest_known_ones() -> None:
    with pytest.raises(UnknownNameError) as refused:
        catalogue().binder("ethil cellulose")
    (fault,) = refused.value.faults
    assert (fault.code, fault.given) == ("unknown-name-or-class", "ethil cellulose")
    assert fault.values == {"suggestions": "ethyl cellulose", "instead": "binder_class"}


@pytest.mark.parametrize(
    ("column", "typed", "first"),
    [
        ("sulfide", "LPSCI", "Li6PS5Cl"),
        ("sulfide", "Li6PS5CI", "Li6PS5Cl"),
        ("sulfide", "LGSP", "Li10GeP2S12"),
        ("solvent", "tolune", "toluene"),
        ("solvent", "IBIIB", "isobutyl isobutyrate"),
        ("binder", "PTFEE", "PTFE"),
        ("lithium_salt", "LiTSFI", "LiTFSI"),
    ],
)
def test_the_name_that_was_meant_is_suggested_first(column: str, typed: str, first: str) -> None:
    with pytest.raises(UnknownNameError) as refused:
        catalogue().names[column].find(typed)
    assert refused.value.faults[0].values["suggestions"].split(", ")[0] == first


def test_where_no_name_is_near_every_name_is_suggested() -> None:
    with pytest.raises(UnknownNameError) as refused:
        catalogue().template("qqq")
    assert refused.value.faults[0].allowed == ", ".join(catalogue().templates)


def test_published_exceptions_are_the_references_whose_printed_recipe_breaks_the_rule() -> None:
    found: dict[str, set[int]] = {rule.name: set() for rule in rules()}
    for row in literature().rows.to_dict("records"):
        names = {name: row[name] for name in ("sulfide", "method", "binder", "template", "solvent")}
        for rule in broken_rules(Formulation(**names)):
            found[rule.name].add(row["reference"])
    for rule in rules():
        if rule.column == "solvent":
            assert set(rule.published_exceptions) == found[rule.name], rule.name
        else:
            assert set(rule.published_exceptions) <= found[rule.name]


def test_a_mild_recipe_breaks_no_rule_and_each_rule_cites_a_source() -> None:
    mild = Formulation(sulfide="Li6PS5Cl", method="slurry", binder="SBR", solvent="toluene")
    assert broken_rules(mild) == ()
    assert all(rule.citation and rule.test_material for rule in rules())


amounts = st.integers(1, 120).map(lambda tenth: tenth / 10)


@given(parts=st.dictionaries(st.sampled_from(["Li", "P", "S", "Cl", "Ge", "Si", "Br", "I"]), amounts, min_size=1))
def test_a_composition_written_out_is_read_back(parts: dict[str, float]) -> None:
    assert read_composition("".join(f"{element}{amount:g}" for element, amount in parts.items())) == pytest.approx(
        parts
    )


@given(share=st.integers(1, 99))
def test_a_glass_is_the_mean_of_its_parts_and_neutral(share: int) -> None:
    glass = read_composition(f"{share}Li2S-{100 - share}P2S5")
    assert glass["Li"] == pytest.approx(2 * share / 100)
    assert glass["S"] == pytest.approx((share + 5 * (100 - share)) / 100)
    assert net_charge(glass) == pytest.approx(0)


@given(tenths=st.integers(1, 20))
def test_every_member_of_the_argyrodite_series_is_recognised_and_neutral(tenths: int) -> None:
    x = tenths / 10
    member = read_composition(f"Li{7 - x:g}PS{6 - x:g}Cl{x:g}")
    assert families_of(member) == ("argyrodite",)
    assert net_charge(member) == pytest.approx(0)


@pytest.mark.parametrize("text", ["", "PTFE-", "li6ps5cl", "Li6PS5Xx", "Li-6", "1e5", "=1+1", "L" * 300])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        read_composition(text)
    assert refused.value.faults[0].code in {"not-a-formula", "unknown-element"}


@given(thickness=st.floats(1, 1e3), resistance=st.floats(0.1, 1e4), area=st.floats(0.01, 100))
def test_areal_resistance_is_resistance_times_area(thickness: float, resistance: float, area: float) -> None:
    sigma = conductivity_ms_cm(thickness_um=thickness, resistance_ohm=resistance, area_cm2=area)
    assert areal_resistance_ohm_cm2(thickness_um=thickness, sigma_ms_cm=sigma) == pytest.approx(resistance * area)
