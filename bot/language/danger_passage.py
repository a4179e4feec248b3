"""
A message with its clauses, and the cues that stand in them.

What the other readers of context share: which cue stands beside which place, in the same
clause or sentence, and how many words of weight lie between.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from bot.language.danger_matcher import Lexicon, Message, Occurrence, Span
from bot.language.danger_times import times_said

_AFTER_AN_END = frozenset(
    "now again thankfully completely totally altogether today already and thanks by itself".split()
)


class Cues:
    """The numbers of the cue lists in one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def __getitem__(self, name: str) -> int:
        return self._lexicon.named(name)


class Passage:
    """
    One message, cut into clauses.

    Args:
        message: The annotated message.
        cues: The cue lists.
        year: The present year, for "in 2015".
    """

    def __init__(self, message: Message, cues: Cues, *, year: int) -> None:
        self.message = message
        self._cues = cues
        self._by_sentence: dict[tuple[str, int], list[Span]] = {}
        self.words = [forms[0] for forms in message.forms]
        self.clauses = self._clause_numbers()
        self.times = times_said(message, year=year)

    def spans(self, name: str) -> list[Span]:
        return self.message.spans.get(self._cues[name], [])

    def in_sentence(self, name: str, occurrence: Occurrence) -> list[Span]:
        mine = self.message.sentence[occurrence.start]
        found = self._by_sentence.get((name, mine))
        if found is None:
            found = self._by_sentence[name, mine] = self.in_numbered_sentence(self.spans(name), mine)
        return found

    def in_numbered_sentence(self, spans: list[Span], sentence: int) -> list[Span]:
        numbers = self.message.sentence
        low = bisect_left(spans, sentence, key=lambda span: numbers[span.start])
        high = bisect_right(spans, sentence, key=lambda span: numbers[span.start])
        return spans[low:high]

    def in_clause(self, name: str, occurrence: Occurrence) -> list[Span]:
        """Cues in the clauses that the occurrence stands in, outside its own words."""
        first, last = self.clauses[occurrence.start], self.clauses[occurrence.end - 1]
        return [
            span
            for span in self.in_sentence(name, occurrence)
            if first <= self.clauses[span.start] <= last
            and not any(occurrence.holds(i) for i in range(span.start, span.end))
        ]

    def near(self, name: str, occurrence: Occurrence) -> Span | None:
        """A cue in the same clause, or held in the occurrence itself."""
        held = [
            s for s in self.in_sentence(name, occurrence) if s.start >= occurrence.start and s.end <= occurrence.end
        ]
        return next(iter(held), None) or next(iter(self.in_clause(name, occurrence)), None)

    def _clause_numbers(self) -> list[int]:
        breaks = {span.start for span in self.spans("clause_break")}
        subjects = {span.start for span in self.spans("clause_subject")}
        numbers, current = [], 0
        message = self.message
        for place, word in enumerate(self.words):
            new_sentence = place > 0 and message.sentence[place] != message.sentence[place - 1]
            joined = word in ("and", "n", "&", "now", "or") and place + 1 in subjects
            after_comma = message.comma_before[place] and place in subjects
            if new_sentence or place in breaks or joined or after_comma:
                current += 1
            numbers.append(current)
        return numbers

    def cost(self, start: int, end: int) -> int:
        return self.message.cost[end] - self.message.cost[start] if end > start else 0

    def closes(self, span: Span) -> bool:
        """Nothing of weight follows up to the next comma, clause or sentence."""
        message = self.message
        following = span.end
        while following < len(self.words) and self.words[following] in _AFTER_AN_END:
            following += 1
        if following >= len(self.words) or message.sentence[following] != message.sentence[span.start]:
            return True
        return message.comma_before[following] or self.clauses[following] != self.clauses[span.start]

    def sentence_start(self, occurrence: Occurrence) -> int:
        return bisect_left(self.message.sentence, self.message.sentence[occurrence.start])

    def clause_start(self, place: int) -> int:
        """The first word of the clause that a word stands in."""
        return bisect_left(self.clauses, self.clauses[place])

    def own_report(self, start: int, occurrence: Occurrence) -> bool:
        """Between `start` and the occurrence stands "my …", "I have …", "he is …"."""
        for span in self.in_sentence("own_report", occurrence):
            if start <= span.start and span.start < occurrence.end:
                return True
        return False
