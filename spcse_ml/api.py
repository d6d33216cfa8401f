"""Predictions over HTTP: `POST /predict` is `spcse-ml predict --format json`, `GET /health` says who answers.

The models are read once, when the server starts, and read anew when the store's champion is another one, so that a
promotion or a rollback takes effect with the next request. Every refusal is an object: its code, its message as on the
command line, and its faults in detail. The page for trying, /docs, carries its own scripts and needs no network.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from spcse_ml import __version__
from spcse_ml.errors import MOST_SHOWN, Fault, InputError, SpcseError
from spcse_ml.question import BODY, described, question
from spcse_ml.workflows.predict import loaded_pair, predict_recipes

WORKERS = 4
"""Requests that are answered at the same time; the others wait, which counts towards their time limit."""

DRAINED = 10
"""So many times the limit of a body is read and thrown away, so that an honest client can hear why it is refused."""


@dataclass(frozen=True)
class Limits:
    """What one request may ask for."""

    body_bytes: int
    rows: int
    seconds: float
    """From its first byte to its answer."""


class _TooMuchError(InputError):
    """A body or a list of recipes longer than the limit."""


class _TooLongError(SpcseError):
    """The time limit was over before the answer was there."""


_STATUS = {_TooMuchError: 413, InputError: 422, _TooLongError: 504, SpcseError: 503}
_HTTP_CODES = {404: "unknown-path", 405: "wrong-http-method"}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    413: {"description": "The body or the list of recipes is too long."},
    422: {"description": "The recipes have faults; all of them are listed, each with its code, recipe and column."},
    503: {"description": "The model cannot be read."},
    504: {"description": "The time limit was over before the answer was there."},
}


def application(store: Path, limits: Limits, *, shows_own: bool = False) -> FastAPI:
    """Return the application that answers with the champion of a store; own rows are shown only if it is wanted."""
    loaded_pair(store)
    workers = ThreadPoolExecutor(WORKERS)
    app: FastAPI = FastAPIOffline(
        title="spcse_ml", version=__version__, description=__doc__, redoc_url=None,
        lifespan=lambda _: _until_the_end(workers),
    )  # fmt: skip
    app.add_exception_handler(SpcseError, _refused)
    app.add_exception_handler(HTTPException, _refused_by_http)
    app.add_exception_handler(ClientDisconnect, _gone)

    @app.post("/predict", responses=_REFUSALS, openapi_extra={"requestBody": described(max_rows=limits.rows)})
    async def predict(request: Request) -> Response:
        """Answer recipes, each with intervals, verdicts and its evidence, as `spcse-ml predict --format json` does."""
        try:
            async with asyncio.timeout(limits.seconds):
                body = await _body(request, limits.body_bytes)
                loop = asyncio.get_running_loop()
                answered = partial(_answered, store=store, rows=limits.rows, shows_own=shows_own)
                return await loop.run_in_executor(workers, answered, body)
        except TimeoutError as error:
            raise _TooLongError("time-limit", seconds=limits.seconds) from error

    @app.get("/health", responses={503: _REFUSALS[503]})
    def health() -> dict[str, str]:
        """Tell which model answers, and the verdicts on it."""
        pair = loaded_pair(store)
        verdicts = {f"{target}_verdict": evaluated.verdict.value for target, evaluated in pair.by_target.items()}
        return {"status": "ok", "model": pair.name, **verdicts, "version": __version__}

    return app


@contextlib.asynccontextmanager
async def _until_the_end(workers: ThreadPoolExecutor) -> AsyncIterator[None]:
    """Let the workers go when the server ends: nobody is there to read what was still to be answered."""
    yield
    workers.shutdown(wait=False, cancel_futures=True)


async def _body(request: Request, limit: int) -> bytes:
    """Return the body, of which no more than the limit is ever kept."""
    body, size = bytearray(), 0
    async for piece in request.stream():
        size += len(piece)
        if size <= limit:
            body += piece
        elif size > DRAINED * limit:
            break
    if size > limit:
        raise _TooMuchError([Fault("body-too-large", row=BODY, values={"most": limit})])
    return bytes(body)


def _answered(body: bytes, *, store: Path, rows: int, shows_own: bool) -> Response:
    recipes, level = question(body)
    if len(recipes) > rows:
        raise _TooMuchError([Fault("too-many-recipes", "recipes", given=str(len(recipes)), values={"most": rows})])
    answers = predict_recipes(recipes, loaded_pair(store), level=level, shows_own=shows_own)
    return _json(answers.plain())


def _refused(_: Request, error: Any) -> Response:
    status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
    refusal = _refusal(status, error, getattr(error, "faults", ())[:MOST_SHOWN])
    if status in {413, 504}:  # the rest of the body may still be on its way
        refusal.headers["Connection"] = "close"
    return refusal


def _refused_by_http(_: Request, error: Any) -> Response:
    """Answer what the framework refuses, such as an unknown path."""
    headers = error.headers or {}
    code = _HTTP_CODES.get(error.status_code, "bad-request")
    refusal = _refusal(error.status_code, SpcseError(code, methods=headers.get("Allow", "")))
    refusal.headers.update(headers)
    return refusal


def _refusal(status: int, error: SpcseError, faults: Iterable[Fault] = ()) -> Response:
    detail = [{name: value for name, value in fault.plain().items() if name != "file"} for fault in faults]
    return _json({"detail": detail, "message": str(error), "code": error.code}, status)


def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it


def _json(value: Any, status: int = 200) -> Response:
    """Return an answer in plain ASCII: half a surrogate pair may stand in JSON and not in UTF-8."""
    return Response(json.dumps(value, allow_nan=False), status, media_type="application/json")
