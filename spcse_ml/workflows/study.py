"""The path from rows to judged, kept and tracked models, in sentences."""

import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spcse_ml.drawing.card import model_card
from spcse_ml.drawing.figures import estimators_figure, held_out_figure, importance_figure, literature_figure, png
from spcse_ml.judging.answer import JudgedModel, ModelPair
from spcse_ml.judging.evaluation import (
    CHOSEN,
    Evaluation,
    Progress,
    by_domain,
    evaluate,
    paired_gain,
    with_shuffles,
)
from spcse_ml.judging.explanation import Explanation, explain
from spcse_ml.judging.verdict import Verdict, in_words, judge
from spcse_ml.learning.estimators import BASELINES
from spcse_ml.learning.model import fit
from spcse_ml.literature.dataset import Dataset, literature
from spcse_ml.literature.released import PACKAGE
from spcse_ml.literature.schema import RETENTION, TARGETS, THICKNESS, Target
from spcse_ml.storage.champion import answering_pair, champion, crown, model_folder
from spcse_ml.storage.model_files import save_pair
from spcse_ml.storage.store import write_whole
from spcse_ml.storage.tracking import Kept, log_training, runs

CONSTANT = "median"
"""What stands in for a model that has no skill: the literature's median with its range."""

SHUFFLES = 40
"""How many times outcomes are shuffled at a training: enough to tell p below 0.025."""


@dataclass(frozen=True)
class Training:
    """What a training left behind."""

    pair: ModelPair
    folder: Path
    run_id: str
    is_champion: bool


def train(store: Path, *, executor: Executor | None = None, progress: Progress | None = None) -> Training:
    """Learn both targets from the literature, judge them, keep them in the store and track them in MLflow.

    The first model of a store becomes its champion; later ones are challengers.

    Raises:
        StoreError: the store cannot be written to.
    """
    write_whole(store / "README.txt", "Runs and models of spcse_ml. champion.json names the model that answers.\n")
    dataset = literature()
    judged = {name: judged_model(dataset, target, executor, progress) for name, target in TARGETS.items()}
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    pair = ModelPair(stamp, judged[RETENTION.name], judged[THICKNESS.name])
    folder = model_folder(store, pair.name)
    keep(pair, dataset, folder)
    is_first = champion(store) is None
    run_id = log_training(store, Kept(pair, folder, commit()), dataset, is_champion=is_first)
    if is_first:
        crown(store, pair.name, reason="first model of this store")
    return Training(pair, folder, run_id, is_first)


def judged_model(
    dataset: Dataset, target: Target, executor: Executor | None = None, progress: Progress | None = None
) -> JudgedModel:
    """Return the model of a target with its evaluation and verdict; one without skill shows the literature's median."""
    evaluation, verdict = _evaluated(dataset, target, SHUFFLES, executor, progress)
    model = fit(dataset, target, estimator=CONSTANT if verdict is Verdict.NO_SKILL else None)
    return JudgedModel(model, evaluation, verdict, dataset.fingerprint)


def _evaluated(
    dataset: Dataset, target: Target, n_shuffles: int, executor: Executor | None, progress: Progress | None
) -> tuple[Evaluation, Verdict]:
    evaluation = evaluate(dataset, target, executor=executor, progress=progress)
    if n_shuffles and judge(evaluation) is Verdict.USEFUL:  # only this verdict can still be lost
        evaluation = with_shuffles(evaluation, dataset, n_shuffles, executor=executor, progress=progress)
    verdict = judge(evaluation)
    if verdict is Verdict.NO_SKILL:  # then the constant is what ships, and so what is shown
        evaluation = evaluate(dataset, target, among=(CONSTANT,), executor=executor, progress=progress)
    return evaluation, verdict


def keep(pair: ModelPair, dataset: Dataset, folder: Path) -> None:
    """Write the model files, their cards and their figures into a folder."""
    save_pair(pair, folder)
    for name, image in figures(pair, dataset).items():
        write_whole(folder / name, image)
    for target, judged in pair.by_target.items():
        write_whole(folder / f"{target}.md", model_card(judged))


def figures(pair: ModelPair, dataset: Dataset) -> Mapping[str, bytes]:
    """Return the PNG figures of a training by file name."""
    drawn = {"literature.png": png(literature_figure(dataset.rows))}
    for target, judged in pair.by_target.items():
        drawn[f"{target}_held_out.png"] = png(held_out_figure(judged.evaluation))
        drawn[f"{target}_estimators.png"] = png(estimators_figure(judged.evaluation))
        if judged.verdict is not Verdict.NO_SKILL:
            drawn[f"{target}_importance.png"] = png(importance_figure(explain(judged.model)))
    return drawn


def evaluate_again(
    names: Iterable[str] | None = None,
    *,
    n_shuffles: int = SHUFFLES,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> dict[str, tuple[Evaluation, Verdict]]:
    """Return the evaluation and verdict of each target named (all without names), worked out anew on the literature."""
    return {name: _evaluated(literature(), TARGETS[name], n_shuffles, executor, progress) for name in names or TARGETS}


def summary(evaluation: Evaluation, verdict: Verdict) -> dict[str, Any]:
    """Return an evaluation as plain values for other programs; errors in the target's unit, skill as a fraction."""
    chosen, coverage = evaluation.scores[CHOSEN], evaluation.coverage
    return {
        "verdict": verdict.value,
        "n_rows": evaluation.n_rows,
        "n_papers": evaluation.n_papers,
        **asdict(chosen),
        "spearman": None if np.isnan(chosen.spearman) else chosen.spearman,
        "gain_over_mean": asdict(evaluation.gain),
        "gain_over_random_forest": asdict(paired_gain(evaluation.predictions, "random_forest", CHOSEN)),
        "coverage": {
            f"{coverage.level:g}": {
                "hits": coverage.hits, "n": coverage.n, "mean_width": coverage.mean_width, "winkler": coverage.winkler,
            }
        },
        "p_of_chance": evaluation.p_of_chance,
        "n_shuffles": len(evaluation.shuffled),
        "baselines": {name: evaluation.scores[name].mae for name in BASELINES},
        "estimators": {name: score.mae for name, score in evaluation.scores.items()},
        "by_domain": [asdict(record) for record in by_domain(evaluation.predictions)],
        "mae_where_contents_are_known": dict(evaluation.complete),
    }  # fmt: skip


def explanations(store: Path, folder: Path) -> dict[str, Explanation]:
    """Explain the answering models, draw an importance figure of each into the folder, and return them by target.

    A target without skill is left out: its importances would describe chance.
    """
    found = {}
    for name, judged in answering_pair(store).by_target.items():
        if judged.verdict is not Verdict.NO_SKILL:
            found[name] = explain(judged.model)
            write_whole(folder / f"{name}_importance.png", png(importance_figure(found[name])))
    return found


def unexplained(store: Path) -> list[str]:
    """Return a sentence for each target that has no skill and so no importances."""
    pairs = answering_pair(store).by_target.values()
    return [in_words(judged.model.target, judged.verdict) for judged in pairs if judged.verdict is Verdict.NO_SKILL]


def trainings(store: Path) -> pd.DataFrame:
    """Return the trainings of a store, newest first, with the champion marked."""
    found = runs(store)
    crowned = champion(store)
    is_champion = found["model"] == (crowned.model if crowned else "")
    return found.assign(champion=["*" if yes else "" for yes in is_champion])


def commit() -> str:
    """Return the commit of the checkout that this package runs from, or `unknown` where it is installed otherwise."""
    if not (PACKAGE.parent / ".git").exists():
        return "unknown"
    try:
        said = subprocess.run(
            ["git", "-C", str(PACKAGE.parent), "rev-parse", "HEAD"],  # noqa: S607 - whichever git the user has
            capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return said.stdout.strip()
