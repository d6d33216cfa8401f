"""`spcse-ml ui`: the page, in a browser of this machine."""

import signal
from pathlib import Path
from typing import Any

import click

HOST = "127.0.0.1"

OPTIONS = {
    "browser.gatherUsageStats": False,
    "browser.serverAddress": HOST,
    "server.headless": True,  # we open the browser; to Streamlit this means: offer to install nothing
    "server.fileWatcherType": "none",
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": True,  # with it comes an advertisement for programmers that covers the answer
    "client.showErrorLinks": False,
    "client.showErrorDetails": "none",
    "theme.light.primaryColor": "#005A9C",
    "theme.dark.primaryColor": "#6CB8F0",
}
"""Settings of Streamlit: nothing is sent anywhere, and colours can be read in light and dark."""

SOCKETS = {"ws_ping_interval": 30.0, "ws_ping_timeout": 30.0, "ws_per_message_deflate": False}
"""How the page's websocket is kept, as Streamlit's own server does."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=8_501, show_default=True, help="0: any free one.")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open it in the browser.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="Answer to this name, too; may be given many times.")
def ui(port: int, allow_host: tuple[str, ...], *, browser: bool) -> None:
    """Open the page, on this machine alone, until Ctrl-C: predict, explore, design and record without a terminal.

    It works in the folder where it is started: its store, its lab.csv. It needs no network and sends nothing anywhere.
    A request is heard under 127.0.0.1, localhost, [::1] and each --allow-host, and from no page of another address.
    """
    from spcse_ml.reports.messages.serving import exposure_text
    from spcse_ml.server import is_loopback, listening, names_of, serve

    names = names_of(allow_host)
    exposed = [name for name in allow_host if not is_loopback(name)]
    if exposed:
        click.echo(exposure_text(exposed), err=True)
    with listening(HOST, port) as at:
        address = f"http://{HOST}:{at.getsockname()[1]}"
        click.echo(f"The page: {address} (Ctrl-C ends it)")
        if browser:
            click.launch(address)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # jobs are ended at exit, which is not to be skipped
        serve(_page(), at, names, **SOCKETS)


def _page() -> Any:
    import streamlit
    from streamlit.web.bootstrap import load_config_options

    from spcse_ml.app.shared import LARGEST_MB

    load_config_options({**OPTIONS, "server.maxUploadSize": LARGEST_MB})
    return streamlit.App(Path(__file__).parent.with_name("app") / "app.py")
