"""
Load what the danger classifier may do: its thresholds and its safety questions.

Questions that already stand in `safety_questions.yml` are named (`asks`), not repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.clinical.codes import CATEGORIES, Level
from bot.clinical.urgency import SafetyQuestion
from bot.clinical.urgency_conditions import Either
from bot.knowledge.danger_language import sources
from bot.knowledge.strict import Fault, Row, rows

FILE = "danger_classifier.yml"
_THRESHOLDS = "thresholds"


@dataclass(frozen=True)
class ClassifierPolicy:
    """
    From which chance on the classifier does what, and what it asks.

    `raise_from` and `ask_from` are chances that a message holds a danger,
    `emergency_from` is the chance that the danger is an emergency; all from 0 to 1.
    Below `doubt_below` what the rules read is asked about first, save in `never_doubted` categories.
    """

    raise_from: float
    emergency_from: float
    ask_from: float
    questions: Mapping[str, SafetyQuestion]  # by category; every category has one
    doubt_below: float = 0.0
    never_doubted: frozenset[str] = frozenset()


def load_classifier_policy(
    folder: Path, faults: list[Fault], *, questions: Sequence[SafetyQuestion]
) -> ClassifierPolicy:
    """
    Read `folder`/danger_classifier.yml.

    Args:
        questions: The rules' own safety questions, which rows may name.
    """
    known = {question.id: question for question in questions}
    thresholds: dict[str, float] = {}
    asked: dict[str, SafetyQuestion] = {}
    never_doubted: frozenset[str] = frozenset()
    for row in rows(folder / FILE, faults):
        if row.row == _THRESHOLDS:
            thresholds = {name: _share(row, name) for name in ("raise", "emergency", "ask", "doubt")}
            never_doubted = frozenset(row.texts("never_doubt"))
            for unknown in sorted(never_doubted - set(CATEGORIES)):
                row.fault(f"'never_doubt' names {unknown!r}, which is no category.")
        else:
            category = row.choice("category", CATEGORIES)
            asked[category] = _question(row, category, known)
        sources(row)
        row.status()
        row.optional_text("note")
        row.done()
    for category in CATEGORIES:
        if category not in asked:
            faults.append(Fault(FILE, category, "has no safety question; every category needs one."))
    if not thresholds:
        faults.append(Fault(FILE, _THRESHOLDS, "the row is missing."))
    elif thresholds["ask"] > thresholds["raise"]:
        faults.append(Fault(FILE, _THRESHOLDS, "'ask' must not be above 'raise'."))
    elif thresholds["doubt"] > thresholds["ask"]:
        faults.append(Fault(FILE, _THRESHOLDS, "'doubt' must not be above 'ask'."))
    return ClassifierPolicy(
        thresholds.get("raise", 1.0),
        thresholds.get("emergency", 1.0),
        thresholds.get("ask", 1.0),
        asked,
        thresholds.get("doubt", 0.0),
        never_doubted,
    )


def _question(row: Row, category: str, known: Mapping[str, SafetyQuestion]) -> SafetyQuestion:
    name = row.optional_text("asks")
    if name is not None:
        if name in known:
            return known[name]
        row.fault(f"'asks' names {name!r}, which is not in safety_questions.yml.")
    return SafetyQuestion(
        id=row.row,
        when=Either(()),  # no fact calls for it, only the classifier does
        text=row.text("question", default="" if name else None),
        text_other=row.optional_text("question_other"),
        if_yes=Level.from_code(row.choice("if_yes", ("urgent", "emergency"), default="urgent" if name else None)),
        category=category,
    )


def _share(row: Row, name: str) -> float:
    value = row.raw(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        row.fault(f"'{name}' must be a number above 0 and at most 1, found {value!r}.")
        return 1.0
    return float(value)
