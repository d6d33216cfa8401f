"""Whether a recipe lies inside, on the edge of or outside what the training rows cover, naming the input."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.learning.distance import distances
from spcse_ml.learning.features import NOT_THERE

INSIDE, EDGE, OUTSIDE = "inside", "edge", "outside"

STRANGENESS = {EDGE: 1 / 12, OUTSIDE: 1 / 6}
"""How much each finding adds to the difficulty of a recipe: a part that no row holds weighs as much as one that differs
from the nearest row in everything (one of the six parts of the distance), and half of that on the edge."""

LEAST_DIFFICULTY = 0.25
"""How difficult a recipe is that the rows hold as it stands; an interval is as wide as its recipe is difficult."""


@dataclass(frozen=True)
class Domain:
    """What the training rows cover, as encoded recipes (see `features.encode`)."""

    encoded: pd.DataFrame

    def judge(self, encoded: pd.DataFrame) -> pd.DataFrame:
        """Return `domain`, `domain_reason`, `distance` (0 to 1, to the nearest training row) and `difficulty`."""
        found = [self._findings(row) for row in encoded.to_dict("records")]
        nearest = distances(encoded, self.encoded).min(axis=1)
        strangeness = np.array([sum(STRANGENESS[status] for status, _ in findings) for findings in found])
        return pd.DataFrame(
            {
                "domain": [_worst(findings) for findings in found],
                "domain_reason": ["; ".join(reason for _, reason in findings) for findings in found],
                "distance": nearest,
                "difficulty": LEAST_DIFFICULTY + nearest + strangeness,
            },
            index=encoded.index,
        )

    def _findings(self, row: Mapping[Any, Any]) -> list[tuple[str, str]]:
        checks = (self._sulfide(row), self._binder(row), self._contents(row), self._template(row), self._solvent(row))
        return [finding for findings in checks for finding in findings]

    def _sulfide(self, row: Mapping[Any, Any]) -> list[tuple[str, str]]:
        if row["sulfide"] in set(self.encoded["sulfide"]):
            return []
        if row["sulfide_family"] in set(self.encoded["sulfide_family"]):
            return [
                (EDGE, f"sulfide: no row holds {row['sulfide']}, only others of the family {row['sulfide_family']}")
            ]
        return [(OUTSIDE, f"sulfide: no row holds one of the family {row['sulfide_family']}")]

    def _binder(self, row: Mapping[Any, Any]) -> list[tuple[str, str]]:
        if row["binder"] in set(self.encoded["binder"]):
            methods = set(self.encoded.loc[self.encoded["binder"] == row["binder"], "method"])
            if row["binder"] == NOT_THERE or row["method"] in methods:
                return []
            return [(EDGE, f"binder: no row holds {row['binder']} by {row['method']}, only by {' and '.join(methods)}")]
        if row["binder_class"] in set(self.encoded["binder_class"]):
            return [(EDGE, f"binder: no row holds {row['binder']}, only others of the class {row['binder_class']}")]
        return [(OUTSIDE, f"binder: no row holds {row['binder']} or another of the class {row['binder_class']}")]

    def _contents(self, row: Mapping[Any, Any]) -> list[tuple[str, str]]:
        findings = []
        for thing in ("binder", "template"):
            content = f"{thing}_wt_percent"
            if row[thing] == NOT_THERE:
                continue
            if np.isnan(row[content]):
                findings.append((EDGE, f"{content}: not given"))
                continue
            own = self.encoded.loc[self.encoded[thing] == row[thing], content]
            findings += _range_finding(content, row, own, self.encoded[content].dropna())
        return findings

    def _template(self, row: Mapping[Any, Any]) -> list[tuple[str, str]]:
        if row["template"] in set(self.encoded["template"]):
            return []
        if row["has_template"] and not self.encoded["has_template"].any():
            return [(OUTSIDE, "template: no row has one")]
        return [(EDGE, f"template: no row holds {row['template']}")]

    def _solvent(self, row: Mapping[Any, Any]) -> list[tuple[str, str]]:
        if row["method"] not in set(self.encoded["method"]):
            return [(OUTSIDE, f"method: no row was made by {row['method']}")]
        if not row["is_wet"]:
            return []
        known = self.encoded["donor_number_kcal_mol"].dropna()
        value = row["donor_number_kcal_mol"]
        if row["solvent"] in set(self.encoded["solvent"]):
            return []
        if row["solvent_is_protic"]:
            return [(OUTSIDE, f"solvent: {row['solvent']} dissolves or decomposes sulfides; no row holds it")]
        if len(known) and value <= known.max():  # a weaker donor than any in the rows is milder than they
            return [(EDGE, f"solvent: no row holds {row['solvent']}")]
        return [(OUTSIDE, f"solvent: donor number {value:g} kcal/mol; rows hold {_span(known)}")]


def _range_finding(content: str, row: Mapping[Any, Any], own: pd.Series, everyone: pd.Series) -> list[tuple[str, str]]:
    value, name, is_known, own = row[content], row[content.removesuffix("_wt_percent")], len(own) > 0, own.dropna()
    if len(everyone) == 0 or not everyone.min() <= value <= everyone.max():
        return [(OUTSIDE, f"{content}: {value:g} wt%; rows hold {_span(everyone)}")]
    if len(own) == 0 and is_known:
        return [(EDGE, f"{content}: {value:g} wt%; no row with {name} tells one")]
    if len(own) and not own.between(value / 2, value * 2).any():
        held = ", ".join(f"{one:.3g}" for one in sorted(set(own)))
        return [(EDGE, f"{content}: {value:g} wt%; rows with {name} hold {held}")]
    return []


def _span(values: pd.Series) -> str:
    if len(values) == 0:
        return "none"
    return f"{values.min():.3g}" if values.min() == values.max() else f"{values.min():.3g} to {values.max():.3g}"


def _worst(findings: list[tuple[str, str]]) -> str:
    found = {status for status, _ in findings}
    return OUTSIDE if OUTSIDE in found else EDGE if EDGE in found else INSIDE
