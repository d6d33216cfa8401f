"""What to cite: the review whose tables are read, and the software, from `data/citation.toml`."""

import functools
import tomllib
from typing import Any

from spcse_ml import __version__
from spcse_ml.tables import released


def cite() -> str:
    r"""Return the BibTeX entries of the review and of this version of the software.

    The `pages` of the review are its article number.

    Returns:
        Two entries, `li2025emerging` and `spcse_ml`.

    Raises:
        StoreError: the installation lacks the file that says what to cite.

    >>> print(cite().splitlines()[0])
    @article{li2025emerging,
    """
    review, software = citation()["review"], citation()["software"]
    authors = " and ".join(", ".join(names) for names in review["authors"])
    of_review = {"author": authors, "title": f"{{{review['title']}}}"}
    of_review |= {name: str(review[name]) for name in ("journal", "year", "volume", "pages", "doi") if name in review}
    of_software = {
        "author": f"{{{software['author']}}}", "title": f"{{{software['title']}}}", "year": str(software["year"]),
        "version": __version__, "license": software["license"],
    }  # fmt: skip
    entries = (("article", review["key"], of_review), ("software", software["key"], of_software))
    return "\n\n".join(_entry(kind, key, fields) for kind, key, fields in entries)


@functools.cache
def citation() -> dict[str, dict[str, Any]]:
    """Return what is known of the `review`, the `software` and the `data`, by name."""
    return tomllib.loads(released("data", "citation.toml").read_text(encoding="utf-8"))


def review_text() -> str:
    """Return the review in words: authors, title, journal, volume, year, article number and DOI.

    >>> review_text()[-49:]
    '36 (2025) 110215, DOI 10.1016/j.cclet.2024.110215'
    """
    review = citation()["review"]
    parts = (review["journal"], review.get("volume"), f"({review['year']})", review.get("pages"))
    journal = " ".join(str(part) for part in parts if part)
    return f'{review["authors"][0][0]} et al., "{review["title"]}", {journal}, DOI {review["doi"]}'


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    lines = [f"  {name} = {{{_escaped(text)}}}," for name, text in fields.items()]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def _escaped(text: str) -> str:
    return text.replace("_", r"\_").replace("&", r"\&").replace("%", r"\%")
