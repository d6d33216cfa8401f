"""A sulfide is its composition and its state, however both are written; what is no sulfide is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compositions import charge_imbalance, glass_form, normal_form
from spcse_ml.chemistry.formulas import read_composition
from spcse_ml.chemistry.recipes import canonical
from spcse_ml.chemistry.sulfide_families import RULES, families_of
from spcse_ml.data.validation import formulation
from spcse_ml.errors import InputError
from spcse_ml.schema import SULFIDE_FAMILIES


def codes(name: str, family: str | None = None) -> list[str]:
    with pytest.raises(InputError) as refused:
        catalogue().sulfide(name, family)
    return [fault.code for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("spellings", "name", "family"),
    [
        (("Li5.3PS4.3Cl1.7", "Li21.2P4S17.2Cl6.8", "Cl1.70S4.3P1.0Li5.30", "Li₅.₃PS₄.₃Cl₁.₇"), "Li5.3PS4.3Cl1.7",
         "argyrodite"),
        (("Li6P(S4.9Se0.1)Br", "Li24P4S19.6Se0.4Br4", "Li6P[S4.9Se0.1]Br"), "Li6PS4.9Se0.1Br", "argyrodite"),
        (("Li6.6P0.4Ge0.6S5I", "Li6.6Ge0.6P0.4IS5"), "Li6.6Ge0.6P0.4S5I", "argyrodite"),
        (("Li5PS4(BH4)2", "Li20P4S16B8H32"), "Li5PS4(BH4)2", "argyrodite"),
        (("Li10.5(Sn0.2Si0.8)1.5P1.5S12", "Li21Sn0.6Si2.4P3S24"), "Li3.5Si0.4Sn0.1P0.5S4", "LGPS"),
        (("Li9.8Ba0.1GeP2S12",), "Li9.8Ba0.1GeP2S12", "LGPS"),
        (("Li4GeS4", "Li16Ge4S16"), "Li4GeS4", "thio-LISICON"),
        (("Li4.2Si0.8Al0.2S4",), "Li4.2Al0.2Si0.8S4", "thio-LISICON"),
        (("Li2SnS3",), "Li2SnS3", "other"),
        (("Li4P2S6",), "Li2PS3", "other"),
        (("77.5Li2S-22.5P2S5", "77.5Li2S–22.5P2S5", "(Li2S)0.775(P2S5)0.225", "31Li2S·9P2S5",
          "Li2S-P2S5 (77.5:22.5)", "77.5Li2S-22.5P2S5 (mol%)", "77.5Li2S-22.5P2S5 glass"),
         "77.5Li2S-22.5P2S5", "glass"),
        (("80(75Li2S-25P2S5)-20LiI", "20LiI-80(0.75Li2S-0.25P2S5)"), "Li3.5PS4I0.5 glass", "glass"),
        (("Li3PS4 glass-ceramic", "75Li2S-25P2S5 glass ceramic", "(Li2S)3(P2S5)1 gc"), "75Li2S-25P2S5 glass-ceramic",
         "glass-ceramic"),
        (("70Li2S-30P2S5 glass", "glassy Li7P3S11", "amorphous Li7P3S11"), "70Li2S-30P2S5 glass", "glass"),
        (("γ-Li3PS4", "gamma-Li3PS4"), "γ-Li3PS4", "thio-LISICON"),
        (("Li6PS5Cl (glass)", "glassy Li6PS5Cl", "LPSCl glass"), "Li6PS5Cl glass", "glass"),
        (("95Li6PS5Cl-5LiI",), "Li6.053PS5ClI0.053", "argyrodite"),
        (("Li3BS3",), "Li3BS3", "other"),
    ],
)  # fmt: skip
def test_every_spelling_of_a_composition_in_a_state_has_one_name(
    spellings: tuple[str, ...], name: str, family: str
) -> None:
    assert {(s.name, s.family) for s in map(catalogue().sulfide, spellings)} == {(name, family)}
    assert (catalogue().sulfide(name).name, catalogue().sulfide(name).family) == (name, family)


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("Li3PS4 glass", "75Li2S-25P2S5"), ("glassy Li3PS4", "75Li2S-25P2S5"), ("Li3PS4 (amorphous)", "75Li2S-25P2S5"),
        ("75Li2S-25P2S5 glass", "75Li2S-25P2S5"), ("β-Li3PS4", "Li3PS4"), ("β‐Li3PS4", "Li3PS4"),
        ("crystalline Li3PS4", "Li3PS4"), ("Li7P3S11 glass-ceramic", "Li7P3S11"), ("Li7P3S11 gc", "Li7P3S11"),
        ("70Li2S-30P2S5 glass-ceramic", "70Li2S-30P2S5"), ("crystalline Li7P3S11", "Li7P3S11"),
        ("argyrodite Li6PS5Cl", "Li6PS5Cl"), ("Li6PS5Cl (LPSCl)", "Li6PS5Cl"), ("NEI Li6PS5Cl", "Li6PS5Cl"),
        ("Li6PS5Br, D50 = 3 µm", "Li6PS5Br"), ("Li5Ge0.5PS6", "Li10GeP2S12"),
        ("Li10Si.3PS6.7Cl1.8", "Li10Si0.3PS6.7Cl1.8"),
        ("(75Li2S-25P2S5)", "75Li2S-25P2S5"), ("2Li3PS4·LiI", "Li7P2S8I"),
        ("Li$_6$PS$_5$Cl", "Li6PS5Cl"),
        ("100(75Li2S-25P2S5)", "75Li2S-25P2S5"),
        ("(75Li2S-25P2S5) mol%", "75Li2S-25P2S5"),
        ("Li_{5.5}PS_{4.5}Cl_{1.5}", "Li5.5PS4.5Cl1.5"), ("Li3PS4 (beta)", "Li3PS4"), ("Li6 P S5 Cl", "Li6PS5Cl"),
        ("Beta Li3PS4", "Li3PS4"), ("(β)-Li3PS4", "Li3PS4"),
        ("β-Li3PS4 crystalline", "Li3PS4"), ("LPS glass", "75Li2S-25P2S5"),
    ],
)  # fmt: skip
def test_a_listed_sulfide_is_known_by_composition_and_state(written: str, listed: str) -> None:
    assert catalogue().sulfide(written) == catalogue().sulfides[listed]


IMPOSSIBLE = [
    "Li2S", "Li2SO4", "Li3PO4", "LiTiS2", "LiFeS2", "LiNaS", "Li7La3Zr2O12", "LiPON",
    "Li3InCl6", "Na3PS4", "P2S5", "H2O", "Li6PO5Cl",
    "Li6PS5", "Li6PSCl5", "Li20PS5Cl", "LiPS20", "Li3PS", "Li10GeP2S24", "Li2S-P2S5", "LiGa2GeS6", "Li3SCl", "Fe2S3",
    "Li6PS5Xx", "Li2CO3", "PbS",
]  # fmt: skip


@pytest.mark.parametrize("formula", IMPOSSIBLE)
def test_a_formula_that_is_no_sulfide_or_cannot_be_is_refused_with_a_family_too_if_it_is_a_formula(
    formula: str,
) -> None:
    assert codes(formula)
    if formula not in {"Li6PS5Xx", "Li2CO3"}:  # names as far as anybody can tell
        assert set(codes(formula, "argyrodite")) <= {
            "not-a-lithium-sulfide", "no-network-former", "charge-not-balanced", "ambiguous-name",
            "unknown-name-or-class",
        }  # fmt: skip


@pytest.mark.parametrize(
    "written",
    [
        "Li6PS5Cl (LiNbO3)", "Li6PS5Cl (LiCl)", "Li6PS5Cl(LiI)", "Li3PS4 LiI", "Li6PS5Cl:Li3PS4 1:1",
        "50Li6PS5Cl-50Li3PS4", "Li6PS5Cl-Al2O3 (9:1)", "95Li6PS5Cl-5Li7La3Zr2O12", "3Li2S-P2S5 (75:25)",
        "75Li2S-25P2S5 (70:30)", "(3Li2S)0.8(P2S5)0.2", "75Li2S-P2S5", "Li2S-25P2S5", "75Li2S-25P2S5-LiI",
        "Li7P3S11.1LiI", "Li10GeP2S12.1Li2S", "Li9.54Si0.51.74P1.44S11.7Cl0.3", "Li5.5PS4.5Cl1.5²", "75Li2S-2²5P2S5",
        "80(75Li2S-25P2S5 glass)-20LiI", "(Li2S)3P2S5", "Li6PS5Cl·H2O", "Li6PS5CI", "Li5,4PS4,4Cl1,6",
    ],
)  # fmt: skip
@pytest.mark.parametrize("family", [None, "argyrodite"])
def test_what_stands_beside_a_formula_is_not_read_into_it(written: str, family: str | None) -> None:
    assert codes(written, family)


def test_cell_contents_have_the_family_of_their_formula_whatever_floats_do() -> None:
    families = {
        catalogue().sulfide(text).family for text in ("Li3.2Ge0.2P0.8S4", "Li76.8Ge4.8P19.2S96", "Li9.6Ge0.6P2.4S12")
    }
    assert families == {"LGPS"}


def test_lps_alone_is_asked_about_and_a_family_tells_which_if_one_has_it() -> None:
    with pytest.raises(InputError) as refused:
        catalogue().sulfide("LPS")
    (fault,) = refused.value.faults
    assert fault.code == "ambiguous-name"
    assert {"75Li2S-25P2S5", "Li3PS4", "Li7P3S11"} <= set(fault.values["choices"].split(", "))
    assert catalogue().sulfide("LPS", "thio-LISICON").name == "Li3PS4"
    assert codes("LPS", "glass-ceramic") == ["ambiguous-name"]


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Li10GeP2S12", "argyrodite"), ("LPSCl", "LGPS"), ("Li5.3PS4.3Cl1.7", "thio-LISICON"),
        ("Li4GeS4", "argyrodite"), ("75Li2S-25P2S5", "argyrodite"), ("Li6PS5Cl glass", "glass-ceramic"),
    ],
)  # fmt: skip
def test_a_family_that_the_composition_cannot_have_is_refused(name: str, family: str) -> None:
    assert codes(name, family) == ["contradicts-composition"]


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("LPSCl", "argyrodite"), ("Li3.4Si0.4P0.6S4", "thio-LISICON"), ("Li3.4Si0.4P0.6S4", "LGPS"),
        ("Li2SiS3", "thio-LISICON"),
    ],
)  # fmt: skip
def test_a_family_that_it_can_have_is_taken(name: str, family: str) -> None:
    assert (catalogue().sulfide(name, family).family, catalogue().sulfide(name, family).family_kind) == (
        family,
        "given",
    )


@pytest.mark.parametrize(
    ("formula", "families"),
    [
        ("Li3.4Ge0.4P0.6S4", ("LGPS", "thio-LISICON")), ("Li3.8Ge0.8P0.2S4", ("thio-LISICON",)),
        ("Li7P3S11", ("glass-ceramic",)), ("Li9.54Si1.74P1.44S11.7Cl0.3", ("LGPS",)), ("Li7PS6", ("argyrodite",)),
        ("Li5AlS4", ("thio-LISICON",)), ("Li3SbS4", ("thio-LISICON",)), ("Li4PS4I", ("other",)),
        ("Li5.4Al0.2PS5Br", ("argyrodite",)), ("LiZnPS4", ("other",)), ("Li9.6P3S12", ("LGPS", "thio-LISICON")),
    ],
)  # fmt: skip
def test_families_follow_from_the_rules(formula: str, families: tuple[str, ...]) -> None:
    assert families_of(read_composition(formula)) == families


def test_a_state_given_as_a_family_makes_the_sulfide_of_that_state() -> None:
    for name, family, same in (
        ("LPSCl", "glass", "Li6PS5Cl glass"), ("Li3PS4", "glass", "Li3PS4 glass"),
        ("75Li2S-25P2S5", "glass-ceramic", "75Li2S-25P2S5 glass-ceramic"),
    ):  # fmt: skip
        assert catalogue().sulfide(name, family).name == catalogue().sulfide(same).name


def test_a_family_told_by_the_name_is_the_one_that_is_predicted() -> None:
    cells = {"method": "dry", "binder": "PTFE"}
    read = formulation(sulfide="Li3.4Ge0.4P0.6S4 thio-LISICON", **cells)
    assert (read.sulfide, read.sulfide_family) == ("Li3.4Ge0.4P0.6S4", "thio-LISICON")
    assert formulation(sulfide="argyrodite LPSCl", **cells).sulfide_family is None


@pytest.mark.parametrize("name", ["γ-Li3PS4 glass", "beta-Li3PS4 gc"])
def test_a_polymorph_of_a_glass_is_refused(name: str) -> None:
    assert codes(name)


@pytest.mark.parametrize(
    "cells",
    [
        {"sulfide": "glassy Li6PS5Cl", "binder": "Kynar 761"}, {"sulfide": "gamma Li3PS4", "binder": "NBR (ACN 34 %)"},
        {"sulfide": "Li5.3PS4.3Cl1.7, NEI", "binder": "PEO (Mw 600,000)"}, {"sulfide": "77.5Li2S–22.5P2S5"},
        {"sulfide": "70Li2S-30P2S5 glass"}, {"sulfide": "LPSCl", "sulfide_family": "glass"},
        {"sulfide": "Li3.4Ge0.4P0.6S4 thio-LISICON"}, {"solvent": "toluene/1,3-dioxolane/ethanol 2:6:4 w/w"},
        {"solvent": "DBM/HB 1:2 v/v"}, {"solvent": "anhydrous toluene"},
        {"binder": "my rubber", "binder_class": "nitrile rubber"},
    ],
)  # fmt: skip
def test_a_recipe_with_catalogue_names_is_read_as_it_is(cells: dict[str, str]) -> None:
    slurry = {"sulfide": "LPSCl", "method": "slurry", "binder": "NBR", "solvent": "toluene"}
    once = formulation(**{**slurry, **cells})
    assert canonical(once) == once
    assert formulation(**once.model_dump(exclude_none=True)) == once


def test_every_family_of_the_catalogue_is_one_that_its_composition_can_have() -> None:
    unlike = {s.name for s in catalogue().sulfides.values() if s.name != "Li10Si0.3PS6.7Cl1.8"
              and s.family not in {*families_of(read_composition(s.name)), "glass", "glass-ceramic"}}  # fmt: skip
    assert unlike == set()
    assert {*RULES, "glass", "other"} == set(SULFIDE_FAMILIES)


@given(x=st.integers(1, 200), z=st.integers(1, 6), halide=st.sampled_from(["Cl", "Br", "I"]))
def test_the_normal_form_is_the_same_for_cell_contents_and_reads_as_itself(x: int, z: int, halide: str) -> None:
    amounts = {"Li": 7 - x / 100, "P": 1.0, "S": 6 - x / 100, halide: x / 100}
    formula = "".join(f"{element}{amount:g}" for element, amount in amounts.items())
    cell = "".join(f"{element}{z * amount:g}" for element, amount in reversed(amounts.items()))
    name = normal_form(read_composition(formula))
    assert normal_form(read_composition(cell)) == name == normal_form(read_composition(name))
    assert catalogue().sulfide(cell).name == catalogue().sulfide(formula).name


@given(
    formers=st.dictionaries(st.sampled_from(["Si", "Ge", "Sn", "P", "Sb", "Al"]), st.integers(1, 300), min_size=1),
    lithium=st.integers(1, 900), sulfur=st.integers(1, 900), chlorine=st.integers(0, 200),
)  # fmt: skip
def test_the_normal_form_of_any_composition_reads_as_itself(
    formers: dict[str, int], lithium: int, sulfur: int, chlorine: int
) -> None:
    amounts = {"Li": lithium, **formers, "S": sulfur, "Cl": chlorine}
    name = normal_form({element: amount / 100 for element, amount in amounts.items() if amount})
    assert normal_form(read_composition(name)) == name


@given(tenths=st.integers(400, 900))
def test_a_glass_is_named_by_its_mixture_from_either_way_to_write_it(tenths: int) -> None:
    mixture = f"{tenths / 10:g}Li2S-{100 - tenths / 10:g}P2S5"
    assert glass_form(read_composition(mixture)) == mixture


@pytest.mark.parametrize(
    ("formula", "imbalance"),
    [("Li6PS5Cl", 0), ("Li3SbS3", 0), ("Li3SbS4", 0), ("Li4P2S6", 0), ("Li9.6P3S12", 0.025), ("Li6PS5", 0.1)],
)
def test_charges_balance_for_one_set_of_states(formula: str, imbalance: float) -> None:
    assert charge_imbalance(read_composition(formula)) == pytest.approx(imbalance, abs=1e-9)
