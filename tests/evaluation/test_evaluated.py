from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.validation import formulation
from spcse_ml.errors import InputError
from spcse_ml.evaluation.evaluated import ANSWER_COLUMNS, ModelPair, answer
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.models.lab_effect import WITH_PROCESS
from spcse_ml.models.model import learn
from spcse_ml.schema import THICKNESS
from tests.models.test_lab_effect import SLURRY, with_gaps

DRY = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}


def test_conductivity_follows_from_the_powder_and_resistance_from_the_planned_thickness(
    released_pair: ModelPair,
) -> None:
    row = answer(released_pair, [formulation(**DRY, sigma_p_ms_cm=2.0, planned_thickness_um=40)]).iloc[0]
    assert row["sigma_m_ms_cm"] == pytest.approx(2.0 * row["retention_percent"] / 100)
    assert row["areal_resistance_ohm_cm2"] == pytest.approx(40e-4 / (row["sigma_m_ms_cm"] * 1e-3))
    assert row["areal_resistance_low_ohm_cm2"] == pytest.approx(40e-4 / (row["sigma_m_high_ms_cm"] * 1e-3))
    assert row["areal_resistance_low_ohm_cm2"] < row["areal_resistance_high_ohm_cm2"]


def test_what_cannot_be_told_stays_blank(released_pair: ModelPair) -> None:
    row = answer(released_pair, [formulation(**DRY)]).iloc[0]
    assert list(row.index) == list(ANSWER_COLUMNS)
    assert np.isnan([row["sigma_m_ms_cm"], row["areal_resistance_ohm_cm2"]]).all()


def test_a_row_is_answered_alike_alone_and_in_company(released_pair: ModelPair) -> None:
    other = formulation(sulfide="LGPS", method="slurry", binder="PEO", binder_wt_percent=10, solvent="ACN")
    together = answer(released_pair, [formulation(**DRY), other])
    pd.testing.assert_frame_equal(together.iloc[[0]], answer(released_pair, [formulation(**DRY)]), check_dtype=False)
    assert together["broken_rules"][1] == "donor-number-decomposes; tan-yellow; tan-xrd"


@pytest.mark.parametrize(
    ("gap", "domain", "reason"),
    [
        (250, "edge", ""),
        (900, "outside", "for the thickness: blade_gap_um: 900; your rows hold 100 to 400"),
        (None, "edge", "for the thickness: blade_gap_um: not given; your rows tell it"),
    ],
)
def test_a_thickness_that_is_told_warns_of_what_its_own_rows_do_not_hold(
    released_pair: ModelPair, gap: float | None, domain: str, reason: str
) -> None:
    model = learn(with_gaps().training_rows(THICKNESS), THICKNESS, (f"median{WITH_PROCESS}",))
    useful = replace(released_pair.thickness, model=model, verdict=Verdict.USEFUL)
    recipe = formulation(**SLURRY, binder_wt_percent=2, blade_gap_um=gap)
    told = answer(replace(released_pair, thickness=useful), [recipe]).iloc[0]
    assert (told["domain"], reason in told["domain_reason"]) == (domain, True)
    blind = answer(released_pair, [recipe]).iloc[0]
    assert "blade_gap_um" not in blind["domain_reason"]


def test_a_level_beyond_the_papers_is_refused(released_pair: ModelPair) -> None:
    with pytest.raises(InputError, match="29 papers cannot support this level"):
        answer(released_pair, [formulation(**DRY)], level=0.99)


def test_a_membrane_that_may_keep_nothing_has_no_upper_end_of_its_resistance(released_pair: ModelPair) -> None:
    asked = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 20, "solvent": "DMF"}
    told = answer(released_pair, [formulation(**asked, sigma_p_ms_cm=3, planned_thickness_um=40)]).iloc[0]
    assert told["retention_low_percent"] == 0
    assert np.isinf(told["areal_resistance_high_ohm_cm2"])
    assert told["areal_resistance_low_ohm_cm2"] == pytest.approx(40 / 10 / told["sigma_m_high_ms_cm"])


@pytest.mark.parametrize(
    ("changed", "status", "shown", "hidden"),
    [
        ({}, "inside", "", ""),
        ({"binder_wt_percent": 60}, "edge", "rows with NBR hold 7.77, 8.88, 9.99",
         "no published row with NBR tells one"),
        ({"method": "dry", "solvent": None}, "edge", "only by skeleton templating and slurry coating",
         "only by skeleton templating"),
        ({"solvent": "heptane"}, "edge", "no learnt row holds n-heptane", "no published row holds n-heptane"),
    ],
)  # fmt: skip
def test_reasons_tell_of_published_rows_alone_where_own_ones_are_not_shown(
    pair_with_own: ModelPair, changed: dict[str, Any], status: str, shown: str, hidden: str
) -> None:
    recipe = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 8, "solvent": "toluene"}
    asked = [formulation(**recipe | changed)]
    told, without = (answer(pair_with_own, asked, shows_own=shows).iloc[0] for shows in (True, False))
    assert told.drop("domain_reason").equals(without.drop("domain_reason"))
    assert told["domain"] == status
    assert shown in told["domain_reason"]
    assert hidden in without["domain_reason"]
    assert not any(secret in without["domain_reason"] for secret in ("7.77", "8.88", "9.99", "learnt row"))
