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
from typing import Any, TypeVar

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
        return _mapping(self.tracker.latest_message)

    @property
    def metadata(self) -> dict[str, Any]:
        return _mapping(self.latest.get("metadata"))

    @property
    def verdict(self) -> dict[str, Any]:
        """What the safety screen read in the latest message."""
        return _mapping(self.latest.get("danger")) or _mapping(self.metadata.get("danger"))

    @property
    def topic(self) -> str | None:
        """The topic of the answer bank that the latest message asks for."""
        topic = _word(self.latest.get("topic"))
        return topic if topic in self.parts.answers.by_id else None

    @property
    def also_topic(self) -> str | None:
        """The topic of a second question in the latest message."""
        topic = _word(self.latest.get("also_topic"))
        return topic if topic in self.parts.answers.by_id else None

    @property
    def offered_topics(self) -> tuple[str, ...]:
        """Topics that the latest message may have meant."""
        offered = self.latest.get("did_you_mean")
        known = self.parts.answers.by_id
        return (
            tuple(t for t in offered if isinstance(t, str) and t in known) if isinstance(offered, (list, tuple)) else ()
        )

    @property
    def clinic_fact(self) -> str | None:
        """The fact of this clinic that the latest message asks for."""
        return _word(self.latest.get("clinic_fact"))

    @property
    def advice_reply(self) -> str | None:
        """How the latest message answers urgent advice (`bot.language.wishes.ADVICE_REPLIES`)."""
        return _word(self.latest.get("advice_reply"))

    @property
    def message_id(self) -> str:
        return _word(self.latest.get("message_id")) or ""

    @property
    def text(self) -> str:
        return _word(self.latest.get("text")) or ""

    @property
    def today(self) -> date:
        """The day the conversation is held; the door says it, so that a batch run can choose it."""
        said = _word(self.metadata.get("today"))
        try:
            return date.fromisoformat(said) if said else date.today()
        except ValueError:
            return date.today()

    @property
    def intent(self) -> str:
        return _word(_mapping(self.latest.get("intent")).get("name")) or ""

    @property
    def confidence(self) -> float:
        said = _mapping(self.latest.get("intent")).get("confidence")
        return float(said) if isinstance(said, (int, float)) else 0.0

    @cached_property
    def picture(self) -> Picture:
        return _read(Picture, self.slot("picture"))

    @cached_property
    def heard(self) -> Heard:
        """What the latest message brought; empty when it belongs to an earlier one."""
        heard = _read(Heard, self.slot("heard"))
        return heard if heard.message_id == self.message_id else Heard()

    @property
    def question(self) -> str | None:
        """The code of the open interview question."""
        requested = _word(self.slot("requested_slot")) or ""
        return requested.removeprefix("q_") if requested.startswith("q_") else None

    @property
    def danger(self) -> str | None:
        danger = _word(self.slot("danger"))
        return danger if danger in _DANGER_WORDS else None

    @property
    def danger_words(self) -> str:
        """How the sentences for the open level begin in talk.yml."""
        return "crisis" if self.picture.in_crisis else _DANGER_WORDS.get(self.danger or "", "urgent")

    @property
    def in_form(self) -> str | None:
        return _word(_mapping(self.tracker.active_loop).get("name"))

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the tracker holds, oldest first."""
        return [event for event in self.tracker.events or () if isinstance(event, dict)]

    def slot(self, name: str) -> Any:
        """A slot's value; None where the tracker has none."""
        return _mapping(self.tracker.slots).get(name)

    @property
    def said(self) -> list[str]:
        """What was said to the patient in the last few turns, oldest first."""
        return [e["text"] for e in self.events if e.get("event") == "bot" and _word(e.get("text"))]

    def times(self, action: str) -> int:
        """How often an action has run, so that wordings take turns."""
        return sum(1 for event in self.events if event.get("event") == "action" and event.get("name") == action)

    def asked(self, code: str) -> int:
        """How often a question was put lately; a form's own questions are not among its actions."""
        return sum(
            1
            for event in self.events
            if event.get("event") == "bot" and _mapping(_mapping(event.get("data")).get("custom")).get("asked") == code
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


def _mapping(value: Any) -> dict[str, Any]:
    """`value` where it is a mapping, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


T = TypeVar("T", Picture, Heard)


def _read(kind: type[T], plain: Any) -> T:
    """
    The value behind a slot; a slot that cannot be read counts as empty.

    A damaged or foreign slot must cost what was noted, never the answer.
    """
    try:
        return kind.from_json(plain if isinstance(plain, dict) else None)
    except (ArithmeticError, AttributeError, KeyError, LookupError, TypeError, ValueError) as error:
        log.error("slot unreadable", extra={"kind": kind.__name__, "error": type(error).__name__})
        return kind()


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
