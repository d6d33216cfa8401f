"""My lab: what was measured goes in, models learn from it, and the better one is made champion."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from spcse_ml.drawing.lab_figures import moves_figure
from spcse_ml.drawing.lab_text import comparison_lines, ledger_lines
from spcse_ml.errors import InputError, SpcseError
from spcse_ml.interfaces.page import jobs, shared
from spcse_ml.interfaces.page.form import RECIPE, field, fields, groups
from spcse_ml.interfaces.page.jobs import Job
from spcse_ml.interfaces.page.shared import LARGEST_MB, TABLE, download, pair, plain, refuse, said, table
from spcse_ml.laboratory.membrane import LabMembrane
from spcse_ml.literature.schema import columns
from spcse_ml.literature.table import read_table
from spcse_ml.storage.store import store_folder
from spcse_ml.workflows.challenge import Challenge, challenge, promote, rollback, trainings
from spcse_ml.workflows.lab import Recorded, import_records, ledger, record

STEPS = ("Record", "Learn", "Compare", "Ledger")
LEAVE_OUT = "leave it out"


def show() -> None:
    """Draw the tab."""
    tabs = st.tabs(list(STEPS), key="step", on_change="rerun")
    for tab, draw in zip(tabs, (_record, _learn, _compare, _ledger), strict=True):
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
    st.markdown(f"##### What stands in {TABLE}")
    if TABLE.exists():
        table(read_table(TABLE), height=250)
        download("Download it", TABLE.read_bytes(), TABLE.name)
    else:
        st.info("Nothing yet.")


def _upload() -> None:
    file = st.file_uploader(f"CSV or XLSX, at most {LARGEST_MB} MB", type=["csv", "xlsx"], key="measured")
    sheet = st.text_input("Sheet, where an XLSX holds more than one", key="sheet") or None
    if file is None:
        return
    mapping: dict[str, str | None] = st.session_state.setdefault("mapping", {}).setdefault(file.file_id, {})
    if st.button("Record all of it", type="primary"):
        try:
            with shared.uploaded(file) as path:
                _told(import_records(TABLE, path, sheet=sheet, mapping=mapping, store=store_folder()))
            st.session_state.pop("unknown", None)
        except SpcseError as error:
            st.session_state["unknown"] = file.file_id, error
    of, wrong = st.session_state.get("unknown", ("", None))
    if wrong is not None and of == file.file_id:
        _map(wrong, mapping)
        refuse(wrong)


def _map(error: SpcseError, mapping: dict[str, str | None]) -> None:
    faults = error.faults if isinstance(error, InputError) else ()
    unknown = [fault.column for fault in faults if "not a column of the lab's table" in fault.problem]
    for theirs in unknown:
        ours = st.selectbox(f"Your column {plain(theirs)} is", [LEAVE_OUT, *columns(LabMembrane)], index=None,
                            key=f"map_{theirs}", placeholder="choose a column, then press again")  # fmt: skip
        if ours:
            mapping[theirs] = None if ours == LEAVE_OUT else ours


def _type() -> None:
    method = field(columns(LabMembrane)["method"], "lab_method")
    wrong = st.session_state.get("not_recorded")
    faults = wrong.faults if isinstance(wrong, InputError) else ()
    cells = {"method": method}
    for title, some in groups(LabMembrane, method).items():
        with st.expander(title, expanded=title == RECIPE):
            cells |= fields(some, "lab_", faults)
    if st.button("Record it", type="primary"):
        _record_typed(cells)
    if wrong is not None:
        refuse(wrong)


def _record_typed(cells: Mapping[str, str]) -> None:
    try:
        _told(record(TABLE, cells, store=store_folder()))
        st.session_state.pop("not_recorded", None)
    except SpcseError as error:
        st.session_state["not_recorded"] = error
        st.rerun()


def _told(found: Recorded) -> None:
    st.success(f"Recorded in {TABLE}: {plain(', '.join(str(one.id) for one in found.added))}.")
    for remark in found.remarks:
        st.warning(plain(remark))


def _learn() -> None:
    st.markdown("Learns from the literature and from your table together, beside this page: a few minutes. "
                "The models that answer stay until you promote others.")  # fmt: skip
    job: Job | None = st.session_state.get("training")
    if job and job.is_running:
        jobs.watched(_watch, job)
        return
    if not TABLE.exists():
        st.info("Your table is empty. Record membranes first.")
    elif st.button("Learn from my table", type="primary"):
        st.session_state["training"] = jobs.start(["train", "--data", str(TABLE)], "train")
        st.rerun()
    if job:
        jobs.finished(job)
    found = trainings(store_folder())
    st.markdown("##### Trainings")
    table(found) if len(found) else st.info("No training yet.")


def _watch(job: Job) -> None:
    percent, step = job.progress()
    st.progress(percent, f"Learning: {plain(step)}")
    if not job.is_running:
        st.rerun()


def _compare() -> None:
    known = trainings(store_folder())
    if known.empty:
        st.info("There is nothing to compare yet. Record membranes and learn from them first.")
        return
    try:
        found = _challenge(pair().name, len(known), _digest(TABLE))
    except SpcseError as error:
        st.info(plain(error))
        return
    st.markdown(f"##### {plain(found.challenger)} beside the champion, {plain(found.champion)}")
    for name, one in found.by_target.items():
        left, right = st.columns(2, gap="large")
        with left:
            said(comparison_lines(one))
        if len(one.moves):
            with right:
                shared.picture(
                    moves_figure(one, found.champion, found.challenger), f"Predictions of the {name} that moved"
                )
    reason = st.text_input("Why it should answer from now on", key="reason")
    yes, back = st.columns(2)
    if yes.button("Promote it", type="primary", disabled=not reason.strip()):
        crowned = promote(store_folder(), found.challenger, reason=reason)
        st.success(f"{plain(crowned.model)} is champion: {plain(crowned.reason)}")
    if back.button("Go back to the champion before"):
        st.success(f"{plain(rollback(store_folder()).model)} is champion again.")


@shared.kept("Comparing")
def _challenge(champion: str, n_trainings: int, rows: str) -> Challenge:  # noqa: ARG001 - others, another comparison
    return challenge(store_folder(), table=TABLE if TABLE.exists() else None)


def _digest(table: Path) -> str:
    return hashlib.sha256(table.read_bytes()).hexdigest() if table.exists() else ""


def _ledger() -> None:
    entries, scores = ledger(store_folder(), TABLE)
    if entries:
        said(ledger_lines(entries, scores))
    else:
        st.info("Nothing was foretold yet. Predict or design membranes and put them into the ledger before they exist; "
                "once they are recorded, it tells how the predictions fared.")  # fmt: skip
