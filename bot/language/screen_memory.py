"""
The course of a conversation as plain JSON values and back.

Facts keep their words, so that a later combination can show them; nothing else of a
message is kept.  An unknown or missing field of an older state falls back to its default.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from bot.clinical.codes import Level, Side, Trend, When, Who
from bot.clinical.findings import Finding, LabResult, Words
from bot.clinical.urgency import Match
from bot.clinical.urgency_conditions import Seen
from bot.clinical.urgency_course import Course, OpenQuestion

_ENUMS: dict[str, Any] = {"who": Who, "when": When, "trend": Trend, "side": Side}


def course_to_json(course: Course) -> dict[str, Any]:
    """Plain dicts, lists, strings, numbers and None."""
    return {
        "turns": course.turns,
        "level": course.level.code,
        "category": course.category,
        "reached": course.reached,
        "matches": [_flat(match) for match in course.matches],
        "seen": [_seen_to_json(item) for item in course.seen],
        "question": _question_to_json(course.question) if course.question else None,
        "settled": sorted(course.settled),
    }


def course_from_json(data: dict[str, Any]) -> Course:
    """The course that `course_to_json` gave."""
    question = data.get("question")
    return Course(
        turns=data.get("turns", 0),
        level=Level.from_code(data.get("level", "none")),
        category=data.get("category"),
        reached=data.get("reached"),
        matches=tuple(_match(item) for item in data.get("matches", ())),
        seen=tuple(_seen(item) for item in data.get("seen", ())),
        question=_question(question) if question else None,
        settled=frozenset(data.get("settled", ())),
    )


def _flat(value: Any) -> dict[str, Any]:
    """A dataclass without the fields that hold their default, enums as their codes."""
    result: dict[str, Any] = {}
    for spec in dataclasses.fields(value):
        item = getattr(value, spec.name)
        if item == spec.default:
            continue
        if isinstance(item, Level):
            item = item.code
        elif isinstance(item, Enum):
            item = item.value
        elif isinstance(item, Decimal):
            item = {"decimal": str(item)}
        elif isinstance(item, Words):
            item = [item.start, item.end, item.text, item.turn]
        elif isinstance(item, tuple):
            item = list(item)
        result[spec.name] = item
    return result


def _seen_to_json(item: Seen) -> dict[str, Any]:
    result: dict[str, Any] = {"at": item.at.isoformat(), "turn": item.turn}
    if item.unnamed:
        result["unnamed"] = True
    if item.finding is not None:
        result["finding"] = _flat(item.finding)
    if item.lab is not None:
        result["lab"] = _flat(item.lab)
    return result


def _question_to_json(question: OpenQuestion) -> dict[str, Any]:
    result = _flat(dataclasses.replace(question, facts=()))
    return {**result, "facts": [_seen_to_json(item) for item in question.facts]}


def _restored(data: dict[str, Any], allowed: set[str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, item in data.items():
        if name not in allowed:
            continue
        if name == "words":
            item = Words(*item)
        elif name in _ENUMS:
            item = _ENUMS[name](item)
        elif name in ("level", "if_yes"):
            item = Level.from_code(item)
        elif isinstance(item, dict) and "decimal" in item:
            item = Decimal(item["decimal"])
        elif isinstance(item, list):
            item = tuple(item)
        result[name] = item
    return result


def _fields(kind: type) -> set[str]:
    return {spec.name for spec in dataclasses.fields(kind)}


def _match(data: dict[str, Any]) -> Match:
    return Match(**_restored(data, _fields(Match)))


def _seen(data: dict[str, Any]) -> Seen:
    finding, lab = data.get("finding"), data.get("lab")
    return Seen(
        datetime.fromisoformat(data["at"]),
        data["turn"],
        unnamed=data.get("unnamed", False),
        finding=Finding(**_restored(finding, _fields(Finding))) if finding else None,
        lab=LabResult(**_restored(lab, _fields(LabResult))) if lab else None,
    )


def _question(data: dict[str, Any]) -> OpenQuestion:
    facts = tuple(_seen(item) for item in data.get("facts", ()))
    return OpenQuestion(**{**_restored(data, _fields(OpenQuestion)), "facts": facts})
