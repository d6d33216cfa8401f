"""From rows to evaluated, stored and tracked models."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from spcse_ml.data.dataset import Dataset
from spcse_ml.data.lab_rows import existing, own_frame, read_records
from spcse_ml.data.literature import literature
from spcse_ml.errors import Fault, InputError, StoreError
from spcse_ml.evaluation.evaluate import CONSTANT, Evaluation, evaluate, of_constant
from spcse_ml.evaluation.evaluated import EvaluatedModel, ModelPair
from spcse_ml.evaluation.lab_benefit import lab_benefit
from spcse_ml.evaluation.metrics import CHOSEN, GroupRecord, by_domain, by_method, paired_gain, winkler_gain
from spcse_ml.evaluation.permutation import N_PERMUTATIONS, with_permutation_test
from spcse_ml.evaluation.robustness import RobustnessStudy, shipped_study
from spcse_ml.evaluation.verdict import Verdict, checks, final_verdict, verdict_of
from spcse_ml.former_names import formerly_called
from spcse_ml.models.estimators import BASELINES
from spcse_ml.models.model import fit
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.reports.messages.storage import STORE_README
from spcse_ml.reports.model_card import model_card
from spcse_ml.reports.plots.evaluation import literature_figure
from spcse_ml.schema import RETENTION, TARGETS, THICKNESS, Target
from spcse_ml.storage.champion import answering_pair, crown_first, model_folder
from spcse_ml.storage.files import write_whole
from spcse_ml.storage.model_files import save_pair
from spcse_ml.storage.registry import repair_alias
from spcse_ml.storage.tracking import SavedTraining, commit, log_evaluation, log_training
from spcse_ml.tables import csv_text
from spcse_ml.to_json import to_plain
from spcse_ml.workflows.data import with_papers
from spcse_ml.workflows.pictures import evaluation_pictures, images, write_pictures
from spcse_ml.workflows.report import report, section_of


@dataclass(frozen=True)
class Training:
    """The models of a training, where they are stored and tracked, and whether they became champion."""

    pair: ModelPair
    folder: Path
    run_id: str
    is_champion: bool


def train(store: Path, *, data: Path | None = None, papers: Path | None = None, workers: Workers = ALONE) -> Training:
    """Train models of both targets, evaluate them, keep them in the store and track them in MLflow.

    They are trained on the literature, on membranes that were read in papers beyond it, and on a lab's table, where
    they are given. The first model of a store becomes its champion; later ones are challengers.

    It takes two to four minutes on two cores. Without faults the folder of `Training` holds the models, cards, figures
    and the report.

    Args:
        store: folder for models and runs; made if it is not there.
        data: a lab's table, as `record` writes it.
        papers: membranes of your own reading, learnt from as literature, a paper a group.
        workers: who computes the folds; one after the other without it.

    Returns:
        The models, their folder and their run.

    Raises:
        InputError: the lab's table or that of the reading holds faults, or no membrane to learn from.
        StoreError: the store cannot be written to.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     train(Path(folder), data=Path(folder) / "lab.csv")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    spcse_ml.errors.InputError: ...lab.csv: no such file; record membranes first
    """
    published = literature() if papers is None else with_papers(literature(), papers)
    return train_on(store, published if data is None else with_lab_rows(published, data), workers=workers)


def train_on(store: Path, dataset: Dataset, *, workers: Workers = ALONE) -> Training:
    """Do what `train` does on any rows.

    Args:
        store: folder for models and runs.
        dataset: the rows to learn from.
        workers: as in `train`.

    Returns:
        As `train`.

    Raises:
        StoreError: the store cannot be written to.
    """
    write_whole(store / "README.txt", STORE_README)
    by_target = {name: evaluated_model(dataset, target, workers=workers) for name, target in TARGETS.items()}
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    pair = ModelPair(stamp, by_target[RETENTION.name], by_target[THICKNESS.name])
    folder = model_folder(store, pair.name)
    keep(pair, dataset, folder)
    run_id = log_training(store, SavedTraining(pair, folder, commit()), dataset)
    is_first = crown_first(store, pair.name, reason="first model of this store")
    repair_alias(store)
    return Training(pair, folder, run_id, is_first)


def with_lab_rows(published: Dataset, table: Path) -> Dataset:
    """Return a data set with the current membranes of a lab's table.

    Args:
        published: the literature.
        table: a lab's table, as `record` writes it.

    Returns:
        The published rows, with the membranes of the table that stand as own rows.

    Raises:
        InputError: the table cannot be read, or no membrane of it has an outcome.
    """
    own = own_frame(read_records(existing(table)))
    if not own[[target.column for target in TARGETS.values()]].notna().to_numpy().any():
        raise InputError([Fault("no-outcomes", file=table.name)])
    return replace(published, own=own)


def evaluated_model(dataset: Dataset, target: Target, *, workers: Workers = ALONE) -> EvaluatedModel:
    """Return the model of a target with its evaluation and verdict; one without skill shows the literature's median."""
    evaluated = evaluate_target(dataset, target, workers=workers)
    model = fit(dataset, target, estimator=CONSTANT if evaluated.verdict is Verdict.NO_SKILL else None)
    own = lab_benefit(model, evaluated.evaluation, workers=workers)
    return EvaluatedModel(model, evaluated.evaluation, evaluated.verdict, dataset.fingerprint, own)


@formerly_called(scrutiny="study")
@dataclass(frozen=True)
class EvaluatedTarget:
    """An evaluation, its verdict, and the robustness study of the same procedure if one is shipped."""

    evaluation: Evaluation
    verdict: Verdict
    study: RobustnessStudy | None = None


def evaluate_target(
    dataset: Dataset, target: Target, *, is_quick: bool = False, workers: Workers = ALONE
) -> EvaluatedTarget:
    """Return evaluation and verdict, with the permutation test where the verdict depends on it and unless quick."""
    evaluation = evaluate(dataset, target, workers=workers)
    study = shipped_study(dataset.fingerprint, evaluation)
    if study is not None:
        evaluation = replace(evaluation, permuted_maes=study.permuted_maes)
    elif not is_quick and verdict_of(evaluation) is Verdict.USEFUL:  # only this verdict can still be lost
        evaluation = with_permutation_test(evaluation, dataset.training_rows(target), N_PERMUTATIONS, workers=workers)
    verdict = final_verdict(evaluation)
    if verdict is Verdict.NO_SKILL:  # then the constant is what ships, and so what is shown
        evaluation = of_constant(evaluation)
        study = shipped_study(dataset.fingerprint, evaluation)
    return EvaluatedTarget(evaluation, verdict, study)


def evaluate_again(
    store: Path, names: Iterable[str] | None = None, *, is_quick: bool = False, workers: Workers = ALONE
) -> dict[str, EvaluatedTarget]:
    """Return the evaluation of each target (all without names) on the literature, with a study if one is shipped."""
    dataset, chosen = literature(), names or TARGETS
    targets = {name: evaluate_target(dataset, TARGETS[name], is_quick=is_quick, workers=workers) for name in chosen}
    if not is_quick:
        track(store, targets)
    return targets


def answering_evaluation(store: Path, names: Iterable[str] | None = None) -> tuple[str, dict[str, EvaluatedTarget]]:
    """Return the name of the answering models, and of each target the evaluation with the study that is shipped for it.

    Raises:
        StoreError: no study is shipped for these models.
    """
    pair = answering_pair(store)
    return pair.name, {name: _with_study(pair.name, pair.by_target[name]) for name in names or TARGETS}


def _with_study(model: str, evaluated: EvaluatedModel) -> EvaluatedTarget:
    study = shipped_study(evaluated.fingerprint, evaluated.evaluation)
    if study is None:
        raise StoreError("no-study", model=model, target=evaluated.model.target.name)
    return EvaluatedTarget(evaluated.evaluation, evaluated.verdict, study)


def track(store: Path, targets: Mapping[str, EvaluatedTarget]) -> str:
    """Log evaluated targets with their figures as one MLflow run of the store, and return its id."""
    drawn = [images(evaluation_pictures(target.evaluation, target.study)) for target in targets.values()]
    plain = {name: summary(target) for name, target in targets.items()}
    return log_evaluation(
        store, plain, {name: image for pictures in drawn for name, image in pictures.items()}, commit=commit()
    )


def keep(pair: ModelPair, dataset: Dataset, folder: Path) -> None:
    """Write a pair into a folder: models, cards, figures, contributions and report."""
    save_pair(pair, folder)
    write_pictures(folder, {"literature": literature_figure(dataset.rows)})
    sections = [section_of(evaluated) for evaluated in pair.by_target.values()]
    for report_section in sections:
        target = report_section.evaluated.model.target.name
        write_pictures(folder, report_section.figures)
        card = model_card(report_section.evaluated, report_section.study, report_section.effects)
        write_whole(folder / f"{target}.md", card)
        if report_section.summary:
            contributions = report_section.summary.explanation.contributions.set_axis(
                report_section.evaluated.model.training_rows.places
            )
            write_whole(
                folder / f"{target}_contributions.csv",
                csv_text(contributions, index=True, index_label="place", float_format="%.4g"),
            )
    write_whole(folder / "report.html", report(pair, sections))


_FORMER_KEYS = {"ladder": "split_difficulty", "shuffled": "permuted_maes", "nested": "nested_maes",
                "on_planted": "on_simulated"}  # fmt: skip
"""Of a study in JSON, as version 0.1.0 had them; they go with version 0.3, and `scrutiny` with them."""


def summary(evaluated: EvaluatedTarget) -> dict[str, Any]:
    """Return an evaluated target as plain values; errors in the target's unit, skill as a fraction."""
    evaluation = evaluated.evaluation
    study = to_plain(evaluated.study)
    chosen, covered, predictions = evaluation.scores[CHOSEN], evaluation.coverage, evaluation.predictions
    return {
        "verdict": evaluated.verdict.value,
        "checks": {
            baseline: {**asdict(gain), "finding": gain.finding} for baseline, gain in checks(evaluation).items()
        },
        "n_rows": evaluation.n_rows,
        "n_papers": evaluation.n_papers,
        **asdict(chosen),
        "spearman": None if np.isnan(chosen.spearman) else chosen.spearman,
        "gain_over_mean": asdict(evaluation.gain),
        "gain_over_random_forest": asdict(paired_gain(predictions, "random_forest", CHOSEN)),
        "gain_over_content_line": asdict(paired_gain(predictions, "content_line", CHOSEN)),
        "coverage": {f"{covered.level:g}": {**asdict(covered), "range": list(covered.range)}},
        "winkler_gain_over_mean": asdict(winkler_gain(predictions)),
        "p_of_chance": evaluation.p_value,
        "n_shuffles": len(evaluation.permuted_maes),
        "baselines": {name: evaluation.scores[name].mae for name in BASELINES},
        "estimators": {name: score.mae for name, score in evaluation.scores.items()},
        "by_domain": [_grouped(record) for record in by_domain(predictions)],
        "by_method": [_grouped(record) for record in by_method(predictions)],
        "mae_where_contents_are_known": dict(evaluation.complete),
        "robustness": study,
        "scrutiny": study and {**study, **{former: study[now] for former, now in _FORMER_KEYS.items()}},
    }


def _grouped(record: GroupRecord) -> dict[str, Any]:
    covered = record.coverage
    coverage = {"hits": covered.hits, "n": covered.n, "mean_width": covered.mean_width, "winkler": covered.winkler}
    return {"group": record.group, "mae": record.mae, "n_papers": record.n_papers, **coverage}
