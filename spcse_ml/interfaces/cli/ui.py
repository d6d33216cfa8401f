"""`spcse-ml ui`: the page, in a browser of this machine."""

from pathlib import Path

import click

OPTIONS = {
    "server.address": "127.0.0.1",
    "browser.serverAddress": "127.0.0.1",
    "browser.gatherUsageStats": "false",
    "server.showEmailPrompt": "false",
    "server.fileWatcherType": "none",
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": "true",  # with it comes an advertisement for programmers that covers the answer
    "client.showErrorLinks": "false",
    "client.showErrorDetails": "none",
    "theme.light.primaryColor": "#005A9C",
    "theme.dark.primaryColor": "#6CB8F0",
}
"""What Streamlit is told: this machine alone, nothing to anybody else, colours that can be read in light and dark."""


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=8_501, show_default=True)
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open it in the browser.")
def ui(port: int, *, browser: bool) -> None:
    """Open the page, on this machine alone, until Ctrl-C: predict, explore, design and record without a terminal.

    It works in the folder where it is started: its store, its lab.csv. It needs no network and sends nothing anywhere.
    """
    from streamlit.web.cli import main

    from spcse_ml.interfaces.page.shared import LARGEST_MB

    told = {**OPTIONS, "server.port": port, "server.headless": not browser, "server.maxUploadSize": LARGEST_MB}
    words = [
        word
        for name, value in told.items()
        for word in (f"--{name}", str(value).lower() if value in {True, False} else str(value))
    ]
    page = Path(__file__).parent.with_name("page") / "app.py"
    click.echo(f"The page: http://{OPTIONS['server.address']}:{port} (Ctrl-C ends it)")
    main(["run", str(page), *words], prog_name="streamlit")
