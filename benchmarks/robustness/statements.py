"""What the review says of the chemistry, beside what a model without any constraint on its signs learnt from the rows.

A direction is asked as a contrast: the same recipes with one thing changed, and how much more is predicted to be kept.
It is stated only if the witness has skill, the sign holds in 97.5 % of resamplings of the papers and survives without
the papers that weigh most, each in turn; otherwise the answer is that one cannot tell. Statements are of association.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from benchmarks.robustness.left_out import gentle
from benchmarks.robustness.simulation import evaluations, reassigned
from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.dataset import TrainingRows, typed_recipes
from spcse_ml.data.papers import papers_in_question
from spcse_ml.evaluation.robustness import Finding, StatementRecord
from spcse_ml.evaluation.verdict import Verdict, verdict_of
from spcse_ml.models.cross_validation import ceiling, leave_one_out, predict_held_out, prepared, resample_papers
from spcse_ml.models.estimators import ESTIMATORS
from spcse_ml.models.features import TERMS, encode, terms
from spcse_ml.models.weights import fit_parameters, fit_to, row_weights
from spcse_ml.schema import Method, Target

SHARE = 0.975
"""The sign must hold in at least this share of resamplings. At 0.9, in one case of four to five, a simulated effect was
stated of a direction that goes together with it (docs/experiments.md)."""

PENALTY = 0.3
"""Of the witness: small, because a large one shares an effect out among terms that go together."""

N_RESAMPLES, N_TRIAL_RESAMPLES = 200, 50
SALT = "names_salt"


@dataclass(frozen=True)
class Direction:
    """Something that the review states, and the terms through which a model could learn it."""

    name: str
    expected: int
    """Sign of the change that it implies for the retention."""
    terms: tuple[str, ...]
    contrast: Callable[[pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]]
    """From recipes to those before and those after the change."""


def _content(recipes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    with_binder = recipes[recipes["binder"].notna()]
    return with_binder.assign(binder_wt_percent=1.0), with_binder.assign(binder_wt_percent=5.0)


def _donor(recipes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    wet, mild = recipes[recipes["solvent"].notna()], gentle(recipes)
    strong = sorted(set(gentle(recipes, np.inf)) - set(gentle(recipes, 14.0)))
    return _each(wet, "solvent", mild), _each(wet, "solvent", strong)


def _form(recipes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    with_binder = recipes[recipes["binder"].notna()]
    names = sorted(set(with_binder["binder"]))
    films = [name for name in names if catalogue().binder(name).form == "film"]
    return _each(with_binder, "binder", films), _each(
        with_binder, "binder", [name for name in names if name not in films]
    )


def _skeleton(recipes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    after = recipes[recipes["template"].notna()]
    method = [Method.SLURRY.value if wet else Method.DRY.value for wet in after["solvent"].notna()]
    return after.assign(template=None, template_wt_percent=np.nan, method=method), after


def _salt(recipes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    with_binder = recipes[recipes["binder"].notna()]
    return with_binder.assign(lithium_salt=None), with_binder.assign(lithium_salt="LiTFSI")


def _each(recipes: pd.DataFrame, column: str, names: list[str]) -> pd.DataFrame:
    return pd.concat([recipes.assign(**{column: name}) for name in names], ignore_index=True)


DIRECTIONS = (
    Direction("more binder", -1, ("log_polymer_volume", "polymer_volume"), _content),
    Direction("a stronger donor", -1, ("solvent_attack", "solvent_polarity"), _donor),
    Direction("fibres or particles", 1, ("binder_is_polar_film",), _form),
    Direction("a template", -1, ("has_template",), _skeleton),
    Direction("a lithium salt", 1, (SALT,), _salt),
)
"""Their claims, in our words and with the section of the review: `spcse_ml/reports/messages/explanation.py`."""


def is_firm(change: np.ndarray, share: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Return whether changes may be stated: the sign holds in enough resamplings and without each heavy paper.

    `left` holds the changes without each heavy paper on its first axis.
    """
    survives = (np.sign(left) == np.sign(change)).all(axis=0)
    return np.asarray((change != 0) & (share >= SHARE) & survives)


def witness() -> Pipeline:
    """Return ridge regression with free signs on every term, and on whether a lithium salt is named."""
    return ESTIMATORS["ridge"]().set_params(
        regress__regressor__alpha=PENALTY,
        encode=FunctionTransformer(_encoded),
        terms=FunctionTransformer(_terms_and_salt),
    )


def _encoded(recipes: pd.DataFrame) -> pd.DataFrame:
    return encode(recipes).assign(**{SALT: _names_salt(recipes)})


def _names_salt(recipes: pd.DataFrame) -> np.ndarray:
    return np.array([name is not None and name != "none" for name in recipes["lithium_salt"]], dtype=float)


def _terms_and_salt(encoded: pd.DataFrame) -> pd.DataFrame:
    return terms(encoded).assign(**{SALT: encoded[SALT]})


def changes(rows: TrainingRows, target: Target, subset: np.ndarray, outcome_sets: np.ndarray) -> np.ndarray:
    """Return the change of each direction in the target's unit, learnt from some of the rows.

    A set is one vector of outcomes for all rows; the result has the shape (sets, directions).
    """
    contrasts, parts = _contrasts(rows.recipes)
    pipeline = witness()
    seen, unseen = prepared(pipeline, rows.recipes.iloc[subset], contrasts)
    weights = fit_parameters(pipeline[-1], row_weights(rows)[subset])
    fitted = [clone(pipeline[-1]).fit(seen, made, **weights).predict(unseen) for made in outcome_sets[:, subset]]
    limits = [ceiling(target, outcomes) for outcomes in outcome_sets[:, subset]]
    return np.array([_differences(np.clip(v, 0, limit), parts) for v, limit in zip(fitted, limits, strict=True)])


def firmness(
    rows: TrainingRows, target: Target, outcome_sets: np.ndarray, n_resamples: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the changes from all papers, from papers resampled, and without the heavy ones.

    Shapes: (sets, directions), (resamples, sets, directions), (papers left out, sets, directions).
    """
    everyone, papers = np.arange(len(rows.outcomes)), rows.papers.astype(str)
    draws = [resample_papers(rows.papers, np.random.default_rng(seed)) for seed in range(n_resamples)]
    drawn = [changes(rows, target, draw, outcome_sets) for draw in draws]
    left = [changes(rows, target, everyone[papers != paper], outcome_sets) for paper in _weighty()]
    return changes(rows, target, everyone, outcome_sets), np.array(drawn), np.array(left)


def _weighty() -> list[str]:
    """Return the papers that weigh most: a sign must survive without each in turn."""
    return ["+".join(papers) for papers in papers_in_question("sign_without")]


def findings(rows: TrainingRows, target: Target) -> list[Finding]:
    """Return what the witness says of each direction."""
    outcome_sets = rows.outcomes[None]
    whole, drawn, left = (values[..., 0, :] for values in firmness(rows, target, outcome_sets, N_RESAMPLES))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    share = (np.sign(drawn) == np.sign(whole)).mean(axis=0)
    has_skill = _has_skill(rows, target, outcome_sets)[0]
    is_stated = is_firm(whole, share, left) & has_skill
    return [
        Finding(
            direction.name,
            direction.expected,
            float(whole[n]),
            float(low[n]),
            float(high[n]),
            float(share[n]),
            dict(zip(_weighty(), left[:, n].tolist(), strict=True)),
            has_skill,
            bool(is_stated[n]),
        )
        for n, direction in enumerate(DIRECTIONS)
    ]


AS_IT_IS, PTFE_IS_DRY = "as it is", "PTFE exactly where dry"
"""The designs on which statements are tried: the published recipes, and those of them that alias binder and method."""


def statement_trial(
    rows: TrainingRows, target: Target, simulated_direction: str, design: str, n: int
) -> StatementRecord:
    """Return how a direction fares that is simulated alone, either way, with errors like those on papers unseen."""
    rows = aliased(rows) if design == PTFE_IS_DRY else rows
    made = [_simulated(rows, target, simulated_direction, seed) for seed in range(n)]
    outcome_sets, truths = np.array([outcomes for outcomes, _ in made]), np.array([truth for _, truth in made])
    whole, drawn, left = firmness(rows, target, outcome_sets, N_TRIAL_RESAMPLES)
    share = (np.sign(drawn) == np.sign(whole)).mean(axis=0)
    is_stated = is_firm(whole, share, left) & np.array(_has_skill(rows, target, outcome_sets))[:, None]
    is_simulated = np.array([direction.name == simulated_direction for direction in DIRECTIONS])
    is_right, is_absent = np.sign(whole) == truths, truths == 0
    return StatementRecord(
        simulated_direction,
        design,
        n,
        right=int((is_stated & is_right)[:, is_simulated].sum()),
        wrong=int((is_stated & ~is_right)[:, is_simulated].sum()),
        unfounded=int((is_stated & is_absent).sum()),
        n_unfounded_possible=int(is_absent.sum()),
    )


def aliased(rows: TrainingRows) -> TrainingRows:
    """Return the rows of a design in which a process is dry exactly where the binder is PTFE."""
    is_dry = rows.recipes["method"] == Method.DRY.value
    return rows.take(np.flatnonzero(is_dry == (rows.recipes["binder"] == "PTFE")))


def _simulated(
    rows: TrainingRows, target: Target, simulated_direction: str, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return outcomes in which one direction is true, and the sign of each direction in them.

    A direction that moves less than a tenth of the simulated one, by the way, counts as absent.
    """
    contrasts, parts = _contrasts(rows.recipes)
    pipeline = fit_to(witness(), rows)
    steps = pipeline[:-1]
    fitted, real = np.log(pipeline.predict(rows.recipes)), np.log(rows.outcomes)
    unseen = predict_held_out(witness, rows, target, leave_one_out(rows.papers))
    columns = [n for n, name in enumerate((*TERMS, SALT)) if name in _terms_of(simulated_direction)]
    sign = -1 if seed % 2 else 1
    signal, elsewhere = (sign * steps.transform(frame)[:, columns].sum(axis=1) for frame in (rows.recipes, contrasts))
    scale = fitted.std() / signal.std() if columns and signal.std() > 0 else 0.0
    made = np.exp(real.mean() + scale * (signal - signal.mean()) + reassigned(rows, real - np.log(unseen), seed))
    truth = np.array(_differences(scale * elsewhere, parts))
    return np.minimum(made, 100.0), np.where(np.abs(truth) > 0.1 * np.abs(truth).max(), np.sign(truth), 0.0)


def _terms_of(name: str) -> tuple[str, ...]:
    return next((direction.terms for direction in DIRECTIONS if direction.name == name), ())


def _has_skill(rows: TrainingRows, target: Target, outcome_sets: np.ndarray) -> list[bool]:
    return [verdict_of(evaluation) is Verdict.USEFUL for evaluation in evaluations(rows, target, witness, outcome_sets)]


def _contrasts(recipes: pd.DataFrame) -> tuple[pd.DataFrame, list[int]]:
    """Return the recipes before and after each change in one frame, and where each part ends."""
    frames = [frame for direction in DIRECTIONS for frame in direction.contrast(recipes)]
    return typed_recipes(pd.concat(frames, ignore_index=True)), np.cumsum([len(frame) for frame in frames]).tolist()


def _differences(values: np.ndarray, parts: list[int]) -> list[float]:
    means = [float(part.mean()) for part in np.split(values, parts[:-1])]
    return [after - before for before, after in zip(means[::2], means[1::2], strict=True)]
