"""Trainings of a store and its champion."""

from collections.abc import Sequence
from pathlib import Path

from spcse_ml.storage.champion import Champion

STORE_README = "Runs and models of spcse_ml. champion.json names the model that answers.\n"


def training_lines(  # noqa: PLR0913 - each a part of the line
    model: str, folder: Path, run_id: str, *, is_champion: bool, look: str, can_answer: bool = True
) -> list[str]:
    """Return where a training is kept and tracked; `look` is the command that shows its run."""
    role = "champion, which answers" if is_champion else "challenger of the champion of the store"
    role = role if can_answer else "an experiment, which cannot become champion"
    return [f"Kept as {model} in {folder} ({role}).", f"Tracked as run {run_id}; to look: {look}"]


def logged_anew_text(models: Sequence[str]) -> str:
    """Return which models were registered anew."""
    return f"Registered anew: {', '.join(models)}." if models else "All models were logged by this release."


def champion_text(champion: Champion) -> str:
    """Return the name of a champion with the reason."""
    return f"{champion.model} is champion: {champion.reason}"
