"""
Who is writing: a signed token that the server made for one conversation and one website.

The conversation's id is drawn here, 128 random bits; nobody can choose or guess one.
The token travels in the Authorization header, never in a URL.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

LIFE = timedelta(hours=12)


class TokenRefused(Exception):
    """
    Missing, forged, too old, or used from another website.

    `session` is whose it was when the token is genuine and only too old.
    """

    def __init__(self, session: PatientSession | None = None) -> None:
        super().__init__()
        self.session = session


@dataclass(frozen=True)
class PatientSession:
    """`origin` is the website that opened it, "" for a caller without one."""

    conversation_id: str
    origin: str
    region: str
    expires_at: datetime


class Tokens:
    """Makes and reads tokens; a changed secret ends every session."""

    def __init__(self, secret: str, *, life: timedelta = LIFE) -> None:
        if len(secret) < 16:
            raise ValueError("the session secret must have at least 16 characters")
        self._signer = URLSafeTimedSerializer(secret, salt="b12-patient-session")
        self._life = life

    def make(self, *, origin: str, region: str) -> tuple[str, PatientSession]:
        """A new conversation and the token to it."""
        return self.make_for(secrets.token_hex(16), origin=origin, region=region)

    def make_for(self, conversation_id: str, *, origin: str, region: str) -> tuple[str, PatientSession]:
        """A token to a conversation that this server has made before, for whoever proved to be its patient."""
        token = self._signer.dumps({"c": conversation_id, "o": origin, "r": region})
        return str(token), self._session(conversation_id, origin, region, datetime.now(timezone.utc))

    def read(self, token: str) -> PatientSession:
        """Raises TokenRefused; says nothing of the reason to whoever holds the token."""
        try:
            data, signed_at = self._signer.loads(token, max_age=int(self._life.total_seconds()), return_timestamp=True)
            return self._session(str(data["c"]), str(data["o"]), str(data["r"]), signed_at)
        except SignatureExpired as error:
            data = self._signer.load_payload(error.payload) if error.payload else {}
            signed_at = error.date_signed or datetime.now(timezone.utc)
            raise TokenRefused(self._session(str(data["c"]), str(data["o"]), str(data["r"]), signed_at)) from error
        except (BadData, KeyError, TypeError) as error:
            raise TokenRefused from error

    def _session(self, conversation_id: str, origin: str, region: str, signed_at: datetime) -> PatientSession:
        return PatientSession(conversation_id, origin, region, signed_at + self._life)
