"""What a prediction is made of, what matters and how sure that is, as lines to read in a terminal."""

from collections.abc import Mapping, Sequence

from spcse_ml.evaluation.metrics import Gain
from spcse_ml.explanation.importance import Alias, Ranked, Shift
from spcse_ml.explanation.review_statements import NOTHING, Finding, StatementRecord
from spcse_ml.explanation.shapley import WET_PLAYERS, Explanation, in_words
from spcse_ml.explanation.summary import ExplanationSummary


def summary_lines(summary: ExplanationSummary) -> list[str]:
    """Return all that is known of why a model predicts what it does; what the long look would add, if it is missing."""
    explanation, study = summary.explanation, summary.study
    unit = explanation.target.error_unit
    alone = f"  among wet recipes, the solvent alone {summary.solvent_among_wet:.1f} {unit}"
    if study is None or not study.papers:
        more = "how sure this is (ranks, chemistry, single papers) is told after `spcse-ml evaluate --thorough`"
        return [*importance_lines(explanation, ()), alone, more]
    return [
        *importance_lines(explanation, study.importance),
        alone,
        *added_lines(summary.added),
        *alias_lines(study.aliases, study.together, unit),
        *finding_lines(study.findings, study.statements),
        *shift_lines(summary.shifts, len(study.papers), unit),
    ]


def local_lines(explanation: Explanation, solvent: Explanation | None = None, row: int = 0) -> list[str]:
    """Return how one prediction is reached from the mean of all recipes, the largest step first."""
    target, values = explanation.target, explanation.contributions.iloc[row]
    held = in_words(explanation.recipes.iloc[row].to_dict())
    order = values.abs().sort_values(ascending=False).index
    lines = [
        f"{target.name}: {explanation.base_values[row]:.1f} {target.unit} on average over the rows, "
        f"{explanation.predictions[row]:.1f} {target.unit} for this recipe; steps in {target.error_unit}",
        *(f"  {player:<26}{values[player]:+7.1f}   {held[player]}" for player in order),
    ]
    if solvent is not None:
        words = in_words(solvent.recipes.iloc[row].to_dict(), WET_PLAYERS)["solvent"]
        alone = solvent.contributions["solvent"].iloc[row]
        lines.append(f"  among wet recipes, the solvent alone {alone:+.1f}   {words}")
    return lines


def importance_lines(explanation: Explanation, ranked: Sequence[Ranked]) -> list[str]:
    """Return the players by importance; with interval, ranks and ties where known."""
    known = {ranking.player: ranking for ranking in ranked}
    lines = [f"{explanation.target.name}: mean contribution to a prediction ({explanation.target.error_unit})"]
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
    """Return by how much papers unseen are predicted worse when another row lends a part, the largest first."""
    order = sorted(added.items(), key=lambda item: -item[1].mean)
    lines = (f"  {player:<26}{gain.mean:+5.1f} ({gain.low:+.1f} to {gain.high:+.1f})" for player, gain in order)
    return ["error added on held-out papers when other rows lend the part (permutation importance)", *lines]


def alias_lines(aliases: Sequence[Alias], together: Sequence[str], unit: str) -> list[str]:
    """Return which parts go together in the rows, so that what belongs to which cannot be told well."""
    lines = [
        f"knowing the {first} tells {alias.told:.0%} of the {second} beyond chance; importance of both together "
        f"{alias.joint_importance:.1f} {unit}"
        for alias in aliases
        for first, second in [alias.players]
    ]
    return ["go together in the rows, so that what belongs to which cannot be told well:",
            *(f"  {line}" for line in (*lines, *together))]  # fmt: skip


def finding_lines(findings: Sequence[Finding], statements: Sequence[StatementRecord]) -> list[str]:
    """Return the review's statements beside what a model without constraints on its signs is associated with."""
    lines = [
        "the review's statements beside a model whose signs are free (association, not cause)",
        *(
            f"  {finding.answer:<12}{finding.claim}: {finding.change:+.0f} points "
            f"({finding.low:+.0f} to {finding.high:+.0f}), sign held in {finding.share:.0%} of resamplings"
            for finding in findings
        ),
    ]
    for design in dict.fromkeys(statement.design for statement in statements):
        subset = [statement for statement in statements if statement.design == design]
        recovered = ", ".join(
            f"{statement.planted} {statement.right} of {statement.n}"
            for statement in subset
            if statement.planted != NOTHING
        )
        names = ("unfounded", "n_unfounded_possible", "wrong")
        absent, possible, wrong = (sum(getattr(statement, name) for statement in subset) for name in names)
        lines.append(
            f"  on made-up outcomes (design {design}): found when planted: {recovered}; the wrong way round {wrong}; "
            f"stated though absent {absent} of {possible}"
        )
    return lines


def shift_lines(shifts: Sequence[Shift], n_papers: int, unit: str) -> list[str]:
    """Return which conclusions hang on one paper, and by how much."""
    if not shifts:
        return [f"no single paper of {n_papers}, dropped, changes the top part, the best candidate or the verdict"]
    by = {shift: "" if shift.by != shift.by else f" (by {shift.by:+.1f} {unit})" for shift in shifts}
    return [f"without reference {shift.paper}: {shift.conclusion} {shift.after} in place of {shift.before}{by[shift]}"
            for shift in shifts]  # fmt: skip
