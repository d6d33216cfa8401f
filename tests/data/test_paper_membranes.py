"""Membranes beyond the review, and a user's own reading: literature, a paper a group."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.dataset import TrainingRows, View, is_own
from spcse_ml.data.literature import literature
from spcse_ml.data.validation import formulation
from spcse_ml.errors import InputError
from spcse_ml.evaluation.evaluate import evaluate_part
from spcse_ml.evaluation.evaluated import EvaluatedModel, ModelPair
from spcse_ml.explanation.neighbours import measured, nearest
from spcse_ml.models.model import fit
from spcse_ml.schema import RETENTION, THICKNESS
from spcse_ml.storage.model_files import load, save
from spcse_ml.tables import read_table, released
from spcse_ml.workflows.data import reading, with_papers
from spcse_ml.workflows.train import train, with_lab_rows

HEAD = "sulfide,method,binder,binder_wt_percent,solvent,sigma_m_ms_cm,sigma_p_ms_cm,retention_percent,thickness_um,doi"
YI = "Li6PS5Cl,slurry,PPC,6,anisole,0.54,3.2,,60,10.1016/j.jpowsour.2024.234370"
OF_65 = "LGPS,slurry,PEO,4.8,anisole,,,5.4,,https://doi.org/10.1016/J.CEJ.2021.132991"


def written(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "papers.csv"
    path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    return path


def faults(path: Path) -> set[tuple[str, str, str]]:
    with pytest.raises(InputError) as refused:
        reading(path)
    assert {fault.file for fault in refused.value.faults} <= {"papers.csv", ""}
    return {(fault.row, fault.column, fault.code) for fault in refused.value.faults}


def of_papers(rows: TrainingRows) -> dict[str, str]:
    return {place: str(paper) for place, paper in zip(rows.places, rows.papers, strict=True)
            if place.startswith(("papers", "beyond"))}  # fmt: skip


def test_what_is_beyond_the_review_is_learnt_from_only_where_it_is_such_a_membrane() -> None:
    whole = literature(View.ALL)
    assert of_papers(whole.training_rows(RETENTION)) == {
        "beyond.yi-6": "doi:10.1016/j.jpowsour.2024.234370", "beyond.liu-peo": "65", "beyond.liu-silane-5": "65",
        "beyond.liu-silane-7": "65", "beyond.li-compact": "58",
    }  # fmt: skip
    assert list(of_papers(whole.training_rows(THICKNESS))) == ["beyond.yi-6"]
    assert whole.beyond["outcome"].tolist().count("no film") == 2
    kept = whole.beyond[whole.beyond["exclusion"].notna()]
    assert len(kept) == 16
    assert {"beyond.hayashi", "beyond.nam-lgps", "beyond.wang-10", "beyond.zhao-1"} < set(kept["place"])
    for view in (View.PRINTED, View.REVIEW, View.CHECKED):
        assert not of_papers(literature(view).training_rows(RETENTION))


def test_every_row_beyond_the_review_has_its_source_and_its_retention_follows() -> None:
    for row in literature(View.ALL).beyond.to_dict("records"):
        assert row["read_in"]
        assert row["trust"]
        assert row["source"] or row["doi"]


def test_what_a_powder_keeps_in_a_solvent_follows_from_its_conductivities() -> None:
    for row in read_table(released("data", "literature", "solvent_exposure.csv")).to_dict("records"):
        share = 100 * float(row["sigma_after_ms_cm"]) / float(row["sigma_before_ms_cm"])
        assert float(row["kept_percent"]) == pytest.approx(share, abs=0.5)
        assert row["doi"].startswith("10.")


def test_own_reading_is_learnt_as_literature_and_a_paper_of_the_review_joins_its_group(tmp_path: Path) -> None:
    path = written(tmp_path, YI, OF_65, YI.replace(",6,", ",8,").replace("0.54", "0.4"))
    data = with_papers(literature(), path)
    rows = data.training_rows(RETENTION)
    assert of_papers(rows) == {
        "papers.line-2": "doi:10.1016/j.jpowsour.2024.234370", "papers.line-3": "65",
        "papers.line-4": "doi:10.1016/j.jpowsour.2024.234370",
    }  # fmt: skip
    assert rows.outcomes[-3:] == pytest.approx([16.875, 5.4, 12.5])
    assert not is_own(rows.recipes).any()
    assert rows.laboratories[-2] == "F"  # that of [65]
    assert reading(path).joined == (("papers.line-3", "10.1016/j.cej.2021.132991", 65),)
    assert reading(path).counts() == {"membranes": 3, "papers": 2, "to learn from": 3}
    assert data.fingerprint != literature().fingerprint
    assert set(data.training_rows(THICKNESS).places) - set(literature().training_rows(THICKNESS).places) == {
        "papers.line-2", "papers.line-4"}  # fmt: skip


def test_a_common_source_or_id_holds_rows_together_and_names_them(tmp_path: Path) -> None:
    head = f"{HEAD},source,id"
    lines = [f"{YI[: YI.rindex(',')]},,Yi 2024,six", f"{YI},Yi 2024,again", f"{OF_65},Liu 2022,liu",
             f"{OF_65[: OF_65.rindex(',')]},,Liu 2022,other"]  # fmt: skip
    frame = reading(written(tmp_path, *lines, head=head)).membranes.set_index("place")
    assert frame["paper"]["papers.six"] == frame["paper"]["papers.again"]
    assert frame["reference"].tolist()[2:] == [65, 65]
    assert frame["paper"].isna().tolist() == [False, False, True, True]


def test_own_reading_and_own_membranes_are_learnt_together(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    table.write_text(
        "id,sulfide,method,binder,binder_wt_percent,retention_percent,batch\nM1,Li6PS5Cl,dry,PTFE,1,50,B1\n",
        encoding="utf-8",
    )
    data = with_lab_rows(with_papers(literature(), written(tmp_path, YI)), table)
    rows = data.training_rows(RETENTION)
    assert rows.places[-2:] == ("papers.line-2", "own.M1")
    assert is_own(rows.recipes).tolist()[-2:] == [False, True]
    assert is_own(rows.recipes).sum() == 1


def test_failures_and_powders_that_were_processed_are_kept_and_not_learnt_from(tmp_path: Path) -> None:
    head = f"{HEAD},outcome,state_of_powder,exclusion"
    failed = "Li6PS5Cl,slurry,PPC,4,anisole,,,,,10.1016/j.jpowsour.2024.234370"
    lines = [f"{failed},cracked,,", f"{YI},film,processed,", f"{YI},,as received,doubtful-source", f"{YI},,,"]
    data = with_papers(literature(), written(tmp_path, *lines, head=head))
    assert list(of_papers(data.training_rows(RETENTION))) == ["papers.line-5"]
    assert list(of_papers(data.training_rows(THICKNESS))) == ["papers.line-3", "papers.line-5"]


def test_every_fault_of_own_reading_is_told_at_once(tmp_path: Path) -> None:
    head = f"{HEAD},reference,id,blade_gap_um"
    lines = [
        "Li6PS5Cl,slurry,PPC,6,,0.54,,,,10.1/x,,a,", "Li6PS5Cl,slurry,PPCC,4,anisole,,,50,,somewhere,,b,",
        "Li6PS5Cl,,PPC,4,anisole,1,3,50,,,,c,",
        "Li6PS5Cl,dry,PTFE,4,,,,50,,,59,d,", "Li6PS5Cl,dry,PTFE,4,,,,50,,,51,d,",
        'LPSCl,dry,PTFE,"0,5",,,,50,,10.1000/x,,e,',
    ]  # fmt: skip
    assert faults(written(tmp_path, *lines, head=head)) == {
        ("line 1", "blade_gap_um", "unknown-column"),
        ("line 2", "solvent", "no-solvent-in-slurry"), ("line 2", "retention_percent", "no-retention"),
        ("line 2", "doi", "not-a-doi"), ("line 3", "doi", "not-a-doi"), ("line 3", "binder", "unknown-name-or-class"),
        ("line 4", "method", "missing"), ("line 4", "doi", "no-paper"),
        ("line 4", "retention_percent", "contradicts-derived"), ("line 5", "reference", "unknown-reference"),
        ("line 6", "id", "id-taken"), ("line 7", "binder_wt_percent", "decimal-comma"),
    }  # fmt: skip


def test_rows_that_two_papers_of_the_review_would_share_are_refused(tmp_path: Path) -> None:
    head = f"{HEAD},reference,source"
    path = written(tmp_path, f"{OF_65},,Liu", f"{YI[: YI.rindex(',')]},,51,Liu", head=head)
    assert {code for _, _, code in faults(path)} == {"two-papers-as-one"}


def test_reading_without_a_row_to_learn_from_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    for lines, code in (([], "no-rows"), ([f"{YI},doubtful-source"], "no-outcomes")):
        with pytest.raises(InputError) as refused:
            train(tmp_path / "store", papers=written(tmp_path, *lines, head=f"{HEAD},exclusion"))
        assert [fault.code for fault in refused.value.faults] == [code]
    assert not (tmp_path / "store").exists()


@pytest.fixture
def learnt_papers(released_pair: ModelPair, tmp_path: Path) -> EvaluatedModel:
    """Return a model that learnt from own reading too, as if that had been held out like the first rows."""
    data = with_papers(literature(), written(tmp_path, YI, OF_65))
    model = fit(data, RETENTION, estimator="content_line")
    rows = model.training_rows.take(np.array([30, 31]))
    before = released_pair.retention.evaluation.held_out
    added = before.head(2).assign(paper=rows.papers, observed=rows.outcomes, method=rows.recipes["method"].to_numpy())
    added.index = pd.Index(rows.places, name="place")
    evaluation = evaluate_part(RETENTION, pd.concat([before.rename_axis("place"), added]))
    return EvaluatedModel(model, evaluation, released_pair.retention.verdict, data.fingerprint, None)


def test_own_reading_is_shown_among_the_evidence_with_its_paper(learnt_papers: EvaluatedModel) -> None:
    recipe = formulation(sulfide="Li6PS5Cl", method="slurry", binder="PPC", binder_wt_percent=6, solvent="anisole")
    first = nearest(learnt_papers, recipe, shows_own=False)[0]
    assert (first.references, first.paper) == (
        "doi:10.1016/j.jpowsour.2024.234370", "10.1016/j.jpowsour.2024.234370")  # fmt: skip
    [[same]] = measured(learnt_papers, [recipe], [(0, 50)], shows_own=False)
    assert (same.observed, same.paper) == (16.875, "10.1016/j.jpowsour.2024.234370")


def test_a_model_of_own_reading_predicts_and_its_papers_count(learnt_papers: EvaluatedModel) -> None:
    recipe = formulation(sulfide="LGPS", method="slurry", binder="PEO", binder_wt_percent=4.8, solvent="anisole")
    alone = fit(literature(), RETENTION, estimator="content_line")
    n_papers, more = (len(model.calibration.scores) for model in (alone, learnt_papers.model))
    assert more == n_papers + 1  # one paper of its own, one membrane of [65]
    frames = [model.predict_medians(model.frame([recipe]))[0] for model in (learnt_papers.model, alone)]
    assert frames[0] < frames[1]


def test_a_model_of_own_reading_is_read_back_with_its_papers(learnt_papers: EvaluatedModel, tmp_path: Path) -> None:
    save(learnt_papers, tmp_path / "retention.json")
    read = load(tmp_path / "retention.json")
    assert read.fingerprint == learnt_papers.fingerprint
    assert of_papers(read.model.training_rows) == of_papers(learnt_papers.model.training_rows)


def test_a_paper_is_one_however_its_doi_and_its_words_are_spelt(tmp_path: Path) -> None:
    head = f"{HEAD},source"
    cells = "LPSCl,dry,PTFE,0.5,,,,50,"
    spelt = [",10.1000/b,", ",https://doi.org/10.1000/B.,", ",,Yi 2024", ",,yi  2024"]
    read = reading(written(tmp_path, *(f"{cells}{end}" for end in spelt), head=head))
    frame = read.membranes
    assert frame["paper"].tolist() == ["doi:10.1000/b"] * 2 + ["paper:yi 2024"] * 2


def test_a_reference_that_is_not_that_of_the_doi_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, f"{OF_65},51", head=f"{HEAD},reference")
    assert {code for _, _, code in faults(path)} == {"two-papers-as-one"}


def test_a_line_without_an_id_never_takes_the_place_of_another(tmp_path: Path) -> None:
    cells = "LPSCl,dry,PTFE,0.5,,,,50,"
    apart = written(tmp_path, f"{cells},10.1000/a,3", f"{cells},10.1000/b,", head=f"{HEAD},id")
    assert reading(apart).membranes["place"].tolist() == ["papers.3", "papers.line-3"]
    same = written(tmp_path, f"{cells},10.1000/a,line-3", f"{cells},10.1000/b,", head=f"{HEAD},id")
    assert faults(same) == {("line 3", "id", "id-taken")}


@pytest.mark.parametrize(("cells", "column", "code"), [
    ("LPSCl,dry,PTFE,0.5,,1.6,0.0032,,,10.1000/a", "retention_percent", "derived-out-of-bounds"),
    ("LPSCl,dry,PTFE,0.5,,,,1e-300,,10.1000/a", "retention_percent", "out-of-bounds"),
    ("LPSCl,dry,PTFE,0.5,,,,50,,10.1016/J.CCLET.2024.110215", "doi", "review-itself"),
])  # fmt: skip
def test_what_cannot_be_and_the_review_itself_are_refused(tmp_path: Path, cells: str, column: str, code: str) -> None:
    assert faults(written(tmp_path, cells)) == {("line 2", column, code)}


def test_a_fraction_and_more_than_the_powder_are_remarked_on(tmp_path: Path) -> None:
    cells = "LPSCl,dry,PTFE,0.5,,,,{},,10.1000/a"
    read = reading(written(tmp_path, *(cells.format(value) for value in (0.5, 50, 120))))
    assert read.odd == (("papers.line-2", 0.5), ("papers.line-4", 120.0))
