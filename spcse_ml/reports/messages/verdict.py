"""What a verdict on a model means for who uses it, in words."""

from collections.abc import Mapping

from spcse_ml.evaluation.evaluate import Evaluation
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.models.estimators import READ_BLANKS
from spcse_ml.models.specification import WITH_PROCESS
from spcse_ml.schema import THICKNESS, Target

_MEANINGS: Mapping[Verdict, str] = {
    Verdict.USEFUL: "validated: better than guessing on unseen {unseen}",
    Verdict.UNDECIDED: "not validated: perhaps better than guessing on unseen {unseen}; do not rely on it alone",
    Verdict.NO_SKILL: "without skill: no better than guessing on unseen {unseen}; do not choose experiments with it",
}
READS_BLANKS = (
    "; it sees which contents are blank: part of its skill may come from blank cells, which your recipes do not have"
)
"""Added of an estimator that sees blank contents."""

NOT_PREDICTED = "cannot be predicted; literature median shown"
"""Of a thickness without skill, which is chosen when a membrane is made."""


def meaning(target: Target, verdict: Verdict, *, unseen: str = "papers") -> str:
    """Return what a verdict means; `unseen` names what was held out.

    >>> meaning(THICKNESS, Verdict.NO_SKILL)
    'cannot be predicted; literature median shown'
    """
    if target == THICKNESS and verdict is Verdict.NO_SKILL:
        return NOT_PREDICTED
    return _MEANINGS[verdict].format(unseen=unseen)


def verdict_text(evaluation: Evaluation, verdict: Verdict) -> str:
    """Return the verdict that follows from an evaluation, with its target."""
    text = meaning(evaluation.target, verdict, unseen="own batches" if evaluation.is_of_own else "papers")
    if evaluation.estimator.removesuffix(WITH_PROCESS) in READ_BLANKS:
        text += READS_BLANKS
    return f"{evaluation.target.name}: {text}" if text == NOT_PREDICTED else f"{evaluation.target.name} model {text}"
