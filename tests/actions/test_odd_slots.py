"""A slot, a message or an event of an odd kind costs at most what was noted, never the answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from ruamel.yaml import YAML

import actions
from actions.talk import ClinicAction
from bot import wiring

from .test_failing_actions import ACTIONS

_DOMAIN = YAML(typ="safe").load((Path(actions.__file__).parents[1] / "domain.yml").read_text(encoding="utf-8"))
SLOTS: tuple[str, ...] = (*_DOMAIN["slots"], "requested_slot")

#: What a slot can hold after a fault, an older version, or somebody else's tracker.
ODD_VALUES: tuple[Any, ...] = (
    None,
    "",
    "word",
    7,
    2.5,
    True,
    [],
    ["x", None],
    {},
    {"turns": "many"},
    {"patient": 3},
    {"patient": {"person": {"age": "old"}}},
    {"patient": {"labs": [{"analyte": "b12", "value": None}]}},
    {"questions": {"age": 5}},
    {"conflicts": "none"},
    {"message_id": "m1", "labs": 4},
    {"message_id": "m1", "noted": "fatigue"},
)

PLAIN_MESSAGE = {"text": "im tired", "message_id": "m1", "intent": {"name": "greet", "confidence": 1.0}, "metadata": {}}

ODD_MESSAGES: tuple[Any, ...] = (
    None,
    {},
    {"text": None, "intent": None, "metadata": None, "message_id": None},
    {"text": "", "intent": {}, "metadata": {}},
    {"text": 5, "intent": "greet", "metadata": "web", "message_id": 9},
    {**PLAIN_MESSAGE, "intent": {"name": None, "confidence": "high"}},
    {**PLAIN_MESSAGE, "metadata": {"today": "tomorrow", "danger": "urgent", "level": ["urgent"]}},
    {**PLAIN_MESSAGE, "metadata": {"today": 20260302, "level": None, "consent": "maybe"}},
    {**PLAIN_MESSAGE, "danger": "urgent", "topic": ["FAQ-01"], "did_you_mean": "FAQ-01", "clinic_fact": {}},
    {**PLAIN_MESSAGE, "danger": {"level": 3, "category": [], "raised": True}, "topic": "FAQ-999"},
    {**PLAIN_MESSAGE, "did_you_mean": [None, 4, "FAQ-01"], "advice_reply": 7, "tongue": ["es"]},
)

ODD_EVENTS: tuple[Any, ...] = (
    None,
    [None, "bot", {}],
    [{"event": "bot", "text": 3, "data": None}, {"event": "bot", "data": {"custom": "card"}}, {"event": "action"}],
)


def _failures(kind: type[ClinicAction], tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What broke inside the action, by kind of error."""
    broke: list[str] = []
    monkeypatch.setattr(wiring, "note_failure", lambda name, error: broke.append(f"{name}: {error!r}"))
    events = asyncio.run(kind().run(CollectingDispatcher(), tracker, {}))
    assert isinstance(events, list)
    return broke


def _tracker(slots: Any = None, message: Any = None, events: Any = None) -> Tracker:
    return Tracker("talk", slots if slots is not None else {}, message, events, False, None, {}, "action_listen")


@pytest.mark.parametrize(("name", "kind"), ACTIONS, ids=[name for name, _ in ACTIONS])
def test_an_odd_slot_loses_no_answer(name: str, kind: type[ClinicAction], monkeypatch: pytest.MonkeyPatch) -> None:
    usual = {"consent": "yes", "danger": None}
    for value in ODD_VALUES:
        everywhere = dict.fromkeys(SLOTS, value)
        notes_only = {**usual, "picture": value, "heard": value}
        for slots in (everywhere, notes_only):
            assert not _failures(kind, _tracker(slots, dict(PLAIN_MESSAGE), []), monkeypatch), (name, value)


@pytest.mark.parametrize(("name", "kind"), ACTIONS, ids=[name for name, _ in ACTIONS])
def test_an_odd_message_loses_no_answer(name: str, kind: type[ClinicAction], monkeypatch: pytest.MonkeyPatch) -> None:
    for message in ODD_MESSAGES:
        for slots in ({}, {"consent": "yes", "danger": "urgent"}):
            assert not _failures(kind, _tracker(slots, message, []), monkeypatch), (name, message)
    for events in ODD_EVENTS:
        assert not _failures(kind, _tracker({}, dict(PLAIN_MESSAGE), events), monkeypatch), (name, events)


@pytest.mark.parametrize("message", ODD_MESSAGES)
def test_urgent_advice_is_given_whatever_the_message_holds(message: Any) -> None:
    kind = dict(ACTIONS)["action_give_urgent_advice"]
    dispatcher = CollectingDispatcher()
    events = asyncio.run(kind().run(dispatcher, _tracker(dict.fromkeys(SLOTS, 7), message, None), {}))
    assert any("999" in (said.get("text") or "") for said in dispatcher.messages)
    assert {"event": "slot", "timestamp": None, "name": "danger", "value": "urgent"} in events
