"""What a stated cell holds: by hand, by another way of reckoning, and as its parts change."""

import math
from pathlib import Path
from typing import Any

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.constants import Avogadro

from spcse_ml.cell.energy import FARADAY_MAH_MOL, Cell, energy, energy_against_thickness, membrane_density_g_cm3
from spcse_ml.cell.stated import REVIEWED, catalogue_cell, stated_cell
from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.errors import InputError
from spcse_ml.reports.messages.cell import cell_toml, source_text

CATHODES, ANODES = ("NCM811", "LCO", "S"), ("Li", "graphite", "Li-In", "silicon")
SULFIDE_G_CM3 = catalogue().sulfide("Li6PS5Cl").density_g_cm3
SIMPLE: dict[str, Any] = {
    "cathode": "X", "cathode_capacity_mah_g": 100, "cathode_voltage_v": 4, "cathode_density_g_cm3": 5,
    "cathode_has_lithium": True, "loading_mg_cm2": 10, "active_wt_percent": 100, "carbon_wt_percent": 0,
    "cathode_binder_wt_percent": 0, "cathode_sulfide": "Li6PS5Cl", "cathode_binder": "PTFE", "carbon_density_g_cm3": 2,
    "cathode_porosity_percent": 0, "anode": "Li", "anode_kind": "lithium metal", "anode_capacity_mah_g": 4000,
    "anode_density_g_cm3": 0.5, "anode_potential_v": 0, "n_to_p": 0, "cathode_foil_um": 0,
    "cathode_foil_density_g_cm3": 3, "anode_foil_um": 0, "anode_foil_density_g_cm3": 9, "thickness_um": 10,
    "sulfide": "Li6PS5Cl", "membrane_porosity_percent": 0,
}  # fmt: skip


def test_a_simple_cell_holds_what_it_holds_by_hand() -> None:
    found = energy(Cell(**SIMPLE))
    mass_mg = 10 + 10 * SULFIDE_G_CM3 / 10  # 10 mg of cathode; 10 um of sulfide on 1 cm2
    thickness_um = 20 + 10 + 5  # 10 mg at 5 g/cm3; the membrane; 0.25 mg of plated lithium at 0.5 g/cm3
    assert found.wh_kg == pytest.approx(4.0 / mass_mg * 1000)  # 1 mAh at 4 V
    assert found.wh_l == pytest.approx(4.0 / (thickness_um * 1e-4))
    assert (found.capacity_mah_cm2, found.voltage_v) == (1, 4)


@pytest.mark.parametrize(
    ("change", "wh_per_cell", "extra_mg", "extra_um"),
    [
        ({"n_to_p": 2}, 4, 0.5, 10),
        ({"anode_foil_um": 10, "foil_sides": 2}, 4, 4.5, 5),
        ({"anode_foil_um": 10, "foil_sides": 1}, 4, 9, 10),
        ({"cathode_porosity_percent": 50}, 4, 0, 20),
        ({"first_cycle_efficiency_percent": 80}, 3.2, 0, 0),
        ({"anode_kind": "host", "n_to_p": 2, "anode_swelling_percent": 100}, 4, 0.5, 15 - 5),
        ({"anode_kind": "host", "n_to_p": 1, "anode_active_wt_percent": 50}, 4, 0.5, 2.5 / SULFIDE_G_CM3),
        ({"packaging_factor": 0.5}, 2, 0, 0),
    ],
)  # fmt: skip
def test_what_is_added_weighs_and_fills_what_it_does_by_hand(
    change: dict[str, Any], wh_per_cell: float, extra_mg: float, extra_um: float
) -> None:
    found = energy(Cell(**SIMPLE | change))
    assert found.wh_kg == pytest.approx(1000 * wh_per_cell / (10 + SULFIDE_G_CM3 + extra_mg))
    assert found.wh_l == pytest.approx(1e4 * wh_per_cell / (35 + extra_um))


def test_lithium_is_weighed_in_the_anode_only_where_the_cathode_has_none() -> None:
    host = SIMPLE | {"anode_kind": "host", "n_to_p": 1}
    with_lithium, without = (energy(Cell(**host | {"cathode_has_lithium": has})) for has in (True, False))
    assert without.mass_mg_cm2 - with_lithium.mass_mg_cm2 == pytest.approx(6.94 / 26.8015, rel=1e-5)
    assert without.thickness_um == with_lithium.thickness_um


def test_another_reckoning_with_units_gives_the_same() -> None:
    cell = stated_cell("NCM811/graphite", thickness_um=40, binder="NBR", binder_wt_percent=3).cell
    unit = pint.UnitRegistry()
    area = 1 * unit.cm**2
    sulfide, nbr, ptfe = (d * unit.g / unit.cm**3 for d in (SULFIDE_G_CM3, 1.0, 2.18))
    gram_per_ml = unit.g / unit.cm**3
    active = cell.loading_mg_cm2 * unit.mg / unit.cm**2 * area
    charge = active * cell.cathode_capacity_mah_g * unit.mA * unit.hour / unit.g
    cathode = active / 0.8
    cathode_volume = (
        active / (cell.cathode_density_g_cm3 * gram_per_ml)
        + cathode * 0.175 / sulfide
        + cathode * 0.02 / (cell.carbon_density_g_cm3 * gram_per_ml)
        + cathode * 0.005 / ptfe
    ) / 0.9
    host = 1.1 * charge / (cell.anode_capacity_mah_g * unit.mA * unit.hour / unit.g)
    anode = host / 0.6
    anode_volume = (
        host / (cell.anode_density_g_cm3 * gram_per_ml) * (1 + 0.1 / 1.1) + anode * 0.4 / sulfide
    ) / 0.9  # swells by 10 % when full; at N/P 1.1 it is 1/1.1 full
    membrane_volume = 40 * unit.um * area
    membrane = membrane_volume * 0.95 / (0.97 / sulfide + 0.03 / nbr)
    foils = (8 * unit.um * area, 6 * unit.um * area)
    mass = cathode + anode + membrane + foils[0] * 2.70 * gram_per_ml + foils[1] * 8.96 * gram_per_ml
    volume = cathode_volume + anode_volume + membrane_volume + foils[0] + foils[1]
    held = charge * (3.8 - 0.17) * unit.volt
    found = energy(cell)
    assert found.wh_kg == pytest.approx((held / mass).to("watt_hour / kg").magnitude, rel=1e-9)
    assert found.wh_l == pytest.approx((held / volume).to("watt_hour / liter").magnitude, rel=1e-9)


@given(
    st.sampled_from(CATHODES), st.sampled_from(ANODES), st.floats(1, 500), st.floats(0, 60), st.floats(0.1, 50)
)  # fmt: skip
def test_a_budget_adds_up_and_a_thinner_membrane_is_worth_more(
    cathode: str, anode: str, thickness: float, porosity: float, binder: float
) -> None:
    cell = stated_cell(
        f"{cathode}/{anode}", thickness_um=thickness, membrane_porosity_percent=porosity, binder_wt_percent=binder
    ).cell
    found = energy(cell)
    membrane = [part for part in found.parts if part.layer == "membrane"]
    assert sum(part.thickness_um for part in membrane) == pytest.approx(thickness)
    assert sum(part.mass_mg_cm2 for part in membrane) == pytest.approx(thickness * membrane_density_g_cm3(cell) / 10)
    assert found.wh_kg * found.mass_mg_cm2 / 1000 == pytest.approx(found.capacity_mah_cm2 * found.voltage_v)
    assert all(part.mass_mg_cm2 >= 0 and part.thickness_um >= 0 for part in found.parts)
    thick, thin = (energy(cell.model_copy(update={"thickness_um": factor * thickness})) for factor in (1, 0.9))
    assert thin.wh_kg > thick.wh_kg
    assert thin.wh_l > thick.wh_l


def test_the_curve_is_the_energy_at_each_thickness() -> None:
    cell = stated_cell("S/Li").cell
    curve = energy_against_thickness(cell, [20, cell.thickness_um])
    assert curve.iloc[1].tolist() == [30, energy(cell).wh_kg, energy(cell).wh_l]
    assert curve["wh_kg"].is_monotonic_decreasing
    assert curve["wh_l"].is_monotonic_decreasing


def test_a_capacity_per_area_is_the_loading_that_gives_it() -> None:
    by_loading, by_capacity = stated_cell(loading_mg_cm2=25), stated_cell(areal_capacity_mah_cm2=5)
    assert energy(by_loading.cell).wh_kg == pytest.approx(energy(by_capacity.cell).wh_kg)


def test_computed_figures_are_what_faraday_and_the_lattice_give() -> None:
    def figure(base: str, column: str) -> float:
        assert catalogue_cell(base)[column].kind in {"computed", "review"}
        return float(catalogue_cell(base)[column].value)

    for anode, electrons, grams in (("graphite", 1, 6 * 12.011), ("Li-In", 1, 114.818), ("silicon", 15 / 4, 28.085)):
        expected = electrons * FARADAY_MAH_MOL / grams
        assert figure(f"LCO/{anode}", "anode_capacity_mah_g") == pytest.approx(expected, rel=5e-4)
    assert figure("LCO/Li", "anode_capacity_mah_g") == pytest.approx(FARADAY_MAH_MOL / 6.94, rel=1e-3)
    cell_cm3 = (2.82e-8) ** 2 * 14.05e-8 * math.sqrt(3) / 2
    assert figure("LCO/Li", "cathode_density_g_cm3") == pytest.approx(3 * 97.87 / Avogadro / cell_cm3, abs=0.005)


@pytest.mark.parametrize("base", [*(f"{one}/{two}" for one in CATHODES for two in ANODES), "LCO/anode-free"])
def test_every_figure_has_a_source_and_an_estimate_says_so(base: str) -> None:
    for one in stated_cell(base).assumptions:
        assert one.source
        assert one.kind in {
            "published", "computed", "analogue", "convention", "uncited_dictionary", "estimate", "review", "choice",
        }  # fmt: skip
        assert source_text(one).startswith("(estimate)") == (one.kind == "estimate")
        assert (one.kind == "estimate") or not one.source.startswith("no source")


@pytest.mark.parametrize("base", REVIEWED)
def test_a_cell_written_as_toml_is_read_back_with_its_sources(base: str, tmp_path: Path) -> None:
    stated = stated_cell(base, n_to_p=2, template="nylon", template_wt_percent=12)
    path = tmp_path / "cell.toml"
    path.write_text(cell_toml(stated), encoding="utf-8")
    assert stated_cell(None, path) == stated
    changed = stated_cell(None, path, thickness_um=17)
    assert changed.cell.thickness_um == 17
    assert {one.name: one.kind for one in changed.assumptions}["thickness_um"] == "given"


@pytest.mark.parametrize(
    ("base", "changes", "faults"),
    [
        ("NCM811/Li", {"thickness_um": "-3", "binder": "PTFEE"},
         [("out-of-bounds", "thickness_um"), ("unknown-name", "binder")]),
        ("NCM811/Li", {"active_wt_percent": 99}, [("cathode-not-100", "active_wt_percent")]),
        ("NCM811/Li", {"sulfide_wt_percent": 5}, [("cathode-not-100", "active_wt_percent")]),
        ("NCM811/Li", {"loading_mg_cm2": 2, "areal_capacity_mah_cm2": 5}, [("one-of-two", "loading_mg_cm2")]),
        ("NCM811/Li", {"binder": "none"}, [("part-and-content", "binder_wt_percent")]),
        ("NCM811/Li", {"template": "nylon", "template_wt_percent": 99.9},
         [("no-room-for-sulfide", "binder_wt_percent")]),
        ("NCM811/graphite", {"n_to_p": 0.5}, [("host-too-small", "n_to_p")]),
        ("S/anode-free", {}, [("too-little-lithium", "n_to_p")]),
        ("S/Li-In", {"cathode_voltage_v": 0.5}, [("no-voltage", "cathode_voltage_v")]),
        ("NCM811/Li", {"anode_kind": "sponge"}, [("not-a-choice", "anode_kind")]),
        ("NCM811/Li", {"colour": "red"}, [("unknown-key", "colour")]),
        ("NCM811/Li", {"cathode_sulfide": "LiCoO2"}, [("unknown-name", "cathode_sulfide")]),
        ("NCM811", {}, [("unknown-electrode", "cell")]),
        ("LNMO/Li", {}, [("unknown-electrode", "cell")]),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_is_refused_with_the_reason(
    base: str, changes: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    with pytest.raises(InputError) as refused:
        stated_cell(base, **changes)
    assert [(fault.code, fault.column) for fault in refused.value.faults] == faults


def test_a_refused_cell_says_its_sums_and_what_is_allowed() -> None:
    for changes, total in (({"active_wt_percent": 99}, 101.5), ({"sulfide_wt_percent": 5}, 87.5)):
        with pytest.raises(InputError) as refused:
            stated_cell("NCM811/Li", **changes)
        assert refused.value.faults[0].values == {"total": total}
    with pytest.raises(InputError) as refused:
        stated_cell("LNMO/Li")
    assert (refused.value.faults[0].given, refused.value.faults[0].allowed) == ("LNMO/Li", "NCM811, LCO, S")


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("cell = [", "not-toml", ""),
        ('thickness_um = "a"', "not-a-number", "thickness_um"),
        ("thickness_um = {}", "not-a-number", "thickness_um"),
        ("[cathode]\nname = 1", "not-text", "cathode"),
        ('cell = "S/Li"', "another-cell", "cell"),
        ("x = 1", "unknown-key", "x"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(text: str, code: str, column: str, tmp_path: Path) -> None:
    path = tmp_path / "cell.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        stated_cell("NCM811/Li", path)
    assert [(fault.file, fault.code, fault.column) for fault in refused.value.faults] == [("cell.toml", code, column)]
