from dataclasses import replace

import numpy as np
import pytest

from benchmarks.checked_table import tables, variants
from spcse_ml.data.dataset import TrainingRows, View
from spcse_ml.data.literature import literature
from spcse_ml.models.features import TERMS, encode, terms
from spcse_ml.schema import RETENTION

ENOUGH = 4


@pytest.fixture(scope="module")
def checked() -> TrainingRows:
    return literature(View.CHECKED).training_rows(RETENTION)


def test_a_term_has_four_papers_on_each_side_and_what_has_fewer_is_none(checked: TrainingRows) -> None:
    values = terms(encode(checked.recipes))
    for name in TERMS:
        column = values[name].to_numpy()
        cut = np.nanmedian(column) if name.endswith("volume") else 0.0
        sides = [len(set(checked.papers[is_beyond])) for is_beyond in (column > cut, column <= cut)]
        assert (min(sides) >= ENOUGH) == (name in variants.TERMS or name == "is_wet"), name
    groups = variants.groups(encode(checked.recipes))
    assert min(len(set(checked.papers[column > 0])) for column in groups.T) >= ENOUGH


def test_each_rule_takes_what_its_sources_say_and_leaves_the_rest_as_it_was() -> None:
    rules = {name: table.rows.set_index(["table", "row"]) for name, table in tables.by_rule().items()}
    first, second, third, everything = rules.values()
    assert tables.by_rule()["A, B and C"].fingerprint == literature(View.CHECKED).fingerprint
    assert [rows.loc[(2, 1), "sulfide"] for rows in (first, second)] == ["75Li2S-25P2S5", "77.5Li2S-22.5P2S5"]
    contents = [rows.loc[(3, 9), "binder_wt_percent_low"] for rows in (second, third)]
    assert np.isnan(float(contents[0] or np.nan))
    assert contents[1] == 0.5
    assert everything.loc[(1, 8), "retention_percent_low"] == 65.0


def test_a_conflict_that_is_taken_as_true_changes_its_row_alone() -> None:
    plain = literature(View.CHECKED).rows.set_index(["table", "row"])
    flipped = tables.by_conflict()
    row = flipped["2.11"].rows.set_index(["table", "row"])
    assert row.loc[(2, 11), ["sulfide", "method", "solvent"]].tolist() == ["Li6PS5Cl", "slurry coating", None]
    assert row.drop(index=(2, 11)).equals(plain.drop(index=(2, 11)))
    without = flipped["2.1"].training_rows(RETENTION)  # "close to the bulk" is no number
    assert "2.1" not in without.places
    assert len(without.outcomes) == len(plain_places := literature(View.CHECKED).training_rows(RETENTION).places) - 1
    assert "2.1" in plain_places


def test_a_blank_content_is_drawn_from_those_reported_so_that_no_value_marks_it(checked: TrainingRows) -> None:
    every = np.arange(len(checked.outcomes))
    data = variants.split(checked, every, every[:1], 100.0)
    column = -2  # the binder content, before the donor number
    drawn = [data.card(seed)[0][data.is_blank, column] for seed in range(20)]
    reported = data.card(0)[0][~data.is_blank, column]
    assert data.is_blank.sum() >= 1
    assert np.isin(drawn, reported[~np.isnan(reported)]).all()
    assert len(np.unique(drawn)) > 3
    marked = data.card(0, "one value")[0][data.is_blank, column]
    assert len(np.unique(marked)) <= data.is_blank.sum()


def test_effects_that_are_hardly_shrunk_see_what_is_planted_on_one_group(checked: TrainingRows) -> None:
    every = np.arange(len(checked.outcomes))
    data = variants.split(checked, every, every[:1], None)
    predict = variants.fitted_effects(data, 1e9)[2]
    is_template = data.groups[0][:, variants.GROUPS.index("no template")] > 0
    outcomes = 50 * np.exp(-0.2 * data.terms[0][:, 0]) * np.where(is_template, 1.0, 1 / 3)
    made = variants.split(replace(checked, outcomes=outcomes), every, every[:1], None)
    names = [variants.GROUPS.index(name) for name in ("template", "no template")]
    lost = [variants.fitted_effects(made, shrinkage)[1][names] for shrinkage in (0.03, 1e6)]
    assert lost[0][0] - lost[0][1] > 0.4
    assert abs(lost[1][0] - lost[1][1]) < 0.01
    assert np.isfinite(predict(data.terms[1], data.groups[1])).all()
