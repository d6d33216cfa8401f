"""Both doors on the network asked by the unkind: made-up requests, deep JSON, foreign names, heads without an end."""

import base64
import contextlib
import http.client
import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin

from spcse_ml.errors import REFUSAL_FILE, from_json
from spcse_ml.reports.messages.serving import exposure_text
from tests.fire.test_network import ONLY_HERE
from tests.refusals import codes_of
from tests.test_api import BAD, GOOD, PAGE, SERVE, Server, serving

pytestmark = pytest.mark.integration

Command = Callable[..., subprocess.CompletedProcess[str]]

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as up:
        yield up


@pytest.mark.parametrize("n_examples", [10, pytest.param(500, marks=pytest.mark.thorough)])
def test_what_schemathesis_makes_of_the_description_is_answered_as_described(
    server: Server, tmp_path: Path, n_examples: int
) -> None:
    words = [str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{server.port}/openapi.json",
             "--checks", CHECKS, "--max-examples", str(n_examples), "--generation-deterministic",
             "--no-color", "--request-timeout", "120"]  # fmt: skip
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"recipes": ' + b'[{"a": ' * 50_000 + b"1" + b"}]" * 50_000 + b"}",
        json.dumps({"recipes": [{"sulfide": {"$ref": "/etc/passwd"}, "method": ["dry"]}]}).encode(),
        b'{"recipes": [{"__class__": "x", "constructor": {"prototype": 1}, "sulfide": "LPSCl", "method": "dry"}]}',
        b'{"recipes": [{"sulfide": "LPSCl", "method": "dry", "binder_wt_percent": 1' + b"0" * 5_000 + b"}]}",
        b'{"recipes": [{"sulfide": "\\ud800", "method": "dry"}]}',
        b'{"recipes": [{"sulfide": "LPSCl", "method": "dry"}], "level": 1e999}',
    ],
)
def test_json_that_is_deep_or_strange_is_refused_in_a_sentence(server: Server, body: bytes) -> None:
    status, told = server.ask(body=body)
    assert status in {413, 422}, told
    assert told["message"]
    assert "Traceback" not in told["message"]


STATIC = "/static-offline-docs"


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", f"{STATIC}/../../../etc/passwd",
        f"{STATIC}/..%2f..%2f..%2f..%2fetc%2fpasswd", "//etc/passwd", "/docs/..;/..;/etc/passwd", "/%00",
        "/predict%0d%0aX: y", "/" + "a" * 60_000,
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file(server: Server, path: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.split(b" ")[1] in {b"400", b"404", b"414", b"431"}
    assert b"root:" not in answer


ALONE = {"PYTHONPATH": os.pathsep.join(filter(None, (str(ONLY_HERE), os.environ.get("PYTHONPATH"))))}
"""With it a server that speaks to another machine, or looks its name up, says so in its stderr."""

UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n".format(
    base64.b64encode(b"sixteen bytes...").decode()
)


@pytest.fixture(scope="module", params=[SERVE, PAGE], ids=["serve", "page"])
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("door"), door=request.param, **ALONE) as up:
        yield replace(up, paths=PATHS[request.param])


PATHS = {
    SERVE: ("GET /health", "GET /docs", "GET /openapi.json", f"GET {STATIC}/swagger-ui.css", "POST /predict"),
    PAGE: (
        "GET /", "GET /index.html", "GET /favicon.png", "GET /static/x.js", "GET /media/x.png", "GET /_stcore/health",
        "GET /_stcore/host-config", "GET /_stcore/metrics", "PUT /_stcore/upload_file/a/b", "GET /_stcore/stream",
        "DELETE /_stcore/upload_file/a/b", "POST /_stcore/agent/interact", "GET /component/x/y", "OPTIONS /",
    ),
}  # fmt: skip


def knock(door: Server, asked: str, *headers: str) -> tuple[int, bytes]:
    """Return the status and all of the answer to a request with these headers alone."""
    with socket.create_connection(("127.0.0.1", door.port), timeout=60) as line:
        more = UPGRADE if asked.endswith("/stream") else "Connection: close\r\n"
        line.sendall("\r\n".join([f"{asked} HTTP/1.1", *headers, more, ""]).encode())
        answer = line.recv(65536) if asked.endswith("/stream") else b"".join(iter(lambda: line.recv(65536), b""))
    return int(answer.split(b" ")[1]), answer


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example", None), ("evil.example:{}", "http://evil.example:{}"), ("127.0.0.1.evil.example:{}", None),
        ("localhost.evil.example", None), ("evil@127.0.0.1:{}", None), ("127.0.0.1:{}:80", None), ("", None),
        ("192.0.2.1:{}", "http://192.0.2.1:{}"), ("[::2]:{}", None), (None, None),
        ("127.0.0.1:{}", "http://evil.example"), ("127.0.0.1:{}", "null"), ("127.0.0.1:{}", ""),
        ("127.0.0.1:{}", "http://127.0.0.1:1"), ("localhost:{}", "http://localhost:{}.evil.example"),
        ("127.0.0.1:{}", "http://evil.example@127.0.0.1:{}"),
    ],
)  # fmt: skip
def test_a_foreign_name_or_page_is_refused_on_every_path_and_nobody_is_asked_about_it(
    door: Server, host: str | None, origin: str | None
) -> None:
    sent = [f"{name}: {value.format(door.port)}" for name, value in (("Host", host), ("Origin", origin))
            if value is not None]  # fmt: skip
    for asked in door.paths:
        status, answer = knock(door, asked, *sent)
        assert status in {400, 403, 421}, (asked, answer)
        assert b"evil" not in answer


def test_two_names_in_one_request_are_refused(door: Server) -> None:
    assert knock(door, door.paths[0], "Host: evil.example", f"Host: 127.0.0.1:{door.port}")[0] == 400


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "localhost:{}", "[::1]:{}", "LOCALHOST:8443", "127.0.0.1"])
def test_loopback_is_answered_under_each_of_its_names_at_any_port(door: Server, host: str) -> None:
    name = host.format(door.port)
    for sent in ([f"Host: {name}"], [f"Host: {name}", f"Origin: http://{name}"]):
        assert knock(door, door.paths[0], *sent)[0] == 200
        if "GET /_stcore/stream" in door.paths:
            assert knock(door, "GET /_stcore/stream", *sent)[0] == 101


def test_the_page_is_drawn_for_its_own_address_and_asks_nothing_of_any_network(tmp_path: Path) -> None:
    with serving(tmp_path, door=PAGE, **ALONE) as up:
        at = f"127.0.0.1:{up.port}"
        with connect(f"ws://{at}/_stcore/stream", origin=Origin(f"http://{at}"), max_size=None) as line:
            asked = BackMsg()
            asked.rerun_script.query_string = ""
            line.send(asked.SerializeToString())
            told = iter(lambda: ForwardMsg.FromString(line.recv(timeout=120)), None)
            drawn = list(itertools.takewhile(lambda message: not message.HasField("script_finished"), told))
    assert "which membrane to make next" in str(drawn)


def test_a_page_of_another_address_cannot_frame_it(door: Server) -> None:
    assert b"x-frame-options: sameorigin" in knock(door, door.paths[0], "Host: localhost")[1].lower()


@pytest.mark.parametrize("which", [SERVE, PAGE], ids=["serve", "page"])
def test_names_that_were_allowed_are_answered_and_warned_of(tmp_path: Path, which: tuple[str, ...]) -> None:
    allowed = ("--allow-host", "Lab-PC.example", "--allow-host", "fd00::0:1")
    warning = exposure_text(["Lab-PC.example", "fd00::0:1"])
    with serving(tmp_path, *allowed, door=which, warned=warning, **ALONE) as up:
        asked = PATHS[which][0]
        for host in ("lab-pc.example:443", "[fd00::1]", "127.0.0.1"):
            assert knock(up, asked, f"Host: {host}", f"Origin: https://{host}")[0] == 200
        assert knock(up, asked, "Host: evil.example")[0] == 421


@pytest.mark.parametrize("which", ["serve", "ui"])
@pytest.mark.parametrize("name", ["*", "*.example", "http://lab.example", "lab.example:8000", "", "a b"])
def test_a_host_that_is_no_name_is_refused(spcse_ml: Command, tmp_path: Path, which: str, name: str) -> None:
    refusal = tmp_path / "refusal.json"
    done = spcse_ml(which, "--port", "0", "--allow-host", name, **{REFUSAL_FILE: str(refusal)})
    assert done.returncode == 1
    assert codes_of(from_json(refusal.read_text(encoding="utf-8"))) == ["not-a-host"]


def test_the_address_that_is_listened_to_is_one_of_the_names(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "127.0.0.2") as up, socket.create_connection(("127.0.0.2", up.port)) as line:
        line.sendall(f"GET /health HTTP/1.1\r\nHost: 127.0.0.2:{up.port}\r\n\r\n".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 200")


SOON = (sys.executable, "-c", "from spcse_ml import cli, server; server.HEAD_SECONDS = 2; cli.main()")
"""Our command line with a shorter limit."""


def is_closed(line: socket.socket) -> bool:
    """Return whether the other side closes a connection, after whatever it still says."""
    with contextlib.suppress(ConnectionResetError):
        while line.recv(65536):
            pass
    return True


@pytest.fixture(scope="module", params=[SERVE, PAGE], ids=["serve", "page"])
def hasty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("hasty"), door=request.param, python=SOON) as up:
        yield replace(up, paths=PATHS[request.param])


def ok(door: Server) -> bool:
    return knock(door, door.paths[0], f"Host: 127.0.0.1:{door.port}")[0] == 200


def test_more_unfinished_heads_than_connections_hold_nobody_up_and_are_closed(hasty: Server) -> None:
    with contextlib.ExitStack() as held:
        lines = [held.enter_context(socket.create_connection(("127.0.0.1", hasty.port), 60)) for _ in range(210)]
        for line in lines:
            line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-")
        assert ok(hasty)
        assert all(is_closed(line) for line in lines)
        assert ok(hasty)


HEAD = b"GET /nowhere.png HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.mark.parametrize("before", [b"", HEAD + b"\r\n"], ids=["first", "second"])
@pytest.mark.parametrize("head", [HEAD + b"X-", HEAD + b"Content-Length: 99\r\n\r\n"], ids=["head", "body"])
def test_what_comes_a_byte_at_a_time_is_not_waited_for(hasty: Server, before: bytes, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=60) as line:
        line.sendall(before + head)
        with contextlib.suppress(ConnectionError):  # it hangs up
            for _ in range(60):
                line.sendall(b"a")
                time.sleep(0.25)
            pytest.fail("the connection was open for 15 s")
    assert ok(hasty)


def test_a_connection_whose_heads_end_is_kept(hasty: Server) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", hasty.port, timeout=60)) as line:
        line.connect()
        ours = line.sock
        for _ in range(4):
            line.request(*hasty.paths[0].split(" "))
            assert line.getresponse().read()
            time.sleep(1)
        assert line.sock is ours


@pytest.mark.thorough
def test_of_a_thousand_requests_from_fifty_clients_every_one_gets_its_own_answer(server: Server) -> None:
    asked = [({"recipes": [recipe]}, recipe in GOOD) for recipe in (GOOD + BAD)]
    right = [server.ask(body=body) for body, _ in asked]
    with ThreadPoolExecutor(50) as clients:
        found = list(clients.map(lambda number: server.ask(body=asked[number % len(asked)][0]), range(1_000)))
    assert all(one == right[number % len(asked)] for number, one in enumerate(found))
    assert [status for status, _ in right] == [200 if is_good else 422 for _, is_good in asked]
