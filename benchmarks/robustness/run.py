"""Run the robustness study of the procedure on the literature: `make robustness`, or `python -m benchmarks.robustness`.

Half an hour to an hour. Every part is stored in `parts/` when it is done; after Ctrl-C the same command goes on. The
result goes to `models/robustness/`, one file a target, and is shipped with the release. `make release` comes after it.
"""

from pathlib import Path
from typing import Any

import click

from benchmarks.robustness.study import VERSION, Subject, assembled, do, parts
from spcse_ml.cli.executors import worker_flags, workers
from spcse_ml.data.dataset import Dataset
from spcse_ml.data.literature import literature
from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.robustness import FOLDER, RobustnessStudy
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.schema import TARGETS
from spcse_ml.storage.files import plain_json, read_json, turn, write_whole
from spcse_ml.tables import released
from spcse_ml.to_json import to_plain
from spcse_ml.workflows.evaluate import evaluate_target

PARTS = Path(__file__).with_name("parts")


def run_study(folder: Path, dataset: Dataset, evaluation: Evaluation, *, workers: Workers = ALONE) -> RobustnessStudy:
    """Do every part that the folder does not hold yet, and store each when it is done.

    Parts are stored by data fingerprint and predictions. Of two studies at once, neither loses a part: each adds its
    own to those stored by then.
    """
    of, path = Subject(dataset, evaluation.target, evaluation.estimator), parts_file(folder, dataset, evaluation)
    done = _done(path)
    missing = [key for key in parts(of) if key not in done]
    values = workers.each(do, [(of, key) for key in missing], f"{of.target.name}: robustness study")
    for key, value in zip(missing, values, strict=True):
        with turn(path):
            done = {**_done(path), key: value}
            write_whole(path, plain_json(done))
    return assembled(of, evaluation, done)


def parts_file(folder: Path, dataset: Dataset, evaluation: Evaluation) -> Path:
    """Return the file of the parts of a study."""
    return folder / f"{evaluation.target.name}-{dataset.fingerprint}-{evaluation.identity}-{VERSION}.json"


def _done(path: Path) -> dict[str, Any]:
    return read_json(path, dict[str, Any], refusal="study-unreadable") if path.exists() else {}


@click.command()
@click.option("--target", "names", type=click.Choice(list(TARGETS)), multiple=True, help="Only this one.")
@worker_flags
def main(names: tuple[str, ...], jobs: int, scheduler: str | None) -> None:
    """Run the robustness study of the procedure on the literature, and write it to models/robustness/."""
    dataset = literature()
    with workers(jobs=jobs, scheduler=scheduler) as who:
        for name in names or TARGETS:
            evaluated = evaluate_target(dataset, TARGETS[name], is_quick=True, workers=who)
            study = run_study(PARTS, dataset, evaluated.evaluation, workers=who)
            path = released("models") / FOLDER / f"{name}.json"
            write_whole(path, plain_json(to_plain(study)))
            click.echo(f"Written: {path}")
