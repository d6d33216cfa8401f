"""Whether a recipe lies inside, on the edge of or outside what the training rows cover, naming the input.

Each name is judged, and what stands together: a sulfide family by its method, a binder and a solvent by theirs, a
template with a solvent or without, a content among membranes of its kind.
"""

import functools
import itertools
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.models.distance import to_nearest
from spcse_ml.models.distinct_rows import distinct, distinct_codes, plain_rows
from spcse_ml.models.features import NOT_THERE

INSIDE, EDGE, OUTSIDE = STATUSES = ("inside", "edge", "outside")

TRAINING, PUBLISHED = "training", "published"
"""Which membranes a recipe is compared with: all training membranes, or the published ones alone."""


@dataclass(frozen=True)
class DomainReason:
    """Why a recipe is on the edge of the applicability domain or outside; `reports.messages.domain` has the texts."""

    status: str
    """`EDGE` or `OUTSIDE`."""
    code: str
    column: str
    """The input that is at fault."""
    value: str | float | None = None
    """What the recipe has there."""
    known: tuple[str | float, ...] = ()
    """What training membranes have there: the least and the greatest value, or every one."""
    context: str = ""
    """What the value belongs to: the binder of a content, the class of a binder, the method of a solvent."""
    among: str = TRAINING
    """`TRAINING` or `PUBLISHED`."""
    target: str = ""
    """The target whose model alone has this reason; empty where it is that of the retention."""


Findings = tuple[np.ndarray, Sequence[DomainReason | None]]
"""For each recipe the number of a finding, and the findings; None is nothing to remark."""

STRANGENESS = {EDGE: 1 / 12, OUTSIDE: 1 / 6}
"""How much each finding adds to the difficulty of a recipe: a part that no row holds weighs as much as one that differs
from the nearest row in everything (one of the six parts of the distance), and half of that on the edge."""

FILLED_POLYMER_WT_PERCENT = 50.0
"""From so much polymer on a membrane is a polymer electrolyte filled with sulfide, another kind; a convention: the
greater part by weight gives the kind its name."""

IS_FILLED = "is_filled"
"""Column that tells that kind."""

ROUNDED = 0.005
"""A content may lie beyond those of the rows by so much of itself: it is typed as it is shown, to three digits."""

FEWEST_POLYMERS = 2
"""A family is known by a method from so many different binders or templates on; below, with those alone."""

LEAST_DIFFICULTY = 0.25
"""How difficult a recipe is that the rows hold as it stands; an interval is as wide as its recipe is difficult."""


@dataclass(frozen=True)
class Domain:
    """What the training rows cover, as encoded recipes (see `features.encode`)."""

    encoded: pd.DataFrame
    process: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Process columns that are learnt from, of one's own training rows."""
    published: "Domain | None" = None
    """What the published training rows cover, where reasons must name those alone."""

    def place(
        self, encoded: pd.DataFrame, process: pd.DataFrame | None = None, *, has_reasons: bool = True
    ) -> pd.DataFrame:
        """Return `domain`, `domain_reasons`, `distance` (0 to 1, to the nearest training row), `novelty`, `difficulty`.

        The novelty is the distance and what each finding adds; the difficulty starts at `LEAST_DIFFICULTY` without any.

        `process` holds the process columns of those recipes that are one's own, by the index of `encoded`. A check runs
        once for each kind of recipe that it can tell apart; millions are placed sooner without reasons, each of which
        is a tuple of `DomainReason`.
        """
        checked = encoded.assign(**{IS_FILLED: _is_filled(encoded)})
        by_check = [_of_each(checked, names, partial(self._finding, check)) for names, check in _CHECKS]
        if process is not None:
            by_check += [self._condition(process[name], encoded.index) for name in process]
        worst, strangeness = np.zeros(len(encoded), dtype=int), np.zeros(len(encoded))
        for numbers, findings in by_check:
            statuses = [finding.status if finding else INSIDE for finding in findings]
            worst = np.maximum(worst, np.array([STATUSES.index(status) for status in statuses], dtype=int)[numbers])
            strangeness += np.array([STRANGENESS.get(status, 0.0) for status in statuses])[numbers]
        nearest = to_nearest(encoded, self.encoded)
        return pd.DataFrame(
            {
                "domain": pd.Categorical.from_codes(worst, categories=pd.Index(STATUSES)),
                **({"domain_reasons": _reasons(by_check)} if has_reasons else {}),
                "distance": nearest,
                "novelty": nearest + strangeness,
                "difficulty": LEAST_DIFFICULTY + nearest + strangeness,
            },
            index=encoded.index,
        )

    def _finding(self, check: "Check", row: Mapping[Any, Any]) -> DomainReason | None:
        """Return the status that all rows give, with the reason that those give which may be named.

        Hiding rows changes no status: where the others alone would find nothing, the reason stands without values.
        """
        finding = check(self, row)
        if self.published is None or finding is None:
            return finding
        shown = check(self.published, row) or replace(finding, known=())
        return replace(shown, status=finding.status, among=PUBLISHED)

    def _condition(self, values: pd.Series, index: pd.Index) -> Findings:
        """Return what is found of a process column; recipes that are not one's own have none."""
        name = str(values.name)
        places, findings = _of_each(values.to_frame(), (name,), self._process_value)
        numbers = np.zeros(len(index), dtype=np.int64)
        numbers[index.get_indexer(values.index)] = 1 + places
        return numbers, [None, *findings]

    def _process_value(self, row: Mapping[Any, Any]) -> DomainReason | None:
        ((name, value),) = row.items()
        known = self.process[name].dropna()
        if value is None:
            return DomainReason(EDGE, "process-value-not-given", name, None)
        if known.min() <= value <= known.max():
            return None
        shown = () if self.published else _span(known)
        return DomainReason(OUTSIDE, "process-value-beyond-range", name, value, shown)

    @functools.cached_property
    def _seen(self) -> dict[str | tuple[str, ...], set[Any]]:
        """Return what the rows hold in each column that is a name, and in two columns together."""
        cells = {name: self.encoded[name].tolist() for name in {*_NAMES, *itertools.chain(*_PAIRS)}}
        return {
            **{name: set(cells[name]) for name in _NAMES},
            **{pair: set(zip(*(cells[name] for name in pair), strict=True)) for pair in _PAIRS},
        }

    def sulfide(self, row: Mapping[Any, Any]) -> DomainReason | None:
        """Return what is found of the sulfide."""
        name, family = row["sulfide"], row["sulfide_family"]
        if (name, family) in self._seen["sulfide", "sulfide_family"]:
            return None
        if family not in self._seen["sulfide_family"]:
            return DomainReason(OUTSIDE, "sulfide-family-not-in-training", "sulfide", name, context=family)
        code = "sulfide-of-another-family" if name in self._seen["sulfide"] else "sulfide-not-in-training"
        return DomainReason(EDGE, code, "sulfide", name, context=family)

    def family_by_method(self, row: Mapping[Any, Any]) -> DomainReason | None:
        """Return what is found of the family of the sulfide in its method, where rows hold both apart from each other.

        One paper that laminated LGPS with PEO tells little of LGPS with PTFE: below `FEWEST_POLYMERS` different
        polymers the family is known by the method with these alone.
        """
        family, method, polymer = row["sulfide_family"], row["method"], _polymer(row)
        is_of_known_kind = any(is_filled == row[IS_FILLED] for _, is_filled in self._polymers)
        if family not in self._seen["sulfide_family"] or method not in self._seen["method"] or not is_of_known_kind:
            return None  # other checks tell so
        by_method = self._polymers.get((family, row[IS_FILLED]), {})
        if not by_method:
            code = "sulfide-family-not-filled-in" if row[IS_FILLED] else "sulfide-family-only-filled-in"
            return DomainReason(EDGE, code, "sulfide", family)
        methods = sorted(by_method)
        if method not in methods:
            return DomainReason(EDGE, "sulfide-family-not-by-method", "sulfide", family, tuple(methods), context=method)
        polymers = by_method[method]
        if polymer in polymers or len(polymers) >= FEWEST_POLYMERS:
            return None
        code = "sulfide-family-by-method-with-others"
        return DomainReason(EDGE, code, "sulfide", family, tuple(sorted(polymers)), context=method)

    @functools.cached_property
    def _polymers(self) -> dict[tuple[str, bool], dict[str, set[str]]]:
        """Return the templates, or binders where there is none, of each family by method, for each kind of membrane."""
        names = ["sulfide_family", "method", "binder", "template", "has_template", IS_FILLED]
        known: dict[tuple[str, bool], dict[str, set[str]]] = {}
        rows = self.encoded.assign(**{IS_FILLED: _is_filled(self.encoded)})
        for row in plain_rows(rows, names, np.arange(len(rows))):
            by_method = known.setdefault((row["sulfide_family"], row[IS_FILLED]), {})
            by_method.setdefault(row["method"], set()).add(_polymer(row))
        return known

    def binder(self, row: Mapping[Any, Any]) -> DomainReason | None:
        """Return what is found of the binder in its method."""
        name, chemical_class = row["binder"], row["binder_class"]
        if name in self._seen["binder"]:
            return None if name == NOT_THERE else self._by_method("binder", row)
        if chemical_class in self._seen["binder_class"]:
            return DomainReason(EDGE, "binder-not-in-training", "binder", name, context=chemical_class)
        return DomainReason(OUTSIDE, "binder-class-not-in-training", "binder", name, context=chemical_class)

    def _by_method(
        self, thing: str, row: Mapping[Any, Any], names: Collection[str] | None = None
    ) -> DomainReason | None:
        """Return what is found of a binder or solvent of the rows: whether one of them has it by this method.

        The rows may have it under other names, those of its isomers.
        """
        names = names or {row[thing]}
        methods = sorted({method for name, method in self._seen[thing, "method"] if name in names})
        if row["method"] in methods:
            return None
        return DomainReason(EDGE, f"{thing}-not-by-method", thing, row[thing], tuple(methods), context=row["method"])

    def binder_content(self, row: Mapping[Any, Any]) -> DomainReason | None:
        """Return what is found of the content of the binder."""
        return self._content("binder", row)

    def template_content(self, row: Mapping[Any, Any]) -> DomainReason | None:
        """Return what is found of the content of the template."""
        return self._content("template", row)

    def _content(self, thing: str, row: Mapping[Any, Any]) -> DomainReason | None:
        content = f"{thing}_wt_percent"
        if row[thing] == NOT_THERE:
            return None
        if row[content] is None:
            return DomainReason(EDGE, "content-not-given", content, None, context=row[thing])
        return self._in_range(content, row[thing], row[content], is_filled=row[IS_FILLED])

    def _in_range(self, content: str, name: str, value: float, *, is_filled: bool) -> DomainReason | None:
        known = self._contents[content, is_filled]
        everyone, held = [amount for _, amount in known], sorted({amount for thing, amount in known if thing == name})
        is_within = everyone and min(everyone) <= value * (1 + ROUNDED) and value <= max(everyone) * (1 + ROUNDED)
        if not is_within:
            code = "content-of-filled-polymer" if is_filled else "content-beyond-range"
            return DomainReason(OUTSIDE, code, content, value, _span(everyone), context=name)
        if not held:  # an unlisted binder is no better known at a content than a listed one whose rows report none
            return DomainReason(EDGE, "content-not-reported", content, value, context=name)
        if any(value / 2 <= amount <= value * 2 for amount in held):
            return None
        return DomainReason(EDGE, "content-far-from-known", content, value, tuple(held), context=name)

    @functools.cached_property
    def _contents(self) -> dict[tuple[str, bool], list[tuple[str, float]]]:
        """Return the contents that the rows report, each with what it is the content of, by kind of membrane."""
        filled = _is_filled(self.encoded)
        contents: dict[tuple[str, bool], list[tuple[str, float]]] = {}
        for thing, is_filled in itertools.product(_THINGS, (False, True)):
            rows = self.encoded[filled == is_filled]
            pairs = zip(rows[thing], rows[f"{thing}_wt_percent"], strict=True)
            contents[f"{thing}_wt_percent", is_filled] = [pair for pair in pairs if not math.isnan(pair[1])]
        return contents

    def template(self, row: Mapping[Any, Any]) -> DomainReason | None:
        """Return what is found of the template, with a solvent or without."""
        name = row["template"]
        if name in self._seen["template"]:
            if name == NOT_THERE or (name, row["is_wet"]) in self._seen["template", "is_wet"]:
                return None
            return DomainReason(
                EDGE, f"template-not-{'with' if row['is_wet'] else 'without'}-solvent", "template", name
            )
        if row["has_template"] and not self.encoded["has_template"].any():
            return DomainReason(OUTSIDE, "no-template-in-training", "template", name)
        return DomainReason(EDGE, "template-not-in-training", "template", name)

    def solvent(self, row: Mapping[Any, Any]) -> DomainReason | None:
        """Return what is found of the method and its solvent."""
        if row["method"] not in self._seen["method"]:
            return DomainReason(OUTSIDE, "method-not-in-training", "method", row["method"])
        if not row["is_wet"]:
            return None
        if isomers := self._isomers.get((catalogue().isomers(row["solvent"]), row["donor_number_kcal_mol"])):
            return self._by_method("solvent", row, isomers)
        return self._unseen_solvent(row)

    @functools.cached_property
    def _isomers(self) -> dict[tuple[str, float], set[str]]:
        """Return the solvents of the rows that are isomers, or mixtures of these, of one donor number."""
        isomers: dict[tuple[str, float], set[str]] = {}
        for name, donor_number in self._seen["solvent", "donor_number_kcal_mol"]:
            isomers.setdefault((catalogue().isomers(name), donor_number), set()).add(name)
        return isomers

    def _unseen_solvent(self, row: Mapping[Any, Any]) -> DomainReason:
        name, donor_number = row["solvent"], row["donor_number_kcal_mol"]
        known = self.encoded["donor_number_kcal_mol"].dropna()
        if row["solvent_is_protic"]:
            return DomainReason(OUTSIDE, "solvent-protic", "solvent", name)
        if not len(known) or donor_number > known.max():
            code = "solvent-donor-number-beyond-range"
            return DomainReason(OUTSIDE, code, "solvent", donor_number, _span(known), context=name)
        if name in self._seen["solvent"]:  # a weaker donor than any in the rows is milder than they
            return DomainReason(EDGE, "solvent-of-another-donor-number", "solvent", donor_number, context=name)
        return DomainReason(EDGE, "solvent-not-in-training", "solvent", name)


_THINGS = ("binder", "template")
_PAIRS = (
    ("sulfide", "sulfide_family"),
    ("binder", "method"),
    ("solvent", "method"),
    ("solvent", "donor_number_kcal_mol"),
    ("template", "is_wet"),
)
"""What must be held together: a listed name with another figure than the catalogue's is another thing."""
_NAMES = ("sulfide", "sulfide_family", "binder", "binder_class", "template", "method", "solvent")

Check = Callable[[Domain, Mapping[Any, Any]], DomainReason | None]

_CHECKS: tuple[tuple[tuple[str, ...], Check], ...] = (
    (("sulfide", "sulfide_family"), Domain.sulfide),
    (("sulfide_family", "method", "binder", "template", "has_template", IS_FILLED), Domain.family_by_method),
    (("binder", "binder_class", "method"), Domain.binder),
    (("binder", "binder_wt_percent", IS_FILLED), Domain.binder_content),
    (("template", "template_wt_percent", IS_FILLED), Domain.template_content),
    (("template", "has_template", "is_wet"), Domain.template),
    (("method", "is_wet", "solvent", "solvent_is_protic", "donor_number_kcal_mol"), Domain.solvent),
)
"""What is checked, in the order of the reasons, and the columns that it depends on."""


def with_plasticizers(placed: pd.DataFrame, plasticizers: Sequence[str | None]) -> pd.DataFrame:
    """Return places with the recipes outside that hold a plasticizer or an ionic liquid: no training row tells of one.

    Args:
        placed: what `Domain.place` returns.
        plasticizers: of each recipe, None where it holds none; empty where none of the recipes does.

    Returns:
        The same columns.
    """
    if not any(plasticizers):
        return placed
    holds = np.array([name is not None for name in plasticizers])
    domain = pd.Categorical(np.where(holds, OUTSIDE, placed["domain"].astype(str)), categories=pd.Index(STATUSES))
    more = {name: placed[name] + STRANGENESS[OUTSIDE] * holds for name in ("novelty", "difficulty")}
    if "domain_reasons" in placed:
        reasons = (
            (*known, DomainReason(OUTSIDE, "plasticizer-not-in-training", "plasticizer", name)) if name else known
            for known, name in zip(placed["domain_reasons"], plasticizers, strict=True)
        )
        more["domain_reasons"] = pd.Series(list(reasons), index=placed.index, dtype=object)
    return placed.assign(domain=domain, **more)


def _of_each(
    frame: pd.DataFrame, names: tuple[str, ...], check: Callable[[Mapping[Any, Any]], DomainReason | None]
) -> Findings:
    numbers, first = distinct(frame, names)
    findings = [check(row) for row in plain_rows(frame, names, first)]
    return numbers, findings


def _reasons(by_check: list[Findings]) -> np.ndarray:
    """Return for each recipe the tuple of its reasons, made once for each combination of findings."""
    numbers, first = distinct_codes([places for places, _ in by_check])
    kinds = (tuple(reason for places, findings in by_check if (reason := findings[places[place]])) for place in first)
    return np.asarray(np.fromiter(kinds, dtype=object, count=len(first))[numbers])


def _polymer(row: Mapping[Any, Any]) -> str:
    """Return the template of a recipe, or its binder where it has none."""
    return str(row["template"] if row["has_template"] else row["binder"])


def _is_filled(encoded: pd.DataFrame) -> np.ndarray:
    """Return which recipes are polymer electrolytes filled with sulfide; an unknown content makes none."""
    return np.asarray(encoded["polymer_wt_percent"] >= FILLED_POLYMER_WT_PERCENT)


def _span(values: Collection[float]) -> tuple[float, ...]:
    return (float(min(values)), float(max(values))) if len(values) else ()
