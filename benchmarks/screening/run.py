"""How fast and in how much memory a space is screened, beside the limit and beside two plain ways. One core.

    python benchmarks/screening/run.py            # all, three times each; writes results.md (about half an hour)
    python benchmarks/screening/run.py --times 1

(a) the whole run: recipes made from their numbers, prediction, interval, chance, domain and rules, Parquet, ranking;
(b) the limit: the fitted regressor's own predict on arrays that are ready;
(c) the scikit-learn pipeline's predict on a DataFrame of recipes, nothing but the prediction;
(d) the same pipeline through mlflow.pyfunc.

(a) runs on the whole space; (b), (c) and (d) on its first million and are scaled. Each is a process of its own, with
one thread; seconds are of the processor, memory is the largest the process ever held.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.data.literature import literature
from spcse_ml.design.screen import RANKED_COLUMNS, Question, View, best, jobs
from spcse_ml.design.space import DesignSpace, design_space
from spcse_ml.models.model import MembraneModel, fit
from spcse_ml.parallel import ALONE
from spcse_ml.schema import RETENTION
from spcse_ml.storage.files import write_whole
from spcse_ml.storage.screen_files import part_path, read_parts
from spcse_ml.workflows.screen import scored_part

HERE = Path(__file__).resolve().parent
SIZES = {"1 million": 1, "10 million": 10, "100 million": 100}
ESTIMATORS = ("constrained_ridge", "random_forest")
SAMPLE = 1_000_000


def space(millions: int) -> DesignSpace:
    """Return the default space with its grids of contents finer or coarser, until it has about so many millions."""
    default = design_space(None).declared
    n_levels = {1: (2, 1), 10: (5, 4), 100: (20, 10)}[millions]

    def level(n: int, low: float, high: float) -> list[float]:
        return list(np.geomspace(low, high, n).round(4).tolist())

    binder = {method: level(n_levels[0], 0.5, 20.0) for method in default.binder_wt_percent}
    finer = default.model_copy(
        update={"binder_wt_percent": binder, "template_wt_percent": level(n_levels[1], 2.0, 30.0)}
    )
    return DesignSpace(finer)


def model_of(estimator: str) -> MembraneModel:
    """Return the model that this estimator gives on the literature."""
    return fit(literature(), RETENTION, estimator=estimator)


def whole_run(model: MembraneModel, asked: DesignSpace) -> int:
    """Screen a space into a folder and rank it; return its size."""
    with tempfile.TemporaryDirectory() as folder:
        todo = jobs(model, asked, Question(50.0), range(asked.n_chunks))
        for chunk, part in enumerate(ALONE.each(scored_part, todo, "candidates")):
            write_whole(part_path(Path(folder), chunk), part)
        best(read_parts(Path(folder), range(asked.n_chunks), RANKED_COLUMNS), View())
    return asked.size


def frames(model: MembraneModel, asked: DesignSpace) -> list[pd.DataFrame]:
    """Return the first million recipes of a space as DataFrames, as a user of scikit-learn has them."""
    n_chunks = SAMPLE // asked.declared.chunk
    return [model.as_inputs(asked.frame(asked.decoded(asked.chunk(chunk)))) for chunk in range(n_chunks)]


def ready_arrays(model: MembraneModel, asked: DesignSpace) -> Callable[[], Any]:
    """Return (b): predict of the last step alone."""
    arrays = [model.pipeline[:-1].transform(frame) for frame in frames(model, asked)]
    return lambda: [model.pipeline[-1].predict(one) for one in arrays]


def plain_pipeline(model: MembraneModel, asked: DesignSpace) -> Callable[[], Any]:
    """Return (c)."""
    tables = frames(model, asked)
    return lambda: [model.pipeline.predict(one) for one in tables]


def through_mlflow(model: MembraneModel, asked: DesignSpace) -> Callable[[], Any]:
    """Return (d): with the recipes' columns as the model's signature, as MLflow advises."""
    import mlflow  # noqa: PLC0415 - only this measure needs it

    tables = frames(model, asked)
    folder = tempfile.mkdtemp()
    mlflow.sklearn.save_model(
        model.pipeline, folder, serialization_format="cloudpickle", pip_requirements=[],
        signature=mlflow.models.infer_signature(model.training_rows.recipes, model.training_rows.outcomes),
    )  # fmt: skip
    loaded = mlflow.pyfunc.load_model(folder)
    return lambda: [loaded.predict(one) for one in tables]


PLAIN = {"b": ready_arrays, "c": plain_pipeline, "d": through_mlflow}


def measure(what: str, estimator: str, millions: int) -> dict[str, float]:
    """Return seconds for the whole space, its size and the peak memory in MB, of this process."""
    model, asked = model_of(estimator), space(millions)
    if what == "a":
        few = asked.declared.model_copy(
            update={"sulfides": asked.declared.sulfides[:1], "methods": ["dry binder laminating"]}
        )
        whole_run(model, DesignSpace(few))
        begin = time.process_time()
        size = whole_run(model, asked)
        seconds = time.process_time() - begin
    else:
        predict = PLAIN[what](model, asked)
        begin = time.process_time()
        predict()
        size, seconds = asked.size, (time.process_time() - begin) * asked.size / SAMPLE
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "size": size, "peak_mb": peak}


def median(what: str, estimator: str, millions: int, times: int) -> dict[str, float]:
    """Return the medians of so many measures, each in a fresh process."""
    words = [sys.executable, __file__, "--one", what, estimator, str(millions)]
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    found = []
    for _ in range(times):
        done = subprocess.run(words, capture_output=True, text=True, check=True, env={**os.environ, **one_thread})
        found.append(json.loads(done.stdout.splitlines()[-1]))
        print(f"({what}) {estimator}, {millions} million: {found[-1]}", flush=True)
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def speed_rows(times: int) -> list[str]:
    """Return a line of the table of speed for each estimator."""
    rows = []
    for estimator in ESTIMATORS:
        s = {what: median(what, estimator, 10, times)["seconds"] for what in "abcd"}
        seconds = " | ".join(f"{s[what]:.1f}" for what in "abcd")
        ratios = " | ".join(f"{ratio:.2g}" for ratio in (s["a"] / s["b"], s["c"] / s["a"], s["d"] / s["a"]))
        rows.append(f"| {estimator} | {seconds} | {ratios} |")
    return rows


def scale_rows(times: int) -> list[str]:
    """Return a line of the table of scale for each size of the space."""
    rows, before = [], None
    for name, millions in SIZES.items():
        found = median("a", ESTIMATORS[0], millions, times)
        growth = f"{found['seconds'] / before['seconds']:.1f}" if before else ""
        rows.append(f"| {name} | {found['size']:,.0f} | {found['seconds']:.1f} | {found['peak_mb']:.0f} | {growth} |")
        before = found
    return rows


def main() -> None:
    """Measure, and write results.md."""
    flags = argparse.ArgumentParser()
    flags.add_argument("--times", type=int, default=3)
    flags.add_argument("--one", nargs=3, metavar=("WHAT", "ESTIMATOR", "MILLIONS"))
    asked = flags.parse_args()
    if asked.one:
        what, estimator, millions = asked.one
        print(json.dumps(measure(what, estimator, int(millions))))
        return
    lines = [
        f"Medians of {asked.times}; seconds of one core for the whole space.", "",
        "| estimator | (a) whole run | (b) ready arrays | (c) pipeline | (d) pyfunc | a/b | c/a | d/a |",
        "|---|---|---|---|---|---|---|---|", *speed_rows(asked.times), "",
        "| space | recipes | seconds | peak memory, MB | times as long |", "|---|---|---|---|---|",
        *scale_rows(asked.times), "",
    ]  # fmt: skip
    (HERE / "results.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
