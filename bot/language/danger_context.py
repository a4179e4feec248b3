"""
Say of each place where a danger is named: whose, when, whether it is so at all.

The order of the questions matters: a figure of speech says nothing; a denial, a
leaflet, a question about the world and a "what if" are no reports; a past one is
history; one that has just gone still needs care; everything else is taken as now.
What cannot be told apart is `DOUBT`, which leads to one safety question and never to
silence.  The cues are reviewed word lists: `bot/knowledge/danger/cues.yml`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from bot.clinical.codes import Side, Trend, Who
from bot.knowledge.danger_language import SaidRow
from bot.language.danger_matcher import Lexicon, Message, Occurrence, Span
from bot.language.danger_times import TimeKind, TimeSaid, times_said

RECENT_DAYS = 14  # what is further back is history
LONG_STANDING_DAYS = 56
_SHORT_SENTENCE = 6  # words
_QUESTION_OPENINGS = frozenset(
    "is are was can could do does did will would any has have what how why which are should may might".split()
)
_PRESENT = frozenset("is are am im hes shes its theyre keeps keep feels wont cant isnt arent doesnt dont".split())
_NEARLY = frozenset("nearly almost practically virtually".split())
_QUOTATION = re.compile(r"[\"“][^\"“”\n]{2,60}[\"”]|(?<!\w)['‘][^'‘’\n]{3,60}['’](?!\w)")
_SPEAKING = frozenset(
    "says said say saying told tells text texted texting wrote writes writing messaged message screams shouting shouts goes like "
    "keeps was called asking asked answered replied".split()
)
_AFTER_AN_END = frozenset(
    "now again thankfully completely totally altogether today already and thanks by itself".split()
)
_TENSE_REACH = 2  # words that carry meaning between "was" and what was
_LIST_REACH, _VERB_REACH = (
    6,
    1,
)  # words that carry meaning between a denial and what it denies


class Status(Enum):
    NOW = "now"
    ENDED = "ended"  # was so lately, has gone
    DOUBT = "doubt"
    PAST = "past"
    NOT_SO = "not so"  # denied, a question, a what-if, a figure of speech, somebody's report


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


class Cues:
    """The numbers of the cue lists in one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def __getitem__(self, name: str) -> int:
        return self._lexicon.named(name)


class MessageContext:
    """
    Everything about one message that its occurrences share.

    Args:
        message: The annotated message.
        cues: The cue lists.
        subject: Whom the conversation was about so far; words without a person are about them.
        year: The present year, for "in 2015".
    """

    def __init__(self, message: Message, cues: Cues, *, subject: Who, year: int) -> None:
        self._message = message
        self._cues = cues
        self._words = [forms[0] for forms in message.forms]
        self._clauses = self._clause_numbers()
        self.times = times_said(message, year=year)
        self._people = self._people_said()
        self._inherited = self._subjects(subject)
        self._quotations = self._quoted()
        self._denials_of_things = frozenset(span.start for span in self._spans("denial_of_things"))
        self._light = frozenset(span.start for span in self._spans("light_word"))

    @property
    def last_subject(self) -> Who | None:
        """Whom the last sentence that names a person is about; None when none does."""
        return self._people[-1][1] if self._people else None

    def of(self, occurrence: Occurrence, row: SaidRow) -> Context:
        """How an occurrence of this row's words is meant; see `SaidRow` for what a row says of its own words."""
        who, named = self._who(occurrence)
        if who is Who.FAMILY:
            return Context(Status.NOT_SO, why="an animal")
        tests = [self._figure_of_speech, self._only_quoted]
        if not row.even_denied:
            tests.append(self._denied)
        if not row.always_now:
            tests.extend(
                (self._reported, self._asked) if row.even_supposed else (self._reported, self._supposed, self._asked)
            )
        for test in tests:
            found = test(occurrence)
            if found is not None:
                return Context(found[0], who=who, why=found[1], unnamed=not named)
        status, why, days = self._time_status(occurrence, event=row.event, who=who)
        if status is Status.NOW and row.event and self._nearly(occurrence):
            status, why = Status.DOUBT, "nearly"
        duration = self._duration(occurrence)
        if status is Status.NOW and not row.event and days is not None:  # "swollen, came on 5 days ago"
            began = days if days < LONG_STANDING_DAYS or self._near("onset", occurrence) else None
            duration, days = (began if duration is None else duration), None
        trend = self._trend(occurrence, duration)
        if status is Status.ENDED:
            trend = Trend.GONE
        return Context(
            status,
            who=who,
            why=why,
            days_ago=days,
            duration_days=duration,
            trend=trend,
            sudden=self._sudden(occurrence, trend),
            side=self._side(occurrence),
            severe=self._near("severe", occurrence) is not None,
            unnamed=not named,
        )

    def is_history_at(self, start: int, end: int) -> bool:
        """Whether what is said at these words is told as past or as somebody else's tale: for laboratory results."""
        if end <= start:
            return False
        occurrence = Occurrence((Span(start, end),))
        if self._reported(occurrence) or self._supposed(occurrence):
            return True
        ago = self._ago(occurrence)
        if ago is not None and ago.days > RECENT_DAYS:
            return True
        improved = (
            self._in_sentence("went_from", occurrence) and start < self._message.sentence_end(occurrence.start) - 2
        )
        return bool(self._history(occurrence)) or bool(improved and self._first_of_two(occurrence))

    def _first_of_two(self, occurrence: Occurrence) -> bool:
        """ "From 6.8 to 13.2": the first value is the old one."""
        following = range(occurrence.end, min(occurrence.end + 8, len(self._words)))
        return any(self._words[place][0].isdigit() for place in following)

    def _quoted(self) -> list[tuple[int, int, bool]]:
        """Short quotations as places in the message, each with whether somebody says or writes it."""
        starts = [token.start for token in self._message.words]
        found = []
        for match in _QUOTATION.finditer(self._message.text):
            start, end = (
                bisect_left(starts, match.start()),
                bisect_left(starts, match.end()),
            )
            before = self._words[max(start - 3, 0) : start]
            found.append((start, end, any(word in _SPEAKING for word in before)))
        return found

    def outside(self, occurrences: Sequence[Occurrence]) -> list[tuple[int, int]]:
        """The clauses in which none of the occurrences stands: first token and the one after the last."""
        inside = {number for one in occurrences for number in self._clauses[one.start : one.end]}
        starts = [
            place for place, number in enumerate(self._clauses) if not place or number != self._clauses[place - 1]
        ]
        ends = [*starts[1:], len(self._clauses)]
        return [(start, end) for start, end in zip(starts, ends, strict=False) if self._clauses[start] not in inside]

    # -- where things stand ---------------------------------------------------------------

    def _spans(self, name: str) -> list[Span]:
        return self._message.spans.get(self._cues[name], [])

    def _in_sentence(self, name: str, occurrence: Occurrence) -> list[Span]:
        sentence = self._message.sentence
        mine = sentence[occurrence.start]
        return [span for span in self._slice(self._spans(name), mine) if sentence[span.start] == mine]

    def _slice(self, spans: list[Span], sentence: int) -> list[Span]:
        numbers = self._message.sentence
        low = bisect_left(spans, sentence, key=lambda span: numbers[span.start])
        high = bisect_right(spans, sentence, key=lambda span: numbers[span.start])
        return spans[low:high]

    def _in_clause(self, name: str, occurrence: Occurrence) -> list[Span]:
        """Cues in the clauses that the occurrence stands in, outside its own words."""
        first, last = self._clauses[occurrence.start], self._clauses[occurrence.end - 1]
        return [
            span
            for span in self._in_sentence(name, occurrence)
            if first <= self._clauses[span.start] <= last
            and not any(occurrence.holds(i) for i in range(span.start, span.end))
        ]

    def _near(self, name: str, occurrence: Occurrence) -> Span | None:
        """A cue in the same clause, or held in the occurrence itself."""
        held = [
            s for s in self._in_sentence(name, occurrence) if s.start >= occurrence.start and s.end <= occurrence.end
        ]
        return next(iter(held), None) or next(iter(self._in_clause(name, occurrence)), None)

    def _clause_numbers(self) -> list[int]:
        breaks = {span.start for span in self._spans("clause_break")}
        subjects = {span.start for span in self._spans("clause_subject")}
        numbers, current = [], 0
        message = self._message
        for place, word in enumerate(self._words):
            new_sentence = place > 0 and message.sentence[place] != message.sentence[place - 1]
            joined = word in ("and", "n", "&", "now", "or") and place + 1 in subjects
            after_comma = message.comma_before[place] and place in subjects
            if new_sentence or place in breaks or joined or after_comma:
                current += 1
            numbers.append(current)
        return numbers

    def _cost(self, start: int, end: int) -> int:
        return self._message.cost[end] - self._message.cost[start] if end > start else 0

    # -- who ------------------------------------------------------------------------------

    def _people_said(self) -> list[tuple[int, Who]]:
        """Every word that names a person, by place; "my husband" names the husband only."""
        others = {span.start: Who.OTHER for span in self._spans("other_person")}
        others.update({span.start: Who.FAMILY for span in self._spans("animal")})
        covered = {place for span in self._spans("other_person") for place in range(span.start, span.end)}
        people = dict(others)
        for span in self._spans("self_person"):
            place = span.start
            following = place + 1
            if place in covered or following in covered:
                continue
            people[place] = Who.PATIENT
        return sorted(people.items())

    def _subjects(self, subject: Who) -> dict[int, Who]:
        """For each sentence, whom the sentence before it was about."""
        inherited, current, seen = {}, subject, -1
        people = iter([*self._people, (len(self._words), subject)])
        place, who = next(people)
        for index in range(len(self._words)):
            number = self._message.sentence[index]
            if number != seen:
                inherited[number] = current
                seen = number
            if index == place:
                current = who
                place, who = next(people)
        return inherited

    def _who(self, occurrence: Occurrence) -> tuple[Who, bool]:
        """Whose it is, and whether a word says so."""
        sentence = self._message.sentence
        mine = sentence[occurrence.start]
        index = bisect_left(self._people, (occurrence.end,), key=lambda person: (person[0],))
        if index > 0 and sentence[self._people[index - 1][0]] == mine:
            return self._people[index - 1][1], True
        if index < len(self._people):
            place, who = self._people[index]
            if sentence[place] == mine and self._clauses[place] == self._clauses[occurrence.end - 1]:
                return who, True
        return self._inherited.get(mine, Who.PATIENT), False

    # -- is it so at all ------------------------------------------------------------------

    def _only_quoted(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        """The words of a form or a list, in quotation marks; what somebody says or writes is no such thing."""
        for start, end, spoken in self._quotations:
            if not spoken and start <= occurrence.start and occurrence.end <= end:
                return Status.NOT_SO, "quoted"
        return None

    def _nearly(self, occurrence: Occurrence) -> bool:
        """ "Nearly fainted": it did not happen, but something did."""
        held = self._words[occurrence.start : occurrence.end]
        return not any(word in _NEARLY for word in held) and any(
            self._words[place] in _NEARLY for place in range(max(occurrence.start - 2, 0), occurrence.start)
        )

    def is_denied(self, occurrence: Occurrence) -> bool:
        """Whether the words say that it is not so."""
        return self._denied(occurrence) is not None

    def _figure_of_speech(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        for span in self._in_sentence("figure_of_speech", occurrence):
            if span.start < occurrence.end and occurrence.start < span.end:
                return Status.NOT_SO, "figure of speech"
        return None

    def _denied(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        excused = self._in_sentence("no_denial", occurrence)
        for span in self._in_sentence("denial", occurrence):
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
                if not self._heavy_words(span.end, following):
                    return Status.NOT_SO, "denied inside"
                continue
            if self._reaches(span, occurrence):
                return Status.NOT_SO, "denied before"
        for span in self._in_sentence("all_right", occurrence):
            inside = occurrence.start < span.start and span.end < occurrence.end
            if inside and not any(occurrence.holds(place) for place in range(span.start, span.end)):
                return Status.NOT_SO, "said to be all right"
        for span in self._in_sentence("denial_after", occurrence):
            if span.start >= occurrence.end and self._cost(occurrence.end, span.start) == 0 and self._closes(span):
                return Status.NOT_SO, "denied after"
        return None

    def _needs_it(self, denial: Span) -> bool:
        """ "Can't sit without falling": "without" after an inability denies nothing."""
        if self._words[denial.start] != "without":
            return False
        clause = self._clauses[denial.start]
        return any(
            span.end <= denial.start and self._clauses[span.start] == clause
            for span in self._slice(self._spans("hard_to"), self._message.sentence[denial.start])
        )

    def _reaches(self, denial: Span, occurrence: Occurrence) -> bool:
        """Whether a denial before the occurrence still covers it."""
        if self._clauses[denial.start] != self._clauses[occurrence.start]:
            return False
        between = self._words[denial.end : occurrence.start]
        wide = denial.start in self._denials_of_things
        joined = any(word in ("or", "nor", "any") for word in between)
        heavy = self._heavy_words(denial.end, occurrence.start)
        commas = [place for place in range(denial.end, occurrence.start + 1) if self._message.comma_before[place]]
        if not wide and not joined:
            return len(heavy) <= _VERB_REACH and not commas
        if len(heavy) > _LIST_REACH * (2 if joined else 1):
            return False
        if commas and not joined:
            return not self._states_something(commas[-1], occurrence)
        return True

    def _heavy_words(self, start: int, end: int) -> list[int]:
        """Words that carry meaning and are more than "any", "much", "having"."""
        return [place for place in range(start, end) if self._carries_meaning(place) and place not in self._light]

    def _states_something(self, start: int, occurrence: Occurrence) -> bool:
        """After a comma: a phrase of its own ("no rash, lips are swelling") and not one more item of a list."""
        statements = {span.start for span in self._spans("statement")}
        sentence = self._message.sentence
        for place in range(start, len(self._words)):
            ended = sentence[place] != sentence[occurrence.start]
            if ended or (place >= occurrence.end and self._message.comma_before[place]):
                break
            if place in statements:
                return True
        return False

    def _carries_meaning(self, place: int) -> bool:
        return self._message.cost[place + 1] > self._message.cost[place]

    def _closes(self, span: Span) -> bool:
        """Nothing of weight follows up to the next comma, clause or sentence."""
        message = self._message
        following = span.end
        while following < len(self._words) and self._words[following] in _AFTER_AN_END:
            following += 1
        if following >= len(self._words) or message.sentence[following] != message.sentence[span.start]:
            return True
        return message.comma_before[following] or self._clauses[following] != self._clauses[span.start]

    def _reported(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        """What a leaflet, a website or somebody said about the world."""
        if self._in_sentence("never_had", occurrence):
            return Status.NOT_SO, "never had"
        for span in self._in_sentence("somebody_says", occurrence):
            if span.end <= occurrence.start and not self._own_report(span.end, occurrence):
                return Status.NOT_SO, "reported"
        return None

    def _supposed(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        excused = self._in_sentence("no_supposition", occurrence)
        for span in self._in_clause("supposition", occurrence):
            if any(other.start <= span.start < other.end for other in excused):
                continue
            if span.end <= occurrence.start:
                return Status.NOT_SO, "supposed"
        for span in self._in_clause("fear_of", occurrence):
            comma = any(self._message.comma_before[place] for place in range(span.end, occurrence.start + 1))
            if span.end <= occurrence.start and not comma and self._cost(span.end, occurrence.start) <= 3:
                return Status.NOT_SO, "feared"
        return None

    def _asked(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        """A question about the world, not about oneself."""
        for span in self._in_sentence("asks_about_the_world", occurrence):
            if span.start >= occurrence.end and not self._opens_as_question(occurrence, span):
                continue
            before = span.end <= occurrence.start
            if before and self._own_report(span.end, occurrence):
                continue
            if not before and self._own_report(self._sentence_start(occurrence), occurrence):
                continue
            return Status.NOT_SO, "asked"
        for span in self._in_sentence("asks_whether_it_does", occurrence):
            if span.end <= occurrence.start:
                if not self._own_report(span.end, occurrence):
                    return Status.NOT_SO, "asked"
                if not self._near("right_now", occurrence):
                    return Status.DOUBT, "asked of oneself"
        return None

    def _opens_as_question(self, occurrence: Occurrence, span: Span) -> bool:
        """ "Is numbness a sign of it": the sentence opens with a question; "blood in the sink, is that the B12" does not."""
        first = self._words[self._sentence_start(occurrence)]
        return first in _QUESTION_OPENINGS and self._cost(occurrence.end, span.start) <= 3

    def _sentence_start(self, occurrence: Occurrence) -> int:
        return bisect_left(self._message.sentence, self._message.sentence[occurrence.start])

    def _own_report(self, start: int, occurrence: Occurrence) -> bool:
        """Between `start` and the occurrence stands "my …", "I have …", "he is …"."""
        for span in self._in_sentence("own_report", occurrence):
            if start <= span.start and span.start < occurrence.end:
                return True
        return False

    # -- when -----------------------------------------------------------------------------

    def _time_status(self, occurrence: Occurrence, *, event: bool, who: Who) -> tuple[Status, str, int | None]:
        if who is Who.OTHER and self._in_clause("late_person", occurrence):
            return Status.PAST, "somebody who died", None
        ago = self._ago(occurrence)
        nowish = self._near("right_now", occurrence) is not None
        present = self._is_present(occurrence)
        if ago is not None and ago.days > RECENT_DAYS and not nowish and not present:
            return Status.PAST, "long ago", ago.days
        if not nowish and not present and (ago is None or ago.days > 1) and self._history(occurrence):
            return Status.PAST, "history", None
        days = ago.days if ago is not None else None
        if self._gone(occurrence):
            if days is None and self._thanks_to_treatment(occurrence):
                return Status.PAST, "gone with treatment", None
            return Status.ENDED, "gone", days or 0
        if who is Who.OTHER and days is None and not nowish and self._stranger(occurrence):
            return Status.DOUBT, "a stranger", None
        if event:
            if who is Who.OTHER and days is None and not nowish and self._family_tale(occurrence):
                return Status.PAST, "family", None
            return Status.NOW, "event", days
        if who is Who.OTHER and days is None and not nowish and self._told_of_others(occurrence):
            return Status.DOUBT, "told of somebody", None
        if self._was(occurrence) and not nowish:
            if days is None and self._goes_on(occurrence):
                return Status.ENDED, "was, and now", 0
            if days is None:
                return Status.DOUBT, "was", None
            return Status.ENDED, "was", days
        return Status.NOW, "now", days

    def _is_present(self, occurrence: Occurrence) -> bool:
        """ "Is swelling", "keeps going numb": told in the present, whatever else the sentence recalls."""
        return any(self._words[place] in _PRESENT for place in range(max(occurrence.start - 1, 0), occurrence.end))

    def _ago(self, occurrence: Occurrence) -> TimeSaid | None:
        """The distance in time that belongs to the occurrence: in its clause, else ahead of it in its sentence."""
        sentence, clauses = self._message.sentence, self._clauses
        mine = {clauses[place] for place in range(occurrence.start, occurrence.end)}
        others = {span.start for span in self._spans("other_event")}
        same, ahead = [], []
        for said in self.times:
            if said.kind is not TimeKind.AGO or sentence[said.start] != sentence[occurrence.start]:
                continue
            if said.start > occurrence.start and any(occurrence.end <= place < said.start for place in others):
                continue
            if said.end <= occurrence.start and any(
                said.start - 6 <= place < said.start and clauses[place] == clauses[said.start] for place in others
            ):
                continue
            if clauses[said.start] in mine:
                same.append(said)
            elif said.end <= occurrence.start:
                ahead.append(said)
        if same:
            return min(same, key=lambda said: abs(said.start - occurrence.start))
        blocked = any(
            span.start < occurrence.start and (not ahead or span.start > ahead[-1].start)
            for span in self._in_sentence("right_now", occurrence)
        )
        return ahead[-1] if ahead and not blocked else None

    def _history(self, occurrence: Occurrence) -> bool:
        excused = self._in_clause("no_history", occurrence)
        cues = [
            span
            for span in self._in_clause("history", occurrence)
            if not any(
                other.start <= span.start < other.end or span.start <= other.start < span.end for other in excused
            )
        ]
        return bool(cues) or any(
            span.end <= occurrence.start for span in self._in_sentence("history_opening", occurrence)
        )

    def _gone(self, occurrence: Occurrence) -> bool:
        sentence = self._message.sentence[occurrence.start]
        still = [s for number in (sentence, sentence + 1) for s in self._slice(self._spans("not_gone"), number)]
        for number in (sentence, sentence + 1):
            for span in self._ended_cues(number):
                if any(
                    other.start <= span.start < other.end or span.start <= other.start < span.end for other in still
                ):
                    continue
                if any(occurrence.holds(place) for place in range(span.start, span.end)):
                    continue
                if number != sentence and self._cost(occurrence.end, span.start) > 8:
                    continue
                if span.end <= occurrence.start and self._clauses[span.start] != self._clauses[occurrence.start]:
                    continue
                return True
        return False

    def _ended_cues(self, sentence: int) -> list[Span]:
        """ "gone now" anywhere; a bare "gone" or "stopped" only at the end of its clause ("has gone", not "gone pale")."""
        bare = self._slice(self._spans("gone_at_the_end"), sentence)
        return self._slice(self._spans("gone"), sentence) + [span for span in bare if self._closes(span)]

    def _thanks_to_treatment(self, occurrence: Occurrence) -> bool:
        return bool(self._in_sentence("since_treatment", occurrence))

    def _was(self, occurrence: Occurrence) -> bool:
        """Told as a state of the past: "had", "was", with no word that carries it into the present."""
        carried = self._in_clause("present_perfect", occurrence)
        return any(
            span.end <= occurrence.end
            and self._cost(span.end, max(span.end, occurrence.start)) <= _TENSE_REACH
            and not any(other.start <= span.start < other.end for other in carried)
            for span in self._in_clause("was", occurrence)
        )

    def _family_tale(self, occurrence: Occurrence) -> bool:
        if self._in_clause("family_tale", occurrence):
            return True
        return any(
            span.end <= occurrence.start and self._cost(span.end, occurrence.start) == 0
            for span in self._in_clause("had_it", occurrence)
        )

    def _stranger(self, occurrence: Occurrence) -> bool:
        strangers = self._in_clause("stranger", occurrence)
        own = [
            span for span in strangers if span.start > 0 and self._words[span.start - 1] in ("my", "our", "me", "this")
        ]
        return bool(strangers) and not own and not self._in_clause("relative", occurrence)

    def _told_of_others(self, occurrence: Occurrence) -> bool:
        """ "One of them went blind": a tale, unless something carries it into the present."""
        return bool(self._near("tale", occurrence))

    def _goes_on(self, occurrence: Occurrence) -> bool:
        """ "Had chest pain and now ...": told as part of what is happening."""
        return any(span.start >= occurrence.end for span in self._in_sentence("right_now", occurrence))

    # -- how ------------------------------------------------------------------------------

    def _duration(self, occurrence: Occurrence) -> int | None:
        """For how long, as said in the clause of the occurrence; ages and weeks of pregnancy are no durations."""
        clauses = {self._clauses[place] for place in range(occurrence.start, occurrence.end)}
        spoken = [said for said in self.times if said.kind is TimeKind.FOR and self._clauses[said.start] in clauses]
        if not spoken:
            return None
        return min(spoken, key=lambda said: abs(said.start - occurrence.start)).days

    def _trend(self, occurrence: Occurrence, duration: int | None) -> Trend | None:
        if self._gets_worse(occurrence):
            return Trend.WORSE
        recent = self._near("is_new", occurrence) is not None
        before = self._words[occurrence.start - 1] if occurrence.start else ""
        if before in ("usual", "normal") and not self._message.comma_before[occurrence.start]:
            return Trend.STABLE
        always = any(self._closes(span) for span in self._in_clause("same_at_the_end", occurrence))
        if always or self._near("same_as_ever", occurrence) or self._stable_by_next_sentence(occurrence):
            return Trend.STABLE
        if recent:
            return Trend.NEW
        if self._near("getting_better", occurrence):
            return Trend.BETTER
        if duration is not None and duration >= LONG_STANDING_DAYS:
            return Trend.STABLE
        return None

    def _gets_worse(self, occurrence: Occurrence) -> bool:
        """A word of worsening that is not itself denied ("no worse", "hasn't got worse")."""
        stable = self._in_sentence("same_as_ever", occurrence)
        denials = {span.end for span in self._in_sentence("denial", occurrence)}
        return any(
            span.start not in denials and not any(other.start <= span.start < other.end for other in stable)
            for span in self._in_sentence("getting_worse", occurrence)
        )

    def _stable_by_next_sentence(self, occurrence: Occurrence) -> bool:
        """ "Breathless on the stairs. No change." """
        number = self._message.sentence[occurrence.start] + 1
        spans = self._slice(self._spans("same_as_ever"), number)
        size = bisect_right(self._message.sentence, number) - bisect_left(self._message.sentence, number)
        return bool(spans) and size <= _SHORT_SENTENCE

    def _sudden(self, occurrence: Occurrence, trend: Trend | None) -> bool | None:
        if self._near("gradual", occurrence):
            return False
        if self._in_sentence("sudden", occurrence) or self._near("recent_onset", occurrence):
            return trend is not Trend.STABLE
        return False if trend is Trend.STABLE else None

    def _side(self, occurrence: Occurrence) -> Side | None:
        if self._near("both_sides", occurrence):
            return Side.BOTH
        if self._near("one_side", occurrence):
            return Side.ONE
        return None
