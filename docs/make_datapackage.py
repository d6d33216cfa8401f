"""Write `data/datapackage.json` (Frictionless Data Package) from the tables under data/: `make datasheet`.

Columns of recipes and measurements are described by the schema, all others by `data/columns.csv`; a column that neither
describes is refused. A type is the narrowest that every cell of the column has.
"""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.reports.citation import citation, review_text
from spcse_ml.schema import Formulation, Measurement, columns
from spcse_ml.tables import read_table

DATA = Path(__file__).resolve().parent.parent / "data"
SOURCES = (
    {"title": review_text(), "path": f"https://doi.org/{citation()['review']['doi']}"},
    {"title": "OBELiX (CC-BY 4.0)", "path": "https://github.com/NRC-Mila/OBELiX"},
)
INTEGER, NUMBER = re.compile(r"-?(0|[1-9]\d*)"), re.compile(r"-?\d*\.?\d+([eE][-+]?\d+)?")


def package() -> dict[str, Any]:
    """Return the descriptor of all tables.

    Raises:
        ValueError: a column that nothing describes; all are named.
    """
    described = descriptions()
    tables = sorted(path for path in DATA.rglob("*.csv"))
    frames = {path: read_table(path) for path in tables}
    unknown = [
        f"{path.relative_to(DATA)}: {name}"
        for path, frame in frames.items()
        for name in frame
        if description(path, name, described) is None
    ]
    if unknown:
        msg = f"columns without a line in data/columns.csv: {'; '.join(unknown)}"
        raise ValueError(msg)
    data = citation()["data"]
    return {
        "name": "spcse-ml-data",
        "title": data["title"],
        "licenses": [{"name": data["license"], "path": data["license_url"]}],
        "sources": list(SOURCES),
        "resources": [resource(path, frame, described) for path, frame in frames.items()],
    }


def descriptions() -> dict[tuple[str, str], str]:
    """Return the descriptions with their units by table, blank for any, and column."""
    schema = {**columns(Formulation), **columns(Measurement)}
    described = {("", name): _with_unit(column.meaning, column.unit) for name, column in schema.items()}
    lines = read_table(DATA / "columns.csv").to_dict("records")
    return described | {
        (line["table"], line["column"]): _with_unit(line["description"], line["unit"]) for line in lines
    }  # fmt: skip


def description(path: Path, name: str, described: dict[tuple[str, str], str]) -> str | None:
    """Return what a column of a table holds: what is said of that table, else of any; None where nothing is."""
    return described.get((path.stem, name)) or described.get(("", name))


def resource(path: Path, frame: pd.DataFrame, described: dict[tuple[str, str], str]) -> dict[str, Any]:
    """Return the descriptor of one table."""
    place = path.relative_to(DATA).as_posix()
    fields = [
        {"name": name, "type": kind(frame[name]), "description": description(path, name, described)} for name in frame
    ]
    return {
        "name": re.sub(r"[^a-z0-9]+", "-", place.removesuffix(".csv").lower()),
        "path": place,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""]},
    }


def kind(cells: pd.Series) -> str:
    """Return the narrowest type of all cells that are not blank; text where all are."""
    filled = [cell for cell in cells if cell]
    if not filled:
        return "string"
    if all(INTEGER.fullmatch(cell) for cell in filled):
        return "integer"
    if all(NUMBER.fullmatch(cell) for cell in filled):
        return "number"
    return "boolean" if set(filled) <= {"true", "false"} else "string"


def _with_unit(text: str, unit: str) -> str:
    return f"{text}, in {unit}" if unit else text


def text() -> str:
    """Return the file."""
    return json.dumps(package(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (DATA / "datapackage.json").write_text(text(), encoding="utf-8")
