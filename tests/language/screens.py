"""Screens and vignettes for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.knowledge.danger import FOLDER, load_danger
from bot.knowledge.lab_words import load_lab_words
from bot.knowledge.strict import Fault
from bot.knowledge.thresholds import load_lab_scale
from bot.language.labs import LabReader
from bot.language.screen import Screen, ScreenResult, ScreenState

VIGNETTES = Path(__file__).parent.parent / "vignettes"
AT = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)


@lru_cache(maxsize=1)
def rules_alone() -> Screen:
    """The screen without its trained reader."""
    faults: list[Fault] = []
    danger, reader = load_danger(), LabReader(load_lab_words(FOLDER, faults), load_lab_scale(FOLDER, faults))
    assert not faults
    return Screen(
        danger.language,
        danger.flags.rules,
        labs=lambda text: tuple(owned.lab for owned in reader.read_all(text, today=date(2026, 3, 2))),
    )


def talk(*turns: str, screen: Screen | None = None) -> ScreenResult:
    """The result after the last of these messages, two minutes apart; the state goes through JSON each time."""
    state, result = ScreenState(), None
    for number, text in enumerate(turns):
        result = (screen or rules_alone()).screen(text, state, at=AT + timedelta(minutes=2 * number))
        state = ScreenState.from_json(json.loads(json.dumps(result.state.to_json())))
        assert state == result.state
    assert result is not None
    return result


def vignettes(name: str) -> Sequence[dict[str, Any]]:
    lines = (VIGNETTES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]
