"""Trust: how far to believe the models, and what shows it."""

import pandas as pd
import streamlit as st

from spcse_ml.app.explain import sections
from spcse_ml.app.shared import download, figure, pair, show_lines, table
from spcse_ml.evaluation.verdict import Verdict, in_words
from spcse_ml.reports.html import Section
from spcse_ml.reports.messages.captions import OF_ERRORS
from spcse_ml.reports.model_card import model_card
from spcse_ml.storage.files import store_folder
from spcse_ml.storage.mlflow_client import how_to_look
from spcse_ml.workflows.report import report

BOXES = {Verdict.USEFUL: st.success, Verdict.UNDECIDED: st.warning, Verdict.NO_SKILL: st.info}


def show() -> None:
    """Draw the tab."""
    models, told = pair(), sections(pair().name)
    for one in told.values():
        BOXES[one.evaluated.verdict](f"**{in_words(one.evaluated.model.target, one.evaluated.verdict)}**")
    name = st.segmented_control("Target", list(told), default=next(iter(told)), required=True, key="trusted")
    _evidence(name, told[name])
    st.markdown("##### On paper, and in MLflow")
    download("Download the report (HTML)", lambda: report(models, list(told.values())), "report.html")
    st.markdown("Every training is an MLflow run. To look at them, start this in the folder of the page:")
    show_lines(how_to_look(store_folder()))


def _evidence(target: str, one: Section) -> None:
    places = st.columns(2, gap="large")
    for number, name in enumerate(name for name in OF_ERRORS if f"{target}_{name}" in one.figures):
        with places[number % 2]:
            figure(one.figures[f"{target}_{name}"], name)
    with st.expander("The model card: every error, the intervals, the noise floor", expanded=True):
        card = model_card(one.evaluated, one.study)
        st.markdown(card.replace("# Model", "##### Model").replace("\n## ", "\n###### "))
    with st.expander("Checklist of reporting standards"):
        table(pd.DataFrame(one.checklist), row_height=44)
