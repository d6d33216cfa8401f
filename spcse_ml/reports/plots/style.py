"""What figures are made of: colours, a blank sheet, dots, intervals; and the image that a figure becomes.

Colours are those of Okabe and Ito, "Color Universal Design" (2008), safe for colour-blind readers.
"""

import io
import re
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spcse_ml.schema import Method

BLUE, SKY, ORANGE, GREEN, PURPLE = "#0072B2", "#56B4E9", "#D55E00", "#009E73", "#CC79A7"
GREY, PALE, FAINT, INK, PAPER = "#777777", "#BBBBBB", "#BBD6E8", "#000000", "#ffffff"
METHOD_COLOURS = {Method.SLURRY.value: BLUE, Method.DRY.value: ORANGE, Method.SKELETON.value: GREEN}
METHOD_MARKS = {Method.SLURRY.value: "o", Method.DRY.value: "s", Method.SKELETON.value: "^"}
DASHED: dict[str, Any] = {"c": GREY, "lw": 1, "ls": "--"}
"""A line to compare with."""
WIDTH_IN = 140 / 25.4
"""A column and a half of a journal page, 140 mm."""

AT_NIGHT = {INK: "#fafafa", PAPER: "#191919", BLUE: "#4fa8e0", GREY: "#9a9a9a", PALE: "#8a8a8a", FAINT: "#2f4a5c"}
"""Colours that a dark page asks for in place of those of print; the others can be seen on both."""


def blank(height_in: float) -> tuple[Figure, Axes]:
    """Return an empty figure of the width of all, with one pair of axes."""
    figure, [axes] = panels(height_in)
    return figure, axes


def panels(height_in: float, n_rows: int = 1, n_columns: int = 1, **options: Any) -> tuple[Figure, list[Axes]]:
    """Return an empty figure of the width of all, with its axes row by row."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    all_axes = list(figure.subplots(n_rows, n_columns, squeeze=False, **options).flat)
    for axes in all_axes:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, all_axes


def by_method(axes: Axes, x: Any, y: Any, methods: Iterable[str], **options: Any) -> None:
    """Draw dots whose colour and shape tell the method."""
    x, y, methods = np.asarray(x, dtype=float), np.asarray(y, dtype=float), np.asarray(methods)
    for method, colour in METHOD_COLOURS.items():
        mask = methods == method
        look = {"c": colour, "marker": METHOD_MARKS[method], "edgecolors": "white", "label": method, **options}
        axes.scatter(x[mask], y[mask], **look)


def named(axes: Axes, names: Sequence[str], *, size: float = 8) -> None:
    """Name the places 0, 1, 2 ... from below; a $ in a name is a $, no formula."""
    axes.set_yticks(range(len(names)), names, fontsize=size, parse_math=False)


def titled(axes: Axes, title: str, *, size: float = 9) -> None:
    """Set the title; a $ in it is a $, no formula."""
    axes.set_title(title, fontsize=size, parse_math=False)


def note(axes: Axes, text: str, at: tuple[float, Any], *, apart: tuple[float, float] = (4, -3), **options: Any) -> None:
    """Write a few words beside a point, so many points apart."""
    axes.annotate(text, at, xytext=apart, textcoords="offset points", **{"fontsize": 8, **options})


_DRAWING_LOCK = threading.Lock()
"""Matplotlib's settings and fonts are those of the whole process: figures are drawn in turn."""


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG image of 200 dots per inch."""
    return _drawn(figure, format="png", dpi=200)


def svg(figure: Figure, **options: Any) -> bytes:
    """Return a figure as an SVG image, the same for the same figure, its text as text."""
    return _drawn(figure, format="svg", metadata={"Date": None}, **options)


def _drawn(figure: Figure, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with _DRAWING_LOCK, rc_context({"svg.fonttype": "none", "svg.hashsalt": "spcse_ml"}):
        figure.savefig(buffer, **options)
    return buffer.getvalue()


def themed(figure: Figure) -> str:
    """Return a figure as an SVG image without a ground, whose ink is dark on a light page and light on a dark one.

    A browser asks the page in which the image stands whether it is light or dark.
    """
    drawn = svg(figure, transparent=True).decode()
    drawn = drawn[drawn.index("<svg") :]
    for colour in AT_NIGHT:
        drawn = re.sub(colour, f"var(--{colour[1:].lower()})", drawn, flags=re.IGNORECASE)
    day, night = (
        " ".join(f"--{name[1:].lower()}: {colour};" for name, colour in zip(AT_NIGHT, colours, strict=True))
        for colours in (AT_NIGHT, AT_NIGHT.values())
    )
    style = f"svg {{ fill: var(--000000); {day} }} @media (prefers-color-scheme: dark) {{ svg {{ {night} }} }}"
    return drawn.replace("<defs>", f"<style>{style}</style><defs>", 1)
