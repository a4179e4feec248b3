"""
Texts sealed at rest: AES-256-GCM under keys that the operator keeps apart from the database.

A sealed text is `b12sealed:1:KEY:…`, where KEY is a public name of the key, so that the
database can be asked which rows an old key still holds.  What it was sealed for (table
and column) is part of the seal: a text moved into another column is refused.  The first
key seals, every key opens; the word `plain` in place of the first key stores texts as
they are and still opens the sealed ones.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.conversation.ports import LedgerUnavailable

#: In place of the first key: seal nothing.
PLAIN = "plain"

MARK = "b12sealed:"
SEALED = f"{MARK}1:"
_ESCAPED = f"{MARK}0:"  # before a plain text that looks like a sealed one
_KEY_BYTES = 32
_NONCE_BYTES = 12
NAME_LENGTH = 8


class KeyMissing(LedgerUnavailable):
    """A text is sealed under a key that this process does not have; nothing is wrong with the text."""


class Tampered(ValueError):
    """A sealed text was changed, or lies in a column it was not sealed for."""


class Vault:
    """
    Args:
        keys: As in B12_TEXT_KEYS: each 32 bytes in URL-safe base64; the first may be `plain`.

    Raises:
        ValueError: A key is none or is there twice; the text names its place and does not repeat it.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys: dict[str, AESGCM] = {}
        self.first: str | None = None
        for place, key in enumerate(keys, start=1):
            if key == PLAIN and place == 1 < len(keys):
                continue
            try:
                name = key_name(key)
            except ValueError as error:
                also = f" (or {PLAIN}, before other keys)" if place == 1 else ""
                raise ValueError(
                    f"B12_TEXT_KEYS, key {place} of {len(keys)}: {error}; "
                    f"expected what b12bot keys new prints{also}, separated by commas."
                ) from None
            if name in self._keys:
                raise ValueError(f"B12_TEXT_KEYS, key {place} of {len(keys)}: it is there twice; take one out.")
            self._keys[name] = AESGCM(_bytes(key))
            if place == 1:
                self.first = name

    @property
    def names(self) -> frozenset[str]:
        """Public names of the keys that open."""
        return frozenset(self._keys)

    def prefix(self) -> str | None:
        """How every text begins that is sealed under the first key; None when nothing is sealed."""
        return None if self.first is None else f"{SEALED}{self.first}:"

    def seal(self, text: str, purpose: str) -> str:
        """What to store; "" stays "", for a blanked text holds nothing to hide."""
        if text == "":
            return text
        if self.first is None:
            return _ESCAPED + text if text.startswith(MARK) else text
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._keys[self.first].encrypt(nonce, text.encode("utf-8", "surrogatepass"), purpose.encode())
        return f"{SEALED}{self.first}:{base64.b64encode(sealed).decode('ascii')}"

    def open(self, stored: str, purpose: str) -> str:
        """
        The text as it was written; one that was stored before there were keys is given back as it is.

        Raises:
            KeyMissing: It is sealed under a key that is not here.
            Tampered: It is not what was sealed.
        """
        if not stored.startswith(MARK):
            return stored
        if stored.startswith(_ESCAPED):
            return stored[len(_ESCAPED) :]
        name = key_of(stored)
        key = self._keys.get(name or "")
        if key is None:
            raise KeyMissing(f"a text is sealed under key {name}, which B12_TEXT_KEYS does not hold; put that key back")
        try:
            sealed = base64.b64decode(stored[len(SEALED) + len(name or "") + 1 :], validate=True)
            opened = key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise Tampered(f"a sealed text of {purpose} was changed or moved; restore it from a backup") from error
        return opened.decode("utf-8", "surrogatepass")


def new_key() -> str:
    """A fresh key as B12_TEXT_KEYS takes it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


def key_name(key: str) -> str:
    """Eight hexadecimal digits that tell keys apart and do not help to guess one."""
    return hmac.new(_bytes(key), b"b12 name of a text key", "sha256").hexdigest()[:NAME_LENGTH]


def key_of(stored: str) -> str | None:
    """Name of the key a stored text is sealed under; None when it is not sealed."""
    return stored[len(SEALED) :].partition(":")[0] if stored.startswith(SEALED) else None


def _bytes(key: str) -> bytes:
    try:
        found = base64.b64decode(key.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError as error:
        raise ValueError("it is not base64") from error
    if len(found) != _KEY_BYTES:
        raise ValueError(f"it has {len(found)} bytes, not {_KEY_BYTES}")
    return found
