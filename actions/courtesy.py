"""Greeting, thanking, leaving, and what belongs to somebody else."""

from __future__ import annotations

from abc import abstractmethod

from rasa_sdk.events import EventType, SlotSet

from actions.talk import ClinicAction, Talk
from bot.conversation.picture import Picture
from bot.conversation.questions import INTERVIEW


class Saying(ClinicAction):
    """Says one sentence of talk.yml."""

    @property
    @abstractmethod
    def key(self) -> str:
        """The sentence's id."""

    offered: tuple[str, ...] = ()

    async def act(self, talk: Talk) -> list[EventType]:
        talk.say(self.key, nth=talk.times(self.action_name), buttons=self.offered)
        return []


class Greet(Saying):
    """Hello, from somebody who has been assessed."""

    action_name, key, offered = "action_greet", "greet", ("button_summary", "button_human")


class SayWelcome(Saying):
    """Answer thanks."""

    action_name, key = "action_say_welcome", "thanks"


class SayGoodbye(Saying):
    """Answer goodbye, with the numbers for later."""

    action_name, key = "action_say_goodbye", "goodbye"


class AnswerChallenge(Saying):
    """Say that this is a program."""

    action_name, key, offered = "action_answer_challenge", "bot_challenge", ("button_human",)


class TakeComplaint(Saying):
    """Take a complaint seriously and say where it goes."""

    action_name, key, offered = "action_take_complaint", "complaint", ("button_human",)


class OfferBooking(Saying):
    """Say how to book; the assistant cannot."""

    action_name, key = "action_offer_booking", "booking"


class RespectRefusal(Saying):
    """Consent was refused: say what that means."""

    action_name, key = "action_respect_refusal", "consent_refused"


class DeclineTopic(Saying):
    """Something this assistant knows nothing about."""

    action_name, key = "action_decline_topic", "out_of_scope"


class Pause(Saying):
    """Stop for now; the answers are kept."""

    action_name, key, offered = "action_pause", "paused", ("button_continue",)


class ThankForConsent(ClinicAction):
    """Consent was given: what now?  What was written before is taken up next, so then a word is enough."""

    action_name = "action_thank_for_consent"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.metadata.get("held_waiting"):
            talk.say("ack")
        else:
            talk.say("consent_granted", buttons=("button_start",))
        return []


class OpenInterview(ClinicAction):
    """The questions begin, or go on after a pause."""

    action_name = "action_open_interview"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.picture.questions:
            talk.say("resumed", nth=talk.picture.turns)
        else:
            talk.say("start_assessment")
        return []


class OfferStaff(ClinicAction):
    """Ask the clinic team to look at the chat."""

    action_name = "action_offer_staff"

    async def act(self, talk: Talk) -> list[EventType]:
        talk.utter(talk.sentence("human_handover"), custom={"wants_staff": True})
        return []


class StartOver(ClinicAction):
    """Drop the answers.  An open safety alert stays."""

    action_name = "action_start_over"

    async def act(self, talk: Talk) -> list[EventType]:
        talk.say("restart_keeps_alert" if talk.danger else "restarted", buttons=("button_start",))
        events: list[EventType] = [SlotSet("picture", Picture().to_json()), SlotSet("heard", None)]
        events += [SlotSet(f"q_{code}", None) for code in INTERVIEW]
        return [*events, SlotSet("interview_note", None), SlotSet("assessed", False)]


class DeleteData(ClinicAction):
    """Ask the ledger to delete, or keep everything; deleting waits while an alert is open."""

    action_name = "action_delete_data"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.tracker.get_slot("delete_confirmed") == "yes":
            key = "delete_waits" if talk.danger else "delete_done"
            talk.utter(talk.sentence(key), custom={"erase": True})
        else:
            talk.say("delete_cancelled", buttons=("button_continue",))
        return [SlotSet("delete_confirmed", None)]


class NotUnderstood(ClinicAction):
    """Say so, in other words each time, and offer a person after the second."""

    action_name = "action_not_understood"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.metadata.get("safety_question"):
            return []
        before = talk.times(self.action_name)
        if talk.danger:
            talk.say("escalation_open", buttons=("button_human",))
        elif talk.heard.anything:
            talk.say("ack", nth=talk.picture.turns)
        else:
            talk.say("not_understood", nth=before, buttons=("button_human",) if before else ())
        return []
