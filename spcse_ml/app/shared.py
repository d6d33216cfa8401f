"""What every tab stands on: the models, refusals, text shown as it stands, the folder of a browser tab."""

import functools
import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import streamlit as st
from matplotlib.figure import Figure

from spcse_ml.errors import InputError, SpcseError
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.reports.messages.captions import caption
from spcse_ml.reports.plots.style import themed
from spcse_ml.storage.files import store_folder
from spcse_ml.tables import harmless
from spcse_ml.workflows.explain import explained_recipe
from spcse_ml.workflows.predict import DEFAULT_LEVEL, loaded_pair, predict_recipes

Function = TypeVar("Function", bound=Callable[..., Any])

TABLE = Path("lab.csv")
"""The lab's table, where the command line has it."""

LARGEST_MB = 5
"""Larger files are not uploaded."""

EXAMPLE = {"sulfide": "Li6PS5Cl", "method": "dry binder laminating", "binder": "PTFE", "binder_wt_percent": "0.5"}


def cached(spinner: str | bool = False) -> Callable[[Function], Function]:  # noqa: FBT001, FBT002 - Streamlit's own
    """Return a decorator that keeps what a function gave, for every browser tab, by its arguments without a _."""
    return st.cache_resource(max_entries=30, show_spinner=spinner)  # type: ignore[no-any-return]


def pair() -> ModelPair:
    """Return the models that answer; the first call also begins to load what explaining needs, which takes seconds."""
    models = loaded_pair(store_folder())
    _begin_to_load(models.name)
    return models


@cached()
def _begin_to_load(name: str) -> Future[object]:  # noqa: ARG001 - once for each pair
    models = loaded_pair(store_folder())
    answers = predict_recipes([EXAMPLE], models, level=DEFAULT_LEVEL)
    return begun(lambda: explained_recipe(answers))


def begun(work: Callable[[], object]) -> Future[object]:
    """Return the future of work that is begun in a thread of its own, which ends with the page."""
    future: Future[object] = Future()

    def do() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whoever asks the future is told
            future.set_exception(error)

    threading.Thread(target=do, daemon=True).start()
    return future


def check_loading(name: str) -> None:
    """Raise what went wrong while what explaining needs was loaded for a pair; then it is tried anew."""
    loading = _begin_to_load(name)
    if loading.done() and loading.exception() is not None:
        _begin_to_load.clear()  # type: ignore[attr-defined]
        loading.result()


several = functools.partial(st.multiselect, persist_state="session", select_all=False)
"""A choice of several names, which stays as the user left it when other tabs were open."""


def escaped(text: object) -> str:
    r"""Return text so that Markdown shows it as it stands: no link, no image and no formula comes of it.

    >>> escaped("![x](http://a.b/c.png)")
    '\\!\\[x\\]\\(http\\:\\/\\/a\\.b\\/c\\.png\\)'
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", str(text))


def refuse(error: SpcseError, *, beside: Collection[str] = ()) -> None:
    """Show what is refused, each fault once: those of a file by their cells, others as on the command line.

    Those of columns whose fields tell them already are only counted.
    """
    faults = tuple(dict.fromkeys(error.faults)) if isinstance(error, InputError) else ()
    rest = [fault for fault in faults if fault.column not in beside]
    where = ", beside their fields" if faults and not rest else ""
    sentence = f"{len(faults)} to correct{where}; nothing was kept." if faults else escaped(error)
    st.error(f"**Refused.** {sentence}", icon=":material/block:")
    if any(fault.row for fault in rest):
        table(
            [
                {
                    "place": fault.place,
                    "column": fault.column,
                    "given": fault.given or "",
                    "problem": fault.problem,
                    "allowed": fault.allowed,
                    "remedy": fault.remedy,
                }
                for fault in rest
            ],
            row_height=52,
        )
    elif rest:
        show_lines(map(str, rest))


def show_lines(lines: str | Iterable[str], **options: Any) -> None:
    """Show text as it stands, in lines of a terminal."""
    text = lines if isinstance(lines, str) else "\n".join(lines)
    st.code(text, language=None, **{"wrap_lines": True, **options})


def figure(drawn: Figure, name: str, *, title: str = "", width: Any = "stretch") -> None:
    """Show a figure under its title (or the one given), in ink for a light or a dark page, with its caption below."""
    heading, text, _ = caption(name)
    st.markdown(f"##### {title or heading}")
    picture(drawn, text, width=width)
    st.caption(escaped(text))


def picture(drawn: Figure, alt: str, *, width: Any = "stretch") -> None:
    """Show a figure alone, in ink for a light or a dark page."""
    st.image(_image(drawn), alt=alt, width=width)


@functools.lru_cache(maxsize=64)
def _image(drawn: Figure) -> str:
    return themed(drawn)


def chart(drawn: Any, alt: str) -> None:
    """Show a figure to point at."""
    st.plotly_chart(drawn, config={"displayModeBar": False}, alt=alt)


def download(label: str, data: Any, name: str, place: Any = st) -> None:
    """Offer a file; taking it does not draw the page anew."""
    kind = {"csv": "text/csv", "html": "text/html", "json": "application/json"}.get(name.rpartition(".")[2])
    place.download_button(label, data, name, kind, on_click="ignore")


@contextmanager
def uploaded(file: Any) -> Iterator[Path]:
    """Yield an uploaded file as a path of its own name; afterwards it is gone."""
    with tempfile.TemporaryDirectory(dir=session_folder()) as folder:
        path = Path(folder) / (re.sub(r"[^\w.+-]+", "_", Path(file.name).name)[-100:].lstrip(".") or "file")
        path.write_bytes(file.getvalue())
        yield path


class _Folder:
    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="spcse_ml_page_"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def session_folder() -> Path:
    """Return the folder of this browser tab alone; it goes when the tab's session goes."""
    if "folder" not in st.session_state:
        st.session_state["folder"] = _Folder()
    return Path(st.session_state["folder"].path)


def table(rows: Any, **options: Any) -> Any:
    """Show a table without the columns that are blank throughout; the reader may save what is shown as CSV."""
    frame = pd.DataFrame(rows)
    return st.dataframe(frame.loc[:, (frame != "").any()].map(harmless), hide_index=True, **options)
