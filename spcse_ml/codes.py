"""Every code by which the package refuses: what is wrong, and what to do. A code is never taken back.

An exception has to speak where no report is around, so that its text stands here and not in `reports.messages`.
A text names the fields of a fault or the values of an error in { }; it begins after a noun and has no full stop. The
file is longer than others, so that a code is found in one place and none is given twice.
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


_NEW_WORKBOOK = "copy the cells alone into a new workbook, or save them as CSV UTF-8"
_OR_GIVE_IT = ", or give the total resistance in place of the spectrum"
_ANOTHER_FILE = "train again, restore the file, or install the version of spcse_ml that wrote it"

FAULTS: Mapping[str, Text] = {
    # cells, rows and files
    "no-recipe": Text("a header without recipes"),
    "no-rows": Text("a header without membranes"),
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
    "named-twice": Text("the same as {before!r}, which the table names, too", "delete one of them"),
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
    "too-many-rows": Text("more than {most:,} rows", "split the file, or screen a space of recipes"),
    "too-many-columns": Text("more than {most:,} columns", "remove columns that are not needed"),
    "too-many-cells": Text("more than {most:,} cells", "split the file, or remove columns"),
    "row-too-long": Text("more than {most:,} characters", "check the end of the row and its quotation marks"),
    "not-toml": Text("not TOML: {reason}", "start from an example"),

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
    "effect-not-by-rule": Text("not the effect that the rule gives", "write that one, or correct class and cell"),
    "no-paper": Text("neither a DOI nor a source", "give one of them: it tells which membranes are of one paper"),
    "not-a-doi": Text("not a DOI"),
    "no-retention": Text("blank, and not both conductivities", "give the retention, or sigma_m and sigma_p"),
    "two-papers-as-one": Text("joined with [{others}] of the review by a common DOI, source or reference",
        "correct the reference or the DOI of one of them"),
    "unknown-reference": Text("not a reference of the review", "leave it blank, and give the DOI"),
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
    "ambiguous-name": Text("may be {choices}", "write which"),
    "another-substance": Text("{word!r} makes it another substance than {name}",
        "write {name} if you mean it; a salt or plasticizer has a column of its own"),
    "contradicts-catalogue": Text("contradicts the catalogue, where {name} is {known}", "leave it blank"),
    "repeated-solvent": Text("solvent named twice", "name each solvent once"),
    "ratio-mismatch": Text("ratio does not fit the number of solvents"),
    "ratio-basis-contradicts": Text("not by {basis}, as solvent_ratio_basis says", "correct one of both"),
    "donor-number-of-mixture": Text(
        "belongs to one solvent, not to a mixture", "leave it blank: the strongest donor of a mixture counts"
    ),
    "not-a-formula": Text("not the formula of a sulfide"),
    "unknown-element": Text("contains an unknown element, {elements}"),
    "several-compounds": Text("several compounds of which none is a precursor", "name one sulfide, the rest in note"),
    "not-a-lithium-sulfide": Text("not a lithium sulfide: without Li or S, or with as much oxygen"),
    "no-network-former": Text("lithium and anions alone: not a sulfide electrolyte", "check the formula"),
    "charge-not-balanced": Text("charges differ by {percent:.3g} %", "check the formula"),
    "polymorph-of-a-glass": Text("a glass has no polymorph", "write either"),
    "contradicts-composition": Text("contradicts the composition: {name} is {known}", "leave it blank, or correct one"),
    "wrong-unit": Text("unit does not fit this column"),

    # a lab's table, its spreadsheets and its spectra
    "no-lab-table": Text("no such file", "record membranes first"),
    "unmapped-column": Text("not a column of the lab's table", "rename it, map it to a column or leave it out"),
    "mapped-twice": Text("two columns of the file stand for it", "map one of them elsewhere, or leave it out"),
    "column-not-in-file": Text("not a column of the file"),
    "no-outcomes": Text("no membrane with a retention or a thickness", "record measured values"),
    "no-film-to-measure": Text("belongs to a film, and film_class says that there is none",
        "leave it blank, or correct film_class"),
    "no-films": Text("blank for every slurry-coated membrane", "record how the films look, failures too"),
    "not-a-slurry": Text("not slurry coating, whose films alone have a class", "leave it out"),
    "window-not-told": Text("too few films tell it apart",
        "record it for 8 films of 5 batches, 4 of them of 3 batches at another value than the rest"),
    "too-few-to-propose": Text("too few films tell any condition apart",
        "coat slurries of different solids and binder content: 8 films of 5 batches"),
    "no-slurry-left": Text("no slurry is left between the films under these conditions", "leave some of them out"),
    "not-a-png": Text("not the name of a PNG file"),
    "contradicts-derived": Text("{sources} give {value:.4g} {unit}", "correct one of them, or leave one blank"),
    "derived-out-of-bounds": Text("derived from other columns, and out of bounds",
        "check thickness, resistance and area, and that both conductivities are in mS/cm"),
    "id-taken": Text("already in the table", "choose another id, or correct that line with supersedes"),
    "review-itself": Text("the DOI of the review, whose tables are learnt from already", "give that of the paper"),
    "unknown-line": Text("no earlier line has this id"),
    "already-corrected": Text("corrected already", "name the correction"),
    "duplicate-membrane": Text("the same as {id} in everything",
        "correct {id} with supersedes, or tell them apart (batch, made_on, note)"),
    "unknown-prediction": Text("not in the ledger", "leave it out, or name the prediction of this membrane"),
    "prediction-claimed": Text("claimed by {id} already", "leave it out, or correct {id} with supersedes"),
    "prediction-of-other-recipe": Text("made for another recipe ({differing})",
        "leave it out; the recipe of that prediction is still to be made"),
    "prediction-claimed-twice": Text("claimed by {ids}", "correct all but one, without a prediction"),
    "already-preregistered": Text("preregistered already as {name}",
        "give a second membrane of the recipe an id or a note of its own"),
    "no-sheets": Text("not an XLSX file and has no sheets", "name none"),
    "several-sheets": Text("more than one sheet with cells", "name one"),
    "unknown-sheet": Text("not a sheet of the file"),
    "not-a-spreadsheet": Text("cannot be read as a spreadsheet", "save it as XLSX or CSV UTF-8 again"),
    "workbook-too-large": Text("more than {most:,} {things}", _NEW_WORKBOOK),
    "sheet-too-large": Text("more than {most:,} {things}",
        "delete everything beyond the data, blank cells too, or split the sheet"),
    "document-type": Text("a document type is declared, which no spreadsheet program does", _NEW_WORKBOOK),
    "merged-cells": Text("merged", "unmerge them and give every row its own cell"),
    "error-in-cell": Text("an error of the spreadsheet", "correct or clear the cell"),
    "formula-not-saved": Text("a formula without a saved value", "open and save the file in the spreadsheet program"),
    "needed-with-spectrum": Text("blank, and needed to derive a conductivity from a spectrum"),
    "given-with-spectrum": Text("also given by the spectrum", "leave out one of both"),
    "too-few-points": Text("{n} points; at least {fewest} are needed"),
    "zero-impedance": Text("a point with an impedance of 0 ohm", "leave it out"),
    "negative-real-part": Text("Z' is not positive at {n_bad} of {n} points", "check whether Z' and Z'' were swapped"),
    "inductive-spectrum": Text("Z'' is positive at {n_bad} of {n} points and largest at high frequencies",
        "use shorter leads and lower frequencies" + _OR_GIVE_IT),
    "sign-of-imaginary-part": Text("Z'' is positive at {n_bad} of {n} points and largest at low frequencies",
        "turn the sign of z_imag_ohm"),
    "lead-inductance": Text("the leads have an inductance of {microhenry:.2g} µH",
        "leave out the highest frequencies, or use shorter leads"),
    "no-blocking-tail": Text("an arc without a tail of blocking electrodes",
        "measure to lower frequencies between blocking electrodes" + _OR_GIVE_IT),
    "arc-before-tail": Text("an arc before the tail of blocking electrodes, which is not fitted",
        "read where the arc meets the tail, and give that as the total resistance"),
    "no-fit": Text("no total resistance with blocking electrodes can be fitted",
        "measure to lower frequencies" + _OR_GIVE_IT),
    "zero-resistance": Text("the fitted total resistance is 0 ohm", "measure to higher frequencies" + _OR_GIVE_IT),
    "poor-fit": Text("the fit deviates by {misfit:.0%} on average", "leave out erroneous points" + _OR_GIVE_IT),
    "exponent-of-no-electrode": Text("an exponent of {exponent:.2f} is not that of blocking electrodes",
        "measure to lower frequencies between blocking electrodes" + _OR_GIVE_IT),
    "extrapolated-resistance": Text("the total resistance, {ohm:.4g} ohm, is below the least Z', {least:.4g} ohm",
        "measure to higher frequencies" + _OR_GIVE_IT),
    "uncertain-resistance": Text("the total resistance is not determined: {ohm:.4g} ± {error:.2g} ohm",
        "measure more points at high frequencies" + _OR_GIVE_IT),
    "impossible-spectrum": Text("{ohm:.4g} ohm of total resistance give an impossible conductivity, {value:.4g} mS/cm",
        "check thickness, area, powder conductivity and the spectrum"),

    # models, levels and what is asked of them
    "level-in-percent": Text("not a fraction", "write {fraction:g}"),
    "level-not-supported": Text("not supported by {n_papers} papers"),
    "no-solvent-to-replace": Text("a dry recipe has none to replace", "choose a recipe with a solvent"),
    "too-few-papers": Text("reported by {n_papers} papers; {n_needed} are needed",
        "a 90 % interval rests on nine papers and the evaluation holds one out: add papers or own batches"),
    "too-few-for-folds": Text("reported by {n_papers} papers; cross-validation needs {n_needed}"),
    "unknown-estimator": Text("not an estimator", "did you mean {suggestions}?"),
    "unknown-parameter": Text("not a parameter of the estimator", "did you mean {suggestions}?"),
    "unknown-feature": Text("not a feature", "did you mean {suggestions}?"),
    "feature-without-sign": Text("not a term that may only cost retention, as this estimator needs", "choose ridge"),
    "features-are-fixed": Text("cannot be chosen for {estimator}", "choose an estimator that takes any"),
    "no-such-object": Text("no regressor of scikit-learn's kind: {reason}",
        "name package.module:object; an object of a file mine.py in this folder is mine:object"),
    "estimator-fails": Text("cannot learn these rows: {reason}", "correct its parameters or features"),
    "needs-estimator": Text("without an estimator", "name the estimator as well"),
    "nothing-to-tune": Text("no values to try are known for the estimator", "give a [search] table"),
    "search-without-tuning": Text("values to try, but no number of settings", "give the number as well"),
    "not-a-plain-value": Text("neither a finite number, text, true, false nor none"),
    "view-with-misprints": Text("holds misprints, so that nothing is learnt from it"),
    "not-a-run-name": Text("not a name of a run"),
    "not-a-pair": Text("not KEY=VALUE"),
    "given-twice": Text("given twice", "leave one of them out"),
    "not-a-tag": Text("not a tag that can be set"),
    "not-a-tag-value": Text("not a value of a tag"),
    "other-rows": Text("the rows are others now: {fingerprint}", "delete the line to train on the rows of today"),
    "no-reason": Text("blank", "give the reason, which is kept with the champion"),
    "no-dask": Text("Dask is not installed", "pip install 'spcse-ml[cluster]'"),
    "no-scheduler": Text("no scheduler answers", "give the address that `dask scheduler` prints"),

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
    "unknown-material": Text("neither a sulfide, a binder nor a template", "choose names of the catalogue"),
    "not-a-line-of-the-list": Text("not a line of an allow or deny list"),
    "empty-space": Text("no recipe remains", "remove a list or a ban"),
    "unknown-powder": Text(
        "needs the powder conductivity of {sulfides}",
        "fewer than three are published: add [sigma_p_ms_cm] to the space's TOML and screen it",
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
    "no-baybe": Text("not an engine of the package any more", "benchmarks/campaigns compares with it"),

}  # fmt: skip
"""Codes of what is wrong with a table, a recipe or an option, as `Fault.code` has them."""

ERRORS: Mapping[str, Text] = {
    # files and stores
    "missing-from-installation": Text("{path}: missing from this installation", "install spcse_ml again"),
    "locked": Text("{path}: locked by another process that writes to it", "try again"),
    "not-writable": Text("{path}: cannot be written: {reason}", "choose another folder, or free disk space"),
    "not-a-file": Text("{path}: not a plain file", "choose another name"),
    "unusable-path": Text("{path}: {reason}", "choose another file or folder"),
    "store-id-unreadable": Text("{path}: cannot be read", "restore it, or delete it: the store gets a new identity"),
    "study-unreadable": Text("{path}: cannot be read: {reason}", "install spcse_ml again"),
    "no-study": Text("{target} of {model}: no robustness study is shipped for this model",
        "the released models have one; a clone of the repository runs it for models of the literature"),
    "ledger-unreadable": Text("{path}, line {line}: cannot be read: {reason}", "restore the file"),
    "ledger-altered": Text("{path}, line {line}: {name} does not follow the entry before it; one of both was altered",
        "restore the file"),
    "ledger-not-as-logged": Text("{path}: {n} entries, not the {length} that MLflow logged with the head {head:.12}",
        "it was altered or cut: restore it"),
    "head-not-logged": Text("{names}: in the ledger, but its head is not logged: {reason}",
        "then preregister the same again, which logs it"),

    # model files
    "model-file-unreadable": Text("{file}: cannot be read: {reason}", "train again, or restore the file"),
    "not-a-model-file": Text("{file}: not a model file of spcse_ml", "train again, or restore the file"),
    "other-schema-version": Text("{file}: schema version {version!r}; this installation reads version {readable}",
        "install the version of spcse_ml that wrote it, or train again"),
    "model-file-altered": Text("{file}: altered after it was written", "train again, or restore the file"),
    "other-package-version": Text("{file}: written by another version of spcse_ml",
        "train again, or install that version"),
    "names-unknown-here": Text("{file}: the catalogue of spcse_ml {version} lacks {names}, which training rows name",
        "install the version of spcse_ml that wrote it, or train again"),
    "predicts-otherwise": Text("{file}: its predictions are not those of {libraries}, with which it was made",
        "train again, or install those versions"),
    "model-of-other-target": Text("{file}: a model of {target}", "restore the file, or train again"),
    "models-of-different-data": Text("{folder}: its models were trained on different data",
        "restore the files, or train again"),
    "model-field": Text("{file}: {place}: {reason}", _ANOTHER_FILE),
    "model-field-kind": Text("{file}: {place} is not a {kind}", _ANOTHER_FILE),
    "model-columns": Text("{file}: {place} has other names than a model file has", _ANOTHER_FILE),
    "model-repeated-place": Text("{file}: {place} have a place twice", _ANOTHER_FILE),
    "model-batch": Text("{file}: {place} is of another batch than its paper says", _ANOTHER_FILE),
    "model-interval-width": Text("{file}: {place} give intervals without width", _ANOTHER_FILE),
    "model-interval": Text("{file}: {place} does not lie in its interval", _ANOTHER_FILE),
    "model-not-of-rows": Text("{file}: {place} does not agree with the training rows", _ANOTHER_FILE),
    "model-not-of-fit": Text("{file}: {place} does not agree with the rest of the model", _ANOTHER_FILE),
    "model-verdict": Text("{file}: {place} is {verdict!r}, but {follows!r} follows from its evaluation", _ANOTHER_FILE),

    # runs and the registry
    "not-a-model-name": Text("model {model!r}: not a name of a model", "choose one of the trainings"),
    "run-name-taken": Text("run {model!r}: in the store already", "choose another name"),
    "run-name-claimed": Text("run {model}: another training is about to keep it", "choose another name"),
    "run-of-one-target": Text("run {model!r}: no model of {target}", "train it again without choosing a target"),
    "run-cannot-answer": Text("run {model!r}: needs code of the user to predict, which no model file runs",
        "choose an estimator of the package"),
    "experiment-deleted": Text("experiment {experiment} of MLflow: deleted", "restore it there"),
    "no-such-run": Text("run {model}: not in {store}", "choose one of the trainings"),
    "no-such-model": Text("model {model}: not in {store}", "choose one of the trainings"),
    "champion-unreadable": Text("{path}: cannot be read: {reason}", "delete it: the next training becomes champion"),
    "no-earlier-champion": Text("{store}: no champion before the present one"),
    "earlier-champion-missing": Text("model {model}: champion before, but no longer in {store}", "promote another"),
    "champion-already": Text("model {model}: champion already"),
    "challenger-is-champion": Text("model {model}: the champion itself", "choose another of the trainings"),
    "no-challenger": Text("{store}: no model beside the champion, {champion}", "train one"),
    "store-not-an-address": Text("{store}: a database address cannot contain ? or #", "choose another folder"),
    "runs-damaged": Text("{path}: empty or no database", "restore it, or move it away"),
    "runs-locked": Text("runs of {address}: locked by another process", "try again when it is done"),
    "runs-unusable": Text("runs of {address}: cannot be {deed}: {reason}", "restore them, or move them away"),
    "server-unusable": Text("runs of {address}: cannot be {deed}: {reason}",
        "start the server, or unset MLFLOW_TRACKING_URI"),
    "training-not-tracked": Text("model {model}: no training tracked in {address} made it",
        "choose another of the trainings, or train again"),
    "training-not-registered": Text("model {model}: its training was interrupted before it was registered; {reason}"),

    # screens
    "screen-without-request": Text("{folder}: parts of a screen without {request}", "choose another folder"),
    "other-screen": Text("{folder}: the screen of another question ({differing})",
        "choose another folder, or delete this one"),
    "no-screen": Text("{folder}: no screen, without a {request}", "screen a space into it"),
    "screen-unreadable": Text("{path}: cannot be read: {reason}", "choose another folder"),
    "part-of-other-chunk": Text("{path}: holds the candidates of another part",
        "delete it and screen again: the rest is kept"),
    "part-unreadable": Text("{path}: cannot be read: {reason}",
        "delete it and screen again: the rest is kept"),

    # the page and HTTP
    "time-limit": Text("request: longer than {seconds:g} s", "send fewer recipes, or try again later"),
    "unknown-path": Text("path: not served here", "see /docs for the paths"),
    "wrong-http-method": Text("request: method not allowed at this path", "use {methods}"),
    "bad-request": Text("request: not accepted"),
    "misdirected": Text("request: sent to an unknown host name", "start the server so that it allows this name"),
    "foreign-origin": Text("request: sent by a page of another address", "open the page of this server instead"),

}  # fmt: skip
"""Codes of other refusals, as `SpcseError.code` has them."""


def text_of(code: str, values: Mapping[str, Any]) -> Text:
    """Return the text of a code with its values filled in."""
    text = FAULTS.get(code) or ERRORS[code]
    return Text(*(part.format_map(values) for part in text))
