from typing import Any

import numpy as np
import pandas as pd
import pytest

from spcse_ml.data.film_rows import film_frame, in_order, left_out, solvent_shares
from spcse_ml.data.lab_rows import checked
from spcse_ml.data.membrane import NEEDING_A_FILM, FilmClass, LabMembrane, film_class
from tests.refusals import refused

SLURRY: dict[str, Any] = {
    "id": "M1", "sulfide": "LPSCl", "method": "slurry", "binder": "NBR", "binder_wt_percent": "3", "solvent": "TOL",
    "slurry_solid_percent": "55", "batch": "B1",
}  # fmt: skip


def membranes(*rows: dict[str, Any]) -> list[LabMembrane]:
    return checked(pd.DataFrame([{**SLURRY, **row} for row in rows], dtype=object).fillna(""))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1", FilmClass.UNIFORM), ("2", FilmClass.UNEVEN), ("3.0", FilmClass.CRACKED), ("class 3", FilmClass.CRACKED),
        ("Uneven", FilmClass.UNEVEN), ("cracked", FilmClass.CRACKED), ("UNIFORM AND DENSE", FilmClass.UNIFORM),
        ("uniform & dense", FilmClass.UNIFORM), ("No coating", FilmClass.NO_FILM),
        ("no film", FilmClass.NO_FILM), ("no-film", FilmClass.NO_FILM), ("4", FilmClass.NO_FILM),
    ],
)  # fmt: skip
def test_a_class_is_read_as_a_number_or_in_words(text: str, kind: FilmClass) -> None:
    assert film_class(text) is kind
    assert membranes({"film_class": text})[0].film_class is kind


@pytest.mark.parametrize("kind", list(FilmClass))
def test_every_class_is_read_as_it_is_written(kind: FilmClass) -> None:
    assert film_class(kind.value) is kind


@pytest.mark.parametrize("text", ["0", "5", "nice", "none", "12"])
def test_anything_else_is_refused_and_the_classes_are_named(text: str) -> None:
    with refused("not-a-choice") as refusal:
        membranes({"film_class": text})
    assert all(kind.value in refusal.value.faults[0].allowed for kind in FilmClass)


@pytest.mark.parametrize("blank", ["", None, float("nan")])
def test_a_blank_is_no_class(blank: Any) -> None:
    assert LabMembrane(**{**SLURRY, "film_class": blank}).film_class is None


def test_nothing_is_measured_where_there_is_no_film() -> None:
    values = dict.fromkeys(NEEDING_A_FILM, "1")
    with refused(*["no-film-to-measure"] * len(NEEDING_A_FILM)):
        membranes({"film_class": "no film", **values, "sigma_m_error_ms_cm": "0.1"})


def test_films_that_stand_are_rows_and_so_are_failures() -> None:
    films = film_frame(
        membranes(
            {"film_class": "1", "made_on": "2026-01-02"},
            {"id": "M2", "film_class": "3", "plasticizer": "SN", "plasticizer_wt_percent": "2"},
            {"id": "M3", "supersedes": "M1", "film_class": "2"},
            {"id": "M4", "film_class": "no film", "batch": "B2"},
            {"id": "M5", "film_class": ""},
        )
    )
    assert films["id"].tolist() == ["M1", "M2", "M4"]  # a correction keeps the id and the place of its line
    assert films["film_class"].tolist() == ["uneven boundary", "aggregated and cracked", "no film"]
    assert films["binder_wt_percent"].tolist() == [3, 5, 3]


def test_films_of_other_methods_are_counted_and_left_out() -> None:
    dry = {"id": "M2", "method": "dry", "solvent": "", "slurry_solid_percent": "", "film_class": "1"}
    rows = membranes({"film_class": "1"}, dry)
    assert film_frame(rows)["id"].tolist() == ["M1"]
    assert left_out(rows) == (1, 0)


def test_a_mixture_without_a_ratio_has_shares_that_are_not_known() -> None:
    assert solvent_shares("toluene") == {"toluene": 1.0}
    assert in_order("xylene + toluene") == "toluene + xylene"
    assert in_order("xylene + toluene (3:1)") == in_order("toluene + xylene (1:3)")
    assert all(np.isnan(share) for share in solvent_shares("xylene + toluene").values())
