"""What a model uses: factors are ratios of its predictions, intervals come from papers, zeros are named."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.dataset import TrainingRows, joined, own_rows
from spcse_ml.explanation.term_effects import TermEffect, TermEffects, term_effects
from spcse_ml.models.estimators import FillContents
from spcse_ml.models.features import encode, terms
from spcse_ml.models.model import MembraneModel, learn
from spcse_ml.reports.messages.explanation import effect_lines
from spcse_ml.schema import RETENTION
from tests.models.test_lab_effect import own_frame


def by_name(model: MembraneModel, n: int = 20) -> dict[str, TermEffect]:
    found = term_effects(model, n)
    assert found is not None
    return {effect.name: effect for effect in found.effects}


@pytest.fixture(scope="module")
def model(rows: TrainingRows) -> MembraneModel:
    return learn(rows, RETENTION, ("constrained_ridge",))


def test_a_factor_is_what_the_coefficients_of_the_model_say(model: MembraneModel) -> None:
    pipeline = model.pipeline
    names = list(pipeline[-2].get_feature_names_out())
    slopes = dict(zip(names, pipeline[-1].regressor_.coef_ / pipeline["scale"].scale_, strict=True))
    found = by_name(model)
    for name in ("has_template", "is_lgps", "binder_is_polar_film"):
        assert found[name].factor == pytest.approx(np.exp(-slopes[name]))
    shown = found["solvent_attack"]
    assert shown.factor == pytest.approx(np.exp(-slopes["solvent_attack"] * (shown.end - shown.start) / 20))
    volume = found["polymer_volume"]
    lost = slopes["polymer_volume"] * (volume.end - volume.start) / 50
    lost += slopes["log_polymer_volume"] * np.log10(volume.end / volume.start)
    assert volume.factor == pytest.approx(np.exp(-lost))


def test_spans_are_of_the_rows_and_those_of_a_solvent_of_the_rows_that_have_one(
    model: MembraneModel, rows: TrainingRows
) -> None:
    shown = by_name(model, 1)["solvent_attack"]
    wet = encode(rows.recipes)["solvent_attack"].dropna()
    assert 0 < wet.min() <= shown.start < shown.end <= wet.max()


def test_an_effect_that_is_planted_is_found_and_one_that_is_not_has_weight_none(rows: TrainingRows) -> None:
    columns = terms(encode(FillContents().fit_transform(rows.recipes)))
    made = 80 * np.exp(
        -1.0 * columns["has_template"].to_numpy() - 0.4 * columns["log_polymer_volume"].clip(0).to_numpy()
    )
    found = by_name(learn(replace(rows, outcomes=made), RETENTION, ("constrained_ridge",)))
    planted, absent = found["has_template"], found["is_lgps"]
    assert 0.3 < planted.low <= planted.factor <= planted.high < 0.6
    assert planted.share_used == 1
    assert absent.factor > 0.9


def test_own_rows_bring_their_laboratory_and_the_factor_stays_that_of_the_model(rows: TrainingRows) -> None:
    own = own_rows(own_frame(8, retention_percent=[60.0, 61, 59, 60, 62, 58, 60, 0.4]), RETENTION)
    model = learn(joined(rows, own), RETENTION, ("constrained_ridge",))
    base = model.pipeline[-1].base_
    slopes = dict(zip(base[-2].get_feature_names_out(), base[-1].regressor_.coef_ / base["scale"].scale_, strict=True))
    found = by_name(model, 3)
    assert found["has_template"].factor == pytest.approx(np.exp(-slopes["has_template"]))


def test_the_paper_without_which_a_factor_changes_most_is_named_with_what_is_left(
    model: MembraneModel, rows: TrainingRows
) -> None:
    found = by_name(model, 1)
    papers = rows.papers.astype(str)
    alone = {
        paper: by_name(learn(rows.take(np.flatnonzero(papers != paper)), RETENTION, ("constrained_ridge",)), 1)
        for paper in ("61", "40")
    }
    assert found["solvent_attack"].heaviest == "61"
    assert found["has_template"].without_heaviest == pytest.approx(alone["61"]["has_template"].factor)
    assert found["polymer_volume"].heaviest == "40"


@pytest.mark.parametrize("name", ["mean", "random_forest", "nearest_neighbour"])
def test_of_a_model_without_terms_there_is_nothing_to_tell(name: str, rows: TrainingRows) -> None:
    assert term_effects(learn(rows, RETENTION, (name,)), 1) is None
    assert effect_lines(None) == []


def test_lines_name_spans_intervals_the_heaviest_paper_zeros_and_what_has_no_term() -> None:
    used = TermEffect("solvent_attack", 0.1, 27.0, "kcal/100 cm³", 0.21, 0.16, 0.71, 0.98, "61", 0.33)
    unused = TermEffect("binder_is_polar_film", 0.0, 1.0, "", 1.0, 0.7, 1.0, 0.31, "41+42", 0.9)
    head, line, zero, missing = effect_lines(TermEffects("constrained_ridge_and_process", (used, unused)))
    assert "no factor exceeds 1" in head
    assert line.endswith("0.1 to 27 kcal/100 cm³: 0.21 (0.16 to 0.71); without [61] 0.33")
    assert zero.endswith("a polar film as binder: 1.00 (0.70 to 1.00); weight 0 here, and not 0 in 31% of the draws")
    assert "the method" in missing
    assert len(effect_lines(TermEffects("ridge", (used,)))) == 2


def test_what_the_rows_hold_in_one_kind_alone_has_no_contrast(rows: TrainingRows) -> None:
    """Neither a weight of nothing nor what a kernel makes of it."""
    without = rows.take(np.flatnonzero(rows.recipes["template"].isna()))
    dry = rows.take(np.flatnonzero(rows.recipes["solvent"].isna()))
    for name in ("constrained_ridge", "gaussian_process"):
        assert "has_template" not in by_name(learn(without, RETENTION, (name,)), 1)
        assert not {"solvent_attack", "solvent_polarity", "is_wet"} & set(by_name(learn(dry, RETENTION, (name,)), 1))


def test_many_rows_of_one_content_leave_the_span_of_the_others(rows: TrainingRows) -> None:
    alike = rows.take(np.r_[np.arange(len(rows.places)), np.full(300, 0)])
    first, other = (by_name(learn(of, RETENTION, ("content_line",)), 1)["polymer_wt_percent"] for of in (rows, alike))
    assert (first.start, first.end) == (other.start, other.end)
    assert other.is_used


def test_a_batch_of_ones_own_is_not_named() -> None:
    batch = TermEffect("has_template", 0.0, 1.0, "", 0.8, 0.7, 1.0, 0.9, "own:ACME-P7", 0.9)
    (_, line) = effect_lines(TermEffects("ridge", (batch,)))
    assert "ACME" not in line
    assert line.endswith("without one of your own batches 0.90")


def test_an_estimator_of_before_tells_its_protic_term(rows: TrainingRows) -> None:
    found = by_name(learn(rows, RETENTION, ("constrained_ridge_0.1",)), 1)
    assert found["solvent_is_protic"].is_used
    lines = effect_lines(TermEffects("constrained_ridge_0.1", (found["solvent_is_protic"],)))
    assert "a protic solvent" in lines[1]
    assert "no factor exceeds 1" in lines[0]


def test_an_interval_is_of_papers_and_wider_than_nothing(model: MembraneModel) -> None:
    found = pd.DataFrame([vars(effect) for effect in by_name(model).values()]).set_index("name")
    used = found[found["factor"] < 0.9]
    assert len(used) >= 3
    assert (used["low"] < used["high"] - 0.1).all()
