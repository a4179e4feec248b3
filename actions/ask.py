"""Ask one question at a time: consent, the interview, the confirmation before deleting."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk.events import ActionExecutionRejected, EventType, SlotSet

from actions.talk import ClinicAction, Talk
from bot.clinical.wording import QuickReply
from bot.conversation import telling
from bot.conversation.questions import ADULT_FROM, CONFLICT, INTERVIEW, VALUE_CHECK, next_question


class AskConsent(ClinicAction):
    """The opening and the consent question the first time, a shorter question after a digression."""

    action_name = "action_ask_consent"

    async def act(self, talk: Talk) -> list[EventType]:
        buttons = ("button_consent_yes", "button_consent_no")
        shown = talk.asked("consent") + bool(talk.metadata.get("welcomed"))
        question = "consent_question" if shown == 0 else "consent_again"
        if shown == 0:
            talk.say("opening")
        elif shown == 1 and talk.intent.startswith("report_"):
            talk.say("consent_first_question_waits")
        text = talk.sentence(question, nth=max(0, shown - 1))
        talk.utter(text, quick=talk.buttons(*buttons), custom={"asked": "consent"})
        return []


class ValidateConsentForm(ClinicAction):
    """Gives way to a question or request; the form then asks again."""

    action_name = "validate_consent_form"

    async def act(self, talk: Talk) -> list[EventType]:
        return give_way(talk, "consent_form") or [SlotSet("requested_slot", unless_answered(talk, "consent"))]


class ValidateDeleteForm(ClinicAction):
    """The confirmation is the only thing this form waits for."""

    action_name = "validate_delete_form"

    async def act(self, talk: Talk) -> list[EventType]:
        return [SlotSet("requested_slot", unless_answered(talk, "delete_confirmed"))]


class AskDeleteConfirmed(ClinicAction):
    action_name = "action_ask_delete_confirmed"

    async def act(self, talk: Talk) -> list[EventType]:
        talk.say("delete_confirm", buttons=("button_delete", "button_no"))
        return []


class ValidateInterviewForm(ClinicAction):
    """Decides the next question from what is known; gives way to digressions, once a message."""

    action_name = "validate_interview_form"

    async def act(self, talk: Talk) -> list[EventType]:
        giving_way = give_way(talk, "interview_form")
        if giving_way:
            return giving_way
        age = talk.picture.patient.person.age
        if age is not None and age < ADULT_FROM:
            return [SlotSet("requested_slot", None)]  # nothing more is asked; the assessment refers them
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
        open_codes = set(talk.parts.open_questions(picture.patient, today=talk.today))
        left = sum(1 for code in INTERVIEW if code in open_codes)
        progress = ""
        if heard.digression and record.times > 1:
            about = talk.words.name(f"about_{self.code}")
            question = talk.sentence("question_waits", nth=picture.turns, items=about)
        else:
            question = self._question(talk, record.times)
            if heard.digression and record.times:
                question = talk.sentence("bridge_back", nth=picture.turns, question=question)
            else:
                asked = sum(q.times for q in picture.questions.values())
                progress = telling.progress(talk.words, left=left, asked=asked)
        custom: dict[str, Any] = {"kind": "question", "code": self.code, "progress": progress, "left": left}
        talk.utter(f"{progress} {question}".strip(), quick=self._quick(talk), custom=custom)
        picture = picture.with_question(self.code, times=record.times + 1)
        return talk.heard_events(picture, replace(heard, told=True))

    def _question(self, talk: Talk, attempt: int) -> str:
        return talk.words.ask(self.code, attempt=attempt, **talk.parts.facts)

    def _quick(self, talk: Talk) -> Sequence[QuickReply]:
        return talk.words.quick_replies(self.code)


class AskValueCheck(AskInterviewQuestion):
    """A result that is unusual for its test is asked about before it is used."""

    action_name = f"action_ask_q_{VALUE_CHECK}"
    code = VALUE_CHECK

    def _question(self, talk: Talk, attempt: int) -> str:
        lab = talk.picture.doubtful
        if lab is None:
            return talk.sentence("anything_else")
        return talk.sentence("value_unlikely", nth=attempt, value=telling.lab_phrase(talk.words, lab))

    def _quick(self, talk: Talk) -> Sequence[QuickReply]:
        return talk.buttons("button_yes", "button_no", "button_unknown")


class AskConflict(AskInterviewQuestion):
    """Two statements that do not go together are asked about, once."""

    action_name = f"action_ask_q_{CONFLICT}"
    code = CONFLICT

    def _question(self, talk: Talk, attempt: int) -> str:
        conflict = talk.picture.conflict
        if conflict is None:
            return talk.sentence("anything_else")
        if attempt and talk.heard.digression is False and talk.heard.anything is False:
            return f"{talk.sentence('conflict_again')} {telling.conflict_question(talk.words, conflict)}"
        return telling.conflict_question(talk.words, conflict)

    def _quick(self, talk: Talk) -> Sequence[QuickReply]:
        return conflict_buttons(talk)


def conflict_buttons(talk: Talk) -> tuple[QuickReply, ...]:
    """The two numbers, or yes and no; and that the patient does not know."""
    conflict = talk.picture.conflict
    if conflict is None or conflict.before is None or conflict.after is None:
        return talk.buttons("button_yes", "button_no", "button_unknown")
    values = (str(conflict.before.value), str(conflict.after.value))
    return (*(QuickReply(title=value, say=value) for value in values), *talk.buttons("button_unknown"))


def give_way(talk: Talk, form: str) -> list[EventType]:
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
            "share_summary",
            "what_if",
            "simplify",
            "clot_worry",
            "carer_asks",
            "about_myself",
        }
        wants_else = wants_else and talk.slot("consent") is None
    if not wants_else or talk.in_form != form:
        return []
    for event in reversed(talk.events):
        if event.get("event") == "user":
            break
        if event.get("event") == "action_execution_rejected":
            return []
        if event.get("event") == "active_loop" and event.get("name") == form:
            return []  # it began with this very message
    return [ActionExecutionRejected(form)]


def unless_answered(talk: Talk, slot: str) -> str | None:
    return slot if talk.slot(slot) is None else None


def _ask_class(code: str) -> type[AskInterviewQuestion]:
    name = "Ask" + "".join(part.title() for part in code.split("_"))
    doc = f"Ask the question '{code}' of interview.yml."
    return type(name, (AskInterviewQuestion,), {"action_name": f"action_ask_q_{code}", "code": code, "__doc__": doc})


#: rasa_sdk finds actions as subclasses of Action; keeping them here keeps them alive.
INTERVIEW_ACTIONS = tuple(_ask_class(code) for code in INTERVIEW if code not in (VALUE_CHECK, CONFLICT))
