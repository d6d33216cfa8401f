"""What a training is asked for: estimator, features, rows, name, tags; from a TOML file, and as one.

The file that a run leaves behind repeats the run to the digit: it names the fingerprint of the rows, and other rows are
refused.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spcse_ml.data.dataset import View
from spcse_ml.data.validation import faults_of, placed
from spcse_ml.errors import Fault, InputError
from spcse_ml.models.feature_sets import features_text
from spcse_ml.models.specification import NOTHING, Specification, specified
from spcse_ml.schema import TARGETS
from spcse_ml.storage.champion import RELEASED
from spcse_ml.storage.mlflow_client import BY_VIEW
from spcse_ml.tables import read_toml

Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Value = bool | Whole | float | str

OUR_TAGS = ("run", "model", "commit", "store")
"""Tags of a run that a user does not set; nor those that begin with `mlflow.` or `ledger_`, or end in `_verdict`."""

LONGEST_TAG, LONGEST_NOTE = 250, 5_000


@dataclass(frozen=True)
class Experiment:
    """What a training is asked for; by itself it is the released procedure on the checked literature."""

    name: str = ""
    """Of the run and its models; without it the time of the training."""
    target: str = ""
    """`retention` or `thickness`; without it both, and only then the models can answer."""
    specification: Specification | None = None
    """Without it the released procedure, which chooses among the target's candidates."""
    view: View = View.CHECKED
    data: Path | None = None
    """The lab's table."""
    papers: Path | None = None
    """Membranes of the user's own reading."""
    tags: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    fingerprint: str = ""
    """Of the rows, where they have to be those of an earlier run."""

    @property
    def can_answer(self) -> bool:
        """Return whether its models can answer: both targets, by an estimator that needs no code of a user."""
        return not self.target and not (self.specification and self.specification.is_of_user)

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the names of its targets."""
        return (self.target,) if self.target else tuple(TARGETS)


RELEASED_PROCEDURE = Experiment()
"""What a training is without options."""


class _File(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    name: str = ""
    note: str = ""
    target: str | None = None
    estimator: str | None = None
    features: str | list[str] | None = None
    view: str = View.CHECKED.value
    data: str | None = None
    papers: str | None = None
    seed: Whole | None = None
    tune: Whole | None = None
    fingerprint: str = ""
    set: dict[str, Value] = {}
    search: dict[str, list[Value]] = {}
    tags: dict[str, Value] = {}


def experiment_of(  # noqa: PLR0913 - the options of a training
    *,
    name: str = "",
    target: str | None = None,
    estimator: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    features: Any = None,
    view: str = View.CHECKED,
    data: Path | None = None,
    papers: Path | None = None,
    seed: int | None = None,
    n_tuned: int = 0,
    search: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    note: str = "",
    fingerprint: str = "",
) -> Experiment:
    """Return an experiment of which every part is known to exist.

    Args:
        name: of the run and its models; without it the time.
        target: `retention` or `thickness`; without it both.
        estimator: a key of `ESTIMATORS`, or `package.module:object`; without it the released procedure.
        parameters: values by scikit-learn's parameter names.
        features: `card`, `chemistry`, `card+chemistry`, or names of features.
        view: of the tables: `review`, `checked` or `all`.
        data: the lab's table.
        papers: membranes of the user's own reading.
        seed: of everything random in the estimator.
        n_tuned: settings that a random search tries inside each fold.
        search: values to try by parameter.
        tags: kept with the run.
        note: what the run is for.
        fingerprint: of the rows, where no others will do.

    Returns:
        The experiment, for `train_experiment` or `train_on`.

    Raises:
        InputError: a part is not known, or does not go with the others.

    >>> experiment_of(estimator="ridge", parameters={"alpha": 10.0}).can_answer
    True
    """
    faults = [
        *_row_faults(target, view),
        *_label_faults(name, note),
        *(fault for key, value in (tags or {}).items() for fault in _tag_faults(key, str(value))),
    ]
    of_estimator = {"set": parameters, "features": features, "seed": seed, "tune": n_tuned, "search": search}
    if estimator is None:
        faults += [
            Fault("needs-estimator", column) for column, value in of_estimator.items() if value not in (None, {}, 0)
        ]
        specification = None
    else:
        try:
            specification = specified(
                estimator, parameters=parameters, features=features, seed=seed or 0, n_tuned=n_tuned, search=search
            )
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    plain = {str(key): str(value) for key, value in (tags or {}).items()}
    return Experiment(name, target or "", specification, View(view), data, papers, plain, note, fingerprint)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _row_faults(target: str | None, view: str) -> list[Fault]:
    faults = []
    if target is not None and target not in TARGETS:
        faults.append(Fault("not-a-choice", "target", given=str(target), allowed=", ".join(TARGETS)))
    if view not in BY_VIEW:
        code = "view-with-misprints" if view == View.PRINTED else "not-a-choice"
        faults.append(Fault(code, "view", given=str(view), allowed=", ".join(BY_VIEW)))
    return faults


def _label_faults(name: str, note: str) -> list[Fault]:
    faults = [] if _is_unicode(note) else [Fault("not-unicode", "note")]
    if name and (name == RELEASED or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name)):
        faults.append(Fault("not-a-run-name", "name", given=name, allowed="letters, digits and . _ -, up to 100"))
    if len(note) > LONGEST_NOTE:
        faults.append(Fault("too-long", "note", values={"most": LONGEST_NOTE}))
    return faults


def _file_faults(error: ValidationError, cells: Mapping[str, Any]) -> list[Fault]:
    try:
        return faults_of(error, _File, cells, unknown="unknown-key")
    except ValueError as reason:  # a whole number of more digits than Python writes
        return [Fault("not-accepted", values={"reason": reason})]


def is_reserved(tag: str) -> bool:
    """Return whether a tag of a run is ours or MLflow's own, so that a user cannot set it."""
    return tag in OUR_TAGS or tag.startswith(("mlflow.", "ledger_")) or tag.endswith("_verdict")


def _tag_faults(key: str, value: str) -> list[Fault]:
    if is_reserved(key) or not re.fullmatch(r"[A-Za-z0-9][\w .-]{0,99}", key, flags=re.ASCII):
        return [Fault("not-a-tag", "tag", given=key, allowed="letters, digits, spaces and . _ -, up to 100")]
    if not value.strip() or len(value) > LONGEST_TAG or not _is_unicode(value):
        return [Fault("not-a-tag-value", f"tag {key}", given=value[:80], allowed=f"1 to {LONGEST_TAG} characters")]
    return []


def read_experiment(path: Path, **overriding: Any) -> Experiment:
    """Return the experiment of a TOML file; paths in it are relative to the file.

    Args:
        path: the file.
        overriding: arguments of `experiment_of` that count in place of what the file says; parameters and tags key by
            key, and with other rows its fingerprint is left aside.

    Returns:
        The experiment, for `train_experiment`.

    Raises:
        InputError: the file cannot be read, holds a key that is not known, or what `experiment_of` refuses.

    >>> read_experiment(Path("experiment.toml"), name="again").specification  # doctest: +SKIP
    """
    cells = read_toml(path, example=EXAMPLE)
    known = list(_File.model_fields)
    if unknown := [key for key in cells if key not in known]:
        allowed = f"{', '.join(known)}; parameters of the estimator below [set]"
        raise InputError(Fault("unknown-key", key, file=path.name, allowed=allowed) for key in unknown)
    try:
        read = _File.model_validate(cells)
    except ValidationError as error:
        raise InputError(placed(_file_faults(error, cells), file=path.name)) from error
    beside = {
        name: path.parent / value for name, value in (("data", read.data), ("papers", read.papers)) if value is not None
    }
    stated: dict[str, Any] = {
        "name": read.name, "note": read.note, "target": read.target, "estimator": read.estimator,
        "parameters": read.set, "features": read.features, "view": read.view, "seed": read.seed,
        "n_tuned": read.tune or 0, "search": read.search, "tags": read.tags, "fingerprint": read.fingerprint, **beside,
    }  # fmt: skip
    for table in ("parameters", "tags"):
        if table in overriding:
            overriding[table] = {**stated[table], **overriding[table]}
    if {"view", "data", "papers"} & set(overriding):
        stated["fingerprint"] = ""
    try:
        return experiment_of(**stated | overriding)
    except InputError as error:
        raise InputError(replace(fault, file=fault.file or path.name) for fault in error.faults) from error


EXAMPLE = "spcse-ml train --estimator ridge"


def as_toml(done: Experiment, folder: Path, *, fingerprint: str, made: Mapping[str, str]) -> str:
    """Return the file that repeats an experiment: its rows by fingerprint, its tables by their way from the folder.

    Args:
        done: the experiment.
        folder: where the file will lie.
        fingerprint: of the rows.
        made: versions of what computed it, which stand as comments.
    """
    of = done.specification
    single = {
        "target": done.target, "estimator": of.estimator if of else "", "view": done.view.value, "note": done.note,
        "data": _from(folder, done.data), "papers": _from(folder, done.papers), "fingerprint": fingerprint,
    }  # fmt: skip
    lines = [
        f"# run: {done.name}",
        *(f"# {name} {version}" for name, version in made.items()),
        *(f"{name} = {_toml(value)}" for name, value in single.items() if value),
    ]
    if of:
        lines += [f"features = {_toml(list(of.features))}"] if of.features else []
        lines += [f"seed = {of.seed}", *([f"tune = {of.n_tuned}"] if of.n_tuned else [])]
    tables = {
        "set": dict(of.parameters) if of else {},
        "search": {name: list(values) for name, values in of.search} if of else {},
        "tags": dict(done.tags),
    }
    for table, values in tables.items():
        if values:
            lines += ["", f"[{table}]", *(f"{_toml(key)} = {_toml(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _from(folder: Path, path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()


def _toml(value: Any) -> str:
    """Return a value as TOML has it; its strings are those of JSON but for one sign."""
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(NOTHING if value is None else value, ensure_ascii=False).replace("\x7f", "\\u007f")


def settings(done: Experiment) -> dict[str, str]:
    """Return what sets an experiment apart, by name, as `runs` compares it."""
    of = done.specification
    if of is None:
        return {"estimator": "released procedure", "view": done.view.value}
    tuned = {"tune": str(of.n_tuned)} if of.n_tuned else {}
    search = {f"search {name}": ", ".join(map(str, values)) for name, values in of.search}
    return {
        "estimator": of.estimator, "view": done.view.value, "features": features_text(of.feature_names),
        "seed": str(of.seed), **{f"set {name}": str(value) for name, value in of.parameters}, **tuned, **search,
    }  # fmt: skip
