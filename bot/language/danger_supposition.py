"""
What is no report at all: a quotation, a figure of speech, a leaflet, a "what if", a question about the world.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from bot.language.danger_matcher import Occurrence, Span
from bot.language.danger_passage import Passage
from bot.language.danger_status import Status

_QUESTION_OPENINGS = frozenset(
    "is are was were can could do does did will would any has have what how why which are should may might".split()
)
_QUOTATION = re.compile(r"[\"“][^\"“”\n]{2,60}[\"”]|(?<!\w)['‘][^'‘’\n]{3,60}['’](?!\w)")
_SPEAKING = frozenset(
    "says said say saying told tells text texted texting wrote writes writing messaged message screams shouting shouts goes like "
    "keeps was called asking asked answered replied".split()
)

_REACTION_WITHIN, _NEWS_WITHIN = (
    2,
    6,
)  # words that carry meaning between a reaction and its cause, said after or before it
_THING_WITHIN, _LONGEST_NAME = 4, 3  # words
_USUAL, _OPENING = frozenset("normal common usual expected typical ok okay".split()), 2
_BEFORE = frozenset("before b4 until till this like so previously".split())
_OWN_WITHIN = 3  # words: "if one of my …"
_OWN = frozenset("my ive im i_ve i_m mine shes hes theres".split())
_PERSON_WORDS = frozenset("i im ive he hes she shes we they who me him her if when and then but driver".split())
_ARTICLES = frozenset("the a an my our his her their your ur this that these those some".split())
_PREPOSITIONS = frozenset(
    "like as in on at by from near with to into onto of off under over behind for and my the drove drive used watched had".split()
)


class Suppositions:
    """The parts of a message that report nothing."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._quotations = self._quoted()
        people = [*passage.spans("other_person"), *passage.spans("self_person")]
        self._persons = frozenset(span.end - 1 for span in people)

    def _quoted(self) -> list[tuple[int, int, bool]]:
        """Short quotations as places in the message, each with whether somebody says or writes it."""
        starts = [token.start for token in self._passage.message.words]
        found = []
        for match in _QUOTATION.finditer(self._passage.message.text):
            start, end = (
                bisect_left(starts, match.start()),
                bisect_left(starts, match.end()),
            )
            before = self._passage.words[max(start - 3, 0) : start]
            found.append((start, end, any(word in _SPEAKING for word in before)))
        return found

    def quoted(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        """The words of a form or a list, in quotation marks; what somebody says or writes is no such thing."""
        for start, end, spoken in self._quotations:
            if not spoken and start <= occurrence.start and occurrence.end <= end:
                return Status.NOT_SO, "quoted"
        return None

    def figure_of_speech(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        for span in self._passage.in_sentence("figure_of_speech", occurrence):
            if span.start < occurrence.end and occurrence.start < span.end:
                return Status.NOT_SO, "figure of speech"
        return None

    def figurative(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        """What people also say of things, of joy and of shock: "my phone died", "I nearly fainted when I saw the bill"."""
        for span in self._passage.in_sentence("reaction_to_news", occurrence):
            behind = span.start >= occurrence.end and self._passage.cost(occurrence.end, span.start) <= _REACTION_WITHIN
            before = span.end <= occurrence.start and self._passage.cost(span.end, occurrence.start) <= _NEWS_WITHIN
            if behind or before:
                return Status.NOT_SO, "a reaction"
        for span in self._passage.in_clause("thing", occurrence):
            between = self._passage.words[span.end : occurrence.start]
            near = (
                span.end <= occurrence.start
                and len(between) <= _THING_WITHIN
                and not self._comma(span.end, occurrence.start)
            )
            if near and not _PERSON_WORDS & set(between) and self._is_subject(span):
                return Status.NOT_SO, "a thing"
        return None

    def _comma(self, start: int, end: int) -> bool:
        return any(self._passage.message.comma_before[start : end + 1])

    def _is_subject(self, thing: Span) -> bool:
        """ "The old phone …" at the beginning of what is said, not "in the car …" or "watching telly …"."""
        first = self._passage.clause_start(thing.start)
        place = thing.start
        while place > max(first, thing.start - _LONGEST_NAME) and self._passage.words[place] not in _ARTICLES:
            place -= 1
        before = self._passage.words[place - 1] if place > first else ""
        return not before or not (before in _PREPOSITIONS or before.endswith("ing") or before in _ARTICLES)

    def seen_online(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        """Somebody's post; no test for suicidal words, which people do post about themselves."""
        if self._passage.in_sentence("on_social_media", occurrence) and not self._passage.near("right_now", occurrence):
            return Status.NOT_SO, "seen online"
        return None

    def reported(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        """What a leaflet, a website or somebody said about the world."""
        if any(self._closes_the_matter(span) for span in self._passage.in_sentence("never_had", occurrence)):
            return Status.NOT_SO, "never had"
        if self._is_exercise(occurrence):
            return Status.NOT_SO, "an exercise"
        if self._passage.in_sentence("on_a_screen", occurrence) and not self._passage.near("right_now", occurrence):
            return Status.NOT_SO, "seen on a screen"
        told = [span for span in self._passage.in_sentence("was_told", occurrence) if span.end <= occurrence.start]
        if told and not self._passage.near("right_now", occurrence):
            return (Status.NOT_SO, "told of") if len(told) > 1 else (Status.DOUBT, "told of")
        for span in self._passage.in_sentence("somebody_says", occurrence):
            if span.end <= occurrence.start and not self._passage.own_report(span.end, occurrence):
                return Status.NOT_SO, "reported"
        return None

    def _is_exercise(self, occurrence: Occurrence) -> bool:
        """ "For my course I describe a patient with …": nobody's danger, unless the writer goes on to their own."""
        exercises = self._passage.spans("an_exercise")
        said_here = [
            span.end for span in self._passage.in_sentence("an_exercise", occurrence) if span.end <= occurrence.start
        ]
        start = said_here[-1] if said_here else self._passage.sentence_start(occurrence)
        return bool(exercises) and not self._passage.own_report(start, occurrence)

    def supposed(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        excused = self._passage.in_sentence("no_supposition", occurrence)
        for span in self._passage.in_clause("supposition", occurrence):
            if any(other.start <= span.start < other.end for other in excused):
                continue
            if span.end <= occurrence.start:
                real = self._passage.words[span.start] == "if" and self._asks_leave(span, occurrence)
                return (Status.DOUBT, "asks leave") if real else (Status.NOT_SO, "supposed")
        following = self._passage.words[occurrence.end : occurrence.end + 1]
        if following == ["would"] and not self._passage.own_report(
            self._passage.sentence_start(occurrence), occurrence
        ):
            return Status.NOT_SO, "would be"
        for span in self._passage.in_clause("fear_of", occurrence):
            comma = any(self._passage.message.comma_before[place] for place in range(span.end, occurrence.start + 1))
            if span.end <= occurrence.start and not comma and self._passage.cost(span.end, occurrence.start) <= 3:
                return Status.NOT_SO, "feared"
        return None

    def _closes_the_matter(self, span: Span) -> bool:
        """ "I never had it", and not "never had it before"."""
        words = self._passage.words
        return span.end >= len(words) or words[span.end] not in _BEFORE

    def _asks_leave(self, condition: Span, occurrence: Occurrence) -> bool:
        """ "Can I finish my shift if my chest squeezes": what stands behind this "if" is so."""
        start = self._passage.sentence_start(occurrence)
        leave = any(
            start <= span.start < condition.start for span in self._passage.in_sentence("asks_leave", occurrence)
        )
        following = self._passage.words[condition.end : min(condition.end + _OWN_WITHIN, occurrence.end)]
        return leave and bool(_OWN & set(following))

    def asked(self, occurrence: Occurrence) -> tuple[Status, str] | None:
        """A question about the world, not about oneself."""
        if any(span.end <= occurrence.start for span in self._passage.in_sentence("asks_how_to_tell", occurrence)):
            return Status.NOT_SO, "asked how to tell"
        if self._passage.in_sentence("own_after_all", occurrence):
            return None  # "can it make your mouth slide, because mine has"
        if self._asks_if_usual(occurrence):
            return Status.NOT_SO, "asked if usual"
        for span in self._passage.in_sentence("asks_about_the_world", occurrence):
            if self._says_of_somebody(span):
                continue
            if span.start >= occurrence.end and not self._opens_as_question(occurrence, span):
                continue
            before = span.end <= occurrence.start
            if before and self._passage.own_report(span.end, occurrence):
                continue
            if not before and self._passage.own_report(self._passage.sentence_start(occurrence), occurrence):
                continue
            return Status.NOT_SO, "asked"
        for span in self._passage.in_sentence("asks_whether_it_does", occurrence):
            if span.end <= occurrence.start:
                if not self._passage.own_report(span.end, occurrence):
                    return Status.NOT_SO, "asked"
                if not self._passage.near("right_now", occurrence):
                    return Status.DOUBT, "asked of oneself"
        return None

    def _asks_if_usual(self, occurrence: Occurrence) -> bool:
        """ "Are palpitations after the jab normal?": opens as a question about the thing itself, and nobody's own."""
        start, end = self._passage.sentence_start(occurrence), self._passage.message.sentence_end(occurrence.start)
        words = self._passage.words[start:end]
        directly = occurrence.start - start <= _OPENING and words[0] in ("is", "are")
        usual = bool(_USUAL & set(self._passage.words[occurrence.end : end]))
        return directly and usual and not self._passage.own_report(start, occurrence)

    def _says_of_somebody(self, span: Span) -> bool:
        """ "My wife has pernicious anaemia": the words of a question in the order of a statement."""
        words, before = self._passage.words, span.start - 1
        same = before >= 0 and self._passage.message.sentence[before] == self._passage.message.sentence[span.start]
        return same and words[span.start] in _QUESTION_OPENINGS and (before in self._persons or words[before] == "who")

    def _opens_as_question(self, occurrence: Occurrence, span: Span) -> bool:
        """ "Is numbness a sign of it": the sentence opens with a question; "blood in the sink, is that the B12" does not."""
        first = self._passage.words[self._passage.sentence_start(occurrence)]
        return first in _QUESTION_OPENINGS and self._passage.cost(occurrence.end, span.start) <= 3
