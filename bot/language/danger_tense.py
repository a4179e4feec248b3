"""
When a danger was: now, lately and gone, or long ago.
"""

from __future__ import annotations

from bot.clinical.codes import Who
from bot.language.danger_manner import LONG_STANDING_DAYS
from bot.language.danger_matcher import Occurrence, Span
from bot.language.danger_passage import Passage
from bot.language.danger_people import People
from bot.language.danger_status import Status
from bot.language.danger_times import TimeKind, TimeSaid

RECENT_DAYS = 14  # what is further back is history
_PRESENT = frozenset("is are am im hes shes its theyre keeps keep feels wont cant isnt arent doesnt dont".split())
_NEARLY = frozenset("nearly almost practically virtually".split())
_POINTS_BACK, _WAS = frozenset("that it this thats which all".split()), frozenset("was were thats back".split())
_LONGEST_POINTER = 5  # words, "that was all back in …"
_BYGONE_DAYS = 365  # a year that is named says more than a verb in the present
_COMPARES = frozenset("like as way same than since".split())
_COUNTS = frozenset("two three four five six both half whole second third loads".split())
_GOOD_WORD_WITHIN = 3  # words
_NEARLY_WITHIN = 3  # words
_TENSE_REACH = 2  # words that carry meaning between "was" and what was


class Tense:
    """Time as a message tells it."""

    def __init__(self, passage: Passage, people: People) -> None:
        self._passage = passage
        self._people = people

    def status(self, occurrence: Occurrence, *, event: bool, who: Who) -> tuple[Status, str, int | None]:
        if who is Who.OTHER and self._passage.in_clause("late_person", occurrence):
            return Status.PAST, "somebody who died", None
        if who is Who.OTHER and self._passage.in_sentence("in_care", occurrence):
            if not self._is_said_of_now(occurrence):
                return Status.PAST, "in hospital already", None
        ago = self.ago(occurrence, event=event)
        nowish = self._is_said_of_now(occurrence)
        present = self._is_present(occurrence)
        if who is Who.OTHER and not nowish and not present and self._people.is_dead(occurrence):
            return Status.PAST, "somebody who died", None
        if (
            ago is not None
            and ago.days > RECENT_DAYS
            and not nowish
            and (not present or self._names_a_year(ago, occurrence))
        ):
            return Status.PAST, "long ago", ago.days
        if not nowish and not present and (ago is None or ago.days > 1) and self.is_history(occurrence):
            return Status.PAST, "history", None
        days = ago.days if ago is not None else None
        if self._gone(occurrence):
            if days is None and self._thanks_to_treatment(occurrence):
                return Status.PAST, "gone with treatment", None
            return Status.ENDED, "gone", days or 0
        if who is Who.OTHER and days is None and not nowish and self._people.is_stranger(occurrence):
            return Status.DOUBT, "a stranger", None
        if event:
            if who is Who.OTHER and days is None and not nowish and self._people.is_family_tale(occurrence):
                return Status.PAST, "family", None
            return Status.NOW, "event", days
        if who is Who.OTHER and days is None and not nowish and self._people.is_tale(occurrence):
            return Status.DOUBT, "told of somebody", None
        if self._was(occurrence) and not nowish:
            if days is None and self._goes_on(occurrence):
                return Status.ENDED, "was, and now", 0
            if days is None:
                return Status.DOUBT, "was", None
            return Status.ENDED, "was", days
        return Status.NOW, "now", days

    def _is_said_of_now(self, occurrence: Occurrence) -> bool:
        """A word for now beside it, unless that word tells of good health ("clean now", "now he is playing football")."""
        good = self._passage.in_clause("good_word", occurrence)
        now = self._passage.near("right_now", occurrence)
        if now is None:
            return False
        told_well = any(
            0 <= now.start - word.end <= 1 or 0 <= word.start - now.end <= _GOOD_WORD_WITHIN for word in good
        )
        return not told_well or now.end <= occurrence.start

    def _is_present(self, occurrence: Occurrence) -> bool:
        """ "Is swelling", "keeps going numb": told in the present, whatever else the sentence recalls."""
        return any(
            self._passage.words[place] in _PRESENT for place in range(max(occurrence.start - 1, 0), occurrence.end)
        )

    def _names_a_year(self, ago: TimeSaid, occurrence: Occurrence) -> bool:
        """Far back and not there for comparison ("swelling the way it did years ago")."""
        between = self._passage.words[occurrence.end : ago.start]
        return ago.days >= _BYGONE_DAYS and not _COMPARES & set(between)

    def is_nearly(self, occurrence: Occurrence) -> bool:
        """ "Nearly fainted": it did not happen, but something did."""
        held = self._passage.words[occurrence.start : occurrence.end]
        return not any(word in _NEARLY for word in held) and any(
            self._passage.words[place] in _NEARLY
            for place in range(max(occurrence.start - _NEARLY_WITHIN, 0), occurrence.start)
        )

    def ago(self, occurrence: Occurrence, *, event: bool = False) -> TimeSaid | None:
        """The distance in time that belongs to the occurrence: in its clause, else ahead of it in its sentence."""
        sentence, clauses = self._passage.message.sentence, self._passage.clauses
        mine = {clauses[place] for place in range(occurrence.start, occurrence.end)}
        others = {span.start for span in self._passage.spans("other_event")}
        same, ahead = [], []
        for said in self._passage.times:
            if said.kind is not TimeKind.AGO:
                continue
            if sentence[said.start] == sentence[occurrence.start] + 1 and self._opens_by_pointing_back(said):
                same.append(said)
                continue
            if sentence[said.start] != sentence[occurrence.start]:
                continue
            if self._tells_when_it_was(said):
                same.append(said)
                continue
            if said.start > occurrence.start and any(occurrence.end <= place < said.start for place in others):
                continue
            bygone_event = said.days >= _BYGONE_DAYS and (event or self._was(occurrence))
            if (
                said.end <= occurrence.start
                and not bygone_event
                and any(
                    said.start - 6 <= place < said.start and clauses[place] == clauses[said.start] for place in others
                )
            ):
                continue
            if clauses[said.start] in mine:
                same.append(said)
            elif said.end <= occurrence.start:
                ahead.append(said)
        if same:
            return min(same, key=lambda said: abs(said.start - occurrence.start))
        recent = any(
            said.kind is TimeKind.FOR and 0 < said.days <= LONG_STANDING_DAYS and clauses[said.start] in mine
            for said in self._passage.times
        )
        blocked = recent or any(
            span.start < occurrence.start and (not ahead or span.start > ahead[-1].start)
            for span in self._passage.in_sentence("right_now", occurrence)
        )
        return ahead[-1] if ahead and not blocked else None

    def _tells_when_it_was(self, said: TimeSaid) -> bool:
        """ "Passed out at scouts, that was 2017": the time of what was said before."""
        before = self._passage.words[max(said.start - 3, 0) : said.start]
        return any(word in _POINTS_BACK for word in before) and any(word in _WAS for word in before)

    def _opens_by_pointing_back(self, said: TimeSaid) -> bool:
        """ "I passed out. That was in 1994.": a sentence that only says when."""
        first = self._passage.sentence_start(Occurrence((Span(said.start, said.end),)))
        opening = self._passage.words[first : first + 2]
        return bool(opening) and opening[0] in _POINTS_BACK and said.start - first <= _LONGEST_POINTER

    def is_history(self, occurrence: Occurrence) -> bool:
        excused = self._passage.in_sentence("no_history", occurrence)
        cues = self._passage.in_clause("history", occurrence) + [
            span for span in self._passage.in_sentence("history_opening", occurrence) if span.end <= occurrence.start
        ]
        return any(
            not any(other.start <= span.start < other.end or span.start <= other.start < span.end for other in excused)
            for span in cues
        )

    def _gone(self, occurrence: Occurrence) -> bool:
        sentence = self._passage.message.sentence[occurrence.start]
        still = [
            s
            for number in (sentence, sentence + 1)
            for s in self._passage.in_numbered_sentence(self._passage.spans("not_gone"), number)
        ]
        for number in (sentence, sentence + 1):
            for span in self._ended_cues(number):
                if any(
                    other.start <= span.start < other.end or span.start <= other.start < span.end for other in still
                ):
                    continue
                if any(occurrence.holds(place) for place in range(span.start, span.end)):
                    continue
                if number != sentence and self._passage.cost(occurrence.end, span.start) > 8:
                    continue
                if (
                    span.end <= occurrence.start
                    and self._passage.clauses[span.start] != self._passage.clauses[occurrence.start]
                ):
                    continue
                return True
        return False

    def _ended_cues(self, sentence: int) -> list[Span]:
        """ "gone now" anywhere; a bare "gone" or "stopped" only at the end of its clause ("has gone", not "gone pale")."""
        bare = self._passage.in_numbered_sentence(self._passage.spans("gone_at_the_end"), sentence)
        return self._passage.in_numbered_sentence(self._passage.spans("gone"), sentence) + [
            span for span in bare if self._passage.closes(span) and not self._of_something_else(span)
        ]

    def _of_something_else(self, gone: Span) -> bool:
        """ "Three towels gone": a number of other things."""
        before = self._passage.words[max(gone.start - 3, 0) : gone.start]
        return len(before) > 1 and (before[-2].isdigit() or before[-2] in _COUNTS)

    def _thanks_to_treatment(self, occurrence: Occurrence) -> bool:
        return bool(self._passage.in_sentence("since_treatment", occurrence))

    def _was(self, occurrence: Occurrence) -> bool:
        """Told as a state of the past: "had", "was", with no word that carries it into the present."""
        carried = self._passage.in_clause("present_perfect", occurrence)
        return any(
            span.end <= occurrence.end
            and self._passage.cost(span.end, max(span.end, occurrence.start)) <= _TENSE_REACH
            and not any(other.start <= span.start < other.end for other in carried)
            and "been" not in self._passage.words[span.end : occurrence.end]
            for span in self._passage.in_clause("was", occurrence)
        )

    def _goes_on(self, occurrence: Occurrence) -> bool:
        """ "Had chest pain and now ...": told as part of what is happening."""
        return any(span.start >= occurrence.end for span in self._passage.in_sentence("right_now", occurrence))
