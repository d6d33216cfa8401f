import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spcse_ml.data.lab_rows import current, read_records
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.errors import Fault, InputError, StoreError
from spcse_ml.lab.records import add_records, table_text
from spcse_ml.schema import columns
from spcse_ml.storage.files import turn
from tests.refusals import refused

DRY = {"sulfide": "LPSCl", "method": "dry", "binder": "PTFE", "binder_wt_percent": "99.5:0.5"}


def row(**cells: str) -> pd.DataFrame:
    return pd.DataFrame([DRY | cells], dtype=object)


def add_one(job: tuple[Path, int]) -> str:
    path, number = job
    return str(add_records(path, row(note=f"n{number}"))[0].id)


def test_a_membrane_is_kept_with_what_follows_from_it_and_only_the_columns_in_use(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    kept = add_records(
        table, row(thickness_um="0.04 mm", resistance_ohm="5.2 ohm", area_cm2="1.13 cm2", sigma_p_ms_cm="1")
    )[0]
    assert kept.sigma_m_ms_cm == pytest.approx(0.04 / 10 / (5.2 * 1.13) * 1000)
    assert kept.retention_percent == pytest.approx(100 * kept.sigma_m_ms_cm)
    header, line = table.read_text(encoding="utf-8").splitlines()
    assert header == (
        "id,sulfide,method,binder,binder_wt_percent,sigma_p_ms_cm,recorded_at,thickness_um,resistance_ohm,area_cm2,"
        "sigma_m_ms_cm,retention_percent"
    )
    assert re.match(r"M1,Li6PS5Cl,dry binder laminating,PTFE,0.5,1,20\d\d-[^,]+\+00:00,40,5.2,1.13,0.6807", line)


def test_what_was_given_is_kept_and_not_what_follows_from_the_rest(tmp_path: Path) -> None:
    kept = add_records(tmp_path / "lab.csv", row(sigma_p_ms_cm="1", sigma_m_ms_cm="0.5", retention_percent="50.5"))[0]
    assert kept.retention_percent == 50.5


def test_a_correction_is_a_new_line_and_the_old_one_stays(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    add_records(table, row(retention_percent="70"))
    before = table.read_text(encoding="utf-8").splitlines()[1]
    add_records(table, row(retention_percent="72", supersedes="M1"))
    assert [record.id for record in current(read_records(table))] == ["M2"]
    assert before.split(",")[-1] == table.read_text(encoding="utf-8").splitlines()[1].split(",")[-1]
    with refused("already-corrected"):
        add_records(table, row(supersedes="M1"))
    with refused("unknown-line"):
        add_records(table, row(supersedes="M9"))
    with refused("id-taken"):
        add_records(table, row(id="M2"))


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        ({"thickness_um": "40 MPa"}, [("wrong-unit", "thickness_um", "40 MPa")]),
        ({"thickness_um": "0,04"}, [("decimal-comma", "thickness_um", "0,04")]),
        ({"resistance_ohm": "7,4 ohm"}, [("decimal-comma", "resistance_ohm", "7,4 ohm")]),
        ({"resistance_ohm": "1,234.5"}, [("thousands-separator", "resistance_ohm", "1,234.5")]),
        ({"resistance_ohm": "1,234"}, [("thousands-separator", "resistance_ohm", "1,234")]),
        ({"made_on": "20.11.2026"}, [("not-a-date", "made_on", "20.11.2026")]),
        ({"made_on": "11/20/2026"}, [("not-a-date", "made_on", "11/20/2026")]),
        (
            {"sigma_p_ms_cm": "0.003", "sigma_m_ms_cm": "1.2"},
            [("derived-out-of-bounds", "retention_percent", "40000.0")],
        ),
        (
            {"thickness_um": "x", "plasticizer_wt_percent": "3"},
            [("not-a-number", "thickness_um", "x"), ("without-substance", "plasticizer_wt_percent", "3")],
        ),
        (
            {"retention_percent": "80", "sigma_p_ms_cm": "2", "sigma_m_ms_cm": "1"},
            [("contradicts-derived", "retention_percent", "80")],
        ),
        (
            {"sigma_m_ms_cm": "0.1", "resistance_ohm": "5.2", "area_cm2": "1.13", "thickness_um": "40"},
            [("contradicts-derived", "sigma_m_ms_cm", "0.1")],
        ),
        ({"plasticizer_wt_percent": "3"}, [("without-substance", "plasticizer_wt_percent", "3")]),
        ({"film_class": "nice"}, [("not-a-choice", "film_class", "nice")]),
        ({"binder": "PTFEE"}, [("unknown-name-or-class", "binder", "PTFEE")]),
        ({"solvent": "toluene"}, [("solvent-in-dry-process", "solvent", "toluene")]),
        ({"colour": "blue"}, [("unmapped-column", "colour", None)]),
    ],
)
def test_a_faulty_membrane_is_refused_and_nothing_is_written(
    tmp_path: Path, cells: dict[str, str], faults: list[tuple[str, str, str | None]]
) -> None:
    with pytest.raises(InputError) as caught:
        add_records(tmp_path / "lab.csv", row(**cells))
    assert [(fault.code, fault.column, fault.given) for fault in caught.value.faults] == faults
    assert not (tmp_path / "lab.csv").exists()


def test_all_rows_or_none(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    rows = pd.concat([row(), row(thickness_um="x", binder="PTFEE"), row(sulfide="")], ignore_index=True)
    rows.index = pd.Index([2, 3, 4])
    with pytest.raises(InputError) as caught:
        add_records(table, rows, file="their.csv")
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        ("line 3", "thickness_um"), ("line 3", "binder"), ("line 4", "sulfide"),
    ]  # fmt: skip
    assert not table.exists()


def test_a_column_that_is_missing_is_told_once(tmp_path: Path) -> None:
    rows = pd.DataFrame([{"sulfide": "LPSCl"}, {"sulfide": "LGPS"}], dtype=object, index=[2, 3])
    with pytest.raises(InputError) as caught:
        add_records(tmp_path / "lab.csv", rows, file="their.csv")
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [("line 1", "method")]


def test_what_is_written_reads_back_as_it_was(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    cells = {"made_on": "2026-11-24", "made_by": 'A. "B", C', "film_class": "uniform and dense", "note": "é µ −5",
             "is_powder_processed": "true", "n_replicates": "3", "calender_passes": "2"}  # fmt: skip
    added = add_records(table, row(**cells))
    assert read_records(table) == added
    assert table_text(read_records(table)) == table.read_text(encoding="utf-8")
    assert isinstance(added[0], LabMembrane)


def test_a_retention_above_a_hundred_is_kept(tmp_path: Path) -> None:
    assert add_records(tmp_path / "lab.csv", row(retention_percent="104"))[0].retention_percent == 104


def test_a_damaged_table_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    add_records(table, row())
    damaged = table.read_text(encoding="utf-8").replace("PTFE", "PTFEE")
    table.write_text(damaged, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        add_records(table, row())
    assert [(fault.place, fault.column) for fault in caught.value.faults] == [("lab.csv, line 2", "binder")]
    assert table.read_text(encoding="utf-8") == damaged


def test_a_table_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with refused("not-writable", kind=StoreError):
        add_records(tmp_path / "file" / "lab.csv", row())


def test_whoever_finds_the_table_locked_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spcse_ml.storage.files.WAIT_S", 0.1)
    with turn(tmp_path / "lab.csv"), refused("locked", kind=StoreError):
        add_records(tmp_path / "lab.csv", row())
    assert not (tmp_path / "lab.csv").exists()


def added_by_two(path: Path, n: int) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        ids = pool.map(add_one, [(path, number) for number in range(n)], chunksize=1)
    kept = read_records(path)
    assert sorted(ids) == sorted(str(one.id) for one in kept)
    assert sorted(str(one.note) for one in kept) == sorted(f"n{number}" for number in range(n))


@pytest.mark.integration
def test_two_who_record_at_once_lose_nothing(tmp_path: Path) -> None:
    added_by_two(tmp_path / "lab.csv", 12)


@pytest.mark.thorough
def test_two_who_record_200_at_once_lose_nothing(tmp_path: Path) -> None:
    added_by_two(tmp_path / "lab.csv", 200)


def killed_while_recording(tmp_path: Path, n: int) -> None:
    """Kill -9 at any moment: the table holds every record that was told to be kept, and reads."""
    table = tmp_path / "lab.csv"
    script = (
        "import sys, pandas as pd\nfrom pathlib import Path\n"
        "from spcse_ml.lab.records import add_records\n"
        "from itertools import count\n"
        "for number in count():\n"
        f"    row = pd.DataFrame([{DRY!r} | {{'batch': sys.argv[2], 'note': f'n{{number}}'}}], dtype=object)\n"
        "    print(add_records(Path(sys.argv[1]), row)[0].id, flush=True)\n"
    )
    for kill in range(n):
        with subprocess.Popen(
            [sys.executable, "-c", script, str(table), f"B{kill}"],
            stdout=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        ) as process:
            assert process.stdout is not None
            told = [process.stdout.readline().strip()]
            time.sleep(0.013 * kill)
            process.send_signal(signal.SIGKILL)
            told += process.stdout.read().split()
        ids = [one.id for one in read_records(table)]
        assert set(told) <= set(ids)
        assert len(ids) == len(set(ids))


def test_a_killed_process_leaves_the_table_valid(tmp_path: Path) -> None:
    killed_while_recording(tmp_path, 2)


@pytest.mark.thorough
def test_fifty_killed_processes_leave_the_table_valid(tmp_path: Path) -> None:
    killed_while_recording(tmp_path, 50)


FORETOLD: dict[str, dict[str, Any]] = {
    "P1": {"sulfide": "Li6PS5Cl", "method": "dry binder laminating", "binder": "PTFE", "binder_wt_percent": 0.5},
    "P2": {"sulfide": "Li6PS5Cl", "method": "slurry coating", "binder": "NBR", "binder_wt_percent": 2.0,
           "solvent": "toluene"},
}  # fmt: skip


def add(table: Path, *cells: dict[str, str], file: str = "") -> list[str | None]:
    rows = pd.DataFrame([DRY | one for one in cells], dtype=object, index=range(2, 2 + len(cells)))
    return [one.id for one in add_records(table, rows, file=file, preregistered=FORETOLD)]


def faults_of(table: Path, *cells: dict[str, str], file: str = "") -> tuple[Fault, ...]:
    before = table.read_bytes() if table.exists() else None
    with pytest.raises(InputError) as caught:
        add(table, *cells, file=file)
    assert (table.read_bytes() if table.exists() else None) == before, "nothing is written"
    return caught.value.faults


MEASURED = {"thickness_um": "40", "resistance_ohm": "5.2", "area_cm2": "1.13", "sigma_p_ms_cm": "3"}


def test_a_file_that_is_added_twice_is_refused_row_by_row_with_what_to_do(tmp_path: Path) -> None:
    rows = [MEASURED, MEASURED | {"batch": "B2"}]
    add(tmp_path / "lab.csv", *rows, file="their.csv")
    faults = faults_of(tmp_path / "lab.csv", *rows, file="their.csv")
    assert [(fault.code, fault.place, fault.values) for fault in faults] == [
        ("duplicate-membrane", "their.csv, line 2", {"id": "M1"}),
        ("duplicate-membrane", "their.csv, line 3", {"id": "M2"}),
    ]


def test_a_row_that_stands_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "lab.csv", MEASURED, MEASURED | {"id": "other"}, file="their.csv")
    assert (fault.code, fault.row, fault.values) == ("duplicate-membrane", "line 3", {"id": "M1"})


@pytest.mark.parametrize("column", ["batch", "note", "made_on", "thickness_um", "made_by"])
def test_a_replicate_that_differs_in_one_column_is_kept(tmp_path: Path, column: str) -> None:
    told = {"made_on": "2026-11-20", "thickness_um": "41"}.get(column, "x")
    assert add(tmp_path / "lab.csv", MEASURED, MEASURED | {column: told}) == ["M1", "M2"]


def test_the_same_row_may_supersede_and_what_was_superseded_may_come_again(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    add(table, {"note": "a"})
    add(table, {"note": "a", "supersedes": "M1"})
    add(table, {"note": "b", "supersedes": "M2"})
    assert add(table, {"note": "a"}) == ["M4"]


def test_a_table_that_holds_a_row_twice_already_still_reads(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    table.write_text("id,sulfide,method,binder\nM1,LPSCl,dry,PTFE\nM2,LPSCl,dry,PTFE\n", encoding="utf-8")
    assert len(read_records(table)) == 2
    assert add(table, {"note": "new"}) == ["M3"]


def test_a_prediction_that_was_made_for_this_recipe_is_claimed_once(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    add(table, {"prediction": "P1", "retention_percent": "70"})
    (fault,) = faults_of(table, {"prediction": "P1", "retention_percent": "80"})
    assert (fault.code, fault.column, fault.given) == ("prediction-claimed", "prediction", "P1")
    assert fault.values == {"id": "M1"}
    assert add(table, {"prediction": "P1", "retention_percent": "71", "supersedes": "M1"}) == ["M2"]
    (fault,) = faults_of(table, {"prediction": "P1", "retention_percent": "80"})
    assert (fault.code, fault.values) == ("prediction-claimed", {"id": "M2"})


def test_two_rows_of_one_file_cannot_claim_one_prediction(tmp_path: Path) -> None:
    claims = {"prediction": "P1"}, {"prediction": "P1", "note": "n"}
    (fault,) = faults_of(tmp_path / "lab.csv", *claims, file="x.csv")
    assert (fault.code, fault.place) == ("prediction-claimed", "x.csv, line 3")


def test_an_entry_that_does_not_exist_is_refused_with_those_that_are_free(tmp_path: Path) -> None:
    table = tmp_path / "lab.csv"
    (fault,) = faults_of(table, {"prediction": "P7"})
    assert (fault.code, fault.given, fault.allowed) == ("unknown-prediction", "P7", "P1, P2")
    add(table, {"prediction": "P1"})
    (fault,) = faults_of(table, {"prediction": "P7", "note": "another"})
    assert fault.allowed == "P2"
    with refused("unknown-prediction"):
        add_records(tmp_path / "other.csv", pd.DataFrame([DRY | {"prediction": "P1"}], dtype=object))


@pytest.mark.parametrize(
    ("cells", "differing"),
    [
        ({"prediction": "P2"}, "method slurry coating, not dry binder laminating; binder NBR, not PTFE; "
                               "binder_wt_percent 2, not 0.5; solvent toluene, not blank"),
        ({"prediction": "P1", "binder_wt_percent": "1"}, "binder_wt_percent 0.5, not 1"),
        ({"prediction": "P1", "binder_wt_percent": ""}, "binder_wt_percent 0.5, not blank"),
        ({"prediction": "P1", "sulfide": "LGPS"}, "sulfide Li6PS5Cl, not Li10GeP2S12"),
        ({"prediction": "P1", "method": "skeleton", "template": "nylon", "template_wt_percent": "9"},
         "method dry binder laminating, not skeleton templating; template blank, not nylon mesh; "
         "template_wt_percent blank, not 9"),
    ],
)  # fmt: skip
def test_a_membrane_of_another_recipe_is_refused_with_the_columns_that_differ(
    tmp_path: Path, cells: dict[str, str], differing: str
) -> None:
    (fault,) = faults_of(tmp_path / "lab.csv", cells)
    assert (fault.code, fault.column) == ("prediction-of-other-recipe", "prediction")
    assert fault.values == {"differing": differing}


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    rows = [{"note": "a"}, {"note": "a"}, {"prediction": "P9"}, {"thickness_um": "40 MPa"}]
    faults = faults_of(tmp_path / "lab.csv", *rows, file="x.csv")
    assert [(fault.row, fault.column) for fault in faults] == [
        ("line 5", "thickness_um"), ("line 3", ""), ("line 4", "prediction"),
    ]  # fmt: skip


@pytest.mark.parametrize(("content", "counts"), [("2.03", True), ("1.8", True), ("2.2", True), ("2.21", False)])
def test_a_content_that_was_weighed_nearly_as_foretold_is_the_one_foretold(
    tmp_path: Path, content: str, *, counts: bool
) -> None:
    made = {"method": "slurry", "binder": "NBR", "solvent": "toluene", "binder_wt_percent": content, "prediction": "P2"}
    if counts:
        assert add(tmp_path / "lab.csv", made) == ["M1"]
    else:
        (fault,) = faults_of(tmp_path / "lab.csv", made)
        assert fault.values["differing"] == f"binder_wt_percent 2, not {content}"


def test_the_label_of_every_column_is_a_few_words_without_examples() -> None:
    labels = [column.label for column in columns(LabMembrane).values()]
    assert [label for label in labels if len(label) > 60 or set(label) & set(",;(")] == []
    assert len(set(labels)) == len(labels)
