"""A message as a channel hands it in, and what the channel is told."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.ports import MessageRow, Reply
from bot.conversation.posting_port import Line

_INVISIBLE = ("Cf", "Cc", "Zs", "Zl", "Zp")


@dataclass(frozen=True)
class Inbound:
    """
    One patient message from a verified sender.

    `message_id` is the sender's own and makes repeats harmless.  `text` is screened in
    full whatever its length.

    Args:
        line: Where it came from, on a push channel.
        fixed: Said because of what it is, not of its words (a picture, "STOP"); stored with it.
        for_engine: False when `fixed`, the welcome or nobody answers it.
    """

    conversation_id: str
    message_id: str
    text: str
    channel: str
    region: str
    at: datetime
    line: Line | None = None
    fixed: tuple[Reply, ...] = ()
    for_engine: bool = True


@dataclass(frozen=True)
class Receipt:
    """
    Args:
        seq: Place in the ledger; None while only the journal has it.
        duplicate: It had come before; nothing was done.
        at_once: What went out before anything was stored: danger advice, safety question.
    """

    message_id: str
    seq: int | None
    duplicate: bool = False
    at_once: tuple[MessageRow, ...] = ()


def storable(text: str) -> str:
    """The text without what no database takes: NUL and halves of surrogate pairs.  Offsets of whole characters hold."""
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def words_for_engine(text: str) -> str:
    """
    The text as ordinary words: a leading "/" would be a command of the dialogue engine.

    Invisible characters before it go too.  "" when nothing else was written.
    """
    start = 0
    while start < len(text) and (text[start] in "/\\／⁄∕" or unicodedata.category(text[start]) in _INVISIBLE):
        start += 1
    return text[start:].rstrip()


def has_words(text: str) -> bool:
    """Whether there is anything to read in it."""
    return any(not character.isspace() and unicodedata.category(character) not in ("Cf", "Cc") for character in text)
