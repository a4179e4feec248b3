"""
A small front door that speaks docs/api.md and says what a test tells it to say.

It serves the demo page and the widget under a strict Content-Security-Policy, so that a page
which needs anything looser fails here and not at a clinic.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .served import serve

WIDGET = Path(__file__).resolve().parents[2] / "bot" / "widget"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types b12-chat-summary"
)

Answer = Callable[["FakeDoor", str], None]


@dataclass
class FakeDoor:
    """The state behind the server.  Methods may be called from the test's thread."""

    address: str = ""
    welcome: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, Any] = field(
        default_factory=lambda: {
            "emergency_number": "999",
            "clinic_phone": "01632 960 123",
            "max_characters": 8000,
            "banner": "Demonstration only. Its content has not been signed off by a clinic.",
        }
    )
    answer: Answer | None = None
    refusals: dict[str, list[tuple[int, dict[str, Any], dict[str, str]]]] = field(default_factory=dict)
    summary: str | None = None
    sends_numbers: bool = True
    streams_work: bool = True
    erase_waits: str = ""  # the sentence when deleting has to wait for staff

    def __post_init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.remembered: str | None = None  # the one good resume token
        self.posted: list[tuple[str, str]] = []  # (id, text) of every POST, repeats included
        self.opened = 0
        self.polled = 0
        self._queues: list[asyncio.Queue[tuple[str, dict[str, Any]] | None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    # --- what a test does ---

    def say(self, text: str, *, author: str = "assistant", numbered: bool = True, **more: Any) -> dict[str, Any]:
        """Send a message to every open stream and keep it."""
        message = self.message(text, author=author, numbered=numbered, **more)
        self.messages.append(message)
        self.emit("message", message)
        return message

    def number(self, message: dict[str, Any]) -> None:
        """Give a message that went out without a seq its seq."""
        message["seq"] = self._next()
        self.emit("stored", {"id": message["id"], "seq": message["seq"]})

    def emit(self, event: str, data: dict[str, Any]) -> None:
        self._soon(lambda: [queue.put_nowait((event, data)) for queue in self._queues])

    def drop(self) -> None:
        """Cut every open stream."""
        self._soon(lambda: [queue.put_nowait(None) for queue in self._queues])

    def refuse(self, path: str, status: int, *, times: int = 1, retry_after: int | None = None, **body: Any) -> None:
        headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
        self.refusals.setdefault(path, []).extend([(status, body, headers)] * times)

    def message(self, text: str, *, author: str = "assistant", numbered: bool = True, **more: Any) -> dict[str, Any]:
        return {
            "seq": self._next() if numbered else None,
            "id": secrets.token_hex(8),
            "author": author,
            "author_name": None,
            "text": text,
            "buttons": [],
            "card": None,
            "custom": None,
            "at": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            **more,
        }

    @property
    def streams(self) -> int:
        return len(self._queues)

    def _next(self) -> int:
        return max((message["seq"] or 0 for message in self.messages), default=0) + 1

    def _soon(self, act: Callable[[], object]) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(act)

    # --- what the widget asks ---

    def _refused(self, path: str) -> Response | None:
        queue = self.refusals.get(path)
        if not queue:
            return None
        status, body, headers = queue.pop(0)
        return JSONResponse(body, status_code=status, headers=headers)

    def _stranger(self, request: Request) -> Response | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token in self.tokens:
            return None
        return JSONResponse({"error": "session", "message": "This chat has ended."}, status_code=401)

    async def open_session(self, request: Request) -> Response:
        if refused := self._refused("/api/sessions"):
            return refused
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        asked = (await request.json()).get("resume")
        if asked is not None and asked == self.remembered:
            self.remembered = secrets.token_urlsafe(32)
            body = {"token": token, "after": self._next() - 1, "resume": self.remembered, **self.settings}
            return JSONResponse({**body, "messages": []}, status_code=201)
        self.opened += 1
        for message in self.welcome:
            self.messages.append({**message, "seq": self._next()})
        body = {"token": token, "expires_at": "2099-01-01T00:00:00.000Z", "after": 0, **self.settings}
        return JSONResponse({**body, "messages": self.messages}, status_code=201)

    async def post_message(self, request: Request) -> Response:
        body = await request.json()
        self.posted.append((body["id"], body["text"]))
        if refused := self._stranger(request) or self._refused("/api/messages"):
            return refused
        known = next((message for message in self.messages if message["id"] == body["id"]), None)
        if known is None:
            known = self.message(body["text"], author="patient", numbered=self.sends_numbers, id=body["id"])
            self.messages.append(known)
            self.emit("message", known)
            if self.answer:
                self.answer(self, body["text"])
        return JSONResponse({"seq": known["seq"], "id": known["id"]}, status_code=202)

    async def poll(self, request: Request) -> Response:
        if refused := self._stranger(request) or self._refused("/api/messages?"):
            return refused
        self.polled += 1
        return JSONResponse({"messages": self._missed(request), "typing": False, "mode": "assistant"})

    async def stream(self, request: Request) -> Response:
        if refused := self._stranger(request) or self._refused("/api/stream"):
            return refused
        if not self.streams_work:
            return JSONResponse({"error": "gateway", "message": ""}, status_code=502)
        return StreamingResponse(self._events(self._missed(request)), media_type="text/event-stream")

    def _missed(self, request: Request) -> list[dict[str, Any]]:
        after = int(request.query_params.get("after", 0))
        return [message for message in self.messages if message["seq"] is None or message["seq"] > after]

    async def _events(self, missed: list[dict[str, Any]]) -> AsyncIterator[str]:
        queue: asyncio.Queue[tuple[str, dict[str, Any]] | None] = asyncio.Queue()
        self._queues.append(queue)
        try:
            yield ": ping\n\n"
            for message in missed:
                yield _event("message", message)
            while (item := await queue.get()) is not None:
                yield _event(*item)
        finally:
            self._queues.remove(queue)

    async def erase(self, request: Request) -> Response:
        if refused := self._stranger(request) or self._refused("/api/session"):
            return refused
        self.tokens.clear()
        self.emit("erased", {})
        if self.erase_waits:
            return JSONResponse({"message": self.erase_waits}, status_code=202)
        self.messages.clear()
        return Response(status_code=204)

    async def remember(self, request: Request) -> Response:
        if refused := self._stranger(request) or self._refused("/api/remember"):
            return refused
        self.remembered = secrets.token_urlsafe(32) if request.method == "POST" else None
        if self.remembered is None:
            return Response(status_code=204)
        return JSONResponse({"resume": self.remembered}, status_code=201)

    async def show_summary(self, request: Request) -> Response:
        if refused := self._stranger(request):
            return refused
        if self.summary is None:
            return JSONResponse({"error": "nothing", "message": "There is nothing yet."}, status_code=404)
        return HTMLResponse(self.summary)

    # --- running ---

    def application(self) -> Starlette:
        async def home(request: Request) -> Response:
            return FileResponse(WIDGET / "demo" / "index.html")

        async def plain_chat(request: Request) -> Response:
            return HTMLResponse("<!doctype html><html lang=en><title>Chat</title><h1>Chat without script</h1></html>")

        async def started() -> None:
            self._loop = asyncio.get_running_loop()

        return Starlette(
            routes=[
                Route("/", home),
                Route("/chat", plain_chat),
                Route("/api/sessions", self.open_session, methods=["POST"]),
                Route("/api/remember", self.remember, methods=["POST", "DELETE"]),
                Route("/api/session", self.erase, methods=["DELETE"]),
                Route("/api/messages", self.post_message, methods=["POST"]),
                Route("/api/messages", self.poll, methods=["GET"]),
                Route("/api/stream", self.stream),
                Route("/api/summary", self.show_summary),
                Mount("/widget", StaticFiles(directory=WIDGET)),
            ],
            middleware=[Middleware(_StrictPolicy)],
            on_startup=[started],
        )

    def start(self) -> Callable[[], None]:
        """Serve in a thread; returns what stops it."""
        self.address, stop_server = serve(self.application())

        def stop() -> None:
            self.drop()
            stop_server()

        return stop


class _StrictPolicy:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def with_policy(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await self.app(scope, receive, with_policy)


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"  # as the real door writes it
