"""An evaluation as lines to read in a terminal."""

import numpy as np

from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.lab_benefit import LabBenefit
from spcse_ml.evaluation.metrics import CHOSEN, Coverage, Gain, by_domain, by_method, paired_gain, winkler_gain
from spcse_ml.evaluation.verdict import Verdict, checks, in_words
from spcse_ml.explanation.robustness_study import RobustnessStudy
from spcse_ml.reports.messages.predictions import finding, ranged
from spcse_ml.schema import Target

_COMPARED = {
    "mean": "the mean", "median": "the median", "nearest_neighbour": "the nearest neighbour",
    "content_line": "the line in content", "random_forest": "the default random forest",
}  # fmt: skip


def evaluation_text(
    evaluation: Evaluation, verdict: Verdict, study: RobustnessStudy | None = None, own: LabBenefit | None = None
) -> str:
    """Return the verdict first, then the errors on what was held out, beside every estimator compared."""
    target, predictions = evaluation.target, evaluation.predictions
    unit, chance = target.error_unit, evaluation.p_value
    group, unseen = ("own batch", "own batches") if evaluation.is_of_own else ("paper", "papers")
    head = [
        in_words(target, verdict, unseen=unseen),
        "MAE: mean absolute error; RMSE: root of the mean squared error; skill: 1 - MAE / that of the others' mean;",
        "Spearman: rank correlation; Winkler: width of the interval plus a penalty for each miss, low is good",
        f"{evaluation.n_rows} rows of {evaluation.n_papers} {unseen}, each {group} held out in turn; errors in {unit}",
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
        f"  {record.group}: mean error {record.mae:.1f} {unit}; {_covered(record.coverage)}"
        for record in [*by_domain(predictions), *by_method(predictions)]
    ]
    return "\n".join(
        [
            *head, *rows,
            *(f"gain over {_COMPARED[baseline]} {_gain(gain)} {unit}: {gain.finding}"
              for baseline, gain in gains.items()),
            *([f"shuffled outcomes predicted as well: p = {chance:.3f}"] if chance is not None else []),
            f"{evaluation.coverage.level:.0%} intervals: {_covered(evaluation.coverage)}, Winkler score "
            f"{evaluation.coverage.winkler:.0f}, lower than around the mean by {_gain(winkler_gain(predictions))}",
            *groups,
            *(["from the long look, as it was kept:", *study_lines(target, study)] if study else []),
            *(own_lines(target, own) if own else []),
        ]
    )  # fmt: skip


def study_lines(target: Target, study: RobustnessStudy) -> list[str]:
    """Return what the long look found, a line each."""
    unit = target.error_unit
    best = study.estimator
    lines = [
        f"skill in 5 folds, by what is held out together ({best.replace('_', ' ')}): "
        + ", ".join(f"{split.name} {split.skill(best):.2f}" for split in study.ladder),
        "error on other papers, by papers learnt from: "
        + ", ".join(f"{point.n_groups} {point.mae[best]:.1f}" for point in study.curve),
        f"whole laboratories held out ({study.laboratories['n']}): {study.laboratories['mae']:.1f} {unit}, "
        f"the mean {study.laboratories['mean']:.1f}; {study.laboratories['verdict']}",
    ]
    if study.without:
        errors = (f"{papers} {maes[best]:.1f}" for papers, maes in study.without.items())
        lines.append(f"without reference: {', '.join(errors)} {unit}")
    if study.multiverse:
        maes = [mae for _, mae in study.multiverse]
        low, middle, high = np.quantile(maes, [0, 0.5, 1])
        lines.append(f"{len(maes)} defensible encodings: {low:.1f} to {high:.1f} {unit}, median {middle:.1f}")
    if study.nested:
        lines.append(
            f"shuffled outcomes: the best of {len(study.shuffled)} errs by {min(study.shuffled):.1f}, the best "
            f"of {len(study.nested)} through the whole nested procedure by {min(study.nested):.1f} {unit}"
        )
    for what, counts in (("pure noise", study.on_noise), ("a planted signal", study.on_planted)):
        if counts:
            lines.append(f"useful on {what}: {counts[Verdict.USEFUL]} of {sum(counts.values())} data sets")
    if study.floor:
        floor = study.floor
        lines.append(
            f"noise floor: {floor.n} like membranes of different laboratories differ by {ranged(*floor.around_line)} "
            f"{unit} around a line in log content, {ranged(*floor.around_mean)} around their mean"
        )
    return lines + [
        f"reference {bound.reference} at {bound.binder_wt_percent:g} wt% (a bound, never learnt or scored): predicted "
        f"{bound.predicted:.1f}, printed {bound.low:.1f} to {bound.high:.1f} %: "
        f"{'consistent' if bound.is_consistent else 'not consistent'}"
        for bound in study.bounds
    ]


def own_lines(target: Target, own: LabBenefit) -> list[str]:
    """Return what one's own rows changed, a line each."""
    does = "retain {} what the literature's do" if target.name == "retention" else "are {} as thick as the literature's"
    alike = "on the median, whatever the recipe" if own.is_of_median else "like for like"
    times = ranged(*own.factor, ".2f").replace(" ", " times ", 1)
    lines = [f"{own.n_rows} own rows of {own.n_batches} batches: {alike}, your membranes {does.format(times)}"]
    if own.process:
        lines.append(f"learnt from process columns of yours: {', '.join(own.process)}")
    lines += [f"not learnt from: {name} ({missing})" for name, missing in own.waiting.items()]
    lines.append(f"{'error on what was held out, learnt from':40}{'papers':>8}{'your batches':>14}")
    for source, errors in own.errors.items():
        papers, batches = (f"{value:.1f}" if value is not None else "too few" for value in errors.values())
        lines.append(f"   {source:37}{papers:>8}{batches:>14} {target.error_unit}")
    return lines + [
        f"on your batches, gain of both over {source} {_gain(gain)} {finding(gain, target.error_unit)}"
        for source, gain in own.gains.items()
    ]


def _gain(gain: Gain) -> str:
    return ranged(gain.mean, gain.low, gain.high)


def _covered(coverage: Coverage) -> str:
    low, high = coverage.range
    return f"{coverage.hits} of {coverage.n} inside ({low:.0%} to {high:.0%}), mean width {coverage.mean_width:.0f}"
