"""The procedure evaluated on papers that it has not seen, with its verdict and the study that belongs to it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from spcse_ml.data.dataset import Dataset
from spcse_ml.data.literature import literature
from spcse_ml.errors import StoreError
from spcse_ml.evaluation.evaluate import Evaluation, evaluate, of_constant
from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.metrics import CHOSEN, GroupRecord, by_domain, by_method, paired_gain, winkler_gain
from spcse_ml.evaluation.permutation import N_PERMUTATIONS, with_permutation_test
from spcse_ml.evaluation.robustness import RobustnessStudy, shipped_study
from spcse_ml.evaluation.verdict import Verdict, checks, final_verdict, verdict_of
from spcse_ml.former_names import formerly_called
from spcse_ml.models.estimators import BASELINES
from spcse_ml.models.lab_effect import choices
from spcse_ml.models.specification import Specification
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.schema import TARGETS, Target
from spcse_ml.storage.champion import answering_pair
from spcse_ml.storage.tracking import commit, log_evaluation
from spcse_ml.to_json import to_plain
from spcse_ml.workflows.pictures import evaluation_pictures, images


@formerly_called(scrutiny="study")
@dataclass(frozen=True)
class EvaluatedTarget:
    """An evaluation, its verdict, and the robustness study of the same procedure if one is shipped."""

    evaluation: Evaluation
    verdict: Verdict
    study: RobustnessStudy | None = None


def evaluate_target(
    dataset: Dataset,
    target: Target,
    *,
    specification: Specification | None = None,
    is_quick: bool = False,
    workers: Workers = ALONE,
) -> EvaluatedTarget:
    """Return evaluation and verdict, with the permutation test where the verdict depends on it and unless quick."""
    rows = dataset.training_rows(target)
    among = choices(target, rows.recipes, specification)
    evaluation = evaluate(dataset, target, among=among, workers=workers)
    study = shipped_study(dataset.fingerprint, evaluation)
    if study is not None:
        evaluation = replace(evaluation, permuted_maes=study.permuted_maes)
    elif not is_quick and verdict_of(evaluation) is Verdict.USEFUL:  # only this verdict can still be lost
        evaluation = with_permutation_test(evaluation, rows, N_PERMUTATIONS, among=among, workers=workers)
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
