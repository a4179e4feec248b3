"""
Ask before raising a level, where the rules read a danger and the trained classifier is sure that there is none.

Rules know words, not what they are said for: "puffed out after three flights ever since
sixth form" names a danger and means none.  Only what one plain message says by itself is
doubted: not what several messages say together, nor disguised or very long words, which
the classifier reads badly.  Nothing is passed over: a yes, or a second unclear answer,
raises the level that the rules gave.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.clinical.codes import Level
from bot.clinical.urgency import Match, UrgencyRules
from bot.clinical.urgency_conditions import Seen
from bot.clinical.urgency_course import Course, Step, advance
from bot.clinical.urgency_facts import BACKGROUND

_MOST_DOUBTED = 1_000  # characters; the classifier is not believed about a danger buried in more
_PLAIN_WORDS = re.compile(r"(?=.*[a-z]{3})[a-z',.’ -]+", re.IGNORECASE)  # nothing spelt with signs, digits or gaps
_BACKGROUND = frozenset(BACKGROUND)


def raising(step: Step) -> list[Match]:
    """The matches of this message that raised a level."""
    return [match for match in step.new if match.level >= Level.URGENT]


def may_be_doubted(text: str, step: Step, facts: Sequence[Seen], *, rules: UrgencyRules, now: datetime) -> bool:
    """Whether this message alone, in plain words and not too many, made the step."""
    if len(text) > _MOST_DOUBTED:
        return False
    if not all(match.words and _PLAIN_WORDS.fullmatch(match.words.text) for match in raising(step)):
        return False
    by_itself = advance(Course(), [replace(fact, turn=0) for fact in facts], rules=rules, now=now)
    return by_itself.course.level >= step.course.level


def ask_first(
    before: Course, facts: Sequence[Seen], doubtful: Sequence[Seen], *, rules: UrgencyRules, now: datetime
) -> Step | None:
    """The step with the dangers of this message asked about; None when there is no question left to ask."""
    told = [fact for fact in facts if fact.code in _BACKGROUND]
    asked = [fact for fact in facts if fact.code not in _BACKGROUND]
    step = advance(before, told, rules=rules, now=now, doubtful=[*doubtful, *asked])
    return step if step.course.question is not None else None
