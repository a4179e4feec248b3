"""
What every response of the front door carries, and who may ask at all.

Pure ASGI, so that a stream is passed on event by event.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.refusals import Refusal
from bot.conversation.tracing import where

log = logging.getLogger(__name__)

#: For every page but the summary, whose one inline style is its only content beside text.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types b12-chat-summary"
)
_SUMMARY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with "no-referrer" our own form would send "Origin: null"
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), interest-cohort=()",
}


class SecurityHeaders:
    """Adds the headers that make a browser careful with our pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", policy_for(path))
                if not path.startswith("/widget"):
                    headers.setdefault("Cache-Control", "no-store")
                else:  # the script of the chat box is fetched by the clinic's own website
                    headers.setdefault("Cache-Control", "public, max-age=300")
                    headers["Access-Control-Allow-Origin"] = "*"
                    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            await send(message)

        await self._app(scope, receive, with_headers)


def policy_for(path: str) -> str:
    return _SUMMARY_POLICY if path in ("/api/summary", "/chat/summary") else POLICY


class LastResort:
    """A fault of ours becomes a sentence; the log gets its kind and place, never what it says."""

    def __init__(self, app: ASGIApp, *, sentence: str) -> None:
        self._app = app
        self._sentence = sentence

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001
            log.error("door.failed path=%.60r error=%s at=%s", scope.get("path"), type(error).__name__, where(error))
            if scope["type"] == "http" and not started:
                await Refusal(500, "trouble", self._sentence).response()(scope, receive, send)


class OriginGuard:
    """
    Lets only websites on the list speak to the API, and tells their browsers so (CORS).

    A request without an Origin is not from another website's script; the token decides.
    """

    def __init__(self, app: ASGIApp, *, allowed: Sequence[str], sentence: str) -> None:
        self._app = app
        self._allowed = frozenset(allowed)
        self._sentence = sentence

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(("/api/", "/chat")):
            await self._app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin")
        if origin is None:
            await self._app(scope, receive, send)
            return
        if origin not in self._allowed:
            await Refusal(403, "origin", self._sentence).response()(scope, receive, send)
            return

        async def with_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = origin
                headers.add_vary_header("Origin")
                if scope["method"] == "OPTIONS":
                    headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
                    headers["Access-Control-Allow-Headers"] = "authorization, content-type"
                    headers["Access-Control-Max-Age"] = "600"
                else:
                    headers["Access-Control-Expose-Headers"] = "Retry-After"
            await send(message)

        if scope["method"] == "OPTIONS":
            await with_origin({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._app(scope, receive, with_origin)
