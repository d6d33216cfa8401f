"""Whether a recipe lies inside, on the edge of or outside what the training rows cover, naming the input."""

import functools
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.models.distance import to_nearest
from spcse_ml.models.distinct_rows import distinct, distinct_codes, plain_rows
from spcse_ml.models.features import NOT_THERE

INSIDE, EDGE, OUTSIDE = STATUSES = ("inside", "edge", "outside")

Finding = tuple[str, str]
"""What is found of one input: a status and the reason for it."""

Findings = tuple[np.ndarray, list[Finding]]
"""For each recipe the number of a finding, and the findings."""

NOTHING: Finding = (INSIDE, "")

STRANGENESS = {EDGE: 1 / 12, OUTSIDE: 1 / 6}
"""How much each finding adds to the difficulty of a recipe: a part that no row holds weighs as much as one that differs
from the nearest row in everything (one of the six parts of the distance), and half of that on the edge."""

LEAST_DIFFICULTY = 0.25
"""How difficult a recipe is that the rows hold as it stands; an interval is as wide as its recipe is difficult."""


@dataclass(frozen=True)
class Domain:
    """What the training rows cover, as encoded recipes (see `features.encode`)."""

    encoded: pd.DataFrame
    process: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Process columns that are learnt from, of one's own training rows."""
    published: "Domain | None" = None
    """What the published training rows cover, where reasons are to tell of those alone."""
    kind: str = "learnt"
    """What reasons call a row."""

    def place(
        self, encoded: pd.DataFrame, process: pd.DataFrame | None = None, *, has_reasons: bool = True
    ) -> pd.DataFrame:
        """Return `domain`, `domain_reason`, `distance` (0 to 1, to the nearest training row) and `difficulty`.

        `process` holds the process columns of those recipes that are one's own, by the index of `encoded`. What a check
        says is asked once for each kind of recipe that it can tell apart; millions are placed sooner without reasons.
        """
        by_check = [_of_each(encoded, names, partial(self._finding, check)) for names, check in _CHECKS]
        if process is not None:
            by_check += [self._condition(process[name], encoded.index) for name in process]
        worst, strangeness = np.zeros(len(encoded), dtype=int), np.zeros(len(encoded))
        for numbers, findings in by_check:
            worst = np.maximum(worst, np.array([STATUSES.index(status) for status, _ in findings], dtype=int)[numbers])
            strangeness += np.array([STRANGENESS.get(status, 0.0) for status, _ in findings])[numbers]
        nearest = to_nearest(encoded, self.encoded)
        return pd.DataFrame(
            {
                "domain": pd.Categorical.from_codes(worst, categories=pd.Index(STATUSES)),
                **({"domain_reason": _reasons(by_check)} if has_reasons else {}),
                "distance": nearest,
                "difficulty": LEAST_DIFFICULTY + nearest + strangeness,
            },
            index=encoded.index,
        )

    def _finding(self, check: "Check", row: Mapping[Any, Any]) -> Finding:
        """Return the status that all rows give, with the reason that those give which may be told of.

        What fewer rows cover more rows cover too, so there is a reason for every status but inside.
        """
        status, reason = check(self, row)
        if self.published is None or status == INSIDE:
            return status, reason
        return status, check(self.published, row)[1]

    def _condition(self, values: pd.Series, index: pd.Index) -> Findings:
        """Return what is found of a process column; recipes that are not one's own have none."""
        name = str(values.name)
        places, findings = _of_each(values.to_frame(), (name,), self._process_value)
        numbers = np.zeros(len(index), dtype=np.int64)
        numbers[index.get_indexer(values.index)] = 1 + places
        return numbers, [NOTHING, *findings]

    def _process_value(self, row: Mapping[Any, Any]) -> Finding:
        ((name, value),) = row.items()
        known = self.process[name].dropna()
        if value is None:
            return EDGE, f"{name}: not given; your rows tell it"
        if not known.min() <= value <= known.max():
            held = f"your rows hold {_span(known)}" if self.published is None else "beyond what was learnt from"
            return OUTSIDE, f"{name}: {value:g}; {held}"
        return NOTHING

    @functools.cached_property
    def _seen(self) -> dict[str | tuple[str, str], set[Any]]:
        """Return what the rows hold in each column that is a name, and in two columns together."""
        columns: list[str | tuple[str, str]] = [*_NAMES, *_PAIRS]
        return {
            name: set(self.encoded[name])
            if isinstance(name, str)
            else set(self.encoded[list(name)].itertuples(index=False, name=None))
            for name in columns
        }

    def sulfide(self, row: Mapping[Any, Any]) -> Finding:
        """Return what is found of the sulfide."""
        family = row["sulfide_family"]
        if (row["sulfide"], family) in self._seen["sulfide", "sulfide_family"]:
            return NOTHING
        if family in self._seen["sulfide_family"]:
            qualifier = f" of the family {family}" if row["sulfide"] in self._seen["sulfide"] else ""
            return (
                EDGE,
                f"sulfide: no {self.kind} row holds {row['sulfide']}{qualifier}, only others of the family {family}",
            )
        return OUTSIDE, f"sulfide: no {self.kind} row holds one of the family {row['sulfide_family']}"

    def binder(self, row: Mapping[Any, Any]) -> Finding:
        """Return what is found of the binder in its method."""
        if row["binder"] in self._seen["binder"]:
            return NOTHING if row["binder"] == NOT_THERE else self._by_method("binder", row)
        if row["binder_class"] in self._seen["binder_class"]:
            return (
                EDGE,
                f"binder: no {self.kind} row holds {row['binder']}, only others of the class {row['binder_class']}",
            )
        return (
            OUTSIDE,
            f"binder: no {self.kind} row holds {row['binder']} or another of the class {row['binder_class']}",
        )

    def _by_method(self, thing: str, row: Mapping[Any, Any]) -> Finding:
        """Return what is found of a binder or solvent that rows hold: whether one of them does by this method."""
        methods = sorted({method for name, method in self._seen[thing, "method"] if name == row[thing]})
        if row["method"] in methods:
            return NOTHING
        return (
            EDGE,
            f"{thing}: no {self.kind} row holds {row[thing]} by {row['method']}, only by {' and '.join(methods)}",
        )

    def content(self, row: Mapping[Any, Any]) -> Finding:
        """Return what is found of the content of a binder or template."""
        thing, content = row
        if row[thing] == NOT_THERE:
            return NOTHING
        if row[content] is None:
            return EDGE, f"{content}: not given"
        return self._in_range(content, row[thing], row[content])

    def _in_range(self, content: str, name: str, value: float) -> Finding:
        known = [(thing, amount) for thing, amount in self._contents[content] if not math.isnan(amount)]
        everyone, held = [amount for _, amount in known], sorted({amount for thing, amount in known if thing == name})
        if not everyone or not min(everyone) <= value <= max(everyone):
            return OUTSIDE, f"{content}: {value:g} wt%; rows hold {_span(everyone)}"
        if not held:  # an unlisted binder is no better known at a content than a listed one whose rows tell none
            return EDGE, f"{content}: {value:g} wt%; no {self.kind} row with {name} tells one"
        if not any(value / 2 <= amount <= value * 2 for amount in held):
            return (
                EDGE,
                f"{content}: {value:g} wt%; rows with {name} hold {', '.join(f'{amount:.3g}' for amount in held)}",
            )
        return NOTHING

    @functools.cached_property
    def _contents(self) -> dict[str, list[tuple[str, float]]]:
        """Return the contents that the rows hold, each with what it is the content of; nan where a row tells none."""
        contents = {f"{thing}_wt_percent": thing for thing in _THINGS}
        return {
            name: list(zip(self.encoded[thing], self.encoded[name], strict=True)) for name, thing in contents.items()
        }

    def template(self, row: Mapping[Any, Any]) -> Finding:
        """Return what is found of the template."""
        if row["template"] in self._seen["template"]:
            return NOTHING
        if row["has_template"] and not self.encoded["has_template"].any():
            return OUTSIDE, f"template: no {self.kind} row has one"
        return EDGE, f"template: no {self.kind} row holds {row['template']}"

    def solvent(self, row: Mapping[Any, Any]) -> Finding:
        """Return what is found of the method and its solvent."""
        if row["method"] not in self._seen["method"]:
            return OUTSIDE, f"method: no {self.kind} row was made by {row['method']}"
        if not row["is_wet"]:
            return NOTHING
        if (row["solvent"], row["donor_number_kcal_mol"]) in self._seen["solvent", "donor_number_kcal_mol"]:
            return self._by_method("solvent", row)
        if row["solvent_is_protic"]:
            return OUTSIDE, f"solvent: {row['solvent']} dissolves or decomposes sulfides; no {self.kind} row holds it"
        known, value = self.encoded["donor_number_kcal_mol"].dropna(), row["donor_number_kcal_mol"]
        if len(known) and value <= known.max():  # a weaker donor than any in the rows is milder than they
            qualifier = f" with donor number {value:g}" if row["solvent"] in self._seen["solvent"] else ""
            return EDGE, f"solvent: no {self.kind} row holds {row['solvent']}{qualifier}"
        return OUTSIDE, f"solvent: donor number {value:g} kcal/mol; rows hold {_span(known)}"


_THINGS = ("binder", "template")
_PAIRS = (
    ("sulfide", "sulfide_family"),
    ("binder", "method"),
    ("solvent", "method"),
    ("solvent", "donor_number_kcal_mol"),
)
"""What must be held together: a listed name with another figure than the catalogue's is another thing."""
_NAMES = ("sulfide", "sulfide_family", "binder", "binder_class", "template", "method", "solvent")

Check = Callable[[Domain, Mapping[Any, Any]], Finding]

_CHECKS: tuple[tuple[tuple[str, ...], Check], ...] = (
    (("sulfide", "sulfide_family"), Domain.sulfide),
    (("binder", "binder_class", "method"), Domain.binder),
    (("binder", "binder_wt_percent"), Domain.content),
    (("template", "template_wt_percent"), Domain.content),
    (("template", "has_template"), Domain.template),
    (("method", "is_wet", "solvent", "solvent_is_protic", "donor_number_kcal_mol"), Domain.solvent),
)
"""What is looked at, in the order in which it is told, and the columns that it hangs on."""


def _of_each(frame: pd.DataFrame, names: tuple[str, ...], check: Callable[[Mapping[Any, Any]], Finding]) -> Findings:
    numbers, first = distinct(frame, names)
    findings = [check(row) for row in plain_rows(frame, names, first)]
    return numbers, findings


def _reasons(by_check: list[Findings]) -> np.ndarray:
    numbers, first = distinct_codes([places for places, _ in by_check])
    columns = [
        np.array([reason for _, reason in findings], dtype=object)[places[first]] for places, findings in by_check
    ]
    reasons = ["; ".join(filter(None, texts)) for texts in zip(*columns, strict=True)]
    return np.asarray(np.array(reasons, dtype=object)[numbers])


def _span(values: Collection[float]) -> str:
    if len(values) == 0:
        return "none"
    least, most = min(values), max(values)
    return f"{least:.3g}" if least == most else f"{least:.3g} to {most:.3g}"
