"""Spaces, screens and fronts in words: as tables to read on the page, as lines to read in a terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from spcse_ml.design.blocks import NO_ROOM
from spcse_ml.design.minimum_content import LEAST
from spcse_ml.design.pareto import ALIKE, Front, Objective
from spcse_ml.design.screen import BROKEN, CHANCE, DOMAIN, POWDER, Best, Question, recipes_in_words
from spcse_ml.design.space import DesignSpace
from spcse_ml.reports.messages.powders import powder_source_text
from spcse_ml.reports.messages.predictions import ranged, retention_text, span

LONGEST_LISTED = 15
"""Candidates of a front that are shown in a terminal; the table has all."""

CURES = {
    "areal-resistance": "give the conductivity of its powder, [sigma_p_ms_cm] of the space",
    "cost": "give what its materials cost, [cost_per_kg] of the space",
}
"""What makes an objective known, by its name; the others are known of every candidate."""


def space_lines(space: DesignSpace, table: pd.DataFrame) -> list[str]:
    """Return how many recipes a space has, what was taken away, what breaks a rule, and a sample."""
    survey, breaking = space.survey, space.n_breaking()
    removed = dict(sorted(survey.removed.items(), key=lambda item: (item[0] == NO_ROOM, -item[1])))
    broken = {name: n for name, n in breaking.items() if name and n}
    lines = [f"{space.size:,} recipes of {survey.n_before:,} that the lists make; all counts are exact",
             *_counts(space.by_method)]  # fmt: skip
    if removed:
        lines += ["taken away (a recipe that two of these meet counts in both):", *_counts(removed)]
    if broken:
        lines += [f"{breaking['']:,} of them break a published rule; kept, and hidden by screen:", *_counts(broken)]
    if len(table):
        sample = zip(table["number"], recipes_in_words(table), table[BROKEN], strict=True)
        lines += ["drawn at random:", *(f"  {number:>14}  {words}{_breaks(rules)}" for number, words, rules in sample)]
    return lines


def _counts(counts: Mapping[str, int]) -> list[str]:
    return [f"  {n:>14,}  {name}" for name, n in counts.items()]


def _breaks(rules: str) -> str:
    return f"; breaks {rules}" if rules else ""


def candidates_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return the candidates of a screen in words, a row each, the best first; blank where nothing can be told."""
    rows, known = table.to_dict("records"), table["areal_resistance_ohm_cm2"].notna()
    return pd.DataFrame(
        {
            "recipe": recipes_in_words(table),
            "retention (%)": [retention_text(row) for row in rows],
            "areal resistance (Ω cm²)": [span(row, "areal_resistance{}_ohm_cm2") if is_known else ""
                                         for row, is_known in zip(rows, known, strict=True)],
            "chance": [f"{row[CHANCE]:.2f}" for row in rows],
            "what is known": [f"{row[DOMAIN]} ({row['domain_reason']})" if row["domain_reason"] else row[DOMAIN]
                              for row in rows],
            "breaks": list(table[BROKEN]),
            "powder": list(table["sigma_p_source"].map(powder_source_text).where(known, table["no_resistance"])),
            "why": list(table["reason"]),
            "nearest": list(table["nearest_membrane"]),
            "number": list(table["number"]),
        },
        dtype=object,
    )  # fmt: skip


def hidden(best: Best) -> list[tuple[int, str, str]]:
    """Return what of a screen is hidden: how many, of what kind, and the flag that shows them."""
    kinds = [
        (DOMAIN, "that the rows do not hold", "--all"),
        (BROKEN, "of the others break a published rule", "--with-broken"),
        (LEAST, "of the others hold less than half the binder of any membrane of their kind", "--with-thin"),
        (POWDER, "of the others stand on a powder whose conductivity is not known", "[sigma_p_ms_cm] of the space"),
    ]
    return [(n, what, flag) for name, what, flag in kinds if (n := best.n_hidden.get(name, 0))]  # fmt: skip


def screen_lines(best: Best, table: pd.DataFrame, question: Question, remarks: Iterable[str] = ()) -> list[str]:
    """Return how many were scored and are hidden, with remarks on that, then the listed candidates with reasons."""
    lines = [f"{best.n_scored:,} recipes scored"]
    lines += [f"hidden: {n:,} {what} ({flag} shows them)" for n, what, flag in hidden(best)]
    lines += [*remarks, *_nowhere(table)]
    for rank, (text, row) in enumerate(zip(*(part.to_dict("records") for part in (candidates_text(table), table)),
                                          strict=True), start=1):  # fmt: skip
        lines += [
            "", f"{rank:>2}. {text['recipe']} (number {text['number']})",
            f"    retention {text['retention (%)']} %; chance above {question.threshold_percent:g} %: {text['chance']}",
            f"    recipe {text['what is known']}{_breaks(text['breaks'])}",
            *([f"    little binder: {row['thin']}"] if row["thin"] else []),
            *_consequences(row, has_reason=not _nowhere(table)),
            f"    why: {text['why']}", f"    nearest: {text['nearest']}",
        ]  # fmt: skip
    return lines if len(table) else [*lines, "nothing is left to list"]


def _nowhere(table: pd.DataFrame) -> list[str]:
    """Return why no candidate of a list is told an areal resistance, where all lack it for one reason."""
    reasons = set(table["no_resistance"])
    return [f"no areal resistance: {reason}" for reason in reasons if reason and len(reasons) == 1]


def _consequences(row: Mapping[Any, Any], *, has_reason: bool) -> list[str]:
    """Return the line of what a candidate conducts and resists, on which powder; or why it tells no resistance."""
    parts = []
    if pd.notna(row["sigma_m_ms_cm"]):
        parts.append(f"conductivity σm {span(row, 'sigma_m{}_ms_cm')} mS/cm")
    if pd.notna(row["areal_resistance_ohm_cm2"]):
        parts.append(f"areal resistance {span(row, 'areal_resistance{}_ohm_cm2')} Ω cm²")
    elif has_reason and row["no_resistance"]:
        parts.append(f"no areal resistance: {row['no_resistance']}")
    powder = [f"powder: {powder_source_text(row['sigma_p_source'])}"] if row["sigma_p_source"] else []
    return ["    " + "; ".join([*parts, *powder])] if parts else []


def proposal_text(answer: Mapping[str, Any]) -> list[str]:
    """Return what is expected of a membrane to make: retention, and what it conducts and resists where that is told."""
    parts = [f"retention {retention_text(answer)} %, {answer['domain']}"]
    if answer["sigma_m_ms_cm"] is not None:
        parts.append(f"σm {span(answer, 'sigma_m{}_ms_cm')} mS/cm")
    if answer["areal_resistance_ohm_cm2"] is not None:
        parts.append(f"areal resistance {span(answer, 'areal_resistance{}_ohm_cm2')} Ω cm²")
    return [*parts, *([f"powder: {powder_source_text(answer['sigma_p_source'])}"] if answer["sigma_p_source"] else [])]


def objective_text(row: Mapping[Any, Any], objective: Objective, *, ends: bool = False) -> str:
    """Return what a candidate is worth in an objective, with the ends of its interval where they are asked for."""
    low, high = objective.ends
    value = row[objective.column]
    text = ranged(value, row[low], row[high], ".3g") if low and ends else f"{value:.3g}"
    return f"{objective.name.replace('-', ' ')} {text} {objective.unit}"


def counted(front: Front, objectives: Iterable[Objective]) -> list[str]:
    """Return how many candidates of how many are on the front, and which were not compared, with the cure."""
    n = len(front.table)
    lines = [f"{n:,} of {front.n_compared:,} candidates {'is' if n == 1 else 'are'} beaten by no other"]
    if front.n_unknown:
        unknown = [
            objective.name for objective in objectives if objective.name in CURES and front.unknown.get(objective.name)
        ]
        cures = {name.replace("-", " "): CURES[name] for name in unknown}
        left_out = f"{front.n_unknown:,} whose {' or '.join(cures)} is not known"
        lines.append(f"left out: {left_out}; {', or '.join(cures.values())}, and screen it")
    return lines


def front_lines(front: Front, objectives: Iterable[Objective]) -> list[str]:
    """Return the front, the first objective's best first."""
    objectives = tuple(objectives)
    lines = counted(front, objectives)
    for row in front.table.head(LONGEST_LISTED).to_dict("records"):
        values = ", ".join(objective_text(row, objective) for objective in objectives)
        alike = f", and {row[ALIKE] - 1} alike" if row[ALIKE] > 1 else ""
        lines.append(f"  {values}: {row['recipe']} ({row[DOMAIN]}{alike})")
    more = len(front.table) - LONGEST_LISTED
    return [*lines, f"  and {more} more in the table"] if more > 0 else lines
