"""
WhatsApp and SMS through Twilio.

In: `POST /hooks/twilio`, form-encoded, signed with the account's token over the public
address (`X-Twilio-Signature`); `POST /hooks/twilio/status/…` reports what became of our
messages.  Out: `POST /2010-04-01/Accounts/{sid}/Messages.json`.

Twilio takes no idempotency key for messages.  An attempt that ended without an answer is
looked up among the messages sent to that number since (`find`) before it is repeated.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import parse_qsl

import httpx
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from bot.channels.parts import LARGEST_BODY
from bot.channels.pieces import numbered, plain_text, split
from bot.channels.push import Incoming, PushDoor
from bot.channels.web import read_body
from bot.conversation.keeping import Keeper, NotKept
from bot.conversation.ports import Clock, LedgerUnavailable, MessageRow
from bot.conversation.posting_port import NotPosted, Piece

log = logging.getLogger(__name__)

API = "https://api.twilio.com"
WINDOW = timedelta(hours=24)
_LONGEST = 1600  # characters that Twilio takes in one message
_LONGEST_VARIABLE = 255  # of a template
_LONGEST_BUTTON = 20
_STATES = {
    "accepted": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
}
_OPTED_OUT = 21610
_WINDOW_SHUT = (63016, 63051)
_NOT_REACHABLE = (21211, 21214, 21217, 21408, 21610, 21612, 21614, 63003, 63024)


@dataclass(frozen=True)
class TwilioAccount:
    """
    Args:
        public_url: Of this server as Twilio calls it; the signature covers it.
        sms_from, whatsapp_from: Our numbers as "+441632960123"; None: that channel is off.
        notice: Content template that asks the patient to write again, once 24 hours have passed on WhatsApp.
        buttons: Content templates with two and with three quick replies, by their number.
        api: Another address for tests.
    """

    sid: str
    token: str = field(repr=False)
    public_url: str
    sms_from: str | None = None
    whatsapp_from: str | None = None
    notice: str | None = None
    buttons: tuple[tuple[int, str], ...] = ()
    api: str = API

    @property
    def channels(self) -> tuple[str, ...]:
        pairs = (("sms", self.sms_from), ("whatsapp", self.whatsapp_from))
        return tuple(channel for channel, number in pairs if number)


class TwilioHooks:
    """The routes under /hooks/twilio."""

    def __init__(self, account: TwilioAccount, door: PushDoor, *, keeper: Keeper, clock: Clock) -> None:
        self._account = account
        self._door = door
        self._keeper = keeper
        self._clock = clock
        self._validator = RequestValidator(account.token)

    def routes(self) -> list[Route]:
        return [
            Route("/hooks/twilio", self.take, methods=["POST"]),
            Route("/hooks/twilio/status/{post_id}/{part:int}", self.report, methods=["POST"]),
        ]

    async def take(self, request: Request) -> Response:
        fields = await self._verified(request)
        if isinstance(fields, Response):
            return fields
        sender, ours, sid = fields.get("From", ""), fields.get("To", ""), fields.get("MessageSid", "")
        channel = "whatsapp" if sender.startswith("whatsapp:") else "sms"
        if not (sender and ours and sid) or channel not in self._account.channels:
            log.warning("twilio.not_for_us channel=%s", channel)
            return Response(status_code=400)
        incoming = Incoming(
            channel=channel,
            sender=(ours, sender),
            address=sender,
            event=sid,
            message_id=sid,
            text=fields.get("Body", ""),
            media=fields.get("NumMedia", "0") not in ("", "0") or "Latitude" in fields,
            answered_by_vendor=bool(fields.get("OptOutType")),
        )
        try:
            await self._door.take(incoming)
        except NotKept:
            return Response(status_code=503)
        return Response("<Response/>", media_type="text/xml")  # the answer comes through the API, not as TwiML

    async def report(self, request: Request) -> Response:
        fields = await self._verified(request)
        if isinstance(fields, Response):
            return fields
        state = _STATES.get(fields.get("MessageStatus", ""))
        if state is None:
            return Response(status_code=204)
        code = fields.get("ErrorCode", "")
        note = partial(
            self._keeper.ledger.post_report,
            request.path_params["post_id"],
            part=request.path_params["part"],
            vendor_id=fields.get("MessageSid", ""),
            state=state,
            error=f"Twilio error {code[:6]}" if code else None,
            at=self._clock.now(),
        )
        try:
            await self._keeper.read(note)
        except LedgerUnavailable:
            return Response(status_code=503)
        return Response(status_code=204)

    async def _verified(self, request: Request) -> ImmutableMultiDict[str, str] | Response:
        """The fields of a request that Twilio signed; else the refusal."""
        raw, complete = await read_body(request, most=LARGEST_BODY)
        if not complete:
            return Response(status_code=413)
        try:
            text = raw.decode()
            fields = ImmutableMultiDict(parse_qsl(text, keep_blank_values=True, max_num_fields=200))
        except ValueError:
            return Response(status_code=400)
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"{self._account.public_url}{request.url.path}{query}"
        signature = request.headers.get("x-twilio-signature", "")
        if not signature.isascii() or not self._validator.validate(url, fields, signature):
            log.warning("twilio.bad_signature")
            return Response(status_code=403)
        return fields


class TwilioCarrier:
    """Implements `bot.conversation.posting_port.Carrier` for WhatsApp or SMS."""

    reports = True

    def __init__(
        self, account: TwilioAccount, *, channel: str, pick: str, client: httpx.AsyncClient | None = None
    ) -> None:
        """
        Args:
            channel: "sms" or "whatsapp".
            pick: The sentence that says how to choose a number.
        """
        self.channel = channel
        self._account = account
        self._pick = pick
        self._messages = f"{account.api.rstrip('/')}/2010-04-01/Accounts/{account.sid}/Messages.json"
        self._client = client or httpx.AsyncClient(
            auth=(account.sid, account.token), timeout=8.0, follow_redirects=False
        )

    def pieces(self, row: MessageRow) -> Sequence[Piece]:
        text, titles = plain_text(row), [button.title for button in row.reply.buttons]
        template = self._template(text, titles)
        if template is not None:
            variables = {"1": text, **{str(place): title for place, title in enumerate(titles, start=2)}}
            return [{"ContentSid": template, "ContentVariables": json.dumps(variables), "said": text}]
        return [{"Body": part} for part in split(numbered(text, titles, pick=self._pick), _LONGEST)]

    async def send(self, piece: Piece, *, address: str, post_id: str, part: int) -> str:
        sent = {name: value for name, value in piece.items() if name != "said"}
        return await self._post({**sent, **self._ways(address, f"{post_id}/{part}")})

    async def find(self, piece: Piece, *, address: str, post_id: str, part: int, since: datetime) -> str | None:
        day = (since - timedelta(days=1)).date().isoformat()
        query = {"To": address, "DateSent>": day, "PageSize": "50"}
        answer = await self._ask("GET", params=query)
        try:
            found = answer.json()["messages"]
        except (ValueError, KeyError, TypeError) as error:
            raise NotPosted("Twilio's list of messages could not be read", doubtful=True) from error
        words = piece.get("Body") or piece.get("said")
        for message in found:
            if message.get("body") == words and _made_at(message) >= since - timedelta(seconds=5):
                return str(message["sid"])
        return None

    def window_open(self, *, last_inbound: datetime, now: datetime) -> bool:
        return self.channel != "whatsapp" or now - last_inbound < WINDOW

    async def ask_to_write(self, *, address: str, post_id: str) -> bool:
        if self._account.notice is None:
            return False
        await self._post({"ContentSid": self._account.notice, **self._ways(address, f"{post_id}-notice/0")})
        return True

    async def close(self) -> None:
        await self._client.aclose()

    # --- parts

    def _template(self, text: str, titles: Sequence[str]) -> str | None:
        """A template with quick replies, where the clinic has one that fits."""
        fits = len(text) <= _LONGEST_VARIABLE and all(len(title) <= _LONGEST_BUTTON for title in titles)
        if self.channel != "whatsapp" or not titles or not fits:
            return None
        return dict(self._account.buttons).get(len(titles))

    def _ways(self, address: str, report: str) -> dict[str, str]:
        ours = self._account.sms_from if self.channel == "sms" else f"whatsapp:{self._account.whatsapp_from}"
        return {
            "From": str(ours),
            "To": address,
            "StatusCallback": f"{self._account.public_url}/hooks/twilio/status/{report}",
        }

    async def _post(self, data: dict[str, str]) -> str:
        answer = await self._ask("POST", data=data)
        try:
            return str(answer.json()["sid"])
        except (ValueError, KeyError, TypeError) as error:
            raise NotPosted("Twilio's answer could not be read", doubtful=True) from error

    async def _ask(self, method: str, **what: dict[str, str]) -> httpx.Response:
        """Raises NotPosted for everything but a success."""
        try:
            answer = await self._client.request(method, self._messages, **what)  # type: ignore[arg-type]
        except httpx.ConnectError as error:
            raise NotPosted("Twilio cannot be reached") from error
        except httpx.HTTPError as error:
            raise NotPosted(f"no answer from Twilio ({type(error).__name__})", doubtful=True) from error
        if answer.is_success:
            return answer
        raise _refusal(answer)


def _refusal(answer: httpx.Response) -> NotPosted:
    try:
        code = int(answer.json().get("code") or 0)
    except (ValueError, AttributeError, TypeError):
        code = 0
    reason = f"Twilio status {answer.status_code}" + (f", error {code}" if code else "")
    if answer.status_code == 429:
        return NotPosted(reason, retry_after=_seconds(answer.headers.get("retry-after")))
    if answer.status_code >= 500:
        return NotPosted(reason, doubtful=True)
    return NotPosted(
        reason,
        permanent=code in _NOT_REACHABLE or (answer.status_code == 400 and code not in _WINDOW_SHUT),
        opted_out=code == _OPTED_OUT,
        window_shut=code in _WINDOW_SHUT,
    )


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdecimal() else 1.0


def _made_at(message: dict[str, str]) -> datetime:
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(message["date_created"])
