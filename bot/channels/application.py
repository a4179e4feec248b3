"""
The front door: one ASGI application with the patient API, the plain page, the widget's files and the probes.

`create_app` joins what the wiring made; nothing here chooses an engine or a database.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.channels.guard import LastResort, OriginGuard, SecurityHeaders
from bot.channels.metrics import metrics_endpoint
from bot.channels.page import PlainPage
from bot.channels.parts import DoorParts
from bot.channels.refusals import Refusal, answer_refusal, answer_with
from bot.channels.web import WebChannel
from bot.conversation.tracing import where

log = logging.getLogger(__name__)

_PROBE = 4.0  # seconds for the engine's canary and the ledger's check
_GRACE = 5.0  # seconds for turns in progress when the door closes


def create_app(parts: DoorParts) -> Starlette:
    """The application; its lifespan starts and stops what goes on beside the turns."""
    channel = WebChannel(parts)
    routes: list[BaseRoute] = [
        *channel.routes(),
        *PlainPage(parts, channel).routes(),
        *_probes(parts),
        *parts.routes,
    ]
    if parts.home is not None:
        routes.append(Route("/", _file(parts.home), methods=["GET"]))
    if parts.widget is not None:
        routes.append(Mount("/widget", _Files(directory=parts.widget)))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        for opening in parts.opening:
            opening()
        parts.aftercare.start()
        if parts.posting is not None:
            parts.posting.start()
        try:
            yield
        finally:
            await _close(parts)

    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(LastResort, sentence=parts.sentences.trouble),
            Middleware(OriginGuard, allowed=parts.allowed_origins, sentence=parts.sentences.origin),
        ],
        exception_handlers={
            Refusal: answer_refusal,
            404: answer_with(404, "nothing", parts.sentences.trouble),
            405: answer_with(405, "method", parts.sentences.trouble),
        },
    )


def _probes(parts: DoorParts) -> list[BaseRoute]:
    talks = parts.conversations

    async def health(request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def ready(request: Request) -> Response:
        engine, ledger = await asyncio.gather(_engine_state(parts), _ledger_state(parts))
        well = engine == "ok" and ledger == "ok"
        body = {
            "ready": well,
            "engine": engine,
            "ledger": ledger,
            "journal": {"pending": talks.keeper.journal.pending},
        }
        return JSONResponse(body, status_code=200 if well else 503)

    return [
        Route("/health", health, methods=["GET"]),
        Route("/ready", ready, methods=["GET"]),
        Route("/metrics", metrics_endpoint(parts), methods=["GET"]),
    ]


async def _engine_state(parts: DoorParts) -> str:
    try:
        await asyncio.wait_for(parts.conversations.engine.ready(), _PROBE)
    except asyncio.TimeoutError:
        return f"no answer within {_PROBE:g} seconds"
    except Exception as error:  # noqa: BLE001
        log.error("ready.engine error=%s at=%s", type(error).__name__, where(error))
        return type(error).__name__
    return "ok"


async def _ledger_state(parts: DoorParts) -> str:
    keeper = parts.conversations.keeper
    try:
        await keeper.read(keeper.ledger.check, limit=_PROBE)
    except Exception as error:  # noqa: BLE001
        log.error("ready.ledger error=%s", type(error).__name__)
        return type(error).__name__
    return "ok"


async def _close(parts: DoorParts) -> None:
    await parts.conversations.settle_down(within=_GRACE)
    await parts.conversations.turns.let_go()
    await parts.aftercare.stop()
    if parts.posting is not None:
        await parts.posting.stop()
    parts.conversations.close()
    for closing in parts.closing:
        try:
            done: Any = closing()
            if inspect.isawaitable(done):
                await done
        except Exception as error:  # noqa: BLE001
            log.error("door.close_failed error=%s at=%s", type(error).__name__, where(error))


class _Files(StaticFiles):
    """A name that no file can have is a file that is not there, no fault."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        try:
            return super().lookup_path(path)
        except ValueError:
            return "", None


def _file(path: Path):  # type: ignore[no-untyped-def]
    async def serve(request: Request) -> Response:
        return FileResponse(path)

    return serve
