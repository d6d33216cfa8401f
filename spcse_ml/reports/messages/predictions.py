"""The words of an answer, the same in a terminal, in the report and on the page."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from spcse_ml.data.dataset import OWN
from spcse_ml.evaluation.metrics import FEWEST_GROUPS, Gain
from spcse_ml.explanation.neighbours import contradiction

ENDS = ("", "_low", "_high")
INTERVALS = "ranges are {:g}% intervals"


def ranged(value: float, low: float, high: float | None, form: str = ".1f") -> str:
    """Return a value with the interval around it; what is None or infinite has no limit.

    >>> ranged(14.3, 9, 20.5), ranged(1.74, 1.37, None, ".3g")
    ('14.3 (9.0 to 20.5)', '1.74 (1.37 to no limit)')
    """
    middle, lower, upper = (_number(number, form) for number in (value, low, high))
    return f"{middle} ({lower} to {upper})"


def finding(gain: Gain, unit: str) -> str:
    """Return what a gain shows, with its unit; of few papers or batches it is said how many they are."""
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
    """Return what an answer says by what it says it of: verdict and retention first, then what follows from them."""
    reason = f" ({row['domain_reason']})" if row["domain_reason"] else ""
    texts = {
        "verdict": f"recipe {row['domain']}{reason}; model {row['retention_verdict']}",
        "retention σm/σp": f"{retention_text(row)} %",
    }
    if row["sigma_m_ms_cm"] is not None:
        texts["conductivity σm"] = f"{span(row, 'sigma_m{}_ms_cm')} mS/cm"
    if row["areal_resistance_ohm_cm2"] is not None:
        texts["areal resistance"] = f"{span(row, 'areal_resistance{}_ohm_cm2')} Ω cm² at the thickness you plan"
    else:
        texts["thickness"] = _thickness(row)
    return {**texts, "answered by": f"{row['model']}; {INTERVALS.format(100 * row['level'])}"}


def _thickness(row: Mapping[str, Any]) -> str:
    text = f"{span(row, 'thickness{}_um')} µm"
    if row["thickness_verdict"] != "no skill":
        return f"{text}; model {row['thickness_verdict']}"
    return f"{text}: no skill, you choose it; this is the median and the range of the rows"


def ignored_text(names: Sequence[str]) -> str:
    """Return a sentence on the columns that a recipe tells and no model looks at."""
    return f"not looked at, because too few rows that this model learnt from tell it: {', '.join(names)}."


def nearest_text(near: Sequence[Mapping[str, Any]]) -> str:
    """Return the heading of the nearest membranes: published ones, or one's own among them."""
    has_own = any(membrane["references"].startswith(OWN) for membrane in near)
    what, whole = ("membranes", "paper or batch") if has_own else ("published membranes", "paper")
    return f"nearest {what}, and what the model said of each while its {whole} was held out"


def neighbour_lines(near: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Return a membrane near the recipe of an answer: what it is, what it kept beside what was said of it, any note."""
    apart = f"; differs most in {', '.join(near['differs_in'])}" if near["differs_in"] else ""
    predicted = ranged(near["predicted"], near["low"], near["high"], ".3g")
    ends = (answer[f"retention{end}_percent"] for end in ENDS[1:])
    remark = contradiction(near, *ends)
    return [
        f"[{near['references']}] {near['recipe']} (distance {near['distance']:.2f}{apart})",
        f"kept {near['observed']:.3g} %, predicted {predicted} %; {near['paper']}",
        *([f"note: {near['note']}"] if near["note"] else []),
        *([remark] if remark else []),
    ]
