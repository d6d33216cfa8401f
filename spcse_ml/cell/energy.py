"""The cell around a membrane: what a stack of foils, cathode composite, membrane and anode weighs, fills and holds.

Stack level: no tabs, no housing, unless a packaging factor is stated. Volumes add, pores beside them. The mass is that
of the cell as assembled; the anode is as thick as in the charged cell, the cathode as thick as it was made. The metric
itself, charge times mean voltage over mass or volume, is that of cell design (Knehr et al., DOI 10.1039/d3ya00137g).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd
from pydantic import BaseModel, ConfigDict, field_validator, model_validator
from scipy.constants import physical_constants

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.errors import Fault
from spcse_ml.models.features import volume_percent
from spcse_ml.schema import NOTHING, clean_text, column, refusal

FARADAY_MAH_MOL = physical_constants["Faraday constant"][0] / 3.6
"""Charge of one mole of electrons in mAh (CODATA, as kept in SciPy)."""
LITHIUM_G_MOL = 6.94
"""Standard atomic weight of lithium (IUPAC, conventional value)."""
MG_CM2_PER_UM_G_CM3 = 0.1
UM_PER_CM, MG_PER_G = 1e4, 1e3
AnodeKind = Literal["lithium metal", "host"]


class Cell(BaseModel):
    """A stated cell; what is blank does not apply or follows from the rest."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    cathode: str = column("cathode active material", default=..., max_length=200)
    cathode_capacity_mah_g: float = column(
        "capacity of the cathode active material", default=..., unit="mAh/g", gt=0, le=5_000
    )
    cathode_voltage_v: float = column("mean voltage of the cathode against lithium", default=..., unit="V", gt=0, le=6)
    cathode_density_g_cm3: float = column(
        "density of the cathode active material", default=..., unit="g/cm3", gt=0, le=30
    )
    cathode_has_lithium: bool = column(
        "whether the cathode contains the lithium; otherwise the anode does", default=...
    )
    loading_mg_cm2: float | None = column("cathode active material per area", unit="mg/cm2", gt=0, le=1_000)
    areal_capacity_mah_cm2: float | None = column("or its capacity per area", unit="mAh/cm2", gt=0, le=1_000)
    first_cycle_efficiency_percent: float | None = column(
        "share of that capacity in the first discharge; blank where the capacity is of a discharge",
        unit="%",
        gt=0,
        le=100,
    )
    active_wt_percent: float = column("active material in the cathode", default=..., unit="wt%", gt=0, le=100)
    carbon_wt_percent: float = column("carbon in the cathode", default=..., unit="wt%", ge=0, lt=100)
    cathode_binder_wt_percent: float = column("binder in the cathode", default=..., unit="wt%", ge=0, lt=100)
    sulfide_wt_percent: float | None = column(
        "sulfide in the cathode; blank for what the others leave", unit="wt%", ge=0, lt=100
    )
    cathode_sulfide: str = column("sulfide in the electrodes, as in the catalogue", default=..., max_length=200)
    cathode_binder: str = column("binder in the cathode, as in the catalogue", default=..., max_length=200)
    carbon_density_g_cm3: float = column("density of the carbon", default=..., unit="g/cm3", gt=0, le=30)
    cathode_porosity_percent: float = column("pores of the cathode", default=..., unit="vol%", ge=0, lt=100)
    anode: str = column("anode", default=..., max_length=200)
    anode_kind: AnodeKind = column(
        "lithium metal, or a host that takes lithium up", default=..., choices=get_args(AnodeKind)
    )
    anode_capacity_mah_g: float = column("capacity of the empty host, or of lithium", default=..., unit="mAh/g", gt=0)
    anode_density_g_cm3: float = column("density of the empty host, or of lithium", default=..., unit="g/cm3", gt=0)
    anode_potential_v: float = column("mean potential of the anode against lithium", default=..., unit="V", ge=0, le=6)
    anode_swelling_percent: float = column("growth of the host from empty to full", default=0.0, unit="vol%", ge=0)
    anode_active_wt_percent: float = column(
        "host in the anode; the rest is the electrodes' sulfide", default=100.0, unit="wt%", gt=0, le=100
    )
    anode_porosity_percent: float = column("pores of a host", default=0.0, unit="vol%", ge=0, lt=100)
    n_to_p: float = column(
        "capacity of the anode over that of the cathode; of lithium metal what is there before the first charge, "
        "so that 0 is anode-free",
        default=...,
        ge=0,
        le=100,
    )
    cathode_foil_um: float = column("thickness of the cathode's foil", default=..., unit="µm", ge=0, le=1_000)
    cathode_foil_density_g_cm3: float = column("density of that foil", default=..., unit="g/cm3", gt=0, le=30)
    anode_foil_um: float = column("thickness of the anode's foil", default=..., unit="µm", ge=0, le=1_000)
    anode_foil_density_g_cm3: float = column("density of that foil", default=..., unit="g/cm3", gt=0, le=30)
    foil_sides: int = column("sides of a foil that are coated: on 2, half of it counts", default=2, ge=1, le=2)
    thickness_um: float = column("thickness of the membrane", default=..., unit="µm", gt=0, le=10_000)
    sulfide: str = column("sulfide of the membrane, as in the catalogue", default=..., max_length=200)
    binder: str | None = column("binder of the membrane, as in the catalogue", max_length=200)
    binder_wt_percent: float | None = column("binder in the membrane", unit="wt%", gt=0, lt=100)
    template: str | None = column("template of the membrane, as in the catalogue", max_length=200)
    template_wt_percent: float | None = column("template in the membrane", unit="wt%", gt=0, lt=100)
    membrane_porosity_percent: float = column("pores of the membrane", default=..., unit="vol%", ge=0, lt=100)
    packaging_factor: float | None = column(
        "the stack's share of the whole cell, in mass and in volume; blank for the stack alone", gt=0, le=1
    )

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_none(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return None if clean_text(value).casefold() in NOTHING else clean_text(value)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Cell":
        if faults := [*self._composition_faults(), *self._capacity_faults()]:
            raise refusal(faults)
        return self

    def _composition_faults(self) -> Iterator[Fault]:
        others = self.active_wt_percent + self.carbon_wt_percent + self.cathode_binder_wt_percent
        whole = others + (self.sulfide_wt_percent or 0.0)
        if whole > 100 + 1e-9 or (self.sulfide_wt_percent is not None and whole < 100 - 1e-9):
            yield Fault("cathode-not-100", "active_wt_percent", values={"total": whole})
        for part in ("binder", "template"):
            if (getattr(self, part) is None) != (getattr(self, f"{part}_wt_percent") is None):
                yield Fault("part-and-content", f"{part}_wt_percent", values={"part": part})
        total = (self.binder_wt_percent or 0.0) + (self.template_wt_percent or 0.0)
        if total >= 100:  # noqa: PLR2004 - %
            yield Fault("no-room-for-sulfide", "binder_wt_percent", values={"total": total})

    def _capacity_faults(self) -> Iterator[Fault]:
        if (self.loading_mg_cm2 is None) == (self.areal_capacity_mah_cm2 is None):
            yield Fault("one-of-two", "loading_mg_cm2", values={"other": "areal_capacity_mah_cm2"})
        if self.cathode_voltage_v <= self.anode_potential_v:
            yield Fault("no-voltage", "cathode_voltage_v", values={"anode_v": self.anode_potential_v})
        if self.n_to_p < 1 and self.anode_kind == "host":
            yield Fault("host-too-small", "n_to_p")
        if self.n_to_p < 1 and self.anode_kind != "host" and not self.cathode_has_lithium:
            yield Fault("too-little-lithium", "n_to_p")

    @property
    def loaded_mg_cm2(self) -> float:
        """Return the active material of the cathode per area, in mg/cm2."""
        return self.loading_mg_cm2 or MG_PER_G * (self.areal_capacity_mah_cm2 or 0.0) / self.cathode_capacity_mah_g

    @property
    def loaded_mah_cm2(self) -> float:
        """Return the capacity of the cathode per area, in mAh/cm2, before any loss of the first cycle."""
        return self.loaded_mg_cm2 * self.cathode_capacity_mah_g / MG_PER_G


@dataclass(frozen=True)
class Part:
    """What one component of a layer adds to a square centimetre of stack; pores weigh nothing."""

    layer: str
    component: str
    mass_mg_cm2: float
    thickness_um: float


@dataclass(frozen=True)
class Energy:
    """What a cell holds per mass and per volume, and what both are made of."""

    wh_kg: float
    wh_l: float
    capacity_mah_cm2: float
    voltage_v: float
    parts: tuple[Part, ...]

    @property
    def mass_mg_cm2(self) -> float:
        """Return the mass of the stack."""
        return sum(part.mass_mg_cm2 for part in self.parts)

    @property
    def thickness_um(self) -> float:
        """Return the thickness of the stack."""
        return sum(part.thickness_um for part in self.parts)


def energy(cell: Cell) -> Energy:
    """Return specific energy in Wh/kg and energy density in Wh/L: charge times mean voltage over mass or volume.

    Source: Knehr et al., DOI 10.1039/d3ya00137g. The mean voltage is that of the cathode less that of the anode, both
    against lithium.

    Raises:
        InputError: a sulfide, binder or template is not known.
    """
    capacity = cell.loaded_mah_cm2 * (cell.first_cycle_efficiency_percent or 100.0) / 100
    voltage = cell.cathode_voltage_v - cell.anode_potential_v
    stack = Energy(0.0, 0.0, capacity, voltage, (*_cathode(cell), *_membrane(cell), *_anode(cell)))
    share = capacity * voltage * (cell.packaging_factor or 1.0)
    return Energy(
        MG_PER_G * share / stack.mass_mg_cm2, UM_PER_CM * share / stack.thickness_um, capacity, voltage, stack.parts
    )


def energy_against_thickness(cell: Cell, thicknesses_um: Iterable[float]) -> pd.DataFrame:
    """Return `thickness_um`, `wh_kg` and `wh_l` of the cell with membranes of these thicknesses, a row for each."""
    pairs = [(thickness, energy(cell.model_copy(update={"thickness_um": thickness}))) for thickness in thicknesses_um]
    return pd.DataFrame(
        [(thickness, cell_energy.wh_kg, cell_energy.wh_l) for thickness, cell_energy in pairs],
        columns=["thickness_um", "wh_kg", "wh_l"],
    )


def membrane_density_g_cm3(cell: Cell) -> float:
    """Return the density of the membrane, pores included, from those of its parts: volumes add (rule of mixtures)."""
    contents = _membrane_contents(cell)
    amounts, densities = [content for content, _ in contents.values()], [density for _, density in contents.values()]
    shares = volume_percent(amounts, densities, matrix_density_g_cm3=(matrix := _sulfide(cell.sulfide)))
    dense = sum(share * density for share, density in zip(shares, densities, strict=True)) / 100
    return (dense + (100 - sum(shares)) / 100 * matrix) * (1 - cell.membrane_porosity_percent / 100)


def _membrane_contents(cell: Cell) -> dict[str, tuple[float, float]]:
    contents = {}
    if cell.binder is not None:
        contents["binder"] = (cell.binder_wt_percent or 0.0, catalogue().binder(cell.binder).density_g_cm3)
    if cell.template is not None:
        density = catalogue().template(cell.template).polymer.density_g_cm3
        contents["template"] = (cell.template_wt_percent or 0.0, density)
    return contents


def _sulfide(name: str) -> float:
    return catalogue().sulfide(name).density_g_cm3


def _membrane(cell: Cell) -> list[Part]:
    mass = cell.thickness_um * membrane_density_g_cm3(cell) * MG_CM2_PER_UM_G_CM3
    contents = _membrane_contents(cell)
    rest = 100 - sum(content for content, _ in contents.values())
    shares = {"sulfide": (rest, _sulfide(cell.sulfide)), **contents}
    return _layer(
        "membrane",
        {name: (mass * share / 100, density) for name, (share, density) in shares.items()},
        cell.membrane_porosity_percent,
    )


def _cathode(cell: Cell) -> list[Part]:
    carbon, binder = cell.carbon_wt_percent, cell.cathode_binder_wt_percent
    shares = {
        cell.cathode: (cell.active_wt_percent, cell.cathode_density_g_cm3),
        "sulfide": (100 - cell.active_wt_percent - carbon - binder, _sulfide(cell.cathode_sulfide)),
        "carbon": (carbon, cell.carbon_density_g_cm3),
        "binder": (binder, catalogue().binder(cell.cathode_binder).density_g_cm3),
    }
    mass = cell.loaded_mg_cm2 / cell.active_wt_percent
    composite = {name: (mass * share, density) for name, (share, density) in shares.items() if share > 0}
    foil = _foil("cathode foil", cell.cathode_foil_um / cell.foil_sides, cell.cathode_foil_density_g_cm3)
    return [foil, *_layer("cathode", composite, cell.cathode_porosity_percent)]


def _anode(cell: Cell) -> list[Part]:
    parts = _lithium_metal(cell) if cell.anode_kind == "lithium metal" else _host(cell)
    return [*parts, _foil("anode foil", cell.anode_foil_um / cell.foil_sides, cell.anode_foil_density_g_cm3)]


def _lithium_metal(cell: Cell) -> list[Part]:
    """Return lithium as heavy as assembled (the cathode's is weighed there) and as thick as after the charge."""
    brought = MG_PER_G * cell.n_to_p * cell.loaded_mah_cm2 / cell.anode_capacity_mah_g
    plated = MG_PER_G * cell.cathode_has_lithium * cell.loaded_mah_cm2 / cell.anode_capacity_mah_g
    return [Part("anode", "lithium", brought, (brought + plated) / cell.anode_density_g_cm3 / MG_CM2_PER_UM_G_CM3)]


def _host(cell: Cell) -> list[Part]:
    """Return the host as swollen as its filling makes it, in proportion, with lithium where the cathode has none.

    The mass of that lithium follows from Faraday's law; its volume is in the swelling.
    """
    host = MG_PER_G * cell.n_to_p * cell.loaded_mah_cm2 / cell.anode_capacity_mah_g
    swollen = cell.anode_density_g_cm3 / (1 + cell.anode_swelling_percent / 100 / cell.n_to_p)
    sulfide = host * (100 / cell.anode_active_wt_percent - 1)
    composite = {cell.anode: (host, swollen)}
    composite |= {"sulfide": (sulfide, _sulfide(cell.cathode_sulfide))} if sulfide > 0 else {}
    layer = _layer("anode", composite, cell.anode_porosity_percent)
    lithium = MG_PER_G * cell.loaded_mah_cm2 / FARADAY_MAH_MOL * LITHIUM_G_MOL
    return layer if cell.cathode_has_lithium else [*layer, Part("anode", "lithium, in the host", lithium, 0.0)]


def _foil(layer: str, thickness_um: float, density_g_cm3: float) -> Part:
    return Part(layer, "foil", thickness_um * density_g_cm3 * MG_CM2_PER_UM_G_CM3, thickness_um)


def _layer(layer: str, composite: Mapping[str, tuple[float, float]], porosity_percent: float) -> list[Part]:
    """Return the components (mass in mg/cm2 and density in g/cm3 each) with the pores between them."""
    solid = [
        Part(layer, name, mass, mass / density / MG_CM2_PER_UM_G_CM3) for name, (mass, density) in composite.items()
    ]
    pores = sum(part.thickness_um for part in solid) * porosity_percent / (100 - porosity_percent)
    return [*solid, Part(layer, "pores", 0.0, pores)] if pores else solid
