"""Spaces, screens and fronts in words: as tables to read on the page, as lines to read in a terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from spcse_ml.design.blocks import NO_ROOM
from spcse_ml.design.screening import BROKEN, CHANCE, DOMAIN, Best, Question, recipes_in_words
from spcse_ml.design.space import DesignSpace
from spcse_ml.design.tradeoffs import ALIKE, Front, Objective
from spcse_ml.drawing.words import kept, span

LONGEST_LISTED = 15
"""Candidates of a front that are shown in a terminal; the table has all."""


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
        told = zip(table["number"], recipes_in_words(table), table[BROKEN], strict=True)
        lines += ["drawn at random:", *(f"  {number:>14}  {words}{_breaks(rules)}" for number, words, rules in told)]
    return lines


def _counts(counts: Mapping[str, int]) -> list[str]:
    return [f"  {n:>14,}  {name}" for name, n in counts.items()]


def _breaks(rules: str) -> str:
    return f"; breaks {rules}" if rules else ""


def candidates_told(table: pd.DataFrame) -> pd.DataFrame:
    """Return the candidates of a screen in words, a row each, the best first; blank where nothing can be told."""
    rows, known = table.to_dict("records"), table["areal_resistance_ohm_cm2"].notna()
    return pd.DataFrame(
        {
            "recipe": recipes_in_words(table),
            "retention (%)": [kept(row) for row in rows],
            "chance": [f"{row[CHANCE]:.2f}" for row in rows],
            "what is known": [f"{row[DOMAIN]} ({row['domain_reason']})" if row["domain_reason"] else row[DOMAIN]
                              for row in rows],
            "breaks": list(table[BROKEN]),
            "areal resistance (Ω cm²)": [span(row, "areal_resistance{}_ohm_cm2") if is_known else ""
                                         for row, is_known in zip(rows, known, strict=True)],
            "powder": list(table["sigma_p_source"].where(known, "")),
            "why": list(table["reason"]),
            "nearest": list(table["nearest_membrane"]),
            "number": list(table["number"]),
        },
        dtype=object,
    )  # fmt: skip


def hidden(found: Best) -> list[tuple[int, str, str]]:
    """Return what of a screen is hidden: how many, of what kind, and the flag that shows them."""
    outside, broken = found.n_hidden.get(DOMAIN, 0), found.n_hidden.get(BROKEN, 0)
    told = [(outside, "that the rows do not hold", "--all"),
            (broken, "of the others break a published rule", "--with-broken")]  # fmt: skip
    return [one for one in told if one[0]]


def screen_lines(found: Best, table: pd.DataFrame, question: Question) -> list[str]:
    """Return how many were scored and are hidden, then the listed candidates with their reasons."""
    lines = [f"{found.n_scored:,} recipes scored"]
    lines += [f"hidden: {n:,} {what} ({flag} shows them)" for n, what, flag in hidden(found)]
    for rank, one in enumerate(candidates_told(table).to_dict("records"), start=1):
        resistance = one["areal resistance (Ω cm²)"]
        lines += [
            "", f"{rank:>2}. {one['recipe']} (number {one['number']})",
            f"    retention {one['retention (%)']} %; chance above {question.threshold_percent:g} %: {one['chance']}",
            f"    recipe {one['what is known']}{_breaks(one['breaks'])}",
            *([f"    areal resistance {resistance} Ω cm²; powder: {one['powder']}"] if resistance else []),
            f"    why: {one['why']}", f"    nearest: {one['nearest']}",
        ]  # fmt: skip
    return lines if len(table) else [*lines, "nothing is left to list"]


def objective_told(row: Mapping[Any, Any], one: Objective, *, ends: bool = False) -> str:
    """Return what a candidate is worth in an objective, with the ends of its interval where they are asked for."""
    low, high = one.ends
    told = f" ({row[low]:.3g} to {row[high]:.3g})" if low and ends else ""
    return f"{one.name.replace('-', ' ')} {row[one.column]:.3g}{told} {one.unit}"


def front_lines(found: Front, objectives: Iterable[Objective]) -> list[str]:
    """Return the front, the first objective's best first."""
    objectives = tuple(objectives)
    lines = [f"{len(found.table)} of {found.n_compared:,} candidates are beaten by no other"]
    if found.n_unknown:
        lines.append(f"left out: {found.n_unknown:,} of which an objective is not known")
    for row in found.table.head(LONGEST_LISTED).to_dict("records"):
        values = ", ".join(objective_told(row, one) for one in objectives)
        alike = f", and {row[ALIKE] - 1} alike" if row[ALIKE] > 1 else ""
        lines.append(f"  {values}: {row['recipe']} ({row[DOMAIN]}{alike})")
    more = len(found.table) - LONGEST_LISTED
    return [*lines, f"  and {more} more in the table"] if more > 0 else lines
