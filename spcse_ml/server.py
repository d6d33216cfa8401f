"""The server behind `serve` and the page: under its own names, to its own pages alone, and without waiting for ever.

A page of another address may send its reader's browser here, under a name that it has made to mean this machine. The
name stays in the request, so a request under a name that the server was not started for, or of another page, is
refused before any application hears of it.
"""

import asyncio
import contextlib
import ipaddress
import json
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from uvicorn.protocols.http.h11_impl import H11Protocol

from spcse_ml.errors import MOST_SHOWN, Fault, InputError, SpcseError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})

CONNECTIONS = 200
"""Maximum concurrent connections. For one more the connection that has waited longest for a request is closed; where
all are at work, more receive 503."""

HEAD_SECONDS = 10.0
"""So long a connection may wait until the head of a request is there, whatever trickles in meanwhile."""


@dataclass(frozen=True)
class NamedOnly:
    """An application that hears only what is sent to one of its names, and by no page but its own.

    Starlette's own check of hosts looks at no origin and refuses in words of its own, which are not our JSON.
    """

    app: ASGIApp
    names: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or hand it on; the start and the end of the server are handed on as well."""
        refusal = None if scope["type"] == "lifespan" else self._refusal(Headers(scope=scope))
        if refusal is not None and scope["type"] == "websocket":
            refusal = WebSocketClose()  # the client hears 403
        await (refusal or self.app)(scope, receive, send)

    def _refusal(self, headers: Headers) -> ASGIApp | None:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if [re.sub(r":\d+$", "", host).lower() in self.names for host in hosts] != [True]:
            return _refused(421, "misdirected")
        if any(origin not in {f"http://{hosts[0]}", f"https://{hosts[0]}"} for origin in origins):
            return _refused(403, "foreign-origin")
        return None


def _refused(status: int, code: str) -> Response:
    refusal = refusal_response(status, SpcseError(code))
    refusal.headers["Connection"] = "close"  # whatever follows is not read
    return refusal


def refusal_response(status: int, error: SpcseError) -> Response:
    """Return a refusal as an answer: an object with its faults in detail, its message and its code."""
    faults = error.faults[:MOST_SHOWN] if isinstance(error, InputError) else ()
    detail = [{name: value for name, value in fault.plain().items() if name != "file"} for fault in faults]
    return json_response({"detail": detail, "message": str(error), "code": error.code}, status)


def json_response(value: Any, status: int = 200) -> Response:
    """Return an answer in plain ASCII: half a surrogate pair may stand in JSON and not in UTF-8."""
    return Response(json.dumps(value, allow_nan=False), status, media_type="application/json")


def names_of(hosts: Iterable[str]) -> frozenset[str]:
    """Return the names that a server answers to: those of loopback and these, as they stand in a request.

    Raises:
        InputError: a host is neither a name nor an address.

    >>> sorted(names_of(["Lab-PC.example", "fd00::0:1"]))
    ['127.0.0.1', '[::1]', '[fd00::1]', 'lab-pc.example', 'localhost']
    """
    return LOOPBACK | {_name(host) for host in hosts}


def _name(host: str) -> str:
    with contextlib.suppress(ValueError):
        return f"[{ipaddress.IPv6Address(host.strip('[]'))}]"
    if re.fullmatch(r"[\w.-]+", host, re.ASCII):
        return host.lower()
    allowed = "a name or an address alone, as in lab-pc.example: no scheme, no port, no *"
    raise InputError([Fault("not-a-host", given=host, allowed=allowed)])


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; port 0 takes any that is free.

    Raises:
        InputError: the host is not one of this machine, or the port is taken.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        fault = Fault("cannot-listen", given=f"{host}:{port}", values={"reason": error.strerror})
        raise InputError([fault]) from error


def serve(app: ASGIApp, at: socket.socket, names: frozenset[str], **options: Any) -> None:
    """Answer in this process, to these names, until a signal ends it; options are those of `uvicorn.Config`."""
    config = uvicorn.Config(
        NamedOnly(app, names),
        http=_Impatient,
        access_log=False,
        log_level="warning",
        server_header=False,
        headers=[("X-Frame-Options", "SAMEORIGIN")],
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
        **options,
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[at])


class _Impatient(H11Protocol):
    """A connection that is closed once it has been without a request at work for `HEAD_SECONDS`.

    uvicorn itself limits the wait between two requests alone, and forgets that limit at the first byte.
    """

    closing: asyncio.TimerHandle | None = None
    """Set while no request is at work."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        waiting = {
            connection.closing.when(): connection
            for connection in self.connections
            if isinstance(connection, _Impatient) and connection.closing
        }
        if waiting and len(self.connections) >= CONNECTIONS:
            waiting[min(waiting)].give_up()
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._watch()

    def _watch(self) -> None:
        is_here = self in self.connections  # neither lost nor handed over to a websocket
        is_waiting = is_here and (self.cycle is None or self.cycle.response_complete)
        if is_waiting and self.closing is None:
            self.closing = self.loop.call_later(HEAD_SECONDS, self.give_up)
        elif not is_waiting and self.closing is not None:
            self.closing.cancel()
            self.closing = None

    def give_up(self) -> None:
        """Close the connection without an answer."""
        self.closing = None
        self.timeout_keep_alive_handler()
