"""The front door over a real backend, asked in the same event loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from conversation.world import SENTENCES, World
from starlette.applications import Starlette

from bot.channels.application import create_app
from bot.channels.pace import Pace
from bot.channels.parts import DoorParts
from channels.push_town import Town

HOME = "http://door.example"
CLINIC = "https://clinic.example"
EVIL = "https://evil.example"


class Door:
    """The application, a browser of it, and the world behind."""

    def __init__(self, world: World, **changes: Any) -> None:
        self.world = world
        settings: dict[str, Any] = {
            "secret": "not-a-secret-at-all-0123456789",
            "allowed_origins": (HOME, CLINIC),
            "clinic_phone": "01632 960 123",
            "banner": "Demonstration",
            "pace": Pace(messages_a_minute=1000, talks_a_minute=1000),
        }
        settings.update(changes)
        self.parts = DoorParts(
            conversations=world.conversations,
            aftercare=world.aftercare,
            sentences=SENTENCES,
            words=lambda name: f"[{name}]",
            **settings,
        )
        self.app: Starlette = create_app(self.parts)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=HOME)

    async def open(self, *, origin: str | None = HOME) -> dict[str, str]:
        """A new session; returns the headers that belong to it."""
        headers = {"Origin": origin} if origin else {}
        answer = await self.http.post("/api/sessions", headers=headers)
        assert answer.status_code == 201, answer.text
        return {**headers, "Authorization": f"Bearer {answer.json()['token']}"}

    async def send(self, who: dict[str, str], text: str, *, message_id: str | None = None) -> httpx.Response:
        self.world.number += 1
        body = {"id": message_id or f"message-{self.world.number:04d}", "text": text}
        return await self.http.post("/api/messages", json=body, headers=who)

    async def say(self, who: dict[str, str], text: str) -> list[str]:
        """Sends, waits for the turn, and returns all texts of the conversation."""
        answer = await self.send(who, text)
        assert answer.status_code == 202, answer.text
        await self.world.conversations.settle_down(within=30)
        return await self.texts(who)

    async def texts(self, who: dict[str, str], *, after: int = 0) -> list[str]:
        answer = await self.http.get(f"/api/messages?after={after}", headers=who)
        assert answer.status_code == 200, answer.text
        return [message["text"] for message in answer.json()["messages"]]

    @asynccontextmanager
    async def stream(self, who: dict[str, str], *, after: int = 0) -> AsyncIterator[Stream]:
        """An open stream.  Talks ASGI itself: httpx waits for the end of a response."""
        opened = Stream(self.app, f"/api/stream?after={after}", who)
        await opened.start()
        try:
            yield opened
        finally:
            await opened.stop()


class Stream:
    """Reads server-sent events as they come."""

    def __init__(self, app: Starlette, path: str, headers: dict[str, str]) -> None:
        self._app, self._path, self._headers = app, path, headers
        self.status = 0
        self.headers: dict[str, str] = {}
        self._gone = asyncio.Event()
        self._started = asyncio.Event()
        self._events: asyncio.Queue[tuple[str, Any] | None] = asyncio.Queue()
        self._left = b""

    async def start(self) -> None:
        path, _, query = self._path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [
                (b"host", b"door.example"),
                *((k.lower().encode(), v.encode()) for k, v in self._headers.items()),
            ],
            "client": ("192.0.2.1", 1),
            "server": ("door.example", 80),
            "scheme": "http",
            "root_path": "",
        }
        self._task = asyncio.ensure_future(self._app(scope, self._receive, self._send))
        await asyncio.wait_for(self._started.wait(), 20)

    async def stop(self) -> None:
        self._gone.set()
        await asyncio.wait({self._task}, timeout=10)
        assert self._task.done()

    async def next(self) -> tuple[str, Any] | None:
        """The next event that is no ping; None at the end."""
        return await asyncio.wait_for(self._events.get(), 20)

    async def message(self, text: str) -> dict[str, Any]:
        """Waits for the message with this text."""
        while True:
            event = await self.next()
            assert event is not None, f"the stream ended before {text!r} came"
            if event[0] == "message" and event[1]["text"] == text:
                return event[1]

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            self._started.set()
            return
        self._left += message.get("body", b"")
        *whole, self._left = self._left.split(b"\n\n")
        for event in whole:
            lines = dict(line.split(": ", 1) for line in event.decode().split("\n") if line[:1] not in ("", ":"))
            if lines:
                self._events.put_nowait((lines["event"], json.loads(lines["data"])))
        if not message.get("more_body"):
            self._events.put_nowait(None)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
async def door(world: World) -> AsyncIterator[Door]:
    made = Door(world)
    yield made
    await made.http.aclose()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(tmp_path)
    yield made
    made.close()
