"""
Telegram.

In: `POST /hooks/telegram`, proved by the secret that we gave to `setWebhook`
(`X-Telegram-Bot-Api-Secret-Token`, compared in constant time).  Out: `sendMessage`.

Telegram knows neither idempotency keys nor a way to ask what was sent: a message whose
attempt ended without an answer is sent again, so the patient may see it twice.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.parts import LARGEST_BODY
from bot.channels.pieces import plain_text, split
from bot.channels.push import Incoming, PushDoor
from bot.channels.web import read_body
from bot.conversation.keeping import NotKept
from bot.conversation.ports import MessageRow
from bot.conversation.posting_port import NotPosted, Piece

log = logging.getLogger(__name__)

API = "https://api.telegram.org"
_LONGEST = 4096
_LONGEST_TITLE = 64  # characters of a button that phones still show
_MEDIA = (
    "photo",
    "voice",
    "audio",
    "video",
    "video_note",
    "document",
    "sticker",
    "animation",
    "location",
    "venue",
    "contact",
    "poll",
    "dice",
)


@dataclass(frozen=True)
class TelegramBot:
    """`secret` is what Telegram repeats in each call; `api` another address for tests."""

    token: str = field(repr=False)
    secret: str = field(repr=False)
    api: str = API

    @property
    def name(self) -> str:
        """The bot's own number; it stands before the colon of the token and is no secret."""
        return self.token.partition(":")[0]


class TelegramCarrier:
    """Implements `bot.conversation.posting_port.Carrier`."""

    channel = "telegram"
    reports = False

    def __init__(self, bot: TelegramBot, *, client: httpx.AsyncClient | None = None) -> None:
        self._methods = f"{bot.api.rstrip('/')}/bot{bot.token}"
        self._client = client or httpx.AsyncClient(timeout=8.0, follow_redirects=False)

    def pieces(self, row: MessageRow) -> Sequence[Piece]:
        parts: list[Piece] = [{"text": part} for part in split(plain_text(row), _LONGEST)]
        if row.reply.buttons:
            keyboard = [
                [{"text": button.title[:_LONGEST_TITLE], "callback_data": f"{row.id}:{place}"}]
                for place, button in enumerate(row.reply.buttons)
            ]
            parts[-1]["reply_markup"] = {"inline_keyboard": keyboard}
        return parts

    async def send(self, piece: Piece, *, address: str, post_id: str, part: int) -> str:
        body = {"chat_id": int(address), "link_preview_options": {"is_disabled": True}, **piece}
        result = await self._call("sendMessage", body)
        return str(result.get("message_id", ""))

    async def find(self, piece: Piece, *, address: str, post_id: str, part: int, since: datetime) -> str | None:
        return None

    def window_open(self, *, last_inbound: datetime, now: datetime) -> bool:
        return True

    async def ask_to_write(self, *, address: str, post_id: str) -> bool:
        return False

    async def acknowledge(self, callback_id: str) -> None:
        """Ends the little clock on a pressed button; of no consequence when it fails."""
        try:
            await self._call("answerCallbackQuery", {"callback_query_id": callback_id})
        except NotPosted as error:
            log.info("telegram.button_not_acknowledged reason=%s", error.reason)

    async def close(self) -> None:
        await self._client.aclose()

    async def _call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """The result.  Raises NotPosted; the address with the token never gets into its words."""
        try:
            answer = await self._client.post(f"{self._methods}/{method}", json=body)
        except httpx.ConnectError:
            raise NotPosted("Telegram cannot be reached") from None
        except httpx.HTTPError as error:
            raise NotPosted(f"no answer from Telegram ({type(error).__name__})", doubtful=True) from None
        try:
            said = answer.json()
        except ValueError:
            said = {}
        if answer.is_success and isinstance(said, dict) and said.get("ok"):
            result = said.get("result")
            return result if isinstance(result, dict) else {}
        wait = (said.get("parameters") or {}).get("retry_after") if isinstance(said, dict) else None
        raise NotPosted(
            f"Telegram status {answer.status_code}",
            permanent=answer.status_code in (400, 403),
            doubtful=answer.status_code >= 500,
            retry_after=float(wait or 1) if answer.status_code == 429 else None,
            opted_out=answer.status_code == 403,  # the patient has blocked the bot
        )


class TelegramHooks:
    """The route under /hooks/telegram."""

    def __init__(self, bot: TelegramBot, door: PushDoor, *, carrier: TelegramCarrier) -> None:
        self._bot = bot
        self._door = door
        self._carrier = carrier

    def routes(self) -> list[Route]:
        return [Route("/hooks/telegram", self.take, methods=["POST"])]

    async def take(self, request: Request) -> Response:
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode(), self._bot.secret.encode()):
            log.warning("telegram.bad_secret")
            return Response(status_code=403)
        raw, complete = await read_body(request, most=LARGEST_BODY)
        if not complete:
            return Response(status_code=200)  # a refusal would only make Telegram send it again
        try:
            update = json.loads(raw)
            incoming = self._incoming(update)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            log.warning("telegram.unreadable")
            return Response(status_code=200)
        if incoming is None:
            return Response(status_code=200)
        callback = update.get("callback_query")
        if callback is not None:
            await self._carrier.acknowledge(str(callback["id"]))
        try:
            await self._door.take(incoming)
        except NotKept:
            return Response(status_code=503)
        return Response(status_code=200)

    def _incoming(self, update: Mapping[str, Any]) -> Incoming | None:
        """None for what is no message of a patient: groups, channels, other bots."""
        event = str(int(update["update_id"]))
        callback = update.get("callback_query")
        message = callback["message"] if callback else update.get("message") or update.get("edited_message")
        sender = callback["from"] if callback else (message or {}).get("from")
        if message is None or sender is None or sender.get("is_bot") or message["chat"]["type"] != "private":
            return None
        text, choice = message.get("text") or message.get("caption") or "", None
        message_id = str(int(message["message_id"]))
        if callback:
            told, _, place = str(callback.get("data", "")).rpartition(":")
            choice, text, message_id = (told, int(place)), "", f"button-{event}"
        chat = str(int(message["chat"]["id"]))
        return Incoming(
            channel="telegram",
            sender=(self._bot.name, chat),
            address=chat,
            event=event,
            message_id=message_id,
            text=_without_command(text),
            media=callback is None and any(kind in message for kind in _MEDIA),
            edited="edited_message" in update,
            choice=choice,
        )


def _without_command(text: str) -> str:
    """ "/start@b12_bot" is the word "start"."""
    if not text.startswith("/"):
        return text
    command, _, rest = text[1:].partition(" ")
    return f"{command.partition('@')[0]} {rest}".strip()
