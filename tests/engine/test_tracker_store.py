"""Bounded state: slots, loop and the last messages survive; size does not grow with the talk."""

from __future__ import annotations

import asyncio
import json

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.tracker_store import KEPT_USER_MESSAGES, BoundedTrackerStore, bounded_state

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [greet]
slots:
  picture: {type: any, influence_conversation: false, mappings: [{type: custom}]}
  consent: {type: text, mappings: [{type: custom}]}
"""
)


def _talk(turns: int) -> DialogueStateTracker:
    events: list[Event] = [ActionExecuted("action_listen"), SlotSet("consent", "yes"), ActiveLoop("interview_form")]
    for turn in range(turns):
        events += [
            UserUttered(f"message {turn}", {"name": "greet", "confidence": 1.0}),
            SlotSet("picture", {"turns": turn, "weight": "x" * 500}),
            ActionExecuted("interview_form"),
            ActionExecuted("action_listen"),
        ]
    return DialogueStateTracker.from_events("t", events, slots=DOMAIN.slots)


def _through_the_store(tracker: DialogueStateTracker) -> DialogueStateTracker:
    store = BoundedTrackerStore(DOMAIN)
    asyncio.run(store.save(tracker))
    restored = asyncio.run(store.retrieve("t"))
    assert restored is not None
    return restored


def test_slots_and_the_open_form_survive_a_long_talk() -> None:
    restored = _through_the_store(_talk(300))
    assert restored.get_slot("consent") == "yes"
    assert restored.get_slot("picture")["turns"] == 299
    assert restored.active_loop_name == "interview_form"
    assert restored.latest_action_name == "action_listen"
    assert restored.latest_message is not None
    assert restored.latest_message.text == "message 299"


def test_state_does_not_grow_with_the_talk() -> None:
    short, long = (len(json.dumps(bounded_state(_talk(turns)))) for turns in (KEPT_USER_MESSAGES + 2, 500))
    assert long < short * 1.05


def test_saving_what_was_restored_changes_nothing_more() -> None:
    once = _through_the_store(_talk(50))
    twice = _through_the_store(once)
    assert twice.current_slot_values() == once.current_slot_values()
    assert bounded_state(twice)["events"][-1]["name"] == "action_listen"


def test_an_unknown_conversation_is_none() -> None:
    assert asyncio.run(BoundedTrackerStore(DOMAIN).retrieve("nobody")) is None


def test_a_forgotten_conversation_is_gone() -> None:
    store = BoundedTrackerStore(DOMAIN)
    asyncio.run(store.save(_talk(2)))
    asyncio.run(store.delete("t"))
    assert asyncio.run(store.retrieve("t")) is None
