"""Write `docs/reference/codes.md` from the registry of codes: `make datasheet`."""

from collections.abc import Mapping
from pathlib import Path

from spcse_ml.codes import ERRORS, FAULTS, Text
from spcse_ml.reports.messages.domain import REASONS
from spcse_ml.reports.messages.remarks import REMARKS

HEAD = """\
# Codes

Everything that the package refuses has a code: in Python `Fault.code` (`InputError.faults`) and `SpcseError.code`, over
HTTP and in JSON `code`. A code stays as long as there is a 0 before the point and never gets another meaning; wording
may change with any release. Words in { } are filled in.

Written by `make datasheet` from `spcse_ml/codes.py`; a test compares the two.
"""


def table(title: str, texts: Mapping[str, Text]) -> str:
    """Return codes with their texts as a table under a heading."""
    rows = [f"| `{code}` | {text.problem} | {text.remedy} |" for code, text in sorted(texts.items())]
    return "\n".join([f"\n## {title}\n", "| code | problem | remedy |", "|---|---|---|", *rows, ""])


def page() -> str:
    """Return the page."""
    return (
        HEAD
        + table("Faults of a table, a recipe or an option", FAULTS)
        + table("Other refusals: files, stores, models", ERRORS)
        + table("Reasons of the applicability domain (`domain_codes`)", as_texts(REASONS))
        + table("Remarks on a recorded membrane", as_texts(REMARKS))
    )


def as_texts(sentences: Mapping[str, str]) -> dict[str, Text]:
    """Return what is no refusal as texts without a remedy."""
    return {code: Text(sentence) for code, sentence in sentences.items()}


if __name__ == "__main__":
    Path(__file__).with_name("reference").joinpath("codes.md").write_text(page(), encoding="utf-8")
