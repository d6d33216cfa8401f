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
    "missing": Text("missing", "give a value"),
    "too-long": Text("longer than {most:,} characters"),
    "not-text": Text("neither text nor a number"),
    "not-unicode": Text("not valid Unicode text"),
    "not-a-number": Text("not a number"),
    "not-a-whole-number": Text("not a whole number"),
    "not-finite": Text("not a finite number"),
    "decimal-comma": Text("decimal comma", "write a decimal point, as in 0.5"),
    "thousands-separator": Text("thousands separator", "write digits and a decimal point alone, as in 1234.5"),
    "not-a-range": Text("neither a number nor a range"),
    "not-true-or-false": Text("neither true nor false"),
    "not-a-date": Text("not a date"),
    "not-a-choice": Text("not one of the choices"),
    "not-a-list": Text("not a list"),
    "not-a-table": Text("not a table"),
    "not-accepted": Text("not accepted: {reason}"),
    "out-of-bounds": Text("{quantity} is out of bounds"),
    "low-above-high": Text("above {other}, {high:g}", "correct one of them"),
    "unknown-column": Text("not a known column", "delete or rename it"),
    "missing-column": Text("missing from the header", "add this column, or rename another one"),
    "repeated-column": Text("occurs twice in the header", "delete or rename one of them"),
    "nameless-column": Text("column without a name", "name or delete it"),
    "unknown-key": Text("not a known key", "delete or rename it"),
    "repeated-key": Text("occurs twice in one object", "delete one of them"),
    "ragged-row": Text("{n:,} cells where the header has {width:,}", "quote texts with commas; write decimal points"),
    "repeated-row": Text("table and row occur twice", "delete or renumber one of them"),
    "empty-file": Text("empty file"),
    "unreadable-file": Text("cannot be read: {reason}"),
    "not-a-plain-file": Text("not a plain file", "give the path of a file"),
    "file-too-large": Text("larger than {most_mb:g} MB", "split the file, or remove parts without data"),
    "not-utf-8": Text("not UTF-8 text (byte {byte})", "save it as CSV UTF-8"),
    "nul-bytes": Text("contains NUL bytes", "save it as CSV UTF-8"),
    "not-csv": Text("not CSV: {reason}"),
    "not-comma-separated": Text("separated by {separator!r}, not by commas", "save it with commas and decimal points"),
    "too-many-rows": Text("more than {most:,} rows", "split the file, or use `spcse-ml screen`"),
    "too-many-columns": Text("more than {most:,} columns", "remove columns that are not needed"),
    "too-many-cells": Text("more than {most:,} cells", "split the file, or remove columns"),
    "row-too-long": Text("more than {most:,} characters", "check the end of the row and its quotation marks"),
    "not-toml": Text("not TOML: {reason}", "start from the output of `{example}`"),

    # recipes and membranes that contradict themselves
    "solvent-in-dry-process": Text("not used in a dry process", "leave it blank or choose another method"),
    "no-solvent-in-slurry": Text("missing from a slurry", "name the solvent or choose another method"),
    "no-binder": Text("required except in skeleton templating", "name the binder"),
    "no-template-in-skeleton": Text("missing from skeleton templating", "name the template"),
    "template-outside-skeleton": Text("used in skeleton templating only", "leave it blank or choose that method"),
    "without-substance": Text("given without a {part}", "name the {part}"),
    "no-room-for-sulfide": Text("no room for the sulfide: the contents add up to {total:g} wt%", "reduce one of them"),

    # printed tables and measurements
    "correction-mismatch": Text("correction does not match the printed cell"),
    "correction-without-row": Text("correction of a row that is not printed"),
    "implausible-powder": Text(
        "implies a powder of {sigma_p:.3g} mS/cm, above all known sulfides (32)",
        "correct it, or set retention_qualifier to masked",
    ),
    "not-charge-neutral": Text("not charge-neutral ({charge:+.2g})", "correct the formula, or explain it in note"),

    # names of the catalogue, formulas, units
    "unknown-name": Text("not in the catalogue", "did you mean {suggestions}?"),
    "unknown-name-or-class": Text("not in the catalogue", "did you mean {suggestions}? otherwise give its {instead}"),
    "unknown-name-in-mixture": Text(
        "not in the catalogue", "did you mean {suggestions}? write mixtures as a + b or a + b (1:2)"
    ),
    "contradicts-catalogue": Text("contradicts the catalogue, where {name} is {known}", "leave it blank"),
    "repeated-solvent": Text("solvent named twice", "name each solvent once"),
    "ratio-mismatch": Text("ratio does not fit the number of solvents"),
    "donor-number-of-mixture": Text(
        "belongs to one solvent, not to a mixture", "leave it blank: the strongest donor of a mixture counts"
    ),
    "not-a-formula": Text("not the formula of a sulfide"),
    "unknown-element": Text("contains an unknown element, {elements}"),
    "not-a-lithium-sulfide": Text("without lithium or without sulfur: not a lithium sulfide"),
    "wrong-unit": Text("unit does not fit this column"),

    # a lab's table, its spreadsheets and its spectra

    # models, levels and what is asked of them
    "level-in-percent": Text("not a fraction", "write {fraction:g}"),
    "level-not-supported": Text("not supported by {n_papers} papers"),
    "no-solvent-to-replace": Text("a dry recipe has none to replace", "choose a recipe with a solvent"),
    "too-few-papers": Text("reported by {n_papers} papers; cross-validation needs {n_needed}"),
    "unknown-estimator": Text("not an estimator"),

    # cells
    "unknown-electrode": Text(
        "{part} not in the catalogue", "write the cell as in NCM811/Li; state other materials as figures"
    ),
    "another-cell": Text("differs from the requested cell {requested}", "leave one of them out"),
    "cathode-not-100": Text("contents of the cathode add up to {total:g} wt%", "make them add up to 100"),
    "part-and-content": Text("{part} and content belong together", "give both, or 'none' for both"),
    "one-of-two": Text("exactly one of this and {other} is needed", "give one of them"),
    "no-voltage": Text("not above the potential of the anode, {anode_v:g} V"),
    "host-too-small": Text("below 1: the anode cannot take up the lithium of the cathode"),
    "too-little-lithium": Text("below 1: neither electrode brings enough lithium"),

    # requests over HTTP and hosts
    "not-json": Text("not JSON: {reason}"),
    "nested-too-deeply": Text("nested too deeply"),
    "not-an-object": Text("not a JSON object"),
    "no-recipes": Text("not a list of at least one recipe"),
    "too-many-recipes": Text("more than {most:,} recipes", "send them in parts"),
    "body-too-large": Text("larger than {most:,} bytes", "send the recipes in parts"),
    "not-a-host": Text("neither the name nor the address of a host"),
    "cannot-listen": Text("cannot listen: {reason}", "choose another host or port"),

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
    "missing-from-installation": Text("{path}: missing from this installation", "install spcse_ml again"),

    # model files

    # runs and the registry

    # screens

    # the page and HTTP
    "time-limit": Text("request: longer than {seconds:g} s", "send fewer recipes, or try again later"),
    "unknown-path": Text("path: not served here", "see /docs for the paths"),
    "wrong-http-method": Text("request: method not allowed at this path", "use {methods}"),
    "bad-request": Text("request: not accepted"),
    "misdirected": Text("request: sent to an unknown host name", "start the server with --allow-host NAME"),
    "foreign-origin": Text("request: sent by a page of another address", "open the page of this server instead"),

}  # fmt: skip
"""Codes of other refusals, as `SpcseError.code` has them."""


def text_of(code: str, values: Mapping[str, Any]) -> Text:
    """Return the text of a code with its values filled in."""
    text = FAULTS.get(code) or ERRORS.get(code) or Text(code)
    return Text(*(part.format_map(values) if values else part for part in text))
