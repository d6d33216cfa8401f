"""The server of `spcse-ml serve` asked by the unkind: made-up requests, deep JSON, paths and headers that lead away."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.interfaces.test_http import BAD, GOOD, Server, serving

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
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.split(b" ")[1] in {b"400", b"404", b"414", b"431"}
    assert b"root:" not in answer


def test_a_header_is_never_given_back(server: Server) -> None:
    asked = b"GET /health HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nOrigin: http://evil.example\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
        raw.sendall(asked + b"Connection: close\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"evil" not in answer
    assert b"access-control-allow-origin" not in answer.lower()


@pytest.mark.thorough
def test_of_a_thousand_requests_from_fifty_clients_every_one_gets_its_own_answer(server: Server) -> None:
    asked = [({"recipes": [recipe]}, recipe in GOOD) for recipe in (GOOD + BAD)]
    right = [server.ask(body=body) for body, _ in asked]
    with ThreadPoolExecutor(50) as clients:
        found = list(clients.map(lambda number: server.ask(body=asked[number % len(asked)][0]), range(1_000)))
    assert all(one == right[number % len(asked)] for number, one in enumerate(found))
    assert [status for status, _ in right] == [200 if is_good else 422 for _, is_good in asked]
