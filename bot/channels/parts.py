"""What the front door is made of; the wiring fills it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starlette.routing import BaseRoute

from bot.channels.pace import Pace
from bot.channels.tokens import Tokens
from bot.conversation.aftercare import Aftercare
from bot.conversation.posting import Posting
from bot.conversation.sentences import Sentences
from bot.conversation.turn import Conversations

#: Bytes of a request's body; a message of 8,000 characters fits whatever its script.
LARGEST_BODY = 64 * 1024
#: The same for a form, which writes one letter of many scripts as nine bytes.
LARGEST_FORM = 128 * 1024


@dataclass(frozen=True)
class DoorParts:
    """
    Args:
        secret: Signs the sessions; at least 16 characters.
        allowed_origins: Websites that may carry the chat, as "https://clinic.example".
        region: Of conversations that do not ask for another.
        words: The sentence of talk.yml with this id, filled in: the page without script.
        clinic_phone, banner: Shown by the widget; None when there is none.
        widget: Folder served under /widget.
        home: Page served at "/".
        trusted_proxies: Addresses whose X-Forwarded-For is believed.
        routes: Of other channels (webhooks).
        secure_cookies: Set the cookie of the plain page only over TLS.
        posting: Carries messages to push channels; None when there are none.
        model_version: The trained model's name; "none" without one.
        opening: Called when the event loop runs.
        closing: Called at the very end, for example to close the engine.
    """

    conversations: Conversations
    aftercare: Aftercare
    sentences: Sentences
    words: Callable[[str], str]
    secret: str = field(repr=False)
    allowed_origins: Sequence[str]
    region: str = "uk"
    clinic_phone: str | None = None
    banner: str | None = None
    widget: Path | None = None
    home: Path | None = None
    trusted_proxies: frozenset[str] = frozenset()
    routes: Sequence[BaseRoute] = ()
    secure_cookies: bool = False
    pace: Pace = field(default_factory=Pace)
    posting: Posting | None = None
    model_version: str = "none"
    opening: Sequence[Callable[[], None]] = ()
    closing: Sequence[Callable[[], Awaitable[None] | None]] = ()

    def tokens(self) -> Tokens:
        return Tokens(self.secret)
