"""Let the clinic team read the summary, and leave a number to be called; both only on a clear yes."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType, SlotSet

from actions.ask import give_way
from actions.contact import note_contact, read_contact
from actions.talk import ClinicAction, Talk


class StartSharing(ClinicAction):
    """Forget earlier answers about sharing."""

    action_name = "action_start_sharing"

    async def act(self, talk: Talk) -> list[EventType]:
        waits = talk.in_form == "interview_form"
        return [SlotSet("share", None), SlotSet("contact_given", None), SlotSet("interview_waits", waits)]


class AskShare(ClinicAction):
    """May the team read the summary?"""

    action_name = "action_ask_share"

    async def act(self, talk: Talk) -> list[EventType]:
        _ask(talk, "share_consent", "share")
        return []


class AskContact(ClinicAction):
    """How can the team reach the patient?"""

    action_name = "action_ask_contact_given"

    async def act(self, talk: Talk) -> list[EventType]:
        times = talk.asked("contact")
        if talk.slot("share") == "yes" and times == 0:
            talk.say("share_done")
        elif times and not talk.heard.digression:
            talk.utter(talk.sentence("contact_unread"), custom={"asked": "contact"})
            return []
        _ask(talk, "contact", "contact")
        return []


class ValidateShareForm(ClinicAction):
    """Sharing first; the contact only when something is shared."""

    action_name = "validate_share_form"

    async def act(self, talk: Talk) -> list[EventType]:
        giving_way = give_way(talk, "share_form")
        if giving_way:
            return giving_way
        shared = talk.slot("share")
        if shared is None:
            return [SlotSet("requested_slot", "share")]
        if shared == "yes" and talk.slot("contact_given") is None:
            return [SlotSet("requested_slot", "contact_given")]
        return [
            SlotSet("contact_given", talk.slot("contact_given") or "no"),
            SlotSet("requested_slot", None),
        ]


class FinishSharing(ClinicAction):
    """Say what was done; keep that the summary is shared."""

    action_name = "action_finish_sharing"

    async def act(self, talk: Talk) -> list[EventType]:
        shared = talk.slot("share") == "yes"
        contact = read_contact(talk.text)
        if not shared:
            talk.say("share_no")
        elif talk.slot("contact_given") == "yes" and contact:
            note_contact(talk, contact)
        else:
            talk.say("contact_declined")
        if shared:
            talk.utter(talk.sentence("share_end"), custom={"wants_staff": True})
        return talk.heard_events(replace(talk.picture, shared=shared))


def _ask(talk: Talk, code: str, asked: str) -> None:
    question = talk.words.ask(code, attempt=talk.asked(asked), **talk.parts.facts)
    talk.utter(question, quick=talk.words.quick_replies(code), custom={"asked": asked})
