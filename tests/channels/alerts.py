"""The call to staff that the tests of every way out carry."""

from __future__ import annotations

from datetime import datetime, timezone

from bot.clinical.codes import Level
from bot.conversation.ports import Alert

ALERT = Alert(
    id="e-1:first",
    conversation_id="talk-1",
    escalation_id="e-1",
    level=Level.EMERGENCY,
    category="cardiac",
    at=datetime(2026, 3, 2, 9, tzinfo=timezone.utc),
)
