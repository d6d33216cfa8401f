"""The search space as a form that gives its TOML."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from spcse_ml.app.form import NAMES
from spcse_ml.app.shared import download, escaped, several, show_lines
from spcse_ml.chemistry.catalogue import catalogue
from spcse_ml.chemistry.compatibility import rules
from spcse_ml.chemistry.powders import published_conductivity
from spcse_ml.reports.messages.powders import powder_text
from spcse_ml.schema import Method

CHUNK_OF_PAGE = 20_000
"""Recipes between two looks at the progress."""

MORE = 'deny = [{ binder = "PEO", solvent = "acetonitrile" }], [heat], [dissolves], [cost_per_kg], [sigma_p_ms_cm]'
QUICK = {"methods": [str(Method.SLURRY), str(Method.DRY)]}
"""What is chosen at first: skeletons are millions of recipes, and minutes."""
LISTS = ("methods", "sulfides", "binders", "templates", "solvents")
FEW = 6
"""Of so many sulfides at most there is a field for each powder."""


def declaration() -> str:
    """Draw the form of a space and return what it declares, as TOML."""
    st.markdown("#### Search space")
    known = {"methods": list(map(str, Method)), **{kind: list(getattr(catalogue(), kind)) for kind in NAMES.values()}}
    chosen = {
        name: several(
            name.capitalize(),
            known[name],
            QUICK.get(name),
            key=f"space_{name}",
            placeholder="all",
        )
        for name in LISTS
    }
    ignored = several(
        "Published rules to set aside",
        [rule.name for rule in rules()],
        key="space_ignore",
        placeholder="none",
        help="ptfe-lithium, where no lithium metal touches the membrane",
    )
    planned = st.number_input(
        "Planned thickness (µm)", value=None, key="space_planned", format="%g", persist_state="session"
    )
    powders = _powders(chosen["sulfides"])
    with st.expander("More lines of the TOML of a space"):
        more = st.text_area("TOML", key="space_more", height=120, persist_state="session", help=escaped(MORE))
    text = _toml(chosen, planned, more, {"sigma_p_ms_cm": powders, "rules": {"ignore": ignored} if ignored else {}})
    with st.expander("The same for the command line"):
        show_lines(text)
        download("Download", text, "space.toml")
    return text


def _powders(sulfides: Sequence[str]) -> dict[str, float]:
    """Return the conductivities that are given of the chosen powders, with a field for each while they are few."""
    if not 0 < len(sulfides) <= FEW:
        st.caption(f"Choose at most {FEW} sulfides to give the conductivities of your powders.")
        return {}
    places = st.columns(2)
    conductivities: dict[str, float] = {}
    for number, name in enumerate(sulfides):
        published = published_conductivity(name, catalogue().sulfide(name).family)
        conductivity = places[number % 2].number_input(
            f"σp of your {escaped(name)} (mS/cm)",
            value=None,
            format="%g",
            key=f"space_sigma_{name}",
            persist_state="session",
            placeholder=f"{published.median_ms_cm:.3g}, published" if published else "not published",
            help=escaped(f"for areal resistances; if blank: {powder_text(published) if published else 'unknown'}"),
        )
        conductivities |= {name: conductivity} if conductivity is not None else {}
    return conductivities


def _toml(
    chosen: Mapping[str, Sequence[str]], planned: float | None, more: str, tables: Mapping[str, Mapping[str, Any]]
) -> str:
    lines = [f"{name} = {_quoted(names)}" for name, names in chosen.items() if names]
    lines += [f"planned_thickness_um = {planned:g}"] if planned is not None else []
    lines += [f"chunk = {CHUNK_OF_PAGE}"] if "chunk" not in more else []
    sections = [
        "\n".join([f"[{name}]", *(f"{_quoted(key)} = {_quoted(value)}" for key, value in table.items())])
        for name, table in tables.items()
        if table
    ]
    return "\n".join([*lines, more, *sections, ""])


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
