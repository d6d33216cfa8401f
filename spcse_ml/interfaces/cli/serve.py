"""`spcse-ml serve`: predictions over HTTP."""

import contextlib
import ipaddress

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; this machine alone.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8_000, show_default=True, help="0: any free one.")
@click.option(
    "--max-bytes", type=click.IntRange(1), default=1_000_000, show_default=True, help="Longest body of a request."
)
@click.option("--max-rows", type=click.IntRange(1), default=1_000, show_default=True, help="Most recipes of a request.")
@click.option(
    "--time-limit", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True, metavar="SECONDS",
    help="Longest time for a request.",
)  # fmt: skip
def serve(host: str, port: int, max_bytes: int, max_rows: int, time_limit: float) -> None:
    """Answer predictions over HTTP until Ctrl-C: POST /predict, GET /health, and /docs to try them.

    \b
    spcse-ml serve &
    curl -d '{"recipes": [{"sulfide": "LPSCl", "method": "dry", "binder": "PTFE"}]}' 127.0.0.1:8000/predict

    The champion of the store answers, from the next request on also after a promotion; without one the released models.
    """
    from spcse_ml.interfaces.http import Limits, application, listening
    from spcse_ml.interfaces.http import serve as serve_http
    from spcse_ml.storage.store import store_folder

    app = application(store_folder(), Limits(max_bytes, max_rows, time_limit))
    if not _is_loopback(host):
        click.echo(f"Warning: there is no password; whoever reaches {host} may ask.", err=True)
    with listening(host, port) as at, contextlib.suppress(KeyboardInterrupt):
        name = f"[{host}]" if ":" in host else host
        click.echo(f"Listening on http://{name}:{at.getsockname()[1]} (to try it: /docs). Ctrl-C ends it.")
        serve_http(app, at)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
