"""The path from recipes to answers: read, predicted by the models that answer, and put into words."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compatibility import Rule, broken_rules
from spcse_ml.chemistry.donor_numbers import donor_number_in_use
from spcse_ml.data.plausibility import Remark, recipe_remarks
from spcse_ml.data.validation import formulation, formulations, placed, read_recipe
from spcse_ml.errors import Fault, InputError
from spcse_ml.evaluation.evaluated import ANSWER_COLUMNS, ModelPair
from spcse_ml.explanation.neighbours import Measured, measured, nearest_to_each
from spcse_ml.former_names import formerly_called, no_longer_needed
from spcse_ml.models.applicability import DomainReason
from spcse_ml.models.conformal import LEVEL
from spcse_ml.reports.messages.domain import reasons_text
from spcse_ml.reports.messages.predictions import claim_text, donor_number_text
from spcse_ml.reports.messages.remarks import remark_text
from spcse_ml.reports.messages.rules import rule_text
from spcse_ml.schema import PROCESS_COLUMNS, Formulation, columns
from spcse_ml.storage.champion import Champion, answering_pair, champion
from spcse_ml.storage.files import store_folder, write_whole
from spcse_ml.tables import csv_text, read_table
from spcse_ml.to_json import finite, to_plain

DEFAULT_LEVEL = LEVEL

_MAY_BE_IGNORED = ("lithium_salt", "plasticizer", *PROCESS_COLUMNS)


@formerly_called(asked="requested")
@dataclass(frozen=True)
class Answers:
    """The answers to a table of recipes: the recipes as they were written, and their predictions."""

    requested: pd.DataFrame
    recipes: Sequence[Formulation]
    table: pd.DataFrame
    """One row per recipe, columns as in `ANSWER_COLUMNS`, and `domain_reasons` for JSON."""
    pair: ModelPair
    """The models that answered."""
    level: float
    """Of the prediction intervals."""
    shows_own: bool = True
    """Whether own rows may be named."""

    def to_csv(self) -> str:
        """Return the input's columns as they were written, then the answers; blank where something is missing."""
        cells = self.cells()
        cells = cells[[name for name in cells if name not in self.requested]]
        table = pd.concat([self.requested.reset_index(drop=True), cells.reset_index(drop=True)], axis=1)
        return csv_text(table)

    def cells(self) -> pd.DataFrame:
        """Return the columns of `ANSWER_COLUMNS` as text, as CSV has them."""
        return self.table[list(ANSWER_COLUMNS)].astype(object).map(_cell)

    def rows(self) -> list[dict[str, Any]]:
        """Return each answer as plain values, None where something is missing, with what it rests on.

        That is `level`, `ignored`, `measured` (the training membranes of the very recipe) and `recalibrated_from`.
        """
        membranes = _membranes(self.pair, self.recipes, self.table, shows_own=self.shows_own)
        return [
            {
                **finite(row),
                "level": self.level,
                "ignored": self._ignored(recipe),
                "measured": [to_plain(membrane) for membrane in same],
                "recalibrated_from": self.pair.retention.recalibrated_from,
            }
            for row, recipe, same in zip(self.table.to_dict("records"), self.recipes, membranes, strict=True)
        ]

    def plain(self, *, level: float | None = None) -> list[dict[str, Any]]:
        """Return each answer as JSON has it: its row with the evidence `card`.

        Answers know the level of their intervals: `level` says nothing any more and goes with version 0.3.

        Args:
            level: says nothing any more, since answers know the level of their intervals; it goes with version 0.3.

        Returns:
            A dictionary per recipe, each with its `card`.
        """
        no_longer_needed("level of Answers.plain", level)
        return [{**row, "card": card} for row, card in zip(self.rows(), self.cards(), strict=True)]

    def cards(self) -> list[dict[str, Any]]:
        """Return the evidence of each recipe, as plain values: the nearest membranes and the rules it breaks."""
        evaluated = self.pair.retention
        leaves_out = evaluated.model.has_own and not self.shows_own
        neighbours = nearest_to_each(evaluated, self.recipes, shows_own=self.shows_own)
        ends = zip(self.table["retention_low_percent"], self.table["retention_high_percent"], strict=True)
        return [
            {
                "nearest": [
                    {**asdict(neighbour), "contradicts": neighbour.contradicts(low, high)} for neighbour in near
                ],
                "own_rows_left_out": leaves_out,
                "broken_rules": [{**asdict(rule), "sentence": rule_text(rule)} for rule in broken_rules(recipe)],
            }
            for recipe, near, (low, high) in zip(self.recipes, neighbours, ends, strict=True)
        ]

    def ignored(self) -> list[str]:
        """Return the columns that a recipe fills and neither model uses."""
        names = {name for recipe in self.recipes for name in self._ignored(recipe)}
        return [name for name in _MAY_BE_IGNORED if name in names]

    def _ignored(self, recipe: Formulation) -> list[str]:
        used = {name for evaluated in self.pair.by_target.values() for name in evaluated.model.process_columns}
        unused = [name for name in _MAY_BE_IGNORED if name not in used]
        return [name for name in unused if getattr(recipe, name) not in {None, "none"}]

    def broken(self) -> dict[Rule, list[int]]:
        """Return each rule that a recipe breaks with the lines of those recipes in the file."""
        lines_by_rule: dict[Rule, list[int]] = {}
        for line, recipe in zip(self.requested.index, self.recipes, strict=True):
            for rule in broken_rules(recipe):
                lines_by_rule.setdefault(rule, []).append(int(line))
        return lines_by_rule


def predict(*, store: str | PathLike[str] | None = None, level: float = DEFAULT_LEVEL, **recipe: Any) -> dict[str, Any]:
    """Return the answer to one recipe as a dictionary: its columns by name, each with its unit in the name.

    docs/reference/answers.md says what each column means; nan where something is missing.

    Args:
        store: the folder whose champion answers; without it `$SPCSE_ML_HOME`, else `spcse_ml_store` in the working
            directory. A folder without models is answered for by the released ones.
        level: level of the intervals, a fraction below 1 that the number of papers supports.
        **recipe: the columns of `Formulation` by name, each a number in the column's unit or text, which may carry a
            unit of its own as in `"0.04 mm"`. `sulfide` and `method` are needed.

    Returns:
        A value per column, such as `retention_percent` (%), `sigma_m_ms_cm` (mS/cm) and `domain`.

    Raises:
        InputError: the recipe holds a fault, or the level is more than the papers support.
        StoreError: the store names a champion that cannot be read.

    >>> answer = predict(sulfide="Li6PS5Cl", method="dry", binder="PTFE", binder_wt_percent=0.5)
    >>> answer["retention_verdict"], answer["thickness_verdict"]
    ('useful', 'no skill')
    """
    row = answered(loaded_pair(Path(store) if store else store_folder()), [formulation(**recipe)], level=level).iloc[0]
    return {str(name): float(value) if isinstance(value, float) else value for name, value in row.items()}


def predict_recipe(recipe: dict[str, str], *, store: Path, level: float) -> Answers:
    """Return the answers to a single recipe given as text cells.

    Args:
        recipe: the columns of `Formulation` by name, as text.
        store: the folder whose champion answers.
        level: level of the prediction intervals, a fraction.

    Returns:
        The answers, to one recipe.

    >>> recipe = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": "0.5"}
    >>> answers = predict_recipe(recipe, store=Path("a folder without models"), level=0.9)
    >>> answers.table["domain"].tolist()
    ['inside']
    """
    recipes = [formulation(**recipe)]
    return _answers(pd.DataFrame([recipe], dtype=object), recipes, loaded_pair(store), level=level)


def predict_file(path: Path, *, store: Path, level: float, out: Path | None = None) -> Answers:
    """Answer every recipe of a CSV file; with `out`, write the answers there, whole or not at all.

    Raises:
        InputError: every fault of the file in one error; nothing is written then.
    """
    requested = read_table(path)
    if requested.empty:
        raise InputError([Fault("no-recipe", file=path.name)])
    answers = _answers(requested, formulations(requested, file=path.name), loaded_pair(store), level=level)
    if out is not None:
        write_whole(out, answers.to_csv())
    return answers


def predict_recipes(
    recipes: Sequence[Mapping[str, Any]], pair: ModelPair, *, level: float, shows_own: bool = True
) -> Answers:
    """Return the answers of a pair of models to recipes given as columns by name, each value a number or text.

    Without `shows_own` nothing in them names an own row; the numbers are the same.

    Args:
        recipes: the columns of `Formulation` by name, for each recipe.
        pair: the models that answer, as `loaded_pair` returns them.
        level: level of the prediction intervals, a fraction.
        shows_own: False lets nothing in the answers name an own row; the numbers are the same.

    Returns:
        The answers, one row per recipe.

    Raises:
        InputError: every fault of every recipe, the first of which is called `recipe 1`, or of the level.

    >>> recipe = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE"}
    >>> recipes = [recipe | {"binder_wt_percent": content} for content in (0.5, 2)]
    >>> answers = predict_recipes(recipes, loaded_pair(Path("a folder without models")), level=0.9)
    >>> len(answers.table)
    2
    """
    parsed = [read_recipe(cells, Formulation) for cells in recipes]
    if faults := [
        fault for number, (_, wrong) in enumerate(parsed, 1) for fault in placed(wrong, row=f"recipe {number}")
    ]:
        raise InputError(faults)
    read = [recipe for recipe, _ in parsed if recipe is not None]
    requested = pd.DataFrame(recipes, dtype=object).fillna("").astype(str)
    return _answers(requested, read, pair, level=level, shows_own=shows_own)


def _answers(
    requested: pd.DataFrame, recipes: Sequence[Formulation], pair: ModelPair, *, level: float, shows_own: bool = True
) -> Answers:
    table = answered(pair, recipes, level=level, shows_own=shows_own)
    return Answers(requested, recipes, table, pair, level, shows_own)


def answered(
    pair: ModelPair, recipes: Sequence[Formulation], *, level: float = DEFAULT_LEVEL, shows_own: bool = True
) -> pd.DataFrame:
    """Return the predictions of a pair of models with their reasons as text, as codes and as plain values.

    Columns are those of `ANSWER_COLUMNS`, `domain_reasons` and `remark_fields`: for each recipe a list of the fields of
    `DomainReason` and of `Remark`.
    """
    predictions = pair.predict(recipes, level=level, shows_own=shows_own)
    reasons = predictions["domain_reasons"]
    plain = reasons.map(_reasons_as_json)
    codes = plain.map(lambda fields: [field["code"] for field in fields])
    membranes = _membranes(pair, recipes, predictions, shows_own=shows_own)
    answers = predictions.assign(
        domain_reason=reasons.map(reasons_text),
        domain_codes=codes,
        domain_reasons=plain,
        measured_retention_percent=pd.Series([[membrane.observed for membrane in same] for same in membranes]),
        interval_holds_measured=pd.Series([[membrane.is_in_interval for membrane in same] for same in membranes]),
        donor_number=pd.Series([_donor_number(recipe) for recipe in recipes], dtype=object),
        claimed_otherwise=pd.Series([_claims(same) for same in membranes], dtype=object),
        **_remarks(recipes),
        as_written=[recipe.as_written or "" for recipe in recipes],
    )
    return answers[[*ANSWER_COLUMNS, "domain_reasons", "remark_fields"]]


def _remarks(recipes: Sequence[Formulation]) -> dict[str, pd.Series]:
    """Return what to check again in each recipe, in words and as codes."""
    typed = columns(Formulation)
    remarks = [recipe_remarks(recipe.model_copy(update={"id": None}), typed=typed) for recipe in recipes]
    return {
        "remarks": pd.Series([list(map(remark_text, of_recipe)) for of_recipe in remarks], dtype=object),
        "remark_codes": pd.Series([[remark.code for remark in of_recipe] for of_recipe in remarks], dtype=object),
        "remark_fields": pd.Series([list(map(_remark_as_json, of_recipe)) for of_recipe in remarks], dtype=object),
    }


def _membranes(
    pair: ModelPair, recipes: Sequence[Formulation], predictions: pd.DataFrame, *, shows_own: bool
) -> list[list[Measured]]:
    ends = predictions[["retention_low_percent", "retention_high_percent"]].itertuples(index=False, name=None)
    same = measured(pair.retention, recipes, list(ends), shows_own=shows_own)
    return [[] if recipe.plasticizer else of_recipe for recipe, of_recipe in zip(recipes, same, strict=True)]


def _claims(membranes: Iterable[Measured]) -> list[str]:
    """Return what is claimed otherwise of membranes, each claim once."""
    claims = (claim for membrane in membranes for claim in membrane.claimed_otherwise)
    return list(dict.fromkeys(claim_text(asdict(claim)) for claim in claims))


def _donor_number(recipe: Formulation) -> dict[str, Any] | None:
    """Return the donor number that a prediction uses, with where it is from; None without a solvent."""
    if recipe.solvent is None:
        return None
    return asdict(donor_number_in_use(catalogue().mixture(recipe.solvent, recipe.donor_number_kcal_mol)))


def _remark_as_json(remark: Remark) -> dict[str, Any]:
    return {name: value for name, value in asdict(remark).items() if name not in {"membrane", "n"}}


def _reasons_as_json(reasons: Iterable[DomainReason]) -> list[dict[str, Any]]:
    return [finite(asdict(reason)) for reason in reasons]


def loaded_pair(store: Path) -> ModelPair:
    """Return the models that answer, kept in memory and read anew as soon as the store has another champion.

    Args:
        store: the folder whose champion answers; one without models is answered for by the released ones.

    Returns:
        The models of both targets.

    Raises:
        StoreError, ModelFileError: the champion is named but cannot be read.

    >>> loaded_pair(Path("a folder without models")).name
    'released'
    """
    return _loaded(store.absolute(), champion(store))


@functools.lru_cache(maxsize=1)
def _loaded(store: Path, crowned: Champion | None) -> ModelPair:  # noqa: ARG001 - another champion, another pair
    return answering_pair(store)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return donor_number_text(value)
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}"  # noqa: PLR0124 - nan
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(map(_cell, value)) if isinstance(value, list) else str(value)
