import json
from pathlib import Path

import mlflow
import numpy as np
import pytest
from matplotlib.contour import QuadContourSet

from benchmarks.film_classes.worlds import laboratory
from docs.make_films import films as invented
from spcse_ml.evaluation.film_verdict import FilmVerdict
from spcse_ml.models.applicability import EDGE, INSIDE, OUTSIDE
from spcse_ml.reports.messages.film import VERDICTS
from spcse_ml.storage.mlflow_client import tracking_uri
from spcse_ml.workflows.film import (
    Films,
    film_window,
    next_films,
    predict_film,
    read_films,
    track_films,
    write_window,
)
from tests.films import INVENTED, strict, table_of
from tests.in_process import run
from tests.refusals import refused

SLURRY = {"slurry_solid_percent": "40 wt%", "binder_wt_percent": "3", "blade_gap_um": "0.15 mm",
          "drying_temperature_c": "90"}  # fmt: skip
PROMISED = {"classes", "probabilities", "verdict", "balanced_accuracy", "log_loss", "baseline_log_loss", "n_rows",
            "n_batches"}  # fmt: skip


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    return read_films(table_of(strict(36), tmp_path_factory.mktemp("films") / "lab.csv"))


@pytest.fixture(scope="module")
def of_noise(tmp_path_factory: pytest.TempPathFactory) -> Films:
    return read_films(table_of(laboratory("noise of batches", 36, 3), tmp_path_factory.mktemp("films") / "lab.csv"))


def test_an_answer_has_its_interval_its_evidence_and_its_verdict(films: Films) -> None:
    answer = predict_film(films, SLURRY)
    value, low, high = answer.probabilities["uniform and dense"]
    assert low <= value <= high
    assert value > 0.6
    assert answer.domain == INSIDE
    assert len(answer.nearest) == 3
    plain = json.loads(json.dumps(answer.plain(), allow_nan=False))
    assert set(plain) >= PROMISED
    assert sum(plain["probabilities"].values()) == pytest.approx(1, abs=0.15)
    assert plain["verdict"] == FilmVerdict.USEFUL
    assert (plain["n_rows"], plain["n_batches"]) == (36, films.evaluation.n_batches)


def test_units_synonyms_and_python_numbers_are_one_slurry(films: Films) -> None:
    numbers = {"slurry_solid_percent": 40, "binder_wt_percent": 3.0, "blade_gap_um": 150, "drying_temperature_c": 90,
               "solvent": "TOL", "method": "wet"}  # fmt: skip
    first, second = (predict_film(films, cells) for cells in (SLURRY, numbers))
    assert first.probabilities == second.probabilities


def test_what_is_not_given_is_told_and_what_is_not_looked_at_too(films: Films) -> None:
    answer = predict_film(films, {"slurry_solid_percent": "40", "pressing_pressure_mpa": "300", "sulfide": "LPSCl"})
    assert answer.domain == EDGE
    assert {reason.column for reason in answer.reasons} == {
        "binder_wt_percent", "blade_gap_um", "drying_temperature_c"
    }  # fmt: skip
    assert (answer.ignored, answer.foreign) == (("sulfide",), ("pressing_pressure_mpa",))
    assert predict_film(films, SLURRY | {"slurry_solid_percent": "80"}).domain == OUTSIDE


def test_without_skill_the_frequencies_are_shown(of_noise: Films) -> None:
    assert of_noise.evaluation.verdict is FilmVerdict.NO_SKILL
    first, second = (predict_film(of_noise, SLURRY | {"slurry_solid_percent": solids}) for solids in ("40", "60"))
    assert first.probabilities == second.probabilities
    assert first.plain()["based_on"] == "class_frequencies"
    assert np.allclose([values[0] for values in first.probabilities.values()], of_noise.model.frequencies)
    assert {slurry["purpose"] for slurry in next_films(of_noise, 3).plain()["slurries"]} == {"fill"}


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        ({"method": "dry"}, ["not-a-slurry"]),
        ({"slurry_solid_percent": "120"}, ["out-of-bounds"]),
        ({"slurry_solid_percent": "many", "solvent": "tolene"}, ["not-a-number", "unknown-name-or-class"]),
        ({"colour": "white"}, ["unknown-column"]),
    ],
)
def test_bad_conditions_are_refused_at_every_door(films: Films, cells: dict[str, str], codes: list[str]) -> None:
    for ask in (predict_film, film_window, lambda of, given: next_films(of, 1, cells=given)):
        with refused(*codes):
            ask(films, cells)


def test_a_table_without_films_says_so(tmp_path: Path) -> None:
    with refused("no-lab-table"):
        read_films(tmp_path / "lab.csv")
    dry = "id,sulfide,method,binder,film_class\nM1,LPSCl,dry,PTFE,1\nM2,LPSCl,dry,PTFE,\n"
    (tmp_path / "lab.csv").write_text(dry)
    with refused("no-films"):
        read_films(tmp_path / "lab.csv")


def test_a_window_needs_films_that_tell_solids_and_binder(tmp_path: Path) -> None:
    films = strict(24).assign(slurry_solid_percent=np.nan)
    with refused("window-not-told"):
        film_window(read_films(table_of(films, tmp_path / "lab.csv")))


def test_no_slurry_is_left_beyond_the_films(films: Films) -> None:
    with refused("no-slurry-left"):
        next_films(films, 2, cells={"blade_gap_um": "900"})


def test_a_probability_is_never_shown_outside_its_spread(films: Films) -> None:
    for solids in np.linspace(36, 64, 15):
        plain = predict_film(films, {"slurry_solid_percent": float(solids), "binder_wt_percent": 3}).plain()
        for kind, (low, high) in plain["spread"].items():
            assert low <= plain["probabilities"][kind] <= high


def test_what_the_table_calls_a_substance_need_not_be_in_the_catalogue(tmp_path: Path) -> None:
    films = strict(24).assign(
        solvent="foosolve", donor_number_kcal_mol=5, binder="MyRubber", binder_class="nitrile rubber"
    )
    own = read_films(table_of(films, tmp_path / "lab.csv"))
    assert predict_film(own, {"slurry_solid_percent": 50, "solvent": "foosolve"}).domain != OUTSIDE
    assert next_films(own, 2).proposals[0].conditions["binder"] == "MyRubber"
    film_window(own)
    with refused("unknown-name-or-class"):
        predict_film(own, {"solvent": "barsolve"})


def test_too_few_films_claim_nothing(tmp_path: Path) -> None:
    own = read_films(table_of(strict(24).head(2), tmp_path / "lab.csv"))
    answer = predict_film(own, {"slurry_solid_percent": 99})
    assert own.evaluation.verdict is FilmVerdict.TOO_FEW
    assert answer.domain != INSIDE
    assert answer.plain()["spread"]["no film"] == [None, None]
    assert max(answer.plain()["probabilities"].values()) < 0.8
    with refused("too-few-to-propose"):
        next_films(own, 2)


def test_a_map_is_written_to_a_png_and_never_over_the_table(films: Films, tmp_path: Path) -> None:
    table = table_of(strict(24), tmp_path / "lab.csv")
    before = table.read_bytes()
    with refused("not-a-png"):
        write_window(table, films)
    assert run(tmp_path, "film", "--map", "lab.csv").returncode == 1
    assert table.read_bytes() == before


def test_the_map_shades_where_films_are_good_and_hatches_beyond(films: Films, of_noise: Films) -> None:
    axes = film_window(films).axes[0]
    shades = [collection for collection in axes.collections if isinstance(collection, QuadContourSet)]
    assert len(shades) >= 3  # probabilities, their half, and what is extrapolated
    assert any(shade.hatches != [None] for shade in shades)
    assert not any(isinstance(c, QuadContourSet) for c in film_window(of_noise).axes[0].collections)
    shown = sum(len(c.get_offsets()) for c in axes.collections if not isinstance(c, QuadContourSet))
    assert shown == len(films.model.films)


def test_an_evaluation_is_a_run_of_mlflow(of_noise: Films, tmp_path: Path) -> None:
    run_id = track_films(tmp_path, of_noise)
    kept = mlflow.MlflowClient(tracking_uri(tmp_path)).get_run(run_id)
    assert kept.info.run_name == "film evaluation"
    assert kept.data.tags["film_verdict"] == "no skill"
    assert kept.data.metrics["film_log_loss"] == pytest.approx(of_noise.evaluation.numbers["log_loss"])
    assert run(tmp_path, "runs", SPCSE_ML_HOME=str(tmp_path)).returncode == 0  # no training, and not in its way


def test_the_command_line_judges_answers_maps_and_proposes(tmp_path: Path) -> None:
    table_of(strict(36), tmp_path / "lab.csv")
    told = run(tmp_path, "film", "--evaluate")
    assert VERDICTS[FilmVerdict.USEFUL] in told.stdout
    assert "MLflow run" in told.stderr
    answer = run(tmp_path, "film", "lab.csv", "--slurry-solid", "40 wt%", "--map", "--format", "json")
    assert json.loads(answer.stdout)["probabilities"]["uniform and dense"] >= 0.5
    assert (tmp_path / "film_window.png").read_bytes()[:4] == b"\x89PNG"
    proposed = json.loads(run(tmp_path, "film", "--next", "3", "--format", "json").stdout)
    assert len(proposed["slurries"]) == 3
    assert proposed["verdict"] == FilmVerdict.USEFUL
    refusal = run(tmp_path, "film", "lab.csv", "--solvent", "nothing known")
    assert refusal.returncode == 1
    assert refusal.stdout == ""


def test_what_is_recorded_changes_the_next_answer(tmp_path: Path) -> None:
    table_of(strict(36), tmp_path / "lab.csv")
    failed = ("record", "--sulfide", "LPSCl", "--method", "slurry", "--binder", "NBR", "--binder-wt", "3", "--solvent",
              "toluene", "--slurry-solid", "64", "--film-class", "no film", "--batch", "B99")  # fmt: skip
    before = json.loads(run(tmp_path, "film", "--format", "json").stdout)
    assert run(tmp_path, *failed).returncode == 0
    after = json.loads(run(tmp_path, "film", "--format", "json").stdout)
    assert (before["n_rows"], after["n_rows"]) == (36, 37)
    assert after["frequencies"]["no film"] >= before["frequencies"]["no film"]


def test_the_invented_table_follows_its_rule() -> None:
    text = INVENTED.read_text(encoding="utf-8")
    assert text == invented()
    assert all("invented" in line for line in text.splitlines()[1:])
