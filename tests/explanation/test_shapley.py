import itertools
import math

import numpy as np
import pytest
import shap
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from spcse_ml.data.dataset import RECIPE_COLUMNS, Dataset, frame_of, typed_recipes
from spcse_ml.data.literature import literature
from spcse_ml.data.validation import formulation
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.explanation.shapley import PLAYERS, explain, explain_frame, explain_solvent
from spcse_ml.models.conformal import Calibration
from spcse_ml.models.estimators import is_complete
from spcse_ml.models.features import encode
from spcse_ml.models.model import MembraneModel, fit
from spcse_ml.reports.messages.explanation import parts_text
from spcse_ml.schema import RETENTION

ASKED = formulation(sulfide="LGPS", method="slurry", binder="PEO", binder_wt_percent=7, solvent="ACN")


@pytest.fixture(scope="module")
def line(few_papers: Dataset) -> MembraneModel:
    return fit(few_papers, RETENTION, estimator="ridge")


def brute_force(model: MembraneModel) -> list[float]:
    """Return Shapley's sum over all orders of joining, each coalition's worth averaged over the training recipes."""
    asked, background = frame_of([ASKED]), model.training_rows.recipes

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
    assert sorted(columns) == sorted(released_pair.retention.model.training_rows.recipes.columns)


def test_for_a_forest_on_numbers_contributions_equal_those_of_the_tree_explainer() -> None:
    rows = literature().training_rows(RETENTION)
    numbers = ["binder_wt_percent", "donor_number_kcal_mol"]
    known = rows.take(np.flatnonzero(is_complete(rows.recipes) & rows.recipes["binder"].notna()))
    forest = Pipeline(
        [
            ("encode", FunctionTransformer(encode)),
            ("numbers", FunctionTransformer(lambda encoded: (100 * encoded[numbers].fillna(-1.0)).round())),
            ("regress", RandomForestRegressor(20, random_state=0)),
        ]
    ).fit(known.recipes, known.outcomes)
    model = MembraneModel(RETENTION, "random_forest", forest, known, Calibration((1.0,), 100.0), {})
    players = {"content": ("binder_wt_percent",), "solvent": ("solvent", "donor_number_kcal_mol")}
    players["rest"] = tuple(sorted(set(RECIPE_COLUMNS) - {name for names in players.values() for name in names}))
    ours = explain_frame(model, known.recipes, players=players)
    seen = forest[:-1].transform(known.recipes)
    theirs = shap.TreeExplainer(forest[-1], data=seen, feature_perturbation="interventional").shap_values(seen)
    assert ours.contributions[["content", "solvent"]].to_numpy() == pytest.approx(
        theirs, abs=1e-5
    )  # its trees hold outcomes in single precision
    assert ours.contributions["rest"].abs().max() < 1e-9


def test_among_wet_recipes_the_solvent_is_explained_on_its_own(released_pair: ModelPair) -> None:
    model = released_pair.retention.model
    asked = frame_of([formulation(sulfide="LPSCl", method="slurry", binder="PEO", binder_wt_percent=5, solvent=solvent)
                      for solvent in ("toluene", "ACN")])  # fmt: skip
    found = explain_solvent(model, asked)
    gap = found.contributions["solvent"].diff().iloc[1]
    assert gap < -5
    assert found.predictions - found.base_values == pytest.approx(found.contributions.sum(axis=1).to_numpy())


def test_what_does_not_apply_says_so() -> None:
    dry = frame_of([formulation(sulfide="LPSCl", method="dry", binder="PTFE")]).iloc[0]
    assert parts_text(dry) == {
        "sulfide": "Li6PS5Cl", "binder": "PTFE", "binder content": "not reported",
        "method and solvent": "dry binder laminating, no solvent",
        "template and its content": "no template",
    }  # fmt: skip
    bare = frame_of([formulation(sulfide="Li3PS4", method="skeleton", template="nylon", solvent="toluene")]).iloc[0]
    told = parts_text(bare)
    assert (told["binder"], told["binder content"]) == ("no binder", "not applicable")
    assert told["template and its content"] == "nylon mesh, not reported"
