"""How the site is built: `make docs`.

The source is the whole repository and not this folder, so that every link is the one that is followed on a forge, and
README, changelog, datasheet, model cards and notebooks stand in the site as they are, without a copy. Nothing is
fetched: no other project's index, no fonts, no scripts from outside.
"""

# ruff: noqa: INP001 - a setting of Sphinx, not a module of the package

import re
from pathlib import Path
from typing import Any

import click
from sphinx.application import Sphinx
from sphinx.util import logging

import spcse_ml

project = "spcse_ml"
author = project_copyright = "The spcse_ml authors"
version = release = spcse_ml.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
root_doc = "docs/index"
include_patterns = [
    "docs/**/*.md", "docs/*.md", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "data/README.md",
    "data/catalogue/*.md", "models/*.md", "benchmarks/*/*.md", "notebooks/*.ipynb",
]  # fmt: skip
exclude_patterns = [".*", "docs/_build", "dist", "build", "spcse_ml", "tests", "benchmarks/.environments", "**/.*"]

nb_execution_mode = "off"  # as committed; the tests run them
myst_heading_anchors = 3
myst_links_external_new_tab = True
nitpicky = True
default_role = "code"
smartquotes = False  # a quotation mark that was typed is the one that is printed
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "undoc-members": True, "member-order": "bysource"}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
nitpick_ignore_regex = [
    (r"py:class", r"spcse_ml\.data\.dataset\.View"),  # three words; another View is listed
    ("py:class", r"spcse_ml\.design\.\w+\.(Best|Objective|Front|Declared|Suggestion|Remarks)"),  # parts of results
    ("py:class", r"spcse_ml\.evaluation\.robustness\.\w+"),  # parts of a study
    ("py:class", r"spcse_ml\.models\.(film_classes\.FilmModel|applicability\.DomainReason)"),  # parts of answers
    ("py:class", r"spcse_ml\.explanation\.\w+\.(Curve|ExplanationSummary)"),
    ("py:class", r"spcse_ml\.(evaluation|lab)\.\w+\.(UnusedColumn|TotalResistance)|tuple\[float"),
    ("py:.*", r"(pandas|pd|numpy|np|sklearn|matplotlib|os|pathlib|concurrent|collections|datetime|typing|types)\..*"),
    ("py:class", r"dataclasses\.InitVar"),
    ("py:.*", r"(Path|Any|Executor|Callable|Iterable|Iterator|Mapping|Sequence|StrEnum|date|Pipeline)"),
    ("py:.*", r"(str|int|float|bool|dict|tuple|list|None|Exception|spcse_ml\.parallel\.(Job|Result))"),
]

html_theme = "furo"
html_title = f"spcse_ml {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False

PUBLIC = {f"spcse_ml.{name}" for name in spcse_ml.__all__}
HOME = '<!doctype html><meta http-equiv="refresh" content="0; url=docs/index.html"><a href="docs/index.html">Home</a>'
_KEPT: dict[str, list[str]] = {}
_LOG = logging.getLogger(__name__)


def _tell_missing(_app: Sphinx, env: Any) -> None:
    """Warn of a public name that the reference lacks; a strict build then fails."""
    documented = {name for name, *_ in env.get_domain("py").get_objects()}
    for name in sorted(PUBLIC - documented):
        _LOG.warning("%s is public and not in the reference (docs/reference/python.md)", name)


def _tell_undocumented(_app: Sphinx, _what: str, name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Warn of a public name that has no docstring."""
    if name in PUBLIC and not any(line.strip() for line in lines):
        _LOG.warning("%s is public and has no docstring", name)


def _keep(_app: Sphinx, what: str, name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Keep the words of an attribute as they are: napoleon takes what stands before a colon for a type."""
    if what in {"attribute", "property"}:
        _KEPT[name] = list(lines)


def _put_back(_app: Sphinx, _what: str, name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    lines[:] = _KEPT.pop(name, lines)


def _open_at_the_top(app: Sphinx, failed: Exception | None) -> None:
    """Let the folder of the site itself lead to its first page."""
    if failed is None and app.builder.name == "html":
        (Path(app.outdir) / "index.html").write_text(HOME, encoding="utf-8")


def _name_values(_app: Sphinx, ctx: click.Context, lines: list[str]) -> None:
    """Let the value of an option be called what `--help` calls it, and not by the name it has in the code."""
    values = {one.name: one.make_metavar(ctx) for one in ctx.command.params if isinstance(one, click.Option)}
    values |= {one.metavar: one.metavar for one in ctx.command.params if isinstance(one, click.Option) and one.metavar}
    for place, line in enumerate(lines):
        if line.startswith(".. option::"):
            lines[place] = re.sub(r"<([^>]*)>", lambda found: str(values.get(found[1], found[0])), line)


def _say_once(_app: Sphinx, _ctx: click.Context, lines: list[str]) -> None:
    """Leave arguments to the line of usage and the words above it: there is nothing else to tell of them."""
    lines.clear()


def setup(app: Sphinx) -> None:
    """Join the checks to the build."""
    app.connect("env-check-consistency", _tell_missing)
    app.connect("autodoc-process-docstring", _tell_undocumented)
    app.connect("autodoc-process-docstring", _keep, priority=400)  # napoleon comes at 500
    app.connect("autodoc-process-docstring", _put_back, priority=600)
    app.connect("sphinx-click-process-options", _name_values)
    app.connect("sphinx-click-process-arguments", _say_once)
    app.connect("build-finished", _open_at_the_top)
