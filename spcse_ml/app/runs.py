"""Runs: the trainings of the store compared, and how many procedures were scored on the same rows."""

import streamlit as st

from spcse_ml.app.shared import escaped, figure, show_lines, table
from spcse_ml.reports.messages.runs import champion_line, looks_lines, no_runs_text, runs_table, side_by_side_lines
from spcse_ml.reports.plots.comparison import runs_figure
from spcse_ml.schema import TARGETS
from spcse_ml.storage.files import store_folder
from spcse_ml.storage.mlflow_client import how_to_look
from spcse_ml.workflows.runs import TargetRuns, side_by_side, target_runs

EVERY_VIEW = "every view"


def show() -> None:
    """Draw the tab."""
    store = store_folder()
    places = st.columns(2)
    target = places[0].segmented_control(
        "Target of the runs", list(TARGETS), default=next(iter(TARGETS)), required=True, key="of_runs"
    )
    with st.spinner("Reading the runs"):
        of = target_runs(store, TARGETS[target])
    if not len(of.rows):
        st.info(escaped(no_runs_text(store, is_chosen=False)))
        return
    views = [EVERY_VIEW, *sorted(set(of.rows["view"].dropna()))]
    view = places[1].segmented_control("View of the tables", views, default=EVERY_VIEW, required=True, key="of_view")
    rows = of.rows if view == EVERY_VIEW else of.rows[of.rows["view"] == view].reset_index(drop=True)
    st.markdown(escaped(champion_line(of.target, of.champion)))
    table(runs_table(rows, of.target))
    figure(runs_figure(rows, of.target), "runs", width=760)
    _looks(of)
    _beside(list(rows["model"]))
    st.markdown("To open MLflow on the runs, type this in the folder of the page:")
    show_lines(how_to_look(store))


def _looks(of: TargetRuns) -> None:
    st.markdown("##### Procedures scored on the same rows")
    for identity in dict.fromkeys(of.rows["rows"]):
        if identity in of.looks:
            names = set(of.rows[of.rows["rows"] == identity]["data"])
            show_lines(looks_lines(of.looks[identity], of.target, of_rows=names))


def _beside(names: list[str]) -> None:
    st.markdown("##### Two runs side by side")
    if len(names) < 2:  # noqa: PLR2004 - side by side
        st.info("One run only.")
        return
    places = st.columns(2)
    first = places[0].selectbox("First run", names, index=0, key="first_run")
    other = places[1].selectbox("Other run", names, index=1, key="other_run")
    if first != other:
        beside = side_by_side(store_folder(), first, other)
        show_lines(side_by_side_lines(beside.names, beside.settings, beside.by_target.values()))
