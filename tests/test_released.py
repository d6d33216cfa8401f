"""Released files are looked for in the package, then around it."""

from pathlib import Path

import pytest

from spcse_ml.errors import StoreError
from spcse_ml.released import released


def test_a_file_of_the_installed_package_wins_over_one_of_the_checkout(tmp_path: Path) -> None:
    package = tmp_path / "spcse_ml"
    around = tmp_path / "data" / "x.csv"
    inside = package / "released" / "data" / "x.csv"
    around.parent.mkdir()
    around.write_text("around")
    assert released("data", "x.csv", package=package).read_text() == "around"
    inside.parent.mkdir(parents=True)
    inside.write_text("inside")
    assert released("data", "x.csv", package=package).read_text() == "inside"


def test_a_file_that_only_the_checkout_holds_is_still_found_beside_an_installed_one(tmp_path: Path) -> None:
    package = tmp_path / "spcse_ml"
    (package / "released" / "data").mkdir(parents=True)
    (tmp_path / "models").mkdir()
    assert released("models", package=package) == tmp_path / "models"


def test_a_file_that_is_nowhere_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        StoreError, match=r"^data/x\.csv is missing from this installation .* install the package again"
    ):
        released("data", "x.csv", package=tmp_path / "spcse_ml")


def test_every_file_that_the_literature_stands_on_is_released() -> None:
    folder = released("data", "literature")
    assert {path.name for path in folder.glob("*.csv")} == {
        "corrections.csv", "references.csv", "table1_slurry_coating.csv", "table2_dry_binder_laminating.csv",
        "table3_skeleton_templating.csv",
    }  # fmt: skip
