"""Predictions made before the membrane exists, each chained to the one before, and scored when its record arrives.

A membrane without a day, or with one before its prediction, does not count: it may have been made before.

An entry holds the digest of the one before it, so an altered entry shows. The digest of the last one is the head:
a copy of it elsewhere shows a tail that was cut off, too.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from spcse_ml.data.dataset import RECIPE_COLUMNS
from spcse_ml.data.lab_rows import current
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.errors import Fault, InputError, StoreError
from spcse_ml.schema import PROCESS_COLUMNS
from spcse_ml.storage.files import turn, write_whole
from spcse_ml.to_json import from_plain

OUTCOMES = ("retention_percent", "sigma_m_ms_cm", "resistance_ohm")
"""Any of them is an outcome of a membrane."""
PROPOSED = frozenset({"baybe", "control", "exploit", "learn"})
"""Ids of recipes that a batch proposes: what each is made for, as `design.suggest` has it; `baybe` before 0.2."""
START = "0" * 64
"""What the first entry holds in place of a digest."""


class Order(StrEnum):
    """When a membrane was made, seen from its prediction; only what was made later, or the same day, counts.

    Before that it has to be measured.
    A day is the same if it is so anywhere on earth, since a lab's day is its own: at night it may be that of yesterday.
    """

    LATER = "later"
    SAME_DAY = "same-day"
    BEFORE = "made-before"
    RECORDED = "recorded-before"
    BACKWARDS = "recorded-before-made"
    UNTOLD = "undated"
    UNMEASURED = "retention-missing"


@dataclass(frozen=True)
class Entry:
    """One prediction of the retention, in percent, with recipe, model and time (UTC)."""

    name: str
    made: str
    model: str
    fingerprint: str
    recipe: Mapping[str, Any]
    value: float
    low: float
    high: float
    level: float
    domain: str
    previous: str
    """Digest of the entry before."""

    @property
    def digest(self) -> str:
        """Return the digest of all that the entry holds."""
        return hashlib.sha256(_line(self).encode()).hexdigest()


@dataclass(frozen=True)
class Score:
    """An entry beside the record of its membrane; errors in points of retention."""

    entry: Entry
    membrane: LabMembrane
    observed: float
    """Its retention; nan as long as the record has none."""
    recorded_at: str | None
    """When an outcome of the membrane was first written down, before any correction."""
    made_on: date | None
    """The earliest day of any line of the membrane."""

    @property
    def error(self) -> float:
        """Return the predicted less the observed retention."""
        return self.entry.value - self.observed

    @property
    def is_inside(self) -> bool:
        """Return whether the interval held."""
        return self.entry.low <= self.observed <= self.entry.high

    @property
    def order(self) -> Order:
        """Return when the membrane was made. A day is the lab's own, wherever that is; moments are of UTC."""
        made, (first, last) = self.made_on, _days(self.entry.made)
        if math.isnan(self.observed):
            return Order.UNMEASURED
        if self.recorded_at and self.recorded_at < self.entry.made:
            return Order.RECORDED
        if made is None:
            return Order.UNTOLD
        if (recorded := _local_day(self.recorded_at)) and made > recorded:
            return Order.BACKWARDS
        return Order.BEFORE if made < first else Order.LATER if made > last else Order.SAME_DAY

    @property
    def counts(self) -> bool:
        """Return whether the prediction was made before the membrane, as far as days tell, and that is measured."""
        return self.order in {Order.LATER, Order.SAME_DAY}


def _local_day(moment: str | None) -> date | None:
    """Return the day that a moment has here, or None for what is no moment."""
    try:
        return datetime.fromisoformat(moment or "").astimezone().date()
    except ValueError:
        return None


def _days(moment: str) -> tuple[date, date]:
    """Return the earliest and the latest day that a moment of UTC has anywhere.

    >>> [day.isoformat() for day in _days("2026-11-20T20:00:00+00:00")]
    ['2026-11-20', '2026-11-21']
    """
    utc = datetime.fromisoformat(moment)
    return (utc - timedelta(hours=12)).date(), (utc + timedelta(hours=14)).date()


def entries(path: Path) -> list[Entry]:
    """Return the entries of a ledger in order; a ledger that does not exist yet has none.

    Raises:
        StoreError: a line cannot be read, or an entry does not belong to the one before: it names the entry.
    """
    if not path.exists():
        return []
    ledger, previous = list[Entry](), START
    for number, line in enumerate(_content(path).splitlines(), start=1):
        try:
            entry = _entry(line)
            digest = entry.digest
        except (ValueError, TypeError, RecursionError) as error:
            raise StoreError("ledger-unreadable", path=path, line=number, reason=str(error).splitlines()[0]) from error
        if entry.previous != previous or entry.name != f"P{number}":
            raise StoreError("ledger-altered", path=path, line=number, name=entry.name)
        ledger.append(entry)
        previous = digest
    return ledger


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError("unusable-path", path=path, reason=error.strerror or error) from error


def _entry(line: bytes) -> Entry:
    """Return the entry of a line, as it is written and every field of its kind."""
    plain = json.loads(line, parse_constant=_no_number)
    datetime.fromisoformat(from_plain(Entry, plain).made)
    return Entry(**plain)


def _no_number(constant: str) -> None:
    raise ValueError(constant)


def head(ledger: Sequence[Entry]) -> str:
    """Return the digest of the last entry, or `START` without any."""
    return ledger[-1].digest if ledger else START


def register(path: Path, predictions: Sequence[Mapping[str, Any]], *, n_logged: int | None = None) -> list[Entry]:
    """Add predictions to a ledger, all of them or none, and return them as entries.

    Each holds the fields of `Entry` but for `name` and `previous`. Predictions whose entries all stand behind the first
    `n_logged` are those entries: their head could not be logged, and they are registered again for its sake.

    Raises:
        InputError: the same model predicts the same recipe already.
        StoreError: the ledger was altered or cannot be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with turn(path):
        known = entries(path)
        if n_logged is not None and (before := _standing(predictions, known[n_logged:])):
            return before
        if faults := _repeated(predictions, known):
            raise InputError(faults)
        added: list[Entry] = []
        for prediction in predictions:
            name = f"P{len(known) + len(added) + 1}"
            added.append(Entry(name=name, previous=head([*known, *added]), **prediction))
        write_whole(path, "".join(f"{_line(entry)}\n" for entry in [*known, *added]))
    return added


def _standing(predictions: Sequence[Mapping[str, Any]], among: Sequence[Entry]) -> list[Entry]:
    """Return the entries of the same predictions, in their order; none unless each of them has an entry."""
    by_question = {_question(asdict(entry)): entry for entry in among}
    matches = [
        by_question[question] for prediction in predictions if (question := _question(prediction)) in by_question
    ]
    return matches if len(matches) == len(predictions) else []


def _repeated(predictions: Sequence[Mapping[str, Any]], known: Sequence[Entry]) -> list[Fault]:
    names, faults = {_question(asdict(entry)): entry.name for entry in known}, list[Fault]()
    for number, prediction in enumerate(predictions, start=1):
        if (before := names.setdefault(_question(prediction), f"recipe {number}")) != f"recipe {number}":
            faults.append(Fault("already-preregistered", row=f"recipe {number}", values={"name": before}))
    return faults


def _question(prediction: Mapping[str, Any]) -> str:
    """Return recipe, level and model, by which two predictions are the same.

    Id and note count as far as they are the user's: under the id of a proposal, version 0.1 wrote a reason as note.
    """
    recipe = prediction["recipe"]
    names = () if recipe.get("id") in PROPOSED else ("id", "note")
    names = (*RECIPE_COLUMNS, *PROCESS_COLUMNS, "plasticizer", "plasticizer_wt_percent", *names)
    cells = {name: recipe.get(name) for name in names}
    filled = {name: cell for name, cell in cells.items() if cell is not None}
    return json.dumps([filled, *(prediction[name] for name in ("level", "model", "fingerprint"))], sort_keys=True)


def scores(ledger: Sequence[Entry], records: Sequence[LabMembrane]) -> list[Score]:
    """Return the scores of entries whose membrane was recorded, in the order of the entries.

    Raises:
        InputError: two records that stand claim one entry.
    """
    claims: dict[str, list[LabMembrane]] = {}
    for record in current(records):
        claims.setdefault(record.prediction or "", []).append(record)
    faults = [
        Fault(
            "prediction-claimed-twice",
            column="prediction",
            given=entry.name,
            values={"ids": " and ".join(str(record.id) for record in claims[entry.name])},
        )
        for entry in ledger
        if len(claims.get(entry.name, ())) > 1
    ]
    if faults:
        raise InputError(faults)
    return [_score(entry, _lines_of(record, records)) for entry in ledger for record in claims.get(entry.name, ())]


def withdrawn(ledger: Sequence[Entry], records: Sequence[LabMembrane]) -> dict[str, list[LabMembrane]]:
    """Return by the name of an entry the lines that claimed it with a retention, until a correction changed either."""
    taken_back: dict[str, list[LabMembrane]] = {entry.name: [] for entry in ledger}
    for record in current(records):
        stands = (record.prediction, record.retention_percent)
        lines = {line.prediction: line for line in _lines_of(record, records) if line.retention_percent is not None}
        for name in taken_back.keys() & lines.keys():
            if (name, lines[name].retention_percent) != stands:
                taken_back[name].append(lines[name])
    return {name: lines for name, lines in taken_back.items() if lines}


def _lines_of(membrane: LabMembrane, records: Sequence[LabMembrane]) -> list[LabMembrane]:
    """Return every line of a membrane: the one that stands, and those that it corrects, the latest first."""
    by_id, lines = {record.id: record for record in records if record.id}, [membrane]
    while lines[-1].supersedes in by_id:
        lines.append(by_id[lines[-1].supersedes])
    return lines


def _score(entry: Entry, lines: Sequence[LabMembrane]) -> Score:
    measured = [line for line in lines if any(getattr(line, name) is not None for name in OUTCOMES)]
    days = [line.made_on for line in lines if line.made_on is not None]
    observed = math.nan if lines[0].retention_percent is None else lines[0].retention_percent
    recorded_at = measured[-1].recorded_at if measured else None
    return Score(entry, lines[0], observed, recorded_at, min(days, default=None))


def _line(entry: Entry) -> str:
    return json.dumps(asdict(entry), sort_keys=True, ensure_ascii=False, allow_nan=False)
