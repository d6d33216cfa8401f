import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spcse_ml.chemistry.powders import published_conductivity
from spcse_ml.design.consequences import costs_per_kg, refuse_unknown, resistances
from spcse_ml.design.minimum_content import LEAST, is_thin
from spcse_ml.design.screen import (
    POWDER,
    RANKINGS,
    Question,
    View,
    best,
    jobs,
    listed,
    scored,
    scored_chunk,
    with_consequences,
)
from spcse_ml.design.space import DesignSpace, design_space
from spcse_ml.errors import InputError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.reports.messages.design import listed_text
from spcse_ml.reports.messages.predictions import CONTRADICTS

QUESTION = Question(50.0)
LISTS = """
sulfides = ["LPSCl", "Li10GeP2S12", "Li7P3S11"]
binders = ["PTFE", "PEO", "ethyl cellulose"]
templates = ["PE", "nylon mesh"]
solvents = ["toluene", "XYL", "DMF"]
planned_thickness_um = 40
chunk = 300
[cost_per_kg]
LPSCl = 1000
PEO = 100
PE = 10
[sigma_p_ms_cm]
LPSCl = 3.2
"""


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> DesignSpace:
    path = tmp_path_factory.mktemp("space") / "small.toml"
    path.write_text(LISTS, encoding="utf-8")
    return design_space(path)


@pytest.fixture(scope="module")
def parts(space: DesignSpace, released_pair: ModelPair) -> list[pd.DataFrame]:
    return [scored_chunk(job) for job in jobs(released_pair.retention.model, space, QUESTION, range(space.n_chunks))]


def test_a_screen_says_of_a_recipe_what_predict_says(
    space: DesignSpace, parts: list[pd.DataFrame], released_pair: ModelPair
) -> None:
    numbers = space.sample(80)
    recipes = [space.candidate(int(number)).model_copy(update={"planned_thickness_um": None}) for number in numbers]
    asked = released_pair.predict(recipes)
    told = pd.concat(parts, ignore_index=True).iloc[numbers].reset_index(drop=True)
    assert told["number"].tolist() == numbers.tolist()
    for name in ("retention_percent", "retention_low_percent", "retention_high_percent"):
        np.testing.assert_allclose(told[name], asked[name], rtol=1e-6)
    assert told["domain"].tolist() == asked["domain"].tolist()
    assert told["broken_rules"].tolist() == asked["broken_rules"].tolist()
    likely = told["retention_percent"] > QUESTION.threshold_percent
    assert ((told["chance"] > 0.5) == likely).all()


def test_chunks_belong_to_the_space_and_together_are_all_of_it(
    space: DesignSpace, parts: list[pd.DataFrame], released_pair: ModelPair
) -> None:
    everyone = scored(released_pair.retention.model, space, QUESTION, space.decoded(np.arange(space.size)))
    together = pd.concat(parts, ignore_index=True)
    assert len(parts) == space.n_chunks > 3
    for name in everyone.columns:
        if everyone[name].dtype.kind == "f":
            np.testing.assert_allclose(together[name], everyone[name], rtol=1e-6)
        else:
            assert together[name].tolist() == everyone[name].tolist()


@pytest.mark.parametrize("ranking", list(RANKINGS))
def test_the_best_of_all_parts_is_that_of_the_whole_and_equal_ones_keep_their_order(
    parts: list[pd.DataFrame], ranking: str
) -> None:
    whole = pd.concat(parts, ignore_index=True)
    view = View(ranking, top=30, inside_only=False, with_broken=True, with_thin=True)
    keys = list(dict.fromkeys([RANKINGS[ranking], "retention_percent", "number"]))
    wanted = whole.sort_values(keys, ascending=[name == "number" for name in keys])
    found = best(parts, view)
    assert found.numbers.tolist() == wanted["number"].head(30).tolist()
    assert found.n_scored == len(whole)
    assert sum(found.n_hidden.values()) == 0


def test_what_is_hidden_is_counted_once_and_why(parts: list[pd.DataFrame]) -> None:
    whole = pd.concat(parts, ignore_index=True)
    found = best(parts, View(top=10**6))
    is_far, is_broken = whole["domain"] != "inside", whole["broken_rules"] != ""
    thin = is_thin(whole) & ~is_far & ~is_broken
    wanted = {"domain": is_far.sum(), "broken_rules": (is_broken & ~is_far).sum(), LEAST: thin.sum()}
    assert {name: n for name, n in found.n_hidden.items() if n} == wanted
    assert sorted(found.numbers) == whole.loc[~is_far & ~is_broken & ~thin, "number"].tolist()
    assert len(best(parts, View(top=10**6, with_broken=True, with_thin=True)).numbers) == (~is_far).sum()


def test_much_less_binder_than_any_of_its_kind_is_marked_counted_and_hidden(
    parts: list[pd.DataFrame],
) -> None:
    whole = pd.concat(parts, ignore_index=True)
    is_dry, is_cellulosic = whole["method"] == "dry binder laminating", whole["binder"] == "ethyl cellulose"
    least = whole.loc[is_dry & is_cellulosic].groupby("binder_wt_percent")[LEAST].first()
    assert least[least.notna()].to_dict() == {0.2: 2.0, 0.5: 2.0, 1.0: 2.0}
    assert whole.loc[is_dry & (whole["binder"] == "PTFE"), LEAST].isna().all()  # published with as little
    thin = is_thin(whole)
    assert set(whole.loc[thin & is_dry & is_cellulosic, "binder_wt_percent"]) == {0.2, 0.5}
    found = best(parts, View(top=10**6, inside_only=False, with_broken=True))
    assert found.n_hidden[LEAST] == thin.sum() > 0
    assert not set(found.numbers) & set(whole.loc[thin, "number"])


def test_what_the_space_tells_of_powders_ranks_and_an_unknown_one_is_counted(
    space: DesignSpace, parts: list[pd.DataFrame]
) -> None:
    told = [with_consequences(space.declared, part) for part in parts]
    whole, view = pd.concat(told, ignore_index=True), View("conductivity", top=50, inside_only=False, with_broken=True)
    found, resisting = best(told, view), best(told, replace(view, ranking="resistance"))
    sigmas = whole["sigma_m_ms_cm"].to_numpy()[found.numbers]
    assert (np.diff(sigmas) <= 0).all()
    assert sigmas[0] == np.nanmax(whole["sigma_m_ms_cm"][~is_thin(whole)])
    resistances_ = whole["areal_resistance_ohm_cm2"].to_numpy()[resisting.numbers]
    np.testing.assert_allclose(resistances_, 40e-4 / (sigmas / 1e3), rtol=1e-5)
    assert found.n_hidden[POWDER] == ((whole["sulfide"] == "Li7P3S11") & ~is_thin(whole)).sum() > 0


def test_ranking_by_what_the_space_does_not_tell_is_refused_with_what_to_fill(space: DesignSpace) -> None:
    refuse_unknown(space.declared, "resistance")
    without_powder = space.declared.model_copy(update={"sigma_p_ms_cm": {}})
    refuse_unknown(without_powder, "conductivity")  # published powders stand in for two of three
    for change, ranking, code in (
        ({"planned_thickness_um": None}, "resistance", "no-planned-thickness"),
        ({"sulfides": ["Li7P3S11", "Li5.5PS4.5Cl1.5"]}, "conductivity", "unknown-powder"),
    ):
        with pytest.raises(InputError) as refused:
            refuse_unknown(space.declared.model_copy(update=change), ranking)
        assert [(fault.code, fault.column, fault.given) for fault in refused.value.faults] == [(code, "rank", ranking)]


def test_a_recipe_that_was_published_outside_its_interval_says_so(released_pair: ModelPair, tmp_path: Path) -> None:
    path = tmp_path / "cellulose.toml"
    path.write_text('sulfides = ["LPSCl"]\nmethods = ["slurry"]\nbinders = ["ethyl cellulose"]\n'
                    'solvents = ["toluene"]\n', encoding="utf-8")  # fmt: skip
    small = design_space(path)
    table = listed(released_pair.retention, small, QUESTION, np.arange(small.size))
    same = [neighbour.is_same_recipe for neighbour in table["neighbour"]]
    texts = listed_text(table)["nearest_membrane"]
    in_words = {"domain_reason", "reason", "nearest_membrane", "no_resistance", "thin", "recipe"}
    assert set(listed_text(table)) - set(table) == in_words, "a text has not the name of a field"
    for (_, row), text in zip(table.iterrows(), texts, strict=True):
        is_out = not row["retention_low_percent"] <= 98.8 <= row["retention_high_percent"]  # [41+42] of Table 1
        is_remarked = text.endswith(CONTRADICTS)
        assert is_remarked == (row["binder_wt_percent"] == 2 and is_out)
    assert sum(same) == 1


def test_the_listed_ones_are_told_with_reason_neighbour_and_resistance(
    space: DesignSpace, parts: list[pd.DataFrame], released_pair: ModelPair
) -> None:
    found = best(parts, View(top=4, with_broken=True))
    table = listed(released_pair.retention, space, QUESTION, found.numbers)
    first = table.iloc[0]
    assert table["number"].tolist() == found.numbers.tolist()
    assert first["binder"] == "PTFE"
    assert first["broken_rules"] == "ptfe-lithium"
    assert first["attribution"].points["binder content"] > 0
    assert len(first["attribution"].points) <= 3
    assert np.all(np.diff(np.abs([*first["attribution"].points.values()])) <= 0)
    assert first["neighbour"].references
    assert first["no_resistance_code"] == ""
    asked = released_pair.predict([space.candidate(int(first["number"]))]).iloc[0]
    ends = {"": "areal_resistance_ohm_cm2", "_low": "areal_resistance_low_ohm_cm2"}
    assert first["sigma_p_source"] == "given"
    for name in ends.values():
        assert first[name] == pytest.approx(asked[name], rel=1e-6)


def test_where_no_powder_is_given_the_published_range_stands_in_and_says_so(
    space: DesignSpace, parts: list[pd.DataFrame]
) -> None:
    known = published_conductivity("Li10GeP2S12", "LGPS")
    assert known is not None
    lgps = pd.concat(parts)
    lgps = lgps[(lgps["sulfide"] == "Li10GeP2S12") & (lgps["retention_low_percent"] == 0)]
    assert np.isinf(resistances(space.declared, lgps)["areal_resistance_high_ohm_cm2"]).all()
    everyone = resistances(space.declared, pd.DataFrame({
        "sulfide": ["Li10GeP2S12", "Li7P3S11"], "retention_percent": [50.0, 50.0],
        "retention_low_percent": [25.0, 25.0], "retention_high_percent": [100.0, 100.0],
    }))  # fmt: skip
    assert len(lgps)
    assert everyone["sigma_p_source"].tolist() == ["Li10GeP2S12", ""]
    value, low, high = everyone.iloc[0, :3]
    assert value == pytest.approx(40e-4 / (known.median_ms_cm / 1e3 * 0.5))
    assert low == pytest.approx(40e-4 / (known.high_quartile_ms_cm / 1e3))
    assert high == pytest.approx(40e-4 / (known.low_quartile_ms_cm / 1e3 * 0.25))
    assert everyone.iloc[1, :3].isna().all()


def test_a_membrane_costs_what_its_parts_cost_by_weight_and_nothing_is_guessed(space: DesignSpace) -> None:
    recipes = pd.DataFrame({
        "sulfide": ["Li6PS5Cl", "Li6PS5Cl", "Li10GeP2S12", "Li6PS5Cl"], "binder": ["PEO", "PTFE", "PEO", None],
        "binder_wt_percent": [10.0, 10.0, 10.0, np.nan], "template": [None, None, None, "PE perforated film"],
        "template_wt_percent": [np.nan, np.nan, np.nan, 20.0],
    })  # fmt: skip
    costs = costs_per_kg(space.declared, recipes)
    assert costs[[0, 3]].tolist() == pytest.approx([0.9 * 1000 + 0.1 * 100, 0.8 * 1000 + 0.2 * 10])
    assert np.isnan(costs[1:3]).all()


_PEAK = """
import sys
from pathlib import Path
from spcse_ml.design.screen import Question
from spcse_ml.design.space import design_space
from spcse_ml.workflows.screen import View, listing, screen
space, folder = design_space(Path(sys.argv[1])), Path(sys.argv[2])
pair, _ = screen(space, folder, Question(50.0), store=Path("none"))
listing(space, folder, Question(50.0), View(), pair)
print(space.size, Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


@pytest.mark.thorough
def test_a_million_candidates_take_no_more_memory_than_a_hundred_thousand(tmp_path: Path) -> None:
    peaks = {}
    for name, solvents in (("small", '["toluene", "XYL", "THF", "DMF"]'), ("large", '"all"')):
        text = f'sulfides = ["LPSCl", "Li3PS4"]\nsolvents = {solvents}\nchunk = 20000\n'
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        words = [sys.executable, "-c", _PEAK, str(tmp_path / f"{name}.toml"), str(tmp_path / name)]
        told = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
        size, peak = (int(word) for word in told.split())
        peaks[size] = peak
    (small, low), (large, high) = sorted(peaks.items())
    assert large > 10**6
    assert large > 8 * small
    assert high < 1.1 * low, peaks
