"""Frozen dataclasses and frames to and from the plain values that JSON holds."""

import json
import math
from collections.abc import Mapping
from typing import Any, TypeVar

import pandas as pd
from pydantic import ConfigDict, TypeAdapter

Kind = TypeVar("Kind")


def to_plain(value: Any) -> Any:
    """Return a value, and all that it holds, as JSON has it; an interval without end has the text `Infinity` there."""
    return json.loads(TypeAdapter(Any, config=ConfigDict(ser_json_inf_nan="strings")).dump_json(value))


def from_plain(kind: type[Kind], plain: Any) -> Kind:
    """Return what plain values tell, each part as the fields of the dataclass say.

    Raises:
        ValueError: they tell something else.
    """
    adapter: TypeAdapter[Kind] = TypeAdapter(kind)
    return adapter.validate_python(plain)


def objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame as plain objects, None where nothing is told."""
    return frame.astype(object).where(frame.notna(), None)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return each row by the names of its columns as plain values, None where nothing is told.

    >>> records(pd.DataFrame({"binder": ["PTFE", None], "wt": [0.5, math.nan]}))
    [{'binder': 'PTFE', 'wt': 0.5}, {'binder': None, 'wt': None}]
    """
    return [{str(name): cell for name, cell in row.items()} for row in objects(frame).to_dict("records")]


def finite(value: Any) -> Any:
    """Return a value, and all that it holds, with None for what cannot be told or has no upper end.

    JSON knows neither nan nor infinity.

    >>> finite({"low": [0.5, math.nan], "high": math.inf})
    {'low': [0.5, None], 'high': None}
    """
    if isinstance(value, Mapping):
        return {str(name): finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
