"""
Call staff through a web hook: a pager service, a chat room, the clinic's own system.

The body names the conversation, never what was written in it.  It is signed, so that
the receiver can tell our calls from others.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import urlsplit

import httpx

from bot.conversation.ports import Alert

_LIMIT = 8.0  # seconds


class WebhookRoute:
    """
    Implements `bot.conversation.ports.AlertRoute`.

    Args:
        url: https address that takes a POST; any answer from 200 to 299 is a yes.
        secret: Signs the body: header `X-B12-Signature: sha256=…` (HMAC-SHA256, hex).
        console: Address of the staff console, for the link.
        client: Another one for tests.
    """

    name = "webhook"

    def __init__(self, url: str, *, secret: str, console: str, client: httpx.AsyncClient | None = None) -> None:
        self._url, self._secret, self._console = url, secret.encode(), console.rstrip("/")
        self.reaches = urlsplit(url).hostname or "unknown"  # the path of a hook is often its password
        self._client = client or httpx.AsyncClient(timeout=_LIMIT, follow_redirects=False)

    async def send(self, alert: Alert) -> None:
        """Raises httpx.HTTPError when it was not accepted."""
        body = json.dumps(
            {
                "id": alert.id,
                "kind": alert.kind,
                "level": alert.level.code,
                "conversation": alert.conversation_id,
                "at": alert.at.isoformat(),
                "open": self._console,
            },
            sort_keys=True,
        ).encode()
        signature = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        answer = await self._client.post(
            self._url,
            content=body,
            headers={
                "Content-Type": "application/json",
                "X-B12-Signature": f"sha256={signature}",
                "Idempotency-Key": alert.id,
            },
        )
        if not answer.is_success:
            raise httpx.HTTPStatusError(f"status {answer.status_code}", request=answer.request, response=answer)
