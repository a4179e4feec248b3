"""
The website's channel: sessions, sending, polling, summary, erasing.  docs/api.md is its contract.

Whatever is wrong with a message, it is screened before it is refused.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bot.channels.parts import LARGEST_BODY, DoorParts
from bot.channels.refusals import Refusal
from bot.channels.remember import Remembering
from bot.channels.stream import stream_events
from bot.channels.summary import summary_page
from bot.channels.tokens import PatientSession, TokenRefused
from bot.conversation.inbound import Inbound, has_words
from bot.conversation.keeping import NotKept
from bot.conversation.ports import LedgerUnavailable, MessageRow, UnknownConversation

log = logging.getLogger(__name__)

REGIONS = ("uk", "us", "eu")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_PAGE = 200
_MOST_TABS = 10  # open streams of one conversation


class WebChannel:
    """The routes under /api."""

    def __init__(self, parts: DoorParts) -> None:
        self.parts = parts
        self.conversations = parts.conversations
        self.sentences = parts.sentences
        self.tokens = parts.tokens()
        self.remembering = Remembering(parts.conversations.keeper, parts.conversations.clock)

    def routes(self) -> list[Route]:
        return [
            Route("/api/sessions", self.open_session, methods=["POST"]),
            Route("/api/remember", self.remember, methods=["POST"]),
            Route("/api/remember", self.forget_device, methods=["DELETE"]),
            Route("/api/session", self.end_session, methods=["DELETE"]),
            Route("/api/messages", self.take_message, methods=["POST"]),
            Route("/api/messages", self.list_messages, methods=["GET"]),
            Route("/api/stream", self.open_stream, methods=["GET"]),
            Route("/api/summary", self.show_summary, methods=["GET"]),
        ]

    # --- sessions

    async def open_session(self, request: Request) -> Response:
        body = await self._json(request, may_be_empty=True)
        region = body.get("region", self.parts.region)
        if region not in REGIONS:
            raise self._unreadable()
        self._slow_down(request)
        resumed, resume = None, None
        if isinstance(body.get("resume"), str):
            try:
                resumed = await self._resumed(request, body["resume"])
            except LedgerUnavailable as error:
                log.warning("web.not_resumed reason=%s", error)
                resume = body["resume"]  # it may open the chat another time
        token, session, after, resume = resumed or (*self._new_session(request, region=region), 0, resume)
        talk = self.conversations
        return JSONResponse(
            {
                "token": token,
                "expires_at": _time(session.expires_at),
                "after": after,
                "resume": resume,
                "emergency_number": self.sentences.emergency_number,
                "clinic_phone": self.parts.clinic_phone,
                "max_characters": talk.limits.characters,
                "banner": self.parts.banner,
                "messages": [] if resumed else [row.to_json() for row in talk.welcome_rows(session.conversation_id)],
            },
            status_code=201,
        )

    async def _resumed(self, request: Request, resume: object) -> tuple[str, PatientSession, int, str] | None:
        """The remembered conversation with a session and a token of its own; None where a new chat has to do."""
        origin = request.headers.get("origin", "")
        found = await self.remembering.take(resume, origin=origin)
        if found is None:
            return None
        talk, following = found
        token, session = self.tokens.make_for(talk.conversation_id, origin=origin, region=talk.region)
        return token, session, talk.last_seq, following

    async def remember(self, request: Request) -> Response:
        session = await self.session(request)
        try:
            token, expires_at = await self.remembering.give(session.conversation_id, origin=session.origin)
        except UnknownConversation as error:
            raise Refusal(404, "nothing", self.sentences.nothing_to_sum_up) from error
        except LedgerUnavailable as error:
            raise Refusal(503, "not_kept", self.sentences.trouble, retry_after=5) from error
        return JSONResponse({"resume": token, "expires_at": _time(expires_at)}, status_code=201)

    async def forget_device(self, request: Request) -> Response:
        session = await self.session(request)
        try:
            await self.remembering.end(session.conversation_id)
        except LedgerUnavailable as error:
            raise Refusal(503, "not_kept", self.sentences.trouble, retry_after=5) from error
        return Response(status_code=204)

    def new_talk(self, request: Request, *, region: str) -> tuple[str, PatientSession]:
        """A conversation of its own for this caller; raises Refusal when the address opens too many."""
        self._slow_down(request)
        return self._new_session(request, region=region)

    def _slow_down(self, request: Request) -> None:
        """New conversations and tries to resume one count together: both are guesses at worst."""
        wait = self.parts.pace.new_talk(self.address(request))
        if wait is not None:
            raise Refusal(429, "too_many_talks", self.sentences.too_many_talks, retry_after=wait)

    def _new_session(self, request: Request, *, region: str) -> tuple[str, PatientSession]:
        token, session = self.tokens.make(origin=request.headers.get("origin", ""), region=region)
        self.conversations.begin(session.conversation_id, channel="web", region=region)
        return token, session

    async def end_session(self, request: Request) -> Response:
        session = await self.session(request)
        try:
            done = await self.conversations.erase(session.conversation_id, by="patient")
        except NotKept as error:
            raise Refusal(503, "not_kept", self.sentences.not_kept, retry_after=5) from error
        if not done:
            return JSONResponse({"message": self.sentences.erase_waits}, status_code=202)
        return Response(status_code=204)

    # --- messages

    async def take_message(self, request: Request) -> Response:
        session, over = self._sender(request)
        self.stop_flood(session)
        raw, complete = await read_body(request)
        if not complete:
            said = await self.screen_only(session, raw.decode("utf-8", "ignore"))
            raise Refusal(413, "too_long", self.sentences.too_long, said=said)
        message_id, text = self._message(await self._parsed(request, raw))
        if over:
            raise self._session_over(said=await self.advise_only(session, text))
        receipt = await self.send(session, message_id=message_id, text=text)
        return JSONResponse(receipt, status_code=202)

    def stop_flood(self, session: PatientSession) -> None:
        """Raises Refusal for so many messages that not even a look at them would be fair to others."""
        wait = self.parts.pace.flood(session.conversation_id)
        if wait is not None:
            raise Refusal(429, "too_fast", self.sentences.too_fast, retry_after=wait)

    async def send(self, session: PatientSession, *, message_id: str, text: str) -> dict[str, Any]:
        """Hands a message to the conversation; raises Refusal, with the advice it called for."""
        wait = self.parts.pace.message(session.conversation_id)
        if wait is not None:
            said = await self.screen_only(session, text)
            raise Refusal(429, "too_fast", self.sentences.too_fast, said=said, retry_after=wait)
        if len(text) > self.conversations.limits.characters:
            said = await self.screen_only(session, text)
            raise Refusal(413, "too_long", self.sentences.too_long, said=said)
        if not has_words(text):
            raise Refusal(400, "empty", self.sentences.empty)
        try:
            receipt = await self.conversations.receive(self._inbound(session, message_id, text))
        except UnknownConversation as error:
            raise self._session_over(said=await self.advise_only(session, text)) from error
        except NotKept as error:
            raise Refusal(503, "not_kept", self.sentences.not_kept, said=error.said, retry_after=5) from error
        return {"seq": receipt.seq, "id": receipt.message_id}

    async def list_messages(self, request: Request) -> Response:
        session = await self.session(request)
        after = self.after(request)
        delivery = self.conversations.delivery
        # First: a no must mean that all is there.  Another process may be at work on it.
        working = self.conversations.is_working(session.conversation_id)
        standing = await delivery.standing(session.conversation_id)
        rows = await delivery.history(session.conversation_id, after=after, limit=_PAGE)
        writer = delivery.writing(standing)
        if after:
            await delivery.note_delivered(session.conversation_id, after)
        return JSONResponse(
            {
                "messages": [row.to_json() for row in rows],
                "typing": working or standing.open or writer is not None,
                **({"typing_by": writer} if writer else {}),
                "mode": standing.mode,
            }
        )

    async def open_stream(self, request: Request) -> Response:
        session = await self.session(request)
        if self.conversations.delivery.tabs_of(session.conversation_id) >= _MOST_TABS:
            raise Refusal(429, "too_fast", self.sentences.too_fast, retry_after=10)
        return stream_events(self.conversations, session, after=self.after(request))

    async def show_summary(self, request: Request) -> Response:
        session = await self.session(request)
        page = await self.summary(session)
        if page is None:
            raise Refusal(404, "nothing", self.sentences.nothing_to_sum_up)
        return HTMLResponse(page)

    async def summary(self, session: PatientSession) -> str | None:
        """The printable page, None when there is nothing to sum up."""
        keeper = self.conversations.keeper
        try:
            snapshot = await keeper.read(partial(keeper.ledger.snapshot, session.conversation_id))
        except LedgerUnavailable as error:
            raise Refusal(503, "not_kept", self.sentences.trouble, retry_after=5) from error
        return summary_page(snapshot, footer=self.parts.words("page_emergency"))

    # --- who asks

    async def session(self, request: Request) -> PatientSession:
        """The session of the Authorization header; raises Refusal when it is over."""
        session, over = self._sender(request)
        if over or await self.conversations.is_gone(session.conversation_id):
            raise self._session_over()
        return session

    def _sender(self, request: Request) -> tuple[PatientSession, bool]:
        """
        Whose token it is, and whether it is too old.

        Does not ask whether the conversation was erased: the screen comes first, and
        `Conversations` refuses an erased one itself.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise self._session_over()
        over = False
        try:
            session = self.tokens.read(token.strip())
        except TokenRefused as error:
            if error.session is None:
                raise self._session_over() from error
            session, over = error.session, True
        if not same_site(request, session):
            raise self._session_over()
        return session, over

    def read_token(self, token: str) -> PatientSession:
        try:
            return self.tokens.read(token)
        except TokenRefused as error:
            raise self._session_over() from error

    def address(self, request: Request) -> str:
        """The caller's address; a proxy is believed only when it is ours."""
        direct = request.client.host if request.client else "unknown"
        if direct in self.parts.trusted_proxies:
            # Some proxies add a line of their own instead of adding to the caller's: only the last entry is theirs.
            forwarded = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
            return forwarded or direct
        return direct

    def after(self, request: Request) -> int:
        value = request.query_params.get("after", "0")
        if not value.isdecimal() or len(value) > 9:
            raise self._unreadable()
        return int(value)

    # --- parts

    def _inbound(self, session: PatientSession, message_id: str, text: str) -> Inbound:
        return Inbound(
            conversation_id=session.conversation_id,
            message_id=message_id,
            text=text,
            channel="web",
            region=session.region,
            at=self.conversations.clock.now(),
        )

    async def screen_only(self, session: PatientSession, text: str) -> tuple[MessageRow, ...]:
        """Advice for a text that is refused; only a few very long ones a minute are looked at."""
        if len(text) > self.conversations.limits.characters and self.parts.pace.large(session.conversation_id):
            return ()
        return await self.conversations.refuse(self._inbound(session, _refused_id(), text))

    async def advise_only(self, session: PatientSession, text: str) -> tuple[MessageRow, ...]:
        """Advice for a text of a conversation that is over."""
        if len(text) > self.conversations.limits.characters and self.parts.pace.large(session.conversation_id):
            return ()
        return await self.conversations.advise_only(self._inbound(session, _refused_id(), text))

    async def _json(self, request: Request, *, may_be_empty: bool = False) -> dict[str, Any]:
        raw, complete = await read_body(request)
        if not complete:
            raise Refusal(413, "too_long", self.sentences.too_long)
        if may_be_empty and not raw.strip():
            return {}
        return await self._parsed(request, raw)

    async def _parsed(self, request: Request, raw: bytes) -> dict[str, Any]:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refusal(415, "media", self.sentences.unreadable)
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise self._unreadable() from error
        if not isinstance(body, dict):
            raise self._unreadable()
        return body

    def _message(self, body: dict[str, Any]) -> tuple[str, str]:
        message_id, text = body.get("id"), body.get("text")
        if not isinstance(message_id, str) or not _MESSAGE_ID.fullmatch(message_id) or not isinstance(text, str):
            raise self._unreadable()
        return message_id, text

    def _unreadable(self) -> Refusal:
        return Refusal(400, "unreadable", self.sentences.unreadable)

    def _session_over(self, *, said: Sequence[MessageRow] = ()) -> Refusal:
        return Refusal(401, "session", self.sentences.session_over, said=said)


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _refused_id() -> str:
    return f"refused-{secrets.token_hex(12)}"


async def read_body(request: Request, *, most: int = LARGEST_BODY) -> tuple[bytes, bool]:
    """The body up to the largest size, and whether that was all of it."""
    read = b""
    async for chunk in request.stream():
        read += chunk
        if len(read) > most:
            return read[:most], False
    return read, True


def same_site(request: Request, session: PatientSession) -> bool:
    """
    Whether the request comes from the website that opened the session.

    A browser sends no Origin with a GET to the page's own server; then only a session
    of that same server, or one opened without an Origin, will do.
    """
    origin = request.headers.get("origin")
    if origin is not None:
        return origin == session.origin
    return session.origin == "" or session.origin.partition("://")[2] == request.headers.get("host", "")
