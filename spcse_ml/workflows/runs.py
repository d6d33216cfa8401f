"""The trainings of a store compared, two of them side by side, and the looks at the same rows counted."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.errors import SpcseError, StoreError
from spcse_ml.evaluation.evaluated import EvaluatedModel, ModelPair, TrainedModels
from spcse_ml.evaluation.looks import Looks, looks_at
from spcse_ml.evaluation.metrics import Gain, resampled_mean
from spcse_ml.models.cross_validation import errors_by_paper
from spcse_ml.reports.plots.comparison import runs_figure
from spcse_ml.schema import TARGETS, Target
from spcse_ml.storage.champion import answering_pair, champion
from spcse_ml.storage.registry import repair_alias
from spcse_ml.storage.runs import HeldOut, held_out, held_out_table, run_named, runs
from spcse_ml.to_json import finite, records
from spcse_ml.workflows.pictures import write_pictures


@dataclass(frozen=True)
class TargetRuns:
    """The trainings of a store that are of one target, the least error first."""

    target: Target
    rows: pd.DataFrame
    """Columns of `storage.runs.LISTED`, `mae`, `verdict`, `is_champion`, `rows` (their identity) and `gain`: how much
    less it errs than the champion on the papers that both held out, None where those are fewer than two or it is the
    champion."""
    looks: Mapping[str, Looks]
    """By identity of the rows."""
    champion: tuple[str, float]
    """Name of the models that answer, and their mean absolute error in the target's unit."""


@dataclass(frozen=True)
class Apart:
    """Two trainings beside each other on one target; errors in the target's unit."""

    target: Target
    rows: pd.DataFrame
    """Rows that both held out, indexed by place: paper, observed, what each predicted, `apart`; the farthest first."""
    gain: Gain | None
    """How much less the second errs than the first on the papers of those rows."""


@dataclass(frozen=True)
class SideBySide:
    """Two trainings: the settings that differ, and their held-out predictions by target."""

    names: tuple[str, str]
    settings: Mapping[str, tuple[str, str]]
    by_target: Mapping[str, Apart]


def target_runs(
    store: Path, target: Target, *, view: str | None = None, tags: Mapping[str, str] | None = None
) -> TargetRuns:
    """Return the trainings of one target, the least error first, each beside the champion.

    Args:
        store: folder of models and runs.
        target: whose errors are compared.
        view: only those on this view of the tables.
        tags: only those with these tags.

    Returns:
        The trainings, and how many procedures were scored on each set of rows; the looks count all of them, also those
        that are not listed and those deleted in MLflow.

    Raises:
        StoreError: the runs cannot be read.

    >>> runs = target_runs(Path("store"), TARGETS["retention"], tags={"study": "trees"})  # doctest: +SKIP
    >>> runs.rows[["model", "mae", "gain"]]  # doctest: +SKIP
    """
    repair_alias(store)
    frame = runs(store)
    frame = frame[frame[f"{target.name}_mae"].notna()] if len(frame) else frame
    if view is not None:
        frame = frame[frame["view"] == view]
    tag_pairs = set((tags or {}).items())
    frame = frame[[tag_pairs <= set(json.loads(cell).items()) for cell in frame["tags"]]] if len(frame) else frame
    by_run = {run.run_id: run for run in held_out(store, target.name)}
    crowned = champion(store)
    is_champion = frame["is_ours"].astype(bool) & (frame["model"] == (crowned.model if crowned else None))
    answering, first = _champion_table(store, target, frame[is_champion], by_run)
    gains = [
        None if is_it or run_id not in by_run else paired(first, by_run[run_id].table)
        for is_it, run_id in zip(is_champion, frame["run_id"], strict=True)
    ]
    columns: dict[str, Any] = {
        "mae": frame[f"{target.name}_mae"].astype(float), "verdict": frame[f"{target.name}_verdict"],
        "is_champion": is_champion, "gain": pd.Series(gains, index=frame.index, dtype=object),
        "rows": [rows_identity(by_run[run_id].table) if run_id in by_run else "" for run_id in frame["run_id"]],
    }  # fmt: skip
    rows = frame.assign(**columns).sort_values("mae", kind="stable").reset_index(drop=True)
    scored = first[first["is_scored"].astype(bool)]
    error = float(errors_by_paper(scored["predicted"], scored["observed"], scored["paper"]).mean())
    return TargetRuns(target, rows, _looks((run.name, run.table) for run in by_run.values()), (answering, error))


def _champion_table(
    store: Path, target: Target, crowned: pd.DataFrame, by_run: Mapping[str, HeldOut]
) -> tuple[str, pd.DataFrame]:
    """Return name and held-out predictions of the champion, of the store or released."""
    tracked = [(by_run[run_id].name, by_run[run_id].table) for run_id in crowned["run_id"] if run_id in by_run]
    if tracked:
        return tracked[0]
    answering = answering_pair(store)
    return answering.name, held_out_table(answering.by_target[target.name].evaluation)


def paired(first: pd.DataFrame, other: pd.DataFrame) -> Gain | None:
    """Return how much less the other errs than the first on the papers that both held out; None of fewer than two.

    Args:
        first: held-out predictions, as `held_out_table` returns them.
        other: the same of the other.
    """
    both = _common(first, other)
    errors = [errors_by_paper(both[name], both["observed"], both["paper"]) for name in ("first", "other")]
    return resampled_mean(errors[0] - errors[1]) if len(errors[0]) > 1 else None


def _common(first: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of one outcome that both held out and that count in the error of either."""
    both = other[["paper", "observed", "predicted", "is_scored"]].rename(columns={"predicted": "other"})
    renamed = {"predicted": "first", "observed": "then", "is_scored": "counted_then"}
    both = both.join(first[list(renamed)].rename(columns=renamed), how="inner")
    both = both[both["is_scored"].astype(bool) | both["counted_then"].astype(bool)]
    return both[(both["then"] - both["observed"]).abs() <= 1e-6 * both["observed"].abs()]


def side_by_side(store: Path, first: str, other: str) -> SideBySide:
    """Return two trainings beside each other.

    Args:
        store: folder of models and runs.
        first: name of a run.
        other: name of another.

    Returns:
        The settings that differ, and by target that both have the rows that both held out, where they differ most
        first; trainings before version 0.2 kept none.

    Raises:
        StoreError: there is no run of such a name.

    >>> side_by_side(Path("store"), "blanks", "filled")  # doctest: +SKIP
    """
    ids, stated = zip(*(run_named(store, name) for name in (first, other)), strict=True)
    settings = {
        key: (stated[0].get(key, "-"), stated[1].get(key, "-"))
        for key in dict.fromkeys([*stated[0], *stated[1]])
        if stated[0].get(key) != stated[1].get(key)
    }
    by_target = {}
    for target in TARGETS.values():
        by_run = {run.run_id: run.table for run in held_out(store, target.name)}
        if all(run_id in by_run for run_id in ids):
            tables = [by_run[run_id] for run_id in ids]
            both = _common(*tables).rename_axis("place")
            both = both.assign(apart=both["other"] - both["first"])
            order = both["apart"].abs().sort_values(ascending=False, kind="stable").index
            by_target[target.name] = Apart(target, both.loc[order], paired(*tables))
    return SideBySide((first, other), settings, by_target)


def as_plain(of: TargetRuns) -> dict[str, Any]:
    """Return the trainings of a target, and the looks at each set of rows, as JSON has them.

    Args:
        of: as `target_runs` returns it.

    Returns:
        `runs`, a list with the columns of `rows`, and `looks` by identity of the rows.
    """
    rows = [
        {**row, "tags": json.loads(row["tags"]), "gain": row["gain"] and _with_finding(row["gain"])}
        for row in records(of.rows)
    ]
    plain: dict[str, Any] = finite(
        {"runs": rows, "looks": {name: _with_finding(look) for name, look in of.looks.items()}}
    )
    return plain


def _with_finding(value: Gain | Looks) -> dict[str, Any]:
    return {**asdict(value), "finding": value.finding}


def draw_runs(folder: Path, of_targets: Iterable[TargetRuns]) -> None:
    """Write the gains of the trainings over the champion as figures into a folder, one for each target with any.

    Args:
        folder: made if it is not there.
        of_targets: as `target_runs` returns them.
    """
    drawn = {f"{of.target.name}_runs": runs_figure(of.rows, of.target) for of in of_targets if len(of.rows)}
    write_pictures(folder, drawn)


def looks_with(store: Path, name: str, evaluated: EvaluatedModel) -> Looks | None:
    """Return the looks at the rows of an evaluated model, its own among them, whether it is tracked yet or not."""
    mine = held_out_table(evaluated.evaluation)
    tables = [(name, mine), *((run.name, run.table) for run in held_out(store, evaluated.model.target.name))]
    return _looks(tables).get(rows_identity(mine))


def looks_of(store: Path, models: ModelPair | TrainedModels) -> dict[str, Looks]:
    """Return the looks at the rows of models by target, where there are papers enough."""
    looks = {name: looks_with(store, models.name, evaluated) for name, evaluated in models.by_target.items()}
    return {name: look for name, look in looks.items() if look}


def gains_over_answering(store: Path, models: ModelPair | TrainedModels) -> tuple[str, dict[str, Gain]]:
    """Return the name of the models that answer, and by target how much less others err on what both held out.

    Where those that answer cannot be read, which may be why somebody trains, there is no name and no gain.
    """
    try:
        answering = answering_pair(store)
    except SpcseError:
        return "", {}
    gains = {}
    for name, evaluated in models.by_target.items():
        first, other = (held_out_table(each.evaluation) for each in (answering.by_target[name], evaluated))
        if gain := paired(first, other):
            gains[name] = gain
    return answering.name, gains


def known_looks(store: Path, models: ModelPair | TrainedModels) -> dict[str, Looks] | None:
    """Return what `looks_of` does, or None where the runs cannot be read: a report does without them, and says so."""
    try:
        return looks_of(store, models)
    except StoreError:
        return None


def _looks(tables: Iterable[tuple[str, pd.DataFrame]]) -> dict[str, Looks]:
    """Return the looks by identity of the rows; procedures that predict the same are one."""
    by_rows: dict[str, dict[str, tuple[str, pd.DataFrame]]] = {}
    for name, table in tables:
        scored = table[table["is_scored"].astype(bool)]
        by_rows.setdefault(rows_identity(table), {}).setdefault(_identity(scored), (name, scored))
    outcomes = {rows: _outcomes(procedures) for rows, procedures in by_rows.items()}
    looks = {}
    for rows, procedures in by_rows.items():
        errors = [
            errors_by_paper(scored["predicted"], scored["observed"], scored["paper"])
            for _, scored in procedures.values()
        ]
        _, first = next(iter(procedures.values()))
        baseline = errors_by_paper(first["mean"], first["observed"], first["paper"])
        frame = pd.concat(errors, axis=1, keys=range(len(errors)))
        look = looks_at(frame.set_axis([name for name, _ in procedures.values()], axis=1), baseline.loc[frame.index])
        others = (len(of) for other, of in by_rows.items() if other != rows and outcomes[rows] & outcomes[other])
        if look is not None:
            looks[rows] = replace(look, n_overlapping=sum(others))
    return looks


def _outcomes(procedures: Mapping[str, tuple[str, pd.DataFrame]]) -> set[tuple[str, float]]:
    """Return the outcomes that procedures were scored on, by place."""
    _, scored = next(iter(procedures.values()))
    return set(zip(scored.index.astype(str), scored["observed"].astype(float).round(3), strict=True))


def rows_identity(table: pd.DataFrame) -> str:
    """Return a digest of the rows that a procedure was scored on: place, paper and outcome, in any order.

    Args:
        table: held-out predictions, as `held_out_table` returns them.

    Returns:
        Sixteen hexadecimal digits.
    """
    scored = table[table["is_scored"].astype(bool)]
    return _digest(scored[["paper"]].assign(observed=scored["observed"].astype(float).round(3)))


def _identity(scored: pd.DataFrame) -> str:
    """Return a digest of what was predicted of each row; the same procedure run again gives the same."""
    return _digest(scored[["observed", "predicted"]].astype(float).round(3))


def _digest(frame: pd.DataFrame) -> str:
    return hashlib.sha256(frame.sort_index().to_csv().encode()).hexdigest()[:16]
