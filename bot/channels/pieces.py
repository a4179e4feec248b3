"""Turn a reply into what a text message can hold: severity in words, parts that end at a sentence, numbered choices."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.conversation.ports import MessageRow

_PARAGRAPH = re.compile(r"\n{2,}")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|\n+")


def plain_text(row: MessageRow) -> str:
    """The title of its card, the name of the member of staff, and the words."""
    title = ((row.reply.custom or {}).get("card") or {}).get("title") or ""
    text = row.reply.text.strip()
    if title and not text.lower().startswith(str(title).lower()):
        text = f"{str(title).strip()}\n\n{text}"
    return f"{row.author_name}: {text}" if row.author_name else text


def numbered(text: str, titles: Sequence[str], *, pick: str) -> str:
    """With its choices as numbered lines and the sentence `pick` that says how to choose."""
    if not titles:
        return text
    lines = "\n".join(f"{number} {title}" for number, title in enumerate(titles, start=1))
    return f"{text}\n\n{lines}\n{pick}"


def split(text: str, limit: int) -> list[str]:
    """
    Parts of at most `limit` characters: whole paragraphs, else whole sentences, else whole words.

    Nothing but the white space between two parts is lost.
    """
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        end = _last_end(rest, limit)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def _last_end(text: str, limit: int) -> int:
    """Where the first part ends: at the last paragraph, sentence or word that fits and is not too short."""
    window = text[: limit + 1]
    for pattern, least in ((_PARAGRAPH, limit // 3), (_SENTENCE_END, limit // 4), (re.compile(r"\s+"), 1)):
        ends = [match.start() for match in pattern.finditer(window) if least <= match.start() <= limit]
        if ends:
            return ends[-1]
    return limit
