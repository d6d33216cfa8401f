"""Which sulfide-polymer membrane to make next: retention and thickness with interval, evidence and verdict.

The house, from the ground up; each room knows only those named before it:

schema       every column once: name, unit, bounds, choices, meaning; recipes, measurements, targets
tables       CSV and TOML files read and written; where the files of a release are
chemistry    catalogue, substances, formulas, compatibility rules, transport (Eq. 1 of the review), powders
data         units, validation of cells, the review's tables with their corrections, the data set, a lab's rows
models       features, estimators, cross-validation, distance, applicability domain, conformal intervals, lab effect,
             classes of coated films
evaluation   metrics, evaluate, permutation test, verdict, models with their verdict, lab benefit, comparison,
             robustness (the shipped study)
cell         the energy density of a stated cell
explanation  Shapley values, what-if curves, nearest membranes, summary of a model
storage      model files, champion, MLflow
lab          a lab's own membranes: spreadsheets, impedance, records, plausibility, preregistration
design       spaces of recipes, screen, Pareto front, candidates, the next batch
reports      messages (sentences), plots, model card, datasheet, citation, HTML report
workflows    train, predict, explain, screen, suggest, compare, report, lab, film, cell, data
app, api     the page, one module a tab; HTTP (server: names, origins and heads; question: what is asked and answered)
cli          the command line, one module a group of commands

Before them all, beside the schema: errors (the few ways we refuse to go on; codes: each
with its text), to_json (values as JSON has them),
parallel (who does the jobs of a long loop) and former_names (what was documented under another name).
"""

import importlib
import sys
from typing import Any

from spcse_ml.former_names import FormerNames

__version__ = "0.2.0.dev0"

sys.meta_path.append(FormerNames())

_HOMES = {
    "Dataset": "data.dataset",
    "Evaluation": "evaluation.evaluate",
    "Explanation": "explanation.shapley",
    "Formulation": "schema",
    "LabMembrane": "data.membrane",
    "InputError": "errors",
    "MembraneModel": "models.model",
    "ServedModel": "workflows.served",
    "SpcseError": "errors",
    "TARGETS": "schema",
    "cite": "reports.citation",
    "evaluate": "evaluation.evaluate",
    "explain": "explanation.shapley",
    "explain_features": "explanation.features",
    "fit": "models.model",
    "formulation": "data.validation",
    "predict": "workflows.predict",
    "record": "workflows.lab",
    "read_literature": "data.literature",
    "term_effects": "explanation.term_effects",
    "train": "workflows.train",
}

__all__ = ["__version__", *sorted(_HOMES)]  # noqa: PLE0604 - names are read from the map above


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import spcse_ml` costs nothing."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
