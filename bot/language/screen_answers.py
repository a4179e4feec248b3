"""
Read the answer to an open safety question from a message that was annotated already.

Only what the message begins with, or consists of, counts as yes or no; "gone now" is an
answer of its own.  A message that answers nothing is unclear.
"""

from __future__ import annotations

from bot.clinical.findings import Words
from bot.clinical.urgency_course import Answer
from bot.language.danger_context import Cues
from bot.language.danger_matcher import Message, Span

_LEADING_WORDS = 3  # greetings and fillers that may stand before the answer


def read_answer(message: Message, cues: Cues, *, turn: int) -> Answer:
    """The answer: "unclear", "no", "ended" or "yes", the first that stands at the beginning."""
    unsure = _leading(message, cues["answer_unsure"])
    ended = _first(message, cues["answer_ended"])
    no = _leading(message, cues["answer_no"])
    yes = _leading(message, cues["answer_yes"])
    if unsure is not None and _not_after(unsure, no, yes):
        return Answer("unclear", _words(message, unsure, turn))
    if ended is not None and (no is None or ended.start > no.start):
        return Answer("ended", _words(message, ended, turn)) if no is None else Answer("no", _words(message, no, turn))
    if no is not None and _not_after(no, yes, None):
        return Answer("no", _words(message, no, turn))
    if yes is not None:
        return Answer("yes", _words(message, yes, turn))
    return Answer("unclear")


def _leading(message: Message, number: int) -> Span | None:
    """The longest cue that starts the message, after at most a few fillers."""
    spans = [
        span for span in message.spans.get(number, []) if message.cost[span.start] == 0 and span.start <= _LEADING_WORDS
    ]
    return min(spans, key=lambda span: (span.start, -span.end), default=None)


def _first(message: Message, number: int) -> Span | None:
    return next(iter(message.spans.get(number, [])), None)


def _not_after(one: Span, *others: Span | None) -> bool:
    return all(other is None or one.start <= other.start for other in others)


def _words(message: Message, span: Span, turn: int) -> Words:
    start, end = message.offsets(span.start, span.end)
    return Words(start, end, message.text[start:end], turn)
