"""Figure of the window in which a slurry gives a good film."""

from collections.abc import Mapping
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spcse_ml.data.film_rows import CLASSES, CONDITIONS, NAMES
from spcse_ml.data.membrane import FilmClass
from spcse_ml.evaluation.film_verdict import FilmEvaluation
from spcse_ml.models.film_classes import FilmModel
from spcse_ml.models.film_features import WINDOW
from spcse_ml.reports.messages.film import map_text, verdict_line
from spcse_ml.reports.plots.style import GREEN, GREY, INK, ORANGE, PAPER, PURPLE, blank, titled

LOOKS: Mapping[str, tuple[str, str]] = {
    FilmClass.UNIFORM.value: (GREEN, "o"), FilmClass.UNEVEN.value: (PURPLE, "s"),
    FilmClass.CRACKED.value: (ORANGE, "^"), FilmClass.NO_FILM.value: (INK, "x"),
}  # fmt: skip
"""Colour and shape of the films of each class."""

STEPS, MARGIN = 70, 0.12
"""Points of the map along each side, and how far it goes beyond the films, as a share of what they span."""

APART = 0.02
"""How far films of one slurry stand apart, as a share of the width."""

_LEGEND: dict[str, Any] = {
    "loc": "outside lower center",
    "ncols": 4,
    "frameon": False,
    "fontsize": 7,
    "columnspacing": 1.0,
}

LEVELS = np.arange(0, 1.01, 0.1)


def window_figure(model: FilmModel, evaluation: FilmEvaluation, film: pd.DataFrame, *, by_conditions: bool) -> Figure:
    """Return the probability of the best class over solids and binder content, own films on it.

    Where a slurry is extrapolated it is hatched; films of one slurry stand side by side. Without skill the films stand
    alone.

    Args:
        model: what the films teach.
        evaluation: the verdict on it.
        film: the other conditions, a frame of one row; blanks count as typical.
        by_conditions: whether probabilities are drawn.
    """
    figure, axes = blank(4.2)
    if by_conditions:
        _draw_probabilities(figure, axes, model, film)
    _draw_films(axes, model, film)
    (left, right), (low, high) = (_limits(model, name) for name in WINDOW)
    axes.set(xlim=(left, right), ylim=(low, high), yscale="log")
    axes.set_xlabel("solids in the slurry (wt%)")
    axes.set_ylabel("binder in the dry membrane (wt%)")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:.2g}")
    axes.tick_params(which="both", labelsize=8)
    cells = {str(name): value for name, value in film.iloc[0].to_dict().items() if name not in WINDOW}
    drawn_for = [verdict_line(evaluation), *([map_text(model, cells)] if by_conditions else [])]
    titled(axes, "\n".join(fill(line, 90) for line in drawn_for), size=7)
    figure.legend(title=_legend_title(model, _has_other_names(model, film)), title_fontsize=7, **_LEGEND)
    return figure


def _legend_title(model: FilmModel, is_other: np.ndarray) -> str:
    n_lacking = int(model.films[list(WINDOW)].isna().any(axis=1).sum())
    parts = ["own films", "hollow: another sulfide, binder or solvent" if is_other.any() else "",
             f"{n_lacking} without solids or binder content not shown" if n_lacking else ""]  # fmt: skip
    return "; ".join(filter(None, parts))


def _has_other_names(model: FilmModel, film: pd.DataFrame) -> np.ndarray:
    """Return which own films have another sulfide, binder or solvent than the one that is given."""
    is_other = np.zeros(len(model.films), dtype=bool)
    for name in NAMES:
        is_other |= (not pd.isna(film[name].iloc[0])) & (model.films[name] != film[name].iloc[0]).to_numpy()
    return is_other


def _draw_films(axes: Axes, model: FilmModel, film: pd.DataFrame) -> None:
    """Draw the own films, hollow where they have other names."""
    solids, binder, is_other = _side_by_side(model), model.films[WINDOW[1]].to_numpy(), _has_other_names(model, film)
    for kind, (colour, mark) in LOOKS.items():
        mask = (model.films["film_class"] == kind).to_numpy()
        if not mask.any():
            continue
        look: dict[str, Any] = {"c": colour}
        if mark != "x":
            edges = np.where(is_other[mask], colour, PAPER)
            look = {"facecolors": np.where(is_other[mask], "none", colour), "edgecolors": edges}
        axes.scatter(solids[mask], binder[mask], marker=mark, s=42, linewidths=0.8, label=kind, zorder=3, **look)


def _draw_probabilities(figure: Figure, axes: Axes, model: FilmModel, film: pd.DataFrame) -> None:
    (left, right), (low, high) = (_limits(model, name) for name in WINDOW)
    across, up = np.meshgrid(np.linspace(left, right, STEPS), np.geomspace(low, high, STEPS))
    cells = {name: film[name].iloc[0] for name in CONDITIONS if name not in WINDOW}
    grid = pd.DataFrame({WINDOW[0]: across.ravel(), WINDOW[1]: up.ravel(), **cells}).reindex(columns=list(CONDITIONS))
    good = model.probabilities(grid)[:, 0].reshape(across.shape)
    shades = axes.contourf(across, up, good, levels=LEVELS, cmap="Blues", alpha=0.75, zorder=0)
    lines = axes.contour(across, up, good, levels=[0.5], colors=INK, linewidths=0.9, zorder=1)
    axes.clabel(lines, fmt="%.1f", fontsize=7)
    beyond = model.is_extrapolated(grid).reshape(across.shape).astype(float)
    if beyond.any():
        axes.contourf(across, up, beyond, levels=[0.5, 1.5], colors="none", hatches=["////"], zorder=2)
        axes.contour(across, up, beyond, levels=[0.5], colors=GREY, linewidths=0.6, zorder=2)
    bar = figure.colorbar(shades, ax=axes, ticks=LEVELS[::2])
    bar.set_label(f"probability: {CLASSES[0]}", fontsize=9)
    bar.ax.tick_params(labelsize=8)


def _side_by_side(model: FilmModel) -> np.ndarray:
    """Return where films stand along the solids: those of one slurry beside each other."""
    low, high = _limits(model, WINDOW[0])
    of_slurry = model.films.groupby(list(WINDOW), dropna=False)
    places = of_slurry.cumcount() - (of_slurry["id"].transform("size") - 1) / 2
    return np.asarray(model.films[WINDOW[0]] + APART * (high - low) * places)


def _limits(model: FilmModel, name: str) -> tuple[float, float]:
    low, high = model.span(name)
    if name == WINDOW[1]:
        factor = (high / low) ** MARGIN
        return low / factor, min(high * factor, 99.0)
    room = MARGIN * (high - low)
    return max(low - room, 0.5), min(high + room, 99.5)
