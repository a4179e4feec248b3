"""Turn what the screen found into replies: the advice with its card, or the one safety question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bot.clinical.advice import AdviceWords, Situation
from bot.clinical.codes import Level, Who
from bot.conversation.ports import Button, Reply

if TYPE_CHECKING:
    from bot.language.screen import ScreenResult


class ContentAdvisor:
    """
    `Advisor` over reviewed content, for one region and clinic.

    Args:
        before: What is said before a safety question, by the question's id: whom to call, to somebody who may
            not understand the question.
    """

    def __init__(
        self,
        words: AdviceWords,
        facts: Mapping[str, str],
        *,
        yes: str,
        no: str,
        unsure: str,
        before: Mapping[str, str] | None = None,
    ) -> None:
        self._words, self._facts = words, facts
        self._before = before or {}
        self._answers = (yes, no, unsure)

    def advise(self, result: ScreenResult) -> Sequence[Reply]:
        """The advice for an urgent or emergency result; short when the same was said before."""
        situation = _situation(result)
        advice = self._words.advice(situation, self._facts)
        card = {
            "level": advice.level.code,
            "title": advice.title,
            "number": advice.number,
            "number_label": advice.number_label,
        }
        custom = {"card": card, "advice": True, "category": situation.category}
        return (Reply("\n\n".join(advice.lines), custom=custom),)

    def ask(self, result: ScreenResult) -> Reply:
        """The open safety question; a typed answer works as well as a button."""
        if result.question is None:
            raise ValueError("this result has no open question to ask.")
        card = {
            "level": "check",
            "title": self._words.title_of_check(self._facts),
            "number": None,
            "number_label": None,
        }
        buttons = tuple(Button(title=answer, say=answer) for answer in self._answers)
        first = self._before.get(result.question.id)
        text = "\n\n".join(filter(None, (first, result.question.text)))
        if result.question.turn < result.state.course.turns - 1:  # put before, and not answered yet
            text = self._words.question_again(text, self._facts)
        return Reply(text, buttons, {"card": card})


def _situation(result: ScreenResult) -> Situation:
    """From the most urgent rule of this message; of the conversation when a combination alone raised it."""
    matches = [match for match in (result.new_matches or result.matches) if match.level >= Level.URGENT]
    top = max(matches, key=lambda match: match.level, default=None)
    category = top.category if top is not None else (result.category or "other_emergency")
    if result.raised and result.category is not None:
        category = result.category
    level = max(result.level, Level.URGENT)
    return Situation(
        level=level,
        category=category,
        other=top is not None and top.who is Who.OTHER,
        ended=top is not None and top.ended and level < Level.EMERGENCY,
        repeated=not result.raised and not any(m.category not in _before(result) for m in result.new_matches),
    )


def _before(result: ScreenResult) -> set[str]:
    """Categories that were advised on in earlier messages."""
    new = set(map(id, result.new_matches))
    newest = max((match.turn for match in result.new_matches), default=-1)
    return {match.category for match in result.matches if id(match) not in new and match.turn < newest}
