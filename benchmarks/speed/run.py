"""Speed as ratios, each measured side by side in one run: python benchmarks/speed/run.py (writes results.md).

- `spcse-ml --help` beside `python -c pass`, and beside importing the two libraries that it stands on;
- one cold `spcse-ml predict` beside the bare imports that it cannot do without: every library's module that it loads;
- learning and judging as rows grow: published rows drawn anew with noise, each a paper of its own;
- exact Shapley values of the parts of a recipe beside shap's KernelExplainer over the same game;
- `/predict` of a running server: one client, and floods of a thousand requests from fifty clients;
- the page, opened and asked, beside the same answer in Python.

Seconds are medians of processor time. What full training costs beside AutoGluon and FLAML stands in ../head_to_head.
"""

import contextlib
import http.client
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import shap
from streamlit.testing.v1 import AppTest

from spcse_ml.app import app
from spcse_ml.data.dataset import TrainingRows
from spcse_ml.data.literature import literature
from spcse_ml.errors import SpcseError
from spcse_ml.evaluation.evaluate import evaluate_rows
from spcse_ml.explanation.shapley import composed, explain_frame, players_of
from spcse_ml.models.lab_effect import choices
from spcse_ml.models.model import MembraneModel, fit, learn
from spcse_ml.schema import RETENTION
from spcse_ml.workflows.predict import predict_recipe

HERE = Path(__file__).resolve().parent
RECIPE = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": "0.5"}
PREDICT = ["-m", "spcse_ml", "predict", "--sulfide", "Li6PS5Cl", "--method", "dry", "--binder", "PTFE",
           "--binder-wt", "0.5"]  # fmt: skip
MOST_JUDGED = 300
"""Each row is a paper; of more than sixty, twenty folds of papers are held out."""
LOADED = """
import sys
before = set(sys.modules)
sys.argv = ["spcse-ml", *{words}]
from spcse_ml.cli import main
try:
    main()
except SystemExit:
    pass
own = tuple(sys.stdlib_module_names) + ("spcse_ml", "__main__")
names = [name for name in sys.modules if name not in before and name.partition(".")[0] not in own]
print("MODULES", " ".join(names))
"""


def seconds(words: list[str], times: int = 9) -> float:
    """Return the median of the processor seconds that Python takes for these words."""
    with tempfile.TemporaryDirectory() as folder:
        taken = []
        for _ in range(times):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken)


def bare_imports() -> str:
    """Return a program that imports the modules of libraries that one prediction loads, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-c", LOADED.format(words=PREDICT[2:])], cwd=folder, capture_output=True,
                              text=True, check=True)  # fmt: skip
    names = done.stdout.rpartition("MODULES ")[2].split()
    return (
        "import importlib\nfor name in "
        + repr(names)
        + ":\n    try: importlib.import_module(name)\n    except ImportError: pass\n"
    )


def starts() -> list[str]:
    """Return the lines on cold starts."""
    empty, stands_on = seconds(["-c", "pass"]), seconds(["-c", "import click, pydantic"])
    helped, bare = seconds(["-m", "spcse_ml", "--help"]), seconds(["-c", bare_imports()])
    predicted = seconds(PREDICT)
    return [
        "| start | s | ratio | beside |", "|---|---|---|---|",
        f"| `--help` | {helped:.2f} | {helped / empty:.1f} | `python -c pass`, {empty:.3f} s |",
        f"| click and pydantic alone | {stands_on:.2f} | {stands_on / empty:.1f} | the same |",
        f"| cold `predict` | {predicted:.2f} | {predicted / bare:.2f} | its bare imports, {bare:.2f} s |", "",
    ]  # fmt: skip


def grown(rows: TrainingRows, n: int, seed: int = 0) -> TrainingRows:
    """Return n rows drawn from the published ones, contents and outcomes altered by a tenth, each its own paper."""
    rng = np.random.default_rng(seed)
    drawn = rows.take(rng.integers(len(rows.outcomes), size=n))
    recipes = drawn.recipes.reset_index(drop=True)
    for name in ("binder_wt_percent", "template_wt_percent"):
        recipes[name] = (recipes[name] * np.exp(rng.normal(0, 0.1, n))).clip(upper=45)
    outcomes = np.minimum(drawn.outcomes * np.exp(rng.normal(0, 0.1, n)), 99.0)
    papers = np.array([f"paper {number}" for number in range(n)], dtype=object)
    places = tuple(f"1.{number}" for number in range(n))
    return TrainingRows(recipes, outcomes, papers, papers, places)


def taken(action: Callable[[], object]) -> float:
    """Return the processor seconds of an action here."""
    begin = time.process_time()
    action()
    return time.process_time() - begin


def growth() -> list[str]:
    """Return the lines on how learning and judging grow with the rows."""
    rows = literature().training_rows(RETENTION)
    lines, before = ["| rows | learn, s | exponent | judge, s | exponent |", "|---|---|---|---|---|"], None
    learn(rows, RETENTION, choices(RETENTION, rows.recipes))  # what is read once is read now
    for n in (38, 100, 300, 1_000, 3_000):
        some = grown(rows, n)
        learnt = taken(lambda some=some: learn(some, RETENTION, choices(RETENTION, some.recipes)))  # type: ignore[misc]
        judged = taken(lambda some=some: evaluate_rows(some, RETENTION)) if n <= MOST_JUDGED else None  # type: ignore[misc]
        steep = ["", ""]
        if before:
            decades = np.log(n / before[0])
            steep = [f"{np.log(learnt / before[1]) / decades:.2f}",
                     f"{np.log(judged / before[2]) / decades:.2f}" if judged and before[2] else ""]  # fmt: skip
        lines.append(f"| {n:,} | {learnt:.1f} | {steep[0]} | {f'{judged:.0f}' if judged else ''} | {steep[1]} |")
        print(lines[-1], flush=True)
        before = (n, learnt, judged)
    return [*lines, ""]


def shapley() -> list[str]:
    """Return the lines on Shapley values."""
    model = fit(literature(), RETENTION, estimator="constrained_ridge")
    recipes = model.training_rows.recipes
    explain_frame(model, recipes.iloc[:2])
    ours = taken(lambda: explain_frame(model, recipes))
    theirs, apart = kernel(model)
    each = len(recipes) / ours, len(recipes) / theirs
    return [
        "| Shapley values of the 31 published recipes | recipes per s |", "|---|---|",
        f"| ours, exact, by part of the recipe | {each[0]:.1f} |",
        f"| shap's KernelExplainer, the same game, all coalitions | {each[1]:.2f} |",
        f"| ratio | {each[0] / each[1]:.0f} |", "",
        f"The values differ by at most {apart:.1e} points.", "",
    ]  # fmt: skip


def kernel(model: MembraneModel) -> tuple[float, float]:
    """Return what KernelExplainer takes for the same game over all coalitions, and how far its values are from ours."""
    recipes = model.training_rows.recipes
    players = players_of(recipes)

    def predict(sources: np.ndarray) -> np.ndarray:
        return np.asarray(model.predict_medians(composed(recipes, sources.astype(int), players)))

    whence = np.repeat(np.arange(len(recipes), dtype=float)[:, None], len(players), axis=1)
    explainer = shap.KernelExplainer(predict, whence)
    begin = time.process_time()
    values = explainer.shap_values(whence, nsamples=2 ** len(players), silent=True, l1_reg=False)
    theirs = time.process_time() - begin
    return theirs, float(np.abs(values - explain_frame(model, recipes).contributions.to_numpy()).max())


@contextlib.contextmanager
def server() -> Iterator[tuple[int, psutil.Process]]:
    """Yield the port and the process of a server."""
    words = [sys.executable, "-m", "spcse_ml", "serve", "--port", "0"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) as up,
    ):
        yield int(re.findall(r":(\d+)", up.stdout.readline())[-1]), psutil.Process(up.pid)  # type: ignore[union-attr]
        up.terminate()


def asked(port: int, recipes: list[dict[str, str]], status: int = 200) -> float:
    """Return the milliseconds, by the clock, until recipes are answered with this status."""
    begin = time.perf_counter()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("POST", "/predict", json.dumps({"recipes": recipes}))
        found = connection.getresponse()
        found.read()
    if found.status != status:
        msg = f"the server answered {found.status}"
        raise SpcseError(msg)
    return 1_000 * (time.perf_counter() - begin)


def served() -> list[str]:
    """Return the lines on the server: one client, then a thousand requests of fifty clients, every other one bad."""
    lines = ["| `POST /predict` | ms |", "|---|---|"]
    with server() as (port, process):
        alone = {n: statistics.median(asked(port, [RECIPE] * n) for _ in range(9)) for n in (1, 100, 1_000)}
        lines += [f"| {n:,} recipes, median of 9 | {took:.0f} |" for n, took in alone.items()]
        kinds = [([RECIPE], 200), ([{**RECIPE, "binder": "PTFEE"}], 422)]
        held = [process.memory_info().rss / 1e6]
        for number in (1, 2, 3):
            with ThreadPoolExecutor(50) as clients:
                times = sorted(clients.map(lambda one: asked(port, *kinds[one % 2]), range(1_000)))
            held.append(process.memory_info().rss / 1e6)
            lines.append(f"| flood {number}: median, 99th percentile | {times[500]:.0f}, {times[989]:.0f} |")
    memory = ", ".join(f"{one:.0f}" for one in held)
    return [*lines, "", f"Memory of the server before the floods and after each: {memory} MB.", ""]


def page() -> list[str]:
    """Return the lines on the page, by the clock, everything loaded: opened, and asked for another recipe."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        opened = AppTest.from_file(app.__file__, default_timeout=600).run()
        next(one for one in opened.button if one.label == "Show an example").click().run()
        waits: dict[str, list[float]] = {"opened": [], "asked": [], "python": []}
        for content in range(1, 10):
            opened.text_input(key="binder_wt_percent").set_value(f"{content / 10}")
            predict = next(one for one in opened.button if one.label == "Predict").click()
            for name, action in (
                ("opened", AppTest.from_file(app.__file__, default_timeout=600).run),
                ("asked", predict.run),
                ("python", lambda content=content: predict_recipe({**RECIPE, "binder_wt_percent": f"{content / 10}"},
                                                               store=Path(folder), level=0.9).plain()),
            ):  # fmt: skip
                begin = time.perf_counter()
                action()
                waits[name].append(1_000 * (time.perf_counter() - begin))
    took = {name: statistics.median(some) for name, some in waits.items()}
    return [
        "| the page, everything loaded | ms, median of 9 | ratio |", "|---|---|---|",
        f"| opened | {took['opened']:.0f} | {took['opened'] / took['python']:.1f} |",
        f"| asked for a recipe: numbers, evidence, reasons and figures | {took['asked']:.0f} | "
        f"{took['asked'] / took['python']:.1f} |",
        f"| the same recipe in Python: numbers and evidence | {took['python']:.0f} | 1 |", "",
    ]  # fmt: skip


def main() -> None:
    """Measure, and write results.md."""
    lines = ["# Speed", "", "Made by `run.py`; one thread, one machine.", ""]
    for part in (starts, shapley, served, page, growth):
        found = part()
        print("\n".join(found), flush=True)
        lines += found
    (HERE / "results.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
