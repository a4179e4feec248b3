"""
Names and addresses of patients on push channels, so that no telephone number lies open in the database.

A sender is found again by a one-way name (HMAC-SHA256); the address that replies go to is
sealed (Fernet: AES-128-CBC with HMAC) and opened only to send.  Both keys come from the
session secret: whoever changes it ends these conversations too, and patients begin new
ones by writing again.  A one-way name hides a number from a reader of the database, not
from somebody who has the secret as well and tries all numbers.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken


class AddressBook:
    """Makes names, seals and opens addresses."""

    def __init__(self, secret: str) -> None:
        self._naming = _key(secret, "b12-push-names")
        self._sealing = Fernet(base64.urlsafe_b64encode(_key(secret, "b12-push-addresses")))

    def name(self, kind: str, *parts: str) -> str:
        """
        The one-way name of a sender or an event, 64 characters.

        Args:
            kind: "sender" or "event", so that equal texts of both have different names.
        """
        told_apart = "".join(f"{len(part)}:{part}" for part in (kind, *parts))
        return hmac.new(self._naming, told_apart.encode(), hashlib.sha256).hexdigest()

    def seal(self, address: str) -> str:
        return self._sealing.encrypt(address.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises ValueError when it was sealed under another secret."""
        try:
            return self._sealing.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise ValueError("the address was sealed under another secret") from error


def _key(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()
