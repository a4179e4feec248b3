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
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone, tzinfo
from pathlib import Path
from typing import Any, Dict, List, Optional, Text, TypeVar

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.clinical.codes import Level
from bot.conversation.entries import engine_name
from bot.conversation.ports import Button, Contact, EngineAnswer, Raised, Reply, TurnFacts
from bot.engine.actions_in_process import ActionsInProcess
from bot.engine.catch_all_policy import NOT_UNDERSTOOD
from bot.engine.danger_component import RED_FLAG, wiring_verdict
from bot.engine.intent_component import ASKED
from bot.engine.tracker_store import BoundedTrackerStore, MemoryStates

log = logging.getLogger(__name__)

T = TypeVar("T")

#: What an action tells the co-ordinator; it does not belong into the transcript.
_FOR_THE_DOOR = frozenset({"wants_staff", "erase", "contact", "raise"})

_CONTACT_KEYS = ("name", "phone", "email", "preferred_time")


class ModelBroken(RuntimeError):
    """The trained model cannot be used; the text says why and what to do."""


class DialogueUnknown(RuntimeError):
    """Nobody can say how the conversation stands; to begin anew would be worse than not to answer."""


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
    dialogue: Optional[str] = None  # the state to be kept, where somebody else keeps it


class RasaEngine:
    """Answers messages with the trained model.  `close()` ends its thread."""

    def __init__(
        self,
        *,
        model: Path,
        describe: Any,
        zone: tzinfo = timezone.utc,
        welcomed: bool = True,
        action_limit: float = 5.0,
    ) -> None:
        """
        Args:
            model: The trained archive.
            describe: `(picture slot as JSON, *, today) -> dict`, what staff and the summary see of it.
            zone: Where the clinic is: decides which day it is.
            welcomed: The opening and the consent question were shown before the first message.
            action_limit: Seconds for one action.

        Raises:
            ModelBroken: The archive cannot be read or does not answer a canary message.
        """
        self._model = model
        self._describe = describe
        self._zone = zone
        self._proved = False
        self._welcomed = welcomed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="dialogue", daemon=True)
        self._thread.start()
        self._states = MemoryStates()  # of the turn in progress; the ledger keeps what came of it
        try:
            self._agent = self._load(action_limit)
        except Exception as error:
            self.close()
            raise ModelBroken(
                f"The model {model.name} cannot be used ({type(error).__name__}: {error}). Train it again: make train."
            ) from error

    def _load(self, action_limit: float) -> Agent:
        self._store = store = BoundedTrackerStore(domain=None, states=self._states)
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

    @property
    def version(self) -> str:
        """The archive's name, which carries the fingerprint of what it was made from."""
        return self._model.name.partition(".")[0]

    # --- the Engine port ---------------------------------------------------------------

    async def respond(self, conversation_id: str, text: str, *, turn: TurnFacts) -> EngineAnswer:
        """One message through Rasa; see `bot.conversation.ports.Engine`."""
        turned = await self._elsewhere(self._turn(conversation_id, text, turn))
        return self.answer_of(turned, turn)

    async def forget(self, conversation_id: str) -> None:
        """Only what a caller without a ledger left here."""
        await self._elsewhere(self._states.delete(engine_name(conversation_id)))

    async def ready(self) -> None:
        """Raises ModelBroken unless the loaded model lets a red flag win and, the first time, reads a plain message."""
        from bot import wiring

        parts = wiring.shared_parts()
        if await self._intent_of(parts.canary) != RED_FLAG:
            raise ModelBroken("The loaded model does not recognise the red flag of its canary message.")
        if not self._proved and await self._intent_of(parts.say("button_consent_yes")) in (None, RED_FLAG):
            raise ModelBroken("The loaded model does not understand a plain yes.")
        self._proved = True

    async def _intent_of(self, text: str) -> Optional[Text]:
        parsed = await self._elsewhere(self._agent.parse_message(text))
        return (parsed.get("intent") or {}).get("name")

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    # --- inside the dialogue's own thread ------------------------------------------------

    async def turn_through(self, conversation_id: str, text: str, turn: TurnFacts) -> Turned:
        """As `respond`, with Rasa's own view of the turn; for batch runs and tests."""
        return await self._elsewhere(self._turn(conversation_id, text, turn))

    async def _turn(self, conversation_id: str, text: str, turn: TurnFacts) -> Turned:
        if turn.dialogue is None:
            return await self._handle(conversation_id, text, turn)
        if not turn.dialogue.known:
            raise DialogueUnknown("the ledger is away and this process has not served the conversation")
        name = engine_name(conversation_id)
        self._states.put(name, turn.dialogue.text)
        try:
            turned = await self._handle(conversation_id, text, turn)
        finally:
            after = self._states.take(name)
        return replace(turned, dialogue=after)

    async def _handle(self, conversation_id: str, text: str, turn: TurnFacts) -> Turned:
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
        tracker = self._store.take_saved(engine_name(conversation_id))
        replies, customs = [], []
        for raw in channel.replies:
            custom = dict(raw.get("custom") or {})
            customs.append(custom)
            if raw.get("text"):
                buttons = tuple(Button(b["title"], b["payload"]) for b in raw.get("buttons") or ())
                shown = {key: value for key, value in custom.items() if key not in _FOR_THE_DOOR}
                replies.append(Reply(raw["text"], buttons, shown or None))
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
            "today": day_at(turn.now, self._zone).isoformat(),
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
            raised=_raised(merged.get("raise")),
            dialogue=turned.dialogue,
        )

    def _snapshot(self, turned: Turned, turn: TurnFacts) -> dict[str, Any]:
        tracker = turned.tracker
        if tracker is None or tracker.latest_message is None:
            return {}
        if tracker.get_slot("consent") != "yes":
            return {"understood": NOT_UNDERSTOOD not in turned.events}  # nothing is drawn from what was written
        intent: Mapping[str, Any] = tracker.latest_message.intent or {}
        parsed = tracker.latest_message.parse_data or {}
        return {
            "intent": intent.get("name"),
            "confidence": round(float(intent.get("confidence") or 0.0), 3),
            "topic": parsed.get("topic"),
            "understood": NOT_UNDERSTOOD not in turned.events,
            **self._describe(tracker.get_slot("picture"), today=day_at(turn.now, self._zone), level=turn.level),
        }

    async def _elsewhere(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        return await asyncio.wrap_future(future)


def day_at(now: datetime, zone: tzinfo) -> date:
    """The patient's "today": west of Greenwich it is still the day before while UTC has moved on."""
    return now.astimezone(zone).date()


def _raised(plain: Optional[Mapping[str, Any]]) -> Optional[Raised]:
    """A danger that an action found in the answer to its question."""
    if not plain:
        return None
    return Raised(Level.from_code(plain["level"]), str(plain["category"]), str(plain["rule"]))


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
