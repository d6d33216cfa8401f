"""A lab's membranes: remarks on records, and the ledger of preregistered predictions."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from spcse_ml.data.membrane import LabMembrane
from spcse_ml.data.plausibility import Remark
from spcse_ml.data.validation import recipe_in_words
from spcse_ml.lab.impedance import TotalResistance
from spcse_ml.lab.preregistration import Entry, Order, Score, head
from spcse_ml.lab.records import PREREGISTERED_COLUMNS
from spcse_ml.reports.messages.predictions import ranged
from spcse_ml.reports.messages.remarks import remark_text

_ORDERS = {
    Order.LATER: "made later",
    Order.SAME_DAY: "made on the same day, so the order is unknown",
    Order.BEFORE: "made before the prediction",
    Order.RECORDED: "recorded before the prediction",
    Order.BACKWARDS: "recorded before the day on which it was made (made_on)",
    Order.UNMEASURED: "its retention is missing",
    Order.UNTOLD: "without the day on which it was made (made_on)",
}


def membrane_text(membrane: LabMembrane) -> str:
    """Return a recorded membrane in one line."""
    text = f"{membrane.id}: {membrane.sulfide}, {membrane.method.value}"
    text += "" if membrane.film_class is None else f", {membrane.film_class.value}"
    text += "" if membrane.sigma_m_ms_cm is None else f", σm {membrane.sigma_m_ms_cm:.4g} mS/cm"
    return text if membrane.retention_percent is None else f"{text}, retention {membrane.retention_percent:.4g} %"


def recorded_lines(
    remarks: Sequence[Remark], uncounted: Sequence[Score], fit: TotalResistance | None, picture: str
) -> list[str]:
    """Return what a reader of new records should know: the fitted resistance, remarks, and predictions not counted."""
    lines = [f"total resistance {fit.resistance_ohm:.4g} ± {fit.error_ohm:.2g} ohm; check {picture}"] if fit else []
    lines += map(remark_text, remarks)
    return [*lines, *(f"{score.entry.name}: {not_counted(score)}" for score in uncounted)]


def preregistered_text(entries: Sequence[Entry]) -> str:
    """Return the names of preregistered predictions and the head of the ledger."""
    return f"Preregistered: {', '.join(entry.name for entry in entries)}; head {entries[-1].digest}"


def ledger_lines(
    entries: Sequence[Entry],
    scores: Sequence[Score],
    withdrawn: Mapping[str, Sequence[LabMembrane]] = MappingProxyType({}),
) -> list[str]:
    """Return the preregistered predictions with their scores, and the running coverage of those that count.

    Membranes that claimed an entry until a correction left it out stand beside it.
    """
    by_entry = {score.entry.name: score for score in scores}
    lines, hits, n = [], 0, 0
    for entry in entries:
        predicted = ranged(entry.value, entry.low, entry.high, ".0f")
        line = f"{entry.name} {entry.made[:10]} {_recipe(entry.recipe)}: {predicted} %, {entry.domain}"
        for membrane in withdrawn.get(entry.name, ()):
            line += f"; claimed by {membrane.id} ({_measured(membrane.retention_percent)}) until a correction"
        score = by_entry.get(entry.name)
        if score is None:
            lines.append(f"{line}: not recorded yet")
        elif not score.counts:
            lines.append(f"{line}: {not_counted(score)}")
        else:
            hits, n = hits + score.is_inside, n + 1
            lines.append(f"{line}: {_score_text(score)}; coverage so far {hits} of {n}")
    return [*lines, f"head {head(entries)}" if entries else NO_PREDICTIONS]


NO_PREDICTIONS = "No preregistered prediction yet: make one with `spcse-ml predict --register`."


def not_counted(score: Score) -> str:
    """Return why a membrane does not count for the prediction that it claims."""
    return f"{score.membrane.id}, {_ORDERS[score.order]}; not counted"


def _measured(retention_percent: float | None) -> str:
    return f"measured retention {retention_percent:.3g} %"


def _score_text(score: Score) -> str:
    place = "inside" if score.is_inside else "outside"
    text = f"{score.membrane.id}, {_measured(score.observed)}, {place} the interval, error {score.error:+.1f} points"
    recipe = _recipe(score.membrane.model_dump())
    text += f", made as {recipe}" if recipe != _recipe(score.entry.recipe) else ""
    return f"{text}, {_ORDERS[score.order]}" if score.order is Order.SAME_DAY else text


def _recipe(recipe: Mapping[str, Any]) -> str:
    return recipe_in_words({**dict.fromkeys(PREREGISTERED_COLUMNS), **recipe})
