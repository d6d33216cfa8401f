"""Predict: a recipe goes in, the verdict comes first, then the number, its evidence and its reasons."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from spcse_ml.drawing.figures import png
from spcse_ml.drawing.page_figures import scale_figure
from spcse_ml.drawing.why_figures import local_figures
from spcse_ml.drawing.why_text import local_lines
from spcse_ml.errors import InputError, SpcseError
from spcse_ml.interfaces.cli.ask import flag, span, thickness
from spcse_ml.interfaces.page.form import applicable, field, fields, fill
from spcse_ml.interfaces.page.shared import EXAMPLE, LARGEST_MB, kept, pair, plain, refuse, table, uploaded
from spcse_ml.judging.verdict import Verdict, in_words
from spcse_ml.literature.schema import RETENTION, Formulation, columns
from spcse_ml.storage.store import store_folder
from spcse_ml.workflows.ask import DEFAULT_LEVEL, Answers, predict_file, predict_one
from spcse_ml.workflows.lab import foretell
from spcse_ml.workflows.why import explained_recipe

MAIN = ("sulfide", "binder", "binder_wt_percent", "template", "template_wt_percent", "solvent", "sigma_p_ms_cm",
        "planned_thickness_um")  # fmt: skip
"""Fields that are always in sight, where the method has them."""

WIDTH = 660
"""Of a figure, in pixels: its letters are then as large as those of the page."""

BOXES = {"inside": st.success, "edge": st.warning, "outside": st.error}
DOMAINS = {
    "inside": "The published rows hold recipes like this one.",
    "edge": "On the edge of what the published rows hold.",
    "outside": "The rows say nothing of such a recipe: do not rely on the number.",
}
PICTURES = {
    "waterfall": "How the prediction is reached, part by part",
    "binder_wt_percent": "What if it held another content of binder",
    "template_wt_percent": "What if it held another content of template",
    "solvent": "What if it were made from another solvent",
}


def show() -> None:
    """Draw the tab."""
    left, answer = st.columns([4, 7], gap="large")
    form = left.container(gap="xxsmall")
    asked = st.session_state.get("asked")
    answers, error = _answered(asked)
    with form:
        given = _form(error.faults if isinstance(error, InputError) else ())
    with answer:
        if error is not None:
            refuse(error)
        elif answers is not None:
            if given != asked:
                st.info("The form has changed since. Press Predict for an answer to it.")
            _card(answers, asked or {})
        else:
            st.markdown("#### What will be left of the powder's conductivity?")
            st.markdown("Fill in the recipe and press **Predict**. The answer tells first how far to believe it.")
    with st.expander("Many recipes at once: upload a CSV file"):
        _many()


def _answered(asked: Mapping[str, str] | None) -> tuple[Answers | None, SpcseError | None]:
    if asked is None:
        return None, None
    try:
        return predict_one(dict(asked), store=store_folder(), level=DEFAULT_LEVEL), None
    except SpcseError as error:
        return None, error


def _form(faults: Sequence[Any]) -> dict[str, str]:
    known = columns(Formulation)
    method = field(known["method"], "method", bind="query-params")
    allowed = applicable(Formulation, method)
    shown = [known[name] for name in MAIN if name in allowed]
    rest = [one for name, one in known.items() if name in allowed - {*MAIN, "method"}]
    process = [one for one in rest if one.is_process and any(judged.own for judged in pair().by_target.values())]
    more = [one for one in rest if not one.is_process]
    cells = {"method": method} | fields(shown, "", faults, bind="query-params")
    if process:
        with st.expander("How it is made (learnt from your own membranes)", expanded=True):
            cells |= fields(process, "", faults, bind="query-params")
    with st.expander("More: names that the catalogue lacks, salt, remarks"):
        cells |= fields(more, "", faults, bind="query-params")
    drawn = tuple(one.name for one in (known["method"], *shown, *process, *more))
    pressed, example = st.columns(2)
    pressed.button("Predict", type="primary", width="stretch", on_click=_ask, args=(drawn,))
    example.button("Show an example", on_click=fill("", EXAMPLE, Formulation), width="stretch")
    st.caption("The address of this page holds the recipe: keep or send it.")
    return cells


def _ask(names: tuple[str, ...]) -> None:
    found = {name: str(st.session_state.get(name) or "").strip() for name in names}
    st.session_state["asked"] = {name: text for name, text in found.items() if text}


def _card(answers: Answers, asked: Mapping[str, str]) -> None:
    row = answers.plain(level=DEFAULT_LEVEL)[0]
    near, broken = row["card"]["nearest"], row["card"]["broken_rules"]
    reason = f" {plain(row['domain_reason'])}." if row["domain_reason"] else ""
    useful = in_words(RETENTION, Verdict(row["retention_verdict"])).partition(" - ")[2]
    BOXES[row["domain"]](
        f"**Recipe {row['domain']}.** {DOMAINS[row['domain']]}{reason}  \n"
        f"**Model {row['retention_verdict']}:** it {plain(useful)}"
    )
    for rule in broken:
        st.warning(f"**Breaks a published rule.** {plain(rule['sentence'])}", icon=":material/science:")
    value, low, high = (f"{row[f'retention{end}_percent']:.0f}" for end in ("", "_low", "_high"))
    st.markdown(f"### {value} % of the conductivity kept ({low} to {high} %)")
    st.plotly_chart(scale_figure(row, near), config={"displayModeBar": False},
                    alt=f"Retention {value} %, interval {low} to {high} %, on a scale from 0 to 100 %")  # fmt: skip
    st.markdown("  \n".join(_lines(row)))
    st.markdown("##### Nearest published membranes")
    for one in near:
        _neighbour(one)
    _reasons(answers, tuple(sorted(asked.items())))
    _keep(answers, asked)


def _lines(row: Mapping[str, Any]) -> list[str]:
    told = [("Thickness", thickness(row))] if row["areal_resistance_ohm_cm2"] is None else []
    if row["sigma_m_ms_cm"] is not None:
        told.append(("Conductivity σm", f"{span(row, 'sigma_m{}_ms_cm')} mS/cm"))
    if row["areal_resistance_ohm_cm2"] is not None:
        told.append(("Areal resistance", f"{span(row, 'areal_resistance{}_ohm_cm2')} Ω cm² at the thickness you plan"))
    told.append(("Answered by", f"{row['model']}; ranges are {100 * row['level']:g}% intervals"))
    return [f"**{name}:** {plain(text)}" for name, text in told]


def _neighbour(near: Mapping[str, Any]) -> None:
    apart = f"differs in {', '.join(near['differs_in'])}" if near["differs_in"] else "differs in little"
    said = f"{near['predicted']:.3g} ({near['low']:.3g} to {near['high']:.3g}) %"
    with st.container(border=True):
        st.markdown(
            f"**[{near['references']}]** {plain(near['recipe'])}  \n"
            f"kept **{near['observed']:.3g} %**; the model, that paper held out, said {said}  \n"
            f"{plain(near['paper'])}; distance {near['distance']:.2f}, {plain(apart)}"
        )
        if near["note"]:
            st.caption(plain(near["note"]))


@kept("Working out the reasons (the first time takes some seconds)")
def _explained(_answers: Answers, model: str, asked: tuple[tuple[str, str], ...]) -> tuple[str, dict[str, bytes]]:  # noqa: ARG001 - the key
    found = explained_recipe(_answers)
    lines = "\n".join(local_lines(found.explanation, found.solvent))
    return lines, {name: png(one) for name, one in local_figures(found.explanation, found.curves).items()}


def _reasons(answers: Answers, asked: tuple[tuple[str, str], ...]) -> None:
    lines, pictures = _explained(answers, answers.pair.name, asked)
    named = {PICTURES[name.partition("_")[2]]: picture for name, picture in pictures.items()}
    st.markdown("##### Why, and what if")
    for tab, (title, picture) in zip(st.tabs([title.split(",")[0] for title in named]), named.items(), strict=True):
        tab.image(picture, alt=title, width=WIDTH)
    with st.expander("The steps as text"):
        st.code(lines, language=None, wrap_lines=True)
    st.caption("Contributions describe the model, not the material: associations, never causes.")


def command(asked: Mapping[str, str]) -> str:
    """Return the command line that gives this answer.

    >>> command({"sulfide": "Li6PS5Cl", "method": "dry binder laminating"})
    "spcse-ml predict --sulfide Li6PS5Cl --method 'dry binder laminating'"
    """
    return shlex.join(["spcse-ml", "predict", *(word for name, text in asked.items() for word in (flag(name), text))])


def _keep(answers: Answers, asked: Mapping[str, str]) -> None:
    st.markdown("##### Keep it")
    told = json.dumps(answers.plain(level=DEFAULT_LEVEL), indent=1, ensure_ascii=False)
    line, as_json, as_csv = st.tabs(["Command line", "JSON", "CSV"])
    line.code(command(asked), language=None, wrap_lines=True)
    as_json.code(told, language=None, height=220)
    as_json.download_button("Download JSON", told, "prediction.json", "application/json", on_click="ignore")
    as_csv.code(answers.to_csv(), language=None, wrap_lines=True)
    as_csv.download_button("Download CSV", answers.to_csv(), "prediction.csv", "text/csv", on_click="ignore")
    if st.button("Put it into the ledger, before the membrane exists"):
        added = foretell(store_folder(), answers, level=DEFAULT_LEVEL)
        st.success(f"Registered as {added[-1].name}; head of the ledger {added[-1].digest[:12]}.")


def _many() -> None:
    file = st.file_uploader(f"Recipes as CSV (UTF-8, at most {LARGEST_MB} MB)", type="csv", key="recipes",
                            help="Columns are those of the form: spcse-ml names columns.")  # fmt: skip
    if file is None:
        return
    try:
        with uploaded(file) as path:
            answers = predict_file(path, store=store_folder(), level=DEFAULT_LEVEL)
    except SpcseError as error:
        refuse(error)
        return
    st.success(f"{len(answers.recipes)} recipes answered.")
    table(answers.table)
    st.download_button("Download the answers", answers.to_csv(), "predictions.csv", "text/csv", on_click="ignore")
