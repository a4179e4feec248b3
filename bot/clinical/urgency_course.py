"""
The urgency of a whole conversation: what sticks, what is asked, what an answer changes.

`emergency` and `urgent` stay until staff release them; nothing a patient says takes
them back.  `check` never sticks: yes, or a second unclear answer, gives the level the
question names; no goes back to the level before; until then it stays open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clinical.codes import CATEGORIES, Level, Who
from bot.clinical.findings import Words
from bot.clinical.urgency import Asking, Match, Urgency, UrgencyRules, judge, preference
from bot.clinical.urgency_conditions import Seen

UNCLEAR_ANSWERS_THAT_COUNT_AS_YES = 2
_MOST_FACTS = 400  # of one conversation; the oldest repeats go first


@dataclass(frozen=True)
class OpenQuestion:
    """A safety question that was put and not answered yet."""

    id: str
    text: str
    if_yes: Level
    category: str
    turn: int
    words: Words | None = None
    who: Who = Who.PATIENT
    unclear: int = 0
    facts: tuple[Seen, ...] = ()  # doubtful facts that a yes makes certain
    instead_of: tuple[str, ...] = ()  # questions that the same words called for; a no answers them too


@dataclass(frozen=True)
class Answer:
    """An answer to the open question: "yes", "no", "ended" (it was, and has gone) or "unclear"."""

    meaning: str
    words: Words | None = None


@dataclass(frozen=True)
class Course:
    """A conversation's urgency so far.  Immutable; `advance` gives the next one."""

    turns: int = 0  # messages so far
    level: Level = Level.NONE  # what sticks: none, urgent or emergency
    category: str | None = None
    reached: int | None = None  # the turn that first reached the level
    matches: tuple[Match, ...] = ()
    seen: tuple[Seen, ...] = ()
    question: OpenQuestion | None = None
    settled: frozenset[str] = frozenset()  # questions answered with no

    @property
    def level_now(self) -> Level:
        """The level including an open question."""
        return max(self.level, Level.CHECK) if self.question else self.level

    @property
    def categories(self) -> tuple[str, ...]:
        named = {match.category for match in self.matches if match.level >= Level.URGENT}
        return tuple(category for category in CATEGORIES if category in named)


@dataclass(frozen=True)
class Step:
    """The course after one message, and what that message did."""

    course: Course
    new: tuple[Match, ...]  # matches that this message brought, the most urgent first
    raised: bool  # the level went up, to urgent or emergency
    answered: str | None = None


def advance(
    course: Course,
    facts: Sequence[Seen],
    *,
    rules: UrgencyRules,
    now: datetime,
    doubtful: Sequence[Seen] = (),
    answer: Answer | None = None,
    suspicion: Match | Asking | None = None,
) -> Step:
    """
    Take one message into account.

    Args:
        course: The conversation before it.
        facts: What the message says, each with this turn's number.
        doubtful: What it names in words that may not mean "now"; leads to a question, never to a level.
        answer: How it answers the open question; None when there is none.
        suspicion: What a trained reader suspects beside the rules.  A match raises the level
            where no rule of this message does as much; a question is put where the rules
            have neither a level nor a question of their own.
    """
    turn = course.turns
    open_question = course.question
    seen = (*course.seen, *facts)
    answered_with: list[Match] = []
    settled = course.settled
    if open_question is not None:
        meaning = answer.meaning if answer else "unclear"
        if meaning == "unclear":
            open_question = replace(open_question, unclear=open_question.unclear + 1)
        counts = meaning in ("yes", "ended") or open_question.unclear >= UNCLEAR_ANSWERS_THAT_COUNT_AS_YES
        if counts:
            answered_with.append(_answered(open_question, turn, answer, ended=meaning == "ended"))
            seen = (*seen, *open_question.facts)
        if counts or meaning == "no":
            ids = (open_question.id, *open_question.instead_of)
            settled = settled | {_key(name, open_question.who) for name in ids}
            open_question = None
    urgency = judge(seen, rules=rules, now=now)
    new = _new_matches(course.matches, (*answered_with, *urgency.matches), turn)
    if isinstance(suspicion, Match) and not any(match.level >= suspicion.level for match in new):
        new = _new_matches(course.matches, (*new, suspicion), turn)
    level, category, reached = course.level, course.category, course.reached
    if new and new[0].level > level:
        level, category, reached = new[0].level, new[0].category, turn
    raised = level > course.level
    if level >= Level.URGENT:
        open_question = None
    elif open_question is None:
        open_question = _question(urgency, seen, doubtful, settled, rules=rules, now=now, turn=turn)
        if open_question is None and isinstance(suspicion, Asking) and course.question is None:
            open_question = _put(suspicion, settled)
    after = Course(
        turns=turn + 1,
        level=level,
        category=category,
        reached=reached,
        matches=(*course.matches, *new),
        seen=_kept(seen),
        question=open_question,
        settled=settled,
    )
    answered = (answer.meaning if answer else "unclear") if course.question is not None else None
    return Step(after, new, raised, answered)


def _answered(question: OpenQuestion, turn: int, answer: Answer | None, *, ended: bool) -> Match:
    level = min(question.if_yes, Level.URGENT) if ended else question.if_yes
    words = answer.words if answer and answer.words else question.words
    return Match(question.id, level, question.category, turn, words, question.who, ended=ended)


def _new_matches(old: Sequence[Match], found: Sequence[Match], turn: int) -> tuple[Match, ...]:
    """Matches whose rule did not fire on this person yet at this level, in order of preference."""
    known = {(match.rule, match.who, match.level) for match in old}
    fresh = [match for match in found if (match.rule, match.who, match.level) not in known]
    return tuple(sorted((replace(match, turn=turn) for match in fresh), key=preference))


def _question(
    urgency: Urgency,
    seen: tuple[Seen, ...],
    doubtful: Sequence[Seen],
    settled: frozenset[str],
    *,
    rules: UrgencyRules,
    now: datetime,
    turn: int,
) -> OpenQuestion | None:
    """The most urgent question that this message calls for and that was not answered with no before."""
    wanted = [_as_open(asking) for asking in urgency.asking if asking.turn == turn]
    if doubtful:
        certain = {(match.rule, match.who) for match in urgency.matches}
        supposed = judge((*seen, *doubtful), rules=rules, now=now)
        wanted.extend(
            OpenQuestion(
                f"is-it-now:{match.rule}",
                rules.doubt_text_other if match.who is Who.OTHER else rules.doubt_text,
                match.level,
                match.category,
                turn,
                match.words,
                match.who,
                facts=tuple(doubtful),
            )
            for match in supposed.matches
            if (match.rule, match.who) not in certain
        )
    wanted = [question for question in wanted if _key(question.id, question.who) not in settled]
    if not wanted:
        return None
    chosen = max(wanted, key=lambda question: question.if_yes)
    others = (question.id for question in wanted if question is not chosen and question.who is chosen.who)
    return replace(chosen, instead_of=tuple(dict.fromkeys(others)))


def _as_open(asking: Asking) -> OpenQuestion:
    question = asking.question
    text = (question.text_other if asking.who is Who.OTHER else None) or question.text
    return OpenQuestion(
        question.id,
        text,
        question.if_yes,
        question.category,
        asking.turn,
        asking.words,
        asking.who,
    )


def _put(asking: Asking, settled: frozenset[str]) -> OpenQuestion | None:
    """The question, unless it was answered with no before."""
    return None if _key(asking.question.id, asking.who) in settled else _as_open(asking)


def _key(question: str, who: Who) -> str:
    return f"{question}/{who.value}"


def _kept(seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """The latest facts; a conversation of any length needs a bounded memory."""
    return seen[-_MOST_FACTS:]
