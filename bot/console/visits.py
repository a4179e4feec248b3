"""
One request to the console: who asks, may they, and what they see when it fails.

Every page is an ordinary function from a `Visit` to a response, run in a thread because
the desk blocks.  `page()` puts the same gate before each: signed in, form token right,
role high enough.  Closed means closed: a page without a stated role asks for a sign-in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.console import labels, sittings
from bot.console.parts import ConsoleParts
from bot.console.showing import base_context
from bot.conversation.desk import DeskConflict
from bot.conversation.desk_people import Role, Staff
from bot.conversation.ports import LedgerUnavailable, UnknownConversation

log = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024
MOST_FIELDS = 60


class Refusal(Exception):
    """This page is not shown; `status` and the sentences are for the person who asked."""

    def __init__(self, status: int, title: str, *sentences: str, back: str = "/") -> None:
        super().__init__(title)
        self.status, self.title, self.sentences, self.back = status, title, sentences, back


@dataclass
class Visit:
    """What a page function gets."""

    request: Request
    parts: ConsoleParts
    templates: Environment
    form: Mapping[str, str]
    sitting: sittings.Sitting | None = None
    by_itself: bool = False  # a question of an open page, not a step of a person
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def me(self) -> Staff:
        if self.sitting is None:
            raise Refusal(401, "Please sign in")
        return self.sitting.staff

    @property
    def now(self) -> datetime:
        return self.parts.now()

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def typed(self, name: str) -> str:
        """A field of the form, without spaces around it; "" when it is missing."""
        return self.form.get(name, "").strip()

    def page_number(self) -> int:
        """Of a listing; what is no number is the first page."""
        written = self.query.get("page", "1")
        return int(written) if written.isdecimal() and len(written) < 6 else 1

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response:
        values = base_context(self.parts)
        if self.sitting is not None:
            values.update(me=self.sitting.staff, form_token=self.sitting.form_token)
        values.update(done=labels.DONE.get(self.query.get("done", ""), ""), here=_here(self.request), now=self.now)
        values.update(context)
        return HTMLResponse(self.templates.get_template(template).render(values), status_code=status)

    def render_text(self, template: str, **context: Any) -> str:
        """A template that is no page of the console."""
        values = {**base_context(self.parts), "now": self.now, **context}
        return self.templates.get_template(template).render(values)

    def go(self, path: str, *, done: str = "", anchor: str = "") -> Response:
        """After a step: to the page that shows it, by GET, so that a reload repeats nothing."""
        mark = ("&" if "?" in path else "?") + f"done={done}" if done else ""
        return RedirectResponse(f"{path}{mark}{f'#{anchor}' if anchor else ''}", status_code=303)

    def need(self, role: Role, what: str) -> None:
        """Raises Refusal, with the reason, when this person's role is too low."""
        if self.me.role.may(role):
            return
        enough = [labels.ROLES[other.value] for other in Role if other.may(role)]
        raise Refusal(
            403,
            "You may not do this",
            f"{what} needs the role {' or '.join(enough)}. Your role is {labels.ROLES[self.me.role.value]}.",
            "An admin of your clinic can change your role.",
        )


Handler = Callable[[Visit], Response]


def page(
    handler: Handler,
    *,
    needs: Role | None = Role.VIEWER,
    what: str = "This page",
    by_itself: bool = False,
) -> Callable[[Request], Any]:
    """
    The endpoint for a page function.

    Args:
        needs: The lowest role that may; None for pages that anybody may see.
        what: What is refused, as the subject of a sentence.
        by_itself: Asked by an open page: does not keep the sitting alive and is answered
            with a bare 401 when it is over.
    """

    async def endpoint(request: Request) -> Response:
        parts: ConsoleParts = request.app.state.parts
        visit = Visit(request, parts, request.app.state.templates, {}, by_itself=by_itself)
        try:
            if request.method == "POST":
                visit.form = await _read_form(request)
            return await run_in_threadpool(_answer, handler, visit, needs, what)
        except Refusal as refusal:
            return _refused(visit, refusal)

    return endpoint


def _answer(handler: Handler, visit: Visit, needs: Role | None, what: str) -> Response:
    try:
        visit.sitting = sittings.current(visit.parts, visit.request)
        if needs is not None:
            if visit.sitting is None:
                return _to_sign_in(visit)
            _check_form(visit)
            visit.need(needs, what)
        response = handler(visit)
        if visit.sitting is not None and not visit.by_itself and visit.request.url.path != "/sign-out":
            sittings.renew(visit.parts, response, visit.sitting)
        sittings.set_entry_cookie(visit.parts, response, visit.cookies)
        return response
    except Refusal as refusal:
        return _refused(visit, refusal)
    except DeskConflict as conflict:
        return _refused(visit, Refusal(409, "This could not be done", str(conflict), back=_came_from(visit.request)))
    except (UnknownConversation, LookupError):
        return _refused(visit, not_found())
    except LedgerUnavailable:
        log.error("console.ledger_away path=%s", visit.request.url.path.split("/")[1])
        return _refused(visit, away())


def not_found() -> Refusal:
    return Refusal(
        404,
        "There is nothing here",
        "The address may be mistyped, or the conversation was erased under the retention rule or at the patient's wish.",
    )


def away() -> Refusal:
    return Refusal(
        503,
        "The records do not answer",
        "Patients still get danger advice, and what they write is kept and will appear here later.",
        "Try again in a minute. If this lasts, tell whoever runs the service, and ring patients you are worried about.",
    )


def _check_form(visit: Visit) -> None:
    """Refuses a change that was not sent from one of our own pages in this sitting."""
    if visit.request.method != "POST":
        return
    site = visit.request.headers.get("sec-fetch-site", "same-origin")
    ours = visit.sitting is not None and sittings.form_is_ours(visit.sitting, visit.form.get("form", ""))
    if not ours or site not in ("same-origin", "none"):
        raise Refusal(
            403,
            "This form is too old",
            "Nothing was changed. The form did not come from a page of this sitting.",
            "Go back, load the page again and repeat the step.",
            back=_came_from(visit.request),
        )


def _to_sign_in(visit: Visit) -> Response:
    if visit.by_itself:
        return Response(status_code=401)
    wanted = _here(visit.request) if visit.request.method == "GET" else ""
    return RedirectResponse("/sign-in" + (f"?next={quote(wanted, safe='')}" if wanted != "/" else ""), status_code=303)


def _refused(visit: Visit, refusal: Refusal) -> Response:
    if visit.by_itself:
        return Response(status_code=refusal.status)
    return visit.render(
        "refused.html",
        status=refusal.status,
        title=refusal.title,
        sentences=refusal.sentences,
        back=refusal.back,
    )


async def _read_form(request: Request) -> dict[str, str]:
    """The fields of an ordinary form; the last value wins.  Refuses what is larger or of another kind."""
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise Refusal(415, "This cannot be read", "The console takes ordinary forms only.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refusal(413, "This is too long", "Nothing was changed. Please shorten the text.")
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Refusal(400, "This cannot be read", "Nothing was changed.") from error
    return dict(fields)


def safe_next(path: str) -> str:
    """A path of our own, or "/": never another host, however it is written."""
    ours = path.startswith("/") and not path.startswith("//")
    return path if ours and "\\" not in path and path.isprintable() else "/"


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _came_from(request: Request) -> str:
    """The page behind a step: the conversation for its steps, else the inbox."""
    pieces = request.url.path.split("/")
    return f"/talk/{pieces[2]}" if len(pieces) > 3 and pieces[1] == "talk" else "/"
