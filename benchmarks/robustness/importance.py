"""How certain an importance is: papers resampled, and parts of a recipe that go together."""

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np
import pandas as pd
from sklearn.metrics import mutual_info_score
from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information

from spcse_ml.data.dataset import TrainingRows
from spcse_ml.evaluation.robustness import Alias, Coincidence, Ranked
from spcse_ml.explanation.shapley import PLAYERS, explain_frame
from spcse_ml.models.cross_validation import resample_papers
from spcse_ml.models.features import encode, log_content
from spcse_ml.models.model import MembraneModel, learn
from spcse_ml.schema import Method, Target

N_RESAMPLES = 200
"""How many times papers are drawn with replacement."""

TIED = 0.95
"""Two players whose order holds in fewer resamples than this are tied."""

CONTENT_CLASSES = 3
"""In so many classes contents are put to see which players go together."""


def resampled_importance(rows: TrainingRows, target: Target, names: tuple[str, ...], seed: int) -> dict[str, float]:
    """Return the mean absolute contribution of each player to the rows, everything learnt anew from drawn papers."""
    model = learn(rows.take(resample_papers(rows.papers, np.random.default_rng(seed))), target, names)
    return importance_on(model, rows.recipes)


def importance_on(model: MembraneModel, recipes: pd.DataFrame) -> dict[str, float]:
    """Return the mean absolute contribution of each player to recipes that are their own background."""
    importance = explain_frame(model, recipes, background=recipes).importance
    return {str(name): float(value) for name, value in importance.items()}


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


LEAST_INFORMATION = 1 / 3
"""From this share of its variety a player counts as determined by another."""


def aliases(model: MembraneModel) -> list[Alias]:
    """Return the pairs of players of which the first determines most of the second, the strongest first."""
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
    """Return how much of the second labels' variety the first labels determine beyond chance, at most 1.

    That is the uncertainty coefficient less what labels at random would give, over what is left (as in Vinh et
    al. 2010, jmlr.org/papers/v11/vinh10a.html).

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
    content = pd.Series(log_content(encoded["binder_wt_percent"].to_numpy()))
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


def coincidences(recipes: pd.DataFrame) -> list[Coincidence]:
    """Return which properties of the recipes cannot be separated, or hardly: how many rows have both, and each."""
    is_dry, has_no_solvent = recipes["method"] == Method.DRY.value, recipes["solvent"].isna()
    pairs = (
        ("a dry process", is_dry, "no solvent", has_no_solvent),
        ("PTFE", recipes["binder"] == "PTFE", "a dry process", is_dry),
        ("PTFE", recipes["binder"] == "PTFE", "no solvent", has_no_solvent),
        ("a template", recipes["template"].notna(), "skeleton templating", recipes["method"] == Method.SKELETON.value),
    )
    return [
        Coincidence(first, second, *(int(mask.sum()) for mask in (is_first & is_second, is_first, is_second)))
        for first, is_first, second, is_second in pairs
    ]
