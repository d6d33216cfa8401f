"""Figures to point at: the published membranes, and an interval on the scale of what may be."""

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import Any

import pandas as pd

from spcse_ml.reports.plots.style import BLUE, METHOD_COLOURS, ORANGE, SKY
from spcse_ml.schema import RETENTION, Method

MARKS = {Method.SLURRY.value: "circle", Method.DRY.value: "square", Method.SKELETON.value: "triangle-up"}
SMALLEST, LARGEST = 9, 26
"""Diameters of the points of the thinnest and the thickest membrane."""
CONTENTS = (0.2, 0.5, 1, 2, 5, 10, 20, 50)
FONT, MARGIN = {"size": 14}, {"t": 10, "b": 10, "l": 10, "r": 10}
_WIDE = 60
"""Characters of a line of what is told of a point."""


def membranes_figure(membranes: pd.DataFrame) -> Any:
    """Return retention against polymer content; colour and shape tell the method, size the thickness.

    Rows are those of `workflows.data.membranes`; those that print no retention or no content are not drawn.
    """
    from plotly import graph_objects  # noqa: PLC0415 - half a second that few need

    shown = membranes.dropna(subset=["polymer_wt_percent", "retention_percent"])
    figure = graph_objects.Figure()
    for method, colour in METHOD_COLOURS.items():
        subset = shown[shown["method"] == method]
        look = {
            "color": colour,
            "symbol": MARKS[method],
            "size": _sizes(subset["thickness_um"], shown),
            "opacity": 0.85,
        }
        figure.add_scatter(
            x=subset["polymer_wt_percent"],
            y=subset["retention_percent"],
            name=method,
            mode="markers",
            marker={**look, "line": {"color": "white", "width": 1}},
            hoverinfo="text",
            text=[_hover_text(row) for row in subset.to_dict("records")],
        )
    figure.update_layout(
        xaxis={
            "type": "log",
            "title": "binder plus template, as far as printed (wt%)",
            "tickvals": CONTENTS,
            "ticktext": [f"{content:g}" for content in CONTENTS],
        },
        yaxis={"title": "retention σm/σp (%)", "range": [0, 108]},
        hoverlabel={"align": "left"},
        height=440,
        legend={"orientation": "h", "y": 1.12, "itemsizing": "constant", "font": FONT},
        font=FONT,
        margin=MARGIN,
    )
    return figure


def _sizes(thickness: pd.Series, shown: pd.DataFrame) -> pd.Series:
    low, high = shown["thickness_um"].min(), shown["thickness_um"].max()
    share = ((thickness - low) / max(high - low, 1e-9)) ** 0.5
    sizes: pd.Series = (SMALLEST + (LARGEST - SMALLEST) * share).fillna(SMALLEST)
    return sizes


def _hover_text(row: Mapping[Any, Any]) -> str:
    recipe = ", ".join(part for part in (row["sulfide"], row["binder"], row["template"], row["solvent"]) if part)
    thickness = f", {row['µm']} µm" if row["µm"] else ""
    lines = [
        f"<b>[{row['ref']}] {row['paper']}</b>", recipe, f"measured retention {row['σm/σp %']} %{thickness}",
        f"corrected: {row['corrections']}" if row["corrections"] else "as printed",
        f"note: {row['note']}" if row["note"] else "",
    ]  # fmt: skip
    return "<br>".join("<br>".join(wrap(line, _WIDE)) for line in lines if line)


def scale_figure(answer: Mapping[str, Any], published: Sequence[Mapping[str, Any]]) -> Any:
    """Return the retention of an answer with its interval on the scale of percent, what like membranes kept below."""
    from plotly import graph_objects  # noqa: PLC0415 - as above

    value, low, high = (answer[f"retention{end}_percent"] for end in ("", "_low", "_high"))
    figure = graph_objects.Figure()
    figure.add_scatter(
        x=[low, high], y=["this recipe"] * 2, mode="lines", line={"color": SKY, "width": 16}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=[value],
        y=["this recipe"],
        mode="markers",
        marker={"color": BLUE, "size": 20, "symbol": "diamond"},
        text=[f"{value:.0f} ({low:.0f} to {high:.0f}) %"],
        hoverinfo="text",
    )
    figure.add_scatter(
        x=[near["observed"] for near in published],
        y=["nearest published"] * len(published),
        mode="markers",
        marker={"symbol": "circle-open", "size": 11, "line": {"width": 2}, "color": ORANGE},
        text=[
            f"[{near['references']}] {escape(near['recipe'])}: measured retention {near['observed']:.3g} %"
            for near in published
        ],
        hoverinfo="text",
    )
    top = max(RETENTION.ceiling or 100, high, *(near["observed"] for near in published))
    figure.update_layout(
        xaxis={"range": [0, 1.02 * top], "title": "retention σm/σp (%)"},
        yaxis={"autorange": "reversed"},
        font=FONT,
        showlegend=False,
        height=150,
        margin=MARGIN,
    )
    return figure
