"""The path from a model, a recipe or a table of recipes to what the predictions are made of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.evaluation.evaluated import EvaluatedModel
from spcse_ml.evaluation.robustness import shipped_study
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.explanation.shapley import Explanation, explain, explain_frame, explain_solvent
from spcse_ml.explanation.summary import ExplanationSummary, summarise
from spcse_ml.explanation.what_if import Curve, content_curve, solvent_curve
from spcse_ml.reports.plots.explanation import LOCAL_FIGURES, local_figures, summary_figures
from spcse_ml.storage.champion import answering_pair
from spcse_ml.tables import csv_text
from spcse_ml.to_json import finite
from spcse_ml.workflows.pictures import write_pictures
from spcse_ml.workflows.predict import DEFAULT_LEVEL, Answers, predict_file, predict_recipe


def explain_model(store: Path, folder: Path) -> dict[str, ExplanationSummary]:
    """Return the feature importance of the answering models, by target, and draw it into the folder.

    A target without skill is left out: its importances would describe chance.
    """
    summaries = {}
    for name, evaluated in answering_pair(store).by_target.items():
        if evaluated.verdict is not Verdict.NO_SKILL:
            summaries[name] = summarise(evaluated, shipped_study(evaluated.fingerprint, evaluated.evaluation))
            write_pictures(folder, summary_figures(summaries[name]))
    return summaries


def without_skill(store: Path) -> list[EvaluatedModel]:
    """Return the answering models without skill, of which there is no importance to show."""
    models = answering_pair(store).by_target.values()
    return [evaluated for evaluated in models if evaluated.verdict is Verdict.NO_SKILL]


SHOWN = (
    "domain", "domain_reason", "retention_verdict", "broken_rules",
    "retention_percent", "retention_low_percent", "retention_high_percent",
)  # fmt: skip
"""Columns of the answer that stand before the contributions to each recipe of a table."""


@dataclass(frozen=True)
class RecipeExplained:
    """What the prediction of one recipe is made of, and what if one part of it were another."""

    answers: Answers
    """The prediction itself, with interval, domain and the rules that are broken."""
    explanation: Explanation
    solvent: Explanation | None
    """Among recipes with a solvent, for one that has one."""
    curves: tuple[Curve, ...]

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, contributions in the target's unit; None where a value is missing or infinite."""
        whole = self.explanation
        values: dict[str, Any] = finite(
            {
                **self.answers.rows()[0],
                "target": whole.target.name,
                "base_value": float(whole.base_values[0]),
                "prediction": float(whole.predictions[0]),
                "contributions": whole.contributions.iloc[0].to_dict(),
                "solvent_among_wet": None
                if self.solvent is None
                else float(self.solvent.contributions["solvent"].iloc[0]),
                "what_if": {curve.column: curve.answers.to_dict("records") for curve in self.curves},
            }
        )
        return values


def explain_recipe(cells: dict[str, str], *, store: Path, folder: Path) -> RecipeExplained:
    """Explain the retention of a recipe given as text cells, and draw it into the folder."""
    explained = explained_recipe(predict_recipe(cells, store=store, level=DEFAULT_LEVEL))
    for name in LOCAL_FIGURES:  # those of another recipe
        for ending in ("png", "svg"):
            (folder / f"{explained.explanation.target.name}_{name}.{ending}").unlink(missing_ok=True)
    write_pictures(folder, local_figures(explained.explanation, explained.curves))
    return explained


def explained_recipe(answers: Answers) -> RecipeExplained:
    """Explain the retention of the first recipe that was answered.

    Args:
        answers: as `predict_recipe` returns them.

    Returns:
        Contributions, curves of content and solvent, and figures of the retention.

    >>> explained = explained_recipe(answers)  # of `predict_recipe`  # doctest: +SKIP
    >>> explained.explanation.contributions  # one column per component  # doctest: +SKIP
    """
    recipe, model = answers.recipes[0], answers.pair.retention.model
    is_wet = recipe.solvent is not None
    curves = [content_curve(model, recipe), *([solvent_curve(model, recipe)] if is_wet else [])]
    solvent = explain_solvent(model, model.frame([recipe])) if is_wet else None
    return RecipeExplained(answers, explain(model, [recipe]), solvent, tuple(curves))


def explain_file(path: Path, *, store: Path) -> str:
    """Return a CSV table of recipes as it was written, each with its prediction and the contribution of each part."""
    answers = predict_file(path, store=store, level=DEFAULT_LEVEL)
    target = answers.pair.retention.model.target
    explanation = explain_frame(answers.pair.retention.model, answers.pair.retention.model.frame(answers.recipes))
    steps = explanation.contributions.rename(columns=lambda name: f"{name.replace(' ', '_')}_{target.error_unit}")
    steps.insert(0, f"mean_{target.column}", explanation.base_values)
    parts = [answers.requested.reset_index(drop=True), answers.table[list(SHOWN)], steps]
    return csv_text(pd.concat(parts, axis=1), float_format="%.4g")
