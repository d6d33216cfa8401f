from datetime import date
from typing import Any

import pytest

from spcse_ml.data.dataset import literature
from spcse_ml.data.validation import read_row
from spcse_ml.lab.membrane import LabMembrane
from spcse_ml.lab.plausibility import published_span, remarks
from spcse_ml.schema import Method

TODAY = date(2026, 11, 24)


def membrane(**cells: Any) -> LabMembrane:
    told = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5, "batch": "B1"} | cells
    read, faults = read_row(told, LabMembrane)
    assert read is not None, faults
    return read


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"binder_wt_percent": 97}, "binder_wt_percent 97 wt% is outside the published 0.2 to 20 wt%: did you mean "
                                    "sulfide:polymer the other way round (3 wt%)? Kept"),
        ({"binder_wt_percent": 0.005}, "binder_wt_percent 0.005 wt% is outside the published 0.2 to 20 wt%; kept"),
        ({"retention_percent": 0.57}, "retention 0.57 %: percent is expected, and both conductivities in mS/cm; did "
                                      "you mean 57 %? Kept"),
        ({"retention_percent": 104}, "retention 104 % is above 100: possible for a pressed film, or the powder was "
                                     "measured otherwise; kept"),
        ({"measurement_temperature_c": 298},
         "measurement_temperature_c 298: did you mean kelvin (24.85 °C)? The column is in °C; kept"),
        ({"made_on": "2026-11-25"}, "made_on 2026-11-25 lies in the future; kept"),
        ({"thickness_um": 4000}, "thickness_um 4000 µm is outside the published 20 to 150 µm; kept"),
        ({"thickness_um": 0.04}, "thickness_um 0.04 µm is outside the published 20 to 150 µm; kept"),
        ({"sigma_m_ms_cm": 0.01}, "sigma_m_ms_cm 0.01 mS/cm is outside the published 0.1 to 8.4 mS/cm; kept"),
        ({"sigma_m_ms_cm": 0.0012, "sigma_p_ms_cm": 3, "retention_percent": 0.04},
         "sigma_m_ms_cm 0.0012 mS/cm is outside the published 0.1 to 8.4 mS/cm: did you mean S/cm (1.2 mS/cm)? Kept"),
    ],
)  # fmt: skip
def test_an_implausible_value_is_remarked_on(cells: dict[str, Any], said: str) -> None:
    assert remarks(membrane(**cells), today=TODAY) == [said]


def test_plausible_values_pass_without_a_word() -> None:
    plain = membrane(
        thickness_um=40,
        retention_percent=70,
        measurement_temperature_c=25,
        drying_temperature_c=120,
        made_on="2026-11-24",
    )
    assert remarks(plain, today=TODAY) == []


def test_no_published_membrane_with_a_number_is_outside_its_own_span() -> None:
    rows = literature().rows
    for name in ("binder_wt_percent", "thickness_um", "sigma_m_ms_cm"):
        for method, low in zip(rows["method"], rows[f"{name}_low"], strict=True):
            least, greatest = published_span(name, Method(method))
            assert low is None or least <= low <= greatest
