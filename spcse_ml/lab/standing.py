"""What a new line may say beside the lines that stand: no membrane twice, and no prediction but one made for it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spcse_ml.errors import Fault
from spcse_ml.lab.membrane import LabMembrane

FORETOLD = (
    "sulfide", "method", "binder", "binder_wt_percent", "template", "template_wt_percent", "solvent",
)  # fmt: skip
"""In what a membrane must be the recipe of the prediction that it claims."""

WEIGHED_WITHIN = 0.1
"""Relative difference up to which a content is the one foretold: nobody weighs 2 wt% to the milligram."""

_OF_THE_LINE = {"id", "recorded_at", "supersedes", "prediction"}


def as_text(record: LabMembrane) -> dict[str, str]:
    """Return a record as the cells of its line."""
    return {name: _cell(value) for name, value in record.model_dump(mode="json").items()}


def faults_beside(
    added: Iterable[LabMembrane], standing: Sequence[LabMembrane], foretold: Mapping[str, Mapping[str, Any]]
) -> list[list[Fault]]:
    """Return for each new record what is wrong with it beside those that stand before it, new ones included.

    The recipes that were foretold are given by the name of their entry in the ledger.
    """
    before, found = [(one, _content(one)) for one in standing], list[list[Fault]]()
    for membrane in added:
        before = [pair for pair in before if not membrane.supersedes or pair[0].id != membrane.supersedes]
        content = _content(membrane)
        faults = [
            Fault(f"is the same as {one.id} in everything",
                  remedy=f"Name {one.id} under supersedes, or say how it differs (batch, made_on, note).")
            for one, other in before
            if other == content
        ]  # fmt: skip
        found.append(faults or _claim_faults(membrane, [one for one, _ in before], foretold))
        before.append((membrane, content))
    return found


def _claim_faults(
    membrane: LabMembrane, standing: Sequence[LabMembrane], foretold: Mapping[str, Mapping[str, Any]]
) -> list[Fault]:
    name, claims = membrane.prediction, {one.prediction: one.id for one in standing}
    if name is None:
        return []
    if name not in foretold:
        free = ", ".join(entry for entry in foretold if entry not in claims) or "none is free"
        return [Fault("is no entry of the ledger", column="prediction", given=name, allowed=free,
                      remedy="Leave it out, or name the entry that foretold this membrane.")]  # fmt: skip
    if name in claims:
        return [Fault(f"is claimed by {claims[name]} already", column="prediction", given=name,
                      remedy=f"Leave it out, or name {claims[name]} under supersedes to correct it.")]  # fmt: skip
    made = membrane.model_dump(mode="json")
    differing = [
        f"{column} {_shown(foretold[name].get(column))}, not {_shown(made[column])}"
        for column in FORETOLD
        if not _is_made_as(foretold[name].get(column), made[column])
    ]
    return [
        Fault(f"foretold another recipe ({'; '.join(differing)})", column="prediction", given=name,
              allowed=f"contents within {WEIGHED_WITHIN:.0%}, all else equal",
              remedy="Leave the prediction out; the recipe that it was made for is still to be made.")
    ] if differing else []  # fmt: skip


def _content(record: LabMembrane) -> tuple[str, ...]:
    return tuple(text for name, text in as_text(record).items() if name not in _OF_THE_LINE)


def _is_made_as(foretold: Any, made: Any) -> bool:
    if isinstance(foretold, float | int) and isinstance(made, float):
        return abs(made - foretold) <= WEIGHED_WITHIN * foretold * (1 + 1e-9)
    return bool(foretold == made)


def _shown(value: Any) -> str:
    return "blank" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
