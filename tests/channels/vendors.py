"""
Stand-ins of the vendors' HTTP interfaces, written from their public documentation.

Each keeps what it was sent, answers as the vendor would, and can be told to fail: a
number is a status, "slow" never answers, "lost" takes the message and then breaks the
line, "refuse" breaks it before.  `sign` makes the vendor's signature without the
vendor's library.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
from conversation.world import TurningClock
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class LineBroke(Exception):
    """The connection ends without an answer."""


@dataclass
class StandIn:
    """What all of them share."""

    clock: TurningClock
    sent: list[dict[str, Any]] = field(default_factory=list)
    faults: deque[Any] = field(default_factory=deque)
    asked: int = 0

    def __post_init__(self) -> None:
        self.app = Starlette(routes=self.routes())

    def routes(self) -> list[Route]:
        raise NotImplementedError

    def client(self, **named: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=_Wire(self.app), timeout=0.4, **named)

    @property
    def texts(self) -> list[str]:
        return [str(message.get("text", "")) for message in self.sent]

    async def fault(self) -> Response | None:
        """The next trouble that was asked for."""
        self.asked += 1
        kind = self.faults.popleft() if self.faults else None
        if kind == "slow":
            await asyncio.sleep(5)
        if kind == "refuse":
            raise LineBroke
        if kind == "lost":
            self.faults.appendleft("break after taking")
            return None
        if isinstance(kind, Response):
            return kind
        return Response(status_code=kind) if isinstance(kind, int) else None

    def break_if_asked(self) -> None:
        if self.faults and self.faults[0] == "break after taking":
            self.faults.popleft()
            raise LineBroke


class _Wire(httpx.AsyncBaseTransport):
    """Speaks ASGI, with the breaks and silences of a real line."""

    def __init__(self, app: Starlette) -> None:
        self._inner = httpx.ASGITransport(app=app, raise_app_exceptions=True)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        limit = request.extensions.get("timeout", {}).get("read") or 5
        try:
            return await asyncio.wait_for(self._inner.handle_async_request(request), limit)
        except asyncio.TimeoutError as error:
            raise httpx.ReadTimeout("no answer", request=request) from error
        except LineBroke as error:
            raise httpx.RemoteProtocolError("the line broke", request=request) from error


# --- Twilio ------------------------------------------------------------------------------

TWILIO_SID = "AC" + "0" * 32
TWILIO_TOKEN = "twilio-token-for-tests"
PUBLIC = "https://door.example"


def twilio_signature(url: str, fields: Mapping[str, str], *, token: str = TWILIO_TOKEN) -> str:
    """twilio.com/docs/usage/security: HMAC-SHA1 of the address and the sorted fields, in base64."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class Twilio(StandIn):
    """POST and GET /2010-04-01/Accounts/{sid}/Messages.json; twilio.com/docs/messaging/api/message-resource."""

    def routes(self) -> list[Route]:
        path = f"/2010-04-01/Accounts/{TWILIO_SID}/Messages.json"
        return [Route(path, self.create, methods=["POST"]), Route(path, self.list, methods=["GET"])]

    async def create(self, request: Request) -> Response:
        if not _basic(request, TWILIO_SID, TWILIO_TOKEN):
            return JSONResponse({"code": 20003, "message": "Authenticate", "status": 401}, status_code=401)
        trouble = await self.fault()
        if trouble is not None:
            return trouble
        fields = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        body = fields.get("Body", "")
        if "ContentSid" in fields:
            body = json.loads(fields.get("ContentVariables") or "{}").get("1", "the notice")
        if not body or len(body) > 1600:
            return twilio_error(400, 21617)
        message = {"sid": f"SM{len(self.sent):032x}", "text": body, **fields, "at": self.clock.now()}
        self.sent.append(message)
        self.break_if_asked()
        return JSONResponse({"sid": message["sid"], "status": "queued"}, status_code=201)

    async def list(self, request: Request) -> Response:
        trouble = await self.fault()
        if trouble is not None:
            return trouble
        to = request.query_params["To"]
        found = [
            {"sid": m["sid"], "body": m["text"], "date_created": format_datetime(m["at"])}
            for m in self.sent
            if m["To"] == to
        ]
        return JSONResponse({"messages": found[::-1]})


def twilio_error(status: int, code: int) -> Response:
    return JSONResponse({"code": code, "message": "said in the documentation", "status": status}, status_code=status)


def _basic(request: Request, user: str, password: str) -> bool:
    expected = base64.b64encode(f"{user}:{password}".encode()).decode()
    return request.headers.get("authorization") == f"Basic {expected}"


# --- Telegram ----------------------------------------------------------------------------

TELEGRAM_TOKEN = "12345:telegram-token-for-tests"
TELEGRAM_SECRET = "telegram-secret-for-tests"


class Telegram(StandIn):
    """POST /bot{token}/{method}; core.telegram.org/bots/api."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def routes(self) -> list[Route]:
        return [Route(f"/bot{TELEGRAM_TOKEN}/{{method}}", self.call, methods=["POST"])]

    async def call(self, request: Request) -> Response:
        method, body = request.path_params["method"], await request.json()
        self.calls.append((method, body))
        if method != "sendMessage":
            return JSONResponse({"ok": True, "result": True})
        trouble = await self.fault()
        if trouble is not None:
            return trouble
        if len(body["text"]) > 4096:
            return telegram_error(400, "Bad Request: message is too long")
        for line in (body.get("reply_markup") or {}).get("inline_keyboard", ()):
            assert all(1 <= len(button["callback_data"].encode()) <= 64 for button in line)
        self.sent.append(body)
        self.break_if_asked()
        return JSONResponse({"ok": True, "result": {"message_id": len(self.sent), "chat": {"id": body["chat_id"]}}})


def telegram_error(status: int, text: str, **parameters: Any) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": text}
    if parameters:
        body["parameters"] = parameters
    return JSONResponse(body, status_code=status)


# --- Slack -------------------------------------------------------------------------------

SLACK_TOKEN = "xoxb-token-for-tests"
SLACK_SECRET = "slack-signing-secret-for-tests"


def slack_signature(body: bytes, *, at: int | None = None, secret: str = SLACK_SECRET) -> dict[str, str]:
    """docs.slack.dev, verifying requests: HMAC-SHA256 of "v0:time:body"."""
    stamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


class Slack(StandIn):
    """POST /api/chat.postMessage and /api/conversations.history; docs.slack.dev/reference/methods."""

    def routes(self) -> list[Route]:
        return [
            Route("/api/chat.postMessage", self.post, methods=["POST"]),
            Route("/api/conversations.history", self.history, methods=["POST"]),
            Route("/api/conversations.replies", self.history, methods=["POST"]),
        ]

    async def post(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {SLACK_TOKEN}":
            return JSONResponse({"ok": False, "error": "invalid_auth"})
        trouble = await self.fault()
        if trouble is not None:
            return trouble
        body = await request.json()
        self.sent.append({**body, "ts": f"{1700000000 + len(self.sent)}.000100"})
        self.break_if_asked()
        return JSONResponse({"ok": True, "channel": body["channel"], "ts": self.sent[-1]["ts"]})

    async def history(self, request: Request) -> Response:
        trouble = await self.fault()
        if trouble is not None:
            return trouble
        fields = dict(parse_qsl((await request.body()).decode()))
        found = [m for m in self.sent if m["channel"] == fields["channel"]]
        return JSONResponse({"ok": True, "messages": [{"ts": m["ts"], "metadata": m.get("metadata")} for m in found]})
