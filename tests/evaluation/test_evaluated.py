from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.dataset import OWN_BATCH, joined, own_rows
from spcse_ml.data.literature import literature
from spcse_ml.data.validation import formulation
from spcse_ml.errors import InputError
from spcse_ml.evaluation.evaluated import ANSWER_COLUMNS, ModelPair
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.models.lab_effect import WITH_PROCESS
from spcse_ml.models.model import NEAR_OWN, learn
from spcse_ml.schema import RETENTION, THICKNESS
from tests.models.test_lab_effect import SLURRY, own_frame, with_gaps

DRY = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}


def test_conductivity_follows_from_the_powder_and_resistance_from_the_planned_thickness(
    released_pair: ModelPair,
) -> None:
    row = released_pair.predict([formulation(**DRY, sigma_p_ms_cm=2.0, planned_thickness_um=40)]).iloc[0]
    assert row["sigma_m_ms_cm"] == pytest.approx(2.0 * row["retention_percent"] / 100)
    assert row["areal_resistance_ohm_cm2"] == pytest.approx(40e-4 / (row["sigma_m_ms_cm"] * 1e-3))
    assert row["areal_resistance_low_ohm_cm2"] == pytest.approx(40e-4 / (row["sigma_m_high_ms_cm"] * 1e-3))
    assert row["areal_resistance_low_ohm_cm2"] < row["areal_resistance_high_ohm_cm2"]


def test_what_cannot_be_told_stays_blank(released_pair: ModelPair) -> None:
    row = released_pair.predict([formulation(**DRY)]).iloc[0]
    told_elsewhere = {"domain_reason", "domain_codes", "measured_retention_percent", "interval_holds_measured",
                      "donor_number", "claimed_otherwise", "remarks", "remark_codes", "as_written"}  # fmt: skip
    assert {*row.index} | told_elsewhere == {*ANSWER_COLUMNS, "domain_reasons"}
    assert row["sulfide_family"] == "argyrodite"
    assert np.isnan([row["sigma_m_ms_cm"], row["areal_resistance_ohm_cm2"]]).all()


def test_a_plasticizer_or_a_network_puts_a_recipe_outside_and_makes_no_interval_narrower(
    released_pair: ModelPair,
) -> None:
    plain, plasticised, network = released_pair.predict(
        [
            formulation(**DRY),
            formulation(**DRY, plasticizer="Pyr14TFSI", plasticizer_wt_percent=1),
            formulation(**{**DRY, "binder": "PEGDA, cured in place"}, binder_class="cured network"),
        ]
    ).to_dict("records")
    assert (plain["domain"], plasticised["domain"], network["domain"]) == ("inside", "outside", "outside")
    assert [reason.code for reason in plasticised["domain_reasons"]] == ["plasticizer-not-in-training"]
    assert plasticised["retention_low_percent"] <= plain["retention_low_percent"]
    assert plasticised["thickness_high_um"] >= plain["thickness_high_um"]


def test_a_row_is_answered_alike_alone_and_in_company(released_pair: ModelPair) -> None:
    other = formulation(sulfide="LGPS", method="slurry", binder="PEO", binder_wt_percent=10, solvent="ACN")
    together = released_pair.predict([formulation(**DRY), other])
    pd.testing.assert_frame_equal(together.iloc[[0]], released_pair.predict([formulation(**DRY)]), check_dtype=False)
    assert together["broken_rules"][1] == "donor-number-decomposes; tan-yellow; tan-xrd"


@pytest.mark.parametrize(
    ("gap", "domain", "codes"),
    [
        (250, "edge", set()),
        (900, "outside", {("process-value-beyond-range", (100.0, 400.0))}),
        (None, "edge", {("process-value-not-given", ())}),
    ],
)
def test_a_thickness_that_is_told_warns_of_what_its_own_rows_do_not_hold(
    released_pair: ModelPair, gap: float | None, domain: str, codes: set[Any]
) -> None:
    model = learn(with_gaps().training_rows(THICKNESS), THICKNESS, (f"median{WITH_PROCESS}",))
    useful = replace(released_pair.thickness, model=model, verdict=Verdict.USEFUL)
    recipe = formulation(**SLURRY, binder_wt_percent=2, blade_gap_um=gap)
    told = replace(released_pair, thickness=useful).predict([recipe]).iloc[0]
    of_thickness = [reason for reason in told["domain_reasons"] if reason.target == "thickness"]
    gaps = {(reason.code, reason.known) for reason in of_thickness if reason.column == "blade_gap_um"}
    assert (told["domain"], gaps) == (domain, codes)
    blind = released_pair.predict([recipe]).iloc[0]
    assert not [reason for reason in blind["domain_reasons"] if reason.column == "blade_gap_um" or reason.target]


def test_hiding_own_rows_changes_no_number() -> None:
    """Own films filled by slurry make dry ones with so much polymer an odd case; published rows alone find no fault."""
    own = with_gaps().own.assign(binder="PTFE", binder_wt_percent=80.0, solvent="toluene")
    model = learn(replace(with_gaps(), own=own).training_rows(THICKNESS), THICKNESS, ("ridge",))
    asked = [
        formulation(sulfide="Li6PS5Cl", method=method, binder="PTFE", binder_wt_percent=content, solvent=solvent)
        for method, solvent in (("dry", None), ("slurry", "toluene"))
        for content in (0.5, 20, 60, 80)
    ]
    shown, hidden = (model.predict(asked, shows_own=shows) for shows in (True, False))
    pd.testing.assert_frame_equal(shown.drop(columns="domain_reasons"), hidden.drop(columns="domain_reasons"))
    for row in hidden.itertuples():
        assert bool(row.domain_reasons) == (row.domain != "inside")
        assert all(reason.among != "training" for reason in row.domain_reasons)


def test_a_level_beyond_the_papers_is_refused(released_pair: ModelPair) -> None:
    with pytest.raises(InputError) as refused:
        released_pair.predict([formulation(**DRY)], level=0.99)
    (fault,) = refused.value.faults
    assert (fault.code, fault.column, dict(fault.values)["n_papers"]) == ("level-not-supported", "level", 28)


def test_a_membrane_that_may_keep_nothing_has_no_upper_end_of_its_resistance(released_pair: ModelPair) -> None:
    asked = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 20, "solvent": "DMF"}
    told = released_pair.predict([formulation(**asked, sigma_p_ms_cm=3, planned_thickness_um=40)]).iloc[0]
    assert told["retention_low_percent"] == 0
    assert np.isinf(told["areal_resistance_high_ohm_cm2"])
    assert told["areal_resistance_low_ohm_cm2"] == pytest.approx(40 / 10 / told["sigma_m_high_ms_cm"])


@pytest.mark.parametrize(
    ("changed", "status", "shown", "hidden"),
    [
        ({}, "inside", None, None),
        ({"binder_wt_percent": 3}, "edge", ("content-far-from-known", (7.77, 8.88, 9.99), "training"),
         ("content-not-reported", (), "published")),
        ({"method": "dry", "solvent": None}, "edge",
         ("binder-not-by-method", ("skeleton templating", "slurry coating"), "training"),
         ("binder-not-by-method", ("skeleton templating",), "published")),
        ({"solvent": "heptane"}, "edge", ("solvent-not-in-training", (), "training"),
         ("solvent-not-in-training", (), "published")),
    ],
)  # fmt: skip
def test_reasons_tell_of_published_rows_alone_where_own_ones_are_not_shown(
    pair_with_own: ModelPair, changed: dict[str, Any], status: str, shown: Any, hidden: Any
) -> None:
    recipe = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 8, "solvent": "toluene"}
    asked = [formulation(**recipe | changed)]
    told, without = (pair_with_own.predict(asked, shows_own=shows).iloc[0] for shows in (True, False))
    assert told.drop("domain_reasons").equals(without.drop("domain_reasons"))
    assert told["domain"] == status
    for row, expected in ((told, shown), (without, hidden)):
        reasons = [(reason.code, reason.known, reason.among) for reason in row["domain_reasons"]]
        assert expected in reasons or (expected is None and not reasons)
    assert not any(secret in str(without["domain_reasons"]) for secret in ("7.77", "8.88", "9.99"))


def test_own_batches_of_one_recipe_do_not_narrow_the_intervals_of_everything_else() -> None:
    """Twenty alike had made half of the published rows fall out of their own intervals."""
    published = literature().training_rows(RETENTION)
    batches = [f"B{number}" for number in range(20)]
    own = own_frame(20, binder_wt_percent=2.0, retention_percent=np.linspace(47, 53, 20), **{OWN_BATCH: batches})
    rows = joined(published, own_rows(own, RETENTION))
    alone, with_own = (learn(one, RETENTION, ("constrained_ridge",)) for one in (published, rows))
    assert with_own.papers_calibration.n_papers == alone.calibration.n_papers == 28
    recipes = with_own.as_inputs(rows.recipes).iloc[: len(published.outcomes)]
    told = with_own.predict(recipes)
    away = ~told[NEAR_OWN].to_numpy()
    assert away.sum() > 20
    held = (told["low"] <= published.outcomes) & (published.outcomes <= told["high"])
    assert held[away].mean() >= 0.85
    widths = [(one["high"] - one["low"]).mean() for one in (told[away], alone.predict(published.recipes)[away])]
    assert widths[0] > 0.8 * widths[1]
