"""
What the trained classifier's reading of a message leads to: a level, a question, or nothing.

Very sure raises the level, in the middle asks one safety question, low says nothing, and very low
has what the rules read asked about before it counts.
The thresholds and questions are content (`bot/knowledge/danger_classifier.yml`).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from bot.clinical.codes import Level
from bot.clinical.urgency import SafetyQuestion
from bot.knowledge.danger_classifier import ClassifierPolicy

if TYPE_CHECKING:
    from bot.language.danger_classifier import DangerClassifier

_REMEMBERED = 512  # messages

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
    """
    The classifier with its policy.  May be shared by threads.

    Remembers what it made of the last messages, by their digest: a message is often
    looked at again, from what another process has learnt meanwhile.
    """

    def __init__(self, classifier: DangerClassifier, policy: ClassifierPolicy) -> None:
        self._classifier = classifier
        self._policy = policy
        self._remembered: OrderedDict[bytes, tuple[Suspicion | None, float]] = OrderedDict()
        self._lock = Lock()

    def suspect(self, text: str) -> Suspicion | None:
        """None when nothing in the message looks dangerous enough to speak of."""
        return self._looked(text)[0]

    def doubts(self, text: str, category: str) -> bool:
        """Whether it is sure that the message holds no danger, where it may say so of this category."""
        return category not in self._policy.never_doubted and self._looked(text)[1] < self._policy.doubt_below

    def _looked(self, text: str) -> tuple[Suspicion | None, float]:
        """What it suspects, and the chance of a danger."""
        key = sha256(text.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if key in self._remembered:
                return self._remembered[key]
        found = self._read(text)
        with self._lock:
            self._remembered[key] = found
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return found

    def _read(self, text: str) -> tuple[Suspicion | None, float]:
        reading, policy = self._classifier.read(text), self._policy
        if reading.danger < policy.ask_from:
            return None, reading.danger
        if reading.danger < policy.raise_from:
            level = Level.CHECK
        else:
            level = Level.EMERGENCY if reading.emergency >= policy.emergency_from else Level.URGENT
        start, end = self._classifier.locate(text, reading)
        question = policy.questions[reading.category]
        return Suspicion(level, reading.category, question, start, end, reading.danger), reading.danger
