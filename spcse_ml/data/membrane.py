"""A membrane of a lab: its recipe, how it was made and measured, by whom and when."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import model_validator

from spcse_ml.chemistry.transport import conductivity_ms_cm, membrane_conductivity_ms_cm
from spcse_ml.errors import Fault
from spcse_ml.schema import Formulation, column, columns, refusal


class FilmClass(StrEnum):
    """How a coated film looks, in the classes of Chen et al. (reference 38 of the review)."""

    UNIFORM = "uniform and dense"
    UNEVEN = "uneven boundary"
    CRACKED = "aggregated and cracked"


AGREE_WITHIN = 0.02
"""Relative difference up to which a given retention and one worked out from conductivities are the same."""

_SOURCES = {"retention_percent": "the conductivities", "sigma_m_ms_cm": "resistance, area and thickness"}


class LabMembrane(Formulation):
    """One membrane of a lab: a recipe as in `Formulation`, and columns that the literature's tables lack.

    Blank means not reported. Units end the names of the columns. Figures that contradict each other by more than 2 %
    are refused.

    >>> measured = {"thickness_um": 40, "resistance_ohm": 5.2, "area_cm2": 1.13, "sigma_p_ms_cm": 1.2}
    >>> made = LabMembrane(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5, **measured)
    >>> {name: round(value, 2) for name, value in made.worked_out().items()}
    {'sigma_m_ms_cm': 0.68, 'retention_percent': 56.73}
    """

    supersedes: str | None = column("id of the earlier line that this one corrects", max_length=200)
    prediction: str | None = column(
        "ID of the preregistered prediction, e.g. P1", title="ID of the preregistered prediction", max_length=200
    )
    recorded_at: str | None = column(
        "when the line was written (UTC); filled in by itself", title="when the line was written", max_length=40
    )
    made_on: date | None = column("day on which it was made, as 2026-11-24", title="day on which it was made")
    made_by: str | None = column("who made it", max_length=200)
    batch: str | None = column("batch that shares its slurry or mixture", max_length=200)
    lithium_salt_wt_percent: float | None = column("lithium salt in the dry membrane", unit="wt%", gt=0, lt=100)
    plasticizer: str | None = column("plasticizer in the binder", max_length=200)
    plasticizer_wt_percent: float | None = column("plasticizer in the dry membrane", unit="wt%", gt=0, lt=100)
    second_binder: str | None = column("a second polymer binder", max_length=200)
    second_binder_wt_percent: float | None = column("second binder in the dry membrane", unit="wt%", gt=0, lt=100)
    solvent_ratio_basis: Literal["volume", "weight"] | None = column(
        "what the ratio of a solvent mixture counts", choices=("volume", "weight")
    )
    mixing: str | None = column("how it was mixed, in words", title="how it was mixed", max_length=500)
    anode: str | None = column("anode of the cell it was made for", max_length=200)
    thickness_um: float | None = column("thickness of the finished membrane", unit="µm", gt=0, le=10_000)
    resistance_ohm: float | None = column("total resistance of the membrane", unit="ohm", gt=0, le=1e9)
    area_cm2: float | None = column("area of the electrodes", unit="cm**2", gt=0, le=10_000)
    sigma_m_ms_cm: float | None = column("ionic conductivity of the membrane", unit="mS/cm", gt=0, le=100)
    sigma_m_error_ms_cm: float | None = column("standard error of that conductivity", unit="mS/cm", ge=0, le=100)
    retention_percent: float | None = column("retention σm/σp", unit="%", gt=0, le=1_000)
    measurement_temperature_c: float | None = column("temperature of the measurement", unit="°C", ge=-100, le=300)
    fabrication_pressure_mpa: float | None = column("pressure of making the pellet or cell", unit="MPa", gt=0, le=5_000)
    stack_pressure_mpa: float | None = column("pressure during the measurement", unit="MPa", gt=0, le=5_000)
    electrodes: str | None = column("blocking electrodes of the measurement", max_length=200)
    is_powder_processed: bool | None = column(
        "whether the powder went through the same process (true or false)",
        title="whether the powder went through the same process",
    )
    relative_density_percent: float | None = column("density over that without pores", unit="%", gt=0, le=100)
    n_replicates: int | None = column("number of replicates", ge=1, le=10_000)
    critical_current_density_ma_cm2: float | None = column("critical current density", unit="mA/cm**2", gt=0, le=1_000)
    tensile_strength_mpa: float | None = column("tensile strength", unit="MPa", gt=0, le=5_000)
    film_class: FilmClass | None = column(
        "how the coated film looks (Chen et al.)", title="how the coated film looks", choices=tuple(FilmClass)
    )

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "LabMembrane":
        if faults := [*self._part_faults(), *self._derived_faults()]:
            raise refusal(faults)
        return self

    def _part_faults(self) -> Iterator[Fault]:
        for part in ("lithium_salt", "plasticizer", "second_binder"):
            if getattr(self, f"{part}_wt_percent") is not None and getattr(self, part) in {None, "none"}:
                yield Fault("without-substance", f"{part}_wt_percent", values={"part": part})
        if self.second_binder and not self.binder:
            yield Fault("without-substance", "second_binder", values={"part": "binder"})
        contents = (self.binder_wt_percent, self.template_wt_percent, self.second_binder_wt_percent,
                    self.plasticizer_wt_percent, self.lithium_salt_wt_percent)  # fmt: skip
        total = sum(content or 0 for content in contents)
        if total >= 100:  # noqa: PLR2004 - percent
            yield Fault(
                "no-room-for-sulfide",
                "binder_wt_percent",
                values={"total": total},
                allowed="less than 100 wt% with second binder, plasticizer, salt and template",
            )

    def _derived_faults(self) -> Iterator[Fault]:
        derived = {
            "retention_percent": self.worked_out().get("retention_percent"),
            "sigma_m_ms_cm": self._by_resistance(),
        }
        for name, value in derived.items():
            recorded = getattr(self, name)
            if recorded and value and abs(value / recorded - 1) > AGREE_WITHIN:
                unit = columns(type(self))[name].unit
                yield Fault(
                    "contradicts-derived", name, values={"sources": _SOURCES[name], "value": value, "unit": unit}
                )

    def _by_resistance(self) -> float | None:
        if not (self.resistance_ohm and self.area_cm2 and self.thickness_um):
            return None
        return conductivity_ms_cm(
            thickness_um=self.thickness_um, resistance_ohm=self.resistance_ohm, area_cm2=self.area_cm2
        )

    def worked_out(self) -> dict[str, float]:
        """Return what follows from other columns, by name: conductivity (Eq. 1 of the review) and retention."""
        derived: dict[str, float] = {}
        sigma = self.sigma_m_ms_cm
        if sigma is None and (by_resistance := self._by_resistance()):
            sigma = derived["sigma_m_ms_cm"] = by_resistance
        if sigma is None and self.sigma_p_ms_cm and self.retention_percent:
            sigma = membrane_conductivity_ms_cm(
                sigma_p_ms_cm=self.sigma_p_ms_cm, retention_percent=self.retention_percent
            )
            derived["sigma_m_ms_cm"] = sigma
        if sigma is not None and self.sigma_p_ms_cm:
            derived["retention_percent"] = 100 * sigma / self.sigma_p_ms_cm
        return derived
