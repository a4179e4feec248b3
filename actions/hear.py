"""Take up every message before anything is decided: facts into the picture, consent, danger."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType, SlotSet

from actions.talk import ClinicAction, Talk
from bot.conversation import hearing
from bot.conversation.picture import Picture
from bot.conversation.questions import INTERVIEW

#: These ask for something other than the open question; the form gives way to them.
DIGRESSIONS = frozenset(
    {
        "ask_faq",
        "ask_clot_worry",
        "request_human",
        "complaint",
        "stop",
        "start_over",
        "repeat_clarify",
        "bot_challenge",
        "book_appointment",
        "delete_my_data",
        "request_summary",
        "report_urgent",
        "thanks",
        "goodbye",
        "out_of_scope",
        "provide_contact",
        "greet",
    }
)

#: Courtesy and doubt give way to an answer that was understood.
_WEAK = frozenset({"thanks", "goodbye", "out_of_scope", "greet", "provide_contact", "repeat_clarify", "report_urgent"})


class HearPatient(ClinicAction):
    """Runs once for each message, also at a form's start; a second run for the same message changes nothing."""

    action_name = "action_validate_slot_mappings"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.heard.message_id or not talk.text:
            return []
        events = self._state(talk)
        consent = talk.metadata.get("consent", talk.tracker.get_slot("consent") == "yes")
        if not consent:
            events += self._consent(talk)
            agreed_and_told = SlotSet("consent", "yes") in events and not _alone(talk)
            if not agreed_and_told:
                return events
        if talk.in_form == "delete_form":
            return events + self._deletion(talk)
        return events + self._facts(talk)

    @staticmethod
    def _state(talk: Talk) -> list[EventType]:
        """What the front door knows better than the dialogue: consent kept in the ledger, danger released by staff."""
        events: list[EventType] = []
        if "consent" in talk.metadata:
            value = {True: "yes", False: "no"}.get(talk.metadata["consent"])
            if value != talk.tracker.get_slot("consent"):
                events.append(SlotSet("consent", value))
        if "level" in talk.metadata:
            level = talk.metadata["level"]
            danger = level if level in ("urgent", "emergency") else None
            if danger != talk.danger:
                events.append(SlotSet("danger", danger))
        events.append(SlotSet("just_agreed", False))
        if talk.tracker.get_slot("assessed") is None:
            events.append(SlotSet("assessed", False))
        return events

    @staticmethod
    def _consent(talk: Talk) -> list[EventType]:
        """No finding is drawn before the patient agrees; only the answer to the consent question is read."""
        # A door may have shown the opening with the consent question before the first message.
        asked = talk.tracker.get_slot("requested_slot") == "consent" or bool(talk.metadata.get("welcomed"))
        refused_before = talk.metadata.get("consent") is False or talk.tracker.get_slot("consent") == "no"
        if not (asked or refused_before) or talk.metadata.get("safety_answer"):
            return []
        answer = talk.parts.yes_no.read(talk.text)
        said = answer.answer if answer else {"affirm": "yes", "deny": "no"}.get(talk.intent)
        if said == "yes" and talk.intent not in ("ask_faq", "ask_clot_worry"):
            return [SlotSet("consent", "yes"), SlotSet("just_agreed", _alone(talk))]
        if said in ("no", "declined"):
            return [SlotSet("consent", "no")]
        return []

    @staticmethod
    def _deletion(talk: Talk) -> list[EventType]:
        answer = talk.parts.yes_no.read(talk.text)
        confirmed = talk.intent in ("delete_my_data", "affirm") or (answer is not None and answer.answer == "yes")
        return [SlotSet("delete_confirmed", "yes" if confirmed else "no")]

    @staticmethod
    def _facts(talk: Talk) -> list[EventType]:
        parts, text = talk.parts, talk.text
        question = None if talk.metadata.get("safety_answer") else talk.question
        reading = parts.reader.read(text, context=hearing.reading_context(question), today=talk.today)
        spoken = hearing.Spoken(
            text=text,
            message_id=talk.latest.get("message_id") or "",
            reading=reading,
            yes_no=parts.yes_no.read(text) if question else None,
            lab_unit=parts.read_unit(text, today=talk.today),
            question=question,
            today=talk.today,
        )
        picture, heard = hearing.take_up(talk.picture, spoken)
        picture = _fill_units(talk, picture, spoken)
        digression = talk.intent in DIGRESSIONS and not (heard.answered and talk.intent in _WEAK)
        if talk.metadata.get("safety_answer"):
            digression = False
        elif not digression and question and heard.answered != question:
            picture = hearing.missed(picture, question)
        heard = replace(heard, digression=digression)
        events = talk.heard_events(picture, heard)
        for code in INTERVIEW:
            outcome = picture.asked(code).outcome
            if outcome is not None and talk.tracker.get_slot(f"q_{code}") != outcome:
                events.append(SlotSet(f"q_{code}", outcome))
        if heard.anything or talk.metadata.get("replayed"):
            # Setting this slot makes an open form accept the message and go on, whatever it asked.
            events.append(SlotSet("interview_note", heard.message_id))
        return events


def _alone(talk: Talk) -> bool:
    """The message says nothing but its yes."""
    answer = talk.parts.yes_no.read(talk.text)
    return answer is None or answer.alone


def _fill_units(talk: Talk, picture: Picture, spoken: hearing.Spoken) -> Picture:
    """A unit given by itself makes the result that waited for it a result with a band."""
    if spoken.lab_unit is None:
        return picture
    completed = []
    for lab in picture.patient.labs:
        if lab.unit is None and lab.canonical_value is None and lab.analyte in ("b12", "folate"):
            lab = talk.parts.complete_lab(lab, spoken.lab_unit)
        completed.append(lab)
    return replace(picture, patient=replace(picture.patient, labs=tuple(completed)))
