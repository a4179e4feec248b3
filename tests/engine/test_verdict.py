"""What the dialogue is told of the front door's verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.clinical.codes import Level
from bot.conversation.ports import TurnFacts
from bot.engine.rasa_engine import RasaEngine, _verdict_of

NOTHING_NEW: Any = SimpleNamespace(raised=False, question=None, answered=None)
TURN = TurnFacts(
    conversation_id="c",
    message_id="m",
    channel="web",
    region="uk",
    now=datetime(2026, 3, 2, tzinfo=timezone.utc),
    consent=True,
    danger=NOTHING_NEW,
    level=Level.EMERGENCY,
)


def test_a_danger_said_again_is_a_red_flag_for_the_dialogue_too() -> None:
    """Else the interview would go on over the advice."""
    verdict = _verdict_of(replace(TURN, advice_sent=True))
    assert verdict == {"raised": True, "level": "emergency", "advice_sent": True}


def test_a_harmless_message_after_a_danger_is_none() -> None:
    assert _verdict_of(TURN) is None


@pytest.mark.parametrize(
    ("zone", "today"),
    [("Europe/London", "2026-07-03"), ("America/Los_Angeles", "2026-07-02"), ("Pacific/Auckland", "2026-07-03")],
)
def test_today_is_the_day_at_the_clinic(zone: str, today: str) -> None:
    """Half past midnight in London is afternoon of the day before in California: "today" is a date of a result."""
    asked: list[str] = []

    def describe(picture: object, *, today: date, level: Level) -> dict[str, Any]:
        asked.append(today.isoformat())
        return {}

    engine = RasaEngine.__new__(RasaEngine)  # without a model
    engine._zone, engine._welcomed, engine._describe = ZoneInfo(zone), True, describe
    turn = replace(TURN, danger=None, now=datetime(2026, 7, 2, 23, 30, tzinfo=timezone.utc))
    told = SimpleNamespace(intent={}, parse_data={})
    tracker = SimpleNamespace(latest_message=told, get_slot={"consent": "yes"}.get)
    engine._snapshot(SimpleNamespace(tracker=tracker, events=()), turn)  # type: ignore[arg-type]
    assert [engine._metadata(turn)["today"], *asked] == [today, today]
