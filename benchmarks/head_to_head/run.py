"""Ask the tools a battery chemist would pick what `spcse_ml` is asked, and write one table of how they did.

    python benchmarks/head_to_head/run.py            # every tool whose rows changed, then the table
    python benchmarks/head_to_head/run.py flaml --again
    python benchmarks/head_to_head/run.py --table    # the table only, from kept answers

All are asked about the rows of the view `review`, on which the tools answered. Each has its own pinned environment,
sees the same cards, outcomes and folds (one paper held out at a time), and nothing else. Its answers are kept in
predictions/; its environment and log under benchmarks/.environments, not in git.
"""

import argparse
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scores import HELD_OUT, OURS, write_results
from threadpoolctl import threadpool_limits

from spcse_ml.data.dataset import View
from spcse_ml.data.literature import literature
from spcse_ml.models.cross_validation import leave_one_out
from spcse_ml.models.features import CARD_CATEGORIES, CARD_NUMBERS, encode
from spcse_ml.schema import TARGETS, Target
from spcse_ml.to_json import records
from spcse_ml.workflows.evaluate import evaluate_target

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE.parent / ".environments"
PREDICTIONS = HERE / "predictions"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""On so few rows more threads only wait for one another, and the seconds would tell how busy the machine was."""
TOOLS = tuple(sorted(path.stem for path in HERE.glob("requirements/*.txt")))

Table = dict[str, Any]


class ToolError(Exception):
    """A tool could not be installed or did not run; the message is its own."""


def exported(target: Target) -> Table:
    """Return what the tools see of a target: cards, outcomes, papers and folds, with a digest of them all."""
    rows = literature(View.REVIEW).training_rows(target)
    card = encode(rows.recipes)[[*CARD_CATEGORIES, *CARD_NUMBERS]].astype(object)
    table = {
        "places": list(rows.places),
        "papers": [str(paper) for paper in rows.papers],
        "outcomes": [float(outcome) for outcome in rows.outcomes],
        "card": card.where(card.notna(), None).to_dict("records"),
        "folds": [[train.tolist(), held.tolist()] for train, held in leave_one_out(rows.papers)],
    }
    return {"fingerprint": hashlib.sha256(json.dumps(table).encode()).hexdigest()[:16], **table}


def is_answered(tool: str, tables: dict[str, Table]) -> bool:
    """Return whether the kept answers of a tool are to these very rows."""
    path = PREDICTIONS / f"{tool}.json"
    answers = json.loads(path.read_text()).get("answers", []) if path.exists() else []
    asked = {(target, table["fingerprint"]) for target, table in tables.items()}
    return bool(answers) and {(answer["target"], answer["fingerprint"]) for answer in answers} == asked


def environment(tool: str) -> Path:
    """Return the Python of the tool's own environment, made anew when its requirements changed."""
    folder, requirements = ENVIRONMENTS / tool, HERE / "requirements" / f"{tool}.txt"
    python, made_from = folder / "bin" / "python", folder / "requirements.txt"
    if not made_from.exists() or made_from.read_text() != requirements.read_text():
        say(tool, "is being installed")
        called(tool, [sys.executable, "-m", "venv", "--clear", str(folder)])
        called(tool, [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements)])
        made_from.write_text(requirements.read_text())
    return python


def asked(tool: str, rows: Path) -> dict[str, Any]:
    """Return what a tool says of the rows in a file, or why it says nothing."""
    answers = rows.with_name(f"{tool}.json")
    try:
        called(tool, [str(environment(tool)), "-m", f"tools.{tool}", str(rows), str(answers)], folder=rows.parent)
    except ToolError as error:
        return {"skipped": str(error)}
    return dict(json.loads(answers.read_text()))


def called(tool: str, command: list[str], folder: Path = ENVIRONMENTS) -> None:
    """Run a command, its complaints going to the tool's log; stdout is ours.

    Raises:
        ToolError: the command failed; says the last line of the log, without paths.
    """
    ENVIRONMENTS.mkdir(exist_ok=True)
    (ENVIRONMENTS / ".gitignore").write_text("*\n")
    log = ENVIRONMENTS / f"{tool}.log"
    with log.open("w") as complaints:
        settings = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(HERE), "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(command, cwd=folder, env=settings, stderr=complaints, check=False)
    if done.returncode:
        words = [line for line in log.read_text().splitlines() if line.strip()] or ["no reason given"]
        raise ToolError(re.sub(r"\S*/\S*", "...", words[-1]))


def own_answers(tables: dict[str, Table]) -> dict[str, Any]:
    """Return what the procedure of `spcse_ml` says of every row held out, with its baselines, and what that costs."""
    answers = []
    for target, table in tables.items():
        say(OURS, f"evaluates {target}")
        cpu, wall = time.process_time(), time.perf_counter()
        with threadpool_limits(1):
            evaluation = evaluate_target(literature(View.REVIEW), TARGETS[target], is_quick=True).evaluation
        spent = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
        held_out = records(evaluation.predictions.loc[table["places"]].reset_index()[list(HELD_OUT)])
        answers.append({"target": target, "fingerprint": table["fingerprint"], **spent, "held_out": held_out})
    return {"version": f"spcse-ml {importlib.metadata.version('spcse-ml')}", "answers": answers}


def say(tool: str, what: str) -> None:
    """Print one line of progress."""
    print(f"{tool}: {what}", flush=True)


def main() -> None:
    """Ask those who have not answered yet, then write the table."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("tools", nargs="*", help=f"of {', '.join((*TOOLS, OURS))}; all without")
    reader.add_argument("--again", action="store_true", help="ask even those who have answered")
    reader.add_argument("--table", action="store_true", help="ask nobody, write the table")
    given = reader.parse_args()
    tables = {name: exported(target) for name, target in TARGETS.items()}
    PREDICTIONS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.json"
        rows.write_text(json.dumps(tables))
        for tool in () if given.table else given.tools or (*TOOLS, OURS):
            if is_answered(tool, tables) and not given.again:
                say(tool, "has answered")
                continue
            start = time.perf_counter()
            said = own_answers(tables) if tool == OURS else asked(tool, rows)
            (PREDICTIONS / f"{tool}.json").write_text(json.dumps(said, indent=1) + "\n")
            say(tool, said.get("skipped", "answered") + f" ({time.perf_counter() - start:.0f} s)")
    write_results(HERE, tables)


if __name__ == "__main__":
    main()
