"""What matters: what the model leans on over all rows, and how sure that is."""

import streamlit as st

from spcse_ml.app.shared import cached, figure, pair, show_lines
from spcse_ml.evaluation.verdict import in_words
from spcse_ml.explanation.shapley import PLAYERS
from spcse_ml.explanation.summary import ExplanationSummary
from spcse_ml.reports.html import Section
from spcse_ml.reports.messages.explanation import summary_lines
from spcse_ml.storage.files import store_folder
from spcse_ml.workflows.report import section


@cached("Working out what is known of the models")
def sections(model: str) -> dict[str, Section]:  # noqa: ARG001 - another model, other sections
    """Return all that is known of the models that answer, drawn, by target."""
    return {name: section(store_folder(), evaluated) for name, evaluated in pair().by_target.items()}


def show() -> None:
    """Draw the tab."""
    for target, target_section in sections(pair().name).items():
        st.markdown(f"#### {target.capitalize()}")
        if target_section.summary is None:
            st.info(in_words(target_section.evaluated.model.target, target_section.evaluated.verdict))
        else:
            _model_explanation(target, target_section, target_section.summary)


def _model_explanation(target: str, section: Section, summary: ExplanationSummary) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        figure(section.figures[f"{target}_importance"], "importance")
        figure(section.figures[f"{target}_beeswarm"], "beeswarm")
    with right:
        player = st.selectbox("Part of the recipe", list(PLAYERS), key=f"{target}_part", persist_state="session")
        name = f"dependence_{player.replace(' ', '_')}"
        figure(section.figures[f"{target}_{name}"], name, title=f"What the {player} adds")
        if f"{target}_chemistry" in section.figures:
            figure(section.figures[f"{target}_chemistry"], "chemistry")
    with st.expander("All of it in words, and which conclusions hang on one paper", expanded=True):
        show_lines(summary_lines(summary))
    st.caption("Contributions describe the model, not the material: associations, never causes.")
