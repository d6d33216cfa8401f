"""What is asked and answered over HTTP, as models that describe it: `{"recipes": [{column: value, ...}, ...]}`."""

import json
from collections import Counter
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema, create_model

from spcse_ml.chemistry.compatibility import Rule
from spcse_ml.chemistry.donor_numbers import DonorNumberInUse
from spcse_ml.errors import Fault, InputError
from spcse_ml.evaluation.evaluated import ANSWER_COLUMNS
from spcse_ml.explanation.neighbours import Measured, Neighbour
from spcse_ml.models.applicability import DomainReason
from spcse_ml.schema import Column, Formulation, columns
from spcse_ml.workflows.predict import DEFAULT_LEVEL

EXAMPLE: dict[str, Any] = {
    "recipes": [{"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}],
    "level": DEFAULT_LEVEL,
}

BODY = "body"
"""Place of a fault of the whole body, where others have the number of their recipe."""


def recipe_described() -> dict[str, Any]:
    """Return the JSON schema of a recipe as it may be written: `Formulation`, whose numbers may be text with a unit.

    >>> recipe_described()["properties"]["binder_wt_percent"]["description"]
    'binder in the dry membrane, wt% (above 0 and below 100 wt%)'
    """
    declared = Formulation.model_json_schema()
    described = {
        name: _column_described(column, declared["properties"][name]) for name, column in columns(Formulation).items()
    }
    return {name: declared[name] for name in ("type", "required", "additionalProperties")} | {"properties": described}


def _column_described(column: Column, declared: dict[str, Any]) -> dict[str, Any]:
    unit = f", {column.unit}" if column.unit else ""
    allowed = f" ({column.allowed})" if column.allowed else ""
    kinds = [kind for kind in declared.get("anyOf", ()) if "type" in kind]
    kinds += [{"type": "string"}] if column.is_number or not kinds else []
    return {"description": f"{column.meaning}{unit}{allowed}", "unit": column.unit, "anyOf": kinds}


Recipe = Annotated[dict[str, Any], WithJsonSchema(recipe_described())]
"""Columns as they were written; `predict_recipes` reads them as it reads those of a table."""


def _level(value: object) -> object:
    return float(str(value)) if type(value) is int else value  # by text: a whole number may be too large for a float


class Question(BaseModel):
    """Recipes, and the level of the intervals of their predictions."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    recipes: list[Recipe] = Field(min_length=1)
    level: Annotated[float, BeforeValidator(_level), Field(strict=True)] = Field(
        DEFAULT_LEVEL, description="level of the intervals, as in 0.9 for 90 %"
    )


class Card(BaseModel):
    """The evidence for an answer."""

    nearest: list[Neighbour]
    own_rows_left_out: bool
    broken_rules: list[Rule]


class RemarkFields(BaseModel):
    """A value of a recipe to check again; `remarks` has it in words."""

    code: str
    column: str
    value: float | str | None
    low: float | None
    high: float | None
    suggestion: float | None
    limit: float | None


class WithEvidence(BaseModel):
    """What an answer has besides its columns."""

    domain_reasons: list[DomainReason]
    remark_fields: list[RemarkFields]
    level: float
    ignored: list[str]
    measured: list[Measured]
    recalibrated_from: int | None
    card: Card


def _answer() -> type[WithEvidence]:
    """Return the model of the answer to a recipe: its columns, null where a value is missing, and the evidence."""
    in_units = ("_percent", "_um", "_ms_cm", "_ohm_cm2")
    kinds: dict[str, Any] = {name: float | None if name.endswith(in_units) else str for name in ANSWER_COLUMNS}
    others: dict[str, Any] = {
        "domain_codes": list[str],
        "measured_retention_percent": list[float],
        "interval_holds_measured": list[bool],
        "claimed_otherwise": list[str],
        "remarks": list[str],
        "remark_codes": list[str],
        "donor_number": DonorNumberInUse | None,
    }
    return create_model("Answer", __base__=WithEvidence, **(kinds | others))


Answer = _answer()


class Health(BaseModel):
    """Which model answers, and the verdicts on it."""

    status: str
    model: str
    retention_verdict: str
    thickness_verdict: str
    version: str


class RefusedFault(BaseModel):
    """A fault as an answer has it."""

    code: str
    problem: str
    column: str
    row: str
    given: str | None
    allowed: str
    remedy: str
    message: str


class Refusal(BaseModel):
    """Why nothing was predicted."""

    detail: list[RefusedFault]
    message: str
    code: str


Requested = TypeVar("Requested", bound=Question)


def question(body: bytes, kind: type[Requested]) -> Requested:
    """Return the question of a body; what the recipes hold is not looked at.

    Raises:
        InputError: the body is not JSON, names something twice, or has another shape.

    >>> question(b'{"recipes": [{"sulfide": "LPSCl", "method": "dry", "binder": "PTFE"}]}', Question).level
    0.9
    """
    try:
        return kind.model_validate(_read(body))
    except ValidationError as error:
        raise InputError(map(_fault, error.errors())) from error


def _fault(problem: Any) -> Fault:
    match problem["type"], problem["loc"]:
        case "extra_forbidden", (name,):
            return Fault("unknown-key", column=name, allowed=", ".join(EXAMPLE))
        case "too_long", _:
            most = problem["ctx"]["max_length"]
            return Fault("too-many-recipes", "recipes", given=str(len(problem["input"])), values={"most": most})
        case _, ("recipes",):
            return Fault("no-recipes", column="recipes")
        case _, ("recipes", index):
            return Fault("not-an-object", row=f"recipe {index + 1}", allowed="columns and values")
        case _, ("level",):
            return Fault("not-a-number", column="level", allowed="a fraction such as 0.9")
    return _unread("not-an-object")


def _read(body: bytes) -> Any:
    """Return what a body holds; the standard library alone takes a name twice, NaN and Infinity."""
    try:
        return json.loads(body, parse_constant=_no_number, object_pairs_hook=_once)
    except RecursionError as error:
        raise InputError([_unread("nested-too-deeply")]) from error
    except ValueError as error:
        raise InputError([_unread("not-json", reason=error)]) from error


def _no_number(constant: str) -> None:
    raise InputError([Fault("not-finite", row=BODY, given=constant)])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise InputError([Fault("repeated-key", column=name, row=BODY)])
    return mapping


def _unread(code: str, **values: Any) -> Fault:
    return Fault(code, row=BODY, allowed=f"an object such as {json.dumps(EXAMPLE)}", values=values)
