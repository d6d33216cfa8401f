"""Evaluation: the verdicts on the models and what they rest on."""

import streamlit as st

from spcse_ml.app.explain import sections
from spcse_ml.app.shared import download, escaped, figure, pair, show_lines
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.reports.html import Section
from spcse_ml.reports.messages.captions import OF_ERRORS
from spcse_ml.reports.messages.verdict import verdict_text
from spcse_ml.reports.model_card import model_card
from spcse_ml.storage.files import store_folder
from spcse_ml.storage.mlflow_client import how_to_look
from spcse_ml.workflows.report import report
from spcse_ml.workflows.runs import known_looks

BOXES = {Verdict.USEFUL: st.success, Verdict.UNDECIDED: st.warning, Verdict.NO_SKILL: st.info}


def show() -> None:
    """Draw the tab."""
    models, by_target = pair(), sections(pair().name)
    for section in by_target.values():
        evaluated = section.evaluated
        BOXES[evaluated.verdict](f"**{escaped(verdict_text(evaluated.evaluation, evaluated.verdict))}**")
    name = st.segmented_control("Target", list(by_target), default=next(iter(by_target)), required=True, key="trusted")
    _evidence(name, by_target[name])
    st.markdown("##### Report and MLflow")
    download(
        "Download the report (HTML)",
        lambda: report(models.name, list(by_target.values()), looks=known_looks(store_folder(), models)),
        "report.html",
    )
    st.markdown("Every training is an MLflow run. To open MLflow, run this in the folder of the page:")
    show_lines(how_to_look(store_folder()))


def _evidence(target: str, section: Section) -> None:
    places = st.columns(2, gap="large")
    for number, name in enumerate(name for name in OF_ERRORS if f"{target}_{name}" in section.figures):
        with places[number % 2]:
            figure(section.figures[f"{target}_{name}"], name)
    with st.expander("Model card: errors, prediction intervals, between-laboratory spread", expanded=True):
        st.markdown(model_card(section.evaluated, section.study, section.effects, heading_level=5))
