"""How sure an importance is: papers resampled, papers dropped one by one, and parts of a recipe that go together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import mutual_info_score
from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.dataset import RECIPE_COLUMNS, TrainingRows, typed_recipes
from spcse_ml.evaluation.metrics import Gain, resampled_mean
from spcse_ml.evaluation.permutation import verdicts
from spcse_ml.explanation.shapley import PLAYERS, explain_frame, held_out_error_added
from spcse_ml.models.cross_validation import resample_papers
from spcse_ml.models.features import encode, log_content
from spcse_ml.models.model import MembraneModel, learn
from spcse_ml.schema import Method, Target

N_RESAMPLES = 200
"""How many times papers are drawn with replacement."""

TIED = 0.95
"""Two players whose order holds in fewer resamples than this are tied."""

CONTENT_CLASSES = 3
"""Contents are told apart in so many classes when it is asked what goes with what."""


def resampled_importance(rows: TrainingRows, target: Target, names: tuple[str, ...], seed: int) -> dict[str, float]:
    """Return the mean absolute contribution of each player to the rows, everything learnt anew from drawn papers."""
    model = learn(rows.take(resample_papers(rows.papers, np.random.default_rng(seed))), target, names)
    return importance_on(model, rows.recipes)


def importance_on(model: MembraneModel, recipes: pd.DataFrame) -> dict[str, float]:
    """Return the mean absolute contribution of each player to recipes that are their own background."""
    importance = explain_frame(model, recipes, background=recipes).importance
    return {str(name): float(value) for name, value in importance.items()}


@dataclass(frozen=True)
class Ranked:
    """One player: its importance in the target's unit with its 95 % interval, its ranks, and whom it is tied with."""

    player: str
    importance: float
    low: float
    high: float
    rank_low: int
    rank_high: int
    tied_with: tuple[str, ...]


def ranked(importance: Mapping[str, float], draws: Sequence[Mapping[str, float]]) -> list[Ranked]:
    """Return the players by importance, the largest first, with what resampling says of each.

    >>> [player.tied_with for player in ranked({"a": 2.0, "b": 1.0}, [{"a": 2.0, "b": 1.0}, {"a": 1.0, "b": 2.0}])]
    [('b',), ('a',)]
    """
    frame = pd.DataFrame(list(draws))[list(importance)]
    ranks = frame.rank(axis=1, ascending=False)
    order = sorted(importance, key=lambda player: -importance[player])
    ranking = []
    for player in order:
        low, high = (float(end) for end in frame[player].quantile([0.025, 0.975]))
        rank_low, rank_high = (round(end) for end in ranks[player].quantile([0.025, 0.975]))
        tied = tuple(other for other in order if other != player and _is_tied(frame, order, player, other))
        ranking.append(Ranked(player, importance[player], low, high, rank_low, rank_high, tied))
    return ranking


def _is_tied(frame: pd.DataFrame, order: list[str], player: str, other: str) -> bool:
    first, second = sorted((player, other), key=order.index)
    return float((frame[first] > frame[second]).mean()) < TIED


@dataclass(frozen=True)
class Alias:
    """Two players that go together in the rows, so that what belongs to which cannot be told well."""

    players: tuple[str, str]
    told: float
    """How much of the second's variety the first tells beyond chance, at most 1: the uncertainty coefficient less what
    labels dealt at random would give, over what is left (as in Vinh et al. 2010, jmlr.org/papers/v11/vinh10a.html)."""
    joint_importance: float
    """Of both as one player, in the target's unit."""


LEAST_INFORMATION = 1 / 3
"""From this share of its variety a player counts as told by another."""


def aliases(model: MembraneModel) -> list[Alias]:
    """Return the pairs of players of which the first tells most of the second, the strongest first."""
    rows = model.training_rows.recipes
    kinds = player_kinds(rows)
    information = {
        (first, second): information_beyond_chance(kinds[first], kinds[second])
        for first, second in permutations(kinds, 2)
    }
    pairs = sorted(
        (pair for pair in information if information[pair] >= LEAST_INFORMATION), key=lambda pair: -information[pair]
    )
    return [Alias(pair, float(information[pair]), _joint(model, pair)) for pair in pairs]


def information_beyond_chance(first: list[str], second: list[str]) -> float:
    """Return how much of the second labels' variety the first labels tell beyond chance, at most 1.

    >>> round(information_beyond_chance(["a", "a", "b", "b"], ["x", "x", "y", "y"]), 6)
    1.0
    """
    entropy = mutual_info_score(second, second)
    table = contingency_matrix(first, second, sparse=True)
    chance = expected_mutual_information(table, len(first))
    room = entropy - chance
    return float((mutual_info_score(first, second) - chance) / room) if room > 0 else 0.0


def player_kinds(recipes: pd.DataFrame) -> dict[str, list[str]]:
    """Return for each player the class of every recipe: family, binder, third of content, method and wet, template."""
    encoded = encode(recipes)
    content = log_content(encoded["binder_wt_percent"])
    thirds = pd.qcut(content.rank(method="first"), CONTENT_CLASSES, labels=False)
    wet = encoded["is_wet"].map({0.0: "dry", 1.0: "wet"})
    return {
        "sulfide": list(encoded["sulfide_family"]),
        "binder": list(encoded["binder"]),
        "binder content": [str(third) for third in thirds],
        "method and solvent": list(encoded["method"].astype(str) + wet),
        "template and its content": list(encoded["template"]),
    }


def _joint(model: MembraneModel, pair: tuple[str, str]) -> float:
    both = " with ".join(pair)
    players = {both: tuple(column for name in pair for column in PLAYERS[name])}
    players |= {name: columns for name, columns in PLAYERS.items() if name not in pair}
    return float(explain_frame(model, model.training_rows.recipes, players=players).importance[both])


def facts_that_go_together(recipes: pd.DataFrame) -> list[str]:
    """Return in words which facts about the rows cannot be told apart, or nearly: how many rows hold both, and each."""
    is_dry, wet = recipes["method"] == Method.DRY.value, recipes["solvent"].notna()
    pairs = (
        ("a dry process", is_dry, "no solvent", ~wet),
        ("PTFE", recipes["binder"] == "PTFE", "a dry process", is_dry),
        ("PTFE", recipes["binder"] == "PTFE", "no solvent", ~wet),
        ("a template", recipes["template"].notna(), "skeleton templating", recipes["method"] == Method.SKELETON.value),
    )
    return [
        f"{first} and {second}: {(is_first & is_second).sum()} rows hold both, "
        f"{is_first.sum()} and {is_second.sum()} hold either one"
        for first, is_first, second, is_second in pairs
    ]


def without_paper(rows: TrainingRows, target: Target, names: tuple[str, ...], paper: str) -> dict[str, Any]:
    """Return what the other papers alone say: of the paper's rows while unseen, and of what matters and what is best.

    Keys: `values` and `error_added` (by player, one number per held-out row), `base_values`, `predictions`,
    `importance` (by player, on all rows), `verdict` (estimator fixed), `best` and `best_value`.
    """
    is_of = rows.papers.astype(str) == paper
    seen, unseen = rows.take(np.flatnonzero(~is_of)), rows.take(np.flatnonzero(is_of))
    model = learn(seen, target, names)
    unseen_explained = explain_frame(model, unseen.recipes)
    added = held_out_error_added(model, unseen.recipes, unseen.outcomes)
    best, value = best_candidate(model, rows.recipes)
    return {
        "paper": paper,
        "values": unseen_explained.contributions.to_dict("list"),
        "base_values": unseen_explained.base_values.tolist(),
        "predictions": unseen_explained.predictions.tolist(),
        "error_added": added.to_dict("list"),
        "importance": importance_on(model, rows.recipes),
        "verdict": verdicts(seen, target, model.estimator, seen.outcomes[None])[0].value,
        "best": best,
        "best_value": value,
    }


def unseen_contributions(rows: TrainingRows, papers: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the Shapley values of every row from the model that had not seen its paper, in the order of the rows."""
    labels = rows.papers.astype(str)
    frames = [
        pd.DataFrame(paper["values"], index=np.flatnonzero(labels == paper["paper"]), columns=list(PLAYERS))
        for paper in papers
    ]
    return pd.concat(frames).sort_index()


def error_added(papers: Sequence[Mapping[str, Any]]) -> dict[str, Gain]:
    """Return by player how much the error on held-out papers grows when other rows lend it, with its interval."""
    means = pd.DataFrame([{name: np.mean(values) for name, values in paper["error_added"].items()} for paper in papers])
    return {name: resampled_mean(means[name]) for name in PLAYERS}


@dataclass(frozen=True)
class Shift:
    """A conclusion that changes when one paper is left out, and by how much, in the target's unit."""

    paper: str
    conclusion: str
    before: str
    after: str
    by: float


def shifts(model: MembraneModel, verdict: str, papers: Sequence[Mapping[str, Any]]) -> list[Shift]:
    """Return every conclusion (top player, best candidate, verdict) that hangs on one paper.

    `by` is how far the new top player or candidate leads the old one, or nan for a verdict.
    """
    importance = importance_on(model, model.training_rows.recipes)
    top, (best, value) = _first(importance), best_candidate(model, model.training_rows.recipes)
    changes = []
    for paper in papers:
        first = _first(paper["importance"])
        if first != top:
            changes.append(
                Shift(paper["paper"], "top", top, first, paper["importance"][first] - paper["importance"][top])
            )
        if paper["best"] != best:
            changes.append(Shift(paper["paper"], "best candidate", best, paper["best"], paper["best_value"] - value))
        if paper["verdict"] != verdict:
            changes.append(Shift(paper["paper"], "verdict", verdict, paper["verdict"], float("nan")))
    return changes


def _first(importance: Mapping[str, float]) -> str:
    return max(importance, key=lambda name: importance[name])


def best_candidate(model: MembraneModel, known: pd.DataFrame) -> tuple[str, float]:
    """Return the binder and route that the model would choose for Li6PS5Cl at 1 wt%, and what it predicts.

    Asked are the binders of the known recipes, in a dry process and in slurries with their gentle solvents.
    """
    binders = sorted(set(known["binder"].dropna()))
    routes = [
        (Method.DRY.value, None),
        *((Method.SLURRY.value, solvent) for solvent in gentle(known)),
    ]
    cells = [
        {"sulfide": "Li6PS5Cl", "binder": binder, "binder_wt_percent": 1.0, "method": method, "solvent": solvent}
        for binder in binders
        for method, solvent in routes
    ]
    recipes = typed_recipes(pd.DataFrame(cells, columns=list(RECIPE_COLUMNS)))
    values = model.predict_medians(recipes)
    first = recipes.iloc[int(np.argmax(values))]
    return f"{first['binder']}, {first['solvent'] or 'dry'}", float(values.max())


def gentle(recipes: pd.DataFrame, limit_kcal_mol: float = 9.0) -> list[str]:
    """Return the single solvents of recipes whose donor number is at most 9 (Yamamoto's limit, rules.csv)."""
    names = sorted(set(recipes["solvent"].dropna()))
    known = {name: catalogue().mixture(name, None) for name in names}
    return [
        name
        for name, mixture in known.items()
        if len(mixture.solvents) == 1 and mixture.donor_number_kcal_mol <= limit_kcal_mol
    ]
