import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from spcse_ml.chemistry.compatibility import broken_rules
from spcse_ml.data.dataset import frame_of
from spcse_ml.design.blocks import ALLOW, BAN, DENY, DISSOLVES, MELTS, NO_ROOM, Removal
from spcse_ml.design.declaration import Declared, default_text, patterns
from spcse_ml.design.space import DesignSpace, design_space
from spcse_ml.errors import InputError
from spcse_ml.schema import Formulation, Method
from tests.refusals import refused

SMALL = """
sulfides = ["LPSCl", "Li10GeP2S12", "Li3PS4"]
binders = ["PTFE", "PEO", "NBR"]
templates = ["PE", "PI nonwoven"]
solvents = ["toluene", "ethanol", "ACN", "XYL + IBIB (1:1)"]
template_wt_percent = [10, 60]
planned_thickness_um = 40
allow = [{ method = "dry" }, { sulfide = ["LPSCl", "Li3PS4"] }]
deny = [{ binder = "PEO", solvent = ["ACN", "toluene"] }, { sulfide = "Li3PS4", template = "PE" },
        { method = "skeleton", binder = "none", solvent = "none" }]
[binder_wt_percent]
slurry = [1, 5]
dry = [0.5]
skeleton = [2, 50]
[rules]
ban = ["tan-yellow"]
ignore = ["ptfe-lithium"]
[dissolves]
NBR = ["toluene"]
[sigma_p_ms_cm]
LPSCl = 3.2
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> DesignSpace:
    path = tmp_path_factory.mktemp("space") / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return design_space(path)


def by_hand() -> dict[tuple[Any, ...], set[Removal]]:
    """Return every recipe of the lists of SMALL with what takes it away, one by one and in no clever way."""
    found = {}
    contents = {Method.SLURRY: (1.0, 5.0), Method.DRY: (0.5,), Method.SKELETON: (2.0, 50.0)}
    for method, sulfide, binder, template, solvent in itertools.product(
        Method, ("Li6PS5Cl", "Li10GeP2S12", "Li3PS4"), (None, "PTFE", "PEO", "NBR"),
        (None, "PE perforated film", "PI nonwoven"),
        (None, "toluene", "ethanol", "acetonitrile", "xylene + isobutyl isobutyrate (0.5:0.5)"),
    ):  # fmt: skip
        for content, other in itertools.product(
            contents[method] if binder else (None,), (10.0, 60.0) if template else (None,)
        ):
            names = {"sulfide": sulfide, "method": method, "binder": binder, "template": template, "solvent": solvent}
            try:
                Formulation(**names)
            except ValidationError:
                continue
            reasons = {
                Removal(ALLOW): not (method is Method.DRY or sulfide in {"Li6PS5Cl", "Li3PS4"}),
                Removal(DENY, 0):
                    binder == "PEO" and solvent in {"acetonitrile", "toluene"},
                Removal(DENY, 1):
                    sulfide == "Li3PS4" and template == "PE perforated film",
                Removal(DENY, 2):
                    method is Method.SKELETON and binder is None and solvent is None,
                Removal(BAN, "tan-yellow"): solvent == "acetonitrile",
                Removal(DISSOLVES): binder == "NBR" and solvent not in {None, "toluene"},
                Removal(MELTS, 400.0): template == "PE perforated film" and solvent == "ethanol",
                Removal(NO_ROOM): (content or 0) + (other or 0) >= 100,
            }  # fmt: skip
            key = (method.value, sulfide, binder, content, template, other, solvent)
            found[key] = {reason for reason, applies in reasons.items() if applies}
    return found


def test_a_space_holds_what_the_lists_make_less_what_they_take_away_each_recipe_once(small: DesignSpace) -> None:
    known = by_hand()
    frame = small.frame(small.decoded(np.arange(small.size))).astype(object)
    names = ["method", "sulfide", "binder", "binder_wt_percent", "template", "template_wt_percent", "solvent"]
    rows = [tuple(row) for row in frame[names].where(frame[names].notna(), None).to_numpy()]
    assert len(set(rows)) == len(rows) == small.size
    assert set(rows) == {row for row, reasons in known.items() if not reasons}


def test_what_each_list_takes_away_is_counted_for_itself_and_exactly(small: DesignSpace) -> None:
    known = by_hand()
    counted = {reason: sum(reason in reasons for reasons in known.values()) for reason in small.survey.removed}
    assert dict(small.survey.removed) == counted
    assert small.survey.n_before == len(known)
    assert set().union(*known.values()) == set(small.survey.removed)


def test_candidates_are_recipes_as_a_user_would_give_them_and_rules_are_marked(small: DesignSpace) -> None:
    numbers = small.sample(60, seed=1)
    recipes = [small.candidate(int(number)) for number in numbers]
    decoded = small.decoded(numbers)
    pd.testing.assert_frame_equal(small.frame(decoded), frame_of(recipes))
    for recipe, broken in zip(recipes, small.broken_rules(decoded), strict=True):
        asked = [rule.name for rule in broken_rules(recipe) if rule.name != "ptfe-lithium"]
        assert broken == "; ".join(asked)
    assert {recipe.sigma_p_ms_cm for recipe in recipes if recipe.sulfide == "Li6PS5Cl"} == {3.2}
    assert {recipe.planned_thickness_um for recipe in recipes} == {40.0}
    everything = small.broken_rules(small.decoded(np.arange(small.size)))
    assert small.n_breaking()[""] == (everything != "").sum()
    for rule in ("tan-severe", "donor-number-decomposes"):
        assert small.n_breaking()[rule] == sum(rule in names.split("; ") for names in everything)


def test_samples_are_seeded_without_repetition_and_at_most_everything(small: DesignSpace) -> None:
    assert small.sample(20, 3).tolist() == small.sample(20, 3).tolist() != small.sample(20, 4).tolist()
    assert small.sample(10**9).tolist() == list(range(small.size))
    with pytest.raises(IndexError, match=f"0 to {small.size - 1}"):
        small.candidate(small.size)


def test_a_trillion_recipes_are_counted_and_decoded_without_being_listed(tmp_path: Path) -> None:
    grid = [round(0.01 * step, 2) for step in range(1, 3001)]
    text = f"template_wt_percent = {grid[:1000]}\n[binder_wt_percent]\nslurry = {grid}\ndry = {grid}\nskeleton = {grid}"
    (tmp_path / "huge.toml").write_text(text, encoding="utf-8")
    huge = design_space(tmp_path / "huge.toml")
    assert huge.size > 10**12
    assert huge.candidate(huge.size - 1).method is Method.SKELETON
    assert len({huge.candidate(int(number)) for number in huge.sample(20)}) == 20


def test_what_a_method_allows_is_what_the_schema_does_not_refuse() -> None:
    assert patterns(Method.SLURRY) == (("binder", "solvent"),)
    assert set(patterns(Method.SKELETON)) == {
        ("template",), ("template", "solvent"), ("binder", "template"), ("binder", "template", "solvent"),
    }  # fmt: skip


def test_the_default_holds_every_catalogued_substance_and_reads_itself(tmp_path: Path) -> None:
    (tmp_path / "copy.toml").write_text(default_text(), encoding="utf-8")
    default, copy = design_space(), design_space(tmp_path / "copy.toml")
    assert default.declared.fingerprint == copy.declared.fingerprint
    assert (len(default.declared.sulfides), len(default.declared.solvents)) == (20, 61)
    assert default.survey.removed[Removal(MELTS, 400.0)] > 0
    again = DesignSpace(Declared.model_validate(default.declared.plain()))
    assert again.candidate(10**6) == default.candidate(10**6)


def test_every_fault_of_a_file_is_told_in_one_error_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(
        'sulfides = ["LPSCL", "gold"]\nbinders = "some"\ncolour = 3\nchunk = 0\ntemplate_wt_percent = [5, "a", 120]\n'
        'deny = [{ binder = "PTFEE" }, { sulfides = "LPSCl" }]\n[rules]\nban = ["tan"]\n[heat]\nhot = 3\n'
        '[cost_per_kg]\ngold = 3\nPTFE = -1\n[sigma_p_ms_cm]\nLPSCl = 99\n[dissolves]\nPEO = "ACN"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as refused:
        design_space(tmp_path / "bad.toml")
    faults = refused.value.faults
    keys = {"colour", "heat.hot", "sulfides", "binders", "rules.ban", "deny", "dissolves.PEO", "cost_per_kg",
            "cost_per_kg.PTFE", "sigma_p_ms_cm.LPSCl", "template_wt_percent", "chunk"}  # fmt: skip
    assert {(fault.file, fault.column) for fault in faults} == {("bad.toml", key) for key in keys}
    assert "above 0 and at most 40 mS/cm" in {fault.allowed for fault in faults}
    codes = {(fault.code, fault.column, fault.given) for fault in faults}
    assert codes > {("unknown-name", "deny", "PTFEE"), ("not-a-line-of-the-list", "deny", "{'sulfides': 'LPSCl'}"),
                    ("unknown-rule", "rules.ban", "tan"), ("unknown-material", "cost_per_kg", "gold"),
                    ("not-a-number", "template_wt_percent", "a")}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "column", "code"),
    [
        ("binders = [", "", "not-toml"),
        ("binders = []\ntemplates = []", "", "empty-space"),
        ("deny = [{}]", "deny", "not-a-line-of-the-list"),
        ("chunk = true", "chunk", "not-a-number"),
        ("[cost_per_kg]\nPTFE = inf", "cost_per_kg.PTFE", "not-finite"),
        ("heat = 3", "heat", "not-a-table"),
    ],
)
def test_a_file_that_cannot_be_a_space_is_refused(tmp_path: Path, text: str, column: str, code: str) -> None:
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        design_space(tmp_path / "bad.toml")
    assert [(fault.code, fault.column) for fault in refused.value.faults] == [(code, column)]
    with pytest.raises(InputError):
        design_space(tmp_path / "none.toml")


def test_lines_that_a_file_leaves_out_of_a_table_stay_as_in_the_default(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        "[heat]\nprocess_c = 50\n[binder_wt_percent]\n'dry binder laminating' = [1]\n"
        "[rules]\nignore = ['ptfe-lithium']\n"
    )
    mine, default = design_space(tmp_path / "mine.toml").declared, design_space(None).declared
    assert (mine.heat.process_c, mine.heat.recrystallisation_c) == (50, 400)
    assert mine.binder_wt_percent == {**default.binder_wt_percent, "dry binder laminating": [1]}
    assert (mine.rules.ban, mine.rules.ignore) == (default.rules.ban, ["ptfe-lithium"])


@pytest.mark.parametrize("table", [
    "[binder_wt_percent]\ndry = [1]\n'dry binder laminating' = [2]", "[cost_per_kg]\nLPSCl = 1\nLi6PS5Cl = 2",
    "[sigma_p_ms_cm]\nLPSCl = 1\nLi6PS5Cl = 2", "[dissolves]\nPEO = ['toluene']\n'poly(ethylene oxide)' = ['THF']",
])  # fmt: skip
def test_two_names_of_one_thing_in_a_table_are_refused(tmp_path: Path, table: str) -> None:
    (tmp_path / "mine.toml").write_text(table)
    with refused("named-twice"):
        design_space(tmp_path / "mine.toml")
