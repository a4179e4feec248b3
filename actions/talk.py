"""
The ground of every action: the slots as values, the words, and never silence.

An action that raises would leave the patient without a reply; `ClinicAction` says the
safe sentence instead and logs the kind of error, never what the patient wrote.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot import wiring
from bot.clinical.wording import InterviewWords, QuickReply
from bot.conversation.hearing import Heard
from bot.conversation.picture import Picture

log = logging.getLogger(__name__)


#: Level -> how the sentences for it begin in talk.yml.
_DANGER_WORDS = {"emergency": "danger", "urgent": "urgent"}


class Talk:
    """One turn, as an action sees it."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        self.dispatcher = dispatcher
        self.tracker = tracker
        self.parts = wiring.shared_parts()

    @property
    def words(self) -> InterviewWords:
        return self.parts.words

    @cached_property
    def latest(self) -> dict[str, Any]:
        message: dict[str, Any] = self.tracker.latest_message or {}
        return message

    @property
    def metadata(self) -> dict[str, Any]:
        return self.latest.get("metadata") or {}

    @property
    def text(self) -> str:
        return self.latest.get("text") or ""

    @property
    def today(self) -> date:
        """The day the conversation is held; the door says it, so that a batch run can choose it."""
        said = self.metadata.get("today")
        return date.fromisoformat(said) if said else date.today()

    @property
    def intent(self) -> str:
        return (self.latest.get("intent") or {}).get("name") or ""

    @property
    def confidence(self) -> float:
        return float((self.latest.get("intent") or {}).get("confidence") or 0.0)

    @cached_property
    def picture(self) -> Picture:
        return Picture.from_json(self.tracker.get_slot("picture"))

    @cached_property
    def heard(self) -> Heard:
        """What the latest message brought; empty when it belongs to an earlier one."""
        heard = Heard.from_json(self.tracker.get_slot("heard"))
        return heard if heard.message_id == self.latest.get("message_id") else Heard()

    @property
    def question(self) -> str | None:
        """The code of the open interview question."""
        requested = self.tracker.get_slot("requested_slot") or ""
        return requested.removeprefix("q_") if requested.startswith("q_") else None

    @property
    def danger(self) -> str | None:
        danger: str | None = self.tracker.get_slot("danger")
        return danger

    @property
    def danger_words(self) -> str:
        """How the sentences for the open level begin in talk.yml."""
        return "crisis" if self.picture.in_crisis else _DANGER_WORDS.get(self.danger or "", "urgent")

    @property
    def in_form(self) -> str | None:
        return (self.tracker.active_loop or {}).get("name")

    @property
    def said(self) -> list[str]:
        """What was said to the patient in the last few turns, oldest first."""
        return [e["text"] for e in self.tracker.events if e.get("event") == "bot" and e.get("text")]

    def times(self, action: str) -> int:
        """How often an action has run, so that wordings take turns."""
        return sum(1 for event in self.tracker.events if event.get("event") == "action" and event.get("name") == action)

    def asked(self, code: str) -> int:
        """How often a question was put lately; a form's own questions are not among its actions."""
        return sum(
            1
            for event in self.tracker.events
            if event.get("event") == "bot" and ((event.get("data") or {}).get("custom") or {}).get("asked") == code
        )

    def sentence(self, key: str, *, nth: int = 0, **facts: object) -> str:
        return self.words.say(key, nth=nth, **{**self.parts.facts, **facts})

    def say(self, key: str, *, nth: int = 0, buttons: Sequence[str] = (), **facts: object) -> None:
        """Says one sentence of talk.yml; `buttons` are keys of button_… sentences."""
        self.utter(self.sentence(key, nth=nth, **facts), quick=self.buttons(*buttons))

    def buttons(self, *keys: str) -> tuple[QuickReply, ...]:
        return tuple(QuickReply(title=self.sentence(key), say=self.sentence(key)) for key in keys)

    def utter(self, text: str, *, quick: Sequence[QuickReply] = (), custom: dict[str, Any] | None = None) -> None:
        """One message to the patient; a button sends its `say` as ordinary text."""
        buttons = [{"title": reply.title, "payload": reply.say} for reply in quick]
        self.dispatcher.utter_message(text=text, buttons=buttons or None, json_message=custom)

    def keep_advice_in_view(self) -> None:
        """While a red flag is open every reply ends with one short line of the advice."""
        if self.danger:
            self.say(f"{self.danger_words}_still", nth=self.picture.turns)

    def heard_events(self, picture: Picture, heard: Heard | None = None) -> list[EventType]:
        events = [SlotSet("picture", picture.to_json())]
        if heard is not None:
            events.append(SlotSet("heard", heard.to_json()))
        return events


class ClinicAction(Action, ABC):
    """An action that always answers.  Subclasses implement `act`."""

    #: The name in domain.yml.
    action_name = ""

    def name(self) -> str:
        return self.action_name

    @abstractmethod
    async def act(self, talk: Talk) -> list[EventType]:
        """Speak through `talk` and return what changed."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        talk = Talk(dispatcher, tracker)
        try:
            return await self.act(talk)
        except Exception as error:  # noqa: BLE001 - whatever it is, the patient gets a reply
            log.error("action failed", extra={"action": self.name(), "error": type(error).__name__}, exc_info=None)
            wiring.note_failure(self.name(), error)
            talk.say("trouble")
            return []
