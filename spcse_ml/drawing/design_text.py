"""Spaces, screens and fronts as lines to read in a terminal."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from spcse_ml.design.blocks import NO_ROOM
from spcse_ml.design.screening import BROKEN, CHANCE, DOMAIN, HIGH, LOW, Best, Question, recipes_in_words
from spcse_ml.design.space import DesignSpace
from spcse_ml.design.tradeoffs import ALIKE, Front, Objective
from spcse_ml.literature.schema import RETENTION

LONGEST_LISTED = 15
"""Candidates of a front that are shown in a terminal; the table has all."""


def space_lines(space: DesignSpace, table: pd.DataFrame) -> list[str]:
    """Return how many recipes a space has, what was taken away, what breaks a rule, and a sample."""
    survey = space.survey
    removed = [f"  {n:>14,}  {name}" for name, n in sorted(survey.removed.items(), key=_order)]
    breaking = space.n_breaking()
    broken = [f"  {n:>14,}  {name}" for name, n in breaking.items() if name and n]
    return [
        f"{space.size:,} recipes of {survey.n_before:,} that the lists make; all counts are exact",
        *(f"  {n:>14,}  {method}" for method, n in space.by_method.items()),
        *(["taken away (a recipe that two of these meet counts in both):", *removed] if removed else []),
        *([f"{breaking['']:,} of them break a published rule; kept, and hidden by screen:", *broken] if broken else []),
        *(["drawn at random:", *_recipes(table)] if len(table) else []),
    ]


def _order(item: tuple[str, int]) -> tuple[bool, int]:
    return item[0] == NO_ROOM, -item[1]


def _recipes(table: pd.DataFrame) -> Iterable[str]:
    for row, words in zip(table.to_dict("records"), recipes_in_words(table), strict=True):
        yield f"  {row['number']:>14}  {words}" + (f"; breaks {row[BROKEN]}" if row[BROKEN] else "")


def screen_lines(found: Best, table: pd.DataFrame, question: Question) -> list[str]:
    """Return how many were scored and are hidden, then the listed candidates with their reasons."""
    hidden = [
        f"hidden: {found.n_hidden.get(DOMAIN, 0):,} that the rows do not hold (--all shows them)",
        f"hidden: {found.n_hidden.get(BROKEN, 0):,} of the others break a published rule (--with-broken shows them)",
    ]
    lines = [f"{found.n_scored:,} recipes scored", *(line for line in hidden if not line.startswith("hidden: 0 "))]
    rows = zip(table.to_dict("records"), recipes_in_words(table), strict=True)
    for rank, (row, words) in enumerate(rows, start=1):
        lines += ["", f"{rank:>2}. {words} (number {row['number']})", *_candidate(row, question)]
    return lines if len(table) else [*lines, "nothing is left to list"]


def _candidate(row: Mapping[Any, Any], question: Question) -> list[str]:
    span = f"{row[RETENTION.column]:.0f} ({row[LOW]:.0f} to {row[HIGH]:.0f}) %"
    why = f" ({row['domain_reason']})" if row["domain_reason"] else ""
    lines = [f"retention {span}; chance above {question.threshold_percent:g} %: {row[CHANCE]:.2f}"]
    lines.append(f"recipe {row[DOMAIN]}{why}" + (f"; breaks {row[BROKEN]}" if row[BROKEN] else ""))
    if not math.isnan(row["areal_resistance_ohm_cm2"]):
        ends = f"{row['areal_resistance_low_ohm_cm2']:.3g} to {row['areal_resistance_high_ohm_cm2']:.3g}"
        lines.append(
            f"areal resistance {row['areal_resistance_ohm_cm2']:.3g} ({ends}) Ω cm²; powder: {row['sigma_p_source']}"
        )
    return [f"    {line}" for line in (*lines, f"why: {row['reason']}", f"nearest: {row['nearest_membrane']}")]


def front_lines(found: Front, objectives: Iterable[Objective]) -> list[str]:
    """Return the front, the first objective's best first."""
    lines = [f"{len(found.table)} of {found.n_compared:,} candidates are beaten by no other"]
    if found.n_unknown:
        lines.append(f"left out: {found.n_unknown:,} of which an objective is not known")
    for row in found.table.head(LONGEST_LISTED).to_dict("records"):
        values = ", ".join(f"{one.name.replace('-', ' ')} {row[one.column]:.3g} {one.unit}" for one in objectives)
        alike = f", and {row[ALIKE] - 1} alike" if row[ALIKE] > 1 else ""
        lines.append(f"  {values}: {row['recipe']} ({row[DOMAIN]}{alike})")
    more = len(found.table) - LONGEST_LISTED
    return [*lines, f"  and {more} more in the table"] if more > 0 else lines
