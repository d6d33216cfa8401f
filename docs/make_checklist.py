"""Write `docs/reference/checklist.md` from the released models and their robustness study: `make datasheet`.

Evidence is filled in from what was computed.
"""

from dataclasses import dataclass
from pathlib import Path

from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.metrics import CHOSEN, by_domain
from spcse_ml.evaluation.robustness import RobustnessStudy, shipped_study
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.storage.champion import RELEASED
from spcse_ml.storage.model_files import load_pair
from spcse_ml.tables import released

HEAD = """\
# Checklist of reporting standards

What reporting standards ask of a study like this, and what shows that the [released models](models.md) meet it; what is
not met says so. OECD principles for the validation of (Q)SAR models (2004; ENV/JM/MONO(2007)2); Artrith et al. 2021
(DOI 10.1038/s41557-021-00716-z) by their six headings; REFORMS (Kapoor et al. 2024, DOI 10.1126/sciadv.adk3452) by
their eight modules; all in our words.

Written by `make datasheet` from the released models and their [robustness study](../method.md#robustness-study); a test
compares the two.
"""

MET, PARTLY, NOT_MET = "met", "partly met", "not met"


@dataclass(frozen=True)
class Item:
    """One thing that a standard asks, whether it is met, and what shows it."""

    standard: str
    asks: str
    status: str
    evidence: str


def checklist(evaluated: EvaluatedModel, study: RobustnessStudy | None) -> list[Item]:
    """Return the checklist of one target."""
    return [*_oecd(evaluated, study), *_artrith(evaluated, study), *_reforms(evaluated, study)]


def _oecd(evaluated: EvaluatedModel, study: RobustnessStudy | None) -> list[Item]:
    target, evaluation = evaluated.model.target, evaluated.evaluation
    records = by_domain(evaluation.predictions)
    errors = ", ".join(f"{record.group} {record.mae:.1f}" for record in records if record.mae is not None)
    has_skill = evaluated.verdict is Verdict.USEFUL
    return [
        Item("OECD 1", "a defined endpoint", MET, f"{target.name}: {target.meaning}, in {target.unit}"),
        Item("OECD 2", "an unambiguous algorithm", MET, f"{evaluated.model.estimator}, refitted from its file"),
        Item("OECD 3", "a defined domain of applicability", MET if has_skill else PARTLY,
             f"inside, edge or outside with the input named; mean errors (of ten papers or more) {errors} "
             f"{target.error_unit}"),
        Item("OECD 4", "goodness of fit, robustness and predictivity", PARTLY,
             f"papers held out: error {evaluation.scores[CHOSEN].mae:.1f} {target.error_unit}, skill "
             f"{evaluation.scores[CHOSEN].skill:.2f}; no data set from outside the review"),
        _mechanism(evaluated, study),
    ]  # fmt: skip


def _mechanism(evaluated: EvaluatedModel, study: RobustnessStudy | None) -> Item:
    asks = "a mechanistic interpretation, if possible"
    if evaluated.verdict is Verdict.NO_SKILL:
        return Item("OECD 5", asks, NOT_MET, "no skill, so nothing to interpret")
    if study is None or not study.findings:
        return Item("OECD 5", asks, NOT_MET, "no robustness study")
    agree = sum(finding.answer == "agrees" for finding in study.findings)
    return Item("OECD 5", asks, PARTLY,
                f"{agree} of {len(study.findings)} statements of the review agree with a free model")  # fmt: skip


def _artrith(evaluated: EvaluatedModel, study: RobustnessStudy | None) -> list[Item]:
    evaluation = evaluated.evaluation
    looked = "the spread over encodings was measured" if study and study.multiverse else "other encodings not tried"
    return [
        Item("Artrith 1", "data sources", MET, "tables as printed with reference numbers; no file is edited"),
        Item("Artrith 2", "data cleaning", MET, "each deviation is a line of corrections.csv with its reason"),
        Item("Artrith 3", "data representation", MET if study and study.multiverse else PARTLY,
             f"chemistry and geometry of the recipe, labels set without outcomes; {looked}"),
        Item("Artrith 4", "choice of model beside simple baselines", MET,
             f"{len(evaluation.scores)} estimators on the same folds, constants and a line among them"),
        Item("Artrith 5", "training and validation", PARTLY,
             "choice and calibration nested by paper; no untouched test set"),
        Item("Artrith 6", "code and reproducibility", MET, "open code, lock with hashes, model files that refit"),
    ]  # fmt: skip


def _reforms(evaluated: EvaluatedModel, study: RobustnessStudy | None) -> list[Item]:
    covered, p = evaluated.evaluation.coverage, evaluated.evaluation.p_value
    low, high = covered.range
    laboratories = f"laboratories held out: {study.laboratories.verdict}" if study else "laboratories not held out"
    return [
        Item("REFORMS 1", "study goals and population", PARTLY,
             "membranes that the review collected: published successes, not a sample of what is made"),
        Item("REFORMS 2", "computational reproducibility", MET, "two commands; fingerprint and commit"),
        Item("REFORMS 3", "data quality", PARTLY, "transcribed from a review's tables, checked against its text only"),
        Item("REFORMS 4", "preprocessing", MET, "every fitted step is inside the folds"),
        Item("REFORMS 5", "modelling and uncertainty of choices", PARTLY,
             "variants tried are counted in [experiments](../experiments.md); some were picked on these rows"),
        Item("REFORMS 6", "data leakage", MET, "no paper on both sides of a fold; tested by permuted outcomes"),
        Item("REFORMS 7", "metrics and uncertainty",
             MET if p is None or evaluated.verdict is Verdict.USEFUL else PARTLY,
             f"interval coverage {covered.hits} of {covered.n} ({low:.0%} to {high:.0%}); gains with intervals"),
        Item("REFORMS 8", "generalisability and limitations", PARTLY, f"{laboratories}; no prospective test yet"),
    ]  # fmt: skip


def page() -> str:
    """Return the page."""
    return HEAD + "".join(map(_table, load_pair(released("models"), name=RELEASED).by_target.values()))


def _table(evaluated: EvaluatedModel) -> str:
    study = shipped_study(evaluated.fingerprint, evaluated.evaluation)
    rows = [
        f"| {item.standard} | {item.asks} | {item.status} | {item.evidence} |" for item in checklist(evaluated, study)
    ]
    name = evaluated.model.target.name.capitalize()
    return "\n".join([f"\n## {name}\n", "| standard | asks for | status | evidence |", "|---|---|---|---|", *rows, ""])


if __name__ == "__main__":
    Path(__file__).with_name("reference").joinpath("checklist.md").write_text(page(), encoding="utf-8")
