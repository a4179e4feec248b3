"""
The dialogue engine: Rasa's Agent as a library, behind the conversation's `Engine` port.

Runs on an event loop and thread of its own, so that a busy dialogue never delays the
front door's screen.  Rasa's fail-safe tracker store is taken off: it would answer a
read error with an empty conversation, and an error that is seen is better.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Text, TypeVar

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.clinical.codes import Level
from bot.conversation.entries import engine_name
from bot.conversation.ports import Button, Contact, EngineAnswer, Reply, TurnFacts
from bot.engine.actions_in_process import ActionsInProcess
from bot.engine.catch_all_policy import NOT_UNDERSTOOD
from bot.engine.danger_component import wiring_verdict
from bot.engine.intent_component import ASKED
from bot.engine.tracker_store import BoundedTrackerStore, MemoryStates

log = logging.getLogger(__name__)

T = TypeVar("T")

_CONTACT_KEYS = ("name", "phone", "email", "preferred_time")


class ModelBroken(RuntimeError):
    """The trained model cannot be used; the text says why and what to do."""


class CollectingReplies(OutputChannel):
    """Keeps each reply whole: text, quick replies and structured part together."""

    def __init__(self) -> None:
        self.replies: List[Dict[Text, Any]] = []

    @classmethod
    def name(cls) -> Text:
        return "collecting_replies"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        self.replies.append(dict(message))


@dataclass(frozen=True)
class Turned:
    """One message's way through Rasa: replies, and the conversation afterwards."""

    replies: tuple[Reply, ...]
    customs: tuple[dict[str, Any], ...]
    tracker: Optional[DialogueStateTracker]
    events: tuple[str, ...] = field(default_factory=tuple)


class RasaEngine:
    """Answers messages with the trained model.  `close()` ends its thread."""

    def __init__(
        self,
        *,
        model: Path,
        describe: Any,
        states: Optional[Any] = None,
        welcomed: bool = True,
        action_limit: float = 5.0,
    ) -> None:
        """
        Args:
            model: The trained archive.
            describe: `(picture slot as JSON, *, today) -> dict`, what staff and the summary see of it.
            states: Where the dialogue's private state is kept (`load`, `save`, `delete`);
                in memory when None.
            welcomed: The opening and the consent question were shown before the first message.
            action_limit: Seconds for one action.

        Raises:
            ModelBroken: The archive cannot be read or does not answer a canary message.
        """
        self._model = model
        self._describe = describe
        self._welcomed = welcomed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="dialogue", daemon=True)
        self._thread.start()
        self._states = states if states is not None else MemoryStates()
        try:
            self._agent = self._load(action_limit)
        except Exception as error:
            self.close()
            raise ModelBroken(
                f"The model {model.name} cannot be used ({type(error).__name__}: {error}). Train it again: make train."
            ) from error

    def _load(self, action_limit: float) -> Agent:
        store = BoundedTrackerStore(domain=None, states=self._states)
        agent = Agent.load(
            model_path=str(self._model),
            tracker_store=store,
            action_endpoint=ActionsInProcess("actions", limit=action_limit),
        )
        if agent.processor is None or agent.domain is None:
            raise ModelBroken("no dialogue model inside")
        store.domain = agent.domain
        agent.tracker_store = store
        agent.processor.tracker_store = store
        return agent

    # --- the Engine port ---------------------------------------------------------------

    async def respond(self, conversation_id: str, text: str, *, turn: TurnFacts) -> EngineAnswer:
        """One message through Rasa; see `bot.conversation.ports.Engine`."""
        turned = await self._elsewhere(self._turn(conversation_id, text, turn))
        return self.answer_of(turned, turn)

    async def forget(self, conversation_id: str) -> None:
        await self._elsewhere(self._states.delete(engine_name(conversation_id)))

    async def ready(self) -> None:
        """Raises ModelBroken unless the loaded model reads a canary message and lets a red flag win."""
        from bot import wiring

        canary = wiring.shared_parts().canary
        parsed = await self._elsewhere(self._agent.parse_message(canary))
        if (parsed.get("intent") or {}).get("name") != "red_flag":
            raise ModelBroken("The loaded model does not recognise the red flag of its canary message.")

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    # --- inside the dialogue's own thread ------------------------------------------------

    async def turn_through(self, conversation_id: str, text: str, turn: TurnFacts) -> Turned:
        """As `respond`, with Rasa's own view of the turn; for batch runs and tests."""
        return await self._elsewhere(self._turn(conversation_id, text, turn))

    async def _turn(self, conversation_id: str, text: str, turn: TurnFacts) -> Turned:
        channel = CollectingReplies()
        message = UserMessage(
            text=text,
            output_channel=channel,
            sender_id=engine_name(conversation_id),
            input_channel=turn.channel,
            message_id=turn.message_id,
            metadata={**self._metadata(turn), **await self._open_question(conversation_id)},
        )
        await self._agent.handle_message(message)
        tracker = await self._agent.tracker_store.retrieve(engine_name(conversation_id))
        replies, customs = [], []
        for raw in channel.replies:
            custom = dict(raw.get("custom") or {})
            customs.append(custom)
            if raw.get("text"):
                buttons = tuple(Button(b["title"], b["payload"]) for b in raw.get("buttons") or ())
                replies.append(Reply(raw["text"], buttons, custom or None))
        return Turned(tuple(replies), tuple(customs), tracker, _events(tracker))

    async def _open_question(self, conversation_id: str) -> Dict[Text, Any]:
        """What the reader of intents is told about the question just asked."""
        tracker = await self._agent.tracker_store.retrieve(engine_name(conversation_id))
        asked = tracker.get_slot("requested_slot") if tracker is not None else None
        return {ASKED: asked.removeprefix("q_")} if isinstance(asked, str) else {}

    def _metadata(self, turn: TurnFacts) -> Dict[Text, Any]:
        metadata: Dict[Text, Any] = {
            "consent": turn.consent,
            "level": turn.level.code,
            "advice_sent": turn.advice_sent,
            "safety_question": turn.safety_question,
            "safety_answer": turn.safety_answer,
            "replayed": turn.replayed,
            "held_waiting": turn.held_waiting,
            "welcomed": self._welcomed,
            "today": turn.now.date().isoformat(),
        }
        if turn.danger is not None:
            metadata["danger"] = _verdict_of(turn)
        elif turn.replayed:
            metadata["danger"] = None  # it was screened, and advised on, when it came
        return metadata

    def answer_of(self, turned: Turned, turn: TurnFacts) -> EngineAnswer:
        tracker = turned.tracker
        consent_slot = tracker.get_slot("consent") if tracker is not None else None
        consent = {"yes": True, "no": False}.get(consent_slot or "")
        merged: dict[str, Any] = {}
        for custom in turned.customs:
            merged.update(custom)
        contact = merged.get("contact")
        return EngineAnswer(
            replies=turned.replies,
            consent=consent if consent != turn.consent else None,
            snapshot=self._snapshot(turned, turn),
            wants_staff=bool(merged.get("wants_staff")),
            erase=bool(merged.get("erase")),
            contact=Contact(**{key: contact.get(key) for key in _CONTACT_KEYS}) if contact else None,
        )

    def _snapshot(self, turned: Turned, turn: TurnFacts) -> dict[str, Any]:
        tracker = turned.tracker
        if tracker is None or tracker.latest_message is None:
            return {}
        intent: Mapping[str, Any] = tracker.latest_message.intent or {}
        parsed = tracker.latest_message.parse_data or {}
        return {
            "intent": intent.get("name"),
            "confidence": round(float(intent.get("confidence") or 0.0), 3),
            "topic": parsed.get("topic"),
            "understood": NOT_UNDERSTOOD not in turned.events,
            **self._describe(tracker.get_slot("picture"), today=turn.now.date(), level=turn.level),
        }

    async def _elsewhere(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        return await asyncio.wrap_future(future)


def _verdict_of(turn: TurnFacts) -> Optional[Dict[Text, Any]]:
    """
    What the front door found, for `DangerComponent`.

    A message that got advice is a red flag for the dialogue too, also when the level was
    reached before it: a second danger, or the same one said again.
    """
    verdict = wiring_verdict(turn.danger)
    if turn.advice_sent:
        verdict = {**(verdict or {}), "raised": True, "level": turn.level.code}
    if verdict is not None:
        verdict["advice_sent"] = turn.advice_sent
    return verdict


def _events(tracker: Optional[DialogueStateTracker]) -> tuple[str, ...]:
    """Names of the intent and the actions of the last message, in order."""
    names: List[Text] = []
    for event in reversed(list(tracker.events) if tracker is not None else []):
        if isinstance(event, ActionExecuted) and event.action_name:
            names.append(event.action_name)
        elif isinstance(event, UserUttered):
            names.append(str((event.intent or {}).get("name")))
            break
    return tuple(reversed(names))


__all__ = ["CollectingReplies", "Level", "ModelBroken", "RasaEngine", "Turned"]
