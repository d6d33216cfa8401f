"""The entry that Streamlit runs, anew for every press; `spcse-ml ui` starts it."""

from collections.abc import Callable

import streamlit as st

from spcse_ml.app import data, design, evaluation, explain, lab, predict, runs
from spcse_ml.app.shared import pair, refuse
from spcse_ml.errors import SpcseError

TABS = {
    "Predict": predict.show,
    "Design": design.show,
    "Lab": lab.show,
    "Data": data.show,
    "Evaluation": evaluation.show,
    "Explanation": explain.show,
    "Runs": runs.show,
}

# Names of tabs in addresses that somebody may have kept; Streamlit would draw a text that stands alone.
FORMER_TABS = {"Explore": "Data", "What matters": "Explanation", "Trust": "Evaluation", "My lab": "Lab"}

# The page follows the machine's choice of light or dark; Streamlit's own greys are too faint for small text.
STYLE = """<style>
.block-container { padding: 0.6rem 2rem 3rem; max-width: 1500px; }
[data-testid="stHeader"], [data-testid="stHeaderActionElements"] { display: none; }
[data-testid="stImage"] img { border-radius: 6px; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] * {
  color: inherit !important; opacity: 1 !important; }
.stPlotlyChart :is(.xtick text, .ytick text, .xtitle, .ytitle, .legendtext, .colorbar text, .textpoint text) {
  fill: currentColor !important; }
[data-testid="stMarkdownContainer"] pre, [data-testid="stMarkdownContainer"] pre * {
  white-space: pre-wrap !important; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) {
  [data-testid="stBaseButton-primary"]:enabled p, [data-tag] * { color: #0B1A26 !important; } }
</style>"""


def main() -> None:
    """Draw the page: a tab is worked out when it is opened."""
    st.set_page_config(page_title="spcse_ml", layout="wide")
    st.html(STYLE)
    st.markdown("#### spcse_ml: which membrane to make next?")
    try:
        pair()
    except SpcseError as error:
        refuse(error)
        return
    if (former := st.query_params.get("tab")) in FORMER_TABS:
        st.session_state.setdefault("tab", FORMER_TABS[former])
    tabs = st.tabs(list(TABS), key="tab", on_change="rerun", bind="query-params")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                _drawn(draw)


def _drawn(draw: Callable[[], None]) -> None:
    try:
        draw()
    except SpcseError as error:
        refuse(error)


if __name__ == "__main__":
    main()
