"""Lab: measured membranes are recorded, models are trained on them and compared, and one is made champion."""

import hashlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import streamlit as st

from spcse_ml.app import film, jobs, shared
from spcse_ml.app.form import RECIPE, field, fields, groups, holds
from spcse_ml.app.jobs import Job
from spcse_ml.app.shared import LARGEST_MB, TABLE, download, escaped, pair, refuse, show_lines, table
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.errors import InputError, SpcseError
from spcse_ml.reports.messages.comparison import comparison_lines
from spcse_ml.reports.messages.lab import ledger_lines, recorded_lines
from spcse_ml.reports.messages.storage import champion_text
from spcse_ml.reports.plots.comparison import moves_figure
from spcse_ml.schema import columns
from spcse_ml.storage.files import store_folder
from spcse_ml.tables import read_table
from spcse_ml.workflows.compare import Challenge, challenge, promote, rollback, trainings
from spcse_ml.workflows.lab import Recorded, import_records, ledger, record

STEPS = ("Record", "Learn", "Compare", "Films", "Ledger")
LEAVE_OUT = "leave it out"


def show() -> None:
    """Draw the tab."""
    tabs = st.tabs(list(STEPS), key="step", on_change="rerun")
    for tab, draw in zip(tabs, (_record, _learn, _compare, film.show, _ledger), strict=True):
        if tab.open:
            with tab:
                draw()


def _record() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### A spreadsheet of measurements")
        _upload()
    with right:
        st.markdown("##### Or one membrane")
        _type()
    st.markdown(f"##### Membranes in {TABLE}")
    if TABLE.exists():
        table(read_table(TABLE), height=250)
        download("Download it", TABLE.read_bytes(), TABLE.name)
    else:
        st.info("No membrane yet.")


def _upload() -> None:
    file = st.file_uploader(f"CSV or XLSX, at most {LARGEST_MB} MB", type=["csv", "xlsx"], key="measured")
    sheet = st.text_input("Sheet, where an XLSX holds more than one", key="sheet") or None
    if file is None:
        return
    mapping: dict[str, str | None] = st.session_state.setdefault("mapping", {}).setdefault(file.file_id, {})
    outcome = _outcome(file.file_id)
    if isinstance(outcome, SpcseError):
        _map(outcome, mapping)
    if st.button("Record all of it", type="primary"):
        with shared.uploaded(file) as path:
            _try(file.file_id, import_records, TABLE, path, sheet=sheet, mapping=mapping)
    _show_outcome(outcome)


def _map(error: SpcseError, mapping: dict[str, str | None]) -> None:
    faults = error.faults if isinstance(error, InputError) else ()
    unknown = [fault.column for fault in faults if fault.code == "unmapped-column"]
    for theirs in unknown:
        ours = st.selectbox(
            f"Your column {escaped(theirs)} is",
            [LEAVE_OUT, *columns(LabMembrane)],
            index=None,
            key=f"map_{theirs}",
            placeholder="choose a column, then press again",
        )
        if ours:
            mapping[theirs] = None if ours == LEAVE_OUT else ours


def _type() -> None:
    method = field(columns(LabMembrane)["method"], "lab_method")
    outcome = _outcome("typed")
    faults = outcome.faults if isinstance(outcome, InputError) else ()
    cells, shown = {"method": method}, groups(LabMembrane, method)
    for title, group in shown.items():
        with st.expander(title, expanded=title == RECIPE or holds(group, faults)):
            cells |= fields(group, "lab_", faults)
    if st.button("Record it", type="primary"):
        _try("typed", record, TABLE, cells)
    _show_outcome(outcome, beside={column.name for group in shown.values() for column in group})


def _try(form: str, do: Callable[..., Recorded], *arguments: Any, **options: Any) -> None:
    """Keep what came of a form in place of what came of any before, and draw the page anew."""
    try:
        outcome: Recorded | SpcseError = do(*arguments, store=store_folder(), **options)
    except SpcseError as error:
        outcome = error
    st.session_state["outcome"] = form, outcome
    st.rerun()


def _outcome(form: str) -> Recorded | SpcseError | None:
    """Return the outcome of a form, if it was the last one tried; records are returned once."""
    of, outcome = st.session_state.get("outcome", ("", None))
    if of != form:
        return None
    if isinstance(outcome, Recorded):
        del st.session_state["outcome"]
    return outcome  # type: ignore[no-any-return]


def _show_outcome(outcome: Recorded | SpcseError | None, *, beside: Collection[str] = ()) -> None:
    if isinstance(outcome, SpcseError):
        refuse(outcome, beside=beside)
    elif outcome is not None:
        st.success(f"Recorded in {TABLE}: {escaped(', '.join(str(membrane.id) for membrane in outcome.added))}.")
        for line in recorded_lines(outcome.remarks, outcome.uncounted, outcome.fit, outcome.picture):
            st.warning(escaped(line))


def _learn() -> None:
    st.markdown(
        "Trains models on the literature and your table, in a few minutes and in the background. "
        "The champion keeps answering until you promote another model."
    )
    job: Job | None = st.session_state.get("training")
    if job and job.is_running:
        jobs.watched(_watch, job)
        return
    if not TABLE.exists():
        st.info("Your table is empty. Record membranes first.")
    elif st.button("Train on my table", type="primary"):
        st.session_state["training"] = jobs.start(["train", "--data", str(TABLE)], "train")
        st.rerun()
    if job:
        jobs.finished(job)
    known = trainings(store_folder())
    st.markdown("##### Trainings")
    table(known) if len(known) else st.info("No training yet.")


def _watch(job: Job) -> None:
    share, step = job.progress()
    st.progress(share, f"Training: {escaped(step)}")
    if not job.is_running:
        st.rerun()


def _compare() -> None:
    known = trainings(store_folder())
    if known.empty:
        st.info("Nothing to compare yet. Record membranes and train on them first.")
        return
    try:
        compared = _challenge(pair().name, len(known), _digest(TABLE))
    except SpcseError as error:
        st.info(escaped(error))
        return
    st.markdown(f"##### {escaped(compared.challenger)} beside the champion, {escaped(compared.champion)}")
    for name, comparison in compared.by_target.items():
        left, right = st.columns(2, gap="large")
        with left:
            show_lines(comparison_lines(comparison))
        if len(comparison.moves):
            with right:
                shared.picture(
                    moves_figure(comparison, compared.champion, compared.challenger),
                    f"Predictions of the {name} that moved",
                )
    reason = st.text_input("Why it should answer from now on", key="reason")
    yes, back = st.columns(2)
    if yes.button("Promote it", type="primary", disabled=not reason.strip()):
        st.success(escaped(champion_text(promote(store_folder(), compared.challenger, reason=reason))))
    if back.button("Go back to the champion before"):
        st.success(escaped(champion_text(rollback(store_folder()))))


@shared.cached("Comparing")
def _challenge(champion: str, n_trainings: int, rows: str) -> Challenge:  # noqa: ARG001 - others, another comparison
    return challenge(store_folder(), table=TABLE if TABLE.exists() else None)


def _digest(table: Path) -> str:
    return hashlib.sha256(table.read_bytes()).hexdigest() if table.exists() else ""


def _ledger() -> None:
    entries, scores, withdrawn = ledger(store_folder(), TABLE)
    if entries:
        show_lines(ledger_lines(entries, scores, withdrawn))
    else:
        st.info(
            "No preregistered prediction yet. Predict or design membranes and put them into the ledger before they "
            "are made; their scores follow once they are recorded."
        )
