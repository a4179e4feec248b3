"""A new model is refused when it misses a danger that the old one found, and for nothing less."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from bot.conversation.model_comparison import compare


def read(level: str, intent: str = "report_symptoms") -> dict[str, dict[str, str]]:
    return {"a": {"level": level, "intent": intent}}


@pytest.mark.parametrize(
    ("right", "old", "new", "what", "refused"),
    [
        ("emergency", "emergency", "emergency", None, False),
        ("emergency", "emergency", "none", "newly_missed", True),
        ("urgent", "urgent", "check", "newly_missed", True),
        (None, "urgent", "none", "newly_missed", True),
        ("emergency", "emergency", "urgent", "level_lower", True),
        ("urgent", "emergency", "urgent", "level_other", False),
        ("emergency", "none", "emergency", "newly_found", False),
        ("none", "urgent", "none", "false_alarm_gone", False),
        ("none", "none", "urgent", "new_false_alarm", False),
        ("emergency", "none", "none", None, False),
    ],
)
def test_what_a_change_of_level_means(right, old: str, new: str, what: str | None, refused: bool) -> None:
    found = compare([{"id": "a", "level": right}], read(old), read(new))
    assert [change.what for change in found.changes] == ([what] if what else [])
    assert bool(found.refused_for) is refused


@pytest.mark.parametrize(
    ("right", "new", "what"),
    [("deny", "deny", "intent_mended"), ("affirm", "deny", "intent_broken"), (None, "deny", "intent_other")],
)
def test_what_a_change_of_wish_means(right: str | None, new: str, what: str) -> None:
    found = compare([{"id": "a", "intent": right}], read("none", "affirm"), read("none", new))
    assert [change.what for change in found.changes] == [what]
    assert found.refused_for == ()


def test_a_message_that_was_not_read_does_not_count_as_passed() -> None:
    with pytest.raises(KeyError):
        compare([{"id": "b"}], read("none"), read("none"))


@pytest.mark.parametrize(("level", "status"), [("none", 1), ("emergency", 0)])
def test_the_command_exits_with_1_when_a_danger_is_newly_missed(
    tmp_path: Path, capsys, level: str, status: int
) -> None:
    files = {
        "data": [{"id": "a", "text": "chest pain", "level": "emergency"}],
        "old": [{"id": "a", "level": "emergency", "intent": "red_flag"}],
        "new": [{"id": "a", "level": level, "intent": "red_flag"}],
    }
    for name, rows in files.items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    path = lambda name: str(tmp_path / f"{name}.jsonl")  # noqa: E731
    assert main(["model", "compare", path("old"), path("new"), "--data", path("data"), "--no-ledger"]) == status
    assert ("a: newly missed, emergency -> none" in capsys.readouterr().out) is (status == 1)
