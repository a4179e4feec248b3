"""Stands where no dialogue engine is: the door still screens, advises and keeps every message."""

from __future__ import annotations

from bot.conversation.ports import EngineAnswer, TurnFacts


class EngineAbsent(RuntimeError):
    """There is no dialogue engine; the text says why and what to do."""


class AbsentEngine:
    """Every message gets the safe sentence with the clinic's phone, since nothing here can answer it."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def respond(self, conversation_id: str, text: str, *, turn: TurnFacts) -> EngineAnswer:
        raise EngineAbsent(self._reason)

    async def forget(self, conversation_id: str) -> None:
        """Nothing was remembered."""

    async def ready(self) -> None:
        raise EngineAbsent(self._reason)
