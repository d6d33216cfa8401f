"""The rule of what enters the checked table, clause by clause, and the claims that are released."""

import ast
import operator
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from spcse_ml.data.dataset import View
from spcse_ml.data.literature import literature, read_literature
from spcse_ml.data.paper_checks import (
    HEADINGS,
    Claim,
    Derivation,
    Effect,
    Evidence,
    cells_of,
    entered,
    is_identified,
    read_claims,
    trust_in,
    with_effects,
)
from spcse_ml.data.review import span
from spcse_ml.errors import InputError
from spcse_ml.schema import RETENTION, THICKNESS, Method, Trust
from spcse_ml.tables import released

BLANK = dict.fromkeys(HEADINGS.values(), "")
DRY = cells_of(Method.DRY, BLANK | {
    "Sulfide solid electrolytes": "Li6PS5Cl", "Binder": "PTFE", "σ_m (mS/cm)": "1.0", "σ_m/σ_p": "50",
    "Thickness (μm)": "40",
})  # fmt: skip
CHARGED, A, B, C = "Li10Si0.3PS6.7Cl1.8", Evidence.PAPER, Evidence.ANOTHER, Evidence.DIGEST


def claim(column: str, value: str, evidence: Evidence, doi: str = "10.1/x", **fields: str) -> Claim:
    plain = {"group": "", "formula": "", "line_sigma_m_ms_cm": "", "line_thickness_um": "", "matched": "",
             "reason": "", "effect": "", "present": ""}  # fmt: skip
    made = Claim("1", "1", column, value=value, evidence=evidence, source="s", doi=doi, derivation=None, **plain)
    return replace(made, **fields)


def effects(*claims: Claim, **cells: str) -> list[str]:
    return [one.effect for one in with_effects(claims, {**DRY, **cells})]


@pytest.mark.parametrize(("column", "value"), [
    ("sulfide", "Li3PS4"), ("binder", "SBR"), ("binder_wt_percent", "3"), ("sigma_m_ms_cm", "0.7"),
    ("retention_percent", "35"), ("thickness_um", "60"), ("solvent", "toluene"), ("lithium_salt", "LiTFSI"),
])  # fmt: skip
def test_clause_1_the_paper_itself_replaces_print_in_any_cell(column: str, value: str) -> None:
    present = DRY[column]
    assert effects(claim(column, value, A)) == [Effect.CHANGES if present else Effect.FILLS]


def test_clause_1_two_statements_of_papers_that_differ_change_nothing() -> None:
    pair = claim("retention_percent", "35", A), claim("retention_percent", "20", A)
    assert effects(*pair) == [Effect.CONFLICT, Effect.CONFLICT]
    as_printed = claim("retention_percent", "50", A)
    assert effects(as_printed, pair[0]) == [Effect.CONFIRMS, Effect.CONFLICT]
    from_resistance = replace(claim("retention_percent", "9", A), derivation=Derivation.RESISTANCE)
    assert effects(pair[0], from_resistance) == [Effect.CHANGES, Effect.CONFLICT]


def test_clause_1_the_paper_outranks_what_others_say_of_it() -> None:
    paper, other = claim("binder_wt_percent", "3", A), claim("binder_wt_percent", "5", B)
    assert effects(other, paper) == [Effect.CONFLICT, Effect.FILLS]
    assert entered([other, paper], DRY) == {"binder_wt_percent": "3"}


def test_clause_1_two_others_do_not_overrule_the_paper_that_confirms_the_print() -> None:
    others = [claim("binder", "SBR", B, doi) for doi in ("10.1/y", "10.1/z")]
    assert effects(*others) == [Effect.CHANGES, Effect.CHANGES]
    assert effects(claim("binder", "PTFE", A), *others) == [Effect.CONFIRMS, Effect.CONFLICT, Effect.CONFLICT]


@pytest.mark.parametrize(("column", "derivation", "effect"), [
    ("binder_wt_percent", Derivation.CONTENT, Effect.FILLS),
    ("retention_percent", Derivation.RATIO, Effect.CHANGES),
    ("retention_percent", Derivation.OTHER_RATIO, Effect.CONFLICT),
    ("retention_percent", Derivation.CONTENT, Effect.CONFLICT),
    ("retention_percent", Derivation.RESISTANCE, Effect.CONFLICT),
    ("sigma_m_ms_cm", Derivation.RESISTANCE, Effect.CONFLICT),
    ("sigma_m_ms_cm", Derivation.RATIO, Effect.CONFLICT),
    ("thickness_um", Derivation.RESISTANCE, Effect.CONFLICT),
])  # fmt: skip
def test_clause_1_what_is_derived_counts_for_contents_and_for_the_ratio_alone(
    column: str, derivation: Derivation, effect: Effect
) -> None:
    assert effects(replace(claim(column, "30", A), derivation=derivation)) == [effect]


def test_clause_2_another_source_fills_a_blank_and_no_cell_of_an_outcome() -> None:
    assert effects(claim("binder_wt_percent", "3", B)) == [Effect.FILLS]
    assert effects(claim("thickness_um", "60", B), thickness_um="") == [Effect.FILLS]
    assert effects(claim("sigma_m_ms_cm", "0.7", B), sigma_m_ms_cm="") == [Effect.CONFLICT]
    assert effects(claim("retention_percent", "20", B), retention_percent="") == [Effect.CONFLICT]


def test_clause_2_a_blank_that_does_not_apply_is_not_filled() -> None:
    assert effects(claim("solvent", "toluene", B)) == [Effect.CONFLICT]
    assert effects(claim("solvent", "toluene", B), method=Method.SLURRY) == [Effect.FILLS]
    assert effects(claim("template_wt_percent", "5", B)) == [Effect.CONFLICT]
    assert effects(claim("template_wt_percent", "5", B), template="Nylon") == [Effect.FILLS]


def test_clause_2_two_sources_of_different_groups_replace_print_and_of_one_group_do_not() -> None:
    first, second = (claim("sulfide", "Li3PS4", B, doi) for doi in ("10.1/x", "10.1/y"))
    assert effects(first) == [Effect.CONFLICT]
    assert effects(first, second) == [Effect.CHANGES, Effect.CHANGES]
    assert effects(*(replace(one, group="same") for one in (first, second))) == [Effect.CONFLICT, Effect.CONFLICT]
    third = claim("sulfide", "Li6PS5Cl", B, "10.1/z")
    assert effects(first, second, third) == [Effect.CONFLICT, Effect.CONFLICT, Effect.CONFIRMS]
    outcomes = [claim("retention_percent", "20", B, doi) for doi in ("10.1/x", "10.1/y")]
    assert effects(*outcomes) == [Effect.CONFLICT, Effect.CONFLICT]


def test_clause_2_one_source_replaces_an_impossible_print_unless_it_tells_of_another_material() -> None:
    sulfide = claim("sulfide", "Li6PS5Cl", B)
    assert effects(sulfide, sulfide=CHARGED) == [Effect.CHANGES]
    assert effects(sulfide, sulfide="Li3PS4") == [Effect.CONFLICT]
    route = claim("method", "slurry coating", B)
    assert effects(sulfide, route, sulfide=CHARGED) == [Effect.CONFLICT, Effect.CONFLICT]
    assert effects(sulfide, replace(route, doi="10.1/y"), sulfide=CHARGED) == [Effect.CHANGES, Effect.CONFLICT]
    full = {"template": "Nylon", "template_wt_percent": "60", "binder_wt_percent": "50"}
    assert effects(claim("binder_wt_percent", "5", B), **full) == [Effect.CHANGES]
    assert effects(claim("binder_wt_percent", "5", B), **full | {"template_wt_percent": "40"}) == [Effect.CONFLICT]


def test_clause_2_a_powder_above_all_known_ones_opens_no_cell_of_an_outcome() -> None:
    assert effects(claim("retention_percent", "60", B), sigma_m_ms_cm="2.4", retention_percent="0.6") == ["conflict"]


@pytest.mark.parametrize(("sigma_m", "thickness", "effect"), [
    ("0.91", "40", Effect.FILLS), ("1.1", "40", Effect.FILLS), ("0.89", "40", Effect.CONFLICT),
    ("1.0", "50", Effect.CONFLICT), ("", "40", Effect.CONFLICT), ("1.0", "", Effect.CONFLICT),
])  # fmt: skip
def test_clause_3_a_digest_fills_a_blank_if_its_line_is_that_of_the_row(
    sigma_m: str, thickness: str, effect: Effect
) -> None:
    line = {"line_sigma_m_ms_cm": sigma_m, "line_thickness_um": thickness}
    assert effects(claim("binder_wt_percent", "0.5", C, **line)) == [effect]


def test_clause_3_a_digest_replaces_no_print_and_fills_nothing_else() -> None:
    line = {"line_sigma_m_ms_cm": "1.0", "line_thickness_um": "40"}
    assert effects(claim("binder_wt_percent", "0.5", C, **line), binder_wt_percent="1") == [Effect.CONFLICT]
    assert effects(claim("retention_percent", "30", C, **line), retention_percent="") == [Effect.CONFLICT]
    assert effects(claim("lithium_salt", "LiTFSI", C, **line)) == [Effect.CONFLICT]


@pytest.mark.parametrize("evidence", [Evidence.MACHINE, Evidence.INFERENCE])
def test_clause_4_machine_pairs_and_inferences_are_notes(evidence: Evidence) -> None:
    assert effects(claim("binder_wt_percent", "3", evidence)) == [Effect.CONFLICT]
    assert effects(claim("sulfide", "Li6PS5Cl", evidence), sulfide=CHARGED) == [Effect.CONFLICT]
    assert effects(claim("thickness_um", "40", evidence)) == [Effect.CONFIRMS]


@pytest.mark.parametrize("evidence", list(Evidence))
def test_clause_5_a_row_leaves_training_where_the_paper_itself_says_so(evidence: Evidence) -> None:
    assert effects(claim("membrane", "electrodes", evidence)) == [Effect.CHANGES if evidence is A else Effect.CONFLICT]


@pytest.mark.parametrize(("matched", "enters"), [
    ("title|year|volume", True), ("title|volume|article number", True), ("title|year|volume|article number", True),
    ("title|year", False), ("year|volume|article number", False), ("", False), ("title|journal|authors", False),
])  # fmt: skip
def test_clause_6_a_doi_enters_with_the_title_and_two_of_three(matched: str, enters: bool) -> None:  # noqa: FBT001
    assert is_identified(matched) is enters
    assert effects(claim("doi", "10.1/x", B, matched=matched)) == [Effect.FILLS if enters else Effect.CONFLICT]
    assert effects(claim("doi", "10.1/x", B, matched=matched), doi="10.1/other") == [Effect.CONFLICT]


def test_figures_agree_within_two_percent_and_ranges_where_they_overlap() -> None:
    assert effects(claim("sigma_m_ms_cm", "1.02", B)) == [Effect.CONFIRMS]
    assert effects(claim("sigma_m_ms_cm", "1.03", B)) == [Effect.CONFLICT]
    assert effects(claim("thickness_um", "30-40", B)) == [Effect.CONFIRMS]
    assert effects(claim("thickness_um", "<50", A)) == [Effect.CONFIRMS]
    assert effects(claim("sigma_p_ms_cm", "2.0", A)) == [Effect.CONFIRMS]  # 1.0 mS/cm over 50 %


def test_what_enters_is_what_was_found_before_the_rule_was_code() -> None:
    claims = read_claims(released("data", "literature"))
    cells = {(".".join(one.place), one.column, one.value)
             for one in claims if one.effect in {Effect.CHANGES, Effect.FILLS}}  # fmt: skip
    assert cells == {
        ("1.13", "membrane", "electrodes"), ("1.15", "membrane", "sulfide/halide bilayer"),
        ("2.1", "sulfide", "77.5Li2S-22.5P2S5"), ("2.5", "sulfide", "Li5.4PS4.4Cl1.6"),
        ("3.1", "retention_percent", "20"), ("3.5", "binder_wt_percent", "1"), ("3.6", "binder_wt_percent", "3.9"),
        ("3.6", "template_wt_percent", "13.5"), ("3.9", "binder_wt_percent", "0.5"),
    }  # fmt: skip
    doubted = {one.place for one in claims if one.effect == Effect.CONFLICT and one.column != "doi"}
    conflicts = {("1", "8"), ("1", "9"), ("1", "7"), ("2", "1"), ("2", "2"), ("2", "3"), ("2", "4"), ("2", "11"),
                 ("3", "3"), ("3", "4"), ("3", "9")}  # fmt: skip
    assert conflicts <= doubted


OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def worked_out(formula: str) -> float:
    def value(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        assert isinstance(node, ast.Constant)
        return float(node.value)

    return value(ast.parse(formula, mode="eval").body)


def test_every_derived_value_follows_from_its_formula() -> None:
    derived = [one for one in read_claims(released("data", "literature")) if one.derivation]
    assert len(derived) > 10
    for one in derived:
        ends = span(one.value)
        assert ends
        assert worked_out(one.formula) == pytest.approx(ends[0], rel=0.01), one


def test_every_claim_has_its_source() -> None:
    for one in read_claims(released("data", "literature")):
        assert one.source
        assert not one.doi or re.fullmatch(r"10\.\d{4,9}/\S+", one.doi), one
        assert one.doi or one.evidence in {Evidence.MACHINE, Evidence.INFERENCE} or "(" in one.source or (
            one.source.startswith("thesis")), one  # fmt: skip


def test_the_checked_table_has_the_cells_and_leaves_out_what_is_no_membrane() -> None:
    checked, review = literature(View.CHECKED), literature(View.REVIEW)
    rows = {f"{row['table']}.{row['row']}": row for row in checked.rows.to_dict("records")}
    assert (rows["2.1"]["sulfide"], rows["2.1"]["sulfide_family"]) == ("77.5Li2S-22.5P2S5", "glass")
    assert rows["3.1"]["retention_percent_low"] == rows["3.1"]["retention_percent_high"] == 20
    assert (rows["3.6"]["binder_wt_percent_low"], rows["3.6"]["template_wt_percent_high"]) == (3.9, 13.5)
    assert rows["3.6"]["has_pouch_cell"] is True
    assert rows["1.8"]["conflict"] == "sigma_m_ms_cm: 1.09 (A); retention_percent: 65 (A)"
    assert (rows["3.6"]["trust"], rows["1.8"]["trust"], rows["1.2"]["trust"]) == ("high", "low", "medium")
    assert rows["3.1"]["doi"] == "10.1021/acs.nanolett.5b00538"
    for target, lost in ((RETENTION, {"1.13"}), (THICKNESS, {"1.13", "1.15"})):
        before, after = (set(data.training_rows(target).places) for data in (review, checked))
        assert (before - after, after - before) == (lost, set())
    family = checked.training_rows(RETENTION).recipes.set_index("sulfide")["sulfide_family"]
    assert family["77.5Li2S-22.5P2S5"] == "glass"  # the catalogue does not list it
    assert family.drop("77.5Li2S-22.5P2S5").isna().all()


def test_views_have_fingerprints_of_their_own_and_that_of_the_review_is_as_before() -> None:
    prints = {view: literature(view).fingerprint for view in View}
    assert re.fullmatch("[0-9a-f]{16}", prints[View.REVIEW])
    assert all(re.fullmatch(f"{view}-[0-9a-f]{{16}}", prints[view]) for view in View if view is not View.REVIEW)
    assert len({text[-16:] for text in prints.values()}) == len(View)


def test_the_printed_view_has_the_print_also_where_no_name_is_known() -> None:
    rows = {f"{row['table']}.{row['row']}": row for row in literature(View.PRINTED).rows.to_dict("records")}
    assert (rows["1.9"]["binder"], rows["1.10"]["sulfide"], rows["1.13"]["binder"]) == (
        "Ethyl ellulose", "Li10GP2S12", "NA")  # fmt: skip
    assert rows["2.2"]["retention_percent_low"] == 0.6
    assert rows["2.3"]["sulfide"] == "70Li2S-30P2S5"


@pytest.mark.parametrize(("old", "new", "code", "column"), [
    ("3,5,binder_wt_percent,,1,C", "3,5,binder_wt_percent,2,1,C", "correction-mismatch", "binder_wt_percent"),
    (",14,14,A,thesis", ",14,15,A,thesis", "effect-not-by-rule", "effect"),
    ("2,13,thickness_um,47,<50,A", "2,13,thickness_um,47,<50,F", "not-a-choice", "class"),
    ("2,13,thickness_um,47", "2,13,thickness,47", "not-a-choice", "column"),
    ("2,13,thickness_um,47", "2,99,thickness_um,47", "correction-without-row", ""),
    ("effect\n", "effects\n", "missing-column", "effect"),
])  # fmt: skip
def test_a_claim_that_fits_no_cell_or_not_the_rule_is_refused(
    tmp_path: Path, old: str, new: str, code: str, column: str
) -> None:
    shutil.copytree(released("data", "literature"), tmp_path / "literature")
    path = tmp_path / "literature" / "paper_checks.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_literature(tmp_path / "literature", view="checked")
    faults = [(fault.code, fault.column, fault.file) for fault in refused.value.faults]
    assert (code, column, "paper_checks.csv") in faults
    review = read_literature(tmp_path / "literature", view="review")  # it does not need them
    assert len(review.rows) == 38


def test_a_view_that_there_is_not_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        read_literature(view="best")
    assert [(fault.code, fault.column, fault.given) for fault in refused.value.faults] == [
        ("not-a-choice", "view", "best")
    ]


def test_trust_is_low_where_the_outcome_is_claimed_otherwise_and_high_where_the_paper_states_it() -> None:
    stated, other = claim("retention_percent", "50", A), claim("retention_percent", "30", C)
    assert trust_in(with_effects([stated], DRY)) is Trust.HIGH
    assert trust_in(with_effects([claim("retention_percent", "50", B)], DRY)) is Trust.MEDIUM
    assert trust_in(with_effects([stated, other], DRY)) is Trust.LOW
    assert trust_in(with_effects([stated, claim("lithium_salt", "LiTFSI", C)], DRY)) is Trust.HIGH
