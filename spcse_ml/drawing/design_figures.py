"""The front of a screen as a page of its own: points to point at, with everything inside the file."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from spcse_ml.design.tradeoffs import Objective

_BLUE, _FAINT = "#0072B2", "rgba(0, 114, 178, 0.15)"


def front_page(table: pd.DataFrame, objectives: Sequence[Objective]) -> str:
    """Return an HTML page that draws the first two objectives, colours by the third and sizes by the fourth.

    The script is inside; the page asks nothing of any network.
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
            mode="markers", marker=_marker(table, objectives[2:]), text=_texts(table, objectives), hoverinfo="text",
        )
    )  # fmt: skip
    names = " and ".join(one.name.replace("-", " ") for one in objectives)
    figure.update_layout(
        template="simple_white", title=f"What no other candidate beats in {names}", hoverlabel={"align": "left"},
        xaxis={"title": across.label, "rangemode": "tozero"}, yaxis={"title": up.label, "rangemode": "tozero"},
    )  # fmt: skip
    return figure


def _bars(table: pd.DataFrame, objective: Objective) -> dict[str, Any] | None:
    low, high = objective.ends
    if not low:
        return None
    value = table[objective.column]
    return {
        "type": "data", "symmetric": False, "array": table[high] - value, "arrayminus": value - table[low],
        "color": _FAINT, "thickness": 1, "width": 0,
    }  # fmt: skip


def _marker(table: pd.DataFrame, others: Sequence[Objective]) -> dict[str, Any]:
    marker: dict[str, Any] = {"size": 9, "color": _BLUE, "line": {"width": 0.5, "color": "white"}}
    if others:
        title = {"text": others[0].label, "side": "right"}
        marker |= {"color": table[others[0].column], "colorscale": "Viridis", "colorbar": {"title": title}}
    if len(others) > 1:
        values = table[others[1].column]
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
