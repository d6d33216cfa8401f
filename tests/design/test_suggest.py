"""What is proposed to make next: near the best, telling, checked by a control, unlike one another and new."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import asdict, replace
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.dataset import RECIPE_COLUMNS, Dataset, TrainingRows, frame_of, typed_recipes
from spcse_ml.data.literature import literature
from spcse_ml.data.validation import formulation
from spcse_ml.design.candidates import holds, is_made, nearby
from spcse_ml.design.consequences import UNKNOWN_POWDER, with_powder
from spcse_ml.design.minimum_content import LEAST, held_contents, is_thin
from spcse_ml.design.rules import Donor, broken
from spcse_ml.design.space import design_space
from spcse_ml.design.suggest import (
    APART,
    CONTROL,
    EXPLOIT,
    LEARN,
    ControlReason,
    ExploitReason,
    LearnReason,
    Plan,
    Pool,
    control,
    exploit,
    pool_of,
    suggest,
)
from spcse_ml.design.suggest import learn as to_learn
from spcse_ml.errors import InputError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.lab.preregistration import START, Entry
from spcse_ml.lab.records import add_records
from spcse_ml.models.applicability import EDGE, INSIDE, OUTSIDE
from spcse_ml.models.distance import distances
from spcse_ml.models.estimators import constrained_ridge
from spcse_ml.models.features import encode
from spcse_ml.models.model import NEAR_OWN, fit, learn
from spcse_ml.reports.messages.batch import proposal_text
from spcse_ml.reports.messages.design import unknown_text
from spcse_ml.schema import PROCESS_COLUMNS, RETENTION, Formulation
from spcse_ml.workflows import suggest as workflow
from spcse_ml.workflows.suggest import BatchRequest, next_batch
from tests import in_process
from tests.models.test_lab_effect import SLURRY, own_frame

Command = Callable[..., subprocess.CompletedProcess[str]]
ANYWHERE = ((INSIDE, EDGE, OUTSIDE),)
SMALL = """
sulfides = ["Li6PS5Cl", "Li10GeP2S12"]
binders = ["PTFE", "SBR", "ethyl cellulose", "NBR", "SEBS", "acrylate", "PEO", "HNBR"]
templates = []
solvents = ["toluene", "xylene", "anisole", "acetonitrile"]
"""


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("space") / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def candidates(space: Path) -> pd.DataFrame:
    return nearby(design_space(space), literature().training_rows(RETENTION).recipes)


@pytest.fixture(scope="module")
def pool(candidates: pd.DataFrame, released_pair: ModelPair) -> Pool:
    return pool_of(released_pair.retention.model, candidates)


def _batch(tmp_path: Path, space: Path, **wanted: object) -> workflow.Batch:
    return next_batch(BatchRequest(**wanted), store=tmp_path / "store", table=tmp_path / "lab.csv", space=space)  # type: ignore[arg-type]


def _recipes(batch: workflow.Batch) -> pd.DataFrame:
    return frame_of(batch.answers.recipes)


def _planted(recipes: pd.DataFrame, seed: int) -> TrainingRows:
    """Return recipes whose retention falls with content and with a donating solvent, and scatters by a tenth."""
    encoded = encode(recipes)
    lost = 0.25 * np.sqrt(encoded["polymer_wt_percent"]) + 0.05 * encoded["donor_number_kcal_mol"].fillna(0)
    outcomes = 95 * np.exp(-lost + np.random.default_rng(seed).normal(0, 0.1, len(recipes))).to_numpy()
    papers = np.array([str(number) for number in range(len(recipes))], dtype=object)
    return TrainingRows(recipes, np.minimum(outcomes, 99), papers, papers, tuple(papers))


def _picks_until_the_best(rows: TrainingRows, order: np.ndarray) -> int:
    known, left = list(order[:8]), list(order[8:])
    model, best = learn(rows.take(np.array(known)), RETENTION, ("constrained_ridge",)), int(np.argmax(rows.outcomes))
    for number in range(1, len(left) + 1):
        seen = rows.take(np.array(known))
        model = replace(model, pipeline=constrained_ridge().fit(seen.recipes, seen.outcomes), training_rows=seen)
        offered = rows.recipes.iloc[left].reset_index(drop=True)
        pick = exploit(pool_of(model, offered), Plan(1, 0, ANYWHERE), best=seen.outcomes.max(), seed=number)[0].row
        if left[pick] == best:
            return number
        known.append(left.pop(pick))
    raise AssertionError


def test_the_best_of_a_planted_landscape_is_found_much_sooner_than_by_chance(candidates: pd.DataFrame) -> None:
    needed = []
    for seed in range(4):
        random = np.random.default_rng(seed)
        some = candidates.iloc[random.choice(len(candidates), 48, replace=False)].reset_index(drop=True)
        rows = _planted(some, seed)
        best = int(np.argmax(rows.outcomes))
        order = random.permutation([row for row in range(48) if row != best])
        needed.append(_picks_until_the_best(rows, np.r_[order[:8], best, order[8:]]))
    assert np.mean(needed) < (40 + 1) / 2 / 3, needed  # a third of what random choice needs of 40


def test_draws_scatter_as_the_intervals_say(pool: Pool) -> None:
    drawn = pool.draws(seed=1)
    low, high = (pool.predictions[end].to_numpy() for end in ("low", "high"))
    share = ((drawn >= low) & (drawn <= high)).mean(axis=0)
    assert share.min() > 0.47  # half-intervals, and 2,048 draws
    assert share[(low > 0) & (high < 100)].max() < 0.57  # all draws beyond a limit lie on it
    assert np.median(drawn, axis=0) == pytest.approx(pool.expected, rel=0.2)


def test_draws_scatter_as_the_intervals_do_near_own_batches_and_elsewhere(candidates: pd.DataFrame) -> None:
    rows = Dataset(literature().rows, literature().references, own_frame(24)).training_rows(RETENTION)
    model = learn(rows, RETENTION, ("constrained_ridge",))
    own = formulation(**SLURRY, binder_wt_percent=2)
    asked = pd.concat([frame_of([own]), candidates.sample(20, random_state=1)[list(RECIPE_COLUMNS)]])
    pool = pool_of(model, typed_recipes(asked))
    told = model.predict(model.as_inputs(typed_recipes(asked)), level=0.8)
    assert set(told[NEAR_OWN]) == {True, False}
    drawn = pool.draws(seed=1)
    held = ((drawn >= told["low"].to_numpy()) & (drawn <= told["high"].to_numpy())).mean(axis=0)
    assert held.min() > 0.7
    assert held.max() < 0.95


def test_a_mixture_that_was_made_is_known_in_any_order_and_at_any_ratio() -> None:
    names = ("p-xylene + isobutyl isobutyrate", "isobutyl isobutyrate + p-xylene", "p-XYL + IBIB (1:1)", "p-xylene")
    asked = frame_of([formulation(**{**SLURRY, "solvent": name}, binder_wt_percent=2) for name in names])
    assert is_made(asked, asked.head(1)).tolist() == [True, True, True, False]


def test_the_nearer_two_recipes_the_more_alike_their_draws(pool: Pool) -> None:
    roots = np.sqrt(pool.draws(seed=1))
    together = np.corrcoef(roots.T)
    near, far = (pool.apart > 0) & (pool.apart < 0.05), pool.apart > 0.4
    assert together[near].mean() > 0.7
    assert together[far].mean() < 0.2


def test_the_first_to_exploit_is_expected_best_and_a_second_is_none_of_its_like(pool: Pool) -> None:
    first, second = exploit(pool, Plan(2, 0, ANYWHERE), best=0.0, seed=0)
    expected = pool.draws(0).mean(axis=0)
    assert expected[list(pool.rows).index(first.row)] == expected.max()
    places = [list(pool.rows).index(one.row) for one in (first, second)]
    assert pool.apart[places[0], places[1]] >= APART
    assert isinstance(first.reason, ExploitReason)
    assert isinstance(second.reason, ExploitReason)
    assert (first.reason.number, first.reason.gain) == (1, pytest.approx(expected.max()))
    assert (second.reason.number, second.reason.probability) == (2, None)
    assert second.reason.gain < first.reason.gain


def test_what_adds_next_to_nothing_is_not_exploited_and_its_place_goes_to_learning(pool: Pool) -> None:
    sure = replace(pool.model.calibration, scores=(0.0,))  # nothing scatters, so a second recipe cannot come out better
    certain = replace(pool, model=replace(pool.model, calibration=sure))
    assert [one.kind for one in suggest(certain, Plan(3, 1))] == ["exploit", "learn", "learn", "learn"]
    inside = replace(
        certain, predictions=certain.predictions.assign(domain=INSIDE, domain_reasons=[()] * len(certain.predictions))
    )
    reason = suggest(inside, Plan(1, 1))[1].reason
    assert isinstance(reason, LearnReason)
    assert (reason.domain, reason.domain_reasons) == (INSIDE, ())


def test_the_chance_to_beat_ones_own_best_is_told_and_falls_with_it(pool: Pool) -> None:
    chances = []
    for best in (30.0, 60.0, 90.0):
        chosen = exploit(pool, Plan(1, 0, ANYWHERE), best=best, seed=0)[0]
        share = (pool.draws(0)[:, list(pool.rows).index(chosen.row)] > best).mean()
        assert isinstance(chosen.reason, ExploitReason)
        assert chosen.reason.best == best
        chances.append(chosen.reason.probability)
        assert chances[-1] == pytest.approx(share, abs=0.04)
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > chances[-1]


def test_what_is_learnt_from_lies_on_the_edge_and_is_not_told_by_what_is_made_beside(pool: Pool) -> None:
    first = to_learn(pool, Plan(0, 1), beside=[])[0]
    place = list(pool.rows).index(first.row)
    assert pool.predictions["domain"].iloc[place] == EDGE
    other = to_learn(pool, Plan(0, 1), beside=[place])[0]
    assert pool.apart[place, list(pool.rows).index(other.row)] >= APART
    assert isinstance(first.reason, LearnReason)
    assert first.reason.domain_reasons == pool.predictions["domain_reasons"].iloc[place]
    assert 0 < first.reason.share < 1


def test_a_place_without_candidates_is_left_for_the_next_one(pool: Pool) -> None:
    everything_outside = replace(pool, predictions=pool.predictions.assign(domain=INSIDE))
    assert len(to_learn(everything_outside, Plan(0, 2), beside=[])) == 2
    assert to_learn(replace(pool, predictions=pool.predictions.assign(domain=OUTSIDE)), Plan(0, 2), beside=[]) == []


def test_the_same_seed_gives_the_same_batch(pool: Pool) -> None:
    assert suggest(pool, Plan(3, 2), seed=5) == suggest(pool, Plan(3, 2), seed=5)


def test_no_two_of_a_batch_are_alike_however_many_are_asked(tmp_path: Path, space: Path) -> None:
    batch = _batch(tmp_path, space, n=12, allowed=("ptfe-lithium",))
    encoded = encode(_recipes(batch))
    apart = distances(encoded, encoded)[np.triu_indices(len(encoded), 1)]
    assert len(batch.kinds) >= 8
    assert apart.min() >= APART
    wide = _batch(tmp_path, space, n=12, apart=0.5)
    assert wide.remarks.n_new < wide.remarks.n_new_planned


def test_a_batch_has_all_three_kinds_and_nothing_in_it_but_the_control_was_made(tmp_path: Path, space: Path) -> None:
    batch = _batch(tmp_path, space)
    assert batch.kinds == (EXPLOIT, EXPLOIT, LEARN, LEARN, CONTROL)
    made = is_made(_recipes(batch), literature().training_rows(RETENTION).recipes)
    assert list(made) == [False] * 4 + [True]
    assert set(batch.answers.table["domain"]) <= {INSIDE, EDGE}
    assert not broken(design_space(space).declared, _recipes(batch)).any(axis=None)
    membranes = batch.plain()
    assert [membrane["reason_code"] for membrane in membranes] == list(batch.kinds)
    assert [membrane["reason_values"] for membrane in membranes] == [asdict(one.reason) for one in batch.suggestions]
    assert all(membrane["reason"] and "\n" not in membrane["reason"] for membrane in membranes)
    assert [recipe.note for recipe in batch.answers.recipes] == [None] * 5
    table = pd.read_csv(StringIO(batch.answers.to_csv()))
    assert (list(table["id"]), list(table["note"])) == (list(batch.kinds), list(batch.reasons))


def test_the_control_is_a_published_membrane_that_others_confirm(released_pair: ModelPair) -> None:
    judged = released_pair.retention
    rows = judged.model.training_rows
    found = control(judged, lambda some: np.ones(len(some), dtype=bool), beside=rows.recipes.iloc[:0])
    assert found is not None
    held = judged.evaluation.held_out.loc[rows.places[found.row]]
    assert held["observed"] >= np.median(rows.outcomes)
    assert abs(held["observed"] - held["chosen"]) < 10
    assert found.reason == ControlReason(
        rows.places[found.row], rows.papers[found.row], held["observed"], held["chosen"]
    )
    none = control(judged, lambda some: np.zeros(len(some), dtype=bool), beside=rows.recipes.iloc[:0])
    assert none is None


SHELF = """
sulfides = ["Li6PS5Cl", "75Li2S-25P2S5"]
binders = ["SBR", "NBR", "ethyl cellulose"]
templates = ["nylon mesh"]
solvents = ["toluene", "isobutyl isobutyrate"]
"""
POWDERS = 'planned_thickness_um = 30\n[sigma_p_ms_cm]\nLi6PS5Cl = 3\n"75Li2S-25P2S5" = 0.3\n'


def test_ties_go_to_the_better_conductor_and_what_it_conducts_is_told(tmp_path: Path) -> None:
    path = tmp_path / "shelf.toml"
    shelf, powders = (text.replace("75Li2S-25P2S5", "Li5.4PS4.4Cl1.6") for text in (SHELF, POWDERS))
    path.write_text(shelf, encoding="utf-8")
    blind = _batch(tmp_path, path, n=4)
    assert "Li5.4PS4.4Cl1.6" in set(_recipes(blind)["sulfide"])
    assert not blind.remarks.knows_conductivity
    assert "σm" not in blind.text()
    path.write_text(shelf + powders, encoding="utf-8")
    told = _batch(tmp_path, path, n=4)
    assert set(_recipes(told)["sulfide"]) == {"Li6PS5Cl"}
    first, answer = told.answers.table.iloc[0], told.plain()[0]["answer"]
    assert first["sigma_m_ms_cm"] == pytest.approx(3 * first["retention_percent"] / 100)
    assert first["areal_resistance_ohm_cm2"] == pytest.approx(30e-4 / (first["sigma_m_ms_cm"] / 1e3))
    assert first["areal_resistance_high_ohm_cm2"] == pytest.approx(30e-4 / (first["sigma_m_low_ms_cm"] / 1e3))
    assert (answer["sigma_p_source"], answer["sigma_m_ms_cm"]) == ("given", first["sigma_m_ms_cm"])
    assert told.text().count("σm ") == told.text().count("areal resistance ") == 4
    assert ",sigma_p_source," in told.answers.to_csv()
    assert told.remarks.knows_conductivity
    donors = told.remarks.hidden.donors["donor-number-decomposes"]
    assert Donor("isobutyl isobutyrate", 16.4, "analogue", (38,)) in donors


def test_a_composition_that_stands_in_is_marked_and_a_powder_that_nothing_tells_of_says_why(tmp_path: Path) -> None:
    path = tmp_path / "shelf.toml"
    path.write_text(f"planned_thickness_um = 30\n{SHELF}", encoding="utf-8")
    batch = _batch(tmp_path, path, n=4)
    sources = dict(zip(_recipes(batch)["sulfide"], batch.answers.table["sigma_p_source"], strict=True))
    assert sources["Li6PS5Cl"] == "Li6PS5Cl"  # the composition whose median stands in
    declared = design_space(path).declared
    told = with_powder(
        declared, batch.answers.table.head(2).drop(columns="sigma_p_source"), ["Li6PS5Cl", "75Li2S-25P2S5"]
    )
    assert told["sigma_p_source"].tolist() == ["Li6PS5Cl", ""]
    assert told["no_conductivity"].tolist() == ["", UNKNOWN_POWDER]
    answer = {**told.iloc[1].to_dict(), "sigma_m_ms_cm": None, "areal_resistance_ohm_cm2": None}
    assert proposal_text(answer, "75Li2S-25P2S5")[1] == f"powder: {unknown_text(UNKNOWN_POWDER, '75Li2S-25P2S5')}"
    assert all(recipe.sigma_p_ms_cm is None for recipe in batch.answers.recipes)  # a median is not what was given


def test_what_holds_much_less_binder_than_its_kind_is_hidden_until_let_in(tmp_path: Path, space: Path) -> None:
    strict, loose = _batch(tmp_path, space, n=8), _batch(tmp_path, space, n=8, with_thin=True)
    assert strict.remarks.hidden.n_free > strict.remarks.hidden.n_thin > 0
    assert loose.remarks.hidden.n_thin == 0
    for batch, is_there in ((strict, False), (loose, True)):
        frame = _recipes(batch)
        assert is_thin(frame.assign(**{LEAST: held_contents().below(frame)})).any() == is_there
    assert any(suggestion.minimum for suggestion in loose.suggestions)


def test_an_own_film_with_less_binder_counts_as_known() -> None:
    own = frame_of([formulation(sulfide="LPSCl", method="dry", binder="SBR", binder_wt_percent=0.5)])
    before, after = (one.least("SBR", "dry binder laminating") for one in (held_contents(), held_contents(own)))
    assert before is not None
    assert after is not None
    assert (before.wt_percent, after.wt_percent) == (2.0, 0.5)
    assert (before.is_published, after.is_published) == (True, False)


def test_the_control_is_reserved_and_what_lacks_is_named(tmp_path: Path) -> None:
    path = tmp_path / "shelf.toml"
    path.write_text('sulfides = ["LPSCl"]\nmethods = ["dry"]\nbinders = ["SBR"]\n', encoding="utf-8")
    batch = _batch(tmp_path, path)
    assert batch.kinds[-1] == CONTROL
    assert batch.remarks.n_new < batch.remarks.n_new_planned == 4
    assert (batch.remarks.apart, batch.remarks.has_control) == (0.1, True)
    path.write_text('sulfides = ["LPSCl"]\nmethods = ["dry"]\nbinders = ["NBR", "PEO"]\n', encoding="utf-8")
    without = _batch(tmp_path, path, n=3)
    assert CONTROL not in without.kinds
    assert (without.remarks.plans_control, without.remarks.has_control) == (True, False)


@pytest.mark.thorough
def test_what_is_registered_stands_in_the_ledger_and_is_not_proposed_again(
    spcse_ml: Command, tmp_path: Path, space: Path
) -> None:
    first = spcse_ml("suggest", "--space", str(space), "--format", "json", "--register")
    assert first.returncode == 0, first.stderr
    assert "Registered: P1, P2, P3, P4, P5" in first.stderr
    told = json.loads(first.stdout)
    assert [one["kind"] for one in told] == [EXPLOIT, EXPLOIT, LEARN, LEARN, CONTROL]
    again = next_batch(BatchRequest(), store=tmp_path / "spcse_ml_store", table=tmp_path / "lab.csv", space=space)
    before = frame_of(Formulation(**one["recipe"]) for one in told)
    assert not is_made(_recipes(again), before).any()


def test_what_was_foretold_counts_as_made() -> None:
    recipe = formulation(sulfide="LPSCl", method="dry", binder="SBR", binder_wt_percent=4)
    told = {"made": "2026-11-24", "model": "released", "fingerprint": "", "value": 50.0, "low": 30.0, "high": 70.0}
    entry = Entry("P1", recipe=recipe.model_dump(mode="json", exclude_none=True), level=0.9, domain="inside",
                  previous=START, **told)  # type: ignore[arg-type] # fmt: skip
    assert is_made(frame_of([recipe]), workflow.made_already(pd.DataFrame(), [entry])).all()
    assert not is_made(frame_of([recipe]), workflow.made_already(pd.DataFrame(), [])).any()


def test_the_labs_own_table_counts_as_made_and_its_best_is_told(tmp_path: Path, space: Path) -> None:
    first = _batch(tmp_path, space, n=1).answers.recipes[0]
    cells = first.model_dump(mode="json", exclude_none=True, exclude={"id", "note"})
    rows = pd.DataFrame([{**{name: str(cell) for name, cell in cells.items()}, "retention_percent": "61"}])
    add_records(tmp_path / "lab.csv", rows)
    second = _batch(tmp_path, space, n=1)
    assert not is_made(_recipes(second), frame_of([first])).any()
    reason = second.suggestions[0].reason
    assert isinstance(reason, ExploitReason)
    assert reason.best == 61


def test_contents_that_scales_cannot_tell_apart_are_the_same() -> None:
    made = frame_of([formulation(sulfide="LPSCl", method="dry", binder="PTFE", binder_wt_percent=1)])
    contents = [1, 1.05, 0.95, 1.2, 0.8, None]
    asked = frame_of(
        formulation(sulfide="LPSCl", method="dry", binder="PTFE", binder_wt_percent=one) for one in contents
    )
    assert list(is_made(asked, made)) == [True, True, True, False, False, False]
    other = frame_of([formulation(sulfide="LPSCl", method="dry", binder="SBR", binder_wt_percent=1)])
    assert not is_made(other, made).any()


def test_what_the_user_denies_is_neither_proposed_nor_the_control(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'deny = [{{ binder = "SBR" }}, {{ solvent = "toluene" }}]\n{SMALL}', encoding="utf-8")
    batch = _batch(tmp_path, path, n=8)
    recipes = _recipes(batch)
    assert (CONTROL in batch.kinds) == batch.remarks.has_control
    assert "SBR" not in set(recipes["binder"])
    assert "toluene" not in set(recipes["solvent"])
    sbr = frame_of([formulation(sulfide="LPSCl", method="dry", binder="SBR", binder_wt_percent=2)])
    assert not holds(design_space(path), sbr).any()


def test_a_rule_is_broken_only_where_it_is_allowed(tmp_path: Path, space: Path) -> None:
    strict, loose = _batch(tmp_path, space), _batch(tmp_path, space, allowed=("ptfe-lithium",))
    assert "PTFE" not in set(_recipes(strict)["binder"])
    assert 0 < strict.remarks.hidden.by_rule["ptfe-lithium"] <= strict.remarks.hidden.n_breaking
    assert "ptfe-lithium" not in loose.remarks.hidden.by_rule
    assert "PTFE" in set(_recipes(loose)["binder"])
    assert set(loose.answers.table["broken_rules"]) == {"", "ptfe-lithium"}
    with pytest.raises(InputError) as refused:
        _batch(tmp_path, space, allowed=("ptfe",))
    assert [(fault.code, fault.column, fault.given) for fault in refused.value.faults] == [
        ("unknown-rule", "allow-rule", "ptfe")
    ]


def test_where_nothing_remains_one_is_told_what_to_widen(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('sulfides = ["LPSCl"]\nmethods = ["dry"]\nbinders = ["PTFE"]\n', encoding="utf-8")
    with pytest.raises(InputError) as refused:
        _batch(tmp_path, path)
    assert [fault.code for fault in refused.value.faults] == ["no-candidate-left"]


def test_near_recipes_have_all_materials_but_one_of_a_membrane(candidates: pd.DataFrame) -> None:
    made = literature().training_rows(RETENTION).recipes
    names = ["sulfide", "binder", "template", "solvent"]
    some, others = (frame[["method", *names]].fillna("").to_numpy() for frame in (candidates, made))
    differ = (some[:, None, 1:] != others[None, :, 1:]).sum(axis=2) + 9 * (some[:, None, 0] != others[None, :, 0])
    assert differ.min(axis=1).max() == 1
    assert not candidates.duplicated().any()


def test_a_model_without_skill_chooses_only_when_forced(
    tmp_path: Path, space: Path, released_pair: ModelPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    useless = replace(released_pair, retention=replace(released_pair.retention, verdict=Verdict.NO_SKILL))
    monkeypatch.setattr(workflow, "answering_pair", lambda _store: useless)
    with pytest.raises(InputError) as refused:
        _batch(tmp_path, space)
    assert [fault.code for fault in refused.value.faults] == ["batch-without-skill"]
    assert _batch(tmp_path, space, n=1, is_forced=True).kinds == (EXPLOIT,)


@pytest.mark.integration
def test_a_model_with_rows_of_ones_own_is_asked_about_its_own_next_batch(
    tmp_path: Path, space: Path, candidates: pd.DataFrame, released_pair: ModelPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = literature()
    own = candidates.head(3).astype(object).where(candidates.head(3).notna(), None)
    own = own.assign(id=["M1", "M2", "M3"], own_batch=["B1", "B2", "B3"], retention_percent=[5.0, 4.0, 6.0])
    with_own = Dataset(rows.rows, rows.references, own.assign(thickness_um=None, **dict.fromkeys(PROCESS_COLUMNS)))
    model = fit(with_own, RETENTION, estimator="constrained_ridge")
    plain = fit(rows, RETENTION, estimator="constrained_ridge")
    lower, higher = (pool_of(one, candidates).expected.max() for one in (model, plain))
    assert lower < higher  # a lab that retains little is foretold little
    pair = replace(released_pair, retention=replace(released_pair.retention, model=model))
    monkeypatch.setattr(workflow, "answering_pair", lambda _store: pair)
    assert _batch(tmp_path, space, n=3).kinds == (EXPLOIT, LEARN, CONTROL)


def test_the_engine_that_went_is_refused_and_the_one_that_stays_needs_no_name(tmp_path: Path) -> None:
    refused = in_process.run(tmp_path, "suggest", "--engine", "baybe")
    assert refused.returncode == 2
    assert "Error: --engine baybe is gone: benchmarks/campaigns" in refused.stderr
    with pytest.raises(InputError) as fault:
        BatchRequest(engine="baybe")
    assert [(one.code, one.column) for one in fault.value.faults] == [("no-baybe", "engine")]
    with pytest.warns(DeprecationWarning, match="engine is no longer needed"):
        assert BatchRequest(5, 0, "own") == BatchRequest()
