"""Spaces, screens and fronts in words: as tables to read on the page, as lines to read in a terminal.

The file is longer than others: it is all that the design room says, but for batches.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from spcse_ml.data.validation import recipe_in_words
from spcse_ml.design.blocks import ALLOW, BAN, DENY, DISSOLVES, MELTS, NO_ROOM, Removal
from spcse_ml.design.consequences import NO_THICKNESS, UNKNOWN_POWDER
from spcse_ml.design.declaration import Declared
from spcse_ml.design.minimum_content import LEAST, MinimumContent
from spcse_ml.design.pareto import ALIKE, CURRENCY_PER_KG, Front, Objective
from spcse_ml.design.rules import PUBLISHED, Donor
from spcse_ml.design.screen import BROKEN, CHANCE, DOMAIN, HIGH, LOW, POWDER, Attribution, Best, Question
from spcse_ml.design.space import DesignSpace
from spcse_ml.explanation.neighbours import Neighbour
from spcse_ml.reports.messages.domain import reasons_text
from spcse_ml.reports.messages.explanation import parts_text
from spcse_ml.reports.messages.powders import powder_source_text
from spcse_ml.reports.messages.predictions import CONTRADICTS, DONOR_KINDS, ranged, retention_text, span
from spcse_ml.schema import Method
from spcse_ml.to_json import records

LONGEST_LISTED = 15
"""Candidates of a front that are shown in a terminal; the table has all."""

FEW = 3
"""Solvents that are named one by one; of more it is counted how many have an estimated donor number."""

Ways = Mapping[str, str]
"""How a surface shows what is hidden, by the reason that hides it: a flag, a box; empty where there is no way."""
NO_WAYS: Ways = MappingProxyType({})

CURES = {
    "areal-resistance": "give the conductivity of its powder, [sigma_p_ms_cm] of the space",
    "cost": "give what its materials cost, [cost_per_kg] of the space",
}
"""What makes an objective known, by its name; the others are known of every candidate."""

_UNITS = {CURRENCY_PER_KG: "your currency per kg"}
_REMOVALS = {
    NO_ROOM: "contents that leave no room for the sulfide",
    ALLOW: "not in the allow list",
    DENY: "deny {}",
    BAN: "ban {}",
    DISSOLVES: "the solvent does not dissolve the binder by [dissolves]",
    MELTS: "the template melts below {:g} °C",
}
_HIDDEN = {
    DOMAIN: "not inside the applicability domain",
    BROKEN: "of the others break a published rule",
    LEAST: "of the others hold less than half the binder of any membrane of their kind",
    POWDER: "of the others have a powder of unknown conductivity, [sigma_p_ms_cm] of the space",
}
_UNKNOWN = {
    "": "",
    NO_THICKNESS: "the space sets no planned_thickness_um",
    UNKNOWN_POWDER: "no powder conductivity of {sulfide} is given, and fewer than three powders of it are published; "
    "give yours ([sigma_p_ms_cm])",
}
_FORMS = {
    "film": "that sets as a film",
    "fibrils": "drawn into fibrils",
    "fibre": "of fibres",
    "particles": "of particles",
}


def space_lines(space: DesignSpace, table: pd.DataFrame) -> list[str]:
    """Return how many recipes a space has, what was removed, what breaks a rule, and a sample."""
    survey, breaking = space.survey, space.n_breaking()
    removed = dict(sorted(survey.removed.items(), key=lambda item: (item[0].code == NO_ROOM, -item[1])))
    broken = {name: n for name, n in breaking.items() if name and n}
    lines = [f"{space.size:,} recipes of {survey.n_before:,} that the lists make; all counts are exact",
             *_counts(space.by_method)]  # fmt: skip
    if removed:
        lines += ["removed (a recipe that two of these meet counts in both):",
                  *_counts({removal_text(removal, space.declared): n for removal, n in removed.items()})]  # fmt: skip
    if broken:
        lines += [f"{breaking['']:,} of them break a published rule; kept, and hidden by screen:", *_counts(broken)]
    if len(table):
        rows = zip(table["number"], recipes_in_words(table), table[BROKEN], strict=True)
        lines += ["drawn at random:", *(f"  {number:>14}  {words}{_breaks(rules)}" for number, words, rules in rows)]
    return lines


def removal_text(removal: Removal, declared: Declared) -> str:
    """Return what takes recipes away in a few words.

    >>> from spcse_ml.design.space import design_space
    >>> removal_text(Removal(MELTS, 400.0), design_space().declared)
    'the template melts below 400 °C'
    """
    if removal.code != DENY:
        return _REMOVALS[removal.code].format(removal.value)
    line = declared.deny[int(removal.value)]
    return _REMOVALS[DENY].format(", ".join(f"{column} {' or '.join(names)}" for column, names in line.items()))


def _counts(counts: Mapping[str, int]) -> list[str]:
    return [f"  {n:>14,}  {name}" for name, n in counts.items()]


def _breaks(rules: str) -> str:
    return f"; breaks {rules}" if rules else ""


def recipes_in_words(table: pd.DataFrame) -> list[str]:
    """Return each recipe in a few words."""
    return [recipe_in_words(row) for row in records(table)]


def listed_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return the listed candidates of a screen, each recipe in words, and texts under names of their own for fields."""
    neighbours = zip(table["neighbour"], table[LOW], table[HIGH], strict=True)
    unknown = zip(table["no_resistance_code"], table["sulfide"], strict=True)
    fields = ["domain_reasons", "attribution", "neighbour", "no_resistance_code", "minimum"]
    return table.drop(columns=fields).assign(
        domain_reason=[reasons_text(reasons) for reasons in table["domain_reasons"]],
        reason=[attribution_text(attribution) for attribution in table["attribution"]],
        nearest_membrane=[neighbour_text(*neighbour) for neighbour in neighbours],
        no_resistance=[unknown_text(code, sulfide) for code, sulfide in unknown],
        thin=[minimum_text(minimum) if minimum else "" for minimum in table["minimum"]],
        recipe=recipes_in_words(table),
    )


def attribution_text(reason: Attribution) -> str:
    """Return the largest contributions to a prediction, in points, with the part of the recipe behind each."""
    parts = parts_text(reason.recipe)
    return ", ".join(f"{player} {points:+.1f} ({parts[player]})" for player, points in reason.points.items())


def neighbour_text(near: Neighbour, low: float, high: float) -> str:
    """Return the membrane nearest to a candidate, with a remark where it contradicts the interval."""
    measured = f"[{near.references}] {near.recipe}: measured retention {near.observed:.3g} %"
    remark = f"; {CONTRADICTS}" if near.contradicts(low, high) else ""
    return f"{measured} ({near.paper}; distance {near.distance:.2f}){remark}"


def unknown_text(code: str, sulfide: str) -> str:
    """Return why a conductivity or an areal resistance is not known; empty where it is."""
    return _UNKNOWN[code].format(sulfide=sulfide)


def minimum_text(minimum: MinimumContent) -> str:
    """Return the least content known of a kind of binder.

    >>> minimum_text(MinimumContent(2, "film", "unsaturated hydrocarbon", "dry binder laminating"))
    'no published dry membrane with an unsaturated hydrocarbon binder that sets as a film holds less than 2 wt%'
    """
    method = Method(minimum.method).short if minimum.method else ""
    binder = f"{minimum.chemical_class} binder {_FORMS[minimum.form]}".strip()
    membrane = " ".join(filter(None, ["published" if minimum.is_published else "known", method, "membrane"]))
    article = "an" if binder[0] in "aeiou" else "a"
    return f"no {membrane} with {article} {binder} holds less than {minimum.wt_percent:g} wt%"


def donor_lines(donors_by_rule: Mapping[str, tuple[Donor, ...]]) -> list[str]:
    """Return for each rule on donor numbers the solvents that break it, a line each."""
    return [f"{rule}: {_donors_text(donors)}" for rule, donors in donors_by_rule.items()]


def _donors_text(donors: tuple[Donor, ...]) -> str:
    if len(donors) > FEW:
        n = sum(donor.kind != PUBLISHED for donor in donors)
        return f"{len(donors)} solvents, {n} of them by an estimated donor number"
    return "; ".join(map(_donor_text, donors))


def _donor_text(donor: Donor) -> str:
    references = ", ".join(map(str, donor.references))
    used = f"nevertheless used in references {references}" if references else "used in no published membrane"
    kind = DONOR_KINDS.get(donor.kind, donor.kind)
    return f"{donor.name}, donor number {donor.donor_number_kcal_mol:g} kcal/mol, {kind}, {used}"


def candidates_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return the candidates of a screen in words, a row each, the best first; blank where nothing is known."""
    listed, known = listed_text(table), table["areal_resistance_ohm_cm2"].notna()
    rows = listed.to_dict("records")
    return pd.DataFrame(
        {
            "recipe": listed["recipe"],
            "retention (%)": [retention_text(row) for row in rows],
            "areal resistance (Ω cm²)": [
                span(row, "areal_resistance{}_ohm_cm2") if is_known else ""
                for row, is_known in zip(rows, known, strict=True)
            ],
            "chance": [f"{row[CHANCE]:.2f}" for row in rows],
            "applicability domain": [
                f"{row[DOMAIN]} ({row['domain_reason']})" if row["domain_reason"] else row[DOMAIN] for row in rows
            ],
            "breaks": list(table[BROKEN]),
            "powder": list(table["sigma_p_source"].map(powder_source_text).where(known, listed["no_resistance"])),
            "contributions": listed["reason"],
            "nearest": listed["nearest_membrane"],
            "number": list(table["number"]),
        },
        dtype=object,
    )


def hidden_lines(best: Best, ways: Ways = NO_WAYS) -> list[str]:
    """Return how many candidates of a screen are hidden and why, with the way to show them where there is one."""
    counts = {reason: best.n_hidden.get(reason, 0) for reason in _HIDDEN}
    return [with_way(f"hidden: {n:,} {_HIDDEN[reason]}", ways, reason) for reason, n in counts.items() if n]


def with_way(sentence: str, ways: Ways, reason: str) -> str:
    """Return a sentence on what is hidden, followed by how to show it where the surface has a way."""
    return f"{sentence}; {ways[reason]}" if reason in ways else sentence


def screen_lines(
    best: Best,
    table: pd.DataFrame,
    question: Question,
    donors: Mapping[str, tuple[Donor, ...]] = MappingProxyType({}),
    ways: Ways = NO_WAYS,
) -> list[str]:
    """Return how many were scored and are hidden, the donors that break rules, and the candidates with reasons."""
    text, rows = candidates_text(table).to_dict("records"), listed_text(table).to_dict("records")
    above = f"{question.threshold_percent:g} %"
    lines = [f"{best.n_scored:,} recipes scored", *hidden_lines(best, ways), *donor_lines(donors)]
    reasons = {row["no_resistance"] for row in rows}
    shared = reasons.pop() if len(reasons) == 1 else ""
    lines += [f"no areal resistance: {shared}"] if shared else []
    for rank, (cells, row) in enumerate(zip(text, rows, strict=True), start=1):
        lines += [
            "", f"{rank:>2}. {cells['recipe']} (number {cells['number']})",
            f"    retention {cells['retention (%)']} %; chance above {above}: {cells['chance']}",
            f"    applicability domain: {cells['applicability domain']}{_breaks(cells['breaks'])}",
            *([f"    little binder: {row['thin']}"] if row["thin"] else []),
            *_consequences(row, has_reason=not shared),
            f"    contributions: {cells['contributions']}", f"    nearest: {cells['nearest']}",
        ]  # fmt: skip
    return lines if len(table) else [*lines, "no candidate is left to list"]


def _consequences(row: Mapping[Any, Any], *, has_reason: bool) -> list[str]:
    """Return the line of the conductivity and resistance of a candidate with the powder, or why there is none."""
    parts = []
    if pd.notna(row["sigma_m_ms_cm"]):
        parts.append(f"conductivity σm {span(row, 'sigma_m{}_ms_cm')} mS/cm")
    if pd.notna(row["areal_resistance_ohm_cm2"]):
        parts.append(f"areal resistance {span(row, 'areal_resistance{}_ohm_cm2')} Ω cm²")
    elif has_reason and row["no_resistance"]:
        parts.append(f"no areal resistance: {row['no_resistance']}")
    powder = [f"powder: {powder_source_text(row['sigma_p_source'])}"] if row["sigma_p_source"] else []
    return ["    " + "; ".join([*parts, *powder])] if parts else []


def objective_name(objective: Objective) -> str:
    """Return an objective in words."""
    return objective.name.replace("-", " ")


def axis_label(objective: Objective) -> str:
    """Return an objective for an axis.

    >>> from spcse_ml.design.pareto import OBJECTIVES
    >>> axis_label(OBJECTIVES["cost"])
    'cost (your currency per kg), lower is better'
    """
    unit, better = _UNITS.get(objective.unit, objective.unit), "higher" if objective.is_up else "lower"
    return f"{objective_name(objective)} ({unit}), {better} is better"


def objective_text(row: Mapping[Any, Any], objective: Objective, *, ends: bool = False) -> str:
    """Return the value of a candidate in an objective, with the ends of its interval where they are wanted."""
    low, high = objective.ends
    value = row[objective.column]
    text = ranged(value, row[low], row[high], ".3g") if low and ends else f"{value:.3g}"
    return f"{objective_name(objective)} {text} {_UNITS.get(objective.unit, objective.unit)}"


def counted(front: Front, objectives: Sequence[Objective]) -> list[str]:
    """Return how many candidates of how many are on the front, and which were not compared, with the cure."""
    n = len(front.table)
    lines = [f"{n:,} of {front.n_compared:,} candidates {'is' if n == 1 else 'are'} on the Pareto front"]
    if front.n_unknown:
        unknown = [objective for objective in objectives if front.unknown.get(objective.name)]
        cures = {objective_name(objective): CURES[objective.name] for objective in unknown if objective.name in CURES}
        left_out = f"left out: {front.n_unknown:,} of unknown {' or '.join(cures)}"
        lines.append(f"{left_out}; {', or '.join(cures.values())}, and screen it")
    return lines


def front_lines(front: Front, objectives: Sequence[Objective]) -> list[str]:
    """Return the front, the first objective's best first."""
    lines = counted(front, objectives)
    for row in front.table.head(LONGEST_LISTED).to_dict("records"):
        values = ", ".join(objective_text(row, objective) for objective in objectives)
        alike = f", and {row[ALIKE] - 1} alike" if row[ALIKE] > 1 else ""
        lines.append(f"  {values}: {row['recipe']} ({row[DOMAIN]}{alike})")
    more = len(front.table) - LONGEST_LISTED
    return [*lines, f"  and {more} more in the table"] if more > 0 else lines
