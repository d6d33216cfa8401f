"""Predictions over HTTP, asked of a real server process by the standard library's client."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import spcse_ml as package
from spcse_ml.evaluation.evaluated import ModelPair
from spcse_ml.reports.messages.serving import exposure_text
from spcse_ml.schema import Formulation, columns
from spcse_ml.storage.champion import crown, model_folder
from spcse_ml.storage.model_files import save_pair
from spcse_ml.workflows.predict import predict_recipes

Command = Callable[..., subprocess.CompletedProcess[str]]

DRY: dict[str, Any] = {"sulfide": "Li6PS5Cl", "method": "dry", "binder": "PTFE", "binder_wt_percent": 0.5}
GOOD: list[dict[str, Any]] = [
    {**DRY, "sigma_p_ms_cm": 3.2, "planned_thickness_um": 40},
    {"sulfide": "LPSCl", "method": "slurry", "binder": "NBR", "binder_wt_percent": "2", "solvent": "XYL"},
    {"sulfide": "LPSCl", "method": "skeleton", "template": "cellulose", "id": 5, "note": None},
]
BAD: list[dict[str, Any]] = [
    {**DRY, "binder": "PTFEE"},
    {**DRY, "binder_wt_percent": "0,5", "solvent": "TOL"},
    {**DRY, "method": "bake", "binder_wt_percent": 101},
]


@dataclass(frozen=True)
class Server:
    port: int
    paths: tuple[str, ...] = ()
    """Requests that it answers, the first of them with 200."""

    def ask(self, path: str = "/predict", body: Any = None) -> tuple[int, Any]:
        """Return the status and what the answer's JSON holds; a body makes it a POST."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with contextlib.closing(connection):
            sent = body if body is None or isinstance(body, bytes | Iterator) else json.dumps(body)
            connection.request("GET" if body is None else "POST", path, sent)
            answer = connection.getresponse()
            told = answer.read()
        return answer.status, json.loads(told) if "json" in answer.headers["Content-Type"] else told.decode("latin-1")


PYTHON = (sys.executable, "-m", "spcse_ml")
SERVE, PAGE = ("serve", "--port", "0"), ("ui", "--no-browser", "--port", "0")


@contextlib.contextmanager
def serving(
    folder: Path,
    *words: str,
    door: tuple[str, ...] = SERVE,
    python: tuple[str, ...] = PYTHON,
    warned: str = "",
    **environment: str,
) -> Iterator[Server]:
    """Serve recipes or the page until the block ends; in its stderr stands what it warned of first, and no more."""
    clean = {name: value for name, value in os.environ.items() if name != "SPCSE_ML_HOME"}
    with (
        (folder / "stderr").open("w", encoding="utf-8") as errors,
        subprocess.Popen(
            [*python, *door, *words], cwd=folder,
            env=clean | environment, stdout=subprocess.PIPE, stderr=errors, text=True,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        try:
            up = re.search(r"http://[\w.]+:(\d+)", process.stdout.readline())
            assert up, (folder / "stderr").read_text(encoding="utf-8")
            yield Server(int(up[1]))
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
    said = (folder / "stderr").read_text(encoding="utf-8")
    assert said.startswith(warned)
    assert re.sub(r"(WARNING:  )?Invalid HTTP request received.\n", "", said).count("\n") == bool(warned), said


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as up:
        yield up


def as_csv(recipes: list[dict[str, Any]], path: Path) -> None:
    pd.DataFrame(recipes, dtype=object).to_csv(path, index=False)


def test_the_answers_are_those_of_the_command_line_and_of_python(
    server: Server, spcse_ml: Command, tmp_path: Path
) -> None:
    as_csv(GOOD, tmp_path / "r.csv")
    said = json.loads(spcse_ml("predict", "r.csv", "--format", "json", "--level", "0.8").stdout)
    status, told = server.ask(body={"recipes": GOOD, "level": 0.8})
    assert (status, told) == (200, said)
    assert [one["broken_rules"] for one in told] == ["; ".join(r["name"] for r in one["card"]["broken_rules"])
                                                     for one in told]  # fmt: skip
    alike = package.predict(**GOOD[0], level=0.8, store=tmp_path / "none")
    numbers = {name for name, value in alike.items() if isinstance(value, float)}
    assert {name: told[0][name] for name in alike if name not in numbers} == {
        name: value for name, value in alike.items() if name not in numbers
    }
    assert {name: told[0][name] for name in numbers} == pytest.approx(
        {name: alike[name] for name in numbers}, rel=1e-12
    )
    assert told[1]["sigma_m_ms_cm"] is None, "what cannot be told is null"


def test_numbers_and_text_are_the_same_and_the_level_is_90_percent_unless_told(server: Server) -> None:
    texts = {name: str(value) for name, value in GOOD[0].items()}
    told = [server.ask(body=asked)[1] for asked in ({"recipes": [GOOD[0]], "level": 0.9}, {"recipes": [texts]})]
    assert told[0] == told[1]


def test_every_fault_of_every_recipe_is_told_in_the_sentences_of_the_command_line(
    server: Server, spcse_ml: Command, tmp_path: Path
) -> None:
    as_csv(BAD, tmp_path / "r.csv")
    said = spcse_ml("predict", "r.csv").stderr
    for number in (1, 2, 3):
        said = said.replace(f"in r.csv, line {number + 1}\n", f"in recipe {number}\n")
    status, told = server.ask(body={"recipes": BAD})
    assert (status, "Refused:\n" + told["message"] + "\n") == (422, said)
    assert told["message"] == "\n".join(fault["message"] for fault in told["detail"])
    assert {fault["row"] for fault in told["detail"]} == {"recipe 1", "recipe 2", "recipe 3"}
    assert set(told["detail"][0]) == {"code", "problem", "column", "row", "given", "allowed", "remedy", "message"}
    comma = next(fault for fault in told["detail"] if fault["code"] == "decimal-comma")
    assert (comma["column"], comma["given"]) == ("binder_wt_percent", "0,5")
    assert comma["allowed"] == "above 0 and below 100 wt%"
    assert told["code"] == "faults"


DEEP = b"[" * 900 + b"]" * 900


@pytest.mark.parametrize(
    ("body", "code", "column"),
    [
        (b"", "not-json", ""),
        (b"{", "not-json", ""),
        (b"\xff\xfe", "not-json", ""),
        (b'"recipes"', "not-an-object", ""),
        (b'{"recipes": [{"sulfide": NaN}]}', "not-finite", ""),
        (b'{"recipes": [{"sulfide": -Infinity}]}', "not-finite", ""),
        (b'{"recipes": [], "recipes": []}', "repeated-key", "recipes"),
        (b"[" * 200_000, "nested-too-deeply", ""),
        (b'{"recipes": [{"sulfide": ' + DEEP + b', "method": "dry", "binder": "PEO"}]}', "not-text", "sulfide"),
        (b'{"recipes": ' + b"9" * 5_000 + b"}", "not-json", ""),
        ({}, "no-recipes", "recipes"),
        ({"recipes": []}, "no-recipes", "recipes"),
        ({"recipes": "LPSCl"}, "no-recipes", "recipes"),
        ({"recipes": [DRY, 5]}, "not-an-object", ""),
        ({"recipes": [DRY], "quantile": 0.9}, "unknown-key", "quantile"),
        ({"recipes": [DRY], "level": "0.9"}, "not-a-number", "level"),
        ({"recipes": [DRY], "level": True}, "not-a-number", "level"),
        ({"recipes": [DRY], "level": 0.99}, "level-not-supported", "level"),
        ({"recipes": [DRY], "level": 90}, "level-in-percent", "level"),
        ({"recipes": [DRY], "level": 10**400}, "level-not-supported", "level"),
        ({"recipes": [{**DRY, "bindre": "PEO"}]}, "unknown-column", "bindre"),
        ({"recipes": [{**DRY, "id": True}]}, "not-text", "id"),
        ({"recipes": [{**DRY, "note": {"a": 1}}]}, "not-text", "note"),
        ({"recipes": [{**DRY, "note": "TOL + " * 100_000}]}, "too-long", "note"),
        ({"recipes": [{**DRY, "binder_wt_percent": 10**400}]}, "not-finite", "binder_wt_percent"),
        ({"recipes": [{**DRY, "note": "\ud800"}]}, "not-unicode", "note"),
        ({"recipes": [{"method": "dry", "binder": "PTFE"}]}, "missing", "sulfide"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_question_is_refused_by_its_code(server: Server, body: Any, code: str, column: str) -> None:
    status, refusal = server.ask(body=body)
    assert (status, refusal["code"]) == (422, "faults")
    assert {fault["column"] for fault in refusal["detail"]} == {column}
    assert {fault["code"] for fault in refusal["detail"]} == {code}
    assert len(refusal["message"]) < 5_000


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/predictions", {}, 404, "unknown-path"),
        ("/predict", None, 405, "wrong-http-method"),
        ("/health", {}, 405, "wrong-http-method"),
        ("/static-offline-docs/none.js", None, 404, "unknown-path"),
    ],
)
def test_what_the_framework_refuses_has_the_form_of_every_refusal(
    server: Server, path: str, body: Any, status: int, code: str
) -> None:
    heard, refusal = server.ask(path, body)
    assert (heard, refusal["detail"], refusal["code"]) == (status, [], code)
    assert refusal["message"]


def test_a_thousand_unknown_columns_are_not_all_told(server: Server) -> None:
    status, told = server.ask(body={"recipes": [{f"x{number}": 1 for number in range(1_500)}]})
    assert (status, len(told["detail"])) == (422, 1_000)
    assert "502 more" in told["message"].splitlines()[-1]  # sulfide and method are missing, too


def test_too_long_a_body_is_refused_whether_it_tells_its_length_or_not(server: Server) -> None:
    long = b'{"recipes": [' + b" " * 1_000_000 + b"]}"
    pieces = (long[start : start + 50_000] for start in range(0, len(long), 50_000))
    for body in (long, pieces):
        status, told = server.ask(body=body)
        assert (status, told["detail"][0]["code"], told["detail"][0]["row"]) == (413, "body-too-large", "body")


def test_a_body_without_end_is_cut_off(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        line.sendall(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        with pytest.raises(OSError, match=r"reset|pipe"):  # the other side has hung up
            line.sendall(b"%x\r\n%s\r\n" % (100_000, b" " * 100_000) * 300)


def test_too_many_recipes_are_refused(server: Server) -> None:
    status, told = server.ask(body={"recipes": [DRY] * 1_001})
    (fault,) = told["detail"]
    assert (status, fault["code"], fault["column"], fault["given"]) == (413, "too-many-recipes", "recipes", "1001")


def test_a_request_that_takes_too_long_is_given_up_and_the_next_is_answered(tmp_path: Path) -> None:
    with serving(tmp_path, "--time-limit", "0.1") as hasty:
        status, told = hasty.ask(body={"recipes": [DRY] * 200})
        assert (status, told["detail"], told["code"]) == (504, [], "time-limit")
        assert "0.1 s" in told["message"]
        with socket.create_connection(("127.0.0.1", hasty.port), timeout=60) as line:
            line.sendall(b'POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n{"recipes": [')
            assert line.recv(100).startswith(b"HTTP/1.1 504")
        assert hasty.ask("/health")[0] == 200


def test_clients_that_say_half_a_sentence_do_not_hold_the_others(server: Server) -> None:
    with contextlib.ExitStack() as held:
        for number in range(40):
            line = held.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            line.sendall(
                b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"Content-Length: 90\r\n\r\n{" * (number % 2)
            )
        assert server.ask(body={"recipes": [DRY]})[0] == 200


@pytest.mark.integration
def test_of_a_flood_of_good_and_bad_requests_each_gets_its_own_answer(server: Server) -> None:
    asked = [{"recipes": [recipe]} for recipe in (*GOOD, *BAD)] + [b"{", {"recipes": GOOD}]
    expected = [server.ask(body=body) for body in asked]
    assert {status for status, _ in expected} == {200, 422}
    with ThreadPoolExecutor(20) as many:
        told = list(many.map(lambda number: server.ask(body=asked[number % len(asked)]), range(200)))
    assert all(answer == expected[number % len(asked)] for number, answer in enumerate(told))


def test_health_tells_who_answers(server: Server) -> None:
    assert server.ask("/health") == (200, {
        "status": "ok", "model": "released", "retention_verdict": "useful", "thickness_verdict": "no skill",
        "version": package.__version__,
    })  # fmt: skip


def test_the_page_for_trying_needs_no_other_host(server: Server) -> None:
    status, page = server.ask("/docs")
    assert status == 200
    assert not re.findall(r"(?:\w+:)?//[\w.-]+", page)
    needed = re.findall(r'(?:href|src)="(.*?)"', page)
    assert len(needed) == 3
    assert all(server.ask(path)[0] == 200 for path in needed)


def test_the_description_holds_every_column_with_meaning_unit_and_bounds(server: Server) -> None:
    body = server.ask("/openapi.json")[1]["paths"]["/predict"]["post"]["requestBody"]
    recipes = body["content"]["application/json"]["schema"]["properties"]["recipes"]
    recipe = recipes["items"]
    assert recipes["maxItems"] == 1_000
    assert recipe["required"] == ["sulfide", "method"]
    assert list(recipe["properties"]) == list(columns(Formulation))
    for name, column in columns(Formulation).items():
        said = recipe["properties"][name]["description"]
        assert all(part in said for part in (column.meaning, column.unit, column.allowed))
    number = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 100}
    assert number in recipe["properties"]["binder_wt_percent"]["anyOf"]


def test_the_description_holds_every_key_of_answers_and_refusals(server: Server) -> None:
    described = server.ask("/openapi.json")[1]["components"]["schemas"]
    answer = server.ask(body={"recipes": [DRY]})[1][0]
    refusal = server.ask(body={"recipes": BAD})[1]
    shown = {"Answer": answer, "Card": answer["card"], "Refusal": refusal, "RefusedFault": refusal["detail"][0],
             "Health": server.ask("/health")[1]}  # fmt: skip
    assert {name: set(described[name]["properties"]) for name in shown} == {
        name: set(keys) for name, keys in shown.items()
    }


@pytest.mark.parametrize("sent", ["application/x-www-form-urlencoded", "text/plain", "application/json"])
def test_a_body_is_json_whatever_type_it_is_sent_as(server: Server, sent: str) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)) as connection:
        connection.request("POST", "/predict", json.dumps({"recipes": [DRY]}), {"Content-Type": sent})
        assert connection.getresponse().status == 200


@pytest.mark.integration
def test_a_promotion_takes_effect_and_a_model_that_cannot_be_read_is_told(
    released_pair: ModelPair, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    for name in ("first", "second"):
        save_pair(replace(released_pair, name=name), model_folder(store, name))
    crown(store, "first", reason="the first")
    with serving(tmp_path, SPCSE_ML_HOME=str(store)) as server:
        assert server.ask("/health")[1]["model"] == "first"
        crown(store, "second", reason="errs less")
        assert server.ask(body={"recipes": [DRY]})[1][0]["model"] == "second"
        model = model_folder(store, "first") / "retention.json"
        whole = model.read_text(encoding="utf-8")
        model.write_text(whole.replace("0", "1", 1), encoding="utf-8")
        crown(store, "first", reason="once more")
        for status, told in (server.ask("/health"), server.ask(body={"recipes": [DRY]})):
            assert status == 503
            assert told["code"] == "model-file-altered"
            assert told["message"].startswith("retention.json: ")
            assert str(tmp_path) not in json.dumps(told), "where files lie on the server is nobody else's business"
        (store / "champion.json").unlink()
        (store / "champion.json").mkdir()
        status, told = server.ask("/health")
        assert (status, told["code"]) == (503, "champion-unreadable")
        assert told["message"].startswith("champion.json: ")
        assert str(tmp_path) not in json.dumps(told)
        (store / "champion.json").rmdir()
        crown(store, "first", reason="once more")
        model.write_text(whole, encoding="utf-8")
        assert server.ask(body={"recipes": [DRY]})[1][0]["model"] == "first"


@pytest.mark.integration
def test_own_rows_are_shown_to_nobody_unless_the_server_is_told_to(pair_with_own: ModelPair, tmp_path: Path) -> None:
    store, level = tmp_path / "store", 0.9
    save_pair(pair_with_own, model_folder(store, "with-own"))
    crown(store, "with-own", reason="for the test")
    near = {"sulfide": "Li6PS5Cl", "method": "slurry", "binder": "NBR", "binder_wt_percent": 7.8, "solvent": "toluene"}
    asked = [near, near | {"binder_wt_percent": 60}, near | {"binder": "PEO", "solvent": "water"}]
    here = predict_recipes(asked, pair_with_own, level=level).plain()
    with serving(tmp_path, SPCSE_ML_HOME=str(store)) as server:
        status, told = server.ask(body={"recipes": asked, "level": level})
        assert (status, [len(one["card"]["nearest"]) for one in told]) == (200, [3, 3, 3])
        assert all(one["card"]["own_rows_left_out"] for one in told)
        said = json.dumps([told, server.ask("/health")])
        assert [secret for secret in ("own:", "your own", "secret", "hidden", "7.77", "8.88", "9.99", "33.3", "61.1")
                if secret in said] == []  # fmt: skip
    with serving(tmp_path, "--show-own-rows", SPCSE_ML_HOME=str(store)) as server:
        shown = server.ask(body={"recipes": asked, "level": level})[1]
    assert shown[0]["card"]["nearest"][0]["references"] == "own:secret1"
    assert [one["card"] for one in shown] == [json.loads(json.dumps(one["card"])) for one in here]
    assert [one["retention_percent"] for one in told] == [one["retention_percent"] for one in shown]


def test_another_host_is_warned_of_and_one_that_is_not_here_or_taken_is_refused(
    server: Server, spcse_ml: Command
) -> None:
    elsewhere = spcse_ml("serve", "--host", "192.0.2.1", "--port", "0")  # an address kept for examples
    assert elsewhere.returncode == 1
    assert exposure_text(["192.0.2.1"]) in elsewhere.stderr
    assert "cannot listen" in elsewhere.stderr
    shown = spcse_ml("serve", "--host", "192.0.2.1", "--port", "0", "--show-own-rows").stderr
    assert exposure_text(["192.0.2.1"], shows_own=True) in shown
    taken = spcse_ml("serve", "--port", str(server.port))
    assert (taken.returncode, "no password" in taken.stderr) == (1, False)
    assert f"'127.0.0.1:{server.port}': cannot listen" in taken.stderr
    assert "Traceback" not in elsewhere.stderr + taken.stderr


def test_the_client_of_the_documentation_prints_what_its_page_says(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "client.md"
    text = page.read_text(encoding="utf-8")
    code, said = re.findall(r"```python\n(import json.*?)```\n\nprints `(.*?)`", text, re.DOTALL)[0]
    exec(code.replace("8000", str(server.port)))  # noqa: S102 - the page's own words
    assert capsys.readouterr().out == f"{said}\n"
