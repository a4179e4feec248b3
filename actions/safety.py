"""
Danger inside the dialogue: advice, the one safety question, and how the talk goes on afterwards.

The front door has usually said the advice already (`advice_sent`); these actions then
add what fits after it and never repeat it.
"""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType, SlotSet

from actions.answer import give_answer
from actions.ask import give_way, unless_answered
from actions.talk import ClinicAction, Talk
from bot.clinical.findings import Patient
from bot.language.wishes import asks

_CRISIS = "mental_health_crisis"


class GiveUrgentAdvice(ClinicAction):
    """The reviewed advice, unless it went out before Rasa was asked; keeps the level in a slot."""

    action_name = "action_give_urgent_advice"

    async def act(self, talk: Talk) -> list[EventType]:
        verdict = talk.verdict
        level = talk.metadata.get("level") or verdict.get("level") or "urgent"
        if not (talk.metadata.get("advice_sent") or verdict.get("advice_sent")):
            for reply in talk.parts.advise_again(talk.text):
                talk.utter(reply.text, custom=reply.custom)
        danger = level if level in ("urgent", "emergency") else "urgent"
        if verdict.get("raised"):
            self._ask_who_is_there(talk, danger, verdict.get("category"))
        crisis = verdict.get("category") == _CRISIS
        events = talk.heard_events(replace(talk.picture, in_crisis=crisis))
        return [*events, SlotSet("danger", danger), SlotSet("offer", None)]

    @staticmethod
    def _ask_who_is_there(talk: Talk, danger: str, category: str | None) -> None:
        """One question that fits; the advice on a crisis asks it already."""
        if category == _CRISIS:
            return
        key = "danger_company_ask" if danger == "emergency" else "danger_seen_ask"
        question = talk.sentence(key)
        if question not in talk.said:
            talk.utter(question, quick=talk.buttons("button_yes", "button_no"))


class AskSafetyQuestion(ClinicAction):
    """One short question when something sounds urgent and no rule is sure."""

    action_name = "action_ask_safety_question"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.metadata.get("safety_question"):
            return []  # the front door asks it in this very turn
        talk.utter(
            talk.words.ask("concerns_now", attempt=0, **talk.parts.facts),
            quick=talk.words.quick_replies("concerns_now"),
        )
        return []


class StartSafetyCheck(ClinicAction):
    """Forget an earlier answer, and remember whether the interview waits."""

    action_name = "action_start_safety_check"

    async def act(self, talk: Talk) -> list[EventType]:
        waits = talk.in_form == "interview_form"
        return [SlotSet("safe_now", None), SlotSet("interview_waits", waits)]


class AskSafeNow(ClinicAction):
    """Is anything happening right now?  In other words each time."""

    action_name = "action_ask_safe_now"

    async def act(self, talk: Talk) -> list[EventType]:
        talk.utter(
            talk.words.ask("concerns_now", attempt=talk.asked("safe_now"), **talk.parts.facts),
            quick=talk.words.quick_replies("concerns_now"),
            custom={"asked": "safe_now"},
        )
        return []


class ValidateSafetyForm(ClinicAction):
    """Its answer decides whether the interview goes on."""

    action_name = "validate_safety_form"

    async def act(self, talk: Talk) -> list[EventType]:
        giving_way = give_way(talk, "safety_form")
        if giving_way:
            return giving_way
        events: list[EventType] = [SlotSet("requested_slot", unless_answered(talk, "safe_now"))]
        if talk.slot("safe_now") in ("yes", "unsure"):
            events.append(SlotSet("interview_waits", False))
        return events


class FinishSafetyCheck(ClinicAction):
    """Help first where something is happening; thanks where nothing is."""

    action_name = "action_finish_safety_check"

    async def act(self, talk: Talk) -> list[EventType]:
        answer = talk.slot("safe_now")
        if answer in ("yes", "unsure"):
            raised = {"level": "urgent", "category": "other_emergency", "rule": "concerns-now-asked"}
            talk.utter(talk.sentence(f"safe_now_{answer}"), custom={"raise": raised})
            return [SlotSet("danger", "urgent"), SlotSet("offer", "clot_which")]
        talk.say("safe_now_no" if answer == "no" else "safe_now_unclear")
        if talk.slot("consent") == "yes" and not talk.slot("interview_waits"):
            talk.say("nothing_open", buttons=("button_start",))
        return talk.heard_events(talk.picture, replace(talk.heard, told=True))


class SafetyCleared(ClinicAction):
    """The answer to the safety question was no: thank, and let the interview go on."""

    action_name = "action_safety_cleared"

    async def act(self, talk: Talk) -> list[EventType]:
        talk.say("ack", nth=talk.picture.turns)
        waits = talk.in_form or talk.picture.patient != Patient()  # the interview goes on, or begins with what was told
        if talk.slot("consent") == "yes" and not waits:
            talk.say("nothing_open", buttons=("button_start",))
        return []


class DangerFollowUp(ClinicAction):
    """While a red flag is open: no cheerful return to lab values; the advice stays in view."""

    action_name = "action_danger_follow_up"

    async def act(self, talk: Talk) -> list[EventType]:
        reply, words = talk.advice_reply, talk.danger_words
        heard_before = talk.times(self.action_name)
        answer = talk.parts.yes_no.read(talk.text)
        bare = answer is not None and answer.alone
        if talk.slot("offer") == "clot_which" and answer is not None and (bare or answer.answer == "unsure"):
            talk.say("which_unsure")
            return [SlotSet("offer", None)]
        if heard_before == 0 and answer is not None and bare and answer.answer in ("yes", "no"):
            reply = _BARE[words][answer.answer]
        key = f"{words}_{reply.removeprefix('danger_')}" if reply else f"{words}_noted"
        if reply == "danger_refused" and words != "urgent":
            talk.utter(talk.sentence(key, nth=heard_before), custom={"wants_staff": True})
        else:
            talk.say(key, nth=heard_before, buttons=() if reply else ("button_human",))
        topic = talk.topic
        if topic and asks(talk.parts.wishes, talk.text):
            give_answer(talk, topic, more=False)  # "ok, I'll ring them. But what is the normal range?"
        return []


#: What a bare answer says to "Is someone with you?" and to "Can you get to see someone today?".
_BARE = {
    "danger": {"yes": "danger_company", "no": "danger_alone"},
    "urgent": {"yes": "danger_going", "no": "danger_no_care"},
    "crisis": {"yes": "danger_company", "no": "danger_alone"},
}
