"""Options that several groups of commands take."""

import contextlib
import tomllib
from collections.abc import Iterable
from typing import Any

import click

TARGET = click.Choice(["retention", "thickness"])


def pairs(texts: Iterable[str], option: str, *, typed: bool = False) -> dict[str, Any]:
    """Return KEY=VALUE texts as a mapping; values read as TOML where they are typed, and as text where they are not it.

    Raises:
        InputError: one has no =, or a key twice.
    """
    from spcse_ml.errors import Fault, InputError

    read: dict[str, Any] = {}
    faults = []
    for text in texts:
        key, divider, value = (part.strip() for part in text.partition("="))
        if not divider or not key:
            faults.append(
                Fault("not-a-pair", option, given=text, allowed="as in max_depth=2" if typed else "as in who=me")
            )
        elif key in read:
            faults.append(Fault("given-twice", option, given=text))
        read[key] = value
        if typed:
            with contextlib.suppress(ValueError, RecursionError):  # no TOML, so a text
                read[key] = tomllib.loads(f"value = {value}")["value"]
    if faults:
        raise InputError(faults)
    return read
