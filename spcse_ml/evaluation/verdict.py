"""Whether to believe a model: useful, undecided or no skill, from its errors on papers never seen."""

from enum import StrEnum

from spcse_ml.evaluation.evaluate import Evaluation, other_part
from spcse_ml.evaluation.metrics import CHOSEN, Gain, paired_gain
from spcse_ml.models.estimators import CONSTANTS

COMPARED = ("nearest_neighbour", "content_line")
"""Baselines that read the recipe: a model with clearly larger errors than these is not worth having."""

SMALL_SHARE = 0.2
"""A gain below this share of the error of the constant is too small to choose experiments by."""

CHANCE = 0.025
"""A model with a larger p-value in the permutation test cannot be distinguished from chance."""


class Verdict(StrEnum):
    """What a target's predictions are good for."""

    USEFUL = "useful"
    UNDECIDED = "undecided"
    NO_SKILL = "no skill"


def checks(evaluation: Evaluation) -> dict[str, Gain]:
    """Return the gains over the constants, the nearest neighbour and the line in content, in this order."""
    return {name: paired_gain(evaluation.predictions, name, CHOSEN) for name in (*CONSTANTS, *COMPARED)}


def verdict_of(evaluation: Evaluation) -> Verdict:
    """Return the verdict on a target, from papers never seen.

    Useful: clearly better than every constant guess (the 95 % interval of the gain over papers lies above zero), not
    worse than the nearest neighbour or a line in the content, and p at most 0.025 in the permutation test, where it
    was run. No skill: even the upper end of the gain over a constant is below a fifth of that constant's
    error.
    """
    gains = checks(evaluation)
    beats_constants = all(gains[name].finding == "better" for name in CONSTANTS)
    if beats_constants and not any(gains[name].finding == "worse" for name in COMPARED) and not _is_chance(evaluation):
        return Verdict.USEFUL
    is_small = any(gains[name].high < SMALL_SHARE * evaluation.mae(name) for name in CONSTANTS)
    return Verdict.NO_SKILL if is_small else Verdict.UNDECIDED


def final_verdict(evaluation: Evaluation) -> Verdict:
    """Return the verdict that a trained model bears: `verdict_of` it, but undecided where published papers show skill.

    Own batches may be too alike to show any skill.
    """
    verdict, has_papers = verdict_of(evaluation), evaluation.is_of_own and len(evaluation.beside) > 0
    if verdict is Verdict.NO_SKILL and has_papers and verdict_of(other_part(evaluation)) is not Verdict.NO_SKILL:
        return Verdict.UNDECIDED
    return verdict


def _is_chance(evaluation: Evaluation) -> bool:
    return evaluation.p_value is not None and evaluation.p_value > CHANCE
