"""ROBERT: its whole workflow once on all rows, its own words about it, and its model refitted paper by paper.

It has no split by paper, so the columns and settings of that model were chosen with every row in view: its error here
flatters it.
"""

import functools
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pdfplumber
from robert.utils import load_model, load_params
from sklearn.preprocessing import StandardScaler

from tools.common import CATEGORIES, Seen, answer, frame, tables

SETTINGS = SimpleNamespace(args=SimpleNamespace(type="reg", seed=0))


class Report(NamedTuple):
    """What the workflow chose (kind, columns, settings of the model that it scores higher) and said about it."""

    model: dict[str, Any]
    words: str


@functools.cache
def report(target: str) -> Report:
    """Return the report on all rows of a target; runs the workflow in a folder of its own."""
    folder, (card, outcomes, _) = Path(target), frame(target)
    folder.mkdir()
    card.assign(name=[f"row {row}" for row in card.index], outcome=outcomes).to_csv(folder / "rows.csv", index=False)
    command = [sys.executable, "-m", "robert", "--csv_name", "rows.csv", "--y", "outcome", "--names", "name"]
    subprocess.run([*command, "--nprocs", "1"], cwd=folder, stdout=sys.stderr, check=True)
    with pdfplumber.open(folder / "ROBERT_report.pdf") as pages:
        text = pages.pages[0].extract_text()
    scores = [int(score) for score in re.findall(r"Score (\d+)", text)]  # without and with its filter of columns (PFI)
    best = folder / "GENERATE" / "Best_model" / ("PFI" if scores[1] > scores[0] else "No_PFI")
    (path,) = [path for path in best.glob("*.csv") if not path.stem.endswith("_db")]
    said = [f"score {scores[0]} of 10 without and {scores[1]} of 10 with PFI"]
    said += [f'"{line.strip()}"' for line in re.findall(r"◉ ([^◉\n]+)", text.split("Overall assessment")[-1])]
    said += [f'"{line}"' for line in re.findall(r"Removed .*", (folder / "CURATE" / "CURATE_data.dat").read_text())]
    return Report(dict(load_params(SETTINGS, path)), f"{target}: {', '.join(said)}")


def refitted(seen: Seen, asked: pd.DataFrame) -> np.ndarray:
    """Return what the chosen model says once it has learnt from the seen rows alone."""
    model = report(seen.target).model
    inputs, queries = (
        pd.DataFrame({label: cards[CATEGORIES].eq(label).any(axis=1) for label in model["X_descriptors"]}).astype(float)
        for cards in (seen.card, asked)
    )
    scale = StandardScaler().fit(inputs)
    regressor = load_model(SETTINGS, model["model"], **model["params"])
    return regressor.fit(scale.transform(inputs), seen.outcomes).predict(scale.transform(queries))


if __name__ == "__main__":
    settings = "whole workflow on all rows, then its model refitted paper by paper (flatters it: no split by paper)"
    answer("robert", {settings: refitted}, lambda: [report(target).words for target in tables()])
