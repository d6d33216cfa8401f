"""A judged model as one plain JSON file: its recipe, its rows, its residuals, its evaluation and a checksum.

Nothing is unpickled. Loading refits the estimator on the stored rows, which takes a moment, and then asks it the
stored questions: a file that does not answer as it did when it was written is refused. A file of schema 5 (version 0.1)
gives its rows, its estimator and its evaluation; what its intervals rest on is computed anew, and the model says so.
Schemas 5 and 6 name the estimators of before (`models/former_estimators.py`), whose models answer as they did.
"""

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from spcse_ml import __version__
from spcse_ml.data.dataset import TrainingRows, typed_recipes
from spcse_ml.errors import InputError, ModelFileError
from spcse_ml.evaluation.evaluate import evaluate_part
from spcse_ml.evaluation.evaluated import EvaluatedModel, ModelPair
from spcse_ml.evaluation.lab_benefit import LabBenefit, factor
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.models.conformal import LEVEL, Calibration
from spcse_ml.models.examination import cross_examined
from spcse_ml.models.former_estimators import former
from spcse_ml.models.lab_effect import maker
from spcse_ml.models.model import MembraneModel, lab_part, refitted
from spcse_ml.models.specification import WITH_PROCESS
from spcse_ml.models.weights import fit_to
from spcse_ml.schema import TARGETS, Target
from spcse_ml.storage.files import plain_json, write_whole
from spcse_ml.storage.model_content import (
    OF_FORMER_ESTIMATORS,
    WITHOUT_DIFFICULTIES,
    XGBOOST,
    ModelContentError,
    check_evidence,
    check_fields,
    check_model,
    check_own,
    check_verdict,
    field_error,
    specification_of,
    unknown_names,
    with_counts,
)
from spcse_ml.tables import read_bytes
from spcse_ml.to_json import from_plain, records, to_plain

SCHEMA_VERSION = 7
MOST_NAMED = 5
"""Most names in a refusal because the catalogue lacks them."""

TOLERANCE = 1e-6
"""Relative difference at which a stored prediction counts as another one (libraries differ in the last bits)."""

FORMER_TOLERANCE = 0.02
"""The same for predictions, without their intervals, of a file of schema 5."""
LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy")
"""Those on which the predictions of the released models depend."""


def save(evaluated: EvaluatedModel, path: Path) -> None:
    """Write a judged model to one JSON file, whole or not at all; one that could not be loaded again is not written."""
    text = dumps(evaluated)
    loads(text, name=str(path))
    write_whole(path, text)


def load(path: Path) -> EvaluatedModel:
    """Return the judged model of a file, refitted and checked against its stored predictions.

    Raises:
        ModelFileError: the file is missing, damaged, altered, of another schema version, or predicts otherwise here.
    """
    try:
        text = read_bytes(path).decode("utf-8")
    except (InputError, UnicodeDecodeError) as error:
        reason = error.faults[0].problem if isinstance(error, InputError) else error
        raise ModelFileError("model-file-unreadable", file=path, reason=reason) from error
    return loads(text, name=str(path))


def save_pair(pair: ModelPair, folder: Path) -> None:
    """Write both models of a pair into a folder."""
    save_all(pair.by_target, folder)


def save_all(by_target: Mapping[str, EvaluatedModel], folder: Path) -> None:
    """Write models into a folder, each under the name of its target."""
    for target, evaluated in by_target.items():
        save(evaluated, folder / f"{target}.json")


def load_pair(folder: Path, *, name: str) -> ModelPair:
    """Return the pair of models of a folder under a name.

    Raises:
        ModelFileError: as in `load`.
    """
    models = {target: load(folder / f"{target}.json") for target in TARGETS}
    for target, evaluated in models.items():
        if evaluated.model.target.name != target:
            raise ModelFileError(
                "model-of-other-target", file=f"{folder / target}.json", target=evaluated.model.target.name
            )
    if len({evaluated.fingerprint for evaluated in models.values()}) > 1:
        raise ModelFileError("models-of-different-data", folder=folder)
    return ModelPair(name, **models)


def dumps(evaluated: EvaluatedModel) -> str:
    """Return the text of a model file."""
    body = _body(evaluated)
    return plain_json({"checksum": _checksum(body), **body})


def loads(text: str, *, name: str) -> EvaluatedModel:
    """Return the judged model of a model file's text; `name` stands for the file in errors.

    Raises:
        ModelFileError: as in `load`.
    """
    try:
        body = _checked(text, name)
        check_fields(body, LIBRARIES)
        _refuse_unknown_names(body, name)
        evaluated = _evaluated(body)
    except ModelContentError as error:  # the checksum is right, so another version or somebody wrote it
        raise ModelFileError(error.code, file=name, **error.values) from error
    except (ArithmeticError, LookupError, TypeError, ValueError, InputError) as error:
        raise ModelFileError("other-package-version", file=name) from error
    stored, predictions = np.array(body["predictions"]), np.array(_predictions(evaluated.model))
    if body["schema_version"] == WITHOUT_DIFFICULTIES:  # its intervals were others
        is_as_written = np.allclose(predictions[:, 0], stored[:, 0], rtol=FORMER_TOLERANCE, atol=FORMER_TOLERANCE)
    else:
        is_as_written = np.allclose(predictions, stored, rtol=TOLERANCE, atol=TOLERANCE)
    if not is_as_written:
        made = ", ".join(f"{library} {version}" for library, version in body["libraries"].items())
        raise ModelFileError("predicts-otherwise", file=name, libraries=made)
    return evaluated


def _refuse_unknown_names(body: Mapping[str, Any], name: str) -> None:
    if unknown := unknown_names(body):
        names = ", ".join(unknown[:MOST_NAMED])
        raise ModelFileError("names-unknown-here", file=name, names=names, version=__version__)


def libraries(*, with_xgboost: bool = False) -> dict[str, str]:
    """Return the versions of the libraries on which predictions depend."""
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    if with_xgboost:
        import xgboost  # noqa: PLC0415 - takes a second, and its distribution has several names

        versions[XGBOOST] = xgboost.__version__
    return versions


def _body(evaluated: EvaluatedModel) -> dict[str, Any]:
    model, of = evaluated.model, evaluated.model.specification
    return {
        "kind": "spcse_ml membrane model",
        "schema_version": SCHEMA_VERSION,
        "libraries": libraries(with_xgboost=XGBOOST in model.estimator),
        "target": model.target.name,
        "estimator": model.estimator,
        "fingerprint": evaluated.fingerprint,
        "rows": _rows(model.training_rows),
        "calibration": to_plain(model.calibration),
        "inner_scores": dict(model.inner_scores),
        "evaluation": records(evaluated.evaluation.held_out.reset_index()),
        "shuffled": list(evaluated.evaluation.permuted_maes),
        "verdict": evaluated.verdict.value,
        "own": to_plain(evaluated.own),
        "recalibrated_from": evaluated.recalibrated_from,
        "predictions": _predictions(model),
        **({"specification": to_plain(of)} if of else {}),
    }


def _predictions(model: MembraneModel) -> list[list[float]]:
    """Return value, low and high end of every training row."""
    frame = model.predict(model.training_rows.recipes, level=min(LEVEL, model.calibration.highest_level))
    predictions: list[list[float]] = frame[[model.target.column, "low", "high"]].to_numpy().tolist()
    return predictions


def _rows(training_rows: TrainingRows) -> list[dict[str, Any]]:
    publishers = zip(training_rows.places, training_rows.papers, training_rows.laboratories, strict=True)
    return [
        {"place": place, "paper": str(paper), "laboratory": str(laboratory), "outcome": outcome, "recipe": recipe}
        for (place, paper, laboratory), outcome, recipe in zip(
            publishers, training_rows.outcomes.tolist(), records(training_rows.recipes), strict=True
        )
    ]


def _checksum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(plain_json(body).encode()).hexdigest()


def _checked(text: str, name: str) -> dict[str, Any]:
    try:
        body = json.loads(text, parse_constant=_refuse)
        version = body["schema_version"]
        checksum = body.pop("checksum")
        computed, whole = _checksum(body), plain_json({"checksum": checksum, **body})
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelFileError("not-a-model-file", file=name) from error
    if version not in {*OF_FORMER_ESTIMATORS, SCHEMA_VERSION}:
        readable = ", ".join(map(str, (*OF_FORMER_ESTIMATORS, SCHEMA_VERSION)))
        raise ModelFileError("other-schema-version", file=name, version=version, readable=readable)
    if checksum != computed or text != whole:
        raise ModelFileError("model-file-altered", file=name)
    return dict(body)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _evaluated(body: Mapping[str, Any]) -> EvaluatedModel:
    target = TARGETS[body["target"]]
    rows = body["rows"]
    training_rows = TrainingRows(
        typed_recipes(pd.DataFrame([row["recipe"] for row in rows])),
        np.array([row["outcome"] for row in rows], dtype=float),
        np.array([row["paper"] for row in rows], dtype=object),
        np.array([row["laboratory"] for row in rows], dtype=object),
        tuple(row["place"] for row in rows),
    )
    check_evidence(body, target, training_rows)
    is_former = body["schema_version"] == WITHOUT_DIFFICULTIES
    model = (_recalibrated if is_former else _refitted)(body, target, training_rows)
    check_model(model)
    evaluation = evaluate_part(target, pd.DataFrame(body["evaluation"]).set_index("place"))
    evaluation = replace(evaluation, permuted_maes=tuple(body["shuffled"]))
    verdict, stored = Verdict(body["verdict"]), with_counts(body["own"], model)
    if is_former and stored is not None and model.has_own:
        stored = {**stored, "factor": list(factor(model, evaluation))}
    own = _own(stored)
    check_verdict(evaluation, verdict)
    check_own(own, stored, model)
    recalibrated_from = WITHOUT_DIFFICULTIES if is_former else body["recalibrated_from"]
    return EvaluatedModel(model, evaluation, verdict, body["fingerprint"], own, recalibrated_from)


def _refitted(body: Mapping[str, Any], target: Target, rows: TrainingRows) -> MembraneModel:
    """Return the model of a file with the calibration that it holds."""
    calibration = from_plain(Calibration, body["calibration"])
    name, scores = _estimator(body)
    of = specification_of(body)
    pipeline = fit_to(maker(of or name, rows.recipes)(), rows)
    return MembraneModel(target, name, pipeline, rows, calibration, scores, lab_part(calibration, rows), of)


def _estimator(body: Mapping[str, Any]) -> tuple[str, dict[str, float]]:
    """Return the estimator of a file, and the errors from which it was chosen, by the names of today."""
    name, scores = body["estimator"], body["inner_scores"]
    if body["schema_version"] not in OF_FORMER_ESTIMATORS:
        return name, scores
    return former(name, WITH_PROCESS), {former(other, WITH_PROCESS): error for other, error in scores.items()}


def _recalibrated(body: Mapping[str, Any], target: Target, rows: TrainingRows) -> MembraneModel:
    """Return the model of a file of schema 5: its estimator, calibrated anew on its rows."""
    name, scores = _estimator(body)
    return replace(refitted(rows, target, cross_examined(rows, target, (name,))), inner_scores=scores)


def _own(stored: Mapping[str, Any] | None) -> LabBenefit | None:
    try:
        return None if stored is None else from_plain(LabBenefit, stored)
    except ValidationError as error:
        raise field_error(error, "own") from error
