"""
`b12bot batch converse`: whole conversations through the trained model and the real actions.

Each line is a conversation of its own through the same co-ordinator as the front door,
over a database that is thrown away afterwards.
"""

from __future__ import annotations

import asyncio
import atexit
import tempfile
from datetime import date, datetime, time, timezone
from pathlib import Path
from typing import Any

from bot import wiring
from bot.batch.lines import Handler, LineError
from bot.conversation.one_talk import OneTalk
from bot.conversation.ports import EngineAnswer, MessageRow, TurnFacts
from bot.settings import read_settings

_AGREEING = "yes"


class _Noted:
    """The engine, with Rasa's names for each turn noted down."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.events: list[str] = []
        self.slots: dict[str, Any] = {}

    async def respond(self, conversation_id: str, text: str, *, turn: TurnFacts) -> EngineAnswer:
        turned = await self._engine.turn_through(conversation_id, text, turn)
        if turn.advice_sent:
            self.events.append(f"escalation_{turn.level.code}")
        self.events.extend(turned.events)
        if turned.tracker is not None:
            self.slots = {k: v for k, v in turned.tracker.current_slot_values().items() if v is not None}
        answer: EngineAnswer = self._engine.answer_of(turned, turn)
        if answer.raised is not None:
            self.events.append(f"escalation_{answer.raised.level.code}")
        return answer

    async def forget(self, conversation_id: str) -> None:
        await self._engine.forget(conversation_id)

    async def ready(self) -> None:
        await self._engine.ready()


def handler(*, region: str, today: date) -> Handler:
    """A handler that holds one conversation a record; loads the model once."""
    settings = read_settings()
    folder = tempfile.TemporaryDirectory(prefix="b12-converse-")
    atexit.register(folder.cleanup)
    loop = asyncio.new_event_loop()
    noon = datetime.combine(today, time(12), tzinfo=settings.time_zone)
    clock = _FixedClock(noon.astimezone(timezone.utc))
    noted: list[_Noted] = []

    def note(engine: Any) -> _Noted:
        noted.append(_Noted(engine))
        return noted[-1]

    async def make() -> wiring.Backend:
        return wiring.rehearsal(settings, region=region, folder=Path(folder.name), clock=clock, around_engine=note)

    backend = loop.run_until_complete(make())

    def converse(record: dict[str, Any]) -> dict[str, Any]:
        turns = record.get("turns")
        if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns):
            raise LineError("'turns' must be a list of texts, the patient's messages in order.")
        consent = record.get("consent", True)
        if not isinstance(consent, bool):
            raise LineError(f"'consent' must be true or false, found {type(consent).__name__}.")
        return loop.run_until_complete(
            _hold(backend, noted[0], record.get("id"), turns, consent=consent, region=region)
        )

    return converse


async def _hold(
    backend: wiring.Backend, noted: _Noted, identifier: Any, turns: list[str], *, consent: bool, region: str
) -> dict[str, Any]:
    talk = OneTalk(backend.conversations, channel="batch", region=region)
    noted.slots = {}
    if consent:
        await talk.say(_AGREEING)
    noted.events = []
    replies = [[_shown(row) for row in await talk.say(text)] for text in turns]
    state = backend.conversations.keeper.ledger.state(talk.conversation_id)
    return {
        "id": identifier,
        "replies": replies,
        "level": state.level.code if state else "none",
        "slots": noted.slots,
        "events": list(noted.events),
    }


def _shown(row: MessageRow) -> dict[str, Any]:
    reply = row.reply
    return {
        "text": reply.text,
        "buttons": [{"title": button.title, "say": button.say} for button in reply.buttons],
        "custom": reply.custom,
    }


class _FixedClock:
    def __init__(self, time: datetime) -> None:
        self._time = time

    def now(self) -> datetime:
        return self._time
