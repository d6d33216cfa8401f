"""`spcse-ml serve`: predictions over HTTP."""

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; this machine alone.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8_000, show_default=True, help="0: any free one.")
@click.option(
    "--max-bytes", type=click.IntRange(1), default=1_000_000, show_default=True, help="Longest body of a request."
)
@click.option("--max-rows", type=click.IntRange(1), default=1_000, show_default=True, help="Most recipes of a request.")
@click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Longest time for a request.",
)
@click.option("--allow-host", multiple=True, metavar="NAME", help="Answer to this name, too; may be given many times.")
@click.option("--show-own-rows", is_flag=True, help="Show membranes of your own among the neighbours and in reasons.")
def serve(
    host: str,
    port: int,
    *,
    max_bytes: int,
    max_rows: int,
    time_limit: float,
    allow_host: tuple[str, ...],
    show_own_rows: bool,
) -> None:
    """Answer predictions over HTTP until Ctrl-C: POST /predict, GET /health, and /docs to try them.

    \b
    spcse-ml serve &
    curl -d '{"recipes": [{"sulfide": "LPSCl", "method": "dry", "binder": "PTFE"}]}' 127.0.0.1:8000/predict

    The champion of the store answers, or the released models where there is none; a promotion takes effect with the
    next request. A request is heard under 127.0.0.1, localhost, [::1], the --host and each --allow-host, and from no
    page of another address. Your own membranes are not shown without --show-own-rows.
    """
    from spcse_ml.api import Limits, application
    from spcse_ml.reports.messages.serving import exposure_text
    from spcse_ml.server import is_loopback, listening, names_of
    from spcse_ml.server import serve as serve_http
    from spcse_ml.storage.files import store_folder

    names = names_of([host, *allow_host])
    app = application(store_folder(), Limits(max_bytes, max_rows, time_limit), shows_own=show_own_rows)
    exposed = [name for name in (host, *allow_host) if not is_loopback(name)]
    if exposed:
        click.echo(exposure_text(exposed, shows_own=show_own_rows), err=True)
    with listening(host, port) as at:
        name = f"[{host}]" if ":" in host else host
        click.echo(f"Listening on http://{name}:{at.getsockname()[1]} (to try it: /docs). Ctrl-C ends it.")
        serve_http(app, at, names, ws="none")
