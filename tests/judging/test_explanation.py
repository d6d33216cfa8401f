import itertools
import math

import numpy as np
import pytest

from spcse_ml.judging.answer import ModelPair
from spcse_ml.judging.explanation import PLAYERS, explain
from spcse_ml.learning.model import MembraneModel, fit
from spcse_ml.literature.dataset import Dataset, frame_of, typed_recipes
from spcse_ml.literature.recipes import formulation
from spcse_ml.literature.schema import RETENTION

ASKED = formulation(sulfide="LGPS", method="slurry", binder="PEO", binder_wt_percent=7, solvent="ACN")


@pytest.fixture(scope="module")
def line(few_papers: Dataset) -> MembraneModel:
    return fit(few_papers, RETENTION, estimator="ridge")


def brute_force(model: MembraneModel) -> list[float]:
    """Return Shapley's sum over all orders of joining, each coalition's worth averaged over the training recipes."""
    asked, background = frame_of([ASKED]), model.trainable.recipes

    def worth(coalition: frozenset[str]) -> float:
        frame = background.copy()
        for player in coalition:
            for column in PLAYERS[player]:
                frame[column] = [asked[column][0]] * len(frame)
        return float(np.minimum(model.pipeline.predict(typed_recipes(frame)), model.calibration.ceiling).mean())

    worths = {frozenset(c): worth(frozenset(c)) for n in range(6) for c in itertools.combinations(PLAYERS, n)}
    n = len(PLAYERS)
    return [
        sum(
            math.factorial(len(c)) * math.factorial(n - len(c) - 1) / math.factorial(n) * (worths[c | {p}] - worths[c])
            for c in worths
            if p not in c
        )
        for p in PLAYERS
    ]


def test_contributions_equal_shapleys_definition_by_brute_force(line: MembraneModel) -> None:
    explanation = explain(line, [ASKED])
    assert explanation.contributions.iloc[0].tolist() == pytest.approx(brute_force(line), abs=1e-9)


def test_contributions_add_up_to_the_prediction(line: MembraneModel) -> None:
    explanation = explain(line, [ASKED])
    told = line.predict([ASKED])["retention_percent"]
    assert explanation.base_values[0] + explanation.contributions.sum(axis=1).iloc[0] == pytest.approx(told[0])


def test_a_player_that_the_model_cannot_see_contributes_nothing(few_papers: Dataset) -> None:
    explanation = explain(fit(few_papers, RETENTION, estimator="content_line"), [ASKED])
    assert explanation.contributions[["sulfide", "method and solvent"]].abs().to_numpy().max() < 1e-9
    assert explanation.importance.index[0] == "binder content"


def test_every_column_that_a_model_may_see_belongs_to_one_player(released_pair: ModelPair) -> None:
    columns = [column for columns in PLAYERS.values() for column in columns]
    assert sorted(columns) == sorted(released_pair.retention.model.trainable.recipes.columns)
