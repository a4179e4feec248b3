"""Whole talks through the trained model, the real actions, the real screen and a real ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import pytest

from bot import wiring
from bot.clinical.codes import Level
from bot.conversation.one_talk import OneTalk
from bot.conversation.ports import MessageRow
from bot.engine import training
from bot.settings import read_settings

TODAY = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)


class StandingClock:
    def now(self) -> datetime:
        return TODAY


@dataclass
class Heard:
    """One conversation as the patient sees it."""

    backend: wiring.Backend
    loop: asyncio.AbstractEventLoop
    talk: OneTalk
    shown: list[MessageRow] = field(default_factory=list)

    def say(self, text: str) -> str:
        """Send a message; returns everything shown because of it, as one text."""
        rows = self.loop.run_until_complete(self.talk.say(text))
        self.shown.extend(rows)
        assert rows, f"silence after {text!r}"
        return "\n".join(row.reply.text for row in rows)

    @property
    def buttons(self) -> list[str]:
        """Quick replies of the newest message."""
        return [button.say for button in self.shown[-1].reply.buttons]

    @property
    def level(self) -> Level:
        state = self.backend.conversations.keeper.ledger.state(self.talk.conversation_id)
        assert state is not None
        return state.level

    @property
    def snapshot(self) -> dict:  # type: ignore[type-arg]
        return self.backend.conversations.keeper.ledger.snapshot(self.talk.conversation_id)


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="session")
def backend(loop: asyncio.AbstractEventLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[wiring.Backend]:
    settings = read_settings()
    assert training.is_current(settings.model_dir), "the model is not made from data/ as it is; run make train"
    folder = Path(tmp_path_factory.mktemp("talks"))

    async def make() -> wiring.Backend:
        return wiring.rehearsal(settings, region="uk", folder=folder, clock=StandingClock())

    made = loop.run_until_complete(make())
    yield made
    made.close()


@pytest.fixture
def open_talk(backend: wiring.Backend, loop: asyncio.AbstractEventLoop) -> Callable[[], Heard]:
    """A new conversation that has seen the opening and the consent question."""

    def make() -> Heard:
        async def begin() -> OneTalk:
            return OneTalk(backend.conversations, channel="web", region="uk")

        return Heard(backend, loop, loop.run_until_complete(begin()))

    return make


@pytest.fixture
def talk(open_talk: Callable[[], Heard]) -> Heard:
    """A new conversation in which the patient has agreed."""
    heard = open_talk()
    heard.say("yes that's fine")
    return heard
