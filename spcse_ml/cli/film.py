"""`spcse-ml film`: which class of film a slurry will give, learnt from the lab's own films."""

from pathlib import Path
from typing import Any

import click

from spcse_ml.cli.executors import workers
from spcse_ml.cli.output import echo_json
from spcse_ml.cli.predict import recipe_flags


@click.command()
@click.argument("table", type=click.Path(path_type=Path, dir_okay=False), default=Path("lab.csv"))
@recipe_flags
@click.option("--evaluate", "is_evaluated", is_flag=True, help="Show how well classes are predicted, and track it.")
@click.option(
    "--map",
    "picture",
    type=click.Path(path_type=Path, dir_okay=False),
    is_flag=False,
    flag_value=Path("film_window.png"),
    help="Draw the window over solids and binder content to this PNG [default: film_window.png].",
)
@click.option("--next", "n", type=click.IntRange(1, 50), help="Propose this many slurries to coat next.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of these proposals.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def film(
    table: Path,
    picture: Path | None,
    n: int | None,
    style: str,
    *,
    is_evaluated: bool,
    seed: int,
    **slurry: str | None,
) -> None:
    """Predict how a slurry-coated film will look, from the films of the lab's TABLE and their film_class.

    \b
    spcse-ml film lab.csv --evaluate
    spcse-ml film lab.csv --slurry-solid "55 wt%" --binder-wt 3 --blade-gap "200 um"
    spcse-ml film lab.csv --map window.png --solvent toluene
    spcse-ml film lab.csv --next 3

    The classes are uniform and dense, uneven boundary, aggregated and cracked (Chen et al., reference 38 of the
    review), and no film. Slurries that failed teach as much as those that did not: record them, too.
    """
    from spcse_ml.storage.files import store_folder
    from spcse_ml.workflows import film as work

    cells = {name: text for name, text in slurry.items() if text is not None}
    with workers(jobs=1, scheduler=None) as who:
        films = work.read_films(table, workers=who)
    if n is not None:
        plain, lines = _proposals(work.next_films(films, n, cells=cells, seed=seed))
    elif cells:
        plain, lines = _answer(work.predict_film(films, cells))
    else:
        plain, lines = _evaluation(films)
    if picture is not None:
        work.write_window(picture, films, cells)
    run = work.track_films(store_folder(), films) if is_evaluated else ""
    if style == "json":
        echo_json(plain)
    else:
        more = _evaluation(films)[1] if is_evaluated and (n or cells) else []
        click.echo("\n".join([*more, *([""] if more else []), *lines]))
    for line in ([f"Drawn: {picture}"] if picture else []) + ([f"MLflow run {run}"] if run else []):
        click.echo(line, err=True)


def _evaluation(films: Any) -> tuple[dict[str, Any], list[str]]:
    from spcse_ml.reports.messages.film import evaluation_lines, films_line

    evaluation = films.evaluation
    lines = [films_line(films.table, evaluation, films.left_out), *evaluation_lines(evaluation, films.model)]
    return films.plain(), lines


def _answer(answer: Any) -> tuple[dict[str, Any], list[str]]:
    from spcse_ml.reports.messages.film import film_answer_lines

    plain = answer.plain()
    return plain, film_answer_lines(plain, answer.films.evaluation)


def _proposals(proposed: Any) -> tuple[dict[str, Any], list[str]]:
    from spcse_ml.reports.messages.film import next_lines

    plain = proposed.plain()
    return plain, next_lines(plain["slurries"], proposed.films.evaluation, proposed.films.model)
