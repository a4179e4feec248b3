"""
What somebody who knows has looked at: "the chemist said that's normal", "the scan came back clear".

A sign that was looked at and found harmless is asked about while it lasts, and is no report
once it is gone.  A word that it is new, worse or happening now, or a "but" behind the
reassurance, leaves the sign as it was told.
"""

from __future__ import annotations

from bot.language.danger_matcher import Occurrence, Span
from bot.language.danger_passage import Passage

_UNDOES_IT = ("getting_worse", "right_now", "is_new", "sudden")
_TURNS = frozenset("but however though although yet still except only".split())


class Reassurance:
    """The reassurances in a message."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage

    def covers(self, occurrence: Occurrence) -> bool:
        """Whether somebody looked at what is said here, in its sentence or the next, and found no harm."""
        sentence = self._passage.message.sentence[occurrence.start]
        spans = self._passage.spans("looked_at")
        found = [
            (number, span)
            for number in (sentence, sentence + 1)
            for span in self._passage.in_numbered_sentence(spans, number)
        ]
        return any(not self._undone(number, span, occurrence) for number, span in found)

    def _undone(self, number: int, span: Span, occurrence: Occurrence) -> bool:
        """A "but" behind it, or words that make the sign new, worse or of this moment."""
        message = self._passage.message
        following = self._passage.words[span.end : message.sentence_end(span.start)]
        if number == message.sentence[occurrence.start] and _TURNS & set(following):
            return True
        return any(
            self._passage.in_numbered_sentence(self._passage.spans(name), which)
            for name in _UNDOES_IT
            for which in {number, message.sentence[occurrence.start]}
        )
