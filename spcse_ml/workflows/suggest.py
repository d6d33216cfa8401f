"""The path from the membranes that were made to the next batch."""

from collections.abc import Callable, Sequence
from dataclasses import InitVar, asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.chemistry.compatibility import rules
from spcse_ml.data.dataset import RECIPE_COLUMNS, frame_of, recipe_frame, typed_recipes
from spcse_ml.data.lab_rows import own_frame, read_records
from spcse_ml.data.literature import literature
from spcse_ml.design.candidates import (
    Hidden,
    Remarks,
    apart_from,
    breaks,
    candidates_near,
    holds,
    is_made,
)
from spcse_ml.design.consequences import SOURCE, knows_conductivity, with_powder
from spcse_ml.design.declaration import Declared
from spcse_ml.design.minimum_content import contents_of_model
from spcse_ml.design.rules import broken
from spcse_ml.design.space import design_space
from spcse_ml.design.suggest import APART, CONTROL, Plan, Suggestion, control, pool_of, suggest
from spcse_ml.errors import Fault, InputError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.former_names import formerly, formerly_named, no_longer_needed
from spcse_ml.lab.preregistration import Entry, entries
from spcse_ml.reports.messages.batch import batch_lines, reason_text
from spcse_ml.schema import RETENTION, Formulation
from spcse_ml.storage.champion import answering_pair
from spcse_ml.workflows.lab import LEDGER
from spcse_ml.workflows.predict import DEFAULT_LEVEL, Answers, answered


@dataclass(frozen=True)
class BatchRequest:
    """What a batch should be."""

    n: int = 5
    seed: int = 0
    engine: InitVar[str | None] = None
    """Former option; it goes with version 0.3."""
    allowed: tuple[str, ...] = ()
    """Rules that may be broken."""
    apart: float = APART
    level: float = DEFAULT_LEVEL
    is_forced: bool = False
    """Whether to choose by a model without skill."""
    with_thin: bool = False
    """Whether to let in recipes that hold less than half the binder of any membrane of their kind."""

    def __post_init__(self, engine: str | None) -> None:
        """Refuse the engine that went, and warn of the option."""
        if engine == "baybe":
            raise InputError([Fault("no-baybe", column="engine", given=engine)])
        no_longer_needed("engine", engine)


@dataclass(frozen=True)
class Batch:
    """Membranes to make next with their answers, and what a reader of them must know."""

    suggestions: tuple[Suggestion, ...]
    answers: Answers
    """One per membrane; in its id stands the kind, and in the CSV, as note, the reason."""
    remarks: Remarks

    @property
    def level(self) -> float:
        """Return the level of the intervals."""
        return self.answers.level

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return what each membrane is made for."""
        return tuple(suggestion.kind for suggestion in self.suggestions)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why each membrane is proposed, in words."""
        return tuple(map(reason_text, self.suggestions))

    def plain(self) -> list[dict[str, Any]]:
        """Return each membrane as JSON has it: kind, reason in words and as code with values, recipe and answer."""
        answers = self.answers.plain()
        rows = zip(self.suggestions, self.reasons, self.answers.recipes, answers, strict=True)
        return [
            {
                "kind": suggestion.kind,
                "reason": reason,
                "reason_code": suggestion.reason.code,
                "reason_values": asdict(suggestion.reason),
                "minimum_content": suggestion.minimum and asdict(suggestion.minimum),
                "recipe": _recipe_alone(recipe),
                "answer": prediction,
            }
            for suggestion, reason, recipe, prediction in rows
        ]

    def text(self) -> str:
        """Return it as lines to read: recipe, expectation and reason of each membrane."""
        return "\n".join(batch_lines(self.plain(), self.answers.pair, level=self.level)) + "\n"


@formerly_named(wanted="request")
def next_batch(request: BatchRequest, *, store: Path, table: Path, space: Path | None = None) -> Batch:
    """Return the membranes to make next, of a space of recipes as a file declares it (by default all the catalogue).

    Args:
        request: size of the batch and what it is for.
        store: the folder whose champion answers, and of the ledger.
        table: the lab's table; what it holds is not proposed again.
        space: a space as `spcse-ml space --show` prints it (TOML); without it all the catalogue.

    Returns:
        The membranes, each with its prediction and the reason for it.

    Raises:
        InputError: an option or the space holds a fault, no candidate remains, or the model has no skill and that is
            not forced.
        StoreError: the ledger was altered.

    >>> batch = next_batch(BatchRequest(n=5), store=Path("store"), table=Path("lab.csv"))  # doctest: +SKIP
    >>> batch.kinds  # doctest: +SKIP
    ('exploit', 'exploit', 'learn', 'learn', 'control')
    """
    pair, search_space = answering_pair(store), design_space(space)
    if faults := _faults(request, pair):
        raise InputError(faults)
    own, ledger = own_frame(read_records(table)), entries(store / LEDGER)
    made, ours = made_already(own, ledger), made_already(own, ledger, published=False)
    near = candidates_near(
        search_space, made, pair.retention.model, allowed=request.allowed, with_thin=request.with_thin
    )

    def is_allowed(rows: pd.DataFrame) -> np.ndarray:
        free = ~breaks(broken(search_space.declared, rows), request.allowed) & ~is_made(rows, ours)
        return np.asarray(free & holds(search_space, rows))

    check, repeated = _control(request, pair, is_allowed)
    batch, frame = _chosen(request, pair, apart_from(near.candidates, repeated, request.apart), best=_best_own(own))
    batch, frame = [*batch, *check], typed_recipes(pd.concat([frame, repeated[list(RECIPE_COLUMNS)]]))
    if not batch:
        counts = {"n_breaking": near.hidden.n_breaking, "n_thin": near.hidden.n_thin}
        raise InputError([Fault("no-candidate-left", column="space", values=counts)])
    batch = _with_minima(batch, frame, pair)
    answers = _answers(batch, frame, pair, declared=search_space.declared, level=request.level)
    return Batch(tuple(batch), answers, _remarks(request, batch, near.hidden, search_space.declared))


def made_already(own: pd.DataFrame, ledger: Sequence[Entry], *, published: bool = True) -> pd.DataFrame:
    """Return the recipes of the literature, of a lab's table and of preregistered predictions."""
    frames = [frame_of(Formulation(**entry.recipe) for entry in ledger)]
    frames += [typed_recipes(own)[list(RECIPE_COLUMNS)]] if len(own) else []
    if published:
        rows, bounds = literature().rows, literature().bounds()
        frames += [recipe_frame(rows), bounds.recipes]
    return typed_recipes(pd.concat(frames, ignore_index=True))


def plan_of(n: int, apart: float = APART) -> Plan:
    """Return how a batch is shared out: from three on one is a control; of the rest half, rounded up, exploits.

    >>> [(plan_of(n).n_exploit, plan_of(n).n_learn) for n in (1, 2, 3, 5, 10)]
    [(1, 0), (1, 1), (1, 1), (2, 2), (5, 4)]
    """
    rest = n - (n > 2)  # noqa: PLR2004 - a control beside fewer than two would be half of the work
    return Plan(n_exploit=-(-rest // 2), n_learn=rest // 2, apart=apart)


def _control(
    request: BatchRequest, pair: ModelPair, is_allowed: Callable[[pd.DataFrame], np.ndarray]
) -> tuple[list[Suggestion], pd.DataFrame]:
    """Return the control of a batch and its recipe, chosen before all else; none where it is too small or lacks one."""
    recipes, plan = pair.retention.model.training_rows.recipes, plan_of(request.n)
    has_control = plan.n_learn + plan.n_exploit < request.n
    check = control(pair.retention, is_allowed, beside=recipes.iloc[:0], apart=request.apart) if has_control else None
    return ([check], recipes.iloc[[check.row]]) if check else ([], recipes.iloc[:0])


def _with_minima(batch: Sequence[Suggestion], frame: pd.DataFrame, pair: ModelPair) -> list[Suggestion]:
    minima = contents_of_model(pair.retention.model).undercut_minima(frame)
    return [replace(suggestion, minimum=minimum) for suggestion, minimum in zip(batch, minima, strict=True)]


def _chosen(
    request: BatchRequest, pair: ModelPair, candidates: pd.DataFrame, *, best: float
) -> tuple[list[Suggestion], pd.DataFrame]:
    model, plan = pair.retention.model, plan_of(request.n, request.apart)
    if candidates.empty:
        return [], candidates
    batch = suggest(pool_of(model, candidates), plan, best=best, seed=request.seed)
    return batch, candidates.iloc[[suggestion.row for suggestion in batch]]


def _answers(
    batch: Sequence[Suggestion], frame: pd.DataFrame, pair: ModelPair, *, declared: Declared, level: float
) -> Answers:
    cells = [
        {str(name): None if pd.isna(cell) else cell for name, cell in row.items()} for row in frame.to_dict("records")
    ]
    recipes = [
        Formulation(**row, **_planned(declared, str(row["sulfide"])), id=suggestion.kind)
        for row, suggestion in zip(cells, batch, strict=True)
    ]
    names = [
        name for name in (*RECIPE_COLUMNS, *_PLANNED) if any(getattr(recipe, name) is not None for recipe in recipes)
    ]
    table = with_powder(declared, answered(pair, recipes, level=level), [recipe.sulfide for recipe in recipes])
    requested = pd.DataFrame([{name: _cell_text(recipe, name) for name in ("id", *names)} for recipe in recipes])
    requested.insert(1, "note", list(map(reason_text, batch)))
    requested = requested.assign(**{SOURCE: table[SOURCE]}) if knows_conductivity(declared) else requested
    requested.index = requested.index + 1
    return Answers(requested, recipes, table, pair, level)


_PLANNED = ("sigma_p_ms_cm", "planned_thickness_um")


def _planned(declared: Declared, sulfide: str) -> dict[str, float | None]:
    """Return the powder that a space gives and the thickness that it plans, as a recipe states them."""
    return dict(zip(_PLANNED, (declared.sigma_p_ms_cm.get(sulfide), declared.planned_thickness_um), strict=True))


def _cell_text(recipe: Formulation, name: str) -> str:
    value = getattr(recipe, name)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _recipe_alone(recipe: Formulation) -> dict[str, Any]:
    return recipe.model_dump(mode="json", exclude_none=True, exclude={"id", "note"})


def _faults(request: BatchRequest, pair: ModelPair) -> list[Fault]:
    known = [rule.name for rule in rules()]
    faults = [
        Fault("unknown-rule", column="allow-rule", given=name, allowed=", ".join(known))
        for name in request.allowed
        if name not in known
    ]
    if pair.retention.verdict is Verdict.NO_SKILL and not request.is_forced:
        faults.append(Fault("batch-without-skill"))
    return faults


def _best_own(own: pd.DataFrame) -> float:
    """Return the best retention of the lab's own membranes in percent, 0 without any."""
    return max(map(float, own[RETENTION.column].dropna()), default=0.0)


def _remarks(request: BatchRequest, batch: Sequence[Suggestion], hidden: Hidden, declared: Declared) -> Remarks:
    plan, n_control = plan_of(request.n), sum(suggestion.kind == CONTROL for suggestion in batch)
    n_planned = plan.n_exploit + plan.n_learn
    return Remarks(
        hidden,
        knows_conductivity(declared),
        n_new=len(batch) - n_control,
        n_new_planned=n_planned,
        has_control=n_control > 0,
        plans_control=n_planned < request.n,
        apart=request.apart,
    )


formerly(__name__)
