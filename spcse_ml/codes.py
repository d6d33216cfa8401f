"""Every code by which the package refuses: what is wrong, and what to do. A code is never taken back.

An exception has to speak where no report is around, so that its text stands here and not in `reports.messages`.
A text names the fields of a fault or the values of an error in { }; it begins after a noun and has no full stop.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Text(NamedTuple):
    """What is wrong, and what to do; the remedy is empty where what is allowed says enough."""

    problem: str
    remedy: str = ""

    @property
    def sentence(self) -> str:
        """Return both in one."""
        return f"{self.problem}; {self.remedy}" if self.remedy else self.problem


FAULTS: Mapping[str, Text] = {
    # cells, rows and files
    "no-recipe": Text("a header without recipes"),

    # names of the catalogue, formulas, units
    "unknown-name": Text("not in the catalogue", "did you mean {suggestions}?"),

    # a lab's table, its spreadsheets and its spectra

    # models, levels and what is asked of them
    "level-in-percent": Text("not a fraction", "write {fraction:g}"),
    "level-not-supported": Text("not supported by {n_papers} papers"),
    "no-solvent-to-replace": Text("a dry recipe has none to replace", "choose a recipe with a solvent"),
    "too-few-papers": Text("reported by {n_papers} papers; cross-validation needs {n_needed}"),
    "unknown-estimator": Text("not an estimator"),

    # spaces of recipes, screens and batches
    "unknown-method": Text("not a method"),
    "unknown-rule": Text("not a compatibility rule"),
    "unknown-material": Text("neither a sulfide, a binder nor a template", "`spcse-ml names binders` lists binders"),
    "not-a-line-of-the-list": Text("not a line of an allow or deny list"),
    "empty-space": Text("no recipe remains", "remove a list or a ban"),
    "unknown-powder": Text(
        "needs the powder conductivity of {sulfides}", "add [sigma_p_ms_cm] to the space's TOML and screen it"
    ),
    "no-planned-thickness": Text(
        "needs a planned thickness", "set planned_thickness_um in the space's TOML and screen it"
    ),
    "no-material-costs": Text("needs material costs", "fill [cost_per_kg] in the space's TOML and screen it"),
    "threshold-out-of-bounds": Text("not a retention to exceed"),
    "unknown-objective": Text("not an objective"),
    "number-of-objectives": Text("{n} objectives where 2 to 4 are compared"),
    "objective-without-skill": Text("its model predicts no better than a constant", "choose another, or force it"),
    "objective-unknown": Text(
        "unknown for all {n:,} candidates shown",
        "add powders ([sigma_p_ms_cm]) or costs ([cost_per_kg]) to the space's TOML and screen it",
    ),
    "no-candidate-shown": Text("no candidate is shown", "show hidden candidates too"),
    "no-candidate-left": Text(
        "no candidate is left ({n_breaking} break a rule, {n_thin} hold too little binder)", "widen it, or allow these"
    ),
    "batch-without-skill": Text(
        "the retention model predicts no better than a constant", "record more membranes and train, or force it"
    ),
    "no-baybe": Text("not installed", "pip install 'spcse-ml[bayes]', or use the default engine"),

}  # fmt: skip
"""Codes of what is wrong with a table, a recipe or an option, as `Fault.code` has them."""

ERRORS: Mapping[str, Text] = {
    # files and stores

    # model files

    # runs and the registry

    # screens

    # the page and HTTP

}  # fmt: skip
"""Codes of other refusals, as `SpcseError.code` has them."""


def text_of(code: str, values: Mapping[str, Any]) -> Text:
    """Return the text of a code with its values filled in."""
    text = FAULTS.get(code) or ERRORS.get(code) or Text(code)
    return Text(*(part.format_map(values) if values else part for part in text))
