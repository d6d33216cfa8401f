"""Predictions over HTTP: `POST /predict` is `spcse-ml predict --format json`, `GET /health` says who answers.

The models are read once, when the server starts, and read anew when the store's champion is another one, so that a
promotion or a rollback takes effect with the next request. A refusal is an object: its code, its message as on the
command line, and its faults in detail; what is no HTTP at all is answered with 400 and a line of text. The page for
trying, /docs, carries its own scripts and needs no network.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from spcse_ml import __version__
from spcse_ml.errors import Fault, InputError, SpcseError
from spcse_ml.question import BODY, Answer, Health, Question, Recipe, Refusal, question
from spcse_ml.server import json_response, refusal_response
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


_TOO_MUCH = {"body-too-large", "too-many-recipes"}
_FILES = {"file", "folder", "path", "store"}
"""Values of refusals that are paths."""

_HTTP_CODES = {404: "unknown-path", 405: "wrong-http-method"}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "model": Refusal}
    for status, description in {
        403: "The request comes from a page of another address.",
        413: "The body or the list of recipes is too long.",
        421: "The request names another host than the server answers to.",
        422: "The recipes have faults; all of them are listed, each with its code, recipe and column.",
        503: "The model cannot be read.",
        504: "The time limit was over before the answer was there.",
    }.items()
}


def application(store: Path, limits: Limits, *, shows_own: bool = False) -> FastAPI:
    """Return the application that answers with the champion of a store; own rows are shown only if it is wanted."""
    loaded_pair(store)
    workers = ThreadPoolExecutor(WORKERS)
    app: FastAPI = FastAPIOffline(
        title="spcse_ml",
        version=__version__,
        description=__doc__,
        redoc_url=None,
        lifespan=lambda _: _until_the_end(workers),
        redirect_slashes=False,
    )
    app.add_exception_handler(SpcseError, _refusal)
    app.add_exception_handler(HTTPException, _refused_by_http)
    app.add_exception_handler(ClientDisconnect, _gone)

    class LimitedQuestion(Question):
        recipes: list[Recipe] = Field(min_length=1, max_length=limits.rows)

    described = {"required": True, "content": {"application/json": {"schema": LimitedQuestion.model_json_schema()}}}
    answers = list[Answer]  # type: ignore[valid-type]  # a model made from the columns

    @app.post("/predict", response_model=answers, responses=_REFUSALS, openapi_extra={"requestBody": described})
    async def predict(request: Request) -> Response:
        """Answer recipes, each with intervals, verdicts and its evidence, as `spcse-ml predict --format json` does."""
        try:
            async with asyncio.timeout(limits.seconds):
                body = await _body(request, limits.body_bytes)
                answered = partial(_answered, body, LimitedQuestion, store=store, shows_own=shows_own)
                return await asyncio.get_running_loop().run_in_executor(workers, answered)
        except TimeoutError as error:
            raise SpcseError("time-limit", seconds=limits.seconds) from error

    @app.get("/health", responses={status: _REFUSALS[status] for status in (403, 421, 503)})
    def health() -> Health:
        """Tell which model answers, and the verdicts on it."""
        pair = loaded_pair(store)
        verdicts = {f"{target}_verdict": evaluated.verdict.value for target, evaluated in pair.by_target.items()}
        return Health(status="ok", model=pair.name, **verdicts, version=__version__)

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
        raise InputError([Fault("body-too-large", row=BODY, values={"most": limit})])
    return bytes(body)


def _answered(body: bytes, kind: type[Question], *, store: Path, shows_own: bool) -> Response:
    requested = question(body, kind)
    answers = predict_recipes(requested.recipes, loaded_pair(store), level=requested.level, shows_own=shows_own)
    return json_response(answers.plain())


def _refusal(_: Request, error: Any) -> Response:
    refusal = refusal_response(status := _status(error), _without_folders(error))
    if status in {413, 504}:  # the rest of the body may still be on its way
        refusal.headers["Connection"] = "close"
    return refusal


def _status(error: SpcseError) -> int:
    if isinstance(error, InputError):
        return 413 if _TOO_MUCH & {fault.code for fault in error.faults} else 422
    return 504 if error.code == "time-limit" else 503


def _without_folders(error: SpcseError) -> SpcseError:
    """Return a refusal that names files alone: where they lie on this machine is nobody else's business."""
    if isinstance(error, InputError):
        return error
    names = {name: Path(error.values[name]).name for name in _FILES & error.values.keys()}
    return SpcseError(error.code, **(error.values | names))


def _refused_by_http(_: Request, error: Any) -> Response:
    """Answer what the framework refuses, such as an unknown path."""
    headers = error.headers or {}
    code = _HTTP_CODES.get(error.status_code, "bad-request")
    refusal = refusal_response(error.status_code, SpcseError(code, methods=headers.get("Allow", "")))
    refusal.headers.update(headers)
    return refusal


def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it
