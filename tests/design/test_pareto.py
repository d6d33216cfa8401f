import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from spcse_ml.design.pareto import ALIKE, BLOCK, OBJECTIVES, front, undominated
from spcse_ml.design.screen import View
from spcse_ml.reports.plots.design import front_page

EVERYONE = View(inside_only=False, with_broken=True, with_thin=True)


def by_hand(costs: np.ndarray) -> list[bool]:
    return [not any((other <= one).all() and (other < one).any() for other in costs) for one in costs]


@given(
    st.integers(1, 4).flatmap(
        lambda width: arrays.arrays(float, st.tuples(st.integers(0, 40), st.just(width)), elements=st.integers(0, 5))
    )
)
def test_the_front_is_what_comparing_each_with_each_gives_ties_and_all(costs: np.ndarray) -> None:
    assert undominated(costs).tolist() == by_hand(costs)


@pytest.mark.parametrize("width", [2, 3, 4])
def test_many_points_give_the_same_front_as_comparing_each_with_each(width: int) -> None:
    costs = np.random.default_rng(width).normal(size=(2 * BLOCK + 100, width))
    costs[::7] = costs[1::7][: len(costs[::7])]
    assert undominated(costs).tolist() == by_hand(costs)


def candidates(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    retention = rng.integers(10, 90, n).astype(float)
    return pd.DataFrame({
        "number": np.arange(n), "retention_percent": retention, "retention_low_percent": retention - 5,
        "retention_high_percent": retention + 9, "binder_content_wt_percent": rng.integers(0, 20, n),
        "cost_per_kg": np.where(rng.random(n) < 0.1, np.nan, rng.integers(0, 90, n)), "domain": "inside",
        "broken_rules": "", "recipe": "LPSCl, dry, PTFE <b>", "sigma_p_source": "",
    })  # fmt: skip


def test_the_front_of_all_parts_is_that_of_the_whole_and_counts_those_alike() -> None:
    whole, objectives = candidates(3000, 0), [OBJECTIVES[name] for name in ("retention", "binder-content", "cost")]
    parts = [whole.iloc[start : start + 400] for start in range(0, len(whole), 400)]
    one, many = front([whole], objectives, EVERYONE), front(parts, objectives, EVERYONE)
    pd.testing.assert_frame_equal(one.table.reset_index(drop=True), many.table.reset_index(drop=True))
    assert one.unknown == many.unknown == {"cost": one.n_unknown}
    assert one.n_unknown == many.n_unknown == whole["cost_per_kg"].isna().sum() > 0
    known = whole[whole["cost_per_kg"].notna()]
    costs = known[["retention_percent", "binder_content_wt_percent", "cost_per_kg"]].to_numpy() * [-1, 1, 1]
    assert one.table[ALIKE].sum() == sum(by_hand(costs))
    assert set(one.table["number"]) <= set(known.loc[by_hand(costs), "number"])


def test_the_page_carries_its_script_and_asks_nothing_of_any_network() -> None:
    objectives = [OBJECTIVES[name] for name in ("retention", "binder-content", "cost")]
    page = front_page(front([candidates(500, 1)], objectives, EVERYONE).table, objectives)
    tags = re.findall(r"<(?:script|link|img|iframe|object|source)\b[^>]*>", page)
    outside = [tag for tag in tags if re.search(r"(?:src|href|data)\s*=", tag)]
    assert outside == []
    assert len(page) > 10**6
    assert "Plotly.newPlot" in page
    assert "retention (%), higher is better" in page
    assert '"arrayminus"' in page
