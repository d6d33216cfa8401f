"""The words of an answer, the same in a terminal, in the report and on the page."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from spcse_ml.data.dataset import OWN
from spcse_ml.data.paper_checks import Derivation
from spcse_ml.data.validation import recipe_in_words
from spcse_ml.evaluation.metrics import FEWEST_GROUPS, Gain
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.models.applicability import OUTSIDE
from spcse_ml.reports.messages.data import SOURCES
from spcse_ml.reports.messages.domain import DOMAINS
from spcse_ml.reports.messages.verdict import meaning
from spcse_ml.schema import RETENTION, THICKNESS

ENDS = ("", "_low", "_high")
INTERVALS = "in brackets {:g} % prediction intervals"
RECALIBRATED = "calibrated anew on its rows, since its file (schema {}, version 0.1) had intervals that are too narrow"
DONOR_KINDS: Mapping[str, str] = {
    "analogue": "estimated from an analogue",
    "convention": "in common use, not known to be measured",
    "uncited_dictionary": "from a list that cites no source",
    "given": "given by you",
}
"""How a donor number is known, in words; `published` stands for itself."""
CONTRADICTS = "this very recipe was measured outside the prediction interval above"


def ranged(value: float, low: float, high: float | None, form: str = ".1f") -> str:
    """Return a value with the interval around it; what is None or infinite has no limit.

    >>> ranged(14.3, 9, 20.5), ranged(1.74, 1.37, None, ".3g")
    ('14.3 (9.0 to 20.5)', '1.74 (1.37 to no limit)')
    """
    middle, lower, upper = (_number(number, form) for number in (value, low, high))
    return f"{middle} ({lower} to {upper})"


def finding(gain: Gain, unit: str) -> str:
    """Return what a gain shows, with its unit, and the number of papers or batches where they are too few."""
    few = f" (of {gain.n} papers or batches; five are needed)" if gain.n < FEWEST_GROUPS else ""
    return f"{unit}: {gain.finding}{few}"


def _number(number: float | None, form: str) -> str:
    return "no limit" if number is None or math.isinf(number) else format(number, form)


def span(row: Mapping[Any, Any], pattern: str, form: str = ".3g") -> str:
    """Return a value of an answer with its interval; the pattern leaves a place for the ends of column names."""
    value, low, high = (row[pattern.format(end)] for end in ENDS)
    return ranged(value, low, high, form)


def retention_text(row: Mapping[Any, Any]) -> str:
    """Return the retention of an answer or a candidate with its interval, in whole percent."""
    return span(row, "retention{}_percent", ".0f")


def answer_text(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of an answer by their names: first where the recipe lies, then retention, model and the rest."""
    texts = {"recipe": recipe_text(row)}
    if row["as_written"]:
        texts["as written"] = row["as_written"]
    if row["remarks"]:
        texts["check"] = "; ".join(row["remarks"])
    if row["domain_reason"]:
        texts["reason"] = row["domain_reason"]
    if row["claimed_otherwise"]:
        texts["said otherwise"] = "; ".join(row["claimed_otherwise"])
    texts["retention σm/σp"] = f"{retention_text(row)} %"
    texts["model"] = retention_meaning(row)
    if row["donor_number"] is not None:
        texts["donor number"] = donor_number_text(row["donor_number"])
    return {**texts, **consequences_text(row)}


def donor_number_text(number: Mapping[str, Any]) -> str:
    """Return the donor number that a prediction uses, with its uncertainty, and how and from where it is known.

    >>> donor_number_text({"solvent": "squalane", "value_kcal_mol": 1, "uncertainty_kcal_mol": None,
    ...                    "kind": "given", "source": ""})
    '1 kcal/mol (squalane), given by you'
    """
    uncertainty = number["uncertainty_kcal_mol"]
    spread = "" if uncertainty is None else f" ± {uncertainty:.2g}"
    kind, source = DONOR_KINDS.get(number["kind"], number["kind"]), number["source"]
    known = f"from {source}" if number["kind"] == "uncited_dictionary" else ": ".join(filter(None, [kind, source]))
    return f"{number['value_kcal_mol']:g}{spread} kcal/mol ({number['solvent']}), {known}"


def recipe_text(row: Mapping[str, Any]) -> str:
    """Return where a recipe lies in the applicability domain, and its measured retention where it was measured."""
    membranes = row["measured"]
    if not membranes:
        return DOMAINS[row["domain"]]
    values = {
        f"{membrane['observed']:.3g} % in {_source(membrane)}": membrane["is_in_interval"] for membrane in membranes
    }
    parts = [DOMAINS[row["domain"]], f"measured retention {', '.join(values)}", _held_text(list(values.values()))]
    return "; ".join(parts)


_DERIVED = {
    Derivation.CONTENT: "computed from contents", Derivation.RATIO: "its conductivities",
    Derivation.OTHER_RATIO: "of another powder or a derived conductivity", Derivation.RESISTANCE: "from a resistance",
}  # fmt: skip


def claim_text(claim: Mapping[str, Any]) -> str:
    """Return what a source says of a membrane otherwise than its row.

    >>> claim_text({"column": "thickness_um", "value": "47", "evidence": "C", "derivation": "", "doi": "",
    ...             "reference": 57})
    '[57] thickness_um 47 (a digest)'
    """
    derived = _DERIVED[Derivation(claim["derivation"])] if claim["derivation"] else ""
    doi = f"DOI {claim['doi']}" if claim["doi"] else ""
    source = ", ".join(filter(None, [SOURCES[claim["evidence"]], derived, doi]))
    return f"[{claim['reference']}] {claim['column']} {claim['value']} ({source})"


def _held_text(is_held: Sequence[bool]) -> str:
    """Return whether the prediction interval holds what was measured of the very recipe, from which the model learnt.

    >>> _held_text([False]), _held_text([True, False])
    ('learnt from, and outside the prediction interval', 'learnt from, 1 of 2 within the prediction interval')
    """
    if len(is_held) == 1:
        return f"learnt from, and {'within' if is_held[0] else 'outside'} the prediction interval"
    return f"learnt from, {sum(is_held)} of {len(is_held)} within the prediction interval"


def _source(membrane: Mapping[str, Any]) -> str:
    is_own = membrane["references"].startswith(OWN)
    return membrane["references"] if is_own else f"[{membrane['references']}] {membrane['paper']}"


def retention_meaning(row: Mapping[str, Any]) -> str:
    """Return what the verdict on the model of the retention means for a recipe."""
    verdict = Verdict(row["retention_verdict"])
    is_beyond = verdict is Verdict.USEFUL and row["domain"] == OUTSIDE
    return f"{meaning(RETENTION, verdict)}{', but not for such a recipe' if is_beyond else ''}"


def consequences_text(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what follows from an answer by its name, conductivity, resistance or thickness, and the model."""
    texts = {}
    if row["sigma_m_ms_cm"] is not None:
        texts["conductivity σm"] = f"{span(row, 'sigma_m{}_ms_cm')} mS/cm"
    if row["areal_resistance_ohm_cm2"] is not None:
        texts["areal resistance"] = f"{span(row, 'areal_resistance{}_ohm_cm2')} Ω cm² at the planned thickness"
    else:
        texts["thickness"] = _thickness(row)
    answered_by = [row["model"], INTERVALS.format(100 * row["level"])]
    if row["recalibrated_from"] is not None:
        answered_by.append(RECALIBRATED.format(row["recalibrated_from"]))
    return {**texts, "answered by": "; ".join(answered_by)}


def _thickness(row: Mapping[str, Any]) -> str:
    value, verdict = f"{span(row, 'thickness{}_um')} µm", Verdict(row["thickness_verdict"])
    text = meaning(THICKNESS, verdict)
    return f"{text}: {value}" if verdict is Verdict.NO_SKILL else f"{value}; model {text}"


def ignored_text(names: Sequence[str]) -> str:
    """Return a sentence on the columns of a recipe that neither model uses."""
    return f"ignored by this model (too few training membranes report it): {', '.join(names)}"


def nearest_text(near: Sequence[Mapping[str, Any]]) -> str:
    """Return the heading of the nearest membranes: published ones, or own ones among them."""
    has_own = any(membrane["references"].startswith(OWN) for membrane in near)
    what, whole = ("membranes", "paper or batch") if has_own else ("published membranes", "paper")
    return f"nearest {what}, each predicted with its {whole} held out"


def neighbour_lines(near: Mapping[str, Any]) -> list[str]:
    """Return a membrane near a recipe: what it is, its measured and its predicted retention, any note."""
    apart = f"; differs most in {', '.join(near['differs_in'])}" if near["differs_in"] else ""
    predicted = ranged(near["predicted"], near["low"], near["high"], ".3g")
    return [
        f"[{near['references']}] {near['recipe']} (distance {near['distance']:.2f}{apart})",
        f"measured retention {near['observed']:.3g} %, predicted {predicted} %; {near['paper']}",
        *([f"note: {near['note']}"] if near["note"] else []),
        *(f"claimed otherwise: {claim_text(claim)}" for claim in near["claimed_otherwise"]),
        *([CONTRADICTS] if near["contradicts"] else []),
    ]


def candidate_text(recipe: Mapping[Any, Any], row: Mapping[str, Any]) -> dict[str, str]:
    """Return an answer as a row of the report."""
    card = row["card"]
    return {
        "recipe": recipe_in_words(recipe),
        "retention": retention_text(row),
        "domain": ": ".join(filter(None, [row["domain"], row["domain_reason"]])),
        "rules": " ".join(rule["statement"] for rule in card["broken_rules"]) or "none",
        "nearest": "; ".join(f"[{near['references']}] measured retention {near['observed']:.3g} %"
                             for near in card["nearest"]),
    }  # fmt: skip
