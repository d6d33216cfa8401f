"""What the papers behind the printed rows say of single cells, and the rule by which it enters the checked table.

A line of `paper_checks.csv` is a claim about one cell, with the class of its source. The rule looks at the class and
the cell, never at what a model makes of it, and decides whether the claim enters; a claim that does not is kept beside
the row as a conflict.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compositions import charge_imbalance
from spcse_ml.data.review import MARK, is_blank, span
from spcse_ml.data.validation import placed
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import Method, Trust
from spcse_ml.tables import read_table

FILE = "paper_checks.csv"

HEADINGS = {
    "sulfide": "Sulfide solid electrolytes", "binder": "Binder", "binder_wt_percent": "Binder content (wt%)",
    "template": "Template", "template_wt_percent": "Template content (wt%)", "solvent": "Solvent",
    "sigma_m_ms_cm": "σ_m (mS/cm)", "retention_percent": "σ_m/σ_p", "thickness_um": "Thickness (μm)",
    "lithium_salt": "lithium_salt",
}  # fmt: skip
"""Headings of the cells that a claim may change, by the columns of a recipe and its outcomes."""

MEMBRANE, DOI = "membrane", "doi"
"""Columns of claims about a row as a whole: whether it is such a membrane, and the DOI of its paper."""

OUTCOMES = ("sigma_m_ms_cm", "retention_percent")
"""Cells into which nothing but the paper itself enters."""

CONTENTS = ("binder_wt_percent", "template_wt_percent")
_FILLED_SECOND_HAND = (*CONTENTS, "solvent", "thickness_um")
_NUMBERS = (*CONTENTS, *OUTCOMES, "thickness_um", "sigma_p_ms_cm")
_HOLDER = {"binder_wt_percent": "binder", "template_wt_percent": "template"}

AGREE_WITHIN, LINE_WITHIN, CHARGE_WITHIN = 0.02, 0.10, 0.02
"""Relative differences: of figures that are the same, of the conductivity of a digest's line, of unlike charges."""


ROUNDING = 1e-9


class Evidence(StrEnum):
    """Where a claim was read."""

    PAPER = "A"
    """Stated in the paper itself: text, abstract, supplement, its author's thesis."""
    ANOTHER = "B"
    """Another primary paper or a review."""
    DIGEST = "C"
    """A second-hand digest."""
    MACHINE = "D"
    """A pair of numbers that a machine extracted, without context."""
    INFERENCE = "E"
    """An inference."""


class Derivation(StrEnum):
    """How the claimed value follows from stated numbers of the same paper; blank where it is stated itself."""

    CONTENT = "content"
    RATIO = "sigma_m over sigma_p"
    """Both stated, at one temperature, the powder as received."""
    OTHER_RATIO = "another ratio"
    """Of a powder in another state or a conductivity that is itself derived."""
    RESISTANCE = "resistance"
    """From an areal resistance or a conductance."""


class Effect(StrEnum):
    """What a claim does to the table."""

    CHANGES = "changes"
    CONFIRMS = "confirms"
    FILLS = "fills"
    CONFLICT = "conflict"


_MAY_DERIVE = {Derivation.CONTENT: CONTENTS, Derivation.RATIO: ("retention_percent",)}
_MATCHED = {"title", "year", "volume", "article number"}


@dataclass(frozen=True)
class Claim:
    """A line of `paper_checks.csv`."""

    table: str
    row: str
    column: str
    present: str
    """The cell as corrected from the review (`from`)."""
    value: str
    """What is claimed (`to`)."""
    evidence: Evidence
    source: str
    doi: str
    group: str
    """Who wrote the source, where two sources are of one group; else its DOI stands for it."""
    derivation: Derivation | None
    formula: str
    line_sigma_m_ms_cm: str
    line_thickness_um: str
    matched: str
    """What of title, year, volume and article number was seen beside a DOI, joined by |."""
    reason: str
    effect: str
    line: int = 0

    @property
    def place(self) -> tuple[str, str]:
        """Return table and row."""
        return self.table, self.row

    @property
    def wrote(self) -> str:
        """Return whose word it is: two claims of one group count as one."""
        return self.group or self.doi.casefold() or self.source


_FIELDS = {"from": "present", "to": "value", "class": "evidence"}


def read_claims(folder: Path) -> list[Claim]:
    """Return the claims of a folder.

    Raises:
        InputError: a class, derivation or column that there is not, or a column that is missing.
    """
    frame = read_table(folder / FILE).rename(columns=_FIELDS)
    needed = [name for name in Claim.__dataclass_fields__ if name != "line"]
    shown = {field: name for name, field in _FIELDS.items()}
    if missing := [shown.get(name, name) for name in needed if name not in frame]:
        raise InputError([Fault("missing-column", name, file=FILE, row="line 1") for name in missing])
    claims, faults = [], list[Fault]()
    for line, cells in zip(frame.index, frame[needed].to_dict("records"), strict=True):
        line_faults = [
            Fault("not-a-choice", shown.get(name, name), given=cells[name], allowed=", ".join(choices))
            for name, choices in _CHOICES.items()
            if cells[name] not in choices and not (name == "derivation" and not cells[name])
        ]
        faults += placed(line_faults, file=FILE, row=f"line {line}")
        claims += [] if line_faults else [_claim(line, {str(name): cell for name, cell in cells.items()})]
    if faults:
        raise InputError(faults)
    group_by_doi = {claim.doi.casefold(): claim.group for claim in claims if claim.doi and claim.group}
    return [replace(claim, group=group_by_doi.get(claim.doi.casefold(), claim.group)) for claim in claims]


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "column": (*HEADINGS, "sigma_p_ms_cm", "method", MEMBRANE, DOI),
    "evidence": tuple(Evidence),
    "derivation": tuple(Derivation),
}


def _claim(line: int, cells: dict[str, Any]) -> Claim:
    derivation = Derivation(cells["derivation"]) if cells["derivation"] else None
    return Claim(**{**cells, "evidence": Evidence(cells["evidence"]), "derivation": derivation}, line=line)


def cells_of(method: Method, cells: Mapping[str, str], doi: str = "") -> dict[str, str]:
    """Return the cells of a printed row, as corrected, by the columns that claims name; blank is the empty text."""
    values = {name: cells.get(heading, "").removesuffix(MARK) for name, heading in HEADINGS.items()}
    values = {name: "" if is_blank(text) else text for name, text in values.items()}
    powder = _implied_powder(values)
    implied = "" if powder is None else f"{powder:.3g}"
    return {**values, "method": method.value, MEMBRANE: "", DOI: doi, "sigma_p_ms_cm": implied}


def with_effects(claims: Sequence[Claim], cells: Mapping[str, str]) -> list[Claim]:
    """Return the claims about one row with the effect that the rule gives each."""
    entering = entered(claims, cells)
    return [replace(claim, effect=_effect(claim, cells, entering).value) for claim in claims]


def entered(claims: Sequence[Claim], cells: Mapping[str, str]) -> dict[str, str]:
    """Return the values that enter one row, by column; none where sources of the best class contradict each other."""
    values: dict[str, str] = {}
    for column in dict.fromkeys(claim.column for claim in claims):
        about = [claim for claim in claims if claim.column == column]
        entering = [claim for claim in about if _enters(claim, claims, cells)]
        standing = [claim for claim in about if _may_be_derived(claim) and _agree(column, cells[column], claim.value)]
        best = min((claim.evidence for claim in [*entering, *standing]), default=None)
        ranked = [claim for claim in about if claim.evidence == best and _may_be_derived(claim)]
        value = next((claim.value for claim in entering if claim.evidence == best), "")
        if value and all(_agree(column, value, claim.value) for claim in ranked):
            values[column] = value
    return values


def _effect(claim: Claim, cells: Mapping[str, str], entering: Mapping[str, str]) -> Effect:
    present = cells[claim.column]
    if claim.column not in entering:
        return Effect.CONFIRMS if _agree(claim.column, present, claim.value) else Effect.CONFLICT
    if not _agree(claim.column, entering[claim.column], claim.value):
        return Effect.CONFLICT
    return Effect.FILLS if present == "" and claim.column != MEMBRANE else Effect.CHANGES


def _enters(claim: Claim, claims: Sequence[Claim], cells: Mapping[str, str]) -> bool:
    """Return whether a claim may enter; those that agree with the cell have nothing to enter."""
    if _agree(claim.column, cells[claim.column], claim.value):
        return False
    if claim.column == DOI:
        return cells[DOI] == "" and is_identified(claim.matched)
    if claim.column == MEMBRANE:
        return claim.evidence is Evidence.PAPER
    if claim.column not in HEADINGS or not _may_be_derived(claim):
        return False
    by_class = {Evidence.PAPER: _always, Evidence.ANOTHER: _of_another, Evidence.DIGEST: _of_digest}
    return claim.evidence in by_class and by_class[claim.evidence](claim, claims, cells)


def is_identified(matched: str) -> bool:
    """Return whether a DOI was seen with the title and two of year, volume and article number.

    >>> is_identified("title|year|volume"), is_identified("title|year"), is_identified("year|volume|article number")
    (True, False, False)
    """
    seen = set(matched.split("|")) & _MATCHED
    return "title" in seen and len(seen) > 2  # noqa: PLR2004 - the title and two others


def _may_be_derived(claim: Claim) -> bool:
    return claim.derivation is None or claim.column in _MAY_DERIVE.get(claim.derivation, ())


def _always(claim: Claim, claims: Sequence[Claim], cells: Mapping[str, str]) -> bool:  # noqa: ARG001 - one signature
    return True


def _of_another(claim: Claim, claims: Sequence[Claim], cells: Mapping[str, str]) -> bool:
    if claim.column in OUTCOMES:
        return False
    if cells[claim.column] == "":
        return _applies(claim.column, cells)
    others = [other for other in claims if other.column == claim.column and other.evidence is Evidence.ANOTHER]
    agreeing = {other.wrote for other in others if _agree(claim.column, other.value, claim.value)}
    return len(agreeing) > 1 or (
        len({other.wrote for other in others}) == 1
        and _is_impossible(claim.column, cells)
        and not _contradicts_more(claim, claims, cells)
    )


def _of_digest(claim: Claim, claims: Sequence[Claim], cells: Mapping[str, str]) -> bool:  # noqa: ARG001 - one signature
    if claim.column not in _FILLED_SECOND_HAND or cells[claim.column] != "" or not _applies(claim.column, cells):
        return False
    return _within(cells["sigma_m_ms_cm"], claim.line_sigma_m_ms_cm, LINE_WITHIN) and _within(
        cells["thickness_um"], claim.line_thickness_um, AGREE_WITHIN
    )


def _applies(column: str, cells: Mapping[str, str]) -> bool:
    """Return whether a blank cell is not reported, rather than not applicable."""
    if column == "solvent":
        return cells["method"] != Method.DRY
    return column not in _HOLDER or cells[_HOLDER[column]] != ""


def _is_impossible(column: str, cells: Mapping[str, str]) -> bool:
    """Return whether a printed cell cannot be right.

    A powder above all known ones makes outcomes impossible, into which no source but the paper enters anyway.
    """
    if column == "sulfide":
        composition = catalogue().composition(cells["sulfide"])
        return composition is not None and charge_imbalance(composition) > CHARGE_WITHIN
    contents = [ends[1] for name in CONTENTS if (ends := span(cells[name])) is not None]
    return column in CONTENTS and sum(contents) > 100  # noqa: PLR2004 - percent


def _contradicts_more(claim: Claim, claims: Sequence[Claim], cells: Mapping[str, str]) -> bool:
    """Return whether the same source differs from the row elsewhere too: then it may be about another material."""
    others = (other for other in claims if other.wrote == claim.wrote and other.column not in {claim.column, DOI})
    return any(not _agree(other.column, cells[other.column], other.value) for other in others)


def _agree(column: str, first: str, other: str) -> bool:
    if column not in _NUMBERS:
        return first.casefold() == other.casefold()
    ends, limits = span(first), span(other)
    if ends is None or limits is None:
        return first == other
    return ends[0] <= limits[1] * (1 + AGREE_WITHIN) and limits[0] <= ends[1] * (1 + AGREE_WITHIN)


def _within(first: str, other: str, share: float) -> bool:
    ends, limits = span(first), span(other)
    return ends is not None and limits is not None and abs(limits[1] / ends[1] - 1) <= share + ROUNDING


def _implied_powder(values: Mapping[str, str]) -> float | None:
    sigma, retention = span(values["sigma_m_ms_cm"]), span(values["retention_percent"])
    is_exact = sigma is not None and retention is not None and sigma[0] == sigma[1] and retention[0] == retention[1]
    return 100 * sigma[0] / retention[0] if is_exact and sigma and retention else None


def with_checks(cells: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of a printed row with what enters; the mark of a pouch cell stays with the sulfide."""
    entering = {HEADINGS[column]: value for column, value in values.items() if column in HEADINGS}
    heading = HEADINGS["sulfide"]
    if heading in entering and cells[heading].endswith(MARK):
        entering[heading] += MARK
    return {**cells, **entering}


def claim_faults(claims: Iterable[Claim], cells: Mapping[str, str]) -> list[Fault]:
    """Return a fault for each claim about a cell that reads otherwise, or whose effect is not what the rule gives."""
    claims, faults = list(claims), list[Fault]()
    for claim, by_rule in zip(claims, with_effects(claims, cells), strict=True):
        at = f"line {claim.line}"
        if claim.present != cells[claim.column]:
            faults.append(Fault("correction-mismatch", claim.column, at, FILE, claim.present, cells[claim.column]))
        if claim.effect != by_rule.effect:
            faults.append(Fault("effect-not-by-rule", "effect", at, FILE, claim.effect, by_rule.effect))
    return faults


def conflicts(claims: Iterable[Claim]) -> list[Claim]:
    """Return the claims that a row does not follow, and those by which it leaves training."""
    return [claim for claim in claims if claim.effect == Effect.CONFLICT or claim.column == MEMBRANE]


def trust_in(claims: Iterable[Claim]) -> Trust:
    """Return how far the paper bears out a row.

    Low where it is no such membrane, or sulfide, route, powder or outcome are claimed otherwise; high where the paper
    itself states a conductivity or the retention as the row has it; medium else.
    """
    claims = list(claims)
    doubted = {claim.column for claim in conflicts(claims)}
    if doubted & {MEMBRANE, "sulfide", "method", "sigma_p_ms_cm", *OUTCOMES}:
        return Trust.LOW
    borne_out = {claim.column for claim in claims if claim.evidence is Evidence.PAPER} - doubted
    return Trust.HIGH if borne_out & set(OUTCOMES) else Trust.MEDIUM
