"""How often prediction intervals cover on made-up retentions: `python -m benchmarks.robustness.coverage`.

The protocol is `docs/decisions/0012-intervals-that-hold-where-they-are-used.md`. What takes time is done once for each
data set: `raw` chooses an estimator, examines papers held out and fits, all by the package's own functions, and keeps
the predictions and the parts of their difficulty. Every variant of the intervals is computed from that afterwards. Each
world has one Parquet file in `coverage-raw/`; after Ctrl-C the same command goes on. Worlds of which no variant is
chosen are run when they are named.
"""

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
import pandas as pd

from benchmarks.robustness.variants import (
    CALIBRATION,
    DESIGNS,
    GROUPS,
    IN_FORCE,
    NEW_PAPERS,
    RELEASED,
    REPEATS,
    all_coverages,
    by_rule,
    taken,
)
from benchmarks.robustness.worlds import CHOSEN_ON, SIMULATIONS
from spcse_ml.cli.executors import worker_flags, workers
from spcse_ml.data.dataset import TrainingRows
from spcse_ml.data.literature import literature
from spcse_ml.design.space import DesignSpace, design_space
from spcse_ml.models.conformal import LEVEL
from spcse_ml.models.estimators import candidates
from spcse_ml.models.examination import cross_examined, examined
from spcse_ml.models.model import learn, refitted
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.schema import RETENTION
from spcse_ml.storage.files import write_whole

FOLDER = Path(__file__).with_name("coverage-raw")
TABLE = Path(__file__).with_name("coverage.md")

VERSION = 1
"""Raised when a raw record comes to mean something else, so that what was stored before does not count as it."""

N_SEEDS, N_LEFT_OUT, N_REPEATS, N_DESIGNS = 100, 3, 60, 100

NEW = "new"
"""Label of the paper that makes published recipes again, and recipes of the design space."""


@dataclass(frozen=True)
class DataSet:
    """Made-up outcomes of the real rows, of which some papers are left out, and of the recipes of a new paper."""

    rows: TrainingRows
    left_out: np.ndarray
    """Which of the rows are of the papers left out."""
    new: pd.DataFrame
    new_outcomes: np.ndarray
    roles: np.ndarray
    """`REPEATS` or `DESIGNS`, of each recipe of the new paper."""


def data_set(world: str, seed: int) -> DataSet:
    """Return the data set of a world and a seed; papers left out and recipes are the same in every world."""
    rows, chance = literature().training_rows(RETENTION), np.random.default_rng(seed)
    left_out = np.isin(rows.papers, chance.choice(np.unique(rows.papers), N_LEFT_OUT, replace=False))
    again = chance.choice(len(rows.papers), N_REPEATS)
    designs = _space().frame(_space().decoded(_space().sample(N_DESIGNS, seed)))
    new = pd.concat([rows.recipes.iloc[again], designs], ignore_index=True)
    recipes, papers = pd.concat([rows.recipes, new], ignore_index=True), np.r_[rows.papers, np.full(len(new), NEW)]
    outcomes, new_outcomes = np.split(SIMULATIONS[world].outcomes(rows, recipes, papers, chance), [len(rows.papers)])
    roles = np.repeat([REPEATS, DESIGNS], [N_REPEATS, N_DESIGNS])
    return DataSet(replace(rows, outcomes=outcomes), left_out, new, new_outcomes, roles)


@functools.cache
def _space() -> DesignSpace:
    return design_space()


def raw(job: tuple[str, int]) -> pd.DataFrame:
    """Return what every variant needs of one data set, of a world and a seed: two models, and what each predicted.

    One row for each row that calibrates and each recipe predicted, with what `examined` returns, `outcome`, `paper`,
    `role`, and `n_papers` that the model learnt from, which tells the two models apart.
    """
    of, (_, seed) = data_set(*job), job
    seen, unseen = (of.rows.take(np.flatnonzero(subset)) for subset in (~of.left_out, of.left_out))
    held_out = unseen.recipes.assign(outcome=unseen.outcomes, paper=unseen.papers, role=NEW_PAPERS)
    new = of.new.assign(outcome=of.new_outcomes, paper=NEW, role=of.roles)
    parts = [*_trained_and_predicted(seen, held_out), *_trained_and_predicted(of.rows, new)]
    return pd.concat(parts, ignore_index=True).assign(seed=seed)


def _trained_and_predicted(rows: TrainingRows, predicted: pd.DataFrame) -> list[pd.DataFrame]:
    """Return what is kept of the rows learnt from and of the recipes predicted."""
    names = ["outcome", "paper", "role"]
    held_out = cross_examined(rows, RETENTION, candidates(RETENTION))
    model = refitted(rows, RETENTION, held_out)
    recipes, limit = predicted.drop(columns=names), model.calibration.ceiling
    answers = examined(model.estimator, model.pipeline, rows.recipes, recipes, limit).join(predicted[names])
    known = held_out.rows.assign(outcome=rows.outcomes, paper=rows.papers, role=CALIBRATION)
    return [part.assign(n_papers=model.calibration.n_papers, estimator=model.estimator) for part in (known, answers)]


def covered_by_package(world: str, seed: int) -> pd.DataFrame:
    """Return which outcomes of the new paper lie in the intervals of the package, with the role and width of each."""
    of = data_set(world, seed)
    predictions = learn(of.rows, RETENTION, candidates(RETENTION)).predict(of.new, has_reasons=False)
    is_covered = (predictions["low"] <= of.new_outcomes) & (of.new_outcomes <= predictions["high"])
    return pd.DataFrame({"role": of.roles, "is_covered": is_covered, "width": predictions["high"] - predictions["low"]})


def run_world(world: str, seeds: Iterable[int], folder: Path = FOLDER, *, workers: Workers = ALONE) -> pd.DataFrame:
    """Return the raw records of a world, after the seeds that its file does not hold yet are done and stored."""
    records = stored(world, folder)
    missing = [(world, seed) for seed in seeds if seed not in set(records["seed"])]
    for record in workers.each(raw, missing, f"{world}: data sets"):
        records = pd.concat([records, record], ignore_index=True) if len(records) else record
        write_whole(_path(world, folder), records.to_parquet(engine="pyarrow", compression="zstd", index=False))
    return records


def stored(world: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Return the raw records of a world that are done; none has no rows."""
    path = _path(world, folder)
    return pd.read_parquet(path, engine="pyarrow") if path.exists() else pd.DataFrame({"seed": []})


def _path(world: str, folder: Path) -> Path:
    return folder / f"{world}-{literature().fingerprint}-{VERSION}.parquet"


def page(raw_by_world: Mapping[str, pd.DataFrame]) -> str:
    """Return the page of results: a table for each world, and what the rule says once its worlds are all there."""
    chosen_on = {world: records for world, records in raw_by_world.items() if world in CHOSEN_ON}
    coverages = all_coverages(chosen_on)
    rule = by_rule(coverages)
    last = {world: records for world, records in raw_by_world.items() if world not in CHOSEN_ON}
    if last:
        coverages = pd.concat([coverages, all_coverages(last, tuple(dict.fromkeys([RELEASED, taken(rule), IN_FORCE])))])
    tables = [
        _world_table(world, records, coverages[coverages.index.get_level_values("world") == world])
        for world, records in raw_by_world.items()
    ]
    n_seeds = min(records["seed"].nunique() for records in chosen_on.values())
    rules = [_rule_table(rule, n_seeds)] if set(chosen_on) == set(CHOSEN_ON) else []
    recipes = f"Recipes are those of the training rows, data fingerprint {literature().fingerprint}."
    return "\n\n".join([_HEAD, recipes, *tables, *rules]) + "\n"


_HEAD = f"""# Coverage of {LEVEL:.0%} prediction intervals on made-up retentions

Written by `python -m benchmarks.robustness.coverage`; variants, worlds and the rule are those of
[decision 12](../../docs/decisions/0012-intervals-that-hold-where-they-are-used.md). Each cell: coverage ± its Monte
Carlo error (data sets resampled), then the mean width in points of retention. Inside, edge and outside are the domains
of new papers. One new paper a data set makes the repeats and the recipes of the design space: all share its effect."""


def _world_table(world: str, records: pd.DataFrame, coverages: pd.DataFrame) -> str:
    n = coverages["n"].groupby("group").first()
    rows = {
        str(name): [_cell(table.droplevel(["world", "variant"]), group) for group in GROUPS]
        for name, table in coverages.groupby("variant", sort=False)
    }
    predictions = {"*predictions*": [f"{n.get(group, 0):.0f}" for group in GROUPS]}
    models = "; ".join(_model_text(part) for _, part in records.groupby("n_papers"))
    title = f"## {world}\n\n{records['seed'].nunique()} data sets. {models}."
    return f"{title}\n\n{_markdown(['variant', *GROUPS], predictions | rows)}"


def _cell(table: pd.DataFrame, group: str) -> str:
    if group not in table.index:
        return "-"
    values = table.loc[group]
    return f"{values['coverage']:.3f} ± {values['error']:.3f}; {values['width']:.1f}"


def _model_text(records: pd.DataFrame) -> str:
    """Return of how many papers predictions are, and which level the quantile of so many scores has."""
    n_papers, roles = records["n_papers"].iloc[0], [role for role in GROUPS if role in set(records["role"])]
    level = math.ceil(round(LEVEL * (n_papers + 1), 9)) / (n_papers + 1)
    return f"{' and '.join(roles).capitalize()}: {n_papers} papers, level in force {level:.3f}"


def _rule_table(rule: pd.DataFrame, n_seeds: int) -> str:
    heads = ["variant", "new papers", "a domain", "repeats", "design space", "mean width there", "passes"]
    shown = rule.assign(passes=np.where(rule["passes"], "yes", "no"), width=rule["width"].map("{:.1f}".format))
    rows = {str(name): [_shown(value) for value in values] for name, *values in shown.itertuples()}
    text = "## The rule\n\nLeast coverage over the four worlds; domains of 200 predictions or more."
    return f"{text}\n\n{_markdown(heads, rows)}\n\n{_conclusion(rule, n_seeds)}"


def _shown(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return "-" if math.isnan(value) else f"{value:.3f}"


def _conclusion(rule: pd.DataFrame, n_seeds: int) -> str:
    """Return which variant is taken, which no fewer data sets than the protocol's decide."""
    if n_seeds < N_SEEDS:
        return f"Not decided: {n_seeds} of {N_SEEDS} data sets a world are done."
    by_rule = f"Taken by the rule: `{taken(rule)}`" + ("." if rule["passes"].any() else ", though none passes.")
    return by_rule if taken(rule) == IN_FORCE else f"{by_rule} In force: `{IN_FORCE}`; decision 12 says why."


def _markdown(heads: list[str], rows: Mapping[str, list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([name, *cells] for name, cells in rows.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@click.command()
@click.option("--world", "names", type=click.Choice(list(SIMULATIONS)), multiple=True, help="Only this one.")
@click.option("--seeds", "n_seeds", type=click.IntRange(min=1), default=N_SEEDS, show_default=True, help="Data sets.")
@worker_flags
def main(names: tuple[str, ...], n_seeds: int, jobs: int, scheduler: str | None) -> None:
    """Make the data sets that are missing, and write the table to benchmarks/robustness/coverage.md."""
    with workers(jobs=jobs, scheduler=scheduler) as who:
        for name in names or CHOSEN_ON:
            run_world(name, range(n_seeds), workers=who)
    stored_records = {world: stored(world) for world in SIMULATIONS}
    write_whole(TABLE, page({world: records for world, records in stored_records.items() if len(records)}))
    click.echo(f"Written: {TABLE}")


if __name__ == "__main__":
    main()
