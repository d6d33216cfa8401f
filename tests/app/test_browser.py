"""The page in a real Chromium: predict, upload, screen, by mouse and by keyboard, light and dark, and no network.

Screenshots go to the folder named by SPCSE_ML_SCREENSHOTS, else to pytest's own.
"""

import contextlib
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pytest
from PIL import Image

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

BROWSERS = ("chromium", "google-chrome", "chrome")
FOUND = next((path for name in BROWSERS if (path := shutil.which(name))), None)
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(FOUND is None, reason=f"none of {', '.join(BROWSERS)} is on the path of this machine"),
]

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync")  # fmt: skip
LAPTOP, ENLARGED = {"width": 1366, "height": 768}, {"width": 1093, "height": 614}
"""A laptop, and the same enlarged to 125 %."""

BUSY = '[data-testid="stStatusWidget"], [data-testid="stSkeleton"], [data-stale="true"]'

SLURRY = {
    "method": "slurry coating", "sulfide": "Li6PS5Cl", "binder": "NBR", "binder_wt_percent": "2", "solvent": "TOL",
    "sigma_p_ms_cm": "3.2", "planned_thickness_um": "0.04 mm",
}  # fmt: skip
TRAP = "![x](https://example.org/x.png) <img src=https://example.org/y.png> $x_1$"

FAINT = """() => {
  const numbers = text => { const n = text.match(/[\\d.]+/g).map(Number);
    const scale = text.startsWith('color(') ? 255 : 1;
    return [n[0] * scale, n[1] * scale, n[2] * scale, n[3] ?? 1]; };
  const light = c => [.2126, .7152, .0722].reduce((sum, share, i) => { const v = c[i] / 255;
    return sum + share * (v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); }, 0);
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat([1]);
  const behind = e => { const seen = [];
    for (; e; e = e.parentElement) seen.push(numbers(getComputedStyle(e).backgroundColor));
    return seen.reverse().reduce((b, a) => over(a, b), [255, 255, 255, 1]); };
  const opacity = e => { let o = 1; for (; e; e = e.parentElement) o *= +getComputedStyle(e).opacity; return o; };
  const faint = new Set(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(), e = walk.currentNode.parentElement;
    if (!text || !e.getClientRects().length || e.closest(':disabled')) continue;
    const style = getComputedStyle(e), back = behind(e);
    const ink = numbers(e instanceof SVGElement ? style.fill : style.color); ink[3] *= opacity(e);
    const [a, b] = [light(over(ink, back)), light(back)];
    if ((Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5) faint.add(text.slice(0, 40));
  }
  return [...faint];
}"""
"""Texts whose contrast is below that of WCAG 2.1, level AA (4.5 to 1); disabled ones are exempt."""


RUNS_OFF = """() => [...document.querySelectorAll('.stMarkdown pre, .stMarkdown pre *')]
  .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 2).map(e => e.innerText.slice(0, 40))"""
"""Blocks of text in Markdown whose lines run off to the right."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the page in an empty folder and return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if name != "SPCSE_ML_HOME"}
    words = [sys.executable, "-m", "spcse_ml", "ui", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(words, cwd=tmp_path_factory.mktemp("page"), env=clean, start_new_session=True)
    try:
        _wait_for(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and server.poll() is None:
        # A busy machine may accept a connection and answer it later than that: what is waited for is an answer.
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310 - ours
            return
        time.sleep(0.3)
    pytest.fail("the page did not come up")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=FOUND, args=list(QUIET))


@contextlib.contextmanager
def visit(browser: Any, url: str, *, scheme: str = "light", size: dict[str, int] | None = None) -> Iterator[Any]:
    """Open an address in a fresh browser; at the end nothing may have been asked of anybody but this machine."""
    asked: list[str] = []
    context = browser.new_context(viewport=size or LAPTOP, color_scheme=scheme)
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda opened: asked.append(opened.url))
    page.goto(url)
    page.get_by_role("tab", name="Predict", exact=True).wait_for(timeout=90_000)
    yield page
    context.close()
    ours = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
    assert [one for one in asked if not one.startswith(ours)] == []


def settled(page: Any) -> Any:
    """Wait until the page stands still."""
    page.wait_for_timeout(400)
    page.wait_for_function(f"() => !document.querySelector({BUSY!r})", timeout=120_000)
    page.wait_for_timeout(600)
    return page


def pictured(page: Any, folder: Path, name: str, *, height: int | None = None) -> None:
    """Take a screenshot; it covers what is in sight, so the window is made as tall as is asked."""
    size = page.viewport_size
    if height:
        page.set_viewport_size({**size, "height": height})
        settled(page)
    kept = Path(os.environ.get("SPCSE_ML_SCREENSHOTS") or folder)
    page.screenshot(path=kept / f"{name}.png")
    page.set_viewport_size(size)


def is_wider_than_its_window(page: Any) -> bool:
    return bool(page.evaluate("document.scrollingElement.scrollWidth > innerWidth"))


def ask(page: Any) -> Any:
    page.get_by_role("button", name="Predict", exact=True).click()
    page.get_by_role("heading", name=re.compile("^Retention .* %$")).wait_for(timeout=60_000)
    return settled(page)


LOOKS = [("light", LAPTOP), ("dark", LAPTOP), ("light", ENLARGED)]


def test_every_tab_can_be_read_and_needs_no_sideways_scrolling(address: str, browser: Any, tmp_path: Path) -> None:
    with visit(browser, f"{address}/?{urlencode(SLURRY)}") as page:
        ask(page)
        for tab in ("Predict", "Data", "Explanation", "Evaluation", "Design", "Lab"):
            page.get_by_role("tab", name=tab, exact=True).click()
            settled(page)
            for scheme, size in LOOKS:
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size(size)
                page.wait_for_timeout(800)
                name = f"{tab.replace(' ', '_').lower()}_{scheme}_{size['width']}"
                pictured(page, tmp_path, name, height=2600 if tab == "Predict" else None)
                assert page.evaluate(FAINT) == [], (tab, scheme)
                assert not is_wider_than_its_window(page), (tab, scheme)
                assert page.evaluate(RUNS_OFF) == [], (tab, scheme)
                if tab in {"Predict", "Explanation", "Evaluation"}:
                    assert_has_the_ground_of_the_page(page)


def assert_has_the_ground_of_the_page(page: Any) -> None:
    """Look at the first picture on the page: its ground is that of the page, its ink far from it."""
    ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    expected = np.array([int(part) for part in re.findall(r"\d+", ground)[:3]])
    shot = Image.open(io.BytesIO(page.locator('[data-testid="stImage"] img').first.screenshot())).convert("RGB")
    apart = np.abs(np.asarray(shot, dtype=int) - expected).max(axis=2)
    assert (apart <= 2).mean() > 0.5
    assert apart.max() > 150


def test_an_address_gives_the_same_form_and_the_same_answer(address: str, browser: Any) -> None:
    with visit(browser, f"{address}/?{urlencode(SLURRY)}") as page:
        first = ask(page).get_by_role("heading", name=re.compile("^Retention .* %$")).inner_text()
        kept = page.url
    with visit(browser, kept) as page:
        assert page.get_by_role("combobox", name="Solvent of the slurry").input_value() == "TOL"
        assert ask(page).get_by_role("heading", name=re.compile("^Retention .* %$")).inner_text() == first


def test_the_keyboard_alone_suffices(address: str, browser: Any) -> None:
    with visit(browser, address) as page:
        settled(page)
        press, typed = page.keyboard.press, page.keyboard.type
        page.get_by_role("radio", name="slurry coating").focus()
        press("ArrowRight")
        for text in ("Li6PS5Cl", "PTFE", "0.5"):
            settled(page)
            _tab_to_a_field(page)
            typed(text)
            press("Enter")
        settled(page)
        for _ in range(12):
            press("Tab")
            if page.evaluate("document.activeElement.innerText") == "Predict":
                break
        press("Enter")
        page.get_by_role("heading", name=re.compile("^Retention 70 ")).wait_for(timeout=60_000)


def _tab_to_a_field(page: Any) -> None:
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('input:not([type=radio])')"):
            return
    pytest.fail("no field can be reached by the Tab key")


def test_a_name_that_is_not_listed_can_be_typed_and_is_refused_beside_its_field(address: str, browser: Any) -> None:
    with visit(browser, f"{address}/?{urlencode({**SLURRY, 'binder': 'PTFEE'})}") as page:
        settled(page).get_by_role("button", name="Predict", exact=True).click()
        page.get_by_text("Refused.").first.wait_for()
        settled(page)
        assert page.get_by_text("did you mean PTFE").count() == 1


def test_a_bad_upload_is_told_and_what_it_holds_asks_nothing_of_anybody(
    address: str, browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "recipes.csv"
    file.write_text(f"sulfide,method,binder,note\n{TRAP},dry,PTFEE,{TRAP}\n")
    with visit(browser, f"{address}/?{urlencode({**SLURRY, 'note': TRAP}, quote_via=quote)}") as page:
        ask(page)
        page.get_by_text("Many recipes at once").click()
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_text("2 to correct; nothing was kept").wait_for(timeout=60_000)
        pictured(settled(page), tmp_path, "refused", height=3200)
        assert page.locator(".katex, .stMarkdown sub").count() == 0
        better = tmp_path / "better.csv"
        better.write_text("sulfide,method,binder,binder_wt_percent\nLPSCl,dry,PTFE,0.5\n")
        page.locator("input[type=file]").set_input_files(better)
        page.get_by_text("1 recipes predicted").wait_for(timeout=60_000)


def test_a_file_above_the_limit_is_not_taken(address: str, browser: Any, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(b"a" * 6_000_000)
    with visit(browser, address) as page:
        settled(page).get_by_text("Many recipes at once").click()
        page.locator("input[type=file]").set_input_files(large)
        page.get_by_text("must be 5.0MB or smaller").wait_for()


def test_a_screen_can_be_stopped_goes_on_and_is_listed(address: str, browser: Any, tmp_path: Path) -> None:
    with visit(browser, f"{address}/?tab=Design") as page:
        settled(page).get_by_text("More lines").click()
        page.get_by_role("textbox", name="TOML").fill('binders = ["NBR", "PEO"]\nchunk = 1500')
        page.keyboard.press("Control+Enter")
        page.locator("h4", has_text="14,920 recipes").wait_for(timeout=60_000)
        settled(page).get_by_role("button", name="Screen ").click()
        page.get_by_text("parts scored").wait_for(timeout=60_000)
        pictured(page, tmp_path, "screening")
        page.get_by_role("button", name="Stop").click()
        page.get_by_text("Finished parts are kept").wait_for(timeout=60_000)
        page.get_by_role("button", name="Screen ").click()
        page.get_by_text("The best of them").wait_for(timeout=300_000)
        pictured(settled(page), tmp_path, "screened", height=1800)
        assert page.get_by_text("Pareto front").count() >= 1
        for top in ("1", "20"):
            page.get_by_role("spinbutton", name="List").fill(top)
            page.keyboard.press("Enter")
            settled(page)
            assert len(downloaded(page, "Download the list").splitlines()) == int(top) + 1


def downloaded(page: Any, button: str) -> str:
    with page.expect_download() as taken:
        page.get_by_role("button", name=button).click()
    return str(Path(taken.value.path()).read_text(encoding="utf-8"))


def test_enter_takes_the_first_match_of_a_list_alone(address: str, browser: Any) -> None:
    with visit(browser, f"{address}/?tab=Design") as page:
        settled(page).get_by_role("combobox", name="Binders").click()
        page.keyboard.type("NBR")
        page.get_by_role("option", name="HNBR").wait_for()
        page.keyboard.press("Enter")
        page.locator("h4", has_text="7,460 recipes").wait_for()
        assert settled(page).locator("[data-tag]").all_inner_texts() == [
            "slurry coating",
            "dry binder laminating",
            "NBR",
        ]


def test_only_this_machine_is_listened_to(address: str) -> None:
    port = int(address.rpartition(":")[2])
    others = {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for other in others:
        with socket.socket() as tried:
            assert tried.connect_ex((other, port)) != 0
