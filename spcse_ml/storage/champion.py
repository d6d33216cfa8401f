"""Which model of a store answers: its champion, named in a small readable file; without one, the released model."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from spcse_ml.errors import StoreError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.schema import TARGETS
from spcse_ml.storage.files import plain_json, read_json, turn, write_whole
from spcse_ml.storage.model_files import load_pair
from spcse_ml.tables import released
from spcse_ml.to_json import to_plain

RELEASED = "released"
FILE = "champion.json"
"""The one place that says who answers; the alias in MLflow's registry follows it."""


@dataclass(frozen=True)
class Champion:
    """The name of the model that answers, since when (UTC) and why; and those before it, the latest first."""

    model: str
    since: str
    reason: str
    before: tuple["Champion", ...] = ()


def champion(store: Path) -> Champion | None:
    """Return the champion of a store, or None where there is none yet."""
    path = store / FILE
    if not path.exists():
        return None
    crowned = read_json(path, Champion, refusal="champion-unreadable")
    model_folder(store, crowned.model)
    return crowned


def crown(store: Path, model: str, *, reason: str) -> Champion:
    """Make a model of the store its champion.

    Raises:
        StoreError: the store holds no such model, or cannot be written to.
    """
    existing_folder(store, model)
    with turn(store / FILE):
        earlier = champion(store)
        before = (replace(earlier, before=()), *earlier.before) if earlier else ()
        return _written(store, Champion(model, _now(), reason, before))


def crown_first(store: Path, model: str, *, reason: str) -> bool:
    """Make a model of the store its champion if there is none yet, and say whether it is now; of two at once one is.

    Raises:
        StoreError: the store holds no such model, or cannot be written to.
    """
    existing_folder(store, model)
    with turn(store / FILE):
        is_first = champion(store) is None
        if is_first:
            _written(store, Champion(model, _now(), reason))
    return is_first


def uncrown(store: Path) -> Champion:
    """Make the champion before this one champion again.

    Raises:
        StoreError: there was none before, its model is gone, or the store cannot be written to.
    """
    with turn(store / FILE):
        crowned = champion(store)
        if crowned is None or not crowned.before:
            raise StoreError("no-earlier-champion", store=store)
        last, *rest = crowned.before
        if not model_folder(store, last.model).is_dir():
            raise StoreError("earlier-champion-missing", store=store, model=last.model)
        return _written(store, Champion(last.model, _now(), f"rollback of {crowned.model}; {last.reason}", tuple(rest)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _written(store: Path, crowned: Champion) -> Champion:
    write_whole(store / FILE, plain_json(to_plain(crowned)))
    return crowned


def model_folder(store: Path, model: str) -> Path:
    """Return the folder of a model of a store.

    Raises:
        StoreError: the name could leave the store.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", model):
        raise StoreError("not-a-model-name", model=model)
    return store / "models" / model


def existing_folder(store: Path, model: str) -> Path:
    """Return the folder of a model of a store, refused where it holds none of that name, or none that can answer."""
    folder = model_folder(store, model)
    if (tried := store / "experiments" / model).is_dir():
        missing = [target for target in TARGETS if not (tried / f"{target}_held_out.csv").exists()]
        if missing:
            raise StoreError("run-of-one-target", model=model, target=missing[0])
        raise StoreError("run-cannot-answer", model=model)
    if not folder.is_dir():
        raise StoreError("no-such-model", store=store, model=model)
    return folder


def answering_pair(store: Path) -> ModelPair:
    """Return the models that answer: the store's champion, else the released ones."""
    crowned = champion(store)
    if crowned is None:
        return load_pair(released("models"), name=RELEASED)
    return load_pair(model_folder(store, crowned.model), name=crowned.model)
