"""The printed tables become a Dataset in one of its views, or one error with every bad cell."""

import functools
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.dataset import Dataset, View
from spcse_ml.data.paper_checks import (
    DOI,
    MEMBRANE,
    Claim,
    Effect,
    Evidence,
    cells_of,
    claim_faults,
    conflicts,
    entered,
    read_claims,
    trust_in,
    with_checks,
)
from spcse_ml.data.paper_membranes import BEYOND, grouped, read_papers
from spcse_ml.data.papers import references
from spcse_ml.data.review import TABLES, corrected, header_faults, measurement_frame, read_printed
from spcse_ml.data.validation import placed
from spcse_ml.errors import Fault, InputError
from spcse_ml.schema import CheckedMeasurement, Exclusion, Method, Trust
from spcse_ml.tables import read_table, released


@functools.cache
def literature(view: View = View.CHECKED) -> Dataset:
    """Return the released literature in a view.

    Args:
        view: the layer of the tables; models learn from `checked`.

    Returns:
        The 38 printed membranes, and in the view `all` those beyond the review.

    Raises:
        InputError: a released file was changed so that it no longer reads; every bad cell is listed.

    >>> len(literature().rows)
    38
    """
    return read_literature(view=view)


def read_literature(folder: str | PathLike[str] | None = None, *, view: str = "checked") -> Dataset:
    """Return the data set of a folder that holds the three tables, corrections.csv and references.csv.

    Without a folder these are the released ones.

    Args:
        folder: holds table1.csv to table3.csv, corrections.csv and references.csv; for the view `checked` (default)
            and for `all` paper_checks.csv, for `all` beyond_review.csv. Without it the released ones are read.
        view: `printed` (which holds misprints, so that nothing is learnt from it), `review` (corrected from the review
            itself), `checked` (against the papers besides) or `all` (and with membranes beyond the review).

    Returns:
        The data set, one row per printed membrane (38 in the released one), and the papers.

    Raises:
        InputError: every bad cell of every table, and every correction or claim that fits no printed cell, in one
            error.

    >>> read_literature().rows["method"].value_counts().to_dict()
    {'slurry coating': 15, 'dry binder laminating': 14, 'skeleton templating': 9}
    >>> read_literature().fingerprint.split("-")[0], len(read_literature(view="review").fingerprint)
    ('checked', 16)
    """
    if view not in tuple(View):
        raise InputError([Fault("not-a-choice", "view", given=view, allowed=", ".join(View))])
    tables, view = Path(folder) if folder else released("data", "literature"), View(view)
    papers, faults = references(tables), list[Fault]()
    claims = read_claims(tables) if view in _IS_CHECKED else []
    records = _read_tables(tables, view, claims, papers, faults)
    if faults:
        raise InputError(faults)
    rows = measurement_frame(records)
    if view in _IS_CHECKED:
        rows = measurement_frame(records, CheckedMeasurement)
    beyond = pd.DataFrame()
    if view is View.ALL:
        beyond = read_papers(tables / "beyond_review.csv", list(papers.index), origin=BEYOND)
        beyond = grouped(beyond, paper_dois(rows, papers, claims))
    return Dataset(rows, papers, beyond=beyond, view=view.value)


_IS_CHECKED = (View.CHECKED, View.ALL)


def _read_tables(
    folder: Path, view: View, claims: list[Claim], papers: pd.DataFrame, faults: list[Fault]
) -> list[dict[str, Any]]:
    """Return a record for each printed line as the view has it; what is wrong is added to the faults."""
    corrections = read_table(folder / "corrections.csv")
    records: list[dict[str, Any]] = []
    places: set[tuple[str, str]] = set()
    for number, (name, method) in TABLES.items():
        printed = read_table(folder / name)
        if missing := header_faults(printed):
            faults += placed(missing, file=name, row="line 1")
            continue
        places |= {(str(number), row) for row in printed["Row"]}
        for line, as_printed in zip(printed.index, printed.to_dict("records"), strict=True):
            cells = corrected(number, as_printed, corrections, faults)
            mine = [claim for claim in claims if claim.place == (str(number), cells["Row"])]
            if view is View.PRINTED:
                cells = {str(heading): cell for heading, cell in as_printed.items()}
            checks = _checks(method, cells, mine, papers, faults)
            cells = with_checks(cells, checks.pop("entered"))
            record, row_faults = read_printed(
                number, method, cells, family=checks.pop("family"), is_as_printed=view is View.PRINTED
            )
            faults += placed(row_faults, file=name, row=f"line {line}")
            records += [{**record, **checks}] if record else []
    stated = [("corrections.csv", line, place) for line, place in _places(corrections)]
    stated += [("paper_checks.csv", claim.line, claim.place) for claim in claims]
    faults += [
        Fault("correction-without-row", file=file, row=f"line {line}", given=".".join(place))
        for file, line, place in stated
        if place not in places
    ]
    return records


def _places(corrections: pd.DataFrame) -> Iterable[tuple[int, tuple[str, str]]]:
    return zip(corrections.index, zip(corrections["table"], corrections["row"], strict=True), strict=True)


def _checks(
    method: Method, cells: dict[str, str], claims: list[Claim], papers: pd.DataFrame, faults: list[Fault]
) -> dict[str, Any]:
    """Return what enters a row, and what stands beside it in the checked view."""
    if not claims:
        return {"entered": {}, "family": None, "trust": Trust.MEDIUM.value}
    number = int(cells["Ref."].strip("[]"))
    plain = cells_of(method, cells, str(papers["doi"].get(number, "")))
    faults += claim_faults(claims, plain)
    values, otherwise = entered(claims, plain), conflicts(claims)
    used = [claim for claim in claims if claim not in otherwise and claim.column != DOI]
    return {
        "entered": values,
        "family": catalogue().sulfide(plain["sulfide"]).family if "sulfide" in values else None,
        "source": "; ".join(_by_source(used)) or None,
        "doi": "; ".join(dict.fromkeys(claim.doi for claim in used if claim.doi)) or None,
        "trust": trust_in(claims).value,
        "conflict": "; ".join(map(in_brief, otherwise)) or None,
        "exclusion": Exclusion.NO_MEMBRANE.value if MEMBRANE in values else None,
    }


@functools.cache
def claimed_otherwise(*, of_checked: bool) -> Mapping[tuple[str, str], tuple[Claim, ...]]:
    """Return what is claimed otherwise of the rows of the released tables, by table and row.

    Args:
        of_checked: of the rows as they were checked, else as the review has them, of which more is claimed otherwise.

    Returns:
        Claims that did not enter a checked row; or all that confirm nothing.
    """
    by_row: dict[tuple[str, str], list[Claim]] = {}
    for claim in read_claims(released("data", "literature")):
        if (not of_checked and claim.effect != Effect.CONFIRMS) or (of_checked and claim.effect == Effect.CONFLICT):
            by_row.setdefault(claim.place, []).append(claim)
    return {place: tuple(claims) for place, claims in by_row.items()}


def _by_source(claims: Iterable[Claim]) -> list[str]:
    columns_of: dict[str, dict[str, None]] = {}
    for claim in claims:
        columns_of.setdefault(f"{claim.source} ({claim.evidence})", {})[claim.column] = None
    return [f"{source}: {', '.join(names)}" for source, names in columns_of.items()]


def in_brief(claim: Claim) -> str:
    """Return a claim as column, value, class of its source and DOI."""
    source = ", ".join(filter(None, (claim.evidence.value, claim.doi if claim.doi != claim.value else "")))
    return f"{claim.column}: {claim.value} ({source})"


def paper_dois(rows: pd.DataFrame, papers: pd.DataFrame, claims: Iterable[Claim]) -> dict[str, int]:
    """Return the reference by the DOIs that were seen for it, also those that the rule leaves out.

    They tell only which rows are held out together, where one too many does no harm.
    """
    places = zip(rows["table"].astype(str), rows["row"].astype(str), strict=True)
    numbers = dict(zip(places, rows["reference"].astype(int).tolist(), strict=True))
    seen = {
        (claim.value if claim.column == DOI else claim.doi).casefold(): numbers[claim.place]
        for claim in claims
        if claim.column == DOI or (claim.evidence is Evidence.PAPER and claim.doi)
    }
    return seen | {doi.casefold(): int(str(number)) for number, doi in papers["doi"].items() if doi}
