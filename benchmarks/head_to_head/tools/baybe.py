"""BayBE: the Gaussian process behind its recommendations, with the interval that it states."""

import pandas as pd
from baybe.objectives import SingleTargetObjective
from baybe.parameters import CategoricalParameter, NumericalContinuousParameter
from baybe.searchspace import SearchSpace
from baybe.surrogates import GaussianProcessSurrogate
from baybe.targets import NumericalTarget

from tools.common import CATEGORIES, LEVEL, NUMBERS, Seen, answer

BOUNDS = {"binder_wt_percent": (0, 100), "donor_number_kcal_mol": (0, 40)}


def surrogate(seen: Seen, asked: pd.DataFrame) -> tuple[pd.Series, ...]:
    """Return what its default surrogate says; every label to come must be declared, no cell may be blank."""
    means = seen.card[NUMBERS].mean()
    card, asked = seen.card.fillna(means), asked.fillna(means)
    labels = {name: sorted({*card[name], *asked[name]}) for name in CATEGORIES}
    space = SearchSpace.from_product(
        [CategoricalParameter(name, values) for name, values in labels.items()]
        + [NumericalContinuousParameter(name, BOUNDS[name]) for name in NUMBERS]
    )
    model = GaussianProcessSurrogate()
    model.fit(space, SingleTargetObjective(NumericalTarget("outcome")), card.assign(outcome=seen.outcomes))
    told = model.posterior_stats(asked, ("mean", (1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return tuple(told[name] for name in told.columns)


if __name__ == "__main__":
    answer("baybe", {"GaussianProcessSurrogate(), mean fill, all labels declared": surrogate})
