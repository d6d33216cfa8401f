"""Films of the lab: which class a slurry will give, the window of good films, and slurries to coat next."""

import hashlib

import streamlit as st

from spcse_ml.app.form import fields
from spcse_ml.app.shared import TABLE, cached, escaped, picture, refuse, show_lines
from spcse_ml.data.film_rows import CONDITIONS
from spcse_ml.errors import SpcseError
from spcse_ml.reports.messages.film import evaluation_lines, film_answer_lines, films_line, next_lines
from spcse_ml.schema import Formulation, columns
from spcse_ml.workflows.film import Films, film_window, next_films, predict_film, read_films

N_NEXT = 3


def show() -> None:
    """Draw the step."""
    st.markdown(
        "How the next coated film will look, learnt from the films of your table whose class is recorded. Slurries "
        "that failed teach as much as those that did not: record them, too."
    )
    if not TABLE.exists():
        st.info("Your table is empty. Record membranes first.")
        return
    try:
        films = _films(hashlib.sha256(TABLE.read_bytes()).hexdigest())
    except SpcseError as error:
        st.info(escaped(error))
        return
    evaluation = films.evaluation
    show_lines([films_line(films.table, evaluation, films.left_out), *evaluation_lines(evaluation, films.model)])
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### A slurry")
        known = columns(Formulation)
        cells = fields([known[name] for name in CONDITIONS], "film_")
    with right:
        _answer(films, cells)
        st.markdown("##### The window")
        _window(films, cells)


def _answer(films: Films, cells: dict[str, str]) -> None:
    try:
        if cells:
            show_lines(film_answer_lines(predict_film(films, cells).plain(), films.evaluation))
        else:
            st.info("State conditions to see how the film will probably look.")
        if st.button("Propose slurries under these conditions"):
            proposed = next_films(films, N_NEXT, cells=cells)
            show_lines(next_lines(proposed.plain()["slurries"], films.evaluation, films.model))
    except SpcseError as error:
        refuse(error)


def _window(films: Films, cells: dict[str, str]) -> None:
    try:
        picture(film_window(films, cells), "Probability of a good film over solids and binder content, with own films")
    except SpcseError as error:
        st.info(escaped(error))
        return
    hatched = "Hatched: extrapolated beyond them. " if films.by_conditions else ""
    st.caption(
        f"Dots: your films, those of one slurry side by side. {hatched}What is not stated is typical of your films."
    )


@cached("Judging the films")
def _films(rows: str) -> Films:  # noqa: ARG001 - another table, other films
    return read_films(TABLE)
