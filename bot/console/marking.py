"""
Cut a message into pieces so that the words which fired a rule can be shown as they stand in it.

Offsets are Unicode code points, end exclusive.  Rules may overlap; a piece then carries
several.  An offset that does not hold the words it names (an older version of the text)
marks nothing: a wrong mark would be worse than none, and the words are listed anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from bot.conversation.desk_talk import DeskMatch


@dataclass(frozen=True)
class Piece:
    """A stretch of text and the rules that its words fired; no rule for plain text."""

    text: str
    rules: tuple[str, ...] = ()


def pieces(text: str, matches: Iterable[DeskMatch]) -> tuple[Piece, ...]:
    """The whole text in order; joining the pieces gives it back."""
    sound = [match for match in matches if match.words and text[match.start : match.end] == match.words]
    cuts = sorted({0, len(text), *(match.start for match in sound), *(match.end for match in sound)})
    found = []
    for start, end in pairwise(cuts):
        rules = dict.fromkeys(match.rule for match in sound if match.start <= start and end <= match.end)
        found.append(Piece(text[start:end], tuple(rules)))
    return tuple(found)
