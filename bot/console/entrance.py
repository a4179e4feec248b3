"""
Signing in and out, and a person's own account.

After five wrong tries an account is locked for fifteen minutes, and an address that keeps
failing has to wait.  The answer is the same sentence for a wrong name, a wrong password,
a wrong code, a locked and a disabled account.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from starlette.responses import Response

from bot.console import passwords, sittings
from bot.console.visits import Refusal, Visit, safe_next
from bot.conversation.desk import DeskConflict
from bot.conversation.desk_people import Staff

TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
ADDRESS_TRIES = 30
ADDRESS_WINDOW = timedelta(minutes=10)

REFUSED = (
    "User name, password or code is not right, or the account cannot be used now. "
    f"After {TRIES} wrong tries an account rests for {int(LOCKED_FOR.total_seconds() // 60)} minutes."
)


class Failures:
    """Failed tries by address, in memory and bounded: a brake beside the lock of each account."""

    def __init__(
        self, *, most: int = ADDRESS_TRIES, window: timedelta = ADDRESS_WINDOW, addresses: int = 10_000
    ) -> None:
        self._most, self._window, self._addresses = most, window, addresses
        self._times: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def too_many(self, address: str, *, now: datetime) -> bool:
        with self._lock:
            times = self._times.get(address, deque())
            while times and times[0] <= now - self._window:
                times.popleft()
            return len(times) >= self._most

    def note(self, address: str, *, now: datetime) -> None:
        with self._lock:
            self._times.setdefault(address, deque(maxlen=self._most)).append(now)
            self._times.move_to_end(address)
            while len(self._times) > self._addresses:
                self._times.popitem(last=False)


def sign_in_page(visit: Visit) -> Response:
    if visit.sitting is not None:
        return visit.go(safe_next(visit.query.get("next", "/")))
    return _form(visit)


def sign_in(visit: Visit) -> Response:
    if not sittings.entry_is_ours(visit.parts, visit.request, visit.form.get("form", "")):
        return _form(visit, status=403, problem="The form was open too long. Please try again.")
    failures: Failures = visit.request.app.state.failures
    address = visit.request.client.host if visit.request.client else "unknown"
    if failures.too_many(address, now=visit.now):
        raise Refusal(
            429,
            "Too many failed sign-ins",
            "There were too many failed sign-ins from your network. Wait ten minutes, then try again.",
            back="/sign-in",
        )
    person = _admitted(visit, visit.typed("username"), visit.form.get("password", ""), visit.typed("code"))
    if person is None:
        failures.note(address, now=visit.now)
        return _form(visit, status=401, problem=REFUSED)
    response = visit.go(safe_next(visit.typed("next") or "/"))
    sittings.begin(visit.parts, response, person)
    return response


def sign_out(visit: Visit) -> Response:
    visit.parts.desk.write_audit(action="staff.signed_out", target=visit.me.id, by=visit.me.id, now=visit.now)
    response = visit.go("/sign-in?left=provider" if visit.me.identity else "/sign-in", done="signed_out")
    sittings.end(visit.parts, response, visit.sitting)
    return response


def _admitted(visit: Visit, username: str, password: str, code: str) -> Staff | None:
    desk, now = visit.parts.desk, visit.now
    person = desk.staff_named(username) if username else None
    fits = passwords.password_fits(person.password_hash if person else None, password)
    if person is None or not person.active or (person.locked_until is not None and person.locked_until > now):
        return None
    step = None
    if fits and person.totp_secret:
        step = passwords.totp_step(person.totp_secret, code, now=now)
        fits = step is not None
    may = desk.note_sign_in(
        person.id, succeeded=fits, now=now, tries=TRIES, lock_until=now + LOCKED_FOR, totp_step=step
    )
    return person if may else None


def _form(visit: Visit, *, status: int = 200, problem: str | None = None) -> Response:
    token = sittings.entry_token(visit.parts, visit.request, visit.cookies)
    return visit.render(
        "sign_in.html",
        status=status,
        form_token=token,
        username=visit.typed("username"),
        next=safe_next(visit.typed("next") or visit.query.get("next", "/")),
        problem=problem,
        provider=visit.parts.provider,
        leave_provider=_leave_provider(visit),
    )


def _leave_provider(visit: Visit) -> str | None:
    """
    The address that ends the provider's own sitting, for somebody who has just left ours.

    A link and no redirect: our Content-Security-Policy lets forms lead to our own pages only.
    """
    provider = visit.parts.provider
    if provider is None or visit.query.get("left") != "provider":
        return None
    return provider.sign_out_address(back_to=provider.redirect_uri.removesuffix("/clinic/back"), now=visit.now)


# --- one's own account ---


def account_page(visit: Visit) -> Response:
    return _account(visit)


def change_password(visit: Visit) -> Response:
    me = visit.me
    _needs_a_password_account(visit)
    if not passwords.password_fits(me.password_hash, visit.form.get("old", "")):
        return _account(visit, status=422, faults={"old": "This is not your password."})
    new = visit.form.get("new", "")
    fault = passwords.password_fault(new, again=visit.form.get("again", ""), username=me.username)
    if fault:
        return _account(visit, status=422, faults={"new": fault})
    visit.parts.desk.change_staff(me.id, by=me.id, now=visit.now, password_hash=passwords.hash_password(new))
    response = visit.go("/account", done="password")
    sittings.begin(visit.parts, response, me)  # every sitting of the account has ended, this one too
    visit.sitting = None
    return response


def switch_code_on(visit: Visit) -> Response:
    """The secret is kept only after a first code has shown that the app has it."""
    _needs_a_password_account(visit)
    secret = visit.typed("secret")
    step = passwords.totp_step(secret, visit.typed("code"), now=visit.now) if passwords.is_totp_secret(secret) else None
    if step is None:
        return _account(visit, status=422, secret=secret, faults={"code": "This code does not fit. Try the next one."})
    visit.parts.desk.change_staff(visit.me.id, by=visit.me.id, now=visit.now, totp_secret=secret, totp_step=step)
    return visit.go("/account", done="code_on")


def switch_code_off(visit: Visit) -> Response:
    if not passwords.password_fits(visit.me.password_hash, visit.form.get("password", "")):
        return _account(visit, status=422, faults={"password": "This is not your password."})
    visit.parts.desk.change_staff(visit.me.id, by=visit.me.id, now=visit.now, totp_secret="")
    return visit.go("/account", done="code_off")


def _needs_a_password_account(visit: Visit) -> None:
    if visit.me.identity:
        raise DeskConflict("You sign in through your clinic's provider: password and code are looked after there.")


def _account(
    visit: Visit, *, status: int = 200, faults: dict[str, str] | None = None, secret: str | None = None
) -> Response:
    return visit.render(
        "account.html",
        status=status,
        faults=faults or {},
        secret=secret if passwords.is_totp_secret(secret) else passwords.new_totp_secret(),
    )
