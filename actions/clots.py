"""The talk with somebody who worries about blood clots: signs first, then facts, risks, whom to tell."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType, SlotSet

from actions.answer import give_answer
from actions.ask import give_way, unless_answered
from actions.talk import ClinicAction, Talk
from bot.clinical.answers import CLOT_TOPICS
from bot.conversation.telling import joined


class AskClotSigns(ClinicAction):
    """Take the worry seriously, and ask about signs right now before anything is explained."""

    action_name = "action_ask_clot_signs"

    async def act(self, talk: Talk) -> list[EventType]:
        buttons = talk.buttons("button_yes", "button_no", "button_unknown")
        asked, custom = talk.asked("clot_signs"), {"asked": "clot_signs"}
        if asked:
            talk.utter(talk.sentence("clot_signs_again", nth=asked - 1), quick=buttons, custom=custom)
            return []
        first = f"{_step(talk, 'acknowledgement')}\n\n{_step(talk, 'any_right_now')}"
        talk.utter(first, quick=buttons, custom=custom)
        topic = talk.topic
        return talk.heard_events(replace(talk.picture, last_topic=topic if topic in CLOT_TOPICS else CLOT_TOPICS[0]))


class ValidateClotForm(ClinicAction):
    """Gives way to another question; the form then asks again."""

    action_name = "validate_clot_form"

    async def act(self, talk: Talk) -> list[EventType]:
        giving_way = give_way(talk, "clot_form")
        events: list[EventType] = [SlotSet("requested_slot", unless_answered(talk, "clot_signs"))]
        return giving_way or events


class StartClotTalk(ClinicAction):
    """Remember whether an interview is waiting, and forget an earlier answer about signs."""

    action_name = "action_start_clot_talk"

    async def act(self, talk: Talk) -> list[EventType]:
        signs = (
            "unsure" if talk.metadata.get("replayed") else None
        )  # what was answered when it came is not gone through
        return [SlotSet("clot_signs", signs), SlotSet("interview_waits", talk.in_form == "interview_form")]


class GiveClotFacts(ClinicAction):
    """After the answer about signs: help first, or the facts, the risks and whom to tell."""

    action_name = "action_give_clot_facts"

    async def act(self, talk: Talk) -> list[EventType]:
        words = talk.parts.content.clot_worry
        signs = talk.slot("clot_signs")
        if talk.metadata.get("replayed"):
            return [SlotSet("offer", None)]
        if signs in ("yes", "unsure"):
            raised = {"level": "urgent", "category": "dvt", "rule": "clot-signs-asked"}
            talk.utter(talk.sentence("clot_yes" if signs == "yes" else "clot_unsure"), custom={"raise": raised})
            waits = SlotSet("interview_waits", False)
            return [SlotSet("danger", "urgent"), SlotSet("offer", "clot_which"), waits]
        talk.utter(_step(talk, "not_now") if signs == "no" else talk.sentence("clot_unclear"))
        topic = talk.picture.last_topic or CLOT_TOPICS[0]
        first = topic == CLOT_TOPICS[0]  # its short form begins with the question that has just been answered
        give_answer(talk, topic, more=first, opening=talk.sentence("clot_short") if first else "")
        if topic in _MYTHS:
            talk.utter(_step(talk, "context"))
        answered = talk.heard_events(replace(talk.picture, last_topic=topic, explained="answer"))
        known = _risks_known(talk)
        if known and not talk.slot("interview_waits"):
            _tell_risks(talk, known)
            return [*answered, *_offer_questions(talk)]
        talk.utter(f"{_step(talk, 'risks_intro')}\n\n{words.risk_list()}")
        return [*answered, SlotSet("offer", "clot_risks")]


class TakeClotRisks(ClinicAction):
    """Risks that were named: say back which count, what the clinician wants to know of each, and whom to tell."""

    action_name = "action_take_clot_risks"

    async def act(self, talk: Talk) -> list[EventType]:
        known = _risks_known(talk)
        if known:
            _tell_risks(talk, known)
        else:
            talk.say("clot_no_more_risks")
            talk.utter(_step(talk, "tell_clinician"))
        return [*talk.heard_events(talk.picture, replace(talk.heard, told=True)), *_offer_questions(talk)]


class GiveClotQuestions(ClinicAction):
    """The list to take along, and how to use B12 safely."""

    action_name = "action_give_clot_questions"

    async def act(self, talk: Talk) -> list[EventType]:
        words = talk.parts.content.clot_worry
        talk.utter(f"{talk.sentence('clot_ask_first')}\n\n{words.question_list()}")
        talk.utter(_step(talk, "safe_use"))
        return [SlotSet("offer", None)]


#: Where it helps to say why clots are talked about online.
_MYTHS = ("FAQ-20", "FAQ-21")


def _offer_questions(talk: Talk) -> list[EventType]:
    """A list to take along: offered when nothing else waits, named when the interview goes on."""
    if talk.slot("interview_waits"):
        talk.say("clot_list_later")
        return []  # the rule that goes on with the interview stands on the offer as it was
    talk.utter(_step(talk, "questions_intro"), quick=talk.buttons("button_yes", "button_no"))
    return [SlotSet("offer", "clot_questions")]


def _step(talk: Talk, step: str) -> str:
    """What is said at a step of the talk (clot_worry.yml)."""
    return talk.parts.content.clot_worry.say(step, **talk.parts.facts)


def _risks_known(talk: Talk) -> list[tuple[str, str]]:
    """Names of the patient's known factors, with what the clinician will want to know."""
    present = {finding.code for finding in talk.picture.patient.history if finding.present}
    return [(risk.name, risk.ask) for risk in talk.parts.content.clot_worry.risks if risk.code in present]


def _tell_risks(talk: Talk, known: list[tuple[str, str]]) -> None:
    names = joined(talk.words, [name for name, _ in known])
    details = "; ".join(f"{name}: {ask}" for name, ask in known)
    said = [
        talk.sentence("clot_known_risks", items=names),
        talk.sentence("clot_risk_tell", items=details),
        _step(talk, "tell_clinician"),
    ]
    talk.utter("\n\n".join(said))
