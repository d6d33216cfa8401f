import re
from concurrent.futures import ThreadPoolExecutor

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.validation import formulation
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.explanation.shapley import PLAYERS, Explanation, explain
from spcse_ml.explanation.summary import ExplanationSummary, summarise
from spcse_ml.explanation.what_if import content_curve, solvent_curve
from spcse_ml.reports.plots.evaluation import held_out_figure
from spcse_ml.reports.plots.explanation import (
    beeswarm_figure,
    content_figure,
    dependence_figure,
    solvent_figure,
    summary_figures,
    waterfall_figure,
)
from spcse_ml.reports.plots.style import AT_NIGHT, png, svg, themed

WET = formulation(sulfide="LPSCl", method="slurry", binder="PEO", binder_wt_percent=5, solvent="toluene")


@pytest.fixture(scope="module")
def explanation(released_pair: ModelPair) -> Explanation:
    return explain(released_pair.retention.model)


def test_a_figure_is_140_mm_wide_and_the_same_twice(released_pair: ModelPair) -> None:
    first, second = (svg(held_out_figure(released_pair.retention.evaluation)) for _ in range(2))
    assert first == second
    width = float(re.search(rb'width="([\d.]+)pt"', first)[1])  # type: ignore[index]
    assert width / 72 * 25.4 == pytest.approx(140, abs=0.1)
    assert png(held_out_figure(released_pair.retention.evaluation)).startswith(b"\x89PNG")


@pytest.mark.parametrize("n_figures", [24, pytest.param(256, marks=pytest.mark.thorough)])
def test_figures_made_in_four_threads_are_those_made_in_one_and_leave_the_settings(
    released_pair: ModelPair, n_figures: int
) -> None:
    evaluation, before = released_pair.thickness.evaluation, dict(mpl.rcParams)

    def drawn(number: int) -> bytes:
        return (svg if number % 4 else png)(held_out_figure(evaluation))

    alone = [drawn(0), drawn(1)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(drawn, range(n_figures)))
    assert {number for number, image in enumerate(together) if image != alone[min(number % 4, 1)]} == set()
    assert dict(mpl.rcParams) == before


def test_on_a_page_a_figure_has_no_ground_and_its_ink_follows_light_or_dark(released_pair: ModelPair) -> None:
    drawn = themed(held_out_figure(released_pair.retention.evaluation))
    style, _, rest = drawn.partition("</style>")
    assert "@media (prefers-color-scheme: dark)" in style
    assert not [colour for colour in AT_NIGHT if colour.lower() in rest.lower()]
    assert "var(--000000)" in rest
    assert "fill: #ffffff" not in rest


def test_a_dollar_in_a_name_is_a_dollar(released_pair: ModelPair) -> None:
    recipe = WET.model_copy(update={"binder": "N$x^2$R", "binder_class": "nitrile rubber"})
    drawn = svg(waterfall_figure(explain(released_pair.retention.model, [recipe]), title="of N$x^2$R"))
    assert drawn.count(b">N$x^2$R<") == 1
    assert b">of N$x^2$R<" in drawn


def test_a_waterfall_ends_at_the_prediction_and_tells_what_the_recipe_holds(released_pair: ModelPair) -> None:
    found = explain(released_pair.retention.model, [WET])
    axes = waterfall_figure(found).axes[0]
    bars = [(bar.get_x(), bar.get_width()) for bar in axes.patches]
    assert bars[0][0] == pytest.approx(found.base_values[0])
    assert bars[-1][0] + bars[-1][1] == pytest.approx(found.predictions[0])
    labels = " ".join(label.get_text() for label in axes.get_yticklabels())
    assert "5 wt%" in labels
    assert "slurry coating, toluene" in labels


@pytest.mark.parametrize("wider", [1.0, 1.2])
def test_the_label_below_a_waterfall_stays_on_the_sheet_also_in_a_wider_letter(
    released_pair: ModelPair, wider: float
) -> None:
    long = WET.model_copy(update={"solvent": "N,N-dimethylformamide"})
    figure = waterfall_figure(explain(released_pair.retention.model, [long]))
    figure.draw_without_rendering()
    box = figure.axes[0].xaxis.label.get_window_extent()
    middle = (box.x0 + box.x1) / 2
    assert middle + wider * box.width / 2 < figure.bbox.width


def test_every_dot_of_a_beeswarm_is_a_contribution(explanation: Explanation) -> None:
    axes = beeswarm_figure(explanation).axes[0]
    drawn = np.concatenate([dots.get_offsets()[:, 0] for dots in axes.collections])
    assert sorted(drawn) == pytest.approx(sorted(explanation.contributions.to_numpy().ravel()))


@pytest.mark.parametrize("player", PLAYERS)
def test_a_dependence_shows_every_row_seen_and_unseen(explanation: Explanation, player: str) -> None:
    axes = dependence_figure(explanation, player, explanation.contributions + 1).axes[0]
    assert [len(dots.get_offsets()) for dots in axes.collections] == [30, 30]
    assert axes.get_xlabel()


def test_what_if_figures_have_the_band_the_recipe_and_the_published_rows(released_pair: ModelPair) -> None:
    model = released_pair.retention.model
    content = content_figure(content_curve(model, WET)).axes[0]
    assert content.get_xlabel() == "binder content (wt%)"
    assert sum(len(dots.get_offsets()) for dots in content.collections[1:]) == 10
    solvents = solvent_figure(solvent_curve(model, WET)).axes[0]
    assert "> toluene (0.1)" in [label.get_text() for label in solvents.get_yticklabels()]


def test_without_a_study_nothing_is_said_of_ranks_or_chemistry(explanation: Explanation) -> None:
    found = summary_figures(ExplanationSummary(explanation))
    assert set(found) == {"retention_importance", "retention_beeswarm"} | {
        f"retention_dependence_{player.replace(' ', '_')}" for player in PLAYERS
    }
    assert not found["retention_importance"].axes[0].texts


def test_a_summary_without_a_study_is_the_explanation_alone(released_pair: ModelPair) -> None:
    found = summarise(released_pair.retention)
    pd.testing.assert_frame_equal(found.explanation.contributions, explain(released_pair.retention.model).contributions)
    assert found.study is None
