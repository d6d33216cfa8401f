"""A screen on disk: what was asked, in `screen.json`, and one Parquet file for each chunk, written whole.

A chunk that is there is done. Nothing is added to the screen of another question.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.errors import StoreError
from spcse_ml.storage.files import plain_json, read_json, turn, write_whole

REQUEST = "screen.json"
PARTS = "candidates"
"""Folder of the parts; readers of Parquet take it as one table."""


def part_path(folder: Path, chunk: int) -> Path:
    """Return where the candidates of a chunk are."""
    return folder / PARTS / f"part-{chunk:07d}.parquet"


def begin(folder: Path, request: Mapping[str, Any]) -> None:
    """Make a folder the screen of a question, or find that it is already.

    Raises:
        StoreError: it is the screen of another question, or holds parts and does not tell of which.
    """
    with turn(folder / REQUEST):  # two may begin at once, with two questions
        if not (folder / REQUEST).exists():
            if any((folder / PARTS).glob("*.parquet")):
                raise StoreError("screen-without-request", folder=folder, request=REQUEST)
            write_whole(folder / REQUEST, plain_json(dict(request)))
            return
    stored = request_of(folder)
    if differing := [name for name in request if stored.get(name) != request[name]]:
        differences = "; ".join(f"{name} {_short(stored.get(name))}, now {_short(request[name])}" for name in differing)
        raise StoreError("other-screen", folder=folder, differing=differences)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else "(long)"  # noqa: PLR2004 - a line holds it


def request_of(folder: Path) -> dict[str, Any]:
    """Return what a screen was asked.

    Raises:
        StoreError: the folder is no screen, or what it was asked cannot be read.
    """
    path = folder / REQUEST
    if not path.exists():
        raise StoreError("no-screen", folder=folder, request=REQUEST)
    return read_json(path, dict[str, Any], refusal="screen-unreadable")


def as_parquet(frame: pd.DataFrame) -> bytes:
    """Return a frame as a Parquet file, the same bytes for the same frame."""
    repeating = list(frame.select_dtypes(["category", "float64"]))
    return frame.to_parquet(engine="pyarrow", compression="zstd", index=False, use_dictionary=repeating)


def read_parts(folder: Path, chunks: Iterable[int], columns: Iterable[str] | None = None) -> Iterator[pd.DataFrame]:
    """Yield the candidates of each chunk, one frame at a time.

    Raises:
        StoreError: a part is missing or damaged.
    """
    from pyarrow import ArrowException  # noqa: PLC0415 - half a second that only a screen needs

    names = None if columns is None else list(columns)
    for chunk in chunks:
        path = part_path(folder, chunk)
        try:
            yield pd.read_parquet(path, engine="pyarrow", columns=names, use_threads=False, partitioning=None)
        except (OSError, ArrowException) as error:
            raise StoreError("part-unreadable", path=path, reason=error) from error
