"""Frozen dataclasses to and from the plain values that JSON holds."""

import json
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter

Kind = TypeVar("Kind")


def to_plain(value: Any) -> Any:
    """Return a value, and all that it holds, as JSON has it; an interval without end has the text `Infinity` there."""
    return json.loads(TypeAdapter(Any, config=ConfigDict(ser_json_inf_nan="strings")).dump_json(value))


def from_plain(kind: type[Kind], told: Any) -> Kind:
    """Return what plain values tell, each part as the fields of the dataclass say.

    Raises:
        ValueError: they tell something else.
    """
    adapter: TypeAdapter[Kind] = TypeAdapter(kind)
    return adapter.validate_python(told)
