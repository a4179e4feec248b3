"""
The words of the talk with someone who is worried about blood clots.

Order of the talk: acknowledge, ask about signs right now, escalate on yes; on no the
facts (the reviewed answer), the risk factors, whom to tell, and a list of questions.
Whether a sign is a red flag is decided elsewhere and comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.clinical.wording import UnknownWordsError, fill

#: The steps that must be there, in the order in which they are said.
STEPS: tuple[str, ...] = (
    "acknowledgement",
    "any_right_now",
    "not_now",
    "context",
    "three_areas",
    "risks_intro",
    "tell_clinician",
    "safe_use",
    "questions_intro",
)


@dataclass(frozen=True)
class ClotStep:
    """One thing that is said; `covers` are ids of coverage.yml."""

    id: str
    say: str
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClotRisk:
    """A factor as shown to patients; `code` is its history code, None where the vocabulary has none."""

    id: str
    name: str
    ask: str
    code: str | None = None


@dataclass(frozen=True)
class ClotWorry:
    """All words of the talk."""

    steps: Mapping[str, ClotStep]
    risks: tuple[ClotRisk, ...]
    questions: tuple[str, ...]
    unset: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", MappingProxyType(dict(self.steps)))
        object.__setattr__(self, "unset", MappingProxyType(dict(self.unset)))

    def say(self, step: str, **facts: object) -> str:
        """The sentence of a step; raises UnknownWordsError for a step that is not written."""
        try:
            found = self.steps[step]
        except KeyError:
            raise UnknownWordsError(f"no step '{step}'; the steps are: {', '.join(self.steps)}.") from None
        return fill(found.say, facts, unset=self.unset)

    def risk_list(self) -> str:
        """The factors, one a line."""
        return "\n".join(f"- {risk.name}" for risk in self.risks)

    def question_list(self) -> str:
        """What to ask before the first injection, one a line."""
        return "\n".join(f"- {question}" for question in self.questions)
