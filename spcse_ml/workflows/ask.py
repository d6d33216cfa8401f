"""The path from recipes to answers, in sentences."""

import csv
import functools
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.errors import Fault, InputError
from spcse_ml.judging.answer import ANSWER_COLUMNS, ModelPair, answer
from spcse_ml.judging.evidence import nearest
from spcse_ml.literature.recipes import formulation, formulations, placed
from spcse_ml.literature.rules import Rule, broken_rules
from spcse_ml.literature.schema import Formulation
from spcse_ml.literature.table import read_table
from spcse_ml.storage.champion import Champion, answering_pair, champion
from spcse_ml.storage.store import store_folder, write_whole

DEFAULT_LEVEL = 0.9

LONGEST = 2_000
"""Characters of a value; no column allows more, and the catalogue need not look for longer names."""


@dataclass(frozen=True)
class Answers:
    """The answers to a table of recipes: what was asked, as it was written, and what follows."""

    asked: pd.DataFrame
    recipes: Sequence[Formulation]
    table: pd.DataFrame
    """One row per recipe, columns as in `ANSWER_COLUMNS`."""
    pair: ModelPair
    """The models that answered."""

    def to_csv(self) -> str:
        """Return the input's columns as they were written, then the answers; blank where nothing can be told."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow([*self.asked.columns, *ANSWER_COLUMNS])
        for given, found in zip(self.asked.to_numpy().tolist(), self.table.to_dict("records"), strict=True):
            writer.writerow([*given, *(_cell(found[name]) for name in ANSWER_COLUMNS)])
        return buffer.getvalue()

    def cards(self) -> list[dict[str, Any]]:
        """Return for each recipe the evidence: nearest published membranes and the rules it breaks, as plain values."""
        return [
            {
                "nearest": [asdict(neighbour) for neighbour in nearest(self.pair.retention, recipe)],
                "broken_rules": [{**asdict(rule), "sentence": str(rule)} for rule in broken_rules(recipe)],
            }
            for recipe in self.recipes
        ]

    def plain(self, *, level: float) -> list[dict[str, Any]]:
        """Return each answer as JSON has it: its columns (None where nothing can be told), the level, the card."""
        rows = self.table.to_dict("records")
        return [
            {**{str(name): _finite(value) for name, value in row.items()}, "level": level, "card": card}
            for row, card in zip(rows, self.cards(), strict=True)
        ]

    def broken(self) -> dict[Rule, list[int]]:
        """Return each rule that a recipe breaks with the lines of those recipes in the file."""
        found: dict[Rule, list[int]] = {}
        for line, recipe in zip(self.asked.index, self.recipes, strict=True):
            for rule in broken_rules(recipe):
                found.setdefault(rule, []).append(int(line))
        return found


def predict(*, store: Path | None = None, level: float = DEFAULT_LEVEL, **recipe: Any) -> dict[str, Any]:
    """Return the answer to one recipe as a dictionary: its columns by name, in the units the names tell.

    Raises:
        InputError: the recipe holds a fault, or the level is more than the papers support.

    >>> told = predict(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5)
    >>> told["retention_verdict"], told["thickness_verdict"]
    ('useful', 'no skill')
    """
    asked = formulation(**recipe)
    table = answer(answering_pair(store or store_folder()), [asked], level=level)
    return {str(name): _plain(value) for name, value in table.iloc[0].items()}


def predict_one(recipe: dict[str, str], *, store: Path, level: float) -> Answers:
    """Return the answers to a single recipe given as text cells."""
    asked = formulation(**recipe)
    pair = loaded_pair(store)
    return Answers(pd.DataFrame([recipe], dtype=object), [asked], answer(pair, [asked], level=level), pair)


def predict_file(path: Path, *, store: Path, level: float, out: Path | None = None) -> Answers:
    """Answer every recipe of a CSV file; with `out`, write the answers there, whole or not at all.

    Raises:
        InputError: every fault of the file in one error; nothing is written then.
    """
    asked = read_table(path)
    if asked.empty:
        raise InputError([Fault("holds no recipe, only a header", file=path.name)])
    recipes = formulations(asked, file=path.name)
    pair = loaded_pair(store)
    answers = Answers(asked, recipes, answer(pair, recipes, level=level), pair)
    if out is not None:
        write_whole(out, answers.to_csv())
    return answers


def predict_recipes(recipes: Sequence[Mapping[str, Any]], pair: ModelPair, *, level: float) -> Answers:
    """Return the answers of a pair of models to recipes given as columns by name, each value a number or text.

    Raises:
        InputError: every fault of every recipe, the first of which is called `recipe 1`, or of the level.
    """
    read: list[Formulation] = []
    faults: list[Fault] = []
    for number, cells in enumerate(recipes, start=1):
        recipe, found = _read(cells)
        faults += [placed(fault, Fault("", row=f"recipe {number}")) for fault in found]
        read += [recipe] if recipe is not None else []
    if faults:
        raise InputError(faults)
    asked = pd.DataFrame([_texts(cells) for cells in recipes], dtype=object).fillna("")
    return Answers(asked, read, answer(pair, read, level=level), pair)


def loaded_pair(store: Path) -> ModelPair:
    """Return the models that answer, kept in memory and read anew as soon as the store has another champion.

    Raises:
        StoreError, ModelFileError: the champion is named but cannot be read.
    """
    return _loaded(store, champion(store))


@functools.lru_cache(maxsize=1)
def _loaded(store: Path, crowned: Champion | None) -> ModelPair:  # noqa: ARG001 - another champion, another pair
    return answering_pair(store)


def _read(cells: Mapping[str, Any]) -> tuple[Formulation | None, list[Fault]]:
    """Return the recipe, or None and its faults, of which no column is told twice."""
    odd = [fault for name, cell in cells.items() if (fault := _odd(name, cell))]
    named = {fault.column for fault in odd}
    try:
        recipe = formulation(**_texts({name: cell for name, cell in cells.items() if name not in named}))
    except InputError as error:
        return None, [*odd, *(fault for fault in error.faults if fault.column not in named)]
    return (None if odd else recipe), odd


_CONTAINERS: dict[type, str] = {list: "a list", dict: "an object"}


def _odd(name: str, cell: Any) -> Fault | None:
    """Return the fault of a value that no cell of a table could be."""
    if isinstance(cell, str) and len(cell) > LONGEST:
        return Fault("is too long", column=name, given=f"{cell[:40]}...", allowed=f"at most {LONGEST} characters")
    if isinstance(cell, bool) or not isinstance(cell, str | int | float | None):
        given = _CONTAINERS.get(type(cell)) or str(cell).lower()
        return Fault("is neither a number nor text", column=name, given=given)
    return None


def _texts(cells: Mapping[str, Any]) -> dict[str, str]:
    return {name: "" if cell is None else str(cell) for name, cell in cells.items()}


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, float) else value


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}"  # noqa: PLR0124 - nan
    return str(value)


def _finite(value: Any) -> Any:
    """Return None for what cannot be told, or has no upper end: JSON knows neither nan nor infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
