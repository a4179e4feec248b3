"""
Say of each place where a danger is named: whose, when, whether it is so at all.

The order of the questions matters: a figure of speech says nothing; a denial, a
leaflet, a question about the world and a "what if" are no reports; a past one is
history; one that has just gone still needs care; everything else is taken as now.
What cannot be told apart is `DOUBT`, which leads to one safety question and never to
silence.  The cues are reviewed word lists: `bot/knowledge/danger/cues.yml`.

Each kind of question has a module of its own: `danger_people` whose, `danger_denial` and
`danger_supposition` whether, `danger_tense` when, `danger_manner` how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.clinical.codes import Side, Trend, Who
from bot.knowledge.danger_language import SaidRow
from bot.language.danger_denial import Denials
from bot.language.danger_manner import LONG_STANDING_DAYS, Manner
from bot.language.danger_matcher import Message, Occurrence, Span
from bot.language.danger_passage import Cues, Passage
from bot.language.danger_people import People
from bot.language.danger_reassurance import Reassurance
from bot.language.danger_status import Status
from bot.language.danger_supposition import Suppositions
from bot.language.danger_tense import RECENT_DAYS, Tense
from bot.language.danger_times import TimeSaid

_SECOND_VALUE_WITHIN = 8  # words


@dataclass(frozen=True)
class Context:
    """How one occurrence is meant."""

    status: Status
    who: Who = Who.PATIENT
    why: str = "now"  # for tests and tuning: which cue decided
    days_ago: int | None = None
    duration_days: int | None = None
    trend: Trend | None = None
    sudden: bool | None = None
    side: Side | None = None
    severe: bool = False
    unnamed: bool = False  # no word names the person


class MessageContext:
    """
    Everything about one message that its occurrences share.

    Args:
        message: The annotated message.
        cues: The cue lists.
        subject: Whom the conversation was about so far; words without a person are about them.
        year: The present year, for "in 2015".
        of_the_dead: The subject so far has died: "she" is nobody in danger now.
    """

    def __init__(self, message: Message, cues: Cues, *, subject: Who, year: int, of_the_dead: bool = False) -> None:
        self._passage = Passage(message, cues, year=year)
        self._people = People(self._passage, subject=subject, of_the_dead=of_the_dead)
        self._denials = Denials(self._passage)
        self._suppositions = Suppositions(self._passage)
        self._tense = Tense(self._passage, self._people)
        self._manner = Manner(self._passage)
        self._reassurance = Reassurance(self._passage)

    @property
    def times(self) -> list[TimeSaid]:
        """The expressions of time in the message."""
        return self._passage.times

    @property
    def last_subject(self) -> Who | None:
        """Whom the last sentence that names a person is about; None when none does."""
        return self._people.last_subject

    @property
    def speaks_of_the_dead(self) -> bool:
        """Whether the person that the message ends with has died."""
        return self._people.ends_with_the_dead

    def of(self, occurrence: Occurrence, row: SaidRow) -> Context:
        """How an occurrence of this row's words is meant; see `SaidRow` for what a row says of its own words."""
        who, named = self._people.whose(occurrence)
        if who is Who.FAMILY:
            return Context(Status.NOT_SO, why="an animal")
        tests = [self._suppositions.figure_of_speech, self._suppositions.quoted]
        if row.figurative:
            tests.append(self._suppositions.figurative)
        if not row.even_denied:
            tests.append(self._denials.denied)
        if not row.always_now:
            tests.append(self._suppositions.reported)
            if not row.even_supposed:
                tests.extend((self._suppositions.seen_online, self._suppositions.supposed))
            tests.append(self._suppositions.asked)
        for test in tests:
            found = test(occurrence)
            if found is not None and found[0] is Status.DOUBT:
                return self._as_told(occurrence, Status.DOUBT, who=who, why=found[1], days=None, unnamed=not named)
            if found is not None:
                return Context(found[0], who=who, why=found[1], unnamed=not named)
        status, why, days = self._tense.status(occurrence, event=row.event, who=who)
        if status is Status.NOW and row.event and self._tense.is_nearly(occurrence):
            status, why = Status.DOUBT, "nearly"
        if status is Status.ENDED and row.deed:
            status, why = Status.NOW, "done"
        if (
            status is not Status.PAST
            and not row.even_supposed
            and not row.deed
            and self._reassurance.covers(occurrence)
        ):
            status, why = (Status.DOUBT if status is Status.NOW else Status.NOT_SO), "looked at"
        return self._as_told(occurrence, status, who=who, why=why, days=days, unnamed=not named, happens_once=row.event)

    def _as_told(
        self,
        occurrence: Occurrence,
        status: Status,
        *,
        who: Who,
        why: str,
        days: int | None,
        unnamed: bool,
        happens_once: bool = False,
    ) -> Context:
        """The occurrence with all that is said of its manner."""
        duration = self._manner.duration(occurrence)
        if status is Status.NOW and not happens_once and days is not None:  # "swollen, came on 5 days ago"
            began = days if days < LONG_STANDING_DAYS or self._passage.near("onset", occurrence) else None
            duration, days = (began if duration is None else duration), None
        trend = self._manner.trend(occurrence, duration)
        if status is Status.ENDED:
            trend = Trend.GONE
        return Context(
            status,
            who=who,
            why=why,
            days_ago=days,
            duration_days=duration,
            trend=trend,
            sudden=self._manner.sudden(occurrence, trend),
            side=self._manner.side(occurrence),
            severe=self._passage.near("severe", occurrence) is not None,
            unnamed=unnamed,
        )

    def is_denied(self, occurrence: Occurrence) -> bool:
        """Whether the words say that it is not so."""
        return self._denials.denied(occurrence) is not None

    def is_in_earnest(self, sentence: int) -> bool:
        """Whether a sentence says that it is no joke."""
        return bool(self._passage.in_numbered_sentence(self._passage.spans("in_earnest"), sentence))

    def is_history_at(self, start: int, end: int) -> bool:
        """Whether what is said at these words is told as past or as somebody else's tale: for laboratory results."""
        if end <= start:
            return False
        occurrence = Occurrence((Span(start, end),))
        if self._suppositions.reported(occurrence) or self._suppositions.supposed(occurrence):
            return True
        ago = self._tense.ago(occurrence)
        if ago is not None and ago.days > RECENT_DAYS:
            return True
        improved = (
            self._passage.in_sentence("went_from", occurrence)
            and start < self._passage.message.sentence_end(occurrence.start) - 2
        )
        return self._tense.is_history(occurrence) or bool(improved and self._first_of_two(occurrence))

    def _first_of_two(self, occurrence: Occurrence) -> bool:
        """ "From 6.8 to 13.2": the first value is the old one."""
        words = self._passage.words
        following = range(occurrence.end, min(occurrence.end + _SECOND_VALUE_WITHIN, len(words)))
        return any(words[place][0].isdigit() for place in following)

    def outside(self, occurrences: Sequence[Occurrence]) -> list[tuple[int, int]]:
        """The clauses in which none of the occurrences stands: first token and the one after the last."""
        clauses = self._passage.clauses
        inside = {number for one in occurrences for number in clauses[one.start : one.end]}
        starts = [place for place, number in enumerate(clauses) if not place or number != clauses[place - 1]]
        ends = [*starts[1:], len(clauses)]
        return [(start, end) for start, end in zip(starts, ends, strict=False) if clauses[start] not in inside]
