"""The published membranes as a file and as a table to read, and files of a user checked."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from spcse_ml.data.dataset import CHECKED_COLUMNS, PRINTED_COLUMNS, Dataset, View, recipe_frame
from spcse_ml.data.lab_rows import checked as checked_membranes
from spcse_ml.data.lab_rows import current
from spcse_ml.data.literature import literature, paper_dois
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.data.paper_checks import Claim, read_claims
from spcse_ml.data.paper_membranes import PAPER_COLUMNS, grouped, learnable, read_papers
from spcse_ml.data.papers import references
from spcse_ml.data.review import check_measurements
from spcse_ml.data.validation import formulations
from spcse_ml.errors import Fault, InputError
from spcse_ml.reports.messages.data import cell_text, checks_text, corrections_text, layers_table, membrane_table
from spcse_ml.schema import TARGETS, Formulation, Measurement, columns
from spcse_ml.tables import csv_text, read_table, released
from spcse_ml.to_json import objects

_SPANNED = tuple(name.removesuffix("_low") for name in columns(Measurement) if name.endswith("_low"))

ALL_COLUMNS = (
    *CHECKED_COLUMNS,
    *(name for name in PAPER_COLUMNS if name not in CHECKED_COLUMNS and name not in _SPANNED),
)
"""The columns of `spcse-ml data --view all --format csv`, in order."""

_COLUMNS = {View.PRINTED: PRINTED_COLUMNS, View.REVIEW: PRINTED_COLUMNS, View.CHECKED: CHECKED_COLUMNS,
            View.ALL: ALL_COLUMNS}  # fmt: skip


def literature_csv(view: View = View.CHECKED) -> str:
    """Return one line per membrane of a view, exactly its columns, blank where there is none."""
    dataset = literature(view)
    rows = pd.concat([dataset.rows, _as_printed(dataset.beyond)]) if len(dataset.beyond) else dataset.rows
    return csv_text(objects(rows.reindex(columns=list(_COLUMNS[view]))).map(cell_text))


def _as_printed(beyond: pd.DataFrame) -> pd.DataFrame:
    """Return membranes beyond the review in the columns of the printed ones: a value is both ends of its range."""
    ends = {f"{name}_{end}": beyond[name] for name in _SPANNED for end in ("low", "high")}
    qualifier = beyond["retention_percent"].map(lambda value: None if value is None else "=")
    return beyond.assign(**ends, retention_qualifier=qualifier).astype(object)


def claims_of_papers() -> list[Claim]:
    """Return what the papers behind the printed rows say of single cells."""
    return read_claims(released("data", "literature"))


def leads() -> pd.DataFrame:
    """Return the papers, patents and reviews of which the tables would help most, the most helpful first."""
    return read_table(released("data", "literature", "leads.csv"))


def membranes() -> pd.DataFrame:
    """Return the checked membranes as text to read, and beside it what a chart needs.

    That is numbers, place, paper, note, what was corrected and what entered from the papers. `polymer_wt_percent` is
    binder plus template as far as known, nan where neither is.
    """
    rows, known, claims = literature(View.CHECKED).rows, literature().references, claims_of_papers()
    corrections = read_table(released("data", "literature", "corrections.csv"))
    by_place = {place: corrections_text(lines) for place, lines in corrections.groupby(["table", "row"])}
    checks = {
        place: checks_text(claim for claim in claims if claim.place == place) for place in map(_place, _each(rows))
    }
    contents = recipe_frame(rows)[["binder_wt_percent", "template_wt_percent"]]
    papers = [known.loc[number] for number in rows["reference"]]
    return membrane_table(rows).assign(
        place=[".".join(_place(row)) for row in _each(rows)],
        polymer_wt_percent=contents.sum(axis=1, min_count=1),
        retention_percent=rows["retention_percent_low"].astype(float),
        thickness_um=rows["thickness_um_low"].astype(float),
        paper=[f"{paper['first_author']}, {paper['journal']} {paper['year']}" for paper in papers],
        note=rows["note"].fillna(""),
        corrections=[
            "; ".join(filter(None, (by_place.get(_place(row), ""), checks[_place(row)]))) for row in _each(rows)
        ],
    )


def _each(rows: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(name): cell for name, cell in row.items()} for row in rows.to_dict("records")]


def _place(row: dict[str, object]) -> tuple[str, str]:
    return str(row["table"]), str(row["row"])


def layers(place: str) -> pd.DataFrame:
    """Return the layers of a printed row side by side: print, corrected, checked, and what is claimed otherwise.

    Args:
        place: `table.row` of the membrane.

    Returns:
        A row a column of the table, as text.
    """
    table, row = place.split(".")
    views = [literature(view).rows for view in (View.PRINTED, View.REVIEW, View.CHECKED)]
    picked = [rows[(rows["table"] == int(table)) & (rows["row"] == int(row))] for rows in views]
    return layers_table(picked, [claim for claim in claims_of_papers() if claim.place == (table, row)])


@dataclass(frozen=True)
class Reading:
    """A user's own reading: its membranes, and those of them whose DOI is that of a reference of the review."""

    membranes: pd.DataFrame
    joined: tuple[tuple[str, str, int], ...]
    """Place, DOI and reference of each."""
    odd: tuple[tuple[str, float], ...] = ()
    """Place and retention in percent of those to check again: a fraction perhaps, or above 100."""

    def counts(self) -> dict[str, int]:
        """Return how many membranes and papers there are, and how many of them are learnt from."""
        labels = self.membranes["paper"].where(self.membranes["reference"].isna(), self.membranes["reference"])
        usable = pd.concat([learnable(self.membranes, target) for target in TARGETS.values()])["place"].nunique()
        return {"membranes": len(self.membranes), "papers": labels.nunique(), "to learn from": usable}


def reading(path: Path) -> Reading:
    """Return the membranes of a user's own reading, checked.

    Args:
        path: a file with columns of `PAPER_COLUMNS`.

    Returns:
        The membranes, a paper a group.

    Raises:
        InputError: every fault of the file, in one error.
    """
    known, rows = references(), literature().rows
    read = read_papers(path, list(known.index))
    dois = paper_dois(rows, known, claims_of_papers())
    joined = tuple(
        (str(row["place"]), str(row["doi"]), dois[row["doi"]])
        for row in read.to_dict("records")
        if row["doi"] in dois and row["reference"] is None
    )
    values = zip(read["place"].astype(str), read["retention_percent"], strict=True)
    odd = tuple((place, float(value)) for place, value in values if value and not 1 < value <= 100)  # noqa: PLR2004 - percent
    return Reading(grouped(read, dois), joined, odd)


def with_papers(published: Dataset, path: Path) -> Dataset:
    """Return a data set with the membranes of a user's own reading, learnt from as literature.

    Args:
        published: the literature.
        path: as in `reading`.

    Returns:
        The published rows, with those of the file.

    Raises:
        InputError: the file holds faults, or no membrane to learn from.
    """
    membranes = reading(path).membranes
    if not any(len(learnable(membranes, target)) for target in TARGETS.values()):
        raise InputError([Fault("no-outcomes", file=path.name)])
    return replace(published, beyond=pd.concat([published.beyond, membranes], ignore_index=True))


def checked(path: Path) -> dict[str, int]:
    """Return how many measurements, recipes, or lines and membranes of a lab's table a file without a fault has.

    Raises:
        InputError: every fault of the file, in one error.
    """
    frame = read_table(path)
    if {"table", "row", "reference"} & set(frame.columns):
        return {"measurements": len(check_measurements(path))}
    if (set(columns(LabMembrane)) - set(columns(Formulation))) & set(frame.columns):
        membranes = checked_membranes(frame, file=path.name)
        return {"lines": len(membranes), "membranes": len(current(membranes))}
    return {"recipes": len(formulations(frame, file=path.name))}
