"""Make the pictures of README and docs, each with the fingerprint of what it shows: `make pictures`.

    python docs/make_pictures.py              # all: some ten minutes, for it trains what the picture of MLflow shows
    python docs/make_pictures.py charts page  # some

Charts are drawn from the released models and from the invented films; the page and MLflow are taken in a real Chromium.
`tests/test_readme.py` compares the fingerprint in each PNG with that of the files it was made from.
"""

import argparse
import contextlib
import hashlib
import io
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

from matplotlib.figure import Figure
from mlflow import MlflowClient
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Page, sync_playwright

from spcse_ml.data.dataset import View
from spcse_ml.data.literature import literature
from spcse_ml.reports.plots.evaluation import literature_figure
from spcse_ml.reports.plots.style import png
from spcse_ml.storage.champion import RELEASED
from spcse_ml.storage.mlflow_client import BY_VIEW
from spcse_ml.storage.model_files import load_pair
from spcse_ml.workflows.film import film_window, read_films
from spcse_ml.workflows.report import section_of

TOP = Path(__file__).resolve().parents[1]
FIGURES = TOP / "docs" / "figures"
FILMS = TOP / "docs" / "how-to" / "invented_films.csv"
SHOWS = "Shows"
"""Key of the text in a PNG that says what it shows."""

RECIPE = {"method": "dry binder laminating", "sulfide": "Li6PS5Cl", "binder": "PTFE", "binder_wt_percent": "0.5"}
SPACE = {"Binders": ("PTFE", "NBR", "PEO", "ethyl cellulose"), "Published rules to set aside": ("ptfe-lithium",)}
TRAININGS = (
    "--name yardstick", "--estimator xgboost --name blanks --tag study=contents",
    "--estimator filled_xgboost --name filled --tag study=contents",
    "--estimator ridge --features card+chemistry --name wide-ridge",
)  # fmt: skip
"""The trainings of docs/how-to/experiments.md."""

WIDTH, RUNS_WIDTH = 1366, 1560
STILL = """() => !document.querySelector(
  '[data-testid="stStatusWidget"], [data-testid="stSkeleton"], [data-stale="true"]')"""


def shows(name: str) -> str:
    """Return what a picture shows, with the fingerprint of the files that determine it."""
    if name == "film_window.png":
        return f"invented films {_fingerprint([FILMS])}"
    return f"released models {_fingerprint(sorted((TOP / 'models').rglob('*.json')))}"


def shown_by(path: Path) -> str | None:
    """Return what a picture says that it shows, or None where it says nothing."""
    with Image.open(path) as image:
        said = image.info.get(SHOWS)
    return str(said) if said is not None else None


def keep(name: str, image: bytes) -> None:
    """Write a picture with what it shows."""
    text = PngInfo()
    text.add_text(SHOWS, shows(name))
    with Image.open(io.BytesIO(image)) as opened:
        opened.save(FIGURES / name, pnginfo=text, optimize=True, dpi=opened.info.get("dpi", (96, 96)))


def _fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def charts() -> None:
    """Draw the charts of the released models."""
    figures: dict[str, Figure] = {"literature": literature_figure(literature().rows)}
    for evaluated in load_pair(TOP / "models", name=RELEASED).by_target.values():
        figures |= section_of(evaluated).figures
    for name, figure in figures.items():
        keep(f"{name}.png", png(figure))


def films() -> None:
    """Draw the window of the invented films, as docs/how-to/film.md does."""
    keep("film_window.png", png(film_window(read_films(FILMS), {"drying_temperature_c": 90})))


def page() -> None:
    """Take the page: the answer to the first recipe of the README, and a screen of a small space."""
    words = [sys.executable, "-m", "spcse_ml", "ui", "--no-browser", "--port", "{port}"]
    with tempfile.TemporaryDirectory() as folder, _served(words, Path(folder)) as address:
        for ask in (_predicted, _screened):
            with _opened(WIDTH) as tab:
                ask(tab, address)


def mlflow(store: Path | None = None) -> None:
    """Take the runs of the how-to on experiments in MLflow, of a store that holds them or trained anew."""
    with tempfile.TemporaryDirectory() as folder:
        for words in () if store else TRAININGS:
            command = [sys.executable, "-m", "spcse_ml", "train", *words.split()]
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
        runs = (store or Path(folder) / "spcse_ml_store") / "mlflow.db"
        experiment = MlflowClient(f"sqlite:///{runs}").get_experiment_by_name(BY_VIEW[View.CHECKED])
        words = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", f"sqlite:///{runs}", "--port", "{port}"]
        with _served(words, Path(folder)) as address, _opened(RUNS_WIDTH) as tab:
            tab.goto(f"{address}/#/experiments/{experiment.experiment_id}/runs?viewStateShareKey=spcse-ml")
            tab.get_by_text("wide-ridge").first.wait_for(timeout=60_000)
            for beside in ("Close", "Hide banner"):  # an assistant and a notice take half of the window
                if (button := tab.get_by_role("button", name=beside, exact=True)).count():
                    button.first.click()
            _shoot(tab, "mlflow.png", 500)


@contextlib.contextmanager
def _served(words: list[str], folder: Path) -> Iterator[str]:
    """Yield the address of a server that runs in a folder until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [word.format(port=port) for word in words]
    with subprocess.Popen(command, cwd=folder) as server:  # noqa: S603 - ours
        try:
            _wait_for(address)
            yield address
        finally:
            server.terminate()


def _wait_for(address: str) -> None:
    """Wait until a server answers; it listens before it does."""
    for _ in range(240):
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):  # noqa: S310 - ours
            return
        time.sleep(0.5)


@contextlib.contextmanager
def _opened(width: int) -> Iterator[Page]:
    """Yield a fresh page of Chromium."""
    chromium = next(path for name in ("chromium", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_page(viewport={"width": width, "height": 768}, color_scheme="light")
        browser.close()


def _settled(tab: Page) -> Page:
    """Wait until the page stands still."""
    tab.wait_for_timeout(500)
    tab.wait_for_function(STILL, timeout=300_000)
    tab.wait_for_timeout(700)
    return tab


def _shoot(tab: Page, name: str, height: int) -> None:
    """Keep what is in sight of a window of this height."""
    tab.set_viewport_size({**(tab.viewport_size or {}), "height": height})
    keep(name, _settled(tab).screenshot())


def _predicted(tab: Page, address: str) -> None:
    """Ask about a recipe."""
    tab.goto(f"{address}/?{urlencode(RECIPE)}")
    tab.get_by_role("button", name="Predict", exact=True).click(timeout=180_000)
    tab.get_by_role("heading", name=re.compile("^Retention .* %$")).wait_for(timeout=60_000)
    _shoot(_settled(tab), "page_predict.png", 1070)


def _screened(tab: Page, address: str) -> None:
    """Screen a small space for more than half of the powder's conductivity."""
    tab.goto(f"{address}/?tab=Design")
    for field, values in SPACE.items():
        for value in values:
            _settled(tab).get_by_role("combobox", name=field).click(timeout=180_000)
            tab.keyboard.type(value)
            tab.keyboard.press("Enter")
            tab.keyboard.press("Escape")  # the list stays open over the fields below it
    _settled(tab).get_by_role("spinbutton", name="Planned thickness").fill("40")
    tab.keyboard.press("Enter")
    _settled(tab).get_by_role("spinbutton", name="Retention to exceed").fill("50")
    tab.keyboard.press("Enter")
    _settled(tab).get_by_role("button", name="Screen ").click()
    tab.get_by_text("The best of them").wait_for(timeout=300_000)
    _shoot(_settled(tab), "page_design.png", 1880)


KINDS: dict[str, Callable[..., None]] = {"charts": charts, "films": films, "page": page, "mlflow": mlflow}
"""What can be made, by name."""


def main() -> None:
    """Make the pictures that are named, or all."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("kinds", nargs="*", help=f"of {', '.join(KINDS)}; all without")
    reader.add_argument("--store", type=Path, help="a store that holds the runs of docs/how-to/experiments.md")
    words = reader.parse_args()
    for kind in words.kinds or KINDS:
        KINDS[kind](**({"store": words.store.absolute()} if kind == "mlflow" and words.store else {}))


if __name__ == "__main__":
    main()
