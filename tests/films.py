"""Films for tests: those of a made-up laboratory, as rows and as a lab's table."""

from pathlib import Path

import pandas as pd

from benchmarks.film_classes.worlds import laboratory
from spcse_ml.tables import csv_text

INVENTED = Path(__file__).parent.parent / "docs" / "how-to" / "invented_films.csv"


def strict(n: int, seed: int = 0) -> pd.DataFrame:
    """Return films whose class follows from the solids alone: good below 45 wt%, cracked above 55."""
    films = laboratory("noise", n, seed)
    bins = [0, 45, 55, 100]
    labels = ["uniform and dense", "uneven boundary", "aggregated and cracked"]
    return films.assign(film_class=pd.cut(films["slurry_solid_percent"], bins, labels=labels).astype(str))


def table_of(films: pd.DataFrame, path: Path) -> Path:
    """Write films as a lab's table and return its path."""
    notes = [f"invented {number}" for number in range(len(films))]
    plain = films.assign(method="slurry coating", note=notes).dropna(axis=1, how="all").astype(str)
    path.write_text(csv_text(plain), encoding="utf-8")
    return path
