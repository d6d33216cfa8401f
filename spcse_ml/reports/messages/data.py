"""The published membranes as printed, their corrections, and files that were checked."""

from collections.abc import Mapping

import pandas as pd

from spcse_ml.data.dataset import OWN, Dataset, TrainingRows
from spcse_ml.schema import TARGETS, Method

_NAMES = {
    "reference": "ref", "method": "method", "sulfide": "sulfide", "binder": "binder", "template": "template",
    "solvent": "solvent",
}  # fmt: skip
_SPANS = {
    "binder_wt_percent": "binder wt%", "template_wt_percent": "template wt%", "sigma_m_ms_cm": "σm mS/cm",
    "retention_percent": "σm/σp %", "thickness_um": "µm",
}  # fmt: skip


def membrane_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the literature as text, blank where nothing is printed."""
    table = pd.DataFrame({heading: rows[name].map(cell_text) for name, heading in _NAMES.items()})
    for name, heading in _SPANS.items():
        table[heading] = [_span(low, high) for low, high in zip(rows[f"{name}_low"], rows[f"{name}_high"], strict=True)]
    return table


def literature_text(dataset: Dataset) -> str:
    """Return the published membranes as a table to read, with notes below it."""
    rows = dataset.rows
    table = membrane_table(rows)
    table["method"] = [Method(method).short for method in rows["method"]]
    notes = [f"[{number}] {note}" for number, note in zip(rows["reference"], rows["note"], strict=True) if note]
    head = f"{len(rows)} membranes of {rows['reference'].nunique()} papers; fingerprint {dataset.fingerprint}"
    notes += [line for target in TARGETS.values() for line in repeats_lines(dataset.training_rows(target))]
    return f"{head}\n\n{table.to_string(index=False)}\n\n" + "\n".join(notes) + "\n"


def repeats_lines(rows: TrainingRows) -> list[str]:
    """Return a remark on each two rows that tell one recipe and one outcome under different papers."""
    lines = []
    for first, other in rows.repeats():
        places, papers = ((values[first], values[other]) for values in (rows.places, [*map(_paper, rows.papers)]))
        what = f"the same recipe and the same outcome, {rows.outcomes[first]:g}, under {' and '.join(papers)}"
        lines.append(f"{' and '.join(places)}: {what}; one membrane that is told twice counts twice")
    return lines


def _paper(label: str) -> str:
    return label if label.startswith(OWN) else f"[{label}]"


def corrections_text(corrections: pd.DataFrame) -> str:
    """Return the corrections of a printed row: column, used and printed value, and the reason."""
    records = corrections[corrections["column"] != "note"].replace("", "blank").to_dict("records")
    return "; ".join(
        f"{record['column']}: {record['used']} in place of {record['printed']} ({record['reason']})"
        for record in records
    )


def checked_text(file: str, counts: Mapping[str, int]) -> str:
    """Return what a file without a fault contains.

    >>> checked_text("lab.csv", {"lines": 3, "membranes": 2})
    'lab.csv: 3 lines, 2 membranes, no fault found.'
    """
    return f"{file}: {', '.join(f'{n} {kind}' for kind, n in counts.items())}, no fault found."


def cell_text(value: object) -> str:
    """Return a cell of the literature as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return format(value, "g")
    return str(value) if isinstance(value, str | int) else ""


def _span(low: float | None, high: float | None) -> str:
    if high is None:
        return ""
    if low is None:
        return f"<{high:g}"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
