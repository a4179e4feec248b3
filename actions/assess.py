"""Say what clinicians look at in a case like this; say it again when something is added."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType, SlotSet

from actions.talk import ClinicAction, Talk
from bot.clinical.wording import QuickReply
from bot.conversation import telling
from bot.conversation.explaining import explain_assessment


class Assess(ClinicAction):
    """The assessment after the interview."""

    action_name = "action_assess"

    async def act(self, talk: Talk) -> list[EventType]:
        _acknowledge(talk)
        _explain(talk)
        picture = replace(talk.picture, assessed=True, verdict=_verdict(talk))
        return [*talk.heard_events(picture, replace(talk.heard, told=True)), SlotSet("assessed", True)]


class Reassess(ClinicAction):
    """Something was added afterwards: the whole picture again where it changes, one sentence where it does not."""

    action_name = "action_reassess"

    async def act(self, talk: Talk) -> list[EventType]:
        _acknowledge(talk)
        now = _verdict(talk)
        picture = replace(talk.picture, verdict=now)
        if talk.picture.verdict == now or not talk.heard.anything:
            talk.say("reasons_same", nth=talk.picture.turns, buttons=("button_summary", "button_human"))
        else:
            talk.say("reasons_changed", nth=talk.picture.turns)
            _explain(talk)
        return talk.heard_events(picture, replace(talk.heard, told=True))


class GiveSummary(ClinicAction):
    """What is known so far, in the chat; the page to print is the door's."""

    action_name = "action_give_summary"

    async def act(self, talk: Talk) -> list[EventType]:
        sections = talk.parts.summary_sections(talk.picture, today=talk.today)
        if not sections:
            talk.say("summary_empty", buttons=("button_start",))
            return []
        talk.say("summary_intro")
        blocks = [
            "\n".join([f"**{section['title']}**", *(f"- {item}" for item in section["items"])]) for section in sections
        ]
        talk.utter("\n\n".join(blocks), custom={"kind": "summary"})
        return []


def _acknowledge(talk: Talk) -> None:
    if talk.heard.told:
        return
    text = telling.acknowledge(talk.words, talk.picture, talk.heard, nth=talk.picture.turns, facts=talk.parts.facts)
    if text:
        talk.utter(text)


def _verdict(talk: Talk) -> tuple[str, ...]:
    """What a patient would notice if it changed."""
    assessment = talk.parts.assess(talk.picture.patient, today=talk.today)
    return (*assessment.indications, assessment.route or "", *assessment.flags)


def _explain(talk: Talk) -> None:
    parts = talk.parts
    assessment = parts.assess(talk.picture.patient, today=talk.today)
    replies = explain_assessment(
        assessment,
        talk.picture,
        words=parts.words,
        facts=parts.facts,
        region=parts.region,
        sources=parts.source_names,
    )
    for reply in replies:
        talk.utter(reply.text, quick=[QuickReply(b.title, b.say) for b in reply.buttons], custom=reply.custom)
