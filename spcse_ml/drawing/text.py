"""An evaluation as lines to read in a terminal."""

from spcse_ml.judging.evaluation import CHOSEN, Evaluation, by_domain, paired_gain
from spcse_ml.judging.verdict import Verdict, in_words


def judged_text(evaluation: Evaluation, verdict: Verdict) -> str:
    """Return the verdict first, then the errors on papers held out, beside every estimator compared."""
    target, gain, coverage = evaluation.target, evaluation.gain, evaluation.coverage
    unit = target.error_unit
    head = [
        in_words(target, verdict),
        f"{evaluation.n_rows} rows of {evaluation.n_papers} papers, each paper held out in turn; errors in {unit}",
        f"{'':22}{'MAE':>7}{'RMSE':>7}{'skill':>7}{'Spearman':>10}{'MAE, contents known':>21}",
    ]
    rows = [
        f"{'-> ' if name == CHOSEN else '   '}{name.replace('_', ' '):19}"
        f"{score.mae:7.1f}{score.rmse:7.1f}{score.skill:7.2f}{score.spearman:10.2f}{evaluation.complete[name]:21.1f}"
        for name, score in sorted(evaluation.scores.items(), key=lambda item: item[1].mae)
    ]
    forest = paired_gain(evaluation.predictions, "random_forest", CHOSEN)
    tail = [
        f"gain over the mean {gain.mean:.1f} {unit} (95 % interval {gain.low:.1f} to {gain.high:.1f})",
        f"gain over the random forest {forest.mean:.1f} {unit} ({forest.low:.1f} to {forest.high:.1f})",
        *([f"shuffled outcomes predicted as well: p = {evaluation.p_of_chance:.3f}"] if evaluation.shuffled else []),
        f"{coverage.level:.0%} intervals: {coverage.hits} of {coverage.n} inside, "
        f"mean width {coverage.mean_width:.0f}, Winkler score {coverage.winkler:.0f}",
    ]
    domains = [
        f"{record.domain}: {record.n} rows, mean error {record.mae:.1f} {unit}, mean width {record.mean_width:.0f}, "
        f"{record.hits} of {record.n} inside their interval"
        for record in by_domain(evaluation.predictions)
    ]
    return "\n".join([*head, *rows, *tail, *domains])
