"""
Signing in through the clinic's own provider: out to it, back from it, in or not.

What must be remembered on the way stands in a cookie of this browser, signed, for ten
minutes, and is used once: an answer that comes back to another browser opens nothing.
"""

from __future__ import annotations

import hmac

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import RedirectResponse, Response

from bot.console import sittings
from bot.console.provider import Attempt, NotAdmitted, Provider, ProviderAway
from bot.console.visits import Refusal, Visit, not_found, safe_next
from bot.conversation.desk import DeskConflict

_SECONDS = 600


def leave(visit: Visit) -> Response:
    provider = _provider(visit)
    try:
        address, attempt = provider.begin(now=visit.now)
    except ProviderAway as error:
        raise _away() from error
    response = RedirectResponse(address, status_code=303)
    kept = {"state": attempt.state, "nonce": attempt.nonce, "verifier": attempt.verifier}
    kept["next"] = safe_next(visit.query.get("next", "/"))
    sittings.set_cookie(visit.parts, response, _cookie(visit), _signer(visit).dumps(kept), seconds=_SECONDS)
    return response


def come_back(visit: Visit) -> Response:
    provider = _provider(visit)
    kept = _kept(visit)
    if not hmac.compare_digest(kept["state"].encode(), visit.query.get("state", "").encode()):
        raise _refused(visit, "state", "This answer does not belong to a sign-in that began in this browser.")
    attempt = Attempt(state=kept["state"], nonce=kept["nonce"], verifier=kept["verifier"])
    try:
        identity = provider.finish(visit.query, attempt, now=visit.now)
        person = visit.parts.desk.admit(
            identity=identity.key, username=identity.username, name=identity.name, role=identity.role, now=visit.now
        )
    except NotAdmitted as refusal:
        raise _refused(visit, refusal.why, str(refusal)) from refusal
    except DeskConflict as refusal:
        raise _refused(visit, "account", str(refusal)) from refusal
    except ProviderAway as error:
        raise _away() from error
    response = visit.go(safe_next(kept["next"]))
    response.delete_cookie(_cookie(visit), path="/", secure=visit.parts.secure, httponly=True, samesite="lax")
    sittings.begin(visit.parts, response, person)
    return response


def _kept(visit: Visit) -> dict[str, str]:
    try:
        kept = _signer(visit).loads(visit.request.cookies.get(_cookie(visit), ""), max_age=_SECONDS)
    except BadData as error:
        raise _refused(visit, "no_attempt", "This sign-in took too long, or began in another browser.") from error
    return {str(key): str(value) for key, value in dict(kept).items()}


def _refused(visit: Visit, why: str, text: str) -> Refusal:
    visit.parts.desk.write_audit(
        action="staff.provider_sign_in_refused", target="-", by="system", now=visit.now, details={"why": why}
    )
    return Refusal(403, "You were not signed in", text, back="/sign-in")


def _away() -> Refusal:
    return Refusal(
        503,
        "The sign-in provider does not answer",
        "Try again in a minute. Somebody with a user name and password of this console can still sign in.",
        back="/sign-in",
    )


def _provider(visit: Visit) -> Provider:
    if visit.parts.provider is None:
        raise not_found()
    return visit.parts.provider


def _cookie(visit: Visit) -> str:
    return "__Host-b12-provider" if visit.parts.secure else "b12-provider"


def _signer(visit: Visit) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(visit.parts.secret, salt="console-provider")
