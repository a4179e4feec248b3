"""A talk on each push channel through the trained model, the real screen and the real ledger."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from channels.push_town import ANN, Town

from bot import wiring
from bot.conversation.aftercare import Aftercare

pytestmark = pytest.mark.model


@dataclass
class Real:
    """What `Town` asks of a world."""

    backend: wiring.Backend
    clock: Any = field(init=False)

    def __post_init__(self) -> None:
        self.conversations = self.backend.conversations
        self.clock = self.conversations.clock
        self.database = self.backend.database
        self.aftercare = Aftercare(self.conversations)


@pytest.fixture
def town(backend: wiring.Backend, tmp_path: Path, loop: asyncio.AbstractEventLoop) -> Any:
    async def make() -> Town:
        return Town(tmp_path, world=Real(backend))  # type: ignore[arg-type]

    made = loop.run_until_complete(make())
    yield made
    backend.conversations.delivery.carry = None


async def write(town: Town, channel: str, text: str) -> list[str]:
    """Sends it and returns what the vendor was given."""
    vendor = {"telegram": town.telegram, "slack": town.slack}.get(channel, town.twilio)
    before = len(vendor.sent)
    if channel in ("sms", "whatsapp"):
        await town.text(text, who=f"whatsapp:{ANN}" if channel == "whatsapp" else ANN)
    elif channel == "telegram":
        chat = {"id": 5, "type": "private"}
        message = {"message_id": town.number + 1, "from": {"id": 5}, "chat": chat, "text": text}
        await town.update({"message": message})
    else:
        stamp = f"{1600000000 + town.number}.1"
        await town.event(
            {"type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "ts": stamp, "text": text}
        )
    await town.settle()
    return vendor.texts[before:]


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram", "slack"])
def test_consent_a_question_and_a_danger(town: Town, loop: asyncio.AbstractEventLoop, channel: str) -> None:
    def say(text: str) -> list[str]:
        return loop.run_until_complete(write(town, channel, text))

    welcome = say("hello, how often are the injections?")
    assert "automated assistant" in welcome[0] and "Is it all right" in welcome[1]
    assert sum("yes or a no" in text for text in welcome) == 0, "the consent question stands there once"
    assert any("more often at first" in text for text in welcome[2:]), welcome
    assert "Thank you" in say("1" if channel in ("sms", "whatsapp") else "yes")[0]
    danger = say("my throat is closing up and i cant breathe")
    assert "999" in danger[0]
