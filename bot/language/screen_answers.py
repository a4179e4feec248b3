"""
Read the answer to an open safety question from a message that was annotated already.

A yes or no counts at the beginning, after fillers, or anywhere in a short message that
holds only one of them.  "Gone now" is an answer of its own; "since yesterday" says yes
and "for years" says no.  A message that answers nothing is unclear.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.clinical.findings import Words
from bot.clinical.urgency_course import Answer
from bot.language.danger_manner import LONG_STANDING_DAYS
from bot.language.danger_matcher import Message, Span
from bot.language.danger_passage import Cues
from bot.language.danger_times import TimeKind, TimeSaid

_SHORT = 9  # words: in so short a message a yes or no counts wherever it stands
_RECENT_DAYS = 7


def read_answer(message: Message, cues: Cues, times: Iterable[TimeSaid], *, turn: int) -> Answer:
    """
    The answer as "yes", "no", "ended" or "unclear".

    Args:
        times: The expressions of time in the message.
    """
    unsure, no, yes = (_said(message, cues, name) for name in ("answer_unsure", "answer_no", "answer_yes"))
    ended, back = (
        _first(message, cues["answer_ended"]),
        _first(message, cues["answer_was_so"]),
    )
    if back is not None and _not_after(no, back):
        return Answer("ended", _words(message, back, turn))
    if unsure is not None and _not_after(unsure, no) and _not_after(unsure, yes):
        return Answer("unclear", _words(message, unsure, turn))
    if no is not None and _not_after(no, yes):
        return Answer("no", _words(message, no, turn))
    if ended is not None:
        return Answer("ended", _words(message, ended, turn))
    if yes is not None:
        return Answer("yes", _words(message, yes, turn))
    if message.spans.get(cues["about_a_booking"]):
        return Answer("unclear")  # "I want to move Friday": the day is the appointment's
    same = _first(message, cues["same_as_ever"])
    if same is not None and len(message.words) <= _SHORT and not message.spans.get(cues["right_now"]):
        return Answer("no", _words(message, same, turn))
    return _by_time(message, times, turn=turn)


def _by_time(message: Message, times: Iterable[TimeSaid], *, turn: int) -> Answer:
    """ "Started yesterday" and "had it for years" answer as well as yes and no do."""
    for said in times:
        words = _words(message, Span(said.start, said.end), turn)
        if said.kind is TimeKind.FOR and said.days >= LONG_STANDING_DAYS:
            return Answer("no", words)
        if said.kind is not TimeKind.NOW and said.days <= _RECENT_DAYS and len(message.words) <= _SHORT:
            return Answer("yes", words)
    return Answer("unclear")


def _said(message: Message, cues: Cues, name: str) -> Span | None:
    """The first cue that stands at the beginning, or anywhere in a short message; the longest there."""
    fillers = {place for span in message.spans.get(cues["answer_filler"], []) for place in range(span.start, span.end)}
    short = len(message.words) <= _SHORT
    fitting = [
        span
        for span in message.spans.get(cues[name], [])
        if _opens(message, span, fillers) or (short and span in message.spans.get(cues[f"{name}_plain"], []))
    ]
    return min(fitting, key=lambda span: (span.start, -span.end), default=None)


def _opens(message: Message, span: Span, fillers: set[int]) -> bool:
    """Only fillers and little words stand before it."""
    return all(place in fillers or message.cost[place + 1] == message.cost[place] for place in range(span.start))


def _first(message: Message, number: int) -> Span | None:
    return next(iter(message.spans.get(number, [])), None)


def _not_after(one: Span | None, other: Span | None) -> bool:
    """Whether `one` stands, and not behind `other`; for "no" before a later "but": both may stand."""
    if one is None:
        return other is not None
    return other is None or one.start <= other.start


def _words(message: Message, span: Span, turn: int) -> Words:
    start, end = message.offsets(span.start, span.end)
    return Words(start, end, message.text[start:end], turn)
