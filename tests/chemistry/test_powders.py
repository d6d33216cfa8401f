"""What stands in for a powder that nobody measured."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.powders import CRYSTALLINE, FEWEST, published_conductivity
from spcse_ml.tables import read_table, released

TOP = Path(__file__).resolve().parent.parent.parent
MADE_UP = """ID,Reduced Composition,Ionic conductivity (S cm-1),Space group,DOI
a,Li6PS5Cl,0.001,F-43m,10.1/a
b,ClLi6PS5,0.002,F-43m,10.1/a|10.1/b
c,Li12P2S10Cl2,0.004,F-43m,10.1/c
d,Li6PS5Cl,<1E-10,F-43m,10.1/c
e,Li6PS5Cl,0.9,,10.1/z
f,Li7P3S11,0.004,P-1,10.1/d
g,Li5.5PS4.5Cl1.5,0.005,F-43m,10.1/e
h,Li5.5PS4.5Cl1.5,0.007,F-43m,10.1/e
i,Li6PO5Cl,0.9,F-43m,10.1/f
j,Li10(Ge0.4Sn0.6)P2S12,0.9,P42/nmc,10.1/h
k,Li3PS4,0.1,Pnma,10.1/i
l,Li3PS4,0.2,Pnma,10.1/i
m,Li3PS4,0.3,Pnma,10.1/i
n,Li9PS9,0.4,Pnma,10.1/j
o,Li9PS9,0.5,Pnma,10.1/j
p,Li9PS9,0.6,Pnma,10.1/j
"""


@pytest.fixture
def script() -> ModuleType:
    path = TOP / "benchmarks" / "powder_conductivity.py"
    spec = importlib.util.spec_from_file_location("powder_conductivity", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_composition_has_median_quartiles_count_and_papers_however_it_is_written() -> None:
    found = published_conductivity("Li5Ge0.5PS6", "LGPS")
    assert found is not None
    assert found.composition == "Li10GeP2S12"
    assert (found.low_quartile_ms_cm, found.median_ms_cm, found.high_quartile_ms_cm, found.n) == (7.6, 12, 12.1, 5)
    assert "CC-BY 4.0" in found.source
    assert "10.1038/nmat3066" in found.doi.split("|")


def test_only_a_composition_with_three_rows_stands_in() -> None:
    known = {
        name for name, sulfide in catalogue().sulfides.items() if published_conductivity(name, sulfide.family)
    }  # fmt: skip
    assert known == {"Li6PS5Cl", "Li6PS5Br", "Li6PS5I", "Li10GeP2S12", "Li10SnP2S12"}
    rows = read_table(released("data", "catalogue", "powder_conductivity.csv"))
    few = rows[rows["n"].astype(int) < FEWEST]
    assert set(few["median_ms_cm"]) == {""}
    assert {"Li5.5PS4.5Cl1.5", "Li5.4PS4.4Cl1.6", "Li5.7PS4.7Cl1.3"} <= set(few["composition"])


def test_a_glass_is_no_crystal_of_its_composition_and_what_is_no_formula_has_no_powder() -> None:
    assert published_conductivity("Li6PS5Cl", "argyrodite") is not None
    assert published_conductivity("Li6PS5Cl", "glass") is None
    assert published_conductivity("Li6PS5Cl", "glass-ceramic") is None
    assert published_conductivity("our best powder", "argyrodite") is None


def test_the_script_counts_crystals_by_composition_and_leaves_out_oxygen_and_bounds(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.csv").write_text(MADE_UP, encoding="utf-8")
    monkeypatch.setattr(script, "OUT", tmp_path / "out.csv")
    script.main(str(tmp_path / "rows.csv"))
    table = pd.read_csv(tmp_path / "out.csv", index_col="composition")
    chloride = table.loc["Li6PS5Cl"]
    assert (chloride["n"], chloride["n_bounds_left_out"], chloride["doi"]) == (3, 1, "10.1/a|10.1/b|10.1/c")
    assert (chloride["low_quartile_ms_cm"], chloride["median_ms_cm"], chloride["high_quartile_ms_cm"]) == (1.5, 2, 3)
    assert table.loc["Li5.5PS4.5Cl1.5", "n"] == 2
    assert pd.isna(table.loc["Li5.5PS4.5Cl1.5", "median_ms_cm"])
    assert (table.loc["Li3PS4", "n"], table.loc["75Li2S-25P2S5", "n"], table.loc["Li7P3S11", "n"]) == (3, 0, 0)
    assert (table.loc["Li9PS9", "median_ms_cm"], table.loc["Li9PS9", "state"]) == (500, CRYSTALLINE)
    assert "14 crystalline sulfides of 16 rows; 6 compositions" in capsys.readouterr().out
