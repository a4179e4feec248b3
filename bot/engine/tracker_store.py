"""
Rasa's private state of a conversation, at the same cost on turn 10 and on turn 1,000.

Rasa's own store replays every event ever made, at every message.  This one keeps one
row for each conversation: the slots, the open form and the events of the last few
messages, which is all that policies look at.  The transcript is the ledger's business.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, List, Optional, Text

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

#: Policies look four turns back; the rest of the window is room for repeated questions.
KEPT_USER_MESSAGES = 8


class BoundedTrackerStore(TrackerStore, SerializedTrackerAsText):
    """A tracker store over a plain key-value port (`load`, `save`, `delete` of text by conversation)."""

    def __init__(
        self,
        domain: Optional[Domain],
        event_broker: Optional[EventBroker] = None,
        states: Optional[Any] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._states = states if states is not None else MemoryStates()
        self._saved: Dict[Text, DialogueStateTracker] = {}

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Replaces the conversation's row by its present state."""
        self._saved[tracker.sender_id] = tracker
        await self._states.save(tracker.sender_id, json.dumps(bounded_state(tracker)))

    def take_saved(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """The conversation as it was saved last, whole; once, None when it was not saved since."""
        return self._saved.pop(sender_id, None)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """The conversation with its slots, its open form and its last messages; None when unknown."""
        text = await self._states.load(sender_id)
        if text is None:
            return None
        return self._restore(sender_id, json.loads(text))

    async def delete(self, sender_id: Text) -> None:
        await self._states.delete(sender_id)

    async def keys(self) -> Iterable[Text]:
        keys: Iterable[Text] = await self._states.keys()
        return keys

    def _restore(self, sender_id: Text, state: Dict[Text, Any]) -> DialogueStateTracker:
        head: List[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
        head += [SlotSet(key, value) for key, value in state["slots"].items()]
        if state["loop"]:
            head.append(ActiveLoop(state["loop"]))
        head.append(ActionExecuted(ACTION_LISTEN_NAME))
        tail = [Event.from_parameters(event) for event in state["events"]]
        slots = self.domain.slots if self.domain is not None else []
        return DialogueStateTracker.from_events(sender_id, head + [e for e in tail if e is not None], slots=slots)


class MemoryStates:
    """The port in memory: for the length of a turn, or for good where nobody else keeps the states."""

    def __init__(self) -> None:
        self._texts: Dict[Text, Text] = {}

    def put(self, conversation_id: Text, text: Optional[Text]) -> None:
        """How the conversation stands; None for a new one."""
        if text is None:
            self._texts.pop(conversation_id, None)
        else:
            self._texts[conversation_id] = text

    def take(self, conversation_id: Text) -> Optional[Text]:
        """How it stands now; it is not kept here any longer."""
        return self._texts.pop(conversation_id, None)

    async def load(self, conversation_id: Text) -> Optional[Text]:
        return self._texts.get(conversation_id)

    async def save(self, conversation_id: Text, text: Text) -> None:
        self._texts[conversation_id] = text

    async def delete(self, conversation_id: Text) -> None:
        self._texts.pop(conversation_id, None)

    async def keys(self) -> List[Text]:
        return list(self._texts)


def bounded_state(tracker: DialogueStateTracker) -> Dict[Text, Any]:
    """
    Slots and loop as they stood before the kept events, and those events.

    The values of large slots inside the kept events are dropped all but the last: only
    the present picture counts, and it would otherwise be stored once for each turn.
    """
    # The raw events: Rasa leaves the answers given to an open form out of the applied ones.
    events = list(tracker.events)
    starts = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
    cut = starts[-KEPT_USER_MESSAGES] if len(starts) > KEPT_USER_MESSAGES else (starts[0] if starts else len(events))
    head, tail = events[:cut], events[cut:]
    slots: Dict[Text, Any] = {}
    loop: Optional[Text] = None
    for event in head:
        if isinstance(event, SlotSet):
            slots[event.key] = event.value
        elif isinstance(event, ActiveLoop):
            loop = event.name
    last_set = {event.key: index for index, event in enumerate(tail) if isinstance(event, SlotSet)}
    kept = [
        event
        for index, event in enumerate(tail)
        if not (isinstance(event, SlotSet) and event.key in ("picture", "heard") and last_set[event.key] != index)
    ]
    return {
        "slots": {key: value for key, value in slots.items() if value is not None},
        "loop": loop,
        "events": [_kept(event, agreed=tracker.get_slot("consent") == "yes") for event in kept],
    }


def _kept(event: Event, *, agreed: bool) -> Dict[Text, Any]:
    """An event as it is stored; before the patient has agreed without what was written and what it was read as."""
    plain: Dict[Text, Any] = event.as_dict()
    if agreed or not isinstance(event, UserUttered):
        return plain
    nothing = {"intent": {"name": None, "confidence": 0.0}, "entities": [], "text": "", "message_id": event.message_id}
    return {**plain, "text": "", "parse_data": nothing, "metadata": {}}
