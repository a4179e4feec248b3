"""
The words for a danger, as values: action and number first, one reason, what to do meanwhile.

Chooses among reviewed sentences; writes none.  It never lowers a level, never names a
diagnosis, and says no more than fits a frightened person's screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.clinical.codes import Level
from bot.clinical.wording import fill

#: Every sentence of the frame; the loader refuses a file without one of them.
SENTENCES: tuple[str, ...] = (
    "emergency_self",
    "emergency_other",
    "emergency_title",
    "emergency_label",
    "urgent_title",
    "urgent_self",
    "urgent_other",
    "urgent_ended",
    "crisis_emergency",
    "crisis_urgent",
    "crisis_urgent_other",
    "at_once_if",
    "not_watched",
    "ring_clinic",
    "company",
    "repeat_emergency",
    "repeat_urgent",
    "repeat_crisis",
    "check_title",
    "check_again",
)

CRISIS = "mental_health_crisis"


@dataclass(frozen=True)
class CategoryWords:
    """`signs` completes "Call … at once if …".  `of_other`: about somebody else, None where the same words serve."""

    reason: str
    meanwhile: str
    signs: str
    of_other: CategoryWords | None = None


@dataclass(frozen=True)
class Situation:
    """What the advice is for.  `ended`: it has eased; `repeated`: the same advice was given before."""

    level: Level
    category: str
    other: bool = False
    ended: bool = False
    repeated: bool = False


@dataclass(frozen=True)
class Advice:
    """`title` and `number` for a card; `lines` in the order in which they are read."""

    level: Level
    title: str
    number: str
    number_label: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class AdviceWords:
    """All reviewed sentences of advice, with what stands in for facts that are not set."""

    sentences: Mapping[str, str]
    categories: Mapping[str, CategoryWords]
    unset: Mapping[str, str]

    def advice(self, situation: Situation, facts: Mapping[str, str]) -> Advice:
        """
        The advice for a situation; the first line is the action with its number.

        Raises:
            KeyError: The category has no words; the loader makes sure of it.
        """
        emergency = situation.level >= Level.EMERGENCY
        title = "emergency_title" if emergency else "urgent_title"
        return Advice(
            level=situation.level,
            title=self._say(title, facts),
            number=facts.get("emergency_number", ""),
            number_label=self._say("emergency_label", facts),
            lines=tuple(self._lines(situation, facts, emergency=emergency)),
        )

    def question_again(self, question: str, facts: Mapping[str, str]) -> str:
        """A safety question that was answered with something else, put a second time and in other words."""
        return f"{self._say('check_again', facts)} {question}"

    def title_of_check(self, facts: Mapping[str, str]) -> str:
        return self._say("check_title", facts)

    def _lines(self, situation: Situation, facts: Mapping[str, str], *, emergency: bool) -> list[str]:
        if situation.repeated:
            return [self._say(self._again(situation, emergency=emergency), facts), self._say("ring_clinic", facts)]
        words = self.categories[situation.category]
        if situation.other and words.of_other is not None:
            words = words.of_other
        signs = fill(words.signs, facts, unset=self.unset)
        lines = [self._say(self._first(situation, emergency=emergency), facts)]
        lines.append(fill(words.reason, facts, unset=self.unset))
        if not emergency:
            lines.append(self._say("at_once_if", {**facts, "signs": signs}))
        lines.append(fill(words.meanwhile, facts, unset=self.unset))
        lines.append(f"{self._say('not_watched', facts)} {self._say('ring_clinic', facts)}")
        if situation.category == CRISIS and not situation.other:
            lines.append(self._say("company", facts))
        return lines

    @staticmethod
    def _again(situation: Situation, *, emergency: bool) -> str:
        if emergency:
            return "repeat_emergency"
        return "repeat_crisis" if situation.category == CRISIS else "repeat_urgent"

    @staticmethod
    def _first(situation: Situation, *, emergency: bool) -> str:
        crisis = situation.category == CRISIS
        if emergency:
            if situation.other:
                return "emergency_other"
            return "crisis_emergency" if crisis else "emergency_self"
        if crisis:
            return "crisis_urgent_other" if situation.other else "crisis_urgent"
        if situation.ended:
            return "urgent_ended"
        return "urgent_other" if situation.other else "urgent_self"

    def _say(self, key: str, facts: Mapping[str, str]) -> str:
        return fill(self.sentences[key], facts, unset=self.unset)
