"""Design: what may be made, what is worth making, what it costs, and the next batch."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from spcse_ml.design.screening import HIGH, LOW, RANKINGS, Question, View, recipes_in_words
from spcse_ml.design.space import DesignSpace
from spcse_ml.design.tradeoffs import OBJECTIVES
from spcse_ml.drawing.design_figures import front_figure
from spcse_ml.drawing.design_text import front_lines, screen_lines, space_lines
from spcse_ml.errors import SpcseError
from spcse_ml.interfaces.page.form import NAMES
from spcse_ml.interfaces.page.shared import TABLE, Job, kept, pair, plain, refuse, session_folder, start, table, watched
from spcse_ml.judging.answer import ModelPair
from spcse_ml.literature.catalogue import catalogue
from spcse_ml.literature.rules import rules
from spcse_ml.literature.schema import RETENTION, Method
from spcse_ml.storage.screen_files import part_path
from spcse_ml.storage.store import store_folder
from spcse_ml.workflows.ask import DEFAULT_LEVEL, predict_recipes
from spcse_ml.workflows.design import FRONT_PAGE, TOP_TABLE, Screen, listing, sampled, trade_off
from spcse_ml.workflows.lab import foretell
from spcse_ml.workflows.suggest import Wanted, next_batch, register

CHUNK = 20_000
"""Recipes between two looks at the progress."""

MORE = 'deny = [{ binder = "PEO", solvent = "acetonitrile" }], [heat], [dissolves], [cost_per_kg], [sigma_p_ms_cm]'
SHOWN = ("recipe", "retention (%)", "chance", "reason", "domain", "broken_rules", "nearest_membrane")
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
            st.code("\n".join(space_lines(space, pd.DataFrame())), language=None, wrap_lines=True)
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
    ignored = st.multiselect("Published rules not to ask", [rule.name for rule in rules()], key="space_ignore",
                             persist_state="session", placeholder="ask all",
                             help="ptfe-lithium, where no lithium metal touches the membrane")  # fmt: skip
    planned = st.number_input(
        "Thickness you mean to make (µm)", value=None, key="space_planned", format="%g", persist_state="session"
    )
    with st.expander("More lines, as in spcse-ml space --show"):
        more = st.text_area("TOML", key="space_more", height=120, persist_state="session", help=plain(MORE))
    text = _toml(chosen, planned, ignored, more)
    with st.expander("The same for the command line"):
        st.code(text, language=None, wrap_lines=True)
        st.download_button("Download", text, "space.toml", on_click="ignore")
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
        watched(_watch, job)
    elif st.button(f"Screen {space.size:,} recipes", type="primary"):
        words = ["screen", str(file), "--out", str(folder), "--threshold", str(threshold), "--top", "1"]
        st.session_state["screening"], st.session_state["screen"] = start(words, "screen"), (folder, space.n_chunks)
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
    with st.expander("In words, and how many are hidden"):
        st.code("\n".join(screen_lines(found.best, found.table, question)), language=None, wrap_lines=True)
    if found.table.empty:
        st.info("Nothing is left to list. Show also what the rows do not hold, or what breaks a rule.")
        return
    told = {
        "recipe": recipes_in_words(found.table), "chance": [f"{one:.2f}" for one in found.table["chance"]],
        "retention (%)": [f"{row[RETENTION.column]:.0f} ({row[LOW]:.0f} to {row[HIGH]:.0f})"
                          for row in found.table.to_dict("records")],
    }  # fmt: skip
    chosen = table(
        found.table.assign(**told)[list(SHOWN)].astype(object),
        on_select="rerun",
        selection_mode="multi-row",
        key="candidates",
        height=300,
    )
    rows = chosen["selection"]["rows"]
    keep, send = st.columns(2)
    keep.download_button(
        "Download the list", (folder / TOP_TABLE).read_bytes(), TOP_TABLE, "text/csv", on_click="ignore"
    )
    if send.button(f"Put the {len(rows)} marked into the ledger", disabled=not rows):
        _register([space.candidate(int(found.table["number"].iloc[row])).model_dump(mode="json", exclude_none=True)
                   for row in rows])  # fmt: skip
    _front(folder, view)


def _register(recipes: Sequence[Mapping[str, object]]) -> None:
    answers = predict_recipes(recipes, pair(), level=DEFAULT_LEVEL)
    added = foretell(store_folder(), answers, level=DEFAULT_LEVEL)
    st.success(f"Registered: {', '.join(entry.name for entry in added)}.")


def _front(folder: Path, view: View) -> None:
    st.markdown("##### What no other candidate beats")
    names = st.multiselect("Two to four objectives", list(OBJECTIVES), ["retention", "polymer-content"],
                           key="objectives", persist_state="session")  # fmt: skip
    try:
        found = trade_off(folder, names, view, store=store_folder())
    except SpcseError as error:
        refuse(error)
        return
    st.plotly_chart(front_figure(found.front.table, found.objectives), config={"displayModeBar": False},
                    alt="The front in the objectives chosen; the same as text below")  # fmt: skip
    with st.expander("As text"):
        st.code("\n".join(front_lines(found.front, found.objectives)), language=None, wrap_lines=True)
    st.download_button(
        "Download the chart", (folder / FRONT_PAGE).read_bytes(), FRONT_PAGE, "text/html", on_click="ignore"
    )


def _batch(file: Path) -> None:
    n = st.number_input("Membranes to make", 1, 50, 5, key="n_batch", persist_state="session")
    allowed = st.multiselect("Rules that may be broken", [rule.name for rule in rules()], key="allowed",
                             persist_state="session")  # fmt: skip
    if st.button("Propose", type="primary"):
        wanted = Wanted(n=int(n), allowed=tuple(allowed))
        with st.spinner("Choosing: some seconds"):
            st.session_state["batch"] = next_batch(wanted, store=store_folder(), table=TABLE, space=file)
    if (batch := st.session_state.get("batch")) is None:
        return
    st.code(batch.text(), language=None, wrap_lines=True)
    for remark in batch.remarks:
        st.caption(plain(remark))
    st.download_button("Download the batch", batch.answers.to_csv(), "batch.csv", "text/csv", on_click="ignore")
    if st.button("Put the batch into the ledger"):
        st.success(f"Registered: {', '.join(entry.name for entry in register(store_folder(), batch))}.")
