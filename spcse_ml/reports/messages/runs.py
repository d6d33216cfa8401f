"""Trainings compared, and how many procedures were scored on the same rows."""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.evaluation.looks import Looks
from spcse_ml.evaluation.metrics import Gain
from spcse_ml.models.estimators import READ_BLANKS
from spcse_ml.reports.messages.predictions import ranged
from spcse_ml.schema import Target
from spcse_ml.to_json import records

LONGEST = 34
"""Characters of a cell of the table in a terminal."""


LOOKS_UNKNOWN = "procedures scored on these rows: not known, the runs of the store cannot be read"


def looks_lines(looks: Looks, target: Target, *, of_rows: Collection[str] = ()) -> list[str]:
    """Return how many procedures were scored on the rows, and what the best of them is worth.

    `of_rows` are fingerprints of data sets that the rows are of.

    >>> from spcse_ml.schema import TARGETS
    >>> looks = Looks(1, "one", 15.3, 15.4, 10.0, 21.0, 30.0, 14.0, 6.0, 22.0, 28)
    >>> looks_lines(looks, TARGETS["retention"])
    ['procedures scored on these 28 papers or batches: 1; baselines are not counted']
    """
    count = f"procedures scored on these {looks.n_papers} papers or batches: {looks.n}"
    count += f" ({', '.join(sorted(of_rows))})" if of_rows else ""
    if looks.n_overlapping:
        count += f" (and {looks.n_overlapping} on rows of which some are the same, not corrected for)"
    if looks.n == 1:
        return [f"{count}; baselines are not counted"]
    unit = target.error_unit
    return [
        f"{count}; the least error is of {looks.best}: MAE {looks.mae:.1f} as it is,",
        f"  {ranged(looks.corrected, looks.low, looks.high)} {unit} corrected for the choice among {looks.n} "
        f"(bootstrap bias-corrected cross-validation);",
        f"  gain over the mean, corrected, {ranged(looks.gain, looks.gain_low, looks.gain_high)}: {looks.finding}",
    ]


def runs_table(rows: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Return the trainings of a target as text to read, one row each, without columns in which none differ."""
    table = pd.DataFrame([_as_text(row, target) for row in records(rows)])
    alike = [name for name in ("rows", "own", "tags") if len(table) > 1 and len(set(table[name])) == 1]
    return table.drop(columns=alike)


def _as_text(row: Mapping[str, Any], target: Target) -> dict[str, str]:
    gain: Gain | None = row["gain"]
    return {
        "run": f"{row['model']}{' *' if row['is_champion'] else ''}",
        "estimator": f"{_cell(row['estimator'])}{' (reads blanks)' if row['estimator'] in READ_BLANKS else ''}",
        "features": _cell(row["features"]),
        f"MAE, {target.error_unit}": f"{row['mae']:.1f}",
        "gain over the champion": _gain(gain, is_champion=row["is_champion"]),
        "verdict": _cell(row["verdict"]) if row["status"] == "FINISHED" else "not finished",
        "rows": _cell(row["data"]),
        "own": _cell(row["own_rows"]),
        "started (UTC)": _cell(row["started"]),
        "tags": _cell(", ".join(f"{key}={value}" for key, value in json.loads(row["tags"]).items())),
    }


def _gain(gain: Gain | None, *, is_champion: bool) -> str:
    if is_champion:
        return "champion"
    return "not comparable" if gain is None else f"{gain.finding}: {ranged(gain.mean, gain.low, gain.high)}"


def _cell(value: object) -> str:
    text = "" if value is None or value != value else str(value)  # noqa: PLR0124 - nan
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def gain_line(gain: Gain | None, before: str, target: Target) -> str:
    """Return how much less a training errs than the models that answered before."""
    if gain is None:
        reason = "they held out no common papers" if before else "they cannot be read"
        return f"gain over the models that answered before: not known, {reason}"
    shown = ranged(gain.mean, gain.low, gain.high)
    return f"gain over the models that answered before, {before}, {shown} {target.error_unit}: {gain.finding}"


def champion_line(target: Target, champion: tuple[str, float]) -> str:
    """Return which models answer, and their error."""
    name, mae = champion
    return f"{target.name}: champion {name}, MAE {mae:.1f} {target.error_unit} on held-out papers or own batches"


def target_runs_text(
    target: Target, rows: pd.DataFrame, looks: Mapping[str, Looks], champion: tuple[str, float]
) -> str:
    """Return the trainings of a target, and what the best of each set of rows is worth."""
    table = runs_table(rows, target)
    lines = [champion_line(target, champion), table.to_string(index=False)]
    for identity in dict.fromkeys(rows["rows"]):
        of_rows = rows[rows["rows"] == identity]
        lines += looks_lines(looks[identity], target, of_rows=set(of_rows["data"])) if identity in looks else []
    return "\n".join(lines)


def no_runs_text(store: Path, *, is_chosen: bool) -> str:
    """Return that a store has no training, or none of those asked for."""
    return f"No such training in {store}." if is_chosen else f"No training yet in {store}."


def side_by_side_lines(
    names: tuple[str, str], settings: Mapping[str, tuple[str, str]], of_targets: Iterable[Any], *, n_rows: int = 10
) -> list[str]:
    """Return two trainings beside each other: settings that differ, then the rows of which they differ most."""
    first, other = names
    lines = [f"{first} beside {other}", *(f"  {key}: {was} -> {now}" for key, (was, now) in settings.items())]
    lines += [] if settings else ["  no setting differs"]
    for apart in of_targets:
        gain, unit = apart.gain, apart.target.error_unit
        head = f"{apart.target.name}: {len(apart.rows)} rows held out from both"
        if gain is not None:
            head += f"; gain of {other} over {first} {ranged(gain.mean, gain.low, gain.high)} {unit}: {gain.finding}"
        shown = apart.rows.head(n_rows).reset_index()[["place", "paper", "observed", "first", "other", "apart"]]
        shown = shown.rename(columns={"first": first, "other": other, "apart": "difference"})
        lines += [head, shown.to_string(index=False, float_format="%.1f")] if len(shown) else [head]
    return lines
