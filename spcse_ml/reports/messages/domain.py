"""Where a recipe lies in the applicability domain, and for which reasons, in words."""

from collections.abc import Iterable, Mapping
from numbers import Number

from spcse_ml.errors import printable
from spcse_ml.models.applicability import EDGE, INSIDE, OUTSIDE, DomainReason

DOMAINS: Mapping[str, str] = {
    INSIDE: "inside the applicability domain",
    EDGE: "on the edge of the applicability domain",
    OUTSIDE: "outside the applicability domain: do not rely on this prediction",
}

REASONS: Mapping[str, str] = {
    "binder-class-not-in-training": "binder {value}: no {among} membrane of the class {context}",
    "binder-not-by-method": "binder {value}: no {among} membrane by {context}, only by {known}",
    "binder-not-in-training": "binder {value}: no {among} membrane with it, only with others of the class {context}",
    "content-beyond-range": "{column} {value:g} wt%: {among} sulfide membranes have {known}",
    "content-far-from-known": "{column} {value:g} wt%: {among} membranes with {context} have {known}",
    "content-of-filled-polymer":
        "{column} {value:g} wt%: so much polymer makes a sulfide-filled polymer electrolyte; {among} ones have {known}",
    "content-not-given": "{column}: not given",
    "content-not-reported": "{column} {value:g} wt%: no {among} membrane with {context} reports its content",
    "far-from-films": "each condition lies within those of your films, but no film is near",
    "film-name-not-given": "{column}: not given; taken as {value}, the most frequent of your films",
    "film-names-not-together": "none of your films has {value} together",
    "film-name-unknown": "{column} {value}: none of your films has it, only {known}",
    "film-number-beyond-range": "{column} {value:g}: your films have {known}",
    "film-number-not-given": "{column}: not given; taken as {value:.3g}, the median of your films",
    "films-not-told-apart": "too few films tell any condition apart",
    "method-not-in-training": "method {value}: no {among} membrane by it",
    "no-template-in-training": "template {value}: no {among} membrane has a template",
    "plasticizer-not-in-training": "{column} {value}: no {among} membrane tells of one",
    "process-value-beyond-range": "{column} {value:g}: your {among} membranes have {known}",
    "process-value-not-given": "{column}: not given; your {among} membranes report it",
    "solvent-donor-number-beyond-range":
        "solvent {context}: donor number {value:g} kcal/mol; {among} membranes have {known}",
    "solvent-not-by-method": "solvent {value}: no {among} membrane by {context}, only by {known}",
    "solvent-not-in-training": "solvent {value}: no {among} membrane with it",
    "solvent-of-another-donor-number":
        "solvent {context}: no {among} membrane with it at a donor number of {value:g} kcal/mol",
    "solvent-protic": "solvent {value}: protic, dissolves or decomposes sulfides; no {among} membrane with it",
    "sulfide-family-by-method-with-others": "{value} sulfides by {context}: {among} membranes only with {known}",
    "sulfide-family-not-filled-in": "{value} sulfides: no {among} polymer electrolyte is filled with them",
    "sulfide-family-only-filled-in": "{value} sulfides: {among} ones only as filling of a polymer electrolyte",
    "sulfide-family-not-by-method": "{value} sulfides: no {among} membrane by {context}, only by {known}",
    "sulfide-family-not-in-training": "sulfide {value}: no {among} membrane of the family {context}",
    "sulfide-not-in-training": "sulfide {value}: no {among} membrane with it, only with others of the family {context}",
    "sulfide-of-another-family": "sulfide {value}: no {among} membrane with it as {context}",
    "template-not-in-training": "template {value}: no {among} membrane with it",
    "template-not-with-solvent": "template {value}: no {among} membrane has it filled with a solvent",
    "template-not-without-solvent": "template {value}: no {among} membrane has it filled without a solvent",
}  # fmt: skip
"""By code; a text names the fields of a `DomainReason` in { }."""


def reason_text(reason: DomainReason) -> str:
    """Return why a recipe is not inside the domain.

    >>> reason_text(DomainReason(OUTSIDE, "content-beyond-range", "binder_wt_percent", 95.0, (0.2, 90.0)))
    'binder_wt_percent 95 wt%: training sulfide membranes have 0.2 to 90'
    """
    text = REASONS[reason.code].format_map({**vars(reason), "known": _known(reason)})
    return printable(f"for the {reason.target}, {text}" if reason.target else text)


def reasons_text(reasons: Iterable[DomainReason]) -> str:
    """Return all reasons of a recipe in one text; empty inside the domain."""
    return "; ".join(map(reason_text, reasons))


def _known(reason: DomainReason) -> str:
    values = [f"{value:.3g}" if isinstance(value, Number) else str(value) for value in reason.known]
    if reason.code.endswith("beyond-range") or reason.code == "content-of-filled-polymer":
        return " to ".join(dict.fromkeys(values)) or "no such value"
    return ", ".join(values) or "what is not shown"
