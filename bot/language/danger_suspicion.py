"""
What the trained classifier's reading of a message leads to: a level, a question, or nothing.

Very sure raises the level, in the middle asks one safety question, low says nothing.
The thresholds and questions are content (`bot/knowledge/danger_classifier.yml`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.clinical.codes import Level
from bot.clinical.urgency import SafetyQuestion
from bot.knowledge.danger_classifier import ClassifierPolicy

if TYPE_CHECKING:
    from bot.language.danger_classifier import DangerClassifier

RULE = "classifier:"  # rule ids of matches and questions that come from here: "classifier:stroke"


@dataclass(frozen=True)
class Suspicion:
    """
    A danger that the classifier suspects.

    `level` is CHECK (ask `question` first), URGENT or EMERGENCY; `start` and `end` are
    code points of the message: the sentence that scored most.
    """

    level: Level
    category: str
    question: SafetyQuestion
    start: int
    end: int
    chance: float

    @property
    def rule(self) -> str:
        return RULE + self.category


class Suspector:
    """The classifier with its policy.  May be shared by threads."""

    def __init__(self, classifier: DangerClassifier, policy: ClassifierPolicy) -> None:
        self._classifier = classifier
        self._policy = policy

    def suspect(self, text: str) -> Suspicion | None:
        """None when nothing in the message looks dangerous enough to speak of."""
        reading, policy = self._classifier.read(text), self._policy
        if reading.danger < policy.ask_from:
            return None
        if reading.danger < policy.raise_from:
            level = Level.CHECK
        else:
            level = Level.EMERGENCY if reading.emergency >= policy.emergency_from else Level.URGENT
        start, end = self._classifier.locate(text, reading)
        return Suspicion(level, reading.category, policy.questions[reading.category], start, end, reading.danger)
