"""
Danger inside the dialogue: advice, the one safety question, and how the talk goes on afterwards.

The front door has usually said the advice already (`advice_sent`); these actions then
add what fits after it and never repeat it.
"""

from __future__ import annotations

from rasa_sdk.events import EventType, SlotSet

from actions.talk import ClinicAction, Talk


class GiveUrgentAdvice(ClinicAction):
    """The reviewed advice, unless it went out before Rasa was asked; keeps the level in a slot."""

    action_name = "action_give_urgent_advice"

    async def act(self, talk: Talk) -> list[EventType]:
        verdict = talk.latest.get("danger") or talk.metadata.get("danger") or {}
        level = talk.metadata.get("level") or verdict.get("level") or "urgent"
        if not (talk.metadata.get("advice_sent") or verdict.get("advice_sent")):
            for reply in talk.parts.advise_again(talk.text):
                talk.utter(reply.text, custom=reply.custom)
        return [SlotSet("danger", level if level in ("urgent", "emergency") else "urgent")]


class AskSafetyQuestion(ClinicAction):
    """One short question when something sounds urgent and no rule is sure."""

    action_name = "action_ask_safety_question"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.metadata.get("safety_question"):
            return []  # the front door asks it in this very turn
        talk.utter(talk.words.ask("concerns_now", attempt=0, **talk.parts.facts), quick=talk.words.quick_replies("concerns_now"))
        return []


class SafetyCleared(ClinicAction):
    """The answer to the safety question was no: thank, and let the interview go on."""

    action_name = "action_safety_cleared"

    async def act(self, talk: Talk) -> list[EventType]:
        talk.say("ack", nth=talk.picture.turns)
        return []


class DangerFollowUp(ClinicAction):
    """While a red flag is open: no cheerful return to lab values; the advice stays in view."""

    action_name = "action_danger_follow_up"

    async def act(self, talk: Talk) -> list[EventType]:
        key = "escalation_open" if talk.danger == "emergency" else "after_urgent_question"
        talk.say(key, nth=talk.times(self.action_name), buttons=("button_human",))
        return []
