"""What stands in for a powder that nobody measured."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from spcse_ml.chemistry.powders import FEWEST, family_conductivity
from spcse_ml.errors import InputError
from spcse_ml.schema import SULFIDE_FAMILIES

TOP = Path(__file__).resolve().parent.parent.parent
MADE_UP = """ID,Reduced Composition,Ionic conductivity (S cm-1),Family,DOI
a,Li6PS5Cl,0.001,argyrodites,10.1/a
b,Li6PS5Br,0.002,argyrodites,10.1/a|10.1/b
c,Li6PS5I,0.003,argyrodites,10.1/c
d,Li6PS5Br,<1E-10,argyrodites,10.1/c
e,Li7P3S11,0.004,,10.1/d
f,Li5.3PS4.3Cl1.7,0.005,,10.1/e
g,Li6PO5Cl,0.9,argyrodites,10.1/f
h,Li2S3,0.9,,10.1/g
i,Li10(Ge0.4Sn0.6)P2S12,0.9,,10.1/h
"""


@pytest.fixture
def script() -> ModuleType:
    path = TOP / "benchmarks" / "family_conductivity.py"
    spec = importlib.util.spec_from_file_location("family_conductivity", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_family_has_median_quartiles_count_and_papers() -> None:
    found = family_conductivity("LGPS")
    assert found is not None
    assert found.low_quartile_ms_cm < found.median_ms_cm < found.high_quartile_ms_cm < 32
    assert found.n >= FEWEST
    assert "CC-BY 4.0" in found.source
    assert "10.1038/nmat3066" in found.doi.split("|")
    assert found.n == 38


def test_thio_lisicons_conduct_less_than_argyrodites_and_those_less_than_lgps() -> None:
    found = [family_conductivity(family) for family in ("thio-LISICON", "argyrodite", "LGPS")]
    medians = [one.median_ms_cm for one in found if one is not None]
    assert len(medians) == 3
    assert medians == sorted(medians)


@pytest.mark.parametrize("family", ["glass", "glass-ceramic"])
def test_a_family_with_fewer_than_five_rows_has_no_range(family: str) -> None:
    assert family_conductivity(family) is None


def test_what_is_no_family_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        family_conductivity("garnet")
    (fault,) = refused.value.faults
    assert (fault.code, fault.column, fault.given) == ("not-a-choice", "sulfide_family", "garnet")
    assert fault.allowed.startswith("glass, ")


def test_the_rule_of_families_leaves_out_oxygen_bounds_and_what_it_cannot_place(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.csv").write_text(MADE_UP, encoding="utf-8")
    monkeypatch.setattr(script, "OUT", tmp_path / "out.csv")
    script.main(str(tmp_path / "rows.csv"))
    table = pd.read_csv(tmp_path / "out.csv", index_col="family")
    assert list(table.index) == list(SULFIDE_FAMILIES)
    argyrodite = table.loc["argyrodite"]
    assert (argyrodite["n"], argyrodite["n_bounds_left_out"], argyrodite["n_dois"]) == (4, 1, 4)
    assert argyrodite["median_ms_cm"] == pytest.approx(2.5)
    assert argyrodite["low_quartile_ms_cm"] == pytest.approx(1.75)
    assert table.loc["glass-ceramic", "n"] == 1
    assert table.loc["LGPS", "n"] == 0
    told = capsys.readouterr().out
    assert "8 sulfides of 9 rows; 2 without a family: Li2S3, Li10(Ge0.4Sn0.6)P2S12" in told
