"""The published membranes as printed, their corrections, and files that were checked."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from spcse_ml.data.dataset import OWN, Dataset, TrainingRows, View
from spcse_ml.data.literature import in_brief
from spcse_ml.data.paper_checks import HEADINGS, MEMBRANE, Claim, Effect, conflicts
from spcse_ml.data.paper_membranes import learnable
from spcse_ml.schema import TARGETS, Method

_NAMES = {
    "reference": "ref", "method": "method", "sulfide": "sulfide", "binder": "binder", "template": "template",
    "solvent": "solvent",
}  # fmt: skip
_SPANS = {
    "binder_wt_percent": "binder wt%", "template_wt_percent": "template wt%", "sigma_m_ms_cm": "σm mS/cm",
    "retention_percent": "σm/σp %", "thickness_um": "µm",
}  # fmt: skip

SOURCES = {
    "A": "the paper or its author's thesis", "B": "another paper or a review", "C": "a digest",
    "D": "numbers extracted by a machine", "E": "an inference",
}  # fmt: skip
"""Classes of sources, as `Evidence` defines them."""


def membrane_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the literature as text, blank where nothing is printed."""
    table = pd.DataFrame({heading: rows[name].map(cell_text) for name, heading in _NAMES.items()})
    for name, heading in _SPANS.items():
        table[heading] = [_span(low, high) for low, high in zip(rows[f"{name}_low"], rows[f"{name}_high"], strict=True)]
    return table


def literature_text(dataset: Dataset, claims: Iterable[Claim] = ()) -> str:
    """Return the published membranes as a table to read, with notes below it, and what the papers say where claimed."""
    rows, claims = dataset.rows, list(claims)
    table = membrane_table(rows)
    table["method"] = [Method(method).short for method in rows["method"]]
    if "trust" in rows:
        table["trust"] = rows["trust"].map(cell_text)
    notes = [f"[{number}] {note}" for number, note in zip(rows["reference"], rows["note"], strict=True) if note]
    learns = "" if dataset.view == View.CHECKED else " (models learn from the view checked)"
    head = f"{len(rows)} membranes of {rows['reference'].nunique()} papers; view {dataset.view}{learns}; "
    head += f"fingerprint {dataset.fingerprint}\nlearnt from: {_counts_to_learn_from(dataset)}"
    if dataset.view != View.PRINTED:  # two rows of which nothing was corrected yet need no remark
        notes += [line for target in TARGETS.values() for line in repeats_lines(dataset.training_rows(target))]
    places = [(str(row.table), str(row.row)) for row in rows.itertuples()]
    for number, place in zip(rows["reference"], places, strict=True):
        mine = [claim for claim in claims if claim.place == place]
        notes += [f"[{number}] {text}" for text in filter(None, (checks_text(mine), conflicts_text(mine)))]
    if claims:
        notes.append(f"classes of sources: {', '.join(f'{name} {text}' for name, text in SOURCES.items())}")
    parts = [head, table.to_string(index=False), "\n".join(notes)]
    return "\n\n".join([*parts, *([beyond_text(dataset.beyond)] if len(dataset.beyond) else [])]) + "\n"


def _counts_to_learn_from(dataset: Dataset) -> str:
    counts = ((target.name, dataset.training_rows(target)) for target in TARGETS.values())
    return ", ".join(f"{name} {len(rows.outcomes)} rows of {len(set(rows.papers))} papers" for name, rows in counts)


def beyond_text(membranes: pd.DataFrame) -> str:
    """Return membranes beyond the review as a table to read."""
    plain = membranes.assign(**{f"{name}_{end}": membranes[name] for name in _SPANS for end in ("low", "high")})
    table = membrane_table(plain)
    table.insert(0, "place", membranes["place"])
    table["method"] = [Method(method).short if method else "" for method in membranes["method"]]
    table["outcome"] = membranes["outcome"].map(cell_text)
    table["not learnt from"] = membranes["exclusion"].map(cell_text)
    used = {place for target in TARGETS.values() for place in learnable(membranes, target)["place"]}
    return f"{len(table)} membranes beyond the review, {len(used)} to learn from\n\n{table.to_string(index=False)}"


def checks_text(claims: Iterable[Claim]) -> str:
    """Return what entered a row from its papers: column, value, former value, class of the source and DOI."""
    sources: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.effect in {Effect.CHANGES, Effect.FILLS}:
            head = f"{claim.column}: {claim.value} in place of {claim.present or 'blank'}"
            head = f"not learnt from: {claim.value}" if claim.column == MEMBRANE else head
            sources.setdefault(head, []).append(claim)
    return "; ".join(f"{head} ({' and '.join(map(_cited, cited))})" for head, cited in sources.items())


def _cited(claim: Claim) -> str:
    return ", ".join(filter(None, (claim.evidence.value, claim.source, claim.doi)))


def conflicts_text(claims: Iterable[Claim]) -> str:
    """Return what is claimed otherwise of a row."""
    claimed = [in_brief(claim) for claim in conflicts(claims) if claim.effect == Effect.CONFLICT]
    return f"claimed otherwise: {'; '.join(claimed)}" if claimed else ""


LAYERS = ("print", "corrected", "checked")


def layers_table(picked: Sequence[pd.DataFrame], claims: Iterable[Claim]) -> pd.DataFrame:
    """Return the layers of one printed row side by side, a line a column, and what is claimed otherwise."""
    frames = [membrane_table(rows).iloc[0].drop("ref") for rows in picked]
    otherwise: dict[str, list[str]] = {}
    for claim in conflicts(claims):
        text = in_brief(claim).removeprefix(f"{claim.column}: ")
        otherwise.setdefault(_headings().get(claim.column, claim.column), []).append(text)
    table = pd.DataFrame(dict(zip(LAYERS, frames, strict=True)))
    lines = list(dict.fromkeys([*table.index, *otherwise]))
    table = table.reindex(lines).fillna("")
    table["claimed otherwise"] = ["; ".join(otherwise.get(line, [])) for line in lines]
    return table.rename_axis("column").reset_index()


def _headings() -> dict[str, str]:
    return {name: {**_NAMES, **_SPANS}.get(name, name) for name in HEADINGS}


def reading_lines(joined: Iterable[tuple[str, str, int]], odd: Iterable[tuple[str, float]]) -> list[str]:
    """Return a remark on each membrane whose paper is one of the review, and on each retention to check again.

    >>> reading_lines([("papers.2", "10.1021/acs.nanolett.1c01344", 50)], [("papers.3", 0.5)])[0]
    'papers.2: DOI 10.1021/acs.nanolett.1c01344 is that of [50]; both are held out together'
    """
    lines = [f"{place}: DOI {doi} is that of [{reference}]; both are held out together"
             for place, doi, reference in joined]  # fmt: skip
    for place, value in odd:
        what = "is it a fraction?" if value <= 1 else "above 100 %; was the powder measured otherwise?"
        lines.append(f"{place}: retention_percent {value:g} %: {what}")
    return lines


def leads_text(leads: pd.DataFrame) -> str:
    """Return what would help most as lines to read."""
    lines = [f"{row['identifier']} ({row['kind']})\n    {row['what_it_holds']}" for row in leads.to_dict("records")]
    return "\n".join([_LEADS, *lines, _SEND])


_LEADS = "Papers whose tables would help most, the most helpful first:"
_SEND = "Type their membranes into a table, `spcse-ml data --check FILE --as papers`, and send it (CONTRIBUTING.md)."


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
