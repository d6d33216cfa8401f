"""Trainings of a store and its champion."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from spcse_ml.storage.champion import Champion

STORE_README = "Runs and models of spcse_ml. champion.json names the model that answers.\n"


def training_lines(model: str, folder: Path, run_id: str, *, is_champion: bool, look: str) -> list[str]:
    """Return where a training is kept and tracked; `look` is the command that shows its run."""
    role = "champion, which answers" if is_champion else "challenger of the champion of the store"
    return [f"Kept as {model} in {folder} ({role}).", f"Tracked as run {run_id}; to look: {look}"]


def runs_text(trainings: pd.DataFrame, store: Path) -> str:
    """Return a table of trainings."""
    if trainings.empty:
        return f"No training yet in {store}."
    return trainings.to_string(index=False, float_format="%.1f", na_rep="")


def logged_anew_text(models: Sequence[str]) -> str:
    """Return which models were registered anew."""
    return f"Registered anew: {', '.join(models)}." if models else "All models were logged by this release."


def champion_text(champion: Champion) -> str:
    """Return the name of a champion with the reason."""
    return f"{champion.model} is champion: {champion.reason}"
