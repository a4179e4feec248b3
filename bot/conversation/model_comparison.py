"""What a new model reads differently from the old one, and whether it may take its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.clinical.codes import Level


@dataclass(frozen=True)
class Change:
    id: str
    what: str  # newly_missed | newly_found | new_false_alarm | false_alarm_gone | level_lower | level_higher | intent_*
    old: str
    new: str


@dataclass(frozen=True)
class Comparison:
    """`refused_for` are the changes that stop a promotion; without any the new model may take over."""

    compared: int
    changes: tuple[Change, ...]

    @property
    def refused_for(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.what in ("newly_missed", "level_lower"))

    def counts(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for change in self.changes:
            found[change.what] = found.get(change.what, 0) + 1
        return dict(sorted(found.items()))


def compare(
    expected: Iterable[Mapping[str, Any]], old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> Comparison:
    """
    Args:
        expected: Rows with "id", and "level" and "intent" where they are known.
        old: What the old model read, by id: "level" and "intent".
        new: The same of the new one.

    Raises:
        KeyError: A model has not read a row; what was not read cannot count as passed.
    """
    changes, number = [], 0
    for row in expected:
        number += 1
        key = str(row["id"])
        before, after = old[key], new[key]
        right = Level.from_code(row["level"]) if row.get("level") is not None else None
        changes += _level_change(key, right, _level(before), _level(after))
        changes += _intent_change(key, row.get("intent"), before.get("intent"), after.get("intent"))
    return Comparison(number, tuple(changes))


def _level(read: Mapping[str, Any]) -> Level:
    return Level.from_code(str(read["level"]))


def _level_change(key: str, right: Level | None, old: Level, new: Level) -> list[Change]:
    if old is new:
        return []
    was, now = old >= Level.URGENT, new >= Level.URGENT
    if right is not None and right < Level.URGENT:
        what = "new_false_alarm" if now and not was else "false_alarm_gone" if was and not now else ""
    elif was and not now:  # also where nobody has said what is right: a danger that the old model saw
        what = "newly_missed"
    elif now and not was:
        what = "newly_found"
    elif now and new > old:
        what = "level_higher"
    else:
        what = "level_lower" if now and (right is None or new < right) else ""
    return [Change(key, what or "level_other", old.code, new.code)]


def _intent_change(key: str, right: str | None, old: Any, new: Any) -> list[Change]:
    if old == new:
        return []
    what = (
        "intent_other"
        if right is None
        else "intent_mended"
        if new == right
        else "intent_broken"
        if old == right
        else "intent_other"
    )
    return [Change(key, what, str(old), str(new))]
