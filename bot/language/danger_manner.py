"""
How a danger is: for how long, new or as ever, worse, sudden, on which side.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from bot.clinical.codes import Side, Trend
from bot.language.danger_matcher import Occurrence, Span
from bot.language.danger_passage import Passage
from bot.language.danger_times import TimeKind

LONG_STANDING_DAYS = 56
_OF_THE_SAME = frozenset(
    "no not nothing same just as always been had its it this that stable unchanged long all for since usual normal have has never".split()
)
_LEADS_ON, _POINTS_BACK = (
    frozenset("but and though although".split()),
    frozenset("it its that thats they theyre theyve".split()),
)
_SHORT_SENTENCE = 6  # words


class Manner:
    """What a message says of a danger beside naming it."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage

    def duration(self, occurrence: Occurrence) -> int | None:
        """For how long, as said in the clause of the occurrence; ages and weeks of pregnancy are no durations."""
        clauses = {self._passage.clauses[place] for place in range(occurrence.start, occurrence.end)}
        spoken = [
            said
            for said in self._passage.times
            if said.kind is TimeKind.FOR and self._passage.clauses[said.start] in clauses
        ]
        if not spoken:
            return None
        return min(spoken, key=lambda said: abs(said.start - occurrence.start)).days

    def trend(self, occurrence: Occurrence, duration: int | None) -> Trend | None:
        if self._gets_worse(occurrence):
            return Trend.WORSE
        recent = self._passage.near("is_new", occurrence) is not None
        before = self._passage.words[occurrence.start - 1] if occurrence.start else ""
        if before in ("usual", "normal") and not self._passage.message.comma_before[occurrence.start]:
            return Trend.STABLE
        always = any(
            self._passage.closes(span) and self._passage.words[span.start - 1] != "than"  # "less than usual"
            for span in self._passage.in_clause("same_at_the_end", occurrence)
        )
        if always or self._passage.near("same_as_ever", occurrence) or self._stable_by_what_follows(occurrence):
            return Trend.STABLE
        if recent:
            return Trend.NEW
        if self._passage.near("getting_better", occurrence):
            return Trend.BETTER
        if duration is not None and duration >= LONG_STANDING_DAYS:
            return Trend.STABLE
        return None

    def _gets_worse(self, occurrence: Occurrence) -> bool:
        """A word of worsening that is not itself denied ("no worse", "hasn't got worse")."""
        stable = self._passage.in_sentence("same_as_ever", occurrence)
        denials = {span.end for span in self._passage.in_sentence("denial", occurrence)}
        return any(
            span.start not in denials and not any(other.start <= span.start < other.end for other in stable)
            for span in self._passage.in_sentence("getting_worse", occurrence)
        )

    def _stable_by_what_follows(self, occurrence: Occurrence) -> bool:
        return self._stable_by_next_clause(occurrence) or self._stable_by_next_sentence(occurrence)

    def _stable_by_next_clause(self, occurrence: Occurrence) -> bool:
        """ "I have a weak hand but it's no worse": the next clause points back."""
        clauses, words = self._passage.clauses, self._passage.words
        start = bisect_right(clauses, clauses[occurrence.end - 1])
        while start < len(words) and words[start] in _LEADS_ON:
            start += 1
        if start >= len(words) or words[start] not in _POINTS_BACK:
            return False
        following = Occurrence((Span(start, start + 1),))
        if self._passage.message.sentence[start] != self._passage.message.sentence[occurrence.start]:
            return False
        return self._passage.near("same_as_ever", following) is not None

    def _stable_by_next_sentence(self, occurrence: Occurrence) -> bool:
        """ "Breathless on the stairs. No change." """
        number = self._passage.message.sentence[occurrence.start] + 1
        spans = self._passage.in_numbered_sentence(self._passage.spans("same_as_ever"), number)
        size = bisect_right(self._passage.message.sentence, number) - bisect_left(
            self._passage.message.sentence, number
        )
        start = bisect_left(self._passage.message.sentence, number)
        return bool(spans) and size <= _SHORT_SENTENCE and self._passage.words[start] in _OF_THE_SAME

    def sudden(self, occurrence: Occurrence, trend: Trend | None) -> bool | None:
        if self._passage.near("gradual", occurrence):
            return False
        if self._passage.in_sentence("sudden", occurrence) or self._passage.near("recent_onset", occurrence):
            return trend is not Trend.STABLE
        return False if trend is Trend.STABLE else None

    def side(self, occurrence: Occurrence) -> Side | None:
        if self._passage.near("both_sides", occurrence):
            return Side.BOTH
        if self._passage.near("one_side", occurrence):
            return Side.ONE
        return None
