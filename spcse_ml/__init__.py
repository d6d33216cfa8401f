"""Which sulfide-polymer membrane to make next: retention and thickness with interval, evidence and verdict.

The house, from the ground up; each room knows only those below it:

literature   what is known: schema, units, catalogue, rules, physics, the tables and their corrections
learning     what can be learnt: features, folds, estimators, intervals, domain, model
judging      whether to believe it: evaluation, verdict, trials, sensitivity, explanation, directions, answers
drawing      what is shown: figures, cards, text, report
storage      what is kept: model files, champion, MLflow
design       what to make next: space, screening, trade-offs, suggestion, cell
laboratory   what a lab measured: membranes, spreadsheets, records, impedance, ledger
workflows    the path in sentences: study (train, evaluate), challenge, scrutiny, ask (predict), why, design, suggest,
             cell, lab, look (data), report
interfaces   the doors: the command line, HTTP, the page

Below the rooms: errors (the few ways we refuse to go on), plain (values as JSON has them) and work (who does the jobs
of a long loop).
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Dataset": "literature.dataset",
    "Evaluation": "judging.evaluation",
    "Explanation": "judging.explanation",
    "Formulation": "literature.schema",
    "LabMembrane": "laboratory.membrane",
    "InputError": "errors",
    "MembraneModel": "learning.model",
    "SpcseError": "errors",
    "TARGETS": "literature.schema",
    "evaluate": "judging.evaluation",
    "explain": "judging.explanation",
    "fit": "learning.model",
    "formulation": "literature.recipes",
    "predict": "workflows.ask",
    "record": "workflows.lab",
    "read_literature": "literature.dataset",
    "train": "workflows.study",
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
