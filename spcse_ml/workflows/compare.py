"""Trainings listed, a challenger compared with the champion, promoted or rolled back."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spcse_ml.data.dataset import own_rows
from spcse_ml.data.lab_rows import existing, own_frame, read_records
from spcse_ml.errors import Fault, InputError, StoreError
from spcse_ml.evaluation.comparison import Comparison, compare
from spcse_ml.reports.plots.comparison import moves_figure
from spcse_ml.schema import TARGETS
from spcse_ml.storage.champion import Champion, answering_pair, champion, crown, existing_folder, uncrown
from spcse_ml.storage.model_files import load_pair
from spcse_ml.storage.registry import point_alias, registered_version, repair_alias
from spcse_ml.storage.runs import runs
from spcse_ml.workflows.pictures import write_pictures
from spcse_ml.workflows.runs import draw_runs, target_runs


@dataclass(frozen=True)
class Challenge:
    """Two pairs of models side by side, by target."""

    champion: str
    challenger: str
    by_target: dict[str, Comparison]


def challenge(
    store: Path, challenger: str | None = None, *, table: Path | None = None, folder: Path | None = None
) -> Challenge:
    """Compare a model of the store (the newest, without a name) with the one that answers; a folder gets the figures.

    A lab's table adds the comparison on rows that neither model was trained on, if it holds any.

    Raises:
        StoreError, ModelFileError: the store holds no other model than the champion, or one cannot be read.
        InputError: the lab's table holds faults.
    """
    own = own_frame(read_records(existing(table))) if table is not None else pd.DataFrame()
    old = answering_pair(store)
    name = challenger or newest(store, but=old.name)
    if name == old.name:
        raise StoreError("challenger-is-champion", model=name)
    new = load_pair(existing_folder(store, name), name=name)
    comparisons = {}
    for target, evaluated in new.by_target.items():
        measured = own[own[evaluated.model.target.column].notna()] if len(own) else own
        fresh = own_rows(measured, evaluated.model.target) if len(measured) else None
        comparisons[target] = compare(old.by_target[target], evaluated, fresh)
        if folder is not None and len(comparisons[target].moves):
            write_pictures(folder, {f"{target}_moves": moves_figure(comparisons[target], old.name, name)})
    return Challenge(old.name, name, comparisons)


def newest(store: Path, *, but: str) -> str:
    """Return the newest model of a store other than the one named.

    Raises:
        StoreError: there is none.
    """
    folder = store / "models"
    whole = [path.parent for path in folder.glob("*/thickness.json")] if folder.is_dir() else []  # written last
    whole = sorted(whole, key=lambda path: (path / "thickness.json").stat().st_mtime_ns)
    names = [path.name for path in whole if (path / "retention.json").exists()]
    if others := [name for name in names if name != but]:
        return others[-1]
    raise StoreError("no-challenger", store=store, champion=but)


def promote(store: Path, model: str, *, reason: str) -> Champion:
    """Make a model of the store its champion, with the reason kept; the alias in MLflow's registry follows.

    Killed at any moment, either the old or the new one is champion; what the registry lacks is made up for by the next
    `runs`, `train`, `promote` or `rollback`.

    Raises:
        StoreError, ModelFileError: the store holds no such model or it cannot be read, or the runs cannot be used.
    """
    if not reason.strip():
        raise InputError([Fault("no-reason", column="reason")])
    load_pair(existing_folder(store, model), name=model)
    version = registered_version(store, model)  # what may fail comes before what counts
    is_already = (before := champion(store)) is not None and before.model == model
    crowned = None if is_already else crown(store, model, reason=reason)
    point_alias(store, version)
    if crowned is None:
        raise StoreError("champion-already", model=model)
    return crowned


def rollback(store: Path) -> Champion:
    """Make the champion before this one champion again; the alias in MLflow's registry follows."""
    crowned = champion(store)
    if crowned and crowned.before:
        registered_version(store, crowned.before[0].model)  # as above: a second try would go two back
    crowned = uncrown(store)
    point_alias(store, registered_version(store, crowned.model))
    return crowned


def trainings(store: Path, folder: Path | None = None) -> pd.DataFrame:
    """Return the trainings of a store, newest first, with the champion marked; a folder gets them drawn.

    The alias in MLflow's registry is put on the champion where a killed promotion left it behind.

    Args:
        store: the folder of models and runs.
        folder: gets a figure for each target: the gain of every training over the champion.

    Returns:
        One row per training, newest first, with model, errors, verdicts, own rows, fingerprint, commit, champion.

    Raises:
        StoreError: the runs cannot be read.

    >>> trainings(Path("store"))[["model", "champion"]]  # doctest: +SKIP
    """
    repair_alias(store)
    frame, crowned = runs(store), champion(store)
    is_champion = frame["model"] == (crowned.model if crowned else "")
    if folder is not None and len(frame):
        draw_runs(folder, [target_runs(store, target) for target in TARGETS.values()])
    return frame.assign(champion=["*" if yes else "" for yes in is_champion])
