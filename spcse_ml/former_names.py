"""Names that were documented once: each gives what bears its name today, with a warning, for one release.

Modules, what modules hold, attributes and arguments. Models that version 0.1.0 logged import two of the modules.
"""

import importlib
import sys
import warnings
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, TypeVar

FORMER = {
    "explanation.robustness_study": "evaluation.robustness",
    "judging": "evaluation", "judging.answer": "workflows.predict",
    "literature": "data", "literature.recipes": "data.validation",
    "storage.served": "workflows.served",
    "workflows.ask": "workflows.predict", "workflows.challenge": "workflows.compare",
    "workflows.design": "workflows.screen", "workflows.look": "workflows.data",
    "workflows.robustness": "evaluation.robustness", "workflows.scrutiny": "evaluation.robustness",
    "workflows.study": "workflows.train",
    "workflows.why": "workflows.explain",
}  # fmt: skip
"""Each below `spcse_ml`, beside the name of today; they go with version 0.3."""

_TOP = __name__.partition(".")[0]


Class = TypeVar("Class", bound=type)


def _warn(former: str, now: str) -> None:
    warnings.warn(f"{former} is now {now}; the former name goes with version 0.3.", DeprecationWarning, stacklevel=3)


def no_longer_needed(argument: str, value: object) -> None:
    """Warn where an argument is given that was documented once and says nothing any more."""
    if value is not None:
        msg = f"{argument} is no longer needed; it goes with version 0.3."
        warnings.warn(msg, DeprecationWarning, stacklevel=3)


class FormerNames(MetaPathFinder, Loader):
    """Finds a module under its former name, after every other finder has failed."""

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Return how a module of that name is made, or None where the name was never documented."""
        return ModuleSpec(fullname, self, is_package=True) if fullname.removeprefix(f"{_TOP}.") in FORMER else None

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of today in the place of the one that was asked for."""
        former = module.__name__
        now = f"{_TOP}.{FORMER[former.removeprefix(f'{_TOP}.')]}"
        _warn(former, now)
        sys.modules[former] = importlib.import_module(now)


def formerly(module: str, **names: str) -> None:
    """Let a module answer to former names of what it holds: `formerly(__name__, Former="Today")` at its end."""
    home = sys.modules[module]

    def answer(name: str) -> Any:
        if name not in names:
            msg = f"module {module!r} has no attribute {name!r}"
            raise AttributeError(msg)
        _warn(f"{module}.{name}", f"{module}.{names[name]}")
        return getattr(home, names[name])

    vars(home)["__getattr__"] = answer  # not a def of the module: type checkers would allow any name


def formerly_called(**names: str) -> Any:
    """Return a decorator that lets a class answer to former names of its attributes, fields and methods alike."""

    def decorate(kind: Class) -> Class:
        for former, now in names.items():
            setattr(kind, former, _alias(kind.__name__, former, now))
        return kind

    return decorate


def _alias(owner: str, former: str, now: str) -> property:
    def read(self: Any) -> Any:
        _warn(f"{owner}.{former}", f"{owner}.{now}")
        return getattr(self, now)

    return property(read, doc=f"Former name of `{now}`; it goes with version 0.3.")
