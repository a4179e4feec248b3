"""Ask one question at a time: consent, the interview, the confirmation before deleting."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any

from rasa_sdk.events import ActionExecutionRejected, EventType, SlotSet

from actions.talk import ClinicAction, Talk
from bot.conversation import telling
from bot.conversation.questions import INTERVIEW, next_question


class AskConsent(ClinicAction):
    """The opening and the consent question the first time, a shorter question after a digression."""

    action_name = "action_ask_consent"

    async def act(self, talk: Talk) -> list[EventType]:
        buttons = ("button_consent_yes", "button_consent_no")
        shown = talk.times("action_ask_consent") + bool(talk.metadata.get("welcomed"))
        if shown == 0:
            talk.say("opening")
            talk.say("consent_question", buttons=buttons)
        else:
            if shown == 1 and talk.intent.startswith("report_"):
                talk.say("consent_first_question_waits")
            talk.say("consent_again", nth=shown - 1, buttons=buttons)
        return []


class ValidateConsentForm(ClinicAction):
    """Gives way to a question or request; the form then asks again."""

    action_name = "validate_consent_form"

    async def act(self, talk: Talk) -> list[EventType]:
        return _give_way(talk, "consent_form") or [SlotSet("requested_slot", _unless_answered(talk, "consent"))]


class ValidateDeleteForm(ClinicAction):
    """The confirmation is the only thing this form waits for."""

    action_name = "validate_delete_form"

    async def act(self, talk: Talk) -> list[EventType]:
        return [SlotSet("requested_slot", _unless_answered(talk, "delete_confirmed"))]


class AskDeleteConfirmed(ClinicAction):
    action_name = "action_ask_delete_confirmed"

    async def act(self, talk: Talk) -> list[EventType]:
        talk.say("delete_confirm", buttons=("button_delete", "button_no"))
        return []


class ValidateInterviewForm(ClinicAction):
    """Decides the next question from what is known; gives way to digressions, once a message."""

    action_name = "validate_interview_form"

    async def act(self, talk: Talk) -> list[EventType]:
        giving_way = _give_way(talk, "interview_form")
        if giving_way:
            return giving_way
        code = next_question(talk.picture, talk.parts.open_questions(talk.picture.patient, today=talk.today))
        return [SlotSet("requested_slot", f"q_{code}" if code else None)]


class AskInterviewQuestion(ClinicAction):
    """What was understood, then the question, in words not used before."""

    @property
    @abstractmethod
    def code(self) -> str:
        """The question's id in interview.yml."""

    async def act(self, talk: Talk) -> list[EventType]:
        picture, heard = talk.picture, talk.heard
        if not heard.told:
            acknowledgement = telling.acknowledge(talk.words, picture, heard, nth=picture.turns, facts=talk.parts.facts)
            if acknowledgement:
                talk.utter(acknowledgement)
        record = picture.asked(self.code)
        question = talk.words.ask(self.code, attempt=record.times, **talk.parts.facts)
        if heard.digression:
            question = talk.sentence("bridge_back", nth=picture.turns, question=question)
        left = sum(1 for code in INTERVIEW if code in set(talk.parts.open_questions(picture.patient, today=talk.today)))
        progress = telling.progress(talk.words, left=left, asked=sum(q.times for q in picture.questions.values()))
        custom: dict[str, Any] = {"kind": "question", "code": self.code, "progress": progress}
        talk.utter(
            f"{progress} {question}" if progress else question, quick=talk.words.quick_replies(self.code), custom=custom
        )
        picture = picture.with_question(self.code, times=record.times + 1)
        return talk.heard_events(picture, replace(heard, told=True))


def _give_way(talk: Talk, form: str) -> list[EventType]:
    """
    Reject the message when it asks for something else first, so that a rule can answer it.

    The rejection is given once a message: when the form comes back after the answer it must
    ask its question, not give way for ever.
    """
    from actions.hear import DIGRESSIONS

    wants_else = talk.heard.digression if talk.heard.message_id else talk.intent in DIGRESSIONS
    if form == "consent_form":
        wants_else = talk.intent in DIGRESSIONS - {
            "greet",
            "thanks",
            "out_of_scope",
            "provide_contact",
            "request_summary",
        }
        wants_else = wants_else and talk.tracker.get_slot("consent") is None
    if not wants_else or talk.in_form != form:
        return []
    for event in reversed(talk.tracker.events):
        if event.get("event") == "user":
            break
        if event.get("event") == "action_execution_rejected":
            return []
    return [ActionExecutionRejected(form)]


def _unless_answered(talk: Talk, slot: str) -> str | None:
    return slot if talk.tracker.get_slot(slot) is None else None


def _ask_class(code: str) -> type[AskInterviewQuestion]:
    name = "Ask" + "".join(part.title() for part in code.split("_"))
    doc = f"Ask the question '{code}' of interview.yml."
    return type(name, (AskInterviewQuestion,), {"action_name": f"action_ask_q_{code}", "code": code, "__doc__": doc})


#: rasa_sdk finds actions as subclasses of Action; keeping them here keeps them alive.
INTERVIEW_ACTIONS = tuple(_ask_class(code) for code in INTERVIEW)
