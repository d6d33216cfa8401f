"""From rows to evaluated, stored and tracked models: the released procedure, or an experiment."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from spcse_ml.data.dataset import Dataset
from spcse_ml.data.lab_rows import existing, own_frame, read_records
from spcse_ml.data.literature import literature
from spcse_ml.errors import Fault, InputError, SpcseError, StoreError
from spcse_ml.evaluation.evaluate import CONSTANT
from spcse_ml.evaluation.evaluated import EvaluatedModel, ModelPair, TrainedModels
from spcse_ml.evaluation.lab_benefit import lab_benefit
from spcse_ml.evaluation.looks import Looks
from spcse_ml.evaluation.metrics import Gain
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.models.cross_validation import evaluation_folds, group_folds, predict_medians
from spcse_ml.models.examination import INNER_FOLDS
from spcse_ml.models.lab_effect import choices, maker
from spcse_ml.models.model import learn, refuse_too_few
from spcse_ml.models.specification import Specification
from spcse_ml.models.weights import fit_to
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.reports.messages.storage import STORE_README
from spcse_ml.schema import TARGETS, Target
from spcse_ml.storage.champion import crown_first, model_folder
from spcse_ml.storage.experiment import RELEASED_PROCEDURE, Experiment, experiment_of
from spcse_ml.storage.files import claimed, write_whole
from spcse_ml.storage.registry import repair_alias
from spcse_ml.storage.tracking import SavedTraining, check_writable, commit, log_training
from spcse_ml.workflows.data import with_papers
from spcse_ml.workflows.evaluate import evaluate_target
from spcse_ml.workflows.runs import gains_over_answering, known_looks
from spcse_ml.workflows.training_files import EXPERIMENT_FILE, keep


@dataclass(frozen=True)
class Training:
    """The models of a training, where they are stored and tracked, and whether they became champion."""

    name: str
    by_target: Mapping[str, EvaluatedModel]
    folder: Path
    run_id: str
    is_champion: bool
    looks: Mapping[str, Looks] = field(default_factory=dict)
    """By target: how many procedures the store has scored on the same rows, and what the best of them is worth."""
    gains: Mapping[str, Gain] = field(default_factory=dict)
    """By target: how much less it errs than the models that answered before, on the papers that both held out."""
    before: str = ""
    """The name of those models; empty where they cannot be read."""

    @property
    def pair(self) -> ModelPair:
        """Return the models of both targets.

        Raises:
            StoreError: the experiment was on one target.
        """
        if missing := [target for target in TARGETS if target not in self.by_target]:
            raise StoreError("run-of-one-target", model=self.name, target=missing[0])
        return ModelPair(self.name, **self.by_target)


def train(  # noqa: PLR0913 - the options of a training
    store: str | PathLike[str],
    *,
    data: str | PathLike[str] | None = None,
    papers: str | PathLike[str] | None = None,
    estimator: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    features: str | Sequence[str] | None = None,
    target: str | None = None,
    view: str = "checked",
    seed: int | None = None,
    n_tuned: int = 0,
    search: Mapping[str, Sequence[Any]] | None = None,
    name: str = "",
    tags: Mapping[str, Any] | None = None,
    note: str = "",
    workers: Workers = ALONE,
) -> Training:
    """Train models, evaluate them, keep them in the store and track them in MLflow.

    Without an estimator this is the released procedure; with one, an experiment: the estimator as it is specified,
    held out, calibrated and judged in the same way. They are trained on the literature, on membranes that were read in
    papers beyond it, and on a lab's table, where they are given. The first models of the released procedure in a store
    become its champion; later ones are challengers, and so are those of every experiment.

    It takes two to four minutes on two cores, with tuning many times as long. Without faults the folder of `Training`
    holds the models, cards, figures, the report, held-out predictions, and `experiment.toml`, which repeats it.

    Args:
        store: folder for models and runs; made if it is not there.
        data: a lab's table, as `record` writes it.
        papers: membranes of your own reading, learnt from as literature, a paper a group.
        estimator: a name of `spcse_ml train --help`, or `package.module:object`; without it the released procedure.
        parameters: values by scikit-learn's parameter names.
        features: `card`, `chemistry`, `card+chemistry`, or names of features.
        target: `retention` or `thickness`; without it both. Models of one target alone cannot become champion.
        view: of the tables: `review`, `checked` or `all`.
        seed: of everything random in the estimator; 0 without it.
        n_tuned: settings that a random search tries inside each fold.
        search: values to try by parameter; without it those that come with the estimator.
        name: of the run and its models; without it the time.
        tags: kept with the run.
        note: what the run is for, kept with it.
        workers: who computes the folds; one after the other without it.

    Returns:
        The models, their folder and their run.

    Raises:
        InputError: the lab's table or that of the reading holds faults, or no membrane to learn from; or a part of the
            experiment is not known.
        StoreError: the store cannot be written to, or has a run of that name.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     train(Path(folder), data=Path(folder) / "lab.csv")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    spcse_ml.errors.InputError: ...lab.csv: no such file; record membranes first
    """
    experiment = experiment_of(
        name=name, target=target, estimator=estimator, parameters=parameters, features=features, view=view,
        data=Path(data) if data else None, papers=Path(papers) if papers else None, seed=seed, n_tuned=n_tuned,
        search=search, tags=tags, note=note,
    )  # fmt: skip
    return train_experiment(Path(store), experiment, workers=workers)


def train_experiment(store: Path, experiment: Experiment, *, workers: Workers = ALONE) -> Training:
    """Do what `train` does for an experiment, as `experiment_of` or `read_experiment` returns it.

    Args:
        store: folder for models and runs.
        experiment: the experiment.
        workers: as in `train`.

    Returns:
        As `train`.

    Raises:
        InputError: as in `train`, or the rows are not those whose fingerprint the experiment names.
        StoreError: as in `train`.

    >>> shallow = experiment_of(name="shallow", estimator="xgboost", parameters={"max_depth": 2})  # doctest: +SKIP
    >>> train_experiment(Path("store"), shallow).is_champion  # minutes  # doctest: +SKIP
    False
    """
    dataset = literature(experiment.view)
    if experiment.papers is not None:
        dataset = with_papers(dataset, experiment.papers)
    if experiment.data is not None:
        dataset = with_lab_rows(dataset, experiment.data)
    if experiment.fingerprint and experiment.fingerprint != dataset.fingerprint:
        before, now = experiment.fingerprint, dataset.fingerprint
        raise InputError([Fault("other-rows", "fingerprint", given=before, values={"fingerprint": now})])
    return train_on(store, dataset, experiment=experiment, workers=workers)


def train_on(
    store: Path, dataset: Dataset, *, experiment: Experiment = RELEASED_PROCEDURE, workers: Workers = ALONE
) -> Training:
    """Do what `train` does on any rows.

    Args:
        store: folder for models and runs.
        dataset: the rows to learn from.
        experiment: the experiment; without it the released procedure.
        workers: as in `train`.

    Returns:
        As `train`.

    Raises:
        InputError: the estimator cannot learn these rows.
        StoreError: the store cannot be written to, or has a run of that name.

    >>> published = spcse_ml.read_literature(view="review")  # doctest: +SKIP
    >>> train_on(Path("store"), published).pair.retention.verdict.value  # minutes  # doctest: +SKIP
    """
    write_whole(store / "README.txt", STORE_README)
    with _name_reserved(store, experiment) as name:
        experiment = replace(experiment, name=name)
        try_out(experiment, dataset)
        check_writable(store, experiment.view)
        by_target, spans = {}, {}
        for target in experiment.targets:
            began = _now_ms()
            of = experiment.specification
            with _refusing_what_fails(of):
                by_target[target] = evaluated_model(dataset, TARGETS[target], specification=of, workers=workers)
            spans[target] = (began, _now_ms())
        folder = run_folder(store, experiment)
        models = TrainedModels(name, by_target)
        looks = known_looks(store, models)
        keep(models, dataset, folder, experiment=experiment, looks=looks)
        run_id = log_training(store, SavedTraining(models, folder, commit(), experiment, spans), dataset)
        before, gains = gains_over_answering(store, models)
        is_released_procedure = experiment.can_answer and experiment.specification is None
        is_first = is_released_procedure and crown_first(store, name, reason="first model of this store")
    repair_alias(store)
    return Training(name, by_target, folder, run_id, is_first, looks or {}, gains, before)


def run_folder(store: Path, experiment: Experiment) -> Path:
    """Return the folder of a run: among the models where they can answer, else among the experiments."""
    return model_folder(store, experiment.name) if experiment.can_answer else store / "experiments" / experiment.name


@contextlib.contextmanager
def _name_reserved(store: Path, experiment: Experiment) -> Iterator[str]:
    """Give the name of a run, which nobody else can take before it is kept.

    Raises:
        StoreError: the store has a run of that name, or another training is about to keep one.
    """
    name = experiment.name or datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    folders = [model_folder(store, name), store / "experiments" / name]
    if not experiment.name:
        yield name
        return
    with claimed(store / "models", name):
        if any((folder / EXPERIMENT_FILE).exists() or (folder / "thickness.json").exists() for folder in folders):
            raise StoreError("run-name-taken", store=store, model=name)
        yield name


def try_out(experiment: Experiment, dataset: Dataset) -> None:
    """Fit the estimator of an experiment to as few rows as a fold has, so that what it cannot do shows before the work.

    Raises:
        InputError: it cannot be fitted to these rows, or does not predict one finite number for each.
    """
    of = experiment.specification
    if of is None:
        return
    for target in experiment.targets:
        rows = dataset.training_rows(TARGETS[target])
        refuse_too_few(rows, TARGETS[target])
        with _refusing_what_fails(of):
            outer = rows.take(max(evaluation_folds(rows.papers), key=lambda fold: len(fold[1]))[0])
            seen, unseen = max(group_folds(outer.papers, INNER_FOLDS), key=lambda fold: len(fold[1]))
            pipeline = fit_to(maker(of, rows.recipes)(), outer.take(seen))
            for recipes in (outer.recipes.iloc[unseen], rows.recipes):
                if np.shape(values := predict_medians(pipeline, recipes, None)) != (len(recipes),):
                    msg = f"predictions of shape {np.shape(values)} for {len(recipes)} rows"
                    raise ValueError(msg)


@contextlib.contextmanager
def _refusing_what_fails(of: Specification | None) -> Iterator[None]:
    """Refuse whatever the estimator of an experiment raises; that of a user raises what it likes."""
    try:
        yield
    except SpcseError:
        raise
    except (Exception, SystemExit) as error:
        if of is None:
            raise
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise InputError([Fault("estimator-fails", "estimator", given=str(of), values={"reason": reason})]) from error


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def with_lab_rows(published: Dataset, table: Path) -> Dataset:
    """Return a data set with the current membranes of a lab's table.

    Args:
        published: the literature.
        table: a lab's table, as `record` writes it.

    Returns:
        The published rows, with the membranes of the table that stand as own rows.

    Raises:
        InputError: the table cannot be read, or no membrane of it has an outcome.

    >>> both = with_lab_rows(spcse_ml.read_literature(), Path("lab.csv"))  # doctest: +SKIP
    >>> spcse_ml.fit(both, spcse_ml.TARGETS["retention"])  # doctest: +SKIP
    """
    own = own_frame(read_records(existing(table)))
    if not own[[target.column for target in TARGETS.values()]].notna().to_numpy().any():
        raise InputError([Fault("no-outcomes", file=table.name)])
    return replace(published, own=own)


def evaluated_model(
    dataset: Dataset, target: Target, *, specification: Specification | None = None, workers: Workers = ALONE
) -> EvaluatedModel:
    """Return the model of a target with its evaluation and verdict; one without skill shows the literature's median."""
    evaluated = evaluate_target(dataset, target, specification=specification, workers=workers)
    rows = dataset.training_rows(target)
    among = choices(target, rows.recipes, specification)
    model = learn(rows, target, (CONSTANT,) if evaluated.verdict is Verdict.NO_SKILL else among)
    own = lab_benefit(model, evaluated.evaluation, specification=specification, workers=workers)
    return EvaluatedModel(model, evaluated.evaluation, evaluated.verdict, dataset.fingerprint, own)
