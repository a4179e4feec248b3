"""
Read danger from what a patient writes, message by message.

`Screen.screen` takes one message and the state of its conversation and gives the level
of the conversation now, the rules that fired with the patient's own words, and the
safety question that is open, if any.  It works in memory, keeps nothing, never waits,
and reads a message of any length.  What is dangerous is decided in
`bot.clinical.urgency`; what patients say is content (`bot/knowledge/danger/`).
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from bot.clinical.codes import Level, Who
from bot.clinical.findings import LabResult, Words
from bot.clinical.urgency import Asking, Match, UrgencyRules
from bot.clinical.urgency_conditions import Seen
from bot.clinical.urgency_course import Course, OpenQuestion, Step, advance
from bot.knowledge.danger_language import DangerLanguage
from bot.language.danger_certainty import ask_first, may_be_doubted, raising
from bot.language.danger_context import Context, MessageContext
from bot.language.danger_matcher import Lexicon, Message
from bot.language.danger_passage import Cues
from bot.language.danger_suspicion import Suspicion
from bot.language.screen_answers import read_answer
from bot.language.screen_facts import FactReader
from bot.language.screen_memory import course_from_json, course_to_json

log = logging.getLogger(__name__)

_MOST_READ = 200_000  # characters; what comes after is not a message that a person wrote


class Classifier(Protocol):
    """A trained reader beside the rules (`bot.language.danger_suspicion.Suspector`); none is needed."""

    def suspect(self, text: str) -> Suspicion | None:
        """What it suspects in the message, None when nothing is worth speaking of."""
        ...

    def doubts(self, text: str, category: str) -> bool:
        """Whether it is sure that there is no danger in the message, where it may say so of this category."""
        ...


class ForeignReader(Protocol):
    """Knows words of danger in other languages (`bot.language.foreign_danger.ForeignDangers`); none is needed."""

    def ask(self, text: str, *, turn: int, who: Who) -> Asking | None:
        """The safety question they call for, None where there are none."""
        ...


class LabReader(Protocol):
    """Reads laboratory results from a message; called only when it holds a digit."""

    def __call__(self, text: str) -> tuple[LabResult, ...]: ...


@dataclass(frozen=True)
class ScreenState:
    """What the screen remembers of a conversation.  Immutable; `to_json` and `from_json` keep all of it."""

    course: Course = field(default_factory=Course)
    subject: Who = Who.PATIENT  # whom the last message that names a person was about
    of_the_dead: bool = False  # that person has died

    def to_json(self) -> dict[str, Any]:
        return {"subject": self.subject.value, "of_the_dead": self.of_the_dead, **course_to_json(self.course)}

    @classmethod
    def from_json(cls, data: dict[str, Any] | None) -> ScreenState:
        """The state that `to_json` gave; an empty one for None."""
        if not data:
            return cls()
        return cls(course_from_json(data), Who(data.get("subject", "patient")), bool(data.get("of_the_dead", False)))


@dataclass(frozen=True)
class ScreenMatch:
    """One rule that fired: where and on which words.  Offsets are code points of that turn's message."""

    rule: str
    level: Level
    category: str
    turn: int
    start: int
    end: int
    text: str
    who: Who = Who.PATIENT
    ended: bool = False


@dataclass(frozen=True)
class ScreenResult:
    """The verdict after one message."""

    level: Level  # of the conversation now
    raised: bool  # this message raised it, or opened a question
    category: str | None
    categories: tuple[str, ...]
    matches: tuple[ScreenMatch, ...]  # of the whole conversation, in the order in which they fired
    new_matches: tuple[ScreenMatch, ...]  # of this message, the most urgent first
    question: OpenQuestion | None
    state: ScreenState
    answered: str | None = None  # how this message answered the open question
    reached: int | None = None  # the turn that first reached the level


class Screen:
    """Immutable after construction; may be shared by threads."""

    def __init__(
        self,
        language: DangerLanguage,
        rules: UrgencyRules,
        *,
        labs: LabReader | None = None,
        classifier: Classifier | None = None,
        foreign: ForeignReader | None = None,
    ) -> None:
        self._lexicon = Lexicon(language.lists, language.meant)
        self._cues = Cues(self._lexicon)
        self._rules = rules
        self._labs = labs
        self._classifier = classifier
        self._foreign = foreign
        self._facts = FactReader(language.rows, self._lexicon)
        self._lexicon.read("warm")

    def screen(self, text: str, state: ScreenState, *, at: datetime, by_rules: bool = False) -> ScreenResult:
        """
        Screen one message.

        Args:
            text: As the patient sent it.
            state: Of the conversation before the message.
            at: When it arrived, with its time zone.
            by_rules: Without the classifier, a millisecond's work; `suspects` says whether
                the classifier would add anything.
        """
        before = state.course
        message = self._lexicon.read(text[:_MOST_READ])
        context = MessageContext(
            message, self._cues, subject=state.subject, year=at.year, of_the_dead=state.of_the_dead
        )
        facts, doubtful, explained = self._facts.facts(message, context, turn=before.turns, at=at)
        labs: tuple[LabResult, ...] = ()
        if self._labs is not None and any(character.isdigit() for character in text):
            labs = self._labs(text[:_MOST_READ])
        facts.extend(
            Seen(at, before.turns, lab=lab, unnamed=True)
            for lab in labs
            if not context.is_history_at(*_word_range(message, lab))
        )
        if labs and explained is None:
            explained = _without_results(text[:_MOST_READ], labs)  # what a value means is for the rules to say
        answer = read_answer(message, self._cues, context.times, turn=before.turns) if before.question else None
        said = partial(
            advance,
            before,
            facts,
            rules=self._rules,
            now=at,
            doubtful=doubtful,
            answer=answer,
        )
        step = said()
        if step.raised and answer is None and not labs:
            careful = partial(ask_first, before, facts, doubtful, rules=self._rules, now=at)
            step = careful() or step if self._doubts(text, step, facts, at=at) else step
        if step.course.level < Level.EMERGENCY:
            subject = context.last_subject or state.subject
            suspicion: Asking | Match | None = None
            if not by_rules:
                suspicion = self._suspicion(text, turn=before.turns, subject=subject, explained=explained)
            if not isinstance(suspicion, Match) and self._foreign is not None:
                suspicion = self._foreign.ask(text[:_MOST_READ], turn=before.turns, who=subject) or suspicion
            step = said(suspicion=suspicion) if suspicion is not None else step
        after = step.course
        return ScreenResult(
            level=after.level_now,
            raised=step.raised or (after.question is not None and after.question.turn == before.turns),
            category=after.category,
            categories=after.categories,
            matches=tuple(_shown(match) for match in after.matches),
            new_matches=tuple(_shown(match) for match in step.new),
            question=after.question,
            state=ScreenState(after, context.last_subject or state.subject, context.speaks_of_the_dead),
            answered=step.answered,
            reached=after.reached,
        )

    def suspects(self, text: str, state: ScreenState, *, at: datetime) -> bool:
        """
        Whether the classifier has anything to add to the rules' verdict.

        Costs a pass of the sentence encoder, so it is for a thread; what was read is
        remembered, and `screen` is quick for the same message afterwards.
        """
        if self._classifier is None:
            return False
        try:
            if self._classifier.suspect(text[:_MOST_READ]) is None:
                return False
        except Exception as error:  # noqa: BLE001  (as in `_suspicion`)
            log.error("screen.classifier_failed error=%s", type(error).__name__)
            return False
        self.screen(text, state, at=at)
        return True

    @property
    def reads_by_rules_alone(self) -> bool:
        """Whether the trained classifier is missing."""
        return self._classifier is None

    def _doubts(self, text: str, step: Step, facts: list[Seen], *, at: datetime) -> bool:
        """Whether the classifier is sure that there is no danger where the rules read one."""
        if self._classifier is None or not may_be_doubted(text, step, facts, rules=self._rules, now=at):
            return False
        if self._foreign is not None and self._foreign.ask(text, turn=0, who=Who.PATIENT) is not None:
            return False
        try:
            return all(self._classifier.doubts(text, match.category) for match in raising(step))
        except Exception as error:  # noqa: BLE001  (as in `_suspicion`)
            log.error("screen.classifier_failed error=%s", type(error).__name__)
            return False

    def _suspicion(self, text: str, *, turn: int, subject: Who, explained: str | None) -> Asking | Match | None:
        """
        What the classifier suspects: a match when it is sure, a question when it is not.

        Where the rules saw every danger named in the message denied, long ago or only asked
        about, or have weighed its laboratory results, it asks nothing and what it is sure of
        it only asks about, unless the rest of the message (`explained`) looks dangerous by
        itself: one denied sign does not cancel another.
        """
        if self._classifier is None:
            return None
        try:
            found = self._classifier.suspect(text[:_MOST_READ])
            by_explained = found is not None and explained is not None and self._classifier.suspect(explained) is None
        except Exception as error:  # noqa: BLE001  (the rules' verdict stands whatever happens to the classifier)
            log.error("screen.classifier_failed error=%s", type(error).__name__)
            return None
        if found is None or (by_explained and found.level is Level.CHECK):
            return None
        words = Words(found.start, found.end, text[found.start : found.end], turn)
        if by_explained or found.level is Level.CHECK:
            return Asking(found.question, turn, words, subject)
        return Match(found.rule, found.level, found.category, turn, words, subject)

    def readings(self, text: str, *, year: int = 2026) -> list[tuple[str, str, str, Context]]:
        """Row, fact, words and context of everything recognised in one message: for editors and tests."""
        message = self._lexicon.read(text)
        return self._facts.readings(message, MessageContext(message, self._cues, subject=Who.PATIENT, year=year))


def _without_results(text: str, labs: tuple[LabResult, ...]) -> str:
    for lab in sorted(labs, key=lambda lab: -lab.words.start if lab.words else 0):
        if lab.words is not None:
            text = text[: lab.words.start] + text[lab.words.end :]
    return text


def _word_range(message: Message, lab: LabResult) -> tuple[int, int]:
    """The words a result was read from, as places in the message."""
    starts = [token.start for token in message.words]
    if lab.words is None or not starts:
        return 0, 0
    first = max(bisect_right(starts, lab.words.start) - 1, 0)
    return first, max(bisect_right(starts, lab.words.end - 1), first + 1)


def _shown(match: Match) -> ScreenMatch:
    words = match.words or Words(0, 0, "", match.turn)
    return ScreenMatch(
        match.rule,
        match.level,
        match.category,
        words.turn,
        words.start,
        words.end,
        words.text,
        match.who,
        match.ended,
    )
