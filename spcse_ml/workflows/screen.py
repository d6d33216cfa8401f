"""The path from a space of recipes to the ranked candidates and their Pareto front."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from spcse_ml import __version__
from spcse_ml.design.consequences import NO_THICKNESS, refuse_unknown
from spcse_ml.design.declaration import Declared
from spcse_ml.design.minimum_content import LEAST
from spcse_ml.design.pareto import OBJECTIVES, Front, Objective, front, with_objectives
from spcse_ml.design.screen import (
    BROKEN,
    CONSEQUENCES,
    DOMAIN,
    NEEDED,
    NUMBER,
    RANKED_COLUMNS,
    Best,
    Job,
    Question,
    View,
    best,
    jobs,
    listed,
    scored_chunk,
    with_consequences,
)
from spcse_ml.design.space import DesignSpace, design_space
from spcse_ml.errors import Fault, InputError, StoreError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.reports.messages.design import front_lines, listed_text, recipes_in_words
from spcse_ml.reports.plots.design import front_page
from spcse_ml.schema import RETENTION, THICKNESS
from spcse_ml.storage.champion import answering_pair
from spcse_ml.storage.files import write_whole
from spcse_ml.storage.screen_files import REQUEST, as_parquet, begin, part_path, read_parts, request_of
from spcse_ml.tables import csv_text

TOP_TABLE, FRONT_TABLE, FRONT_PAGE = "top.csv", "pareto.csv", "pareto.html"


@dataclass(frozen=True)
class Sample:
    """A space with some of its recipes."""

    space: DesignSpace
    table: pd.DataFrame


def sampled(file: Path | None, *, n: int, seed: int) -> Sample:
    """Return a space, the default without a file, with n recipes of it drawn at random.

    Args:
        file: a space as `spcse-ml space --show` prints it (TOML).
        n: how many recipes are drawn.
        seed: of the draw.

    Returns:
        The space, and the recipes.

    Raises:
        InputError: every fault of the file, in one error.

    >>> sample = sampled(None, n=3, seed=0)
    >>> len(sample.table), sample.space.size > 10_000_000
    (3, True)
    """
    space = design_space(file)
    recipes = space.decoded(space.sample(n, seed))
    broken = {BROKEN: list(space.broken_rules(recipes))}
    return Sample(space, space.frame(recipes).assign(number=recipes.numbers, **broken))


@dataclass(frozen=True)
class Screen:
    """A screen that is done: the models that scored it, and the best of it."""

    space: DesignSpace
    pair: ModelPair
    question: Question
    best: Best
    table: pd.DataFrame
    """The listed candidates, best first, as `design.screen.listed` has them."""
    folder: Path

    def to_csv(self) -> str:
        """Return the listed candidates with all that is known of each, numbers as numbers."""
        return csv_text(listed_text(self.table), float_format="%.4g")


def screen(
    space: DesignSpace, folder: Path, question: Question, *, store: Path, workers: Workers = ALONE
) -> tuple[ModelPair, int]:
    """Score every chunk of a space that the folder does not hold yet; return the models and how many it held.

    Args:
        space: as `sampled` returns it.
        folder: gets the scored parts; those of an interrupted screen are not scored again.
        question: level of the intervals and threshold of the retention.
        store: the folder whose champion answers.
        workers: processes or a cluster that score; without it one chunk after the other.

    Returns:
        The models, and the number of chunks that were scored before.

    Raises:
        InputError: the level or the threshold cannot be.
        StoreError: the folder is the screen of another question, or cannot be written to.

    >>> sample = sampled(Path("mine.toml"), n=0, seed=0)  # doctest: +SKIP
    >>> pair, n_before = screen(sample.space, Path("mine"), Question(), store=Path("store"))  # doctest: +SKIP
    """
    pair = answering_pair(store)
    model = pair.retention.model
    _check(question, pair)
    begin(folder, _request(space, pair, question))
    missing = [chunk for chunk in range(space.n_chunks) if not part_path(folder, chunk).exists()]
    todo = jobs(model, space, question, missing)
    parts = workers.each(scored_part, todo, "candidates")
    for chunk, part in zip(missing, parts, strict=True):
        write_whole(part_path(folder, chunk), part)
    return pair, space.n_chunks - len(missing)


def _parts(space: DesignSpace, folder: Path, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
    """Yield the scored candidates of each chunk, which are those of that chunk."""
    for chunk, part in enumerate(read_parts(folder, range(space.n_chunks), columns)):
        if not np.array_equal(part[NUMBER], space.chunk(chunk)):
            raise StoreError("part-of-other-chunk", path=part_path(folder, chunk))
        yield part


def scored_part(job: Job) -> bytes:
    """Return the candidates of a chunk as a Parquet file."""
    return as_parquet(scored_chunk(job))


def listing(space: DesignSpace, folder: Path, question: Question, view: View, pair: ModelPair) -> Screen:
    """List the best of a screen that is done, and write them into its folder.

    Args:
        space: the space that was screened.
        folder: of the screen.
        question: as it was asked.
        view: ranking, number of candidates, and which are shown.
        pair: the models that answered.

    Returns:
        The candidates and what was counted.

    Raises:
        InputError: it is to be ranked by a consequence that the space does not determine.
        StoreError: a part of it is missing or damaged.

    >>> done = listing(sample.space, Path("mine"), Question(), View("chance", top=6), pair)  # doctest: +SKIP
    >>> done.table[["binder", "binder_wt_percent", "retention_percent"]]  # doctest: +SKIP
    """
    refuse_unknown(space.declared, view.ranking)
    parts = _parts(space, folder, (*RANKED_COLUMNS, *NEEDED))
    ranked = (with_consequences(space.declared, part) for part in parts) if view.ranking in CONSEQUENCES else parts
    top = best(ranked, view)
    table = listed(pair.retention, space, question, top.numbers)
    screened = Screen(space, pair, question, top, table, folder)
    write_whole(folder / TOP_TABLE, screened.to_csv())
    return screened


def _request(space: DesignSpace, pair: ModelPair, question: Question) -> dict[str, Any]:
    evaluated = pair.retention
    return {
        "version": __version__, "model": pair.name, "model_fingerprint": evaluated.fingerprint,
        "estimator": evaluated.model.estimator, "threshold_percent": question.threshold_percent,
        "level": question.level, "space_fingerprint": space.declared.fingerprint, "size": space.size,
        "space": space.declared.plain(), "marks": [DOMAIN, BROKEN, LEAST],
    }  # fmt: skip


def _check(question: Question, pair: ModelPair) -> None:
    pair.retention.model.papers_calibration.quantile(question.level)
    if not 0 < question.threshold_percent < (RETENTION.ceiling or 0):
        raise InputError(
            [
                Fault(
                    "threshold-out-of-bounds",
                    column="threshold",
                    given=f"{question.threshold_percent:g}",
                    allowed=f"above 0 and below {RETENTION.ceiling:g} %",
                )
            ]
        )


@dataclass(frozen=True)
class TradeOff:
    """The front of a screen in the objectives that were named."""

    objectives: tuple[Objective, ...]
    front: Front
    forced: tuple[Fault, ...]
    """What speaks against objectives that were forced."""
    folder: Path


def trade_off(folder: Path, names: Sequence[str], view: View, *, store: Path, is_forced: bool = False) -> TradeOff:
    """Return the Pareto front of a screen, and write it into its folder as a table and as a page of its own.

    Args:
        folder: of a screen that is done.
        names: objectives, keys of `OBJECTIVES`.
        view: which candidates count.
        store: the folder whose champion answers.
        is_forced: True accepts a model without skill.

    Returns:
        The front, its candidates and its files.

    Raises:
        InputError: an objective is not known of any candidate, or its model has no skill and it is not forced.
        StoreError: the folder is no screen, is not done, or of another model than answers now.

    >>> names = ["retention", "areal-resistance"]  # doctest: +SKIP
    >>> traded = trade_off(Path("mine"), names, View(), store=Path("store"))  # doctest: +SKIP
    >>> traded.front.table["recipe"]  # doctest: +SKIP
    """
    request, pair = request_of(folder), answering_pair(store)
    space = _space_of(request, folder / REQUEST)
    begin(folder, _request(space, pair, Question(request["threshold_percent"], request["level"])))
    objectives = _objectives(names, space)
    refused = _without_skill(objectives, pair)
    if refused and not is_forced:
        raise InputError(refused)
    optimal = front(_with_all(space, folder, pair, objectives), objectives, view)
    if optimal.table.empty:
        raise InputError([_nothing(optimal)])
    table = optimal.table.assign(recipe=recipes_in_words(optimal.table))
    write_whole(folder / FRONT_TABLE, csv_text(table, float_format="%.4g"))
    optimal = replace(optimal, table=table)
    write_whole(folder / FRONT_PAGE, front_page(table, objectives, front_lines(optimal, objectives)))
    return TradeOff(objectives, optimal, tuple(refused), folder)


def _space_of(request: Mapping[str, Any], path: Path) -> DesignSpace:
    if missing := {"space", "threshold_percent", "level"} - request.keys():
        raise StoreError("screen-unreadable", path=path, reason=f"without {', '.join(sorted(missing))}")
    try:
        return DesignSpace(Declared.model_validate(request["space"]))
    except ValidationError as error:
        raise StoreError("screen-unreadable", path=path, reason="its space is not one of this version") from error


def _objectives(names: Sequence[str], space: DesignSpace) -> tuple[Objective, ...]:
    faults = [
        Fault("unknown-objective", column="objective", given=name, allowed=", ".join(OBJECTIVES))
        for name in names
        if name not in OBJECTIVES
    ]
    if "areal-resistance" in names and space.declared.planned_thickness_um is None:
        faults.append(Fault(NO_THICKNESS, column="objective", given="areal-resistance"))
    if "cost" in names and not space.declared.cost_per_kg:
        faults.append(Fault("no-material-costs", column="objective", given="cost"))
    if len(set(names)) not in {2, 3, 4}:
        values = {"n": len(set(names))}
        faults.append(Fault("number-of-objectives", column="objective", given=", ".join(names), values=values))
    if faults:
        raise InputError(faults)
    return tuple(OBJECTIVES[name] for name in dict.fromkeys(names))


def _without_skill(objectives: Iterable[Objective], pair: ModelPair) -> list[Fault]:
    models = {objective.name: pair.by_target[objective.target] for objective in objectives if objective.target}
    return [
        Fault("objective-without-skill", column="objective", given=name)
        for name, evaluated in models.items()
        if evaluated.verdict is Verdict.NO_SKILL
    ]


def _with_all(
    space: DesignSpace, folder: Path, pair: ModelPair, objectives: Iterable[Objective]
) -> Iterator[pd.DataFrame]:
    needs_thickness = any(objective.target == THICKNESS.name for objective in objectives)
    for part in _parts(space, folder):
        scored = with_objectives(space.declared, part)
        if needs_thickness:
            model = pair.thickness.model
            frame = model.as_inputs(space.frame(space.decoded(part["number"].to_numpy())))
            scored = scored.assign(**{THICKNESS.column: model.predict(frame)[THICKNESS.column].to_numpy()})
        yield scored


def _nothing(empty: Front) -> Fault:
    if empty.n_unknown:
        names = ", ".join(name for name, n in empty.unknown.items() if n)
        return Fault("objective-unknown", column="objective", given=names, values={"n": empty.n_unknown})
    return Fault("no-candidate-shown")
