"""
Passwords and codes of an authenticator app.

Passwords are kept as Argon2id hashes.  A name that does not exist costs the same time as
a wrong password, so that neither answer nor delay tells which of the two was wrong.
Codes follow RFC 6238 (30 seconds, six digits, SHA-1), accepted one step either side and,
as its section 5.2 asks, once only: whoever looked over a shoulder is too late.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import struct
from datetime import datetime
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 256  # hashing longer texts only costs time
_STEP = 30


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    return _hasher().hash(password)


def password_fits(password_hash: str | None, password: str) -> bool:
    """False also for None, after the same work."""
    try:
        _hasher().verify(password_hash or _nobody(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def password_fault(password: str, *, again: str | None = None, username: str = "") -> str | None:
    """Why this may not become a password, as a sentence for the person who chose it."""
    if len(password) < SHORTEST:
        return f"Use {SHORTEST} characters or more. Four words you can remember are a good password."
    if len(password) > LONGEST:
        return f"Use {LONGEST} characters or fewer."
    if len(set(password)) < 5 or (username and username.lower() in password.lower()):
        return "This is too easy to guess. Do not repeat letters, and leave your user name out."
    if again is not None and again != password:
        return "The two passwords are not the same."
    return None


def new_totp_secret() -> str:
    """160 random bits in Base32, as authenticator apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def is_totp_secret(text: str | None) -> bool:
    """Whether it has the form of a key that we made: what comes back from a form may be anything."""
    return text is not None and re.fullmatch(r"[A-Z2-7]{32}", text) is not None


def totp_step(secret: str, code: str, *, now: datetime) -> int | None:
    """The half minute whose code this is (this one, the one before, the one after), None when it is of none."""
    digits = "".join(code.split()).encode()
    step = int(now.timestamp()) // _STEP
    fitting = [
        known for known in (step - 1, step, step + 1) if hmac.compare_digest(_totp(secret, known).encode(), digits)
    ]
    return fitting[-1] if fitting else None


def _totp(secret: str, step: int) -> str:
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
