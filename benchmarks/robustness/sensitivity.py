"""How much the error hangs on what could have been decided otherwise: which papers, which encoding, who is held out."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.dataset import Bounds, TrainingRows
from spcse_ml.evaluation.metrics import resampled_mean
from spcse_ml.evaluation.robustness import Consistency, NoiseFloor
from spcse_ml.models.cross_validation import Fold, errors_by_paper, hold_out, leave_one_out, predict_held_out
from spcse_ml.models.estimators import ESTIMATORS, FillContents
from spcse_ml.models.features import encode
from spcse_ml.models.model import MembraneModel
from spcse_ml.schema import Method, Target


def fixed_mae(make: Callable[[], Pipeline], rows: TrainingRows, target: Target) -> float:
    """Return the error of one estimator without any choice, every paper held out, averaged by paper."""
    values = predict_held_out(make, rows, target, leave_one_out(rows.papers))
    return float(errors_by_paper(values, rows.outcomes, rows.papers).mean())


def without(rows: TrainingRows, papers: tuple[str, ...]) -> TrainingRows:
    """Return the rows that are not of these papers."""
    return rows.take(np.flatnonzero(~np.isin(rows.papers.astype(str), papers)))


@dataclass(frozen=True)
class Encoding:
    """One defensible way to turn recipes into terms; the defaults are those in force."""

    coating: str = "polar film"
    """Which binder lies between the particles: a `polar film`, `any film`, `anything polar`, or it is `ignored`."""
    fill: str = "own rows"
    """What stands in for a content that is not reported: `own rows`, `all rows`, or a `low` or `high` content."""
    amount: str = "volume"
    """Whether polymer counts by `volume` (densities of the catalogue) or by `weight`."""
    solvent: str = "donor number per volume"
    """What attacks: `donor number per volume`, the `donor number`, or its `excess over 14` (the review's limit)."""

    def pipeline(self, name: str) -> Pipeline:
        """Return an estimator that learns on terms, with this encoding in place of the one in force."""
        fill = {"low": FillContents(0.25), "high": FillContents(0.75), "all rows": FillContents(n_own=1_000)}
        return ESTIMATORS[name]().set_params(
            contents=fill.get(self.fill, FillContents()),
            encode=FunctionTransformer(partial(_encoded, encoding=self)),
        )


def encodings() -> Iterator[Encoding]:
    """Yield every combination of the choices, the one in force first."""
    coatings = ("polar film", "any film", "anything polar", "ignored")
    fills = ("own rows", "all rows", "low", "high")
    solvents = ("donor number per volume", "donor number", "excess over 14")
    for choice in itertools.product(coatings, fills, ("volume", "weight"), solvents):
        yield Encoding(*choice)


def _encoded(recipes: pd.DataFrame, encoding: Encoding) -> pd.DataFrame:
    encoded = encode(recipes)
    encoded["binder_is_polar_film"] = [_coats(name, encoding.coating) for name in recipes["binder"]]
    if encoding.amount == "weight":
        encoded["polymer_volume_percent"] = encoded["polymer_wt_percent"]
    if encoding.solvent != "donor number per volume":
        limit = 14.0 if encoding.solvent == "excess over 14" else 0.0
        encoded["solvent_attack"] = (encoded["donor_number_kcal_mol"] - limit).clip(lower=0.0)
    return encoded


def _coats(binder: str | None, coating: str) -> float:
    if binder is None or coating == "ignored":
        return 0.0
    polymer = catalogue().binder(binder)
    is_film, is_polar = polymer.form == "film", polymer.has_net_dipole
    return float({"polar film": is_film and is_polar, "any film": is_film, "anything polar": is_polar}[coating])


def noise_floor(rows: TrainingRows) -> NoiseFloor:
    """Return the noise floor that the dry films with PTFE tell of (references 49 to 54)."""
    recipes = rows.recipes
    like = (recipes["binder"] == "PTFE") & (recipes["method"] == Method.DRY.value)
    content, retention = np.log10(recipes.loc[like, "binder_wt_percent"].to_numpy()), rows.outcomes[like.to_numpy()]
    line, mean = (_left(content, retention, degree) for degree in (1, 0))
    return NoiseFloor(len(retention), _with_range(line), _with_range(mean))


def _left(content: np.ndarray, retention: np.ndarray, degree: int) -> np.ndarray:
    def predicted(fold: Fold) -> float:
        others, row = fold
        return float(np.polyval(np.polyfit(content[others], retention[others], degree), content[row])[0])

    return np.asarray(
        np.abs(retention - [value for _, value in hold_out(predicted, leave_one_out(np.arange(len(retention))))])
    )


def _with_range(errors: np.ndarray) -> tuple[float, float, float]:
    gain = resampled_mean(pd.Series(errors))
    return gain.mean, gain.low, gain.high


def consistency(model: MembraneModel, bounds: Bounds) -> list[Consistency]:
    """Return how the model's predictions stand to the printed bounds, at both ends of each range of contents."""
    predictions = model.predict(bounds.recipes)[model.target.column]
    contents = bounds.recipes["binder_wt_percent"]
    rows = zip(bounds.papers, contents, predictions, bounds.low, bounds.high, strict=True)
    return [Consistency(str(paper), *(float(value) for value in values)) for paper, *values in rows]


def laboratories_held_out(rows: TrainingRows) -> TrainingRows:
    """Return the rows with the laboratory in place of the paper: held out together, and counting once in a fit."""
    return replace(rows, papers=rows.laboratories)
