"""What is asked over HTTP: `{"recipes": [{column: value, ...}, ...], "level": 0.9}`, read from JSON and described."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import Column, Formulation, columns
from spcse_ml.workflows.predict import DEFAULT_LEVEL

EXAMPLE = {
    "recipes": [{"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}],
    "level": DEFAULT_LEVEL,
}

BODY = "body"
"""Place of a fault of the whole body, where others have the number of their recipe."""


def question(body: bytes) -> tuple[list[dict[str, Any]], float]:
    """Return the recipes and the level of a question; what the recipes hold is not looked at.

    Raises:
        InputError: the body is not JSON, names something twice, or has another shape.

    >>> question(b'{"recipes": [{"sulfide": "LPSCl", "method": "dry", "binder": "PTFE"}]}')[1]
    0.9
    """
    parsed = _read(body)
    if not isinstance(parsed, dict):
        raise InputError([_unread("not-an-object")])
    if faults := list(_faults(parsed)):
        raise InputError(faults)
    return parsed["recipes"], float(str(parsed.get("level", DEFAULT_LEVEL)))  # by text: a whole number may be too large


def described(*, max_rows: int) -> dict[str, Any]:
    """Return what OpenAPI says of the body of a question."""
    recipes = {"type": "array", "items": recipe_described(), "minItems": 1, "maxItems": max_rows}
    level = {"type": "number", "default": DEFAULT_LEVEL, "description": "level of the intervals, as in 0.9 for 90 %"}
    question = {
        "type": "object", "required": ["recipes"], "additionalProperties": False,
        "properties": {"recipes": recipes, "level": level}, "example": EXAMPLE,
    }  # fmt: skip
    return {"required": True, "content": {"application/json": {"schema": question}}}


def recipe_described() -> dict[str, Any]:
    """Return the JSON schema of a recipe: every column with its meaning, unit and bounds, read from `Formulation`.

    >>> recipe_described()["properties"]["binder_wt_percent"]["description"]
    'binder in the dry membrane, wt% (above 0 and below 100 wt%)'
    """
    known, declared = columns(Formulation), Formulation.model_json_schema()["properties"]
    return {
        "type": "object",
        "required": [name for name, column in known.items() if column.is_required],
        "additionalProperties": False,
        "properties": {name: _column_described(column, declared[name]) for name, column in known.items()},
    }


def _column_described(column: Column, declared: dict[str, Any]) -> dict[str, Any]:
    unit = f", {column.unit}" if column.unit else ""
    allowed = f" ({column.allowed})" if column.allowed else ""
    kinds = [kind for kind in declared.get("anyOf", ()) if "type" in kind]
    kinds += [{"type": "string"}] if column.is_number or not kinds else []
    return {"description": f"{column.meaning}{unit}{allowed}", "unit": column.unit, "anyOf": kinds}


def _read(body: bytes) -> Any:
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


def _faults(parsed: dict[str, Any]) -> Iterator[Fault]:
    allowed = ", ".join(EXAMPLE)
    yield from (Fault("unknown-key", column=name, allowed=allowed) for name in parsed if name not in EXAMPLE)
    recipes, level = parsed.get("recipes"), parsed.get("level", DEFAULT_LEVEL)
    if not isinstance(recipes, list) or not recipes:
        yield Fault("no-recipes", column="recipes")
    else:
        yield from (Fault("not-an-object", row=f"recipe {number}", allowed="columns and values")
                    for number, recipe in enumerate(recipes, start=1) if not isinstance(recipe, dict))  # fmt: skip
    if isinstance(level, bool) or not isinstance(level, int | float):
        yield Fault("not-a-number", column="level", allowed="a fraction such as 0.9")


def _unread(code: str, **values: Any) -> Fault:
    return Fault(code, row=BODY, allowed=f"an object such as {json.dumps(EXAMPLE)}", values=values)
