from dataclasses import replace

import numpy as np
import pytest

from spcse_ml.data.dataset import TrainingRows, literature
from spcse_ml.evaluation.permutation import permuted
from spcse_ml.explanation.review_statements import (
    AS_IT_IS,
    DIRECTIONS,
    NOTHING,
    PTFE_IS_DRY,
    Finding,
    aliased,
    changes,
    findings,
    statement_trial,
)
from spcse_ml.schema import RETENTION

pytestmark = pytest.mark.integration

NAMES = [direction.name for direction in DIRECTIONS]


@pytest.fixture(scope="module")
def rows() -> TrainingRows:
    """Return the published rows that tell a retention."""
    return literature().training_rows(RETENTION)


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
    ("share", "survives", "has_skill", "answer"),
    [
        (0.98, -1.0, True, "agrees"),
        (0.97, -1.0, True, "cannot tell"),
        (0.98, 1.0, True, "cannot tell"),
        (0.98, -1.0, False, "cannot tell"),
    ],
)
def test_a_direction_is_stated_only_when_all_three_hold(
    share: float,
    survives: float,
    has_skill: bool,  # noqa: FBT001
    answer: str,
) -> None:
    one = Finding("x", "x", -1, -5.0, -9.0, -1.0, share, {"61": survives, "63": -2.0}, has_skill)
    assert one.answer == answer
    assert replace(one, expected=1).answer == answer.replace("agrees", "disagrees")


def test_a_change_is_the_mean_after_less_the_mean_before(rows: TrainingRows) -> None:
    """Outcomes that do not depend on the recipe give no change in any direction."""
    flat = np.full((1, len(rows.outcomes)), 40.0)
    assert changes(rows, RETENTION, np.arange(len(rows.outcomes)), flat)[0] == pytest.approx(0, abs=1e-6)


def test_a_change_of_nothing_is_not_stated() -> None:
    one = Finding("x", "x", 1, 0.0, 0.0, 0.0, 1.0, {"61": 0.0, "63": 0.0}, has_skill=True)
    assert one.answer == "cannot tell"


def test_the_aliased_design_is_dry_exactly_where_ptfe_is(rows: TrainingRows) -> None:
    record = statement_trial(rows, RETENTION, NOTHING, PTFE_IS_DRY, 1)
    assert (record.design, record.n) == (PTFE_IS_DRY, 1)
    recipes = aliased(rows).recipes
    assert ((recipes["binder"] == "PTFE") == (recipes["method"] == "dry binder laminating")).all()
    assert len(recipes) < 31


def test_on_made_up_outcomes_a_planted_direction_is_found_and_noise_is_not(rows: TrainingRows) -> None:
    content = statement_trial(rows, RETENTION, "more binder", AS_IT_IS, 4)
    assert content.right >= 1
    assert content.wrong == 0
    assert content.n_unfounded_possible == 4 * 3  # of the others only the template, by the polymer it brings, is there
    nothing = statement_trial(rows, RETENTION, NOTHING, AS_IT_IS, 4)
    assert (nothing.right, nothing.wrong, nothing.unfounded) == (0, 0, 0)
    assert nothing.n_unfounded_possible == 4 * len(NAMES)
