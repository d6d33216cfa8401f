"""The folder in which a user's runs and models are kept, and how a file is written there: whole or not at all."""

import contextlib
import json
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from spcse_ml.errors import StoreError
from spcse_ml.to_json import Kind, from_plain

HOME = "SPCSE_ML_HOME"
IDENTITY = "store_id.txt"
"""File of a store that tells it from every other where a server is shared."""

WAIT_S, POLL_S = 30, 0.005
"""How long to wait for somebody else who is writing, and how often to look."""


def store_folder() -> Path:
    """Return the folder named by $SPCSE_ML_HOME, else `spcse_ml_store` in the working directory."""
    return Path(os.environ.get(HOME) or "spcse_ml_store").absolute()


def known_identity(store: Path) -> str | None:
    """Return the identity of a store, or None where it has none yet.

    Raises:
        StoreError: its file cannot be read, or was cut to nothing.
    """
    path = store / IDENTITY
    if not path.exists():
        return None
    try:
        return str(uuid.UUID(path.read_text(encoding="ascii").strip()))
    except (OSError, ValueError) as error:
        raise StoreError("store-id-unreadable", path=path) from error


def identity(store: Path) -> str:
    """Return the identity of a store, which it gets when it is first asked for; two who ask at once get the same."""
    if known := known_identity(store):
        return known
    path = store / IDENTITY
    _made(store)
    with turn(path):
        if not known_identity(store):
            write_whole(path, f"{uuid.uuid4()}\n")
        return path.read_text(encoding="ascii").strip()


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError("not-writable", path=folder, reason=error.strerror) from error


@contextlib.contextmanager
def turn(path: Path) -> Iterator[None]:
    """Hold the lock beside a file; after it, a waiting process gets a turn before this process can take another.

    Raises:
        StoreError: somebody else keeps the lock, or none can be made there.
    """
    with _locked(path, StoreError("locked", path=path), wait_s=WAIT_S):
        yield
    time.sleep(3 * POLL_S)


@contextlib.contextmanager
def claimed(folder: Path, name: str) -> Iterator[None]:
    """Hold a name in a folder, which nobody else may take meanwhile.

    It is given back when the work ends, also when its process dies.

    Raises:
        StoreError: somebody else holds it, or it cannot be held there.
    """
    _made(folder)
    with _locked(folder / name, StoreError("run-name-claimed", model=name), wait_s=0):
        yield


@contextlib.contextmanager
def _locked(path: Path, refusal: StoreError, *, wait_s: float) -> Iterator[None]:
    """Hold the lock beside a path, refused where somebody else holds it for longer than that."""
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=wait_s, poll_interval=POLL_S)
    try:
        lock.acquire()
    except Timeout as error:
        raise refusal from error
    except OSError as error:
        raise StoreError("not-writable", path=path, reason=error.strerror) from error
    try:
        yield
    finally:
        lock.release()


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it appears whole or not at all, also when the process dies.

    Raises:
        StoreError: the folder cannot be written to.
    """
    data, path = content.encode() if isinstance(content, str) else content, path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            raise StoreError("not-a-file", path=path)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(_mode(path))
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError("not-writable", path=path, reason=error.strerror) from error


def _mode(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def read_json(path: Path, kind: type[Kind], *, refusal: str) -> Kind:
    """Return what a JSON file tells; `refusal` is the code of one that cannot be read.

    Raises:
        StoreError: it is missing, damaged or tells something else.
    """
    try:
        return from_plain(kind, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error).splitlines()[0]  # the path is told once
        raise StoreError(refusal, path=path, reason=reason) from error


def plain_json(value: Any) -> str:
    """Return JSON that reads well and always looks the same for the same value."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
