"""
Slack.

In: `POST /hooks/slack/events` (Events API) and `/hooks/slack/actions` (buttons), signed
with the app's secret over time and body, no older than five minutes.  Out:
`chat.postMessage`, into the thread in which the patient wrote.

A direct message is a conversation; so is each thread in it.  In a channel, where others
read, the app answers a mention only with advice on a danger and the wish to be written
to directly.

Slack takes no idempotency key.  Every message of ours carries its own id as metadata,
and after an attempt without an answer it is looked for before it is sent again.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.parts import LARGEST_BODY
from bot.channels.pieces import plain_text, split
from bot.channels.push import Incoming, PushDoor
from bot.channels.web import read_body
from bot.conversation.keeping import NotKept
from bot.conversation.ports import MessageRow
from bot.conversation.posting_port import NotPosted, Piece

log = logging.getLogger(__name__)

API = "https://slack.com/api"
_LONGEST = 3000  # characters of a section
_LONGEST_TITLE = 75
_MARK = "b12_post"
_PASSING = ("ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout")
_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>")
_LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


@dataclass(frozen=True)
class SlackApp:
    """`secret` signs Slack's calls; `api` is another address for tests."""

    token: str = field(repr=False)
    secret: str = field(repr=False)
    api: str = API


class SlackCarrier:
    """Implements `bot.conversation.posting_port.Carrier`.  An address is "channel" or "channel|thread"."""

    channel = "slack"
    reports = False

    def __init__(self, app: SlackApp, *, client: httpx.AsyncClient | None = None) -> None:
        self._api = app.api.rstrip("/")
        self._headers = {"Authorization": f"Bearer {app.token}"}
        self._client = client or httpx.AsyncClient(timeout=8.0, follow_redirects=False)

    def pieces(self, row: MessageRow) -> Sequence[Piece]:
        parts: list[Piece] = []
        for part in split(plain_text(row), _LONGEST):
            section = {"type": "section", "text": {"type": "plain_text", "text": part}}
            parts.append({"text": _escaped(part), "blocks": [section]})
        if row.reply.buttons:
            elements = [
                {
                    "type": "button",
                    "action_id": f"choice-{place}",
                    "text": {"type": "plain_text", "text": button.title[:_LONGEST_TITLE]},
                    "value": f"{row.id}:{place}",
                }
                for place, button in enumerate(row.reply.buttons)
            ]
            parts[-1]["blocks"].append({"type": "actions", "elements": elements})
        return parts

    async def send(self, piece: Piece, *, address: str, post_id: str, part: int) -> str:
        channel, _, thread = address.partition("|")
        body = {
            "channel": channel,
            "unfurl_links": False,
            "mrkdwn": False,
            "metadata": {"event_type": _MARK, "event_payload": {"id": f"{post_id}/{part}"}},
            **({"thread_ts": thread} if thread else {}),
            **piece,
        }
        said = await self._call("chat.postMessage", json=body)
        return str(said.get("ts", ""))

    async def find(self, piece: Piece, *, address: str, post_id: str, part: int, since: datetime) -> str | None:
        channel, _, thread = address.partition("|")
        query = {"channel": channel, "include_all_metadata": "true", "limit": "100"}
        query["oldest"] = f"{since.timestamp() - 5:.6f}"
        if thread:
            query["ts"] = thread
        said = await self._call("conversations.replies" if thread else "conversations.history", data=query)
        for message in said.get("messages") or ():
            mark = ((message.get("metadata") or {}).get("event_payload") or {}).get("id")
            if mark == f"{post_id}/{part}":
                return str(message["ts"])
        return None

    def window_open(self, *, last_inbound: datetime, now: datetime) -> bool:
        return True

    async def ask_to_write(self, *, address: str, post_id: str) -> bool:
        return False

    async def close(self) -> None:
        await self._client.aclose()

    async def _call(self, method: str, **what: Any) -> dict[str, Any]:
        try:
            answer = await self._client.post(f"{self._api}/{method}", headers=self._headers, **what)
        except httpx.ConnectError as error:
            raise NotPosted("Slack cannot be reached") from error
        except httpx.HTTPError as error:
            raise NotPosted(f"no answer from Slack ({type(error).__name__})", doubtful=True) from error
        if answer.status_code == 429:
            wait = answer.headers.get("retry-after", "1")
            raise NotPosted("Slack status 429", retry_after=float(wait) if wait.isdecimal() else 1.0)
        try:
            said = answer.json()
        except ValueError:
            said = {}
        if answer.is_success and isinstance(said, dict) and said.get("ok"):
            return said
        reason = str(said.get("error", "")) if isinstance(said, dict) else ""
        raise NotPosted(
            f"Slack status {answer.status_code}, {reason or 'no reason'}",
            permanent=answer.is_success and bool(reason) and reason not in _PASSING,
            doubtful=not answer.is_success or reason in _PASSING[2:],
        )


class SlackHooks:
    """The routes under /hooks/slack."""

    def __init__(self, app: SlackApp, door: PushDoor) -> None:
        self._door = door
        self._verifier = SignatureVerifier(app.secret)

    def routes(self) -> list[Route]:
        return [
            Route("/hooks/slack/events", self.event, methods=["POST"]),
            Route("/hooks/slack/actions", self.action, methods=["POST"]),
        ]

    async def event(self, request: Request) -> Response:
        raw = await self._verified(request)
        if isinstance(raw, Response):
            return raw
        try:
            payload = json.loads(raw)
            if payload["type"] == "url_verification":
                challenge = str(payload["challenge"]).encode("utf-8", "replace")
                return PlainTextResponse(challenge)
            incoming = _of_event(payload)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            log.warning("slack.unreadable")
            return Response(status_code=200)
        return await self._hand_in(incoming)

    async def action(self, request: Request) -> Response:
        raw = await self._verified(request)
        if isinstance(raw, Response):
            return raw
        try:
            payload = json.loads(parse_qs(raw.decode(), max_num_fields=10)["payload"][0])
            incoming = _of_action(payload)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
            log.warning("slack.unreadable")
            return Response(status_code=200)
        return await self._hand_in(incoming)

    async def _hand_in(self, incoming: Incoming | None) -> Response:
        if incoming is not None:
            try:
                await self._door.take(incoming)
            except NotKept:
                return Response(status_code=503)
        return Response(status_code=200)

    async def _verified(self, request: Request) -> bytes | Response:
        raw, complete = await read_body(request, most=LARGEST_BODY)
        if not complete:
            return Response(status_code=413)
        stamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        readable = stamp.isdecimal() and len(stamp) < 12 and signature.isascii()
        try:
            genuine = readable and self._verifier.is_valid(raw.decode(), stamp, signature)
        except UnicodeDecodeError:
            genuine = False
        if not genuine:
            log.warning("slack.bad_signature")
            return Response(status_code=403)
        return raw


def _of_event(payload: Mapping[str, Any]) -> Incoming | None:
    """None for what is no message of a patient: our own, other bots', joins and deletions."""
    event = payload["event"]
    edited = event.get("subtype") == "message_changed"
    message = event["message"] if edited else event
    public = event["type"] == "app_mention"
    if not public and (event["type"] != "message" or event.get("channel_type") != "im"):
        return None
    if message.get("bot_id") or "user" not in message or message.get("subtype") not in (None, "file_share"):
        return None
    channel, thread = event["channel"], message.get("thread_ts") or ""
    if public:
        thread = thread or message["ts"]
    return Incoming(
        channel="slack",
        sender=(payload["team_id"], channel, message["user"], thread),
        address=f"{channel}|{thread}" if thread else channel,
        event=payload["event_id"],
        message_id=f"{channel}-{message['ts']}",
        text=_plain(message.get("text") or ""),
        media=bool(message.get("files")),
        edited=edited,
        public=public,
    )


def _of_action(payload: Mapping[str, Any]) -> Incoming | None:
    if payload["type"] != "block_actions" or not payload["actions"][0]["action_id"].startswith("choice-"):
        return None
    pressed, message = payload["actions"][0], payload["message"]
    channel, thread = payload["channel"]["id"], message.get("thread_ts") or ""
    told, _, place = pressed["value"].rpartition(":")
    event = f"{pressed['action_ts']}-{message['ts']}-{pressed['action_id']}"
    return Incoming(
        channel="slack",
        sender=(payload["team"]["id"], channel, payload["user"]["id"], thread),
        address=f"{channel}|{thread}" if thread else channel,
        event=event,
        message_id=f"button-{event}",
        text="",
        choice=(told, int(place)),
    )


def _plain(text: str) -> str:
    """What the patient typed: without mentions, links as words, the three escaped signs as they were."""
    text = _LINK.sub(lambda link: link.group(2) or link.group(1), _MENTION.sub("", text))
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
