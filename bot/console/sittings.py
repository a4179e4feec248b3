"""
Who is signed in: the cookie, its renewal and its end.

The cookie holds a random token and the records hold only its hash, so neither a copy of
the database nor a log gives anybody a way in.  A sitting ends after `idle` without a step
by its owner and after `longest` in any case.  It is kept alive by replacing its token
when half of its time is gone; questions that a page asks by itself never do that.

Forms carry a token bound to the sitting (synchroniser token); the sign-in form, where
there is no sitting yet, one bound to a cookie of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.console.parts import ConsoleParts
from bot.conversation.desk_people import Staff, StaffSession

_ENTRY_SECONDS = 3600


@dataclass(frozen=True)
class Sitting:
    """A signed-in visit."""

    token: str
    session: StaffSession

    @property
    def staff(self) -> Staff:
        return self.session.staff

    @property
    def form_token(self) -> str:
        return str(self.session.data.get("form", ""))

    @property
    def began_at(self) -> datetime:
        """When the person signed in, however often the token was replaced since."""
        began = self.session.data.get("began")
        return datetime.fromisoformat(began) if began else self.session.opened_at


def current(parts: ConsoleParts, request: Request) -> Sitting | None:
    token = request.cookies.get(cookie_name(parts))
    if not token:
        return None
    session = parts.desk.session(_hashed(token), now=parts.now())
    return Sitting(token, session) if session else None


def begin(parts: ConsoleParts, response: Response, staff: Staff) -> None:
    """After name and password were right.  A token from before is never taken over."""
    now = parts.now()
    _issue(parts, response, staff.id, now=now, data={"form": secrets.token_urlsafe(32), "began": now.isoformat()})


def renew(parts: ConsoleParts, response: Response, sitting: Sitting) -> None:
    """Replace the token when half of its time is gone, unless the longest time is over."""
    now = parts.now()
    if sitting.session.expires_at - now > parts.idle / 2 or now >= sitting.began_at + parts.longest - parts.idle / 2:
        return
    # The old token lives out its last minutes: another tab may be on its way with it. Signing out ends both.
    data = {**sitting.session.data, "before": _hashed(sitting.token)}
    _issue(parts, response, sitting.staff.id, now=now, data=data)


def end(parts: ConsoleParts, response: Response, sitting: Sitting | None) -> None:
    if sitting is not None:
        for token_hash in (_hashed(sitting.token), sitting.session.data.get("before")):
            if token_hash:
                parts.desk.close_session(token_hash, now=parts.now())
    response.delete_cookie(cookie_name(parts), path="/", secure=parts.secure, httponly=True, samesite="lax")


def form_is_ours(sitting: Sitting, form_token: str) -> bool:
    expected = sitting.form_token
    return bool(expected) and hmac.compare_digest(expected.encode(), form_token.encode())


# --- before signing in ---


def entry_token(parts: ConsoleParts, request: Request, response_cookies: dict[str, str]) -> str:
    """The token for the sign-in form; `response_cookies` receives the cookie it is bound to."""
    name = entry_cookie_name(parts)
    cookie = request.cookies.get(name) or secrets.token_urlsafe(24)
    response_cookies[name] = cookie
    return _signed(parts, cookie)


def entry_is_ours(parts: ConsoleParts, request: Request, form_token: str) -> bool:
    cookie = request.cookies.get(entry_cookie_name(parts), "")
    return bool(cookie) and hmac.compare_digest(_signed(parts, cookie).encode(), form_token.encode())


def set_entry_cookie(parts: ConsoleParts, response: Response, cookies: dict[str, str]) -> None:
    for name, value in cookies.items():
        set_cookie(parts, response, name, value, seconds=_ENTRY_SECONDS)


def cookie_name(parts: ConsoleParts) -> str:
    """`__Host-` makes the browser refuse the cookie without TLS or from another host."""
    return "__Host-b12-staff" if parts.secure else "b12-staff"


def entry_cookie_name(parts: ConsoleParts) -> str:
    return "__Host-b12-entry" if parts.secure else "b12-entry"


def _issue(parts: ConsoleParts, response: Response, staff_id: str, *, now: datetime, data: dict[str, Any]) -> None:
    token = secrets.token_urlsafe(32)
    last = datetime.fromisoformat(data["began"]) + parts.longest
    expires_at = min(now + parts.idle, last)
    parts.desk.open_session(staff_id, token_hash=_hashed(token), now=now, expires_at=expires_at, data=data)
    set_cookie(parts, response, cookie_name(parts), token, seconds=int(parts.longest.total_seconds()))


def set_cookie(parts: ConsoleParts, response: Response, name: str, value: str, *, seconds: int) -> None:
    """For this host and its pages only, out of reach of scripts."""
    # Lax, not Strict: a link in an alert has to open the conversation. Every change carries a form token besides.
    response.set_cookie(name, value, max_age=seconds, path="/", secure=parts.secure, httponly=True, samesite="lax")


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _signed(parts: ConsoleParts, cookie: str) -> str:
    return hmac.new(parts.secret.encode(), f"entry:{cookie}".encode(), hashlib.sha256).hexdigest()
