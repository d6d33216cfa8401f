"""The front of a screen as a page of its own: points to point at, with everything inside the file."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.design.consequences import GIVEN
from spcse_ml.design.tradeoffs import Objective

_BLUE, _FAINT = "#0072B2", "rgba(0, 114, 178, 0.25)"


def front_page(table: pd.DataFrame, objectives: Sequence[Objective]) -> str:
    """Return an HTML page that draws the first two objectives, colours by the third and sizes by the fourth.

    Open points stand on the published range of a family of powders. The script is inside; the page asks nothing of any
    network.
    """
    page = front_figure(table, objectives).to_html(
        include_plotlyjs=True, include_mathjax=False, full_html=True, div_id="front",
        config={"displaylogo": False, "showSendToCloud": False, "topojsonURL": "", "plotlyServerURL": ""},
    )  # fmt: skip
    return str(page)


def front_figure(table: pd.DataFrame, objectives: Sequence[Objective]) -> Any:
    """Return the front as a plotly figure, interval ends as faint bars and in words when pointed at."""
    from plotly import graph_objects  # noqa: PLC0415 - half a second that only this page needs

    across, up = objectives[:2]
    figure = graph_objects.Figure(
        graph_objects.Scatter(
            x=table[across.column], y=table[up.column], error_x=_bars(table, across), error_y=_bars(table, up),
            mode="markers", marker=_marker(table, objectives), text=_texts(table, objectives), hoverinfo="text",
        )
    )  # fmt: skip
    names = ", ".join(one.name.replace("-", " ") for one in objectives)
    figure.update_layout(
        template="simple_white", title=f"What no other candidate beats: {names}", hoverlabel={"align": "left"},
        xaxis=_axis(table, across), yaxis=_axis(table, up), height=640,
    )  # fmt: skip
    return figure


MANY_TIMES = 30
"""A greatest value so many times the least one is drawn on a logarithmic axis."""


def _axis(table: pd.DataFrame, objective: Objective) -> dict[str, Any]:
    low, high = table[objective.column].min(), table[objective.column].max()
    scale = {"type": "log"} if high > MANY_TIMES * low > 0 else {"rangemode": "tozero"}
    return {"title": objective.label, **scale}


def _bars(table: pd.DataFrame, objective: Objective) -> dict[str, Any] | None:
    low, high = objective.ends
    if not low:
        return None
    value = table[objective.column]
    return {
        "type": "data", "symmetric": False, "arrayminus": value - table[low],
        "array": (table[high] - value).replace(np.inf, None), "color": _FAINT, "thickness": 1.5, "width": 0,
    }  # fmt: skip


def _marker(table: pd.DataFrame, objectives: Sequence[Objective]) -> dict[str, Any]:
    """Return the look of the points: open where the published range of a family stands in for a powder."""
    stands_in = any("resistance" in one.name for one in objectives) & (table["sigma_p_source"] != GIVEN)
    marker: dict[str, Any] = {"size": 9, "color": _BLUE, "symbol": np.where(stands_in, "circle-open", "circle")}
    if len(objectives) > 2:  # noqa: PLR2004 - a third one has no axis
        title = {"text": objectives[2].label, "side": "right"}
        marker |= {"color": table[objectives[2].column], "colorscale": "Viridis", "colorbar": {"title": title}}
    if len(objectives) > 3:  # noqa: PLR2004 - nor has a fourth
        values = table[objectives[3].column]
        marker["size"] = 6 + 14 * (values - values.min()) / max(float(values.max() - values.min()), 1e-12)
    return marker


def _texts(table: pd.DataFrame, objectives: Sequence[Objective]) -> list[str]:
    return ["<br>".join(_text(row, objectives)) for row in table.to_dict("records")]


def _text(row: dict[Any, Any], objectives: Sequence[Objective]) -> list[str]:
    values = [f"{one.name.replace('-', ' ')} {row[one.column]:.3g}{_ends(row, one)} {one.unit}" for one in objectives]
    rules = [f"breaks {row['broken_rules']}"] if row["broken_rules"] else []
    powder = [f"powder: {row['sigma_p_source']}"] if any("resistance" in one.name for one in objectives) else []
    return [f"<b>{row['recipe']}</b>", *values, f"recipe {row['domain']}", *rules, *powder]


def _ends(row: dict[Any, Any], objective: Objective) -> str:
    low, high = objective.ends
    return f" ({row[low]:.3g} to {row[high]:.3g})" if low else ""
