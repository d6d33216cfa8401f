"""What matters: what the model leans on over all rows, and how sure that is."""

import streamlit as st

from spcse_ml.drawing.report import Section
from spcse_ml.drawing.why_text import why_lines
from spcse_ml.interfaces.page.shared import figure, kept, pair
from spcse_ml.judging.explanation import PLAYERS
from spcse_ml.judging.verdict import in_words
from spcse_ml.storage.store import store_folder
from spcse_ml.workflows.report import section


@kept("Working out what is known of the models")
def sections(model: str) -> dict[str, Section]:  # noqa: ARG001 - another model, other sections
    """Return all that is known of the models that answer, drawn, by target."""
    return {name: section(store_folder(), judged) for name, judged in pair().by_target.items()}


def show() -> None:
    """Draw the tab."""
    for name, one in sections(pair().name).items():
        st.markdown(f"#### {name.capitalize()}")
        if one.why is None:
            st.info(in_words(one.judged.model.target, one.judged.verdict))
        else:
            _why(name, one)


def _why(target: str, one: Section) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### What it leans on, with rank intervals")
        figure(
            one.figures[f"{target}_importance"], f"Mean contribution of each part to {target}, with intervals and ranks"
        )
        figure(one.figures[f"{target}_beeswarm"], "A dot per published recipe and part, by method")
    with right:
        st.markdown("##### What one part adds")
        player = st.selectbox("Part of the recipe", list(PLAYERS), key=f"{target}_part", persist_state="session")
        drawn = one.figures[f"{target}_dependence_{player.replace(' ', '_')}"]
        figure(drawn, f"What the {player} adds, against what the recipes hold of it")
        if f"{target}_chemistry" in one.figures:
            st.markdown("##### The review's statements beside a model whose signs are free")
            figure(
                one.figures[f"{target}_chemistry"],
                "Each statement with the change that the model sees, and its interval",
            )
    with st.expander("All of it in words, and which conclusions hang on one paper", expanded=True):
        st.code("\n".join(why_lines(one.why)) if one.why else "", language=None, wrap_lines=True)
    st.caption("Contributions describe the model, not the material: associations, never causes.")
