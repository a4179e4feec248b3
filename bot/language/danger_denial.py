"""
What a denial covers: "no chest pain or breathlessness", "not swollen", "chest pain: none".
"""

from __future__ import annotations

import itertools
from bisect import bisect_right

from bot.language.danger_matcher import Occurrence, Span
from bot.language.danger_passage import Passage
from bot.language.danger_status import Status

_LIST_REACH, _VERB_REACH = 6, 1  # words that carry meaning between a denial and what it denies
_ECHO = 6  # words of a question that is only given back
_JOINS_A_LIST = frozenset(("or", "nor", "any"))


class Denials:
    """The denials of a message."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._denials_of_things = frozenset(span.start for span in passage.spans("denial_of_things"))
        self._statements = frozenset(span.start for span in passage.spans("statement"))
        self._commas = [place for place, comma in enumerate(passage.message.comma_before) if comma]
        light = frozenset(span.start for span in passage.spans("light_word"))
        cost = passage.message.cost
        heavy = [cost[place + 1] > cost[place] and place not in light for place in range(len(passage.words))]
        self._heavy_before = [0, *itertools.accumulate(map(int, heavy))]  # words of weight, summed from the start

    def denied(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        excused = self._passage.in_sentence("no_denial", occurrence)
        if self._asked_and_denied(occurrence):
            return Status.NOT_SO, "asked and denied"
        for span in self._passage.in_sentence("denial", occurrence):
            if any(occurrence.holds(place) for place in range(span.start, span.end)):
                continue
            if any(other.start <= span.start < other.end for other in excused):
                continue
            if span.start >= occurrence.end or self._needs_it(span):
                continue
            if span.start > occurrence.start:
                following = min(
                    (part.start for part in occurrence.parts if part.start >= span.end),
                    default=span.end,
                )
                if not self._heavy(span.end, following):
                    return Status.NOT_SO, "denied inside"
                continue
            if self._reaches(span, occurrence):
                return Status.NOT_SO, "denied before"
        for span in self._passage.in_sentence("all_right", occurrence):
            inside = occurrence.start < span.start and span.end < occurrence.end
            directly = span.start == occurrence.end and not self._passage.message.comma_before[span.start]
            behind = directly and self._passage.closes(span)
            if behind or (inside and not any(occurrence.holds(place) for place in range(span.start, span.end))):
                return Status.NOT_SO, "said to be all right"
        for span in self._passage.in_sentence("denial_after", occurrence):
            if (
                span.start >= occurrence.end
                and self._passage.cost(occurrence.end, span.start) == 0
                and self._passage.closes(span)
            ):
                return Status.NOT_SO, "denied after"
        return None

    def _asked_and_denied(self, occurrence: Occurrence) -> bool:
        """ "Chest pain? No.": the question given back, and its answer."""
        message = self._passage.message
        start, end = self._passage.sentence_start(occurrence), message.sentence_end(occurrence.start)
        asked = "?" in message.ends.get(message.sentence[occurrence.start], "") and end - start <= _ECHO
        if not asked or end >= len(message.words) or self._passage.own_report(start, occurrence):
            return False
        answers = self._passage.in_numbered_sentence(self._passage.spans("denial_after"), message.sentence[end])
        excused = self._passage.in_numbered_sentence(self._passage.spans("no_denial"), message.sentence[end])
        return any(span.start == end for span in answers) and not any(span.start == end for span in excused)

    def _needs_it(self, denial: Span) -> bool:
        """ "Can't sit without falling": "without" after an inability denies nothing."""
        if self._passage.words[denial.start] != "without":
            return False
        clause = self._passage.clauses[denial.start]
        return any(
            span.end <= denial.start and self._passage.clauses[span.start] == clause
            for span in self._passage.in_numbered_sentence(
                self._passage.spans("hard_to"), self._passage.message.sentence[denial.start]
            )
        )

    def _reaches(self, denial: Span, occurrence: Occurrence) -> bool:
        """Whether a denial before the occurrence still covers it."""
        if self._passage.clauses[denial.start] != self._passage.clauses[occurrence.start]:
            return False
        heavy = self._heavy(denial.end, occurrence.start)
        if heavy > 2 * _LIST_REACH:
            return False
        joined = any(word in _JOINS_A_LIST for word in self._passage.words[denial.end : occurrence.start])
        comma = self._last_comma(denial.end, occurrence.start)
        if denial.start not in self._denials_of_things and not joined:
            return heavy <= _VERB_REACH and comma is None
        if heavy > _LIST_REACH * (2 if joined else 1):
            return False
        return joined or comma is None or not self._states_something(comma, occurrence)

    def _heavy(self, start: int, end: int) -> int:
        """How many words carry meaning and are more than "any", "much", "having"."""
        return self._heavy_before[end] - self._heavy_before[start] if end > start else 0

    def _last_comma(self, start: int, end: int) -> int | None:
        """The last word from `start` to `end`, both included, that has a comma before it."""
        index = bisect_right(self._commas, end) - 1
        return self._commas[index] if index >= 0 and self._commas[index] >= start else None

    def _states_something(self, start: int, occurrence: Occurrence) -> bool:
        """After a comma: a phrase of its own ("no rash, lips are swelling") and not one more item of a list."""
        sentence = self._passage.message.sentence
        for place in range(start, len(self._passage.words)):
            ended = sentence[place] != sentence[occurrence.start]
            if ended or (place >= occurrence.end and self._passage.message.comma_before[place]):
                break
            if place in self._statements:
                return True
        return False
