"""What a model file may hold: the kind and the bounds of every field, and what must agree with what.

A checksum tells that a file is as it was written, and not that it is right. Whatever a loaded model does not compute
anew is checked here.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticKnownError

from spcse_ml.chemistry.recipes import canonical
from spcse_ml.data.dataset import OWN, OWN_BATCH, OWN_COLUMNS, RECIPE_COLUMNS, TrainingRows, is_own
from spcse_ml.errors import InputError
from spcse_ml.evaluation.evaluate import NESTED
from spcse_ml.evaluation.lab_benefit import BATCHES, BOTH, LITERATURE, OWN_ROWS, PAPERS, LabBenefit, waiting
from spcse_ml.evaluation.verdict import Verdict, final_verdict
from spcse_ml.models.conformal import LEVEL
from spcse_ml.models.cross_validation import ceiling
from spcse_ml.models.estimators import CONSTANTS, ESTIMATORS, compared, is_complete
from spcse_ml.models.former_estimators import FORMER_ESTIMATORS, former
from spcse_ml.models.lab_effect import choices
from spcse_ml.models.model import MembraneModel
from spcse_ml.models.specification import WITH_PROCESS, Specification, specified
from spcse_ml.schema import Formulation, Target, columns
from spcse_ml.storage.files import plain_json
from spcse_ml.to_json import to_plain

XGBOOST = "xgboost"
"""The library on which a model depends whose estimator has it in its name."""

LARGEST = 1e9
"""No percentage and no thickness in micrometres comes near it."""

Amount = Annotated[float, Field(ge=0, le=LARGEST)]
Positive = Annotated[float, Field(gt=0, le=LARGEST)]
Text = Annotated[str, Field(min_length=1)]


def _known_estimator(name: str) -> str:
    if name.removesuffix(WITH_PROCESS) not in {*ESTIMATORS, *FORMER_ESTIMATORS}:
        raise PydanticKnownError("enum", {"expected": "an estimator"})
    return name


Estimator = Annotated[str, AfterValidator(_known_estimator)]


class ModelContentError(ValueError):
    """A field of a model file is not what it may be: the code and the values of the refusal, without the file."""

    def __init__(self, code: str, **values: Any) -> None:
        """Name the field by its `place`."""
        self.code, self.values = code, values
        super().__init__(code)


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class _Row(_Part):
    place: Text
    paper: Text
    laboratory: Text
    outcome: Positive
    recipe: dict[str, Any]


class _HeldOut(_Part):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Amount]
    place: Text
    paper: Text
    method: Text
    observed: Positive
    chosen: Amount
    low: Amount
    high: Amount
    mean: Amount
    mean_low: Amount
    mean_high: Amount
    median: Amount
    median_low: Amount
    median_high: Amount
    domain: Literal["inside", "edge", "outside"]
    distance: Amount
    estimator: Estimator
    is_complete: bool
    recipe: int | None = None


class _FormerCalibration(_Part):
    scores: Annotated[list[Amount], Field(min_length=1)]
    ceiling: Positive | None


class _Calibration(_FormerCalibration):
    difficulties: Annotated[list[Positive], Field(min_length=1)]


class _AnyBody(_Part):
    kind: Literal["spcse_ml membrane model"]
    schema_version: int
    libraries: dict[Text, Annotated[str, Field(pattern=r"^\d[\w.+!-]*$", max_length=50)]]
    target: Literal["retention", "thickness"]
    estimator: Estimator
    fingerprint: Annotated[str, Field(pattern=r"^((printed|checked|all)-)?[0-9a-f]{16}$")]
    rows: Annotated[list[_Row], Field(min_length=1)]
    inner_scores: dict[Estimator, Amount]
    evaluation: Annotated[list[_HeldOut], Field(min_length=1)]
    shuffled: list[Amount]
    verdict: Literal["useful", "undecided", "no skill"]
    own: dict[str, Any] | None
    predictions: Annotated[list[Annotated[list[Amount], Field(min_length=3, max_length=3)]], Field(min_length=1)]


_Pair = Annotated[list[Any], Field(min_length=2, max_length=2)]


class _Specification(_Part):
    estimator: str
    parameters: list[_Pair]
    features: list[Text]
    seed: int
    n_tuned: int
    search: list[_Pair]
    has_process: bool


class Body(_AnyBody):
    """A model file without its checksum."""

    specification: _Specification | None = None
    """Of a model of an experiment."""
    calibration: _Calibration
    recalibrated_from: Literal[5] | None


class FormerBody(_AnyBody):
    """The same of schema 5, which tells no difficulties."""

    calibration: _FormerCalibration


WITHOUT_DIFFICULTIES = 5
"""Schema of version 0.1."""

OF_FORMER_ESTIMATORS = (5, 6)
"""Schemas whose names of estimators mean those of before."""


def check_fields(body: Mapping[str, Any], libraries: tuple[str, ...]) -> None:
    """Refuse a body of which a field is missing, unknown, of another kind or beyond its bounds.

    Raises:
        ModelContentError: the first such field.
    """
    try:
        read = (FormerBody if body["schema_version"] == WITHOUT_DIFFICULTIES else Body).model_validate(body)
    except ValidationError as error:
        raise field_error(error) from error
    needed = {*libraries, XGBOOST} if XGBOOST in read.estimator else set(libraries)
    _agree("libraries", set(read.libraries) == needed, "model-columns")
    places = [row.place for row in read.rows]
    _agree("rows", len(set(places)) == len(places), "model-repeated-place")
    for number, row in enumerate(body["rows"]):
        _check_recipe(f"rows.{number}.recipe", row, has_own=OWN_BATCH in body["rows"][0]["recipe"])
    for number, (value, low, high) in enumerate(read.predictions):
        _check_interval(f"predictions.{number}", low, value, high)
    for number, record in enumerate(body["evaluation"]):
        for name, start in {"chosen": "", **{name: f"{name}_" for name in CONSTANTS}}.items():
            _check_interval(f"evaluation.{number}.{name}", record[f"{start}low"], record[name], record[f"{start}high"])


def specification_of(body: Mapping[str, Any]) -> Specification | None:
    """Return what the experiment of a model file specified; None where the model is of none.

    An object of a user's code is refused: a model file runs no code.

    Raises:
        ModelContentError: it names what is not known, or another estimator than the file.
    """
    stated = body.get("specification")
    if stated is None:
        return None
    _agree("specification.estimator", stated["estimator"] in ESTIMATORS, "model-field-kind", kind="estimator")
    try:
        of = specified(
            stated["estimator"],
            parameters=_mapping(stated["parameters"]),
            features=stated["features"] or None,
            seed=stated["seed"],
            n_tuned=stated["n_tuned"],
            search=_mapping(stated["search"]),
        )
    except InputError as error:
        reason = error.faults[0].problem
        raise ModelContentError("model-field", place="specification", reason=reason) from error
    of = replace(of, has_process=stated["has_process"])
    _agree("specification", str(of) == body["estimator"], "model-not-of-fit")
    return of


def _mapping(pairs: Any) -> dict[str, Any]:
    _agree("specification", all(isinstance(name, str) for name, _ in pairs), "model-field-kind", kind="text")
    return dict(pairs)


def _check_interval(place: str, low: float, value: float, high: float) -> None:
    _agree(place, low <= value <= high and low < high, "model-interval")


def field_error(error: ValidationError, *place: str) -> ModelContentError:
    """Return the first of the problems that pydantic has with the fields of a place."""
    problem = error.errors(include_url=False)[0]
    place_of_field = ".".join([*place, *map(str, problem["loc"])])
    return ModelContentError("model-field", place=place_of_field, reason=problem["msg"].lower())


def _agree(place: str, is_so: object, code: str, **values: Any) -> None:
    if not is_so:
        raise ModelContentError(code, place=place, **values)


def _check_recipe(place: str, row: Mapping[str, Any], *, has_own: bool) -> None:
    recipe, known = row["recipe"], columns(Formulation)
    names = {*RECIPE_COLUMNS, *(OWN_COLUMNS if has_own else ())}
    _agree(place, set(recipe) == names, "model-columns")
    for name, value in recipe.items():
        is_number = name in known and known[name].is_number
        is_kind = _is_number(value) if is_number else isinstance(value, str) and value.strip()
        kind = "number" if is_number else "text"
        _agree(f"{place}.{name}", value is None or is_kind, "model-field-kind", kind=kind)
    batch = recipe.get(OWN_BATCH)
    is_labelled = row["paper"] == f"{OWN}:{batch}" and row["laboratory"] == OWN
    _agree(place, is_labelled if batch is not None else not row["paper"].startswith(OWN), "model-batch")
    cells = {name: value for name, value in recipe.items() if name in known}
    if batch is not None:  # all that is organic counts as binder there, a plasticizer without any too
        content = cells.pop("binder_wt_percent")
        _agree(f"{place}.binder_wt_percent", content is None or 0 < content <= 100, "model-field-kind", kind="content")  # noqa: PLR2004 - percent
    try:
        Formulation.model_validate(cells)
    except ValidationError as error:
        raise field_error(error, place) from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def unknown_names(body: Mapping[str, Any]) -> list[str]:
    """Return what the rows name and the catalogue of this installation lacks, each with its column."""
    names: dict[str, None] = {}
    for row in body["rows"]:
        try:
            canonical(Formulation.model_construct(**row["recipe"]))
        except InputError as error:
            names |= dict.fromkeys(f"{fault.column} {fault.given!r}" for fault in error.faults)
    return list(names)


def check_evidence(body: Mapping[str, Any], target: Target, rows: TrainingRows) -> None:
    """Refuse a body whose held-out predictions or calibration are not of its rows.

    Raises:
        ModelContentError: the first thing that does not agree.
    """
    by_place = {record["place"]: record for record in body["evaluation"]}
    _agree(
        "evaluation",
        sorted(by_place) == sorted(rows.places) and len(by_place) == len(body["evaluation"]),
        "model-not-of-rows",
    )
    fixed = set(_HeldOut.model_fields) - {"recipe", *CONSTANTS}
    names = fixed | set(compared(target)) | ({"recipe"} if is_own(rows.recipes).any() else set())
    names |= {NESTED} & set(body["evaluation"][0])
    complete = is_complete(rows.recipes).tolist()
    for number, place in enumerate(rows.places):
        record = by_place[place]
        _agree(f"evaluation of {place}", set(record) == names, "model-columns")
        row = (str(rows.papers[number]), rows.recipes["method"][number], float(rows.outcomes[number]), complete[number])
        stated = tuple(record[name] for name in ("paper", "method", "observed", "is_complete"))
        _agree(f"evaluation of {place}", stated == row, "model-not-of-rows")
    calibration, n_papers = body["calibration"], len(set(rows.papers))
    for name in calibration.keys() & {"scores", "difficulties"}:
        _agree(f"calibration.{name}", len(calibration[name]) == n_papers, "model-not-of-rows")
    _agree("calibration.ceiling", calibration["ceiling"] == ceiling(target, rows.outcomes), "model-not-of-rows")
    scores, chosen = body["inner_scores"], body["estimator"]
    of = specification_of(body)
    _agree("estimator", is_own(rows.recipes).any() or not chosen.endswith(WITH_PROCESS), "model-not-of-rows")
    names_now = set(map(str, choices(target, rows.recipes, of and replace(of, has_process=False))))
    names_before = {former(name, WITH_PROCESS) for name in names_now}
    _agree("inner_scores", set(scores) in ({chosen}, names_now, names_before), "model-columns")
    _agree("estimator", chosen == min(scores, key=scores.__getitem__), "model-not-of-fit")
    _agree("predictions", len(body["predictions"]) == len(rows.places), "model-not-of-rows")


def check_model(model: MembraneModel) -> None:
    """Refuse a model whose intervals would have no width.

    Raises:
        ModelContentError: its calibration gives none.
    """
    for calibration in filter(None, (model.calibration, model.own_calibration)):
        half = calibration.quantile(min(LEVEL, calibration.highest_level))
        _agree("calibration.scores", half > 0, "model-interval-width")


def with_counts(stored: Mapping[str, Any] | None, model: MembraneModel) -> Mapping[str, Any] | None:
    """Return what a file holds of own rows; sentences, which version 0.1 stored, become the counts that they told."""
    texts = (stored or {}).get("waiting")
    if stored is None or not model.has_own or not isinstance(texts, dict):
        return stored
    counted = to_plain(waiting(_own_recipes(model), model.process_columns))
    return {**stored, "waiting": {name: counted.get(name, text) if isinstance(text, str) else text
                                  for name, text in texts.items()}}  # fmt: skip


def _own_recipes(model: MembraneModel) -> pd.DataFrame:
    recipes = model.training_rows.recipes
    return recipes[is_own(recipes)]


def check_own(own: LabBenefit | None, stored: Mapping[str, Any] | None, model: MembraneModel) -> None:
    """Refuse evidence on own rows that is not of the model's.

    Raises:
        ModelContentError: the first thing that does not agree.
    """
    _agree("own", (own is not None) == model.has_own, "model-not-of-rows")
    if own is None:
        return
    recipes = _own_recipes(model)
    _agree("own", plain_json(to_plain(own)) == plain_json(stored), "model-field-kind", kind="lab benefit")
    counted = (
        len(recipes),
        recipes[OWN_BATCH].nunique(),
        model.process_columns,
        waiting(recipes, model.process_columns),
    )
    _agree("own", (own.n_rows, own.n_batches, own.process, dict(own.waiting)) == counted, "model-not-of-rows")
    value, low, high = own.factor
    _agree("own.factor", 0 < low <= value <= high <= LARGEST, "model-interval")
    _agree("own.factor", np.isclose(value, np.exp(model.pipeline[-1].offset_)), "model-not-of-fit")
    is_of_median = model.estimator.removesuffix(WITH_PROCESS) in CONSTANTS
    _agree("own.is_of_median", own.is_of_median == is_of_median, "model-not-of-fit")
    are_named = set(own.errors) == {LITERATURE, OWN_ROWS, BOTH}
    are_named = are_named and all(set(errors) == {PAPERS, BATCHES} for errors in own.errors.values())
    _agree("own.errors", are_named, "model-columns")
    for source, errors in own.errors.items():  # too few own rows alone have no error at all
        is_blank = source == OWN_ROWS and set(errors.values()) == {None}
        are_errors = is_blank or all(error is not None and 0 <= error <= LARGEST for error in errors.values())
        _agree("own.errors", are_errors, "model-field-kind", kind="mean absolute error")
    sources = {source for source in (LITERATURE, OWN_ROWS) if own.errors[source][BATCHES] is not None}
    _agree("own.gains", set(own.gains) == sources, "model-columns")
    for source, gain in own.gains.items():
        apart = (own.errors[source][BATCHES] or 0) - (own.errors[BOTH][BATCHES] or 0)
        most = LARGEST if own.n_batches > 1 else np.inf
        is_gain = -most <= gain.low <= gain.mean <= gain.high <= most and np.isclose(gain.mean, apart)
        _agree("own.gains", is_gain and gain.n == own.n_batches, "model-not-of-fit")


def check_verdict(evaluation: Any, verdict: Verdict) -> None:
    """Refuse a verdict that does not follow from the evaluation beside it.

    Raises:
        ModelContentError: another one follows.
    """
    follows = final_verdict(evaluation)
    _agree("verdict", verdict is follows, "model-verdict", verdict=verdict.value, follows=follows.value)
