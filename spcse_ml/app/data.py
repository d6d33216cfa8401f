"""Data: the published membranes as a chart to point at and a table."""

import pandas as pd
import streamlit as st

from spcse_ml.app.shared import chart, download, escaped, table
from spcse_ml.reports.plots.interactive import membranes_figure
from spcse_ml.workflows.data import layers, literature_csv, membranes

FILTERS = ("method", "sulfide", "binder", "solvent")
HEADINGS = ("ref", "paper", "method", "sulfide", "binder", "binder wt%", "template", "template wt%", "solvent",
            "σm mS/cm", "σm/σp %", "µm")  # fmt: skip


def show() -> None:
    """Draw the tab."""
    known = membranes()
    chosen = known
    for column, name in zip(st.columns(len(FILTERS)), FILTERS, strict=True):
        names = sorted(set(known[name]) - {""})
        if selected := column.multiselect(
            name.capitalize(), names, key=f"only_{name}", persist_state="session", placeholder="all", select_all=False
        ):
            chosen = chosen[chosen[name].isin(selected)]
    drawn = chosen.dropna(subset=["polymer_wt_percent", "retention_percent"])
    n_apart = len(chosen) - len(drawn)
    st.markdown(
        f"**{len(chosen)} of {len(known)} membranes**, checked against their papers. Point at one to see its paper "
        "and what was corrected in the print; large ones are thick. "
        f"{n_apart} without a content or retention are below."
    )
    chart(membranes_figure(chosen), "Retention against polymer content of the membranes in the table below, by method")
    table(chosen[list(HEADINGS)])
    annotated = chosen[(chosen["corrections"] != "") | (chosen["note"] != "")][["ref", "paper", "corrections", "note"]]
    if len(annotated):
        with st.expander("What was corrected in the print, and notes", expanded=True):
            st.table(annotated.map(escaped).set_index("ref"))
    _show_layers(chosen)
    download("Download all as CSV", literature_csv(), "literature.csv")


def _show_layers(chosen: pd.DataFrame) -> None:
    """Show the layers of the membrane that is picked: print, corrected, checked, and what is claimed otherwise."""
    labels = {
        row["place"]: f"{row['place']} [{row['ref']}] {row['sulfide']}, {row['binder'] or row['template']}"
        for row in chosen.to_dict("records")
    }
    picked = st.selectbox(
        "Layers of one membrane: print, corrected from the review, checked against the papers",
        list(labels),
        format_func=labels.__getitem__,
        key="layers_of",
    )
    if picked is not None:
        st.table(layers(picked).map(escaped).set_index("column"))
