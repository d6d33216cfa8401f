"""Two models compared: rows, predictions and errors, and the next command."""

from collections.abc import Iterable

import pandas as pd

from spcse_ml.data.dataset import OWN
from spcse_ml.evaluation.comparison import ESTIMATOR, Cause, Comparison
from spcse_ml.evaluation.metrics import Gain
from spcse_ml.models.estimators import CONSTANTS
from spcse_ml.reports.messages.predictions import finding, ranged, span

UNSEEN = 0.05
"""What rounds to 0.0 is no difference, however sure it is."""


def challenge_lines(challenger: str, champion: str, comparisons: Iterable[Comparison]) -> list[str]:
    """Return how a challenger compares with the champion, target by target, and the next command."""
    comparisons = tuple(comparisons)
    is_without = any(comparison.fresh_gain is None for comparison in comparisons)
    return [
        f"{challenger} (challenger) beside {champion} (champion)",
        *(line for comparison in comparisons for line in comparison_lines(comparison)),
        *(["To name the table of new rows: --table FILE"] if is_without else []),
        f"To make it champion: spcse-ml promote {challenger} --reason ...",
    ]


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
    lines.append(f"  predictions that changed: {len(comparison.moves)}; value before -> after (change; its causes)")
    is_constant = new in CONSTANTS
    for row in comparison.moves.head(1 if is_constant else n_moves).to_dict("records"):
        step = f"{row['before']:.1f} -> {row['after']:.1f} ({row['moved']:+.1f}; {causes_text(row['causes'])})"
        lines.append(f"    {'any recipe' if is_constant else row['recipe']}: {step}")
    if comparison.held_out:
        n, gain = comparison.held_out
        lines.append(
            f"  held out from both ({n} papers or batches), the challenger's mean error is {_errs(gain, unit)}"
        )
    return lines + _fresh_lines(comparison)


def causes_text(causes: Iterable[Cause]) -> str:
    """Return what moved a prediction, as far as it shows.

    >>> causes_text([Cause("own", "", -2.31), Cause("43", "added", 0.2), Cause("44", "changed", 0.04)])
    'your own rows -2.3, [43] added +0.2'
    """
    shown = [cause for cause in causes if abs(cause.moved) >= UNSEEN]
    return ", ".join(f"{_what(cause)} {cause.moved:+.1f}" for cause in shown) or "no single cause"


def _what(cause: Cause) -> str:
    if cause.kind == ESTIMATOR:
        return "the estimator"
    return "your own rows" if cause.paper == OWN else f"[{cause.paper}] {cause.kind}"


def _fresh_lines(comparison: Comparison) -> list[str]:
    gain, rows = comparison.fresh_gain, comparison.fresh.to_dict("records")
    if gain is None:
        return ["  rows that neither model was trained on: none; record some"]
    right = sum(abs(row["after"] - row["observed"]) < abs(row["before"] - row["observed"]) for row in rows)
    lines = [f"  rows that neither model was trained on: {len(rows)}; the challenger is nearer on {right}"]
    for row in rows:
        old, new = (span(row, f"{name}{{}}", ".1f") for name in ("before", "after"))
        values = f"measured {row['observed']:.1f}, champion {old}, challenger {new}"
        lines.append(f"    {row['place'].removeprefix('own.')} {row['recipe']}: {values}")
    return [*lines, f"    the challenger's mean error is {_errs(gain, comparison.target.error_unit)}"]


def _errs(gain: Gain, unit: str) -> str:
    """Return how much lower an error is than another, or how much higher where the gain is a loss."""
    if abs(gain.mean) < UNSEEN and max(abs(gain.low), abs(gain.high)) < 3 * UNSEEN:  # shown as 0.0, and at most 0.1
        return f"the same, to within {2 * UNSEEN:g} {unit}"
    if gain.mean >= 0:
        return f"lower by {ranged(gain.mean, gain.low, gain.high)} {finding(gain, unit)}"
    return f"higher by {ranged(-gain.mean, 0.0 - gain.high, 0.0 - gain.low)} {finding(gain, unit)}"
