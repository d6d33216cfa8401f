"""Names of modules that were documented once: importing one gives the module of today, with a warning, for one release.

Models that version 0.1.0 logged to MLflow import two of them.
"""

import importlib
import sys
import warnings
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

FORMER = {
    "judging": "evaluation", "judging.answer": "evaluation.evaluated",
    "literature": "data", "literature.recipes": "data.validation",
    "workflows.ask": "workflows.predict", "workflows.challenge": "workflows.compare",
    "workflows.design": "workflows.screen", "workflows.look": "workflows.data",
    "workflows.scrutiny": "workflows.robustness", "workflows.study": "workflows.train",
    "workflows.why": "workflows.explain",
}  # fmt: skip
"""Each below `spcse_ml`, beside the name of today; they go with version 0.3."""

_TOP = __name__.partition(".")[0]


class FormerNames(MetaPathFinder, Loader):
    """Finds a module under its former name, after every other finder has failed."""

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Return how a module of that name is made, or None where the name was never documented."""
        return ModuleSpec(fullname, self, is_package=True) if fullname.removeprefix(f"{_TOP}.") in FORMER else None

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of today in the place of the one that was asked for."""
        former = module.__name__
        now = f"{_TOP}.{FORMER[former.removeprefix(f'{_TOP}.')]}"
        warnings.warn(
            f"{former} is now {now}; the former name goes with version 0.3.", DeprecationWarning, stacklevel=2
        )
        sys.modules[former] = importlib.import_module(now)
