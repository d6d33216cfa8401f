"""Predictions beside what the laboratory measured, as lines: two models on one's own rows, and the ledger."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from spcse_ml.data.validation import recipe_in_words
from spcse_ml.evaluation.comparison import Comparison
from spcse_ml.evaluation.metrics import Gain
from spcse_ml.lab.membrane import LabMembrane
from spcse_ml.lab.preregistration import Entry, Order, Score, head
from spcse_ml.lab.records import PREREGISTERED_COLUMNS
from spcse_ml.models.estimators import CONSTANTS
from spcse_ml.reports.messages.predictions import finding, ranged, span


def comparison_lines(comparison: Comparison, *, n_moves: int = 10) -> list[str]:
    """Return what sets a challenger apart from the champion, for one target."""
    unit, (old, new) = comparison.target.error_unit, comparison.estimators
    lines = [f"{comparison.target.name}: verdict {comparison.verdicts[0]} -> {comparison.verdicts[1]}"]
    lines += [f"  estimator {old} -> {new}"] if old != new else []
    kinds = pd.Series([change.kind for change in comparison.changes], dtype=object).value_counts()
    lines.append("  rows: " + (", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "the same"))
    for change in comparison.changes:
        cells = ", ".join(f"{name} {was} -> {is_now}" for name, (was, is_now) in change.cells.items())
        lines += [f"    {change.place}: {cells}"] if cells else []
    lines.append(f"  predictions that moved: {len(comparison.moves)}; value before -> after, and which rows moved it")
    is_constant = new in CONSTANTS
    for row in comparison.moves.head(1 if is_constant else n_moves).to_dict("records"):
        step = f"{row['before']:.1f} -> {row['after']:.1f} ({row['moved']:+.1f}; {row['cause']})"
        lines.append(f"    {'whatever the recipe' if is_constant else row['recipe']}: {step}")
    if comparison.held_out:
        n, gain = comparison.held_out
        lines.append(f"  held out from both ({n} papers or batches), the challenger errs {_errs(gain, unit)}")
    return lines + _fresh_lines(comparison)


def _fresh_lines(comparison: Comparison) -> list[str]:
    gain, rows = comparison.fresh_gain, comparison.fresh.to_dict("records")
    if gain is None:
        return ["  rows that neither has learnt from: none; record some, or name the table under --table"]
    right = sum(abs(row["after"] - row["observed"]) < abs(row["before"] - row["observed"]) for row in rows)
    lines = [f"  rows that neither has learnt from: {len(rows)}; the challenger is nearer on {right}"]
    for row in rows:
        old, new = (span(row, f"{name}{{}}", ".1f") for name in ("before", "after"))
        came = f"came {row['observed']:.1f}, champion {old}, challenger {new}"
        lines.append(f"    {row['place'].removeprefix('own.')} {row['recipe']}: {came}")
    return [*lines, f"    the challenger errs {_errs(gain, comparison.target.error_unit)}"]


UNSEEN = 0.05
"""What rounds to 0.0 is no difference, however sure it is."""


def _errs(gain: Gain, unit: str) -> str:
    """Return by how much less one errs than another, or by how much more where the gain is a loss."""
    if max(map(abs, (gain.mean, gain.low, gain.high))) < UNSEEN:
        return f"as much, to within {2 * UNSEEN:g} {unit}"
    if gain.mean >= 0:
        return f"less by {ranged(gain.mean, gain.low, gain.high)} {finding(gain, unit)}"
    return f"more by {ranged(-gain.mean, 0.0 - gain.high, 0.0 - gain.low)} {finding(gain, unit)}"


def ledger_lines(
    entries: Sequence[Entry],
    scores: Sequence[Score],
    withdrawn: Mapping[str, Sequence[LabMembrane]] = MappingProxyType({}),
) -> list[str]:
    """Return what was foretold, by date, and how it fared, with the running coverage of those that count.

    Membranes that claimed an entry once and were corrected to claim it no longer are told beside it.
    """
    fared = {score.entry.name: score for score in scores}
    lines, hits, n = [], 0, 0
    for entry in entries:
        predicted = ranged(entry.value, entry.low, entry.high, ".0f")
        line = f"{entry.name} {entry.made[:10]} {_recipe(entry.recipe)}: {predicted} %, {entry.domain}"
        for membrane in withdrawn.get(entry.name, ()):
            line += (
                f"; {membrane.id}, which kept {membrane.retention_percent:.3g} %, claimed it before it was corrected"
            )
        score = fared.get(entry.name)
        if score is None:
            lines.append(f"{line}: not recorded yet")
        elif not score.counts:
            lines.append(f"{line}: {not_counted(score)}")
        else:
            hits, n = hits + score.is_inside, n + 1
            lines.append(f"{line}: {_fared(score)}; {hits} of {n} inside so far")
    return [*lines, f"head {head(entries)}" if entries else "Nothing was foretold yet: `spcse-ml predict --register`."]


def not_counted(score: Score) -> str:
    """Return why a membrane does not count for the prediction that it claims."""
    return f"{score.membrane.id} {score.order}; not counted"


def _fared(score: Score) -> str:
    held = "inside" if score.is_inside else "missed"
    text = f"{score.membrane.id} kept {score.observed:.3g} %, {held}, off by {score.error:+.1f} points"
    recipe = _recipe(score.membrane.model_dump())
    text += f", made as {recipe}" if recipe != _recipe(score.entry.recipe) else ""
    return f"{text}, {score.order}: which came first is not told" if score.order is Order.SAME_DAY else text


def _recipe(recipe: Mapping[str, Any]) -> str:
    return recipe_in_words({**dict.fromkeys(PREREGISTERED_COLUMNS), **recipe})
