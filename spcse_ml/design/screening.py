"""Score the recipes of a space chunk by chunk, and list the best with reasons.

Chunks belong to the space: whoever scores one, here or elsewhere, gets the same numbers.
"""

import functools
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from spcse_ml.design.consequences import resistances
from spcse_ml.design.declared import Declared
from spcse_ml.design.space import NAMED, Decoded, DesignSpace
from spcse_ml.judging.answer import JudgedModel
from spcse_ml.judging.evidence import nearest_to_each, recipe_in_words
from spcse_ml.judging.explanation import explain_frame, in_words, players_of
from spcse_ml.learning.domain import INSIDE
from spcse_ml.learning.model import MembraneModel
from spcse_ml.literature.schema import RETENTION

NUMBER, CHANCE, DOMAIN, BROKEN = "number", "chance", "domain", "broken_rules"
LOW, HIGH = "retention_low_percent", "retention_high_percent"
RANKINGS: Mapping[str, str] = {"expected": RETENTION.column, "cautious": LOW, "chance": CHANCE}
"""By what candidates may be ranked, and the column of it."""

SHOWN_REASONS = 3
LEAST_REASON = 0.05
"""Smaller contributions are not told, in points."""


@dataclass(frozen=True)
class Question:
    """What is asked of every candidate: the retention to beat in percent, and the level of the intervals."""

    threshold_percent: float
    level: float = 0.9


@dataclass(frozen=True)
class View:
    """Which candidates are listed, and by what they are ranked, one of `RANKINGS`."""

    ranking: str = "expected"
    top: int = 20
    inside_only: bool = True
    with_broken: bool = False

    def shows(self, scored: pd.DataFrame) -> np.ndarray:
        """Return which candidates are shown."""
        return self._is_near(scored) & (self.with_broken | (scored[BROKEN] == "").to_numpy())

    def hidden(self, scored: pd.DataFrame) -> Counter[str]:
        """Return how many candidates are hidden for lying where the literature does not support them, or for a rule."""
        near = self._is_near(scored)
        return Counter({DOMAIN: int((~near).sum()), BROKEN: int((near & ~self.shows(scored)).sum())})

    def _is_near(self, scored: pd.DataFrame) -> np.ndarray:
        return np.asarray(~np.full(len(scored), self.inside_only) | (scored[DOMAIN] == INSIDE).to_numpy())


Job = tuple[MembraneModel, str, Question, int]
"""A model, the declaration of a space as JSON, a question, and the number of a chunk."""


def jobs(model: MembraneModel, space: DesignSpace, question: Question, chunks: Iterable[int]) -> list[Job]:
    """Return what `scored_chunk` must be told of these chunks; it is small, wherever it is sent."""
    declared = json.dumps(space.declared.plain())
    return [(model, declared, question, chunk) for chunk in chunks]


@functools.lru_cache(maxsize=2)
def _space(declared: str) -> DesignSpace:
    return DesignSpace(Declared.of(json.loads(declared)))


def scored_chunk(job: Job) -> pd.DataFrame:
    """Return the candidates of a chunk with their scores; how many threads a machine has does not change them."""
    model, declared, question, chunk = job
    space = _space(declared)
    with threadpool_limits(1):
        return scored(model, space, question, space.decoded(space.chunk(chunk)))


def scored(model: MembraneModel, space: DesignSpace, question: Question, recipes: Decoded) -> pd.DataFrame:
    """Return candidates with prediction, interval, chance, domain and rules broken, in little memory.

    Names are categories; predictions have seven digits.
    """
    coded = space.coded(recipes)
    told = model.predict_frame(model.as_asked(coded), level=question.level, has_reasons=False)
    values, difficulty = told[RETENTION.column].to_numpy(), told["difficulty"].to_numpy()
    chance = (model.own_calibration or model.calibration).chance_above(values, difficulty, question.threshold_percent)
    which, bits = pd.factorize(space.broken(recipes), sort=True)
    rules = ["; ".join(space.rules_of(int(one))) for one in bits]
    scores = {RETENTION.column: values, LOW: told["low"], HIGH: told["high"], CHANCE: chance}
    return pd.DataFrame(
        {
            NUMBER: recipes.numbers, **coded[[*NAMED, *recipes.contents]],
            **{name: np.asarray(score, dtype=np.float32) for name, score in scores.items()},
            DOMAIN: told["domain"],
            BROKEN: pd.Categorical.from_codes(which, categories=pd.Index(rules, dtype=object)),
        }
    )  # fmt: skip


@dataclass(frozen=True)
class Best:
    """The best of what was scored: numbers of candidates, best first, and how many there were and are hidden."""

    numbers: np.ndarray
    n_scored: int
    n_hidden: Mapping[str, int] = field(default_factory=dict)
    """By `DOMAIN` and `BROKEN`, why; who is hidden for both counts under the first."""


RANKED_COLUMNS = (NUMBER, *RANKINGS.values(), DOMAIN, BROKEN)
"""What `best` looks at."""


def best(parts: Iterable[pd.DataFrame], view: View) -> Best:
    """Return the best of all parts by the ranking, equal ones by the prediction and then by number."""
    kept, n_scored, hidden = pd.DataFrame(), 0, Counter[str]()
    for part in parts:
        n_scored += len(part)
        hidden += view.hidden(part)
        shown = part.loc[view.shows(part), [NUMBER, *RANKINGS.values()]]
        kept = _ranked(pd.concat([kept, shown]), view)
    numbers = kept[NUMBER].to_numpy() if len(kept) else np.array([], dtype=np.int64)
    return Best(numbers, n_scored, dict(hidden))


def _ranked(shown: pd.DataFrame, view: View) -> pd.DataFrame:
    keys = [-shown[RANKINGS[view.ranking]], -shown[RETENTION.column], shown[NUMBER]]
    return shown.iloc[np.lexsort([key.to_numpy() for key in reversed(keys)])[: view.top]]


def listed(judged: JudgedModel, space: DesignSpace, question: Question, numbers: np.ndarray) -> pd.DataFrame:
    """Return these candidates with all that is told of one, in the order given; `number` finds it in the space."""
    recipes = space.decoded(numbers)
    frame = judged.model.as_asked(space.frame(recipes))
    told = judged.model.predict_frame(frame, level=question.level)
    table = scored(judged.model, space, question, recipes)
    reasons, near = reasons_of(judged.model, frame), _nearest(judged, space, numbers)
    return pd.concat([table, resistances(space.declared, table)], axis=1).assign(
        domain_reason=told["domain_reason"].to_numpy(), reason=reasons, nearest_membrane=near
    )


def reasons_of(model: MembraneModel, frame: pd.DataFrame) -> list[str]:
    """Return for each recipe its largest Shapley contributions, in points, with what the recipe holds of each."""
    if frame.empty:
        return []
    found = explain_frame(model, frame).contributions
    words = [in_words(row, players_of(frame)) for row in frame.to_dict("records")]
    return [_reason(row, told) for (_, row), told in zip(found.iterrows(), words, strict=True)]


def _reason(contributions: pd.Series, words: Mapping[str, str]) -> str:
    largest = contributions[contributions.abs() >= LEAST_REASON].sort_values(key=np.abs, ascending=False, kind="stable")
    return ", ".join(f"{name} {value:+.1f} ({words[str(name)]})" for name, value in largest[:SHOWN_REASONS].items())


def _nearest(judged: JudgedModel, space: DesignSpace, numbers: np.ndarray) -> list[str]:
    found = [near[0] for near in nearest_to_each(judged, [space.candidate(int(number)) for number in numbers], n=1)]
    return [
        f"[{one.references}] {one.recipe}: kept {one.observed:.3g} % ({one.paper}; distance {one.distance:.2f})"
        for one in found
    ]


def recipes_in_words(table: pd.DataFrame) -> list[str]:
    """Return each recipe in a few words."""
    cells = table.astype(object).where(table.notna(), None)
    return [recipe_in_words(row) for row in cells.to_dict("records")]
