import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from spcse_ml.chemistry.compositions import net_charge
from spcse_ml.chemistry.formulas import read_composition
from spcse_ml.data.dataset import Dataset
from spcse_ml.data.literature import literature, read_literature
from spcse_ml.data.review import check_measurements
from spcse_ml.errors import InputError
from spcse_ml.reports.messages.data import literature_text, repeats_lines
from spcse_ml.schema import RETENTION, TARGETS, THICKNESS
from spcse_ml.tables import released


def row(table: int, number: int) -> pd.Series:
    rows = literature().rows
    return rows[(rows["table"] == table) & (rows["row"] == number)].iloc[0]


def copied(folder: Path, table: str, old: str, new: str) -> Path:
    shutil.copytree(released("data", "literature"), folder / "literature")
    path = folder / "literature" / table
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder / "literature"


def test_the_tables_hold_38_membranes_of_36_papers_and_what_can_be_learnt_is_counted_by_paper() -> None:
    data = literature()
    assert (len(data.rows), data.rows["reference"].nunique(), len(data.references)) == (38, 36, 36)
    for target, rows, papers in ((RETENTION, 30, 28), (THICKNESS, 34, 32)):
        trainable = data.training_rows(target)
        assert (len(trainable.outcomes), len(set(trainable.papers))) == (rows, papers)


def test_upper_bounds_over_a_range_stay_bounds_and_are_not_learnt_from() -> None:
    for number, high, sigmas in ((11, 41.0, (0.15, 0.86)), (5, 36.2, (0.331, 1.21))):
        printed = row(1, number)
        assert printed["retention_percent_low"] is None
        assert (printed["retention_percent_high"], printed["retention_qualifier"]) == (high, "<")
        assert (printed["sigma_m_ms_cm_low"], printed["sigma_m_ms_cm_high"]) == sigmas
        assert f"1.{number}" not in literature().training_rows(RETENTION).places


def test_an_impossible_retention_is_masked_and_the_thickness_of_its_row_kept() -> None:
    printed = row(2, 2)
    assert printed["retention_qualifier"] == "masked"
    assert printed[["retention_percent_low", "retention_percent_high"]].isna().all()
    assert "2.2" in literature().training_rows(THICKNESS).places
    assert "2.2" not in literature().training_rows(RETENTION).places


def test_a_membrane_printed_twice_is_learnt_once_and_a_shared_recipe_is_one_group() -> None:
    trainable = literature().training_rows(RETENTION)
    assert "2.6" in trainable.places
    assert "2.5" not in trainable.places
    groups = dict(zip(trainable.places, trainable.papers, strict=True))
    assert groups["1.8"] == groups["1.9"] == "41+42"


@pytest.mark.parametrize(
    ("table", "number", "column", "value"),
    [
        (1, 13, "binder", "NBR-PBA"),  # printed NA, which is a polymer and not a blank
        (1, 9, "binder", "ethyl cellulose"),
        (1, 10, "sulfide", "Li10GeP2S12"),
        (2, 3, "sulfide", "Li10GeP2S12"),
        (1, 6, "energy_density_wh_kg", 374.7),
        (1, 3, "energy_density_wh_kg", None),
        (1, 8, "energy_density_wh_l", 675.0),
        (3, 1, "energy_density_wh_kg", 44.0),
        (2, 4, "energy_density_wh_l", 660.0),
        (3, 4, "binder_wt_percent_low", 1.0),
        (3, 3, "template_wt_percent_high", 6.6),
        (3, 3, "thickness_um_low", 40.0),
        (1, 12, "solvent", "dibromomethane + hexyl butyrate"),
        (1, 12, "lithium_salt", "LiTFSI"),
        (2, 4, "solvent", None),
        (2, 4, "donor_number_kcal_mol", None),
        (3, 5, "binder_wt_percent_low", 1.0),
        (2, 10, "anode", "Li3.75Si"),
    ],
)
def test_a_cell_reads_as_the_print_and_its_corrections_say(table: int, number: int, column: str, value: object) -> None:
    assert row(table, number)[column] == value


def test_pouch_cells_are_the_13_marked_rows() -> None:
    rows = literature().rows
    marked = rows[rows["has_pouch_cell"].astype(bool)]
    assert sorted(marked["reference"]) == [33, 43, 44, 50, 51, 53, 54, 60, 61, 63, 65, 66, 68]


def test_every_sulfide_is_charge_neutral_but_the_one_that_is_printed_otherwise() -> None:
    charged = {name for name in literature().rows["sulfide"] if abs(net_charge(read_composition(name))) > 0.01}
    assert charged == {"Li10Si0.3PS6.7Cl1.8"}


def test_the_fingerprint_sees_every_single_cell_and_not_the_order_of_rows() -> None:
    data = literature()
    seen = {data.fingerprint}
    for line in data.rows.index:
        for column in data.rows.columns:
            changed = data.rows.copy()
            changed.loc[line, column] = "changed"
            seen.add(Dataset(changed, data.references).fingerprint)
    assert len(seen) == 1 + data.rows.size
    shuffled = data.rows.sample(frac=1, random_state=0)
    assert Dataset(shuffled, data.references).fingerprint == data.fingerprint


def test_blank_and_text_none_are_told_apart_by_the_fingerprint() -> None:
    data = literature()
    changed = data.rows.copy()
    changed.loc[0, "template"] = "None"
    assert Dataset(changed, data.references).fingerprint != data.fingerprint


def test_a_correction_that_no_longer_fits_its_printed_cell_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path, "table2_dry_binder_laminating.csv", "2.4,0.6,100", "2.4,60,100")
    with pytest.raises(InputError) as refused:
        read_literature(folder)
    assert [(fault.code, fault.column) for fault in refused.value.faults] == [("correction-mismatch", "σ_m/σ_p")]


def test_every_bad_cell_of_the_tables_is_told_at_once(tmp_path: Path) -> None:
    folder = copied(tmp_path, "table1_slurry_coating.csv", "SEBS,5,", "SEBSS,five,")
    with pytest.raises(InputError) as refused:
        read_literature(folder)
    assert [(fault.place, fault.code, fault.column) for fault in refused.value.faults] == [
        ("table1_slurry_coating.csv, line 3", "not-a-range", "binder_wt_percent"),
        ("table1_slurry_coating.csv, line 3", "unknown-name-or-class", "binder"),
    ]


def test_a_changed_cell_changes_what_is_learnt(tmp_path: Path) -> None:
    folder = copied(tmp_path, "table1_slurry_coating.csv", "0.7,58.3,50", "0.7,48.3,50")
    changed = read_literature(folder)
    assert changed.fingerprint != literature().fingerprint
    assert 48.3 in changed.training_rows(RETENTION).outcomes


def test_a_file_of_measurements_is_checked_for_repeats_order_and_physics(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(
        "table,row,reference,method,sulfide,binder,thickness_um_low,thickness_um_high,sigma_m_ms_cm_low,"
        "retention_percent_low\n"
        "1,1,1,slurry,Li6PS5Cl,NBR,90,40,,\n1,2,1,slurry,Li6PS5Cl,NBR,,,5,1\n1,2,2,slurry,Li6PS5Cl,NBR,,,,\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as refused:
        check_measurements(path)
    first = refused.value.faults[0]
    assert (first.code, first.row, first.column) == ("low-above-high", "line 2", "thickness_um_low")
    assert (first.given, first.values) == ("90", {"other": "thickness_um_high", "high": 40})
    path.write_text(path.read_text(encoding="utf-8").replace("90,40", "40,90"), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        check_measurements(path)
    assert {
        ("line 2", "no-solvent-in-slurry", "solvent", None),
        ("line 3", "implausible-powder", "retention_percent_low", "1"),
        ("line 4", "repeated-row", "", "1.2"),
    } <= {(fault.row, fault.code, fault.column, fault.given) for fault in refused.value.faults}


def test_a_correction_of_a_row_that_is_not_printed_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path, "corrections.csv", "\n1,3,32,note", "\n1,99,32,note")
    with pytest.raises(InputError) as refused:
        read_literature(folder)
    assert [(fault.code, fault.place, fault.given) for fault in refused.value.faults] == [
        ("correction-without-row", "corrections.csv, line 2", "1.99")
    ]


def test_papers_that_share_a_recipe_are_one_group_however_it_is_written_down(tmp_path: Path) -> None:
    folder = copied(tmp_path, "references.csv", "2200401,,,41,G", "2200401,,,,G")
    groups = read_literature(folder).training_rows(RETENTION)
    assert set(groups.papers[[place in {"1.8", "1.9"} for place in groups.places]]) == {"41+42"}


def test_a_synonym_without_a_note_is_checked_by_its_formula(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("table,row,reference,method,sulfide,binder,note\n1,1,1,dry,LGPS,PTFE,\n", encoding="utf-8")
    assert check_measurements(path)["sulfide"].tolist() == ["LGPS"]


def test_one_membrane_under_two_references_is_remarked_on() -> None:
    """Doubled, the literature had 59 papers and erred by 13.4; what shares a recipe by references.csv is one group."""
    whole = literature()
    assert [whole.training_rows(target).repeats() for target in TARGETS.values()] == [[], []]
    again = whole.rows[whole.rows["reference"] == 51].assign(reference=999, row=99)
    references = whole.references.reindex([*whole.references.index, 999]).fillna("")
    doubled = replace(whole, rows=pd.concat([whole.rows, again], ignore_index=True), references=references)
    rows = doubled.training_rows(RETENTION)
    (line,) = repeats_lines(rows)
    assert [{rows.papers[number] for number in pair} for pair in rows.repeats()] == [{"51", "999"}]
    what = "the same recipe and the same outcome, 70.8, under [51] and [999]"
    assert line == f"2.7 and 2.99: {what}; one membrane that is told twice counts twice"
    assert line in literature_text(doubled)
