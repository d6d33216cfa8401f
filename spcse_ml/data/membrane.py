"""A membrane of a lab: its recipe, how it was made and measured, by whom and when."""

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import field_validator, model_validator

from spcse_ml.chemistry.transport import conductivity_ms_cm, membrane_conductivity_ms_cm
from spcse_ml.errors import Fault
from spcse_ml.schema import Formulation, clean_text, column, columns, refusal


class FilmClass(StrEnum):
    """How a coated film looks, in the classes of Chen et al. (reference 38 of the review), or that none came of it."""

    UNIFORM = "uniform and dense"
    UNEVEN = "uneven boundary"
    CRACKED = "aggregated and cracked"
    NO_FILM = "no film"


FILM_CLASS_SYNONYMS = {
    FilmClass.UNIFORM: ("1", "uniform", "dense", "homogeneous", "good"),
    FilmClass.UNEVEN: ("2", "uneven", "boundary"),
    FilmClass.CRACKED: ("3", "cracked", "cracks", "aggregated", "aggregates", "agglomerated"),
    FilmClass.NO_FILM: ("4", "no coating"),
}
"""What else is read as a class: its number, of which 1 to 3 are those of Chen et al., or a word for it."""


def film_class(text: str | float) -> FilmClass:
    """Return the class that a number of Chen et al. or words name, letter case aside.

    Raises:
        PydanticCustomError: they name none.

    >>> film_class("Cracked").value, film_class("class 1").value, film_class(2.0).value
    ('aggregated and cracked', 'uniform and dense', 'uneven boundary')
    """
    words = clean_text(text).casefold().removeprefix("class").removesuffix(".0")
    key = re.sub(r"[\s_-]+", " ", words.replace("&", " and ")).strip()
    for kind, synonyms in FILM_CLASS_SYNONYMS.items():
        if key in {kind.value, *synonyms}:
            return kind
    raise refusal([Fault("not-a-choice", "film_class", given=str(text), allowed=_CLASSES)])


_CLASSES = "; ".join(", ".join([kind.value, *synonyms]) for kind, synonyms in FILM_CLASS_SYNONYMS.items())

AGREE_WITHIN = 0.02
"""Relative difference up to which a given retention and one worked out from conductivities are the same."""

NEEDING_A_FILM = (
    "thickness_um", "resistance_ohm", "sigma_m_ms_cm", "sigma_m_error_ms_cm", "retention_percent",
    "relative_density_percent", "critical_current_density_ma_cm2", "tensile_strength_mpa",
)  # fmt: skip
"""Columns that nothing can be measured for where no film came of a slurry."""

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
        "how the coated film looks: 1, 2, 3 (Chen et al.), 4, or in words as in cracked",
        title="how the coated film looks",
        choices=tuple(FilmClass),
    )

    @field_validator("film_class", mode="before")
    @classmethod
    def _film_class_in_words(cls, value: object) -> object:
        if isinstance(value, FilmClass) or not isinstance(value, str | int | float):
            return value
        return film_class(value) if value == value and clean_text(value) else None  # noqa: PLR0124 - nan is a blank

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "LabMembrane":
        if faults := [*self._part_faults(), *self._film_faults(), *self._derived_faults()]:
            raise refusal(faults)
        return self

    def _part_faults(self) -> Iterator[Fault]:
        for part in ("lithium_salt", "second_binder"):
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

    def _film_faults(self) -> Iterator[Fault]:
        if self.film_class is FilmClass.NO_FILM:
            yield from (Fault("no-film-to-measure", name) for name in NEEDING_A_FILM if getattr(self, name) is not None)

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
