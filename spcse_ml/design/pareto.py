"""The Pareto front: the candidates that no other equals in all objectives and betters in one."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from spcse_ml.design.consequences import RESISTANCE_COLUMNS, costs_per_kg, resistances
from spcse_ml.design.declaration import Declared
from spcse_ml.design.screen import HIGH, LOW, NUMBER, View
from spcse_ml.schema import RETENTION, THICKNESS

BLOCK = 1024
"""So many points are compared with the front at once."""
CURRENCY_PER_KG = "currency/kg"
"""Unit of the cost, in whatever currency the user has."""
ALIKE = "n_alike"
"""How many candidates have exactly these values; the one with the least number stands for them."""


@dataclass(frozen=True)
class Objective:
    """Something to have more or less of."""

    name: str
    column: str
    unit: str
    is_up: bool
    target: str = ""
    """Name of the target whose model predicts it; empty where nothing is predicted."""
    ends: tuple[str, str] = ("", "")
    """Columns of the ends of its interval."""


OBJECTIVES = {
    objective.name: objective
    for objective in (
        Objective("retention", RETENTION.column, "%", is_up=True, target=RETENTION.name, ends=(LOW, HIGH)),
        Objective(
            "areal-resistance",
            RESISTANCE_COLUMNS[0],
            "Ω cm²",
            is_up=False,
            target=RETENTION.name,
            ends=(RESISTANCE_COLUMNS[1], RESISTANCE_COLUMNS[2]),
        ),
        Objective("binder-content", "binder_content_wt_percent", "wt%", is_up=False),
        Objective("polymer-content", "polymer_content_wt_percent", "wt%", is_up=False),
        Objective("cost", "cost_per_kg", CURRENCY_PER_KG, is_up=False),
        Objective("thickness", THICKNESS.column, "µm", is_up=False, target=THICKNESS.name),
    )
}


def with_objectives(declared: Declared, scored: pd.DataFrame) -> pd.DataFrame:
    """Return scored candidates with the columns of all objectives but the thickness; nan where one is not known."""
    contents = [scored[f"{part}_wt_percent"].fillna(0.0) for part in ("binder", "template")]
    return pd.concat([scored, resistances(declared, scored)], axis=1).assign(
        binder_content_wt_percent=contents[0],
        polymer_content_wt_percent=contents[0] + contents[1],
        cost_per_kg=costs_per_kg(declared, scored),
    )


@dataclass(frozen=True)
class Front:
    """The Pareto-optimal candidates, the best in the first objective first."""

    table: pd.DataFrame
    n_compared: int
    n_unknown: int
    """Candidates left out because an objective is not known of them."""
    unknown: Mapping[str, int] = field(default_factory=dict)
    """The same by the name of the objective; who lacks several counts in each."""


def front(parts: Iterable[pd.DataFrame], objectives: Iterable[Objective], view: View) -> Front:
    """Return the front of all parts, each with the columns of `with_objectives`; exact whatever the parts are."""
    chosen, table, n_compared, n_unknown, unknown = list(objectives), pd.DataFrame(), 0, 0, Counter[str]()
    for part in parts:
        shown = part[view.shows(part)]
        known = shown[shown[[objective.column for objective in chosen]].notna().all(axis=1)]
        n_compared, n_unknown = n_compared + len(known), n_unknown + len(shown) - len(known)
        unknown += Counter({objective.name: int(shown[objective.column].isna().sum()) for objective in chosen})
        everyone = pd.concat([table, known.assign(**{ALIKE: 1})], ignore_index=True)
        table = _undominated(everyone, chosen) if len(everyone) else table
    return Front(table, n_compared, n_unknown, dict(unknown))


def _undominated(candidates: pd.DataFrame, objectives: list[Objective]) -> pd.DataFrame:
    """Return the undominated candidates, those of the same values as one."""
    columns = [objective.column for objective in objectives]
    order = candidates.sort_values(NUMBER, kind="stable")
    alike = order.groupby(columns, sort=False, observed=True)[ALIKE].transform("sum")
    single = order.assign(**{ALIKE: alike}).drop_duplicates(columns)
    signs = np.array([-1.0 if objective.is_up else 1.0 for objective in objectives])
    survivors = single[undominated(single[columns].to_numpy(dtype=float) * signs)]
    return survivors.sort_values(
        [*columns, NUMBER], ascending=[not objective.is_up for objective in objectives] + [True]
    )


def undominated(costs: np.ndarray) -> np.ndarray:
    """Return which points no other point dominates: none is lower in one column and nowhere higher.

    Points are compared block by block with the front so far, in an order in which no point is dominated by a later
    one. No point may be nan.

    >>> undominated(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0], [1.0, 3.0]])).tolist()
    [True, True, False, True]
    """
    order = np.lexsort(costs.T[::-1])
    mask, front_costs = np.zeros(len(costs), dtype=bool), np.empty((0, costs.shape[1]))
    for start in range(0, len(order), BLOCK):
        places = order[start : start + BLOCK]
        block = costs[places]
        survives = ~_is_dominated(block, front_costs)
        survives[survives] = ~_is_dominated(block[survives], block[survives])
        mask[places] = survives
        front_costs = np.concatenate([front_costs, block[survives]])
    return mask


def _is_dominated(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return which points another one dominates, the others a block at a time."""
    dominated = np.zeros(len(points), dtype=bool)
    for start in range(0, len(others), BLOCK):
        block = others[start : start + BLOCK]
        is_no_higher = np.all(block[None] <= points[:, None], axis=2)
        dominated |= np.any(is_no_higher & np.any(block[None] < points[:, None], axis=2), axis=1)
    return dominated
