"""Explanation: feature importance over all training membranes, and how certain it is."""

import streamlit as st

from spcse_ml.app.shared import cached, escaped, figure, pair, show_lines
from spcse_ml.explanation.shapley import PLAYERS
from spcse_ml.explanation.summary import ExplanationSummary
from spcse_ml.reports.html import Section
from spcse_ml.reports.messages.explanation import ASSOCIATIONS, summary_lines
from spcse_ml.reports.messages.verdict import verdict_text
from spcse_ml.workflows.report import section_of


@cached("Computing the feature importance")
def sections(model: str) -> dict[str, Section]:  # noqa: ARG001 - another model, other sections
    """Return the sections of the report on the models that answer, by target."""
    return {name: section_of(evaluated) for name, evaluated in pair().by_target.items()}


def show() -> None:
    """Draw the tab."""
    for target, target_section in sections(pair().name).items():
        st.markdown(f"#### {target.capitalize()}")
        if target_section.summary is None:
            evaluated = target_section.evaluated
            st.info(escaped(verdict_text(evaluated.evaluation, evaluated.verdict)))
        else:
            _model_explanation(target, target_section, target_section.summary)


def _model_explanation(target: str, section: Section, summary: ExplanationSummary) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        figure(section.figures[f"{target}_importance"], "importance")
        figure(section.figures[f"{target}_beeswarm"], "beeswarm")
    with right:
        player = st.selectbox("Recipe component", list(PLAYERS), key=f"{target}_part", persist_state="session")
        name = f"dependence_{player.replace(' ', '_')}"
        figure(section.figures[f"{target}_{name}"], name, title=f"Contribution of the {player}")
        if f"{target}_chemistry" in section.figures:
            figure(section.figures[f"{target}_chemistry"], "chemistry")
    with st.expander("As text, and which conclusions depend on a single paper", expanded=True):
        show_lines(summary_lines(summary))
    st.caption(ASSOCIATIONS)
