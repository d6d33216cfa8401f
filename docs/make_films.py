"""Write docs/how-to/invented_films.csv: the films of a made-up laboratory, by the rule of its window.

    python docs/make_films.py

The rule is `window` of benchmarks/film_classes/worlds.py; the seed was chosen among sixteen, of which three are called
useful with 36 films, so that the page that uses the table has a window to show.
"""

from pathlib import Path

from benchmarks.film_classes.worlds import laboratory
from spcse_ml.tables import csv_text

SEED, N = 2, 36
FILE = Path(__file__).parent / "how-to" / "invented_films.csv"
DIGITS = {"slurry_solid_percent": 1, "binder_wt_percent": 1, "drying_temperature_c": 0}


def films() -> str:
    """Return the table as CSV, every row marked as invented."""
    frame = laboratory("window", N, SEED).round(DIGITS).drop(columns="drying_time_h")
    notes = [f"invented, film {number}" for number in range(1, N + 1)]
    return csv_text(frame.assign(method="slurry", note=notes).astype(str))


if __name__ == "__main__":
    FILE.write_text(films(), encoding="utf-8")
