"""The entry that Streamlit runs, anew for every press; `spcse-ml ui` starts it."""

import streamlit as st

from spcse_ml.errors import SpcseError
from spcse_ml.interfaces.page import design, explore, lab, matters, predict, trust
from spcse_ml.interfaces.page.shared import pair, refuse

TABS = {
    "Predict": predict.show,
    "Explore": explore.show,
    "What matters": matters.show,
    "Trust": trust.show,
    "Design": design.show,
    "My lab": lab.show,
}

STYLE = """<style>
.block-container { padding: 1.2rem 2rem 3rem; max-width: 1500px; }
[data-testid="stImage"] img { border-radius: 6px; }
[data-testid="stHeader"] { display: none; }
</style>"""


def main() -> None:
    """Draw the page: a tab is worked out when it is opened."""
    st.set_page_config(page_title="spcse_ml", page_icon=":material/layers:", layout="wide")
    st.html(STYLE)
    st.markdown("#### spcse_ml: which membrane to make next?")
    try:
        pair()
    except SpcseError as error:
        refuse(error)
        return
    tabs = st.tabs(list(TABS), key="tab", on_change="rerun", bind="query-params")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                _drawn(draw)


def _drawn(draw: object) -> None:
    try:
        draw()  # type: ignore[operator]
    except SpcseError as error:
        refuse(error)


main()
