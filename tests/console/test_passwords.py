"""Hashes and codes."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone

import pytest

from bot.console import passwords

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


def test_a_password_fits_its_own_hash_only():
    kept = passwords.hash_password("four words to keep")
    assert kept.startswith("$argon2id$")
    assert passwords.password_fits(kept, "four words to keep")
    assert not passwords.password_fits(kept, "four words to lose")


@pytest.mark.parametrize("kept", [None, "", "not a hash", "x"])
def test_nothing_fits_a_hash_that_is_none(kept: str | None):
    assert not passwords.password_fits(kept, "four words to keep")


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str):
    """The last six digits of the SHA-1 vectors in appendix B."""
    at = datetime.fromtimestamp(seconds, tz=timezone.utc)
    assert passwords.totp_step(RFC_SECRET, code, now=at) == seconds // 30


def test_a_code_is_accepted_one_step_late_and_not_two():
    at = datetime.fromtimestamp(1111111109, tz=timezone.utc)
    assert passwords.totp_step(RFC_SECRET, "081 804", now=at + timedelta(seconds=30)) == 1111111109 // 30
    assert passwords.totp_step(RFC_SECRET, "081804", now=at + timedelta(seconds=90)) is None


@pytest.mark.parametrize("code", ["", "abcdef", "０８１８０４", "0818041", "08180"])
def test_what_is_no_code_does_not_fit(code: str):
    assert passwords.totp_step(RFC_SECRET, code, now=datetime.fromtimestamp(1111111109, tz=timezone.utc)) is None


def test_new_secrets_are_long_and_never_the_same():
    first, second = passwords.new_totp_secret(), passwords.new_totp_secret()
    assert len(first) == 32
    assert first != second
