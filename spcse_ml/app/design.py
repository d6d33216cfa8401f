"""Design: the recipes that may be made, their scores, their Pareto front, and the next batch."""

import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from spcse_ml.app import jobs, shared
from spcse_ml.app.jobs import Job
from spcse_ml.app.shared import (
    TABLE,
    cached,
    chart,
    download,
    escaped,
    pair,
    refuse,
    session_folder,
    several,
    show_lines,
)
from spcse_ml.app.space_form import declaration
from spcse_ml.chemistry.compatibility import rules
from spcse_ml.design.consequences import RESISTANCE_COLUMNS
from spcse_ml.design.minimum_content import LEAST
from spcse_ml.design.pareto import OBJECTIVES, with_objectives
from spcse_ml.design.screen import BROKEN, CONSEQUENCES, RANKINGS, Question, View
from spcse_ml.design.space import DesignSpace
from spcse_ml.errors import SpcseError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.reports.messages.batch import answered_by, membrane_lines, remark_lines
from spcse_ml.reports.messages.design import (
    candidates_text,
    counted,
    front_lines,
    hidden_lines,
    recipes_in_words,
    screen_lines,
    space_lines,
)
from spcse_ml.reports.messages.lab import preregistered_text
from spcse_ml.reports.plots.design import front_caption, front_figure
from spcse_ml.storage.files import store_folder
from spcse_ml.storage.screen_files import part_path
from spcse_ml.workflows.lab import preregister
from spcse_ml.workflows.predict import DEFAULT_LEVEL, predict_recipes
from spcse_ml.workflows.screen import FRONT_PAGE, TOP_TABLE, Screen, listing, sampled, trade_off
from spcse_ml.workflows.suggest import Batch, BatchRequest, next_batch

WAYS = {BROKEN: "choose a rule above to let them in", LEAST: "tick the box above to let them in"}
"""How candidates of a batch that are hidden are let in."""


def show() -> None:
    """Draw the tab."""
    left, right = st.columns([4, 7], gap="large")
    with left:
        file = session_folder() / "space.toml"
        file.write_text(declaration(), encoding="utf-8")
    with right:
        try:
            space = _space(file.read_text(encoding="utf-8"), file)
        except SpcseError as error:
            refuse(error)
            return
        st.markdown(f"#### {space.size:,} recipes")
        with st.expander("Counted by method, removed, breaking a rule"):
            show_lines(space_lines(space, pd.DataFrame()))
        screening, batch = st.tabs(["Screen them all", "The next batch"], key="designed", on_change="rerun")
        if screening.open:
            with screening:
                _screening(space, file)
        if batch.open:
            with batch:
                _batch(space, file)


@cached()
def _space(text: str, _file: Path) -> DesignSpace:  # noqa: ARG001 - the text is the key
    return sampled(_file, n=0, seed=0).space


def _screening(space: DesignSpace, file: Path) -> None:
    first, second, third = st.columns(3)
    threshold = first.number_input("Retention to exceed (%)", 1, 99, 50, key="threshold", persist_state="session")
    ranking = second.selectbox(
        "Rank by",
        [*RANKINGS, *CONSEQUENCES],
        key="ranking",
        persist_state="session",
        help="the prediction, the lower end of its interval, the chance, or what follows from "
        "your powder and thickness",
    )
    top = third.number_input("List", 1, 200, 20, key="top", persist_state="session")
    inside = first.checkbox("Only inside the applicability domain", value=True, key="inside", persist_state="session")
    broken = second.checkbox("Also recipes that break a rule", key="broken", persist_state="session")
    thin = third.checkbox(
        "Also recipes with little binder",
        key="thin",
        persist_state="session",
        help="less than half of any membrane of its kind",
    )
    question, view = Question(float(threshold), DEFAULT_LEVEL), View(ranking, int(top), inside, broken, thin)
    folder = session_folder() / f"screen-{space.declared.fingerprint[:12]}-{threshold}-{pair().name}"
    job: Job | None = st.session_state.get("screening")
    if job and job.is_running:
        jobs.watched(_watch, job)
    elif st.button(f"Screen {space.size:,} recipes", type="primary"):
        words = ["screen", str(file), "--out", str(folder), "--threshold", str(threshold), "--top", "1"]
        st.session_state["screening"] = jobs.start(words, "screen")
        weakref.finalize(st.session_state["folder"], st.session_state["screening"].stop)  # what it writes goes too
        st.session_state["screen"] = folder, space.n_chunks
        st.rerun()
    elif _is_done(folder, space.n_chunks):
        _ranked(space, folder, question, view)
    elif job and st.session_state["screen"][0] == folder:
        if job.is_stopped:
            st.warning("Stopped. Finished parts are kept: press again to resume.")
        else:
            jobs.finished(job)


def _is_done(folder: Path, n_chunks: int) -> bool:
    return all(part_path(folder, chunk).exists() for chunk in range(n_chunks))


def _watch(job: Job) -> None:
    folder, n_chunks = st.session_state["screen"]
    n_done = sum(part_path(folder, chunk).exists() for chunk in range(n_chunks))
    st.progress(n_done / n_chunks, f"{n_done} of {n_chunks} parts scored")
    if st.button("Stop"):
        job.stop()
    if not job.is_running:
        st.rerun()


@cached("Ranking")
def _listed(folder: Path, question: Question, view: View, _space: DesignSpace, _pair: ModelPair) -> Screen:
    return listing(_space, folder, question, view, _pair)


def _ranked(space: DesignSpace, folder: Path, question: Question, view: View) -> None:
    screen = _listed(folder, question, view, space, pair())
    st.markdown("##### The best of them")
    st.caption("; ".join([f"{screen.best.n_scored:,} recipes scored", *map(escaped, hidden_lines(screen.best))]) + ".")
    if screen.table.empty:
        st.info("No candidate is left to list. Show hidden candidates too.")
        return
    chosen = shared.table(
        candidates_text(screen.table), on_select="rerun", selection_mode="multi-row", key="candidates", height=300
    )
    with st.expander("In words"):
        show_lines(screen_lines(screen.best, screen.table, question))
    rows = chosen["selection"]["rows"]
    keep, send = st.columns(2)
    download("Download the list", screen.to_csv(), TOP_TABLE, keep)
    if send.button(f"Put the {len(rows)} marked into the ledger", disabled=not rows):
        _register(
            [
                space.candidate(int(screen.table["number"].iloc[row])).model_dump(mode="json", exclude_none=True)
                for row in rows
            ]
        )
    _front(space, screen, view)


def _register(recipes: Sequence[Mapping[str, object]]) -> None:
    answers = predict_recipes(recipes, pair(), level=DEFAULT_LEVEL)
    st.success(escaped(preregistered_text(preregister(store_folder(), answers))))


def _front(space: DesignSpace, screen: Screen, view: View) -> None:
    st.markdown("##### Pareto front")
    second = "polymer-content" if space.declared.planned_thickness_um is None else "areal-resistance"
    names = several(
        "Two to four objectives",
        list(OBJECTIVES),
        ["retention", second],
        key=f"objectives_{second}",
        help="areal-resistance: plan a thickness",
    )
    try:
        traded = trade_off(screen.folder, names, view, store=store_folder())
    except SpcseError as error:
        refuse(error)
        return
    sentences = [*counted(traded.front, traded.objectives), *hidden_lines(screen.best)]
    st.caption(escaped(" ".join(map(_sentence, sentences))))
    scores = screen.table.drop(columns=[*RESISTANCE_COLUMNS, "sigma_p_ms_cm", "sigma_p_source"])
    listed = with_objectives(space.declared, scores).assign(recipe=recipes_in_words(scores))
    chart(front_figure(traded.front.table, traded.objectives, listed), "The front in the objectives chosen; text below")
    st.caption(f"{front_caption(traded.objectives)} Small: the others of the list above.")
    with st.expander("As text"):
        show_lines(front_lines(traded.front, traded.objectives))
    download("Download the chart", (screen.folder / FRONT_PAGE).read_bytes(), FRONT_PAGE)


def _batch(space: DesignSpace, file: Path) -> None:
    identity = space.declared.fingerprint, pair().name
    n = st.number_input("Membranes to make", 1, 50, 5, key="n_batch", persist_state="session")
    allowed = several(
        "Rules that may be broken",
        [rule.name for rule in rules()],
        key="allowed",
        placeholder="none",
    )
    thin = st.checkbox(
        "Also recipes with little binder",
        key="thin_batch",
        persist_state="session",
        help="less than half of any membrane of its kind",
    )
    if st.button("Propose", type="primary"):
        request = BatchRequest(n=int(n), allowed=tuple(allowed), with_thin=thin)
        with st.spinner("Choosing: some seconds"):
            batch = next_batch(request, store=store_folder(), table=TABLE, space=file)
        st.session_state["batch"] = identity, batch
    of, batch = st.session_state.get("batch", ("", None))
    if batch is None or of != identity:
        return
    _show_batch(batch)
    download("Download the batch", batch.answers.to_csv(), "batch.csv")
    if st.button("Put the batch into the ledger"):
        st.success(escaped(preregistered_text(preregister(store_folder(), batch.answers))))


def _show_batch(batch: Batch) -> None:
    for number, membrane in enumerate(batch.plain(), start=1):
        title, *rest = map(escaped, membrane_lines(number, membrane))
        st.container(border=True).markdown("  \n".join([f"**{title}**", *rest]))
    for line in (answered_by(batch.answers.pair, level=batch.level), *remark_lines(batch.remarks, WAYS)):
        st.caption(escaped(_sentence(line)))


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:]}."
