"""
Call staff in a Slack channel, through an incoming web hook of the clinic's own workspace.

The post names how urgent it is and links to the conversation; it holds nothing a patient
wrote, because everybody in the channel, and Slack, can read it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from bot.channels.alert_words import AlertWords
from bot.conversation.ports import Alert

_LIMIT = 8.0  # seconds


class SlackAlertRoute:
    """
    Implements `bot.conversation.ports.AlertRoute`.

    Args:
        url: The web hook's address; its path is its password and is never shown or logged.
        console: Address of the staff console, for the link.
        client: Another one for tests.
    """

    name = "slack"

    def __init__(self, url: str, *, console: str, client: httpx.AsyncClient | None = None) -> None:
        self._url, self._console = url, console
        self.reaches = urlsplit(url).hostname or "unknown"
        self._client = client or httpx.AsyncClient(timeout=_LIMIT, follow_redirects=False)

    async def send(self, alert: Alert) -> None:
        """Raises httpx.HTTPError when Slack did not take it."""
        words = AlertWords.of(alert, console=self._console)
        mention = "<!channel> " if alert.level.code == "emergency" else ""
        text = f"{mention}*{words.headline}*\nSince {words.since}\n<{words.link}|Sign in and acknowledge>"
        body = {"text": text, "unfurl_links": False, "unfurl_media": False}
        try:
            answer = await self._client.post(self._url, json=body)
        except httpx.HTTPError as error:
            raise httpx.TransportError(f"Slack was not reached ({type(error).__name__})") from None
        if answer.status_code != 200 or answer.text.strip() != "ok":
            raise httpx.TransportError(f"Slack did not take it (status {answer.status_code})")
