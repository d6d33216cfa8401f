"""Formulas are read as written, glasses per mole of their mixture, and families follow from them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compositions import HALIDES, OXIDATION_STATES, is_same, net_charge
from spcse_ml.chemistry.formulas import is_mixture, read_composition
from spcse_ml.chemistry.sulfide_families import families_of
from spcse_ml.data.validation import formulation
from spcse_ml.errors import InputError
from tests.refusals import refused

amounts = st.one_of(st.integers(1, 99).map(str), st.decimals("0.01", "30", places=2).map(str))
formulas = st.dictionaries(st.sampled_from(sorted(OXIDATION_STATES)), amounts, min_size=1, max_size=10)
shares = st.integers(1, 99)


@given(parts=formulas)
def test_every_amount_that_is_written_is_read_back(parts: dict[str, str]) -> None:
    text = "".join(element + amount for element, amount in parts.items())
    assert read_composition(text) == {element: float(amount) for element, amount in parts.items()}


@given(parts=formulas)
def test_an_amount_of_one_may_be_left_out(parts: dict[str, str]) -> None:
    text = "".join(element + ("" if amount == "1" else amount) for element, amount in parts.items())
    assert read_composition(text)[next(iter(parts))] == float(next(iter(parts.values())))
    assert set(read_composition("".join(parts)).values()) == {1.0}


@pytest.mark.parametrize("joint", ["-", "·"])
@pytest.mark.parametrize(
    ("glass", "amounts_per_mole"),
    [
        ("75Li2S-25P2S5", {"Li": 1.5, "P": 0.5, "S": 2.0}),
        ("70Li2S-30P2S5", {"Li": 1.4, "P": 0.6, "S": 2.2}),
        ("78Li2S-22P2S5", {"Li": 1.56, "P": 0.44, "S": 1.88}),
    ],
)
def test_a_glass_counts_per_mole_of_its_mixture(joint: str, glass: str, amounts_per_mole: dict[str, float]) -> None:
    assert read_composition(glass.replace("-", joint)) == pytest.approx(amounts_per_mole)


@given(first=shares, second=shares, times=st.integers(2, 9))
def test_only_the_ratio_of_a_glass_matters_and_every_such_glass_is_neutral(first: int, second: int, times: int) -> None:
    read = read_composition(f"{first}Li2S-{second}P2S5")
    assert read == pytest.approx(read_composition(f"{times * first}Li2S-{times * second}P2S5"))
    assert net_charge(read) == pytest.approx(0, abs=1e-8)
    assert read["Li"] / 2 + read["P"] / 2 == pytest.approx(1)


def test_the_glass_of_75_to_25_is_li3ps4() -> None:
    glass, crystal = read_composition("75Li2S-25P2S5"), read_composition("Li3PS4")
    assert {element: amount / glass["P"] for element, amount in glass.items()} == pytest.approx(crystal)


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "Li2S-", "li2s", "Li6.PS5", "0Li2S-25P2S5", "1e5Li", "Li-2", "Li" * 101, "Li2S-P2S5", "Li[6]PS4)",
        "Li2S@2", "75Li2S-25P2S5-",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        read_composition(text)
    assert [(fault.code, fault.column) for fault in refused.value.faults] == [("not-a-formula", "sulfide")]


def test_an_element_of_unknown_charge_is_named() -> None:
    with pytest.raises(InputError) as refused:
        read_composition("Li2Xx3Qq")
    assert [(fault.code, fault.values["elements"]) for fault in refused.value.faults] == [("unknown-element", "Qq, Xx")]


@given(text=st.text(max_size=30))
def test_any_text_is_read_or_refused_and_never_crashes(text: str) -> None:
    try:
        read = read_composition(text)
    except InputError as error:
        assert error.faults[0].code in {"not-a-formula", "unknown-element"}  # noqa: PT017 - either way is right
    else:
        assert all(math.isfinite(amount) for amount in read.values())


def test_charges_add_up() -> None:
    assert net_charge(read_composition("Li10Si0.3PS6.7Cl1.8")) == pytest.approx(1.0)
    assert net_charge(read_composition("Li9.88GeP1.96Sb0.04S11.88Cl0.12")) == pytest.approx(0, abs=1e-8)


@given(x=st.decimals("0.01", "2", places=2), halide=st.sampled_from(HALIDES))
def test_every_member_of_the_argyrodite_series_is_recognised_and_neutral(x: float, halide: str) -> None:
    read = read_composition(f"Li{7 - x}PS{6 - x}{halide}{x}")
    assert families_of(read) == ("argyrodite",)
    assert net_charge(read) == pytest.approx(0, abs=1e-8)


def test_li53ps43cl17_and_mixed_halides_are_argyrodites() -> None:
    assert families_of(read_composition("Li5.3PS4.3Cl1.7")) == ("argyrodite",)
    assert families_of(read_composition("Li5.6PS4.6Cl1.0Br0.4")) == ("argyrodite",)


@pytest.mark.parametrize(
    "text",
    ["Li4PS3Cl3", "Li4PS4Cl", "Li3PS4", "Na6PS5Cl", "Li3PS5Cl", "Li7P2S8I", "Li2SnS3"],
)
def test_what_leaves_the_series_is_no_argyrodite(text: str) -> None:
    assert "argyrodite" not in families_of(read_composition(text))


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("Li6P1S5Cl1", "Li6PS5Cl"), ("Li6.0PS5.0Cl1.0", "Li6PS5Cl"), ("ClLi6PS5", "Li6PS5Cl"),
        ("Li24P4S20Cl4", "Li6PS5Cl"), ("Li24.0P4.0S20.0Cl4.0", "Li6PS5Cl"), ("Li12P4S16", "Li3PS4"),
        ("Li\u2086PS\u2085Cl", "Li6PS5Cl"), ("75Li2S\u201325P2S5", "75Li2S-25P2S5"),
        ("75Li2S\u221925P2S5", "75Li2S-25P2S5"), ("25P2S5-75Li2S", "75Li2S-25P2S5"),
        ("0.75Li2S-0.25P2S5", "75Li2S-25P2S5"), ("(Li2S)0.7 (P2S5)0.3", "70Li2S-30P2S5"),
        ("\u03b2\u2010Li3PS4", "Li3PS4"),
    ],
)  # fmt: skip
def test_a_sulfide_is_its_composition_however_it_is_written(written: str, listed: str) -> None:
    assert catalogue().sulfide(written).name == listed
    recipe = formulation(sulfide=written, method="dry", binder="PTFE", binder_wt_percent=0.5)
    assert recipe == formulation(sulfide=listed, method="dry", binder="PTFE", binder_wt_percent=0.5)


def test_a_glass_and_the_crystal_of_its_elements_are_two() -> None:
    for glass, crystal in (("75Li2S-25P2S5", "Li3PS4"), ("70Li2S-30P2S5", "Li7P3S11")):
        assert is_same(read_composition(glass), read_composition(crystal))
        assert (is_mixture(glass), is_mixture(crystal)) == (True, False)
        assert catalogue().sulfide(glass) != catalogue().sulfide(crystal)


@pytest.mark.parametrize("text", ["Li0", "Li0P0S0", "0Li2S-0P2S5", "(Li2S)0.7(P2S5)", "Li6PS5Cl)", "()0.5"])
def test_what_holds_nothing_or_is_half_written_is_no_formula(text: str) -> None:
    with refused("not-a-formula"):
        read_composition(text)
