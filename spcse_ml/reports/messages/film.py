"""Films of a lab and their classes, in words: the verdict, an answer, slurries to coat next."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from spcse_ml.data.film_rows import CONDITIONS, NAMES
from spcse_ml.design.slurries import FILL, GOOD, LEARN
from spcse_ml.evaluation.film_verdict import (
    CHANCE,
    ENOUGH_BATCHES,
    ENOUGH_OF_CLASS,
    FORWARD,
    TIME,
    FilmEvaluation,
    FilmScores,
    FilmVerdict,
)
from spcse_ml.models.applicability import EDGE, INSIDE, OUTSIDE
from spcse_ml.models.film_classes import FilmModel
from spcse_ml.reports.messages.predictions import ranged
from spcse_ml.schema import Formulation, columns

VERDICTS: Mapping[FilmVerdict, str] = {
    FilmVerdict.USEFUL: "useful: better than class frequencies on unseen batches",
    FilmVerdict.UNDECIDED: "undecided: these films do not show whether the classes can be predicted",
    FilmVerdict.NO_SKILL: "no skill: the classes are not predicted from these conditions; class frequencies are shown",
    FilmVerdict.TOO_FEW: "too few films to judge: class frequencies are shown",
}

OBJECTIONS: Mapping[str, str] = {
    TIME: "undecided: better than class frequencies, but the order in which films were made tells as much",
    FORWARD: "undecided: better than class frequencies, but not where batches are predicted from earlier ones",
}

DOMAINS: Mapping[str, str] = {
    INSIDE: "inside what your films show",
    EDGE: "on the edge of what your films show",
    OUTSIDE: "extrapolated beyond your films: do not rely on the probabilities",
}

PURPOSES: Mapping[str, str] = {
    GOOD: "likeliest good",
    LEARN: "most informative: films drawn anew disagree most about its class",
    FILL: "fills a gap between your films",
}

BASED_ON: Mapping[str, str] = {
    "class_frequencies": "class frequencies", "logistic_regression": "logistic regression",
    "support_vector_machine": "support-vector machine (RBF)", "random_forest": "random forest",
}  # fmt: skip

_COLUMNS = columns(Formulation)
_WIDTH = 23


def films_line(table: str, evaluation: FilmEvaluation, left_out: tuple[int, int] = (0, 0)) -> str:
    """Return how many films of which classes a table holds, and how many membranes are left out."""
    counts = evaluation.films["film_class"].value_counts(sort=False)
    classes = ", ".join(f"{n} {kind}" for kind, n in counts.items())
    line = f"{table}: {len(evaluation.films)} slurry-coated films of {evaluation.n_batches} batches ({classes})"
    n_other, n_unclassed = left_out
    others = [f"{n_other} of other methods"] if n_other else []
    others += [f"{n_unclassed} without film_class"] if n_unclassed else []
    return f"{line}; left out: {', '.join(others)}" if others else line


def verdict_line(evaluation: FilmEvaluation, domain: str = INSIDE) -> str:
    """Return the verdict on probabilities of film classes, in one line."""
    if evaluation.is_better_than_chance and evaluation.objections:
        return OBJECTIONS[evaluation.objections[0]]
    not_such = "; but not for such a slurry" if domain == OUTSIDE else ""
    return VERDICTS[evaluation.verdict] + (not_such if evaluation.verdict is FilmVerdict.USEFUL else "")


def evaluation_lines(evaluation: FilmEvaluation, model: FilmModel) -> list[str]:
    """Return how well film classes are predicted, a line for each figure."""
    figures = {"verdict": verdict_line(evaluation), **_missing(evaluation), **_figures(evaluation)}
    if evaluation.scores is not None:
        figures["classifier"] = BASED_ON[model.kind]
    figures["conditions used"] = ", ".join(map(feature_text, model.features.names_)) or "none"
    unused = [f"{name} ({_coverage_text(model, name)})" for name in CONDITIONS if not model.looks_at(name)]
    return _aligned({**figures, "conditions not used": ", ".join(unused)} if unused else figures)


def _figures(evaluation: FilmEvaluation) -> dict[str, str]:
    scores, accuracy = evaluation.scores, evaluation.balanced_accuracy
    if scores is None or accuracy is None:
        return {}
    forward, recognised = evaluation.forward, evaluation.recognised
    return {
        "log loss": _gain_text(scores, "of class frequencies"),
        "  guessed from time": _gain_text(evaluation.beside_time, "of the batches made just before and after"),
        "  forward in time": _gain_text(forward, "of the class frequencies before"),
        "balanced accuracy": f"{ranged(*accuracy, '.2f')}; {1 / len(recognised):.2f} by chance",
        "recognised": ", ".join(f"{kind} {right} of {n}" for kind, (right, n) in recognised.items()),
        "permutation test": f"p = {evaluation.p_value:.2g}, classes permuted by whole batches; {CHANCE:g} is needed",
    }


def _gain_text(scores: FilmScores | None, baseline: str) -> str:
    if scores is None:
        return "not judged: too few batches tell their day (made_on) and have others before it"
    gain = scores.gain
    return (f"{scores.log_loss:.2f} beside {scores.baseline_log_loss:.2f} {baseline}, "
            f"gain {ranged(gain.mean, gain.low, gain.high, '.2f')} over {gain.n} batches: {gain.finding}")  # fmt: skip


def feature_text(feature: str) -> str:
    """Return what a feature is.

    >>> feature_text("solvent: toluene"), feature_text("blade_gap_um")
    ('share of toluene in the solvent', 'blade_gap_um')
    """
    column, _, name = feature.partition(": ")
    return f"share of {name} in the solvent" if column == "solvent" else f"{column} ({name} or not)" if name else column


def _coverage_text(model: FilmModel, name: str) -> str:
    known = model.films[name].dropna()
    return "blank" if known.empty else f"{known.nunique()} different in {len(known)} films"


def _missing(evaluation: FilmEvaluation) -> dict[str, str]:
    """Return what films lack before they can be judged."""
    missing = evaluation.missing
    batches = f"{missing.batches}; {ENOUGH_BATCHES} are needed" if missing.batches else ""
    films = f"{missing.films}; two classes need {ENOUGH_OF_CLASS} each" if missing.films else ""
    return {name: text for name, text in (("batches missing", batches), ("films missing", films)) if text}


def _rare(evaluation: FilmEvaluation) -> dict[str, str]:
    counts = evaluation.films["film_class"].value_counts(sort=False)
    rare = [f"{kind} ({n})" for kind, n in counts.items() if n < ENOUGH_OF_CLASS]
    return {"too few films of": ", ".join(rare)} if rare else {}


def _aligned(figures: Mapping[str, str]) -> list[str]:
    return [f"{name:{_WIDTH}} {text}" for name, text in figures.items()]


def film_answer_lines(answer: Mapping[str, Any], evaluation: FilmEvaluation) -> list[str]:
    """Return an answer, as `FilmAnswer.plain` has it, in lines to read."""
    reasons = f": {answer['domain_reasons']}" if answer["domain_reasons"] else ""
    domain = {"domain": DOMAINS[answer["domain"]] + reasons}
    figures = domain if answer["domain"] == OUTSIDE else {}
    figures |= {kind: probability_text(answer, kind) for kind in answer["classes"]}
    figures |= {"verdict": verdict_line(evaluation, answer["domain"]), **_missing(evaluation), **_rare(evaluation)}
    figures |= domain
    figures["based on"] = f"{BASED_ON[answer['based_on']]}; in brackets the spread over batches drawn anew"
    if answer["ignored"]:
        figures["not looked at"] = f"{', '.join(answer['ignored'])}: too few films tell it apart"
    if answer["foreign"]:
        figures["not looked at "] = f"{', '.join(answer['foreign'])}: no condition of slurry and coating"
    nearest = [f"{'nearest film':{_WIDTH}} {film['id']}, {film['film_class']}: {condition_text(film)}"
               for film in answer["nearest"]]  # fmt: skip
    return [*_aligned(figures), *nearest]


def probability_text(answer: Mapping[str, Any], kind: str) -> str:
    """Return the probability of a class with its spread.

    >>> probability_text({"probabilities": {"no film": 0.1}, "spread": {"no film": [0.0, 0.2]}}, "no film")
    '0.1 (0.0 to 0.2)'
    """
    low, high = answer["spread"][kind]
    value = answer["probabilities"][kind]
    return f"{value:.1f} (too few batches for a spread)" if low is None else ranged(value, low, high, ".1f")


def condition_text(cells: Mapping[str, Any]) -> str:
    """Return the conditions of a slurry in one line.

    >>> condition_text({"slurry_solid_percent": 55.0, "solvent": "toluene", "id": "M1"})
    'solvent toluene, solids in the slurry 55 wt%'
    """
    return ", ".join(f"{_SHORT[name]} {_quantity(name, cells[name])}" for name in _SHORT if name in cells)


_SHORT = {
    "sulfide": "sulfide", "binder": "binder", "binder_wt_percent": "binder content", "solvent": "solvent",
    "slurry_solid_percent": "solids in the slurry", "blade_gap_um": "blade gap", "drying_temperature_c": "drying",
    "drying_time_h": "drying time",
}  # fmt: skip


def _quantity(name: str, value: Any) -> str:
    return f"{value:.3g} {_COLUMNS[name].unit}" if isinstance(value, int | float) else str(value)


def map_text(model: FilmModel, cells: Mapping[str, Any]) -> str:
    """Return what a map of the window was drawn for: the conditions that are given, and what stands for the others."""
    stated = {name: value for name, value in cells.items() if not pd.isna(value)}
    typical: dict[str, Any] = {
        name: model.typical(name) for name in model.numbers if name in cells and name not in stated
    }
    typical |= {name: model.known(name)[0] for name in NAMES if model.looks_at(name) and name not in stated}
    parts = [condition_text(stated), f"typical: {condition_text(typical)}" if typical else ""]
    return "; ".join(filter(None, parts))


def next_lines(slurries: Iterable[Mapping[str, Any]], evaluation: FilmEvaluation, model: FilmModel) -> list[str]:
    """Return slurries to coat next, as `NextSlurries.plain` has them, and the verdict."""
    lines = []
    for number, slurry in enumerate(slurries, start=1):
        best = slurry["classes"][0]
        reason = f"{PURPOSES[slurry['purpose']]}; {best} {probability_text(slurry, best)}"
        lines += [f"{number} {slurry['purpose']:6} {condition_text(slurry['conditions'])}",
                  f"         {reason}; nearest film {slurry['nearest_film']}"]  # fmt: skip
    free = [name for name in CONDITIONS if not model.looks_at(name) and len(model.films[name].dropna().unique()) > 1]
    figures = {"verdict": verdict_line(evaluation), **_missing(evaluation)}
    return [*lines, *_aligned({**figures, "not looked at": ", ".join(free)} if free else figures)]
