"""Trust: how far to believe the models, and what shows it."""

import pandas as pd
import streamlit as st

from spcse_ml.drawing.card import model_card
from spcse_ml.drawing.report import Section
from spcse_ml.interfaces.page.matters import sections
from spcse_ml.interfaces.page.shared import figure, pair, table
from spcse_ml.judging.verdict import Verdict, in_words
from spcse_ml.storage.store import store_folder
from spcse_ml.storage.tracking import tracking_uri
from spcse_ml.workflows.report import report

FIGURES = {
    "held_out": "Each paper held out in turn, with its interval",
    "estimators": "The estimators compared, on papers held out",
    "ladder": "The ladder: skill as ever larger wholes are held out",
    "curve": "The learning curve: error against the number of papers",
    "multiverse": "Other encodings that could be defended",
}
BOXES = {Verdict.USEFUL: st.success, Verdict.UNDECIDED: st.warning, Verdict.NO_SKILL: st.info}


def show() -> None:
    """Draw the tab."""
    models, told = pair(), sections(pair().name)
    for one in told.values():
        BOXES[one.judged.verdict](f"**{in_words(one.judged.model.target, one.judged.verdict)}**")
    name = st.segmented_control("Target", list(told), default=next(iter(told)), required=True, key="trusted")
    _evidence(name, told[name])
    st.markdown("##### On paper, and in MLflow")
    st.download_button(
        "Download the report (HTML)", lambda: report(models, list(told.values())), "report.html", "text/html",
        on_click="ignore",
    )  # fmt: skip
    st.markdown("Every training is an MLflow run. To look at them, start this in the folder of the page:")
    st.code(f"mlflow ui --backend-store-uri {tracking_uri(store_folder())}", language=None, wrap_lines=True)


def _evidence(target: str, one: Section) -> None:
    drawn = {
        title: one.figures[f"{target}_{name}"] for name, title in FIGURES.items() if f"{target}_{name}" in one.figures
    }
    places = st.columns(2, gap="large")
    for number, (title, picture) in enumerate(drawn.items()):
        with places[number % 2]:
            st.markdown(f"##### {title}")
            figure(picture, title)
    with st.expander("The model card: every error, the intervals, the noise floor", expanded=True):
        st.markdown(
            model_card(one.judged, one.scrutiny).replace("# Model", "##### Model").replace("\n## ", "\n###### ")
        )
    with st.expander("Checklist of reporting standards"):
        table(pd.DataFrame(one.checklist), row_height=44)
