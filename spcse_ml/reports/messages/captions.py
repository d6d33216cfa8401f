"""What each figure is called and shows, and the command that draws it: read by the report and by the page."""

from collections.abc import Mapping

RETENTION_DEFINED = (
    "Ionic-conductivity retention is the conductivity of the membrane over that of its powder as received, at the same "
    "temperature, from the same paper, in percent."
)
"""The definition, once: the method, the datasheet and the help of the command line say it in these words."""

CAPTIONS: Mapping[str, tuple[str, str, str]] = {
    "literature": ("The published membranes",
        "Retention against the polymer content that the tables print, by method. Rows without a printed content or "
        "retention are not shown.", "spcse-ml data"),
    "held_out": ("Predictions of papers held out, with their intervals",
        "Predicted against reported values, each paper while it was held out. Bars: 90 % prediction intervals. "
        "Dashed: perfect agreement.", "spcse-ml evaluate"),
    "estimators": ("Estimators compared on papers held out",
        "Mean absolute error, averaged within each paper and then over papers. Blue: the nested procedure, or the "
        "constant in its place.", "spcse-ml evaluate"),
    "runs": ("Gain of each run over the champion",
        "How much less each run errs than the champion on the papers or batches that both held out, with its 95 % "
        "interval. In brackets: mean absolute error.", "spcse-ml runs"),
    "features": ("Contributions of the features of a tree model",
        "Shapley values by shap's TreeExplainer, a dot for each training membrane. Dark: the feature is high; ring: it "
        "is blank.", "spcse-ml train"),
    "split_difficulty": ("Split difficulty: skill by the groups that are held out",
        "Skill in 5-fold cross-validation (3-fold for methods), repeated ten times, with ever larger groups held out "
        "together. In brackets: number of groups.", "spcse-ml evaluate --thorough"),
    "curve": ("Learning curve",
        "Mean absolute error on the other papers against the number of training papers; 30 draws each.",
        "spcse-ml evaluate --thorough"),
    "multiverse": ("Alternative encodings",
        "Errors of 96 defensible encodings in leave-one-paper-out cross-validation; the line marks the one in use.",
        "spcse-ml evaluate --thorough"),
    "importance": ("Feature importance with rank intervals",
        "Mean absolute Shapley value of each recipe component over the training membranes (dots), with 95 % intervals "
        "and ranks over 200 resamplings of the papers, each with a new fit. Tied: the order holds in fewer than 95 % "
        "of them.", "spcse-ml explain"),
    "beeswarm": ("Contributions by recipe",
        "Shapley value of each component of each published recipe, by method. Columns that belong together are one "
        "component.", "spcse-ml explain"),
    "dependence": ("Contribution of one component",
        "Shapley value of one component against its value in the recipe. Filled: the model of all papers; open: models "
        "trained without the paper.", "spcse-ml explain"),
    "chemistry": ("Statements of the review compared with an unconstrained model",
        "Change of the predicted retention in a model without sign constraints, for each statement of the review; "
        "bars: 95 % over 200 resamplings of the papers. Associations, not causes.", "spcse-ml explain"),
    "waterfall": ("Contributions to this prediction",
        "From the mean of all recipes (dashed) to this one (line): contribution of each recipe component.",
        "spcse-ml explain"),
    "binder_wt_percent": ("What if: binder content",
        "Prediction for other binder contents, all else the same. Band: 90 % prediction interval; dots: published "
        "membranes of the same method; dashed: this recipe.", "spcse-ml explain"),
    "template_wt_percent": ("What if: template content",
        "Prediction for other template contents, all else the same. Band: 90 % prediction interval; dots: published "
        "membranes of the same method; dashed: this recipe.", "spcse-ml explain"),
    "solvent": ("What if: solvent",
        "Prediction for other solvents, all else the same. Bars: 90 % prediction intervals; rings: published "
        "membranes of the same method; > marks this recipe.", "spcse-ml explain"),
}  # fmt: skip
"""Title, what is shown and the command, by kind of figure."""

OF_ERRORS = ("held_out", "estimators", "split_difficulty", "curve", "multiverse")
"""Figures of the evaluation; the others explain."""


def caption(name: str) -> tuple[str, str, str]:
    """Return title, caption and command of a figure by its name without the target."""
    kind, _, part = name.partition("_") if name.startswith("dependence_") else (name, "", "")
    title, text, command = CAPTIONS[kind]
    return title, f"{text} ({part.replace('_', ' ')})" if part else text, command
