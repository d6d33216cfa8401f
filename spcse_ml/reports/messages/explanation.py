"""Contributions to a prediction and feature importance, as lines to read in a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from spcse_ml.data.dataset import OWN, OWN_BATCH
from spcse_ml.evaluation.metrics import Gain
from spcse_ml.evaluation.robustness import NOTHING, Alias, Coincidence, Finding, Ranked, Shift, StatementRecord
from spcse_ml.explanation.shapley import WET_PLAYERS, Explanation, Players, players_of
from spcse_ml.explanation.summary import ExplanationSummary
from spcse_ml.explanation.term_effects import TermEffect, TermEffects
from spcse_ml.models.former_estimators import FORMER
from spcse_ml.models.specification import WITH_PROCESS
from spcse_ml.schema import PROCESS_COLUMNS

ASSOCIATIONS = "Contributions describe the model, not the material: associations, never causes."
USES = (
    "what the model uses: factor on the prediction, every other term at its mean; in brackets the 90% interval over "
    "papers drawn anew, estimator and penalty kept: the spread of this penalised fit, which pulls factors towards 1, "
    "and no interval of the true effect{}"
)
_ONLY_COSTS = "; no term of this estimator can raise the retention, so no factor exceeds 1"
_WITHOUT_TERM = {
    "content_line": "without a term, and so without an effect: everything but the polymer content",
    "constrained_ridge": "without a term, so that what it does goes to these terms or is lost: the method; a binder or "
    "sulfide beyond these terms and its density; a protic solvent; a lithium salt. Not seen in so few rows is not the "
    "same as absent. "
    "A part of a recipe acts through these terms alone: a template mostly by the polymer that it brings, a method by "
    "its solvent",
}
_TERMS = {
    "polymer_volume": "polymer volume", "polymer_wt_percent": "polymer content", "is_wet": "a solvent",
    "solvent_attack": "donor number per molar volume of the solvent", "is_lgps": "an LGPS sulfide",
    "solvent_polarity": "Kirkwood function of the solvent", "has_template": "a template",
    "binder_is_polar_film": "a polar film as binder", "solvent_is_protic": "a protic solvent",
}  # fmt: skip
NOT_APPLICABLE, NOT_REPORTED = "not applicable", "not reported"
_CLAIMS = {
    "more binder": "more insulating binder lowers the retention (section 3.1)",
    "a stronger donor": "a solvent with a donor number above 14 decomposes the sulfide (section 3.1)",
    "fibres or particles": "a fibrous or particulate binder blocks less than a film (sections 3.1, 3.2)",
    "a template": "an insulating skeleton, with the polymer it brings, costs conductivity (section 4)",
    "a lithium salt": "a lithium salt in the binder helps (section 3.1)",
}
"""The statements of the review, in our words, by direction."""
_IMPLIED = ("sulfide_family", "binder_class", "lithium_salt", "donor_number_kcal_mol")
"""Columns that go with a name."""


def summary_lines(summary: ExplanationSummary) -> list[str]:
    """Return the feature importance of a model and how certain it is, as far as the robustness study was run."""
    explanation, study = summary.explanation, summary.study
    unit = explanation.target.error_unit
    alone = f"  among wet recipes, the solvent alone {summary.solvent_among_wet:.1f} {unit}"
    if study is None or study.error_added is None:
        more = "ranks, statements of the review and single papers: no robustness study is shipped for this model"
        return [*effect_lines(summary.effects), *importance_lines(explanation, ()), alone, more]
    return [
        *effect_lines(summary.effects),
        *importance_lines(explanation, study.importance),
        alone,
        *added_lines(study.error_added),
        *alias_lines(study.aliases, study.together, unit),
        *finding_lines(study.findings, study.statements),
        *shift_lines(study.shifts, study.n_left_out, unit),
    ]


def effect_lines(effects: TermEffects | None) -> list[str]:
    """Return what a model uses, term by term, and what it does not; nothing of a model without terms."""
    if effects is None:
        return []
    estimator = effects.estimator.removesuffix(WITH_PROCESS).removesuffix(FORMER)
    lines = [_effect_line(effect) for effect in effects.effects]
    missing = [f"  {_WITHOUT_TERM[estimator]}"] if estimator in _WITHOUT_TERM else []
    return [USES.format(_ONLY_COSTS if estimator == "constrained_ridge" else ""), *lines, *missing]


def _effect_line(effect: TermEffect) -> str:
    ends = f"{effect.factor:.2f} ({effect.low:.2f} to {effect.high:.2f})"
    name = _TERMS[effect.name]
    if not effect.is_used:
        return f"  {name}: {ends}; weight 0 here, and not 0 in {effect.share_used:.0%} of the draws"
    span = f"{effect.start:.2g} to {effect.end:.2g} {effect.unit}" if effect.unit else "with it, over without"
    paper = "one of your own batches" if effect.heaviest.startswith(f"{OWN}:") else f"[{effect.heaviest}]"
    return f"  {name}, {span.removesuffix(' -')}: {ends}; without {paper} {effect.without_heaviest:.2f}"


def local_lines(explanation: Explanation, solvent: Explanation | None = None, row: int = 0) -> list[str]:
    """Return how one prediction is reached from the mean of all recipes, the largest step first."""
    target, values = explanation.target, explanation.contributions.iloc[row]
    held = parts_text(explanation.recipes.iloc[row].to_dict())
    order = values.abs().sort_values(ascending=False).index
    lines = [
        f"{target.name}: {explanation.base_values[row]:.1f} {target.unit} on average over the training membranes, "
        f"{explanation.predictions[row]:.1f} {target.unit} for this recipe; contributions in {target.error_unit}",
        *(f"  {player:<26}{values[player]:+7.1f}   {held[player]}" for player in order),
    ]
    if solvent is not None:
        words = parts_text(solvent.recipes.iloc[row].to_dict(), WET_PLAYERS)["solvent"]
        alone = solvent.contributions["solvent"].iloc[row]
        lines.append(f"  among wet recipes, the solvent alone {alone:+.1f}   {words}")
    return lines


def importance_lines(explanation: Explanation, ranked: Sequence[Ranked]) -> list[str]:
    """Return the players by feature importance; with interval, ranks and ties where known."""
    known = {ranking.player: ranking for ranking in ranked}
    lines = [
        f"{explanation.target.name}: feature importance, mean absolute Shapley value ({explanation.target.error_unit})"
    ]
    for player, value in explanation.importance.items():
        line = f"  {player!s:<26}{value:5.1f}"
        if ranking := known.get(str(player)):
            tied = ", ".join(ranking.tied_with) or "none"
            line += (
                f" ({ranking.low:.1f} to {ranking.high:.1f}), rank {ranking.rank_low} to {ranking.rank_high}, "
                f"tied with {tied}"
            )
        lines.append(line)
    return lines


def added_lines(added: Mapping[str, Gain]) -> list[str]:
    """Return the permutation importance on held-out papers, the largest first."""
    order = sorted(added.items(), key=lambda item: -item[1].mean)
    lines = (f"  {player:<26}{gain.mean:+5.1f} ({gain.low:+.1f} to {gain.high:+.1f})" for player, gain in order)
    return ["permutation importance: error added on held-out papers", *lines]


def alias_lines(aliases: Sequence[Alias], together: Sequence[Coincidence], unit: str) -> list[str]:
    """Return which components are confounded in the training membranes."""
    lines = [
        f"the {first} determines {alias.information:.0%} of the {second} beyond chance; joint importance "
        f"{alias.joint_importance:.1f} {unit}"
        for alias in aliases
        for first, second in [alias.players]
    ]
    return ["confounded components, whose contributions cannot be separated well:",
            *(f"  {line}" for line in (*lines, *map(coincidence_text, together)))]  # fmt: skip


def coincidence_text(pair: Coincidence) -> str:
    """Return which properties of recipes coincide in how many rows.

    >>> coincidence_text(Coincidence("PTFE", "a dry process", 6, 8, 11))
    'PTFE and a dry process: 6 rows hold both, 8 and 11 hold either one'
    """
    return (
        f"{pair.first} and {pair.second}: {pair.n_both} rows hold both, {pair.n_first} and {pair.n_second} hold "
        "either one"
    )


def finding_lines(findings: Sequence[Finding], statements: Sequence[StatementRecord]) -> list[str]:
    """Return the statements of the review compared with a model without sign constraints."""
    lines = [
        "statements of the review compared with an unconstrained model (association, not cause)",
        *(
            f"  {finding.answer:<12}{_CLAIMS[finding.name]}: {finding.change:+.0f} points "
            f"({finding.low:+.0f} to {finding.high:+.0f}), sign held in {finding.share:.0%} of resamplings"
            for finding in findings
        ),
    ]
    for design in dict.fromkeys(statement.design for statement in statements):
        subset = [statement for statement in statements if statement.design == design]
        recovered = ", ".join(
            f"{statement.simulated} {statement.right} of {statement.n}"
            for statement in subset
            if statement.simulated != NOTHING
        )
        names = ("unfounded", "n_unfounded_possible", "wrong")
        absent, possible, wrong = (sum(getattr(statement, name) for statement in subset) for name in names)
        lines.append(
            f"  on simulated outcomes (design {design}): recovered: {recovered}; with the wrong sign {wrong}; "
            f"stated though absent {absent} of {possible}"
        )
    return lines


def shift_lines(shifts: Sequence[Shift], n_papers: int, unit: str) -> list[str]:
    """Return which conclusions depend on a single paper, and by how much."""
    if not shifts:
        return [f"leaving out any single paper of {n_papers} changes neither top component, best candidate nor verdict"]
    by = {shift: "" if shift.by is None else f" (by {shift.by:+.1f} {unit})" for shift in shifts}
    return [
        f"without reference {shift.paper}: {shift.conclusion} {shift.after} in place of {shift.before}{by[shift]}"
        for shift in shifts
    ]


def parts_text(recipe: Mapping[Any, Any], players: Players | None = None) -> dict[str, str]:
    """Return the part of a recipe that is each player.

    >>> from spcse_ml.data.dataset import frame_of
    >>> from spcse_ml.schema import Formulation
    >>> parts_text(frame_of([Formulation(sulfide="LGPS", method="dry", binder="PEO")]).iloc[0])["binder content"]
    'not reported'
    """
    parts_by_player = {
        player: [_part(recipe, column) for column in columns if column not in _IMPLIED]
        for player, columns in (players or players_of(recipe)).items()
    }
    return {
        player: ", ".join(part for part in parts if part != NOT_APPLICABLE or len(parts) == 1) or NOT_REPORTED
        for player, parts in parts_by_player.items()
    }


def _part(recipe: Mapping[Any, Any], column: str) -> str:
    value = recipe[column]
    if column == OWN_BATCH:
        return "published" if value is None else "your own"
    if column in PROCESS_COLUMNS:
        return NOT_APPLICABLE if pd.isna(value) else f"{column} {value:g}"
    if not column.endswith("_wt_percent"):
        return str(value) if value is not None else f"no {column}"
    if recipe[column.removesuffix("_wt_percent")] is None:
        return NOT_APPLICABLE
    return NOT_REPORTED if pd.isna(value) else f"{value:.3g} wt%"
