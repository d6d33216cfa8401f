"""Take the pictures of the page that README and docs show, in a real Chromium: python docs/make_pictures.py.

It opens the page in an empty folder, asks about the first recipe of the README and screens a small space.
"""

import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

FIGURES = Path(__file__).resolve().parent / "figures"
RECIPE = {"method": "dry binder laminating", "sulfide": "Li6PS5Cl", "binder": "PTFE", "binder_wt_percent": "0.5"}
SPACE = {"Binders": ("PTFE", "NBR", "PEO", "ethyl cellulose"), "Published rules to set aside": ("ptfe-lithium",)}
WIDTH = 1366
STILL = """() => !document.querySelector(
  '[data-testid="stStatusWidget"], [data-testid="stSkeleton"], [data-stale="true"]')"""


def settled(page: Page) -> Page:
    """Wait until the page stands still."""
    page.wait_for_timeout(500)
    page.wait_for_function(STILL, timeout=300_000)
    page.wait_for_timeout(700)
    return page


def shoot(page: Page, name: str, height: int) -> None:
    """Keep what is in sight of a window of this height."""
    page.set_viewport_size({"width": WIDTH, "height": height})
    settled(page).screenshot(path=FIGURES / name)


def predicted(page: Page, address: str) -> None:
    """Ask about a recipe."""
    page.goto(f"{address}/?{urlencode(RECIPE)}")
    page.get_by_role("button", name="Predict", exact=True).click(timeout=90_000)
    page.get_by_role("heading", name=re.compile("^Retention .* %$")).wait_for(timeout=60_000)
    shoot(settled(page), "page_predict.png", 1120)


def screened(page: Page, address: str) -> None:
    """Screen a small space for more than half of the powder's conductivity."""
    page.goto(f"{address}/?tab=Design")
    for field, values in SPACE.items():
        for value in values:
            settled(page).get_by_role("combobox", name=field).click(timeout=90_000)
            page.keyboard.type(value)
            page.keyboard.press("Enter")
            page.keyboard.press("Escape")  # the list stays open over the fields below it
    settled(page).get_by_role("spinbutton", name="Planned thickness").fill("40")
    page.keyboard.press("Enter")
    settled(page).get_by_role("spinbutton", name="Retention to exceed").fill("50")
    page.keyboard.press("Enter")
    settled(page).get_by_role("button", name="Screen ").click()
    page.get_by_text("The best of them").wait_for(timeout=300_000)
    shoot(settled(page), "page_design.png", 1880)


def main() -> None:
    """Take the pictures."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chromium = next(path for name in ("chromium", "google-chrome") if (path := shutil.which(name)))
    words = [sys.executable, "-m", "spcse_ml", "ui", "--no-browser", "--port", str(port)]
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(words, cwd=folder) as server:  # noqa: S603 - ours
        time.sleep(15)
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            for ask in (predicted, screened):
                page = browser.new_page(viewport={"width": WIDTH, "height": 768}, color_scheme="light")
                ask(page, f"http://127.0.0.1:{port}")
        server.send_signal(signal.SIGINT)


if __name__ == "__main__":
    main()
