"""What goes to stdout and stderr, whatever encoding the terminal or the pipe behind them has.

Text is for people: a character that the encoding lacks is replaced. JSON, CSV and TOML lose nothing.
"""

import codecs
import json
import sys
from pathlib import Path
from typing import Any

import click

_SPELT = {"σ": "sigma", "Ω": "ohm", "µ": "u", "μ": "u", "²": "2", "³": "3", "±": "+-", "≤": "<=", "≥": ">=", "→": "->"}
"""How the signs of the field are written without them; any other becomes a question mark."""


def take_any_encoding() -> None:
    """Let no character end a command: what stdout or stderr cannot hold is spelt out."""
    codecs.register_error("spelt", _spelt)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="spelt")


def _spelt(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = "".join(_SPELT.get(sign, "?") for sign in error.object[error.start : error.end])
    is_index = text.endswith("sigma") and error.object[error.end : error.end + 1].isalpha()  # as in σm
    return f"{text}_" if is_index else text, error.end


def echo_json(value: Any) -> None:
    """Print a value as JSON, with escapes where stdout is not Unicode."""
    is_unicode = codecs.lookup(sys.stdout.encoding or "ascii").name.startswith("utf")
    click.echo(json.dumps(value, indent=1, ensure_ascii=not is_unicode, allow_nan=False))


def echo_file(text: str) -> None:
    """Print what is meant for a file, as CSV or TOML: in UTF-8, as those who read such a file expect it."""
    click.echo(text if sys.stdout.isatty() else text.encode(), nl=False)


def write_json(file: Path, value: Any) -> None:
    """Write a value as JSON for another program, which sees the whole file at any time."""
    from spcse_ml.storage.files import write_whole

    write_whole(file, json.dumps(value))
