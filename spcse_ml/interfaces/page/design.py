"""Design: what may be made, what is worth making, what it costs, and the next batch."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from spcse_ml.design.consequences import RESISTANCE_COLUMNS
from spcse_ml.design.screening import RANKINGS, Question, View, recipes_in_words
from spcse_ml.design.space import DesignSpace
from spcse_ml.design.tradeoffs import OBJECTIVES, with_objectives
from spcse_ml.drawing.design_figures import front_figure
from spcse_ml.drawing.design_text import candidates_told, front_lines, hidden, screen_lines, space_lines
from spcse_ml.errors import SpcseError
from spcse_ml.interfaces.page import shared
from spcse_ml.interfaces.page.form import NAMES
from spcse_ml.interfaces.page.shared import TABLE, Job, chart, download, kept, pair, plain, refuse, said, session_folder
from spcse_ml.judging.answer import ModelPair
from spcse_ml.literature.catalogue import catalogue
from spcse_ml.literature.rules import rules
from spcse_ml.literature.schema import Method
from spcse_ml.storage.screen_files import part_path
from spcse_ml.storage.store import store_folder
from spcse_ml.workflows.ask import DEFAULT_LEVEL, predict_recipes
from spcse_ml.workflows.design import FRONT_PAGE, TOP_TABLE, Screen, listing, sampled, trade_off
from spcse_ml.workflows.lab import foretell
from spcse_ml.workflows.suggest import Wanted, next_batch, register

CHUNK = 20_000
"""Recipes between two looks at the progress."""

MORE = 'deny = [{ binder = "PEO", solvent = "acetonitrile" }], [heat], [dissolves], [cost_per_kg], [sigma_p_ms_cm]'
QUICK = {"methods": [str(Method.SLURRY), str(Method.DRY)]}
"""What is chosen at first: skeletons are millions of recipes, and minutes."""
LISTS = ("methods", "sulfides", "binders", "templates", "solvents")


def show() -> None:
    """Draw the tab."""
    left, right = st.columns([4, 7], gap="large")
    with left:
        file = session_folder() / "space.toml"
        file.write_text(_constraints(), encoding="utf-8")
    with right:
        try:
            space = _space(file.read_text(encoding="utf-8"), file)
        except SpcseError as error:
            refuse(error)
            return
        st.markdown(f"#### {space.size:,} recipes may be made")
        with st.expander("Counted by method, taken away, breaking a rule"):
            said(space_lines(space, pd.DataFrame()))
        screening, batch = st.tabs(["Screen them all", "The next batch"], key="designed", on_change="rerun")
        if screening.open:
            with screening:
                _screening(space, file)
        if batch.open:
            with batch:
                _batch(file)


@kept()
def _space(text: str, _file: Path) -> DesignSpace:  # noqa: ARG001 - the text is the key
    return sampled(_file, n=0, seed=0).space


def _constraints() -> str:
    st.markdown("#### What may be made")
    known = {"methods": list(map(str, Method)), **{kind: list(getattr(catalogue(), kind)) for kind in NAMES.values()}}
    chosen = {
        name: st.multiselect(name.capitalize(), known[name], QUICK.get(name), key=f"space_{name}", placeholder="all",
                             persist_state="session")
        for name in LISTS
    }  # fmt: skip
    ignored = st.multiselect("Published rules to set aside", [rule.name for rule in rules()], key="space_ignore",
                             persist_state="session", placeholder="none",
                             help="ptfe-lithium, where no lithium metal touches the membrane")  # fmt: skip
    planned = st.number_input(
        "Thickness you mean to make (µm)", value=None, key="space_planned", format="%g", persist_state="session"
    )
    with st.expander("More lines, as in spcse-ml space --show"):
        more = st.text_area("TOML", key="space_more", height=120, persist_state="session", help=plain(MORE))
    text = _toml(chosen, planned, ignored, more)
    with st.expander("The same for the command line"):
        said(text)
        download("Download", text, "space.toml")
    return text


def _toml(chosen: Mapping[str, Sequence[str]], planned: float | None, ignored: Sequence[str], more: str) -> str:
    lines = [f"{name} = {json.dumps(names, ensure_ascii=False)}" for name, names in chosen.items() if names]
    lines += [f"planned_thickness_um = {planned:g}"] if planned is not None else []
    lines += [f"chunk = {CHUNK}"] if "chunk" not in more else []
    rule = [f"[rules]\nignore = {json.dumps(ignored)}"] if ignored else []
    return "\n".join([*lines, more, *rule, ""])


def _screening(space: DesignSpace, file: Path) -> None:
    first, second, third = st.columns(3)
    threshold = first.number_input("Retention to beat (%)", 1, 99, 50, key="threshold", persist_state="session")
    ranking = second.selectbox("Rank by", list(RANKINGS), key="ranking", persist_state="session",
                               help="the prediction, the lower end of its interval, or the chance")  # fmt: skip
    top = third.number_input("List", 1, 200, 20, key="top", persist_state="session")
    inside = first.checkbox("Only what the rows hold the like of", value=True, key="inside", persist_state="session")
    broken = second.checkbox("Also what breaks a rule", key="broken", persist_state="session")
    question, view = Question(float(threshold), DEFAULT_LEVEL), View(ranking, int(top), inside, broken)
    folder = session_folder() / f"screen-{space.declared.fingerprint[:12]}-{threshold}-{pair().name}"
    job: Job | None = st.session_state.get("screening")
    if job and job.is_running:
        shared.watched(_watch, job)
    elif st.button(f"Screen {space.size:,} recipes", type="primary"):
        words = ["screen", str(file), "--out", str(folder), "--threshold", str(threshold), "--top", "1"]
        st.session_state["screening"] = shared.start(words, "screen")
        st.session_state["screen"] = folder, space.n_chunks
        st.rerun()
    elif _is_done(folder, space.n_chunks):
        _ranked(space, folder, question, view)
    elif job and job.process.returncode and st.session_state["screen"][0] == folder:
        st.warning("Stopped. What is done is kept: press again and it goes on.")


def _is_done(folder: Path, n_chunks: int) -> bool:
    return all(part_path(folder, chunk).exists() for chunk in range(n_chunks))


def _watch(job: Job) -> None:
    folder, n_chunks = st.session_state["screen"]
    n_done = sum(part_path(folder, chunk).exists() for chunk in range(n_chunks))
    st.progress(n_done / n_chunks, f"{n_done} of {n_chunks} parts scored")
    if st.button("Stop"):
        job.process.terminate()
        job.process.wait()
    if not job.is_running:
        st.rerun()


@kept("Ranking")
def _listed(folder: Path, question: Question, view: View, _space: DesignSpace, _pair: ModelPair) -> Screen:
    return listing(_space, folder, question, view, _pair)


def _ranked(space: DesignSpace, folder: Path, question: Question, view: View) -> None:
    found = _listed(folder, question, view, space, pair())
    st.markdown("##### The best of them")
    told = [f"hidden: {n:,} {what}" for n, what, _ in hidden(found.best)]
    st.caption("; ".join([f"{found.best.n_scored:,} recipes scored", *told]) + ".")
    if found.table.empty:
        st.info("Nothing is left to list. Show also what the rows do not hold, or what breaks a rule.")
        return
    chosen = shared.table(candidates_told(found.table), on_select="rerun", selection_mode="multi-row",
                          key="candidates", height=300)  # fmt: skip
    with st.expander("In words"):
        said(screen_lines(found.best, found.table, question))
    rows = chosen["selection"]["rows"]
    keep, send = st.columns(2)
    download("Download the list", (folder / TOP_TABLE).read_bytes(), TOP_TABLE, keep)
    if send.button(f"Put the {len(rows)} marked into the ledger", disabled=not rows):
        _register([space.candidate(int(found.table["number"].iloc[row])).model_dump(mode="json", exclude_none=True)
                   for row in rows])  # fmt: skip
    _front(space, found, view)


def _register(recipes: Sequence[Mapping[str, object]]) -> None:
    answers = predict_recipes(recipes, pair(), level=DEFAULT_LEVEL)
    added = foretell(store_folder(), answers, level=DEFAULT_LEVEL)
    st.success(f"Registered: {', '.join(entry.name for entry in added)}.")


def _front(space: DesignSpace, screen: Screen, view: View) -> None:
    st.markdown("##### What no other candidate beats")
    second = "polymer-content" if space.declared.planned_thickness_um is None else "areal-resistance"
    names = st.multiselect("Two to four objectives", list(OBJECTIVES), ["retention", second], persist_state="session",
                           key=f"objectives_{second}", help="areal-resistance: plan a thickness")  # fmt: skip
    try:
        found = trade_off(screen.folder, names, view, store=store_folder())
    except SpcseError as error:
        refuse(error)
        return
    counted, *told = front_lines(found.front, found.objectives)
    st.caption(f"{counted}. Bars: 90 % intervals; small: the others of the list above.")
    scores = screen.table.drop(columns=[*RESISTANCE_COLUMNS, "sigma_p_ms_cm", "sigma_p_source"])
    listed = with_objectives(space.declared, scores).assign(recipe=recipes_in_words(scores))
    chart(front_figure(found.front.table, found.objectives, listed), "The front in the objectives chosen; text below")
    with st.expander("As text"):
        said(told)
    download("Download the chart", (screen.folder / FRONT_PAGE).read_bytes(), FRONT_PAGE)


def _batch(file: Path) -> None:
    n = st.number_input("Membranes to make", 1, 50, 5, key="n_batch", persist_state="session")
    allowed = st.multiselect("Rules that may be broken", [rule.name for rule in rules()], key="allowed",
                             persist_state="session", placeholder="none")  # fmt: skip
    if st.button("Propose", type="primary"):
        wanted = Wanted(n=int(n), allowed=tuple(allowed))
        with st.spinner("Choosing: some seconds"):
            st.session_state["batch"] = next_batch(wanted, store=store_folder(), table=TABLE, space=file)
    if (batch := st.session_state.get("batch")) is None:
        return
    lines = batch.text().splitlines()
    for first, *rest in zip(lines[:-1:3], lines[1::3], lines[2::3], strict=True):  # what, what is expected, why
        st.container(border=True).markdown("  \n".join([f"**{plain(first)}**", *map(plain, map(str.strip, rest))]))
    st.caption(plain(lines[-1]))
    for remark in batch.remarks:
        st.caption(plain(remark))
    download("Download the batch", batch.answers.to_csv(), "batch.csv")
    if st.button("Put the batch into the ledger"):
        st.success(f"Registered: {', '.join(entry.name for entry in register(store_folder(), batch))}.")
