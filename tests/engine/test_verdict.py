"""What the dialogue is told of the front door's verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from bot.clinical.codes import Level
from bot.conversation.ports import TurnFacts
from bot.engine.rasa_engine import _verdict_of

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
