"""From a lab's films with their classes to the class of the next film: judged, predicted, mapped and proposed.

Everything is learnt from the table when it is asked for, so that nothing is kept that could go stale.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spcse_ml.data.film_rows import CLASSES, CONDITIONS, NAMES, NUMBERS, film_frame, in_order, left_out
from spcse_ml.data.lab_rows import existing, read_records
from spcse_ml.data.validation import formulation
from spcse_ml.design.slurries import SlurryProposal, next_slurries
from spcse_ml.errors import Fault, InputError
from spcse_ml.evaluation.film_verdict import FilmEvaluation, FilmVerdict, evaluate_films
from spcse_ml.evaluation.metrics import FEWEST_GROUPS
from spcse_ml.models.applicability import EDGE, INSIDE, OUTSIDE, DomainReason
from spcse_ml.models.film_classes import FREQUENCIES, FilmModel, drawn_probabilities, learn_films
from spcse_ml.models.film_features import WINDOW
from spcse_ml.parallel import ALONE, Workers
from spcse_ml.reports.messages.domain import reasons_text
from spcse_ml.reports.plots.film import window_figure
from spcse_ml.reports.plots.style import png
from spcse_ml.schema import METHOD_SYNONYMS, Formulation, Method, clean_text, columns
from spcse_ml.storage.files import write_whole
from spcse_ml.storage.tracking import commit, log_evaluation
from spcse_ml.to_json import finite

N_DRAWS, LEVEL = 40, 0.9
"""Films are drawn anew so many times for the spread of probabilities, and this share of the draws lies in it."""

DIGITS = 1
"""Of probabilities, wherever they are shown."""

N_NEAREST = 3

NO_CONDITION = {"id", "note", "method", "sulfide_family", "binder_class", "donor_number_kcal_mol"}
"""Cells of a slurry that are no condition, and need not be called foreign."""

ANY_NAMES = {"sulfide": "Li6PS5Cl", "binder": "NBR", "solvent": "toluene"}
"""Listed names that complete a recipe while its other cells are checked."""


@dataclass(frozen=True)
class Films:
    """The films of a table, how well their classes are predicted, and what they teach."""

    table: str
    """File name of the table."""
    evaluation: FilmEvaluation
    model: FilmModel = field(repr=False)
    left_out: tuple[int, int] = (0, 0)
    """How many membranes are left out: those with a class that were not coated by slurry, and slurries without one."""

    @property
    def by_conditions(self) -> bool:
        """Return whether answers follow from the conditions; otherwise they are the frequencies of the classes."""
        return self.evaluation.verdict in {FilmVerdict.USEFUL, FilmVerdict.UNDECIDED}

    def plain(self) -> dict[str, Any]:
        """Return the evaluation as JSON has it, with how often each class occurs."""
        frequencies = zip(CLASSES, self.model.frequencies, strict=True)
        return {
            "classes": list(CLASSES),
            "frequencies": {kind: round(float(value), DIGITS) for kind, value in frequencies},
            "recognised": {kind: list(counts) for kind, counts in self.evaluation.recognised.items()},
            "classifier": self.model.kind,
            "features": list(self.model.features.names_),
            **finite(self.evaluation.numbers),
        }


@dataclass(frozen=True)
class FilmAnswer:
    """The class that a slurry will have, as probabilities with their spread, and the evidence."""

    films: Films = field(repr=False)
    film: pd.DataFrame = field(repr=False)
    """Its conditions, a frame of one row."""
    probabilities: Mapping[str, tuple[float, float, float]]
    """By class: probability, and the ends of its spread: 90 % of the films drawn anew by whole batches lie between. It
    says how much the films at hand decide, and not how far the truth may be. nan where batches are too few."""
    reasons: tuple[DomainReason, ...]
    ignored: tuple[str, ...]
    """Conditions given that too few films tell apart."""
    foreign: tuple[str, ...]
    """Columns given that are no conditions of a slurry or its coating."""
    nearest: pd.DataFrame = field(repr=False)
    """The own films that are nearest: `FILM_COLUMNS` and `distance`."""

    @property
    def domain(self) -> str:
        """Return whether the slurry is inside what the films show, on its edge or outside."""
        statuses = {reason.status for reason in self.reasons}
        return OUTSIDE if OUTSIDE in statuses else EDGE if EDGE in statuses else INSIDE

    def plain(self) -> dict[str, Any]:
        """Return the answer as JSON has it, probabilities with one digit."""
        rounded = {
            kind: [finite(round(value, DIGITS)) for value in values] for kind, values in self.probabilities.items()
        }
        return {
            "classes": list(rounded),
            "probabilities": {kind: value for kind, (value, _, _) in rounded.items()},
            "spread": {kind: [low, high] for kind, (_, low, high) in rounded.items()},
            "based_on": self.films.model.kind if self.films.by_conditions else FREQUENCIES,
            "conditions": conditions(self.film),
            "domain": self.domain,
            "domain_codes": [reason.code for reason in self.reasons],
            "domain_reasons": reasons_text(self.reasons),
            "ignored": list(self.ignored),
            "foreign": list(self.foreign),
            "nearest": [
                {"id": row["id"], "film_class": row["film_class"], "distance": row["distance"], **_conditions_of(row)}
                for row in self.nearest.to_dict("records")
            ],
            **finite(self.films.evaluation.numbers),
        }


@dataclass(frozen=True)
class NextSlurries:
    """Slurries to coat next, each with the answer for it."""

    films: Films
    proposals: tuple[SlurryProposal, ...]
    answers: tuple[FilmAnswer, ...]

    def plain(self) -> dict[str, Any]:
        """Return them as JSON has it."""
        return {
            "verdict": self.films.evaluation.verdict.value,
            "slurries": [
                {"purpose": proposal.purpose, "nearest_film": proposal.nearest, **answer.plain()}
                for proposal, answer in zip(self.proposals, self.answers, strict=True)
            ],
        }  # fmt: skip


def read_films(table: Path, *, workers: Workers = ALONE) -> Films:
    """Return the films of a lab's table, judged by leave-one-batch-out cross-validation, and a model of all of them.

    Args:
        table: the lab's table (CSV), whose column `film_class` tells how the films look.
        workers: processes that train the folds; this one without it.

    Returns:
        The films that were coated by slurry and have a class, with the verdict on them and what they teach.

    Raises:
        InputError: the table is not there, holds faults or no film with a class.

    >>> films = read_films(Path("lab.csv"))  # doctest: +SKIP
    >>> films.evaluation.verdict.value  # doctest: +SKIP
    'useful'
    """
    records = read_records(existing(table))
    frame = film_frame(records)
    if frame.empty:
        raise InputError([Fault("no-films", column="film_class", file=table.name)])
    evaluation = evaluate_films(frame, workers=workers)
    return Films(table.name, evaluation, learn_films(frame), left_out(records))


def track_films(store: Path, films: Films) -> str:
    """Log the evaluation of films as an MLflow run of a store, with the map where films report solids and binder.

    Args:
        store: folder of the runs.
        films: as `read_films` returns them.

    Returns:
        The id of the run.

    Raises:
        StoreError: the runs cannot be written.

    >>> run_id = track_films(Path("store"), films)  # doctest: +SKIP
    """
    can_draw = not _lacking_window(films.model)
    figures = {"film_window.png": png(film_window(films))} if can_draw else {}
    summary = finite({**films.evaluation.numbers, "classifier": films.model.kind})
    return log_evaluation(store, {"film": summary}, figures, commit=commit(), name="film evaluation")


def predict_film(films: Films, cells: Mapping[str, Any]) -> FilmAnswer:
    """Return the class that a slurry will probably have.

    Args:
        films: as `read_films` returns them.
        cells: conditions of the slurry by column, as numbers or as text with a unit; what is left out counts as typical
            of the films and is named. The method is slurry coating.

    Returns:
        The probability of each class with its interval, where the slurry lies among the films, and the nearest of them.

    Raises:
        InputError: every fault of the cells.

    >>> predict_film(films, {"slurry_solid_percent": 50, "binder_wt_percent": 3}).domain  # doctest: +SKIP
    'edge'
    """
    film, ignored, foreign = _slurry(films.model, cells)
    [answer] = _answers(films, film)
    return replace(answer, ignored=ignored, foreign=foreign)


def next_films(films: Films, n: int, *, cells: Mapping[str, Any] | None = None, seed: int = 0) -> NextSlurries:
    """Return slurries to coat next, between those that were coated.

    Args:
        films: as `read_films` returns them.
        n: how many.
        cells: conditions that all of them shall have, as in `predict_film`.
        seed: of everything that is drawn.

    Returns:
        Slurries that are likeliest good and whose class would teach most, in turn; without skill those that fill the
        gaps between the films.

    Raises:
        InputError: a fault of the cells, or no slurry is left between the films.

    >>> [proposal.purpose for proposal in next_films(films, 3).proposals]  # doctest: +SKIP
    ['good', 'learn', 'good']
    """
    film, _, _ = _slurry(films.model, cells or {})
    if not films.model.features.names_:
        raise InputError([Fault("too-few-to-propose", file=films.table)])
    fixed, by_probability = conditions(film), films.by_conditions
    proposals = next_slurries(films.model, n, fixed=fixed, by_probability=by_probability, seed=seed)
    if not proposals:
        allowed = reasons_text(reason for reason in films.model.reasons(film) if reason.status == OUTSIDE)
        raise InputError([Fault("no-slurry-left", file=films.table, allowed=allowed)])
    frame = pd.DataFrame([proposal.conditions for proposal in proposals]).reindex(columns=list(CONDITIONS))
    return NextSlurries(films, tuple(proposals), tuple(_answers(films, frame)))


def film_window(films: Films, cells: Mapping[str, Any] | None = None) -> Figure:
    """Return the window: the probability of the best class over solids and binder content, with the own films on it.

    Args:
        films: as `read_films` returns them.
        cells: the other conditions, as in `predict_film`.

    Returns:
        The figure; without skill it has the films alone.

    Raises:
        InputError: a fault of the cells, or too few films tell solids or binder content.

    >>> film_window(films, {"drying_temperature_c": 90}).savefig("window.png")  # doctest: +SKIP
    """
    if lacking := _lacking_window(films.model):
        raise InputError([Fault("window-not-told", column=name) for name in lacking])
    film, _, _ = _slurry(films.model, cells or {})
    return window_figure(films.model, films.evaluation, film, by_conditions=films.by_conditions)


def write_window(path: Path, films: Films, cells: Mapping[str, Any] | None = None) -> None:
    """Write the window to a PNG file.

    Args:
        path: the file, which appears whole or not at all.
        films: as `read_films` returns them.
        cells: as in `film_window`.

    Raises:
        InputError: as `film_window`.
        StoreError: the file cannot be written.

    >>> write_window(Path("window.png"), films, {"drying_temperature_c": 90})  # doctest: +SKIP
    """
    if path.suffix.lower() != ".png":
        raise InputError([Fault("not-a-png", given=str(path), allowed="a name that ends in .png")])
    write_whole(path, png(film_window(films, cells)))


def conditions(film: pd.DataFrame) -> dict[str, Any]:
    """Return the conditions of one slurry that are known, by column."""
    return _conditions_of(film.iloc[0].to_dict())


def _conditions_of(cells: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: cells[name] for name in CONDITIONS if not pd.isna(cells[name])}


def _lacking_window(model: FilmModel) -> list[str]:
    return [name for name in WINDOW if name not in model.numbers]


def _slurry(model: FilmModel, cells: Mapping[str, Any]) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """Return the conditions of a slurry as a frame of one row, and the columns given that are ignored and foreign.

    Names that the films have need not be in the catalogue. Those that are not given stand for any while the recipe is
    checked, and are blank afterwards.
    """
    method = clean_text(cells.get("method") or Method.SLURRY).casefold()
    if METHOD_SYNONYMS.get(method, method) != Method.SLURRY:
        raise InputError([Fault("not-a-slurry", column="method", given=str(cells["method"]))])
    own = {name: cells[name] for name in NAMES if cells.get(name) in model.known(name)}
    checked = {**ANY_NAMES, **cells, **{name: ANY_NAMES[name] for name in own}, "method": Method.SLURRY.value}
    known = {**formulation(**checked).model_dump(mode="json"), **own}
    known["solvent"] = in_order(known["solvent"])
    film = pd.DataFrame([{name: known[name] if name in cells else None for name in CONDITIONS}])
    stated = [name for name in columns(Formulation) if name in cells and name not in NO_CONDITION]
    ignored = tuple(name for name in stated if name in CONDITIONS and not model.looks_at(name))
    return film.astype(dict.fromkeys(NUMBERS, float)), ignored, tuple(name for name in stated if name not in CONDITIONS)


def _answers(films: Films, frame: pd.DataFrame) -> list[FilmAnswer]:
    """Return the answer for each slurry of a frame, all from the same draws."""
    model, tail = films.model, (1 - LEVEL) / 2
    draws = drawn_probabilities(model, frame, range(N_DRAWS), by_conditions=films.by_conditions)
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    values = model.probabilities(frame) if films.by_conditions else np.tile(model.frequencies, (len(frame), 1))
    ends = np.stack([values, np.minimum(low, values), np.maximum(high, values)], axis=2)
    if films.evaluation.n_batches < FEWEST_GROUPS:
        ends[:, :, 1:] = np.nan
    distances, n_nearest = model.distances(frame), N_NEAREST if model.features.names_ else 0
    return [
        FilmAnswer(
            films,
            frame.iloc[[i]],
            {
                kind: (float(value), float(least), float(most))
                for kind, (value, least, most) in zip(CLASSES, ends[i], strict=True)
            },
            tuple(model.reasons(frame.iloc[[i]])),
            (),
            (),
            model.films.assign(distance=distances[i]).nsmallest(n_nearest, "distance", keep="first"),
        )
        for i in range(len(frame))
    ]
