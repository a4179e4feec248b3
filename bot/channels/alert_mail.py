"""Call staff by mail, over a server that speaks TLS.  The mail names the conversation, never what was written in it."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage

from bot.channels.alert_words import AlertWords
from bot.conversation.ports import Alert

_LIMIT = 8.0  # seconds


@dataclass(frozen=True)
class MailServer:
    """`starttls` False is for a server on the same machine only."""

    host: str
    port: int = 587
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    starttls: bool = True


def describe(alert: Alert, *, console: str) -> tuple[str, str]:
    """Subject and text: how urgent, since when, and where to look; nothing about the patient."""
    words = AlertWords.of(alert, console=console)
    text = (
        f"{words.why}.\n\nUrgency: {words.urgency}\nSince: {words.since}\n\n"
        f"Sign in and acknowledge: {words.link}\n\n"
        "This mail holds nothing a patient wrote. Do not answer it; nobody reads replies.\n"
    )
    return words.headline, text


class MailRoute:
    """
    Implements `bot.conversation.ports.AlertRoute`.

    Args:
        describe: Subject and text for an alert, in the clinic's words.
    """

    name = "mail"

    def __init__(
        self,
        server: MailServer,
        *,
        sender: str,
        to: Sequence[str],
        describe: Callable[[Alert], tuple[str, str]],
    ) -> None:
        self._server, self._sender, self._to, self._describe = server, sender, tuple(to), describe
        self.reaches = ", ".join(self._to)

    async def send(self, alert: Alert) -> None:
        """Raises smtplib.SMTPException or OSError when the server did not take it."""
        subject, text = self._describe(alert)
        message = EmailMessage()
        message["Subject"] = subject
        message["From"] = self._sender
        message["To"] = ", ".join(self._to)
        message["Message-ID"] = f"<{alert.id.replace(':', '.')}@{self._server.host}>"
        message["X-Priority"] = "1"
        message.set_content(text)
        await asyncio.to_thread(self._deliver, message)

    def _deliver(self, message: EmailMessage) -> None:
        with smtplib.SMTP(self._server.host, self._server.port, timeout=_LIMIT) as connection:
            if self._server.starttls:
                connection.starttls(context=ssl.create_default_context())
            if self._server.user:
                connection.login(self._server.user, self._server.password or "")
            connection.send_message(message)
