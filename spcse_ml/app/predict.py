"""Predict: where the recipe lies comes first, then its retention, the evidence and the explanation."""

import json
import shlex
from collections.abc import Mapping, Sequence

import streamlit as st
from matplotlib.figure import Figure

from spcse_ml.app import shared
from spcse_ml.app.form import MORE, PROCESS, RECIPE, field, fields, fill, groups, holds
from spcse_ml.app.shared import (
    EXAMPLE,
    LARGEST_MB,
    chart,
    download,
    escaped,
    pair,
    refuse,
    show_lines,
    table,
    uploaded,
)
from spcse_ml.chemistry.compatibility import broken_rules
from spcse_ml.errors import Fault, InputError, SpcseError
from spcse_ml.evaluation.evaluated import ANSWER_COLUMNS
from spcse_ml.reports.messages.captions import caption
from spcse_ml.reports.messages.explanation import ASSOCIATIONS, local_lines
from spcse_ml.reports.messages.lab import preregistered_text
from spcse_ml.reports.messages.predictions import (
    consequences_text,
    ignored_text,
    nearest_text,
    neighbour_lines,
    recipe_text,
    retention_meaning,
    retention_text,
)
from spcse_ml.reports.messages.rules import rule_lines
from spcse_ml.reports.plots.explanation import local_figures
from spcse_ml.reports.plots.interactive import scale_figure
from spcse_ml.schema import Formulation, columns
from spcse_ml.storage.files import store_folder
from spcse_ml.workflows.explain import explained_recipe
from spcse_ml.workflows.lab import preregister
from spcse_ml.workflows.predict import DEFAULT_LEVEL, Answers, predict_file, predict_recipe

WIDTH = 660
"""Of a figure, in pixels: its letters are then as large as those of the page."""

Reasons = tuple[list[str], dict[str, Figure]]
Cells = tuple[tuple[str, str], ...]
BOXES = {"inside": st.success, "edge": st.warning, "outside": st.error}


def show() -> None:
    """Draw the tab."""
    left, answer = st.columns([4, 7], gap="large")
    form = left.container(gap="xxsmall")
    request = st.session_state.get("asked")
    answers, error = _answered(request)
    with form:
        cells, drawn = _form(error.faults if isinstance(error, InputError) else ())
    with answer:
        if error is not None:
            refuse(error, beside=drawn)
        elif answers is not None:
            if cells != request:
                st.info("The form has changed since. Press Predict to predict it.")
            _card(answers, request or {})
        else:
            st.markdown("#### Retention of the ionic conductivity of the powder")
            st.markdown("Fill in the recipe and press **Predict**. The answer begins with its applicability domain.")
    with st.expander("Many recipes at once: upload a CSV file"):
        _many()


def _answered(request: Mapping[str, str] | None) -> tuple[Answers | None, SpcseError | None]:
    if request is None:
        return None, None
    try:
        return predict_recipe(dict(request), store=store_folder(), level=DEFAULT_LEVEL), None
    except SpcseError as error:
        return None, error


def _form(faults: Sequence[Fault]) -> tuple[dict[str, str], set[str]]:
    """Draw the form; return its cells, and the columns whose faults stand beside their fields."""
    method = field(columns(Formulation)["method"], "method", bind="query-params")
    shown = groups(Formulation, method)
    if not any(evaluated.own for evaluated in pair().by_target.values()):  # then nothing is learnt of the process
        del shown[PROCESS]
    cells = {"method": method} | fields(shown[RECIPE], "", faults, bind="query-params")
    if PROCESS in shown:
        with st.expander(f"{PROCESS} (from your own membranes)", expanded=True):
            cells |= fields(shown[PROCESS], "", faults, bind="query-params")
    with st.expander(MORE, expanded=holds(shown[MORE], faults)):
        cells |= fields(shown[MORE], "", faults, bind="query-params")
    drawn = tuple(column.name for group in shown.values() for column in group)
    pressed, example = st.columns(2)
    pressed.button("Predict", type="primary", width="stretch", on_click=_ask, args=(("method", *drawn),))
    example.button("Show an example", on_click=_show_example, width="stretch")
    st.caption("The address of this page holds the recipe: keep or send it.")
    return cells, set(drawn)


def _ask(names: tuple[str, ...]) -> None:
    texts = {name: str(st.session_state.get(name) or "").strip() for name in names}
    st.session_state["asked"] = {name: text for name, text in texts.items() if text}


def _show_example() -> None:
    fill("", EXAMPLE, Formulation)()
    st.session_state["asked"] = dict(EXAMPLE)


def _card(answers: Answers, request: Mapping[str, str]) -> None:
    row = answers.plain()[0]
    near = row["card"]["nearest"]
    recipe = f"**Recipe {escaped(recipe_text(row))}**"
    claims = "; ".join(row["claimed_otherwise"])
    claims_line = escaped(f"Said otherwise: {claims}") if claims else ""
    BOXES[row["domain"]]("  \n".join(filter(None, [recipe, escaped(row["domain_reason"]), claims_line])))
    for remark in row["remarks"]:
        st.warning(f"Check: {escaped(remark)}", icon=":material/edit:")
    if row["as_written"]:
        st.caption(f"As written: {escaped(row['as_written'])}")
    st.markdown(f"**Model:** {escaped(retention_meaning(row))}")
    for rule in broken_rules(answers.recipes[0]):
        first, *rest = map(escaped, rule_lines(rule))
        st.warning("  \n".join([f"**{first}**", *rest]), icon=":material/science:")
    st.markdown(f"### Retention {retention_text(row)} %")
    chart(scale_figure(row, near), f"Retention {retention_text(row)} %, on a scale from 0 to 100 %")
    st.markdown("  \n".join(f"**{_title(name)}:** {escaped(text)}" for name, text in consequences_text(row).items()))
    if row["ignored"]:
        st.info(f"Note: {escaped(ignored_text(row['ignored']))}")
    st.markdown(f"##### {_title(nearest_text(near))}")
    for neighbour in near:
        name, *rest = map(escaped, neighbour_lines(neighbour))
        st.container(border=True).markdown("  \n".join([f"**{name}**", *rest]))
    _reasons(answers, tuple(sorted(request.items())))
    _keep(answers, request)


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]


@shared.cached("Computing contributions (the first time takes some seconds)")
def _explained(_answers: Answers, model: str, request: Cells) -> Reasons:  # noqa: ARG001 - the key
    explained = explained_recipe(_answers)
    drawn = local_figures(explained.explanation, explained.curves)
    return local_lines(explained.explanation, explained.solvent), {
        name.partition("_")[2]: figure for name, figure in drawn.items()
    }


def _reasons(answers: Answers, request: Cells) -> None:
    shared.check_loading(answers.pair.name)
    lines, pictures = _explained(answers, answers.pair.name, request)
    st.markdown("##### Explanation")
    for tab, (name, picture) in zip(st.tabs([caption(name)[0] for name in pictures]), pictures.items(), strict=True):
        with tab:
            shared.picture(picture, caption(name)[1], width=WIDTH)
            st.caption(caption(name)[1])
    with st.expander("Contributions as text"):
        show_lines(lines)
    st.caption(ASSOCIATIONS)


def command(request: Mapping[str, str]) -> str:
    """Return the command line that gives this answer.

    >>> command({"sulfide": "Li6PS5Cl", "method": "dry binder laminating"})
    "spcse-ml predict --sulfide Li6PS5Cl --method 'dry binder laminating'"
    """
    names = columns(Formulation)
    words = (word for name, text in request.items() for word in (names[name].flag, text))
    return shlex.join(["spcse-ml", "predict", *words])


def _keep(answers: Answers, request: Mapping[str, str]) -> None:
    st.markdown("##### Export")
    as_json = json.dumps(answers.plain(), indent=1, ensure_ascii=False)
    tabs = st.tabs(["Command line", "JSON", "CSV"])
    with tabs[0]:
        show_lines(command(request))
    with tabs[1]:
        show_lines(as_json, height=220, wrap_lines=False)
        download("Download JSON", as_json, "prediction.json")
    with tabs[2]:
        show_lines(answers.to_csv())
        download("Download CSV", answers.to_csv(), "prediction.csv")
    if st.button("Register the prediction before the membrane is made"):
        st.success(escaped(preregistered_text(preregister(store_folder(), answers))))


def _many() -> None:
    file = st.file_uploader(
        f"Recipes as CSV (UTF-8, at most {LARGEST_MB} MB)",
        type="csv",
        key="recipes",
        help="Columns are named as in the CSV of a prediction.",
    )
    if file is None:
        return
    try:
        with uploaded(file) as path:
            answers = predict_file(path, store=store_folder(), level=DEFAULT_LEVEL)
    except SpcseError as error:
        refuse(error)
        return
    st.success(f"{len(answers.recipes)} recipes predicted.")
    table(answers.table[list(ANSWER_COLUMNS)].assign(donor_number=answers.cells()["donor_number"]))
    download("Download the predictions", answers.to_csv(), "predictions.csv")
