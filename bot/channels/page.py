"""
The chat as a page with one form, for browsers without script.

The session is a cookie that no script can read and no other website can send; the
hidden field names the message before it is written, so that pressing Send twice sends
it once.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs

from itsdangerous import BadSignature, Signer
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.page_view import PageView
from bot.channels.parts import LARGEST_FORM, DoorParts
from bot.channels.refusals import Refusal
from bot.channels.tokens import PatientSession, TokenRefused
from bot.channels.web import WebChannel, read_body
from bot.conversation.keeping import NotKept
from bot.conversation.ports import MessageRow

log = logging.getLogger(__name__)

COOKIE = "b12_chat"
_STYLE = Path(__file__).with_name("plain.css")


class PlainPage:
    """The routes under /chat."""

    def __init__(self, parts: DoorParts, channel: WebChannel) -> None:
        self._parts = parts
        self._channel = channel
        self._talks = parts.conversations
        self._signer = Signer(parts.secret, salt="b12-plain-form")
        self._view = PageView(parts)

    def routes(self) -> list[Route]:
        return [
            Route("/chat", self.show, methods=["GET"]),
            Route("/chat", self.send, methods=["POST"]),
            Route("/chat/summary", self.summary, methods=["GET"]),
            Route("/chat/end", self.end, methods=["POST"]),
            Route("/chat/plain.css", self.style, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        session = await self._session(request)
        if session is not None:
            return HTMLResponse(await self._page(session))
        try:
            token, session = self._channel.new_talk(request, region=self._parts.region)
        except Refusal as refusal:
            return HTMLResponse(self._view.closed(refusal.message), status_code=refusal.status)
        response = HTMLResponse(await self._page(session))
        self._set_cookie(response, token)
        return response

    async def send(self, request: Request) -> Response:
        session = await self._session(request)
        if session is None:
            return await self._send_too_late(request)
        text = ""
        try:
            self._channel.stop_flood(session)
            fields, complete = await self._fields(request)
            text = fields.get("text", "").replace("\r\n", "\n").strip()
            if not complete:
                said = await self._channel.screen_only(session, text)
                raise Refusal(413, "too_long", self._parts.sentences.too_long, said=said)
            message_id = f"{self._message_id(session, fields.get('form', ''))}-{_digest(text)}"
            await self._channel.send(session, message_id=message_id, text=text)
        except Refusal as refusal:
            page = await self._page(session, error=refusal.message, draft=text, also=refusal.said)
            return HTMLResponse(page, status_code=refusal.status)
        await self._talks.wait_for_answer(session.conversation_id, within=self._talks.limits.answer + 1)
        return RedirectResponse("/chat#newest", status_code=303)

    async def _send_too_late(self, request: Request) -> Response:
        """The chat is over, or the browser keeps no cookie: the words are screened all the same."""
        said: Sequence[MessageRow] = ()
        sender = self._former(request)
        try:
            self._channel.stop_flood(sender)
            text = (await self._fields(request))[0].get("text", "")
            said = await self._channel.advise_only(sender, text)
        except Refusal as refusal:
            log.info("page.not_screened reason=%s", refusal.code)
        return HTMLResponse(self._view.closed(self._parts.sentences.session_over, also=said), status_code=401)

    async def summary(self, request: Request) -> Response:
        session = await self._session(request)
        page = await self._channel.summary(session) if session else None
        if page is None:
            return HTMLResponse(self._view.closed(self._parts.sentences.nothing_to_sum_up), status_code=404)
        return HTMLResponse(page)

    async def end(self, request: Request) -> Response:
        session = await self._session(request)
        done = True
        if session is not None:
            try:
                fields, _ = await self._fields(request)
                self._message_id(session, fields.get("form", ""))
                done = await self._talks.erase(session.conversation_id, by="patient")
            except Refusal as refusal:
                return HTMLResponse(await self._page(session, error=refusal.message), status_code=refusal.status)
            except NotKept:
                page = await self._page(session, error=self._parts.sentences.not_kept)
                return HTMLResponse(page, status_code=503)
        sentences = self._parts.sentences
        response = HTMLResponse(self._view.closed(sentences.erased if done else sentences.erase_waits))
        response.delete_cookie(COOKIE, path="/chat")
        return response

    async def style(self, request: Request) -> Response:
        return FileResponse(_STYLE, media_type="text/css")

    # --- parts

    async def _session(self, request: Request) -> PatientSession | None:
        token = request.cookies.get(COOKIE)
        if not token:
            return None
        try:
            session = self._channel.read_token(token)
        except Refusal:
            return None
        return None if await self._talks.is_gone(session.conversation_id) else session

    def _former(self, request: Request) -> PatientSession:
        """Whose chat it was; somebody without a genuine cookie is told apart by the address."""
        try:
            return self._channel.tokens.read(request.cookies.get(COOKIE, ""))
        except TokenRefused as refused:
            nobody = PatientSession(
                f"nobody:{self._channel.address(request)}", "", self._parts.region, self._talks.clock.now()
            )
            return refused.session or nobody

    async def _page(self, session: PatientSession, **more: object) -> str:
        rows = await self._talks.delivery.history(session.conversation_id, after=0, limit=1000)
        rows = rows or self._talks.welcome_rows(session.conversation_id)
        return self._view.open(rows, form=self._form(session), **more)  # type: ignore[arg-type]

    def _form(self, session: PatientSession) -> str:
        message_id = f"page-{secrets.token_hex(12)}"
        return f"{message_id}.{self._signature(session, message_id)}"

    def _message_id(self, session: PatientSession, form: str) -> str:
        """Raises Refusal unless this server wrote the form for this conversation."""
        message_id, _, signature = form.partition(".")
        expected = f"{session.conversation_id}:{message_id}.{signature}"
        try:
            self._signer.unsign(expected)
        except BadSignature as error:
            raise Refusal(400, "unreadable", self._parts.sentences.session_over) from error
        return message_id

    def _signature(self, session: PatientSession, message_id: str) -> str:
        return self._signer.get_signature(f"{session.conversation_id}:{message_id}").decode()

    async def _fields(self, request: Request) -> tuple[dict[str, str], bool]:
        """The fields of the form, and whether that was all of it."""
        raw, complete = await read_body(request, most=LARGEST_FORM)
        try:
            fields = parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
        except ValueError as error:  # more fields than any form of ours
            raise Refusal(400, "unreadable", self._parts.sentences.unreadable) from error
        return {name: values[0] for name, values in fields.items()}, complete

    def _set_cookie(self, response: Response, token: str) -> None:
        response.set_cookie(
            COOKIE,
            token,
            path="/chat",
            httponly=True,
            samesite="strict",
            secure=self._parts.secure_cookies,
        )


def _digest(text: str) -> str:
    """Part of a message's id, so that another text sent with the same form is another message."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
