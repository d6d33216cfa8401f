from datetime import date
from pathlib import Path
from typing import Any

import pytest

from spcse_ml.data.literature import literature
from spcse_ml.data.membrane import LabMembrane
from spcse_ml.data.plausibility import Remark, published_span
from spcse_ml.data.validation import read_row
from spcse_ml.lab.plausibility import remarks
from spcse_ml.schema import Method, columns
from spcse_ml.workflows.lab import record

TODAY = date(2026, 11, 24)


def membrane(**cells: Any) -> LabMembrane:
    told = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5, "batch": "B1"} | cells
    read, faults = read_row(told, LabMembrane)
    assert read is not None, faults
    return read


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        ({"binder_wt_percent": 97}, Remark("reversed-ratio", "", "binder_wt_percent", 97, 0.2, 20, suggestion=3)),
        ({"binder_wt_percent": 0.005}, Remark("fraction", "", "binder_wt_percent", 0.005, 0.2, 20, suggestion=0.5)),
        ({"retention_percent": 0.57}, Remark("fraction", "", "retention_percent", 0.57, suggestion=pytest.approx(57))),
        ({"retention_percent": 104}, Remark("retention-above-100", "", "retention_percent", 104)),
        ({"measurement_temperature_c": 298},
         Remark("kelvin", "", "measurement_temperature_c", 298, suggestion=pytest.approx(24.85))),
        ({"method": "slurry", "solvent": "toluene", "slurry_solid_percent": 0.55, "binder_wt_percent": 2},
         Remark("fraction", "", "slurry_solid_percent", 0.55, suggestion=pytest.approx(55), limit=1)),
        ({"blade_gap_um": 0.2},
         Remark("millimetres", "", "blade_gap_um", 0.2, suggestion=pytest.approx(200), limit=10)),
        ({"made_on": "2026-11-25"}, Remark("future-day", "", "made_on", date(2026, 11, 25))),
        ({"batch": None}, Remark("no-batch", "", "batch")),
        ({"thickness_um": 4000}, Remark("beyond-published", "", "thickness_um", 4000, 20, 150)),
        ({"thickness_um": 0.04}, Remark("millimetres", "", "thickness_um", 0.04, 20, 150, suggestion=40, limit=20)),
        ({"sigma_m_ms_cm": 0.01}, Remark("beyond-published", "", "sigma_m_ms_cm", 0.01, 0.1, 8.4)),
        ({"sigma_m_ms_cm": 0.0012, "sigma_p_ms_cm": 3, "retention_percent": 0.04},
         Remark("siemens", "", "sigma_m_ms_cm", 0.0012, 0.1, 8.4, suggestion=pytest.approx(1.2))),
    ],
)  # fmt: skip
def test_an_implausible_value_is_remarked_on(cells: dict[str, Any], remark: Remark) -> None:
    assert remarks(membrane(**cells), typed={"binder_wt_percent", *cells}, today=TODAY) == [remark]


def test_a_slip_is_suspected_in_the_value_that_was_typed_and_not_in_what_follows_from_it() -> None:
    """A retention as a fraction makes the conductivity a thousandth, too; one in S/cm makes the retention so."""
    given = {"sigma_p_ms_cm": 1.2, "retention_percent": 0.1, "sigma_m_ms_cm": 0.0012}
    by_retention = remarks(membrane(**given), typed={"sigma_p_ms_cm", "retention_percent"}, today=TODAY)
    assert [(remark.code, remark.column) for remark in by_retention] == [
        ("beyond-published", "sigma_m_ms_cm"), ("fraction", "retention_percent"),
    ]  # fmt: skip
    by_conductivity = remarks(membrane(**given), typed={"sigma_p_ms_cm", "sigma_m_ms_cm"}, today=TODAY)
    assert [(remark.code, remark.column) for remark in by_conductivity] == [("siemens", "sigma_m_ms_cm")]
    by_resistance = remarks(membrane(**given), typed={"sigma_p_ms_cm", "resistance_ohm"}, today=TODAY)
    assert [(remark.code, remark.column) for remark in by_resistance] == [
        ("beyond-published", "sigma_m_ms_cm"), ("retention-below-1", "retention_percent"),
    ]  # fmt: skip


def test_plausible_values_pass_without_a_word() -> None:
    plain = membrane(
        thickness_um=40,
        retention_percent=70,
        measurement_temperature_c=25,
        drying_temperature_c=120,
        made_on="2026-11-24",
    )
    assert remarks(plain, typed=columns(LabMembrane), today=TODAY) == []


def test_no_published_membrane_with_a_number_is_outside_its_own_span() -> None:
    rows = literature().rows
    for name in ("binder_wt_percent", "thickness_um", "sigma_m_ms_cm"):
        for method, low in zip(rows["method"], rows[f"{name}_low"], strict=True):
            least, greatest = published_span(name, Method(method))
            assert low is None or least <= low <= greatest


def test_a_retention_far_from_own_membranes_of_its_recipe_is_remarked_on(tmp_path: Path) -> None:
    """The slip of the trials: 4.5 % beside five batches of 41 to 45 %; M1 as it is with own rows so far."""
    told = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "solvent": "toluene"}
    first, *_, last = (
        record(tmp_path / "lab.csv", told | {"binder_wt_percent": "2", "batch": f"B{n}", "retention_percent": value})
        for n, value in enumerate(["41", "42", "43", "44", "45", "4.5"])
    )
    other = told | {"binder_wt_percent": "4", "batch": "B9", "retention_percent": "4.5"}
    assert last.remarks == (Remark("far-from-own", "M6", "retention_percent", 4.5, 41, 45, n=5),)
    assert first.remarks == record(tmp_path / "lab.csv", other).remarks == ()
