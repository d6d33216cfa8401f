from dataclasses import replace

import numpy as np
import pytest

from benchmarks.robustness.statements import (
    AS_IT_IS,
    DIRECTIONS,
    PTFE_IS_DRY,
    aliased,
    changes,
    findings,
    is_firm,
    statement_trial,
)
from spcse_ml.data.dataset import TrainingRows
from spcse_ml.evaluation.permutation import permuted
from spcse_ml.evaluation.robustness import NOTHING
from spcse_ml.schema import RETENTION

pytestmark = pytest.mark.integration

NAMES = [direction.name for direction in DIRECTIONS]


def test_an_effect_against_the_review_is_learnt_and_said_to_disagree(rows: TrainingRows) -> None:
    """The witness is free: where templates help in the outcomes, it says so."""
    has_template = rows.recipes["template"].notna().to_numpy()
    noise = np.random.default_rng(0).normal(0, 2, len(has_template))
    made = replace(rows, outcomes=np.where(has_template, 80.0, 30.0) + noise)
    found = {one.name: one for one in findings(made, RETENTION)}
    assert found["a template"].answer == "disagrees"
    assert found["a template"].change > 20
    assert found["a template"].low > 0


def test_of_noise_nothing_is_stated(rows: TrainingRows) -> None:
    made = replace(rows, outcomes=permuted(rows, 11))
    assert {one.answer for one in findings(made, RETENTION)} == {"cannot tell"}


def test_the_real_rows_agree_on_content_and_template_and_cannot_tell_of_salts(rows: TrainingRows) -> None:
    found = {one.name: one.answer for one in findings(rows, RETENTION)}
    assert found["more binder"] == found["a template"] == "agrees"
    assert found["a lithium salt"] == "cannot tell"


@pytest.mark.parametrize(
    ("change", "share", "without", "is_stated"),
    [(-5.0, 0.98, -1.0, True), (-5.0, 0.97, -1.0, False), (-5.0, 0.98, 1.0, False), (0.0, 1.0, 0.0, False)],
)
def test_a_direction_is_stated_only_with_steady_signs_and_without_each_heavy_paper(
    change: float,
    share: float,
    without: float,
    is_stated: bool,  # noqa: FBT001
) -> None:
    assert is_firm(np.array(change), np.array(share), np.array([without, -2.0])) == is_stated


def test_a_change_is_the_mean_after_less_the_mean_before(rows: TrainingRows) -> None:
    """Outcomes that do not depend on the recipe give no change in any direction."""
    flat = np.full((1, len(rows.outcomes)), 40.0)
    assert changes(rows, RETENTION, np.arange(len(rows.outcomes)), flat)[0] == pytest.approx(0, abs=1e-6)


def test_the_aliased_design_is_dry_exactly_where_ptfe_is(rows: TrainingRows) -> None:
    record = statement_trial(rows, RETENTION, NOTHING, PTFE_IS_DRY, 1)
    assert (record.design, record.n) == (PTFE_IS_DRY, 1)
    recipes = aliased(rows).recipes
    assert ((recipes["binder"] == "PTFE") == (recipes["method"] == "dry binder laminating")).all()
    assert len(recipes) < 31


def test_on_made_up_outcomes_a_simulated_direction_is_found_and_noise_is_not(rows: TrainingRows) -> None:
    content = statement_trial(rows, RETENTION, "more binder", AS_IT_IS, 4)
    assert content.right >= 1
    assert content.wrong == 0
    assert content.n_unfounded_possible == 4 * 3  # of the others only the template, by the polymer it brings, is there
    nothing = statement_trial(rows, RETENTION, NOTHING, AS_IT_IS, 4)
    assert (nothing.right, nothing.wrong, nothing.unfounded) == (0, 0, 0)
    assert nothing.n_unfounded_possible == 4 * len(NAMES)
