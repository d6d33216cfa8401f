"""Whether a recipe lies inside, on the edge of or outside what the training rows cover, naming the input."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.learning.distance import distances
from spcse_ml.learning.features import NOT_THERE, Cells, kinds, plain_cells

INSIDE, EDGE, OUTSIDE = "inside", "edge", "outside"
_ORDER = (INSIDE, EDGE, OUTSIDE)

Finding = tuple[str, str]
"""What is found of one input: a status and the reason for it."""

Found = tuple[np.ndarray, list[Finding]]
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

    def judge(self, encoded: pd.DataFrame, process: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return `domain`, `domain_reason`, `distance` (0 to 1, to the nearest training row) and `difficulty`.

        `process` holds the process columns of those recipes that are one's own, by the index of `encoded`. What a check
        says is asked once for each kind of recipe that it can tell apart.
        """
        cells = plain_cells(encoded, {name for names, _ in _CHECKS for name in names})
        found = [_of_each(cells, names, partial(check, self)) for names, check in _CHECKS]
        if process is not None:
            found += [self._condition(process[name], encoded.index) for name in process]
        worst, strangeness = np.zeros(len(encoded), dtype=int), np.zeros(len(encoded))
        for numbers, findings in found:
            worst = np.maximum(worst, np.array([_ORDER.index(status) for status, _ in findings], dtype=int)[numbers])
            strangeness += np.array([STRANGENESS.get(status, 0.0) for status, _ in findings])[numbers]
        nearest = distances(encoded, self.encoded).min(axis=1)
        return pd.DataFrame(
            {
                "domain": np.array(_ORDER, dtype=object)[worst],
                "domain_reason": _reasons(found),
                "distance": nearest,
                "difficulty": LEAST_DIFFICULTY + nearest + strangeness,
            },
            index=encoded.index,
        )

    def _condition(self, values: pd.Series, asked: pd.Index) -> Found:
        """Return what is found of a process column; recipes that are not one's own have none."""
        name = str(values.name)
        places, findings = _of_each(plain_cells(values.to_frame(), [name]), (name,), self._process_value)
        numbers = np.zeros(len(asked), dtype=np.int64)
        numbers[asked.get_indexer(values.index)] = 1 + places
        return numbers, [NOTHING, *findings]

    def _process_value(self, row: Mapping[Any, Any]) -> Finding:
        ((name, value),) = row.items()
        known = self.process[name].dropna()
        if value is None:
            return EDGE, f"{name}: not given; your rows tell it"
        if not known.min() <= value <= known.max():
            return OUTSIDE, f"{name}: {value:g}; your rows hold {_span(known)}"
        return NOTHING

    @functools.cached_property
    def _seen(self) -> dict[str, set[Any]]:
        """Return what the rows hold in each column that is a name."""
        return {name: set(self.encoded[name]) for name in _NAMES}

    def sulfide(self, row: Mapping[Any, Any]) -> Finding:
        """Return what is found of the sulfide."""
        if row["sulfide"] in self._seen["sulfide"]:
            return NOTHING
        if row["sulfide_family"] in self._seen["sulfide_family"]:
            return EDGE, f"sulfide: no row holds {row['sulfide']}, only others of the family {row['sulfide_family']}"
        return OUTSIDE, f"sulfide: no row holds one of the family {row['sulfide_family']}"

    def binder(self, row: Mapping[Any, Any]) -> Finding:
        """Return what is found of the binder in its method."""
        if row["binder"] in self._seen["binder"]:
            methods = sorted(set(self.encoded.loc[self.encoded["binder"] == row["binder"], "method"]))
            if row["binder"] == NOT_THERE or row["method"] in methods:
                return NOTHING
            return EDGE, f"binder: no row holds {row['binder']} by {row['method']}, only by {' and '.join(methods)}"
        if row["binder_class"] in self._seen["binder_class"]:
            return EDGE, f"binder: no row holds {row['binder']}, only others of the class {row['binder_class']}"
        return OUTSIDE, f"binder: no row holds {row['binder']} or another of the class {row['binder_class']}"

    def content(self, row: Mapping[Any, Any]) -> Finding:
        """Return what is found of the content of a binder or template."""
        thing, content = row
        if row[thing] == NOT_THERE:
            return NOTHING
        if row[content] is None:
            return EDGE, f"{content}: not given"
        return _range_finding(content, row[thing], row[content], self._contents[content])

    @functools.cached_property
    def _contents(self) -> dict[str, pd.Series]:
        """Return the contents that the rows hold, by what they are the content of; blank where a row tells none."""
        return {f"{thing}_wt_percent": self.encoded.set_index(thing)[f"{thing}_wt_percent"] for thing in _THINGS}

    def template(self, row: Mapping[Any, Any]) -> Finding:
        """Return what is found of the template."""
        if row["template"] in self._seen["template"]:
            return NOTHING
        if row["has_template"] and not self.encoded["has_template"].any():
            return OUTSIDE, "template: no row has one"
        return EDGE, f"template: no row holds {row['template']}"

    def solvent(self, row: Mapping[Any, Any]) -> Finding:
        """Return what is found of the method and its solvent."""
        if row["method"] not in self._seen["method"]:
            return OUTSIDE, f"method: no row was made by {row['method']}"
        if not row["is_wet"]:
            return NOTHING
        known = self.encoded["donor_number_kcal_mol"].dropna()
        value = row["donor_number_kcal_mol"]
        if row["solvent"] in self._seen["solvent"]:
            return NOTHING
        if row["solvent_is_protic"]:
            return OUTSIDE, f"solvent: {row['solvent']} dissolves or decomposes sulfides; no row holds it"
        if len(known) and value <= known.max():  # a weaker donor than any in the rows is milder than they
            return EDGE, f"solvent: no row holds {row['solvent']}"
        return OUTSIDE, f"solvent: donor number {value:g} kcal/mol; rows hold {_span(known)}"


_THINGS = ("binder", "template")
_NAMES = ("sulfide", "sulfide_family", "binder", "binder_class", "template", "method", "solvent")

_CHECKS: tuple[tuple[tuple[str, ...], Callable[[Domain, Mapping[Any, Any]], Finding]], ...] = (
    (("sulfide", "sulfide_family"), Domain.sulfide),
    (("binder", "binder_class", "method"), Domain.binder),
    (("binder", "binder_wt_percent"), Domain.content),
    (("template", "template_wt_percent"), Domain.content),
    (("template", "has_template"), Domain.template),
    (("method", "is_wet", "solvent", "solvent_is_protic", "donor_number_kcal_mol"), Domain.solvent),
)
"""What is looked at, in the order in which it is told, and the columns that it hangs on."""


def _of_each(cells: Cells, names: tuple[str, ...], check: Callable[[Mapping[Any, Any]], Finding]) -> Found:
    numbers, rows = kinds(cells, names)
    return numbers, [check(row) for row in rows]


def _reasons(found: list[Found]) -> list[str]:
    told = [np.array([reason for _, reason in findings], dtype=object)[numbers] for numbers, findings in found]
    return ["; ".join(filter(None, reasons)) for reasons in zip(*told, strict=True)]


def _range_finding(content: str, name: str, value: float, rows: pd.Series) -> Finding:
    everyone, own = rows.dropna(), rows[rows.index == name]
    if len(everyone) == 0 or not everyone.min() <= value <= everyone.max():
        return OUTSIDE, f"{content}: {value:g} wt%; rows hold {_span(everyone)}"
    held = sorted(set(own.dropna()))
    if len(own) and not held:
        return EDGE, f"{content}: {value:g} wt%; no row with {name} tells one"
    if held and not any(value / 2 <= one <= value * 2 for one in held):
        return EDGE, f"{content}: {value:g} wt%; rows with {name} hold {', '.join(f'{one:.3g}' for one in held)}"
    return NOTHING


def _span(values: pd.Series) -> str:
    if len(values) == 0:
        return "none"
    return f"{values.min():.3g}" if values.min() == values.max() else f"{values.min():.3g} to {values.max():.3g}"
