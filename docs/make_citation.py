"""Write `CITATION.cff` from `data/citation.toml`: `make datasheet`."""

import json
from pathlib import Path

from spcse_ml import __version__
from spcse_ml.reports.citation import citation

MESSAGE = "If you use spcse_ml, please cite it and the review whose tables it reads."


def text() -> str:
    """Return the file."""
    review, software = citation()["review"], citation()["software"]
    people = (
        f"      - {{family-names: {family}, given-names: {given}}}" for family, given in review["authors"]
    )  # fmt: skip
    fields = {"volume": "volume", "start": "pages"}  # `pages` of this format is how many there are
    known = (f"    {field}: {json.dumps(review[name])}" for field, name in fields.items() if name in review)
    lines = [
        "cff-version: 1.2.0", f"message: {json.dumps(MESSAGE)}", f"title: {json.dumps(software['title'])}",
        "type: software", "authors:", f"  - name: {json.dumps(software['author'])}",
        f"version: {__version__}", f"license: {software['license']}", "references:", "  - type: article",
        f"    title: {json.dumps(review['title'])}", "    authors:", *people,
        f"    journal: {json.dumps(review['journal'])}", f"    year: {review['year']}", *known,
        f"    doi: {review['doi']}",
    ]  # fmt: skip
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    Path(__file__).parents[1].joinpath("CITATION.cff").write_text(text(), encoding="utf-8")
