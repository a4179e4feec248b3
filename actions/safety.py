"""
Danger inside the dialogue: advice, the one safety question, and how the talk goes on afterwards.

The front door has usually said the advice already (`advice_sent`); these actions then
add what fits after it and never repeat it.
"""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType, SlotSet

from actions.talk import ClinicAction, Talk

_CRISIS = "mental_health_crisis"


class GiveUrgentAdvice(ClinicAction):
    """The reviewed advice, unless it went out before Rasa was asked; keeps the level in a slot."""

    action_name = "action_give_urgent_advice"

    async def act(self, talk: Talk) -> list[EventType]:
        verdict = talk.latest.get("danger") or talk.metadata.get("danger") or {}
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
        reply, words = talk.latest.get("advice_reply"), talk.danger_words
        heard_before = talk.times(self.action_name)
        answer = talk.parts.yes_no.read(talk.text)
        if heard_before == 0 and answer is not None and answer.alone and answer.answer in ("yes", "no"):
            reply = _BARE[words][answer.answer]
        key = f"{words}_{reply.removeprefix('danger_')}" if reply else f"{words}_noted"
        if reply == "danger_refused" and words != "urgent":
            talk.utter(talk.sentence(key, nth=heard_before), custom={"wants_staff": True})
        else:
            talk.say(key, nth=heard_before, buttons=() if reply else ("button_human",))
        return []


#: What a bare answer says to "Is someone with you?" and to "Can you get to see someone today?".
_BARE = {
    "danger": {"yes": "danger_company", "no": "danger_alone"},
    "urgent": {"yes": "danger_going", "no": "danger_no_care"},
    "crisis": {"yes": "danger_company", "no": "danger_alone"},
}
