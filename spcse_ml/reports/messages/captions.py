"""What each figure is called and shows, and the command that draws it: read by the report and by the page."""

from collections.abc import Mapping

CAPTIONS: Mapping[str, tuple[str, str, str]] = {
    "literature": ("The published membranes",
        "Retention against the polymer content that the tables print, by method. Rows without a printed content or "
        "retention are not shown.", "spcse-ml data"),
    "held_out": ("Each paper held out in turn, with its interval",
        "Predicted against reported values, each paper predicted by a procedure that had not seen it. Bars: 90 % "
        "intervals. Dashed: perfect agreement.", "spcse-ml evaluate"),
    "estimators": ("The estimators compared, on papers held out",
        "Mean absolute error on papers held out, averaged within the paper and then over papers. Blue: the nested "
        "procedure, or the constant that ships in its place.", "spcse-ml evaluate"),
    "ladder": ("The ladder: skill as ever larger wholes are held out",
        "Skill with ever larger wholes held out in five folds (three for methods), dealt ten times: only the split "
        "differs. In brackets: how many wholes there are.", "spcse-ml evaluate --thorough"),
    "curve": ("The learning curve: error against the number of papers",
        "Error on the papers that were not learnt from, against the number of papers learnt from; 30 draws each.",
        "spcse-ml evaluate --thorough"),
    "multiverse": ("Other encodings that could be defended",
        "Errors of 96 defensible encodings on papers held out; the line marks the one in force.",
        "spcse-ml evaluate --thorough"),
    "importance": ("What it leans on, with rank intervals",
        "Mean absolute Shapley value of each part of the recipe over the rows (dots), with 95 % intervals and ranks "
        "over 200 resamplings of the papers, everything learnt anew. Tied: the order holds in fewer than 95 % of "
        "them.", "spcse-ml explain"),
    "beeswarm": ("What it leans on, recipe by recipe",
        "Shapley value of each part of each published recipe, by method. A part with its own block of columns is one "
        "player.", "spcse-ml explain"),
    "dependence": ("What one part adds",
        "Shapley value of one part against what the recipes hold of it. Filled: the model of all papers; open: models "
        "that had not seen the paper.", "spcse-ml explain"),
    "chemistry": ("The review's statements beside a model whose signs are free",
        "Change of the predicted retention in a model without constraints on its signs, for each statement of the "
        "review; bars: 95 % over 200 resamplings of the papers. Associations, not causes.", "spcse-ml explain"),
    "waterfall": ("How the prediction is reached",
        "From the mean of all recipes (dashed) to this one (line): what each part of the recipe adds or takes away.",
        "spcse-ml explain"),
    "binder_wt_percent": ("Another content of binder",
        "What if it held another content of binder, all else the same. Band: 90 % interval; dots: published "
        "membranes of the same method; dashed: this recipe.", "spcse-ml explain"),
    "template_wt_percent": ("Another content of template",
        "What if it held another content of template, all else the same. Band: 90 % interval; dots: published "
        "membranes of the same method; dashed: this recipe.", "spcse-ml explain"),
    "solvent": ("Another solvent",
        "What if it were made from another solvent, all else the same. Bars: 90 % intervals; rings: published "
        "membranes of the same method; > marks this recipe.", "spcse-ml explain"),
}  # fmt: skip
"""Title, what is shown and the command, by kind of figure."""

OF_ERRORS = ("held_out", "estimators", "ladder", "curve", "multiverse")
"""Figures that stand with the errors; the others stand with the reasons."""


def caption(name: str) -> tuple[str, str, str]:
    """Return title, caption and command of a figure by its name without the target; a dependence names its part."""
    kind, _, part = name.partition("_") if name.startswith("dependence_") else (name, "", "")
    title, text, command = CAPTIONS[kind]
    return title, f"{text} ({part.replace('_', ' ')})" if part else text, command
