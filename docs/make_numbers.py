"""Write the numbers of the pages that data, models and studies determine: `make datasheet`.

Such a number has its name in a comment behind it, `15.3<!--retention.mae-->`, which no page shows. A table stands
between two lines of comments, `<!-- coefficients -->` and `<!-- end -->`. `tests/test_docs.py` compares.
"""

import math
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np

import spcse_ml
from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.data.literature import literature, paper_dois
from spcse_ml.data.papers import references
from spcse_ml.evaluation.evaluated import EvaluatedModel, ModelPair
from spcse_ml.evaluation.metrics import CHOSEN, Coverage, Gain, by_domain, paired_gain
from spcse_ml.evaluation.robustness import RobustnessStudy, SplitDifficulty, shipped_study
from spcse_ml.evaluation.verdict import Verdict
from spcse_ml.explanation.term_effects import term_effects
from spcse_ml.models.features import encode
from spcse_ml.storage.champion import RELEASED
from spcse_ml.storage.model_files import load_pair
from spcse_ml.tables import read_table, released
from spcse_ml.workflows.data import claims_of_papers

Value = TypeVar("Value")
TOP = Path(__file__).resolve().parent.parent
NUMBER = r"-?\d[\d.,]*"
MORE = rf" \({NUMBER} to {NUMBER}\)| of (?:the )?{NUMBER}| to {NUMBER}| and {NUMBER}"
MARKED = re.compile(rf"({NUMBER}(?:{MORE})?)<!--([a-z][a-z0-9_.-]*)-->")
"""A number, an estimate with its interval, a count of a count or a range, and its name."""
TABLE = re.compile(r"(?<=\n)<!-- (coefficients|split_difficulty) -->\n.*?<!-- end -->\n", re.DOTALL)


def pages() -> list[Path]:
    """Return the pages that may hold marked numbers."""
    return [path for path in sorted((TOP / "docs").rglob("*.md")) if "_build" not in path.parts]


def remade(page: str) -> str:
    """Return a page with its marked numbers and tables as they are now.

    Raises:
        KeyError: no number or table has that name.
    """
    page = TABLE.sub(lambda block: f"<!-- {block[1]} -->\n\n{tables()[block[1]]}\n\n<!-- end -->\n", page)
    return MARKED.sub(lambda mark: f"{numbers()[mark[2]]}<!--{mark[2]}-->", page)


@cache
def numbers() -> dict[str, str]:
    """Return each number by its name, as it is printed."""
    pair = load_pair(released("models"), name=RELEASED)
    study = _study_of(pair.retention)
    return {
        **_of_data(),
        **_of_evaluations(pair),
        **_of_study(study),
        **_of_terms(pair.retention),
        **_of_catalogue(),
        **_of_benchmarks(),
        **_of_recipes(),
    }


@cache
def tables() -> dict[str, str]:
    """Return each table by its name."""
    retention = load_pair(released("models"), name=RELEASED).retention
    return {"coefficients": _coefficients(retention), "split_difficulty": _splits(_study_of(retention))}


def _study_of(evaluated: EvaluatedModel) -> RobustnessStudy:
    return _there(shipped_study(evaluated.fingerprint, evaluated.evaluation), "the robustness study: `make robustness`")


def _there(value: Value | None, name: str) -> Value:
    if value is None:
        raise LookupError(name)
    return value


def _of_data() -> dict[str, str]:
    data = literature()
    found = {"printed.rows": str(len(data.rows)), "printed.papers": str(data.rows["reference"].nunique())}
    for name, target in spcse_ml.TARGETS.items():
        rows = data.training_rows(target)
        found |= {
            f"{name}.rows": str(len(rows.outcomes)),
            f"{name}.papers": str(len(set(rows.papers))),
            f"{name}.observed": f"{min(rows.outcomes):g} to {max(rows.outcomes):g}",
        }
    recipes = data.training_rows(spcse_ml.TARGETS["retention"]).recipes
    is_dry = recipes["method"] == "dry binder laminating"
    n_papers = int(found["retention.papers"])
    rank = math.ceil(0.9 * (n_papers + 1))
    return found | {
        "dry.ptfe": f"{int((is_dry & (recipes['binder'] == 'PTFE')).sum())} of the {int(is_dry.sum())}",
        "solvents.strongest": f"{encode(recipes)['donor_number_kcal_mol'].max():g}",
        "scores.ranks": str(n_papers + 1),
        "scores.rank": str(rank),
        "scores.rank_of": f"{rank} of {n_papers + 1}",
        "scores.too_few": f"{rank - 1} of {n_papers + 1}",
        "chance.least": f"{1 / (2 * n_papers + 2):.3f}",
        "beyond.rows": str(len(read_table(released("data", "literature", "beyond_review.csv")))),
        "dois": str(len(set(paper_dois(data.rows, references(), claims_of_papers()).values()))),
    }


def _of_evaluations(pair: ModelPair) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, evaluated in pair.by_target.items():
        evaluation = evaluated.evaluation
        found |= {f"{name}.mae": f"{evaluation.scores[CHOSEN].mae:.1f}", f"{name}.held": _share(evaluation.coverage)}
        found |= {f"{name}.mae.{rival}": f"{scores.mae:.1f}" for rival, scores in evaluation.scores.items()}
        found[f"{name}.coverage"] = "{:.0f} and {:.0f}".format(*(100 * end for end in evaluation.coverage.range))
        for rival in ("content_line", "random_forest", "mean"):
            found[f"{name}.gain.{rival}"] = _gain(paired_gain(evaluation.predictions, rival, CHOSEN))
        for record in by_domain(evaluation.predictions):
            found[f"{name}.held.{record.group}"] = _share(record.coverage)
            found[f"{name}.mae.{record.group}"] = "" if record.mae is None else f"{record.mae:.1f}"
    return found


def _share(coverage: Coverage) -> str:
    return f"{coverage.hits} of {coverage.n}"


def _gain(gain: Gain) -> str:
    return f"{gain.mean:.1f} ({gain.low:.1f} to {gain.high:.1f})"


def _of_study(study: RobustnessStudy) -> dict[str, str]:
    noise, simulated = _there(study.on_noise, "noise"), _there(study.on_simulated, "simulated signals")
    errors = [mae for _, mae in study.multiverse]
    value, low, high = _there(study.floor, "the noise floor").around_line
    by_paper = next(split for split in study.split_difficulty if split.name == "paper")
    return {
        "study.noise": f"{noise[Verdict.USEFUL]} of {sum(noise.values())}",
        "study.simulated": f"{simulated[Verdict.USEFUL]} of {sum(simulated.values())}",
        "study.forest": f"{by_paper.mae['random_forest']:.1f}",
        "study.encodings": str(len(errors)),
        "study.encodings.mae": f"{min(errors):.1f} to {max(errors):.1f}",
        "study.laboratories.gain": _gain(study.laboratories.gain_over_random_forest),
        "study.between": f"{value:.1f} ({low:.1f} to {high:.1f})",
        "study.between.value": f"{value:.1f}",
    }


def _of_terms(evaluated: EvaluatedModel) -> dict[str, str]:
    effects = {effect.name: effect for effect in _there(term_effects(evaluated.model), "terms").effects}
    attack, template = effects["solvent_attack"], effects["has_template"]
    return {
        "attack.factor": f"{attack.factor:.2f}",
        "attack.heaviest": attack.heaviest,
        "attack.without": f"{attack.without_heaviest:.2f}",
        "template.heaviest": template.heaviest,
        "template.without": f"{template.without_heaviest:.2f}",
    }


def _of_catalogue() -> dict[str, str]:
    solvents, sulfides = catalogue().solvents, catalogue().sulfides
    densities = [one.density_g_cm3 for one in sulfides.values() if one.family == "argyrodite"]
    kinds = [one.donor_number_kind for one in solvents.values()]
    volume = np.median([one.molar_volume_cm3_mol for one in solvents.values()])
    permittivity = np.median([one.permittivity for one in solvents.values()])
    return {
        "solvents": str(len(solvents)),
        "solvents.published": str(kinds.count("published")),
        "solvents.volume": f"{volume:.0f}",
        "solvents.permittivity": f"{permittivity:.1f}",
        "argyrodites.density": f"{min(densities):.2f} to {max(densities):.2f}",
    }


def _of_benchmarks() -> dict[str, str]:
    coverage = (TOP / "benchmarks/robustness/coverage.md").read_text(encoding="utf-8").partition("## The rule")[0]
    campaigns = (TOP / "benchmarks/campaigns/results.md").read_text(encoding="utf-8")
    picks = {
        name: [_there(re.match(NUMBER, cell), cell)[0] for cell in _cells(campaigns, start)[1:4:2]]
        for name, start in {"random": "random choice", "tool": "**spcse_ml", "baybe": "BayBE"}.items()
    }
    found = {
        f"picks.{name}.{which}": text
        for name, both in picks.items()
        for which, text in zip(("first", "all"), both, strict=True)
    }
    return found | {
        "worlds": str(coverage.count("\n## ")),
        "worlds.new": _percents(coverage, "floor-median", 1),
        "worlds.repeats": _percents(coverage, "floor-median", 5),
        "worlds.repeats.before": _percents(coverage, "as-0.1.0", 5),
    }


def _cells(page: str, start: str) -> list[str]:
    """Return the cells of the first row of a table that begins with these words."""
    row = _there(re.search(rf"^\| {re.escape(start)}.*\|$", page, re.MULTILINE), start)
    return [cell.strip() for cell in row[0].strip("|").split("|")]


def _percents(page: str, variant: str, column: int) -> str:
    rows = re.findall(rf"^\| {re.escape(variant)} \|.*$", page, re.MULTILINE)
    shares = [100 * float(row.strip("|").split("|")[column].split("±")[0]) for row in rows]
    return f"{min(shares):.0f} to {max(shares):.0f}"


def _of_recipes() -> dict[str, str]:
    recipe = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "NBR", "binder_wt_percent": 0.2}
    answer = spcse_ml.predict(store=TOP / "no store here", **recipe)
    ends = (answer[f"retention_{end}percent"] for end in ("", "low_", "high_"))
    return {"nbr": "{:.0f} ({:.0f} to {:.0f})".format(*ends)}


def _coefficients(evaluated: EvaluatedModel) -> str:
    """Return the terms of the released model with what each weighs, on its own scale and standardised."""
    pipeline = evaluated.model.pipeline
    scale, ridge = pipeline[-2], pipeline[-1].regressor_
    by_unit = ridge.coef_ / scale.scale_
    rows: Iterable[tuple[str, float, float]] = zip(scale.get_feature_names_out(), by_unit, ridge.coef_, strict=True)
    lines = [f"| `{name}` | {each:.4f} | {standardised:.4f} |" for name, each, standardised in rows]
    intercept = ridge.intercept_ - float(np.dot(by_unit, scale.mean_))
    first = f"| intercept | {intercept:.4f} | {ridge.intercept_:.4f} |"
    return "\n".join(["| term x | coefficient of x | of x standardised (β) |", "|---|---|---|", first, *lines])


def _splits(study: RobustnessStudy) -> str:
    names = {
        "constrained_ridge": "constrained ridge",
        "random_forest": "random forest",
        "content_line": "line in the content",
    }
    lines = [
        f"| {split.name} ({split.n_groups}) | {' | '.join(_skills(split, list(names)))} |"
        for split in study.split_difficulty
    ]
    return "\n".join([f"| held out together | {' | '.join(names.values())} |", f"|---|{'---|' * len(names)}", *lines])


def _skills(split: SplitDifficulty, names: list[str]) -> list[str]:
    skills = [split.skill(name) for name in names]
    return [f"**{skill:.2f}**" if skill == max(skills) else f"{skill:.2f}" for skill in skills]


if __name__ == "__main__":
    for path in pages():
        path.write_text(remade(path.read_text(encoding="utf-8")), encoding="utf-8")
