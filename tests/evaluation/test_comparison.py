from dataclasses import replace

import numpy as np
import pytest

from spcse_ml.data.dataset import OWN, OWN_BATCH, Dataset, TrainingRows, own_rows
from spcse_ml.data.validation import WORDED_COLUMNS
from spcse_ml.evaluation.comparison import ESTIMATOR, compare, moves, row_changes
from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.verdict import verdict_of
from spcse_ml.models.model import learn
from spcse_ml.reports.messages.comparison import causes_text
from spcse_ml.schema import RETENTION
from tests.models.test_lab_effect import own_frame


@pytest.fixture(scope="module")
def published(few_papers: Dataset, of_few: Evaluation) -> EvaluatedModel:
    model = learn(few_papers.training_rows(RETENTION), RETENTION, ("constrained_ridge",))
    return EvaluatedModel(model, of_few, verdict_of(of_few), "")


@pytest.fixture(scope="module")
def both(few_papers: Dataset, published: EvaluatedModel) -> EvaluatedModel:
    own = own_frame(8, retention_percent=20.0)
    return learnt(Dataset(few_papers.rows, few_papers.references, own).training_rows(RETENTION), published)


def learnt(rows: TrainingRows, other: EvaluatedModel) -> EvaluatedModel:
    """Return a model of rows with the evaluation of another: what is compared here is not how it was judged."""
    return replace(other, model=learn(rows, RETENTION, ("constrained_ridge",)))


def test_rows_added_removed_and_changed_are_told_cell_by_cell(few_papers: Dataset) -> None:
    old = few_papers.training_rows(RETENTION)
    new = old.take(np.arange(1, len(old.places)))
    new = replace(new, outcomes=new.outcomes + np.eye(len(new.outcomes))[0])
    new.recipes.loc[1, "binder_wt_percent"] = 7.5
    removed, outcome, content = row_changes(old, new)
    assert (removed.place, removed.kind, dict(removed.cells)) == (old.places[0], "removed", {})
    assert dict(outcome.cells) == {"outcome": (old.outcomes[1], old.outcomes[1] + 1)}
    assert dict(content.cells) == {"binder_wt_percent": (old.recipes["binder_wt_percent"][2], 7.5)}
    assert [change.kind for change in row_changes(new, old)] == ["changed", "changed", "added"]
    assert row_changes(old, old) == []


def test_own_rows_that_retain_little_lower_what_is_foretold_and_are_named_as_the_cause(
    published: EvaluatedModel, both: EvaluatedModel
) -> None:
    found = compare(published, both)
    assert {change.kind for change in found.changes} == {"added"}
    assert len(found.changes) == 8
    assert (found.moves["moved"] < 0).mean() > 0.8
    assert found.moves["moved"].abs().is_monotonic_decreasing
    first = found.moves.iloc[0]
    (cause,) = first["causes"]
    assert (cause.paper, cause.kind, cause.moved) == (OWN, "", pytest.approx(first["moved"], abs=0.06))


def test_own_rows_that_are_left_out_are_the_cause_the_other_way_round(
    published: EvaluatedModel, both: EvaluatedModel
) -> None:
    found = compare(both, published)
    assert {change.kind for change in found.changes} == {"removed"}
    told = np.array([cause.moved for (cause,) in found.moves["causes"]])
    assert told == pytest.approx(found.moves["moved"].to_numpy(), abs=0.06)


def test_a_paper_that_was_changed_is_the_cause_of_what_moved(few_papers: Dataset, published: EvaluatedModel) -> None:
    rows = few_papers.training_rows(RETENTION)
    lowered = replace(rows, outcomes=np.where(rows.papers == rows.papers[0], 2.0, rows.outcomes))
    found = compare(published, learnt(lowered, published))
    assert {(cause.paper, cause.kind) for (cause,) in found.moves["causes"]} == {(rows.papers[0], "changed")}
    same = compare(published, published)
    assert (len(same.changes), len(same.moves)) == (0, 0)
    assert same.held_out is not None
    assert same.held_out[1].mean == 0


def test_another_estimator_on_the_same_rows_is_the_whole_cause(few_papers: Dataset, published: EvaluatedModel) -> None:
    rows = few_papers.training_rows(RETENTION)
    before = replace(published, model=learn(rows, RETENTION, ("content_line",)))
    found = compare(before, published)
    assert len(found.moves) > 3
    for row in found.moves.to_dict("records"):
        (cause,) = row["causes"]
        assert (cause.paper, cause.kind, cause.moved) == ("", ESTIMATOR, pytest.approx(row["moved"]))
    assert causes_text(found.moves.iloc[0]["causes"]).startswith("the estimator ")


def test_a_row_with_another_outcome_is_not_compared(published: EvaluatedModel, of_few: Evaluation) -> None:
    """Each model errs against its own outcome; the difference would be of the outcomes."""
    held_out = of_few.predictions.copy()
    held_out.iloc[0, held_out.columns.get_loc("observed")] += 30
    other = replace(published, evaluation=replace(of_few, predictions=held_out))
    found = compare(published, other).held_out
    assert found is not None
    assert found[1].mean == 0


def test_recipes_that_read_alike_are_told_apart(few_papers: Dataset, published: EvaluatedModel) -> None:
    rows = few_papers.training_rows(RETENTION)
    twice = rows.take(np.array([0, 0, 0, *range(1, len(rows.places))]))
    twice.recipes.loc[1, "binder_wt_percent"] = twice.recipes["binder_wt_percent"][0] + 0.0001
    old, new = (
        replace(published, model=learn(replace(twice, outcomes=share * twice.outcomes), RETENTION, ("median",)))
        for share in (1.0, 0.5)
    )
    assert len(moves(old, new, [])) == len(twice.recipes.drop_duplicates(list(WORDED_COLUMNS)))
    assert moves(old, new, [])["recipe"].duplicated().sum() == 1


def test_rows_that_neither_has_seen_tell_which_was_right(published: EvaluatedModel, both: EvaluatedModel) -> None:
    more = own_frame(20, retention_percent=20.0)
    more.loc[19, OWN_BATCH] = "B3"  # of a batch that was learnt from
    found = compare(published, both, own_rows(more, RETENTION))
    assert found.fresh["place"].tolist() == [f"own.M{i}" for i in range(8, 19)]
    assert found.fresh_gain is not None
    assert found.fresh_gain.finding == "better"
    apart = (found.fresh[["before", "after"]].sub(found.fresh["observed"], axis=0)).abs().groupby(found.fresh["paper"])
    assert found.fresh_gain.mean == pytest.approx((apart.mean()["before"] - apart.mean()["after"]).mean())
    assert compare(published, both, own_rows(more.head(8), RETENTION)).fresh_gain is None
    few = compare(published, both, own_rows(more.head(12), RETENTION)).fresh_gain
    assert few is not None
    assert (few.n, few.finding) == (2, "cannot tell")
