"""What a model uses: the factor on the outcome of each of its terms, with its interval over papers; zeros are named.

A contrast is two values of one recipe variable, every other term at its mean. Amounts go from the tenth to the
ninetieth percentile of the different values in the training rows, of solvents among those that have one. A variable of
which the rows hold one value has no contrast. A constant, a tree and the nearest neighbour have no terms, and nothing
is listed of them.

Factors are those of a penalised fit, which pulls them towards 1, and intervals are the spread of that fit when papers
are drawn anew: both are of the model, and neither is of the material.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from spcse_ml.models.cross_validation import SMALLEST, resample_papers
from spcse_ml.models.features import TERM_UNITS
from spcse_ml.models.lab_effect import base_of
from spcse_ml.models.model import MembraneModel
from spcse_ml.models.weights import fit_to

N_RESAMPLES = 100
"""Papers are drawn with replacement so many times."""

LEVEL, SHARE = 0.9, 0.1
"""Level of the intervals; an amount goes from this share of the rows to this share from the other end."""

Contrast = tuple[pd.Series, pd.Series] | None
"""The terms that differ, at the start and at the end; None where the rows hold one value alone."""


@dataclass(frozen=True)
class Variable:
    """What a chemist decides, and the contrast in terms that it is to a model."""

    terms: tuple[str, ...]
    """The last gives the variable its name."""
    contrast: Callable[[pd.DataFrame, list[str]], Contrast]
    """From the terms of all rows, and the names of those that differ."""
    unit: str = ""
    """Empty where the thing is there or not."""
    in_unit: Callable[[float], float] = float
    """From the last of the terms to the unit."""

    @property
    def name(self) -> str:
        """Return the name of the variable."""
        return self.terms[-1]


def _from_low_to_high(terms: pd.DataFrame, names: list[str]) -> Contrast:
    ordered = terms[names].drop_duplicates(names[-1]).sort_values(names[-1])
    place = round(SHARE * (len(ordered) - 1))
    return (ordered.iloc[place], ordered.iloc[-1 - place]) if len(ordered) > 1 else None


def _among_wet(terms: pd.DataFrame, names: list[str]) -> Contrast:
    return _from_low_to_high(terms[terms["solvent_polarity"] > 0], names)  # every liquid has one above 0


def _there_or_not(terms: pd.DataFrame, names: list[str]) -> Contrast:
    there = pd.Series(1.0, index=names)
    return (0.0 * there, there) if len(set(terms[names[-1]])) > 1 else None


def _dry_or_wet(terms: pd.DataFrame, names: list[str]) -> Contrast:
    """Return no solvent, and the mean of the rows that have one."""
    wet = terms.loc[terms["is_wet"] > 0, names]
    return (0.0 * wet.mean(), wet.mean()) if 0 < len(wet) < len(terms) else None


VARIABLES = (
    Variable(("log_polymer_volume", "polymer_volume"), _from_low_to_high, "vol%",
             lambda term: TERM_UNITS["polymer_volume"] * term),
    Variable(("polymer_wt_percent",), _from_low_to_high, "wt%", lambda term: float(10.0**term)),
    Variable(("solvent_attack",), _among_wet, "kcal/100 cm³", lambda term: TERM_UNITS["solvent_attack"] * term),
    Variable(("solvent_polarity",), _among_wet, "-", lambda term: TERM_UNITS["solvent_polarity"] * term),
    Variable(("solvent_attack", "solvent_polarity", "is_wet"), _dry_or_wet),
    Variable(("has_template",), _there_or_not),
    Variable(("binder_is_polar_film",), _there_or_not),
    Variable(("is_lgps",), _there_or_not),
    Variable(("solvent_is_protic",), _there_or_not),  # of the estimators of before
)  # fmt: skip


@dataclass(frozen=True)
class TermEffect:
    """The factor on the outcome over the contrast of one variable."""

    name: str
    """Of the term, as in `TERMS`; `polymer_wt_percent` of a line in the content."""
    start: float
    end: float
    unit: str
    """Of start and end; empty where the thing is there or not."""
    factor: float
    low: float
    high: float
    """Ends of the 90 % interval over papers drawn with replacement."""
    share_used: float
    """In which share of the draws the factor is not 1."""
    heaviest: str
    """The paper or own batch without which the factor changes most."""
    without_heaviest: float
    """The factor without it."""

    @property
    def is_used(self) -> bool:
        """Return whether the model's answer depends on it at all."""
        return bool(_moves(self.factor))


@dataclass(frozen=True)
class TermEffects:
    """What a model uses, the strongest first, and last what it has a term for and does not use."""

    estimator: str
    effects: tuple[TermEffect, ...]


def term_effects(model: MembraneModel, n: int = N_RESAMPLES) -> TermEffects | None:
    """Return what a model uses.

    Args:
        model: as `fit` returns it.
        n: how many times papers are drawn with replacement, at least once; estimator and penalty are kept, all else is
            fitted anew.

    Returns:
        One effect per variable of `VARIABLES` that the estimator has terms for and the rows a contrast; None where
        there is no such variable.

    Raises:
        InputError: a training row names what the catalogue does not know.

    >>> import spcse_ml
    >>> model = spcse_ml.fit(spcse_ml.read_literature(), spcse_ml.TARGETS["retention"], estimator="constrained_ridge")
    >>> [effect.name for effect in spcse_ml.term_effects(model, 2).effects if not effect.is_used]
    ['solvent_polarity', 'binder_is_polar_film']
    """
    rows, steps = model.training_rows, list(base_of(model.pipeline).named_steps)
    if not _TERMS & set(steps):
        return None
    n_prepare = 1 + next(number for number, step in enumerate(steps) if step in _TERMS)
    terms = base_of(model.pipeline)[:n_prepare].transform(rows.recipes)
    of_model = [variable for variable in VARIABLES if set(variable.terms) <= set(terms)]
    of_rows = {variable: variable.contrast(terms, list(variable.terms)) for variable in of_model}
    contrasts = {variable: ends for variable, ends in of_rows.items() if ends is not None}
    if not contrasts:
        return None
    frame, labels = _contrasted(terms, contrasts), rows.papers.astype(str)

    def factors(numbers: np.ndarray) -> np.ndarray:
        return _factors(fit_to(clone(model.pipeline), rows.take(numbers)), n_prepare, frame, model.calibration.ceiling)

    whole = _factors(model.pipeline, n_prepare, frame, model.calibration.ceiling)
    draws = (resample_papers(rows.papers, np.random.default_rng(seed)) for seed in range(n))
    drawn = np.array([factors(draw) for draw in draws])
    papers = sorted(set(labels))
    without = np.array([factors(np.flatnonzero(labels != paper)) for paper in papers])
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    heaviest = np.abs(np.log(without / whole)).argmax(axis=0)
    effects = []
    for k, (variable, ends) in enumerate(contrasts.items()):
        start, end = (variable.in_unit(float(part.iloc[-1])) for part in ends)
        factor, share = (float(whole[k]), float(low[k]), float(high[k])), float(_moves(drawn[:, k]).mean())
        paper = int(heaviest[k])
        effects.append(
            TermEffect(
                variable.name, start, end, variable.unit, *factor, share, papers[paper], float(without[paper, k])
            )
        )
    return TermEffects(model.estimator, tuple(sorted(effects, key=lambda effect: -abs(np.log(effect.factor)))))


_TERMS = frozenset({"terms", "log_content"})
"""Names of the step that makes terms of an encoded recipe; what comes after it learns from outcomes."""


def _moves(factors: np.ndarray | float) -> np.ndarray:
    return ~np.isclose(factors, 1.0, rtol=0.0, atol=1e-9)


def _contrasted(terms: pd.DataFrame, contrasts: Mapping[Variable, tuple[pd.Series, pd.Series]]) -> pd.DataFrame:
    """Return the terms at the start and at the end of each contrast in turn, all others at their mean."""
    middle = terms.mean()
    ends = [pd.concat([middle.drop(part.index), part]) for contrast in contrasts.values() for part in contrast]
    return pd.DataFrame(ends, columns=terms.columns)


def _factors(pipeline: Pipeline, n_prepare: int, frame: pd.DataFrame, ceiling_at: float | None) -> np.ndarray:
    """Return what the prediction at the end of each contrast is over that at its start."""
    values = np.clip(base_of(pipeline)[n_prepare:].predict(frame), SMALLEST, ceiling_at)
    return np.asarray(values[1::2] / values[::2])
