"""Names that version 0.1.0 documented: each gives what bears its name today, with a warning, for one release.

Modules, what modules hold, attributes and arguments. Models that version 0.1.0 logged import two of the modules.
"""

import importlib
import sys
import warnings
from collections.abc import Callable
from functools import partial, wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

FORMER = {
    "design.screening": "design.screen",
    "drawing.report": "reports.html",
    "judging.answer": "evaluation.evaluated",
    "judging.answer.JudgedModel": "evaluation.evaluated.EvaluatedModel",
    "judging.answer.answer": "workflows.predict.answered",
    "judging.own_evidence": "evaluation.lab_benefit",
    "judging.own_evidence.OwnEvidence": "evaluation.lab_benefit.LabBenefit",
    "judging.scores": "evaluation.metrics",
    "judging.scrutiny": "evaluation.robustness",
    "judging.scrutiny.Scrutiny": "evaluation.robustness.RobustnessStudy",
    "judging.verdict": "evaluation.verdict",
    "laboratory.ledger": "lab.preregistration",
    "learning.intervals": "models.conformal",
    "learning.intervals.Reach": "models.conformal.PredictionRange",
    "literature.dataset": "data.dataset",
    "literature.dataset.Trainable": "data.dataset.TrainingRows",
    "literature.dataset.literature": "data.literature.literature",
    "literature.dataset.read_literature": "data.literature.read_literature",
    "literature.recipes": "data.validation",
    "literature.schema": "schema",
    "work": "parallel",
    "workflows.ask": "workflows.predict",
    "workflows.ask.predict_one": "workflows.predict.predict_recipe",
    "workflows.challenge": "workflows.compare",
    "workflows.design": "workflows.screen",
    "workflows.lab.foretell": "workflows.lab.preregister",
    "workflows.pictures.judged_pictures": "workflows.pictures.evaluation_pictures",
    "workflows.scrutiny": "evaluation.robustness",
    "workflows.scrutiny.stored_scrutiny": "evaluation.robustness.stored_study",
    "workflows.study": "workflows.train",
    "workflows.study.with_own": "workflows.train.with_lab_rows",
    "workflows.suggest.Wanted": "workflows.suggest.BatchRequest",
    "workflows.why": "workflows.explain",
}
"""Modules, and what bears another name in them, each below `spcse_ml`; they go with version 0.3."""

_TOP = __name__.partition(".")[0]

Class = TypeVar("Class", bound=type)
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def _warn(former: str, now: str, stacklevel: int = 3) -> None:
    msg = f"{former} is now {now}; the former name goes with version 0.3."
    warnings.warn(msg, DeprecationWarning, stacklevel=stacklevel)


def no_longer_needed(argument: str, value: object) -> None:
    """Warn where an argument is given that was documented once and says nothing any more."""
    if value is not None:
        msg = f"{argument} is no longer needed; it goes with version 0.3."
        warnings.warn(msg, DeprecationWarning, stacklevel=3)


def _below(name: str) -> list[str]:
    """Return the former names that begin with that of a room or a module."""
    return [former for former in FORMER if former.startswith(f"{name}.")]


class FormerNames(MetaPathFinder, Loader):
    """Finds a module under its former name, after every other finder has failed, and the room in which it stood."""

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Return how a module of that name is made, or None where the name was never documented."""
        name = fullname.removeprefix(f"{_TOP}.")
        is_module, is_room = name in FORMER, bool(_below(name))
        return ModuleSpec(fullname, self, is_package=not is_module) if is_module or is_room else None

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of today in the place of the one that was asked for, or look each of its names up.

        A room has no module of today: what stood in it stands in several.
        """
        name = module.__name__.removeprefix(f"{_TOP}.")
        if name not in FORMER:
            return
        now = f"{_TOP}.{FORMER[name]}"
        _warn(module.__name__, now)
        if _below(name):
            formerly(module.__name__)
        else:
            sys.modules[module.__name__] = importlib.import_module(now)


def formerly(module: str) -> None:
    """Let a module answer to former names of what it holds: `formerly(__name__)` at its end."""
    # not a def of the module: type checkers would allow any name
    vars(sys.modules[module])["__getattr__"] = partial(_member, module)


def _member(module: str, name: str) -> Any:
    home = module.removeprefix(f"{_TOP}.")
    if now := FORMER.get(f"{home}.{name}"):
        _warn(f"{module}.{name}", f"{_TOP}.{now}")
        today, _, name = now.rpartition(".")
    elif not (today := FORMER.get(home, "")):
        msg = f"module {module!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(f"{_TOP}.{today}"), name)


def formerly_called(**names: str) -> Any:
    """Return a decorator that lets a class answer to former names of its attributes, fields and methods alike.

    Its constructor takes the former names of fields as well.
    """

    def decorate(kind: Class) -> Class:
        for former, now in names.items():
            setattr(kind, former, _alias(kind.__name__, former, now))
        kind.__init__ = formerly_named(**names)(kind.__init__)  # type: ignore[misc]
        return kind

    return decorate


def _alias(owner: str, former: str, now: str) -> property:
    def read(self: Any) -> Any:
        _warn(f"{owner}.{former}", f"{owner}.{now}")
        return getattr(self, now)

    return property(read, doc=f"Former name of `{now}`; it goes with version 0.3.")


def formerly_named(**arguments: str) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Return a decorator that lets a function take arguments by former names: `formerly_named(former="today")`."""

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @wraps(function)
        def answer(*values: Arguments.args, **named: Arguments.kwargs) -> Result:
            renamed: dict[str, Any] = {}
            for former in [name for name in named if name in arguments]:
                now = arguments[former]
                _warn(f"{function.__qualname__}({former}=)", f"{function.__qualname__}({now}=)")
                renamed[now] = named.pop(former)
            return function(*values, **named, **renamed)

        return answer

    return decorate
