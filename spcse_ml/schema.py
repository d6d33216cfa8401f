"""Every column, once: its name, unit, bounds, choices, meaning and the methods it applies to.

Validation, features, command-line flags, the data dictionary and the error texts are read from here.
`Formulation` is a recipe as a chemist asks about it; `Measurement` is one printed row of the literature,
with a low and a high end for whatever may be a range; `Target` is an outcome to predict. The file is
longer than others, so that all that a column is stands in one place.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from spcse_ml.errors import Fault


class Method(StrEnum):
    """The three routes to a membrane, in the words of the review."""

    SLURRY = "slurry coating"
    DRY = "dry binder laminating"
    SKELETON = "skeleton templating"

    @property
    def short(self) -> str:
        """Return it in one word, for tables and lists."""
        return _SHORT[self]


_SHORT = {Method.SLURRY: "slurry", Method.DRY: "dry", Method.SKELETON: "skeleton"}


METHOD_SYNONYMS = {"slurry": Method.SLURRY, "wet": Method.SLURRY, "dry": Method.DRY, "skeleton": Method.SKELETON,
                   "template": Method.SKELETON}  # fmt: skip

_METHOD_WORDS = {
    Method.SLURRY: (
        "slurry casting", "slurry cast", "slurry process", "tape casting", "tape cast", "doctor blade",
        "doctor blading", "doctor bladed", "blade coating", "blade casting", "bar coating", "slot die",
        "slot die coating", "wet process", "wet coating", "wet slurry", "solution casting", "solution cast",
        "solvent casting", "dip coating", "solvent based",
    ),
    Method.DRY: (
        "dry process", "dry processing", "dry film", "dry electrode", "dry binder", "dry lamination", "dry laminating",
        "dry coating", "dry rolling", "dry mixing", "solvent free", "solventless", "ptfe fibrillation",
        "ptfe fibrilization", "binder fibrillation", "fibrillation", "fibrillization", "fibrilization", "calendering",
        "dry calendering", "roll milling",
    ),
    Method.SKELETON: (
        "scaffold", "templating", "template method", "porous template", "skeleton template", "infiltration",
        "solution infiltration", "slurry infiltration", "liquid infiltration", "impregnation", "nonwoven", "non woven",
        "nonwoven scaffold", "porous scaffold", "framework",
    ),
}  # fmt: skip
"""What else papers call the routes: words of sections 3.1 to 3.3 of the review and of the papers that it cites, and the
terms of tape casting, PTFE fibrillation and infiltration that are general in the field. Hyphens count as spaces."""

_METHODS = {word: method for method, words in _METHOD_WORDS.items() for word in words} | METHOD_SYNONYMS


def method_named(text: str) -> Method | None:
    """Return the route that a word of a paper names, letter case and hyphens aside, or None.

    >>> method_named("tape-casting").value, method_named("Solvent-free").value, method_named("infiltration").value
    ('slurry coating', 'dry binder laminating', 'skeleton templating')
    """
    words = re.sub(r"[\s_-]+", " ", plain_signs(clean_text(text)).casefold()).strip()
    return next((method for method in Method if method.value == words), _METHODS.get(words))


SULFIDE_FAMILIES = ("glass", "glass-ceramic", "argyrodite", "thio-LISICON", "LGPS", "other")

BINDER_CLASSES = (
    "fluoropolymer", "polyether", "polyester", "polycarbonate", "acrylate", "vinyl ester", "vinyl acetal",
    "nitrile rubber", "nitrile polymer", "unsaturated hydrocarbon", "saturated hydrocarbon", "silicone",
    "cellulosic", "polyamide", "polyimide", "polyimine", "polyurethane", "polyacid", "lactam polymer",
    "catecholamine polymer", "cured network", "covalent hybrid", "ionic liquid",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """An outcome that a model predicts."""

    name: str
    column: str
    unit: str
    symbol: str
    meaning: str
    ceiling: float | None
    """Predictions and upper ends are cut here unless more than one training row exceeds it; None where nothing is."""

    @property
    def error_unit(self) -> str:
        """Return the unit of a difference: percentage points where the target is a percentage."""
        return "points" if self.unit == "%" else self.unit


RETENTION = Target(
    "retention", "retention_percent", "%", "σm/σp", "conductivity of the membrane over that of its powder", 100.0
)
THICKNESS = Target("thickness", "thickness_um", "µm", "l", "thickness of the finished membrane", None)
TARGETS = {target.name: target for target in (RETENTION, THICKNESS)}

NOTHING = frozenset({"", "none", "-", "—"})
"""What is written, in any letter case, where there is no such thing."""


_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_DOTS = str.maketrans(dict.fromkeys("\u2022\u2219\u22c5\u2027\u30fb", "\u00b7"))


def plain_signs(text: str) -> str:
    """Return a name or a quantity with every dash as a hyphen and every raised dot as the one that formulas have.

    >>> plain_signs("75Li2S\u201325P2S5"), plain_signs("75Li2S\u221925P2S5")
    ('75Li2S-25P2S5', '75Li2S·25P2S5')
    """
    return text.translate(_DASHES).translate(_DOTS)


def clean_text(value: object) -> str:
    """Return the text with Unicode look-alikes (subscripts, non-breaking spaces, minus signs) made plain."""
    text = unicodedata.normalize("NFKC", str(value)).replace("\u2212", "-")
    return re.sub(r"\s+", " ", text).strip()


def is_blank(cell: str) -> bool:
    """Return whether a cell of text says that nothing is known: N/A, NA, nan, NULL, n.a.

    Where there is no such thing, as in `NOTHING`, is another matter.

    >>> is_blank("n/a"), is_blank("NA"), is_blank("Na"), is_blank("none")
    (True, True, False, False)
    """
    text = clean_text(cell)
    return text == "NA" or text.casefold() in {"", "n/a", "#n/a", "n.a.", "n. a.", "nan", "null"}


REFUSED: Final = "refused"
"""Type of a problem of pydantic whose context holds faults."""


def refusal(faults: Iterable[Fault]) -> PydanticCustomError:
    """Return faults as an error for a validator of pydantic to raise; its context keeps them."""
    faults = tuple(faults)
    return PydanticCustomError(REFUSED, "{message}", {"message": "\n".join(map(str, faults)), "faults": faults})


def column(  # noqa: PLR0913 - each says one thing of a column
    meaning: str,
    *,
    unit: str = "",
    choices: tuple[str, ...] = (),
    default: Any = None,
    is_process: bool = False,
    is_ratio: bool = False,
    **bounds: Any,
) -> Any:
    """Declare a column: its meaning, unit, choices and bounds, and a title where the meaning is too long for a label.

    A process column describes how a membrane is made; published rows have none, lab rows may. One whose values are
    compared by their ratio enters a model by its logarithm.
    """
    extra: dict[str, Any] = {"unit": unit, "choices": list(choices), "is_process": is_process, "is_ratio": is_ratio}
    return Field(default=default, description=meaning, json_schema_extra=extra, **bounds)


class _Row(BaseModel):
    """What both kinds of row share: frozen, no unknown column, blank is None, no nan or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_none(cls, value: object) -> object:
        if isinstance(value, float) and value != value:  # noqa: PLR0124 - nan is how pandas writes a blank
            return None
        if not isinstance(value, str) or isinstance(value, StrEnum):
            return value
        return clean_text(value) or None

    @field_validator("method", mode="before", check_fields=False)
    @classmethod
    def _method_synonyms(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return method_named(value) or value


class Formulation(_Row):
    """A recipe: what a chemist decides before a membrane exists.

    A blank binder or solvent of a skeleton means that there is none; a blank content means that it is not known.

    >>> Formulation(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5).method.value
    'dry binder laminating'
    """

    sulfide: str = column(
        "sulfide electrolyte, a catalogue name or a formula", title="sulfide electrolyte", default=..., max_length=200
    )
    method: Method = column(
        "route to the membrane; slurry, dry and skeleton are understood, and words such as tape casting",
        title="route to the membrane",
        default=...,
        choices=(*Method, *METHOD_SYNONYMS),
    )
    binder: str | None = column("polymer binder, a catalogue name", title="polymer binder", max_length=200)
    binder_wt_percent: float | None = column("binder in the dry membrane", unit="wt%", gt=0, lt=100)
    template: str | None = column(
        "porous polymer support (skeleton templating only)", title="porous polymer support", max_length=200
    )
    template_wt_percent: float | None = column("template in the dry membrane", unit="wt%", gt=0, lt=100)
    solvent: str | None = column(
        "solvent of the slurry or infiltration; a mixture is joined by ' + ' and may end in its ratio, "
        "as in 'xylene + isobutyl isobutyrate (1:1)'; its strongest donor counts",
        title="solvent of the slurry or infiltration",
        max_length=200,
    )
    sigma_p_ms_cm: float | None = column("ionic conductivity of the sulfide powder", unit="mS/cm", gt=0, le=40)
    lithium_salt: str | None = column(
        "lithium salt in the binder or 'none'; ignored by the models: too few training membranes report it",
        title="lithium salt in the binder or 'none'",
        max_length=200,
    )
    binder_class: str | None = column("chemical class of a binder that is not listed", choices=BINDER_CLASSES)
    sulfide_family: str | None = column(
        "family of a sulfide that is not listed, or of your own sample",
        title="family of a sulfide that is not listed",
        choices=SULFIDE_FAMILIES,
    )
    donor_number_kcal_mol: float | None = column(
        "Gutmann donor number of a solvent that is not listed, or your own value",
        title="Gutmann donor number of a solvent that is not listed",
        unit="kcal/mol",
        ge=0,
        le=60,
    )
    planned_thickness_um: float | None = column("planned thickness", unit="µm", ge=1, le=10_000)
    slurry_solid_percent: float | None = column(
        "solids in the slurry", unit="wt%", gt=0, lt=100, is_process=True, is_ratio=True
    )
    blade_gap_um: float | None = column(
        "gap of the coating blade", unit="µm", gt=0, le=10_000, is_process=True, is_ratio=True
    )
    drying_temperature_c: float | None = column("temperature of drying", unit="°C", ge=-50, le=600, is_process=True)
    drying_time_h: float | None = column("time of drying", unit="h", gt=0, le=1_000, is_process=True, is_ratio=True)
    pressing_pressure_mpa: float | None = column(
        "pressure of pressing or calendering", unit="MPa", gt=0, le=5_000, is_process=True, is_ratio=True
    )
    pressing_temperature_c: float | None = column("temperature of pressing", unit="°C", ge=-50, le=600, is_process=True)
    calender_passes: int | None = column("passes through the calender", ge=0, le=1_000, is_process=True)
    template_porosity_percent: float | None = column(
        "porosity of the template", unit="%", gt=0, lt=100, is_process=True, is_ratio=True
    )
    template_thickness_um: float | None = column(
        "thickness of the template", unit="µm", gt=0, le=10_000, is_process=True, is_ratio=True
    )
    template_opening_um: float | None = column(
        "opening of the template", unit="µm", gt=0, le=100_000, is_process=True, is_ratio=True
    )
    plasticizer: str | None = column("plasticizer or ionic liquid in the binder", max_length=200)
    plasticizer_wt_percent: float | None = column("plasticizer in the dry membrane", unit="wt%", gt=0, lt=100)
    as_written: str | None = column(
        "grades and other words beside a name of the catalogue; filled in by itself",
        title="names as they were written",
        max_length=1_000,
    )
    id: str | None = column("your own name for the recipe", max_length=200)
    note: str | None = column("your own remark", max_length=2_000)

    @field_validator("binder", "template", "solvent", "plasticizer")
    @classmethod
    def _none_is_none(cls, value: str | None) -> str | None:
        return None if value is not None and value.casefold() in NOTHING else value

    @field_validator("binder_class", "sulfide_family")
    @classmethod
    def _known_choice(cls, value: str | None, info: Any) -> str | None:
        if value is None:
            return None
        choices = columns(cls)[info.field_name].choices
        known = {choice.casefold(): choice for choice in choices}
        if value.casefold() not in known:
            raise refusal([Fault("not-a-choice", info.field_name, given=value, allowed=", ".join(choices))])
        return known[value.casefold()]

    @model_validator(mode="after")
    def _no_contradiction(self) -> "Formulation":
        if faults := [*self._method_faults(), *self._content_faults()]:
            raise refusal(faults)
        return self

    def _method_faults(self) -> Iterator[Fault]:
        if self.method is Method.DRY and self.solvent is not None:
            yield Fault("solvent-in-dry-process", "solvent")
        if self.method is Method.SLURRY and self.solvent is None:
            yield Fault("no-solvent-in-slurry", "solvent")
        if self.method is not Method.SKELETON and self.binder is None:
            yield Fault("no-binder", "binder")
        if self.method is not Method.SKELETON and self.template is not None:
            yield Fault("template-outside-skeleton", "template")
        if self.method is Method.SKELETON and self.template is None:
            yield Fault("no-template-in-skeleton", "template")

    def _content_faults(self) -> Iterator[Fault]:
        for part, names in _PROPERTIES.items():
            lacking = names if getattr(self, part) is None else ()
            yield from (
                Fault("without-substance", name, values={"part": part})
                for name in lacking
                if getattr(self, name) is not None
            )
        contents = (self.binder_wt_percent, self.template_wt_percent, self.plasticizer_wt_percent)
        total = sum(content or 0 for content in contents)
        if total >= 100:  # noqa: PLR2004 - percent
            yield Fault("no-room-for-sulfide", "binder_wt_percent", allowed=_LESS_THAN_ALL, values={"total": total})


_LESS_THAN_ALL = "less than 100 wt% together with template_wt_percent and plasticizer_wt_percent"

_PROPERTIES = {
    "binder": ("binder_wt_percent", "binder_class"),
    "template": (
        "template_wt_percent", "template_porosity_percent", "template_thickness_um", "template_opening_um",
    ),
    "solvent": ("donor_number_kcal_mol", "slurry_solid_percent"),
    "plasticizer": ("plasticizer_wt_percent",),
}  # fmt: skip
"""Columns that mean nothing where a part of the recipe is blank, by that part."""


class Qualifier(StrEnum):
    """What the retention cell of a printed row is."""

    EXACT = "="
    BELOW = "<"
    MASKED = "masked"


class Measurement(_Row):
    """One printed row of the literature: a recipe and what came of it. An exact value has low = high."""

    table: int = column("number of the table in the review", default=..., ge=1, le=3)
    row: int = column("row of the table, counted from 1 as printed", default=..., ge=1)
    reference: int = column("number of the paper in the review's bibliography", default=..., ge=1)
    method: Method = column("route to the membrane", default=..., choices=tuple(Method))
    sulfide: str = column("sulfide electrolyte, catalogue name", default=...)
    sulfide_family: str | None = column("structural family of the sulfide", choices=SULFIDE_FAMILIES)
    binder: str | None = column("polymer binder, catalogue name; blank where there is none")
    binder_wt_percent_low: float | None = column("binder content, low end", unit="wt%", gt=0, lt=100)
    binder_wt_percent_high: float | None = column("binder content, high end", unit="wt%", gt=0, lt=100)
    template: str | None = column("porous support, catalogue name; blank where there is none")
    template_wt_percent_low: float | None = column("template content, low end", unit="wt%", gt=0, lt=100)
    template_wt_percent_high: float | None = column("template content, high end", unit="wt%", gt=0, lt=100)
    solvent: str | None = column("solvent, catalogue name; a mixture joined by ' + '; blank where there is none")
    donor_number_kcal_mol: float | None = column(
        "Gutmann donor number of the solvent, of a mixture that of its strongest donor", unit="kcal/mol", ge=0, le=60
    )
    sigma_m_ms_cm_low: float | None = column("conductivity of the membrane, low end", unit="mS/cm", gt=0, le=100)
    sigma_m_ms_cm_high: float | None = column("conductivity of the membrane, high end", unit="mS/cm", gt=0, le=100)
    retention_percent_low: float | None = column("retention σm/σp, low end", unit="%", gt=0, le=1_000)
    retention_percent_high: float | None = column("retention σm/σp, high end", unit="%", gt=0, le=1_000)
    retention_qualifier: Qualifier | None = column(
        "= exact, < an upper bound only, masked where the print cannot be right, blank where none is printed",
        choices=tuple(Qualifier),
    )
    thickness_um_low: float | None = column("thickness, low end", unit="µm", gt=0, le=10_000)
    thickness_um_high: float | None = column("thickness, high end", unit="µm", gt=0, le=10_000)
    cathode: str | None = column("cathode of the cell, as printed")
    anode: str | None = column("anode of the cell, as printed")
    energy_density_wh_kg: float | None = column("specific energy of the cell, as printed", unit="Wh/kg", gt=0)
    energy_density_wh_l: float | None = column("energy density of the cell, as printed", unit="Wh/L", gt=0)
    has_pouch_cell: bool = column("the paper shows a pouch cell (mark a of the tables)", default=False)
    note: str | None = column("data-quality note")
    lithium_salt: str | None = column("lithium salt in the binder; blank where not reported")
    same_membrane_as: str | None = column("table.row of the printing that stands for this membrane")

    @model_validator(mode="after")
    def _low_is_not_above_high(self) -> "Measurement":
        lows = [name for name in type(self).model_fields if name.endswith("_low")]
        highs = [f"{name.removesuffix('_low')}_high" for name in lows]
        ends = [(low, high, getattr(self, low), getattr(self, high)) for low, high in zip(lows, highs, strict=True)]
        if faults := [
            Fault("low-above-high", low, values={"other": high, "high": highest})
            for low, high, lowest, highest in ends
            if lowest is not None and highest is not None and lowest > highest
        ]:
            raise refusal(faults)
        return self


class Trust(StrEnum):
    """How far what was read bears out a row."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Exclusion(StrEnum):
    """Why a membrane is kept for the record and not learnt from."""

    NO_MEMBRANE = "no-such-membrane"
    POLYMER_REMOVED = "polymer-removed"
    REACTED = "binder-reacted"
    POLYMER_RICH = "polymer-with-sulfide"
    PRESSED_POWDER = "pressed-powder"
    CONTENT_NOT_READ = "content-not-read"
    INCOMPLETE = "recipe-incomplete"
    DOUBTFUL = "doubtful-source"
    BOUND = "printed-bound"


class CheckedMeasurement(Measurement):
    """A printed row with the checked cells: where they were read, and what is claimed otherwise."""

    source: str | None = column("where cells of the row were read, besides the review", max_length=2_000)
    doi: str | None = column("DOIs of those sources", max_length=2_000)
    trust: Trust | None = column("how far these sources bear out the row", choices=tuple(Trust))
    conflict: str | None = column("what else is claimed: column, value, class of the source, DOI", max_length=2_000)
    exclusion: Exclusion | None = column("why the row is not learnt from", choices=tuple(Exclusion))


class Outcome(StrEnum):
    """What came of a recipe."""

    FILM = "film"
    NO_FILM = "no film"
    CRACKED = "cracked"
    OTHER_FAILURE = "other failure"


class Powder(StrEnum):
    """State of the powder over which a retention was taken."""

    AS_RECEIVED = "as received"
    PROCESSED = "processed"


@dataclass(frozen=True)
class Column:
    """What the schema says of one column."""

    name: str
    meaning: str
    label: str
    unit: str
    choices: tuple[str, ...]
    is_required: bool
    is_number: bool
    is_process: bool
    is_ratio: bool
    """Whether a process column enters a model by its logarithm."""
    allowed: str

    @property
    def flag(self) -> str:
        """Return its flag on the command line, which leaves out the unit that the help tells.

        >>> columns(Formulation)["binder_wt_percent"].flag
        '--binder-wt'
        """
        name = self.name
        for ending in _UNIT_ENDINGS:
            name = name.removesuffix(ending)
        return f"--{name.replace('_', '-')}"


_UNIT_ENDINGS = ("_percent", "_ms_cm", "_kcal_mol", "_um", "_ma_cm2", "_cm2", "_ohm", "_mpa", "_c", "_h")


@functools.cache
def columns(row: type[BaseModel]) -> dict[str, Column]:
    """Return what the schema declares of each column of a kind of row, in order."""
    return {name: _describe(name, field) for name, field in row.model_fields.items()}


def _describe(name: str, field: Any) -> Column:
    extra = field.json_schema_extra or {}
    choices = tuple(str(choice) for choice in extra.get("choices", ()))
    is_number = any(kind in str(field.annotation) for kind in ("float", "int"))
    return Column(
        name,
        field.description,
        field.title or field.description,
        extra.get("unit", ""),
        choices,
        field.is_required(),
        is_number,
        bool(extra.get("is_process")),
        bool(extra.get("is_ratio")),
        _allowed(field, choices, extra.get("unit", "")),
    )


def _allowed(field: Any, choices: tuple[str, ...], unit: str) -> str:
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    bounds = [
        f"{word} {getattr(bound, key):g}"
        for bound in field.metadata
        for key, word in words.items()
        if hasattr(bound, key)
    ]
    return ", ".join(choices) or " and ".join(bounds) + (f" {unit}" if bounds and unit else "")


PROCESS_COLUMNS = tuple(name for name, column in columns(Formulation).items() if column.is_process)
"""Process conditions, features of a model where enough lab rows report them."""
