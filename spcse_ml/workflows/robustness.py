"""The robustness study: every part done once, stored when it is done, put together at the end."""

from pathlib import Path
from typing import Any

from spcse_ml.data.dataset import Dataset
from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.explanation.robustness_study import VERSION, RobustnessStudy, Subject, do, parts, together
from spcse_ml.former_names import formerly
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.storage.files import plain_json, read_json, turn, write_whole
from spcse_ml.tables import released

FOLDER = "scrutiny"


def run_study(store: Path, dataset: Dataset, evaluation: Evaluation, *, workers: Workers = ALONE) -> RobustnessStudy:
    """Do every part that the store (or the release) does not hold yet, and store each when it is done.

    An interrupted study is resumable: parts are stored by data fingerprint and predictions. Of two studies at once,
    neither loses a part: each adds its own to those stored by then.
    """
    of = Subject(dataset, evaluation.target, evaluation.estimator)
    done = _parts_folder(store, dataset, evaluation)
    missing = [key for key in parts(of) if key not in done]
    values = workers.each(do, [(of, key) for key in missing], f"{of.target.name}: robustness study")
    path = store / FOLDER / _name(dataset, evaluation)
    for key, value in zip(missing, values, strict=True):
        with turn(path):
            done = {**_parts_folder(store, dataset, evaluation), key: value}
            write_whole(path, plain_json(done))
    return together(of, done)


def stored_study(store: Path, dataset: Dataset, evaluation: Evaluation) -> RobustnessStudy | None:
    """Return the study of the procedure and data of an evaluation, if every part of it is stored.

    Raises:
        StoreError: the stored parts cannot be read.
    """
    of, done = Subject(dataset, evaluation.target, evaluation.estimator), _parts_folder(store, dataset, evaluation)
    return together(of, done) if set(parts(of)) <= set(done) else None


def study_file(store: Path, dataset: Dataset, evaluation: Evaluation) -> Path | None:
    """Return the file of the stored parts of a study, of the store or of the release; None without any."""
    places = (store / FOLDER, released("models") / FOLDER)
    return next((path for place in places if (path := place / _name(dataset, evaluation)).exists()), None)


def _parts_folder(store: Path, dataset: Dataset, evaluation: Evaluation) -> dict[str, Any]:
    path = study_file(store, dataset, evaluation)
    if path is None:
        return {}
    return read_json(path, dict[str, Any], refusal="study-unreadable")


def _name(dataset: Dataset, evaluation: Evaluation) -> str:
    return f"{evaluation.target.name}-{dataset.fingerprint}-{evaluation.identity}-{VERSION}.json"


formerly(__name__, stored_scrutiny="stored_study")
