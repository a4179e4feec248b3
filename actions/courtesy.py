"""Greeting, thanking, leaving, and what belongs to somebody else."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.answer import explain_test
from actions.assess import Reassess
from actions.talk import ClinicAction, Talk
from bot.conversation import telling
from bot.conversation.picture import Picture
from bot.conversation.questions import ADULT_FROM, CONFLICT, INTERVIEW


class Saying(ClinicAction):
    """Says one sentence of talk.yml."""

    @property
    @abstractmethod
    def key(self) -> str:
        """The sentence's id."""

    offered: tuple[str, ...] = ()

    async def act(self, talk: Talk) -> list[EventType]:
        talk.say(self.key, nth=talk.times(self.action_name), buttons=self.offered)
        talk.keep_advice_in_view()
        return []


class Greet(ClinicAction):
    """Hello: at the beginning, in the middle of a question, after a pause, after the assessment."""

    action_name = "action_greet"

    async def act(self, talk: Talk) -> list[EventType]:
        nth, picture = talk.times(self.action_name), talk.picture
        if talk.metadata.get("replayed"):
            return []
        if talk.in_form:
            talk.say("greet_in_between", nth=nth)
        elif picture.assessed:
            talk.say("greet_after", buttons=("button_summary", "button_human"))
        elif picture.questions:
            noted = _noted(talk)
            if noted:
                talk.say("resume_where", items=noted)
            talk.say("resume_offer", buttons=("button_continue", "button_restart"))
        else:
            talk.say("greet", nth=nth, buttons=("button_start",))
        return []


class SayWelcome(Saying):
    """Answer thanks."""

    action_name, key = "action_say_welcome", "thanks"


class SayGoodbye(ClinicAction):
    """Answer goodbye, with the numbers for later; an interview is kept for another day."""

    action_name = "action_say_goodbye"

    async def act(self, talk: Talk) -> list[EventType]:
        in_between = talk.in_form == "interview_form"
        talk.say("goodbye_in_between" if in_between else "goodbye")
        talk.keep_advice_in_view()
        return talk.heard_events(replace(talk.picture, paused=True)) if in_between else []


class SayConfidential(Saying):
    """Who reads this, and who does not."""

    action_name, key = "action_say_confidential", "confidential"


class CannotReassure(Saying):
    """Nobody is told that it is nothing: what must not wait, and who can look at it."""

    action_name, key, offered = "action_cannot_reassure", "cannot_reassure", ("button_human",)


class WelcomeCarer(Saying):
    """Answering for somebody else is fine."""

    action_name, key = "action_welcome_carer", "carer_welcome"


class AnswerChallenge(Saying):
    """Say that this is a program."""

    action_name, key, offered = "action_answer_challenge", "bot_challenge", ("button_human",)


class TakeComplaint(ClinicAction):
    """Take a complaint seriously and let staff know."""

    action_name = "action_take_complaint"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.times(self.action_name):
            talk.say("frustrated", nth=talk.times(self.action_name) - 1, buttons=("button_human",))
        else:
            custom = {"wants_staff": True, "complaint": True}
            talk.utter(talk.sentence("complaint"), quick=talk.buttons("button_human"), custom=custom)
        talk.keep_advice_in_view()
        return []


class AnswerAbuse(Saying):
    """Stay polite; the second time leave it, but stay reachable."""

    action_name, key, offered = "action_answer_abuse", "abuse", ("button_human",)


class AnswerTest(Saying):
    """Somebody tries whether anything answers."""

    action_name, key = "action_answer_test", "testing"


class RefuseTampering(Saying):
    """Somebody asks the assistant to break its rules."""

    action_name, key = "action_refuse_tampering", "prompt_injection"


class AskForWords(Saying):
    """Only pictures or signs came."""

    action_name, key = "action_ask_for_words", "emoji_only"


class SayWhatItDoes(Saying):
    """What this assistant is good for."""

    action_name, key, offered = "action_say_what_it_does", "what_i_can_do", ("button_start", "button_human")


class SayHowItIs(Saying):
    """Small talk."""

    action_name, key = "action_say_how_it_is", "how_are_you"


class SayProgress(ClinicAction):
    """How many questions are left."""

    action_name = "action_say_progress"

    async def act(self, talk: Talk) -> list[EventType]:
        left = set(talk.parts.open_questions(talk.picture.patient, today=talk.today)) & set(INTERVIEW)
        if talk.danger:
            talk.say(f"{talk.danger_words}_noted", nth=talk.picture.turns)
        elif talk.in_form != "interview_form" or not left:
            talk.say("questions_left_none", buttons=("button_summary",))
        elif len(left) == 1:
            talk.say("questions_left_one")
        else:
            talk.say("questions_left", count=len(left))
        return []


class OfferNothing(Saying):
    """A yes or no that answers nothing; what was told with it begins the interview."""

    action_name, key, offered = "action_nothing_open", "nothing_open", ("button_start",)

    async def act(self, talk: Talk) -> list[EventType]:
        told = talk.heard.told_much or bool(talk.heard.person)
        return [FollowupAction("interview_form")] if told else await super().act(talk)


class OfferMore(Saying):
    """After the assessment: what can come next; what was told with a yes or no is taken up."""

    action_name, key, offered = "action_after_assessment", "after_assessment", ("button_summary", "button_questions")

    async def act(self, talk: Talk) -> list[EventType]:
        age = talk.picture.patient.person.age
        again = _tells(talk) or (age is not None and age < ADULT_FROM)
        return await (Reassess().act(talk) if again else super().act(talk))


def _tells(talk: Talk) -> bool:
    """A yes or no that says something about the patient."""
    heard = talk.heard
    return talk.picture.assessed and (heard.told_much or bool(heard.absent) or heard.answered == CONFLICT)


class AcceptNo(ClinicAction):
    """An offer was declined."""

    action_name = "action_accept_no"

    async def act(self, talk: Talk) -> list[EventType]:
        if _tells(talk):
            return await Reassess().act(talk)
        talk.say("offer_declined", nth=talk.picture.turns)
        return [SlotSet("offer", None)]


class AnswerInTheirTongue(ClinicAction):
    """What this assistant cannot do, in the writer's own language, with the numbers."""

    action_name = "action_answer_in_their_tongue"

    async def act(self, talk: Talk) -> list[EventType]:
        code = talk.latest.get("tongue")
        tongue = next((t for t in talk.parts.tongue_words if t.code == code), None)
        if tongue is None:
            talk.say("other_language_unknown")
            return []
        said = (tongue.cannot_help, tongue.danger_advice, tongue.clinic)
        facts = {name: talk.parts.facts.get(name) or "" for name in ("emergency_number", "clinic_phone")}
        text = "\n\n".join(sentence.format_map(facts) for sentence in said)
        talk.utter(text, custom={"kind": "other_language", "language": code})
        return []


class OfferBooking(Saying):
    """Say how to book; the assistant cannot."""

    action_name, key = "action_offer_booking", "booking"


class RespectRefusal(Saying):
    """Consent was refused: say what that means."""

    action_name, key = "action_respect_refusal", "consent_refused"


class SaySharedDevice(Saying):
    """Somebody else has written here."""

    action_name, key, offered = "action_say_shared_device", "shared_device", ("button_restart", "button_delete")


class SwitchToSelf(ClinicAction):
    """The answers about somebody else are put away; the questions begin for the writer."""

    action_name = "action_switch_to_self"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.picture.patient.person.writes_for is None:
            return []
        talk.say("carer_switched_back")
        events: list[EventType] = [SlotSet("picture", Picture().to_json())]
        events += [SlotSet(f"q_{code}", None) for code in INTERVIEW]
        return [*events, SlotSet("interview_note", None), SlotSet("assessed", False), SlotSet("offer", None)]


class DeclineTopic(ClinicAction):
    """Something this assistant knows nothing about, or must not decide."""

    action_name = "action_decline_topic"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.parts.wishes.is_put(talk.text, "change_medicine"):
            talk.say("not_my_decision")
        elif explain_test(talk):
            pass
        elif talk.heard.anything:
            return []  # it told something, which the next words take up
        else:
            talk.say("out_of_scope", nth=talk.times(self.action_name))
        talk.keep_advice_in_view()
        return []


class Pause(ClinicAction):
    """Stop for now; the answers are kept."""

    action_name = "action_pause"

    async def act(self, talk: Talk) -> list[EventType]:
        talk.say("paused", buttons=("button_continue",))
        return talk.heard_events(replace(talk.picture, paused=True))


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
        picture = talk.picture
        if picture.paused:
            talk.say("resumed", nth=picture.turns)
            noted = _noted(talk)
            if noted:
                talk.say("resume_where", items=noted)
        elif not picture.questions:
            talk.say("start_after_symptoms" if _noted(talk) else "start_assessment")
        return talk.heard_events(replace(picture, paused=False)) if picture.paused else []


class OfferStaff(ClinicAction):
    """Ask the clinic team to look at the chat."""

    action_name = "action_offer_staff"

    async def act(self, talk: Talk) -> list[EventType]:
        talk.utter(talk.sentence("human_handover"), custom={"wants_staff": True})
        talk.keep_advice_in_view()
        return []


class StartOver(ClinicAction):
    """Drop the answers.  An open safety alert stays."""

    action_name = "action_start_over"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.danger:
            talk.say("restart_keeps_alert")
        else:
            talk.say("restarted", buttons=("button_start",))
        events: list[EventType] = [SlotSet("picture", Picture().to_json()), SlotSet("heard", None)]
        events += [SlotSet(f"q_{code}", None) for code in INTERVIEW]
        events += [
            SlotSet(slot, None)
            for slot in ("offer", "clot_signs", "safe_now", "share", "contact_given", "interview_waits")
        ]
        return [*events, SlotSet("interview_note", None), SlotSet("assessed", False)]


class DeleteData(ClinicAction):
    """Ask the ledger to delete, or keep everything; deleting waits while an alert is open."""

    action_name = "action_delete_data"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.slot("delete_confirmed") == "yes":
            key = "delete_waits" if talk.danger else "delete_done"
            talk.utter(talk.sentence(key), custom={"erase": True})
        else:
            talk.say("delete_cancelled", buttons=("button_continue",))
        return [SlotSet("delete_confirmed", None)]


def _noted(talk: Talk) -> str:
    """Names of what is known, as one phrase; "" when nothing is."""
    patient = talk.picture.patient
    codes = [finding.code for finding in (*patient.symptoms, *patient.history) if finding.present]
    labs = [telling.lab_phrase(talk.words, lab) for lab in patient.labs]
    return telling.joined(talk.words, [*(talk.words.name(code) for code in codes), *labs])
