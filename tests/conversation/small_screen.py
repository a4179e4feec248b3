"""A screen small enough to see through, and one who turns what it found into words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clinical.codes import Level
from bot.conversation.ports import Button, Reply


@dataclass(frozen=True)
class SmallState:
    """Remembers facts, the level and the open question."""

    facts: tuple[str, ...] = ()
    level: Level = Level.NONE
    question: str | None = None
    turns: int = 0

    @property
    def course(self) -> SmallState:
        return self

    def to_json(self) -> dict[str, Any]:
        return {"facts": list(self.facts), "level": self.level.code, "question": self.question, "turns": self.turns}

    @classmethod
    def from_json(cls, plain: Any) -> SmallState:
        return cls(
            facts=tuple(plain.get("facts", ())),
            level=Level.from_code(plain.get("level", "none")),
            question=plain.get("question"),
            turns=plain.get("turns", 0),
        )


@dataclass(frozen=True)
class SmallMatch:
    rule: str
    level: Level
    category: str
    turn: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class SmallQuestion:
    text: str


@dataclass(frozen=True)
class SmallResult:
    level: Level
    raised: bool
    category: str | None
    matches: tuple[SmallMatch, ...]
    new_matches: tuple[SmallMatch, ...]
    question: SmallQuestion | None
    state: SmallState
    answered: str | None = None


RULES = (
    ("chest-pain", "chest pain", Level.EMERGENCY, "cardiac"),
    ("leg", "leg is swollen", Level.URGENT, "dvt"),
    ("throat", "throat is closing", Level.EMERGENCY, "anaphylaxis"),
)
QUESTION = "Is your throat or tongue swelling?"


class SmallScreen:
    """Knows three phrases, one combination over turns (leg, then breathless) and one safety question."""

    def __init__(self) -> None:
        self.broken = False
        self.seen: list[str] = []

    def suspects(self, text: str, state: SmallState, *, at: datetime) -> bool:
        return False

    def screen(self, text: str, state: SmallState, *, at: datetime, by_rules: bool = False) -> SmallResult:
        self.seen.append(text)
        if self.broken:
            raise RuntimeError("the rules are gone")
        low, turn = text.lower(), state.turns
        found = []
        for rule, phrase, level, category in RULES:
            if (match := re.search(phrase, low)) and rule not in state.facts:
                found.append(
                    SmallMatch(
                        rule, level, category, turn, match.start(), match.end(), text[match.start() : match.end()]
                    )
                )
        facts = (*state.facts, *(match.rule for match in found))
        if "breathless" in low and "leg" in facts and "clot" not in facts:
            start = low.index("breathless")
            found.append(
                SmallMatch("clot", Level.EMERGENCY, "pulmonary_embolism", turn, start, start + 10, "breathless")
            )
            facts = (*facts, "clot")
        answered, question = None, state.question
        if question is not None:
            answered = "yes" if low.startswith("yes") else "no" if low.startswith("no") else "unclear"
            if answered == "yes":
                found.append(SmallMatch("asked-throat", Level.EMERGENCY, "anaphylaxis", turn, 0, 3, text[:3]))
            if answered != "unclear":
                question = None
        elif "weird" in low:
            question = QUESTION
        level = max([state.level, *(match.level for match in found)])
        raised = level > state.level
        if level >= Level.URGENT:
            question = None
        found.sort(key=lambda match: -match.level)
        return SmallResult(
            level=max(level, Level.CHECK) if question else level,
            raised=raised or (question is not None and state.question is None),
            category=found[0].category if found else None,
            matches=tuple(found),
            new_matches=tuple(found),
            question=SmallQuestion(question) if question else None,
            state=SmallState(facts, level, question, turn + 1),
            answered=answered,
        )


class SmallAdvisor:
    def __init__(self) -> None:
        self.broken = False

    def advise(self, result: SmallResult) -> tuple[Reply, ...]:
        if self.broken:
            raise RuntimeError("no words")
        card = {"level": result.level.code, "title": "Call 999 now", "number": "999", "number_label": "Call 999"}
        return (Reply(f"ADVICE {result.level.code} {result.category}", custom={"card": card}),)

    def ask(self, result: SmallResult) -> Reply:
        return Reply(result.question.text, buttons=(Button("Yes", "Yes"), Button("No", "No")))
