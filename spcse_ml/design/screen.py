"""Score the recipes of a space chunk by chunk, and list the best with reasons.

Chunks belong to the space: the scores of one are the same wherever it is scored.
"""

import functools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from spcse_ml.design.consequences import (
    CONDUCTIVITY_COLUMNS,
    RESISTANCE_COLUMNS,
    conductivities,
    no_resistance,
    resistances,
)
from spcse_ml.design.declaration import NAMED, Declared
from spcse_ml.design.minimum_content import LEAST, contents_of_model, is_thin
from spcse_ml.design.space import Decoded, DesignSpace
from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.explanation.neighbours import Neighbour, nearest_to_each
from spcse_ml.explanation.shapley import explain_frame
from spcse_ml.models.applicability import INSIDE
from spcse_ml.models.conformal import LEVEL
from spcse_ml.models.model import MembraneModel
from spcse_ml.schema import RETENTION

NUMBER, CHANCE, DOMAIN, BROKEN = "number", "chance", "domain", "broken_rules"
LOW, HIGH = "retention_low_percent", "retention_high_percent"
RANKINGS: Mapping[str, str] = {"expected": RETENTION.column, "cautious": LOW, "chance": CHANCE}
"""By what candidates may be ranked, and the column of it."""
CONSEQUENCES: Mapping[str, str] = {"conductivity": CONDUCTIVITY_COLUMNS[0], "resistance": RESISTANCE_COLUMNS[0]}
"""The same where the space gives the powder, and for the resistance the thickness; the least resistance is the best."""
POWDER = "sigma_p_ms_cm"
"""Why a candidate is hidden whose powder is not known, where that is what is ranked by."""

SHOWN_REASONS = 3
LEAST_REASON = 0.05
"""Smaller contributions are left out, in points."""


@dataclass(frozen=True)
class Question:
    """The retention to exceed in percent, and the level of the intervals."""

    threshold_percent: float
    level: float = LEVEL


@dataclass(frozen=True)
class View:
    """Which candidates are listed, and by what they are ranked, one of `RANKINGS` or `CONSEQUENCES`."""

    ranking: str = "expected"
    top: int = 20
    inside_only: bool = True
    with_broken: bool = False
    with_thin: bool = False
    """Whether to show what holds much less binder than any row of its kind (`minimum_content`)."""

    @property
    def column(self) -> str:
        """Return the column that is ranked by."""
        return {**RANKINGS, **CONSEQUENCES}[self.ranking]

    def shows(self, scored: pd.DataFrame) -> np.ndarray:
        """Return which candidates are shown.

        Args:
            scored: n candidates with their scores.

        Returns:
            A mask, shape (n,).
        """
        return np.asarray(np.all(list(self._masks(scored).values()), axis=0))

    def hidden(self, scored: pd.DataFrame) -> Counter[str]:
        """Return how many candidates are hidden and why: each for the first reason that `_masks` names.

        Args:
            scored: n candidates with their scores.

        Returns:
            Counts by reason.
        """
        counts, shown = Counter[str](), np.ones(len(scored), dtype=bool)
        for name, mask in self._masks(scored).items():
            counts[name] = int((shown & ~mask).sum())
            shown &= mask
        return counts

    def _masks(self, scored: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return by each reason to hide something which candidates it leaves."""
        unknown = scored[self.column].isna() if self.ranking in CONSEQUENCES else np.zeros(len(scored), dtype=bool)
        return {
            DOMAIN: np.asarray(~np.full(len(scored), self.inside_only) | (scored[DOMAIN] == INSIDE)),
            BROKEN: np.asarray(self.with_broken | (scored[BROKEN] == "")),
            LEAST: np.ones(len(scored), dtype=bool) if self.with_thin else ~is_thin(scored),
            POWDER: np.asarray(~unknown),
        }


Job = tuple[MembraneModel, str, Question, int]
"""A model, the declaration of a space as JSON, a question, and the number of a chunk."""


def jobs(model: MembraneModel, space: DesignSpace, question: Question, chunks: Iterable[int]) -> list[Job]:
    """Return the inputs of `scored_chunk` for these chunks; they are small, wherever they are sent."""
    declared = space.declared.model_dump_json(exclude_none=True)
    return [(model, declared, question, chunk) for chunk in chunks]


@functools.lru_cache(maxsize=2)
def _space(declared: str) -> DesignSpace:
    return DesignSpace(Declared.model_validate_json(declared))


def scored_chunk(job: Job) -> pd.DataFrame:
    """Return the candidates of a chunk with their scores; how many threads a machine has does not change them."""
    model, declared, question, chunk = job
    space = _space(declared)
    with threadpool_limits(1):
        return scored(model, space, question, space.decoded(space.chunk(chunk)))


def scored(model: MembraneModel, space: DesignSpace, question: Question, recipes: Decoded) -> pd.DataFrame:
    """Return candidates with prediction, interval, chance, domain, rules broken and `LEAST`, in little memory.

    Names are categories; predictions have seven digits.
    """
    coded = space.coded(recipes)
    predictions = model.predict(model.as_inputs(coded), level=question.level, has_reasons=False)
    scores = {RETENTION.column: predictions[RETENTION.column], LOW: predictions["low"], HIGH: predictions["high"],
              CHANCE: model.chance_above(predictions, question.threshold_percent)}  # fmt: skip
    return pd.DataFrame(
        {
            NUMBER: recipes.numbers,
            **coded[[*NAMED, *recipes.contents]],
            **{name: np.asarray(score, dtype=np.float32) for name, score in scores.items()},
            DOMAIN: predictions["domain"],
            BROKEN: space.broken_rules(recipes),
            LEAST: contents_of_model(model).below(coded),
        }
    )


@dataclass(frozen=True)
class Best:
    """The best of what was scored: numbers of candidates, best first, and how many there were and are hidden."""

    numbers: np.ndarray
    n_scored: int
    n_hidden: Mapping[str, int] = field(default_factory=dict)
    """By `DOMAIN`, `BROKEN`, `LEAST` and `POWDER`, why; who is hidden for several counts under the first."""


RANKED_COLUMNS = (NUMBER, *RANKINGS.values(), DOMAIN, BROKEN, "binder_wt_percent", LEAST)
"""What `best` looks at."""
NEEDED = ("sulfide", HIGH)
"""What `with_consequences` looks at besides."""


def with_consequences(declared: Declared, part: pd.DataFrame) -> pd.DataFrame:
    """Return candidates with the columns that `CONSEQUENCES` ranks by."""
    frames = [conductivities(declared, part), resistances(declared, part)]
    return pd.concat(
        [part, *(frame[[name]] for frame, name in zip(frames, CONSEQUENCES.values(), strict=True))], axis=1
    )


def best(parts: Iterable[pd.DataFrame], view: View) -> Best:
    """Return the best of all parts by the ranking, equal ones by the prediction and then by number."""
    ranked, n_scored, hidden = pd.DataFrame(), 0, Counter[str]()
    for part in parts:
        n_scored += len(part)
        hidden += view.hidden(part)
        shown = part.loc[view.shows(part), list(dict.fromkeys([NUMBER, RETENTION.column, view.column]))]
        ranked = _ranked(pd.concat([ranked, shown]), view)
    numbers = ranked[NUMBER].to_numpy() if len(ranked) else np.array([], dtype=np.int64)
    return Best(numbers, n_scored, dict(hidden))


def _ranked(shown: pd.DataFrame, view: View) -> pd.DataFrame:
    is_down = view.column == RESISTANCE_COLUMNS[0]
    keys = [shown[view.column] * (1 if is_down else -1), -shown[RETENTION.column], shown[NUMBER]]
    return shown.iloc[np.lexsort([key.to_numpy() for key in reversed(keys)])[: view.top]]


def listed(evaluated: EvaluatedModel, space: DesignSpace, question: Question, numbers: np.ndarray) -> pd.DataFrame:
    """Return these candidates with all that is known of each, in the order given; `number` finds it in the space.

    `domain_reasons` holds a tuple of `DomainReason`, `attribution` an `Attribution`, `neighbour` a `Neighbour`,
    `no_resistance_code` why there is no areal resistance, `minimum` a `MinimumContent` or None.
    """
    if not len(numbers):  # an empty list has the columns of any other
        return listed(evaluated, space, question, np.array([0])).iloc[:0]
    recipes = space.decoded(numbers)
    frame = evaluated.model.as_inputs(space.frame(recipes))
    predictions = evaluated.model.predict(frame, level=question.level)
    table = scored(evaluated.model, space, question, recipes)
    declared = space.declared
    columns: dict[str, Any] = {
        "domain_reasons": predictions["domain_reasons"].to_numpy(),
        "attribution": attributions(evaluated.model, frame),
        "neighbour": _nearest(evaluated, space, table),
        "no_resistance_code": [no_resistance(declared, name) for name in table["sulfide"]],
        "minimum": contents_of_model(evaluated.model).undercut_minima(frame),
    }
    return pd.concat([table, conductivities(declared, table), resistances(declared, table)], axis=1).assign(**columns)


@dataclass(frozen=True)
class Attribution:
    """The largest Shapley contributions to a prediction."""

    recipe: Mapping[Any, Any]
    points: Mapping[str, float]
    """By player, the largest first."""


def attributions(model: MembraneModel, frame: pd.DataFrame) -> list[Attribution]:
    """Return for each recipe its largest Shapley contributions, in points."""
    if frame.empty:
        return []
    contributions = explain_frame(model, frame).contributions.to_dict("records")
    recipes = frame.to_dict("records")
    return [Attribution(recipe, _largest(points)) for recipe, points in zip(recipes, contributions, strict=True)]


def _largest(points: Mapping[Any, float]) -> dict[str, float]:
    notable = [(str(name), value) for name, value in points.items() if abs(value) >= LEAST_REASON]
    return dict(sorted(notable, key=lambda item: -abs(item[1]))[:SHOWN_REASONS])


def _nearest(evaluated: EvaluatedModel, space: DesignSpace, table: pd.DataFrame) -> list[Neighbour]:
    recipes = [space.candidate(int(number)) for number in table[NUMBER]]
    return [neighbour for (neighbour,) in nearest_to_each(evaluated, recipes, n=1)]
