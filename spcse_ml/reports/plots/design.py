"""The Pareto front of a screen as a page of its own: an interactive figure, with everything inside the file."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.design.consequences import USER_SOURCE
from spcse_ml.design.pareto import Objective
from spcse_ml.reports.messages.design import axis_label, objective_name, objective_text
from spcse_ml.reports.messages.powders import powder_source_text

POINT, BAR = "#2E8BC0", "#7C9DB5"
"""Of the front and of other candidates: both can be seen on white and on black."""


LABELLED = 8
"""Of a longer front the points are named on hovering, and in the lines below."""
_STYLE = "body { font: 15px/1.5 sans-serif; margin: 1rem auto; max-width: 1300px; } pre { white-space: pre-wrap; }"


def front_page(table: pd.DataFrame, objectives: Sequence[Objective], lines: Sequence[str] = ()) -> str:
    """Return an HTML page that draws the first two objectives, colours by the third and sizes by the fourth.

    Below stand the caption and the lines about the front. The script is inside; the page needs no network.
    """
    names = ", ".join(map(objective_name, objectives))
    figure = front_figure(table, objectives)
    figure.update_layout(template="simple_white", title=f"Pareto front: {names}", height=560)
    drawn = figure.to_html(
        include_plotlyjs=True,
        include_mathjax=False,
        full_html=False,
        div_id="front",
        config={"displaylogo": False, "showSendToCloud": False, "topojsonURL": "", "plotlyServerURL": ""},
    )
    head = f'<meta charset="utf-8"><title>Pareto front</title><style>{_STYLE}</style>'
    below = f"<p>{escape(front_caption(objectives))}</p><pre>{escape(chr(10).join(lines))}</pre>"
    return f"<!DOCTYPE html><html lang='en'><head>{head}</head><body>{drawn}{below}</body></html>"


def front_caption(objectives: Sequence[Objective]) -> str:
    """Return the caption of the figure of a front."""
    aims = ", ".join(
        f"{objective_name(objective)} {'maximised' if objective.is_up else 'minimised'}" for objective in objectives
    )
    front = "Each point is on the Pareto front: no other candidate is as good in all objectives and better in one"
    lines = [f"{front} ({aims}).",
             *(["Bars: prediction intervals."] if any(objective.ends[0] for objective in objectives) else []),
             *(["Open points: the published range of the same composition stands in for your powder."]
               if _has_resistance(objectives) else [])]  # fmt: skip
    return " ".join(lines)


def _has_resistance(objectives: Sequence[Objective]) -> bool:
    return any(objective.name == "areal-resistance" for objective in objectives)


def front_figure(table: pd.DataFrame, objectives: Sequence[Objective], beside: pd.DataFrame | None = None) -> Any:
    """Return the front as a plotly figure, interval ends as quiet bars and in words on hovering.

    `beside` holds other candidates, drawn as small dots to compare with.
    """
    from plotly import graph_objects  # noqa: PLC0415 - half a second that only this page needs

    across, up = objectives[:2]
    figure = graph_objects.Figure()
    drawn = [table]
    if beside is not None and {objective.column for objective in objectives} <= set(beside):
        drawn.append(beside)
        figure.add_scatter(
            x=beside[across.column],
            y=beside[up.column],
            marker={"size": 6, "color": BAR},
            **_points("others of the list", beside, objectives),
        )
    figure.add_scatter(
        x=table[across.column],
        y=table[up.column],
        error_x=_bars(table, across),
        error_y=_bars(table, up),
        marker=_marker(table, objectives),
        **_points("Pareto front", table, objectives) | _labels(table, across),
    )
    figure.update_layout(
        xaxis=_axis(pd.concat(drawn), across),
        yaxis=_axis(pd.concat(drawn), up),
        hoverlabel={"align": "left"},
        margin={"t": 50},
        showlegend=len(drawn) > 1,
        legend={"orientation": "h", "y": 1.1},
    )
    return figure


def _points(name: str, table: pd.DataFrame, objectives: Sequence[Objective]) -> dict[str, Any]:
    texts = [_hover_text(row, objectives) for row in table.to_dict("records")]
    return {"name": name, "hovertext": texts, "mode": "markers", "hoverinfo": "text"}


def _labels(table: pd.DataFrame, across: Objective) -> dict[str, Any]:
    """Return the recipe beside each point, on the side where there is room; nothing where they would be too many."""
    if len(table) > LABELLED:
        return {}
    values = table[across.column].to_numpy(dtype=float)
    low, high = values.min(), values.max()
    middle = np.sqrt(low * high) if _is_wide(low, high) else high / 2
    sides = np.where(values > middle, "left", "right")
    return {"mode": "markers+text", "text": [escape(str(recipe)) for recipe in table["recipe"]], "cliponaxis": False,
            "textposition": [f"{('top', 'bottom')[place % 2]} {side}" for place, side in enumerate(sides)],
            "textfont": {"size": 12}}  # fmt: skip


MANY_TIMES = 30
"""A greatest value so many times the least one is drawn on a logarithmic axis."""


def _axis(table: pd.DataFrame, objective: Objective) -> dict[str, Any]:
    low, high = table[objective.column].min(), table[objective.column].max()
    scale = {"type": "log", "dtick": 1} if _is_wide(low, high) else {"rangemode": "tozero"}
    return {"title": axis_label(objective), **scale}


def _is_wide(low: float, high: float) -> bool:
    return bool(high > MANY_TIMES * low > 0)


def _bars(table: pd.DataFrame, objective: Objective) -> dict[str, Any] | None:
    low, high = objective.ends
    if not low:
        return None
    value = table[objective.column]
    return {
        "type": "data", "symmetric": False, "arrayminus": value - table[low],
        "array": (table[high] - value).replace(np.inf, None), "color": BAR, "thickness": 1.5, "width": 0,
    }  # fmt: skip


def _marker(table: pd.DataFrame, objectives: Sequence[Objective]) -> dict[str, Any]:
    """Return the look of the points: open where the published range of a composition stands in for a powder."""
    stands_in = _has_resistance(objectives) & (table["sigma_p_source"] != USER_SOURCE)
    marker: dict[str, Any] = {"size": 9, "color": POINT, "symbol": np.where(stands_in, "circle-open", "circle"),
                              "line": {"width": 2}}  # fmt: skip
    if len(objectives) > 2:  # noqa: PLR2004 - a third one has no axis
        title = {"text": axis_label(objectives[2]), "side": "right"}
        marker |= {"color": table[objectives[2].column], "colorscale": "Viridis", "colorbar": {"title": title}}
    if len(objectives) > 3:  # noqa: PLR2004 - nor has a fourth
        values = table[objectives[3].column]
        marker["size"] = 6 + 14 * (values - values.min()) / max(float(values.max() - values.min()), 1e-12)
    return marker


def _hover_text(row: dict[Any, Any], objectives: Sequence[Objective]) -> str:
    values = [objective_text(row, objective, ends=True) for objective in objectives]
    rules = [f"breaks {row['broken_rules']}"] if row["broken_rules"] else []
    powder = [f"powder: {powder_source_text(row['sigma_p_source'])}"] if _has_resistance(objectives) else []
    return "<br>".join(
        [f"<b>{escape(row['recipe'])}</b>", *values, f"applicability domain: {row['domain']}", *rules, *powder]
    )
