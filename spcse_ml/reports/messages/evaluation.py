"""An evaluation as lines to read in a terminal."""

import numpy as np

from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.lab_benefit import BOTH, LITERATURE, NO_GAIN, OWN_ROWS, LabBenefit, UnusedColumn
from spcse_ml.evaluation.metrics import (
    CHOSEN,
    FEWEST_FOR_ERROR,
    Coverage,
    Gain,
    GroupRecord,
    by_domain,
    by_method,
    paired_gain,
    winkler_gain,
)
from spcse_ml.evaluation.robustness import RobustnessStudy
from spcse_ml.evaluation.verdict import Verdict, checks
from spcse_ml.models.feature_sets import features_text
from spcse_ml.models.lab_effect import ENOUGH_BATCHES, ENOUGH_ROWS, ENOUGH_VALUES
from spcse_ml.models.model import MembraneModel
from spcse_ml.reports.messages.predictions import finding, ranged
from spcse_ml.reports.messages.verdict import verdict_text
from spcse_ml.schema import Target

_COMPARED = {
    "mean": "the mean", "median": "the median", "nearest_neighbour": "the nearest neighbour",
    "content_line": "the line in content", "random_forest": "the default random forest",
}  # fmt: skip


def protocol(evaluation: Evaluation) -> str:
    """Return what was held out together: a paper, or one of the folds into which many are dealt."""
    group = "batch" if evaluation.is_of_own else "paper"
    if evaluation.n_folds is None:
        return f"leave-one-{group}-out cross-validation"
    return f"{evaluation.n_folds}-fold cross-validation by {group}"


def evaluation_text(
    evaluation: Evaluation, verdict: Verdict, study: RobustnessStudy | None = None, own: LabBenefit | None = None
) -> str:
    """Return the verdict first, then the errors in cross-validation, beside every estimator compared."""
    target, predictions = evaluation.target, evaluation.predictions
    unit, chance = target.error_unit, evaluation.p_value
    unseen = "own batches" if evaluation.is_of_own else "papers"
    head = [
        verdict_text(evaluation, verdict),
        "MAE: mean absolute error; RMSE: root mean squared error; skill: 1 - MAE / MAE of the training mean;",
        "Spearman: rank correlation; Winkler score: interval width plus a penalty for each miss, lower is better",
        f"{evaluation.n_rows} rows of {evaluation.n_papers} {unseen}; {protocol(evaluation)}, {unit}",
        f"{'':22}{'MAE':>7}{'RMSE':>7}{'skill':>7}{'Spearman':>10}{'MAE, contents known':>21}",
    ]
    rows = [
        f"{'-> ' if name == CHOSEN else '   '}{name.replace('_', ' '):19}"
        f"{score.mae:7.1f}{score.rmse:7.1f}{score.skill:7.2f}{score.spearman:10.2f}{evaluation.complete[name]:21.1f}"
        for name, score in sorted(evaluation.scores.items(), key=lambda item: item[1].mae)
    ]
    gains = checks(evaluation) | {"random_forest": paired_gain(predictions, "random_forest", CHOSEN)}
    gains = {
        baseline: gain for baseline, gain in gains.items() if not predictions[baseline].equals(predictions[CHOSEN])
    }
    groups = [
        f"  {record.group}: {_group_error(record, unit, unseen)}; {_covered(record.coverage)}"
        for record in [*by_domain(predictions), *by_method(predictions)]
    ]
    return "\n".join(
        [
            *head,
            *rows,
            *(
                f"gain over {_COMPARED[baseline]} {_gain(gain)} {unit}: {gain.finding}"
                for baseline, gain in gains.items()
            ),
            *([f"permutation test: p = {chance:.3f}"] if chance is not None else []),
            f"{evaluation.coverage.level:.0%} prediction intervals: {_covered(evaluation.coverage)}, Winkler score "
            f"{evaluation.coverage.winkler:.0f}, lower than around the mean by {_gain(winkler_gain(predictions))}",
            *groups,
            *(study_lines(target, study) if study else []),
            *(own_lines(target, own) if own else []),
        ]
    )


def estimator_text(model: MembraneModel) -> str:
    """Return the estimator of a model; that of an experiment with all that makes it."""
    of = model.specification
    if of is None:
        return model.estimator
    parameters = [f"{name}={value}" for name, value in of.parameters]
    tuned = [f"best of {of.n_tuned} settings in each fit"] if of.n_tuned else []
    return "; ".join(
        [model.estimator, *parameters, *tuned, f"features {features_text(of.feature_names)}", f"seed {of.seed}"]
    )


def models_line(name: str) -> str:
    """Return which models an evaluation with its robustness study is of."""
    return f"models: {name}, with the robustness study that is shipped for them"


def study_lines(target: Target, study: RobustnessStudy) -> list[str]:
    """Return to which data and evaluation a robustness study belongs, and its results, a line each."""
    unit = target.error_unit
    best = study.estimator
    lines = [
        f"robustness study (data fingerprint {study.fingerprint}, evaluation {study.evaluation}):",
        f"skill in 5-fold cross-validation, by split difficulty ({best.replace('_', ' ')}): "
        + ", ".join(f"{split.name} {split.skill(best):.2f}" for split in study.split_difficulty),
        "learning curve, MAE on the other papers by number of training papers: "
        + ", ".join(f"{point.n_groups} {point.mae[best]:.1f}" for point in study.curve),
        f"leave-one-laboratory-out ({study.laboratories.n}): MAE {study.laboratories.mae:.1f} {unit}, "
        f"of the mean {study.laboratories.mean:.1f}; {study.laboratories.verdict}",
    ]
    if study.without:
        errors = (f"{papers} {maes[best]:.1f}" for papers, maes in study.without.items())
        lines.append(f"without reference: {', '.join(errors)} {unit}")
    if study.multiverse:
        maes = [mae for _, mae in study.multiverse]
        low, middle, high = np.quantile(maes, [0, 0.5, 1])
        lines.append(f"{len(maes)} defensible encodings: {low:.1f} to {high:.1f} {unit}, median {middle:.1f}")
    if study.nested_maes:
        lines.append(
            f"permuted outcomes: least MAE of {len(study.permuted_maes)} permutations {min(study.permuted_maes):.1f}, "
            f"of {len(study.nested_maes)} through the whole nested procedure {min(study.nested_maes):.1f} {unit}"
        )
    for what, counts in (("pure noise", study.on_noise), ("a simulated signal", study.on_simulated)):
        if counts:
            lines.append(f"useful on {what}: {counts[Verdict.USEFUL]} of {sum(counts.values())} data sets")
    if study.floor:
        floor = study.floor
        lines.append(
            f"between-laboratory spread of {floor.n} comparable membranes: {ranged(*floor.around_line)} {unit} "
            f"around a line in log content, {ranged(*floor.around_mean)} around their mean"
        )
    return lines + [
        f"reference {bound.reference} at {bound.binder_wt_percent:g} wt% (a bound, neither trained on nor scored): "
        f"predicted {bound.predicted:.1f}, printed {bound.low:.1f} to {bound.high:.1f} %: "
        f"{'consistent' if bound.is_consistent else 'not consistent'}"
        for bound in study.bounds
    ]


SOURCES = {LITERATURE: "published membranes alone", OWN_ROWS: "own membranes alone", BOTH: "both"}
"""Which membranes a model was trained on."""


def unused_text(unused: UnusedColumn) -> str:
    """Return why a process column is not used.

    >>> unused_text(UnusedColumn("too-few", 3, 3, 2))
    '3 of 8 rows, 3 of 5 batches, 2 of 3 different values'
    """
    if unused.code == NO_GAIN:
        return "enough rows, but it did not help on what was held out"
    return (
        f"{unused.n_rows} of {ENOUGH_ROWS} rows, {unused.n_batches} of {ENOUGH_BATCHES} batches, "
        f"{unused.n_values} of {ENOUGH_VALUES} different values"
    )


def own_lines(target: Target, own: LabBenefit) -> list[str]:
    """Return what own membranes changed, a line each."""
    value, low, high = (f"{end:.2f}" for end in own.factor)
    relative = "the median of published membranes" if own.is_of_median else "published membranes of the same recipe"
    lines = [
        f"{own.n_rows} own membranes of {own.n_batches} batches: lab factor {value} (90 % interval {low} to {high}) "
        f"relative to {relative}"
    ]
    if own.process:
        lines.append(f"process columns used: {', '.join(own.process)}")
    lines += [f"process column not used: {name} ({unused_text(unused)})" for name, unused in own.waiting.items()]
    lines.append(f"{'MAE in cross-validation, trained on':40}{'papers':>8}{'own batches':>14}")
    for source, errors in own.errors.items():
        papers, batches = (f"{value:.1f}" if value is not None else "too few" for value in errors.values())
        unit = "" if set(errors.values()) == {None} else f" {target.error_unit}"
        lines.append(f"   {SOURCES[source]:37}{papers:>8}{batches:>14}{unit}")
    return lines + [
        f"gain of both over {SOURCES[source]} on own batches {_gain(gain)} {finding(gain, target.error_unit)}"
        for source, gain in own.gains.items()
    ]


def _gain(gain: Gain) -> str:
    return ranged(gain.mean, gain.low, gain.high)


def _group_error(record: GroupRecord, unit: str, papers: str) -> str:
    if record.mae is None:
        return f"{record.n_papers} {papers}, too few to tell an error ({FEWEST_FOR_ERROR} are needed)"
    return f"MAE {record.mae:.1f} {unit} ({record.n_papers} {papers})"


def _covered(coverage: Coverage) -> str:
    low, high = coverage.range
    return f"{coverage.hits} of {coverage.n} inside ({low:.0%} to {high:.0%}), mean width {coverage.mean_width:.0f}"
