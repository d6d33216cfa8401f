"""The next batch in words: each membrane with its reason, and what a reader of the batch must know."""

from collections.abc import Mapping, Sequence
from typing import Any

from spcse_ml.data.dataset import RECIPE_COLUMNS
from spcse_ml.data.validation import recipe_in_words
from spcse_ml.design.candidates import Remarks
from spcse_ml.design.minimum_content import LEAST
from spcse_ml.design.screen import BROKEN
from spcse_ml.design.suggest import ControlReason, ExploitReason, LearnReason, Reason, Suggestion
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.models.applicability import EDGE
from spcse_ml.reports.messages.design import NO_WAYS, Ways, donor_lines, minimum_text, unknown_text, with_way
from spcse_ml.reports.messages.domain import reasons_text
from spcse_ml.reports.messages.powders import powder_source_text
from spcse_ml.reports.messages.predictions import INTERVALS, retention_text, span

APART = "apart"
"""Why a batch is small: no more candidates are so far apart. One of the keys of `Ways`."""

_INTERCHANGEABLE = (
    "the sulfides of a proposal are interchangeable: retention is a ratio, and the space gives no powder conductivity; "
    "fill [sigma_p_ms_cm] of its TOML, and ties go to the better conductor"
)
_NO_CONTROL = (
    "no control: no published membrane of the space has at least the median retention, lies inside the applicability "
    "domain, reports its contents and has no data-quality note"
)

_BETWEEN = "it lies between the training rows"


def reason_text(suggestion: Suggestion) -> str:
    """Return why a membrane is proposed, and the least content of its kind where it holds less."""
    minimum = [minimum_text(suggestion.minimum)] if suggestion.minimum else []
    return "; ".join([_reason(suggestion.reason), *minimum])


def _reason(reason: Reason) -> str:
    match reason:
        case ExploitReason(number=1):
            return f"highest expected retention: {reason.gain:.3g} %{_probability(reason)}"
        case ExploitReason():
            return f"adds most to the expected best of the batch: {reason.gain:.2g} points{_probability(reason)}"
        case LearnReason():
            where = "at the edge of" if reason.domain == EDGE else reason.domain
            return (
                f"reduces the uncertainty about the promising candidates by {100 * reason.share:.0f} %, more than any "
                f"other {where} the applicability domain: {reasons_text(reason.domain_reasons) or _BETWEEN}"
            )
        case ControlReason():
            return (
                f"repeats [{reason.reference}]: measured retention {reason.observed:.3g} %, predicted "
                f"{reason.predicted:.3g} % with that paper held out; if yours differs, suspect procedure or powder, "
                "not the model"
            )


def _probability(reason: ExploitReason) -> str:
    if reason.best is None or reason.probability is None:
        return ""
    return f", with a probability of {100 * reason.probability:.0f} % to exceed your best, {reason.best:.3g} %"


def membrane_lines(number: int, membrane: Mapping[str, Any]) -> list[str]:
    """Return a membrane to make, as `Batch.plain` has it, in three lines: recipe, expectation, reason."""
    recipe = recipe_in_words({**dict.fromkeys(RECIPE_COLUMNS), **membrane["recipe"]})
    expectation = "; ".join(proposal_text(membrane["answer"], membrane["recipe"]["sulfide"]))
    return [f"{number} {membrane['kind']:8} {recipe}", expectation, membrane["reason"]]


def proposal_text(answer: Mapping[str, Any], sulfide: str) -> list[str]:
    """Return the expectation of a membrane to make: retention, and conductivity and resistance where they are known."""
    parts = [f"retention {retention_text(answer)} %, {answer['domain']}"]
    if answer["sigma_m_ms_cm"] is not None:
        parts.append(f"σm {span(answer, 'sigma_m{}_ms_cm')} mS/cm")
    if answer["areal_resistance_ohm_cm2"] is not None:
        parts.append(f"areal resistance {span(answer, 'areal_resistance{}_ohm_cm2')} Ω cm²")
    powder = powder_source_text(answer["sigma_p_source"]) or unknown_text(answer["no_conductivity"], sulfide)
    return [*parts, *([f"powder: {powder}"] if powder else [])]


def batch_lines(membranes: Sequence[Mapping[str, Any]], pair: ModelPair, *, level: float) -> list[str]:
    """Return a batch: each membrane with expectation and reason, then the models that answered."""
    lines = []
    for number, membrane in enumerate(membranes, start=1):
        title, *rest = membrane_lines(number, membrane)
        lines += [title, *(f"           {line}" for line in rest)]
    return [*lines, answered_by(pair, level=level)]


def answered_by(pair: ModelPair, *, level: float) -> str:
    """Return which models answer for a batch, and at which level."""
    return f"answered by {pair.name}; model {pair.retention.verdict.value}; {INTERVALS.format(100 * level)}"


def remark_lines(remarks: Remarks, ways: Ways = NO_WAYS) -> list[str]:
    """Return what a reader of a batch must know, a line each, with the way to change it where the surface has one."""
    return [*_hidden_lines(remarks, ways), *([] if remarks.knows_conductivity else [_INTERCHANGEABLE]),
            *_lacking_lines(remarks, ways)]  # fmt: skip


def _hidden_lines(remarks: Remarks, ways: Ways) -> list[str]:
    hidden, lines = remarks.hidden, []
    if hidden.n_breaking:
        counts = ", ".join(f"{rule} {n:,}" for rule, n in hidden.by_rule.items())
        breaking = f"hidden: {hidden.n_breaking:,} of {hidden.n_near:,} candidates break a rule ({counts})"
        lines += [with_way(breaking, ways, BROKEN), *donor_lines(hidden.donors)]
    if hidden.n_thin:
        thin = f"hidden: {hidden.n_thin:,} of the other {hidden.n_free:,} hold less than half the binder"
        lines.append(with_way(f"{thin} of any membrane of their kind", ways, LEAST))
    return lines


def _lacking_lines(remarks: Remarks, ways: Ways) -> list[str]:
    lines = []
    if remarks.n_new < remarks.n_new_planned:
        beside = " and from the control" if remarks.has_control else ""
        few = f"only {remarks.n_new} of {remarks.n_new_planned} new recipes: no others inside or at the edge of the"
        apart = f"applicability domain lie {remarks.apart:g} apart from one another{beside}"
        lines.append(with_way(f"{few} {apart}", ways, APART))
    return [*lines, *([_NO_CONTROL] if remarks.plans_control and not remarks.has_control else [])]
