import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spcse_ml.design.pareto import ALIKE, OBJECTIVES, Front
from spcse_ml.design.screen import CHANCE, Attribution
from spcse_ml.explanation.neighbours import Neighbour
from spcse_ml.reports.messages.design import candidates_text, counted, front_lines, objective_text
from spcse_ml.reports.plots.design import LABELLED, front_figure, front_page

RESISTANCE = [OBJECTIVES["retention"], OBJECTIVES["areal-resistance"]]


def front_of(n: int) -> Front:
    table = pd.DataFrame({
        "recipe": [f"Li6PS5Cl, dry, PTFE <{place}>" for place in range(n)], "retention_percent": np.linspace(80, 40, n),
        "retention_low_percent": 0.0, "retention_high_percent": 99.0,
        "areal_resistance_ohm_cm2": np.linspace(9, 2, n), "areal_resistance_low_ohm_cm2": 1.0,
        "areal_resistance_high_ohm_cm2": np.inf, "domain": "inside", "broken_rules": "", "sigma_p_source": "given",
        ALIKE: 1,
    })  # fmt: skip
    return Front(table, 30, 14, {"areal-resistance": 14, "cost": 3})


def test_who_is_left_out_is_told_with_the_objective_that_is_not_known_and_its_cure() -> None:
    first, left_out = counted(front_of(2), RESISTANCE)
    assert first == "2 of 30 candidates are on the Pareto front"
    assert left_out.startswith("left out: 14 of unknown areal resistance; give the conductivity of its powder")
    assert "cost" not in left_out
    both = counted(front_of(1), [*RESISTANCE, OBJECTIVES["cost"]])
    assert "1 of 30 candidates is" in both[0]
    assert "areal resistance or cost" in both[1]
    assert "[cost_per_kg]" in both[1]
    assert len(counted(replace(front_of(2), n_unknown=0), RESISTANCE)) == 1


def test_an_end_without_limit_is_told_in_the_words_of_predict() -> None:
    row = front_of(1).table.iloc[0].to_dict()
    assert objective_text(row, RESISTANCE[1], ends=True) == "areal resistance 9 (1 to no limit) Ω cm²"
    near = Neighbour("51", "Li6PS5Cl, dry, PTFE", 60.0, 55.0, 40.0, 70.0, 0.1, False, (), "A, J 2022", "", ())
    recipe = {"method": "dry binder laminating", "sulfide": "Li6PS5Cl", "binder": "PTFE", "binder_wt_percent": 1.0}
    absent = dict.fromkeys(("template", "template_wt_percent", "solvent"))
    reasons = {"domain_reasons": (), "no_resistance_code": "", "minimum": None, "neighbour": near}
    listed = {**reasons, **recipe, **absent, "attribution": Attribution({**recipe, **absent}, {"binder": 3.0}),
              CHANCE: 0.5, "number": 1}  # fmt: skip
    shown = candidates_text(pd.DataFrame([{**row, **listed}]))
    assert shown["areal resistance (Ω cm²)"].tolist() == ["9 (1 to no limit)"]
    assert list(shown)[:3] == ["recipe", "retention (%)", "areal resistance (Ω cm²)"]
    assert shown["contributions"].tolist() == ["binder +3.0 (PTFE)"]
    assert shown["nearest"].tolist() == ["[51] Li6PS5Cl, dry, PTFE: measured retention 60 % (A, J 2022; distance 0.10)"]


@pytest.mark.parametrize(("n", "has_labels"), [(1, True), (2, True), (LABELLED, True), (LABELLED + 1, False)])
def test_the_points_of_a_short_front_are_named_and_all_can_be_pointed_at(n: int, has_labels: bool) -> None:  # noqa: FBT001
    drawn = front_figure(front_of(n).table, RESISTANCE).data[0]
    assert (drawn.text is not None) == has_labels
    assert [text.partition("<br>")[0] for text in drawn.hovertext] == [
        f"<b>Li6PS5Cl, dry, PTFE &lt;{place}&gt;</b>" for place in range(n)
    ]
    if has_labels:
        assert list(drawn.text) == [f"Li6PS5Cl, dry, PTFE &lt;{place}&gt;" for place in range(n)]


def test_the_page_of_a_front_has_its_caption_and_what_is_told_below() -> None:
    found = front_of(2)
    page = front_page(found.table, RESISTANCE, front_lines(found, RESISTANCE))
    below = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "retention maximised, areal resistance minimised" in below
    assert "left out: 14 of unknown areal resistance" in below
    assert "Li6PS5Cl, dry, PTFE &lt;1&gt;" in below
    assert "<1>" not in below
